/* SPDX-License-Identifier: MIT */

/*
 * Copy from OpenAI's /chat/completions, and from the servers that speak it: Ollama, llama.cpp, vLLM.
 *
 *      {"model": M, "messages": [{"role": "system", "content": HOW}, {"role": "user", ...}],
 *       "response_format": {"type": "json_schema", ...}, "max_completion_tokens": N}
 *
 * All variants come from one choice: `n` would bill the prompt's reasoning once for each, and
 * compatible servers ignore it. A refusal is an answer like any other, with status 200.
 */

#include "provider/openai.h"

enum {
        /* Sent with every request, so that its worst price is known: room for copy and thoughts. */
        OUTPUT_TOKENS = 8192,
        OUTPUT_TOKENS_MAX = 131072,
        REFERENCES_MAX = 16,
        QUOTE_MAX = 160, /* of a refusal quoted in a reason */
};

#define TEXT (1u << KIND_TEXT)

static const char *const formats[] = {"json_schema", "json_object", "text", NULL};
static const char *const efforts[] = {"none", "minimal", "low", "medium",
                                      "high", "xhigh",   "max", NULL};
static const char *const verbosities[] = {"low", "medium", "high", NULL};

static const ParamSpec params[] = {
        {.name = "dialect",
         .type = PARAM_WORD,
         .kinds = TEXT,
         .words = openai_dialects,
         .help = "who is spoken to: openai, or compatible for Ollama, llama.cpp, vLLM and the "
                 "like"},
        {.name = "response_format",
         .type = PARAM_WORD,
         .kinds = TEXT,
         .words = formats,
         .help = "how the form of the answer is asked for; json_schema without it, text for models "
                 "that take neither"},
        {.name = "reasoning_effort",
         .type = PARAM_WORD,
         .kinds = TEXT,
         .words = efforts,
         .help = "how long the model may think, as it allows; thoughts are billed as output"},
        {.name = "verbosity",
         .type = PARAM_WORD,
         .kinds = TEXT,
         .words = verbosities,
         .help = "how much the model says"},
        {.name = "temperature",
         .type = PARAM_NUMBER,
         .kinds = TEXT,
         .help = "0 to 2; reasoning models refuse it"},
        {.name = "max_output_tokens",
         .type = PARAM_INT,
         .kinds = TEXT,
         .min = 1,
         .max = OUTPUT_TOKENS_MAX,
         .help = "cap on what is generated, thoughts included; 8192 without it"},
};

static const ParamField passed_on[] = {
        {"reasoning_effort", "reasoning_effort"},
        {"verbosity", "verbosity"},
        {"temperature", "temperature"},
};

static int64_t output_cap(const Json *job_params) {
        int64_t tokens;

        return json_int(job_params, "max_output_tokens", &tokens) ? tokens : OUTPUT_TOKENS;
}

/* ---- the request ---- */

/* {"variants": ["..."]}, closed and with all required, as strict schemas have to be; how many is not
 * said here, for strict ones may not. */
static bool schema_fails(Json *schema) {
        Json *properties = json_add_object(schema, "properties");
        Json *variants = json_add_object(properties, "variants");
        Json *items = json_add_object(variants, "items");
        bool failed = json_add_str(schema, "type", "object") < 0;

        failed |= json_add_str(variants, "type", "array") < 0;
        failed |= json_add_str(items, "type", "string") < 0;
        failed |= json_push(json_add_array(schema, "required"), json_new_string("variants")) < 0;
        failed |= json_add_bool(schema, "additionalProperties", false) < 0;
        return failed;
}

static const char *format_of(const ProviderJob *job) {
        const char *format = json_str(job->params, "response_format");

        return format ? format : "json_schema";
}

static int add_format(const ProviderJob *job, Json *body) {
        const char *format = format_of(job);
        Json *object, *schema;
        bool failed;

        if (streq(format, "text"))
                return 0;
        object = json_add_object(body, "response_format");
        failed = json_add_str(object, "type", format) < 0;
        if (streq(format, "json_schema")) {
                schema = json_add_object(object, "json_schema");
                failed |= json_add_str(schema, "name", "copy") < 0;
                failed |= json_add_bool(schema, "strict", true) < 0;
                failed |= schema_fails(json_add_object(schema, "schema"));
        }
        return failed ? -ENOMEM : 0;
}

static int add_message(Json *messages, const char *role, Json *content) {
        Json *message = json_new_object();
        bool failed = json_add_str(message, "role", role) < 0;

        failed |= json_add(message, "content", content) < 0;
        failed |= json_push(messages, message) < 0;
        return failed ? -ENOMEM : 0;
}

/* One {"type": TYPE, ...} of a content in parts; borrowed. */
static Json *add_part(Json *parts, const char *type) {
        Json *part = json_new_object();

        if (json_add_str(part, "type", type) < 0) {
                (void) json_free(part);
                return NULL;
        }
        return json_push(parts, part) < 0 ? NULL : part;
}

/* The prompt: as text, or in parts with the pictures after it. NULL when memory ran out. */
static Json *user_content(const ProviderJob *job) {
        _cleanup_(json_freep) Json *parts = NULL;
        bool failed;

        if (job_n_references(job) == 0)
                return json_new_string(job->prompt);
        parts = json_new_array();
        failed = json_add_str(add_part(parts, "text"), "text", job->prompt) < 0;
        for (size_t i = 0; i < job_n_references(job); i++) {
                Json *image = json_add_object(add_part(parts, "image_url"), "image_url");

                failed |= json_add(image, "url", json_new_data_uri(job, i)) < 0;
        }
        return failed ? NULL : TAKE_PTR(parts);
}

