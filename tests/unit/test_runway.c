/* SPDX-License-Identifier: MIT */

/* Runway: uploads, the three endpoints, tasks and how they end. */

#include "unit/driver_case.h"

#define TASK "17f20503-6c24-4c16-946b-35dbbce2af2f"
#define STATUS(word, more)                                                                         \
        "{\"id\":\"" TASK "\",\"createdAt\":\"2026-11-22T00:00:00Z\",\"status\":\"" word "\"" more \
        "}"
#define FAILED(code, cost)                                                                         \
        STATUS("FAILED", ",\"failure\":\"It did not work.\",\"failureCode\":\"" code "\"" cost)
#define COST(n) ",\"cost\":{\"credits\":" #n "}"

static DriverCase video_case(void) {
        return driver_case("runway", KIND_VIDEO, "gen4.5");
}

static void prepare_reply(DriverCase *c, int status, const char *body, int expect) {
        case_set_reply(c, status, body);
        CHECK_INT(c->driver->parse_prepare(&c->job, &c->reply, c->prepared, &c->result, &c->err),
                  expect);
}

static int prepare(DriverCase *c) {
        int r;

        provider_call_done(&c->call);
        case_set_job(c);
        r = c->driver->build_prepare(&c->job, &c->call, &c->err);
        CHECK(r <= 0 || !c->call.http.paid);
        if (r > 0)
                case_read_body(c);
        return r;
}

TEST(a_video_from_text) {
        DriverCase c = video_case();

        case_param(&c, "aspect_ratio", "1280:720");
        case_param(&c, "seconds", "5");
        case_param(&c, "audio", "true");
        case_param(&c, "negative_prompt", "text");
        case_param(&c, "public_figures", "low");
        case_param(&c, "send_seed", "true");
        CHECK_INT(prepare(&c), 0);
        case_build(&c);
        CHECK_STR(c.call.http.method, "POST");
        CHECK_STR(c.call.http.url, "https://api.dev.runwayml.com/v1/text_to_video");
        CHECK(strv_has(&c.call.http.headers, "X-Runway-Version: 2024-11-06"));
        CHECK_STR(c.call.http.key_prefix, "Bearer ");
        CHECK_STR(case_at(&c, "model"), "gen4.5");
        CHECK_STR(case_at(&c, "promptText"), "a \"red\" bicycle");
        CHECK_STR(case_at(&c, "ratio"), "1280:720");
        CHECK_INT(case_int_at(&c, "", "duration"), 5);
        CHECK_STR(case_at(&c, "negativePrompt"), "text");
        CHECK_STR(case_at(&c, "contentModeration.publicFigureThreshold"), "low");
        CHECK_INT(case_int_at(&c, "", "seed"), 0x09abcdef);
        CHECK_INT(json_length(c.body), 8);
        case_done(&c);
}

TEST(references_are_uploaded_first) {
        DriverCase c = video_case();

        case_reference(&c, "/dir/a.png");
        case_reference(&c, "/b.jpg");
        case_param(&c, "last_frame", "true");
        for (int i = 0; i < 2; i++) {
                CHECK_INT(prepare(&c), 1);
                CHECK_STR(c.call.http.url, "https://api.dev.runwayml.com/v1/uploads");
                CHECK(c.call.http.with_key);
                CHECK_STR(case_at(&c, "filename"), i ? "b.jpg" : "a.png");
                CHECK_STR(case_at(&c, "type"), "ephemeral");
                prepare_reply(
                        &c, 200,
                        i ? "{\"uploadUrl\":\"https://store.example/2\",\"fields\":{},"
                            "\"runwayUri\":\"runway://two\"}"
                          : "{\"uploadUrl\":\"https://store.example/1\",\"fields\":{\"key\":"
                            "\"k1\",\"policy\":\"p\",\"n\":7},\"runwayUri\":\"runway://one\"}",
                        0);
                case_refuses(&c, "not uploaded");
                CHECK_INT(prepare(&c), 1);
                CHECK_STR(c.call.http.url,
                          i ? "https://store.example/2" : "https://store.example/1");
                CHECK(!c.call.http.with_key && c.call.http.headers.n == 1);
                CHECK_HAS(c.text, "name=\"file\"; filename=");
                if (i == 0) {
                        CHECK_HAS(c.text, "name=\"key\"\r\n\r\nk1\r\n");
                        CHECK(strstr(c.text, "name=\"policy\"") < strstr(c.text, "name=\"file\""));
                        CHECK_HAS(c.text, "<RAW:/dir/a.png>");
                }
                prepare_reply(&c, 204, "", 0);
        }
        CHECK_INT(prepare(&c), 0);
        case_build(&c);
        CHECK_HAS(c.call.http.url, "/v1/image_to_video");
        CHECK_STR(case_at(&c, "promptImage[0].uri"), "runway://one");
        CHECK_STR(case_at(&c, "promptImage[0].position"), "first");
        CHECK_STR(case_at(&c, "promptImage[1].uri"), "runway://two");
        CHECK_STR(case_at(&c, "promptImage[1].position"), "last");
        case_done(&c);
}

