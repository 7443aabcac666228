/* SPDX-License-Identifier: MIT */

/* fal's queue: inputs of models, addresses that are checked, failures that come as results. */

#include "unit/driver_case.h"

#define Q "https://queue.fal.run/fal-ai/pika/requests/req-1"
#define HANDLE "{\"status\":\"" Q "/status\",\"result\":\"" Q "\",\"cancel\":\"" Q "/cancel\"}"
#define RESULT "{\"result\":\"" Q "\"}"

static DriverCase pika(void) {
        return driver_case("fal", KIND_VIDEO, "fal-ai/pika/v2.2/text-to-video");
}

TEST(a_video_of_pika) {
        DriverCase c = pika();

        case_param(&c, "aspect_ratio", "9:16");
        case_param(&c, "resolution", "720p");
        case_param(&c, "seconds", "5");
        case_param(&c, "negative_prompt", "ugly");
        case_param(&c, "send_seed", "true");
        case_build(&c);
        CHECK_STR(c.call.http.method, "POST");
        CHECK_STR(c.call.http.url, "https://queue.fal.run/fal-ai/pika/v2.2/text-to-video");
        CHECK_STR(c.call.http.key_header, "Authorization");
        CHECK_STR(c.call.http.key_prefix, "Key ");
        CHECK_STR(case_at(&c, "prompt"), "a \"red\" bicycle");
        CHECK_STR(case_at(&c, "aspect_ratio"), "9:16");
        CHECK_STR(case_at(&c, "resolution"), "720p");
        CHECK_STR(case_at(&c, "duration"), "5");
        CHECK_STR(case_at(&c, "negative_prompt"), "ugly");
        CHECK_INT(case_int_at(&c, "", "seed"), 0x09abcdef);
        CHECK_INT(json_length(c.body), 6);
        case_done(&c);
}

TEST(inputs_as_the_model_wants_them) {
        DriverCase c = pika();
        double seconds;

        case_param(&c, "seconds", "5");
        case_param(&c, "seconds_as", "number");
        case_param(&c, "send_seed", "true");
        case_param(&c, "input",
                   "{\"prompt\":\"mine\",\"seed\":7,\"extra\":[1],\"image_url\":\"x\"}");
        case_reference(&c, "/a.png");
        case_build(&c);
        CHECK_STR(case_at(&c, "prompt"), "mine");
        CHECK(json_is_array(json_get(c.body, "extra")));
        CHECK_INT(case_int_at(&c, "", "seed"), 7);
        CHECK_STR(case_at(&c, "image_url"), "x");
        CHECK(!case_at(&c, "duration") && json_number(c.body, "duration", &seconds) &&
              seconds == 5);
        CHECK_INT(json_length(c.body), 5);
        case_done(&c);

        c = pika();
        case_reference(&c, "/a.png");
        case_build(&c);
        CHECK_STR(case_at(&c, "image_url"), "data:image/png;base64,<FILE:/a.png>");
        case_reference(&c, "/b.jpg");
        case_build(&c);
        CHECK_STR(case_at(&c, "image_urls[1]"), "data:image/jpeg;base64,<FILE:/b.jpg>");
        case_param(&c, "reference_field", "frames");
        case_build(&c);
        CHECK_STR(case_at(&c, "frames[0]"), "data:image/png;base64,<FILE:/a.png>");
        case_done(&c);
}

TEST(what_cannot_be_asked_for) {
        static const char *const names[] = {"pika",  "/a/b",  "a//b",
                                            "a/b/",  "a/..",  "../a",
                                            "a/b?c", "a/b:c", "a/b/c/d/e/f/g/h/i",
                                            ""};
        DriverCase c = pika();

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                c.job.model = names[i];
                case_refuses(&c, "is no model name: owner/name");
        }
        c.job.model = "a/b";
        case_param(&c, "input", "[1]");
        case_refuses(&c, "'input' is no JSON object");
        case_done(&c);
        c = pika();
        case_param(&c, "input", "{");
        case_refuses(&c, "'input' is no JSON object");
        c.job.kind = KIND_TEXT;
        case_refuses(&c, "makes no 'text'");
        case_done(&c);
}

