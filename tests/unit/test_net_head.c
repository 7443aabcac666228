/* SPDX-License-Identifier: MIT */

#include "net/reply_head.h"

#include "support/test.h"

#define NOW_MS INT64_C(1795435200000) /* Mon, 23 Nov 2026 12:00:00 GMT */

static void line(ReplyHead *h, const char *text) {
        reply_head_line(h, text, strlen(text), NOW_MS);
}

static int64_t wait_of(const char *first, const char *second) {
        ReplyHead h;

        reply_head_init(&h);
        line(&h, first);
        if (second)
                line(&h, second);
        return h.retry_after_ms;
}

TEST(retry_after) {
        const int64_t day = RETRY_AFTER_MAX_MS;

        CHECK_INT(wait_of("Retry-After: 7\r\n", NULL), 7000);
        CHECK_INT(wait_of("retry-after:7", NULL), 7000);
        CHECK_INT(wait_of("Retry-After: 0\r\n", NULL), 0);
        CHECK_INT(wait_of("Retry-After: 86400\r\n", NULL), day);
        CHECK_INT(wait_of("Retry-After: 86401\r\n", NULL), day);
        CHECK_INT(wait_of("Retry-After: 99999999999999999999999\r\n", NULL), day);
        CHECK_INT(wait_of("Retry-After: -5\r\n", NULL), -1);
        CHECK_INT(wait_of("Retry-After: -99999999999999999999999\r\n", NULL), -1);
        CHECK_INT(wait_of("Retry-After: soon\r\n", NULL), -1);
        CHECK_INT(wait_of("Retry-After:\r\n", NULL), -1);
        CHECK_INT(wait_of("Retry-After: Mon, 23 Nov 2026 12:01:30 GMT\r\n", NULL), 90000);
        CHECK_INT(wait_of("Retry-After: Mon, 23 Nov 2026 11:00:00 GMT\r\n", NULL), 0);
        CHECK_INT(wait_of("Retry-After: Wed, 23 Nov 2033 12:00:00 GMT\r\n", NULL), day);
        CHECK_INT(wait_of("retry-after-ms: 250\r\n", NULL), 250);
        CHECK_INT(wait_of("retry-after-ms: 250\r\n", "Retry-After: 1\r\n"), 250);
        CHECK_INT(wait_of("Retry-After: 1\r\n", "retry-after-ms: 250\r\n"), 250);
        CHECK_INT(wait_of("retry-after-ms: -1\r\n", "Retry-After: 1\r\n"), 1000);
}

TEST(names_and_ids) {
        ReplyHead h;

        reply_head_init(&h);
        line(&h, "HTTP/1.1 200 OK\r\n");
        line(&h, "CONTENT-TYPE:  application/json; charset=UTF-8 \t\r\n");
        line(&h, "X-Request-Id: first\r\n");
        line(&h, "x-goog-request-id: second\r\n");
        line(&h, "Content-Length: 5\r\n");
        CHECK_STR(h.content_type, "application/json; charset=UTF-8");
        CHECK_STR(h.request_id, "first");
        CHECK(h.has_length);
        line(&h, "HTTP/1.1 200 OK\r\n"); /* an interim reply's headers are not the final one's */
        CHECK_STR(h.content_type, "");
        CHECK(!h.has_length);
        CHECK_INT(h.retry_after_ms, -1);
        CHECK(h.bytes > 100);
        line(&h, "Transfer-Encoding: chunked\r\n");
        CHECK(h.has_length);
}

static int64_t reset_of(const char *value) {
        char text[200];
        ReplyHead h;

        reply_head_init(&h);
        (void) snprintf(text, sizeof text, "x-ratelimit-reset-tokens: %s\r\n", value);
        line(&h, text);
        CHECK_INT(h.requests.reset_ms, -1);
        return h.tokens.reset_ms;
}

TEST(quotas) {
        ReplyHead h;

        reply_head_init(&h);
        line(&h, "X-RateLimit-Limit-Requests: 500\r\n");
        line(&h, "x-ratelimit-remaining-requests: 499\r\n");
        line(&h, "x-ratelimit-reset-requests: 120ms\r\n");
        line(&h, "x-ratelimit-limit-tokens: 30000\r\n");
        line(&h, "x-ratelimit-remaining-tokens: 0\r\n");
        CHECK_INT(h.requests.limit, 500);
        CHECK_INT(h.requests.remaining, 499);
        CHECK_INT(h.requests.reset_ms, 120);
        CHECK_INT(h.tokens.limit, 30000);
        CHECK_INT(h.tokens.remaining, 0);
        CHECK_INT(h.tokens.reset_ms, -1);
        line(&h, "HTTP/1.1 200 OK\r\n");
        CHECK_INT(h.requests.limit, 0);
        line(&h, "x-ratelimit-limit-requests: -1\r\n");
        line(&h, "x-ratelimit-limit-tokens: many\r\n");
        CHECK_INT(h.requests.limit, 0);
        CHECK_INT(h.tokens.limit, 0);
}

TEST(quota_resets) {
        CHECK_INT(reset_of("6m0s"), 360000);
        CHECK_INT(reset_of("51.189s"), 51189);
        CHECK_INT(reset_of("12ms"), 12);
        CHECK_INT(reset_of("1h2m3s"), 3723000);
        CHECK_INT(reset_of("1d"), 86400000);
        CHECK_INT(reset_of("0s"), 0);
        CHECK_INT(reset_of("30"), 30000);
        CHECK_INT(reset_of("1.5"), 1500);
        CHECK_INT(reset_of("1795435200"), QUOTA_RESET_MAX_MS); /* seconds since 1970: far away */
        CHECK_INT(reset_of("999999999999999h"), QUOTA_RESET_MAX_MS);
        CHECK_INT(reset_of("9999999999999999h"), -1);
        CHECK_INT(reset_of(""), -1);
        CHECK_INT(reset_of("-5s"), -1);
        CHECK_INT(reset_of("5x"), -1);
        CHECK_INT(reset_of("5sms"), -1);
        CHECK_INT(reset_of("5 s"), -1);
        CHECK_INT(reset_of("1m30"), 90000);
        CHECK_INT(reset_of("soon"), -1);
}

TEST(hostile) {
        char text[4096];
        ReplyHead h;

        reply_head_init(&h);
        reply_head_line(&h, "", 0, NOW_MS);
        line(&h, ":");
        line(&h, "no colon\r\n");
        line(&h, "x-request-id: a\x01\x1b[31m\xff\r\n");
        CHECK_STR(h.request_id, "a??[31m?");
        memset(text, 'a', sizeof text);
        memcpy(text, "Content-Type:", strlen("Content-Type:"));
        reply_head_line(&h, text, sizeof text, NOW_MS);
        CHECK_INT(strlen(h.content_type), HEAD_TEXT_MAX - 1);
}
