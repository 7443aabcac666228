/* SPDX-License-Identifier: MIT */

/*
 * Replicate: any model it hosts.
 *
 *      POST /models/OWNER/NAME/predictions    {"input": {...}}              an official model
 *      POST /predictions                      {"version": V, "input": ...}  OWNER/NAME:VERSION
 *      GET /predictions/ID                    until it has ended
 *      POST /predictions/ID/cancel
 *
 * The answer to each is the prediction, which may have ended already in the first. Everything of it
 * is deleted an hour after its end.
 */

#include "provider/hosted.h"

#define REPLICATE_BASE_URL "https://api.replicate.com/v1"

enum {
        QUOTE_MAX = 240, /* of an error quoted in a reason */
};

static const HostedStyle style = {
        .reference = "image",
        .references = "images",
        .seconds_as_text = false,
};

/* ---- requests ---- */

static char *submit_url(const ProviderJob *job, bool versioned) {
        const char *base = job_base_url(job, REPLICATE_BASE_URL);

        return versioned ? str_printf("%s/predictions", base)
                         : str_printf("%s/models/%s/predictions", base, job->model);
}

static int build_submit(const ProviderJob *job, HttpCall *http, Err *err) {
        _cleanup_(json_freep) Json *body = json_new_object();
        const char *version = strchr(job->model, ':');
        Json *input = NULL;
        int r;

        r = hosted_input(job, &style, &input, err);
        if (r >= 0)
                r = json_add(body, "input", input);
        if (r >= 0 && version)
                r = json_add_str(body, "version", version + 1);
        if (r >= 0)
                r = http_call_init(http, "POST", "Bearer ", submit_url(job, version));
        http->paid = true;
        return r < 0 ? r : call_post_json(http, job, body);
}

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = job_check_kind(job, &driver_replicate, err);
        if (r >= 0)
                r = hosted_check_model(job, true, err);
        if (r >= 0)
                r = build_submit(job, &call.http, err);
        if (r < 0)
                return r == -ENOMEM ? err_errno(err, r, "cannot build the request") : r;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

static int build_for(const ProviderJob *job, const char *method, const char *handle,
                     const char *ending, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};

        assert(job);
        assert(handle);
        assert(ret);

        if (!id_is_plain(handle))
                return err_set(err, -EINVAL, "the handle is no prediction of replicate");
        if (http_call_init(&call.http, method, "Bearer ",
                           str_printf("%s/predictions/%s%s", job_base_url(job, REPLICATE_BASE_URL),
                                      handle, ending)) < 0)
                return err_errno(err, -ENOMEM, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

static int build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        return build_for(job, "GET", handle, "", ret, err);
}

static int build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        return build_for(job, "POST", handle, "/cancel", ret, err);
}

static int build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        return call_fetch(ret, item, NULL, "Bearer ", err);
}

/* ---- predictions ---- */

/* The model's own words; failed predictions may be charged by their time, so they are counted. */
static void read_failed(const Json *body, ProviderResult *ret) {
        const char *error = json_str(body, "error");
        char quote[QUOTE_MAX];
        bool blocked;

        text_make_printable(error ? error : "it does not say why", quote, sizeof quote);
        blocked = TEXT_SAYS(quote, "nsfw", "safety", "sensitive", "flagged", "moderat",
                            "content policy", "(E005)");
        if (blocked)
                provider_result_set(ret, OUTCOME_BLOCKED, false, true, "failed",
                                    "blocked by the model's safety filter: '%s'", quote);
        else
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "failed",
                                    "the prediction failed: '%s'", quote);
}

static int read_succeeded(const ProviderJob *job, const Json *body, ProviderResult *ret) {
        bool removed = false;

        if (json_bool(body, "data_removed", &removed) && removed) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "EXPIRED",
                                    "the provider has deleted the result: it keeps it for an hour");
                return 0;
        }
        return hosted_take_output(job, json_get(body, "output"), ret);
}

/* Words nobody knows are those of a prediction that goes on. */
static int read_prediction(const ProviderJob *job, const Json *body, ProviderResult *ret) {
        const char *status = json_str(body, "status");
        int r;

        r = result_keep(&ret->request_id, json_str(body, "id"));
        if (r >= 0)
                r = result_keep(&ret->model_returned, json_str(body, "model"));
        if (r >= 0)
                r = result_keep_usage(ret, json_get(body, "metrics"));
        if (r < 0)
                return r;
        ret->outcome = OUTCOME_OPEN;
        if (!status)
                return 0;
        if (streq(status, "succeeded"))
                return read_succeeded(job, body, ret);
        if (streq(status, "failed"))
                read_failed(body, ret);
        else if (streq(status, "canceled"))
                provider_result_set(ret, OUTCOME_REJECTED, false, true, status,
                                    "the prediction was cancelled at the provider");
        else if (streq(status, "aborted"))
                provider_result_set(ret, OUTCOME_TRANSIENT, true, false, status,
                                    "the prediction was given up before it began");
        return 0;
}

static int read_submitted(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (!reply_is_good(reply)) {
                error_reply_read(reply, body, &e);
                error_reply_by_status(job, &e, ret);
                return 0;
        }
        r = read_prediction(job, body, ret);
        if (r < 0 || ret->outcome != OUTCOME_OPEN)
                return r;
        return result_accept_id(ret, json_str(body, "id"));
}

static int parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_submitted, ret, err);
}

static int read_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                     ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        ErrorReply e;
        int r;

        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return r;
        if (reply_is_good(reply))
                return read_prediction(job, body, ret);
        error_reply_read(reply, body, &e);
        error_reply_of_poll(job, &e, ret);
        return result_keep(&ret->request_id, handle);
}

static int parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ProviderResult *ret, Err *err) {
        return driver_parse_poll(job, handle, reply, read_poll, ret, err);
}

const Driver driver_replicate = {
        .name = "replicate",
        .summary = "Replicate: any model it hosts: videos and pictures",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_VIDEO),
        .needs_credential = true,
        .default_base_url = REPLICATE_BASE_URL,
        .poll_floor_ms = 2000,
        .usual_min_ms = 2000,
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
