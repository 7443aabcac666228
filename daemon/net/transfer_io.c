/* SPDX-License-Identifier: MIT */

#include "net/transfer.h"

#include "base/clock.h"

enum {
        TURN_BYTES_MAX = 1024 * 1024, /* a few milliseconds of decoding, hashing, writing */
};

/* These run inside curl: they note what happened and return, and call neither curl's multi
 * interface nor the owner of the transfer. */

void transfer_fail(Transfer *t, HttpEnd end, const Err *why) {
        assert(t);
        assert(why);
        if (t->failed)
                return;
        t->failed = true;
        t->end = end;
        t->err = *why;
}

/* Not curl's own low-speed limit, which counts from the start of the call: providers think for
 * minutes before the first byte. */
static int on_stall(sd_event_source *source, uint64_t usec, void *userdata) {
        Transfer *t = userdata;

        if (t->stall_bytes < (uint64_t) HTTP_LOW_SPEED_BYTES * HTTP_LOW_SPEED_SECONDS) {
                transfer_abort(t, -ETIMEDOUT, "the reply stalled");
                return 0;
        }
        t->stall_bytes = 0;
        (void) sd_event_source_set_time_relative(t->stall, HTTP_LOW_SPEED_SECONDS * 1000000ULL);
        (void) sd_event_source_set_enabled(t->stall, SD_EVENT_ONESHOT);
        return 0;
}

/* Takes what was held back, and lets curl read on. */
static int on_resume(sd_event_source *source, void *userdata) {
        Transfer *t = userdata;
        CURLcode code;

        t->http->turn_bytes = 0;
        code = curl_easy_pause(t->easy, CURLPAUSE_CONT);
        if (code != CURLE_OK) /* curl only tells us, and would wait for ever */
                transfer_hop_over(t, code);
        return 0;
}

/* Given a peer as fast as we are, curl stays in one call until everything is read, of all
 * transfers: seconds, while nobody else gets a turn of the loop. So after TURN_BYTES_MAX the rest
 * has to wait for the next. */
static bool turn_is_over(Transfer *t, size_t n) {
        Http *http = t->http;
        const uint64_t turn = curl_event_turn(http->curl);

        if (http->turn != turn) {
                http->turn = turn;
                http->turn_bytes = 0;
        }
        if (http->turn_bytes >= TURN_BYTES_MAX &&
            sd_event_source_set_enabled(t->resume, SD_EVENT_ONESHOT) >= 0)
                return true;
        http->turn_bytes += n;
        return false;
}

int transfer_make_sources(Transfer *t, Err *err) {
        sd_event *event = t->http->event;
        int r = sd_event_add_time(event, &t->stall, CLOCK_MONOTONIC, 0, 0, on_stall, t);

        if (r >= 0)
                r = sd_event_source_set_enabled(t->stall, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(event, &t->resume, on_resume, t);
        if (r >= 0)
                r = sd_event_source_set_enabled(t->resume, SD_EVENT_OFF);
        return r < 0 ? err_errno(err, r, "cannot start a transfer") : 0;
}

/* Bytes of a final reply came. */
static void count_bytes(Transfer *t, size_t n) {
        int enabled = SD_EVENT_OFF;

        t->stall_bytes += n;
        (void) sd_event_source_get_enabled(t->stall, &enabled);
        if (enabled != SD_EVENT_OFF)
                return;
        (void) sd_event_source_set_time_relative(t->stall, HTTP_LOW_SPEED_SECONDS * 1000000ULL);
        (void) sd_event_source_set_enabled(t->stall, SD_EVENT_ONESHOT);
}

static size_t on_header(char *data, size_t size, size_t n, void *userdata) {
        Transfer *t = userdata;
        long status = 0;

        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 200) /* interim replies start no clock */
                count_bytes(t, n);
        reply_head_line(&t->head, data, n, clock_wall_ms(clock_system()));
        if (t->head.bytes > HTTP_HEADERS_MAX) {
                Err err = {0};

                (void) err_set(&err, -E2BIG, "the reply's headers are longer than %d KiB",
                               HTTP_HEADERS_MAX / 1024);
                transfer_fail(t, HTTP_END_UNUSABLE, &err);
                return 0;
        }
        return n;
}

static BodyMode body_mode(const Transfer *t) {
        if (t->status < 200 || t->status > 299)
                return BODY_CUT;
        return t->call.raw_payload ? BODY_RAW : BODY_JSON;
}

