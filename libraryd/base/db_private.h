/* SPDX-License-Identifier: MIT */
#pragma once

/* What db.c, db_stmt.c, db_open.c and db_migrate.c share. Nobody else includes this. */

#include <sqlite3.h>

#include "base/db.h"

struct Db {
        sqlite3 *handle;
        int busy_timeout_ms;
        const DbCatalog *catalog;
        sqlite3_stmt **statements; /* by catalogue index; NULL until first used */
        unsigned depth;            /* of nested transactions */
        bool writing;              /* the outermost one began IMMEDIATE */
        bool doomed;               /* an inner one was rolled back: the outermost must be, too */
        int turn_fd;               /* -1: writers do not queue; borrowed */
        int64_t ticket;            /* our place in the queue; 0: none */
};

/* Sets err from `code`, what a call of SQLite returned, and returns the errno for it; `what` says
 * what was tried, or names the statement. */
int db_failed(Db *db, int code, const char *what, Err *err);

/* -ECANCELED when SQLite has ended our transaction by itself: what would follow must not commit
 * piece by piece. */
int db_check_lost(const Db *db, Err *err) _must_check_;

/* Runs control statements (PRAGMA, BEGIN, a migration) that give no row. */
int db_control(Db *db, const char *sql, const char *what, Err *err) _must_check_;

/* The first column of the first row of a PRAGMA, as a number or as text cut at n. */
int db_pragma_int(Db *db, const char *sql, int64_t *ret, Err *err) _must_check_;
int db_pragma_text(Db *db, const char *sql, char *ret, size_t n, Err *err) _must_check_;

/* Waits for the writers that came earlier, a while. db_turn_end() follows, sooner or later. */
void db_turn_wait(Db *db);
/* Lets the next one. */
void db_turn_end(Db *db);

/* Adds the SQL functions of base/db_functions.c to a connection; SQLite's code. */
int db_functions(sqlite3 *handle) _must_check_;

/* Brings the schema to the newest step, or refuses; see db_open(). */
int db_migrate(Db *db, const char *path, DbMode mode, Err *err) _must_check_;
