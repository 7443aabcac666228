/* SPDX-License-Identifier: MIT */

/*
 * fal's queue: any model it hosts, Pika's above all. The request is the model's input as it is.
 *
 *      POST /OWNER/APP/...                    -> status_url, response_url
 *      GET status_url    until COMPLETED      a failure is completed too: its result tells
 *      GET response_url                       the model's output, or its error
 *      PUT cancel_url
 *
 * The handle is {"status": URL, "result": URL, "cancel": URL}; once completed, {"result": URL} alone.
 * The addresses come from outside and get the key, so they must be at home, when they are taken and
 * again whenever they come back from the database.
 */

#include <stdio.h>

#include "provider/hosted.h"

#define FAL_BASE_URL "https://queue.fal.run"

static const HostedStyle style = {
        .reference = "image_url",
        .references = "image_urls",
        .seconds_as_text = true,
};

/* ---- the request ---- */

static int build_submit(const ProviderJob *job, HttpCall *http, Err *err) {
        _cleanup_(json_freep) Json *input = NULL;
        int r;

        r = hosted_input(job, &style, &input, err);
        if (r >= 0)
                r = http_call_init(
                        http, "POST", "Key ",
                        str_printf("%s/%s", job_base_url(job, FAL_BASE_URL), job->model));
        http->paid = true;
        return r < 0 ? r : call_post_json(http, job, input);
}

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = job_check_kind(job, &driver_fal, err);
        if (r >= 0)
                r = hosted_check_model(job, false, err);
        if (r >= 0)
                r = build_submit(job, &call.http, err);
        if (r < 0)
                return r == -ENOMEM ? err_errno(err, r, "cannot build the request") : r;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

static int build_at(const ProviderJob *job, const char *method, const char *url, ProviderCall *ret,
                    Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};

        if (!url || !url_same_origin(url, job_base_url(job, FAL_BASE_URL)))
                return err_set(err, -EINVAL, "the handle is no request of fal");
        if (http_call_init(&call.http, method, "Key ", strdup(url)) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

static int build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        _cleanup_(json_freep) Json *h = NULL;
        const char *url;

        assert(job);
        assert(handle);
        assert(ret);

        if (json_parse(handle, strlen(handle), &h, NULL) == -ENOMEM)
                return err_errno(err, -ENOMEM, "cannot build the request");
        url = json_str(h, "status");
        return build_at(job, "GET", url ? url : json_str(h, "result"), ret, err);
}

static int build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        _cleanup_(json_freep) Json *h = NULL;

        assert(job);
        assert(handle);
        assert(ret);

        if (json_parse(handle, strlen(handle), &h, NULL) == -ENOMEM)
                return err_errno(err, -ENOMEM, "cannot build the request");
        return build_at(job, "PUT", json_str(h, "cancel"), ret, err);
}

static int build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        return call_fetch(ret, item, NULL, "Key ", err);
}

/* ---- errors ---- */

static bool is_about_content(const ErrorReply *e) {
        return TEXT_SAYS(e->code, "content_policy", "nsfw", "safety") ||
               TEXT_SAYS(e->message, "content policy", "flagged", "safety");
}

/* A refusal of the content when the result is asked for may have been charged, as one at the door is
 * not. */
static void read_error(const ProviderJob *job, const ErrorReply *e, bool billed,
                       ProviderResult *ret) {
        if (e->status >= 400 && e->status < 500 && is_about_content(e)) {
                error_reply_set(e, OUTCOME_BLOCKED, "blocked by the provider's content policy",
                                ret);
                ret->billed = billed;
        } else if (e->status == 403 && TEXT_SAYS(e->message, "balance", "locked", "billing"))
                error_reply_set(e, OUTCOME_FUNDS, "the account is out of credit", ret);
        else
                error_reply_by_status(job, e, ret);
}

/* ---- accepted ---- */

/* The address the answer gives, when it is at home; else the one it would have: an accepted request
 * is paid, and its result must not be lost to a member that is missing. */
