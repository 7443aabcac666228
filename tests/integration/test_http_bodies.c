/* SPDX-License-Identifier: MIT */

/* Large bodies both ways: payloads that come in pieces, and reference pictures that leave as
 * base64. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "net/base64.h"
#include "support/http_fixture.h"
#include "support/raw_server.h"
#include "support/test.h"

static const char *const paths[] = {"p[].data", NULL};

/* 25 MB of base64 out of a small buffer. */
enum {
        LARGE = 18 * 1024 * 1024,
};

static void fill(uint8_t *buffer, size_t n, size_t at) {
        for (size_t i = 0; i < n; i++)
                buffer[i] = (uint8_t) ((at + i) * 2654435761U >> 13);
}

static void serve_25_mb(RawConn *c) {
        uint8_t bytes[3072];
        char text[4096], head[256];

        (void) raw_request(c);
        (void) snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n{\"p\":[{\"data\":\"",
                        15 + LARGE / 3 * 4 + 4);
        raw_puts(c, head);
        for (size_t at = 0; at < LARGE; at += sizeof bytes) {
                fill(bytes, sizeof bytes, at);
                raw_send(c, text, base64_encode(bytes, sizeof bytes, text));
        }
        raw_puts(c, "\"}]}");
}

TEST(a_large_payload) {
        RawServer *s = raw_server_new(serve_25_mb, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        HttpCall call = fixture_call(url, "{}");
        DigestContext context;
        struct stat st;
        Digest want;
        Fixture f;
        Ended e;

        fixture_open(&f);
        call.payload_paths = paths;
        fixture_run(&f, &call, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_INT(e.payloads[0].bytes, LARGE);
        CHECK(f.turns > LARGE / (512 * 1024)); /* no turn of the loop takes more than its share */
        digest_init(&context);
        for (size_t at = 0; at < LARGE; at += 3072) {
                uint8_t bytes[3072];

                fill(bytes, sizeof bytes, at);
                digest_update(&context, bytes, sizeof bytes);
        }
        digest_final(&context, &want);
        CHECK(digest_equal(&want, &e.payloads[0].digest));
        CHECK_INT(fstatat(f.dir_fd, "spool.0", &st, 0), 0);
        CHECK_INT(st.st_size, LARGE);
        CHECK_INT(unlinkat(f.dir_fd, "spool.0", 0), 0);
        ended_done(&e);
        fixture_close(&f);
        raw_server_free(s);
}

/* 1 MiB of payload with one bad character; so fast that curl has to be held back on the way. */
static void serve_bad(RawConn *c) {
        static const size_t n = 1024 * 1024;
        const size_t *at = c->userdata;
        _cleanup_(freep) char *text = malloc(n);
        char head[128];

        CHECK(text);
        memset(text, 'A', n);
        text[*at] = '*';
        (void) raw_request(c);
        (void) snprintf(head, sizeof head,
                        "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n{\"p\":[{\"data\":\"",
                        15 + n + 4);
        raw_puts(c, head);
        raw_send(c, text, n);
        raw_puts(c, "\"}]}");
}

TEST(a_failure_after_being_held_back) {
        for (size_t at = 0; at < 1024 * 1024; at += 8192) {
                RawServer *s = raw_server_new(serve_bad, &at);
                _cleanup_(freep) char *url = raw_server_url(s, "/");
                HttpCall call = fixture_call(url, "{}");
                Fixture f;
                Ended e;

                fixture_open(&f);
                call.payload_paths = paths;
                fixture_run(&f, &call, NULL, &e);
                CHECK_INT(e.end, HTTP_END_UNUSABLE);
                CHECK_HAS(e.err.text, "base64");
                CHECK_INT(faccessat(f.dir_fd, "spool.0", F_OK, 0), -1);
                fixture_close(&f);
                raw_server_free(s);
        }
}

/* The body of the first request must be what the pieces say. */
static void serve_echo_length(RawConn *c) {
        char text[32];

        if (!raw_request(c))
                return;
        (void) snprintf(text, sizeof text, "%zu", c->body_n);
        CHECK(strspn(c->body + 1, "A") == c->body_n - 2); /* base64 of zeros, in brackets */
        raw_reply(c, "200 OK", NULL, text);
}

static HttpCall call_with_file(const char *url, const char *path) {
        HttpCall call = fixture_call(url, "[");

        call.body = reallocarray(call.body, 3, sizeof *call.body);
        CHECK(call.body);
        call.body[1] = (BodyPiece){.file = strdup(path)};
        call.body[2] = (BodyPiece){.text = strdup("]"), .n = 1};
        call.n_body = 3;
        return call;
}

TEST(references_leave_as_base64) {
        RawServer *s = raw_server_new(serve_echo_length, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *path = test_file("ref", "");
        HttpCall call = call_with_file(url, path);
        Fixture f;
        Ended e;

        CHECK_INT(truncate(path, 3000000), 0);
        fixture_open(&f);
        fixture_run(&f, &call, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_STR(e.envelope, "4000002");
        ended_done(&e);
        fixture_close(&f);
        raw_server_free(s);
}

/* Shortens the file when a part of it is on its way, then takes the rest. */
static void serve_shorten(RawConn *c) {
        (void) raw_head(c);
        CHECK_INT(truncate(c->userdata, 1000), 0);
        raw_wait_gone(c);
}

TEST(a_reference_that_changes_stops_the_request) {
        _cleanup_(freep) char *path = test_file("ref", "");
        RawServer *s = raw_server_new(serve_shorten, path);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        HttpCall call = call_with_file(url, path);
        Fixture f;
        Ended e;

        CHECK_INT(truncate(path, 60 * 1024 * 1024), 0);
        fixture_open(&f);
        fixture_run(&f, &call, NULL, &e);
        CHECK_INT(e.end, HTTP_END_NOT_SENT);
        CHECK_HAS(e.err.text, "changed");
        fixture_close(&f);
        raw_server_free(s);
}
