/* SPDX-License-Identifier: MIT */

/* `http:` of a provider: an API in YAML. Every template and pointer is checked here, at its place,
 * so that what is left for the night is what the provider answers. */

#include "base/strbuf.h"
#include "recipe/settings_internal.h"

enum {
        WORDS_MAX = 64,
        HEADERS_MAX = 32,
        PATH_MAX_BYTES = 2048,
};

static const char *const method_words[] = {"GET", "POST", "PUT", "DELETE", NULL};
static const char *const result_words[] = {"url", "base64", "text", NULL};
static_assert(ARRAY_LEN(result_words) == _HTTP_RESULT_MAX + 1, "a word for every type");

/* ---- pointers ---- */

/* Reads in `read`: the row's own offset tells which. */
static void check_pointer_text(Reader *r, const Node *node, const char *text, bool any) {
        Err err = {0};

        if (text && http_pointer_check(text, any, &err) < 0)
                reader_error(r, node, "%s", err_text(&err));
}

static void check_pointer(Reader *r, const Node *node, void *structure) {
        (void) structure;
        check_pointer_text(r, node, node->text, false);
}

static void check_results(Reader *r, const Node *node, void *structure) {
        (void) structure;
        check_pointer_text(r, node, node->text, true);
}

/* ---- words and their outcomes ---- */

static int outcome_at(Reader *r, const Node *node) {
        static const char *const words[] = {"open",        "made",      "blocked", "rejected",
                                            "throttled",   "transient", "broken",  "unknown",
                                            "credentials", "funds"};
        const char *text = schema_scalar(r, node, "an outcome");
        int outcome = text ? (int) outcome_from_word(text) : -1;

        if (text && outcome < 0)
                reader_error(r, node, "'%s' is no outcome%s", shown(text).text,
                             suggest(text, words, ARRAY_LEN(words)).text);
        return outcome;
}

/* A map of words to outcomes; `final`: those alone that end a job without a result. */
static void read_words(Reader *r, const Node *node, bool final, const HttpWord **ret,
                       size_t *ret_n) {
        HttpWord *words;
        size_t n = 0;

        if (node->type != NODE_MAP || node->n > WORDS_MAX) {
                reader_error(r, node, "expected a map of words to outcomes (at most %d), found %s",
                             WORDS_MAX, node_noun(node));
                return;
        }
        words = reader_array(r, node->n + 1, sizeof *words);
        for (const Node *child = node->first; words && child; child = child->next) {
                ReaderPath frame;
                int outcome;

                reader_enter(r, &frame, child->key->text, 0);
                outcome = outcome_at(r, child);
                if (final && (outcome == OUTCOME_OPEN || outcome == OUTCOME_MADE))
                        reader_error(r, child, "an error is neither 'open' nor 'made'");
                else if (outcome >= 0)
                        words[n++] =
                                (HttpWord){reader_strdup(r, child->key->text), (Outcome) outcome};
                reader_leave(r);
        }
        *ret = words;
        *ret_n = n;
}

static void read_states(Reader *r, const Node *node, void *structure) {
        HttpStepDraft *d = structure;

        read_words(r, node, false, &d->step.states, &d->step.n_states);
}

static void read_errors(Reader *r, const Node *node, void *structure) {
        HttpDraft *d = structure;

        read_words(r, node, true, &d->spec.errors, &d->spec.n_errors);
}

/* ---- steps ---- */

static void read_body(Reader *r, const Node *node, void *structure) {
        HttpStepDraft *d = structure;

        if (node->type == NODE_SCALAR)
                reader_error(r, node, "expected a map or a list, found text");
        else
                d->step.body = node_to_json(r, node);
}

static const SchemaKey step_keys[] = {
        {.key = "method",
         .type = SCHEMA_WORD,
         .offset = offsetof(HttpStepDraft, method),
         .words = method_words,
         .help = "of HTTP; without it POST, and GET of poll and fetch"},
        {.key = "path",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpStepDraft, step.path),
         .node = AT(HttpStepDraft, path),
         .required = true,
         .max = PATH_MAX_BYTES,
         .help = "what follows base_url; \"{{handle}}\" alone: the address the provider gave"},
        {.key = "body",
         .type = SCHEMA_CUSTOM,
         .node = AT(HttpStepDraft, body),
         .read = read_body,
         .json = "{\"type\":[\"object\",\"array\"]}",
         .help = "sent as JSON"},
        {.key = "state",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpStepDraft, step.state),
         .node = AT(HttpStepDraft, state),
         .read = check_pointer,
         .help = "JSON Pointer to the word that says how it is"},
        {.key = "states",
         .type = SCHEMA_CUSTOM,
         .node = AT(HttpStepDraft, states),
         .read = read_states,
         .json = "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
         .help = "what the words mean; one that is not here: it goes on"},
};
static const Schema step_schema = {
        .name = "step",
        .keys = step_keys,
        .n = ARRAY_LEN(step_keys),
        .size = sizeof(HttpStepDraft),
};

