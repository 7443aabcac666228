/* SPDX-License-Identifier: MIT */

/*
 * Answers of Veo.
 *
 *      start  2xx with a name ------------------------------> open
 *             anything else --------------------------------> as for every call of Google
 *      poll   not 2xx, or no JSON --------------------------> open, and what kept it from telling
 *             400, 404, 410, by Google itself --------------> open, and that it is denied
 *             done absent or false -------------------------> open
 *             done, error ----------------------------------> by its google.rpc code; not billed
 *             done, samples --------------------------------> made
 *             done, no sample, raiMediaFilteredCount -------> blocked, not billed
 *             done, neither error nor sample ---------------> broken
 */

#include "provider/veo.h"

/* ---- start ---- */

static int parse_start(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                       ProviderResult *ret) {
        const char *base = google_base(job, GOOGLE_BASE_URL_BETA), *name = json_str(body, "name");
        char model[GOOGLE_NAME_MAX + 1];
        int r;

        if (reply->status < 200 || reply->status > 299 || json_is_object(json_get(body, "error"))) {
                int64_t code = 0;

                if (!json_int(json_get(body, "error"), "code", &code))
                        code = reply->status < 300 ? 500 : reply->status;
                google_error(job, reply,
                             reply->status < 300 ? google_rpc_status(code) : reply->status, body,
                             ret);
                return 0;
        }
        if (!name || veo_split_handle(name, google_form(base), model) < 0) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "HANDLE",
                                    "the answer names no operation that can be asked for");
                return 0;
        }
        r = provider_result_accept(ret, name);
        return r == -EBADMSG ? 0 : r;
}

/* ---- poll ---- */

static int first_url(const ProviderJob *job, const Json *video, ProviderResult *ret) {
        const char *base = google_base(job, GOOGLE_BASE_URL_BETA),
                   *url = google_text(video, "uri", "gcsUri");
        _cleanup_(freep) char *stored = NULL;

        if (!url)
                return 0;
        if (google_stored_url(base, url, &stored) < 0)
                return -ENOMEM;
        if (!stored && strncmp(url, "gs://", 5) == 0) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "STORED_ELSEWHERE",
                                    "the video was stored at '%s' instead of being sent, where "
                                    "only the token of a project leads: use the address with "
                                    "projects/ as 'base_url'",
                                    url);
                return 1;
        }
        if (result_add_url(ret, stored ? stored : url, stored || url_same_origin(url, base),
                           json_str(video, "mimeType")) < 0)
                return -ENOMEM;
        provider_result_set(ret, OUTCOME_MADE, false, true, "DONE", "%s", "");
        return 1;
}

/* 1 when the sample was something, whatever it makes of the result. */
static int take_video(const ProviderJob *job, const ProviderReply *reply, const Json *sample,
                      ProviderResult *ret) {
        const Json *video =
                json_is_object(json_get(sample, "video")) ? json_get(sample, "video") : sample;
        const char *bytes = google_text(video, "bytesBase64Encoded", "encodedVideo");
        int payload = payload_index(bytes, reply->n_payloads);
        const char *media_type = google_text(video, "mimeType", "encoding");

        if (payload < 0)
                return first_url(job, video, ret);
        if (result_add_payload(ret, payload, media_type) < 0)
                return -ENOMEM;
        provider_result_set(ret, OUTCOME_MADE, false, true, "DONE", "%s", "");
        return 1;
}

static void set_filtered(const Json *response, ProviderResult *ret) {
        const Json *reasons = json_get(response, "raiMediaFilteredReasons");
        const char *reason = json_text(json_first(json_is_array(reasons) ? reasons : NULL));

        provider_result_set(ret, OUTCOME_BLOCKED, false, false, "RAI_FILTERED", "%s%s%s%s",
                            "the video was filtered by the provider's safety rules",
                            reason ? ": '" : "", reason ? reason : "", reason ? "'" : "");
}

