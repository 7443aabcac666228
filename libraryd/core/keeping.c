/* SPDX-License-Identifier: MIT */

/* What the settings say of keeping, as the last run left it here for tools that read no settings. */

#include "core/lib.h"

int al_keeping(Library *lib, AlKeeping *ret, Err *err) {
        Stmt *s;
        int r;

        assert(lib && ret);
        r = db_query(lib->db, SQL_KEEPING_GET, &s, err, "");
        if (r < 0)
                return r;
        if (r == 1)
                *ret = (AlKeeping){.alike = db_col_int(s, 0),
                                   .expired_ms = db_col_int(s, 1),
                                   .refused_ms = db_col_int(s, 2),
                                   .max_bytes = db_col_int(s, 3)};
        else
                *ret = AL_KEEPING_DEFAULT;
        db_reset(s);
        return 0;
}

int al_keeping_set(Library *lib, const AlKeeping *k, Err *err) {
        AlKeeping was;
        int r;

        assert(lib && k);
        assert(k->alike >= 0 && k->alike <= AL_ALIKE_MAX);
        assert(k->expired_ms >= 0 && k->refused_ms >= 0 && k->max_bytes >= 0);
        r = al_keeping(lib, &was, err);
        if (r < 0)
                return r;
        if (was.alike == k->alike && was.expired_ms == k->expired_ms &&
            was.refused_ms == k->refused_ms && was.max_bytes == k->max_bytes)
                return 0;
        return db_exec(lib->db, SQL_KEEPING_SET, NULL, err, "llll", k->alike, k->expired_ms,
                       k->refused_ms, k->max_bytes);
}
