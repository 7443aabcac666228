/* SPDX-License-Identifier: MIT */

#include "core/term.h"

int term_find(Library *lib, const char *key, const char *value, int64_t *ret_id, Err *err) {
        Stmt *s;
        int r;

        assert(lib && key && value && ret_id);
        r = db_query(lib->db, SQL_TERM_FIND, &s, err, "ss", key, value);
        if (r < 0)
                return r;
        if (r == 1)
                *ret_id = db_col_int(s, 0);
        db_reset(s);
        return r == 1 ? 0 : AL_NOT_FOUND;
}

int term_intern(Library *lib, const char *key, const char *value, int64_t *ret_id, Err *err) {
        int r = term_find(lib, key, value, ret_id, err);

        if (r != AL_NOT_FOUND)
                return r;
        r = db_exec(lib->db, SQL_TERM_INSERT, NULL, err, "ss", key, value);
        if (r < 0)
                return r;
        *ret_id = db_last_id(lib->db);
        return 0;
}
