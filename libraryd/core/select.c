/* SPDX-License-Identifier: MIT */

/* Running a selection. */

#include "core/asset.h"
#include "core/query.h"

static int visit(Library *lib, Stmt *s, AlAssetFn fn, void *userdata, Err *err) {
        AlAsset a;
        int r;

        while ((r = db_step(lib->db, s, err)) == 1) {
                r = asset_load(lib, db_col_int(s, 0), &a, err);
                if (r < 0)
                        return r;
                if (r == AL_NOT_FOUND)
                        return err_set(err, -EUCLEAN,
                                       "an index of the library names a missing asset");
                r = fn(&a, userdata);
                al_asset_done(&a);
                if (r < 0)
                        return r;
        }
        return r;
}

static int select_assets(Library *lib, const FlatQuery *q, AlAssetFn fn, void *userdata, Err *err) {
        _cleanup_(selection_done) Selection sel = {0};
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        int r = selection_build(lib, q, false, &sel, err);

        if (r != 0)
                return r == AL_NOT_FOUND ? 0 : r;
        r = selection_prepare(lib, &sel, &s, err);
        return r < 0 ? r : visit(lib, s, fn, userdata, err);
}

int al_query(Library *lib, const AlQuery *q, AlAssetFn fn, void *userdata, Err *err) {
        FlatQuery flat;
        int r;

        assert(lib && q && fn);
        r = flat_query(q, &flat, err);
        if (r < 0)
                return r;
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        return lib_end(lib, select_assets(lib, &flat, fn, userdata, err), err);
}

static int count_assets(Library *lib, const FlatQuery *q, int64_t *ret, Err *err) {
        _cleanup_(selection_done) Selection sel = {0};
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        int r = selection_build(lib, q, true, &sel, err);

        if (r == AL_NOT_FOUND) {
                *ret = 0;
                return 0;
        }
        if (r == 0)
                r = selection_prepare(lib, &sel, &s, err);
        if (r >= 0)
                r = db_step(lib->db, s, err);
        if (r < 0)
                return r;
        *ret = db_col_int(s, 0);
        return 0;
}

int al_query_count(Library *lib, const AlQuery *q, int64_t *ret, Err *err) {
        FlatQuery flat;
        int64_t n = 0;
        int r;

        assert(lib && q && ret);
        r = flat_query(q, &flat, err);
        if (r < 0)
                return r;
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        r = lib_end(lib, count_assets(lib, &flat, &n, err), err);
        if (r >= 0)
                *ret = n;
        return r;
}

typedef struct RowCall {
        AlRowFn fn;
        void *userdata;
} RowCall;

static int call_row(const AlAsset *a, void *userdata) {
        RowCall *c = userdata;

        return c->fn(a->row, c->userdata);
}

int al_query_rows(Library *lib, const AlQuery *q, AlRowFn fn, void *userdata, Err *err) {
        RowCall c = {fn, userdata};

        return al_query(lib, q, call_row, &c, err);
}
