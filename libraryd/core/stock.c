/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "core/lib.h"

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

static void copy_name(char ret[static 65], const char *s) {
        (void) snprintf(ret, 65, "%s", s ? s : "");
}

static void stock_row(Stmt *s, AlStockRow *ret) {
        *ret = (AlStockRow){
                .kind = asset_kind_from_word(db_col_text(s, 3)),
                .cells = db_col_int(s, 4),
                .ready = db_col_int(s, 5),
                .pending = db_col_int(s, 6),
                .target = db_col_int(s, 7),
                .short_by = db_col_int(s, 8),
                .taken = db_col_int(s, 9),
                .recent = db_col_int(s, 10),
        };
        copy_name(ret->brand, db_col_text(s, 0));
        copy_name(ret->hook, db_col_text(s, 1));
        copy_name(ret->category, db_col_text(s, 2));
}

int al_stock(Library *lib, int64_t now_ms, AlStockFn fn, void *userdata, Err *err) {
        AlStockRow row;
        Stmt *s;
        int r;

        assert(lib && fn);
        r = db_query(lib->db, SQL_STOCK, &s, err, "ll", now_ms,
                     now_ms - AL_STOCK_RATE_DAYS * DAY_MS);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                stock_row(s, &row);
                r = fn(&row, userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}