int transfer_make_body(Transfer *t) {
        long status = 0;
        BodyOptions options;

        assert(t);
        if (t->body)
                return 0;
        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        t->status = (int) status;
        options = (BodyOptions){.mode = body_mode(t),
                                .payload_paths = t->call.payload_paths,
                                .spool_dir_fd = t->spool_dir_fd,
                                .spool_stem = t->spool_stem};
        return body_new(&options, &t->body);
}

static size_t on_body(char *data, size_t size, size_t n, void *userdata) {
        Transfer *t = userdata;
        StreamEnd end = STREAM_STORAGE;
        Err err = {0};
        int r;

        if (t->failed)
                return 0;
        if (turn_is_over(t, n))
                return CURL_WRITEFUNC_PAUSE; /* curl keeps the bytes and brings them again */
        count_bytes(t, n);
        r = transfer_make_body(t);
        if (r < 0)
                (void) err_errno(&err, r, "cannot take a reply");
        else
                end = body_feed(t->body, data, n, &err);
        if (end == STREAM_OK)
                return n;
        transfer_fail(t, end == STREAM_STORAGE ? HTTP_END_STORAGE : HTTP_END_UNUSABLE, &err);
        return 0;
}

static size_t on_request(char *data, size_t size, size_t n, void *userdata) {
        Transfer *t = userdata;
        Err err = {0};
        ssize_t r;

        r = request_body_read(t->request, data, size * n, &err);
        if (r >= 0)
                return (size_t) r;
        /* What left is less than the length we announced, so nobody can act on it. */
        transfer_fail(t, HTTP_END_NOT_SENT, &err);
        return CURL_READFUNC_ABORT;
}

/* When a connection that was used before dies without a byte of answer, curl sends the request
 * again by itself. The server may have got the first one and be working on it: a paid call would
 * be paid twice. So a body that began to leave cannot go back to its start. */
static int refuse_resend(Transfer *t) {
        Err err = {0};

        (void) err_set(&err, -ECONNRESET,
                       "'%s' closed the connection without an answer; the request was not sent "
                       "again",
                       t->target.host);
        transfer_fail(t, HTTP_END_LOST, &err);
        return -ECONNRESET;
}

static int on_rewind(void *userdata, curl_off_t offset, int origin) {
        Transfer *t = userdata;

        if (offset == 0 && origin == SEEK_SET && t->request && !request_body_started(t->request))
                return CURL_SEEKFUNC_OK;
        (void) refuse_resend(t);
        return CURL_SEEKFUNC_FAIL;
}

static int refuse_address(Transfer *t, const char *address) {
        Err err = {0};

        (void) err_set(&err, -EACCES, "'%s' is at %s, which is no public address", t->target.host,
                       address);
        transfer_fail(t, HTTP_END_NOT_SENT, &err);
        return -EACCES;
}

/* Just before a request leaves, on a new connection or an old one: old ones were perhaps opened for
 * another provider, under another rule. */
static int on_before_request(void *userdata, char *primary_ip, char *local_ip, int primary_port,
                             int local_port) {
        Transfer *t = userdata;
        AddressClass class = ADDRESS_FORBIDDEN;

        (void) address_class_of_text(primary_ip, &class);
        if (!address_allowed(class, t->origin.class) && refuse_address(t, primary_ip) < 0)
                return CURL_PREREQFUNC_ABORT;
        if (t->request && request_body_started(t->request) && refuse_resend(t) < 0)
                return CURL_PREREQFUNC_ABORT;
        return CURL_PREREQFUNC_OK;
}

static curl_socket_t open_socket(void *userdata, curlsocktype purpose,
                                 struct curl_sockaddr *address) {
        Transfer *t = userdata;

        if (!address_allowed(address_class(&address->addr), t->origin.class)) {
                char text[ADDRESS_TEXT_MAX];

                address_text(&address->addr, text);
                (void) refuse_address(t, text);
                return CURL_SOCKET_BAD;
        }
        return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int transfer_set_callbacks(Transfer *t, Err *err) {
        CURL *e = t->easy;
        CURLcode c;

        assert(t);
        if ((c = curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_HEADERDATA, t)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_WRITEDATA, t)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_READFUNCTION, on_request)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_READDATA, t)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_SEEKFUNCTION, on_rewind)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_SEEKDATA, t)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_before_request)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_PREREQDATA, t)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket)) != CURLE_OK ||
            (c = curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t)) != CURLE_OK)
                return err_set(err, -EINVAL, "cannot set up a transfer: %s", curl_easy_strerror(c));
        return 0;
}
