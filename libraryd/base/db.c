/* SPDX-License-Identifier: MIT */

/* Errors, transactions and upkeep of an open connection; see db_open.c for how it comes to be. */

#include "base/db_private.h"

#include <stdio.h>

/* SQLite knows why the system refused to open a file; everything else is a class of its own. */
static int cannot_open_errno(sqlite3 *handle) {
        int e = sqlite3_system_errno(handle);

        return e == EACCES || e == EPERM ? -EACCES : e == EROFS ? -EROFS : e ? -e : -EACCES;
}

static int errno_of(sqlite3 *handle, int code) {
        switch (code & 0xff) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_IOERR:
                return code == SQLITE_IOERR_NOMEM ? -ENOMEM : -EIO;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_PERM:
        case SQLITE_AUTH:
                return -EACCES;
        case SQLITE_CANTOPEN:
                return cannot_open_errno(handle);
        case SQLITE_CONSTRAINT:
                return -EEXIST;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EUCLEAN;
        case SQLITE_NOMEM:
                return -ENOMEM;
        default:
                return -EPROTO;
        }
}

int db_failed(Db *db, int code, const char *what, Err *err) {
        bool told = sqlite3_extended_errcode(db->handle) == code;

        return err_set(err, errno_of(db->handle, code), "database: %s: %s (sqlite code %d)", what,
                       told ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code), code);
}

int db_control(Db *db, const char *sql, const char *what, Err *err) {
        int code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);

        return code == SQLITE_OK ? 0 : db_failed(db, code, what, err);
}

static int pragma_row(Db *db, const char *sql, Stmt **ret, Err *err) {
        _cleanup_(db_stmt_freep) Stmt *stmt = NULL;
        int r;

        r = db_prepare(db, sql, &stmt, err);
        if (r < 0)
                return r;
        r = db_step(db, stmt, err);
        if (r < 0)
                return err_prefix(err, r, "%s", sql);
        if (r == 0)
                return err_set(err, -EPROTO, "database: '%s' gave nothing", sql);
        *ret = TAKE_PTR(stmt);
        return 0;
}

int db_pragma_int(Db *db, const char *sql, int64_t *ret, Err *err) {
        _cleanup_(db_stmt_freep) Stmt *stmt = NULL;
        int r;

        r = pragma_row(db, sql, &stmt, err);
        if (r < 0)
                return r;
        *ret = db_col_int(stmt, 0);
        return 0;
}

int db_pragma_text(Db *db, const char *sql, char *ret, size_t n, Err *err) {
        _cleanup_(db_stmt_freep) Stmt *stmt = NULL;
        const char *text;
        int r;

        r = pragma_row(db, sql, &stmt, err);
        if (r < 0)
                return r;
        text = db_col_text(stmt, 0);
        (void) snprintf(ret, n, "%s", text ? text : "");
        return 0;
}

/* Transactions nest by counting. An inner rollback cannot undo just its own part, so it dooms the
 * whole: what follows still runs inside, and is lost with the rest when the outermost one ends. */
static int begin(Db *db, bool writing, Err *err) {
        int r;

        assert(db);
        /* A reader's snapshot may be too old to be written on: begin the outer one for writing. */
        assert(db->depth == 0 || db->writing || !writing);
        if (db->depth == 0) {
                if (writing)
                        db_turn_wait(db);
                r = db_control(db, writing ? "BEGIN IMMEDIATE" : "BEGIN", "begin", err);
                if (r < 0) {
                        db_turn_end(db);
                        return r;
                }
                db->writing = writing;
                db->doomed = false;
        }
        db->depth++;
        return 0;
}

int db_begin(Db *db, Err *err) {
        return begin(db, true, err);
}

int db_begin_read(Db *db, Err *err) {
        return begin(db, false, err);
}

static void end_by_rollback(Db *db) {
        db->depth = 0;
        db->doomed = false;
        /* After some errors (disk full, out of memory) SQLite has rolled back by itself. */
        if (!sqlite3_get_autocommit(db->handle))
                (void) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
        db_turn_end(db);
}

/* SQLite ended our transaction by itself; what would follow must not commit piece by piece. */
static bool is_lost(const Db *db) {
        return db->depth > 0 && sqlite3_get_autocommit(db->handle);
}

static int lost(Err *err) {
        return err_set(err, -ECANCELED, "database: the transaction was rolled back");
}

int db_check_lost(const Db *db, Err *err) {
        return is_lost(db) ? lost(err) : 0;
}

int db_commit(Db *db, Err *err) {
        int r;

        assert(db);
        if (db->depth == 0)
                return lost(err);
        if (db->depth > 1) {
                db->depth--;
                return db->doomed ? lost(err) : 0;
        }
        if (db->doomed || is_lost(db)) {
                end_by_rollback(db);
                return lost(err);
        }
        r = db_control(db, "COMMIT", "commit", err);
        if (r < 0) {
                end_by_rollback(db);
                return r;
        }
        db->depth = 0;
        db_turn_end(db);
        return 0;
}

void db_rollback(Db *db) {
        assert(db);
        if (db->depth > 1) {
                db->depth--;
                db->doomed = true;
        } else if (db->depth == 1)
                end_by_rollback(db);
}

bool db_in_transaction(const Db *db) {
        assert(db);
        return db->depth > 0;
}

int64_t db_last_id(const Db *db) {
        assert(db);
        return sqlite3_last_insert_rowid(db->handle);
}

void db_set_busy_timeout(Db *db, int ms) {
        assert(db && ms >= 0);
        db->busy_timeout_ms = ms;
        (void) sqlite3_busy_timeout(db->handle, ms); /* fails for no open connection */
}

int db_set_cache(Db *db, int kib, Err *err) {
        char sql[64];

        assert(db && kib > 0);
        (void) snprintf(sql, sizeof sql, "PRAGMA cache_size = -%d", kib);
        return db_control(db, sql, "configure", err);
}

int db_checkpoint(Db *db, Err *err) {
        int code, r = 0;

        assert(db);
        /* Waiting for a slow reader would hold up the night: take what can be had now. */
        (void) sqlite3_busy_timeout(db->handle, 0);
        code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        if (code != SQLITE_OK)
                r = db_failed(db, code, "checkpoint", err);
        (void) sqlite3_busy_timeout(db->handle, db->busy_timeout_ms);
        return r;
}

int db_check(Db *db, Err *err) {
        char complaint[256];
        int r;

        assert(db);
        r = db_pragma_text(db, "PRAGMA quick_check(1)", complaint, sizeof complaint, err);
        if (r < 0)
                return r;
        if (!streq(complaint, "ok"))
                return err_set(err, -EUCLEAN, "the database is damaged: %s", complaint);
        return 0;
}
