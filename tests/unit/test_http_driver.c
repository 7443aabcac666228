/* SPDX-License-Identifier: MIT */

/* An API that the settings describe: templates, places in answers, every outcome. */

#include "unit/driver_case.h"
#include "unit/http_specs.h"

static const ProviderSpec queue = {.http = &http_queue};

static DriverCase queue_case(void) {
        DriverCase c = driver_case("http", KIND_IMAGE, "m\"1");

        c.job.base_url = "https://gw.example/v1";
        c.job.spec = &queue;
        return c;
}

static DriverCase sync_case(const HttpSpec *spec, ProviderSpec *holder, AssetKind kind) {
        DriverCase c = driver_case("http", kind, "m");

        *holder = (ProviderSpec){.http = spec};
        c.job.base_url = "http://127.0.0.1:7860";
        c.job.spec = holder;
        return c;
}

TEST(templates_are_filled_and_escaped) {
        DriverCase c = queue_case();

        CHECK(json_add_str(c.params, "mode", "a b/../?&#") >= 0);
        CHECK(json_add_str(c.params, "ratio", "16:9") >= 0);
        CHECK(json_add_str(c.params, "size", "640x480") >= 0);
        case_reference(&c, "/a.png");
        case_reference(&c, "/b.jpg");
        case_build(&c);
        CHECK_STR(c.call.http.method, "POST");
        CHECK_STR(c.call.http.url, "https://gw.example/v1/submit/a%20b%2F..%2F%3F%26%23");
        CHECK_STR(c.call.http.key_header, "mj-api-secret");
        CHECK_STR(c.call.http.key_prefix, "");
        CHECK(c.call.http.with_key && !c.call.http.payload_paths);
        CHECK(strv_has(&c.call.http.headers, "X-Model: m\"1"));
        CHECK_STR(case_at(&c, "prompt"), "a \"red\" bicycle --ar 16:9");
        CHECK_INT(case_int_at(&c, "", "seed"), 0x09abcdef);
        CHECK_INT(case_int_at(&c, "size", "w"), 640);
        CHECK_INT(case_int_at(&c, "size", "h"), 480);
        CHECK_STR(case_at(&c, "images[1]"), "data:image/jpeg;base64,<FILE:/b.jpg>");
        CHECK_STR(case_at(&c, "first"), "<data:image/png;base64,<FILE:/a.png>>");
        CHECK_INT(json_length(json_get(c.body, "deep")), 4); /* one without a value is left out */
        CHECK_STR(case_at(&c, "deep[3]"), "a {{b");
        CHECK_STR(case_at(&c, "k"), "image");
        CHECK_INT(case_int_at(&c, "", "n"), 1);
        case_done(&c);

        c = queue_case();
        case_build(&c); /* no size, no references, no mode */
        CHECK_STR(c.call.http.url, "https://gw.example/v1/submit/");
        CHECK(!json_get(c.body, "images"));
        CHECK_INT(json_length(json_get(c.body, "size")), 0);
        CHECK_STR(case_at(&c, "first"), "<>");
        case_done(&c);
}

TEST(what_cannot_be_sent) {
        ProviderSpec holder;
        DriverCase c = queue_case();

        CHECK(json_add_str(c.params, "mode", "..") >= 0);
        case_refuses(&c, "'..' cannot stand in an address");
        case_done(&c);
        c = queue_case();
        c.job.model = "a\r\nX-Evil: 1";
        case_refuses(&c, "a header cannot hold a line break");
        c.job.model = "m";
        c.job.kind = KIND_TEXT;
        case_refuses(&c, "'result_type' is not for 'text'");
        c.job.kind = KIND_IMAGE;
        case_reference(&c, "/a.txt");
        case_refuses(&c, "is no picture");
        c.job.spec = NULL;
        case_refuses(&c, "add 'http'");
        case_done(&c);
        c = sync_case(&http_sync, &holder, KIND_IMAGE);
        c.job.base_url = NULL;
        case_refuses(&c, "no base_url");
        case_done(&c);
}