static const SchemaKey key_keys[] = {
        {.key = "header",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpDraft, spec.key_header),
         .fallback = "Authorization",
         .help = "the header it goes into"},
        {.key = "prefix",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpDraft, spec.key_prefix),
         .help = "what stands before it there; without 'key' it is 'Bearer '"},
};
static const Schema key_schema = {
        .name = "key",
        .keys = key_keys,
        .n = ARRAY_LEN(key_keys),
        .size = sizeof(HttpDraft),
};

#define USAGE_ROW(index, word, text)                                                               \
        {                                                                                          \
                .key = (word), .type = SCHEMA_TEXT,                                                \
                .offset = offsetof(HttpDraft, spec.usage[index]), .read = check_pointer,           \
                .help = (text)                                                                     \
        }
static const SchemaKey usage_keys[] = {
        USAGE_ROW(HTTP_USAGE_USD, "usd", "what it cost, in dollars"),
        USAGE_ROW(HTTP_USAGE_CREDITS, "credits", "credits it cost"),
        USAGE_ROW(HTTP_USAGE_SECONDS, "seconds", "seconds made"),
        USAGE_ROW(HTTP_USAGE_IMAGES, "images", "pictures made"),
        USAGE_ROW(HTTP_USAGE_INPUT_TOKENS, "input_tokens", "tokens read"),
        USAGE_ROW(HTTP_USAGE_OUTPUT_TOKENS, "output_tokens", "tokens written"),
        USAGE_ROW(HTTP_USAGE_IMAGE_TOKENS, "image_tokens", "tokens of pictures"),
};
static const Schema usage_schema = {
        .name = "usage",
        .keys = usage_keys,
        .n = ARRAY_LEN(usage_keys),
        .size = sizeof(HttpDraft),
};

static void read_headers(Reader *r, const Node *node, void *structure) {
        HttpDraft *d = structure;
        const char **list;
        size_t n = 0;

        if (node->type != NODE_MAP || node->n > HEADERS_MAX) {
                reader_error(r, node, "expected a map of headers (at most %d), found %s",
                             HEADERS_MAX, node_noun(node));
                return;
        }
        list = reader_array(r, node->n + 1, sizeof *list);
        for (const Node *child = node->first; list && child; child = child->next) {
                const char *text = schema_scalar(r, child, "a text");
                _cleanup_(freep) char *line =
                        text ? str_printf("%s: %s", child->key->text, text) : NULL;

                if (name_says_secret(child->key->text))
                        reader_error(r, child->key,
                                     "a key does not stand in a YAML file: name it with "
                                     "'credential', and this header with 'key: {header: %s}'",
                                     shown(child->key->text).text);
                else if (child->key->text[strspn(child->key->text,
                                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvw"
                                                 "xyz0123456789-_")])
                        reader_error(r, child->key, "'%s' is no name of a header",
                                     shown(child->key->text).text);
                else if (line)
                        list[n++] = reader_strdup(r, line);
        }
        d->spec.headers = list;
}

#define STEP_ROW(member, text)                                                                     \
        {                                                                                          \
                .key = #member, .type = SCHEMA_OBJECT, .offset = offsetof(HttpDraft, member),      \
                .node = AT(HttpDraft, member.node), .object = &step_schema, .help = (text)         \
        }
static const SchemaKey http_keys[] = {
        {.key = "key",
         .type = SCHEMA_OBJECT,
         .offset = 0,
         .object = &key_schema,
         .help = "how the credential is sent"},
        {.key = "headers",
         .type = SCHEMA_CUSTOM,
         .node = AT(HttpDraft, headers),
         .read = read_headers,
         .json = "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
         .help = "further headers of every call"},
        STEP_ROW(submit, "the call that is paid for"),
        STEP_ROW(poll, "asks how it is; without it the answer to submit is the result"),
        STEP_ROW(fetch, "asks for the result, where the answer to poll has none"),
        STEP_ROW(cancel, "gives the operation up"),
        {.key = "handle",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpDraft, spec.handle),
         .node = AT(HttpDraft, handle),
         .read = check_pointer,
         .help = "JSON Pointer to the name of the operation, in the answer to submit"},
        {.key = "results",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpDraft, spec.results),
         .node = AT(HttpDraft, results),
         .required = true,
         .read = check_results,
         .help = "JSON Pointer to what was made; * stands for any element"},
        {.key = "result_type",
         .type = SCHEMA_WORD,
         .offset = offsetof(HttpDraft, result_type),
         .words = result_words,
         .fallback = "url",
         .help = "what is there"},
        {.key = "error",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpDraft, spec.error),
         .read = check_pointer,
         .help = "JSON Pointer to the sentence of an error; without it the usual places"},
        {.key = "code",
         .type = SCHEMA_TEXT,
         .offset = offsetof(HttpDraft, spec.code),
         .read = check_pointer,
         .help = "JSON Pointer to its code"},
        {.key = "errors",
         .type = SCHEMA_CUSTOM,
         .node = AT(HttpDraft, errors),
         .read = read_errors,
         .json = "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
         .help = "what errors mean, by status, code, or a part of the sentence"},
        {.key = "usage",
         .type = SCHEMA_OBJECT,
         .offset = 0,
         .object = &usage_schema,
         .help = "JSON Pointers to what it used"},
};
const Schema http_schema = {
        .name = "http",
        .keys = http_keys,
        .n = ARRAY_LEN(http_keys),
        .size = sizeof(HttpDraft),
};