TEST(uploads_that_fail_cost_nothing) {
        static const char *const slots[] = {
                "{}",
                "[]",
                "x",
                "{\"uploadUrl\":\"http://store.example/\",\"fields\":{},\"runwayUri\":\"runway://"
                "a\"}",
                "{\"uploadUrl\":\"https://store.example/\",\"fields\":{},\"runwayUri\":\"https://"
                "a\"}",
                "{\"uploadUrl\":\"https://store.example/\",\"runwayUri\":\"runway://a\"}",
        };
        DriverCase c = video_case();

        case_reference(&c, "/a.png");
        for (size_t i = 0; i < ARRAY_LEN(slots); i++) {
                prepare_reply(&c, 200, slots[i], 1);
                CHECK_INT(c.result.outcome, OUTCOME_TRANSIENT);
                CHECK(c.result.retryable && !c.result.billed);
        }
        prepare_reply(&c, 401, "{\"error\":\"bad key\"}", 1);
        CHECK_INT(c.result.outcome, OUTCOME_CREDENTIALS);
        prepare_reply(&c, 200,
                      "{\"uploadUrl\":\"https://store.example/1\",\"fields\":{},\"runwayUri\":"
                      "\"runway://one\"}",
                      0);
        prepare_reply(&c, 403, "<Error>", 1); /* the store's own no, not the provider's */
        CHECK_INT(c.result.outcome, OUTCOME_TRANSIENT);
        CHECK_HAS(c.result.reason, "could not be uploaded: HTTP 403");
        case_done(&c);
}

TEST(references_inline) {
        DriverCase c = driver_case("runway", KIND_IMAGE, "gen4_image");

        case_param(&c, "references_as", "inline");
        case_param(&c, "aspect_ratio", "1920:1080");
        case_param(&c, "quality", "high");
        case_param(&c, "background", "opaque");
        case_reference(&c, "/a.png");
        case_reference(&c, "/b.webp");
        CHECK_INT(prepare(&c), 0);
        case_build(&c);
        CHECK_HAS(c.call.http.url, "/v1/text_to_image");
        CHECK_STR(case_at(&c, "referenceImages[0].uri"), "data:image/png;base64,<FILE:/a.png>");
        CHECK_STR(case_at(&c, "referenceImages[0].tag"), "ref1");
        CHECK_STR(case_at(&c, "referenceImages[1].uri"), "data:image/webp;base64,<FILE:/b.webp>");
        CHECK_STR(case_at(&c, "referenceImages[1].tag"), "ref2");
        case_done(&c);

        c = video_case();
        case_param(&c, "references_as", "inline");
        case_reference(&c, "/a.png");
        case_build(&c);
        CHECK_STR(case_at(&c, "promptImage"), "data:image/png;base64,<FILE:/a.png>");
        case_done(&c);
}

TEST(what_cannot_be_asked_for) {
        DriverCase c = video_case();

        case_param(&c, "aspect_ratio", "wide");
        case_refuses(&c, "'wide' is no ratio");
        CHECK_INT(prepare(&c), -EINVAL);
        for (int i = 0; i < 3; i++)
                case_reference(&c, "/a.png");
        case_refuses(&c, "3 references are too many: 2");
        c.job.kind = KIND_TEXT;
        case_refuses(&c, "makes no 'text'");
        case_done(&c);
}

