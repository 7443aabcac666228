/* SPDX-License-Identifier: MIT */

#include "base/fs.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#include "base/strbuf.h"

enum {
        FS_READ_CHUNK = 16 * 1024, /* bytes read at a time */
};

static int read_into(int fd, StrBuf *b) {
        char chunk[FS_READ_CHUNK];
        ssize_t n;

        while ((n = read(fd, chunk, sizeof chunk)) != 0) {
                int r;

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                r = strbuf_add(b, chunk, (size_t) n);
                if (r < 0)
                        return r == -E2BIG ? -EFBIG : r;
        }
        return 0;
}

int fs_read_file_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_n) {
        _cleanup_(closep) int fd = -1;
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(max);
        struct stat st;
        size_t n;
        char *text;
        int r;

        assert(path);
        assert(ret);
        /* O_NONBLOCK: opening a pipe that nobody writes must not hang. */
        fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
        r = read_into(fd, &b);
        if (r < 0)
                return r;
        n = b.len;
        text = strbuf_take(&b);
        if (!text)
                return -ENOMEM;
        *ret = text;
        if (ret_n)
                *ret_n = n;
        return 0;
}

int fs_read_file(const char *path, size_t max, char **ret, size_t *ret_n) {
        return fs_read_file_at(AT_FDCWD, path, max, ret, ret_n);
}

int fs_write_all(int fd, const void *data, size_t n) {
        const char *p = data;

        assert(fd >= 0);
        assert(data || n == 0);
        while (n > 0) {
                ssize_t k = write(fd, p, n);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return -errno;
                p += k;
                n -= (size_t) k;
        }
        return 0;
}

int fs_sync_dir(int dir_fd, const char *path) {
        _cleanup_(closep) int fd = -1;

        fd = openat(dir_fd, path ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) < 0)
                return -errno;
        return 0;
}

static int sync_parent(int dir_fd, const char *path) {
        _cleanup_(freep) char *parent = strdup(path);
        char *slash;

        if (!parent)
                return -ENOMEM;
        slash = strrchr(parent, '/');
        if (!slash)
                return fs_sync_dir(dir_fd, NULL);
        slash[slash == parent] = 0; /* the root keeps its slash */
        return fs_sync_dir(dir_fd, parent);
}

/* Makes the sibling, complete and synced. The file is there, or gone again. */
static int write_sibling(int dir_fd, const char *path, const void *data, size_t n, mode_t mode) {
        _cleanup_(closep) int fd = -1;
        int r;

        /* Left by a process of the same id that died; nobody else uses this name. */
        if (unlinkat(dir_fd, path, 0) < 0 && errno != ENOENT)
                return -errno;
        fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd < 0)
                return -errno;
        r = fs_write_all(fd, data, n);
        /* fchmod: the mode that was asked for, whatever the umask. */
        if (r == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, path, 0);
        return r;
}

int fs_write_file_durable(int dir_fd, const char *path, const void *data, size_t n, mode_t mode) {
        _cleanup_(freep) char *sibling = NULL;
        int r;

        assert(path);
        assert(data || n == 0);
        /* The thread's id: two threads may write at once. */
        sibling = str_printf("%s.tmp-%d", path, (int) gettid());
        if (!sibling)
                return -ENOMEM;
        r = write_sibling(dir_fd, sibling, data, n, mode);
        if (r < 0)
                return r;
        if (renameat(dir_fd, sibling, dir_fd, path) < 0) {
                r = -errno;
                (void) unlinkat(dir_fd, sibling, 0);
                return r;
        }
        return sync_parent(dir_fd, path);
}

static int make_one_dir(int dir_fd, const char *path, mode_t mode) {
        struct stat st;

        if (mkdirat(dir_fd, path, mode) == 0)
                return 0;
        if (errno != EEXIST)
                return -errno;
        if (fstatat(dir_fd, path, &st, 0) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int fs_mkdir_p(int dir_fd, const char *path, mode_t mode) {
        _cleanup_(freep) char *copy = NULL;

        assert(path);
        if (!*path)
                return -ENOENT;
        copy = strdup(path);
        if (!copy)
                return -ENOMEM;
        for (char *slash = copy; (slash = strchr(slash + 1, '/'));) {
                int r;

                *slash = 0;
                r = make_one_dir(dir_fd, copy, mode);
                if (r < 0)
                        return r;
                *slash = '/';
        }
        return make_one_dir(dir_fd, copy, mode);
}

static bool has_dot_dot(const char *path) {
        for (const char *p = path; p; p = strchr(p, '/')) {
                p += *p == '/';
                if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || p[2] == 0))
                        return true;
        }
        return false;
}

/* What openat2() does, step by step, where a sandbox has taken it away (RestrictSUIDSGID= of a unit
 * answers ENOSYS, because it cannot look into its argument). */
static int open_by_steps(int dir_fd, const char *path, int flags, mode_t mode) {
        _cleanup_(freep) char *copy = strdup(path);
        _cleanup_(closep) int step = -1;
        char *name = copy, *slash;
        int fd;

        if (!copy)
                return -ENOMEM;
        for (; (slash = strchr(name, '/')); name = slash + 1) {
                *slash = 0;
                if (slash == name)
                        continue;
                fd = openat(step >= 0 ? step : dir_fd, name,
                            O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                if (fd < 0)
                        return -errno;
                closep(&step);
                step = fd;
        }
        fd = openat(step >= 0 ? step : dir_fd, *name ? name : ".", flags | O_NOFOLLOW | O_CLOEXEC,
                    mode);
        return fd < 0 ? -errno : fd;
}

int fs_open_beneath(int dir_fd, const char *path, int flags, mode_t mode) {
        bool makes = (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
        struct open_how how = {
                .flags = (uint64_t) (flags | O_CLOEXEC),
                .mode = makes ? mode : 0, /* openat2() refuses a mode it has no use for */
                .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        };
        long fd;

        assert(path);
        /* The kernel allows "a/../b", which stays below; we have no use for it. */
        if (has_dot_dot(path) || path[0] == '/')
                return -EXDEV;
        if (path[0] == 0)
                return -ENOENT;
        fd = syscall(SYS_openat2, dir_fd, path, &how, sizeof how);
        if (fd < 0 && errno == ENOSYS)
                return open_by_steps(dir_fd, path, flags, mode);
        return fd < 0 ? -errno : (int) fd;
}

int fs_free_bytes(int dir_fd, uint64_t *ret) {
        struct statvfs st;

        assert(dir_fd >= 0);
        assert(ret);
        if (fstatvfs(dir_fd, &st) < 0)
                return -errno;
        *ret = (uint64_t) st.f_bavail * st.f_frsize;
        return 0;
}

char *path_join(const char *a, const char *b) {
        size_t n;

        assert(a);
        assert(b);
        n = strlen(a);
        if (b[0] == '/' || n == 0)
                return strdup(b);
        return str_printf("%s%s%s", a, a[n - 1] == '/' ? "" : "/", b);
}
