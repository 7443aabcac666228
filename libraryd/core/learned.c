/* SPDX-License-Identifier: MIT */

/* What nights learn of providers and keep for the next one. */

#include "core/lib.h"

/* ---- limits ---- */

static AlLimit limit_row(Stmt *s) {
        return (AlLimit){
                .provider = db_col_text(s, 0),
                .model = db_col_text(s, 1),
                .per_minute = db_col_double(s, 2),
                .cap = db_col_int(s, 3),
                .learned_ms = db_col_int(s, 4),
        };
}

int al_limit_get(Library *lib, const char *provider, const char *model, AlLimit *ret, Err *err) {
        Stmt *s;
        int r;

        assert(lib && provider && model && ret);
        r = db_query(lib->db, SQL_LIMIT_GET, &s, err, "ss", provider, model);
        if (r < 0)
                return r;
        if (r == 1) {
                *ret = limit_row(s);
                ret->provider = provider;
                ret->model = model;
        }
        db_reset(s);
        return r == 1 ? AL_OK : AL_NOT_FOUND;
}

int al_limit_set(Library *lib, const AlLimit *limit, Err *err) {
        assert(lib && limit && limit->provider && limit->model);
        assert(limit->per_minute >= 0 && limit->cap >= 0);
        return db_exec(lib->db, SQL_LIMIT_SET, NULL, err, "ssdll", limit->provider, limit->model,
                       limit->per_minute, limit->cap, limit->learned_ms);
}

int al_limits(Library *lib, AlLimitFn fn, void *userdata, Err *err) {
        Stmt *s;
        int r;

        assert(lib && fn);
        r = db_query(lib->db, SQL_LIMITS_ALL, &s, err, "");
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                AlLimit limit = limit_row(s);

                r = fn(&limit, userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

/* ---- durations ---- */

static AlDuration duration_row(Stmt *s) {
        return (AlDuration){
                .provider = db_col_text(s, 0),
                .model = db_col_text(s, 1),
                .kind = db_col_text(s, 2),
                .n = db_col_int(s, 3),
                .mean = db_col_double(s, 4),
                .variance = db_col_double(s, 5),
                .updated_ms = db_col_int(s, 6),
        };
}

int al_duration_get(Library *lib, const char *provider, const char *model, const char *kind,
                    AlDuration *ret, Err *err) {
        Stmt *s;
        int r;

        assert(lib && provider && model && kind && ret);
        r = db_query(lib->db, SQL_DURATION_GET, &s, err, "sss", provider, model, kind);
        if (r < 0)
                return r;
        if (r == 1) {
                *ret = duration_row(s);
                ret->provider = provider;
                ret->model = model;
                ret->kind = kind;
        }
        db_reset(s);
        return r == 1 ? AL_OK : AL_NOT_FOUND;
}

int al_durations(Library *lib, AlDurationFn fn, void *userdata, Err *err) {
        Stmt *s;
        int r;

        assert(lib && fn);
        r = db_query(lib->db, SQL_DURATIONS_ALL, &s, err, "");
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                AlDuration duration = duration_row(s);

                r = fn(&duration, userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

int duration_add(Library *lib, const char *provider, const char *model, AssetKind kind,
                 int64_t took_ms, int64_t now_ms, Err *err) {
        assert(db_in_transaction(lib->db));
        return db_exec(lib->db, SQL_DURATION_ADD, NULL, err, "sssll", provider, model,
                       asset_kind_word(kind), took_ms, now_ms);
}