TEST(a_task_is_accepted) {
        DriverCase c = video_case();

        case_reply(&c, 200, "{\"id\":\"" TASK "\",\"estimatedCost\":{\"credits\":60}}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_STR(c.result.handle, TASK);
        case_check_call_for(&c, c.driver->build_poll, TASK, "GET",
                            "https://api.dev.runwayml.com/v1/tasks/" TASK);
        case_check_call_for(&c, c.driver->build_cancel, TASK, "DELETE",
                            "https://api.dev.runwayml.com/v1/tasks/" TASK);
        case_check_call_for(&c, c.driver->build_poll, "../organization", "GET", NULL);
        case_check_call_for(&c, c.driver->build_cancel, "", "DELETE", NULL);
        CHECK(c.driver->poll_floor_ms >= 5000);
        case_done(&c);
}

static const ReplyRow created[] = {
        {200, "{}", OUTCOME_BROKEN, "HANDLE", false, true, "names no operation"},
        {200, "{\"id\":7}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {200, "{\"id\":\"a/b\"}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {200, "<html>", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        /* With whichever status: nobody confirmed one. */
        {402, "{\"error\":\"You do not have enough credits to run this task.\"}", OUTCOME_FUNDS,
         "HTTP_402", false, false, NULL},
        {403, "{\"error\":\"You do not have enough credits to run this task.\"}", OUTCOME_FUNDS,
         "HTTP_403", false, false, NULL},
        {429, "{\"error\":\"You do not have enough credits to run this task.\"}", OUTCOME_FUNDS,
         "HTTP_429", false, false, NULL},
        {400, "{\"error\":\"You do not have enough credits to run this task.\"}", OUTCOME_FUNDS,
         "HTTP_400", false, false, "enough credits"},
        {400,
         "{\"error\":\"Validation of body failed\",\"issues\":[{\"path\":[\"ratio\"],\"message\":"
         "\"Invalid input\"}]}",
         OUTCOME_REJECTED, "HTTP_400", false, false, "Validation of body failed: Invalid input"},
        {400, "{\"error\":\"Blocked by content moderation\"}", OUTCOME_BLOCKED, "HTTP_400", false,
         false, "moderation"},
        {401, "{\"error\":\"API key is not valid\"}", OUTCOME_CREDENTIALS, "HTTP_401", false, false,
         NULL},
        {404, "{\"error\":\"Not found\"}", OUTCOME_REJECTED, "NOT_FOUND", false, false, NULL},
        {405, "", OUTCOME_REJECTED, "HTTP_405", false, false, NULL},
        {429, "{\"error\":\"You have reached your daily task limit\"}", OUTCOME_THROTTLED,
         "HTTP_429", true, false, "day's quota"},
        {429, "{\"error\":\"Rate limit\"}", OUTCOME_THROTTLED, "HTTP_429", true, false,
         "too many requests"},
        {502, "<html>", OUTCOME_TRANSIENT, "HTTP_502", true, false, NULL},
};

TEST(every_answer_to_the_paid_call_has_its_class) {
        DriverCase c = video_case();

        case_check_replies(&c, created, ARRAY_LEN(created));
        case_done(&c);
}

static const ReplyRow ended[] = {
        {200, FAILED("SAFETY.INPUT.TEXT", COST(60)), OUTCOME_BLOCKED, "SAFETY.INPUT.TEXT", false,
         true, "prompt or a reference was blocked by the provider's safety filter: 'It did not"},
        {200, FAILED("SAFETY.INPUT.TEXT", COST(0)), OUTCOME_BLOCKED, "SAFETY.INPUT.TEXT", false,
         false, NULL},
        {200, FAILED("SAFETY.OUTPUT.VIDEO", ""), OUTCOME_BLOCKED, "SAFETY.OUTPUT.VIDEO", false,
         true, "the result was blocked"},
        {200, FAILED("INPUT_PREPROCESSING.SAFETY.TEXT", ""), OUTCOME_BLOCKED,
         "INPUT_PREPROCESSING.SAFETY.TEXT", false, true, NULL},
        {200, FAILED("INPUT_PREPROCESSING.INTERNAL", COST(0)), OUTCOME_TRANSIENT,
         "INPUT_PREPROCESSING.INTERNAL", true, false, NULL},
        {200, FAILED("INPUT_PREPROCESSING.X", ""), OUTCOME_REJECTED, "INPUT_PREPROCESSING.X", false,
         false, NULL},
        {200, FAILED("INTERNAL.BAD_OUTPUT.CODE01", COST(0)), OUTCOME_BROKEN,
         "INTERNAL.BAD_OUTPUT.CODE01", true, false, NULL},
        {200, FAILED("INTERNAL", ""), OUTCOME_TRANSIENT, "INTERNAL", true, false, NULL},
        {200, FAILED("INTERNAL", COST(5)), OUTCOME_BROKEN, "INTERNAL", true, true, NULL},
        {200, FAILED("THIRD_PARTY.UNAVAILABLE", ""), OUTCOME_TRANSIENT, "THIRD_PARTY.UNAVAILABLE",
         true, false, NULL},
        {200, FAILED("ASSET.INVALID", COST(0)), OUTCOME_REJECTED, "ASSET.INVALID", false, false,
         "a reference"},
        {200, FAILED("NEWWORD", COST(7)), OUTCOME_BROKEN, "NEWWORD", false, true, "does not know"},
        {200, STATUS("FAILED", ""), OUTCOME_BROKEN, "FAILED", false, true, NULL},
        {200, STATUS("CANCELLED", COST(0)), OUTCOME_REJECTED, "CANCELLED", false, false,
         "cancelled at the provider"},
        {200, STATUS("SUCCEEDED", ",\"output\":[]"), OUTCOME_BROKEN, "NO_OUTPUT", false, true,
         NULL},
        {200, STATUS("SUCCEEDED", ",\"output\":\"https://x/y\""), OUTCOME_BROKEN, "NO_OUTPUT",
         false, true, NULL},
        {200, STATUS("SUCCEEDED", ",\"output\":[7,\"http://10.0.0.1/x\"]"), OUTCOME_BROKEN,
         "NO_OUTPUT", false, true, NULL},
};

TEST(every_end_of_a_task_has_its_class) {
        DriverCase c = video_case();

        case_check_polls(&c, TASK, ended, ARRAY_LEN(ended));
        case_done(&c);
}

TEST(a_task_that_goes_on) {
        static const char *const bodies[] = {
                STATUS("PENDING", ""),
                STATUS("THROTTLED", ",\"estimatedCost\":{\"credits\":60}"),
                STATUS("RUNNING", ",\"progress\":0.4"),
                STATUS("DAYDREAMING", ""),
                "{}",
                "<html>"};
        static const struct {
                int status;
                Outcome trouble;
        } troubles[] = {
                {429, OUTCOME_THROTTLED}, {502, OUTCOME_TRANSIENT}, {401, OUTCOME_CREDENTIALS}};
        DriverCase c = video_case();

        for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
                case_poll_reply(&c, TASK, 200, bodies[i]);
                CHECK_INT(c.result.outcome, OUTCOME_OPEN);
                CHECK_INT(c.result.trouble, OUTCOME_OPEN);
                CHECK(!c.result.handle);
        }
        for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
                case_poll_reply(&c, TASK, troubles[i].status, "{\"error\":\"x\"}");
                CHECK_INT(c.result.outcome, OUTCOME_OPEN);
                CHECK_INT(c.result.trouble, troubles[i].trouble);
                CHECK(!c.result.billed);
        }
        case_poll_reply(&c, TASK, 404, "{\"error\":\"Not found\"}");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_UNKNOWN);
        CHECK_STR(c.result.code, "OPERATION_GONE");
        case_poll_reply(&c, TASK, 404, "<html>");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_TRANSIENT);
        case_done(&c);
}

TEST(a_task_that_succeeded) {
        DriverCase c = video_case();
        ProviderCall fetch = {0};

        case_poll_reply(&c, TASK, 200,
                        STATUS("SUCCEEDED", ",\"output\":[\"https://cdn.example/a.mp4?_jwt=x\","
                                            "\"https://cdn.example/a.wav\"]" COST(60)));
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 1);
        CHECK_STR(c.result.items[0].url, "https://cdn.example/a.mp4?_jwt=x");
        CHECK(c.result.billed && c.result.credits == 60 && c.result.images == -1);
        CHECK_STR(c.result.request_id, TASK);
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[0], &fetch, &c.err), &c.err);
        CHECK(!fetch.http.with_key && fetch.http.raw_payload);
        provider_call_done(&fetch);
        case_done(&c);

        c = driver_case("runway", KIND_IMAGE, "gen4_image");
        case_poll_reply(&c, TASK, 200,
                        STATUS("SUCCEEDED", ",\"output\":[\"https://cdn.example/a.png\"]"));
        CHECK_INT(c.result.images, 1);
        CHECK(c.result.credits == -1);
        case_done(&c);
}
