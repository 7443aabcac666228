/* SPDX-License-Identifier: MIT */

/* bare DATABASE STATEMENT: the least program that asks SQLite: opens, prepares, prints the rows. What
 * query.sh compares whole processes with. */

#include <sqlite3.h>
#include <stdio.h>

int main(int argc, char **argv) {
        sqlite3_stmt *s = NULL;
        sqlite3 *db = NULL;
        int r;

        if (argc != 3)
                return 2;
        r = sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, NULL);
        if (r == SQLITE_OK)
                r = sqlite3_prepare_v2(db, argv[2], -1, &s, NULL);
        for (; r == SQLITE_OK || r == SQLITE_ROW;) {
                r = sqlite3_step(s);
                for (int i = 0; r == SQLITE_ROW && i < sqlite3_column_count(s); i++)
                        (void) printf("%s%c", (const char *) sqlite3_column_text(s, i),
                                      i + 1 == sqlite3_column_count(s) ? '\n' : '|');
        }
        if (r != SQLITE_DONE)
                (void) fprintf(stderr, "bare: %s\n", sqlite3_errmsg(db));
        (void) sqlite3_finalize(s);
        (void) sqlite3_close(db);
        return r != SQLITE_DONE;
}
