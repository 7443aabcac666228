/* SPDX-License-Identifier: MIT */

/* Statements and transactions of an open connection; see db_open.c for how it comes to be. */

#include "base/db_private.h"

#include <stdarg.h>
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

/* The name of a statement in the catalogue, for messages. */
static const char *name_of(const Db *db, const sqlite3_stmt *stmt) {
        for (size_t i = 0; i < db->catalog->n_statements; i++)
                if (db->statements[i] == stmt)
                        return db->catalog->statements[i].name;
        return "statement";
}

int db_exec(Db *db, const char *sql, const char *what, Err *err) {
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
                r = db_exec(db, writing ? "BEGIN IMMEDIATE" : "BEGIN", "begin", err);
                if (r < 0)
                        return r;
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
}

/* SQLite ended our transaction by itself; what would follow must not commit piece by piece. */
static bool is_lost(const Db *db) {
        return db->depth > 0 && sqlite3_get_autocommit(db->handle);
}

static int lost(Err *err) {
        return err_set(err, -ECANCELED, "database: the transaction was rolled back");
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
        r = db_exec(db, "COMMIT", "commit", err);
        if (r < 0) {
                end_by_rollback(db);
                return r;
        }
        db->depth = 0;
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

int db_stmt(Db *db, unsigned id, Stmt **ret, Err *err) {
        sqlite3_stmt **slot;

        assert(db);
        assert(id < db->catalog->n_statements);
        assert(ret);
        if (is_lost(db))
                return lost(err);
        slot = &db->statements[id];
        if (!*slot) {
                const DbStatement *s = &db->catalog->statements[id];

                int code = sqlite3_prepare_v3(db->handle, s->sql, -1, SQLITE_PREPARE_PERSISTENT,
                                              slot, NULL);

                if (code != SQLITE_OK)
                        return db_failed(db, code, s->name, err);
        }
        db_reset(*slot);
        *ret = *slot;
        return 0;
}

int db_prepare(Db *db, const char *sql, Stmt **ret, Err *err) {
        sqlite3_stmt *stmt = NULL;
        int code;

        assert(db);
        assert(sql);
        assert(ret);
        if (is_lost(db))
                return lost(err);
        code = sqlite3_prepare_v3(db->handle, sql, -1, 0, &stmt, NULL);
        if (code != SQLITE_OK)
                return db_failed(db, code, "prepare", err);
        assert(stmt); /* the text is ours, never empty */
        *ret = stmt;
        return 0;
}

Stmt *db_stmt_free(Stmt *stmt) {
        (void) sqlite3_finalize(stmt);
        return NULL;
}

int db_bind_text_at(Db *db, Stmt *stmt, int index, const char *s, Err *err) {
        int code;

        assert(db);
        assert(stmt);
        code = sqlite3_bind_text(stmt, index, s, -1, SQLITE_STATIC);
        return code == SQLITE_OK ? 0 : db_failed(db, code, name_of(db, stmt), err);
}

int db_bind_int_at(Db *db, Stmt *stmt, int index, int64_t v, Err *err) {
        int code;

        assert(db);
        assert(stmt);
        code = sqlite3_bind_int64(stmt, index, v);
        return code == SQLITE_OK ? 0 : db_failed(db, code, name_of(db, stmt), err);
}

static int bind_blob(Stmt *stmt, int index, const void *data, size_t n) {
        if (!data)
                return sqlite3_bind_null(stmt, index);
        return sqlite3_bind_blob64(stmt, index, data, n, SQLITE_STATIC);
}

static int bind_optional(Stmt *stmt, int index, int64_t v) {
        return v == INT64_MIN ? sqlite3_bind_null(stmt, index) : sqlite3_bind_int64(stmt, index, v);
}

/* Binds the arguments of one format letter. A va_list that a callee reads must travel by pointer.
 */
static int bind_one(Stmt *stmt, int index, char letter, va_list *ap) {
        const void *data;

        switch (letter) {
        case 's':
                return sqlite3_bind_text(stmt, index, va_arg(*ap, const char *), -1, SQLITE_STATIC);
        case 'i':
                return sqlite3_bind_int(stmt, index, va_arg(*ap, int));
        case 'l':
                return sqlite3_bind_int64(stmt, index, va_arg(*ap, int64_t));
        case 'd':
                return sqlite3_bind_double(stmt, index, va_arg(*ap, double));
        case 'n':
                return sqlite3_bind_null(stmt, index);
        case '?':
                return bind_optional(stmt, index, va_arg(*ap, int64_t));
        case 'b':
                data = va_arg(*ap, const void *);
                return bind_blob(stmt, index, data, va_arg(*ap, size_t));
        default:
                assert_not_reached();
                return SQLITE_MISUSE;
        }
}

int db_bindf(Db *db, Stmt *stmt, Err *err, const char *format, ...) {
        int index = 0, code = SQLITE_OK;
        va_list ap;

        assert(db);
        assert(stmt);
        assert(format);
        assert((int) strlen(format) == sqlite3_bind_parameter_count(stmt));
        va_start(ap, format);
        for (; *format && code == SQLITE_OK; format++)
                code = bind_one(stmt, ++index, *format, &ap);
        va_end(ap);
        return code == SQLITE_OK ? 0 : db_failed(db, code, name_of(db, stmt), err);
}

int db_step(Db *db, Stmt *stmt, Err *err) {
        int code, r;

        assert(db);
        assert(stmt);
        code = sqlite3_step(stmt);
        if (code == SQLITE_ROW)
                return 1;
        if (code == SQLITE_DONE)
                return 0;
        r = db_failed(db, code, name_of(db, stmt), err);
        (void) sqlite3_reset(stmt); /* lets go of its locks; gives the same error again */
        return r;
}

int db_run(Db *db, Stmt *stmt, int64_t *ret_changes, Err *err) {
        int r;

        r = db_step(db, stmt, err);
        if (r == 0 && ret_changes)
                *ret_changes = sqlite3_changes64(db->handle);
        if (r > 0)
                r = err_set(err, -EPROTO, "database: %s gave a row, none expected",
                            name_of(db, stmt));
        db_reset(stmt);
        return r;
}

void db_reset(Stmt *stmt) {
        assert(stmt);
        (void) sqlite3_reset(stmt);
        (void) sqlite3_clear_bindings(stmt);
}

const char *db_col_text(Stmt *stmt, int i) {
        return (const char *) sqlite3_column_text(stmt, i);
}

int64_t db_col_int(Stmt *stmt, int i) {
        return sqlite3_column_int64(stmt, i);
}

double db_col_double(Stmt *stmt, int i) {
        return sqlite3_column_double(stmt, i);
}

const void *db_col_blob(Stmt *stmt, int i, size_t *ret_n) {
        const void *data = sqlite3_column_blob(stmt, i);

        assert(ret_n);
        *ret_n = (size_t) sqlite3_column_bytes(stmt, i);
        return data;
}

bool db_col_null(Stmt *stmt, int i) {
        return sqlite3_column_type(stmt, i) == SQLITE_NULL;
}

int64_t db_last_id(const Db *db) {
        assert(db);
        return sqlite3_last_insert_rowid(db->handle);
}

int db_checkpoint(Db *db, Err *err) {
        int code, r = 0;

        assert(db);
        /* Waiting for a slow reader would hold up the night: take what can be had now. */
        (void) sqlite3_busy_timeout(db->handle, 0);
        code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        if (code != SQLITE_OK)
                r = db_failed(db, code, "checkpoint", err);
        (void) sqlite3_busy_timeout(db->handle, DB_BUSY_TIMEOUT_MS);
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
