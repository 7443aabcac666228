/* SPDX-License-Identifier: MIT */

/*
 * Answers of the Interactions API. The start may answer with the finished interaction too.
 *
 *      queued, in_progress, a word nobody knows ---> open
 *      completed, incomplete: the last output of the kind asked for
 *              bytes ------------------------------> made
 *              address of an own file -------------> open under the handle of the file
 *              another address --------------------> made
 *              none, but text ---------------------> blocked: a refusal is no error here
 *              nothing ----------------------------> broken
 *      failed -------------------------------------> by its code, blocked when it speaks of safety
 *      anything else ------------------------------> broken
 *
 *      a file: ACTIVE -> made, FAILED -> broken, else open
 */

#include "provider/omni.h"

static const char *base_of(const ProviderJob *job) {
        return google_base(job, GOOGLE_BASE_URL);
}

/* ---- usage ---- */

static int64_t count(const Json *object, const char *name) {
        int64_t v;

        return json_int(object, name, &v) && v >= 0 ? MIN_OF(v, INT32_MAX) : -1;
}

static int64_t of_modality(const Json *usage, const char *modality) {
        const Json *list = json_get(usage, "output_tokens_by_modality");
        int64_t sum = -1;

        for (const Json *m = json_first(json_is_array(list) ? list : NULL); m; m = json_next(m)) {
                const char *word = json_str(m, "modality");
                int64_t v = count(m, "tokens");

                if (word && strcasecmp(word, modality) == 0 && v >= 0)
                        sum = MIN_OF(MAX_OF(sum, 0) + v, INT32_MAX);
        }
        return sum;
}

/* Videos are priced by the second and pictures apart: their tokens are not counted among the
 * others. */
static int read_usage(const Json *body, ProviderResult *ret) {
        const Json *usage = json_get(body, "usage");
        int64_t output, thoughts, video, image;
        int r;

        r = result_keep(&ret->model_returned, json_str(body, "model"));
        if (r >= 0)
                r = result_keep(&ret->request_id, json_str(body, "id"));
        if (r < 0 || !json_is_object(usage))
                return r;
        output = count(usage, "total_output_tokens");
        thoughts = count(usage, "total_thought_tokens");
        video = of_modality(usage, "video");
        image = of_modality(usage, "image");
        ret->input_tokens = count(usage, "total_input_tokens");
        ret->image_tokens = image;
        if (output >= 0 || thoughts >= 0)
                ret->output_tokens = MAX_OF(output - MAX_OF(video, 0) - MAX_OF(image, 0), 0) +
                                     MAX_OF(thoughts, 0);
        return result_keep_usage(ret, usage);
}

/* What is billed beside the tokens. */
static void set_quantity(const ProviderJob *job, bool made, ProviderResult *ret) {
        int64_t seconds = 0;

        if (job->kind == KIND_IMAGE)
                ret->images = made;
        else if (!made || json_int(job->params, "seconds", &seconds))
                ret->seconds = (double) seconds;
}

static void set_made(const ProviderJob *job, ProviderResult *ret) {
        provider_result_set(ret, OUTCOME_MADE, false, true, "completed", "%s", "");
        set_quantity(job, true, ret);
}

/* ---- outputs ---- */

typedef struct Output {
        const Json *content; /* the last of the kind asked for, or NULL */
        const char *text;    /* the last text, or NULL */
} Output;

static void look_at(const Json *step, const char *kind, Output *out) {
        const Json *list = json_get(step, "content");

        for (const Json *c = json_first(json_is_array(list) ? list : NULL); c; c = json_next(c)) {
                const char *type = json_str(c, "type");

                if (type && streq(type, kind))
                        out->content = c;
                if (type && streq(type, "text") && json_str(c, "text"))
                        out->text = json_str(c, "text");
        }
}

