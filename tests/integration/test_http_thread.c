/* SPDX-License-Identifier: MIT */

/* HTTP on a thread of its own, as its owner sees it: results on the owner's thread and nowhere
 * else, nothing after a task was freed, at whatever moment that is, and a loop that dies is told. */

#include "net/http_thread.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "support/fault.h"
#include "support/http_fixture.h"
#include "support/raw_server.h"
#include "support/test.h"

enum {
        MANY = 100,
        PATIENCE_US = 60 * 1000 * 1000, /* a test that waits longer has lost an event */
};

static const char *const paths[] = {"p[].data", NULL};

typedef struct Owner {
        sd_event *event;
        HttpThread *net;
        int dir_fd;
        pthread_t thread;
        HttpTask *tasks[MANY];
        unsigned ended;
        bool free_all; /* at the first end, from inside its callback */
} Owner;

typedef struct Place {
        Owner *owner;
        unsigned i;
        bool ended;
} Place;

static Place places[MANY];

static void serve_keep(RawConn *c) {
        while (raw_request(c))
                raw_reply(c, "200 OK", NULL, "{\"p\":[{\"data\":\"Zm9v\"}]}");
}

static void serve_half(RawConn *c) {
        if (raw_request(c))
                raw_puts(c,
                         "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"p\":[{\"data\":\"Zm9v");
        raw_wait_gone(c);
}

static void open_owner(Owner *o) {
        Err err = {0};

        *o = (Owner){.thread = pthread_self()};
        o->dir_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(o->dir_fd >= 0);
        CHECK(sd_event_new(&o->event) >= 0);
        CHECK_OK(http_thread_new(o->event, &o->net, &err), &err);
}

static void close_owner(Owner *o) {
        o->net = http_thread_free(o->net);
        o->event = sd_event_unref(o->event);
        closep(&o->dir_fd);
}

static void free_all(Owner *o) {
        for (unsigned i = 0; i < MANY; i++)
                o->tasks[i] = http_task_free(o->tasks[i]);
}

static void on_end(const HttpResult *result, void *userdata) {
        Place *p = userdata;
        Owner *o = p->owner;

        CHECK(pthread_equal(pthread_self(), o->thread));
        CHECK(o->tasks[p->i]); /* it was not freed */
        CHECK(!p->ended);
        p->ended = true;
        o->ended++;
        CHECK_INT(result->end, HTTP_END_REPLY);
        CHECK_INT(result->reply.status, 200);
        CHECK_INT(result->reply.n_payloads, 1);
        CHECK_INT(result->reply.payloads[0].bytes, 3);
        CHECK(strstr(result->reply.envelope, "payload:"));
        if (o->free_all)
                free_all(o);
        else
                o->tasks[p->i] = http_task_free(o->tasks[p->i]);
}

static int start(Owner *o, const char *url, unsigned i, Err *err) {
        HttpCall call = fixture_call(url, "{}");
        ProviderCall rest;
        char stem[16];
        HttpOptions options = {
                .origin = url, .spool_stem = stem, .spool_dir_fd = o->dir_fd, .timeout_ms = 30000};
        int r;

        (void) snprintf(stem, sizeof stem, "t%u", i);
        call.payload_paths = paths;
        places[i] = (Place){.owner = o, .i = i};
        r = http_thread_start(o->net, &call, &options, on_end, &places[i], &o->tasks[i], err);
        rest = (ProviderCall){.http = call};
        provider_call_done(&rest);
        return r;
}

static void start_many(Owner *o, const char *url) {
        Err err = {0};

        for (unsigned i = 0; i < MANY; i++)
                CHECK_OK(start(o, url, i, &err), &err);
}

static void run_until(Owner *o, unsigned ended) {
        while (o->ended < ended)
                CHECK(sd_event_run(o->event, PATIENCE_US) > 0);
}

