/* SPDX-License-Identifier: MIT */
#pragma once

/* Starts the fake Gemini API and speaks HTTP to it byte by byte, so that a test sees how
 * connections end. The server dies with the test. */

#include <sys/types.h>

#include "base/macro.h"

enum {
        FAKE_ANSWER_MAX = 8 * 1024 * 1024,
};

typedef struct FakeServer {
        pid_t pid;
        uint16_t port;
        char *log;
        char base_url[64];
} FakeServer;

/* With a script (see tests/fake/script.c) and one more option, which may be NULL. Pictures are
 * small.
 */
FakeServer fake_start(const char *script, const char *option);
/* Ends it and returns its log; caller frees. */
char *fake_stop(FakeServer *s);

typedef struct Exchange {
        char *text; /* all that came */
        size_t n;
        int status; /* 0: no head */
        char *body; /* in text */
        int error;  /* errno of recv() */
} Exchange;

void exchange_done(Exchange *e);
/* One request on a connection of its own, and all that comes back. headers: lines with \r\n. */
Exchange exchange(const FakeServer *s, const char *method, const char *target, const char *headers,
                  const char *body);
