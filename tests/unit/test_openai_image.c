/* SPDX-License-Identifier: MIT */

/* Pictures from OpenAI: requests as JSON and as a form, answers by bytes and by address. */

#include "unit/driver_case.h"

#define USAGE                                                                                      \
        "\"usage\":{\"input_tokens\":50,\"input_tokens_details\":{\"text_tokens\":10,"             \
        "\"image_tokens\":40},\"output_tokens\":7024,\"total_tokens\":7074}"
#define DATA(items)                                                                                \
        "{\"created\":1713833628,\"data\":[" items "],\"output_format\":\"png\"," USAGE "}"

static DriverCase image_case(void) {
        return driver_case("openai-image", KIND_IMAGE, "gpt-image-2.6-sunburst");
}

TEST(a_request_for_a_picture) {
        DriverCase c = image_case();

        case_param(&c, "size", "1024x1536");
        case_param(&c, "quality", "high");
        case_param(&c, "output_format", "webp");
        case_param(&c, "output_compression", "80");
        case_param(&c, "background", "transparent");
        case_param(&c, "moderation", "low");
        case_param(&c, "complexity", "high");
        case_param(&c, "input_fidelity", "high");
        case_param(&c, "dialect", "compatible");
        case_build(&c);
        CHECK_STR(c.call.http.url, "https://api.openai.com/v1/images/generations");
        CHECK_STR(c.call.http.payload_paths[0], "data[].b64_json");
        CHECK(!c.call.http.payload_paths[1]);
        CHECK_STR(case_at(&c, "model"), "gpt-image-2.6-sunburst");
        CHECK_STR(case_at(&c, "prompt"), "a \"red\" bicycle");
        CHECK_STR(case_at(&c, "size"), "1024x1536");
        CHECK_STR(case_at(&c, "quality"), "high");
        CHECK_STR(case_at(&c, "output_format"), "webp");
        CHECK_STR(case_at(&c, "background"), "transparent");
        CHECK_STR(case_at(&c, "moderation"), "low");
        CHECK_STR(case_at(&c, "complexity"), "high");
        CHECK_INT(case_int_at(&c, "", "output_compression"), 80);
        CHECK_INT(case_int_at(&c, "", "n"), 1);
        CHECK(!json_get(c.body, "input_fidelity") && !json_get(c.body, "response_format"));
        CHECK_INT(json_length(c.body), 10);
        case_done(&c);
}

TEST(one_reference_is_a_form_with_an_image) {
        DriverCase c = image_case();

        case_param(&c, "output_compression", "7");
        case_param(&c, "moderation", "low");
        case_param(&c, "input_fidelity", "high");
        case_reference(&c, "/dir/a \"b\".png");
        case_build(&c);
        CHECK_STR(c.call.http.url, "https://api.openai.com/v1/images/edits");
        CHECK_INT(c.call.http.headers.n, 1);
        CHECK_HAS(c.call.http.headers.items[0],
                  "Content-Type: multipart/form-data; boundary=part-");
        CHECK_HAS(c.text, "Content-Disposition: form-data; name=\"model\"\r\n\r\ngpt-image-2.6-"
                          "sunburst\r\n");
        CHECK_HAS(c.text, "name=\"n\"\r\n\r\n1\r\n");
        CHECK_HAS(c.text, "name=\"output_compression\"\r\n\r\n7\r\n");
        CHECK_HAS(c.text, "name=\"input_fidelity\"\r\n\r\nhigh\r\n");
        CHECK_HAS(c.text, "name=\"image\"; filename=\"a %22b%22.png\"\r\nContent-Type: image/png"
                          "\r\n\r\n<RAW:/dir/a \"b\".png>\r\n--part-");
        CHECK(!strstr(c.text, "moderation"));
        CHECK(streq(c.text + strlen(c.text) - 4, "--\r\n"));
        case_done(&c);
}

TEST(several_references_are_a_list) {
        DriverCase c = image_case();
        _cleanup_(freep) char *boundary = NULL;

        case_reference(&c, "a.png");
        case_reference(&c, "/b.webp");
        case_build(&c);
        CHECK_HAS(c.text, "name=\"image[]\"; filename=\"a.png\"");
        CHECK_HAS(c.text, "name=\"image[]\"; filename=\"b.webp\"\r\nContent-Type: image/webp");
        boundary = strdup(c.call.http.headers.items[0]);
        case_build(&c); /* the same job is the same request */
        CHECK_STR(c.call.http.headers.items[0], boundary);
        c.job.seed++;
        case_build(&c);
        CHECK(!streq(c.call.http.headers.items[0], boundary));
        case_done(&c);
}

TEST(what_cannot_be_asked_for) {
        DriverCase c = image_case();
        _cleanup_(freep) char *prompt = malloc(32002);

        CHECK(prompt);
        memset(prompt, 'x', 32001);
        prompt[32001] = '\0';
        c.job.prompt = prompt;
        case_refuses(&c, "longer than 32000 characters");
        c.job.prompt = "p";
        c.job.want = 11;
        case_refuses(&c, "11 pictures cannot be asked for at once: 1 to 10");
        c.job.want = 1;
        case_param(&c, "background", "transparent");
        case_param(&c, "output_format", "jpeg");
        case_refuses(&c, "wants 'output_format: png'");
        for (int i = 0; i < 17; i++)
                case_reference(&c, "/a.png");
        case_refuses(&c, "17 references are too many: 16");
        c.job.kind = KIND_VIDEO;
        case_refuses(&c, "makes no 'video'");
        case_done(&c);
}

