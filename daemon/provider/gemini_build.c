/* SPDX-License-Identifier: MIT */

/*
 * Requests to Gemini.
 *
 *      {"contents": [{"role": "user", "parts": [
 *              {"text": PROMPT}, {"inlineData": {"mimeType": M, "data": FILE}}, ...]}],
 *       "systemInstruction": ..., "generationConfig": {...}, "store": false}
 *
 * The body is put together from pieces around the reference pictures, which the engine encodes
 * while it sends. "store" is written out because the provider keeps requests by default otherwise.
 */

#include <stdio.h>

#include "provider/gemini.h"

static const char *const payload_paths[] = {
        "candidates[].content.parts[].inlineData.data",
        "candidates[].content.parts[].inline_data.data",
        /* Of no use to us, but as large as the model likes: in the envelope they could burst it,
         * and with it a picture that is paid for. */
        "-candidates[].content.parts[].thoughtSignature",
        "-candidates[].content.parts[].thought_signature",
        "-candidates[].continuationToken",
        NULL,
};

/* Copy has no payload, but the same signatures. */
static const char *const text_paths[] = {
        "-candidates[].content.parts[].thoughtSignature",
        "-candidates[].content.parts[].thought_signature",
        "-candidates[].continuationToken",
        NULL,
};

static const char *base_url(const ProviderJob *job) {
        return google_base(job, GOOGLE_BASE_URL);
}

/* ---- generationConfig ---- */

static int add_thinking(const Json *params, Json *config) {
        const char *level = json_str(params, "thinking_level");
        char upper[16];
        size_t n = 0;

        if (!level)
                return 0;
        for (; level[n] && n + 1 < sizeof upper; n++)
                upper[n] = level[n] >= 'a' && level[n] <= 'z' ? (char) (level[n] - 'a' + 'A')
                                                              : level[n];
        upper[n] = '\0';
        return json_add_str(json_add_object(config, "thinkingConfig"), "thinkingLevel", upper);
}

/* Text beside the picture is asked for unless the recipe says otherwise: every image model takes
 * that, it is their default, and a refusal then comes with its reason in words. */
static int add_image(const Json *params, Json *config) {
        const char *ratio = json_str(params, "aspect_ratio");
        const char *size = json_str(params, "image_size");
        Json *modalities = json_add_array(config, "responseModalities"), *image;
        bool image_only = false;
        int r = 0;

        (void) json_bool(params, "image_only", &image_only);
        if (!image_only)
                r = json_push(modalities, json_new_string("TEXT"));
        if (r >= 0)
                r = json_push(modalities, json_new_string("IMAGE"));
        if (r < 0 || (!ratio && !size))
                return r;
        image = json_add_object(config, "imageConfig");
        if (ratio)
                r = json_add_str(image, "aspectRatio", ratio);
        if (r >= 0 && size)
                r = json_add_str(image, "imageSize", size);
        return r;
}

/* {"type": "OBJECT", "properties": {"variants": {"type": "ARRAY", ...}}, "required": ["variants"]}
 */
static int add_schema(const ProviderJob *job, Json *config) {
        Json *schema = json_add_object(config, "responseSchema"), *variants, *required;
        int r;

        r = json_add_str(schema, "type", "OBJECT");
        if (r < 0)
                return r;
        variants = json_add_object(json_add_object(schema, "properties"), "variants");
        r = json_add_str(variants, "type", "ARRAY");
        if (r >= 0)
                r = json_add_str(json_add_object(variants, "items"), "type", "STRING");
        if (r >= 0)
                r = json_add_int(variants, "minItems", job->want);
        if (r >= 0)
                r = json_add_int(variants, "maxItems", job->want);
        if (r < 0)
                return r;
        required = json_add_array(schema, "required");
        return json_push(required, json_new_string("variants"));
}

static int add_text(const ProviderJob *job, Json *config) {
        int r = json_add_str(config, "responseMimeType", "application/json");

        return r < 0 ? r : add_schema(job, config);
}