TEST(steps_and_their_handles) {
        DriverCase c = queue_case();

        CHECK(json_add_str(c.params, "mode", "fast") >= 0);
        case_reply(&c, 200, "{\"code\":1,\"result\":9007199254740991}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_STR(c.result.handle, "p:9007199254740991");
        case_reply(&c, 200, "{\"code\":1,\"result\":14001934816969359}"); /* no double holds it */
        CHECK_STR(c.result.handle, "p:14001934816969359");
        case_reply(&c, 200, "{\"code\":1,\"result\":98765432109876543210987}");
        CHECK_STR(c.result.handle, "p:98765432109876543210987");
        case_reply(&c, 200, "{\"code\":1,\"result\":1.4e300}");
        CHECK_STR(c.result.code, "HANDLE");            /* rounded, it would name another */
        case_reply(&c, 201, "{\"result\":\"a/b c\"}"); /* no state: it goes on */
        CHECK_STR(c.result.handle, "p:a/b c");
        case_check_call_for(&c, c.driver->build_poll, "p:a/b c", "GET",
                            "https://gw.example/v1/task/a%2Fb%20c/fetch?x=fast");
        case_check_call_for(&c, c.driver->build_poll, "f:17", "GET",
                            "https://gw.example/v1/task/17/result");
        case_poll_reply(&c, "p:17", 200, "{\"status\":\"SUCCESS\"}");
        CHECK_STR(c.result.handle, "f:17");
        case_poll_reply(&c, "p:17", 200, "{\"status\":\"BREWING\"}");
        CHECK(c.result.outcome == OUTCOME_OPEN && !c.result.handle);
        case_poll_reply(&c, "p:17", 200, "{}");
        CHECK(c.result.outcome == OUTCOME_OPEN && !c.result.handle);
        case_poll_reply(&c, "p:17", 200, "<html>");
        CHECK(c.result.outcome == OUTCOME_OPEN && !c.result.handle);
        case_done(&c);
}

TEST(handles_that_are_none) {
        static const char *const handles[] = {"", "p", "p:", "17", "x:17", "p:..", "p:."};
        ProviderSpec holder;
        DriverCase c = queue_case();

        for (size_t i = 0; i < ARRAY_LEN(handles); i++)
                case_check_call_for(&c, c.driver->build_poll, handles[i], "GET", NULL);
        case_done(&c);
        c = sync_case(&http_sync, &holder, KIND_IMAGE);
        case_check_call_for(&c, c.driver->build_poll, "p:17", "GET", NULL);
        case_check_call_for(&c, c.driver->build_cancel, "p:17", "GET", NULL);
        case_done(&c);
}

TEST(a_cancel_is_a_step) {
        DriverCase c = queue_case();
        ProviderCall call = {0};

        case_set_job(&c);
        CHECK_OK(c.driver->build_cancel(&c.job, "f:a b", &call, &c.err), &c.err);
        CHECK_STR(call.http.url, "https://gw.example/v1/task/a%20b/cancel");
        CHECK_STR(call.http.body[0].text, "{\"why\":\"a b\"}");
        provider_call_done(&call);
        case_done(&c);
}

TEST(a_handle_may_be_an_address) {
        HttpSpec spec = http_queue;
        ProviderSpec holder;
        DriverCase c = sync_case(&spec, &holder, KIND_IMAGE);

        spec.poll.path = "{{handle}}";
        spec.fetch.method = NULL;
        spec.handle = "/urls/get";
        case_reply(&c, 200, "{\"urls\":{\"get\":\"http://127.0.0.1:7860/t/1?k\"}}");
        CHECK_STR(c.result.handle, "p:http://127.0.0.1:7860/t/1?k");
        case_check_call_for(&c, c.driver->build_poll, c.result.handle, "GET",
                            "http://127.0.0.1:7860/t/1?k");
        case_reply(&c, 200, "{\"urls\":{\"get\":\"/t/1\"}}");
        case_check_call_for(&c, c.driver->build_poll, c.result.handle, "GET",
                            "http://127.0.0.1:7860/t/1");
        case_reply(&c, 200, "{\"urls\":{\"get\":\"https://evil.example/t/1\"}}");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK_STR(c.result.code, "HANDLE");
        case_check_call_for(&c, c.driver->build_poll, "p:https://evil.example/", "GET", NULL);
        case_check_call_for(&c, c.driver->build_poll, "p://evil.example/", "GET", NULL);
        case_done(&c);
}

TEST(results_by_address) {
        DriverCase c = queue_case();
        ProviderCall call = {0};

        c.job.want = 3;
        case_poll_reply(&c, "f:17", 200,
                        "{\"images\":[{\"url\":\"https://cdn.example/1.png\"},{\"url\":7},"
                        "{\"url\":\"http://10.0.0.1/\"},{\"url\":\"/files/2.png\"}],"
                        "\"cost\":{\"usd\":0.02,\"credits\":4,\"images\":2}}");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 2);
        CHECK_STR(c.result.items[0].url, "https://cdn.example/1.png");
        CHECK(!c.result.items[0].url_with_key);
        CHECK_STR(c.result.items[1].url, "https://gw.example/files/2.png");
        CHECK(c.result.items[1].url_with_key);
        CHECK(c.result.usd == 0.02 && c.result.credits == 4 && c.result.images == 2);
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[1], &call, &c.err), &c.err);
        CHECK(call.http.with_key && call.http.raw_payload);
        CHECK_STR(call.http.key_header, "mj-api-secret");
        provider_call_done(&call);
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[0], &call, &c.err), &c.err);
        CHECK(!call.http.with_key);
        provider_call_done(&call);
        c.job.want = 1;
        case_poll_reply(&c, "f:17", 200,
                        "{\"images\":{\"a\":{\"url\":\"https://x.example/\"},"
                        "\"b\":{\"url\":\"https://y.example/\"}},\"cost\":{\"usd\":-1}}");
        CHECK_INT(c.result.n_items, 1); /* no more than wanted */
        CHECK(c.result.usd < 0);
        case_done(&c);
}

