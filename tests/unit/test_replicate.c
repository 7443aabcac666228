/* SPDX-License-Identifier: MIT */

/* Replicate: predictions of any model, from their start or at once. */

#include "unit/driver_case.h"

#define P(status, more)                                                                            \
        "{\"id\":\"gm3qor\",\"model\":\"owner/name\",\"version\":\"v\",\"status\":\"" status       \
        "\"" more                                                                                  \
        ",\"metrics\":{\"predict_time\":1.5},\"urls\":{\"get\":\"https://evil.example/\"}}"

static DriverCase prediction(void) {
        return driver_case("replicate", KIND_IMAGE, "black-forest-labs/flux-1.1-pro");
}

TEST(a_prediction_of_an_official_model) {
        DriverCase c = prediction();

        case_param(&c, "aspect_ratio", "16:9");
        case_param(&c, "input", "{\"output_format\":\"png\"}");
        case_reference(&c, "/a.png");
        case_build(&c);
        CHECK_STR(c.call.http.url, "https://api.replicate.com/v1/models/black-forest-labs/"
                                   "flux-1.1-pro/predictions");
        CHECK_STR(c.call.http.key_prefix, "Bearer ");
        CHECK_STR(case_at(&c, "input.prompt"), "a \"red\" bicycle");
        CHECK_STR(case_at(&c, "input.aspect_ratio"), "16:9");
        CHECK_STR(case_at(&c, "input.output_format"), "png");
        CHECK_STR(case_at(&c, "input.image"), "data:image/png;base64,<FILE:/a.png>");
        CHECK_INT(json_length(c.body), 1);
        CHECK_INT(json_length(json_get(c.body, "input")), 4);
        case_done(&c);
}

TEST(a_prediction_of_a_version) {
        DriverCase c = prediction();

        c.job.kind = KIND_VIDEO;
        c.job.model = "owner/name:5c7d5dc6";
        case_param(&c, "seconds", "5");
        case_build(&c);
        CHECK_STR(c.call.http.url, "https://api.replicate.com/v1/predictions");
        CHECK_STR(case_at(&c, "version"), "5c7d5dc6");
        CHECK_INT(case_int_at(&c, "input", "duration"), 5);
        CHECK(!case_at(&c, "input.duration"));
        case_done(&c);
}

TEST(what_cannot_be_asked_for) {
        static const char *const names[] = {
                "flux", "a/b/c", "a/b:", "a/b:c/d", "a/b:c:d", "a/..:x"};
        DriverCase c = prediction();

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                c.job.model = names[i];
                case_refuses(&c, "is no model name: owner/name");
        }
        c.job.kind = KIND_TEXT;
        case_refuses(&c, "makes no 'text'");
        case_done(&c);
}

TEST(a_prediction_is_accepted) {
        static const int created[] = {200, 201, 202}; /* nobody confirmed which */
        DriverCase c = prediction();

        for (size_t i = 0; i < ARRAY_LEN(created); i++) {
                case_reply(&c, created[i], P("starting", ",\"output\":null,\"error\":null"));
                CHECK_INT(c.result.outcome, OUTCOME_OPEN);
                CHECK_STR(c.result.handle, "gm3qor");
        }
        CHECK_STR(c.result.model_returned, "owner/name");
        case_check_call_for(&c, c.driver->build_poll, "gm3qor", "GET",
                            "https://api.replicate.com/v1/predictions/gm3qor");
        case_check_call_for(&c, c.driver->build_cancel, "gm3qor", "POST",
                            "https://api.replicate.com/v1/predictions/gm3qor/cancel");
        case_check_call_for(&c, c.driver->build_poll, "a/b", "GET", NULL);
        case_done(&c);
}

