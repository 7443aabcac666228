/* SPDX-License-Identifier: MIT */

/* Files that have no name before they are whole: ".NAME.part-PID" until then. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/handout.h"

DEFINE_CLEANUP(DIR, closedir);

int part_open(int dir_fd, const char *name, mode_t mode, Part *ret) {
        Part p = {.dir_fd = dir_fd, .fd = -1};

        assert(dir_fd >= 0 && name && ret);
        (void) snprintf(p.name, sizeof p.name, ".%s.part-%d", name, (int) getpid());
        /* Left by a process of the same id that died; nobody else uses this name. */
        if (unlinkat(dir_fd, p.name, 0) < 0 && errno != ENOENT)
                return -errno;
        p.fd = openat(dir_fd, p.name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (p.fd < 0)
                return -errno;
        /* Where there are no locks, nobody sweeps either. */
        (void) flock(p.fd, LOCK_EX | LOCK_NB);
        *ret = p;
        return 0;
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

int part_place(Part *p, const char *name, bool replace) {
        int r;

        assert(p && p->fd >= 0 && name);
        if (fsync(p->fd) < 0)
                return -errno;
        if (replace)
                r = renameat(p->dir_fd, p->name, p->dir_fd, name) < 0 ? -errno : 0;
        else
                r = rename_new(p->dir_fd, p->name, name);
        if (r == 0)
                p->name[0] = 0;
        return r;
}

void part_done(Part *p) {
        assert(p);
        if (p->fd >= 0 && p->name[0])
                (void) unlinkat(p->dir_fd, p->name, 0);
        closep(&p->fd);
        p->name[0] = 0;
}

static bool is_part(const char *name) {
        const char *at = name[0] == '.' ? strstr(name, ".part-") : NULL;

        at = at ? at + strlen(".part-") : NULL;
        return at && *at && at[strspn(at, "0123456789")] == 0;
}

/* The lock of a living writer keeps it. */
static void sweep_one(int dir_fd, const char *name) {
        _cleanup_(closep) int fd =
                openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st;

        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
            flock(fd, LOCK_EX | LOCK_NB) == 0)
                (void) unlinkat(dir_fd, name, 0);
}

void parts_sweep(int dir_fd) {
        _cleanup_(closedirp) DIR *dir = NULL;
        struct dirent *e;
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        dir = fd >= 0 ? fdopendir(fd) : NULL;
        if (!dir) {
                closep(&fd);
                return;
        }
        while ((e = readdir(dir)))
                if (is_part(e->d_name))
                        sweep_one(dir_fd, e->d_name);
}
