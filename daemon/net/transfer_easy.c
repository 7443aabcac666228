/* SPDX-License-Identifier: MIT */

#include "net/transfer.h"

#include <stdio.h>
#include <time.h>

enum {
        RECEIVE_BUFFER = 64 * 1024,
        SEND_BUFFER = 16 * 1024, /* curl's least */
        KEEPALIVE_SECONDS = 30,  /* providers think for minutes; a NAT forgets us sooner */
        IDLE_SECONDS = 60,       /* older idle connections are not used again: the server may be
                                    closing them just now */
};

uint64_t transfer_now_us(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

static int setopt_failed(CURLcode code, Err *err) {
        return err_set(err, code == CURLE_OUT_OF_MEMORY ? -ENOMEM : -EINVAL,
                       "cannot set up a transfer: %s", curl_easy_strerror(code));
}

static int add_header(Transfer *t, const char *line) {
        struct curl_slist *list = curl_slist_append(t->headers, line);

        if (!list)
                return -ENOMEM;
        t->headers = list;
        return 0;
}

/* By the reading of two parsers. */
static bool is_of_origin(const Transfer *t, const char *url, const char *origin,
                         const UrlParts *parts) {
        return url_same_origin(url, origin) && url_parts_same_origin(&t->target, parts);
}

/* Whether this very hop goes to the provider's own origin, or to the one that the driver names
 * beside it. */
static bool key_may_go(const Transfer *t, const char *url) {
        const char *other = t->call.key_origin;
        UrlParts parts;

        if (is_of_origin(t, url, t->origin_url, &t->origin))
                return true;
        return other && url_parts(other, &parts, NULL) >= 0 &&
               origin_check(&t->origin, &parts, NULL) >= 0 && is_of_origin(t, url, other, &parts);
}

/* The one place where the credential joins a request. */
static int add_credential(Transfer *t, const char *url) {
        char *line;
        int r;

        if (!t->call.with_key || !t->credential || !key_may_go(t, url))
                return 0;
        line = secret_header(t->credential, t->call.key_header, t->call.key_prefix);
        if (!line)
                return -ENOMEM;
        r = add_header(t, line);
        secret_header_free(line);
        return r;
}

static int make_headers(Transfer *t, const char *url, Err *err) {
        int r = add_header(t, "Expect:"); /* no 100-continue: it costs a round trip */

        /* The driver wrote its headers for the host it named, not for where a redirect leads. */
        if (url_parts_same_origin(&t->target, &t->first))
                for (size_t i = 0; r == 0 && i < t->call.headers.n; i++)
                        r = add_header(t, t->call.headers.items[i]);
        if (r == 0)
                r = add_credential(t, url);
        return r < 0 ? err_set(err, r, "out of memory for a transfer") : 0;
}

/* Nothing of the environment, nothing kept between transfers but connections, nothing followed.
 * HTTP/1.1 always: with HTTP/2 all calls to a provider would share one connection, and its reset
 * would leave every paid call in flight without an answer instead of one. */
static int set_policy(Transfer *t, const char *url, Err *err) {
        CURL *e = t->easy;
        CURLcode c;

        if ((c = curl_easy_setopt(e, CURLOPT_URL, url)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, t->target.https ? "https" : "http")) !=
                    CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_PROXY, "")) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2)) !=
                    CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1)) !=
                    CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_USERAGENT, "pregen/" PREGEN_VERSION)) != CURLE_OK)
                return setopt_failed(c, err);
        return 0;
}

static int set_limits(Transfer *t, long left_ms, Err *err) {
        const long connect_ms = MIN_OF(left_ms, (long) HTTP_CONNECT_TIMEOUT_MS);
        CURL *e = t->easy;
        CURLcode c;

        /* NOSIGNAL, QUICK_EXIT: name resolution runs in a thread that is never waited for. */
        if ((c = curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, left_ms)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, connect_ms)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long) RECEIVE_BUFFER)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, (long) SEND_BUFFER)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, (long) KEEPALIVE_SECONDS)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, (long) KEEPALIVE_SECONDS)) !=
                    CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long) IDLE_SECONDS)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_PRIVATE, t)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->curl_text)) != CURLE_OK)
                return setopt_failed(c, err);
        return 0;
}

static int set_request(Transfer *t, Err *err) {
        CURL *e = t->easy;
        CURLcode c;
        int r;

        c = curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
        if (c == CURLE_OK && streq(t->call.method, "GET"))
                c = curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
        if (c != CURLE_OK)
                return setopt_failed(c, err);
        if (streq(t->call.method, "GET"))
                return 0;
        r = request_body_new(t->call.body, t->call.n_body, &t->request, err);
        if (r < 0)
                return r;
        if ((c = curl_easy_setopt(e, CURLOPT_POST, 1L)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE,
                                  (curl_off_t) request_body_length(t->request))) != CURLE_OK)
                return setopt_failed(c, err);
        /* PUT and DELETE differ in their word alone, which stays the same through a redirect. */
        if (!streq(t->call.method, "POST") &&
            (c = curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, t->call.method)) != CURLE_OK)
                return setopt_failed(c, err);
        return 0;
}

static int prepare(Transfer *t, const char *url, Err *err) {
        const uint64_t now = transfer_now_us();
        long left_ms;
        int r;

        if (now + 1000 > t->deadline_us)
                return err_set(err, -ETIMEDOUT, "no time is left for the call");
        left_ms = (long) ((t->deadline_us - now) / 1000);
        r = url_parts(url, &t->target, err);
        if (r < 0)
                return r;
        r = origin_check(&t->origin, &t->target, err);
        if (r < 0)
                return r;
        t->easy = curl_easy_init();
        if (!t->easy)
                return err_set(err, -ENOMEM, "out of memory for a transfer");
        r = make_headers(t, url, err);
        if (r < 0)
                return r;
        r = set_policy(t, url, err);
        if (r < 0)
                return r;
        r = set_limits(t, left_ms, err);
        if (r < 0)
                return r;
        r = set_request(t, err);
        if (r < 0)
                return r;
        return transfer_set_callbacks(t, err);
}

int transfer_start_hop(Transfer *t, Err *err) {
        int r;

        assert(t);
        assert(t->http);
        assert(!t->easy);
        reply_head_init(&t->head);
        t->status = 0;
        t->stall_bytes = 0;
        t->curl_text[0] = 0;
        r = prepare(t, t->url ? t->url : t->call.url, err);
        if (r >= 0)
                r = curl_event_add(t->http->curl, t->easy, err);
        if (r < 0) {
                transfer_end_hop(t);
                return r;
        }
        t->added = true;
        return 0;
}

/* One of them may be the credential. */
static void wipe_headers(Transfer *t) {
        for (struct curl_slist *h = t->headers; h; h = h->next)
                explicit_bzero(h->data, strlen(h->data));
        curl_slist_free_all(TAKE_PTR(t->headers));
}

void transfer_end_hop(Transfer *t) {
        assert(t);
        (void) sd_event_source_set_enabled(t->stall, SD_EVENT_OFF);
        (void) sd_event_source_set_enabled(t->resume, SD_EVENT_OFF);
        if (t->easy) {
                if (t->added)
                        curl_event_remove(t->http->curl, t->easy);
                curl_easy_cleanup(TAKE_PTR(t->easy));
        }
        t->added = false;
        wipe_headers(t);
        t->request = request_body_free(t->request);
}
