/* SPDX-License-Identifier: MIT */

#include "core/lib.h"

static const struct {
        const char *key;
        unsigned statement;
} facets[] = {
        {"brand", SQL_FACET_BRAND},   {"hook", SQL_FACET_HOOK}, {"category", SQL_FACET_CATEGORY},
        {"recipe", SQL_FACET_RECIPE}, {"tag", SQL_FACET_TAGS},
};

int al_facet(Library *lib, const char *key, int64_t now_ms, AlFacetFn fn, void *userdata,
             Err *err) {
        unsigned statement = SQL_FACET_TAG;
        Stmt *s;
        int r;

        assert(lib && key && fn);
        for (size_t i = 0; i < ARRAY_LEN(facets); i++)
                if (streq(facets[i].key, key))
                        statement = facets[i].statement;
        r = statement == SQL_FACET_TAG ? db_query(lib->db, statement, &s, err, "ls", now_ms, key)
                                       : db_query(lib->db, statement, &s, err, "l", now_ms);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = fn(db_col_text(s, 0), db_col_text(s, 1), db_col_int(s, 2), userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}
