/* SPDX-License-Identifier: MIT */

/* Good, blocked and broken answers of Gemini, in the shapes the real service sends. */

#include "unit/gemini_case.h"

#define USAGE                                                                                      \
        "\"usageMetadata\":{\"promptTokenCount\":12,\"candidatesTokenCount\":1130,"                \
        "\"thoughtsTokenCount\":200,\"totalTokenCount\":1342,\"candidatesTokensDetails\":"         \
        "[{\"modality\":\"IMAGE\",\"tokenCount\":1120}]},\"modelVersion\":\"gemini-x\","           \
        "\"responseId\":\"abc\""
#define DRAFT                                                                                      \
        "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"payload:0\"},\"thought\":true}"
#define FINAL                                                                                      \
        "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"payload:1\"},"                     \
        "\"thoughtSignature\":\"payload:2\"}"
#define CANDIDATE(parts, reason)                                                                   \
        "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[" parts                      \
        "]},\"finishReason\":\"" reason "\",\"index\":0}]," USAGE "}"

TEST(the_last_picture_that_is_no_thought_is_the_result) {
        GeminiCase c = gemini_case(KIND_IMAGE, CANDIDATE("{\"text\":\"hm\",\"thought\":true}," DRAFT
                                                         ",{\"text\":\"Here it is\"}," FINAL
                                                         ",{\"text\":\"Enjoy\"}," DRAFT,
                                                         "STOP"));

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK(c.result.billed && !c.result.retryable);
        CHECK_INT(c.result.n_items, 1);
        CHECK_INT(c.result.items[0].payload, 1);
        CHECK_STR(c.result.items[0].media_type, "image/png");
        CHECK(!c.result.items[0].url && !c.result.items[0].text);
        CHECK_STR(c.result.model_returned, "gemini-x");
        CHECK_STR(c.result.request_id, "abc");
        CHECK_INT(c.result.input_tokens, 12);
        CHECK_INT(c.result.image_tokens, 1120);
        CHECK_INT(c.result.output_tokens, 10 + 200);
        CHECK_INT(c.result.images, 1);
        CHECK_HAS(c.result.usage, "\"totalTokenCount\":1342");
        provider_result_done(&c.result);
}

TEST(snake_case_is_read_too) {
        GeminiCase c = gemini_case(KIND_IMAGE,
                                   "{\"candidates\":[{\"content\":{\"parts\":[{\"inline_data\":"
                                   "{\"mime_type\":\"image/jpeg\",\"data\":\"payload:2\"}}]},"
                                   "\"finish_reason\":\"STOP\"}],\"usage_metadata\":"
                                   "{\"prompt_token_count\":3},\"model_version\":\"m\"}");

        gemini_read(&c);
        CHECK_INT(c.result.items[0].payload, 2);
        CHECK_STR(c.result.items[0].media_type, "image/jpeg");
        CHECK_INT(c.result.input_tokens, 3);
        CHECK_INT(c.result.output_tokens, -1);
        CHECK_STR(c.result.model_returned, "m");
        provider_result_done(&c.result);
}

TEST(payload_marks_that_point_to_nothing_are_no_pictures) {
        static const char *const marks[] = {"payload:3",  "payload:16", "payload:-1", "payload:",
                                            "payload:1x", "iVBORw0KGg", "",           "payload:+1"};

        for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"candidates\":[{\"content\":{\"parts\":[{\"inlineData\":"
                                "{\"data\":\"%s\"}}]},\"finishReason\":\"STOP\"}]}",
                                marks[i]);
                c = gemini_case(KIND_IMAGE, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
                provider_result_done(&c.result);
        }
}

