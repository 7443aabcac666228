/* SPDX-License-Identifier: MIT */

#include "core/backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/fs.h"

enum {
        COPY_CHUNK = 256 * 1024,
        FANS = 256,
};

/* ---- manifest ---- */

static int database_read(const Json *j, const char *key, ManifestDb *ret) {
        const Json *d = json_get(j, key);
        const char *hex = json_str(d, "sha256");

        if (!hex || digest_from_hex(hex, &ret->digest) < 0 || !json_int(d, "bytes", &ret->bytes) ||
            ret->bytes <= 0)
                return -EUCLEAN;
        return 0;
}

static int database_write(Json *j, const char *key, const ManifestDb *d) {
        Json *o = json_add_object(j, key);
        char hex[DIGEST_HEX_MAX];

        digest_hex(&d->digest, hex);
        (void) json_add_str(o, "sha256", hex);
        return json_add_int(o, "bytes", d->bytes);
}

int manifest_read(int dir_fd, const char *dir, Manifest *ret, Err *err) {
        _cleanup_(json_freep) Json *j = NULL;
        _cleanup_(freep) char *text = NULL;
        Manifest m = {0};
        const char *library;
        size_t n;
        int64_t schema;
        int r;

        assert(dir && ret);
        r = fs_read_file_at(dir_fd, LIB_MANIFEST, BACKUP_MANIFEST_MAX, &text, &n);
        if (r == -ENOENT)
                return err_set(err, r, "'%s' is no backup: it has no " LIB_MANIFEST, dir);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s/" LIB_MANIFEST "'", dir);
        if (json_parse(text, n, &j, NULL) < 0 || !json_int(j, "schema", &schema) || schema != 1 ||
            database_read(j, "database", &m.database) < 0 || !json_int(j, "objects", &m.objects) ||
            !json_int(j, "bytes", &m.bytes))
                return err_set(err, -EUCLEAN, "'%s/" LIB_MANIFEST "' is damaged", dir);
        if (database_read(j, "previous", &m.previous) < 0)
                m.previous = (ManifestDb){0};
        library = json_str(j, "library");
        if (library &&
            (size_t) snprintf(m.library, sizeof m.library, "%s", library) >= sizeof m.library)
                return err_set(err, -EUCLEAN, "'%s/" LIB_MANIFEST "' is damaged", dir);
        *ret = m;
        return 0;
}

int manifest_write(int dir_fd, const char *dir, const Manifest *m, Err *err) {
        _cleanup_(json_freep) Json *j = json_new_object();
        _cleanup_(freep) char *text = NULL;
        int r;

        assert(dir && m);
        (void) json_add_int(j, "schema", 1); /* a failure shows when it is printed */
        (void) json_add_time(j, "created", m->created_ms);
        (void) json_add_str(j, "library", m->library);
        (void) json_add_int(j, "objects", m->objects);
        (void) json_add_int(j, "bytes", m->bytes);
        (void) database_write(j, "database", &m->database);
        if (m->previous.bytes > 0)
                (void) database_write(j, "previous", &m->previous);
        text = json_print_pretty(j);
        r = text ? fs_write_file_durable(dir_fd, LIB_MANIFEST, text, strlen(text), BACKUP_FILE_MODE)
                 : -ENOMEM;
        return r < 0 ? err_errno(err, r, "cannot write '%s/" LIB_MANIFEST "'", dir) : 0;
}

/* ---- files ---- */

int backup_digest(int dir_fd, const char *name, ManifestDb *ret) {
        _cleanup_(closep) int fd = fs_open_beneath(dir_fd, name, O_RDONLY | O_NONBLOCK, 0);
        uint64_t bytes;
        Digest d;
        int r;

        assert(ret);
        if (fd < 0)
                return fd;
        r = digest_of_fd(fd, &d, &bytes);
        if (r < 0)
                return r;
        *ret = (ManifestDb){.digest = d, .bytes = (int64_t) bytes};
        return 0;
}

