/* SPDX-License-Identifier: MIT */

/*
 * What holds for every driver that speaks HTTP, whatever shape an error has: a status means the same
 * to all of them, no error is billed, a poll that tells nothing ends nothing, and an answer with
 * status 200 that is none has been paid for. What is a vendor's own stands in the tests of its
 * driver.
 */

#include <stdio.h>

#include "base/parse.h"
#include "provider/driver.h"
#include "unit/driver_case.h"
#include "unit/http_specs.h"

static const ComfyWorkflow workflow = {.name = "owner/name",
                                       .graph = "{\"6\":{\"class_type\":\"C\",\"inputs\":{}}}"};
static const ProviderSpec spec = {.http = &http_queue, .workflows = &workflow, .n_workflows = 1};

static const struct {
        const char *driver;
        AssetKind kind;
        const char *handle, *going; /* polls: the handle, an answer with a word nobody knows */
} all[] = {
        {"gemini", KIND_IMAGE, NULL, NULL},
        {"gemini", KIND_TEXT, NULL, NULL},
        {"omni", KIND_VIDEO, "v1_a", "{\"id\":\"v1_a\",\"status\":\"dreaming\"}"},
        {"veo", KIND_VIDEO, "models/m/operations/o",
         "{\"name\":\"models/m/operations/o\","
         "\"metadata\":{\"state\":\"DREAMING\"}}"},
        {"openai-text", KIND_TEXT, NULL, NULL},
        {"openai-image", KIND_IMAGE, NULL, NULL},
        {"runway", KIND_VIDEO, "17f20503-6c24-4c16-946b-35dbbce2af2f", "{\"status\":\"DREAMING\"}"},
        {"runway", KIND_IMAGE, "17f20503-6c24-4c16-946b-35dbbce2af2f",
         "{\"status\":\"THROTTLED\"}"},
        {"fal", KIND_VIDEO,
         "{\"status\":\"https://a.example/v1/s\",\"result\":\"https://a.example/v1/r\"}",
         "{\"status\":\"DREAMING\"}"},
        {"replicate", KIND_IMAGE, "gm3qor", "{\"id\":\"gm3qor\",\"status\":\"dreaming\"}"},
        {"comfyui", KIND_IMAGE, "e3b0c442-98fc-1c14-9afb-f4c8996fb924",
         "{\"status\":\"dreaming\"}"},
        {"http", KIND_IMAGE, "p:17", "{\"status\":\"DREAMING\"}"},
};

/* An error as an object, in a list, as text, as no JSON; codes of every type; cut off. */
static const char *const shapes[] = {
        "",
        "{}",
        "[]",
        "null",
        "7",
        "\"text\"",
        "<!DOCTYPE html><html><body>Error</body></html>",
        "upstream connect error",
        "{\"error\":\"plain\"}",
        "{\"error\":null}",
        "{\"error\":[\"x\"]}",
        "{\"error\":{\"message\":\"m\",\"code\":\"7\"}}",
        "{\"error\":{\"message\":\"m\",\"code\":7,\"status\":\"X\"}}",
        "{\"error\":{\"message\":7,\"code\":null,\"details\":{}}}",
        "[{\"error\":{\"message\":\"m\",\"code\":\"x_y\"}}]",
        "{\"detail\":\"d\"}",
        "{\"detail\":[{\"loc\":[\"body\",\"x\"],\"msg\":\"m\",\"type\":\"t\"}]}",
        "{\"message\":\"m\",\"issues\":[{\"path\":[]}]}",
        "{\"error\":{\"message\":\"cut",
};

static const struct {
        int status;
        Outcome outcome;
        bool retryable;
} meanings[] = {
        {307, OUTCOME_REJECTED, false},    {400, OUTCOME_REJECTED, false},
        {401, OUTCOME_CREDENTIALS, false}, {402, OUTCOME_FUNDS, false},
        {403, OUTCOME_CREDENTIALS, false}, {404, OUTCOME_REJECTED, false},
        {408, OUTCOME_TRANSIENT, true},    {410, OUTCOME_REJECTED, false},
        {413, OUTCOME_REJECTED, false},    {422, OUTCOME_REJECTED, false},
        {429, OUTCOME_THROTTLED, true},    {500, OUTCOME_TRANSIENT, true},
        {502, OUTCOME_TRANSIENT, true},    {503, OUTCOME_TRANSIENT, true},
        {504, OUTCOME_TRANSIENT, true},    {599, OUTCOME_TRANSIENT, true},
};

