/* SPDX-License-Identifier: MIT */

#include "net/request_body.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "net/base64.h"
#include "support/fault.h"
#include "support/test.h"

/* A file of n bytes 0, 1, 2, ...; caller frees the path. */
static char *reference(const char *name, size_t n) {
        char *path = test_file(name, "");
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

        CHECK(fd >= 0);
        for (size_t i = 0; i < n; i++) {
                uint8_t byte = (uint8_t) i;

                CHECK_INT(pwrite(fd, &byte, 1, (off_t) i), 1);
        }
        (void) close(fd);
        return path;
}

/* Reads to the end in pieces of `room` and checks the length that was announced. */
static char *read_all(RequestBody *b, size_t room) {
        char *all = calloc(1, (size_t) request_body_length(b) + 1);
        size_t n = 0;
        Err err = {0};

        CHECK(all);
        for (;;) {
                char *piece = malloc(room); /* exact, so that a write beyond is seen */
                ssize_t r;

                CHECK(piece);
                r = request_body_read(b, piece, room, &err);
                CHECK_OK((int) r, &err);
                CHECK(n + (size_t) r <= (size_t) request_body_length(b));
                memcpy(all + n, piece, (size_t) r);
                n += (size_t) r;
                free(piece);
                if (r == 0)
                        break;
                CHECK(request_body_started(b));
        }
        CHECK_INT(n, request_body_length(b));
        return all;
}

static char *expected(size_t n, const char *before, const char *after) {
        uint8_t bytes[64];
        char text[BASE64_ENCODED(64) + 1], *all = NULL;

        for (size_t i = 0; i < n; i++)
                bytes[i] = (uint8_t) i;
        text[base64_encode(bytes, n, text)] = 0;
        CHECK(asprintf(&all, "%s%s%s", before, text, after) > 0);
        return all;
}

TEST(pieces_at_every_room) {
        char before[] = "{\"a\":\"", after[] = "\"}";

        for (size_t n = 0; n <= 13; n++) {
                _cleanup_(freep) char *path = reference("ref", n), *want = NULL;
                BodyPiece pieces[] = {{.text = before, .n = strlen(before)},
                                      {.file = path},
                                      {.text = after, .n = strlen(after)}};

                want = expected(n, before, after);
                for (size_t room = 1; room <= 40; room++) {
                        RequestBody *b = NULL;
                        char *got;
                        Err err = {0};

                        CHECK_OK(request_body_new(pieces, 3, &b, &err), &err);
                        CHECK(!request_body_started(b));
                        got = read_all(b, room);
                        CHECK_STR(got, want);
                        free(got);
                        CHECK(request_body_started(b));
                        (void) request_body_free(b);
                }
        }
}

TEST(raw_files_leave_as_they_are) {
        char before[] = "--x\r\n\r\n", after[] = "\r\n--x--";

        for (size_t n = 0; n <= 13; n++)
                for (size_t room = 1; room <= 40; room++) {
                        _cleanup_(freep) char *path = reference("raw", n);
                        BodyPiece pieces[] = {{.text = before, .n = strlen(before)},
                                              {.file = path, .raw = true},
                                              {.text = after, .n = strlen(after)}};
                        char got[64], dst[40];
                        RequestBody *b = NULL;
                        size_t total = 0;
                        ssize_t r;
                        Err err = {0};

                        CHECK_OK(request_body_new(pieces, 3, &b, &err), &err);
                        CHECK_INT(request_body_length(b), strlen(before) + n + strlen(after));
                        while ((r = request_body_read(b, dst, room, &err)) > 0) {
                                memcpy(got + total, dst, (size_t) r);
                                total += (size_t) r;
                        }
                        CHECK_INT(r, 0);
                        CHECK_INT(total, request_body_length(b));
                        for (size_t i = 0; i < n; i++)
                                CHECK_INT(got[strlen(before) + i], i);
                        CHECK(memcmp(got + strlen(before) + n, after, strlen(after)) == 0);
                        (void) request_body_free(b);
                }
}

