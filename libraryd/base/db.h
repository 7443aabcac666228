/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One SQLite connection and the statements it owns. SQL text lives in sql/ and reaches C as a
 * catalogue of {name, sql} indexed by an enum that is generated at build (see sql/README.md);
 * nobody else holds SQL. Every bind, step and reset is checked; a failure sets Err to SQLite's
 * extended code and message and returns a negative errno: -EBUSY (locked past the busy timeout),
 * -ENOSPC (disk full), -EIO, -EROFS, -EACCES, -ENOENT, -EEXIST (constraint), -EUCLEAN (corrupt or
 * not a database), -ENOMEM, -ECANCELED (the transaction around it is already lost), -EPROTO (misuse
 * or anything else). A Db is used by one thread.
 * Statements are prepared on first use, kept, and reset by db_stmt().
 */

#include "base/err.h"

typedef struct Db Db;
typedef struct sqlite3_stmt Stmt;

typedef struct DbStatement {
        const char *name;
        const char *sql;
} DbStatement;

typedef struct DbMigration {
        const char *name; /* "0001_library.sql" */
        const char *sql;  /* NUL-terminated */
} DbMigration;

typedef struct DbCatalog {
        const DbStatement *statements;
        size_t n_statements;
        const DbMigration *migrations; /* migration i brings user_version from i to i + 1 */
        size_t n_migrations;
} DbCatalog;

typedef enum DbMode {
        DB_READ,   /* must exist; opened read-only, never created, never migrated */
        DB_WRITE,  /* must exist, with a schema; migrated to the newest one */
        DB_CREATE, /* created when missing or empty */
} DbMode;

enum {
        DB_BUSY_TIMEOUT_MS = 30000,
        DB_JOURNAL_LIMIT = 4 * 1024 * 1024,
        DB_CACHE_KIB = 8192, /* of who writes: the looks of a whole cell, for each new asset */
        DB_APPLICATION_ID = 0x70726567, /* "preg" */
};

/* A writer leaves the -wal and -shm files behind, empty: a reader who may not write the directory
 * needs them. A reader leaves nothing behind.
 *
 * Opens, sets WAL, synchronous=FULL, foreign_keys, busy timeout, journal_size_limit (all explained
 * in db_open.c), and migrates, one transaction a step, or one for all of a new database. A database
 * whose user_version is newer than the catalogue gives -EPROTONOSUPPORT and a sentence that says so in every mode; in DB_READ an
 * older one gives -ESTALE. A file that is no library (other application_id) gives -EUCLEAN; one
 * with nothing in it, but for DB_CREATE, -ENODATA. */
int db_open(const char *path, DbMode mode, const DbCatalog *catalog, Db **ret,
            Err *err) _must_check_;
Db *db_close(Db *db); /* finalises everything; accepts NULL; returns NULL */
DEFINE_CLEANUP(Db, db_close);

/* For a program with one thread, before it opens anything: SQLite then takes no locks of its own and
 * keeps no statistics, which is a tenth of a short query. */
void db_one_thread(void);

/* Transactions. Writers begin IMMEDIATE; db_begin_read is DEFERRED (one snapshot). They nest: only
 * the outermost begin/commit acts, and a db_rollback inside dooms everything up to it: each begin
 * still wants its own commit or rollback, and the outermost commit then rolls back and gives
 * -ECANCELED. A COMMIT that fails is rolled back before it returns. db_rollback without a
 * transaction does nothing. A write may not begin inside a read. */
int db_begin(Db *db, Err *err) _must_check_;
int db_begin_read(Db *db, Err *err) _must_check_;
int db_commit(Db *db, Err *err) _must_check_;
void db_rollback(Db *db);
bool db_in_transaction(const Db *db);

/* The statement `id` of the catalogue, reset, bindings cleared. Borrowed from db. */
int db_stmt(Db *db, unsigned id, Stmt **ret, Err *err) _must_check_;

/* A statement whose text is put together at run time from catalogue fragments (query.c only):
 * prepared, caller finalises through db_stmt_free(). */
int db_prepare(Db *db, const char *sql, Stmt **ret, Err *err) _must_check_;
Stmt *db_stmt_free(Stmt *stmt);
DEFINE_CLEANUP(Stmt, db_stmt_free);

/* Binds parameters 1.. in order: s const char* (NULL binds null) · i int · l int64_t · b const
 * void*,size_t blob (NULL binds null) · d double · n nothing (null) · ? optional integer: int64_t,
 * INT64_MIN binds null. Strings and blobs are bound without a copy: they must live until the
 * statement is reset. */
int db_bindf(Db *db, Stmt *stmt, Err *err, const char *format, ...) _must_check_;
int db_bind_text_at(Db *db, Stmt *stmt, int index, const char *s, Err *err) _must_check_;
int db_bind_int_at(Db *db, Stmt *stmt, int index, int64_t v, Err *err) _must_check_;

/* 1 = a row is there, 0 = done, negative = error. */
int db_step(Db *db, Stmt *stmt, Err *err) _must_check_;
/* Steps to the end, which must give no row; *ret_changes (may be NULL) = rows changed. Resets. */
int db_run(Db *db, Stmt *stmt, int64_t *ret_changes, Err *err) _must_check_;

/* The three steps in one: the statement `id`, its parameters bound as db_bindf() does (all must
 * live until it is reset), and its first step. 1 = a row is there, 0 = done; *ret is then the
 * statement to read, to step on and to reset. On error it is reset already and *ret untouched. */
int db_query(Db *db, unsigned id, Stmt **ret, Err *err, const char *format, ...) _must_check_;
/* For a statement without parameters whose one row is one number; reset in any case. NULL is 0. */
int db_query_int(Db *db, unsigned id, int64_t *ret, Err *err) _must_check_;
/* As db_query() for a statement that gives no row: bound, run as db_run() does, and reset. */
int db_exec(Db *db, unsigned id, int64_t *ret_changes, Err *err, const char *format,
            ...) _must_check_;

/* Ends the reading of a statement early; never fails. */
void db_reset(Stmt *stmt);

/* Columns, 0-based. Text and blobs are borrowed until the next step or reset. */
const char *db_col_text(Stmt *stmt, int i); /* NULL for null */
int64_t db_col_int(Stmt *stmt, int i);      /* 0 for null */
double db_col_double(Stmt *stmt, int i);
const void *db_col_blob(Stmt *stmt, int i, size_t *ret_n);
bool db_col_null(Stmt *stmt, int i);

int64_t db_last_id(const Db *db);
int db_user_version(Db *db, int *ret, Err *err);
/* How long a writer waits for another one, DB_BUSY_TIMEOUT_MS until it is set. */
void db_set_busy_timeout(Db *db, int ms);
/* How much of the database this connection keeps in its own memory, at most. */
int db_set_cache(Db *db, int kib, Err *err);
/* Writers queue at this file or directory, which every writer opens for itself: first come, first
 * served. Borrowed; it must stay open as long as db does. */
void db_take_turns(Db *db, int fd);
/* Moves the whole write-ahead log into the database and truncates it; -EBUSY when a reader is in
 * the way (harmless). */
int db_checkpoint(Db *db, Err *err);
/* Copies the database, as it is at this moment, to a new file `path` (which must not be there), synced.
 * Writers are not held up. */
int db_backup(Db *db, const char *path, Err *err) _must_check_;
/* PRAGMA quick_check; 0 when "ok", -EUCLEAN with the first complaint. */
int db_check(Db *db, Err *err);