static DriverCase case_of(size_t i) {
        DriverCase c = driver_case(all[i].driver, all[i].kind, "owner/name");

        c.job.base_url = "https://a.example/v1";
        c.job.spec = &spec;
        return c;
}

_noreturn_ static void wrong(size_t i, int status, const char *body, const ProviderResult *r) {
        test_fail(__FILE__, __LINE__,
                  "%s: %d '%s': outcome %d trouble %d code '%s' retryable %d billed %d: %s",
                  all[i].driver, status, body, (int) r->outcome, (int) r->trouble, r->code,
                  r->retryable, r->billed, r->reason);
}

TEST(every_driver_is_here) {
        size_t n, found = 0;
        const Driver *const *drivers = driver_all(&n);

        for (size_t i = 0; i < n; i++)
                for (size_t k = 0; k < ARRAY_LEN(all); k++)
                        if (streq(drivers[i]->name, all[k].driver)) {
                                found++;
                                break;
                        }
        CHECK_INT(found + 2, n); /* local has no answers, and those of exec have no status */
}

TEST(a_status_means_the_same_in_every_shape) {
        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                DriverCase c = case_of(i);

                for (size_t s = 0; s < ARRAY_LEN(shapes); s++)
                        for (size_t m = 0; m < ARRAY_LEN(meanings); m++) {
                                case_reply(&c, meanings[m].status, shapes[s]);
                                if (c.result.outcome != meanings[m].outcome ||
                                    c.result.retryable != meanings[m].retryable || c.result.billed)
                                        wrong(i, meanings[m].status, shapes[s], &c.result);
                        }
                case_done(&c);
        }
}

TEST(a_poll_that_tells_nothing_ends_nothing) {
        static const int troubles[] = {401, 408, 429, 500, 502, 503, 504};

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                DriverCase c = case_of(i);

                for (size_t s = 0; all[i].handle && s < ARRAY_LEN(shapes); s++)
                        for (size_t t = 0; t < ARRAY_LEN(troubles); t++) {
                                case_poll_reply(&c, all[i].handle, troubles[t], shapes[s]);
                                if (c.result.outcome != OUTCOME_OPEN || c.result.handle ||
                                    c.result.trouble == OUTCOME_OPEN || c.result.billed)
                                        wrong(i, troubles[t], shapes[s], &c.result);
                        }
                case_done(&c);
        }
}

TEST(a_poll_with_a_word_nobody_knows_goes_on) {
        static const char *const nothing[] = {
                "", "{}", "[]", "null", "7", "<html>", "{\"status\":7}"};

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                DriverCase c = case_of(i);

                for (size_t s = 0; all[i].handle && s <= ARRAY_LEN(nothing); s++) {
                        const char *body = s < ARRAY_LEN(nothing) ? nothing[s] : all[i].going;

                        case_poll_reply(&c, all[i].handle, 200, body);
                        if (c.result.outcome != OUTCOME_OPEN || c.result.handle || c.result.billed)
                                wrong(i, 200, body, &c.result);
                }
                case_done(&c);
        }
}

TEST(an_answer_that_is_none_has_been_paid_for) {
        static const char *const none[] = {"",  "{}",       "[]",     "null",
                                           "7", "\"text\"", "<html>", "{\"id\":"};

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                DriverCase c = case_of(i);

                for (size_t s = 0; s < ARRAY_LEN(none); s++) {
                        case_reply(&c, 200, none[s]);
                        if (c.result.outcome != OUTCOME_BROKEN || !c.result.billed)
                                wrong(i, 200, none[s], &c.result);
                }
                case_done(&c);
        }
}

/* Whatever an account without money is told: nobody asks again. */
TEST(a_spent_account_is_never_asked_again) {
        static const char *const spent[] = {
                "{\"error\":{\"type\":\"insufficient_quota\",\"code\":\"insufficient_quota\"}}",
                "{\"error\":{\"message\":\"no\",\"code\":\"insufficient_quota\"}}",
                "{\"error\":{\"message\":\"no\",\"type\":\"insufficient_quota\",\"code\":429}}",
        };

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                DriverCase c = case_of(i);
                bool google = streq(all[i].driver, "gemini") || streq(all[i].driver, "veo") ||
                              streq(all[i].driver, "omni");

                for (size_t s = 0; !google && s < ARRAY_LEN(spent); s++) {
                        case_reply(&c, 429, spent[s]);
                        if (c.result.outcome != OUTCOME_FUNDS || c.result.retryable)
                                wrong(i, 429, spent[s], &c.result);
                }
                case_done(&c);
        }
}

