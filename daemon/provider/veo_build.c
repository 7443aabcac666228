/* SPDX-License-Identifier: MIT */

/*
 * Requests to Veo.
 *
 *      start  POST .../models/M:predictLongRunning
 *             {"instances": [{"prompt": ..., "image": {"bytesBase64Encoded": FILE, "mimeType": M},
 *                             "lastFrame": ..., "referenceImages": [{"image": ...,
 *                             "referenceType": "asset"}]}], "parameters": {"sampleCount": 1, ...}}
 *      poll   Developer API: GET .../models/M/operations/ID
 *             Vertex AI: POST .../models/M:fetchPredictOperation {"operationName": ...}
 *
 * An answer never leaves the provider's storage unless its address is asked for, so no place to
 * store it ("storageUri") is sent: the bytes come in the answer, or an address of its own.
 */

#include "provider/veo.h"

/* Both forms, and the spelling of gateways that print the protocol's own names. */
static const char *const payload_paths[] = {
        "response.generateVideoResponse.generatedSamples[].video.encodedVideo",
        "response.generateVideoResponse.generatedSamples[].video.bytesBase64Encoded",
        "response.videos[].bytesBase64Encoded",
        NULL,
};

static const char *base_of(const ProviderJob *job) {
        return google_base(job, GOOGLE_BASE_URL_BETA);
}

/* ---- start ---- */

typedef enum Use { USE_FIRST, USE_FIRST_AND_LAST, USE_ASSET } Use;

static size_t n_references(const ProviderJob *job) {
        return job->references ? job->references->n : 0;
}

static Use use_of(const ProviderJob *job) {
        const char *word = json_str(job->params, "references_as");

        if (!word)
                return n_references(job) > 1 ? USE_ASSET : USE_FIRST;
        return streq(word, "asset")            ? USE_ASSET
               : streq(word, "first_and_last") ? USE_FIRST_AND_LAST
                                               : USE_FIRST;
}

static int check_references(const ProviderJob *job, Err *err) {
        static const struct {
                const char *word;
                size_t min, max;
        } rules[] = {
                [USE_FIRST] = {"first_frame", 0, 1},
                [USE_FIRST_AND_LAST] = {"first_and_last", 2, 2},
                [USE_ASSET] = {"asset", 1, VEO_REFERENCES_MAX},
        };
        Use use = use_of(job);
        size_t n = n_references(job);

        if (n >= rules[use].min && n <= rules[use].max)
                return 0;
        return err_set(err, -EINVAL, "'references_as: %s' takes %zu to %zu pictures, not %zu",
                       rules[use].word, MAX_OF(rules[use].min, (size_t) 1), rules[use].max, n);
}

/* The provider's own rule for all its models: what is large or has assets lasts eight seconds. */
static int check_length(const ProviderJob *job, Err *err) {
        const char *resolution = json_str(job->params, "resolution");
        int64_t seconds = 0;

        if (!json_int(job->params, "seconds", &seconds) || seconds < VEO_SECONDS_MIN ||
            seconds > VEO_SECONDS_MAX || seconds % 2 != 0)
                return err_set(err, -EINVAL, "'seconds' must be 4, 6 or 8");
        if (seconds == VEO_SECONDS_MAX)
                return 0;
        if (resolution && !streq(resolution, "720p"))
                return err_set(err, -EINVAL, "'resolution: %s' needs 'seconds: 8'", resolution);
        if (n_references(job) > 0 && use_of(job) == USE_ASSET)
                return err_set(err, -EINVAL, "'references_as: asset' needs 'seconds: 8'");
        return 0;
}

static int check_job(const ProviderJob *job, Err *err) {
        bool audio;
        int r;

        if (job->kind != KIND_VIDEO)
                return err_set(err, -EINVAL, "the veo driver makes no '%s'",
                               asset_kind_word(job->kind));
        r = google_check_model(job->model, err);
        if (r >= 0)
                r = check_length(job, err);
        if (r >= 0)
                r = check_references(job, err);
        if (r < 0)
                return r;
        if (google_form(base_of(job)) == GOOGLE_DEVELOPER &&
            json_bool(job->params, "generate_audio", &audio))
                return err_set(err, -EINVAL,
                               "'generate_audio' is for Vertex AI only: elsewhere the API refuses "
                               "it");
        return 0;
}

static int put_picture(HttpCall *http, StrBuf *b, const char *path, Err *err) {
        const char *media_type;
        int r;

        r = google_picture_type(path, &media_type, err);
        if (r < 0)
                return r;
        (void) strbuf_puts(b, "{\"bytesBase64Encoded\":\"");
        r = google_put_file(http, b, path);
        return r < 0 ? r : strbuf_printf(b, "\",\"mimeType\":\"%s\"}", media_type);
}

static int put_references(const ProviderJob *job, HttpCall *http, StrBuf *b, Err *err) {
        static const char *const frames[] = {",\"image\":", ",\"lastFrame\":"};
        bool assets = use_of(job) == USE_ASSET;
        size_t n = n_references(job);
        int r = 0;

        if (n > 0 && assets)
                (void) strbuf_puts(b, ",\"referenceImages\":[");
        for (size_t i = 0; r >= 0 && i < n; i++) {
                if (assets)
                        (void) strbuf_puts(b, i > 0 ? ",{\"image\":" : "{\"image\":");
                else
                        (void) strbuf_puts(b, frames[i > 0]);
                r = put_picture(http, b, job->references->items[i], err);
                if (r >= 0 && assets)
                        r = strbuf_puts(b, ",\"referenceType\":\"asset\"}");
        }
        return r >= 0 && n > 0 && assets ? strbuf_puts(b, "]") : r;
}

