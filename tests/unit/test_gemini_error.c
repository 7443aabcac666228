/* SPDX-License-Identifier: MIT */

/* Errors of Gemini, in the shapes the real service sends. */

#include "unit/gemini_case.h"

#define ERROR(code, status, message) ERROR_WITH(code, status, message, "[]")
#define ERROR_WITH(code, status, message, details)                                                 \
        "{\"error\":{\"code\":" #code ",\"message\":\"" message "\",\"status\":\"" status          \
        "\",\"details\":" details "}}"
#define QUOTA(id, value)                                                                           \
        "{\"@type\":\"type.googleapis.com/google.rpc.QuotaFailure\",\"violations\":[{"             \
        "\"quotaMetric\":\"generativelanguage.googleapis.com/requests\",\"quotaId\":\"" id         \
        "\",\"quotaValue\":\"" value "\"}]}"
#define HELP "{\"@type\":\"type.googleapis.com/google.rpc.Help\",\"links\":[{\"url\":\"x\"}]}"
#define RETRY(s) "{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",\"retryDelay\":\"" s "\"}"
#define EXCEEDED "You exceeded your current quota, please check your plan and billing details."

typedef struct ErrorRow {
        int status;
        const char *body;
        Outcome outcome;
        const char *code;
        ThrottleScope throttle;
        int64_t retry_ms;
} ErrorRow;

