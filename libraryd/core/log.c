/* SPDX-License-Identifier: MIT */

/* What happened to assets: changes of status and tags, takes and releases, as one list. */

#include "core/asset.h"

static int visit(Library *lib, Stmt *s, AlEventFn fn, void *userdata, Err *err) {
        int r = 1;

        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = fn(&(AlEvent){.at_ms = db_col_int(s, 0),
                                  .id = db_col_text(s, 1),
                                  .who = db_col_text(s, 2),
                                  .event = db_col_text(s, 3),
                                  .detail = db_col_text(s, 4),
                                  .reason = db_col_text(s, 5)},
                       userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

static int log_of(Library *lib, const char *id, const char *campaign, int64_t limit, AlEventFn fn,
                  void *userdata, Err *err) {
        int64_t row = 0;
        Stmt *s;
        int r = 0;

        if (id) {
                r = asset_row_of(lib, id, &row, err);
                if (r != 0)
                        return r;
                r = db_query(lib->db, SQL_LOG_OF_ASSET, &s, err, "lsl", row, campaign, limit);
        } else if (campaign)
                r = db_query(lib->db, SQL_LOG_OF_CAMPAIGN, &s, err, "sl", campaign, limit);
        else
                r = db_query(lib->db, SQL_LOG_OF_ALL, &s, err, "l", limit);
        return r <= 0 ? r : visit(lib, s, fn, userdata, err);
}

int al_log(Library *lib, const char *id, const char *campaign, int64_t limit, AlEventFn fn,
           void *userdata, Err *err) {
        int r;

        assert(lib && fn);
        assert(limit > 0);
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        return lib_end(lib, log_of(lib, id, campaign, limit, fn, userdata, err), err);
}
