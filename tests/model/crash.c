/* SPDX-License-Identifier: MIT */

#include "model/crash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support/test.h"

enum {
        SYNCED_MAX = 4096,
        RENAMED_MAX = 1024,
        NAME_LEN_MAX = 128,
};

static struct {
        uint64_t step, death;
        bool dead;
} life;

static ino_t synced[SYNCED_MAX];
static size_t n_synced;
/* Names relative to the library, whose directory was not synced since. */
static struct { char from[NAME_LEN_MAX], to[NAME_LEN_MAX]; } renamed[RENAMED_MAX];
static size_t n_renamed;

void crash_arm(uint64_t step) {
        life.step = 0;
        life.death = step;
        life.dead = false;
}

bool crash_dead(void) {
        return life.dead;
}

uint64_t crash_steps(void) {
        return life.step;
}

bool crash_step(void) {
        life.step++;
        if (life.death > 0 && life.step >= life.death)
                life.dead = true;
        return life.dead;
}

static bool dead(void) {
        if (!crash_step())
                return false;
        errno = EIO;
        return true;
}

/* ---- the calls that change something ---- */

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n) {
        return fd > 2 && dead() ? -1 : __real_write(fd, p, n);
}

int __real_unlinkat(int fd, const char *path, int flags);
int __wrap_unlinkat(int fd, const char *path, int flags);
int __wrap_unlinkat(int fd, const char *path, int flags) {
        return dead() ? -1 : __real_unlinkat(fd, path, flags);
}

int __real_mkdirat(int fd, const char *path, mode_t mode);
int __wrap_mkdirat(int fd, const char *path, mode_t mode);
int __wrap_mkdirat(int fd, const char *path, mode_t mode) {
        return dead() ? -1 : __real_mkdirat(fd, path, mode);
}

int __real_openat64(int fd, const char *path, int flags, mode_t mode);
int __wrap_openat64(int fd, const char *path, int flags, mode_t mode);
int __wrap_openat64(int fd, const char *path, int flags, mode_t mode) {
        return flags & (O_CREAT | O_TRUNC) && dead() ? -1 : __real_openat64(fd, path, flags, mode);
}

int __real_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to);
int __wrap_renameat(int a, const char *from, int b, const char *to) {
        int r = dead() ? -1 : __real_renameat(a, from, b, to);

        if (r == 0 && n_renamed < RENAMED_MAX) {
                (void) snprintf(renamed[n_renamed].from, NAME_LEN_MAX, "%s", from);
                (void) snprintf(renamed[n_renamed++].to, NAME_LEN_MAX, "%s", to);
        }
        return r;
}

/* A synced directory keeps every rename into it; which one it is, its entries tell. */
static void keep_renames(int dir_fd) {
        size_t k = 0;

        for (size_t i = 0; i < n_renamed; i++) {
                const char *base = strrchr(renamed[i].to, '/');
                struct stat st;

                if (fstatat(dir_fd, base ? base + 1 : renamed[i].to, &st, 0) != 0)
                        renamed[k++] = renamed[i];
        }
        n_renamed = k;
}

int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
        struct stat st;

        if (dead())
                return -1;
        CHECK_INT(fstat(fd, &st), 0);
        if (S_ISDIR(st.st_mode))
                keep_renames(fd);
        else if (n_synced < SYNCED_MAX)
                synced[n_synced++] = st.st_ino;
        return 0;
}

/* ---- the power ---- */

static bool is_synced(ino_t ino) {
        for (size_t i = 0; i < n_synced; i++)
                if (synced[i] == ino)
                        return true;
        return false;
}

static void lose_files(int dir_fd, uint64_t (*chance)(void *), void *userdata) {
        int fd = openat(dir_fd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
        struct dirent *e;

        while (dir && (e = readdir(dir))) {
                struct stat st;

                if (e->d_name[0] == '.' || fstatat(fd, e->d_name, &st, 0) < 0 ||
                    is_synced(st.st_ino))
                        continue;
                switch (chance(userdata) % 3) {
                case 0:
                        break;
                case 1:
                        (void) __real_unlinkat(fd, e->d_name, 0);
                        break;
                default: {
                        int file = openat(fd, e->d_name, O_WRONLY | O_CLOEXEC);

                        if (file >= 0) {
                                CHECK_INT(ftruncate(file, (off_t) (chance(userdata) %
                                                                   (uint64_t) (st.st_size + 1))),
                                          0);
                                (void) close(file);
                        }
                }
                }
        }
        if (dir)
                (void) closedir(dir);
}

void crash_lose_power(const char *dir, uint64_t (*chance)(void *), void *userdata) {
        int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        CHECK(fd >= 0);
        crash_vfs_lose_power(chance, userdata);
        for (size_t i = n_renamed; i-- > 0;)
                if (chance(userdata) % 2)
                        (void) __real_renameat(fd, renamed[i].to, fd, renamed[i].from);
        lose_files(fd, chance, userdata);
        (void) close(fd);
        crash_settle();
}

void crash_settle(void) {
        n_synced = n_renamed = 0;
        crash_vfs_settle();
}
