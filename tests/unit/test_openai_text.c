/* SPDX-License-Identifier: MIT */

/* Copy from OpenAI and compatible servers: requests, answers, errors. */

#include "unit/driver_case.h"

#define CHOICE(message, finish)                                                                    \
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":"           \
        "\"gpt-6-luna-2026-09-01\",\"choices\":[{\"index\":0,\"finish_reason\":" finish            \
        ",\"logprobs\":null,\"message\":" message "}],\"usage\":{\"prompt_tokens\":31,"            \
        "\"completion_tokens\":52,\"total_tokens\":83,\"completion_tokens_details\":{"             \
        "\"reasoning_tokens\":20}},\"service_tier\":\"default\"}"
#define CONTENT(text, finish)                                                                      \
        CHOICE("{\"role\":\"assistant\",\"content\":" text ",\"refusal\":null}", "\"" finish "\"")
#define ERROR(message, type, code)                                                                 \
        "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                                 \
        "\",\"param\":null,\"code\":" code "}}"

static DriverCase text_case(void) {
        return driver_case("openai-text", KIND_TEXT, "gpt-6-luna");
}

TEST(a_request_to_openai) {
        DriverCase c = text_case();
        bool yes = false;

        c.job.max_chars = 30;
        case_param(&c, "reasoning_effort", "low");
        case_param(&c, "verbosity", "low");
        case_build(&c);
        CHECK_STR(c.call.http.method, "POST");
        CHECK_STR(c.call.http.url, "https://api.openai.com/v1/chat/completions");
        CHECK_STR(c.call.http.key_header, "Authorization");
        CHECK_STR(c.call.http.key_prefix, "Bearer ");
        CHECK(c.call.http.with_key && !c.call.http.payload_paths);
        CHECK_STR(case_at(&c, "model"), "gpt-6-luna");
        CHECK_STR(case_at(&c, "messages[0].role"), "system");
        CHECK_HAS(case_at(&c, "messages[0].content"), "exactly 3 advertising copy variants");
        CHECK_HAS(case_at(&c, "messages[0].content"), "longer than 30 characters");
        CHECK(!strstr(case_at(&c, "messages[0].content"), "JSON"));
        CHECK_STR(case_at(&c, "messages[1].role"), "user");
        CHECK_STR(case_at(&c, "messages[1].content"), "a \"red\" bicycle");
        CHECK_STR(case_at(&c, "response_format.type"), "json_schema");
        CHECK(json_bool(json_path(c.body, "response_format.json_schema"), "strict", &yes) && yes);
        CHECK_STR(case_at(&c, "response_format.json_schema.name"), "copy");
        CHECK_STR(case_at(&c, "response_format.json_schema.schema.properties.variants.items.type"),
                  "string");
        CHECK_STR(case_at(&c, "response_format.json_schema.schema.required[0]"), "variants");
        CHECK(json_bool(json_path(c.body, "response_format.json_schema.schema"),
                        "additionalProperties", &yes) &&
              !yes);
        CHECK_INT(case_int_at(&c, "", "max_completion_tokens"), 8192);
        CHECK_STR(case_at(&c, "reasoning_effort"), "low");
        CHECK_STR(case_at(&c, "verbosity"), "low");
        CHECK(!json_get(c.body, "max_tokens") && !json_get(c.body, "seed") &&
              !json_get(c.body, "n"));
        CHECK_INT(c.driver->output_cap(c.params), 8192);
        case_done(&c);
}

TEST(a_request_to_a_compatible_server) {
        DriverCase c = text_case();
        double temperature;

        c.job.base_url = "http://localhost:11434/v1";
        case_param(&c, "dialect", "compatible");
        case_param(&c, "response_format", "text");
        case_param(&c, "max_output_tokens", "500");
        case_param(&c, "temperature", "0.5");
        case_build(&c);
        CHECK_STR(c.call.http.url, "http://localhost:11434/v1/chat/completions");
        CHECK_INT(case_int_at(&c, "", "max_tokens"), 500);
        CHECK_INT(case_int_at(&c, "", "seed"), 0x09abcdef);
        CHECK(json_number(c.body, "temperature", &temperature) && temperature == 0.5);
        CHECK(!json_get(c.body, "response_format") && !json_get(c.body, "max_completion_tokens") &&
              !json_get(c.body, "dialect"));
        CHECK_HAS(case_at(&c, "messages[0].content"), "{\"variants\": [");
        CHECK_INT(c.driver->output_cap(c.params), 500);
        case_done(&c);

        c = text_case();
        case_param(&c, "response_format", "json_object");
        case_build(&c);
        CHECK_STR(case_at(&c, "response_format.type"), "json_object");
        CHECK(!json_path(c.body, "response_format.json_schema"));
        CHECK_HAS(case_at(&c, "messages[0].content"), "JSON");
        case_done(&c);
}

