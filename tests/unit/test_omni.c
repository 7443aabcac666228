/* SPDX-License-Identifier: MIT */

/* The omni driver: its requests byte by byte, what handles it takes, and what each recorded shape of
 * an answer makes of a job. */

#include "provider/provider.h"
#include "support/test.h"

#define BASE "https://generativelanguage.googleapis.com/v1"
#define PROJECT "https://aiplatform.googleapis.com/v1beta1/projects/acme/locations/global"

static const Driver *omni(void) {
        const Driver *d = driver_find("omni");

        CHECK(d);
        return d;
}

typedef struct Case {
        ProviderJob job;
        Json *params;
        Strv references;
        ProviderCall call;
        ProviderResult result;
        Err err;
} Case;

static Case case_of(const char *base_url, AssetKind kind, const char *params,
                    const char *const *references) {
        Case c = {.job = {.kind = kind,
                          .model = "gemini-omni-1.2-flash",
                          .prompt = "a \"red\" kettle",
                          .want = 1,
                          .base_url = base_url}};

        CHECK_OK(json_parse(params, strlen(params), &c.params, &c.err), &c.err);
        c.job.params = c.params;
        for (; references && *references; references++)
                CHECK_OK(strv_add(&c.references, *references), NULL);
        return c;
}

static void case_done(Case *c) {
        provider_call_done(&c->call);
        provider_result_done(&c->result);
        strv_done(&c->references);
        c->params = json_free(c->params);
}

static int build(Case *c) {
        c->job.references = c->references.n > 0 ? &c->references : NULL;
        return omni()->build(&c->job, &c->call, &c->err);
}

/* The body with files as <path>. Caller frees. */
static char *body_of(const HttpCall *call) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        for (size_t i = 0; i < call->n_body; i++)
                (void) strbuf_printf(&b, call->body[i].file ? "<%s>" : "%s",
                                     call->body[i].file ? call->body[i].file : call->body[i].text);
        return strbuf_take(&b);
}

#define HEAD "{\"model\":\"gemini-omni-1.2-flash\",\"input\":["
#define TEXT "{\"type\":\"text\",\"text\":\"a \\\"red\\\" kettle\"}]"
#define PNG(path) "{\"type\":\"image\",\"mime_type\":\"image/png\",\"data\":\"<" path ">\"},"
#define TASK(word) ",\"generation_config\":{\"video_config\":{\"task\":\"" word "\"}}"
#define TAIL ",\"background\":true,\"store\":true,\"stream\":false}"

static const struct {
        const char *base;
        AssetKind kind;
        const char *params;
        const char *references[4];
        const char *body;
} requests[] = {
        {BASE,
         KIND_VIDEO,
         "{\"seconds\":5}",
         {NULL},
         HEAD TEXT TASK("text_to_video") ",\"response_format\":{\"type\":\"video\",\"duration\":"
                                         "\"5s\",\"delivery\":\"uri\"}" TAIL},
        {BASE,
         KIND_VIDEO,
         "{\"seconds\":10,\"aspect_ratio\":\"9:16\",\"resolution\":\"1080p\"}",
         {"/a.png", NULL},
         HEAD PNG("/a.png") TEXT TASK("image_to_video") ",\"response_format\":{\"type\":\"video\","
                                                        "\"duration\":\"10s\",\"aspect_ratio\":"
                                                        "\"9:16\",\"resolution\":\"1080p\","
                                                        "\"delivery\":\"uri\"}" TAIL},
        {PROJECT,
         KIND_VIDEO,
         "{\"seconds\":5}",
         {"/a.png", "/b.png", NULL},
         HEAD PNG("/a.png") PNG("/b.png") TEXT TASK(
                 "reference_to_video") ",\"response_format\":{\"type\":\"video\",\"duration\":"
                                       "\"5s\",\"delivery\":\"inline\"}" TAIL},
        {BASE,
         KIND_VIDEO,
         "{\"seconds\":5,\"references_as\":\"first_and_last\"}",
         {"/a.png", "/b.png", NULL},
         HEAD PNG("/a.png") PNG("/b.png") TEXT TASK(
                 "image_to_video") ",\"response_format\":{\"type\":\"video\",\"duration\":\"5s\","
                                   "\"delivery\":\"uri\"}" TAIL},
        {BASE,
         KIND_IMAGE,
         "{\"aspect_ratio\":\"4:5\",\"image_size\":\"2K\"}",
         {NULL},
         HEAD TEXT ",\"response_format\":{\"type\":\"image\",\"aspect_ratio\":\"4:5\","
                   "\"image_size\":\"2K\",\"delivery\":\"inline\"}" TAIL},
};

