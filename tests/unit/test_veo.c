/* SPDX-License-Identifier: MIT */

/* The veo driver: its requests byte by byte, in the three forms; what handles it takes; what each
 * recorded shape of an answer makes of a job. */

#include "provider/provider.h"
#include "support/test.h"

#define DEVELOPER "https://generativelanguage.googleapis.com/v1beta"
#define PROJECT                                                                                    \
        "https://us-central1-aiplatform.googleapis.com/v1/projects/acme/locations/us-central1"
#define EXPRESS "https://aiplatform.googleapis.com/v1/publishers/google"
#define OPERATION "models/veo-3.1/operations/op1"
#define LONG_OPERATION                                                                             \
        "projects/acme/locations/us-central1/publishers/google/models/veo-3.1/operations/op-1"

static const Driver *veo(void) {
        const Driver *d = driver_find("veo");

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

static Case case_of(const char *base_url, const char *params, const char *const *references) {
        Case c = {.job = {.kind = KIND_VIDEO,
                          .model = "veo-3.1",
                          .prompt = "a \"red\" kettle",
                          .want = 1,
                          .seed = 7,
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
        return veo()->build(&c->job, &c->call, &c->err);
}

/* The body with files as <path>. Caller frees. */
static char *body_of(const HttpCall *call) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        for (size_t i = 0; i < call->n_body; i++)
                (void) strbuf_printf(&b, call->body[i].file ? "<%s>" : "%s",
                                     call->body[i].file ? call->body[i].file : call->body[i].text);
        return strbuf_take(&b);
}

static const struct {
        const char *base, *params;
        const char *references[4];
        const char *url, *body;
} requests[] = {
        {DEVELOPER,
         "{\"seconds\":8}",
         {NULL},
         DEVELOPER "/models/veo-3.1:predictLongRunning",
         "{\"instances\":[{\"prompt\":\"a \\\"red\\\" kettle\"}],\"parameters\":{\"sampleCount\":1,"
         "\"durationSeconds\":8}}"},
        {DEVELOPER,
         "{\"seconds\":4,\"aspect_ratio\":\"9:16\",\"resolution\":\"720p\",\"negative_prompt\":"
         "\"fog\",\"person_generation\":\"allow_all\"}",
         {"/a.png", NULL},
         DEVELOPER "/models/veo-3.1:predictLongRunning",
         "{\"instances\":[{\"prompt\":\"a \\\"red\\\" kettle\",\"image\":{\"bytesBase64Encoded\":\""
         "</a.png>\",\"mimeType\":\"image/png\"}}],\"parameters\":{\"sampleCount\":1,"
         "\"durationSeconds\":4,\"aspectRatio\":\"9:16\",\"resolution\":\"720p\","
         "\"negativePrompt\":\"fog\",\"personGeneration\":\"allow_all\"}}"},
        {PROJECT,
         "{\"seconds\":8,\"references_as\":\"first_and_last\",\"generate_audio\":false}",
         {"/a.jpg", "/b.webp", NULL},
         PROJECT "/publishers/google/models/veo-3.1:predictLongRunning",
         "{\"instances\":[{\"prompt\":\"a \\\"red\\\" kettle\",\"image\":{\"bytesBase64Encoded\":\""
         "</a.jpg>\",\"mimeType\":\"image/jpeg\"},\"lastFrame\":{\"bytesBase64Encoded\":\""
         "</b.webp>\",\"mimeType\":\"image/webp\"}}],\"parameters\":{\"sampleCount\":1,"
         "\"durationSeconds\":8,\"generateAudio\":false,\"seed\":7}}"},
        {EXPRESS,
         "{\"seconds\":8,\"resolution\":\"1080p\"}",
         {"/a.png", "/b.png", NULL},
         EXPRESS "/models/veo-3.1:predictLongRunning",
         "{\"instances\":[{\"prompt\":\"a \\\"red\\\" kettle\",\"referenceImages\":[{\"image\":{"
         "\"bytesBase64Encoded\":\"</a.png>\",\"mimeType\":\"image/png\"},\"referenceType\":"
         "\"asset\"},{\"image\":{\"bytesBase64Encoded\":\"</b.png>\",\"mimeType\":\"image/png\"},"
         "\"referenceType\":\"asset\"}]}],\"parameters\":{\"sampleCount\":1,\"durationSeconds\":8,"
         "\"resolution\":\"1080p\",\"seed\":7}}"},
};

TEST(requests_are_written_as_each_form_wants_them) {
        for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
                Case c = case_of(requests[i].base, requests[i].params, requests[i].references);
                _cleanup_(freep) char *body = NULL;
                bool bearer = streq(requests[i].base, PROJECT);

                CHECK_OK(build(&c), &c.err);
                body = body_of(&c.call.http);
                CHECK_STR(c.call.http.method, "POST");
                CHECK_STR(c.call.http.url, requests[i].url);
                CHECK_STR(body, requests[i].body);
                CHECK(c.call.http.paid && c.call.http.with_key);
                CHECK_STR(c.call.http.key_header, bearer ? "Authorization" : "x-goog-api-key");
                CHECK_STR(c.call.http.key_prefix, bearer ? "Bearer " : "");
                CHECK_INT(c.call.http.auth, bearer ? AUTH_GOOGLE : AUTH_CREDENTIAL);
                case_done(&c);
        }
}

TEST(the_api_is_where_the_base_url_says_or_where_it_always_was) {
        Case c = case_of("", "{\"seconds\":6}", NULL);

        CHECK_OK(build(&c), &c.err);
        CHECK_STR(c.call.http.url, DEVELOPER "/models/veo-3.1:predictLongRunning");
        case_done(&c);
}

static const struct {
        const char *base, *params;
        const char *references[5];
        const char *model, *says;
        AssetKind kind;
} refusals[] = {
        {DEVELOPER, "{\"seconds\":8}", {NULL}, "veo-3.1", "makes no 'image'", KIND_IMAGE},
        {DEVELOPER, "{\"seconds\":8}", {NULL}, "../veo", "no model name", KIND_VIDEO},
        {DEVELOPER, "{\"seconds\":8}", {NULL}, "..", "no model name", KIND_VIDEO},
        {DEVELOPER, "{}", {NULL}, "veo-3.1", "4, 6 or 8", KIND_VIDEO},
        {DEVELOPER, "{\"seconds\":5}", {NULL}, "veo-3.1", "4, 6 or 8", KIND_VIDEO},
        {DEVELOPER, "{\"seconds\":10}", {NULL}, "veo-3.1", "4, 6 or 8", KIND_VIDEO},
        {DEVELOPER,
         "{\"seconds\":4,\"resolution\":\"1080p\"}",
         {NULL},
         "veo-3.1",
         "'resolution: 1080p' needs 'seconds: 8'",
         KIND_VIDEO},
        {DEVELOPER,
         "{\"seconds\":6,\"references_as\":\"asset\"}",
         {"/a.png", NULL},
         "veo-3.1",
         "'references_as: asset' needs 'seconds: 8'",
         KIND_VIDEO},
        {DEVELOPER,
         "{\"seconds\":8,\"references_as\":\"first_frame\"}",
         {"/a.png", "/b.png", NULL},
         "veo-3.1",
         "takes 1 to 1 pictures, not 2",
         KIND_VIDEO},
        {DEVELOPER,
         "{\"seconds\":8,\"references_as\":\"first_and_last\"}",
         {"/a.png", NULL},
         "veo-3.1",
         "takes 2 to 2 pictures, not 1",
         KIND_VIDEO},
        {DEVELOPER,
         "{\"seconds\":8}",
         {"/a.png", "/a.png", "/a.png", "/a.png", NULL},
         "veo-3.1",
         "takes 1 to 3 pictures, not 4",
         KIND_VIDEO},
        {DEVELOPER, "{\"seconds\":8}", {"/a.gif", NULL}, "veo-3.1", "is no picture", KIND_VIDEO},
        {DEVELOPER,
         "{\"seconds\":8,\"generate_audio\":true}",
         {NULL},
         "veo-3.1",
         "Vertex AI only",
         KIND_VIDEO},
};

TEST(jobs_that_cannot_be_asked_for_are_refused_before_they_cost) {
        for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
                Case c = case_of(refusals[i].base, refusals[i].params, refusals[i].references);

                c.job.model = refusals[i].model;
                c.job.kind = refusals[i].kind;
                CHECK_INT(build(&c), -EINVAL);
                CHECK_HAS(err_text(&c.err), refusals[i].says);
                CHECK(!c.call.http.url);
                case_done(&c);
        }
}

