/* SPDX-License-Identifier: MIT */

/* Copy from Gemini: JSON in the text parts of an answer. */

#include "unit/gemini_case.h"

#define CANDIDATE(parts, reason)                                                                   \
        "{\"candidates\":[{\"content\":{\"role\":\"model\",\"parts\":[" parts                      \
        "]},\"finishReason\":\"" reason "\",\"index\":0}]}"
#define COPY(json) CANDIDATE("{\"text\":\"hm\",\"thought\":true},{\"text\":\"" json "\"}", "STOP")

TEST(variants_are_taken_up_to_what_is_wanted) {
        GeminiCase c = gemini_case(
                KIND_TEXT, COPY("{\\\"variants\\\":[\\\" One \\\",\\\"Two\\\",\\\"One\\\",\\\"\\\","
                                "7,\\\"Three\\\",\\\"Four\\\"]}"));

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_MADE);
        CHECK_INT(c.result.n_items, 3);
        CHECK_STR(c.result.items[0].text, "One");
        CHECK_STR(c.result.items[1].text, "Two");
        CHECK_STR(c.result.items[2].text, "Three");
        CHECK_INT(c.result.items[0].payload, -1);
        provider_result_done(&c.result);
}

TEST(fewer_variants_than_wanted_are_taken) {
        GeminiCase c = gemini_case(KIND_TEXT, COPY("[\\\"Only\\\"]"));

        gemini_read(&c);
        CHECK_INT(c.result.n_items, 1);
        provider_result_done(&c.result);
}

TEST(copy_in_several_parts_is_one_text) {
        GeminiCase c = gemini_case(KIND_TEXT, CANDIDATE("{\"text\":\"{\\\"variants\\\":[\\\"On\"},"
                                                        "{\"text\":\"hm\",\"thought\":true},"
                                                        "{\"text\":\"e\\\"]}\"}",
                                                        "STOP"));

        gemini_read(&c);
        CHECK_STR(c.result.items[0].text, "One");
        provider_result_done(&c.result);
}

TEST(too_long_variants_are_dropped_by_characters) {
        GeminiCase c =
                gemini_case(KIND_TEXT, COPY("[\\\"abcdef\\\",\\\"\\u00e4\\u00e4\\u00e4\\u00e4"
                                            "\\u00e4\\\",\\\"abc\\\"]"));

        c.job.max_chars = 5;
        gemini_read(&c);
        CHECK_INT(c.result.n_items, 2);
        CHECK_STR(c.result.items[1].text, "abc");
        provider_result_done(&c.result);

        c = gemini_case(KIND_TEXT, COPY("[\\\"abcdef\\\"]"));
        c.job.max_chars = 5;
        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
        CHECK(c.result.retryable && c.result.billed);
        CHECK_STR(c.result.code, "NO_VARIANT");
        provider_result_done(&c.result);
}

TEST(copy_that_is_no_json_is_broken_and_cut_copy_is_not_repeated) {
        static const char *const texts[] = {"not json", "{\\\"variants\\\":[\\\"On", "",
                                            "7",        "{\\\"variants\\\":{}}",     "{}"};

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}]},"
                                "\"finishReason\":\"STOP\"}]}",
                                texts[i]);
                c = gemini_case(KIND_TEXT, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
                CHECK(c.result.retryable && c.result.billed);
                provider_result_done(&c.result);
        }
        for (int i = 0; i < 2; i++) {
                GeminiCase c = gemini_case(KIND_TEXT,
                                           i ? CANDIDATE("{\"text\":\"[\\\"On\"}", "MAX_TOKENS")
                                             : CANDIDATE("{\"text\":\"[\\\"On\"}", "CONTINUATION"));

                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_BROKEN);
                CHECK(!c.result.retryable && c.result.billed);
                CHECK_STR(c.result.code, i ? "MAX_TOKENS" : "CONTINUATION");
                CHECK_HAS(c.result.reason, i ? "max_output_tokens" : "further paid call");
                provider_result_done(&c.result);
        }
}

/* It is paid for: what came whole is kept. */
TEST(cut_copy_keeps_its_whole_variants) {
        static const struct {
                const char *text;
                size_t n;
        } cases[] = {
                {"{\\\"variants\\\":[\\\"One\\\",\\\"Two\\\",\\\"Thr", 2},
                {"{\\\"variants\\\":[\\\"One\\\"", 1},
                {"[\\\"On]e\\\",\\\"T\\\\\\\"wo\\\",", 2},
                {"```json\\n[\\\"One\\\", \\\"Tw", 1},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"%s\"}]},"
                                "\"finishReason\":\"MAX_TOKENS\"}]}",
                                cases[i].text);
                c = gemini_case(KIND_TEXT, body);
                gemini_read(&c);
                CHECK_INT(c.result.outcome, OUTCOME_MADE);
                CHECK_INT(c.result.n_items, cases[i].n);
                CHECK(c.result.billed);
                provider_result_done(&c.result);
        }
}

TEST(blocked_copy_is_blocked) {
        GeminiCase c = gemini_case(KIND_TEXT, CANDIDATE("{\"text\":\"[\\\"One\\\"]\"}", "SAFETY"));

        gemini_read(&c);
        CHECK_INT(c.result.outcome, OUTCOME_BLOCKED);
        CHECK(c.result.billed && !c.result.retryable);
        provider_result_done(&c.result);
}
