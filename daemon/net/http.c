/* SPDX-License-Identifier: MIT */

#include "net/http.h"

#include "net/transfer.h"

static void on_finished(CURL *easy, CURLcode code, void *userdata) {
        Transfer *t = NULL;

        (void) curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &t);
        assert(t);
        t->added = false;
        transfer_hop_over(t, code);
}

/* Every transfer that runs is lost with the multi handle. */
static void on_broken(const char *why, void *userdata) {
        Http *http = userdata;

        for (Transfer *t = http->transfers; t; t = t->next)
                if (t->state == TRANSFER_RUNNING)
                        transfer_abort(t, -EIO, why);
}

int http_new(sd_event *event, Http **ret, Err *err) {
        const CurlEventHandler handler = {.finished = on_finished, .broken = on_broken};
        Http *http;
        int r;

        assert(event);
        assert(ret);
        if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
                return err_set(err, -EIO, "cannot start libcurl");
        http = calloc(1, sizeof *http);
        if (http) {
                CurlEventHandler mine = handler;

                mine.userdata = http;
                http->event = sd_event_ref(event);
                r = curl_event_new(event, HTTP_TRANSFERS_MAX, &mine, &http->curl, err);
        } else
                r = err_set(err, -ENOMEM, "out of memory for the network");
        if (r < 0) {
                (void) http_free(http);
                return r;
        }
        *ret = http;
        return 0;
}

/* Takes the transfer out of its owner's list and out of curl; what is left of it is inert. */
static void detach(Transfer *t) {
        Http *http = t->http;

        if (!http)
                return;
        transfer_end_hop(t);
        t->stall = sd_event_source_disable_unref(t->stall);
        t->resume = sd_event_source_disable_unref(t->resume);
        t->deliver = sd_event_source_disable_unref(t->deliver);
        if (t->state != TRANSFER_DELIVERED)
                http->in_flight--;
        if (t->prev)
                t->prev->next = t->next;
        else
                http->transfers = t->next;
        if (t->next)
                t->next->prev = t->prev;
        t->prev = t->next = NULL;
        t->http = NULL;
}

Http *http_free(Http *http) {
        if (!http)
                return NULL;
        while (http->transfers)
                detach(http->transfers);
        (void) curl_event_free(http->curl);
        (void) sd_event_unref(http->event);
        free(http);
        curl_global_cleanup();
        return NULL;
}

size_t http_in_flight(const Http *http) {
        assert(http);
        return http->in_flight;
}

static void set_reply(const Transfer *t, ProviderReply *ret) {
        size_t envelope_n, n_payloads;
        bool cut;
        const char *envelope = body_envelope(t->body, &envelope_n, &cut);
        const ReplyPayload *payloads = body_payloads(t->body, &n_payloads);

        *ret = (ProviderReply){
                .status = t->status,
                .content_type = t->head.content_type[0] ? t->head.content_type : NULL,
                .retry_after_ms = t->head.retry_after_ms,
                .requests = t->head.requests,
                .tokens = t->head.tokens,
                .request_id = t->head.request_id[0] ? t->head.request_id : NULL,
                .envelope = envelope,
                .envelope_n = envelope_n,
                .envelope_cut = cut,
                .payloads = payloads,
                .n_payloads = n_payloads,
        };
}

/* What leaves net/ goes to the log, the ledger and reports. */
static void strike_secret(Transfer *t) {
        secret_strike(t->credential, t->err.text, strlen(t->err.text));
        secret_strike(t->credential, t->head.content_type, strlen(t->head.content_type));
        secret_strike(t->credential, t->head.request_id, strlen(t->head.request_id));
        if (t->body)
                body_strike(t->body, t->credential);
}

static int on_deliver(sd_event_source *source, void *userdata) {
        Transfer *t = userdata;
        HttpResult result = {.end = t->end, .reply.retry_after_ms = -1};

        t->state = TRANSFER_DELIVERED;
        t->http->in_flight--;
        strike_secret(t);
        result.err = t->err;
        if (t->end == HTTP_END_REPLY) {
                body_keep(t->body);
                set_reply(t, &result.reply);
        }
        t->done(t, &result, t->userdata); /* may free the transfer, and its Http */
        return 0;
}