int backup_lock(int dir_fd, const char *dir, Err *err) {
        while (flock(dir_fd, LOCK_EX | LOCK_NB) < 0) {
                if (errno == EWOULDBLOCK)
                        return AL_TAKEN;
                if (errno != EINTR)
                        return err_errno(err, -errno, "cannot lock '%s'", dir);
        }
        return 0;
}

bool backup_has(int dir_fd, const char *name, int64_t bytes) {
        struct stat st;

        return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
               st.st_size == bytes;
}

static int copy_bytes(int from, int to, Digest *ret) {
        _cleanup_(freep) char *chunk = malloc(COPY_CHUNK);
        DigestContext c;

        if (!chunk)
                return -ENOMEM;
        digest_init(&c);
        for (;;) {
                ssize_t n = read(from, chunk, COPY_CHUNK);
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                digest_update(&c, chunk, (size_t) n);
                r = fs_write_all(to, chunk, (size_t) n);
                if (r < 0)
                        return r;
        }
        digest_final(&c, ret);
        return 0;
}

static int copy_part(int from_fd, const char *name, int to_fd, const char *part,
                     const Digest *digest, mode_t mode) {
        _cleanup_(closep) int from = fs_open_beneath(from_fd, name, O_RDONLY | O_NONBLOCK, 0);
        _cleanup_(closep) int to = -1;
        struct stat st;
        Digest got;
        int r;

        if (from < 0)
                return from == -ELOOP || from == -ENXIO ? -EBADMSG : from;
        if (fstat(from, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADMSG;
        if (unlinkat(to_fd, part, 0) < 0 && errno != ENOENT)
                return -errno;
        to = openat(to_fd, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    BACKUP_FILE_MODE);
        if (to < 0)
                return -errno;
        r = copy_bytes(from, to, &got);
        if (r < 0)
                return r;
        if (!digest_equal(&got, digest))
                return -EBADMSG;
        return fchmod(to, mode) < 0 || fsync(to) < 0 ? -errno : 0;
}

int backup_copy(int from_fd, const char *from, int to_fd, const char *to, const char *part,
                const Digest *digest, mode_t mode) {
        int r;

        assert(from && to && part && digest);
        r = copy_part(from_fd, from, to_fd, part, digest, mode);
        if (r >= 0 && renameat(to_fd, part, to_fd, to) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(to_fd, part, 0);
        return r;
}

int backup_fan(int dir_fd, const char *path) {
        char fan[sizeof "objects/ab"];

        (void) snprintf(fan, sizeof fan, "%s", path);
        return lib_make_dir(dir_fd, fan);
}

int backup_sync_dirs(int dir_fd) {
        char fan[sizeof "objects/ab"];
        int r;

        for (unsigned i = 0; i < FANS; i++) {
                (void) snprintf(fan, sizeof fan, "objects/%02x", i);
                r = fs_sync_dir(dir_fd, fan);
                if (r < 0 && r != -ENOENT)
                        return r;
        }
        r = fs_sync_dir(dir_fd, "objects");
        return r < 0 ? r : fs_sync_dir(dir_fd, NULL);
}

/* ---- rows ---- */

int backup_next(Db *db, int64_t after, BackupObject *ret, Err *err) {
        BackupObject o = {0};
        const void *blob;
        size_t n;
        Stmt *s;
        int r = db_query(db, SQL_OBJECT_AFTER, &s, err, "l", after);

        if (r <= 0)
                return r;
        o.id = db_col_int(s, 0);
        o.bytes = db_col_int(s, 2);
        blob = db_col_blob(s, 1, &n);
        if (n == sizeof o.digest.bytes) {
                memcpy(o.digest.bytes, blob, n);
                if (object_name(&o.digest, db_col_text(s, 3), o.path) < 0)
                        r = -EUCLEAN;
        } else
                r = -EUCLEAN;
        db_reset(s);
        if (r < 0)
                return err_set(err, r, "object %lld of the library cannot be read",
                               (long long) o.id);
        *ret = o;
        return 1;
}