TEST(references_go_along_as_data) {
        DriverCase c = text_case();

        c.job.prompt = "mind \x01"
                       "1\x01 and \x01";
        case_reference(&c, "/a.png");
        case_reference(&c, "/b.JPG");
        case_build(&c);
        CHECK_STR(case_at(&c, "messages[1].content[0].type"), "text");
        CHECK_STR(case_at(&c, "messages[1].content[1].type"), "image_url");
        CHECK_STR(case_at(&c, "messages[1].content[1].image_url.url"),
                  "data:image/png;base64,<FILE:/a.png>");
        CHECK_STR(case_at(&c, "messages[1].content[2].image_url.url"),
                  "data:image/jpeg;base64,<FILE:/b.JPG>");
        case_done(&c);
}

TEST(what_cannot_be_asked_for) {
        DriverCase c = text_case();

        c.job.want = 51;
        case_refuses(&c, "51 variants cannot be asked for at once: 1 to 50");
        c.job.want = 0;
        case_refuses(&c, "0 variants");
        c.job.want = 1;
        case_reference(&c, "/a.gif");
        case_refuses(&c, "reference '/a.gif' is no picture");
        c.job.kind = KIND_IMAGE;
        case_refuses(&c, "the openai-text driver makes no 'image'");
        case_done(&c);
}

TEST(variants_are_taken) {
        DriverCase c = text_case();

        case_reply(
                &c, 200,
                CONTENT("\"{\\\"variants\\\":[\\\" One \\\",\\\"Two\\\",\\\"One\\\",7,\\\"\\\"]}\"",
                        "stop"));
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK(c.result.billed);
        CHECK_INT(c.result.n_items, 2);
        CHECK_STR(c.result.items[0].text, "One");
        CHECK_STR(c.result.items[1].text, "Two");
        CHECK_STR(c.result.code, "stop");
        CHECK_STR(c.result.model_returned, "gpt-6-luna-2026-09-01");
        CHECK_STR(c.result.request_id, "chatcmpl-1");
        CHECK_INT(c.result.input_tokens, 31);
        CHECK_INT(c.result.output_tokens, 52);
        CHECK_INT(c.result.images, -1);
        CHECK_HAS(c.result.usage, "reasoning_tokens");
        case_done(&c);
}

TEST(forms_of_content) {
        static const char *const bodies[] = {
                CONTENT("[{\"type\":\"text\",\"text\":\"[\\\"O\"},{\"type\":\"text\",\"text\":\"ne"
                        "\\\"]\"},7]",
                        "stop"),
                CONTENT("\"\\n```json\\n{\\\"variants\\\":[\\\"One\\\"]}\\n```\\n\"", "stop"),
                CONTENT("\"[\\\"One\\\"]\"", "length"), /* whole all the same */
                "{\"choices\":[{\"message\":{\"content\":\"[\\\"One\\\"]\"}}]}",
        };

        for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
                DriverCase c = text_case();

                case_reply(&c, 200, bodies[i]);
                CHECK_INT(c.result.outcome, OUTCOME_MADE);
                CHECK_STR(c.result.items[0].text, "One");
                case_done(&c);
        }
}

