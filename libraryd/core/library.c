/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "core/keep.h"

__attribute__((weak)) void al_crash_point(const char *name) {
        assert(name);
}

int lib_make_dir(int dir_fd, const char *path) {
        struct stat st;

        assert(path);
        if (mkdirat(dir_fd, path, LIB_DIR_MODE & 0777) < 0)
                return errno == EEXIST ? 0 : -errno;
        if (fstatat(dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if ((st.st_mode & 07777) == LIB_DIR_MODE) /* setgid comes from the directory above */
                return 1;
        /* A sandbox may forbid setgid (RestrictSUIDSGID= of a unit). New files belong to our own
         * group then. */
        if (fchmodat(dir_fd, path, LIB_DIR_MODE, 0) < 0 &&
            (errno != EPERM || fchmodat(dir_fd, path, LIB_DIR_MODE & 0777, 0) < 0))
                return -errno;
        return 1;
}

/* The parents of a new library, with the usual mode. */
static int make_parents(const char *dir) {
        _cleanup_(freep) char *parent = strdup(dir);
        size_t n;

        if (!parent)
                return -ENOMEM;
        n = strlen(parent);
        while (n > 1 && parent[n - 1] == '/')
                n--;
        while (n > 0 && parent[n - 1] != '/')
                n--;
        parent[n] = 0;
        return n > 1 ? fs_mkdir_p(AT_FDCWD, parent, 0755) : 0;
}

static int make_library(const char *dir, Err *err) {
        int r = make_parents(dir);

        if (r >= 0)
                r = lib_make_dir(AT_FDCWD, dir);
        return r < 0 ? err_errno(err, r, "cannot make the library '%s'", dir) : 0;
}

static int open_dir(Library *lib, Err *err) {
        lib->dir_fd = open(lib->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (lib->dir_fd < 0 && errno == ENOENT)
                return err_set(err, -ENOENT, "no library at '%s'; `pregend run` makes one",
                               lib->dir);
        if (lib->dir_fd < 0)
                return err_errno(err, -errno, "cannot open the library '%s'", lib->dir);
        if (lib->mode != AL_READ && faccessat(lib->dir_fd, LIB_MANIFEST, F_OK, 0) == 0)
                return err_set(err, -EPERM,
                               "'%s' is a backup, which must stay as it is: 'assetlib "
                               "restore-backup' makes a library of it",
                               lib->dir);
        if (lib->mode != AL_READ && faccessat(lib->dir_fd, ".", W_OK, AT_EACCESS) < 0)
                return err_errno(err, -errno, "the library '%s' is not writable", lib->dir);
        lib->dir_path = realpath(lib->dir, NULL);
        return lib->dir_path ? 0 : err_errno(err, -errno, "cannot open the library '%s'", lib->dir);
}

/* The absolute path of the part of `dir` that is there; NULL: -errno says why. Caller frees. */
static char *real_part(const char *dir) {
        _cleanup_(freep) char *part = strdup(dir);
        char *path = NULL;

        while (part && !(path = realpath(*part ? part : ".", NULL)) && errno == ENOENT && *part) {
                char *slash = strrchr(part, '/');

                if (slash == part && part[1])
                        part[1] = 0;
                else
                        *(slash ? slash : part) = 0;
        }
        return path;
}

int lib_check_outside(const Library *lib, const char *dir, Err *err) {
        _cleanup_(freep) char *path = real_part(dir);
        size_t n = strlen(lib->dir_path);

        if (!path)
                return err_errno(err, -errno, "cannot open the directory '%s'", dir);
        if (strncmp(path, lib->dir_path, n) == 0 && (path[n] == '/' || path[n] == 0))
                return err_set(err, -EINVAL, "the directory '%s' belongs to the library", dir);
        return 0;
}

static int lost(const Library *lib, const char *what, Err *err) {
        return err_set(
                err, -EUCLEAN,
                "the database of the library '%s' is lost: library.db is %s, and objects/ has "
                "files that only it can tell apart; nothing was changed",
                lib->dir, what);
}

/* Whether there is a database. Where files are stored, it had one before the first of them: a new one
 * would know none, and the next run would put all aside and buy them again. `stored` was asked before
 * we look here, so that a library somebody makes meanwhile is not taken for a lost one. */
static int check_database(const Library *lib, bool stored, Err *err) {
        struct stat st;

        if (fstatat(lib->dir_fd, "library.db", &st, 0) >= 0)
                return stored && st.st_size == 0 ? lost(lib, "empty", err) : 0;
        if (errno != ENOENT)
                return err_errno(err, -errno, "cannot read the library '%s'", lib->dir);
        if (faccessat(lib->dir_fd, LIB_RESTORING, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return err_set(
                        err, -EUCLEAN,
                        "'%s' is no library yet: the restoring of a backup to it is not over",
                        lib->dir);
        if (stored)
                return lost(lib, "missing", err);
        if (lib->mode != AL_CREATE)
                return err_set(err, -ENOENT,
                               "no library at '%s' (it has no library.db); `pregend run` makes one",
                               lib->dir);
        return 0;
}

/* It was emptied, or its making was interrupted. */
static int nothing_in_database(const Library *lib, Err *err) {
        bool stored;
        int r = keep_has_objects(lib->dir_fd, &stored);

        if (r < 0)
                return err_errno(err, r, "cannot read '%s/objects'", lib->dir);
        return stored ? lost(lib, "empty", err)
                      : err_set(err, -ENOENT,
                                "no library at '%s' (nothing is in its library.db); `pregend run` "
                                "makes one",
                                lib->dir);
}

static int make_dirs(Library *lib, Err *err) {
        int r = lib_make_dir(lib->dir_fd, "objects");

        if (r >= 0)
                r = lib_make_dir(lib->dir_fd, "spool");
        return r < 0 ? err_errno(err, r, "cannot make the directories of the library '%s'",
                                 lib->dir)
                     : 0;
}

static int open_db(Library *lib, Err *err) {
        _cleanup_(freep) char *path = path_join(lib->dir, "library.db");
        bool stored = false;
        DbMode mode;
        int r;

        if (!path)
                return err_errno(err, -ENOMEM, "cannot open the library '%s'", lib->dir);
        /* A reader makes nothing: it asks only to say what is wrong. */
        if (lib->mode != AL_READ || faccessat(lib->dir_fd, "library.db", F_OK, 0) < 0) {
                r = keep_has_objects(lib->dir_fd, &stored);
                if (r < 0)
                        return err_errno(err, r, "cannot read '%s/objects'", lib->dir);
        }
        r = check_database(lib, stored, err);
        if (r < 0)
                return r;
        mode = lib->mode == AL_READ ? DB_READ : stored ? DB_WRITE : DB_CREATE;
        r = db_open(path, mode, &sql_catalog, &lib->db, err);
        if (r == -ENODATA)
                return nothing_in_database(lib, err);
        if (r >= 0 && lib->mode != AL_READ)
                db_take_turns(lib->db, lib->dir_fd);
        return r;
}

/* A directory below objects/ made just before a crash may not be on the disk yet, while an object
 * placed in it later would be thought safe. */
static int sync_objects(Library *lib, Err *err) {
        int r = fs_sync_dir(lib->dir_fd, "objects");

        return r < 0 ? err_errno(err, r, "cannot sync '%s/objects'", lib->dir) : 0;
}

void al_one_thread(void) {
        db_one_thread();
}

int al_open(const char *dir, AlMode mode, Library **ret, Err *err) {
        _cleanup_(al_closep) Library *lib = NULL;
        int r;

        assert(dir && ret);
        lib = calloc(1, sizeof *lib);
        if (!lib)
                return err_errno(err, -ENOMEM, "cannot open the library '%s'", dir);
        *lib = (Library){.dir_fd = -1,
                         .lock_fd = -1,
                         .objects_fd = -1,
                         .mode = mode,
                         .dir = strdup(dir),
                         .limits = QUERY_LIMITS};
        if (!lib->dir)
                return err_errno(err, -ENOMEM, "cannot open the library '%s'", dir);
        r = mode == AL_CREATE ? make_library(dir, err) : 0;
        if (r >= 0)
                r = open_dir(lib, err);
        if (r >= 0 && mode == AL_CREATE)
                r = make_dirs(lib, err);
        if (r >= 0)
                r = open_db(lib, err);
        if (r >= 0 && mode != AL_READ)
                r = sync_objects(lib, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(lib);
        return 0;
}

Library *al_close(Library *lib) {
        if (!lib)
                return NULL;
        if (lib->db && lib->mode != AL_READ)
                (void) al_checkpoint(lib, NULL); /* the log is whole without it, only longer */
        (void) db_stmt_free(lib->job_by_id);
        (void) db_close(lib->db);
        closep(&lib->lock_fd);
        closep(&lib->objects_fd);
        closep(&lib->dir_fd);
        free(lib->dir);
        free(lib->dir_path);
        free(lib);
        return NULL;
}

const char *al_dir(const Library *lib) {
        assert(lib);
        return lib->dir;
}

int al_dir_fd(const Library *lib) {
        assert(lib);
        return lib->dir_fd;
}

int al_checkpoint(Library *lib, Err *err) {
        int r;

        assert(lib);
        r = db_checkpoint(lib->db, err);
        return r == -EBUSY ? 0 : r;
}

void al_set_patience(Library *lib, int ms) {
        assert(lib);
        db_set_busy_timeout(lib->db, ms < 0 ? DB_BUSY_TIMEOUT_MS : ms);
}

int al_set_cache(Library *lib, int mib, Err *err) {
        assert(lib && mib > 0 && mib <= INT_MAX / 1024);
        return db_set_cache(lib->db, mib * 1024, err);
}

int al_begin(Library *lib, Err *err) {
        assert(lib);
        return lib->mode == AL_READ ? db_begin_read(lib->db, err) : db_begin(lib->db, err);
}

int al_commit(Library *lib, Err *err) {
        assert(lib);
        return db_commit(lib->db, err);
}

void al_rollback(Library *lib) {
        assert(lib);
        db_rollback(lib->db);
}

int lib_end(Library *lib, int r, Err *err) {
        int q;

        assert(lib);
        if (r < 0) {
                db_rollback(lib->db);
                return r;
        }
        q = db_commit(lib->db, err);
        return q < 0 ? q : r;
}

int lib_copy(char **ret, const char *s) {
        assert(ret);
        *ret = s ? strdup(s) : NULL;
        return s && !*ret ? -ENOMEM : 0;
}

void sql_part(StrBuf *sql, unsigned id) {
        assert(sql);
        assert(id < sql_catalog.n_statements);
        (void) strbuf_puts(sql, sql_catalog.statements[id].sql); /* the buffer keeps the error */
        (void) strbuf_putc(sql, '\n');
}

int al_lock_run(Library *lib, Err *err) {
        _cleanup_(closep) int fd = -1;

        assert(lib);
        assert(lib->lock_fd < 0);
        fd = openat(lib->dir_fd, "run.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
                    LIB_FILE_MODE);
        if (fd < 0)
                return err_errno(err, -errno, "cannot open '%s/run.lock'", lib->dir);
        while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno == EWOULDBLOCK)
                        return AL_TAKEN;
                if (errno != EINTR)
                        return err_errno(err, -errno, "cannot lock '%s/run.lock'", lib->dir);
        }
        lib->lock_fd = TAKE_FD(fd);
        return 0;
}