/* Of the steps after the last input. */
static Output find_output(const ProviderJob *job, const Json *body) {
        const Json *steps = json_get(body, "steps");
        Output out = {0};

        for (const Json *s = json_first(json_is_array(steps) ? steps : NULL); s; s = json_next(s)) {
                const char *type = json_str(s, "type");

                if (type && streq(type, "user_input"))
                        out = (Output){0};
                if (type && streq(type, "model_output"))
                        look_at(s, job->kind == KIND_VIDEO ? "video" : "image", &out);
        }
        return out;
}

/* The ID in ".../files/ID" or ".../files/ID:download?alt=media" of the provider's own; "" when the
 * address is another. */
static void own_file(const ProviderJob *job, const char *url, char ret[static OMNI_ID_MAX + 1]) {
        const char *files = strstr(url, "/files/");
        size_t n;

        ret[0] = '\0';
        if (!files || !url_same_origin(url, base_of(job)))
                return;
        files += strlen("/files/");
        n = strcspn(files, ":/?#");
        if (n == 0 || n > OMNI_ID_MAX)
                return;
        memcpy(ret, files, n);
        ret[n] = '\0';
}

static int wait_for_file(const char *id, ProviderResult *ret) {
        _cleanup_(freep) char *handle =
                str_printf("files/%s %lld %lld %lld", id, (long long) ret->input_tokens,
                           (long long) ret->output_tokens, (long long) ret->image_tokens);
        OmniHandle h;
        int r;

        if (!handle)
                return -ENOMEM;
        if (omni_read_handle(handle, &h) < 0) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "FILE",
                                    "the result is a file whose name cannot stand in an address");
                return 0;
        }
        r = provider_result_accept(ret, handle);
        return r == -EBADMSG ? 0 : r;
}

static int take_output(const ProviderJob *job, const ProviderReply *reply, const Json *content,
                       ProviderResult *ret) {
        int payload = payload_index(json_str(content, "data"), reply->n_payloads);
        const char *url = json_str(content, "uri"), *media_type = json_str(content, "mime_type");
        char id[OMNI_ID_MAX + 1];
        int r;

        if (payload >= 0) {
                r = result_add_payload(ret, payload, media_type);
                if (r >= 0)
                        set_made(job, ret);
                return r;
        }
        if (!url || strncmp(url, "gs://", 5) == 0) {
                provider_result_set(ret, OUTCOME_BROKEN, !url, true,
                                    url ? "STORED_ELSEWHERE" : "NO_DATA",
                                    url ? "the result was stored at '%s' instead of being sent"
                                        : "the output has neither bytes nor an address%s",
                                    url ? url : "");
                set_quantity(job, true, ret);
                return 0;
        }
        own_file(job, url, id);
        if (id[0])
                return wait_for_file(id, ret);
        r = result_add_url(ret, url, false, media_type);
        if (r >= 0)
                set_made(job, ret);
        return r;
}

/* A refusal is text where a video should be; the words cost what words cost. */
static int no_output(const ProviderJob *job, const Output *out, ProviderResult *ret) {
        char quote[GOOGLE_QUOTE_MAX];
        bool billed = ret->input_tokens != 0 || ret->output_tokens != 0;

        if (out->text && *out->text) {
                text_make_printable(out->text, quote, sizeof quote);
                provider_result_set(ret, OUTCOME_BLOCKED, false, billed, "TEXT_ONLY",
                                    "the model answered in words instead: '%s'", quote);
        } else
                provider_result_set(ret, OUTCOME_BROKEN, false, billed, "NO_OUTPUT",
                                    "the interaction ended with nothing in it; in some countries "
                                    "the model makes no such thing");
        set_quantity(job, false, ret);
        return 0;
}

/* ---- errors ---- */

static int status_of_code(const Json *error) {
        static const struct {
                const char *word;
                int status;
        } words[] = {
                {"invalid", 400},   {"not_found", 404},       {"permission", 403}, {"rate", 429},
                {"exhausted", 429}, {"unauthenticated", 401}, {"quota", 429},
        };
        const char *text = json_str(error, "code");
        int64_t code;

        if (json_int(error, "code", &code))
                return google_rpc_status(code);
        for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
                if (strcasestr(text, words[i].word))
                        return words[i].status;
        return 500;
}