TEST(empty_bodies) {
        BodyPiece nothing = {0};
        RequestBody *b = NULL;
        char byte;
        Err err = {0};

        CHECK_OK(request_body_new(NULL, 0, &b, &err), &err);
        CHECK_INT(request_body_length(b), 0);
        CHECK_INT(request_body_read(b, &byte, 1, &err), 0);
        (void) request_body_free(b);
        CHECK_OK(request_body_new(&nothing, 1, &b, &err), &err);
        CHECK_INT(request_body_read(b, &byte, 1, &err), 0);
        CHECK(!request_body_started(b));
        (void) request_body_free(b);
}

TEST(a_file_that_changes) {
        static const off_t sizes[] = {0, 9999, 20000, 20002, 40000};

        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                for (size_t early = 0; early <= 1; early++) {
                        _cleanup_(freep) char *path = reference("changing", 20001);
                        BodyPiece piece = {.file = path};
                        RequestBody *b = NULL;
                        char buffer[1000];
                        ssize_t r = 1;
                        Err err = {0};

                        CHECK_OK(request_body_new(&piece, 1, &b, &err), &err);
                        if (early)
                                CHECK_INT(request_body_read(b, buffer, sizeof buffer, &err), 1000);
                        CHECK_INT(truncate(path, sizes[i]), 0);
                        while (r > 0)
                                r = request_body_read(b, buffer, sizeof buffer, &err);
                        CHECK_INT(r, -ESTALE);
                        CHECK_HAS(err.text, "changed");
                        (void) request_body_free(b);
                }
}

TEST(a_file_that_goes) {
        _cleanup_(freep) char *path = reference("going", 10);
        BodyPiece piece = {.file = path};
        RequestBody *b = NULL;
        char buffer[100];
        Err err = {0};

        CHECK_OK(request_body_new(&piece, 1, &b, &err), &err);
        CHECK_INT(unlink(path), 0);
        CHECK_INT(request_body_read(b, buffer, sizeof buffer, &err), -ENOENT);
        (void) request_body_free(b);
        CHECK_INT(request_body_new(&piece, 1, &b, &err), -ENOENT);
        CHECK_HAS(err.text, "going");
}

TEST(no_regular_file) {
        _cleanup_(freep) char *fifo = test_path("fifo"), *directory = test_path("");
        BodyPiece piece = {.file = fifo};
        RequestBody *b = NULL;
        Err err = {0};

        CHECK_INT(mkfifo(fifo, 0600), 0);
        CHECK_INT(request_body_new(&piece, 1, &b, &err), -EINVAL);
        piece.file = directory;
        CHECK_INT(request_body_new(&piece, 1, &b, &err), -EINVAL);
}

TEST(limit) {
        const off_t most = (off_t) REQUEST_BODY_MAX / 4 * 3;
        _cleanup_(freep) char *path = reference("large", 0);
        BodyPiece piece = {.file = path};
        RequestBody *b = NULL;
        Err err = {0};

        CHECK_INT(truncate(path, most), 0); /* sparse */
        CHECK_OK(request_body_new(&piece, 1, &b, &err), &err);
        CHECK_INT(request_body_length(b), REQUEST_BODY_MAX);
        (void) request_body_free(b);
        CHECK_INT(truncate(path, most + 1), 0);
        CHECK_INT(request_body_new(&piece, 1, &b, &err), -E2BIG);
        CHECK_INT(truncate(path, INT64_C(1) << 40), 0);
        CHECK_INT(request_body_new(&piece, 1, &b, &err), -E2BIG);
}

TEST(every_failure) {
        _cleanup_(freep) char *path = reference("ref", 10);
        BodyPiece piece = {.file = path};
        unsigned n = 1;

        for (;; n++) {
                RequestBody *b = NULL;
                Err err = {0};
                int r;

                fault_arm(n, ENOMEM);
                r = request_body_new(&piece, 1, &b, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        (void) request_body_free(b);
                        break;
                }
                CHECK_INT(r, -ENOMEM);
                CHECK(!b);
        }
        CHECK(n > 2);
}
