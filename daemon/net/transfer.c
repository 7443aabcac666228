/* SPDX-License-Identifier: MIT */

#include "net/transfer.h"

/* What curl says, made printable: it may quote the server. */
static const char *curl_sentence(Transfer *t, CURLcode code) {
        if (!t->curl_text[0])
                return curl_easy_strerror(code);
        for (char *p = t->curl_text; *p; p++)
                if (*p < ' ' || *p == 0x7f)
                        *p = '?';
        return t->curl_text;
}

static int curl_errno(CURLcode code, bool sent) {
        if (code == CURLE_OPERATION_TIMEDOUT)
                return -ETIMEDOUT;
        if (code == CURLE_OUT_OF_MEMORY)
                return -ENOMEM;
        return sent ? -ECONNRESET : -EHOSTUNREACH;
}

/* Whether anything the server could act on may have left. The headers of a request with a body are
 * nothing by themselves. */
static bool may_have_left(const Transfer *t) {
        long bytes = 0;

        if (t->request && request_body_length(t->request) > 0)
                return request_body_started(t->request);
        (void) curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &bytes);
        return bytes > 0;
}

static void set_network_end(Transfer *t, int code, const char *why) {
        Err err = {0};

        if (may_have_left(t)) {
                (void) err_set(&err, code, "no whole answer from '%s': %s", t->target.host, why);
                transfer_fail(t, HTTP_END_LOST, &err);
        } else {
                (void) err_set(&err, code, "cannot reach '%s': %s", t->target.host, why);
                transfer_fail(t, HTTP_END_NOT_SENT, &err);
        }
}

static void set_reply_end(Transfer *t) {
        Err err = {0};
        int r;

        r = transfer_make_body(t);
        if (r < 0) {
                (void) err_errno(&err, r, "cannot take a reply");
                transfer_fail(t, HTTP_END_STORAGE, &err);
                return;
        }
        if (!t->head.has_length && body_cut_short(t->body)) {
                (void) err_set(&err, -ECONNRESET, "the reply of '%s' ends in the middle",
                               t->target.host);
                transfer_fail(t, HTTP_END_LOST, &err);
                return;
        }
        switch (body_finish(t->body, &err)) {
        case STREAM_OK:
                t->end = HTTP_END_REPLY;
                break;
        case STREAM_UNUSABLE:
                transfer_fail(t, HTTP_END_UNUSABLE, &err);
                break;
        case STREAM_STORAGE:
                transfer_fail(t, HTTP_END_STORAGE, &err);
                break;
        }
}

/* Frees what the hop held and has the defer source call back. */
static void finish(Transfer *t) {
        transfer_end_hop(t);
        if (t->end != HTTP_END_REPLY)
                t->body = body_free(t->body);
        t->state = TRANSFER_DONE;
        /* Cannot fail: the source is there, and of this process. */
        (void) sd_event_source_set_enabled(t->deliver, SD_EVENT_ONESHOT);
}

static bool is_redirect(long status) {
        return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A POST (PUT, DELETE) is repeated only where its answer says "the same, there" and "there" is the same origin;
 * any other redirect of a POST is a reply like another, for the driver to judge. */
static bool may_follow(const Transfer *t, long status, const char *url) {
        UrlParts next;

        if (streq(t->call.method, "GET"))
                return true;
        return (status == 307 || status == 308) && t->hops < HTTP_HOPS_MAX &&
               url_parts(url, &next, NULL) == 0 && url_parts_same_origin(&next, &t->target);
}

static int start_next(Transfer *t, char *url, Err *err) {
        int r;

        t->body = body_free(t->body);
        transfer_end_hop(t);
        free(t->url);
        t->url = url;
        if (t->hops == HTTP_HOPS_MAX)
                return err_set(err, -ELOOP, "more than %d redirects", HTTP_HOPS_MAX);
        t->hops++;
        r = transfer_start_hop(t, err);
        return r < 0 ? err_prefix(err, r, "redirect refused") : 0;
}

/* True when the hop was a redirect that is dealt with: the next hop runs, or the transfer failed.
 */
static bool follow(Transfer *t) {
        char *location = NULL, *url;
        long status = 0;
        Err err = {0};

        (void) curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
        (void) curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &location);
        if (!is_redirect(status) || !location || !may_follow(t, status, location))
                return false;
        url = strdup(location);
        if (!url)
                (void) err_set(&err, -ENOMEM, "out of memory for a redirect");
        else if (start_next(t, url, &err) >= 0)
                return true;
        transfer_fail(t, HTTP_END_NOT_SENT, &err);
        finish(t);
        return true;
}

void transfer_hop_over(Transfer *t, CURLcode code) {
        assert(t);
        assert(t->state == TRANSFER_RUNNING);
        if (code == CURLE_OK && !t->failed) {
                if (follow(t))
                        return;
                set_reply_end(t);
        } else if (!t->failed)
                set_network_end(t, curl_errno(code, may_have_left(t)), curl_sentence(t, code));
        finish(t);
}

void transfer_abort(Transfer *t, int code, const char *why) {
        assert(t);
        assert(why);
        assert(t->state == TRANSFER_RUNNING);
        set_network_end(t, code, why);
        finish(t);
}
