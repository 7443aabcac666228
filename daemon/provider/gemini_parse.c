/* SPDX-License-Identifier: MIT */

/*
 * Answers of Gemini.
 *
 *      error status, or an error inside ------------------------------> google_error.c
 *      2xx: no JSON ---------------------------------------------------> broken, another try
 *           no candidate, promptFeedback.blockReason ------------------> blocked, not billed
 *           candidates[0].finishReason --- its row says what remains --> blocked / broken
 *                       '- usable: picture: the last one that is no thought
 *                                  copy: the texts that are no thought, as one JSON
 *
 * Every member may be absent, of another type, or new. Pictures stand in the envelope as
 * "payload:<index>".
 */

#include <stdio.h>

#include "provider/gemini.h"

static bool part_is_thought(const Json *part) {
        bool thought = false;

        (void) json_bool(part, "thought", &thought);
        return thought;
}

/* ---- usage ---- */

static int64_t count(const Json *usage, const char *camel, const char *snake) {
        int64_t v;

        if (json_int(usage, camel, &v) || json_int(usage, snake, &v))
                return v >= 0 ? v : -1;
        return -1;
}

static int64_t image_tokens(const Json *usage) {
        const Json *details =
                google_member(usage, "candidatesTokensDetails", "candidates_tokens_details");
        int64_t sum = -1;

        for (const Json *d = json_first(details); d; d = json_next(d)) {
                const char *modality = json_str(d, "modality");
                int64_t v = count(d, "tokenCount", "token_count");

                if (modality && streq(modality, "IMAGE") && v >= 0)
                        sum = MAX_OF(sum, 0) + MIN_OF(v, INT32_MAX);
        }
        return sum;
}

/* Tokens of pictures have a price of their own, so they are not counted among the others too. */
static void read_counts(const Json *usage, ProviderResult *ret) {
        int64_t candidates = count(usage, "candidatesTokenCount", "candidates_token_count");
        int64_t thoughts = count(usage, "thoughtsTokenCount", "thoughts_token_count");

        ret->input_tokens = count(usage, "promptTokenCount", "prompt_token_count");
        ret->image_tokens = image_tokens(usage);
        if (candidates < 0 && thoughts < 0)
                return;
        candidates = MIN_OF(MAX_OF(candidates, 0), INT32_MAX);
        ret->output_tokens = MAX_OF(candidates - MAX_OF(ret->image_tokens, 0), 0) +
                             MIN_OF(MAX_OF(thoughts, 0), INT32_MAX);
}

static int read_provenance(const Json *body, ProviderResult *ret) {
        const Json *usage = google_member(body, "usageMetadata", "usage_metadata");
        int r;

        r = result_keep(&ret->model_returned, google_text(body, "modelVersion", "model_version"));
        if (r >= 0)
                r = result_keep(&ret->request_id, google_text(body, "responseId", "response_id"));
        if (r < 0 || !json_is_object(usage))
                return r;
        read_counts(usage, ret);
        return result_keep_usage(ret, usage);
}

/* ---- pictures ---- */

/* Drafts come first and are marked as thoughts: the last picture that is none is the result. An
 * address counts as one. 1 found, 0 not. */
static int take_picture(const ProviderJob *job, const ProviderReply *reply, const Json *parts,
                        ProviderResult *ret) {
        const char *base = google_base(job, GOOGLE_BASE_URL);
        const char *url = NULL, *media_type = NULL;
        int payload = -1, n = 0, r;

        for (const Json *part = json_first(parts); part; part = json_next(part)) {
                const Json *data = google_member(part, "inlineData", "inline_data");
                const Json *file = google_member(part, "fileData", "file_data");
                int index = payload_index(json_str(data, "data"), reply->n_payloads);
                const char *uri = google_text(file, "fileUri", "file_uri");

                if (part_is_thought(part) || (index < 0 && !uri))
                        continue;
                n++;
                payload = index;
                url = index < 0 ? uri : NULL;
                media_type = google_text(index < 0 ? file : data, "mimeType", "mime_type");
        }
        if (n == 0)
                return 0;
        r = url ? result_add_url(ret, url, url_same_origin(url, base), media_type)
                : result_add_payload(ret, payload, media_type);
        if (r < 0)
                return r;
        ret->images = n;
        return 1;
}

/* ---- copy ---- */

static int join_texts(const Json *parts, StrBuf *out) {
        for (const Json *part = json_first(parts); part; part = json_next(part)) {
                const char *text = json_str(part, "text");

                if (text && !part_is_thought(part))
                        (void) strbuf_puts(out, text);
        }
        return out->error;
}

