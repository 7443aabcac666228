/* SPDX-License-Identifier: MIT */

#include "core/keep.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/parse.h"
#include "core/object.h"

enum {
        FEW = 20,     /* may always go */
        USUAL_OF = 3, /* no more than one in so many goes unasked */
        KEEP_PATH_MAX = 512,
        KEEP_LOCK_MODE = 0660,       /* the group may lock it, too */
        KEEP_DEPTH_MAX = 4,          /* objects/ab/file is 2 */
        QUARANTINE_NAMES_MAX = 1000, /* tries to find a free name */
};

static void close_dirp(DIR **d) {
        if (*d)
                (void) closedir(*d);
}

typedef struct Walk {
        Library *lib;
        KeepFn fn;
        void *userdata;
        Err *err;
} Walk;

static int walk_dir(const Walk *w, const char *dir, int depth);

/* The folder of a command, which may have made anything in it: the run's, or the next one's to put
 * aside as it is. */
static bool is_run_folder(const char *dir, const char *name) {
        size_t n = strlen(name), k = strlen(KEEP_RUN_FOLDER);

        return streq(dir, "spool") && n > k && streq(name + n - k, KEEP_RUN_FOLDER);
}

static int walk_entry(const Walk *w, const char *dir, const char *name, int depth) {
        _cleanup_(freep) char *path = path_join(dir, name);
        struct stat st;

        if (!path)
                return err_errno(w->err, -ENOMEM, "cannot read '%s'", dir);
        if (fstatat(w->lib->dir_fd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : err_errno(w->err, -errno, "cannot read '%s'", path);
        if (!S_ISDIR(st.st_mode))
                return w->fn(path, &st, w->userdata);
        if (is_run_folder(dir, name))
                return 0;
        if (depth == KEEP_DEPTH_MAX)
                return err_set(w->err, -ELOOP, "'%s' is nested too deep for a library", path);
        return walk_dir(w, path, depth + 1);
}

static int walk_dir(const Walk *w, const char *dir, int depth) {
        _cleanup_(closep) int fd = fs_open_beneath(w->lib->dir_fd, dir, O_RDONLY | O_DIRECTORY, 0);
        _cleanup_(close_dirp) DIR *d = NULL;
        struct dirent *e;
        int r;

        if (fd < 0)
                return err_errno(w->err, fd, "cannot read '%s/%s'", w->lib->dir, dir);
        d = fdopendir(fd);
        if (!d)
                return err_errno(w->err, -errno, "cannot read '%s/%s'", w->lib->dir, dir);
        (void) TAKE_FD(fd); /* the stream's now */
        for (errno = 0; (e = readdir(d)); errno = 0) {
                if (streq(e->d_name, ".") || streq(e->d_name, ".."))
                        continue;
                r = walk_entry(w, dir, e->d_name, depth);
                if (r < 0)
                        return r;
        }
        return errno != 0 ? err_errno(w->err, -errno, "cannot read '%s/%s'", w->lib->dir, dir) : 0;
}

int keep_walk(Library *lib, const char *top, KeepFn fn, void *userdata, Err *err) {
        assert(lib && top && fn);
        return walk_dir(&(Walk){lib, fn, userdata, err}, top, 1);
}

/* "ab", but not "lost+found", which a file system of its own has. */
static bool is_fan(const char *name) {
        return strlen(name) == 2 && strspn(name, "0123456789abcdef") == 2;
}

static bool is_file(int dir_fd, const char *name) {
        struct stat st;

        return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static int fan_has_file(int objects_fd, const char *fan) {
        _cleanup_(closep) int fd = fs_open_beneath(objects_fd, fan, O_RDONLY | O_DIRECTORY, 0);
        _cleanup_(close_dirp) DIR *d = NULL;
        const struct dirent *e;

        if (fd < 0)
                return fd == -ENOTDIR || fd == -ELOOP ? 0 : fd; /* no directory of ours */
        d = fdopendir(fd);
        if (!d)
                return -errno;
        (void) TAKE_FD(fd); /* the stream's now */
        for (errno = 0; (e = readdir(d)); errno = 0)
                if (is_file(dirfd(d), e->d_name))
                        return 1;
        return -errno;
}

int keep_has_objects(int lib_dir_fd, bool *ret) {
        _cleanup_(closep) int fd =
                fs_open_beneath(lib_dir_fd, "objects", O_RDONLY | O_DIRECTORY, 0);
        _cleanup_(close_dirp) DIR *d = NULL;
        const struct dirent *e;
        int r = 0;

        assert(ret);
        *ret = false;
        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        d = fdopendir(fd);
        if (!d)
                return -errno;
        (void) TAKE_FD(fd); /* the stream's now */
        for (errno = 0; r == 0 && (e = readdir(d)); errno = 0)
                if (is_fan(e->d_name))
                        r = fan_has_file(dirfd(d), e->d_name);
        if (r == 0)
                r = -errno;
        *ret = r > 0;
        return r < 0 ? r : 0;
}

/* The digest in "objects/ab/<64 hex>.<ext>"; false when the path has another shape. */
static bool path_digest(const char *path, Digest *ret) {
        char hex[DIGEST_HEX_MAX];
        const char *name = strrchr(path, '/');

        if (!name || strlen(name) < DIGEST_HEX_MAX)
                return false;
        (void) snprintf(hex, sizeof hex, "%s", name + 1);
        return digest_from_hex(hex, ret) >= 0;
}

int keep_is_object(Library *lib, const char *path, bool *ret, Err *err) {
        char expected[OBJECT_NAME_MAX];
        Digest d;
        Stmt *s;
        int r;

        assert(lib && path && ret);
        *ret = false;
        if (!path_digest(path, &d))
                return 0;
        r = db_query(lib->db, SQL_OBJECT_FIND, &s, err, "b", d.bytes, sizeof d.bytes);
        if (r < 0)
                return r;
        if (r == 1)
                *ret = object_name(&d, db_col_text(s, 0), expected) >= 0 && streq(expected, path);
        db_reset(s);
        return 0;
}

/* 1 with the lock, 0 when somebody has it. Who may only read makes no file, and needs no lock where
 * nobody ever had one. */
static int objects_lock(Library *lib, int how, int *ret_fd, Err *err) {
        int flags = lib->mode == AL_READ ? O_RDONLY : O_RDWR | O_CREAT;
        _cleanup_(closep) int fd =
                openat(lib->dir_fd, "objects.lock", flags | O_CLOEXEC | O_NOFOLLOW, KEEP_LOCK_MODE);

        if (fd < 0 && errno == ENOENT && lib->mode == AL_READ)
                return 1;
        if (fd < 0)
                return err_errno(err, -errno, "cannot open '%s/objects.lock'", lib->dir);
        while (flock(fd, how | LOCK_NB) < 0) {
                if (errno == EWOULDBLOCK)
                        return 0;
                if (errno != EINTR)
                        return err_errno(err, -errno, "cannot lock '%s/objects.lock'", lib->dir);
        }
        *ret_fd = TAKE_FD(fd);
        return 1;
}

int al_lock_objects(Library *lib, Err *err) {
        int r;

        assert(lib);
        if (lib->objects_fd >= 0)
                return 0;
        r = objects_lock(lib, LOCK_SH, &lib->objects_fd, err);
        return r < 0 ? r : r == 0 ? AL_TAKEN : 0;
}

int keep_lock_alone(Library *lib, Err *err) {
        int r;

        assert(lib && lib->objects_fd < 0);
        r = objects_lock(lib, LOCK_EX, &lib->objects_fd, err);
        return r < 0 ? r : r == 0 ? AL_TAKEN : 0;
}

static int objects_are_locked(Library *lib, bool *ret, Err *err) {
        _cleanup_(closep) int fd = -1;
        int r = objects_lock(lib, LOCK_EX, &fd, err);

        if (r < 0)
                return r;
        *ret = r == 0;
        return 0;
}

int keep_is_spool_of_open(Library *lib, const char *path, bool *ret, Err *err) {
        const char *name;
        char number[24];
        int64_t attempt;
        Stmt *s;
        int r;

        assert(lib && path && ret);
        name = strrchr(path, '/');
        assert(name);
        *ret = false;
        if (strncmp(name + 1, KEEP_IMPORT, strlen(KEEP_IMPORT)) == 0)
                return objects_are_locked(lib, ret, err);
        if (strncmp(path, AL_SPOOL_REPLIES, strlen(AL_SPOOL_REPLIES)) ==
            0) { /* each run sees to it itself */
                *ret = true;
                return 0;
        }
        (void) snprintf(number, sizeof number, "%s", name + 1);
        number[strcspn(number, ".")] = 0;
        if (parse_int(number, 1, INT64_MAX, &attempt) < 0)
                return 0;
        r = db_query(lib->db, SQL_ATTEMPT_IS_OPEN, &s, err, "l", attempt);
        if (r < 0)
                return r;
        *ret = db_col_int(s, 0) != 0;
        db_reset(s);
        return 0;
}

static int attempt_is_open(Library *lib, bool *ret, Err *err) {
        int64_t any = 0;
        int r = db_query_int(lib->db, SQL_ATTEMPT_ANY_OPEN, &any, err);

        if (r >= 0)
                *ret = any != 0;
        return r;
}

int keep_any_open(Library *lib, bool *ret, Err *err) {
        int r;

        assert(lib && ret);
        r = attempt_is_open(lib, ret, err);
        return r < 0 || *ret ? r : objects_are_locked(lib, ret, err);
}

/*
 * Whose row is still to come? Who places an object says so before it places it, and until its row is
 * committed: a night by an open attempt, an import by the lock of al_lock_objects(). So when the file was
 * there, nobody at work was found *after* that, and *then* no row names it, whoever placed it is dead.
 *
 * Somebody may begin at that very moment and bring the same bytes: he finds the file in its place and
 * keeps it. Who moves it therefore holds the lock alone (no import begins) and the database's write lock
 * (no attempt begins) from the question until it is moved; who begins later places a file of his own.
 */
int keep_is_orphan(Library *lib, const char *path, Err *err) {
        bool open, known = false;
        int r;

        assert(lib && path);
        al_crash_point("orphan-seen");
        r = keep_any_open(lib, &open, err);
        if (r >= 0 && !open)
                r = keep_is_object(lib, path, &known, err);
        return r < 0 ? r : !open && !known;
}

/* With both locks held. */
static int orphan_move(Library *lib, const char *path, int64_t now_ms, Err *err) {
        bool open, known = false;
        int r = attempt_is_open(lib, &open, err);

        if (r >= 0 && !open)
                r = keep_is_object(lib, path, &known, err);
        if (r < 0 || open || known)
                return r;
        al_crash_point("orphan-judged");
        r = keep_quarantine(lib, path, now_ms, err);
        return r < 0 ? r : 1;
}

int keep_quarantine_orphan(Library *lib, const char *path, int64_t now_ms, Err *err) {
        _cleanup_(closep) int fd = -1;
        int r;

        assert(lib && path && !db_in_transaction(lib->db));
        al_crash_point("orphan-seen");
        r = objects_lock(lib, LOCK_EX, &fd, err);
        if (r <= 0)
                return r;
        r = db_begin(lib->db, err);
        return r < 0 ? r : lib_end(lib, orphan_move(lib, path, now_ms, err), err);
}

typedef struct Count {
        Library *lib;
        int64_t before_ms, orphans, files;
        Err *err;
} Count;

static int count_one(const char *path, const struct stat *st, void *userdata) {
        Count *c = userdata;
        bool known;
        int r;

        c->files++;
        if (keep_mtime_ms(st) > c->before_ms)
                return 0;
        r = keep_is_object(c->lib, path, &known, c->err);
        c->orphans += r >= 0 && !known;
        return r;
}

int keep_count_orphans(Library *lib, int64_t before_ms, int64_t *ret_orphans, int64_t *ret_files,
                       Err *err) {
        Count c = {.lib = lib, .before_ms = before_ms, .err = err};
        int r;

        assert(lib && ret_orphans && ret_files);
        r = keep_walk(lib, "objects", count_one, &c, err);
        *ret_orphans = c.orphans;
        *ret_files = c.files;
        return r;
}

int64_t keep_mtime_ms(const struct stat *st) {
        assert(st);
        return (int64_t) st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000;
}

bool keep_is_unusual(int64_t n, int64_t of) {
        return n > FEW && n > of / USUAL_OF;
}

int keep_quarantine(Library *lib, const char *path, int64_t now_ms, Err *err) {
        char utc[TIME_TEXT_MAX], to[KEEP_PATH_MAX];
        const char *name;
        int r;

        assert(lib && path);
        name = strrchr(path, '/');
        assert(name);
        r = lib_make_dir(lib->dir_fd, "quarantine");
        if (r < 0)
                return err_errno(err, r, "cannot make '%s/quarantine'", lib->dir);
        time_format_utc(now_ms, utc);
        for (int i = 1; i <= QUARANTINE_NAMES_MAX; i++) {
                if (i == 1)
                        (void) snprintf(to, sizeof to, "quarantine/%s-%s", utc, name + 1);
                else
                        (void) snprintf(to, sizeof to, "quarantine/%s-%d-%s", utc, i, name + 1);
                if (renameat2(lib->dir_fd, path, lib->dir_fd, to, RENAME_NOREPLACE) >= 0 ||
                    errno == ENOENT)
                        return 0;
                if (errno != EEXIST)
                        return err_errno(err, -errno, "cannot move '%s' to '%s'", path, to);
        }
        return err_set(err, -EEXIST, "cannot move '%s' to quarantine: too many of that name", path);
}
