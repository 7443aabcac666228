/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files: bounded reads, durable writes, paths that cannot leave their directory. All return -errno;
 * descriptors are O_CLOEXEC.
 */

#include "base/err.h"

/* Reads a whole regular file of at most `max` bytes; NUL-terminated, caller frees. -EFBIG beyond
 * max, -EISDIR/-EINVAL for what is no regular file. */
int fs_read_file(const char *path, size_t max, char **ret, size_t *ret_n);
int fs_read_file_at(int dir_fd, const char *path, size_t max, char **ret, size_t *ret_n);

/* Writes to `path`.tmp-PID-style sibling, fsyncs, renames over `path`, fsyncs the directory. */
int fs_write_file_durable(int dir_fd, const char *path, const void *data, size_t n, mode_t mode);

/* write() until all of it is written or an error. */
int fs_write_all(int fd, const void *data, size_t n);

/* fsync of the directory `dir_fd`, or of the directory `path` below it. */
int fs_sync_dir(int dir_fd, const char *path);

/* mkdir -p below dir_fd (AT_FDCWD allowed); existing directories are fine. */
int fs_mkdir_p(int dir_fd, const char *path, mode_t mode);

/* Opens `path` strictly below dir_fd: no "..", no symlink, no absolute path (openat2
 * RESOLVE_BENEATH|RESOLVE_NO_SYMLINKS). */
int fs_open_beneath(int dir_fd, const char *path, int flags, mode_t mode);

/* Free bytes an unprivileged writer has left on the file system of dir_fd. */
int fs_free_bytes(int dir_fd, uint64_t *ret);

/* The names (not paths) of regular files in `path` that end in `suffix`, sorted bytewise; at most
 * `max`, else -E2BIG. A missing directory gives an empty list and 0. */
struct Strv;
int fs_list_dir(const char *path, const char *suffix, size_t max, struct Strv *ret);

/* rm -rf of a directory the caller owns, below dir_fd; follows no symlink. Missing is fine. */
int fs_remove_tree(int dir_fd, const char *path);

/* "a/b", one slash between; `b` alone when it is absolute. NULL on -ENOMEM. Caller frees. */
char *path_join(const char *a, const char *b);
