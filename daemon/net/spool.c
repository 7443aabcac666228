/* SPDX-License-Identifier: MIT */

#include "net/spool.h"

#include <fcntl.h>

#include "base/fs.h"
#include "net/base64.h"

enum {
        SPOOL_MODE = 0640,
        SPOOL_ROOM_MIN = 64, /* below this a piece is written out first */
};

struct Spool {
        int dir_fd; /* borrowed */
        int fd;
        char *path;
        bool finished;
        Base64Decoder decoder;
        DigestContext digest;
        int64_t bytes; /* written; the buffer is not counted */
        size_t used;
        uint8_t buffer[SPOOL_BUFFER];
};

/* O_EXCL: a name that exists is a leftover of an attempt that was cut off, and is replaced, so that
 * nothing ever writes through another's file or link. */
static int open_new(int dir_fd, const char *path) {
        const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        int fd = fs_open_beneath(dir_fd, path, flags, SPOOL_MODE);

        if (fd != -EEXIST)
                return fd;
        if (unlinkat(dir_fd, path, 0) < 0)
                return -errno;
        return fs_open_beneath(dir_fd, path, flags, SPOOL_MODE);
}

int spool_new(int dir_fd, const char *path, Spool **ret, Err *err) {
        _cleanup_(spool_freep) Spool *s = NULL;

        assert(dir_fd >= 0 || dir_fd == AT_FDCWD);
        assert(path);
        assert(ret);
        s = malloc(sizeof *s);
        if (!s)
                return err_set(err, -ENOMEM, "out of memory for spool file '%s'", path);
        s->dir_fd = dir_fd;
        s->fd = -1;
        s->finished = false;
        s->decoder = (Base64Decoder){0};
        s->bytes = 0;
        s->used = 0;
        digest_init(&s->digest);
        s->path = strdup(path);
        if (!s->path)
                return err_set(err, -ENOMEM, "out of memory for spool file '%s'", path);
        s->fd = open_new(dir_fd, path);
        if (s->fd < 0)
                return err_errno(err, s->fd, "cannot create spool file '%s'", path);
        *ret = TAKE_PTR(s);
        return 0;
}

Spool *spool_free(Spool *s) {
        if (!s)
                return NULL;
        if (s->fd >= 0) {
                (void) close(s->fd);
                if (!s->finished)
                        (void) unlinkat(s->dir_fd, s->path, 0);
        }
        free(s->path);
        free(s);
        return NULL;
}

/* Writes the first n bytes of the buffer. */
static StreamEnd flush(Spool *s, size_t n, Err *err) {
        int r;

        assert(n <= s->used);
        if (n == 0)
                return STREAM_OK;
        if (s->bytes + (int64_t) n > REPLY_PAYLOAD_MAX) {
                (void) err_set(err, -EFBIG, "a picture or video in the reply is larger than %d MiB",
                               REPLY_PAYLOAD_MAX / (1024 * 1024));
                return STREAM_UNUSABLE;
        }
        digest_update(&s->digest, s->buffer, n);
        r = fs_write_all(s->fd, s->buffer, n);
        if (r < 0) {
                (void) err_errno(err, r, "cannot write spool file '%s'", s->path);
                return STREAM_STORAGE;
        }
        s->bytes += (int64_t) n;
        s->used -= n;
        memmove(s->buffer, s->buffer + n, s->used);
        return STREAM_OK;
}

StreamEnd spool_base64(Spool *s, const char *in, size_t n, Err *err) {
        assert(s);
        assert(in || n == 0);
        while (n > 0) {
                size_t room = SPOOL_BUFFER - s->used, piece, got;

                if (room < SPOOL_ROOM_MIN) {
                        StreamEnd end = flush(s, SPOOL_PIECE, err);

                        if (end != STREAM_OK)
                                return end;
                        continue;
                }
                piece = MIN_OF(n, room / 3 * 4 - 3);
                if (base64_decode(&s->decoder, in, piece, s->buffer + s->used, &got) < 0) {
                        (void) err_set(err, -EBADMSG, "the reply's base64 is broken");
                        return STREAM_UNUSABLE;
                }
                s->used += got;
                in += piece;
                n -= piece;
        }
        return STREAM_OK;
}

StreamEnd spool_raw(Spool *s, const void *in, size_t n, Err *err) {
        const uint8_t *p = in;

        assert(s);
        assert(in || n == 0);
        while (n > 0) {
                size_t piece = MIN_OF(n, SPOOL_BUFFER - s->used);

                if (piece == 0) {
                        StreamEnd end = flush(s, SPOOL_PIECE, err);

                        if (end != STREAM_OK)
                                return end;
                        continue;
                }
                memcpy(s->buffer + s->used, p, piece);
                s->used += piece;
                p += piece;
                n -= piece;
        }
        return STREAM_OK;
}

StreamEnd spool_finish(Spool *s, ReplyPayload *ret, Err *err) {
        StreamEnd end;
        int fd, r;

        assert(s);
        assert(ret);
        assert(!s->finished);
        if (base64_decode_end(&s->decoder) < 0) {
                (void) err_set(err, -EBADMSG, "the reply's base64 ends without its padding");
                return STREAM_UNUSABLE;
        }
        end = flush(s, s->used, err);
        if (end != STREAM_OK)
                return end;
        fd = TAKE_FD(s->fd);
        r = close(fd) < 0 ? -errno : 0;
        if (r < 0) { /* some file systems tell a full disk only now */
                (void) unlinkat(s->dir_fd, s->path, 0);
                (void) err_errno(err, r, "cannot write spool file '%s'", s->path);
                return STREAM_STORAGE;
        }
        s->finished = true;
        digest_final(&s->digest, &ret->digest);
        ret->bytes = s->bytes;
        return STREAM_OK;
}
