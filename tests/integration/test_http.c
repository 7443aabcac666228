/* SPDX-License-Identifier: MIT */

/* Every end a call can have, against a server that does as told. */

#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "support/http_fixture.h"
#include "support/raw_server.h"
#include "support/test.h"

static const char *const paths[] = {"p[].data", NULL};

/* One call against a server that runs `serve` for each connection. */
static void run_one(RawServeFn serve, const char *body, HttpOptions *options, Ended *e) {
        RawServer *s = raw_server_new(serve, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/x?y");
        HttpCall call = fixture_call(url, body);
        Fixture f;

        call.payload_paths = paths;
        fixture_open(&f);
        fixture_run(&f, &call, options, e);
        CHECK_INT(http_in_flight(f.http), 0);
        fixture_close(&f);
        raw_server_free(s);
}

static void check_end(RawServeFn serve, const char *body, HttpEnd end, const char *why) {
        Ended e;

        run_one(serve, body, NULL, &e);
        if (e.end != end)
                test_fail(__FILE__, __LINE__, "end %d (%s), want %d", (int) e.end, e.err.text,
                          (int) end);
        if (why)
                CHECK_HAS(e.err.text, why);
        CHECK_INT(access(test_dir(), F_OK), 0);
        ended_done(&e);
}

static bool spooled(const char *name) {
        _cleanup_(freep) char *path = test_path(name);
        return access(path, F_OK) == 0;
}

static void serve_reply(RawConn *c) {
        while (raw_request(c)) {
                CHECK_HAS(c->head, " /x?y HTTP/1.1\r\n");
                CHECK_HAS(c->head, "User-Agent: pregen/");
                CHECK(!strcasestr(c->head, "Expect:"));
                CHECK(!strcasestr(c->head, "Accept-Encoding:"));
                CHECK_STR(c->body, strncmp(c->head, "POST", 4) == 0 ? "{\"a\":1}" : "");
                raw_reply(c, "200 OK", "Content-Type: application/json\r\nX-Request-Id: r1\r\n",
                          "{\"p\":[{\"data\":\"Zm9v\"}]}");
        }
}

TEST(whole_replies) {
        static const char *const bodies[] = {NULL, "{\"a\":1}"};

        for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
                _cleanup_(freep) char *path = test_path("spool.0");
                Ended e;

                run_one(serve_reply, bodies[i], NULL, &e);
                CHECK_INT(e.end, HTTP_END_REPLY);
                CHECK_INT(e.status, 200);
                CHECK_STR(e.content_type, "application/json");
                CHECK_STR(e.request_id, "r1");
                CHECK_INT(e.retry_after_ms, -1);
                CHECK_STR(e.envelope, "{\"p\":[{\"data\":\"payload:0\"}]}");
                CHECK_INT(e.n_payloads, 1);
                CHECK_INT(e.payloads[0].bytes, 3);
                CHECK_INT(unlink(path), 0); /* it stays, and is ours */
                ended_done(&e);
        }
}

static void serve_word(RawConn *c) {
        char body[32];

        (void) raw_request(c);
        (void) snprintf(body, sizeof body, "{\"word\":\"%.*s\"}", (int) strcspn(c->head, " "),
                        c->head);
        CHECK_STR(c->body, "");
        raw_reply(c, "200 OK", "", body);
}

TEST(other_methods) {
        static const char *const words[] = {"PUT", "DELETE"};

        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                RawServer *s = raw_server_new(serve_word, NULL);
                _cleanup_(freep) char *url = raw_server_url(s, "/x");
                HttpCall call = fixture_call(url, NULL);
                char expected[32];
                Fixture f;
                Ended e;

                call.method = words[i];
                (void) snprintf(expected, sizeof expected, "{\"word\":\"%s\"}", words[i]);
                fixture_open(&f);
                fixture_run(&f, &call, NULL, &e);
                CHECK_INT(e.status, 200);
                CHECK_STR(e.envelope, expected);
                ended_done(&e);
                fixture_close(&f);
                raw_server_free(s);
        }
}

static void serve_429(RawConn *c) {
        (void) raw_request(c);
        raw_reply(c, "429 Too Many Requests", "Retry-After: 3\r\n",
                  "{\"p\":[{\"data\":\"not base64\"}]}");
}

