/* SPDX-License-Identifier: MIT */

/*
 * Pictures from OpenAI's /images/generations, or /images/edits when there are references: that one
 * takes a form. Gateways and stable-diffusion.cpp speak the first. Synchronous, silent for minutes.
 * Never sent: response_format, which the models of today refuse; so bytes or an address may come.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/openai.h"

enum {
        REFERENCES_MAX = 16,
        REFERENCE_BYTES_MAX = 50 * 1000 * 1000,
        IMAGES_MAX = 10,
        PROMPT_MAX = 32000, /* characters */
        /* Tokens of a picture by the provider's own calculator: steps along its long edge. The two
         * highest qualities are not in it: a guess on the safe side. */
        STEPS_LOW = 16,
        STEPS_MEDIUM = 48,
        STEPS_HIGH = 96,
        STEPS_XHIGH = 144,
        STEPS_MAX = 192,
        LARGEST_WIDTH = 3840, /* taken where the request leaves the size to the model */
        LARGEST_HEIGHT = 2160,
};

#define IMAGE (1u << KIND_IMAGE)

static const char *const qualities[] = {"auto", "low", "medium", "high", "xhigh", "max", NULL};
static const char *const backgrounds[] = {"auto", "opaque", "transparent", NULL};
static const char *const formats[] = {"png", "jpeg", "webp", NULL};
static const char *const moderations[] = {"auto", "low", NULL};
static const char *const fidelities[] = {"high", "low", NULL};
static const char *const complexities[] = {"low", "medium", "high", NULL};

static const ParamSpec params[] = {
        {.name = "dialect",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = openai_dialects,
         .help = "who is spoken to: openai, or compatible for gateways and stable-diffusion.cpp"},
        {.name = "size",
         .type = PARAM_SIZE,
         .kinds = IMAGE,
         .help = "width x height in pixels, as the model allows; without it the model chooses, and "
                 "the largest is reserved for"},
        {.name = "quality",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = qualities,
         .help = "low to high, and xhigh and max where the model has them; without it auto"},
        {.name = "background",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = backgrounds,
         .help = "transparent wants png or webp, and a model that can"},
        {.name = "output_format",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = formats,
         .help = "file format; without it png"},
        {.name = "output_compression",
         .type = PARAM_INT,
         .kinds = IMAGE,
         .min = 0,
         .max = 100,
         .help = "percent, for jpeg and webp; without it 100"},
        {.name = "moderation",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = moderations,
         .help = "strictness of the provider's filter; not with references"},
        {.name = "input_fidelity",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = fidelities,
         .help = "how close to the references, as the model allows; only with references"},
        {.name = "complexity",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = complexities,
         .help = "how much the model plans before it draws, as it allows; not with references"},
};

static const ParamField both[] = {
        {"size", "size"},
        {"quality", "quality"},
        {"background", "background"},
        {"output_format", "output_format"},
        {"output_compression", "output_compression"},
};
static const ParamField generations_only[] = {
        {"moderation", "moderation"},
        {"complexity", "complexity"},
};
static const ParamField edits_only[] = {
        {"input_fidelity", "input_fidelity"},
};

static const char *const payload_paths[] = {"data[].b64_json", NULL};

/* ---- what a picture can take ---- */

static int64_t steps_of(const Json *job_params) {
        static const struct {
                const char *quality;
                int steps;
        } rows[] = {{"low", STEPS_LOW},
                    {"medium", STEPS_MEDIUM},
                    {"high", STEPS_HIGH},
                    {"xhigh", STEPS_XHIGH},
                    {"max", STEPS_MAX}};
        const char *quality = json_str(job_params, "quality");

        for (size_t i = 0; quality && i < ARRAY_LEN(rows); i++)
                if (streq(quality, rows[i].quality))
                        return rows[i].steps;
        return STEPS_HIGH;
}

static int64_t reference_max(const Json *job_params) {
        (void) job_params;
        return REFERENCE_BYTES_MAX;
}

static int64_t image_token_cap(const Json *job_params) {
        const char *size = json_str(job_params, "size");
        int64_t q = steps_of(job_params), longer, shorter, s;
        int w = LARGEST_WIDTH, h = LARGEST_HEIGHT;

        if (size)
                (void) parse_size_2d(size, &w, &h);
        longer = MAX_OF(w, h);
        shorter = MIN_OF(w, h);
        s = (2 * q * shorter + longer) / (2 * longer);
        return (q * s * (2000000 + (int64_t) w * h) + 3999999) / 4000000;
}

/* ---- the request ---- */

static int build_generations(const ProviderJob *job, HttpCall *http) {
        _cleanup_(json_freep) Json *body = json_new_object();
        int r;

        r = json_add_str(body, "model", job->model);
        if (r >= 0)
                r = json_add_str(body, "prompt", job->prompt);
        if (r >= 0)
                r = json_add_int(body, "n", MAX_OF(job->want, 1));
        if (r >= 0)
                r = json_add_params(body, job->params, both, ARRAY_LEN(both));
        if (r >= 0)
                r = json_add_params(body, job->params, generations_only,
                                    ARRAY_LEN(generations_only));
        return r < 0 ? r : call_post_json(http, job, body);
}

static int put_params(Form *form, const Json *job_params, const ParamField *fields, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const Json *value = json_get(job_params, fields[i].param);
                _cleanup_(freep) char *printed = NULL;

                if (!value)
                        continue;
                if (json_text(value)) {
                        form_field(form, fields[i].field, json_text(value));
                        continue;
                }
                printed = json_print(value);
                if (!printed)
                        return -ENOMEM;
                form_field(form, fields[i].field, printed);
        }
        return 0;
}