static void set_seconds(const ProviderJob *job, ProviderResult *ret) {
        int64_t seconds;

        if (ret->billed && json_int(job->params, "seconds", &seconds))
                ret->seconds = (double) seconds;
}

static int parse_response(const ProviderJob *job, const ProviderReply *reply, const Json *response,
                          ProviderResult *ret) {
        /* The Developer API has one level more. */
        const Json *inner = json_get(response, "generateVideoResponse");
        const Json *samples;
        int64_t filtered = 0;
        int r = 0;

        inner = json_is_object(inner) ? inner : response;
        samples = google_member(inner, "generatedSamples", "videos");
        for (const Json *s = json_first(json_is_array(samples) ? samples : NULL); s && r == 0;
             s = json_next(s))
                r = take_video(job, reply, s, ret);
        if (r < 0)
                return r;
        if (r == 0 && json_int(inner, "raiMediaFilteredCount", &filtered) && filtered > 0)
                set_filtered(inner, ret);
        else if (r == 0)
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "NO_VIDEO",
                                    "the operation ended without a video, and without a reason");
        set_seconds(job, ret);
        return 0;
}

/* An operation that failed is not billed. Rules of safety come as an invalid argument too. */
static void parse_failure(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                          ProviderResult *ret) {
        const Json *error = json_get(body, "error");
        const char *message = json_str(error, "message");
        char quote[GOOGLE_QUOTE_MAX];
        int64_t code = 13;

        (void) json_int(error, "code", &code);
        if (message && google_rpc_status(code) == 400 && google_speaks_of_safety(message)) {
                text_make_printable(message, quote, sizeof quote);
                provider_result_set(ret, OUTCOME_BLOCKED, false, false, "SAFETY",
                                    "blocked by the provider's safety rules: '%s'", quote);
                return;
        }
        google_error(job, reply, google_rpc_status(code), body, ret);
}

static bool is_denial(int status) {
        return status == 400 || status == 404 || status == 410;
}

/* The answer told nothing of the operation. */
static int parse_trouble(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                         ProviderResult *ret) {
        bool good = reply->status >= 200 && reply->status < 300;

        google_error(job, reply, good ? 500 : reply->status, good ? NULL : body, ret);
        /* It was accepted once, and may have been made: that it is gone now is no refusal. */
        if (ret->outcome == OUTCOME_REJECTED && is_denial(reply->status))
                google_denied(reply, body, ret);
        else
                provider_result_poll_trouble(ret);
        return 0;
}

static int parse_poll(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                      ProviderResult *ret) {
        bool done = false;

        if (reply->status < 200 || reply->status > 299 || !json_is_object(body))
                return parse_trouble(job, reply, body, ret);
        (void) json_bool(body, "done", &done);
        if (!done) {
                ret->outcome = OUTCOME_OPEN;
                return 0;
        }
        if (json_is_object(json_get(body, "error"))) {
                parse_failure(job, reply, body, ret);
                return 0;
        }
        return parse_response(job, reply, json_get(body, "response"), ret);
}

/* ---- both ---- */

typedef int (*Parser)(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                      ProviderResult *ret);

static int read_reply(Parser parse, const ProviderJob *job, const ProviderReply *reply,
                      ProviderResult *ret, Err *err) {
        _cleanup_(provider_result_done) ProviderResult result;
        _cleanup_(json_freep) Json *body = NULL;
        int r;

        assert(job);
        assert(reply);
        assert(reply->envelope);
        assert(ret);

        provider_result_init(&result);
        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r != -ENOMEM)
                r = parse(job, reply, google_unwrap(body), &result);
        if (r >= 0)
                r = result_keep(&result.request_id, reply->request_id);
        if (r < 0)
                return err_errno(err, r, "cannot read the answer");
        *ret = result;
        provider_result_init(&result);
        return 0;
}

int veo_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err) {
        return read_reply(parse_start, job, reply, ret, err);
}

int veo_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                   ProviderResult *ret, Err *err) {
        (void) handle;
        return read_reply(parse_poll, job, reply, ret, err);
}