TEST(error_replies_are_replies) {
        Ended e;

        run_one(serve_429, "{}", NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_INT(e.status, 429);
        CHECK_INT(e.retry_after_ms, 3000);
        CHECK_STR(e.envelope, "{\"p\":[{\"data\":\"not base64\"}]}");
        CHECK_INT(e.n_payloads, 0);
        ended_done(&e);
}

static void serve_early_429(RawConn *c) {
        (void) raw_head(c);
        raw_puts(c, "HTTP/1.1 429 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
        raw_wait_gone(c);
}

TEST(reply_before_the_request_is_whole) {
        _cleanup_(freep) char *body = calloc(1, 16 * 1024 * 1024 + 1);
        Ended e;

        CHECK(body);
        memset(body, 'b', 16 * 1024 * 1024);
        run_one(serve_early_429, body, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_INT(e.status, 429);
        CHECK_STR(e.envelope, "no");
        ended_done(&e);
}

static void serve_chunked(RawConn *c) {
        static const char *const pieces[] = {
                "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 2",
                "00 OK\r\nTransfer-Encoding: chunk",
                "ed\r\n\r\n6\r\n{\"p\":", "[\r\n16\r\n{\"data\":\"Z\\u006d9v\"}]}",
                "\r\n0\r\n\r\n"};

        (void) raw_request(c);
        for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
                raw_puts(c, pieces[i]);
        raw_wait_gone(c);
}

TEST(chunked_after_an_interim_reply) {
        Ended e;

        run_one(serve_chunked, "{}", NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_INT(e.payloads[0].bytes, 3);
        CHECK_STR(e.envelope, "{\"p\":[{\"data\":\"payload:0\"}]}");
        ended_done(&e);
}

static void serve_until_close(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.0 200 OK\r\n\r\n{\"a\":\"until the end\"}");
}

TEST(length_by_close) {
        Ended e;

        run_one(serve_until_close, "{}", NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_STR(e.envelope, "{\"a\":\"until the end\"}");
        ended_done(&e);
}

static void serve_nothing(RawConn *c) {
        (void) raw_request(c);
}

static void serve_reset(RawConn *c) {
        (void) raw_request(c);
        raw_reset(c);
}

static void serve_short(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"p\":[{\"data\":\"Zm9v\"}");
}

static void serve_cut_chunk(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "17\r\n{\"p\":[{\"data\":\"Zm9v\"}]}\r\n");
}

static void serve_cut_json(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"p\":[{\"data\":\"Zm9v\"},");
}

static void serve_reset_in_body(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"p\":[{\"data\":\"Zm9v\"}");
        raw_reset(c);
}

static void serve_garbage(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "\x16\x03\x01 this is no HTTP\r\n\r\n");
}

TEST(lost) {
        static const RawServeFn serves[] = {serve_nothing,   serve_reset,         serve_short,
                                            serve_cut_chunk, serve_reset_in_body, serve_garbage};

        for (size_t i = 0; i < ARRAY_LEN(serves); i++)
                check_end(serves[i], "{}", HTTP_END_LOST, "no whole answer from '127.0.0.1'");
        check_end(serve_cut_json, "{}", HTTP_END_LOST, "ends in the middle");
        CHECK(!spooled("spool.0"));
}

static void serve_silence(RawConn *c) {
        (void) raw_request(c);
        raw_wait_gone(c);
}

TEST(timeout_after_the_request) {
        HttpOptions options = {.timeout_ms = 100};
        Ended e;

        run_one(serve_silence, "{}", &options, &e);
        CHECK_INT(e.end, HTTP_END_LOST);
        CHECK_INT(e.err.code, -ETIMEDOUT);
}

static void serve_bad_base64(RawConn *c) {
        (void) raw_request(c);
        raw_reply(c, "200 OK", NULL, "{\"p\":[{\"data\":\"Zm9v\"},{\"data\":\"Zm9\"}]}");
}

static void serve_long_envelope(RawConn *c) {
        _cleanup_(freep) char *text = calloc(1, REPLY_ENVELOPE_MAX + 2);

        CHECK(text);
        memset(text, '1', REPLY_ENVELOPE_MAX + 1);
        (void) raw_request(c);
        raw_reply(c, "200 OK", NULL, text);
}

