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
        SIDECAR_MODE = 0644,
        DIR_MODE = 0777, /* the umask takes away what its owner does not want */
        PART_NAME_MAX = AL_HAND_NAME_MAX + 32,
};

struct Handout {
        Library *lib;
        char *dir;
        int dir_fd;
        AlHandMode mode;
        NameSet names; /* given out by this one */
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
        int r = fs_mkdir_p(AT_FDCWD, h->dir, DIR_MODE);

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

/* The object, a regular file of the right size; a descriptor. */
static int open_object(const Handout *h, const AlAsset *a, Err *err) {
        _cleanup_(closep) int fd = -1;
        const char *name = a->path + strlen(h->lib->dir_path) + 1;
        struct stat st;

        fd = fs_open_beneath(h->lib->dir_fd, name, O_RDONLY | O_NONBLOCK, 0);
        if (fd == -ENOENT)
                return damaged(a, "is missing", err);
        if (fd < 0)
                return err_errno(err, fd, "cannot open the file of asset '%s'", a->id);
        if (fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot read the file of asset '%s'", a->id);
        if (!S_ISREG(st.st_mode) || st.st_size != a->bytes)
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

/* Whether what has the name already is this asset's file. */
static bool is_there(const Handout *h, const AlAsset *a, const char *name) {
        _cleanup_(closep) int fd =
                openat(h->dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st;
        uint64_t n;
        Digest d;

        return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == a->bytes &&
               digest_of_fd(fd, &d, &n) >= 0 && is_digest(&d, a);
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

/* Renames without replacing, also where the kernel or the file system knows no such call. */
static int rename_new(int dir_fd, const char *from, const char *to) {
        struct stat st;

        if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0)
                return 0;
        if (errno != EINVAL && errno != ENOSYS)
                return -errno;
        if (fstatat(dir_fd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return -EEXIST;
        return renameat(dir_fd, from, dir_fd, to) < 0 ? -errno : 0;
}

static int write_part(const Handout *h, int from, const AlAsset *a, const char *part, Err *err) {
        _cleanup_(closep) int to = -1;
        int r;

        /* Left by a process of the same id that died; nobody else uses this name. */
        if (unlinkat(h->dir_fd, part, 0) < 0 && errno != ENOENT)
                return -errno;
        to = openat(h->dir_fd, part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (to < 0)
                return -errno;
        r = fill(from, to, a, err);
        return r == 0 && fsync(to) < 0 ? -errno : r;
}

static int copy_object(const Handout *h, int fd, const AlAsset *a, const char *name, Err *err) {
        char part[PART_NAME_MAX];
        int r;

        (void) snprintf(part, sizeof part, ".%s.part-%d", name, (int) getpid());
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        r = write_part(h, fd, a, part, err);
        al_crash_point("handout-copied");
        if (r >= 0)
                r = rename_new(h->dir_fd, part, name);
        if (r < 0)
                (void) unlinkat(h->dir_fd, part, 0);
        return r;
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

/* Tries longer and longer names until one is free, or is this asset's already. */
static int put_object(Handout *h, const AlAsset *a, char name[static AL_HAND_NAME_MAX],
                      AlHandHow *how, Err *err) {
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
                r = place(h, fd, a, name, err);
                if (r == -EEXIST && !is_there(h, a, name))
                        continue;
                if (r < 0 && r != -EEXIST)
                        return r;
                *how = r == -EEXIST ? AL_HANDED_BEFORE : (AlHandHow) r;
                return names_add(&h->names, name);
        }
        return err_set(err, -EEXIST,
                       "cannot hand out asset '%s': '%s/%s' is there and is another file", a->id,
                       h->dir, name);
}

static int put_sidecar(const Handout *h, const char *name, const Json *sidecar, Err *err) {
        _cleanup_(freep) char *side = str_printf("%s.json", name);
        _cleanup_(freep) char *text = json_print_pretty(sidecar);
        _cleanup_(freep) char *lines = text ? str_printf("%s\n", text) : NULL;
        int r = -ENOMEM;

        if (side && lines)
                r = fs_write_file_durable(h->dir_fd, side, lines, strlen(lines), SIDECAR_MODE);
        return r < 0 ? err_errno(err, r, "cannot write '%s/%s.json'", h->dir, name) : 0;
}

int al_handout_put(Handout *h, const AlAsset *a, const Json *sidecar,
                   char name[static AL_HAND_NAME_MAX], AlHandHow *ret_how, Err *err) {
        AlHandHow how = AL_HANDED_BEFORE;
        Err why = {0};
        int r;

        assert(h && a && ret_how);
        r = put_object(h, a, name, &how, &why);
        if (r < 0 && why.code == 0)
                (void) err_errno(&why, r, "cannot write '%s/%s'", h->dir, name);
        al_crash_point("handout-placed");
        if (r >= 0 && sidecar)
                r = put_sidecar(h, name, sidecar, &why);
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