/* ---- polls ---- */

static const struct {
        const char *base, *handle, *method, *url, *body;
} polls[] = {
        {DEVELOPER, OPERATION, "GET", DEVELOPER "/" OPERATION, ""},
        {PROJECT, LONG_OPERATION, "POST",
         PROJECT "/publishers/google/models/veo-3.1:fetchPredictOperation",
         "{\"operationName\":\"" LONG_OPERATION "\"}"},
        {EXPRESS, LONG_OPERATION, "POST", EXPRESS "/models/veo-3.1:fetchPredictOperation",
         "{\"operationName\":\"" LONG_OPERATION "\"}"},
        {EXPRESS, "publishers/google/" OPERATION, "POST",
         EXPRESS "/models/veo-3.1:fetchPredictOperation",
         "{\"operationName\":\"publishers/google/" OPERATION "\"}"},
        /* None of this provider's: */
        {DEVELOPER, LONG_OPERATION, NULL, NULL, NULL},
        {PROJECT, OPERATION, NULL, NULL, NULL},
        {DEVELOPER, "", NULL, NULL, NULL},
        {DEVELOPER, "https://evil.example/" OPERATION, NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1/operations/", NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1/operations/..", NULL, NULL, NULL},
        {DEVELOPER, "models/../operations/x", NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1/operations/x/", NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1/operations/x/y", NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1/operations/x?key=y", NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1/operations/x y", NULL, NULL, NULL},
        {DEVELOPER, "models/veo-3.1", NULL, NULL, NULL},
        {DEVELOPER, "models//operations/x", NULL, NULL, NULL},
        {PROJECT, "projects//locations/x/publishers/google/" OPERATION, NULL, NULL, NULL},
        {EXPRESS, "projects/x/y/" OPERATION, NULL, NULL, NULL},
};

