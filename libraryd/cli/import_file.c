/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/parse.h"
#include "cli/import.h"

enum {
        COPY_CHUNK = 256 * 1024,
        SPOOL_MODE = 0640,
};

void import_file_done(ImportFile *f, int lib_dir_fd) {
        closep(&f->fd);
        if (f->spool)
                (void) unlinkat(lib_dir_fd, f->spool, 0); /* gone, when it was stored */
        free(f->spool);
        free(f->text);
        *f = IMPORT_FILE_NONE;
}

/* What would reach a terminal, a log or a file list from here on. */
static int check_name(const char *path, Err *err) {
        if (!utf8_is_valid(path, strlen(path)))
                return err_set(err, -EINVAL, "its name is no UTF-8 text");
        for (const unsigned char *p = (const unsigned char *) path; *p; p++)
                if (*p < ' ' || *p == 0x7f)
                        return err_set(err, -EINVAL, "its name has control characters");
        return 0;
}

static int open_source(const char *path, int *ret, Err *err) {
        _cleanup_(closep) int fd =
                open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        struct stat st;

        if (fd < 0 && errno == ELOOP)
                return err_set(err, -ELOOP, "a symbolic link: name the file itself");
        if (fd < 0 && errno == ENXIO)
                return err_set(err, -EINVAL, "no regular file");
        if (fd < 0)
                return err_errno(err, -errno, "cannot open it");
        if (fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot read it");
        if (!S_ISREG(st.st_mode))
                return err_set(err, -EINVAL, "no regular file");
        if (st.st_size == 0)
                return err_set(err, -EINVAL, "empty");
        if (st.st_size > MEDIA_VIDEO_BYTES_MAX)
                return err_set(err, -EFBIG, "larger than %d bytes", (int) MEDIA_VIDEO_BYTES_MAX);
        *ret = TAKE_FD(fd);
        return 0;
}

static int copy(int from, int to, ImportFile *f) {
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
                f->bytes += n;
                if (f->bytes > MEDIA_VIDEO_BYTES_MAX) /* it grew */
                        return -EFBIG;
                digest_update(&c, chunk, (size_t) n);
                r = to < 0 ? 0 : fs_write_all(to, chunk, (size_t) n);
                if (r < 0)
                        return r;
        }
        digest_final(&c, &f->digest);
        return 0;
}

static int open_copy(int lib_dir_fd, ImportFile *f, Err *err) {
        f->spool = al_import_spool_name();
        if (!f->spool)
                return err_errno(err, -ENOMEM, "cannot name a copy");
        f->fd = openat(lib_dir_fd, f->spool, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       SPOOL_MODE);
        return f->fd < 0 ? err_errno(err, -errno, "cannot copy it into the library") : 0;
}

int import_file_open(const char *path, int lib_dir_fd, bool dry_run, ImportFile *ret, Err *err) {
        _cleanup_(closep) int source = -1;
        int r;

        assert(path && ret);
        r = check_name(path, err);
        if (r >= 0)
                r = open_source(path, &source, err);
        if (r >= 0 && !dry_run)
                r = open_copy(lib_dir_fd, ret, err);
        if (r < 0)
                return r;
        r = copy(source, ret->fd, ret);
        if (r < 0)
                return err_errno(err, r, "cannot copy it");
        if (dry_run)
                ret->fd = TAKE_FD(source);
        return 0;
}

static bool is_text_name(const char *path) {
        size_t n = strlen(path);

        return n > 4 && (streq(path + n - 4, ".txt") || streq(path + n - 4, ".TXT"));
}

static int read_text(ImportFile *f, Err *err) {
        size_t n = (size_t) f->bytes;

        if (f->bytes > IMPORT_TEXT_MAX)
                return err_set(err, -EFBIG, "copy longer than %d bytes", (int) IMPORT_TEXT_MAX);
        f->text = calloc(1, n + 1);
        if (!f->text)
                return err_errno(err, -ENOMEM, "cannot read it");
        if (pread(f->fd, f->text, n, 0) != (ssize_t) n)
                return err_set(err, -EIO, "cannot read it");
        if (!utf8_is_valid(f->text, n))
                return err_set(err, -EBADMSG, "no UTF-8 text");
        f->kind = KIND_TEXT;
        f->info = (MediaInfo){.media_type = "text/plain", .ext = "txt"};
        return 0;
}

int import_file_look(ImportFile *f, const char *path, MediaWorker *worker, Err *err) {
        int r;

        assert(f && f->fd >= 0 && path && worker);
        if (is_text_name(path))
                return read_text(f, err);
        r = media_worker_probe(worker, f->fd, &f->info, err);
        if (r < 0)
                return r;
        f->kind = strncmp(f->info.media_type, "video/", 6) == 0 ? KIND_VIDEO : KIND_IMAGE;
        return 0;
}