/* An operation of a run before, whose settings were others. */
TEST(a_result_of_another_type_than_the_job_s) {
        DriverCase c = queue_case();

        c.job.kind = KIND_TEXT;
        case_poll_reply(&c, "f:17", 200, "{\"images\":[{\"url\":\"https://cdn.example/1.png\"}]}");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK_STR(c.result.code, "SETTINGS");
        CHECK(c.result.billed && !c.result.retryable);
        case_done(&c);
}

TEST(results_in_the_answer) {
        ProviderSpec holder;
        DriverCase c = sync_case(&http_sync, &holder, KIND_IMAGE);

        case_build(&c);
        CHECK_STR(c.call.http.url, "http://127.0.0.1:7860/txt2img");
        CHECK_STR(c.call.http.payload_paths[0], "images[]");
        CHECK_STR(c.call.http.key_prefix, "Bearer ");
        case_reply(&c, 200, "{\"images\":[\"payload:1\",\"payload:9\"],\"info\":\"{}\"}");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.items[0].payload, 1);
        CHECK_INT(c.result.images, 1);
        case_reply(&c, 200, "{\"images\":[\"aGk=\"]}");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK(c.result.billed && !c.result.retryable);
        case_done(&c);
}

TEST(copy_in_one_text_or_in_many) {
        HttpSpec spec = http_sync;
        ProviderSpec holder;
        DriverCase c = sync_case(&spec, &holder, KIND_TEXT);

        spec.result_type = HTTP_RESULT_TEXT;
        spec.payload_paths = NULL;
        spec.results = "/choices/*/text";
        case_reply(&c, 200,
                   "{\"choices\":[{\"text\":\" one \"},{\"text\":\"two\"},{\"text\":\"\"}]}");
        CHECK_INT(c.result.n_items, 2);
        CHECK_STR(c.result.items[0].text, "one");
        spec.results = "/answer";
        case_reply(&c, 200, "{\"answer\":\"{\\\"variants\\\":[\\\"one\\\",\\\"two\\\"]}\"}");
        CHECK_INT(c.result.n_items, 2);
        case_reply(&c, 200, "{\"answer\":\"only one\"}");
        CHECK_INT(c.result.n_items, 1);
        case_reply(&c, 200, "{\"answer\":\"{\\\"variants\\\":[]}\"}");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        spec.submit.body = "{\"p\":\"{{instruction}}\",\"max\":\"{{max_chars}}\"}";
        c.job.max_chars = 40;
        case_build(&c);
        CHECK_HAS(case_at(&c, "p"), "exactly 3");
        CHECK_INT(case_int_at(&c, "", "max"), 40);
        case_done(&c);
}