static int add_address(const ProviderJob *job, const Json *body, const char *member,
                       const char *ending, const char *key, Json *handle) {
        const char *base = job_base_url(job, FAL_BASE_URL), *given = json_str(body, member);
        _cleanup_(freep) char *built = NULL;
        size_t owner, app;

        if (given && url_same_origin(given, base))
                return json_add_str(handle, key, given);
        owner = strcspn(job->model, "/");
        app = owner + (job->model[owner] == '/') + strcspn(job->model + owner + 1, "/");
        built = str_printf("%s/%.*s/requests/%s%s", base, (int) app, job->model,
                           json_str(body, "request_id"), ending);
        return built ? json_add_str(handle, key, built) : -ENOMEM;
}

static int accept_request(const ProviderJob *job, const Json *body, ProviderResult *ret) {
        _cleanup_(json_freep) Json *handle = json_new_object();
        _cleanup_(freep) char *text = NULL;
        int r;

        if (!id_is_plain(json_str(body, "request_id")))
                return result_accept_id(ret, NULL);
        r = add_address(job, body, "status_url", "/status", "status", handle);
        if (r >= 0)
                r = add_address(job, body, "response_url", "", "result", handle);
        if (r >= 0)
                r = add_address(job, body, "cancel_url", "/cancel", "cancel", handle);
        if (r < 0)
                return r;
        text = json_print(handle);
        if (!text)
                return -ENOMEM;
        r = result_keep(&ret->request_id, json_str(body, "request_id"));
        return r < 0 ? r : result_accept(ret, text);
}

static int read_submitted(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (reply_is_good(reply))
                return accept_request(job, body, ret);
        error_reply_read(reply, body, &e);
        read_error(job, &e, false, ret);
        return 0;
}

static int parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_submitted, ret, err);
}

/* ---- status, then result ---- */

static int read_status(const Json *handle, const Json *body, ProviderResult *ret) {
        _cleanup_(json_freep) Json *next = NULL;
        _cleanup_(freep) char *text = NULL;
        const char *status = json_str(body, "status"), *result = json_str(handle, "result");

        ret->outcome = OUTCOME_OPEN;
        if (!status || !streq(status, "COMPLETED") || !result)
                return 0;
        next = json_new_object();
        if (json_add_str(next, "result", result) < 0)
                return -ENOMEM;
        text = json_print(next);
        return text ? result_accept(ret, text) : -ENOMEM;
}

/* An error as the result ends the request only where it is the request's own: 4xx of the model, 500
 * with a detail, or a word of the platform. Any other 5xx may be a gateway between us and a result
 * that is paid, so it is asked for again. */
static int read_result_error(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                             ProviderResult *ret) {
        ErrorReply e;
        bool own;

        error_reply_read(reply, body, &e);
        if (e.status == 400 && TEXT_SAYS(e.message, "in progress")) {
                ret->outcome = OUTCOME_OPEN; /* not there yet, whatever the status said */
                return 0;
        }
        own = json_str(body, "error_type") || (e.status == 500 && json_get(body, "detail")) ||
              e.status == 400 || e.status == 422;
        if (own)
                read_error(job, &e, true, ret);
        else
                error_reply_of_poll(job, &e, ret);
        return 0;
}

static int read_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                     ProviderResult *ret) {
        _cleanup_(json_freep) Json *h = NULL, *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(handle, strlen(handle), &h, NULL);
        if (r != -ENOMEM)
                r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (json_str(h, "status")) {
                if (reply_is_good(reply))
                        return read_status(h, body, ret);
                error_reply_read(reply, body, &e);
                error_reply_of_poll(job, &e, ret);
                return 0;
        }
        return reply_is_good(reply) ? hosted_take_output(job, body, ret)
                                    : read_result_error(job, reply, body, ret);
}

static int parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ProviderResult *ret, Err *err) {
        return driver_parse_poll(job, handle, reply, read_poll, ret, err);
}

const Driver driver_fal = {
        .name = "fal",
        .summary = "fal's queue: Pika and any other model it hosts: videos and pictures",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO),
        .needs_credential = true,
        .default_base_url = FAL_BASE_URL,
        .poll_floor_ms = 2000,
        .usual_min_ms = 5000,
        .usual_max_ms = 300000,
        .params = hosted_params,
        .n_params = HOSTED_N_PARAMS,
        .build = build,
        .parse = parse,
        .build_fetch = build_fetch,
        .build_poll = build_poll,
        .parse_poll = parse_poll,
        .build_cancel = build_cancel,
};