TEST(an_address_is_a_result_and_gets_the_key_only_at_home) {
        static const struct {
                const char *uri;
                bool with_key;
        } rows[] = {
                {"https://generativelanguage.googleapis.com/v1/files/abc", true},
                {"https://GenerativeLanguage.googleapis.com:443/v1/files/abc", true},
                {"http://generativelanguage.googleapis.com/v1/files/abc", false},
                {"https://generativelanguage.googleapis.com.evil.example/x", false},
                {"https://generativelanguage.googleapis.com@evil.example/x", false},
                {"https://storage.googleapis.com/x", false},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"candidates\":[{\"content\":{\"parts\":[" DRAFT ","
                                "{\"fileData\":{\"mimeType\":\"image/png\",\"fileUri\":\"%s\"}}]},"
                                "\"finishReason\":\"STOP\"}]}",
                                rows[i].uri);
                c = gemini_case(KIND_IMAGE, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_MADE);
                CHECK_INT(c.result.items[0].payload, -1);
                CHECK_STR(c.result.items[0].url, rows[i].uri);
                CHECK_INT(c.result.items[0].url_with_key, rows[i].with_key);
                provider_result_done(&c.result);
        }
}

typedef struct ReasonRow {
        const char *word;
        Outcome with, without; /* a picture in the answer */
        bool retryable;        /* without */
} ReasonRow;

static const ReasonRow reasons[] = {
        {"STOP", OUTCOME_MADE, OUTCOME_BROKEN, true},
        {"MAX_TOKENS", OUTCOME_MADE, OUTCOME_BROKEN, false},
        {"CONTINUATION", OUTCOME_MADE, OUTCOME_BROKEN, false},
        {"FINISH_REASON_UNSPECIFIED", OUTCOME_MADE, OUTCOME_BROKEN, true},
        {"", OUTCOME_MADE, OUTCOME_BROKEN, true},
        {"SAFETY", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"PROHIBITED_CONTENT", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"BLOCKLIST", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"SPII", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"RECITATION", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"LANGUAGE", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"IMAGE_SAFETY", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"IMAGE_PROHIBITED_CONTENT", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"IMAGE_RECITATION", OUTCOME_BLOCKED, OUTCOME_BLOCKED, false},
        {"NO_IMAGE", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"IMAGE_OTHER", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"OTHER", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"MALFORMED_FUNCTION_CALL", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"UNEXPECTED_TOOL_CALL", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"TOO_MANY_TOOL_CALLS", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"MALFORMED_RESPONSE", OUTCOME_BROKEN, OUTCOME_BROKEN, true},
        {"MISSING_THOUGHT_SIGNATURE", OUTCOME_BROKEN, OUTCOME_BROKEN, false},
        {"A_WORD_OF_NEXT_YEAR", OUTCOME_BROKEN, OUTCOME_BROKEN, false},
};

TEST(every_finish_reason_has_its_class) {
        for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"candidates\":[{\"finishReason\":\"%s\"}]," USAGE "}",
                                reasons[i].word);
                c = gemini_case(KIND_IMAGE, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, reasons[i].without);
                CHECK_INT(c.result.retryable, reasons[i].retryable);
                CHECK(c.result.billed);
                CHECK(c.result.reason[0]);
                if (reasons[i].word[0] && !streq(reasons[i].word, "STOP"))
                        CHECK_STR(c.result.code, reasons[i].word);
                CHECK_INT(c.result.input_tokens, 12);
                provider_result_done(&c.result);

                (void) snprintf(body, sizeof body,
                                "{\"candidates\":[{\"finishReason\":\"%s\",\"content\":{\"parts\":"
                                "[" FINAL "]}}]}",
                                reasons[i].word);
                c = gemini_case(KIND_IMAGE, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, reasons[i].with);
                provider_result_done(&c.result);
        }
}

TEST(no_finish_reason_at_all_is_no_obstacle) {
        GeminiCase c =
                gemini_case(KIND_IMAGE, "{\"candidates\":[{\"content\":{\"parts\":[" FINAL "]}}]}");

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        provider_result_done(&c.result);
}

TEST(a_blocked_prompt_is_not_billed) {
        static const char *const words[] = {"SAFETY",
                                            "OTHER",
                                            "BLOCKLIST",
                                            "PROHIBITED_CONTENT",
                                            "IMAGE_SAFETY",
                                            "BLOCKED_REASON_UNSPECIFIED",
                                            "MODEL_ARMOR",
                                            "JAILBREAK",
                                            "A_WORD_OF_NEXT_YEAR"};

        for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"promptFeedback\":{\"blockReason\":\"%s\","
                                "\"blockReasonMessage\":\"say \\u001b[31mwhy\"}," USAGE "}",
                                words[i]);
                c = gemini_case(KIND_IMAGE, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_BLOCKED);
                CHECK(!c.result.billed && !c.result.retryable);
                CHECK_STR(c.result.code, words[i]);
                CHECK_HAS(c.result.reason, "'say [31mwhy'");
                provider_result_done(&c.result);
        }
}

