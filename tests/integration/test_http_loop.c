/* SPDX-License-Identifier: MIT */

/* Transfers as citizens of the loop: many at a time, dropped at any moment, woken only when there
 * is something to do, and what is left of them when libcurl or memory fails. */

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "net/base64.h"
#include "support/fault.h"
#include "support/http_fixture.h"
#include "support/raw_server.h"
#include "support/test.h"

enum {
        MANY = 200,
};

static const char *const paths[] = {"p[].data", NULL};

static void serve_keep(RawConn *c) {
        while (raw_request(c))
                raw_reply(c, "200 OK", NULL, "{\"p\":[{\"data\":\"Zm9v\"}]}");
}

static void serve_silence(RawConn *c) {
        (void) raw_request(c);
        raw_wait_gone(c);
}

TEST(many_at_a_time) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        static Ended ended[MANY];
        Fixture f;

        fixture_open(&f);
        for (unsigned i = 0; i < MANY; i++) {
                HttpCall call = fixture_call(url, "{}");
                char stem[16];
                HttpOptions options = {.origin = url, .spool_stem = stem};

                (void) snprintf(stem, sizeof stem, "many%u", i);
                options.spool_dir_fd = f.dir_fd;
                call.payload_paths = paths;
                CHECK_OK(fixture_start(&f, &call, &options, &ended[i]), &ended[i].err);
                CHECK_INT(http_in_flight(f.http), i + 1);
        }
        for (unsigned i = 0; i < MANY; i++) {
                fixture_wait(&f, &ended[i]);
                CHECK_INT(ended[i].end, HTTP_END_REPLY);
                CHECK_INT(ended[i].n_payloads, 1);
                ended[i].transfer = transfer_free(ended[i].transfer);
                ended_done(&ended[i]);
        }
        CHECK_INT(http_in_flight(f.http), 0);
        CHECK_INT(raw_server_requests(s), MANY);
        fixture_close(&f);
        raw_server_free(s);
}

TEST(limit_of_transfers) {
        Transfer *transfers[HTTP_TRANSFERS_MAX] = {NULL};
        const char *url = "http://127.0.0.1:9/";
        Fixture f;
        Ended e;

        fixture_open(&f);
        for (unsigned i = 0; i <= HTTP_TRANSFERS_MAX; i++) {
                HttpCall call = fixture_call(url, NULL);
                int r = fixture_start(&f, &call, NULL, &e);

                CHECK_INT(r, i < HTTP_TRANSFERS_MAX ? 0 : -EBUSY);
                if (r < 0) {
                        ProviderCall rest = {.http = call};

                        provider_call_done(&rest);
                } else
                        transfers[i] = e.transfer;
        }
        for (unsigned i = 0; i < HTTP_TRANSFERS_MAX; i++)
                (void) transfer_free(transfers[i]);
        CHECK_INT(http_in_flight(f.http), 0);
        fixture_close(&f);
}

/* A callback that frees what it is told to. */
typedef struct Dropper {
        Transfer *self, *other;
        Http *http;
        unsigned calls;
} Dropper;

static void on_done_drop(Transfer *t, const HttpResult *result, void *userdata) {
        Dropper *d = userdata;

        CHECK_INT(result->end, HTTP_END_REPLY);
        d->calls++;
        d->other = transfer_free(d->other);
        if (d->http)
                d->http = http_free(d->http);
        d->self = transfer_free(d->self);
}

static Transfer *start_drop(Fixture *f, const char *url, Dropper *d) {
        HttpCall call = fixture_call(url, "{}");
        HttpOptions options = {.origin = url, .timeout_ms = 30000, .spool_stem = "drop"};
        Transfer *t = NULL;
        Err err = {0};

        options.spool_dir_fd = f->dir_fd;
        CHECK_OK(http_start(f->http, &call, &options, on_done_drop, d, &t, &err), &err);
        return t;
}

static void wait_calls(Fixture *f, const Dropper *d, unsigned calls) {
        while (d->calls < calls)
                CHECK(sd_event_run(f->event, 30 * 1000 * 1000) > 0);
}

TEST(dropped_from_its_own_callback) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Dropper d = {0};
        Fixture f;

        fixture_open(&f);
        d.self = start_drop(&f, url, &d);
        wait_calls(&f, &d, 1);
        CHECK(!d.self);
        fixture_close(&f);
        raw_server_free(s);
}

