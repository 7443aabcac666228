/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the tests of net/ share: a loop and an Http on it, a call with sensible values, and its end
 * copied out of the callback.
 */

#include "net/http.h"

typedef struct Fixture {
        sd_event *event;
        Http *http;
        int dir_fd;     /* of test_dir() */
        unsigned turns; /* of the loop, so far */
} Fixture;

typedef struct Ended {
        bool done;
        HttpEnd end;
        Err err;
        int status;
        int64_t retry_after_ms;
        char content_type[128], request_id[128];
        char *envelope;
        size_t envelope_n, n_payloads;
        bool envelope_cut;
        ReplyPayload payloads[REPLY_PAYLOADS_MAX];
        Transfer *transfer;
} Ended;

void fixture_open(Fixture *f);
void fixture_close(Fixture *f);

/* A GET of url, or a POST with `body` when that is not NULL. */
HttpCall fixture_call(const char *url, const char *body);
/* origin is url's own server when options->origin is NULL. */
int fixture_start(Fixture *f, HttpCall *call, HttpOptions *options, Ended *ended);
/* Runs the loop until it is over; checks that it started. */
void fixture_wait(Fixture *f, Ended *ended);
/* The whole of it: starts, waits, frees the transfer. */
void fixture_run(Fixture *f, HttpCall *call, HttpOptions *options, Ended *ended);
void ended_done(Ended *ended);