/* The first error anywhere in the interaction, or NULL. */
static const Json *find_error(const Json *body) {
        const Json *list = json_get(body, "errors"), *steps = json_get(body, "steps");
        const Json *found =
                json_is_object(json_get(body, "error")) ? json_get(body, "error") : NULL;

        if (!found && json_is_array(list))
                found = json_at(list, 0);
        for (const Json *s = json_first(json_is_array(steps) ? steps : NULL); s && !found;
             s = json_next(s))
                found = json_is_object(json_get(s, "error")) ? json_get(s, "error") : NULL;
        return found;
}

static bool speaks_of_safety(const Json *error) {
        const char *message = json_str(error, "message");

        return message && google_speaks_of_safety(message);
}

static void set_blocked(const Json *error, ProviderResult *ret) {
        char quote[GOOGLE_QUOTE_MAX];

        text_make_printable(json_str(error, "message"), quote, sizeof quote);
        provider_result_set(ret, OUTCOME_BLOCKED, false, false, "SAFETY",
                            "blocked by the provider's safety rules: '%s'", quote);
}

/* An interaction that failed is not billed. */
static int parse_failed(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                        ProviderResult *ret) {
        const Json *error = find_error(body);
        _cleanup_(json_freep) Json *holder = json_new_object();
        int status = status_of_code(error);

        if (status == 400 && speaks_of_safety(error)) {
                set_blocked(error, ret);
                return 0;
        }
        if (json_add(holder, "error", error ? json_copy(error) : json_new_object()) < 0)
                return -ENOMEM;
        google_error(job, reply, status, holder, ret);
        return 0;
}

/* ---- interactions ---- */

/* Ends that are none of ours: to go on would be another paid call. */
static const struct {
        const char *status;
        bool billed;
        const char *text;
} ends[] = {
        {"cancelled", false, "it was cancelled"},
        {"requires_action", true, "the model asks for a tool to be run, and was offered none"},
        {"requires_continuation", true,
         "it was cut at the provider's limit of one call; ask for something shorter"},
        {"budget_exceeded", true, "the provider's budget for it was spent"},
};

/* What was made before the end is paid for, and taken. False: the status is no such end. */
static bool parse_ended(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                        const char *status, ProviderResult *ret, int *ret_r) {
        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
                Output out;

                if (!streq(ends[i].status, status))
                        continue;
                out = find_output(job, body);
                *ret_r = ends[i].billed && out.content ? take_output(job, reply, out.content, ret)
                                                       : 0;
                if (!ends[i].billed || !out.content)
                        provider_result_set(ret, OUTCOME_BROKEN, false, ends[i].billed, status,
                                            "the interaction ended without a result: %s",
                                            ends[i].text);
                return true;
        }
        return false;
}

static bool is_one_of(const char *word, const char *const *words) {
        while (*words && !streq(*words, word))
                words++;
        return *words != NULL;
}

static int parse_interaction(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                             bool start, ProviderResult *ret) {
        static const char *const good[] = {"completed", "incomplete", NULL};
        const char *status = json_str(body, "status");
        Output out;
        int r;

        r = read_usage(body, ret);
        if (r < 0)
                return r;
        if (status && streq(status, "failed"))
                return parse_failed(job, reply, body, ret);
        if (status && parse_ended(job, reply, body, status, ret, &r))
                return r;
        if (status && is_one_of(status, good)) {
                out = find_output(job, body);
                return out.content ? take_output(job, reply, out.content, ret)
                                   : no_output(job, &out, ret);
        }
        if (start) {
                OmniHandle h;
                const char *id = json_str(body, "id");

                r = provider_result_accept(
                        ret, id && omni_read_handle(id, &h) >= 0 && !h.file ? id : NULL);
                return r == -EBADMSG ? 0 : r;
        }
        ret->outcome = OUTCOME_OPEN;
        return 0;
}

