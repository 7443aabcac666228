/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The few things of a reply's headers that matter, gathered line by line: bounded, printable,
 * tolerant of everything else. A plain value; nothing to free.
 */

#include "provider/provider.h"

enum {
        HEAD_TEXT_MAX = 128,
        RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000, /* longer waits are cut to this */
};

#define QUOTA_RESET_MAX_MS INT64_C(2678400000) /* 31 days */

typedef struct ReplyHead {
        size_t bytes;           /* of all header lines, of interim replies too */
        bool has_length;        /* the end of the body is known: Content-Length or chunked */
        int64_t retry_after_ms; /* -1 = not said */
        ProviderQuota requests, tokens;
        char content_type[HEAD_TEXT_MAX]; /* "" = none */
        char request_id[HEAD_TEXT_MAX];
} ReplyHead;

void reply_head_init(ReplyHead *h);
/* One line, with or without its line end. A status line begins anew. now_ms: wall clock, for an
 * HTTP date in Retry-After. */
void reply_head_line(ReplyHead *h, const char *line, size_t n, int64_t now_ms);