TEST(handles_are_checked_before_they_become_addresses) {
        for (size_t i = 0; i < ARRAY_LEN(polls); i++) {
                Case c = case_of(polls[i].base, "{}", NULL);
                _cleanup_(freep) char *body = NULL;
                int r = veo()->build_poll(&c.job, polls[i].handle, &c.call, &c.err);

                if (!polls[i].url) {
                        if (r != -EINVAL)
                                test_fail(__FILE__, __LINE__, "'%s' is taken", polls[i].handle);
                        CHECK_HAS(err_text(&c.err), "no operation of this provider");
                        case_done(&c);
                        continue;
                }
                CHECK_OK(r, &c.err);
                body = body_of(&c.call.http);
                CHECK_STR(c.call.http.method, polls[i].method);
                CHECK_STR(c.call.http.url, polls[i].url);
                CHECK_STR(body ? body : "", polls[i].body);
                CHECK(!c.call.http.paid && c.call.http.with_key && c.call.http.payload_paths);
                case_done(&c);
        }
}

TEST(the_key_goes_to_the_provider_alone) {
        static const struct {
                const char *url;
                bool key;
                const char *fetched;
        } rows[] = {
                {DEVELOPER "/files/a:download?alt=media", true,
                 DEVELOPER "/files/a:download?alt=media"},
                {DEVELOPER "/files/a", true, DEVELOPER "/files/a:download?alt=media"},
                {DEVELOPER "/files/a?x=1", true, DEVELOPER "/files/a:download?x=1&alt=media"},
                {"https://storage.example/v.mp4", false, "https://storage.example/v.mp4"},
        };
        Case c = case_of(DEVELOPER, "{}", NULL);

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                ResultItem item = {.payload = -1, .url = strdup(rows[i].url), .url_with_key = true};

                CHECK_OK(veo()->build_fetch(&c.job, &item, &c.call, &c.err), &c.err);
                CHECK_INT(c.call.http.with_key, rows[i].key);
                CHECK_STR(c.call.http.url, rows[i].fetched);
                CHECK(c.call.http.raw_payload && !c.call.http.paid);
                provider_call_done(&c.call);
                free(item.url);
        }
        case_done(&c);
}