TEST(dropped_from_the_callback_of_another) {
        RawServer *s = raw_server_new(serve_keep, NULL),
                  *mute = raw_server_new(serve_silence, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *mute_url = raw_server_url(mute, "/");
        Dropper d = {0}, never = {0};
        Fixture f;

        fixture_open(&f);
        d.other = start_drop(&f, mute_url, &never);
        d.self = start_drop(&f, url, &d);
        wait_calls(&f, &d, 1);
        CHECK_INT(http_in_flight(f.http), 0);
        /* and one that is over, but not yet told: both ends are in the same turn of the loop */
        d.other = start_drop(&f, url, &never);
        d.self = start_drop(&f, url, &d);
        never.self = NULL;
        while (d.calls < 2 && never.calls == 0)
                CHECK(sd_event_run(f.event, 30 * 1000 * 1000) > 0);
        if (never.calls == 0)
                CHECK(!d.other);
        else { /* it came first: it must not be freed twice */
                (void) transfer_free(TAKE_PTR(d.other));
                wait_calls(&f, &d, 2);
        }
        fixture_close(&f);
        raw_server_free(s);
        raw_server_free(mute);
}

TEST(everything_freed_from_a_callback) {
        RawServer *s = raw_server_new(serve_keep, NULL),
                  *mute = raw_server_new(serve_silence, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *mute_url = raw_server_url(mute, "/");
        Dropper d = {0}, never = {0};
        Transfer *orphan;
        Fixture f;

        fixture_open(&f);
        orphan = start_drop(&f, mute_url, &never);
        d.http = f.http;
        d.self = start_drop(&f, url, &d);
        wait_calls(&f, &d, 1);
        f.http = NULL;
        CHECK(!d.http);
        (void) transfer_free(orphan); /* after its Http: only memory is left of it */
        CHECK_INT(never.calls, 0);
        fixture_close(&f);
        raw_server_free(s);
        raw_server_free(mute);
}

static void serve_half(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"p\":[{\"data\":\"Zm9v\"},");
        raw_wait_gone(c);
}

TEST(dropped_in_the_middle_of_a_payload) {
        RawServer *s = raw_server_new(serve_half, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *file = test_path("spool.0");
        HttpCall call = fixture_call(url, "{}");
        Fixture f;
        Ended e;

        fixture_open(&f);
        call.payload_paths = paths;
        CHECK_OK(fixture_start(&f, &call, NULL, &e), &e.err);
        while (access(file, F_OK) != 0)
                CHECK(sd_event_run(f.event, 30 * 1000 * 1000) > 0);
        (void) transfer_free(e.transfer);
        CHECK_INT(access(file, F_OK), -1);
        CHECK(!e.done);
        fixture_close(&f);
        raw_server_free(s);
}

/* While a provider thinks, nobody is woken. */
TEST(no_busy_loop) {
        RawServer *s = raw_server_new(serve_silence, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        HttpOptions options = {.origin = url, .timeout_ms = 300};
        HttpCall call = fixture_call(url, "{}");
        Fixture f;
        Ended e;

        fixture_open(&f);
        fixture_run(&f, &call, &options, &e);
        CHECK_INT(e.end, HTTP_END_LOST);
        if (f.turns > 40)
                test_fail(__FILE__, __LINE__, "%u turns of the loop in 300 ms", f.turns);
        fixture_close(&f);
        raw_server_free(s);
}

/* The one relative timer is the stall timer: its minute becomes a moment here. */
int __real_sd_event_source_set_time_relative(sd_event_source *s, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *s, uint64_t usec);
int __wrap_sd_event_source_set_time_relative(sd_event_source *s, uint64_t usec) {
        CHECK_INT(usec, HTTP_LOW_SPEED_SECONDS * 1000000LL);
        return __real_sd_event_source_set_time_relative(s, 50000);
}

TEST(stalled_replies_are_given_up) {
        RawServer *s = raw_server_new(serve_half, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *file = test_path("spool.0");
        HttpCall call = fixture_call(url, "{}");
        Fixture f;
        Ended e;

        fixture_open(&f);
        call.payload_paths = paths;
        fixture_run(&f, &call, NULL, &e);
        CHECK_INT(e.end, HTTP_END_LOST);
        CHECK_HAS(e.err.text, "stalled");
        CHECK_INT(access(file, F_OK), -1);
        fixture_close(&f);
        raw_server_free(s);
}

static void serve_interim(RawConn *c) {
        (void) raw_request(c);
        raw_puts(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
        raw_wait_gone(c);
}

TEST(silence_before_the_first_byte_is_no_stall) {
        static const RawServeFn serves[] = {serve_silence, serve_interim};

        for (size_t i = 0; i < ARRAY_LEN(serves); i++) {
                RawServer *s = raw_server_new(serves[i], NULL);
                _cleanup_(freep) char *url = raw_server_url(s, "/");
                HttpOptions options = {.origin = url, .timeout_ms = 300};
                HttpCall call = fixture_call(url, "{}");
                Fixture f;
                Ended e;

                fixture_open(&f);
                fixture_run(&f, &call, &options, &e);
                CHECK_INT(e.err.code, -ETIMEDOUT);
                CHECK(!strstr(e.err.text, "stalled"));
                fixture_close(&f);
                raw_server_free(s);
        }
}

static unsigned break_multi; /* calls until libcurl reports a broken multi handle; 0 = never */

CURLMcode __real_curl_multi_socket_action(CURLM *m, curl_socket_t fd, int mask, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *m, curl_socket_t fd, int mask, int *running);
CURLMcode __wrap_curl_multi_socket_action(CURLM *m, curl_socket_t fd, int mask, int *running) {
        CURLMcode code = __real_curl_multi_socket_action(m, fd, mask, running);

        return break_multi > 0 && --break_multi == 0 ? CURLM_INTERNAL_ERROR : code;
}

/* Three calls that are never answered; the at-th word to libcurl breaks it. False when they did not
 * take that many. */
static bool break_at(unsigned at, const char *url, const char *good_url) {
        HttpOptions options = {.origin = url, .timeout_ms = 200};
        Ended ended[3], e;
        HttpCall call;
        bool broken;
        Fixture f;

        fixture_open(&f);
        for (unsigned i = 0; i < ARRAY_LEN(ended); i++) {
                call = fixture_call(url, "{}");
                CHECK_OK(fixture_start(&f, &call, &options, &ended[i]), &ended[i].err);
        }
        break_multi = at;
        for (unsigned i = 0; i < ARRAY_LEN(ended); i++)
                fixture_wait(&f, &ended[i]);
        broken = break_multi == 0;
        break_multi = 0;
        for (unsigned i = 0; i < ARRAY_LEN(ended); i++) {
                CHECK(ended[i].end == HTTP_END_LOST || ended[i].end == HTTP_END_NOT_SENT);
                CHECK(ended[i].err.code == -ETIMEDOUT || (broken && ended[i].err.code == -EIO));
                ended[i].transfer = transfer_free(ended[i].transfer);
        }
        call = fixture_call(good_url, "{}"); /* a new handle takes over */
        fixture_run(&f, &call, NULL, &e);
        CHECK_INT(e.end, HTTP_END_REPLY);
        ended_done(&e);
        fixture_close(&f);
        return broken;
}

TEST(a_broken_multi_handle) {
        RawServer *s = raw_server_new(serve_silence, NULL),
                  *good = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/"), *good_url = raw_server_url(good, "/");
        unsigned at = 1;

        while (break_at(at, url, good_url))
                at++;
        CHECK(at > 4);
        raw_server_free(s);
        raw_server_free(good);
}

/* Every allocation of our own on the way of a call that nobody answers. */
TEST(every_failure) {
        unsigned n = 1;

        for (;; n++) {
                const char *url = "http://127.0.0.1:1/";
                HttpCall call = fixture_call(url, "{}");
                HttpOptions options = {.origin = url, .timeout_ms = 30000, .spool_stem = "x"};
                ProviderCall rest = {0};
                sd_event *event = NULL;
                Http *http = NULL;
                Transfer *t = NULL;
                Dropper d = {0};
                Err err = {0};
                int r;

                CHECK(sd_event_new(&event) >= 0);
                fault_arm(n, ENOMEM);
                r = http_new(event, &http, &err);
                if (r >= 0)
                        r = http_start(http, &call, &options, on_done_drop, &d, &t, &err);
                if (fault_disarm())
                        CHECK_INT(r, -ENOMEM);
                (void) transfer_free(t);
                (void) http_free(http);
                (void) sd_event_unref(event);
                rest.http = call;
                provider_call_done(&rest);
                if (r >= 0)
                        break;
        }
        CHECK(n > 6);
}
