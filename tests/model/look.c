/* SPDX-License-Identifier: MIT */

#include "model/look.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "base/fs.h"
#include "support/test.h"

uint64_t seed;
const char *stage = "";

/* One connection for all looks after a run: reading the schema costs more than most of them. */
static sqlite3 *disk;

void look_begin(const char *dir) {
        _cleanup_(freep) char *path = path_join(dir, "library.db");

        CHECK_INT(sqlite3_open_v2(path, &disk, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
}

void look_end(void) {
        CHECK_INT(sqlite3_close(disk), SQLITE_OK);
        disk = NULL;
}

char *look_text(const char *sql) {
        sqlite3_stmt *stmt = NULL;
        char *text = NULL;
        int r;

        r = sqlite3_prepare_v2(disk, sql, -1, &stmt, NULL);
        if (r == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0))
                text = strdup((const char *) sqlite3_column_text(stmt, 0));
        if (r != SQLITE_OK)
                test_fail(__FILE__, __LINE__, "seed %llu, %s: %s: %s", (unsigned long long) seed,
                          stage, sql, sqlite3_errmsg(disk));
        (void) sqlite3_finalize(stmt);
        return text;
}

void look_none(const char *rule, const char *sql) {
        _cleanup_(freep) char *found = look_text(sql);

        if (found)
                test_fail(__FILE__, __LINE__, "seed %llu, %s: %s: %s", (unsigned long long) seed,
                          stage, rule, found);
}

int64_t look_number(const char *sql) {
        _cleanup_(freep) char *text = look_text(sql);

        return text ? strtoll(text, NULL, 10) : 0;
}