TEST(a_picture_by_its_bytes) {
        DriverCase c = image_case();

        case_reply(&c, 200, DATA("{\"b64_json\":\"payload:0\"},{\"b64_json\":\"payload:1\"}"));
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 1); /* no more than asked for */
        CHECK_INT(c.result.items[0].payload, 0);
        CHECK_STR(c.result.items[0].media_type, "image/png");
        CHECK_INT(c.result.images, 1);
        CHECK_INT(c.result.input_tokens, 50);
        CHECK_INT(c.result.image_tokens, 7024);
        CHECK_INT(c.result.output_tokens, 0);
        CHECK_STR(c.result.request_id, "req-header");
        c.job.want = 3;
        case_reply(&c, 200, DATA("{},{\"b64_json\":\"payload:0\"},{\"b64_json\":\"payload:2\"},7"));
        CHECK_INT(c.result.n_items, 2);
        CHECK_INT(c.result.items[1].payload, 2);
        case_done(&c);
}

TEST(a_picture_by_its_address) {
        DriverCase c = image_case();
        ProviderCall fetch = {0};

        c.job.base_url = "https://gateway.example/v1";
        case_reply(&c, 200,
                   "{\"data\":[{\"url\":\"https://cdn.example/x.png\",\"revised_prompt\":\"y\"}]}");
        CHECK_STR(c.result.items[0].url, "https://cdn.example/x.png");
        CHECK(!c.result.items[0].url_with_key && !c.result.items[0].media_type);
        CHECK_INT(c.result.image_tokens, -1);
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[0], &fetch, &c.err), &c.err);
        CHECK(fetch.http.raw_payload && !fetch.http.with_key && !fetch.http.paid);
        CHECK_STR(fetch.http.method, "GET");
        provider_call_done(&fetch);
        case_reply(&c, 200, "{\"data\":[{\"url\":\"https://gateway.example/files/1\"}]}");
        CHECK(c.result.items[0].url_with_key);
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[0], &fetch, &c.err), &c.err);
        CHECK(fetch.http.with_key);
        provider_call_done(&fetch);
        case_done(&c);
}

TEST(formats_and_details_are_read) {
        static const char *const formats[][2] = {
                {"jpeg", "image/jpeg"}, {"webp", "image/webp"}, {"tiff", NULL}};
        DriverCase c = image_case();

        for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
                char body[300];

                (void) snprintf(body, sizeof body,
                                "{\"data\":[{\"b64_json\":\"payload:0\"}],\"output_format\":\"%s\","
                                "\"usage\":{\"output_tokens\":120,\"output_tokens_details\":{"
                                "\"image_tokens\":100,\"text_tokens\":20}}}",
                                formats[i][0]);
                case_reply(&c, 200, body);
                CHECK_STR(c.result.items[0].media_type ? c.result.items[0].media_type : "none",
                          formats[i][1] ? formats[i][1] : "none");
                CHECK_INT(c.result.image_tokens, 100);
                CHECK_INT(c.result.output_tokens, 20);
        }
        case_done(&c);
}

static const ReplyRow rows[] = {
        {200, "{\"created\":1,\"data\":[]}", OUTCOME_BROKEN, "NO_IMAGE", false, true,
         "no picture: often a refusal"},
        {200, "{\"created\":1}", OUTCOME_BROKEN, "NO_IMAGE", false, true, NULL},
        {200, DATA("{\"b64_json\":\"payload:7\"}"), OUTCOME_BROKEN, "NO_IMAGE", false, true, NULL},
        {200, DATA("{\"url\":\"\"}"), OUTCOME_BROKEN, "NO_IMAGE", false, true, NULL},
        {200, "x", OUTCOME_BROKEN, "BAD_JSON", true, true, NULL},
        {400,
         "{\"error\":{\"message\":\"Your request was rejected by the safety system. "
         "safety_violations=[violence].\",\"type\":\"image_generation_user_error\",\"param\":null,"
         "\"code\":\"moderation_blocked\"}}",
         OUTCOME_BLOCKED, "moderation_blocked", false, false, "safety_violations=[violence]"},
        {400,
         "{\"error\":{\"message\":\"Unknown parameter: 'response_format'.\",\"type\":"
         "\"invalid_request_error\",\"param\":\"response_format\",\"code\":\"unknown_parameter\"}}",
         OUTCOME_REJECTED, "unknown_parameter", false, false, NULL},
        {400, "{\"error\":\"prompt required\"}", OUTCOME_REJECTED, "HTTP_400", false, false,
         "prompt required"},
        {504, "<html>", OUTCOME_TRANSIENT, "HTTP_504", true, false, NULL},
};

TEST(every_answer_has_its_class) {
        DriverCase c = image_case();

        case_check_replies(&c, rows, ARRAY_LEN(rows));
        case_done(&c);
}

TEST(the_most_a_picture_can_take) {
        static const struct {
                const char *size, *quality;
                int64_t tokens;
        } caps[] = {
                /* the first nine are the provider's own figures */
                {"1024x1024", "low", 196},     {"1024x1024", "medium", 1756},
                {"1024x1024", "high", 7024},   {"1536x1024", "low", 158},
                {"1536x1024", "medium", 1372}, {"1024x1536", "high", 5488},
                {"3840x2160", "low", 371},     {"3840x2160", "medium", 3336},
                {"3840x2160", "high", 13342},  {NULL, NULL, 13342},
                {"1024x1024", "auto", 7024},   {"1024x1024", "xhigh", 15804},
                {"1024x1024", "max", 28096},
        };

        for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
                DriverCase c = image_case();

                if (caps[i].size)
                        case_param(&c, "size", caps[i].size);
                if (caps[i].quality)
                        case_param(&c, "quality", caps[i].quality);
                CHECK_INT(c.driver->image_token_cap(c.params), caps[i].tokens);
                case_done(&c);
        }
}
