/* SPDX-License-Identifier: MIT */

/*
 * Requests of the Interactions API.
 *
 *      start   POST .../interactions
 *              {"model": M, "input": [{"type": "image", "data": FILE, "mime_type": T}, ...,
 *              {"type": "text", "text": PROMPT}], "generation_config": {"video_config": {"task": ..}},
 *              "response_format": {"type": "video", "duration": "5s", "delivery": "uri", ...},
 *              "background": true, "store": true, "stream": false}
 *      poll    GET .../interactions/ID?stream=false, then GET .../files/ID
 *      cancel  POST .../interactions/ID/cancel
 *
 * "background" needs "store": without it the answer would hold for minutes, and a lost connection
 * would lose a video that is paid for.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/omni.h"

static const char *const payload_paths[] = {
        "steps[].content[].data",
        "-steps[].signature", /* as large as the model likes, and of no use to us */
        NULL,
};

static const char *base_of(const ProviderJob *job) {
        return google_base(job, GOOGLE_BASE_URL);
}

/* ---- start ---- */

static size_t n_references(const ProviderJob *job) {
        return job->references ? job->references->n : 0;
}

static const char *use_of(const ProviderJob *job) {
        const char *word = json_str(job->params, "references_as");

        return word ? word : n_references(job) > 1 ? "asset" : "first_frame";
}

static const char *task_of(const ProviderJob *job) {
        if (n_references(job) == 0)
                return "text_to_video";
        return streq(use_of(job), "asset") ? "reference_to_video" : "image_to_video";
}

static int check_references(const ProviderJob *job, Err *err) {
        const char *use = use_of(job);
        size_t n = n_references(job), wanted = streq(use, "first_and_last") ? 2 : 1;

        if (n > OMNI_REFERENCES_MAX)
                return err_set(err, -EINVAL, "%zu references are too many: %d go into one request",
                               n, OMNI_REFERENCES_MAX);
        if (job->kind == KIND_IMAGE || (n == 0 && !json_get(job->params, "references_as")))
                return 0;
        if (streq(use, "asset") ? n == 0 : n != wanted)
                return err_set(err, -EINVAL, "'references_as: %s' takes %s, not %zu", use,
                               streq(use, "asset") ? "pictures"
                               : wanted == 2       ? "two pictures"
                                                   : "one picture",
                               n);
        return 0;
}

static int check_job(const ProviderJob *job, Err *err) {
        int64_t seconds;
        int r;

        if (job->kind != KIND_VIDEO && job->kind != KIND_IMAGE)
                return err_set(err, -EINVAL, "the omni driver makes no '%s'",
                               asset_kind_word(job->kind));
        r = google_check_model(job->model, err);
        if (r < 0)
                return r;
        if (job->kind == KIND_VIDEO && (!json_int(job->params, "seconds", &seconds) ||
                                        seconds < OMNI_SECONDS_MIN || seconds > OMNI_SECONDS_MAX))
                return err_set(err, -EINVAL, "'seconds' must be %d to %d", OMNI_SECONDS_MIN,
                               OMNI_SECONDS_MAX);
        return check_references(job, err);
}

static int add_given(const ProviderJob *job, const char *param, Json *format) {
        const char *word = json_str(job->params, param);

        return word ? json_add_str(format, param, word) : 0;
}

/* Vertex AI stores what is asked for by address in a bucket of the caller's, so there the bytes are
 * asked for. */