TEST(a_request_is_accepted) {
        DriverCase c = pika();

        case_reply(&c, 200,
                   "{\"status\":\"IN_QUEUE\",\"request_id\":\"req-1\",\"response_url\":\"" Q
                   "\",\"status_url\":\"" Q "/status\",\"cancel_url\":\"" Q
                   "/cancel\",\"queue_position\":0}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_STR(c.result.handle, HANDLE);
        CHECK_STR(c.result.request_id, "req-1");
        case_check_call_for(&c, c.driver->build_poll, HANDLE, "GET", Q "/status");
        case_check_call_for(&c, c.driver->build_poll, RESULT, "GET", Q);
        case_check_call_for(&c, c.driver->build_cancel, HANDLE, "PUT", Q "/cancel");
        case_check_call_for(&c, c.driver->build_cancel, RESULT, "PUT", NULL);
        case_done(&c);
}

TEST(addresses_elsewhere_get_no_key) {
        static const char *const handles[] = {
                "{\"status\":\"https://evil.example/x\",\"result\":\"" Q "\"}",
                "{\"status\":\"http://queue.fal.run/x\"}",
                "{\"status\":\"https://queue.fal.run@evil.example/\"}",
                "{\"result\":\"https://queue.fal.run:444/\"}",
                "{}",
                "x",
                "",
        };
        DriverCase c = pika();

        for (size_t i = 0; i < ARRAY_LEN(handles); i++)
                case_check_call_for(&c, c.driver->build_poll, handles[i], "GET", NULL);
        case_check_call_for(&c, c.driver->build_cancel, "{\"cancel\":\"https://evil.example/x\"}",
                            "PUT", NULL);
        /* What was accepted is asked for at home then, where it has to be. */
        case_reply(&c, 200, "{\"request_id\":\"req-1\",\"status_url\":\"https://evil.example/x\"}");
        CHECK_STR(c.result.handle, HANDLE);
        case_done(&c);
}

static const ReplyRow submitted[] = {
        {200, "{\"status\":\"IN_QUEUE\"}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {200, "{\"request_id\":\"a/b\"}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {200, "x", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {401, "{\"detail\":\"Authentication is required\"}", OUTCOME_CREDENTIALS, "HTTP_401", false,
         false, NULL},
        {402, "{}", OUTCOME_FUNDS, "HTTP_402", false, false, NULL},
        {403, "{\"detail\":\"User is locked. Reason: Exhausted balance.\"}", OUTCOME_FUNDS,
         "HTTP_403", false, false, "Exhausted balance"},
        {403, "{\"detail\":\"no access\"}", OUTCOME_CREDENTIALS, "HTTP_403", false, false, NULL},
        {404, "{\"detail\":\"Application 'x' not found\"}", OUTCOME_REJECTED, "NOT_FOUND", false,
         false, NULL},
        {422,
         "{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"field required\",\"type\":"
         "\"value_error.missing\"}]}",
         OUTCOME_REJECTED, "value_error.missing", false, false, "prompt: field required"},
        {422,
         "{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"flagged\",\"type\":"
         "\"content_policy_violation\"}]}",
         OUTCOME_BLOCKED, "content_policy_violation", false, false, NULL},
        {429, "{\"detail\":\"Too many\"}", OUTCOME_THROTTLED, "HTTP_429", true, false, NULL},
        {503, "{\"detail\":\"no runner\",\"error_type\":\"runner_scheduling_failure\"}",
         OUTCOME_TRANSIENT, "runner_scheduling_failure", true, false, NULL},
};

TEST(every_answer_to_the_paid_call_has_its_class) {
        DriverCase c = pika();

        case_check_replies(&c, submitted, ARRAY_LEN(submitted));
        case_done(&c);
}

TEST(status_by_status) {
        static const char *const going[] = {"{\"status\":\"IN_QUEUE\",\"queue_position\":3}",
                                            "{\"status\":\"IN_PROGRESS\",\"logs\":null}",
                                            "{\"status\":\"ON_HOLIDAY\"}",
                                            "{}",
                                            "[]",
                                            "x"};
        DriverCase c = pika();

        for (size_t i = 0; i < ARRAY_LEN(going); i++) {
                case_poll_reply(&c, HANDLE, 202, going[i]);
                CHECK_INT(c.result.outcome, OUTCOME_OPEN);
                CHECK(!c.result.handle && c.result.trouble == OUTCOME_OPEN);
        }
        case_poll_reply(&c, HANDLE, 200, "{\"status\":\"COMPLETED\",\"error\":\"it may say so\"}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_STR(c.result.handle, RESULT);
        case_poll_reply(&c, HANDLE, 503, "");
        CHECK_INT(c.result.trouble, OUTCOME_TRANSIENT);
        case_poll_reply(&c, HANDLE, 404, "{\"detail\":\"gone\"}");
        CHECK_INT(c.result.trouble, OUTCOME_UNKNOWN);
        case_done(&c);
}

static const ReplyRow results[] = {
        {200, "{\"video\":{}}", OUTCOME_BROKEN, "NO_OUTPUT", false, true, NULL},
        {200, "{\"video\":{\"url\":\"http://10.0.0.1/x\"}}", OUTCOME_BROKEN, "NO_OUTPUT", false,
         true, NULL},
        {200, "{\"has_nsfw_concepts\":[true],\"images\":[{\"url\":\"https://x/y\"}]}",
         OUTCOME_BLOCKED, "nsfw", false, true, NULL},
        {200, "x", OUTCOME_BROKEN, "NO_OUTPUT", false, true, NULL},
        {422,
         "{\"detail\":[{\"loc\":[\"body\",\"prompt\"],\"msg\":\"no\",\"type\":"
         "\"content_policy_violation\"}]}",
         OUTCOME_BLOCKED, "content_policy_violation", false, true, "content policy"},
        {422, "{\"detail\":\"Invalid image\"}", OUTCOME_REJECTED, "HTTP_422", false, false,
         "Invalid image"},
        {400, "{\"detail\":\"no\"}", OUTCOME_REJECTED, "HTTP_400", false, false, NULL},
        {500, "{\"detail\":\"Internal Server Error\"}", OUTCOME_TRANSIENT, "HTTP_500", true, false,
         NULL},
        {504, "{\"detail\":\"timeout\",\"error_type\":\"request_timeout\"}", OUTCOME_TRANSIENT,
         "request_timeout", true, false, NULL},
};

TEST(every_result_has_its_class) {
        DriverCase c = pika();

        case_check_polls(&c, RESULT, results, ARRAY_LEN(results));
        case_poll_reply(&c, RESULT, 400, "{\"detail\":\"Request is still in progress\"}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_INT(c.result.trouble, OUTCOME_OPEN);
        /* Between us and a result that is paid: not the end. */
        case_poll_reply(&c, RESULT, 503, "{\"detail\":\"busy\"}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_INT(c.result.trouble, OUTCOME_TRANSIENT);
        case_poll_reply(&c, RESULT, 500, "<html>");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        case_poll_reply(&c, RESULT, 401, "{}");
        CHECK_INT(c.result.trouble, OUTCOME_CREDENTIALS);
        case_poll_reply(&c, RESULT, 404, "{\"detail\":\"x\"}");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_UNKNOWN);
        CHECK_STR(c.result.code, "OPERATION_GONE");
        case_poll_reply(&c, RESULT, 404, "<html>");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_TRANSIENT);
        case_done(&c);
}

TEST(outputs_in_every_form) {
        static const struct {
                AssetKind kind;
                const char *body;
                size_t n;
        } outputs[] = {
                {KIND_VIDEO, "{\"video\":{\"url\":\"https://x/1\",\"content_type\":\"video/mp4\"}}",
                 1},
                {KIND_VIDEO,
                 "{\"seed\":1,\"image\":{\"url\":\"https://x/no\"},\"video\":{\"url\":"
                 "\"https://x/1\"}}",
                 1},
                {KIND_VIDEO, "{\"videos\":[\"https://x/1\"]}", 1},
                {KIND_IMAGE,
                 "{\"images\":[{\"url\":\"https://x/1\",\"content_type\":\"image/png\"},{"
                 "\"url\":\"https://x/2\"}],\"has_nsfw_concepts\":[false,false]}",
                 2},
                {KIND_IMAGE, "{\"image\":{\"url\":\"https://x/1\"}}", 1},
                {KIND_IMAGE, "{\"output\":{\"deep\":[{\"url\":\"https://x/1\"}]}}", 1},
                {KIND_VIDEO,
                 "[{\"url\":\"https://x/no\",\"content_type\":\"audio/wav\"},{\"url\":"
                 "\"https://x/1\",\"content_type\":\"application/octet-stream\"}]",
                 1},
                {KIND_IMAGE, "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"https://x/deep\"}}}}}", 0},
        };

        for (size_t i = 0; i < ARRAY_LEN(outputs); i++) {
                DriverCase c = pika();

                c.job.kind = outputs[i].kind;
                c.job.want = 2;
                case_poll_reply(&c, RESULT, 200, outputs[i].body);
                CHECK_INT(c.result.n_items, outputs[i].n);
                if (outputs[i].n > 0)
                        CHECK_STR(c.result.items[0].url, "https://x/1");
                if (outputs[i].kind == KIND_IMAGE && outputs[i].n > 0)
                        CHECK_INT(c.result.images, outputs[i].n);
                case_done(&c);
        }
}

TEST(results_are_fetched_without_the_key) {
        DriverCase c = pika();
        char url[] = "https://queue.fal.run/x";
        ResultItem item = {.payload = -1, .url = url};

        case_set_job(&c);
        CHECK_OK(c.driver->build_fetch(&c.job, &item, &c.call, &c.err), &c.err);
        CHECK(!c.call.http.with_key && c.call.http.raw_payload);
        case_done(&c);
}