static void serve_long_head(RawConn *c) {
        char line[1100];

        (void) raw_request(c);
        (void) snprintf(line, sizeof line, "X-Long: %01000d\r\n", 1);
        raw_puts(c, "HTTP/1.1 200 OK\r\n");
        for (unsigned i = 0; i < 40; i++)
                raw_puts(c, line);
        raw_puts(c, "Content-Length: 0\r\n\r\n");
}

TEST(unusable) {
        check_end(serve_bad_base64, "{}", HTTP_END_UNUSABLE, "padding");
        check_end(serve_long_envelope, "{}", HTTP_END_UNUSABLE, "256 KiB");
        check_end(serve_long_head, "{}", HTTP_END_UNUSABLE, "headers");
        CHECK(!spooled("spool.0"));
}

static _Atomic size_t poured;

/* Two gigabytes, as announced, while the client takes them. */
static void serve_two_gigabytes(RawConn *c) {
        const size_t all = 2147483648u;
        static char piece[64 * 1024];

        memset(piece, 'A', sizeof piece);
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n{\"p\":[{\"data\":\"");
        for (poured = 0; poured < all; poured += sizeof piece)
                if (send(c->fd, piece, sizeof piece, MSG_NOSIGNAL) != (ssize_t) sizeof piece)
                        return;
}

TEST(a_body_without_end_is_cut_at_the_limit) {
        check_end(serve_two_gigabytes, "{}", HTTP_END_UNUSABLE, "larger than 64 MiB");
        CHECK(poured < 128u * 1024 * 1024);
        CHECK(!spooled("spool.0"));
}

static void serve_long_error(RawConn *c) {
        _cleanup_(freep) char *text = calloc(1, REPLY_ENVELOPE_MAX + 2);

        CHECK(text);
        memset(text, 'e', REPLY_ENVELOPE_MAX + 1);
        (void) raw_request(c);
        raw_reply(c, "502 Bad Gateway", NULL, text);
}

TEST(long_error_bodies_are_cut) {
        Ended e;

        run_one(serve_long_error, "{}", NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        CHECK_INT(e.envelope_n, REPLY_ENVELOPE_MAX);
        CHECK(e.envelope_cut);
        ended_done(&e);
}

TEST(storage) {
        HttpOptions options = {.spool_stem = "missing/7", .spool_dir_fd = AT_FDCWD};
        Ended e;

        run_one(serve_reply, "{\"a\":1}", &options, &e);
        CHECK_INT(e.end, HTTP_END_STORAGE);
        CHECK_HAS(e.err.text, "missing/7.0");
        ended_done(&e);
}

/* 300 kB of payload */
static void serve_large(RawConn *c) {
        _cleanup_(freep) char *text = malloc(400 * 1024 + 32);

        CHECK(text);
        (void) raw_request(c);
        memset(text, 'A', 400 * 1024 + 32);
        memcpy(text, "{\"p\":[{\"data\":\"", 15);
        memcpy(text + 15 + 400 * 1024, "\"}]}", 5);
        raw_reply(c, "200 OK", NULL, text);
}

TEST(full_disk) {
        _cleanup_(freep) char *path = test_file("full/x", "");
        HttpOptions options = {.spool_stem = "7"};
        struct stat st;
        Ended e;

        *strrchr(path, '/') = 0;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
            mount("tmpfs", path, "tmpfs", 0, "size=128k") < 0) {
                test_skip("mounting is not permitted");
                return;
        }
        options.spool_dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(options.spool_dir_fd >= 0);
        run_one(serve_large, "{}", &options, &e);
        CHECK_INT(e.end, HTTP_END_STORAGE);
        CHECK_INT(e.err.code, -ENOSPC);
        CHECK_INT(fstatat(options.spool_dir_fd, "7.0", &st, 0), -1);
        (void) close(options.spool_dir_fd);
        CHECK_INT(umount(path), 0);
        ended_done(&e);
}

