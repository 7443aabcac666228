/* SPDX-License-Identifier: MIT */

/*
 * The list of what was handed out. It appears last: once it has its name, every file it names is
 * whole and durable. One writer at a time holds the lock of the directory.
 */

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "core/handout.h"

enum {
        LIST_MODE = 0666, /* the umask takes away what its owner does not want */
        LIST_FIRST_MAX = 64,
};

struct HandoutList {
        Handout *h;
        Part part;
        FILE *file;
        char name[AL_HAND_NAME_MAX];
        bool replace; /* an older one of ours is there */
};

HandoutList *al_handout_list_free(HandoutList *l) {
        if (!l)
                return NULL;
        if (l->file)
                (void) fclose(l->file); /* what was written matters at al_handout_list_end() */
        part_done(&l->part);
        (void) flock(l->h->dir_fd, LOCK_UN);
        free(l);
        return NULL;
}

/* 1: an older list of ours, which begins so; 0: there is nothing; -EEXIST: something else is. */
static int look(int dir_fd, const char *name, const char *first) {
        _cleanup_(closep) int fd = -1;
        size_t n = strlen(first);
        char begin[LIST_FIRST_MAX];
        struct stat st;

        assert(n > 0 && n <= sizeof begin);
        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (!S_ISREG(st.st_mode) || fd < 0 || pread(fd, begin, n, 0) != (ssize_t) n ||
            memcmp(begin, first, n) != 0)
                return -EEXIST;
        return 1;
}

static int lock_dir(const Handout *h, Err *err) {
        if (flock(h->dir_fd, LOCK_EX | LOCK_NB) == 0)
                return 0;
        if (errno == EWOULDBLOCK)
                return err_set(err, -EBUSY, "another export is at work in '%s'", h->dir);
        return err_errno(err, -errno, "cannot lock the directory '%s'", h->dir);
}

static int open_file(HandoutList *l, const char *first, Err *err) {
        int fd = -1, r = look(l->h->dir_fd, l->name, first);

        if (r == -EEXIST)
                return err_set(err, r,
                               "'%s/%s' is there and is no list of an export: it is left alone",
                               l->h->dir, l->name);
        if (r >= 0) {
                l->replace = r == 1;
                r = part_open(l->h->dir_fd, l->name, LIST_MODE, &l->part);
        }
        if (r >= 0) {
                fd = fcntl(l->part.fd, F_DUPFD_CLOEXEC, 0);
                l->file = fd >= 0 ? fdopen(fd, "w") : NULL;
                r = l->file ? 0 : -errno;
        }
        if (r < 0)
                closep(&fd);
        return r < 0 ? err_errno(err, r, "cannot write '%s/%s'", l->h->dir, l->name) : 0;
}

int al_handout_list_begin(Handout *h, const char *name, const char *first, HandoutList **ret,
                          Err *err) {
        _cleanup_(al_handout_list_freep) HandoutList *l = NULL;
        int r;

        assert(h && name && first && ret);
        r = lock_dir(h, err);
        if (r < 0)
                return r;
        l = calloc(1, sizeof *l);
        if (!l) {
                (void) flock(h->dir_fd, LOCK_UN);
                return err_errno(err, -ENOMEM, "cannot write '%s/%s'", h->dir, name);
        }
        l->h = h;
        l->part = PART_INIT;
        (void) snprintf(l->name, sizeof l->name, "%s", name);
        parts_sweep(h->dir_fd);
        r = open_file(l, first, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(l);
        return 0;
}

FILE *al_handout_list_file(HandoutList *l) {
        assert(l);
        return l->file;
}

static int end(HandoutList *l) {
        int r;

        if (fflush(l->file) != 0 || ferror(l->file))
                return errno > 0 ? -errno : -EIO;
        r = fs_sync_dir(l->h->dir_fd, NULL);
        al_crash_point("handout-listed");
        if (r >= 0)
                r = part_place(&l->part, l->name, l->replace);
        return r < 0 ? r : fs_sync_dir(l->h->dir_fd, NULL);
}

int al_handout_list_end(HandoutList *l, Err *err) {
        int r;

        assert(l);
        r = end(l);
        return r < 0 ? err_errno(err, r, "cannot write '%s/%s'", l->h->dir, l->name) : 0;
}
