/* SPDX-License-Identifier: MIT */

#include "core/fits.h"

#include "core/lib.h"

static int no_memory(Err *err) {
        return err_set(err, -ENOMEM, "out of memory");
}

void fits_done(FitsTable *t) {
        assert(t);
        free(t->items);
        strv_done(&t->own);
        *t = (FitsTable){0};
}

static int compare(const void *a, const void *b) {
        return strcmp(((const AlPlacement *) a)->name, ((const AlPlacement *) b)->name);
}

static AlPlacement read_placement(Stmt *s, const char *name) {
        return (AlPlacement){
                .name = name,
                .kind = asset_kind_from_word(db_col_text(s, 1)),
                .min_width = db_col_int(s, 2),
                .min_height = db_col_int(s, 3),
                .exact_width = db_col_int(s, 4),
                .exact_height = db_col_int(s, 5),
                .min_ratio = db_col_int(s, 6),
                .max_ratio = db_col_int(s, 7),
                .max_bytes = db_col_int(s, 8),
                .min_ms = db_col_int(s, 9),
                .max_ms = db_col_int(s, 10),
                .min_chars = db_col_int(s, 11),
                .max_chars = db_col_int(s, 12),
        };
}

static int read_own(Library *lib, FitsTable *t, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_PLACEMENT_LIST, &s, err, "i", AL_PLACEMENTS_MAX);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                if (strv_add(&t->own, db_col_text(s, 0)) < 0) {
                        r = no_memory(err);
                        break;
                }
                t->items[t->n++] = read_placement(s, t->own.items[t->own.n - 1]);
        }
        db_reset(s);
        return r;
}

int fits_load(Library *lib, FitsTable *ret, Err *err) {
        FitsTable t = {.items = calloc(fits_n_shipped + AL_PLACEMENTS_MAX, sizeof *t.items)};
        int r = t.items ? 0 : no_memory(err);

        assert(ret);
        if (r >= 0 && lib)
                r = read_own(lib, &t, err);
        if (r < 0) {
                fits_done(&t);
                return r;
        }
        for (size_t i = 0; i < fits_n_shipped; i++)
                if (!strv_has(&t.own, fits_shipped[i].name))
                        t.items[t.n++] = fits_shipped[i];
        if (t.own.n > 0)
                qsort(t.items, t.n, sizeof *t.items, compare);
        *ret = t;
        return 0;
}

/* Whether `name` is this placement or begins it, up to a dot. */
static bool begins(const char *placement, const char *name) {
        size_t n = strlen(name);

        return strncmp(placement, name, n) == 0 && (!placement[n] || placement[n] == '.');
}

bool fits_find(const FitsTable *t, const char *name, size_t *ret_first, size_t *ret_n) {
        size_t first = 0, n = 0;

        assert(t && name && ret_first && ret_n);
        while (first < t->n && !begins(t->items[first].name, name))
                first++;
        while (first + n < t->n && begins(t->items[first + n].name, name))
                n++;
        if (n == 0)
                return false;
        *ret_first = first;
        *ret_n = n;
        return true;
}

int fits_names(const FitsTable *t, Strv *names) {
        int r = 0;

        assert(t && names);
        for (size_t i = 0; i < t->n && r >= 0; i++) {
                const char *name = t->items[i].name;

                for (size_t n = 1; name[n - 1] && r >= 0; n++) {
                        if (name[n] && name[n] != '.')
                                continue;
                        if (i == 0 || strncmp(t->items[i - 1].name, name, n) != 0)
                                r = strv_add_n(names, name, n);
                }
        }
        return r;
}

int al_placements(Library *lib, Strv *names, Err *err) {
        FitsTable t;
        int r = fits_load(lib, &t, err);

        assert(names);
        if (r < 0)
                return r;
        for (size_t i = 0; i < t.n && r >= 0; i++)
                r = strv_add(names, t.items[i].name);
        fits_done(&t);
        return r < 0 ? no_memory(err) : 0;
}

bool al_placement_is_valid(const char *name) {
        assert(name);
        /* None sorts before '.', so that what begins alike stands side by side. */
        if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.") != strlen(name))
                return false;
        return name[0] && name[0] != '.' && name[strlen(name) - 1] != '.' && !strstr(name, "..");
}

static int put(Library *lib, const AlPlacement *p, Err *err) {
        assert(al_placement_is_valid(p->name));
        return db_exec(lib->db, SQL_PLACEMENT_PUT, NULL, err, "sslllllllllll", p->name,
                       asset_kind_word((AssetKind) p->kind), p->min_width, p->min_height,
                       p->exact_width, p->exact_height, p->min_ratio, p->max_ratio, p->max_bytes,
                       p->min_ms, p->max_ms, p->min_chars, p->max_chars);
}

int al_placements_set(Library *lib, const AlPlacement *own, size_t n, Err *err) {
        int r;

        assert(lib && (own || n == 0));
        if (n > AL_PLACEMENTS_MAX)
                return err_set(err, -E2BIG, "more than %d placements", AL_PLACEMENTS_MAX);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = db_exec(lib->db, SQL_PLACEMENT_CLEAR, NULL, err, "");
        for (size_t i = 0; i < n && r >= 0; i++)
                r = put(lib, &own[i], err);
        return lib_end(lib, r, err);
}
