/* SPDX-License-Identifier: MIT */

/*
 * How bytes become an object. The order is what makes "a listed asset exists" true after any crash:
 *
 *      fsync(spool file) -> rename to objects/ab/ -> fsync(objects/ab) [-> fsync(objects) when new]
 *      ------------------------------------------------------------------------------------------
 *      only then the row, in its own transaction (al_attempt_end)
 *
 * A crash before the rename leaves a spool file, one after it a file no row names; neither is
 * listed, and the next run's al_sweep() takes both away. Uses no Library: callable from any number
 * of worker threads.
 */

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "core/object.h"

/* Lower-case letters and digits only: the extension becomes part of a file name. */
static bool ext_is_valid(const char *ext) {
        size_t n = strspn(ext, "abcdefghijklmnopqrstuvwxyz0123456789");

        return n > 0 && n <= OBJECT_EXT_MAX && ext[n] == 0;
}

int object_name(const Digest *digest, const char *ext, char ret[static OBJECT_NAME_MAX]) {
        char hex[DIGEST_HEX_MAX];

        assert(digest && ext);
        if (!ext_is_valid(ext))
                return -EINVAL;
        digest_hex(digest, hex);
        (void) snprintf(ret, OBJECT_NAME_MAX, "objects/%.2s/%s.%s", hex, hex, ext);
        return 0;
}

char *al_object_name(const Digest *digest, const char *ext) {
        char name[OBJECT_NAME_MAX];

        return object_name(digest, ext, name) < 0 ? NULL : strdup(name);
}

char *al_spool_name(int64_t attempt, const char *suffix) {
        assert(suffix && !strchr(suffix, '/'));
        return str_printf("spool/%lld.%s", (long long) attempt, suffix);
}

/* Makes the finished file's bytes durable and its mode final. */
static int seal(int lib_dir_fd, const char *spool_name, off_t *ret_size) {
        _cleanup_(closep) int fd = fs_open_beneath(lib_dir_fd, spool_name, O_RDONLY, 0);
        struct stat st;

        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        if (fchmod(fd, LIB_OBJECT_MODE) < 0 || fsync(fd) < 0)
                return -errno;
        /* Nobody reads it before the morning: the night leaves the machine's page cache to others,
         * and writes to pages it has had before, not to ever new ones. Only advice. */
        (void) posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        *ret_size = st.st_size;
        return 0;
}

/* Whether the object is there already, whole by its size. */
static bool is_there(int lib_dir_fd, const char *name, off_t size) {
        struct stat st;

        return fstatat(lib_dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
               st.st_size == size;
}

/* objects/ab of objects/ab/<hash>.<ext>, durable. Who finds it made by another thread waits until
 * it is durable, too. */
static int make_fan_dir(int lib_dir_fd, const char *fan) {
        static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
        int r;

        (void) pthread_mutex_lock(&mutex);
        r = lib_make_dir(lib_dir_fd, fan);
        if (r > 0)
                r = fs_sync_dir(lib_dir_fd, "objects");
        (void) pthread_mutex_unlock(&mutex);
        return r;
}

static int place(int lib_dir_fd, const char *spool_name, const char *name) {
        char fan[sizeof "objects/ab"];
        off_t size = 0;
        int r = seal(lib_dir_fd, spool_name, &size);

        if (r < 0)
                return r;
        al_crash_point("object-synced");
        (void) snprintf(fan, sizeof fan, "%s", name);
        r = make_fan_dir(lib_dir_fd, fan);
        if (r < 0)
                return r;
        if (is_there(lib_dir_fd, name, size)) {
                if (unlinkat(lib_dir_fd, spool_name, 0) < 0)
                        return -errno;
        } else if (renameat(lib_dir_fd, spool_name, lib_dir_fd, name) < 0)
                return -errno;
        al_crash_point("object-renamed");
        /* Also for one that was there: whoever renamed it may have died before this line. */
        r = fs_sync_dir(lib_dir_fd, fan);
        if (r < 0)
                return r;
        al_crash_point("object-placed");
        return 0;
}

int al_object_place(int lib_dir_fd, const char *spool_name, const Digest *digest, const char *ext,
                    Err *err) {
        char name[OBJECT_NAME_MAX];
        int r;

        assert(lib_dir_fd >= 0);
        assert(spool_name && digest && ext);
        r = object_name(digest, ext, name);
        if (r < 0)
                return err_set(err, r, "cannot store '%s': '%s' is no file name extension",
                               spool_name, ext);
        r = place(lib_dir_fd, spool_name, name);
        return r < 0 ? err_errno(err, r, "cannot store '%s' as '%s'", spool_name, name) : 0;
}

static int write_spool(int lib_dir_fd, const char *spool_name, const void *data, size_t n) {
        _cleanup_(closep) int fd =
                openat(lib_dir_fd, spool_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                       LIB_FILE_MODE);

        if (fd < 0)
                return -errno;
        return fs_write_all(fd, data, n);
}

int al_object_put(int lib_dir_fd, const void *data, size_t n, const char *ext, Digest *ret,
                  Err *err) {
        char spool_name[64];
        uint64_t chance;
        Digest d;
        int r;

        assert(lib_dir_fd >= 0);
        assert((data || n == 0) && ext && ret);
        if (getrandom(&chance, sizeof chance, 0) != (ssize_t) sizeof chance)
                return err_errno(err, -EIO, "cannot name a spool file");
        (void) snprintf(spool_name, sizeof spool_name, "spool/put-%016llx",
                        (unsigned long long) chance);
        digest_of(data, n, &d);
        r = write_spool(lib_dir_fd, spool_name, data, n);
        if (r < 0)
                (void) err_errno(err, r, "cannot write '%s'", spool_name);
        else
                r = al_object_place(lib_dir_fd, spool_name, &d, ext, err);
        if (r < 0) {
                (void) unlinkat(lib_dir_fd, spool_name, 0); /* or al_sweep() does, next time */
                return r;
        }
        *ret = d;
        return 0;
}

int object_upsert(Library *lib, const AlNewAsset *a, int64_t now_ms, int64_t *ret_id, Err *err) {
        Stmt *s;
        int r;

        assert(lib && a && ret_id);
        assert(a->media_type && a->ext && a->bytes >= 0);
        r = db_query(lib->db, SQL_OBJECT_UPSERT, &s, err, "blssllll", a->digest.bytes,
                     sizeof a->digest.bytes, a->bytes, a->media_type, a->ext, a->width, a->height,
                     a->duration_ms, now_ms);
        if (r < 0)
                return r;
        *ret_id = db_col_int(s, 0);
        r = db_step(lib->db, s, err); /* RETURNING: the change is whole after the last row */
        db_reset(s);
        return r;
}