static void call_clear(HttpCall *call) {
        for (size_t i = 0; i < call->n_body; i++) {
                free(call->body[i].text);
                free(call->body[i].file);
        }
        free(call->body);
        free(call->url);
        strv_done(&call->headers);
        *call = (HttpCall){0};
}

Transfer *transfer_free(Transfer *t) {
        if (!t)
                return NULL;
        detach(t);
        (void) body_free(t->body);
        call_clear(&t->call);
        (void) secret_free(t->key);
        free(t->origin_url);
        free(t->spool_stem);
        free(t->url);
        free(t);
        return NULL;
}

/* Bad headers would be a driver's mistake, but the texts in them may come from elsewhere. */
static int check_call(const Http *http, const HttpCall *call, Err *err) {
        if (http->in_flight >= HTTP_TRANSFERS_MAX)
                return err_set(err, -EBUSY, "more than %d transfers at a time", HTTP_TRANSFERS_MAX);
        for (size_t i = 0; i < call->headers.n; i++)
                if (strpbrk(call->headers.items[i], "\r\n"))
                        return err_set(err, -EINVAL, "a request header with a line break in it");
        return 0;
}

static int prepare(Transfer *t, const HttpOptions *options, Err *err) {
        int r = 0;

        t->credential = options->credential;
        if (t->credential && !secret_is_document(t->credential)) {
                size_t n;
                const char *text = secret_text(t->credential, &n);

                r = secret_new(text, n, &t->key, err);
                t->credential = t->key;
        }
        if (r < 0)
                return err_prefix(err, r, "credential");
        t->spool_dir_fd = options->spool_dir_fd;
        t->deadline_us = transfer_now_us() + (uint64_t) options->timeout_ms * 1000;
        t->origin_url = strdup(options->origin);
        t->spool_stem = strdup(options->spool_stem);
        if (!t->origin_url || !t->spool_stem)
                return err_set(err, -ENOMEM, "out of memory for a transfer");
        r = url_parts(options->origin, &t->origin, err);
        if (r < 0)
                return err_prefix(err, r, "base_url");
        r = url_parts(t->call.url, &t->first, err);
        if (r < 0)
                return r;
        r = sd_event_add_defer(t->http->event, &t->deliver, on_deliver, t);
        if (r >= 0)
                r = sd_event_source_set_enabled(t->deliver, SD_EVENT_OFF);
        if (r < 0)
                return err_errno(err, r, "cannot start a transfer");
        r = transfer_make_sources(t, err);
        if (r < 0)
                return r;
        return transfer_start_hop(t, err);
}

int http_start(Http *http, HttpCall *call, const HttpOptions *options, HttpDoneFn done,
               void *userdata, Transfer **ret, Err *err) {
        Transfer *t;
        int r;

        assert(http);
        assert(call);
        assert(call->url);
        assert(streq(call->method, "GET") || streq(call->method, "POST") ||
               streq(call->method, "PUT") || streq(call->method, "DELETE"));
        assert(options);
        assert(options->origin);
        assert(options->spool_stem);
        assert(options->timeout_ms > 0);
        assert(done);
        assert(ret);
        r = check_call(http, call, err);
        if (r < 0)
                return r;
        t = calloc(1, sizeof *t);
        if (!t)
                return err_set(err, -ENOMEM, "out of memory for a transfer");
        t->http = http;
        t->done = done;
        t->userdata = userdata;
        t->call = *call;
        t->next = http->transfers;
        if (http->transfers)
                http->transfers->prev = t;
        http->transfers = t;
        http->in_flight++;
        r = prepare(t, options, err);
        if (r < 0) {
                t->call = (HttpCall){0}; /* stays the caller's */
                (void) transfer_free(t);
                return r;
        }
        *call = (HttpCall){0};
        *ret = t;
        return 0;
}