/* ---- answers ---- */

#define RPC(code, message)                                                                         \
        "{\"name\":\"" OPERATION "\",\"done\":true,\"error\":{\"code\":" code                      \
        ",\"message\":\"" message "\"}}"
#define DONE(response) "{\"name\":\"" OPERATION "\",\"done\":true,\"response\":" response "}"
#define SAMPLE(video)                                                                              \
        DONE("{\"generateVideoResponse\":{\"generatedSamples\":[{\"video\":" video "}]}}")
#define HTTP_ERROR(code, message)                                                                  \
        "{\"error\":{\"code\":" #code ",\"message\":\"" message "\",\"status\":\"X\"}}"

typedef struct Row {
        const char *base;
        bool poll;
        int status;
        const char *body;
        Outcome outcome;
        const char *code; /* of the outcome, or of a poll's trouble */
        bool retryable, billed;
        Outcome trouble;
        const char *item; /* "payload:0" or the address; NULL = no item */
} Row;

static const Row rows[] = {
        /* start */
        {DEVELOPER, false, 200, "{\"name\":\"" OPERATION "\"}", OUTCOME_OPEN, "", false, false,
         OUTCOME_OPEN, NULL},
        {PROJECT, false, 200, "{\"name\":\"" LONG_OPERATION "\"}", OUTCOME_OPEN, "", false, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, "[{\"name\":\"" OPERATION "\"}]", OUTCOME_OPEN, "", false, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, "{}", OUTCOME_BROKEN, "HANDLE", false, true, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, "<html>", OUTCOME_BROKEN, "HANDLE", false, true, OUTCOME_OPEN,
         NULL},
        {DEVELOPER, false, 200, "", OUTCOME_BROKEN, "HANDLE", false, true, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, "{\"name\":7}", OUTCOME_BROKEN, "HANDLE", false, true, OUTCOME_OPEN,
         NULL},
        {DEVELOPER, false, 200, "{\"name\":\"https://evil.example/x\"}", OUTCOME_BROKEN, "HANDLE",
         false, true, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, HTTP_ERROR(400, "wrong"), OUTCOME_REJECTED, "X", false, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, "{\"error\":{\"code\":8,\"message\":\"busy\"}}", OUTCOME_THROTTLED,
         "HTTP_429", true, false, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 200, "{\"error\":{}}", OUTCOME_TRANSIENT, "HTTP_500", true, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 404, HTTP_ERROR(404, "models/veo-3.1 is no longer available"),
         OUTCOME_REJECTED, "MODEL_RETIRED", false, false, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 400, HTTP_ERROR(400, "API key not valid."), OUTCOME_CREDENTIALS, "X",
         false, false, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 429, "{\"error\":\"slow down\"}", OUTCOME_THROTTLED, "HTTP_429", true,
         false, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 503, "[" HTTP_ERROR(503, "overloaded") "]", OUTCOME_TRANSIENT, "X", true,
         false, OUTCOME_OPEN, NULL},
        {DEVELOPER, false, 502, "<html>", OUTCOME_TRANSIENT, "HTTP_502", true, false, OUTCOME_OPEN,
         NULL},
        /* still running */
        {DEVELOPER, true, 200, "{\"name\":\"" OPERATION "\"}", OUTCOME_OPEN, "", false, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, "{\"name\":\"" OPERATION "\",\"done\":false}", OUTCOME_OPEN, "",
         false, false, OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, "{\"done\":\"true\"}", OUTCOME_OPEN, "", false, false, OUTCOME_OPEN,
         NULL},
        /* polls that tell nothing */
        {DEVELOPER, true, 200, "<html>", OUTCOME_OPEN, "HTTP_500", false, false, OUTCOME_TRANSIENT,
         NULL},
        {DEVELOPER, true, 200, "[]", OUTCOME_OPEN, "HTTP_500", false, false, OUTCOME_TRANSIENT,
         NULL},
        {DEVELOPER, true, 429, HTTP_ERROR(429, "slow"), OUTCOME_OPEN, "X", false, false,
         OUTCOME_THROTTLED, NULL},
        {DEVELOPER, true, 503, "", OUTCOME_OPEN, "HTTP_503", false, false, OUTCOME_TRANSIENT, NULL},
        {PROJECT, true, 401, HTTP_ERROR(401, "token"), OUTCOME_OPEN, "X", false, false,
         OUTCOME_CREDENTIALS, NULL},
        {DEVELOPER, true, 429, HTTP_ERROR(429, "limit: 0"), OUTCOME_OPEN, "X", false, false,
         OUTCOME_REJECTED, NULL},
        {DEVELOPER, true, 302, "", OUTCOME_OPEN, "HTTP_302", false, false, OUTCOME_REJECTED, NULL},
        /* denied, and by somebody else */
        {DEVELOPER, true, 404, HTTP_ERROR(404, "Operation not found."), OUTCOME_OPEN,
         "OPERATION_GONE", false, false, OUTCOME_UNKNOWN, NULL},
        {DEVELOPER, true, 400, HTTP_ERROR(400, "Bad name"), OUTCOME_OPEN, "OPERATION_GONE", false,
         false, OUTCOME_UNKNOWN, NULL},
        {DEVELOPER, true, 404, "<html>", OUTCOME_OPEN, "FOREIGN", false, false, OUTCOME_TRANSIENT,
         NULL},
        /* failed */
        {DEVELOPER, true, 200, RPC("3", "wrong"), OUTCOME_REJECTED, "HTTP_400", false, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, RPC("3", "The prompt violates Google's Responsible AI practices."),
         OUTCOME_BLOCKED, "SAFETY", false, false, OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, RPC("8", "exhausted"), OUTCOME_THROTTLED, "HTTP_429", true, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, RPC("13", "internal"), OUTCOME_TRANSIENT, "HTTP_500", true, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, RPC("\"14\"", "unavailable"), OUTCOME_TRANSIENT, "HTTP_503", true,
         false, OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, RPC("99", "new"), OUTCOME_TRANSIENT, "HTTP_500", true, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, RPC("-1", "odd"), OUTCOME_TRANSIENT, "HTTP_500", true, false,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, "{\"done\":true,\"error\":{}}", OUTCOME_TRANSIENT, "HTTP_500", true,
         false, OUTCOME_OPEN, NULL},
        /* done without a video */
        {DEVELOPER, true, 200, "{\"done\":true}", OUTCOME_BROKEN, "NO_VIDEO", true, true,
         OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200, DONE("{}"), OUTCOME_BROKEN, "NO_VIDEO", true, true, OUTCOME_OPEN,
         NULL},
        {DEVELOPER, true, 200, SAMPLE("{}"), OUTCOME_BROKEN, "NO_VIDEO", true, true, OUTCOME_OPEN,
         NULL},
        {DEVELOPER, true, 200, SAMPLE("{\"encodedVideo\":\"payload:9\"}"), OUTCOME_BROKEN,
         "NO_VIDEO", true, true, OUTCOME_OPEN, NULL},
        {DEVELOPER, true, 200,
         DONE("{\"generateVideoResponse\":{\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":"
              "[\"issue with the audio\"]}}"),
         OUTCOME_BLOCKED, "RAI_FILTERED", false, false, OUTCOME_OPEN, NULL},
        {PROJECT, true, 200, DONE("{\"raiMediaFilteredCount\":\"2\"}"), OUTCOME_BLOCKED,
         "RAI_FILTERED", false, false, OUTCOME_OPEN, NULL},
        {PROJECT, true, 200, DONE("{\"raiMediaFilteredCount\":0,\"videos\":[]}"), OUTCOME_BROKEN,
         "NO_VIDEO", true, true, OUTCOME_OPEN, NULL},
        {PROJECT, true, 200,
         DONE("{\"videos\":[{\"gcsUri\":\"gs://b/v.mp4\",\"mimeType\":\"video/mp4\"}]}"),
         OUTCOME_BROKEN, "STORED_ELSEWHERE", false, true, OUTCOME_OPEN,
         NULL}, /* "b" is no bucket */
        {DEVELOPER, true, 200, SAMPLE("{\"uri\":\"gs://bucket/v.mp4\"}"), OUTCOME_BROKEN,
         "STORED_ELSEWHERE", false, true, OUTCOME_OPEN, NULL},
        /* made */
        {PROJECT, true, 200,
         DONE("{\"videos\":[{\"gcsUri\":\"gs://my.bucket/a "
              "b/../v.mp4\",\"mimeType\":\"video/mp4\"}]}"),
         OUTCOME_MADE, "DONE", false, true, OUTCOME_OPEN,
         "https://storage.googleapis.com/storage/v1/b/my.bucket/o/"
         "a%20b%2F%2E%2E%2Fv%2Emp4?alt=media"},
        {DEVELOPER, true, 200, SAMPLE("{\"uri\":\"" DEVELOPER "/files/a:download?alt=media\"}"),
         OUTCOME_MADE, "DONE", false, true, OUTCOME_OPEN, DEVELOPER "/files/a:download?alt=media"},
        {DEVELOPER, true, 200,
         SAMPLE("{\"encodedVideo\":\"payload:0\",\"encoding\":\"video/mp4\"}"), OUTCOME_MADE,
         "DONE", false, true, OUTCOME_OPEN, "payload:0"},
        {PROJECT, true, 200,
         DONE("{\"raiMediaFilteredCount\":1,\"videos\":[{\"bytesBase64Encoded\":\"payload:0\","
              "\"mimeType\":\"video/mp4\"}]}"),
         OUTCOME_MADE, "DONE", false, true, OUTCOME_OPEN, "payload:0"},
};

