/* SPDX-License-Identifier: MIT */

/*
 * Opening and closing.
 *
 * What a connection is set to, and why:
 *   WAL                 a query never waits for the night, nor the night for a query
 *   synchronous=FULL    in WAL mode NORMAL may lose the last commits with the power; ours say that
 *                       money was spent
 *   foreign_keys=ON     off by default
 *   busy timeout        two writers take turns instead of failing
 *   journal_size_limit  a checkpoint cuts the log back to this, so that it does not keep the size
 *                       of its worst moment
 *   trusted_schema=OFF, defensive, cell_size_check=ON
 *                       the file may come from a stranger
 *   persistent WAL      the -wal and -shm files stay after the last writer closes, empty. A reader
 *                       who may not write the directory (the library's group) needs them to lock
 *                       properly; it could not make them.
 *
 * A reader opens read-only. When -wal or -shm is missing and no bytes wait in -wal, as in a copied
 * library, SQLite would have to make them, which a reader must not or cannot do. Such a file is
 * opened immutable: no locks, nothing made. Nobody writes it at that moment, because a writer makes
 * both files when it opens; one that starts just then may at worst spoil this one answer.
 *
 * When bytes do wait in -wal and there is no -shm, nor may one be made (a dead writer's files on
 * read-only media), the log must be read all the same: immutable would ignore it. SQLite keeps its index
 * of the log in memory in exclusive locking mode, and the VFS "unix-none" takes the locks that a
 * read-only file cannot give. Nobody else can be at work there: a writer would have its -shm.
 */

#include "base/db_private.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/strbuf.h"

enum {
        DB_FILE_MODE = 0640, /* the library's group reads */
        DB_URI_MAX = 16 * 1024,
};

/* SQLite copies the mode of the database to its -wal and -shm, so it must be right from the start,
 * whatever the umask. */
static int make_file(const char *path, Err *err) {
        _cleanup_(closep) int fd = -1;

        fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, DB_FILE_MODE);
        if (fd < 0 && errno == EEXIST)
                return 0;
        if (fd < 0 || fchmod(fd, DB_FILE_MODE) < 0)
                return err_errno(err, -errno, "cannot create '%s'", path);
        return 0;
}

/* The size of "<path><suffix>", -1 when there is none. */
static int64_t sibling_size(const char *path, const char *suffix) {
        _cleanup_(freep) char *name = str_printf("%s%s", path, suffix);
        struct stat st;

        return name && stat(name, &st) == 0 ? (int64_t) st.st_size : -1;
}

/* Whether files may be made beside `path`. */
static bool may_make(const char *path) {
        _cleanup_(freep) char *dir = strdup(path);
        char *slash = dir ? strrchr(dir, '/') : NULL;

        if (!dir)
                return true;
        if (slash)
                slash[slash == dir] = 0;
        return faccessat(AT_FDCWD, slash ? dir : ".", W_OK, AT_EACCESS) == 0;
}

typedef enum ReadMode {
        READ_PLAIN,
        READ_IMMUTABLE, /* no log waits, and no files for locks */
        READ_ALONE,     /* a log waits, and no files for locks can be */
} ReadMode;

static ReadMode read_mode(const char *path) {
        int64_t wal = sibling_size(path, "-wal");

        if (wal < 0)
                return READ_IMMUTABLE;
        if (sibling_size(path, "-shm") >= 0)
                return READ_PLAIN;
        return wal == 0 ? READ_IMMUTABLE : may_make(path) ? READ_PLAIN : READ_ALONE;
}

/* "file:///a%20b?immutable=1" */
static char *read_uri(const char *path, ReadMode mode) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(DB_URI_MAX);

        (void) strbuf_puts(&b, path[0] == '/' ? "file://" : "file:");
        for (; *path; path++) {
                if (strchr("%?#", *path) || (unsigned char) *path <= ' ')
                        (void) strbuf_printf(&b, "%%%02X", (unsigned) (unsigned char) *path);
                else
                        (void) strbuf_putc(&b, *path);
        }
        (void) strbuf_puts(&b, mode == READ_ALONE ? "?vfs=unix-none" : "?immutable=1");
        return strbuf_take(&b);
}

/* SQLite opens what it may not write read-only, and says nothing. */
static int check_writable(Db *db, const char *path, Err *err) {
        int r;

        if (sqlite3_db_readonly(db->handle, "main") == 0)
                return 0;
        r = faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) < 0 && errno == EROFS ? -EROFS : -EACCES;
        return err_errno(err, r, "cannot write '%s'", path);
}

