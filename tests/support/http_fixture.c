/* SPDX-License-Identifier: MIT */

#include "support/http_fixture.h"

#include <fcntl.h>
#include <stdio.h>

#include "support/test.h"

enum {
        PATIENCE_US = 60 * 1000 * 1000, /* a test that waits longer has lost an event */
        TIMEOUT_MS = 30000,
};

void fixture_open(Fixture *f) {
        Err err = {0};

        *f = (Fixture){.dir_fd = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        CHECK(f->dir_fd >= 0);
        CHECK(sd_event_new(&f->event) >= 0);
        CHECK_OK(http_new(f->event, &f->http, &err), &err);
}

void fixture_close(Fixture *f) {
        (void) http_free(f->http);
        (void) sd_event_unref(f->event);
        closep(&f->dir_fd);
}

HttpCall fixture_call(const char *url, const char *body) {
        HttpCall call = {.method = body ? "POST" : "GET",
                         .url = strdup(url),
                         .key_header = "x-goog-api-key",
                         .key_prefix = "",
                         .paid = body};

        CHECK(call.url);
        CHECK_INT(strv_add(&call.headers, "X-Custom: mine"), 0);
        if (body) {
                call.body = calloc(1, sizeof *call.body);
                CHECK(call.body);
                call.n_body = 1;
                call.body[0].text = strdup(body);
                call.body[0].n = strlen(body);
                CHECK(call.body[0].text);
        }
        return call;
}

static void copy_reply(Ended *e, const ProviderReply *reply) {
        e->status = reply->status;
        e->retry_after_ms = reply->retry_after_ms;
        (void) snprintf(e->content_type, sizeof e->content_type, "%s",
                        reply->content_type ? reply->content_type : "");
        (void) snprintf(e->request_id, sizeof e->request_id, "%s",
                        reply->request_id ? reply->request_id : "");
        CHECK(reply->envelope);
        CHECK_INT(reply->envelope[reply->envelope_n], 0);
        e->envelope = strdup(reply->envelope);
        CHECK(e->envelope);
        e->envelope_n = reply->envelope_n;
        e->envelope_cut = reply->envelope_cut;
        e->n_payloads = reply->n_payloads;
        for (size_t i = 0; i < reply->n_payloads; i++)
                e->payloads[i] = reply->payloads[i];
}

static void on_done(Transfer *t, const HttpResult *result, void *userdata) {
        Ended *e = userdata;

        CHECK(!e->done);
        CHECK(t == e->transfer);
        e->done = true;
        e->end = result->end;
        e->err = result->err;
        if (result->end == HTTP_END_REPLY)
                copy_reply(e, &result->reply);
        else
                CHECK(result->err.text[0]);
}

int fixture_start(Fixture *f, HttpCall *call, HttpOptions *options, Ended *ended) {
        HttpOptions o = options ? *options : (HttpOptions){0};
        _cleanup_(freep) char *origin = strdup(call->url);
        int r;

        CHECK(origin);
        if (!o.origin)
                o.origin = origin;
        if (o.timeout_ms == 0)
                o.timeout_ms = TIMEOUT_MS;
        if (!o.spool_stem) {
                o.spool_stem = "spool";
                o.spool_dir_fd = f->dir_fd;
        }
        *ended = (Ended){0};
        r = http_start(f->http, call, &o, on_done, ended, &ended->transfer, &ended->err);
        CHECK(!ended->done); /* never from inside */
        return r;
}

void fixture_wait(Fixture *f, Ended *ended) {
        while (!ended->done) {
                CHECK(sd_event_run(f->event, PATIENCE_US) > 0);
                f->turns++;
        }
}

void fixture_run(Fixture *f, HttpCall *call, HttpOptions *options, Ended *ended) {
        CHECK_OK(fixture_start(f, call, options, ended), &ended->err);
        CHECK(!call->url);
        CHECK(!call->body);
        fixture_wait(f, ended);
        ended->transfer = transfer_free(ended->transfer);
}

void ended_done(Ended *ended) {
        free(ended->envelope);
        ended->envelope = NULL;
}