/* 1 at least one variant, 0 none of use, with the reason in ret. */
static int take_copy(const ProviderJob *job, const GeminiReason *reason, const char *word,
                     const Json *parts, ProviderResult *ret) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(REPLY_ENVELOPE_MAX);
        int r;

        r = join_texts(parts, &text);
        if (r < 0) /* an answer is never longer than its envelope */
                return r;
        r = copy_take(job, strbuf_text(&text), ret);
        if (r == 0 && streq(ret->code, COPY_BAD_JSON) && !reason->retryable)
                provider_result_set(ret, OUTCOME_BROKEN, false, true, word, "%s", reason->text);
        return r;
}

/* ---- the answer ---- */

/* The first words the model said, as an explanation of what it did not do. Borrowed. */
static const char *first_text(const Json *parts) {
        for (const Json *part = json_first(parts); part; part = json_next(part)) {
                const char *text = json_str(part, "text");

                if (text && *text && !part_is_thought(part))
                        return text;
        }
        return NULL;
}

static void set_reason(ProviderResult *ret, const GeminiReason *reason, const char *word,
                       const char *quoted, bool billed) {
        char quote[GOOGLE_QUOTE_MAX];

        if (quoted && *quoted) {
                text_make_printable(quoted, quote, sizeof quote);
                provider_result_set(ret, reason->outcome, reason->retryable, billed, word,
                                    "%s: '%s'", reason->text, quote);
        } else
                provider_result_set(ret, reason->outcome, reason->retryable, billed, word, "%s",
                                    reason->text);
}

static int parse_candidate(const ProviderJob *job, const ProviderReply *reply,
                           const Json *candidate, ProviderResult *ret) {
        const Json *parts = json_get(json_get(candidate, "content"), "parts");
        const char *word = google_text(candidate, "finishReason", "finish_reason");
        const char *message = google_text(candidate, "finishMessage", "finish_message");
        const GeminiReason *reason;
        int r = 0;

        word = word ? word : "";
        reason = gemini_finish_reason(word);
        parts = json_is_array(parts) ? parts : NULL;
        if (reason->usable && json_length(parts) > 0) {
                r = job->kind == KIND_IMAGE ? take_picture(job, reply, parts, ret)
                                            : take_copy(job, reason, word, parts, ret);
                if (r < 0 || (r == 0 && job->kind == KIND_TEXT))
                        return r;
        }
        if (r > 0)
                provider_result_set(ret, OUTCOME_MADE, false, true, word, "%s", "");
        else if (streq(word, "STOP") && job->kind == KIND_IMAGE)
                set_reason(ret, reason, "TEXT_ONLY", first_text(parts), true);
        else
                set_reason(ret, reason, *word ? word : "NO_REASON", message, true);
        return 0;
}

static int parse_success(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                         ProviderResult *ret) {
        const Json *feedback = google_member(body, "promptFeedback", "prompt_feedback");
        const char *blocked = google_text(feedback, "blockReason", "block_reason");
        const Json *candidates = json_get(body, "candidates");
        const Json *candidate = json_is_array(candidates) ? json_at(candidates, 0) : NULL;
        int r;

        r = read_provenance(body, ret);
        if (r < 0)
                return r;
        if (blocked && *blocked && !json_get(candidate, "content")) {
                set_reason(ret, gemini_block_reason(blocked), blocked,
                           google_text(feedback, "blockReasonMessage", "block_reason_message"),
                           false);
                return 0;
        }
        if (!json_is_object(candidate)) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "NO_CANDIDATE",
                                    "the answer holds nothing: no candidate, no block reason");
                return 0;
        }
        return parse_candidate(job, reply, candidate, ret);
}

static int parse_body(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                      ProviderResult *ret) {
        const Json *error = json_get(body, "error");
        int64_t status = reply->status;
        bool good = status >= 200 && status < 300;

        if (good && json_is_object(error)) {
                good = false;
                if (!json_int(error, "code", &status) || status < 400 || status > 599)
                        status = 500;
        }
        if (!good) {
                google_error(job, reply, (int) status, body, ret);
                return 0;
        }
        if (!json_is_object(body)) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "BAD_JSON",
                                    "the answer is no JSON object");
                return 0;
        }
        return parse_success(job, reply, body, ret);
}

int gemini_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
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
                r = parse_body(job, reply, google_unwrap(body), &result);
        if (r >= 0 && !result.request_id)
                r = result_keep(&result.request_id, reply->request_id);
        if (r < 0)
                return err_errno(err, r, "cannot read the answer");
        *ret = result;
        provider_result_init(&result);
        return 0;
}