TEST(requests_are_written_as_the_api_wants_them) {
        for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
                Case c = case_of(requests[i].base, requests[i].kind, requests[i].params,
                                 requests[i].references);
                _cleanup_(freep) char *body = NULL, *url = NULL;

                CHECK_OK(build(&c), &c.err);
                body = body_of(&c.call.http);
                url = str_printf("%s/interactions", requests[i].base);
                CHECK_STR(c.call.http.method, "POST");
                CHECK_STR(c.call.http.url, url);
                CHECK_STR(body, requests[i].body);
                CHECK(c.call.http.paid && c.call.http.with_key && c.call.http.payload_paths);
                CHECK_INT(c.call.http.auth,
                          streq(requests[i].base, PROJECT) ? AUTH_GOOGLE : AUTH_CREDENTIAL);
                case_done(&c);
        }
}

static const struct {
        AssetKind kind;
        const char *model, *params;
        const char *references[12];
        const char *says;
} refusals[] = {
        {KIND_TEXT, "m", "{}", {NULL}, "makes no 'text'"},
        {KIND_VIDEO, "a/b", "{\"seconds\":5}", {NULL}, "no model name"},
        {KIND_VIDEO, "m", "{}", {NULL}, "must be 3 to 15"},
        {KIND_VIDEO, "m", "{\"seconds\":2}", {NULL}, "must be 3 to 15"},
        {KIND_VIDEO, "m", "{\"seconds\":16}", {NULL}, "must be 3 to 15"},
        {KIND_VIDEO, "m", "{\"seconds\":5}", {"/a.tiff", NULL}, "is no picture"},
        {KIND_VIDEO, "m", "{\"seconds\":5,\"references_as\":\"asset\"}", {NULL}, "takes pictures"},
        {KIND_VIDEO,
         "m",
         "{\"seconds\":5,\"references_as\":\"first_frame\"}",
         {"/a.png", "/b.png", NULL},
         "takes one picture, not 2"},
        {KIND_VIDEO,
         "m",
         "{\"seconds\":5,\"references_as\":\"first_and_last\"}",
         {"/a.png", NULL},
         "takes two pictures, not 1"},
        {KIND_IMAGE,
         "m",
         "{}",
         {"/1.png", "/1.png", "/1.png", "/1.png", "/1.png", "/1.png", "/1.png", "/1.png", "/1.png",
          "/1.png", "/1.png", NULL},
         "too many"},
};

TEST(jobs_that_cannot_be_asked_for_are_refused_before_they_cost) {
        for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
                Case c =
                        case_of(BASE, refusals[i].kind, refusals[i].params, refusals[i].references);

                c.job.model = refusals[i].model;
                CHECK_INT(build(&c), -EINVAL);
                CHECK_HAS(err_text(&c.err), refusals[i].says);
                case_done(&c);
        }
}

static const struct {
        const char *handle, *poll, *cancel;
} handles[] = {
        {"v1_abc-9", BASE "/interactions/v1_abc-9?stream=false",
         BASE "/interactions/v1_abc-9/cancel"},
        {"files/abc 12 -1 0", BASE "/files/abc", NULL},
        {"", NULL, NULL},
        {"..", NULL, NULL},
        {"a/b", NULL, NULL},
        {"a?key=b", NULL, NULL},
        {"https://evil.example", NULL, NULL},
        {"files/abc", NULL, NULL},
        {"files/abc 1 2", NULL, NULL},
        {"files/abc 1 2 3 4", NULL, NULL},
        {"files/abc 1 2 x", NULL, NULL},
        {"files/abc 1 2 -2", NULL, NULL},
        {"files/abc 1 2 99999999999999999999999999", NULL, NULL},
        {"files/../x 1 2 3", NULL, NULL},
};

