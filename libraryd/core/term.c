/* SPDX-License-Identifier: MIT */

#include "core/term.h"

int term_find(Library *lib, const char *key, const char *value, int64_t *ret_id, Err *err) {
        Stmt *s;
        int r;

        assert(lib && key && value && ret_id);
        r = db_stmt(lib->db, SQL_TERM_FIND, &s, err);
        if (r >= 0)
                r = db_bindf(lib->db, s, err, "ss", key, value);
        if (r >= 0)
                r = db_step(lib->db, s, err);
        if (r < 0)
                return r;
        if (r == 1)
                *ret_id = db_col_int(s, 0);
        db_reset(s);
        return r == 1 ? 0 : AL_NOT_FOUND;
}

int term_intern(Library *lib, const char *key, const char *value, int64_t *ret_id, Err *err) {
        Stmt *s;
        int r = term_find(lib, key, value, ret_id, err);

        if (r != AL_NOT_FOUND)
                return r;
        r = db_stmt(lib->db, SQL_TERM_INSERT, &s, err);
        if (r >= 0)
                r = db_bindf(lib->db, s, err, "ss", key, value);
        if (r >= 0)
                r = db_run(lib->db, s, NULL, err);
        if (r < 0)
                return r;
        *ret_id = db_last_id(lib->db);
        return 0;
}