static void read_row(Case *c, const Row *row, const ReplyPayload *payload) {
        ProviderReply reply = {.status = row->status,
                               .retry_after_ms = -1,
                               .request_id = "req-1",
                               .envelope = row->body,
                               .envelope_n = strlen(row->body),
                               .payloads = payload,
                               .n_payloads = 1};

        if (row->poll)
                CHECK_OK(veo()->parse_poll(&c->job, OPERATION, &reply, &c->result, &c->err),
                         &c->err);
        else
                CHECK_OK(veo()->parse(&c->job, &reply, &c->result, &c->err), &c->err);
}

static void check_item(const Case *c, const Row *row) {
        const ResultItem *item = c->result.items;

        CHECK_INT(c->result.n_items, row->item ? 1 : 0);
        if (!row->item)
                return;
        if (item->url)
                CHECK_STR(item->url, row->item);
        else
                CHECK_INT(item->payload, 0);
        CHECK_INT(item->url_with_key, item->url != NULL);
        CHECK_INT((int64_t) c->result.seconds, 8);
}

TEST(every_recorded_answer_has_its_outcome) {
        ReplyPayload payload = {.bytes = 1};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                const Row *row = &rows[i];
                Case c = case_of(row->base, "{\"seconds\":8}", NULL);
                const ProviderResult *r = &c.result;

                read_row(&c, row, &payload);
                if (r->outcome != row->outcome || !streq(r->code, row->code) ||
                    r->retryable != row->retryable || r->billed != row->billed ||
                    r->trouble != row->trouble)
                        test_fail(__FILE__, __LINE__,
                                  "row %zu: outcome %d, trouble %d, code '%s', billed %d: %s", i,
                                  r->outcome, r->trouble, r->code, r->billed, r->reason);
                check_item(&c, row);
                CHECK_INT(r->handle != NULL, r->outcome == OUTCOME_OPEN && !row->poll);
                CHECK_STR(r->request_id, "req-1");
                case_done(&c);
        }
}

TEST(the_filter_s_words_are_told) {
        Row row = rows[0];
        Case c = case_of(DEVELOPER, "{\"seconds\":8}", NULL);

        row.poll = true;
        row.body = DONE("{\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"no \\u001b "
                        "faces\"]}");
        read_row(&c, &row, NULL);
        CHECK_STR(c.result.reason,
                  "the video was filtered by the provider's safety rules: 'no faces'");
        case_done(&c);
}
