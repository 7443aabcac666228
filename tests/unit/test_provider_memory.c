/* SPDX-License-Identifier: MIT */

/* Each allocation of building and reading fails once: -ENOMEM every time, nothing leaked, nothing
 * half-made handed out. cJSON allocates inside its own library, out of reach of --wrap; the calls
 * of base/json.h fail as a whole instead. */

#include <stdarg.h>

#include "provider/provider.h"
#include "support/test.h"

static int fail_after = -1; /* allocations that still succeed; -1: all */
static bool failed;

static bool fails(void) {
        if (fail_after < 0)
                return false;
        failed = failed || fail_after == 0;
        return fail_after == 0 || fail_after-- == 0;
}

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__real_reallocarray(void *p, size_t n, size_t size);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
Json *__real_json_new_object(void);
Json *__real_json_new_string(const char *s);
char *__real_json_print(const Json *j);
int __real_json_parse(const char *text, size_t n, Json **ret, Err *err);

void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n) {
        return fails() ? NULL : __real_malloc(n);
}
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size) {
        return fails() ? NULL : __real_calloc(n, size);
}
void *__wrap_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n) {
        return fails() ? NULL : __real_realloc(p, n);
}
void *__wrap_reallocarray(void *p, size_t n, size_t size);
void *__wrap_reallocarray(void *p, size_t n, size_t size) {
        return fails() ? NULL : __real_reallocarray(p, n, size);
}
char *__wrap_strdup(const char *s);
char *__wrap_strdup(const char *s) {
        return fails() ? NULL : __real_strdup(s);
}
char *__wrap_strndup(const char *s, size_t n);
char *__wrap_strndup(const char *s, size_t n) {
        return fails() ? NULL : __real_strndup(s, n);
}
int __real_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __wrap_vasprintf(char **ret, const char *format, va_list ap) _printf_(2, 0);
int __wrap_vasprintf(char **ret, const char *format, va_list ap) {
        return fails() ? -1 : __real_vasprintf(ret, format, ap);
}
Json *__wrap_json_new_object(void);
Json *__wrap_json_new_object(void) {
        return fails() ? NULL : __real_json_new_object();
}
Json *__wrap_json_new_string(const char *s);
Json *__wrap_json_new_string(const char *s) {
        return fails() ? NULL : __real_json_new_string(s);
}
char *__wrap_json_print(const Json *j);
char *__wrap_json_print(const Json *j) {
        return fails() ? NULL : __real_json_print(j);
}
int __wrap_json_parse(const char *text, size_t n, Json **ret, Err *err);
int __wrap_json_parse(const char *text, size_t n, Json **ret, Err *err) {
        return fails() ? -ENOMEM : __real_json_parse(text, n, ret, err);
}

typedef int (*StepFn)(void *userdata);

/* Runs step with the 1st, 2nd, ... allocation failing until none fails any more. */
static void sweep(StepFn step, void *userdata) {
        int n = 0;

        for (;; n++) {
                int r;

                fail_after = n;
                failed = false;
                r = step(userdata);
                fail_after = -1;
                if (!failed) {
                        CHECK_INT(r, 0);
                        break;
                }
                CHECK_INT(r, -ENOMEM);
                CHECK(n < 10000);
        }
        CHECK(n > 0);
}

typedef struct Step {
        const char *driver;
        ProviderJob job;
        const char *body, *handle;
        int status;
        ResultItem item;
} Step;

static int step_build(void *userdata) {
        const Step *s = userdata;
        ProviderCall call = {0};
        int r = driver_find(s->driver)->build(&s->job, &call, NULL);

        CHECK(r >= 0 || (!call.http.url && !call.draw && !call.result));
        provider_call_done(&call);
        return r;
}

static int step_fetch(void *userdata) {
        const Step *s = userdata;
        ProviderCall call = {0};
        int r = driver_find(s->driver)->build_fetch(&s->job, &s->item, &call, NULL);

        CHECK(r >= 0 || !call.http.url);
        provider_call_done(&call);
        return r;
}

static int step_parse(void *userdata) {
        const Step *s = userdata;
        ReplyPayload payloads[1] = {0};
        ProviderReply reply = {.status = s->status,
                               .retry_after_ms = -1,
                               .request_id = "header-id",
                               .envelope = s->body,
                               .envelope_n = strlen(s->body),
                               .payloads = payloads,
                               .n_payloads = 1};
        ProviderResult result;
        int r;

        provider_result_init(&result);
        r = driver_find(s->driver)->parse(&s->job, &reply, &result, NULL);
        CHECK(r >= 0 || (!result.items && !result.usage));
        provider_result_done(&result);
        return r;
}

static int step_poll(void *userdata) {
        const Step *s = userdata;
        ProviderCall call = {0};
        int r = driver_find(s->driver)->build_poll(&s->job, s->handle, &call, NULL);

        CHECK(r >= 0 || !call.http.url);
        provider_call_done(&call);
        return r;
}

static int step_parse_poll(void *userdata) {
        const Step *s = userdata;
        ReplyPayload payloads[1] = {0};
        ProviderReply reply = {.status = s->status,
                               .retry_after_ms = -1,
                               .request_id = "header-id",
                               .envelope = s->body,
                               .envelope_n = strlen(s->body),
                               .payloads = payloads,
                               .n_payloads = 1};
        ProviderResult result;
        int r;

        provider_result_init(&result);
        r = driver_find(s->driver)->parse_poll(&s->job, s->handle, &reply, &result, NULL);
        CHECK(r >= 0 || (!result.items && !result.usage && !result.handle));
        provider_result_done(&result);
        return r;
}

