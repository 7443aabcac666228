/* SPDX-License-Identifier: MIT */

#include "core/fits.h"

#include "core/filter.h"

/* Whether `name` is this placement or begins it, up to a dot. */
static bool begins(const char *placement, const char *name) {
        size_t n = strlen(name);

        return strncmp(placement, name, n) == 0 && (!placement[n] || placement[n] == '.');
}

bool fits_find(const char *name, size_t *ret_first, size_t *ret_n) {
        size_t first = 0, n = 0;

        assert(name && ret_first && ret_n);
        while (first < fits_n_specs && !begins(fits_specs[first].name, name))
                first++;
        while (first + n < fits_n_specs && begins(fits_specs[first + n].name, name))
                n++;
        if (n == 0)
                return false;
        *ret_first = first;
        *ret_n = n;
        return true;
}

int fits_names(Strv *names) {
        int r = 0;

        assert(names);
        for (size_t i = 0; i < fits_n_specs && r >= 0; i++) {
                const char *name = fits_specs[i].name;

                for (size_t n = 1; name[n - 1] && r >= 0; n++) {
                        if (name[n] && name[n] != '.')
                                continue;
                        if (i == 0 || strncmp(fits_specs[i - 1].name, name, n) != 0)
                                r = strv_add_n(names, name, n);
                }
        }
        return r;
}

const char *al_fits_name(size_t i) {
        return i < fits_n_specs ? fits_specs[i].name : NULL;
}