TEST(handles_are_checked_before_they_become_addresses) {
        for (size_t i = 0; i < ARRAY_LEN(handles); i++) {
                Case c = case_of(BASE, KIND_VIDEO, "{}", NULL);
                int r = omni()->build_poll(&c.job, handles[i].handle, &c.call, &c.err);

                CHECK_INT(r, handles[i].poll ? 0 : -EINVAL);
                if (r == 0) {
                        CHECK_STR(c.call.http.method, "GET");
                        CHECK_STR(c.call.http.url, handles[i].poll);
                        CHECK(!c.call.http.paid && c.call.http.with_key);
                }
                provider_call_done(&c.call);
                r = omni()->build_cancel(&c.job, handles[i].handle, &c.call, &c.err);
                CHECK_INT(r, handles[i].cancel ? 0 : -EINVAL);
                if (r == 0) {
                        CHECK_STR(c.call.http.method, "POST");
                        CHECK_STR(c.call.http.url, handles[i].cancel);
                        CHECK_INT(c.call.http.n_body, 0);
                }
                case_done(&c);
        }
}

/* ---- answers ---- */

#define I(status, rest) "{\"id\":\"v1_a\",\"status\":\"" status "\"" rest "}"
#define OUT(content) ",\"steps\":[{\"type\":\"model_output\",\"content\":[" content "]}]"
#define VIDEO(rest) "{\"type\":\"video\",\"mime_type\":\"video/mp4\"" rest "}"
#define USAGE(input, output)                                                                       \
        ",\"usage\":{\"total_input_tokens\":" input ",\"total_output_tokens\":" output "}"
#define FAIL(code, message) ",\"errors\":[{\"code\":" code ",\"message\":\"" message "\"}]"
#define ERROR(code, message) "{\"error\":{\"code\":" code ",\"message\":\"" message "\"}}"
#define FILE_HANDLE "files/abc 12 3 -1"

enum { START, POLL, FILE_POLL };

typedef struct Row {
        int when, status;
        const char *body;
        Outcome outcome;
        const char *code;
        bool retryable, billed;
        Outcome trouble;
        const char *handle, *url; /* NULL: none */
} Row;

