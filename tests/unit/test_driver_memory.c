/* SPDX-License-Identifier: MIT */

/* Each allocation of the drivers in the table fails once, cJSON's through the calls of base/json.h
 * that fail as a whole: -ENOMEM every time, nothing leaked, nothing half-made handed out. */

#include "provider/provider.h"
#include "support/fault.h"
#include "support/test.h"
#include "unit/http_specs.h"

/* What the settings say to drivers that are told there what to do. */
static const char *const argv[] = {"/bin/true", NULL};
static const ExecSpec command = {.argv = argv};
static const ComfyInput inputs[] = {
        {"prompt", "6.text"}, {"width", "6.w"}, {"reference", "6.a"}, {"reference_2", "6.b"}};
static const ComfyWorkflow workflow = {
        .name = "owner/name",
        .graph = "{\"6\":{\"class_type\":\"C\",\"inputs\":{\"text\":\"a {{prompt}}\",\"w\":1,"
                 "\"a\":\"\",\"b\":1234567890123456789}}}",
        .inputs = inputs,
        .n_inputs = ARRAY_LEN(inputs)};
static const ProviderSpec told = {
        .exec = &command, .http = &http_queue, .workflows = &workflow, .n_workflows = 1};

Json *__real_json_new_object(void);
Json *__real_json_new_array(void);
Json *__real_json_new_string(const char *s);
Json *__real_json_copy(const Json *j);
char *__real_json_print(const Json *j);
int __real_json_parse(const char *text, size_t n, Json **ret, Err *err);

Json *__wrap_json_new_object(void);
Json *__wrap_json_new_object(void) {
        return fault_now() ? NULL : __real_json_new_object();
}
Json *__wrap_json_new_array(void);
Json *__wrap_json_new_array(void) {
        return fault_now() ? NULL : __real_json_new_array();
}
Json *__wrap_json_new_string(const char *s);
Json *__wrap_json_new_string(const char *s) {
        return fault_now() ? NULL : __real_json_new_string(s);
}
Json *__wrap_json_copy(const Json *j);
Json *__wrap_json_copy(const Json *j) {
        return fault_now() ? NULL : __real_json_copy(j);
}
char *__wrap_json_print(const Json *j);
char *__wrap_json_print(const Json *j) {
        return fault_now() ? NULL : __real_json_print(j);
}
int __wrap_json_parse(const char *text, size_t n, Json **ret, Err *err);
int __wrap_json_parse(const char *text, size_t n, Json **ret, Err *err) {
        return fault_now() ? -ENOMEM : __real_json_parse(text, n, ret, err);
}

typedef int (*StepFn)(void *userdata);

/* Runs step with the 1st, 2nd, ... allocation failing until none fails any more. */
static void sweep(StepFn step, void *userdata) {
        for (unsigned n = 1;; n++) {
                int r;

                fault_arm(n, ENOMEM);
                r = step(userdata);
                if (!fault_disarm()) {
                        CHECK_INT(r, 0);
                        CHECK(n > 1);
                        return;
                }
                CHECK_INT(r, -ENOMEM);
                CHECK(n < 10000);
        }
}

typedef struct Step {
        const char *driver;
        ProviderJob job;
        const char *handle, *body;
        int status;
        ResultItem item;
} Step;

