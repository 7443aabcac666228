/* SPDX-License-Identifier: MIT */

/* The drivers there are. A new provider is one file and one row here. */

#include "provider/driver.h"

static const Driver *const drivers[] = {
        &driver_fal,         &driver_gemini,    &driver_local,  &driver_omni, &driver_openai_image,
        &driver_openai_text, &driver_replicate, &driver_runway, &driver_veo,
};

const Driver *driver_find(const char *name) {
        assert(name);

        for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
                if (streq(drivers[i]->name, name))
                        return drivers[i];
        return NULL;
}

const Driver *const *driver_all(size_t *ret_n) {
        assert(ret_n);

        *ret_n = ARRAY_LEN(drivers);
        return drivers;
}

const ParamSpec *driver_param(const Driver *driver, const char *name, AssetKind kind) {
        assert(driver);
        assert(name);
        assert(kind >= 0 && kind < _KIND_MAX);

        for (size_t i = 0; i < driver->n_params; i++) {
                const ParamSpec *p = &driver->params[i];

                if (streq(p->name, name) && (p->kinds & (1u << kind)))
                        return p;
        }
        return NULL;
}