static const Row rows[] = {
        /* start */
        {START, 200, I("queued", ""), OUTCOME_OPEN, "", false, false, 0, "v1_a", NULL},
        {START, 200, I("in_progress", ""), OUTCOME_OPEN, "", false, false, 0, "v1_a", NULL},
        {START, 200, "{\"id\":\"v1_a\"}", OUTCOME_OPEN, "", false, false, 0, "v1_a", NULL},
        {START, 200, "{\"id\":\"a/../b\"}", OUTCOME_BROKEN, "HANDLE", false, true, 0, NULL, NULL},
        {START, 200, "{\"id\":\"files/a 1 2 3\"}", OUTCOME_BROKEN, "HANDLE", false, true, 0, NULL,
         NULL},
        {START, 200, "{}", OUTCOME_BROKEN, "HANDLE", false, true, 0, NULL, NULL},
        {START, 200, "<html>", OUTCOME_BROKEN, "BAD_JSON", false, true, 0, NULL, NULL},
        {START, 200, I("completed", OUT(VIDEO(",\"data\":\"payload:0\""))), OUTCOME_MADE,
         "completed", false, true, 0, NULL, NULL},
        {START, 200, ERROR("\"invalid_request\"", "wrong"), OUTCOME_REJECTED, "invalid_request",
         false, false, 0, NULL, NULL},
        {START, 400, ERROR("\"invalid_request\"", "Blocked by our safety policy"), OUTCOME_BLOCKED,
         "SAFETY", false, false, 0, NULL, NULL},
        {START, 400, ERROR("400", "Unknown parameter 'x'"), OUTCOME_REJECTED, "HTTP_400", false,
         false, 0, NULL, NULL},
        {START, 400, ERROR("400", "API key not valid."), OUTCOME_CREDENTIALS, "HTTP_400", false,
         false, 0, NULL, NULL},
        {START, 404, ERROR("404", "model is no longer available"), OUTCOME_REJECTED,
         "MODEL_RETIRED", false, false, 0, NULL, NULL},
        {START, 429, "[" ERROR("\"rate_limit\"", "slow") "]", OUTCOME_THROTTLED, "rate_limit", true,
         false, 0, NULL, NULL},
        {START, 504, ERROR("\"gateway_timeout\"", "late"), OUTCOME_TRANSIENT, "gateway_timeout",
         true, false, 0, NULL, NULL},
        /* running, and words nobody knows */
        {POLL, 200, I("in_progress", ""), OUTCOME_OPEN, "", false, false, 0, NULL, NULL},
        {POLL, 200, I("dreaming", ""), OUTCOME_OPEN, "", false, false, 0, NULL, NULL},
        {POLL, 200, "{\"status\":7}", OUTCOME_OPEN, "", false, false, 0, NULL, NULL},
        /* polls that tell nothing */
        {POLL, 200, "<html>", OUTCOME_OPEN, "HTTP_500", false, false, OUTCOME_TRANSIENT, NULL,
         NULL},
        {POLL, 400, ERROR("400", "odd"), OUTCOME_OPEN, "HTTP_400", false, false, OUTCOME_TRANSIENT,
         NULL, NULL},
        {POLL, 400, ERROR("400", "API key not valid."), OUTCOME_OPEN, "HTTP_400", false, false,
         OUTCOME_CREDENTIALS, NULL, NULL},
        {POLL, 429, "", OUTCOME_OPEN, "HTTP_429", false, false, OUTCOME_THROTTLED, NULL, NULL},
        {POLL, 503, "", OUTCOME_OPEN, "HTTP_503", false, false, OUTCOME_TRANSIENT, NULL, NULL},
        /* denied, and by somebody else */
        {POLL, 400, ERROR("\"invalid_request\"", "Invalid interaction name"), OUTCOME_OPEN,
         "OPERATION_GONE", false, false, OUTCOME_UNKNOWN, NULL, NULL},
        {POLL, 404, ERROR("404", "Not found"), OUTCOME_OPEN, "OPERATION_GONE", false, false,
         OUTCOME_UNKNOWN, NULL, NULL},
        {POLL, 404, "", OUTCOME_OPEN, "FOREIGN", false, false, OUTCOME_TRANSIENT, NULL, NULL},
        /* ended without a result */
        {POLL, 200, I("cancelled", ""), OUTCOME_BROKEN, "cancelled", false, false, 0, NULL, NULL},
        {POLL, 200, I("requires_continuation", ""), OUTCOME_BROKEN, "requires_continuation", false,
         true, 0, NULL, NULL},
        {POLL, 200, I("budget_exceeded", ""), OUTCOME_BROKEN, "budget_exceeded", false, true, 0,
         NULL, NULL},
        {POLL, 200, I("requires_action", ""), OUTCOME_BROKEN, "requires_action", false, true, 0,
         NULL, NULL},
        /* ... and with one: it is paid for */
        {POLL, 200, I("requires_continuation", OUT(VIDEO(",\"data\":\"payload:0\""))), OUTCOME_MADE,
         "completed", false, true, 0, NULL, NULL},
        {POLL, 200, I("cancelled", OUT(VIDEO(",\"data\":\"payload:0\""))), OUTCOME_BROKEN,
         "cancelled", false, false, 0, NULL, NULL},
        {POLL, 200, I("failed", ""), OUTCOME_TRANSIENT, "HTTP_500", true, false, 0, NULL, NULL},
        {POLL, 200, I("failed", FAIL("3", "wrong")), OUTCOME_REJECTED, "HTTP_400", false, false, 0,
         NULL, NULL},
        {POLL, 200, I("failed", FAIL("\"3\"", "prohibited content")), OUTCOME_BLOCKED, "SAFETY",
         false, false, 0, NULL, NULL},
        {POLL, 200, I("failed", FAIL("\"resource_exhausted\"", "x")), OUTCOME_THROTTLED,
         "resource_exhausted", true, false, 0, NULL, NULL},
        {POLL, 200,
         I("failed", ",\"steps\":[7,{\"type\":\"model_output\",\"error\":{\"code\":14,\"message\":"
                     "\"x\"}}]"),
         OUTCOME_TRANSIENT, "HTTP_503", true, false, 0, NULL, NULL},
        /* a refusal is text */
        {POLL, 200,
         I("completed", OUT("{\"type\":\"text\",\"text\":\"I cannot\"}") USAGE("9", "4")),
         OUTCOME_BLOCKED, "TEXT_ONLY", false, true, 0, NULL, NULL},
        {POLL, 200, I("completed", USAGE("0", "0")), OUTCOME_BROKEN, "NO_OUTPUT", false, false, 0,
         NULL, NULL},
        {POLL, 200, I("completed", ",\"steps\":{}"), OUTCOME_BROKEN, "NO_OUTPUT", false, true, 0,
         NULL, NULL},
        {POLL, 200, I("completed", OUT(VIDEO(""))), OUTCOME_BROKEN, "NO_DATA", true, true, 0, NULL,
         NULL},
        {POLL, 200, I("completed", OUT(VIDEO(",\"data\":\"payload:7\""))), OUTCOME_BROKEN,
         "NO_DATA", true, true, 0, NULL, NULL},
        {POLL, 200, I("completed", OUT(VIDEO(",\"uri\":\"gs://b/v\""))), OUTCOME_BROKEN,
         "STORED_ELSEWHERE", false, true, 0, NULL, NULL},
        /* an earlier turn's output is not this one's */
        {POLL, 200,
         I("completed",
           ",\"steps\":[{\"type\":\"model_output\",\"content\":[" VIDEO(
                   ",\"data\":\"payload:0\"") "]},{\"type\":\"user_input\"}]" USAGE("1", "1")),
         OUTCOME_BROKEN, "NO_OUTPUT", false, true, 0, NULL, NULL},
        /* made */
        {POLL, 200, I("completed", OUT(VIDEO(",\"data\":\"payload:0\""))), OUTCOME_MADE,
         "completed", false, true, 0, NULL, NULL},
        {POLL, 200, I("incomplete", OUT(VIDEO(",\"data\":\"payload:0\""))), OUTCOME_MADE,
         "completed", false, true, 0, NULL, NULL},
        {POLL, 200, I("completed", OUT(VIDEO(",\"uri\":\"https://b.example/v.mp4\""))),
         OUTCOME_MADE, "completed", false, true, 0, NULL, "https://b.example/v.mp4"},
        /* a file that may not be ready */
        {POLL, 200,
         I("completed",
           OUT(VIDEO(",\"uri\":\"" BASE "/files/abc:download?alt=media\"")) USAGE("12", "3")),
         OUTCOME_OPEN, "", false, false, 0, FILE_HANDLE, NULL},
        {POLL, 200, I("completed", OUT(VIDEO(",\"uri\":\"" BASE "/files/%2e%2e\""))),
         OUTCOME_BROKEN, "FILE", false, true, 0, NULL, NULL},
        {FILE_POLL, 200, "{\"name\":\"files/abc\",\"state\":\"PROCESSING\"}", OUTCOME_OPEN, "",
         false, false, 0, NULL, NULL},
        {FILE_POLL, 200, "{}", OUTCOME_OPEN, "", false, false, 0, NULL, NULL},
        {FILE_POLL, 200, "{\"state\":\"FAILED\"}", OUTCOME_BROKEN, "FILE_FAILED", true, true, 0,
         NULL, NULL},
        {FILE_POLL, 200, "{\"state\":\"ACTIVE\",\"mimeType\":\"video/mp4\"}", OUTCOME_MADE,
         "completed", false, true, 0, NULL, BASE "/files/abc:download?alt=media"},
        {FILE_POLL, 404, ERROR("404", "Not found"), OUTCOME_OPEN, "OPERATION_GONE", false, false,
         OUTCOME_UNKNOWN, NULL, NULL},
        {FILE_POLL, 503, "", OUTCOME_OPEN, "HTTP_503", false, false, OUTCOME_TRANSIENT, NULL, NULL},
};

