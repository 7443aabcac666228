/* SPDX-License-Identifier: MIT */

/* Statements: preparing, binding, stepping, reading. */

#include "base/db_private.h"

#include <stdarg.h>

/* The name of a statement in the catalogue, for messages. */
static const char *name_of(const Db *db, const sqlite3_stmt *stmt) {
        for (size_t i = 0; i < db->catalog->n_statements; i++)
                if (db->statements[i] == stmt)
                        return db->catalog->statements[i].name;
        return "statement";
}

int db_stmt(Db *db, unsigned id, Stmt **ret, Err *err) {
        sqlite3_stmt **slot;
        int r;

        assert(db);
        assert(id < db->catalog->n_statements);
        assert(ret);
        r = db_check_lost(db, err);
        if (r < 0)
                return r;
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
        int code, r;

        assert(db);
        assert(sql);
        assert(ret);
        r = db_check_lost(db, err);
        if (r < 0)
                return r;
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

static int bind_all(Db *db, Stmt *stmt, Err *err, const char *format, va_list *ap) {
        int index = 0, code = SQLITE_OK;

        assert(format);
        assert((int) strlen(format) == sqlite3_bind_parameter_count(stmt));
        for (; *format && code == SQLITE_OK; format++)
                code = bind_one(stmt, ++index, *format, ap);
        return code == SQLITE_OK ? 0 : db_failed(db, code, name_of(db, stmt), err);
}

int db_bindf(Db *db, Stmt *stmt, Err *err, const char *format, ...) {
        va_list ap;
        int r;

        assert(db);
        assert(stmt);
        va_start(ap, format);
        r = bind_all(db, stmt, err, format, &ap);
        va_end(ap);
        return r;
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

/* The statement `id`, bound and ready for its first step. */
static int stmt_bound(Db *db, unsigned id, Stmt **ret, Err *err, const char *format, va_list *ap) {
        Stmt *stmt = NULL;
        int r;

        r = db_stmt(db, id, &stmt, err);
        if (r < 0)
                return r;
        r = bind_all(db, stmt, err, format, ap);
        if (r < 0) {
                db_reset(stmt);
                return r;
        }
        *ret = stmt;
        return 0;
}

int db_query(Db *db, unsigned id, Stmt **ret, Err *err, const char *format, ...) {
        Stmt *stmt = NULL;
        va_list ap;
        int r;

        assert(ret);
        va_start(ap, format);
        r = stmt_bound(db, id, &stmt, err, format, &ap);
        va_end(ap);
        if (r < 0)
                return r;
        r = db_step(db, stmt, err);
        if (r < 0) {
                db_reset(stmt);
                return r;
        }
        *ret = stmt;
        return r;
}

int db_query_int(Db *db, unsigned id, int64_t *ret, Err *err) {
        Stmt *s;
        int r;

        assert(ret);
        r = db_query(db, id, &s, err, "");
        if (r < 0)
                return r;
        *ret = db_col_int(s, 0);
        db_reset(s);
        return 0;
}

int db_exec(Db *db, unsigned id, int64_t *ret_changes, Err *err, const char *format, ...) {
        Stmt *stmt = NULL;
        va_list ap;
        int r;

        va_start(ap, format);
        r = stmt_bound(db, id, &stmt, err, format, &ap);
        va_end(ap);
        return r < 0 ? r : db_run(db, stmt, ret_changes, err);
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