static int step_build(void *userdata) {
        const Step *s = userdata;
        ProviderCall call = {0};
        int r = driver_find(s->driver)->build(&s->job, &call, NULL);

        CHECK(r >= 0 || (!call.http.url && !call.draw && !call.result && !call.run.input));
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

static Json *params(const char *text) {
        Json *j;

        CHECK_OK(json_parse(text, strlen(text), &j, NULL), NULL);
        return j;
}

/* ---- the other drivers, by table ---- */

static const struct {
        const char *driver;
        AssetKind kind;
        size_t n_references;
        const char *params;
} built[] = {
        {"openai-text", KIND_TEXT, 0, "{\"verbosity\":\"low\"}"},
        {"openai-text", KIND_TEXT, 2, "{\"response_format\":\"text\"}"},
        {"openai-image", KIND_IMAGE, 0, "{\"quality\":\"low\",\"moderation\":\"low\"}"},
        {"runway", KIND_VIDEO, 2,
         "{\"seconds\":5,\"references_as\":\"inline\",\"public_figures\":\"low\"}"},
        {"runway", KIND_IMAGE, 1, "{\"references_as\":\"inline\",\"send_seed\":true}"},
        {"fal", KIND_VIDEO, 2, "{\"seconds\":5,\"resolution\":\"720p\",\"send_seed\":true}"},
        {"fal", KIND_IMAGE, 1, "{\"input\":\"{\\\"a\\\":1}\"}"},
        {"replicate", KIND_VIDEO, 0, "{\"seconds\":5,\"seconds_as\":\"text\"}"},
        {"openai-image", KIND_IMAGE, 2, "{\"quality\":\"low\",\"output_compression\":7}"},
        {"exec", KIND_IMAGE, 2, "{\"a\":1}"},
        {"http", KIND_IMAGE, 2, "{\"mode\":\"fast\",\"size\":\"8x8\",\"ratio\":1}"},
        {"http", KIND_IMAGE, 0, "{}"},
        {"comfyui", KIND_IMAGE, 0, "{\"size\":\"8x8\"}"},
};

/* Theirs is in the settings. */
static const char *told_base(const char *driver) {
        return streq(driver, "http") || streq(driver, "comfyui") ? "https://a.example" : NULL;
}

TEST(building_for_every_driver) {
        for (size_t i = 0; i < ARRAY_LEN(built); i++) {
                _cleanup_(json_freep) Json *p = params(built[i].params);
                _cleanup_(strv_done) Strv references = {0};
                Step s = {.driver = built[i].driver,
                          .job = {.kind = built[i].kind,
                                  .model = "owner/name",
                                  .prompt = "p",
                                  .want = 2,
                                  .params = p,
                                  .spec = &told,
                                  .base_url = told_base(built[i].driver),
                                  .references = &references}};

                for (size_t k = 0; k < built[i].n_references; k++)
                        CHECK(strv_add(&references, "/a.png") >= 0);
                sweep(step_build, &s);
        }
}

static const struct {
        const char *driver;
        AssetKind kind;
        const char *handle; /* of a poll; NULL: the answer to the paid call */
        int status;
        const char *body;
} read_rows[] = {
        {"runway", KIND_VIDEO, NULL, 200, "{\"id\":\"a\"}"},
        {"runway", KIND_VIDEO, "a", 200, "{\"status\":\"SUCCEEDED\",\"output\":[\"https://x/y\"]}"},
        {"runway", KIND_VIDEO, "a", 429, "{}"},
        {"fal", KIND_VIDEO, NULL, 200,
         "{\"request_id\":\"a\",\"status_url\":\"https://queue.fal.run/x\"}"},
        {"fal", KIND_VIDEO, "{\"status\":\"x\",\"result\":\"y\"}", 200,
         "{\"status\":\"COMPLETED\"}"},
        {"fal", KIND_VIDEO, "{\"result\":\"y\"}", 200,
         "{\"video\":{\"url\":\"https://x/y\",\"content_type\":\"video/mp4\"}}"},
        {"replicate", KIND_IMAGE, NULL, 201,
         "{\"id\":\"a\",\"model\":\"m\",\"status\":\"starting\",\"metrics\":{}}"},
        {"replicate", KIND_IMAGE, "a", 200,
         "{\"id\":\"a\",\"status\":\"succeeded\",\"output\":[\"https://x/y\"]}"},
        {"openai-text", KIND_TEXT, NULL, 200,
         "{\"id\":\"i\",\"model\":\"m\",\"choices\":[{\"message\":{\"content\":\"[\\\"one\\\","
         "\\\"two\\\"]\"}}],\"usage\":{\"prompt_tokens\":1}}"},
        {"openai-text", KIND_TEXT, NULL, 429, "{\"error\":{\"message\":\"x\"}}"},
        {"openai-image", KIND_IMAGE, NULL, 200,
         "{\"data\":[{\"b64_json\":\"payload:0\"},{\"url\":\"https://x/y\"}],\"output_format\":"
         "\"png\",\"usage\":{\"output_tokens\":1}}"},
        {"exec", KIND_IMAGE, NULL, 0,
         "{\"exit\":0,\"files\":[\"a\"],\"complained\":\"\",\"said\":\"{\\\"files\\\":[\\\"a\\\"],"
         "\\\"model\\\":\\\"m\\\",\\\"usage\\\":{}}\"}"},
        {"exec", KIND_TEXT, NULL, 0,
         "{\"exit\":0,\"files\":[],\"said\":\"{\\\"variants\\\":[\\\"one\\\"]}\"}"},
        {"http", KIND_IMAGE, NULL, 200, "{\"code\":1,\"result\":17}"},
        {"http", KIND_IMAGE, NULL, 400, "{\"failReason\":{},\"failCode\":7}"},
        {"http", KIND_IMAGE, "p:17", 200, "{\"status\":\"SUCCESS\"}"},
        {"http", KIND_IMAGE, "p:17", 200, "{\"status\":\"FAILURE\",\"failReason\":\"x\"}"},
        {"http", KIND_IMAGE, "f:17", 200, "{\"images\":[{\"url\":\"https://x/y\"}]}"},
        {"comfyui", KIND_IMAGE, NULL, 200, "{\"prompt_id\":\"a\"}"},
        {"comfyui", KIND_IMAGE, "a", 200, "{\"status\":\"completed\"}"},
        {"comfyui", KIND_IMAGE, "h:a", 200,
         "{\"a\":{\"outputs\":{\"9\":{\"images\":[{\"filename\":\"f.png\"}]}}}}"},
};

static int step_poll(void *userdata) {
        const Step *s = userdata;
        ProviderReply reply = {.status = s->status,
                               .retry_after_ms = -1,
                               .request_id = "header-id",
                               .envelope = s->body,
                               .envelope_n = strlen(s->body)};
        ProviderResult result;
        int r;

        provider_result_init(&result);
        r = driver_find(s->driver)->parse_poll(&s->job, s->handle, &reply, &result, NULL);
        CHECK(r >= 0 || (!result.items && !result.handle));
        provider_result_done(&result);
        return r;
}

TEST(reading_for_every_driver) {
        for (size_t i = 0; i < ARRAY_LEN(read_rows); i++) {
                Step s = {.driver = read_rows[i].driver,
                          .handle = read_rows[i].handle,
                          .status = read_rows[i].status,
                          .body = read_rows[i].body,
                          .job = {.kind = read_rows[i].kind,
                                  .model = "owner/name",
                                  .prompt = "p",
                                  .want = 2,
                                  .spec = &told,
                                  .base_url = told_base(read_rows[i].driver)}};

                sweep(s.handle ? step_poll : step_parse, &s);
        }
}

/* ---- operations ---- */

static int step_build_poll(void *userdata) {
        const Step *s = userdata;
        ProviderCall call = {0};
        int r = driver_find(s->driver)->build_poll(&s->job, s->handle, &call, NULL);

        CHECK(r >= 0 || !call.http.url);
        provider_call_done(&call);
        return r;
}

static int step_build_cancel(void *userdata) {
        const Step *s = userdata;
        ProviderCall call = {0};
        int r = driver_find(s->driver)->build_cancel(&s->job, s->handle, &call, NULL);

        CHECK(r >= 0 || !call.http.url);
        provider_call_done(&call);
        return r;
}

TEST(asking_for_operations) {
        static const char *const rows[][2] = {
                {"runway", "a"},
                {"replicate", "a"},
                {"fal", "{\"status\":\"https://queue.fal.run/x\",\"cancel\":\"https://"
                        "queue.fal.run/y\"}"}};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Step s = {.driver = rows[i][0], .handle = rows[i][1], .job = {.kind = KIND_VIDEO}};

                sweep(step_build_poll, &s);
                sweep(step_build_cancel, &s);
        }
}