static const ReplyRow rows[] = {
        /* 200, and yet nothing made */
        {200, CHOICE("{\"content\":null,\"refusal\":\"I can't help with that.\"}", "\"stop\""),
         OUTCOME_BLOCKED, "refusal", false, true, "refused: 'I can't help with that.'"},
        {200, CONTENT("\"[\\\"On\"", "content_filter"), OUTCOME_BLOCKED, "content_filter", false,
         true, "content filter"},
        {200, CONTENT("\"{\\\"variants\\\":[\\\"On\"", "length"), OUTCOME_BROKEN, "length", false,
         true, "raise max_output_tokens"},
        {200, CONTENT("\"\"", "length"), OUTCOME_BROKEN, "length", false, true,
         "raise max_output_tokens"},
        {200, CONTENT("null", "stop"), OUTCOME_BROKEN, "NO_CONTENT", true, true, NULL},
        {200, CONTENT("\"not json\"", "stop"), OUTCOME_BROKEN, "BAD_JSON", true, true, NULL},
        {200, CONTENT("\"```no end\"", "stop"), OUTCOME_BROKEN, "BAD_JSON", true, true, NULL},
        {200, CONTENT("\"{}\"", "stop"), OUTCOME_BROKEN, "NO_VARIANT", true, true, "none of 0"},
        {200, "{\"choices\":[]}", OUTCOME_BROKEN, "NO_CHOICE", true, true, NULL},
        {200, "{\"choices\":{\"0\":{}}}", OUTCOME_BROKEN, "NO_CHOICE", true, true, NULL},
        {200, "{}", OUTCOME_BROKEN, "NO_CHOICE", true, true, NULL},
        {200, "[]", OUTCOME_BROKEN, "BAD_JSON", true, true, NULL},
        {200, "<html>", OUTCOME_BROKEN, "BAD_JSON", true, true, NULL},
        {200, "{\"error\":\"model runner has unexpectedly stopped\"}", OUTCOME_TRANSIENT,
         "HTTP_500", true, false, "unexpectedly stopped"},
        /* errors */
        {429,
         ERROR("You exceeded your current quota", "insufficient_quota", "\"insufficient_quota\""),
         OUTCOME_FUNDS, "insufficient_quota", false, false, "out of credit"},
        {429, ERROR("You exceeded your current quota", "insufficient_quota", "null"), OUTCOME_FUNDS,
         "insufficient_quota", false, false, NULL},
        {400, ERROR("Billing hard limit has been reached", "x", "\"billing_hard_limit_reached\""),
         OUTCOME_FUNDS, "billing_hard_limit_reached", false, false, NULL},
        {429,
         ERROR("Rate limit reached for requests per day (RPD): Limit 200", "requests",
               "\"rate_limit_exceeded\""),
         OUTCOME_THROTTLED, "rate_limit_exceeded", true, false, "day's quota"},
        {429, ERROR("slow down", "requests", "\"429\""), OUTCOME_THROTTLED, "requests", true, false,
         "too many requests: HTTP 429: slow down"},
        {401,
         ERROR("Incorrect API key provided: sk-abcDEF0123456789abcDEF0123456789",
               "invalid_request_error", "\"invalid_api_key\""),
         OUTCOME_CREDENTIALS, "invalid_api_key", false, false, "[removed]"},
        {403,
         ERROR("Country not supported", "request_forbidden",
               "\"unsupported_country_region_territory\""),
         OUTCOME_CREDENTIALS, "unsupported_country_region_territory", false, false, NULL},
        {403,
         ERROR("Project has no access to model `x`", "invalid_request_error",
               "\"model_not_found\""),
         OUTCOME_REJECTED, "NOT_FOUND", false, false, "model 'gpt-6-luna' was not found"},
        {404,
         ERROR("The model `gpt-4` has been deprecated", "invalid_request_error",
               "\"model_not_found\""),
         OUTCOME_REJECTED, "MODEL_RETIRED", false, false, "is retired: change 'model:'"},
        {404, ERROR("model 'llama9' not found", "not_found_error", "null"), OUTCOME_REJECTED,
         "NOT_FOUND", false, false, NULL},
        {400,
         ERROR("Unsupported parameter: 'temperature'", "invalid_request_error",
               "\"unsupported_parameter\""),
         OUTCOME_REJECTED, "unsupported_parameter", false, false, "refused the request: HTTP 400"},
        {400, ERROR("blocked", "image_generation_user_error", "\"moderation_blocked\""),
         OUTCOME_BLOCKED, "moderation_blocked", false, false, "content policy"},
        {400, "{\"error\":\"json: cannot unmarshal\"}", OUTCOME_REJECTED, "HTTP_400", false, false,
         "cannot unmarshal"},
        {400, "{\"error\":[\"x\"]}", OUTCOME_REJECTED, "HTTP_400", false, false, "no message"},
        {400, "{\"error\":{\"message\":7,\"code\":400}}", OUTCOME_REJECTED, "HTTP_400", false,
         false, "no message"},
        {400, "[{\"error\":{\"message\":\"in a list\"}}]", OUTCOME_REJECTED, "HTTP_400", false,
         false, "in a list"},
        {422,
         "{\"detail\":[{\"loc\":[\"body\",\"messages\"],\"msg\":\"field required\",\"type\":"
         "\"missing\"}]}",
         OUTCOME_REJECTED, "missing", false, false, "messages: field required"},
        {413, "", OUTCOME_REJECTED, "HTTP_413", false, false, "no JSON"},
        {402, "{}", OUTCOME_FUNDS, "HTTP_402", false, false, NULL},
        {408, "", OUTCOME_TRANSIENT, "HTTP_408", true, false, NULL},
        {409, "", OUTCOME_TRANSIENT, "HTTP_409", true, false, NULL},
        {410, "{\"message\":\"gone\"}", OUTCOME_REJECTED, "GONE", false, false, NULL},
        {500, ERROR("The server had an error", "server_error", "null"), OUTCOME_TRANSIENT,
         "server_error", true, false, "the provider failed"},
        {502, "<html>Bad gateway</html>", OUTCOME_TRANSIENT, "HTTP_502", true, false, NULL},
        {503, ERROR("The engine is currently overloaded", "server_error", "null"),
         OUTCOME_TRANSIENT, "server_error", true, false, NULL},
};

