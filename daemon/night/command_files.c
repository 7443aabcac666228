/* SPDX-License-Identifier: MIT */

/* What a command left in its folder: its plain files become spool files, to be verified like the
 * answer of any provider. Links, devices, folders and hidden files are no results. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/parse.h"
#include "night/command_internal.h"

enum {
        HASH_PIECE = 1024 * 1024, /* bytes a turn of the loop: a millisecond or two */
        LEFT_MODE = 0640,         /* as of every spool file */
};

/* 1: a file that counts, of *ret_bytes. */
static int look_at(int folder_fd, const char *name, int64_t *ret_bytes) {
        struct stat st;

        if (name[0] == '.' || !utf8_is_valid(name, strlen(name)))
                return 0;
        if (fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        /* One with another name elsewhere could be written to after it was looked at. */
        if (!S_ISREG(st.st_mode) || st.st_nlink != 1)
                return 0;
        *ret_bytes = st.st_size;
        return 1;
}

static int list(Leavings *l, DIR *d, int folder_fd, int64_t bytes_max, Err *err) {
        int64_t sum = 0, bytes = 0;
        const struct dirent *e;

        for (errno = 0; (e = readdir(d)); errno = 0) {
                int r = look_at(folder_fd, e->d_name, &bytes);

                if (r == 0)
                        continue;
                sum += bytes;
                if (r > 0 && l->names.n == COMMAND_FILES_MAX)
                        return err_set(err, -E2BIG, "the command left more than %d files",
                                       COMMAND_FILES_MAX);
                if (r > 0 && sum > bytes_max)
                        return err_set(err, -E2BIG, "the command left more than %lld MiB",
                                       (long long) (bytes_max >> 20));
                if (r > 0)
                        r = strv_add(&l->names, e->d_name);
                if (r < 0)
                        return err_errno(err, r, "cannot read the folder of the command");
        }
        return errno != 0 ? err_errno(err, -errno, "cannot read the folder of the command") : 0;
}

static int compare(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static char *spool_name(const Leavings *l, size_t i) {
        return str_printf("%s.%zu", l->stem, i);
}

static int move(const Leavings *l, int folder_fd, size_t i) {
        _cleanup_(freep) char *name = spool_name(l, i);

        if (!name)
                return -ENOMEM;
        return renameat(folder_fd, l->names.items[i], l->lib_dir_fd, name) < 0 ? -errno : 0;
}

int leavings_take(Leavings *l, int folder_fd, int64_t bytes_max, Err *err) {
        int fd = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r;
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        assert(l);
        if (!d) {
                r = -errno;
                closep(&fd);
                return err_errno(err, r, "cannot read the folder of the command");
        }
        r = list(l, d, folder_fd, bytes_max, err);
        (void) closedir(d);
        if (r < 0)
                return r;
        if (l->names.n > 0)
                qsort(l->names.items, l->names.n, sizeof *l->names.items, compare);
        for (size_t i = 0; i < l->names.n; i++) {
                r = move(l, folder_fd, i);
                if (r < 0)
                        return err_errno(err, r, "cannot keep '%s' of the command",
                                         l->names.items[i]);
        }
        return 0;
}

static int open_next(Leavings *l) {
        _cleanup_(freep) char *name = spool_name(l, l->hashed);

        if (!name)
                return -ENOMEM;
        l->fd = fs_open_beneath(l->lib_dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
        if (l->fd < 0)
                return l->fd;
        if (fchmod(l->fd, LEFT_MODE) < 0)
                return -errno;
        digest_init(&l->digest);
        return 0;
}

/* 1 at the end of the file. */
static int hash_piece(Leavings *l) {
        ReplyPayload *p = &l->payloads[l->hashed];
        _cleanup_(freep) char *piece = malloc(HASH_PIECE);
        ssize_t n;

        if (!piece)
                return -ENOMEM;
        n = read(l->fd, piece, HASH_PIECE);
        if (n < 0)
                return errno == EINTR ? 0 : -errno;
        digest_update(&l->digest, piece, (size_t) n);
        p->bytes += n;
        return n == 0;
}

int leavings_hash_some(Leavings *l, Err *err) {
        int r = 0;

        assert(l);
        if (l->hashed == l->names.n)
                return 0;
        if (l->fd < 0)
                r = open_next(l);
        if (r >= 0)
                r = hash_piece(l);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s' of the command",
                                 l->names.items[l->hashed]);
        if (r == 0)
                return 1;
        digest_final(&l->digest, &l->payloads[l->hashed++].digest);
        closep(&l->fd);
        l->fd = -1;
        return l->hashed < l->names.n;
}

void leavings_done(Leavings *l) {
        strv_done(&l->names);
        closep(&l->fd);
        l->fd = -1;
}