static const ErrorRow rows[] = {
        {400, ERROR(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."),
         OUTCOME_CREDENTIALS, "INVALID_ARGUMENT", 0, -1},
        {400,
         ERROR_WITH(400, "INVALID_ARGUMENT", "no",
                    "[{\"@type\":\"x/google.rpc.ErrorInfo\",\"reason\":\"API_KEY_INVALID\"}]"),
         OUTCOME_CREDENTIALS, "INVALID_ARGUMENT", 0, -1},
        {400, ERROR(400, "INVALID_ARGUMENT", "Unknown name imageOutputOptions"), OUTCOME_REJECTED,
         "INVALID_ARGUMENT", 0, -1},
        {400,
         ERROR(400, "FAILED_PRECONDITION",
               "Gemini API free tier is not available in your country. Please enable billing"),
         OUTCOME_FUNDS, "FAILED_PRECONDITION", 0, -1},
        {400, ERROR(400, "FAILED_PRECONDITION", "something else"), OUTCOME_REJECTED,
         "FAILED_PRECONDITION", 0, -1},
        {400, "", OUTCOME_REJECTED, "HTTP_400", 0, -1},
        {401, ERROR(401, "UNAUTHENTICATED", "no"), OUTCOME_CREDENTIALS, "UNAUTHENTICATED", 0, -1},
        {402, "{}", OUTCOME_FUNDS, "HTTP_402", 0, -1},
        {403, ERROR(403, "PERMISSION_DENIED", "Your API key was reported as leaked."),
         OUTCOME_CREDENTIALS, "PERMISSION_DENIED", 0, -1},
        {403, ERROR(403, "PERMISSION_DENIED", "This API method requires billing to be enabled."),
         OUTCOME_FUNDS, "PERMISSION_DENIED", 0, -1},
        {404, ERROR(404, "NOT_FOUND", "This model models/x is no longer available."),
         OUTCOME_REJECTED, "MODEL_RETIRED", 0, -1},
        {404, ERROR(404, "NOT_FOUND", "models/x is not found for API version v1"), OUTCOME_REJECTED,
         "NOT_FOUND", 0, -1},
        {429,
         ERROR_WITH(429, "RESOURCE_EXHAUSTED", EXCEEDED,
                    "[" QUOTA("GenerateRequestsPerMinutePerProject", "10") "," HELP
                                                                           "," RETRY("34.07s") "]"),
         OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", THROTTLE_MINUTE, 34070},
        {429,
         ERROR_WITH(429, "RESOURCE_EXHAUSTED", EXCEEDED,
                    "[" QUOTA("GenerateRequestsPerMinutePerProject",
                              "10") "," QUOTA("GenerateRequestsPerDayPerProjectPerModel",
                                              "250") "," RETRY("34s") "]"),
         OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", THROTTLE_DAY, -1},
        {429,
         ERROR_WITH(429, "RESOURCE_EXHAUSTED", EXCEEDED,
                    "[" QUOTA("GenerateRequestsPerDayPerProjectPerModel-FreeTier",
                              "0") "," RETRY("34s") "]"),
         OUTCOME_REJECTED, "RESOURCE_EXHAUSTED", 0, -1},
        {429, ERROR(429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 0, model: x"),
         OUTCOME_REJECTED, "RESOURCE_EXHAUSTED", 0, -1},
        {429, ERROR(429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 0"), OUTCOME_REJECTED,
         "RESOURCE_EXHAUSTED", 0, -1},
        {429, ERROR(429, "RESOURCE_EXHAUSTED", "Quota exceeded, limit: 05, model: x"),
         OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", THROTTLE_MINUTE, -1},
        {429, ERROR(429, "RESOURCE_EXHAUSTED", "requests per day for this project"),
         OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", THROTTLE_DAY, -1},
        {429, ERROR_WITH(429, "RESOURCE_EXHAUSTED", EXCEEDED, "[" HELP "]"), OUTCOME_THROTTLED,
         "RESOURCE_EXHAUSTED", THROTTLE_MINUTE, -1},
        {429, ERROR(429, "RESOURCE_EXHAUSTED", "Your project has exceeded its spend limit."),
         OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", THROTTLE_SPEND, -1},
        {429, ERROR(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."),
         OUTCOME_FUNDS, "RESOURCE_EXHAUSTED", 0, -1},
        {429, "slow down", OUTCOME_THROTTLED, "HTTP_429", THROTTLE_MINUTE, -1},
        {408, "", OUTCOME_TRANSIENT, "HTTP_408", 0, -1},
        {499, ERROR(499, "CANCELLED", "x"), OUTCOME_TRANSIENT, "CANCELLED", 0, -1},
        {500, ERROR(500, "INTERNAL", "x"), OUTCOME_TRANSIENT, "INTERNAL", 0, -1},
        {502, "<!DOCTYPE html><html>Error 502</html>", OUTCOME_TRANSIENT, "HTTP_502", 0, -1},
        {503, "[" ERROR_WITH(503, "UNAVAILABLE", "overloaded", "[" RETRY("2s") "]") "]",
         OUTCOME_TRANSIENT, "UNAVAILABLE", 0, 2000},
        {504, ERROR(504, "DEADLINE_EXCEEDED", "x"), OUTCOME_TRANSIENT, "DEADLINE_EXCEEDED", 0, -1},
        {504, ERROR("gateway_timeout", "", "x"), OUTCOME_TRANSIENT, "gateway_timeout", 0, -1},
        {599, "{\"error\":\"plain text\"}", OUTCOME_TRANSIENT, "HTTP_599", 0, -1},
        {405, "", OUTCOME_REJECTED, "HTTP_405", 0, -1},
        {413, "{\"error\":[]}", OUTCOME_REJECTED, "HTTP_413", 0, -1},
        {307, "", OUTCOME_REJECTED, "HTTP_307", 0, -1},
};

TEST(every_error_has_its_class) {
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                GeminiCase c = gemini_case(KIND_IMAGE, rows[i].body);

                c.reply.status = rows[i].status;
                c.reply.n_payloads = 0;
                gemini_read(&c);
                if (c.result.outcome != rows[i].outcome)
                        test_fail(__FILE__, __LINE__, "row %zu: %d '%s'", i, rows[i].status,
                                  rows[i].body);
                CHECK_STR(c.result.code, rows[i].code);
                CHECK(!c.result.billed);
                CHECK_INT(c.result.retryable, rows[i].outcome == OUTCOME_TRANSIENT ||
                                                      rows[i].outcome == OUTCOME_THROTTLED);
                if (rows[i].outcome == OUTCOME_THROTTLED)
                        CHECK_INT(c.result.throttle, rows[i].throttle);
                CHECK_INT(c.result.retry_after_ms, rows[i].retry_ms);
                CHECK(c.result.reason[0]);
                provider_result_done(&c.result);
        }
}

TEST(a_retired_model_says_what_to_change) {
        GeminiCase c = gemini_case(KIND_IMAGE,
                                   ERROR(404, "NOT_FOUND", "models/x is no longer available."));

        c.reply.status = 404;
        gemini_read(&c);
        CHECK_HAS(c.result.reason, "model 'gemini-nano-banana-2.1' is retired");
        CHECK_HAS(c.result.reason, "change 'model:'");
        provider_result_done(&c.result);
}

TEST(the_longer_of_header_and_body_is_waited_for) {
        static const struct {
                int64_t header_ms;
                const char *delay;
                int64_t want_ms;
        } waits[] = {
                {5000, "2s", 5000},
                {1000, "2s", 2000},
                {-1, "0.0005s", 0},
                {-1, "1.5", -1},
                {-1, "x", -1},
                {-1, "-3s", -1},
                {-1, "99999999s", -1},
                {-1, "600.5s", 600500},
                {INT64_MAX, "1s", 86400000},
                {-1, "12345678901234567890s", -1},
        };

        for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
                char body[512];
                GeminiCase c;

                (void) snprintf(body, sizeof body,
                                "{\"error\":{\"code\":429,\"details\":[{\"retryDelay\":\"%s\"}]}}",
                                waits[i].delay);
                c = gemini_case(KIND_IMAGE, body);
                c.reply.status = 429;
                c.reply.retry_after_ms = waits[i].header_ms;
                gemini_read(&c);
                CHECK_INT(c.result.retry_after_ms, waits[i].want_ms);
                provider_result_done(&c.result);
        }
}

TEST(keys_in_error_texts_are_struck_out) {
        static const char *const bodies[] = {
                ERROR(403, "PERMISSION_DENIED",
                      "Consumer 'api_key:AIzaSyD4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ123' suspended."),
                ERROR(403, "PERMISSION_DENIED",
                      "denied for AIzaSyD4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ123"),
                ERROR(403, "PERMISSION_DENIED",
                      "GET /v1/x?key=AIzaSyD4e5F6g7H8i9J0kLmNoPqRsTuVwXyZ123&alt=media"),
        };

        for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
                GeminiCase c = gemini_case(KIND_IMAGE, bodies[i]);

                c.reply.status = 403;
                gemini_read(&c);
                CHECK_HAS(c.result.reason, "[removed]");
                CHECK(!strstr(c.result.reason, "AIza"));
                provider_result_done(&c.result);
        }
}

TEST(error_texts_are_cut_and_printable) {
        char body[2048] = "{\"error\":{\"message\":\"";
        GeminiCase c;

        for (int i = 0; i < 100; i++)
                strncat(body, "\\u001b\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\\n",
                        sizeof body - strlen(body) - 1);
        strncat(body, "\"}}", sizeof body - strlen(body) - 1);
        c = gemini_case(KIND_IMAGE, body);
        c.reply.status = 500;
        gemini_read(&c);
        CHECK(strlen(c.result.reason) < RESULT_REASON_MAX);
        for (const char *p = c.result.reason; *p; p++)
                CHECK((unsigned char) *p >= 0x20 && *p != 0x7f);
        CHECK_STR(c.result.reason + strlen(c.result.reason) - 3, "...");
        provider_result_done(&c.result);
}
