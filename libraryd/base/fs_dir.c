/* SPDX-License-Identifier: MIT */

/* Whole directories: listing one, removing one. */

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strv.h"

enum {
        FS_TREE_DEPTH_MAX = 32, /* each level holds a descriptor */
};

DEFINE_CLEANUP(DIR, closedir);

static bool ends_with(const char *s, const char *suffix) {
        size_t n = strlen(s), m = strlen(suffix);

        return n > m && streq(s + n - m, suffix);
}

/* Follows a symbolic link: configuration is often a link to the real file. */
static bool is_regular(int dir_fd, const char *name) {
        struct stat st;

        return fstatat(dir_fd, name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static int by_name(const void *a, const void *b) {
        return strcmp(*(char *const *) a, *(char *const *) b);
}

static int collect(DIR *dir, const char *suffix, size_t max, Strv *v) {
        for (;;) {
                struct dirent *e;

                errno = 0;
                e = readdir(dir);
                if (!e)
                        return -errno;
                /* A leading dot is how editors name what is not to be read. */
                if (e->d_name[0] == '.' || !ends_with(e->d_name, suffix) ||
                    !is_regular(dirfd(dir), e->d_name))
                        continue;
                if (v->n == max)
                        return -E2BIG;
                if (strv_add(v, e->d_name) < 0)
                        return -ENOMEM;
        }
}

int fs_list_dir(const char *path, const char *suffix, size_t max, Strv *ret) {
        _cleanup_(closedirp) DIR *dir = NULL;
        _cleanup_(strv_done) Strv v = {0};
        int r;

        assert(path);
        assert(suffix);
        assert(ret);
        dir = opendir(path);
        if (!dir && errno != ENOENT)
                return -errno;
        if (dir) {
                r = collect(dir, suffix, max, &v);
                if (r < 0)
                        return r;
        }
        if (v.n > 1)
                qsort(v.items, v.n, sizeof *v.items, by_name);
        *ret = v;
        v = (Strv){0};
        return 0;
}

static int remove_below(int dir_fd, const char *name, unsigned depth);

static int remove_entries(DIR *dir, unsigned depth) {
        for (;;) {
                struct dirent *e;
                int r;

                errno = 0;
                e = readdir(dir);
                if (!e)
                        return -errno;
                if (streq(e->d_name, ".") || streq(e->d_name, ".."))
                        continue;
                if (unlinkat(dirfd(dir), e->d_name, 0) == 0 || errno == ENOENT)
                        continue;
                if (errno != EISDIR)
                        return -errno;
                r = remove_below(dirfd(dir), e->d_name, depth + 1);
                if (r < 0)
                        return r;
        }
}

/* Recursion is bounded by FS_TREE_DEPTH_MAX. */
static int remove_below(int dir_fd, const char *name, unsigned depth) {
        _cleanup_(closep) int fd = -1;
        _cleanup_(closedirp) DIR *dir = NULL;
        int r;

        if (depth > FS_TREE_DEPTH_MAX)
                return -ELOOP;
        fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        dir = fdopendir(fd);
        if (!dir)
                return -errno;
        (void) TAKE_FD(fd); /* dir has it now */
        r = remove_entries(dir, depth);
        if (r < 0)
                return r;
        return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT ? -errno : 0;
}

int fs_remove_tree(int dir_fd, const char *path) {
        assert(path);
        return remove_below(dir_fd, path, 0);
}
