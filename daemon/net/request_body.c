/* SPDX-License-Identifier: MIT */

#include "net/request_body.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "net/base64.h"

enum {
        GROUP_BYTES = 3,
        GROUP_CHARS = 4,
        READ_BUFFER = 12 * 1024, /* a multiple of GROUP_BYTES */
};

struct RequestBody {
        const BodyPiece *pieces; /* borrowed */
        size_t n;
        int64_t length;
        int64_t *sizes; /* of the files, as counted in `length` */

        size_t piece;           /* the one that leaves now */
        int64_t offset;         /* bytes of it that are done; of a file before encoding */
        int fd;                 /* of a file piece */
        char rest[GROUP_CHARS]; /* encoded, but there was no room for it */
        size_t rest_n;
        bool started;
};

static int changed(Err *err, const char *path) {
        return err_set(err, -ESTALE, "reference '%s' changed while it was being sent", path);
}

static int open_reference(const char *path, int *ret_fd, int64_t *ret_size, Err *err) {
        _cleanup_(closep) int fd = -1;
        struct stat st;

        /* O_NONBLOCK: a FIFO in its place must not hang the loop. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return err_errno(err, -errno, "cannot read reference '%s'", path);
        if (fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot read reference '%s'", path);
        if (!S_ISREG(st.st_mode))
                return err_set(err, -EINVAL, "reference '%s' is no regular file", path);
        *ret_size = st.st_size;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static int measure(RequestBody *b, Err *err) {
        for (size_t i = 0; i < b->n; i++) {
                int64_t chars = (int64_t) b->pieces[i].n;

                if (b->pieces[i].file) {
                        _cleanup_(closep) int fd = -1;
                        int r = open_reference(b->pieces[i].file, &fd, &b->sizes[i], err);

                        if (r < 0)
                                return r;
                        chars = b->sizes[i] > REQUEST_BODY_MAX ? REQUEST_BODY_MAX + INT64_C(1)
                                : b->pieces[i].raw             ? b->sizes[i]
                                                               : BASE64_ENCODED(b->sizes[i]);
                }
                b->length += chars;
                if (b->length > REQUEST_BODY_MAX)
                        return err_set(err, -E2BIG,
                                       "the request is larger than %d MiB: use fewer or smaller "
                                       "references",
                                       REQUEST_BODY_MAX / (1024 * 1024));
        }
        return 0;
}

int request_body_new(const BodyPiece *pieces, size_t n, RequestBody **ret, Err *err) {
        _cleanup_(request_body_freep) RequestBody *b = NULL;
        int r;

        assert(pieces || n == 0);
        assert(ret);
        b = calloc(1, sizeof *b);
        if (!b)
                return err_set(err, -ENOMEM, "out of memory for the request");
        b->fd = -1;
        b->pieces = pieces;
        b->n = n;
        b->sizes = calloc(n + 1, sizeof *b->sizes);
        if (!b->sizes)
                return err_set(err, -ENOMEM, "out of memory for the request");
        r = measure(b, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(b);
        return 0;
}

RequestBody *request_body_free(RequestBody *b) {
        if (!b)
                return NULL;
        closep(&b->fd);
        free(b->sizes);
        free(b);
        return NULL;
}

int64_t request_body_length(const RequestBody *b) {
        assert(b);
        return b->length;
}

bool request_body_started(const RequestBody *b) {
        assert(b);
        return b->started;
}

static void next_piece(RequestBody *b) {
        closep(&b->fd);
        b->fd = -1;
        b->offset = 0;
        b->piece++;
}

/* Exactly n bytes from the current place of the file. */
static int read_exactly(RequestBody *b, uint8_t *buffer, size_t n, const char *path, Err *err) {
        size_t got = 0;

        while (got < n) {
                ssize_t r = pread(b->fd, buffer + got, n - got, b->offset + (int64_t) got);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r < 0)
                        return err_errno(err, -errno, "cannot read reference '%s'", path);
                if (r == 0)
                        return changed(err, path);
                got += (size_t) r;
        }
        return 0;
}