/* ---- files ---- */

static int parse_file(const ProviderJob *job, const OmniHandle *h, const Json *body,
                      ProviderResult *ret) {
        const char *state = json_str(body, "state");
        _cleanup_(freep) char *url = NULL;
        int r;

        ret->input_tokens = h->input_tokens;
        ret->output_tokens = h->output_tokens;
        ret->image_tokens = h->image_tokens;
        if (state && streq(state, "FAILED")) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "FILE_FAILED",
                                    "the provider failed to store the result");
                set_quantity(job, true, ret);
                return 0;
        }
        if (!state || !streq(state, "ACTIVE")) {
                ret->outcome = OUTCOME_OPEN;
                return 0;
        }
        url = str_printf("%s/files/%s:download?alt=media", base_of(job), h->id);
        r = url ? result_add_url(ret, url, true, json_str(body, "mimeType")) : -ENOMEM;
        if (r >= 0)
                set_made(job, ret);
        return r;
}

/* ---- replies ---- */

static bool is_good(const ProviderReply *reply, const Json *body) {
        return reply->status >= 200 && reply->status < 300 && json_is_object(body) &&
               !json_is_object(json_get(body, "error"));
}

static int parse_start(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                       ProviderResult *ret) {
        const Json *error = json_get(body, "error");

        if (is_good(reply, body))
                return parse_interaction(job, reply, body, true, ret);
        if (reply->status < 300 && !json_is_object(error)) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "BAD_JSON",
                                    "the answer is no JSON object");
                return 0;
        }
        if ((reply->status == 400 || reply->status < 300) && speaks_of_safety(error))
                set_blocked(error, ret);
        else
                google_error(job, reply,
                             reply->status < 300 ? status_of_code(error) : reply->status, body,
                             ret);
        return 0;
}

/* A running interaction answers with 400 now and then; only some words mean that it is not there. */
static bool is_denial(const ProviderReply *reply, const ProviderResult *r) {
        if (reply->status == 404 || reply->status == 410)
                return true;
        return reply->status == 400 && (strcasestr(r->reason, "Invalid interaction name") ||
                                        strcasestr(r->reason, "not found"));
}

static int parse_trouble(const ProviderJob *job, const ProviderReply *reply, const Json *body,
                         ProviderResult *ret) {
        bool good = reply->status >= 200 && reply->status < 300;

        google_error(job, reply, good ? 500 : reply->status, body, ret);
        if (is_denial(reply, ret)) {
                google_denied(reply, body, ret);
                return 0;
        }
        if (reply->status == 400 && ret->outcome == OUTCOME_REJECTED)
                ret->outcome = OUTCOME_TRANSIENT;
        provider_result_poll_trouble(ret);
        return 0;
}

static int parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      const Json *body, ProviderResult *ret) {
        OmniHandle h;

        if (!is_good(reply, body))
                return parse_trouble(job, reply, body, ret);
        if (omni_read_handle(handle, &h) >= 0 && h.file)
                return parse_file(job, &h, body, ret);
        return parse_interaction(job, reply, body, false, ret);
}

static int read_reply(const ProviderJob *job, const char *handle, const ProviderReply *reply,
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
                r = handle ? parse_poll(job, handle, reply, google_unwrap(body), &result)
                           : parse_start(job, reply, google_unwrap(body), &result);
        if (r >= 0 && !result.request_id)
                r = result_keep(&result.request_id, reply->request_id);
        if (r < 0)
                return err_errno(err, r, "cannot read the answer");
        *ret = result;
        provider_result_init(&result);
        return 0;
}

int omni_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err) {
        return read_reply(job, NULL, reply, ret, err);
}

int omni_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                    ProviderResult *ret, Err *err) {
        assert(handle);

        return read_reply(job, handle, reply, ret, err);
}