/* A number for whoever takes one: the Developer API refuses a seed. */
static int add_seed(const ProviderJob *job, Json *parameters) {
        if (google_form(base_of(job)) == GOOGLE_DEVELOPER)
                return 0;
        return json_add_int(parameters, "seed", job->seed & UINT32_MAX);
}

static int build_parameters(const ProviderJob *job, Json **ret) {
        static const struct {
                const char *param, *member;
        } words[] = {
                {"aspect_ratio", "aspectRatio"},
                {"resolution", "resolution"},
                {"negative_prompt", "negativePrompt"},
                {"person_generation", "personGeneration"},
        };
        _cleanup_(json_freep) Json *p = json_new_object();
        int64_t seconds = 0;
        bool audio;
        int r;

        (void) json_int(job->params, "seconds", &seconds);
        r = json_add_int(p, "sampleCount", 1);
        if (r >= 0)
                r = json_add_int(p, "durationSeconds", seconds);
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(words); i++) {
                const char *word = json_str(job->params, words[i].param);

                if (word && *word)
                        r = json_add_str(p, words[i].member, word);
        }
        if (r >= 0 && json_bool(job->params, "generate_audio", &audio))
                r = json_add_bool(p, "generateAudio", audio);
        if (r >= 0)
                r = add_seed(job, p);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

static int build_body(const ProviderJob *job, HttpCall *http, Err *err) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        Json *parameters;
        int r;

        (void) strbuf_puts(&b, "{\"instances\":[{\"prompt\":");
        r = google_put_json(&b, json_new_string(job->prompt));
        if (r >= 0)
                r = put_references(job, http, &b, err);
        if (r >= 0)
                r = build_parameters(job, &parameters);
        if (r < 0)
                return r;
        (void) strbuf_puts(&b, "}],\"parameters\":");
        r = google_put_json(&b, parameters);
        if (r < 0)
                return r;
        (void) strbuf_puts(&b, "}");
        return call_add_text(http, strbuf_take(&b));
}

int veo_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        HttpCall *http = &call.http;
        const char *base;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = check_job(job, err);
        if (r < 0)
                return r;
        base = base_of(job);
        http->paid = true;
        r = google_call_init(http, base, "POST",
                             google_model_url(base, job->model, "predictLongRunning"), true);
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

/* ---- poll ---- */

static bool is_name_char(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '_' || c == '-' || c == ':';
}

/* One step of a path at *p, with its '/': letters, digits and little else, and no way up. */
static bool skip_step(const char **p) {
        const char *start = *p;

        while (is_name_char(**p))
                (*p)++;
        if (*p == start || start[strspn(start, ".")] == '/' || start[strspn(start, ".")] == '\0')
                return false;
        if (**p == '/')
                (*p)++;
        return true;
}

static bool skip_word(const char **p, const char *word) {
        size_t n = strlen(word);

        if (strncmp(*p, word, n) != 0)
                return false;
        *p += n;
        return true;
}

int veo_split_handle(const char *handle, GoogleForm form,
                     char ret_model[static GOOGLE_NAME_MAX + 1]) {
        const char *p, *model;
        size_t n;

        assert(handle);

        p = handle;
        if (form == GOOGLE_PROJECT &&
            !(skip_word(&p, "projects/") && skip_step(&p) && skip_word(&p, "locations/") &&
              skip_step(&p) && skip_word(&p, "publishers/google/")))
                return -EINVAL;
        if (form == GOOGLE_EXPRESS) {
                /* With a key alone the project in the name is the provider's affair. */
                if (skip_word(&p, "projects/") &&
                    !(skip_step(&p) && skip_word(&p, "locations/") && skip_step(&p)))
                        return -EINVAL;
                (void) skip_word(&p, "publishers/google/");
        }
        if (!skip_word(&p, "models/"))
                return -EINVAL;
        model = p;
        if (!skip_step(&p) || p[-1] != '/')
                return -EINVAL;
        n = (size_t) (p - model) - 1;
        if (n > GOOGLE_NAME_MAX || !skip_word(&p, "operations/") || !skip_step(&p) || *p != '\0' ||
            p[-1] == '/')
                return -EINVAL;
        memcpy(ret_model, model, n);
        ret_model[n] = '\0';
        return 0;
}

static int build_post_poll(HttpCall *http, const char *base, const char *model,
                           const char *handle) {
        _cleanup_(json_freep) Json *body = json_new_object();
        int r;

        r = google_call_init(http, base, "POST",
                             google_model_url(base, model, "fetchPredictOperation"), true);
        if (r >= 0)
                r = json_add_str(body, "operationName", handle);
        return r < 0 ? r : call_add_text(http, json_print(body));
}

int veo_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        char model[GOOGLE_NAME_MAX + 1];
        const char *base;
        GoogleForm form;
        int r;

        assert(job);
        assert(handle);
        assert(ret);

        base = base_of(job);
        form = google_form(base);
        r = veo_split_handle(handle, form, model);
        if (r < 0)
                return err_set(err, r, "the handle is no operation of this provider");
        if (form == GOOGLE_DEVELOPER)
                r = google_call_init(&call.http, base, "GET", str_printf("%s/%s", base, handle),
                                     false);
        else
                r = build_post_poll(&call.http, base, model, handle);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        call.http.payload_paths = payload_paths;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

int veo_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret, Err *err) {
        assert(job);

        return google_fetch(base_of(job), item, ret, err);
}