static void read_row(Case *c, const Row *row) {
        static const ReplyPayload payload = {.bytes = 1};
        ProviderReply reply = {.status = row->status,
                               .retry_after_ms = -1,
                               .request_id = "req-1",
                               .envelope = row->body,
                               .envelope_n = strlen(row->body),
                               .payloads = &payload,
                               .n_payloads = 1};

        if (row->when == START)
                CHECK_OK(omni()->parse(&c->job, &reply, &c->result, &c->err), &c->err);
        else
                CHECK_OK(omni()->parse_poll(&c->job, row->when == POLL ? "v1_a" : FILE_HANDLE,
                                            &reply, &c->result, &c->err),
                         &c->err);
}

TEST(every_recorded_answer_has_its_outcome) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                const Row *row = &rows[i];
                Case c = case_of(BASE, KIND_VIDEO, "{\"seconds\":5}", NULL);
                const ProviderResult *r = &c.result;

                read_row(&c, row);
                if (r->outcome != row->outcome || !streq(r->code, row->code) ||
                    r->retryable != row->retryable || r->billed != row->billed ||
                    r->trouble != row->trouble)
                        test_fail(__FILE__, __LINE__,
                                  "row %zu: outcome %d, trouble %d, code '%s', billed %d: %s", i,
                                  r->outcome, r->trouble, r->code, r->billed, r->reason);
                CHECK_STR(r->handle ? r->handle : "", row->handle ? row->handle : "");
                CHECK_INT(r->n_items, r->outcome == OUTCOME_MADE);
                if (r->n_items > 0) {
                        const char *url = r->items[0].url;

                        CHECK_STR(url ? url : "", row->url ? row->url : "");
                        CHECK_INT(r->items[0].url_with_key, url && strstr(url, BASE) == url);
                        CHECK_INT((int64_t) r->seconds, 5);
                }
                case_done(&c);
        }
}