TEST(a_model_that_has_ended_is_no_trouble_of_tonight) {
        static const char *const ended[] = {
                "{\"error\":{\"code\":404,\"message\":\"it is gone\",\"status\":\"NOT_FOUND\"}}",
                "{\"error\":{\"message\":\"no model `x`\",\"code\":\"model_not_found\"}}",
                "{\"detail\":\"Application 'x' not found\"}",
                "{\"error\":\"Not found\"}",
        };

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                DriverCase c = case_of(i);

                for (size_t s = 0; s < 2 * ARRAY_LEN(ended); s++) {
                        case_reply(&c, s % 2 ? 404 : 410, ended[s / 2]);
                        if (c.result.outcome != OUTCOME_REJECTED || c.result.retryable ||
                            c.result.billed)
                                wrong(i, 404, ended[s / 2], &c.result);
                }
                case_done(&c);
        }
}

/* Against max_chars, by every driver of copy. */
TEST(characters_are_counted_as_platforms_count_them) {
        static const struct {
                const char *text;
                size_t n;
        } rows[] = {
                {"", 0},
                {"Gr\xc3\xbc\xc3\x9f", 4},
                {"\xe2\x82\xac 5", 3},
                {"\xe6\x96\xb0\xe3\x81\x97\xe3\x82\xab", 6}, /* Chinese, Hiragana, Katakana */
                {"\xea\xb0\x80\xea\xb0\x81", 4},             /* Korean */
                {"\xef\xbc\xa1\xef\xbd\xb1", 3}, /* a full-width A, a half-width Katakana */
                {"\xf0\x9f\x9a\x80", 2},         /* a rocket */
        };
        char body[256];
        DriverCase c = driver_case("openai-text", KIND_TEXT, "m");

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                CHECK_INT(utf8_copy_length(rows[i].text), rows[i].n);
        c.job.max_chars = 4;
        (void) snprintf(body, sizeof body,
                        "{\"choices\":[{\"message\":{\"content\":\"[\\\"%s\\\",\\\"%s\\\"]\"}}]}",
                        rows[3].text, rows[4].text);
        case_reply(&c, 200, body); /* the first is six to Google, and would be refused there */
        CHECK_INT(c.result.n_items, 1);
        CHECK_STR(c.result.items[0].text, rows[4].text);
        case_done(&c);
}

#define GOOGLE "https://us-central1-aiplatform.googleapis.com/v1"
#define STORAGE "https://storage.googleapis.com"

/* Of a project only: its token leads to Cloud Storage, the key of a person nowhere else. */
TEST(a_token_goes_to_cloud_storage_too) {
        static const struct {
                const char *base, *url;
                bool marked, key;
        } rows[] = {
                {GOOGLE "/projects/a/locations/l", STORAGE "/storage/v1/b/my-bucket/o/v?alt=media",
                 true, true},
                {GOOGLE "/projects/a/locations/l", STORAGE "/storage/v1/b/my-bucket/o/v?alt=media",
                 false, false},
                {GOOGLE "/projects/a/locations/l", "https://storage.googleapis.com.evil.example/v",
                 true, false},
                {"https://generativelanguage.googleapis.com/v1beta", STORAGE "/v", true, false},
                {GOOGLE "/publishers/google", STORAGE "/v", true, false},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                DriverCase c = driver_case("veo", KIND_VIDEO, "veo-3.1");
                ResultItem item = {.payload = -1,
                                   .url = (char *) (uintptr_t) rows[i].url,
                                   .url_with_key = rows[i].marked};

                c.job.base_url = rows[i].base;
                CHECK_OK(c.driver->build_fetch(&c.job, &item, &c.call, &c.err), &c.err);
                CHECK_INT(c.call.http.with_key, rows[i].key);
                CHECK_STR(c.call.http.key_origin ? c.call.http.key_origin : "",
                          rows[i].key ? STORAGE : "");
                case_done(&c);
        }
}