static Json *params(const char *text) {
        Json *j;

        CHECK_OK(json_parse(text, strlen(text), &j, NULL), NULL);
        return j;
}

TEST(building) {
        _cleanup_(json_freep) Json *image = params("{\"aspect_ratio\":\"1:1\",\"thinking_level\":"
                                                   "\"low\",\"size\":\"100x100\",\"headline\":"
                                                   "\"x\",\"logo\":\"/l.png\"}");
        Strv references = {0};
        Step s = {.driver = "gemini",
                  .job = {.kind = KIND_IMAGE, .model = "m", .prompt = "p", .params = image}};

        CHECK(strv_add(&references, "/a.png") >= 0 && strv_add(&references, "/b.png") >= 0);
        s.job.references = &references;
        sweep(step_build, &s);
        s.job.references = NULL;
        s.job.kind = KIND_TEXT;
        s.job.want = 2;
        s.job.max_chars = 10;
        sweep(step_build, &s);
        s.driver = "local";
        s.job.prompt = "one\ntwo";
        sweep(step_build, &s);
        strv_done(&references);
}

TEST(fetching) {
        char url[] = "https://b.example/x";
        Step s = {.driver = "gemini",
                  .job = {.kind = KIND_IMAGE, .base_url = "https://a.example/v1"},
                  .item = {.payload = -1, .url = url}};
        int r;

        fail_after = 0;
        r = step_fetch(&s);
        fail_after = -1;
        CHECK_INT(r, -ENOMEM);
        CHECK_INT(step_fetch(&s), 0);
}

TEST(reading) {
        Step s = {.driver = "gemini", .status = 200, .job = {.kind = KIND_IMAGE, .model = "m"}};

        s.body = "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":{\"mimeType\":"
                 "\"image/png\",\"data\":\"payload:0\"}}]},\"finishReason\":\"STOP\"}],"
                 "\"usageMetadata\":{\"promptTokenCount\":1},\"modelVersion\":\"m\"}";
        sweep(step_parse, &s);
        s.body = "{\"candidates\":[{\"content\":{\"parts\":[{\"fileData\":{\"mimeType\":"
                 "\"image/png\",\"fileUri\":\"https://x/y\"}}]}}],\"responseId\":\"r\"}";
        sweep(step_parse, &s);
        s.job.kind = KIND_TEXT;
        s.job.want = 2;
        s.body = "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"[\\\"one\\\",\\\"two\\\"]"
                 "\"}]},\"finishReason\":\"STOP\"}]}";
        sweep(step_parse, &s);
}

TEST(operations) {
        static const struct {
                const char *driver, *base, *params, *handle, *start;
                const char *polls[4];
        } rows[] = {
                {"veo",
                 "https://a.example/v1/projects/p/locations/l",
                 "{\"seconds\":8,\"resolution\":\"4k\",\"generate_audio\":true}",
                 "projects/p/locations/l/publishers/google/models/m/operations/o",
                 "{\"name\":\"projects/p/locations/l/publishers/google/models/m/operations/o\"}",
                 {"{\"done\":true,\"response\":{\"videos\":[{\"bytesBase64Encoded\":"
                  "\"payload:0\",\"mimeType\":\"video/mp4\"}]}}",
                  "{\"done\":true,\"response\":{\"videos\":[{\"uri\":\"https://b.example/v\"}]}}",
                  NULL}},
                {"omni",
                 "https://a.example/v1",
                 "{\"seconds\":8,\"resolution\":\"4k\"}",
                 "v1_a",
                 "{\"id\":\"v1_a\",\"model\":\"m\",\"status\":\"queued\"}",
                 {"{\"status\":\"completed\",\"model\":\"m\",\"usage\":{},\"steps\":[{\"type\":"
                  "\"model_output\",\"content\":[{\"type\":\"video\",\"mime_type\":\"video/mp4\","
                  "\"data\":\"payload:0\"}]}]}",
                  "{\"status\":\"completed\",\"steps\":[{\"type\":\"model_output\",\"content\":[{"
                  "\"type\":\"video\",\"uri\":\"https://a.example/v1/files/a\"}]}]}",
                  "{\"status\":\"failed\",\"errors\":[{\"code\":3,\"message\":\"x\"}]}", NULL}},
                {"omni",
                 "https://a.example/v1",
                 "{\"seconds\":8}",
                 "files/a 1 2 3",
                 "{\"id\":\"v1_a\",\"model\":\"m\"}",
                 {"{\"state\":\"ACTIVE\",\"mimeType\":\"video/mp4\"}", NULL}},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                _cleanup_(json_freep) Json *given = params(rows[i].params);
                Strv references = {0};
                Step s = {.driver = rows[i].driver,
                          .handle = rows[i].handle,
                          .body = rows[i].start,
                          .status = 200,
                          .job = {.kind = KIND_VIDEO,
                                  .model = "m",
                                  .prompt = "p",
                                  .params = given,
                                  .want = 1,
                                  .base_url = rows[i].base}};

                CHECK(strv_add(&references, "/a.png") >= 0);
                s.job.references = &references;
                sweep(step_build, &s);
                sweep(step_parse, &s);
                sweep(step_poll, &s);
                for (size_t k = 0; rows[i].polls[k]; k++) {
                        s.body = rows[i].polls[k];
                        sweep(step_parse_poll, &s);
                }
                strv_done(&references);
        }
}