static int build_format(const ProviderJob *job, Json **ret) {
        _cleanup_(json_freep) Json *f = json_new_object();
        bool video = job->kind == KIND_VIDEO;
        char duration[24];
        int64_t seconds = 0;
        int r;

        (void) json_int(job->params, "seconds", &seconds);
        (void) snprintf(duration, sizeof duration, "%llds", (long long) seconds);
        r = json_add_str(f, "type", video ? "video" : "image");
        if (r >= 0 && video)
                r = json_add_str(f, "duration", duration);
        if (r >= 0)
                r = add_given(job, "aspect_ratio", f);
        if (r >= 0)
                r = add_given(job, video ? "resolution" : "image_size", f);
        if (r >= 0)
                r = json_add_str(f, "delivery",
                                 video && google_form(base_of(job)) == GOOGLE_DEVELOPER ? "uri"
                                                                                        : "inline");
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

static int put_input(const ProviderJob *job, HttpCall *http, StrBuf *b, Err *err) {
        int r = 0;

        (void) strbuf_puts(b, ",\"input\":[");
        for (size_t i = 0; r >= 0 && i < n_references(job); i++) {
                const char *path = job->references->items[i], *media_type;

                r = google_picture_type(path, &media_type, err);
                if (r < 0)
                        return r;
                (void) strbuf_printf(b, "{\"type\":\"image\",\"mime_type\":\"%s\",\"data\":\"",
                                     media_type);
                r = google_put_file(http, b, path);
                (void) strbuf_puts(b, "\"},");
        }
        if (r < 0)
                return r;
        (void) strbuf_puts(b, "{\"type\":\"text\",\"text\":");
        r = google_put_json(b, json_new_string(job->prompt));
        return r < 0 ? r : strbuf_puts(b, "}]");
}

static int build_body(const ProviderJob *job, HttpCall *http, Err *err) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        Json *format;
        int r;

        (void) strbuf_printf(&b, "{\"model\":\"%s\"", job->model);
        r = put_input(job, http, &b, err);
        if (r >= 0 && job->kind == KIND_VIDEO)
                r = strbuf_printf(&b, ",\"generation_config\":{\"video_config\":{\"task\":\"%s\"}}",
                                  task_of(job));
        if (r >= 0)
                r = build_format(job, &format);
        if (r < 0)
                return r;
        (void) strbuf_puts(&b, ",\"response_format\":");
        r = google_put_json(&b, format);
        if (r < 0)
                return r;
        (void) strbuf_puts(&b, ",\"background\":true,\"store\":true,\"stream\":false}");
        return call_add_text(http, strbuf_take(&b));
}

int omni_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        HttpCall *http = &call.http;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = check_job(job, err);
        if (r < 0)
                return r;
        http->paid = true;
        http->payload_paths = payload_paths;
        r = google_call_init(http, base_of(job), "POST",
                             str_printf("%s/interactions", base_of(job)), true);
        if (r >= 0)
                r = build_body(job, http, err);
        if (r == -ENOMEM)
                return err_errno(err, r, "cannot build the request");
        if (r < 0)
                return r;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- handles ---- */

static size_t id_length(const char *s) {
        return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=");
}

/* " NUMBER" at *p. */
static bool read_tokens(const char **p, int64_t *ret) {
        char digits[24];
        size_t n;

        if (**p != ' ')
                return false;
        n = strspn(++*p, "-0123456789");
        if (n >= sizeof digits)
                return false;
        memcpy(digits, *p, n);
        digits[n] = '\0';
        *p += n;
        return streq(digits, "-1") ? (*ret = -1, true) : parse_int(digits, 0, INT32_MAX, ret) >= 0;
}

int omni_read_handle(const char *handle, OmniHandle *ret) {
        OmniHandle h = {.input_tokens = -1, .output_tokens = -1, .image_tokens = -1};
        const char *p;
        size_t n;

        assert(handle);
        assert(ret);

        h.file = strncmp(handle, "files/", 6) == 0;
        p = handle + (h.file ? 6 : 0);
        n = id_length(p);
        if (n == 0 || n > OMNI_ID_MAX || strspn(p, ".") == n)
                return -EINVAL;
        memcpy(h.id, p, n);
        p += n;
        if (h.file && !(read_tokens(&p, &h.input_tokens) && read_tokens(&p, &h.output_tokens) &&
                        read_tokens(&p, &h.image_tokens)))
                return -EINVAL;
        if (*p)
                return -EINVAL;
        *ret = h;
        return 0;
}

static int finish(ProviderCall *call, int r, ProviderCall *ret, Err *err) {
        if (r < 0) {
                provider_call_done(call);
                return err_errno(err, r, "cannot build the request");
        }
        *ret = *call;
        return 0;
}

int omni_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        ProviderCall call = {.type = CALL_HTTP};
        OmniHandle h;
        int r;

        assert(job);
        assert(handle);
        assert(ret);

        if (omni_read_handle(handle, &h) < 0)
                return err_set(err, -EINVAL, "the handle is no operation of this provider");
        call.http.payload_paths = payload_paths;
        r = google_call_init(
                &call.http, base_of(job), "GET",
                h.file ? str_printf("%s/files/%s", base_of(job), h.id)
                       : str_printf("%s/interactions/%s?stream=false", base_of(job), h.id),
                false);
        return finish(&call, r, ret, err);
}

int omni_build_cancel(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        ProviderCall call = {.type = CALL_HTTP};
        OmniHandle h;
        int r;

        assert(job);
        assert(handle);
        assert(ret);

        if (omni_read_handle(handle, &h) < 0 || h.file)
                return err_set(err, -EINVAL, "nothing is left that could be cancelled");
        r = google_call_init(&call.http, base_of(job), "POST",
                             str_printf("%s/interactions/%s/cancel", base_of(job), h.id), false);
        return finish(&call, r, ret, err);
}

int omni_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret, Err *err) {
        assert(job);

        return google_fetch(base_of(job), item, ret, err);
}