static const ReplyRow rows[] = {
        {201, "{}", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {201, "x", OUTCOME_BROKEN, "HANDLE", false, true, NULL},
        {201, P("failed", ",\"error\":\"CUDA out of memory\""), OUTCOME_BROKEN, "failed", true,
         true, "CUDA out of memory"},
        {201, P("failed", ",\"error\":{\"x\":1}"), OUTCOME_BROKEN, "failed", true, true,
         "does not say why"},
        {201, P("failed", ",\"error\":\"The input was flagged as sensitive. (E005)\""),
         OUTCOME_BLOCKED, "failed", false, true, "safety filter"},
        {201, P("canceled", ""), OUTCOME_REJECTED, "canceled", false, true, NULL},
        {201, P("aborted", ""), OUTCOME_TRANSIENT, "aborted", true, false, NULL},
        {201, P("succeeded", ",\"output\":null"), OUTCOME_BROKEN, "NO_OUTPUT", false, true, NULL},
        {201, P("succeeded", ",\"output\":null,\"data_removed\":true"), OUTCOME_BROKEN, "EXPIRED",
         false, true, "for an hour"},
        {401,
         "{\"title\":\"Unauthenticated\",\"detail\":\"You did not pass a token\",\"status\":401}",
         OUTCOME_CREDENTIALS, "HTTP_401", false, false, "did not pass"},
        {402, "{\"title\":\"Insufficient credit\",\"detail\":\"You have insufficient credit\"}",
         OUTCOME_FUNDS, "HTTP_402", false, false, NULL},
        {404, "{\"detail\":\"The requested resource could not be found.\",\"status\":404}",
         OUTCOME_REJECTED, "NOT_FOUND", false, false, NULL},
        {422,
         "{\"title\":\"Input validation failed\",\"detail\":\"- input: prompt is required\\n\","
         "\"status\":422}",
         OUTCOME_REJECTED, "HTTP_422", false, false, "prompt is required"},
        {429, "{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}",
         OUTCOME_THROTTLED, "HTTP_429", true, false, NULL},
        {500, "{\"detail\":\"x\"}", OUTCOME_TRANSIENT, "HTTP_500", true, false, NULL},
};

TEST(every_answer_has_its_class) {
        DriverCase c = prediction();

        case_check_replies(&c, rows, ARRAY_LEN(rows));
        case_reply(&c, 429,
                   "{\"detail\":\"Request was throttled. Your rate limit resets in ~30s.\"}");
        CHECK_INT(c.result.retry_after_ms, 30000);
        case_done(&c);
}

TEST(polls) {
        static const char *const going[] = {
                P("starting", ""), P("processing", ""), P("pondering", ""), "{}", "[]", "x"};
        DriverCase c = prediction();

        for (size_t i = 0; i < ARRAY_LEN(going); i++) {
                case_poll_reply(&c, "gm3qor", 200, going[i]);
                CHECK_INT(c.result.outcome, OUTCOME_OPEN);
                CHECK(!c.result.handle && c.result.trouble == OUTCOME_OPEN);
        }
        case_poll_reply(&c, "gm3qor", 429, "{\"detail\":\"resets in ~5s\"}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_INT(c.result.trouble, OUTCOME_THROTTLED);
        CHECK_INT(c.result.retry_after_ms, 5000);
        case_poll_reply(&c, "gm3qor", 404, "<html>");
        CHECK_INT(c.result.trouble, OUTCOME_TRANSIENT);
        case_poll_reply(&c, "gm3qor", 404, "{\"detail\":\"x\"}");
        CHECK_INT(c.result.outcome, OUTCOME_OPEN);
        CHECK_INT(c.result.trouble, OUTCOME_UNKNOWN);
        CHECK_STR(c.result.request_id, "gm3qor");
        case_done(&c);
}

TEST(outputs_of_every_type) {
        static const struct {
                const char *output;
                size_t n;
        } outputs[] = {
                {"\"https://replicate.delivery/1\"", 1},
                {"[\"https://replicate.delivery/1\",\"https://replicate.delivery/2\"]", 2},
                {"{\"image\":\"https://replicate.delivery/1\",\"mask\":\"https://x/no\"}", 1},
                {"[\"a\",\"text\"]", 0},
                {"7", 0},
        };
        DriverCase c = prediction();

        c.job.want = 2;
        for (size_t i = 0; i < ARRAY_LEN(outputs); i++) {
                char body[400];

                (void) snprintf(body, sizeof body, P("succeeded", ",\"output\":%s"),
                                outputs[i].output);
                case_poll_reply(&c, "gm3qor", 200, body);
                CHECK_INT(c.result.n_items, outputs[i].n);
                CHECK_INT(c.result.outcome, outputs[i].n ? OUTCOME_MADE : OUTCOME_BROKEN);
                if (outputs[i].n)
                        CHECK_STR(c.result.items[0].url, "https://replicate.delivery/1");
                CHECK_HAS(c.result.usage, "predict_time");
        }
        case_reply(&c, 201, P("succeeded", ",\"output\":\"https://replicate.delivery/1\""));
        CHECK_INT(c.result.outcome, OUTCOME_MADE); /* in the first answer already */
        provider_call_done(&c.call);
        CHECK_OK(c.driver->build_fetch(&c.job, &c.result.items[0], &c.call, &c.err), &c.err);
        CHECK(!c.call.http.with_key);
        case_done(&c);
}