static int add_messages(const ProviderJob *job, Json *body) {
        Json *messages = json_add_array(body, "messages");
        _cleanup_(freep) char *how = NULL;
        int r;

        how = copy_instruction(job, !streq(format_of(job), "json_schema"));
        if (!how)
                return -ENOMEM;
        r = add_message(messages, "system", json_new_string(how));
        return r < 0 ? r : add_message(messages, "user", user_content(job));
}

static int build_body(const ProviderJob *job, HttpCall *http) {
        _cleanup_(json_freep) Json *body = json_new_object();
        bool compatible = openai_is_compatible(job->params);
        int r;

        r = json_add_str(body, "model", job->model);
        if (r >= 0)
                r = add_messages(job, body);
        if (r >= 0)
                r = add_format(job, body);
        if (r >= 0) /* Ollama reads the old name alone, OpenAI's newer models refuse it */
                r = json_add_int(body, compatible ? "max_tokens" : "max_completion_tokens",
                                 output_cap(job->params));
        if (r >= 0 && compatible)
                r = json_add_int(body, "seed", job->seed & INT32_MAX);
        if (r >= 0)
                r = json_add_params(body, job->params, passed_on, ARRAY_LEN(passed_on));
        return r < 0 ? r : call_post_json(http, job, body);
}

static int build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        int r;

        assert(job);
        assert(job->model);
        assert(job->prompt);
        assert(ret);

        r = job_check_kind(job, &driver_openai_text, err);
        if (r >= 0)
                r = copy_check_want(job, err);
        if (r >= 0)
                r = job_check_references(job, REFERENCES_MAX, err);
        if (r < 0)
                return r;
        r = http_call_init(&call.http, "POST", "Bearer ",
                           str_printf("%s/chat/completions", job_base_url(job, OPENAI_BASE_URL)));
        call.http.paid = true;
        if (r >= 0)
                r = build_body(job, &call.http);
        if (r < 0)
                return err_errno(err, r, "cannot build the request");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- the answer ---- */

/* The text of a message: a string, or, from some servers, parts. *ret is empty when there is none. */
static int read_text(const Json *message, StrBuf *ret) {
        const Json *content = json_get(message, "content");

        if (json_text(content))
                return strbuf_puts(ret, json_text(content));
        for (const Json *part = json_first(json_is_array(content) ? content : NULL); part;
             part = json_next(part)) {
                const char *text = json_str(part, "text");

                if (text)
                        (void) strbuf_puts(ret, text);
        }
        return ret->error;
}

static void set_cut(ProviderResult *ret) {
        provider_result_set(ret, OUTCOME_BROKEN, false, true, "length",
                            "the answer was cut at its token limit: raise max_output_tokens");
}

static void set_refused(const char *refusal, ProviderResult *ret) {
        char quote[QUOTE_MAX];

        text_make_printable(refusal, quote, sizeof quote);
        provider_result_set(ret, OUTCOME_BLOCKED, false, true, "refusal", "the model refused: '%s'",
                            quote);
}

static int read_choice(const ProviderJob *job, const Json *choice, ProviderResult *ret) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(REPLY_ENVELOPE_MAX);
        const Json *message = json_get(choice, "message");
        const char *finish = json_str(choice, "finish_reason");
        const char *refusal = json_str(message, "refusal");
        bool cut = finish && streq(finish, "length");
        int r;

        if (refusal && *refusal) {
                set_refused(refusal, ret);
                return 0;
        }
        if (finish && streq(finish, "content_filter")) {
                provider_result_set(ret, OUTCOME_BLOCKED, false, true, finish,
                                    "blocked by the provider's content filter");
                return 0;
        }
        r = read_text(message, &text);
        if (r < 0)
                return r;
        if (text.len == 0 && cut) {
                set_cut(ret);
                return 0;
        }
        if (text.len == 0) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "NO_CONTENT",
                                    "the answer holds no text: no content, no refusal");
                return 0;
        }
        r = copy_take(job, strbuf_text(&text), ret);
        if (r > 0)
                provider_result_set(ret, OUTCOME_MADE, false, true, finish ? finish : "", "%s", "");
        else if (r == 0 && cut && streq(ret->code, COPY_BAD_JSON))
                set_cut(ret);
        return r < 0 ? r : 0;
}

static int read_reply(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret) {
        _cleanup_(json_freep) Json *body = NULL;
        const Json *usage, *choices;
        int r;

        r = openai_open(job, reply, &body, ret);
        if (r != 0)
                return r;
        usage = json_get(body, "usage");
        ret->input_tokens = usage_count(usage, "prompt_tokens");
        ret->output_tokens = usage_count(usage, "completion_tokens");
        choices = json_get(body, "choices");
        choices = json_is_array(choices) ? choices : NULL;
        if (!json_is_object(json_at(choices, 0))) {
                provider_result_set(ret, OUTCOME_BROKEN, true, true, "NO_CHOICE",
                                    "the answer holds nothing: no choice");
                return 0;
        }
        return read_choice(job, json_at(choices, 0), ret);
}

static int parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                 Err *err) {
        return driver_parse(job, reply, read_reply, ret, err);
}

static int build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                       Err *err) {
        assert(job);

        return call_fetch(ret, item, NULL, "Bearer ", err);
}

const Driver driver_openai_text = {
        .name = "openai-text",
        .summary = "OpenAI's chat completions, and compatible servers: copy",
        .kinds = TEXT,
        .needs_credential = true,
        .credential_for_default = true,
        .default_base_url = OPENAI_BASE_URL,
        .params = params,
        .n_params = ARRAY_LEN(params),
        .output_cap = output_cap,
        .build = build,
        .parse = parse,
        .build_fetch = build_fetch,
        .build_models = openai_build_models,
        .parse_models = openai_parse_models,
};
