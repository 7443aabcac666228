/* SPDX-License-Identifier: MIT */

#include "net/reply_head.h"

#include <curl/curl.h>
#include <strings.h>

#include "base/parse.h"

void reply_head_init(ReplyHead *h) {
        assert(h);
        *h = (ReplyHead){
                .retry_after_ms = -1,
                .requests = {.remaining = -1, .reset_ms = -1},
                .tokens = {.remaining = -1, .reset_ms = -1},
        };
}

/* Copies what is printable, cut to the room there is. */
static void set_text(char ret[static HEAD_TEXT_MAX], const char *value) {
        size_t n = 0;

        for (; *value && n < HEAD_TEXT_MAX - 1; value++)
                ret[n++] = *value >= ' ' && *value < 0x7f ? *value : '?';
        ret[n] = 0;
}

static void set_content_type(ReplyHead *h, const char *value, int64_t now_ms) {
        set_text(h->content_type, value);
}

/* The first one counts: it is the nearest to us and the one support asks for. */
static void set_request_id(ReplyHead *h, const char *value, int64_t now_ms) {
        if (!h->request_id[0])
                set_text(h->request_id, value);
}

static void set_length(ReplyHead *h, const char *value, int64_t now_ms) {
        h->has_length = true;
}

static void set_wait(ReplyHead *h, int64_t ms) {
        h->retry_after_ms = MIN_OF(MAX_OF(ms, (int64_t) 0), (int64_t) RETRY_AFTER_MAX_MS);
}

static void set_retry_after(ReplyHead *h, const char *value, int64_t now_ms) {
        int64_t seconds;
        int r;

        if (h->retry_after_ms >= 0) /* retry-after-ms said it finer */
                return;
        r = parse_int(value, 0, INT64_MAX / 1000, &seconds);
        if (r == 0) {
                set_wait(h, MIN_OF(seconds, (int64_t) RETRY_AFTER_MAX_MS) * 1000);
                return;
        }
        if (r == -ERANGE && value[0] != '-') {
                set_wait(h, RETRY_AFTER_MAX_MS);
                return;
        }
        if (strpbrk(value, ":")) { /* a date has a time of day; a bad number has none */
                time_t at = curl_getdate(value, NULL);

                if (at != (time_t) -1)
                        set_wait(h, (int64_t) at * 1000 - now_ms);
        }
}

static void set_retry_after_ms(ReplyHead *h, const char *value, int64_t now_ms) {
        int64_t ms;

        if (parse_int(value, 0, INT64_MAX, &ms) == 0)
                set_wait(h, ms);
}

/* A number of calls or tokens; anything else, such as the -1 of a quota that does not apply, is as
 * if it had not been said. */
static void set_count(int64_t *ret, const char *value) {
        (void) parse_int(value, 0, INT64_MAX, ret);
}

/* "6m0s" "51.189s" "12ms" "1d2h", or a bare number of seconds. */
static void set_time(int64_t *ret, const char *value) {
        static const struct {
                const char *unit;
                double ms;
        } units[] = {{"ms", 1},       {"s", 1000},  {"m", 60000}, {"h", 3600000},
                     {"d", 86400000}, {"us", 1e-3}, {"ns", 1e-6}, {"", 1000}};
        double sum = 0;

        do {
                double number = 0, place = 1;
                size_t n, i;

                n = strspn(value, "0123456789");
                if (n == 0 || n > 15)
                        return;
                for (; n > 0; n--)
                        number = number * 10 + (*value++ - '0');
                for (value += *value == '.'; *value >= '0' && *value <= '9'; value++)
                        number += (*value - '0') * (place /= 10);
                n = strspn(value, "dhmsun");
                for (i = 0; i < ARRAY_LEN(units); i++)
                        if (strlen(units[i].unit) == n && strncmp(value, units[i].unit, n) == 0)
                                break;
                if (i == ARRAY_LEN(units))
                        return;
                value += n;
                sum += number * units[i].ms;
                if (n == 0 && *value)
                        return;
        } while (*value);
        *ret = (int64_t) MIN_OF(sum, (double) QUOTA_RESET_MAX_MS);
}

static const struct {
        const char *name;
        void (*set)(int64_t *ret, const char *value);
        size_t offset;
} quotas[] = {
        {"x-ratelimit-limit-requests", set_count, offsetof(ReplyHead, requests.limit)},
        {"x-ratelimit-remaining-requests", set_count, offsetof(ReplyHead, requests.remaining)},
        {"x-ratelimit-reset-requests", set_time, offsetof(ReplyHead, requests.reset_ms)},
        {"x-ratelimit-limit-tokens", set_count, offsetof(ReplyHead, tokens.limit)},
        {"x-ratelimit-remaining-tokens", set_count, offsetof(ReplyHead, tokens.remaining)},
        {"x-ratelimit-reset-tokens", set_time, offsetof(ReplyHead, tokens.reset_ms)},
};

static const struct {
        const char *name;
        void (*set)(ReplyHead *h, const char *value, int64_t now_ms);
} headers[] = {
        {"content-type", set_content_type},     {"content-length", set_length},
        {"transfer-encoding", set_length},      {"retry-after", set_retry_after},
        {"retry-after-ms", set_retry_after_ms}, {"x-request-id", set_request_id},
        {"x-goog-request-id", set_request_id},  {"request-id", set_request_id},
        {"x-fal-request-id", set_request_id},   {"x-amzn-requestid", set_request_id},
};

static bool is_named(const char *line, size_t n, const char *name) {
        return strlen(name) == n && strncasecmp(line, name, n) == 0;
}

static void set_header(ReplyHead *h, const char *line, size_t name_n, const char *value,
                       int64_t now_ms) {
        for (size_t i = 0; i < ARRAY_LEN(headers); i++)
                if (is_named(line, name_n, headers[i].name))
                        headers[i].set(h, value, now_ms);
        for (size_t i = 0; i < ARRAY_LEN(quotas); i++)
                if (is_named(line, name_n, quotas[i].name))
                        quotas[i].set((int64_t *) (void *) ((char *) h + quotas[i].offset), value);
}

static bool is_status_line(const char *line, size_t n) {
        return n >= 5 && strncasecmp(line, "HTTP/", 5) == 0;
}

void reply_head_line(ReplyHead *h, const char *line, size_t n, int64_t now_ms) {
        char value[HEAD_TEXT_MAX];
        const char *colon;
        size_t name_n;

        assert(h);
        assert(line || n == 0);
        if (is_status_line(line, n)) {
                size_t bytes = h->bytes;

                reply_head_init(h);
                h->bytes = bytes;
        }
        h->bytes += n;
        colon = memchr(line, ':', n);
        if (!colon)
                return;
        name_n = (size_t) (colon - line);
        n -= name_n + 1;
        for (colon++; n > 0 && (*colon == ' ' || *colon == '\t'); n--)
                colon++;
        while (n > 0 && strchr(" \t\r\n", colon[n - 1]))
                n--;
        if (n >= sizeof value)
                n = sizeof value - 1;
        memcpy(value, colon, n);
        value[n] = 0;
        set_header(h, line, name_n, value, now_ms);
}