static void check_not_sent(const char *url, const char *origin, const char *why) {
        HttpOptions options = {.origin = origin};
        HttpCall call = fixture_call(url, "{}");
        Fixture f;
        Ended e;

        fixture_open(&f);
        fixture_run(&f, &call, &options, &e);
        if (e.end != HTTP_END_NOT_SENT)
                test_fail(__FILE__, __LINE__, "%s: end %d (%s)", url, (int) e.end, e.err.text);
        CHECK_HAS(e.err.text, why);
        ended_done(&e);
        fixture_close(&f);
}

TEST(nobody_listens) {
        RawServer *s = raw_server_new(serve_nothing, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");

        raw_server_free(s);
        check_not_sent(url, NULL, "cannot reach '127.0.0.1'");
}

TEST(no_such_name) {
        check_not_sent("https://nothing.invalid/", "https://api.example",
                       "cannot reach 'nothing.invalid'");
}

static void serve_no_tls(RawConn *c) {
        raw_puts(c, "HTTP/1.1 400 this is plain http\r\n\r\n");
        raw_wait_gone(c);
}

TEST(tls_fails) {
        RawServer *s = raw_server_new(serve_no_tls, NULL);
        _cleanup_(freep) char *url = NULL;

        CHECK(asprintf(&url, "https://localhost:%d/", raw_server_port(s)) > 0);
        check_not_sent(url, NULL, "cannot reach 'localhost'");
        raw_server_free(s);
}

/* curl's own call lands here: "rebind.example" turns out to be this machine, "metadata.example" the
 * place where clouds keep their secrets. */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *req,
                                                       struct addrinfo **pai) {
        int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

        *(void **) &real = dlsym(RTLD_NEXT, "getaddrinfo");
        if (streq(name, "rebind.example"))
                name = "127.0.0.1";
        else if (streq(name, "metadata.example"))
                name = "169.254.169.254";
        return real(name, service, req, pai);
}

TEST(address_is_checked_after_dns) {
        check_not_sent("https://rebind.example:9/", "https://api.example", "is at 127.0.0.1");
        check_not_sent("https://metadata.example:9/", "https://api.example", "no public address");
        check_not_sent("https://metadata.example:9/", "http://127.0.0.1", "no public address");
        check_not_sent("https://rebind.example:9/", "http://127.0.0.1", "cannot reach");
}

static int start_fails(const char *url, const char *origin, Err *err) {
        HttpOptions options = {.origin = origin};
        HttpCall call = fixture_call(url, "{}");
        ProviderCall rest = {0};
        Fixture f;
        Ended e;
        int r;

        fixture_open(&f);
        r = fixture_start(&f, &call, &options, &e);
        CHECK(r < 0);
        *err = e.err;
        CHECK_INT(http_in_flight(f.http), 0);
        rest.http = call; /* still ours */
        CHECK(rest.http.url);
        provider_call_done(&rest);
        fixture_close(&f);
        return r;
}

TEST(refused_before_anything_happens) {
        Err err;

        CHECK_INT(start_fails("http://127.0.0.1:9/", "https://api.example", &err), -EACCES);
        CHECK_INT(start_fails("https://127.0.0.1:9/", "https://api.example", &err), -EACCES);
        CHECK_INT(start_fails("https://0x7f.1:9/", "https://api.example", &err), -EACCES);
        CHECK_INT(start_fails("https://169.254.169.254/", "http://127.0.0.1", &err), -EACCES);
        CHECK_INT(start_fails("http://example.com/", "http://127.0.0.1", &err), -EACCES);
        CHECK_INT(start_fails("file:///etc/passwd", "http://127.0.0.1", &err), -EINVAL);
        CHECK_INT(start_fails("https://a@example.com/", "https://example.com", &err), -EINVAL);
        CHECK_INT(start_fails("https://example.com/", "example.com", &err), -EINVAL);
        CHECK_HAS(err.text, "base_url");
}

TEST(headers_with_line_breaks) {
        HttpCall call = fixture_call("http://127.0.0.1:9/", "{}");
        ProviderCall rest = {0};
        Fixture f;
        Ended e;

        CHECK_INT(strv_add(&call.headers, "X: y\r\nx-goog-api-key: z"), 0);
        fixture_open(&f);
        CHECK_INT(fixture_start(&f, &call, NULL, &e), -EINVAL);
        rest.http = call;
        provider_call_done(&rest);
        fixture_close(&f);
}