int64_t gemini_output_cap(const Json *params) {
        const char *size = json_str(params, "image_size");
        int64_t tokens;

        if (json_int(params, "max_output_tokens", &tokens))
                return tokens;
        return size && streq(size, "4K") ? GEMINI_OUTPUT_TOKENS_4K : GEMINI_OUTPUT_TOKENS;
}

static int build_config(const ProviderJob *job, Json **ret) {
        _cleanup_(json_freep) Json *config = json_new_object();
        int64_t tokens = gemini_output_cap(job->params);
        int r;

        r = json_add_int(config, "candidateCount", 1);
        if (r >= 0)
                r = json_add_int(config, "maxOutputTokens", tokens);
        if (r >= 0) /* the field is an int32; no sign, so that it reads the same everywhere */
                r = json_add_int(config, "seed", job->seed & INT32_MAX);
        if (r >= 0)
                r = add_thinking(job->params, config);
        if (r >= 0)
                r = job->kind == KIND_IMAGE ? add_image(job->params, config)
                                            : add_text(job, config);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(config);
        return 0;
}

/* ---- body ---- */

static int put_prompt(StrBuf *b, const char *prompt) {
        (void) strbuf_puts(b, "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":");
        return google_put_json(b, json_new_string(prompt));
}

/* What the schema cannot say. */
static int put_instruction(StrBuf *b, const ProviderJob *job) {
        _cleanup_(freep) char *text = copy_instruction(job, false);

        if (!text)
                return -ENOMEM;
        (void) strbuf_puts(b, ",\"systemInstruction\":{\"parts\":[{\"text\":");
        if (google_put_json(b, json_new_string(text)) < 0)
                return -ENOMEM;
        return strbuf_puts(b, "}]}");
}

static int put_reference(HttpCall *http, StrBuf *b, const char *path, Err *err) {
        const char *media_type;
        int r;

        r = google_picture_type(path, &media_type, err);
        if (r < 0)
                return r;
        (void) strbuf_printf(b, "},{\"inlineData\":{\"mimeType\":\"%s\",\"data\":\"", media_type);
        r = google_put_file(http, b, path);
        return r < 0 ? r : strbuf_puts(b, "\"}");
}

static int build_body(const ProviderJob *job, HttpCall *http, Err *err) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        Json *config;
        int r;

        r = put_prompt(&b, job->prompt);
        for (size_t i = 0; r >= 0 && job->references && i < job->references->n; i++)
                r = put_reference(http, &b, job->references->items[i], err);
        if (r < 0)
                return r;
        (void) strbuf_puts(&b, "}]}]");
        if (job->kind == KIND_TEXT) {
                r = put_instruction(&b, job);
                if (r < 0)
                        return r;
        }
        r = build_config(job, &config);
        if (r < 0)
                return r;
        (void) strbuf_puts(&b, ",\"generationConfig\":");
        r = google_put_json(&b, config);
        if (r < 0)
                return r;
        /* Vertex AI keeps no requests and has no such member. */
        (void) strbuf_puts(&b, google_form(base_url(job)) == GOOGLE_DEVELOPER ? ",\"store\":false}"
                                                                              : "}");
        return call_add_text(http, strbuf_take(&b));
}

static int check_job(const ProviderJob *job, Err *err) {
        int r;

        if (job->kind != KIND_IMAGE && job->kind != KIND_TEXT)
                return err_set(err, -EINVAL, "the gemini driver makes no '%s'",
                               asset_kind_word(job->kind));
        r = google_check_model(job->model, err);
        if (r < 0)
                return r;
        if (job->references && job->references->n > GEMINI_REFERENCES_MAX)
                return err_set(err, -EINVAL, "%zu references are too many: %d go into one request",
                               job->references->n, GEMINI_REFERENCES_MAX);
        return job->kind == KIND_TEXT ? copy_check_want(job, err) : 0;
}

int gemini_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
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
        http->payload_paths = job->kind == KIND_IMAGE ? payload_paths : text_paths;
        r = google_call_init(http, base_url(job), "POST",
                             google_model_url(base_url(job), job->model, "generateContent"), true);
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

int gemini_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        assert(job);

        return google_fetch(base_url(job), item, ret, err);
}
