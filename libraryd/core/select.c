/* SPDX-License-Identifier: MIT */

/* Running a query: one transaction around all it reads. */

#include "core/asset.h"
#include "core/query.h"

typedef struct Sink {
        Library *lib;
        AlAssetFn fn;
        void *userdata;
        Err *err;
} Sink;

static int give_asset(int64_t row, void *userdata) {
        Sink *sink = userdata;
        AlAsset a;
        int r = asset_load(sink->lib, row, &a, sink->err);

        if (r == AL_NOT_FOUND)
                return err_set(sink->err, -EUCLEAN,
                               "the index of the library names asset row %lld, which is not there; "
                               "'assetlib verify --repair' makes the index anew",
                               (long long) row);
        if (r < 0)
                return r;
        r = sink->fn(&a, sink->userdata);
        al_asset_done(&a);
        return r;
}

int al_query_rows(Library *lib, const AlQuery *q, AlRowFn fn, void *userdata, Err *err) {
        _cleanup_(plan_done) Plan plan = {0};
        int r;

        assert(lib && q && fn);
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        r = plan_make(lib, q, &plan, err);
        if (r >= 0)
                r = query_walk(lib, q, &plan, fn, userdata, err);
        return lib_end(lib, r, err);
}

int al_query(Library *lib, const AlQuery *q, AlAssetFn fn, void *userdata, Err *err) {
        Sink sink = {.lib = lib, .fn = fn, .userdata = userdata, .err = err};

        assert(fn);
        return al_query_rows(lib, q, give_asset, &sink, err);
}

int al_query_count(Library *lib, const AlQuery *q, int64_t *ret, Err *err) {
        _cleanup_(plan_done) Plan plan = {0};
        int64_t n = 0;
        int r;

        assert(lib && q && ret);
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        r = plan_make(lib, q, &plan, err);
        if (r >= 0)
                r = query_count(lib, q, &plan, &n, err);
        r = lib_end(lib, r, err);
        if (r >= 0)
                *ret = n;
        return r;
}