TEST(every_answer_has_its_class) {
        DriverCase c = text_case();

        case_check_replies(&c, rows, ARRAY_LEN(rows));
        CHECK_STR(c.result.request_id, "req-header");
        case_done(&c);
}

TEST(waits_are_read_from_the_header_or_the_sentence) {
        static const struct {
                const char *said;
                int64_t header, wait;
        } waits[] = {
                {"Please try again in 45.19s.", -1, 45190},
                {"Please try again in 6m0s.", -1, 360000},
                {"Please try again in 1h2m3s", -1, 3723000},
                {"try again in 12ms", -1, 12},
                {"try again in 0.2ms", -1, 1},
                {"try again in 1s", 7000, 7000},
                {"try again in a while", -1, -1},
                {"try again in 5 days", -1, -1},
                {"try again in 99999999999s", -1, -1},
                {"try again in 99999999h", -1, 86400000},
                {"try again in 1ms9999999999h", -1, 86400000},
                {"try again in 23h59m59.9999s", -1, 86399999},
                {"try again in 9999999999.999h", -1, 86400000},
                {"slow down", -1, -1},
        };

        for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
                DriverCase c = text_case();
                char body[200];

                (void) snprintf(body, sizeof body, ERROR("%s", "tokens", "\"rate_limit_exceeded\""),
                                waits[i].said);
                c.reply.retry_after_ms = waits[i].header;
                case_reply(&c, 429, body);
                CHECK_INT(c.result.outcome, OUTCOME_THROTTLED);
                CHECK_INT(c.result.throttle, THROTTLE_MINUTE);
                CHECK_INT(c.result.retry_after_ms, waits[i].wait);
                case_done(&c);
        }
}

TEST(limits_of_a_day_are_told_from_those_of_a_minute) {
        DriverCase c = text_case();

        c.reply.retry_after_ms = 5000;
        case_reply(&c, 429, ERROR("Rate limit reached on requests per day", "requests", "null"));
        CHECK_INT(c.result.throttle, THROTTLE_DAY);
        CHECK_INT(c.result.retry_after_ms, -1);
        case_done(&c);
}

TEST(nothing_of_a_text_is_fetched_with_the_key) {
        DriverCase c = text_case();
        char url[] = "https://api.openai.com/x", bad[] = "ftp://x/y";
        ResultItem item = {.payload = -1, .url = url};

        case_set_job(&c);
        CHECK_OK(c.driver->build_fetch(&c.job, &item, &c.call, &c.err), &c.err);
        CHECK(!c.call.http.with_key);
        item.url = bad;
        provider_call_done(&c.call);
        CHECK_INT(c.driver->build_fetch(&c.job, &item, &c.call, &c.err), -EINVAL);
        case_done(&c);
}