/* Two calls before the paid one, what their answers bring, and the call. */
static int step_prepare(void *userdata) {
        const Step *s = userdata;
        const Driver *driver = driver_find(s->driver);
        _cleanup_(json_freep) Json *prepared = __real_json_new_object();
        ProviderJob job = s->job;
        int r = 0;

        job.prepared = prepared;
        for (int i = 0; i < 2 && r >= 0; i++) {
                ProviderReply reply = {.status = 200,
                                       .retry_after_ms = -1,
                                       .envelope = s->body,
                                       .envelope_n = strlen(s->body)};
                ProviderCall call = {0};
                ProviderResult result;

                provider_result_init(&result);
                r = driver->build_prepare(&job, &call, NULL);
                CHECK(r == 1 || (r < 0 && !call.http.url));
                provider_call_done(&call);
                if (r >= 0)
                        r = driver->parse_prepare(&job, &reply, prepared, &result, NULL);
                provider_result_done(&result);
        }
        if (r >= 0) {
                ProviderCall call = {0};

                r = driver->build(&job, &call, NULL);
                provider_call_done(&call);
        }
        return r;
}

TEST(preparing) {
        static const struct {
                const char *driver;
                AssetKind kind;
                size_t n_references;
                const char *body;
        } rows[] = {
                {"runway", KIND_VIDEO, 1,
                 "{\"uploadUrl\":\"https://x/\",\"fields\":{\"k\":\"v\"},\"runwayUri\":\"runway://"
                 "a\"}"},
                {"comfyui", KIND_IMAGE, 2, "{\"name\":\"a.png\",\"subfolder\":\"p\"}"},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                _cleanup_(strv_done) Strv references = {0};
                Step s = {.driver = rows[i].driver,
                          .body = rows[i].body,
                          .job = {.kind = rows[i].kind,
                                  .model = "owner/name",
                                  .prompt = "p",
                                  .spec = &told,
                                  .references = &references}};

                for (size_t k = 0; k < rows[i].n_references; k++)
                        CHECK(strv_add(&references, "/a.png") >= 0);
                sweep(step_prepare, &s);
        }
}