TEST(every_answer_to_submit) {
        static const ReplyRow rows[] = {
                {200, "{\"code\":24,\"failReason\":\"no\"}", OUTCOME_BLOCKED, "HTTP_200", false,
                 false, "HTTP 200: no"},
                {200, "{\"code\":23}", OUTCOME_THROTTLED, "HTTP_200", true, false, NULL},
                {200, "{\"code\":9,\"result\":null,\"failReason\":\"Banned words\"}",
                 OUTCOME_BLOCKED, "HTTP_200", false, false, "Banned words"},
                {200, "{\"code\":1}", OUTCOME_BROKEN, "HANDLE", false, true, "names no operation"},
                {200, "{\"code\":1,\"result\":\"\"}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {200, "{\"code\":1,\"result\":\"..\"}", OUTCOME_BROKEN, "HANDLE", false, true,
                 NULL},
                {200, "", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {200, "<html>", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {200, "[]", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
                {400, "{\"failReason\":\"a banned word\",\"failCode\":7}", OUTCOME_BLOCKED, "7",
                 false, false, "a banned word"},
                {400, "{\"failCode\":\"no_credit\"}", OUTCOME_FUNDS, "no_credit", false, false,
                 NULL},
                {400, "{\"error\":{\"message\":\"bad size\",\"code\":\"size\"}}", OUTCOME_REJECTED,
                 "size", false, false, "bad size"},
                {418, "{}", OUTCOME_THROTTLED, "HTTP_418", true, false, NULL},
                {401, "{}", OUTCOME_CREDENTIALS, "HTTP_401", false, false, NULL},
                {402, "", OUTCOME_FUNDS, "HTTP_402", false, false, NULL},
                {404, "{\"failReason\":{\"a\":1}}", OUTCOME_REJECTED, "NOT_FOUND", false, false,
                 "{\"a\":1}"},
                {410, "", OUTCOME_REJECTED, "GONE", false, false, NULL},
                {422, "{\"detail\":[{\"loc\":[\"body\",\"p\"],\"msg\":\"missing\"}]}",
                 OUTCOME_REJECTED, "HTTP_422", false, false, "p: missing"},
                {429, "{\"detail\":\"slow\"}", OUTCOME_THROTTLED, "HTTP_429", true, false, NULL},
                {500, "<html>oops</html>", OUTCOME_TRANSIENT, "HTTP_500", true, false, NULL},
                {503, "", OUTCOME_TRANSIENT, "HTTP_503", true, false, NULL},
        };
        DriverCase c = queue_case();

        case_check_replies(&c, rows, ARRAY_LEN(rows));
        c.job.spec = NULL;
        case_reply(&c, 200, "{}");
        CHECK_STR(c.result.code, "NO_SPEC");
        case_done(&c);
}

TEST(every_answer_to_a_poll) {
        static const ReplyRow ends[] = {
                {200, "{\"status\":\"FAILURE\",\"failReason\":\"x\"}", OUTCOME_REJECTED, "HTTP_200",
                 false, false, "x"},
                {200, "{\"status\":\"failure\",\"failReason\":\"banned\"}", OUTCOME_BLOCKED,
                 "HTTP_200", false, true, NULL},
                {200, "{\"status\":\"LOST\"}", OUTCOME_TRANSIENT, "HTTP_200", true, false, NULL},
        };
        static const int troubles[] = {400, 401, 418, 429, 500, 503};
        DriverCase c = queue_case();

        case_check_polls(&c, "p:17", ends, ARRAY_LEN(ends));
        for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
                case_poll_reply(&c, "p:17", troubles[i], "{\"failReason\":\"banned\"}");
                CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble != OUTCOME_OPEN);
        }
        case_poll_reply(&c, "p:17", 404, "{}");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_UNKNOWN);
        CHECK_STR(c.result.code, "OPERATION_GONE");
        case_poll_reply(&c, "p:17", 404, "<html>");
        CHECK(c.result.outcome == OUTCOME_OPEN && c.result.trouble == OUTCOME_TRANSIENT);
        case_poll_reply(&c, "f:17", 200, "{\"images\":[]}");
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK(c.result.billed);
        case_poll_reply(&c, "p:17", 200, "{\"status\":\"WAIT\"}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        c.job.spec = NULL;
        case_poll_reply(&c, "p:17", 200, "{}");
        CHECK_STR(c.result.code, "NO_SPEC");
        case_done(&c);
}

TEST(a_poll_without_states_ends_with_its_result) {
        HttpSpec spec = http_queue;
        ProviderSpec holder;
        DriverCase c = sync_case(&spec, &holder, KIND_IMAGE);

        spec.poll.state = NULL;
        spec.fetch.method = NULL;
        spec.results = "/url";
        case_poll_reply(&c, "p:17", 200, "{\"progress\":3}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        case_poll_reply(&c, "p:17", 200, "{\"url\":\"https://x.example/1\"}");
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        case_done(&c);
}

TEST(pointers) {
        static const char *const good[] = {"/a", "/a/0/b", "/", "/a~1b/~0", "/*"};
        static const char *const bad[] = {"", "a", "/a~", "/a~2"};
        char *path = NULL;
        Err err = {0};

        for (size_t i = 0; i < ARRAY_LEN(good); i++)
                CHECK_OK(http_pointer_check(good[i], true, &err), &err);
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                CHECK_INT(http_pointer_check(bad[i], true, &err), -EINVAL);
        CHECK_INT(http_pointer_check("/a/*/b", false, &err), -EINVAL);
        CHECK_HAS(err_text(&err), "one place is meant");
        CHECK_OK(http_pointer_path("/data/*/b64_json", &path, &err), &err);
        CHECK_STR(path, "data[].b64_json");
        free(path);
        CHECK_INT(http_pointer_path("/data/0", &path, &err), -EINVAL);
        CHECK_INT(http_pointer_path("/a.b", &path, &err), -EINVAL);
}

TEST(names_of_templates) {
        static const ParamSpec params[] = {{.name = "steps", .type = PARAM_INT}};
        static const struct {
                const char *text;
                bool handle, body;
                size_t offset;
                const char *has; /* NULL: fine */
        } rows[] = {
                {"{{prompt}} {{ params.steps }} {{{{x", false, false, 0, NULL},
                {"a {{handle}}", true, false, 0, NULL},
                {"{{references}}", false, true, 0, NULL},
                {"a {{promt}}", false, false, 2, "did you mean 'prompt'?"},
                {"{{params.step}}", false, false, 0, "did you mean 'params.steps'?"},
                {"{{params.x.y.z}}", false, false, 0, "stands for nothing"},
                {"{{}}", false, false, 0, "stands for nothing"},
                {"a {{prompt", false, false, 2, "is not closed"},
                {"{{handle}}", false, false, 0, "before the answer"},
                {"/{{reference}}", true, false, 1, "goes into a body"},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                size_t offset = 0;
                Err err = {0};
                int r = http_template_check(rows[i].text, params, 1, rows[i].handle, rows[i].body,
                                            &offset, &err);

                CHECK_INT(r, rows[i].has ? -EINVAL : 0);
                if (!rows[i].has)
                        continue;
                CHECK_INT(offset, rows[i].offset);
                CHECK_HAS(err_text(&err), rows[i].has);
        }
}