/* One picture is "image", several are "image[]" each: so the vendor's own client writes them. */
static int build_edits(const ProviderJob *job, HttpCall *http) {
        _cleanup_(form_done) Form form = {0};
        size_t n = job_n_references(job);
        char count[8];
        int r;

        r = form_begin(&form, http, job);
        if (r < 0)
                return r;
        form_field(&form, "model", job->model);
        form_field(&form, "prompt", job->prompt);
        (void) snprintf(count, sizeof count, "%d", (int) MAX_OF(job->want, 1));
        form_field(&form, "n", count);
        r = put_params(&form, job->params, both, ARRAY_LEN(both));
        if (r >= 0)
                r = put_params(&form, job->params, edits_only, ARRAY_LEN(edits_only));
        for (size_t i = 0; r >= 0 && i < n; i++)
                r = form_file(&form, n == 1 ? "image" : "image[]", job->references->items[i]);
        return r < 0 ? r : form_end(&form);
}

static int check_job(const ProviderJob *job, Err *err) {
        const char *background = json_str(job->params, "background");
        const char *format = json_str(job->params, "output_format");
        int r;

        r = job_check_kind(job, &driver_openai_image, err);
        if (r >= 0)
                r = job_check_references(job, REFERENCES_MAX, err);
        if (r < 0)
                return r;
        if (job->want > IMAGES_MAX)
                return err_set(err, -EINVAL, "%lld pictures cannot be asked for at once: 1 to %d",
                               (long long) job->want, IMAGES_MAX);
        if (utf8_length(job->prompt) > PROMPT_MAX)
                return err_set(err, -EINVAL, "the prompt is longer than %d characters", PROMPT_MAX);
        if (background && streq(background, "transparent") && format && streq(format, "jpeg"))
                return err_set(err, -EINVAL,
                               "'background: transparent' wants 'output_format: png' or webp");
        return 0;
}

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        bool edit;
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = check_job(job, err);
        if (r < 0)
                return r;
        edit = job_n_references(job) > 0;
        r = http_call_init(&call.http, "POST", "Bearer ",
                           str_printf("%s/images/%s", job_base_url(job, OPENAI_BASE_URL),
                                      edit ? "edits" : "generations"));
        call.http.paid = true;
        call.http.payload_paths = payload_paths;
        if (r >= 0)
                r = edit ? build_edits(job, &call.http) : build_generations(job, &call.http);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- the answer ---- */

/* Tokens of pictures are priced apart from those of text; without details all are pictures'. */
static void read_usage(const Json *usage, ProviderResult *ret) {
        const Json *details = json_get(usage, "output_tokens_details");
        int64_t all = usage_count(usage, "output_tokens");
        int64_t pictures = usage_count(details, "image_tokens");

        ret->input_tokens = usage_count(usage, "input_tokens");
        ret->image_tokens = pictures >= 0 ? pictures : all;
        if (all >= 0)
                ret->output_tokens = MAX_OF(all - ret->image_tokens, 0);
}

static const char *media_type_of(const Json *body) {
        const char *format = json_str(body, "output_format");

        if (!format)
                return NULL;
        return streq(format, "jpeg")   ? "image/jpeg"
               : streq(format, "webp") ? "image/webp"
               : streq(format, "png")  ? "image/png"
                                       : NULL;
}

/* 1 when this one is a picture, by its bytes or its address. */
static int take_picture(const ProviderJob *job, const ProviderReply *reply, const Json *item,
                        const char *media_type, ProviderResult *ret) {
        int payload = payload_index(json_str(item, "b64_json"), reply->n_payloads);
        const char *url = json_str(item, "url");
        int r;

        if (payload < 0 && (!url || !*url))
                return 0;
        r = payload >= 0 ? result_add_payload(ret, payload, media_type)
                         : result_add_url(ret, url,
                                          url_same_origin(url, job_base_url(job, OPENAI_BASE_URL)),
                                          media_type);
        return r < 0 ? r : 1;
}

static int read_reply(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        const Json *data;
        int64_t n = 0;
        int r;

        r = openai_open(job, reply, &body, ret);
        if (r != 0)
                return r;
        read_usage(json_get(body, "usage"), ret);
        data = json_get(body, "data");
        for (const Json *item = json_first(json_is_array(data) ? data : NULL);
             item && n < MAX_OF(job->want, 1); item = json_next(item)) {
                r = take_picture(job, reply, item, media_type_of(body), ret);
                if (r < 0)
                        return r;
                n += r;
        }
        if (n == 0) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "NO_IMAGE",
                                    "the answer holds no picture: often a refusal that says "
                                    "nothing");
                return 0;
        }
        ret->images = n;
        provider_result_set(ret, OUTCOME_MADE, false, true, "", "%s", "");
        return 0;
}

static int parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_reply, ret, err);
}

static int build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        assert(job);

        return call_fetch(ret, item, job_base_url(job, OPENAI_BASE_URL), "Bearer ", err);
}

const Driver driver_openai_image = {
        .name = "openai-image",
        .summary = "OpenAI's image API, and compatible gateways: pictures",
        .kinds = IMAGE,
        .needs_credential = true,
        .credential_for_default = true,
        .default_base_url = OPENAI_BASE_URL,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .image_token_cap = image_token_cap,
        .reference_max = reference_max,
        .build = build,
        .parse = parse,
        .build_fetch = build_fetch,
        .build_models = openai_build_models,
        .parse_models = openai_parse_models,
};