/* ---- what goes together ---- */

/* Literal parts of an address, once its names are known to be good. */
static bool path_is_good(const char *path) {
        for (const char *p = path; *p; p++)
                if ((unsigned char) *p <= ' ' || (unsigned char) *p >= 0x7f ||
                    strchr("\"<>\\^`|#", *p))
                        return false;
        return *path == '/' && path[1] != '/' && !strstr(path, "/../") && !strstr(path, "/./");
}

static void check_step(Reader *r, const ProviderConfig *p, const char *name, HttpStepDraft *d,
                       const char *usual, bool handle) {
        ReaderPath frame, path;

        if (!d->node || !d->step.path)
                return;
        d->step.method = d->method < 0 ? usual : method_words[d->method];
        reader_enter(r, &frame, name, 0);
        reader_enter(r, &path, "path", 0);
        check_fills(r, d->path, p, handle, false);
        if (!path_is_good(d->step.path) && !(handle && streq(d->step.path, "{{handle}}")))
                reader_error(r, d->path,
                             "is no path: '/' and what follows, without blanks or '#'%s",
                             handle ? "; or \"{{handle}}\" alone" : "");
        reader_leave(r);
        if (d->body) {
                reader_enter(r, &path, "body", 0);
                check_fills(r, d->body, p, handle, true);
                reader_leave(r);
        }
        if (!d->step.state != !d->states)
                reader_error(r, d->node, "'state' and 'states' need each other");
        reader_leave(r);
}

static void check_payloads(Reader *r, HttpDraft *d) {
        _cleanup_(freep) char *path = NULL;
        const char **list;
        Err err = {0};
        ReaderPath frame;

        if (d->spec.result_type != HTTP_RESULT_BASE64 || !d->spec.results)
                return;
        reader_enter(r, &frame, "results", 0);
        if (http_pointer_check(d->spec.results, true, NULL) >= 0 &&
            http_pointer_path(d->spec.results, &path, &err) < 0)
                reader_error(r, d->results, "%s", err_text(&err));
        reader_leave(r);
        list = path ? reader_array(r, 2, sizeof *list) : NULL;
        if (!list)
                return;
        list[0] = reader_strdup(r, path);
        d->spec.payload_paths = list;
}

/* Steps that need others, and the handle. */
static void check_shape(Reader *r, const HttpDraft *d, const Node *node) {
        if (!d->submit.node)
                reader_error(r, node, "missing key 'submit' (the call that is paid for)");
        if (d->poll.node && !d->handle)
                reader_error(r, d->poll.node,
                             "'poll' needs 'handle': where the answer to submit "
                             "names the operation");
        if (!d->poll.node && (d->fetch.node || d->cancel.node || d->handle))
                reader_error(r, node,
                             "'fetch', 'cancel' and 'handle' are of use with 'poll' alone");
        if (d->fetch.node && !d->poll.step.state)
                reader_error(r, d->fetch.node, "'fetch' needs a 'state' of 'poll'");
}

void provider_http(Reader *r, const Driver *driver, ProviderDraft *draft) {
        HttpDraft *d = &draft->http;
        ReaderPath frame;
        HttpSpec *spec;
        size_t before = r->problems->n_errors;

        if (driver->is_http && !draft->http_node)
                reader_error(r, draft->driver, "driver '%s' needs 'http' with its calls",
                             driver->name);
        if (!driver->is_http && draft->http_node)
                reader_error(r, draft->http_node,
                             "driver '%s' has its own calls; 'driver: http' has "
                             "none",
                             driver->name);
        if (!driver->is_http || !draft->http_node)
                return;
        d->spec.result_type = (HttpResultType) d->result_type;
        if (!d->spec.key_prefix) /* a header of its own usually holds the key alone */
                d->spec.key_prefix = streq(d->spec.key_header, "Authorization") ? "Bearer " : "";
        reader_enter(r, &frame, "http", 0);
        check_shape(r, d, draft->http_node);
        check_step(r, &draft->provider, "submit", &d->submit, "POST", false);
        check_step(r, &draft->provider, "poll", &d->poll, "GET", true);
        check_step(r, &draft->provider, "fetch", &d->fetch, "GET", true);
        check_step(r, &draft->provider, "cancel", &d->cancel, "POST", true);
        if (d->headers)
                check_fills(r, d->headers, &draft->provider, false, false);
        check_payloads(r, d);
        reader_leave(r);
        d->spec.submit = d->submit.step;
        d->spec.poll = d->poll.step;
        d->spec.fetch = d->fetch.step;
        d->spec.cancel = d->cancel.step;
        spec = r->problems->n_errors == before ? reader_array(r, 1, sizeof *spec) : NULL;
        if (!spec)
                return;
        *spec = d->spec;
        draft->provider.spec.http = spec;
}