static int open_handle(Db *db, const char *path, DbMode mode, Err *err) {
        int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
        ReadMode reading = mode == DB_READ ? read_mode(path) : READ_PLAIN;
        _cleanup_(freep) char *uri = NULL;
        int r;

        if (mode != DB_READ)
                flags |= SQLITE_OPEN_READWRITE;
        else
                flags |= SQLITE_OPEN_READONLY;
        if (reading != READ_PLAIN) {
                flags |= SQLITE_OPEN_URI;
                uri = read_uri(path, reading);
                if (!uri)
                        return err_errno(err, -ENOMEM, "cannot open '%s'", path);
        }
        r = sqlite3_open_v2(uri ? uri : path, &db->handle, flags, NULL);
        if (r == SQLITE_OK && reading == READ_ALONE)
                return db_control(db, "PRAGMA locking_mode = EXCLUSIVE", "configure", err);
        if (r == SQLITE_OK)
                return mode == DB_READ ? 0 : check_writable(db, path, err);
        if (!db->handle)
                return err_errno(err, -ENOMEM, "cannot open '%s'", path);
        r = db_failed(db, r, "open", err);
        return err_prefix(err, r, "cannot open '%s'", path);
}

/* What is set through calls, without SQL. */
static int configure_handle(Db *db, Err *err) {
        static const struct {
                int option, value;
        } options[] = {
                {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
                {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                {SQLITE_DBCONFIG_DEFENSIVE, 1},
        };
        int code = sqlite3_busy_timeout(db->handle, DB_BUSY_TIMEOUT_MS);

        db->busy_timeout_ms = DB_BUSY_TIMEOUT_MS;
        for (size_t i = 0; i < ARRAY_LEN(options) && code == SQLITE_OK; i++)
                code = sqlite3_db_config(db->handle, options[i].option, options[i].value, NULL);
        return code == SQLITE_OK ? 0 : db_failed(db, code, "configure", err);
}

static int configure_log(Db *db, Err *err) {
        char text[64];
        int64_t limit;
        int persist = 1, r;

        r = db_pragma_text(db, "PRAGMA journal_mode = WAL", text, sizeof text, err);
        if (r < 0)
                return r;
        if (!streq(text, "wal"))
                return err_set(err, -EPROTO,
                               "the file system of the database cannot share memory between "
                               "processes; put the library on a local disk");
        (void) snprintf(text, sizeof text, "PRAGMA journal_size_limit = %d",
                        (int) DB_JOURNAL_LIMIT);
        r = db_pragma_int(db, text, &limit, err);
        if (r < 0)
                return r;
        r = sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_PERSIST_WAL, &persist);
        if (r != SQLITE_OK)
                return db_failed(db, r, "configure", err);
        r = db_set_cache(db, DB_CACHE_KIB, err);
        return r < 0 ? r : db_control(db, "PRAGMA synchronous = FULL", "configure", err);
}

static int configure(Db *db, DbMode mode, Err *err) {
        int r;

        r = configure_handle(db, err);
        if (r == 0) {
                int code = db_functions(db->handle);

                r = code == SQLITE_OK ? 0 : db_failed(db, code, "add the functions", err);
        }
        if (r == 0)
                r = db_control(db, "PRAGMA cell_size_check = ON", "configure", err);
        if (r == 0 && mode != DB_READ)
                r = configure_log(db, err);
        return r;
}

void db_one_thread(void) {
        /* They fail once a database is open; then all stays as it was. */
        (void) sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
        (void) sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static int check_exists(const char *path, Err *err) {
        struct stat st;

        if (stat(path, &st) < 0)
                return err_errno(err, -errno, "cannot open '%s'", path);
        if (!S_ISREG(st.st_mode))
                return err_set(err, S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL, "'%s' is no file",
                               path);
        return 0;
}

static int open_steps(Db *db, const char *path, DbMode mode, Err *err) {
        int r;

        r = mode == DB_CREATE ? make_file(path, err) : check_exists(path, err);
        if (r < 0)
                return r;
        r = open_handle(db, path, mode, err);
        if (r < 0)
                return r;
        r = configure(db, mode, err);
        if (r < 0)
                return err_prefix(err, r, "cannot use '%s'", path);
        return db_migrate(db, path, mode, err);
}

int db_open(const char *path, DbMode mode, const DbCatalog *catalog, Db **ret, Err *err) {
        _cleanup_(db_closep) Db *db = NULL;
        int r;

        assert(path);
        assert(catalog);
        assert(ret);
        db = calloc(1, sizeof *db);
        if (!db)
                return err_errno(err, -ENOMEM, "cannot open '%s'", path);
        db->catalog = catalog;
        db->turn_fd = -1;
        db->statements = calloc(MAX_OF(catalog->n_statements, (size_t) 1), sizeof(sqlite3_stmt *));
        if (!db->statements)
                return err_errno(err, -ENOMEM, "cannot open '%s'", path);
        r = open_steps(db, path, mode, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(db);
        return 0;
}

Db *db_close(Db *db) {
        if (!db)
                return NULL;
        if (db->statements)
                for (size_t i = 0; i < db->catalog->n_statements; i++)
                        (void) sqlite3_finalize(db->statements[i]);
        free(db->statements);
        /* _v2: a statement of db_prepare() that outlives us keeps the memory, not a leak here. */
        (void) sqlite3_close_v2(db->handle);
        free(db);
        return NULL;
}