/* Nothing comes any more: the network has gone through whatever it had to do. */
static void check_silence(Owner *o) {
        unsigned before = o->ended;

        close_owner(o);
        CHECK_INT(o->ended, before);
}

static unsigned files_left(const Owner *o) {
        unsigned n = 0;

        for (unsigned i = 0; i < MANY; i++) {
                char name[24];

                (void) snprintf(name, sizeof name, "t%u.0", i);
                n += unlinkat(o->dir_fd, name, 0) >= 0;
        }
        return n;
}

TEST(results_come_to_the_owner) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Owner o;

        open_owner(&o);
        start_many(&o, url);
        run_until(&o, MANY);
        CHECK_INT(raw_server_requests(s), MANY);
        CHECK_INT(files_left(&o), MANY);
        check_silence(&o);
        raw_server_free(s);
}

TEST(a_freed_task_writes_nothing_and_says_nothing) {
        RawServer *s = raw_server_new(serve_half, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Owner o;

        open_owner(&o);
        start_many(&o, url);
        while (raw_server_requests(s) == 0)
                (void) sd_event_run(o.event, 1000);
        free_all(&o);
        CHECK_INT(files_left(&o), 0);
        CHECK_INT(o.ended, 0);
        check_silence(&o);
        raw_server_free(s);
}

/* Some run, some have ended unknown to their owner, one is in its callback. */
TEST(all_freed_from_inside_a_callback) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Owner o;

        open_owner(&o);
        o.free_all = true;
        start_many(&o, url);
        run_until(&o, 1);
        CHECK_INT(o.ended, 1);
        check_silence(&o);
        raw_server_free(s);
}

TEST(all_freed_when_each_may_have_ended) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Owner o;

        open_owner(&o);
        for (unsigned round = 1; round <= 4; round++) {
                start_many(&o, url);
                while (raw_server_requests(s) < round * 10)
                        CHECK(http_thread_check(o.net, NULL) == 0);
                free_all(&o);
        }
        CHECK_INT(o.ended, 0);
        check_silence(&o);
        raw_server_free(s);
}

TEST(a_call_that_cannot_start_stays_the_callers) {
        Owner o;
        Err err = {0};

        open_owner(&o);
        CHECK_INT(start(&o, "http://example.org/", 0, &err), -EACCES); /* http is for loopback */
        CHECK(!o.tasks[0]);
        check_silence(&o);
}

TEST(without_memory) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        unsigned n = 0;
        bool came = true;

        for (n = 1; came; n++) {
                Owner o = {.thread = pthread_self()};
                Err err = {0};
                int r;

                CHECK(sd_event_new(&o.event) >= 0);
                fault_arm(n, ENOMEM);
                r = http_thread_new(o.event, &o.net, &err);
                came = fault_disarm();
                CHECK_INT(r, came ? -ENOMEM : 0);
                close_owner(&o);
        }
        CHECK(n > 3);
        raw_server_free(s);
}

/* The loop of the network cannot go on: its owner's wakes up and is told. */
int __real_sd_event_dispatch(sd_event *event);
int __wrap_sd_event_dispatch(sd_event *event);
static bool dispatch_fails;
int __wrap_sd_event_dispatch(sd_event *event) {
        return dispatch_fails ? -EIO : __real_sd_event_dispatch(event);
}

TEST(a_dead_loop_is_told) {
        RawServer *s = raw_server_new(serve_keep, NULL);
        _cleanup_(freep) char *url = raw_server_url(s, "/");
        Owner o;
        Err err = {0};

        open_owner(&o);
        CHECK_OK(http_thread_check(o.net, &err), &err);
        dispatch_fails = true;
        CHECK_OK(start(&o, url, 0, &err), &err);
        while (http_thread_check(o.net, &err) == 0)
                CHECK(sd_event_run(o.event, PATIENCE_US) >= 0);
        CHECK_INT(http_thread_check(o.net, &err), -EIO);
        dispatch_fails = false;
        free_all(&o);
        check_silence(&o);
        raw_server_free(s);
}