static int begin_file(RequestBody *b, const char *path, Err *err) {
        int64_t size;
        int r;

        if (b->fd >= 0)
                return 0;
        r = open_reference(path, &b->fd, &size, err);
        if (r < 0)
                return r;
        return size == b->sizes[b->piece] ? 0 : changed(err, path);
}

/* The file was read to the size it had: it must still have it. */
static int end_file(RequestBody *b, const char *path, Err *err) {
        struct stat st;

        if (fstat(b->fd, &st) < 0)
                return err_errno(err, -errno, "cannot read reference '%s'", path);
        return st.st_size == b->sizes[b->piece] ? 0 : changed(err, path);
}

/* The next n bytes of the file, which ends its piece when they are its last. */
static int take_bytes(RequestBody *b, uint8_t *buffer, size_t n, const char *path, Err *err) {
        int r = read_exactly(b, buffer, n, path, err);

        if (r < 0)
                return r;
        b->offset += (int64_t) n;
        if (b->offset < b->sizes[b->piece])
                return 0;
        r = end_file(b, path, err);
        if (r >= 0)
                next_piece(b);
        return r;
}

static ssize_t read_raw(RequestBody *b, char *dst, size_t room, const char *path, Err *err) {
        size_t n = (size_t) MIN_OF((int64_t) room, b->sizes[b->piece] - b->offset);
        int r = take_bytes(b, (uint8_t *) dst, n, path, err);

        return r < 0 ? r : (ssize_t) n;
}

static ssize_t read_encoded(RequestBody *b, char *dst, size_t room, const char *path, Err *err) {
        uint8_t buffer[READ_BUFFER];
        char group[GROUP_CHARS];
        size_t n, used;
        int r;

        n = MIN_OF(sizeof buffer, MAX_OF(room / GROUP_CHARS, (size_t) 1) * GROUP_BYTES);
        n = (size_t) MIN_OF((int64_t) n, b->sizes[b->piece] - b->offset);
        r = take_bytes(b, buffer, n, path, err);
        if (r < 0)
                return r;
        if (room >= GROUP_CHARS)
                return (ssize_t) base64_encode(buffer, n, dst);
        used = MIN_OF(room, base64_encode(buffer, n, group));
        memcpy(dst, group, used);
        b->rest_n = n > 0 ? GROUP_CHARS - used : 0;
        memcpy(b->rest, group + used, b->rest_n);
        return (ssize_t) used;
}

static ssize_t read_file(RequestBody *b, char *dst, size_t room, Err *err) {
        const BodyPiece *piece = &b->pieces[b->piece];
        int r = begin_file(b, piece->file, err);

        if (r < 0)
                return r;
        return piece->raw ? read_raw(b, dst, room, piece->file, err)
                          : read_encoded(b, dst, room, piece->file, err);
}

static size_t read_text(RequestBody *b, char *dst, size_t room) {
        const BodyPiece *piece = &b->pieces[b->piece];
        size_t n = MIN_OF(room, piece->n - (size_t) b->offset);

        if (n > 0)
                memcpy(dst, piece->text + b->offset, n);
        b->offset += (int64_t) n;
        if ((size_t) b->offset == piece->n)
                next_piece(b);
        return n;
}

static size_t read_rest(RequestBody *b, char *dst, size_t room) {
        size_t n = MIN_OF(room, b->rest_n);

        memcpy(dst, b->rest, n);
        memmove(b->rest, b->rest + n, b->rest_n - n);
        b->rest_n -= n;
        return n;
}

ssize_t request_body_read(RequestBody *b, char *dst, size_t room, Err *err) {
        size_t done = 0;

        assert(b);
        assert(dst);
        assert(room > 0);
        while (done < room && (b->rest_n > 0 || b->piece < b->n)) {
                ssize_t r;

                if (b->rest_n > 0)
                        r = (ssize_t) read_rest(b, dst + done, room - done);
                else if (b->pieces[b->piece].file)
                        r = read_file(b, dst + done, room - done, err);
                else
                        r = (ssize_t) read_text(b, dst + done, room - done);
                if (r < 0)
                        return r;
                done += (size_t) r;
        }
        b->started = b->started || done > 0;
        return (ssize_t) done;
}
