/* SPDX-License-Identifier: MIT */

/*
 * Files handed out. A link is made from the descriptor whose bytes were just compared, so that what
 * gets the name is what was looked at. A copy is written under a name with a leading dot, compared
 * while it is written, synced, and renamed without replacing anything:
 *
 *      open the object, compare -> link
 *      open the object -> .NAME.part-PID -> fsync -> rename        (other file system, not ours)
 *      ...
 *      fsync(directory)                                            al_handout_sync()
 */

#include "core/handout.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"

enum {
        COPY_CHUNK = 128 * 1024,
        DIR_MODE = 0777, /* the umask takes away what its owner does not want */
};

Handout *al_handout_free(Handout *h) {
        if (!h)
                return NULL;
        closep(&h->dir_fd);
        names_done(&h->names);
        free(h->dir);
        free(h);
        return NULL;
}

static int open_dir(Handout *h, Err *err) {
        int r = lib_check_outside(h->lib, h->dir, err);

        if (r < 0)
                return r;
        r = fs_mkdir_p(AT_FDCWD, h->dir, DIR_MODE);
        if (r < 0)
                return err_errno(err, r, "cannot make the directory '%s'", h->dir);
        h->dir_fd = open(h->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (h->dir_fd < 0)
                return err_errno(err, -errno, "cannot open the directory '%s'", h->dir);
        if (faccessat(h->dir_fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
                return err_errno(err, -errno, "cannot write into the directory '%s'", h->dir);
        return 0;
}

int al_handout_open(Library *lib, const char *dir, AlHandMode mode, Handout **ret, Err *err) {
        _cleanup_(al_handout_freep) Handout *h = NULL;
        int r;

        assert(lib && dir && ret);
        h = calloc(1, sizeof *h);
        if (!h)
                return err_errno(err, -ENOMEM, "cannot open the directory '%s'", dir);
        *h = (Handout){.lib = lib, .dir_fd = -1, .mode = mode, .dir = strdup(dir)};
        if (!h->dir)
                return err_errno(err, -ENOMEM, "cannot open the directory '%s'", dir);
        r = open_dir(h, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(h);
        return 0;
}

static int damaged(const AlAsset *a, const char *what, Err *err) {
        return err_set(err, -EUCLEAN, "asset '%s': its file %s; 'assetlib verify' tells more",
                       a->id, what);
}

/* What an error of opening one file says about that file; NULL: it says nothing about it. */
static const char *damage_of(int r) {
        switch (r) {
        case -ENOENT:
                return "is missing";
        case -EACCES:
                return "may not be read by you";
        case -ELOOP: /* a link, a file for a directory, a socket */
        case -ENOTDIR:
        case -EISDIR:
        case -ENXIO:
                return "has something else in its place";
        default:
                return NULL;
        }
}

/* The object, a regular file of the right size; a descriptor. */
static int open_object(const Handout *h, const AlAsset *a, Err *err) {
        _cleanup_(closep) int fd = -1;
        const char *name = a->path + strlen(h->lib->dir_path) + 1, *what;
        struct stat st;

        fd = fs_open_beneath(h->lib->dir_fd, name, O_RDONLY | O_NONBLOCK, 0);
        what = fd < 0 ? damage_of(fd) : NULL;
        if (what)
                return damaged(a, what, err);
        if (fd < 0)
                return err_errno(err, fd, "cannot open the file of asset '%s'", a->id);
        if (fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot read the file of asset '%s'", a->id);
        if (!S_ISREG(st.st_mode))
                return damaged(a, damage_of(-EISDIR), err);
        if (st.st_size != a->bytes)
                return damaged(a, "has not the size it had", err);
        return TAKE_FD(fd);
}

static bool is_digest(const Digest *d, const AlAsset *a) {
        char hex[DIGEST_HEX_MAX];

        digest_hex(d, hex);
        return streq(hex, a->sha256);
}

static int check_bytes(int fd, const AlAsset *a, Err *err) {
        uint64_t n;
        Digest d;
        int r = digest_of_fd(fd, &d, &n);

        if (r < 0)
                return err_errno(err, r, "cannot read the file of asset '%s'", a->id);
        return is_digest(&d, a) ? 0 : damaged(a, "has other bytes than it had", err);
}

/* Whether what has the name already is this asset's file: the object itself by another name, or one
 * with its bytes. What cannot be looked at is somebody else's. */
static int is_there(const Handout *h, int object_fd, const AlAsset *a, const char *name) {
        _cleanup_(closep) int fd =
                openat(h->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st, object;
        uint64_t n;
        Digest d;

        int r;

        if (fd < 0)
                return errno == EACCES || errno == ELOOP || errno == ENXIO ? 0 : -errno;
        if (fstat(fd, &st) < 0 || fstat(object_fd, &object) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode) || st.st_size != a->bytes)
                return 0;
        if (st.st_dev == object.st_dev && st.st_ino == object.st_ino)
                return 1;
        r = digest_of_fd(fd, &d, &n);
        return r < 0 ? r : is_digest(&d, a);
}

/* What a link is not to be had for: another file system, one without links, a file that belongs to
 * another user (protected_hardlinks), no /proc. A copy does then. */
static bool link_is_refused(int r) {
        return r == -EXDEV || r == -EPERM || r == -EMLINK || r == -ENOENT || r == -EOPNOTSUPP;
}

static int link_object(const Handout *h, int fd, const char *name) {
        char path[64];

        (void) snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        return linkat(AT_FDCWD, path, h->dir_fd, name, AT_SYMLINK_FOLLOW) < 0 ? -errno : 0;
}

static int copy_bytes(int from, int to, const AlAsset *a, Err *err) {
        _cleanup_(freep) char *chunk = malloc(COPY_CHUNK);
        DigestContext c;
        Digest d;
        ssize_t n;

        if (!chunk)
                return -ENOMEM;
        digest_init(&c);
        while ((n = read(from, chunk, COPY_CHUNK)) != 0) {
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                digest_update(&c, chunk, (size_t) n);
                r = fs_write_all(to, chunk, (size_t) n);
                if (r < 0)
                        return r;
        }
        digest_final(&c, &d);
        return is_digest(&d, a) ? 0 : damaged(a, "has other bytes than it had", err);
}

/* Shares the blocks where the file system can; then the bytes are compared in their new place. */
static int fill(int from, int to, const AlAsset *a, Err *err) {
        if (ioctl(to, FICLONE, from) == 0)
                return check_bytes(to, a, err);
        return copy_bytes(from, to, a, err);
}

static int copy_object(const Handout *h, int fd, const AlAsset *a, const char *name, Err *err) {
        _cleanup_(part_done) Part part = PART_INIT;
        int r;

        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        r = part_open(h->dir_fd, name, 0666, &part);
        if (r >= 0)
                r = fill(fd, part.fd, a, err);
        al_crash_point("handout-copied");
        return r < 0 ? r : part_place(&part, name, false);
}

/* Gives the object this name: how, or -EEXIST when something has it. */
static int place(const Handout *h, int fd, const AlAsset *a, const char *name, Err *err) {
        int r;

        if (h->mode != AL_HAND_COPY) {
                r = link_object(h, fd, name);
                if (r == 0)
                        return AL_HANDED_LINK;
                if (h->mode == AL_HAND_LINK && link_is_refused(r))
                        return err_errno(err, r,
                                         "cannot link '%s' into '%s' (--copy makes files of their "
                                         "own)",
                                         name, h->dir);
                if (!link_is_refused(r))
                        return r;
        }
        r = copy_object(h, fd, a, name, err);
        return r < 0 ? r : AL_HANDED_COPY;
}

/* Whether the name is one for this asset: 0, and how; -EEXIST when it is somebody else's. */
static int try_name(const Handout *h, int fd, const AlAsset *a, bool sidecar, const char *name,
                    AlHandHow *how, Err *err) {
        int r = sidecar ? sidecar_is_strangers(h, a, name) : 0;

        if (r != 0)
                return r < 0 ? r : -EEXIST;
        r = place(h, fd, a, name, err);
        if (r >= 0) {
                *how = (AlHandHow) r;
                return 0;
        }
        if (r != -EEXIST)
                return r;
        r = is_there(h, fd, a, name);
        if (r > 0)
                *how = AL_HANDED_BEFORE;
        return r < 0 ? r : r > 0 ? 0 : -EEXIST;
}

/* Tries longer and longer names until one is free, or is this asset's already. */
static int put_object(Handout *h, const AlAsset *a, bool sidecar,
                      char name[static AL_HAND_NAME_MAX], AlHandHow *how, Err *err) {
        _cleanup_(closep) int fd = open_object(h, a, err);
        int r;

        if (fd < 0)
                return fd;
        if (h->mode != AL_HAND_COPY) {
                r = check_bytes(fd, a, err);
                if (r < 0)
                        return r;
        }
        for (unsigned i = 0; handout_name(a, i, name); i++) {
                if (names_has(&h->names, name))
                        continue;
                r = try_name(h, fd, a, sidecar, name, how, err);
                if (r != -EEXIST)
                        return r < 0 ? r : names_add(&h->names, name);
        }
        return err_set(err, -EEXIST,
                       "cannot hand out asset '%s': '%s/%s' is there and is another file", a->id,
                       h->dir, name);
}

int al_handout_put(Handout *h, const AlAsset *a, const Json *sidecar,
                   char name[static AL_HAND_NAME_MAX], AlHandHow *ret_how, Err *err) {
        AlHandHow how = AL_HANDED_BEFORE;
        Err why = {0};
        int r;

        assert(h && a && ret_how);
        r = put_object(h, a, sidecar != NULL, name, &how, &why);
        if (r < 0 && why.code == 0)
                (void) err_errno(&why, r, "cannot write '%s/%s'", h->dir, name);
        al_crash_point("handout-placed");
        if (r >= 0 && sidecar)
                r = sidecar_put(h, name, sidecar, &why);
        if (r < 0) {
                if (err)
                        *err = why;
                return r;
        }
        *ret_how = how;
        return 0;
}

int al_handout_sync(Handout *h, Err *err) {
        int r;

        assert(h);
        r = fs_sync_dir(h->dir_fd, NULL);
        return r < 0 ? err_errno(err, r, "cannot sync the directory '%s'", h->dir) : 0;
}