TEST(tokens_of_the_video_are_not_counted_twice_and_outlive_the_file) {
        Row row = {.when = POLL, .status = 200};
        Case c = case_of(BASE, KIND_VIDEO, "{\"seconds\":5}", NULL);

        row.body = I("completed",
                     OUT(VIDEO(",\"data\":\"payload:0\"")) ",\"model\":\"m-2\",\"usage\":{"
                                                           "\"total_input_tokens\":12,\"total_"
                                                           "output_tokens\":28963,"
                                                           "\"total_thought_tokens\":7,\"output_"
                                                           "tokens_by_modality\":[{\"modality\":"
                                                           "\"video\",\"tokens\":28960}]}");
        read_row(&c, &row);
        CHECK_INT(c.result.input_tokens, 12);
        CHECK_INT(c.result.output_tokens, 10);
        CHECK_STR(c.result.model_returned, "m-2");
        CHECK(c.result.usage);
        provider_result_done(&c.result);
        row = (Row){.when = FILE_POLL, .status = 200, .body = "{\"state\":\"ACTIVE\"}"};
        read_row(&c, &row);
        CHECK_INT(c.result.input_tokens, 12);
        CHECK_INT(c.result.output_tokens, 3);
        case_done(&c);
}

TEST(pictures_are_counted_as_pictures) {
        Row row = {.when = POLL, .status = 200};
        Case c = case_of(BASE, KIND_IMAGE, "{}", NULL);

        row.body = I(
                "completed",
                OUT("{\"type\":\"image\",\"data\":\"payload:0\"}") ",\"usage\":{"
                                                                   "\"total_output_tokens\":1120,"
                                                                   "\"output_tokens_by_modality\":["
                                                                   "{\"modality\":"
                                                                   "\"IMAGE\",\"tokens\":1120}]}");
        read_row(&c, &row);
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.images, 1);
        CHECK_INT(c.result.image_tokens, 1120);
        CHECK_INT(c.result.output_tokens, 0);
        case_done(&c);
}