TEST(a_block_reason_beside_a_paid_picture_does_not_lose_it) {
        GeminiCase c = gemini_case(
                KIND_IMAGE, "{\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"candidates\":[{"
                            "\"content\":{\"parts\":[" FINAL "]},\"finishReason\":\"STOP\"}]}");

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        provider_result_done(&c.result);
}

TEST(text_in_place_of_a_picture_is_broken_and_quoted) {
        GeminiCase c =
                gemini_case(KIND_IMAGE, CANDIDATE("{\"text\":\"secret thought\",\"thought\":true},"
                                                  "{\"text\":\"I cannot draw people.\"}",
                                                  "STOP"));

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK(c.result.retryable && c.result.billed);
        CHECK_STR(c.result.code, "TEXT_ONLY");
        CHECK_HAS(c.result.reason, "'I cannot draw people.'");
        CHECK(!strstr(c.result.reason, "secret"));
        CHECK_INT(c.result.images, -1);
        provider_result_done(&c.result);
}

TEST(shapes_that_lack_everything_are_broken) {
        static const char *const bodies[] = {
                "{}",
                "{\"candidates\":[]}",
                "{\"candidates\":null}",
                "{\"candidates\":{}}",
                "{\"candidates\":[null]}",
                "{\"candidates\":[7]}",
                "{\"candidates\":[{}]}",
                "{\"candidates\":[{\"content\":{},\"finishReason\":\"STOP\"}]}",
                "{\"candidates\":[{\"content\":\"x\",\"finishReason\":7}]}",
                "{\"candidates\":[{\"content\":{\"parts\":{}},\"finishReason\":\"STOP\"}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[null,1,\"x\",{}]}}]}",
                "{\"candidates\":[{\"content\":{\"parts\":[" DRAFT
                "]},\"finishReason\":\"STOP\"}]}",
                "{\"usageMetadata\":[],\"modelVersion\":7,\"promptFeedback\":\"x\"}",
                "[]",
                "[{},{}]",
                "null",
                "\"text\"",
                "",
                "{\"candidates\":[{",
                "<html>Sorry</html>",
        };

        for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
                GeminiCase c = gemini_case(KIND_IMAGE, bodies[i]);

                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
                CHECK(c.result.retryable && c.result.billed);
                CHECK(c.result.reason[0] && c.result.code[0]);
                provider_result_done(&c.result);
        }
}

TEST(an_error_inside_a_200_is_an_error) {
        GeminiCase c = gemini_case(
                KIND_IMAGE,
                "[{\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\",\"message\":\"full\"}}]");

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_TRANSIENT);
        CHECK(!c.result.billed);
        provider_result_done(&c.result);

        c = gemini_case(KIND_IMAGE, "{\"error\":{\"code\":\"gateway_timeout\"}}");
        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_TRANSIENT);
        CHECK_STR(c.result.code, "gateway_timeout");
        provider_result_done(&c.result);
}

TEST(usage_that_lies_does_no_harm) {
        GeminiCase c = gemini_case(
                KIND_IMAGE, "{\"usageMetadata\":{\"promptTokenCount\":-5,\"candidatesTokenCount\":"
                            "9007199254740992,\"thoughtsTokenCount\":\"9223372036854775807\","
                            "\"candidatesTokensDetails\":[{\"modality\":\"IMAGE\",\"tokenCount\":"
                            "9007199254740992},{\"modality\":\"IMAGE\",\"tokenCount\":"
                            "9007199254740992},7]}}");

        gemini_read(&c);
        CHECK_INT(c.result.input_tokens, -1);
        CHECK(c.result.output_tokens >= 0 && c.result.image_tokens >= 0);
        provider_result_done(&c.result);
}
