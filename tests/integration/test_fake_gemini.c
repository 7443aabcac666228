/* SPDX-License-Identifier: MIT */

/*
 * The gemini driver against the fake, over a socket: the driver's requests pass the fake's checks,
 * and each scripted answer gets the outcome it stands for. Also the fake's own promises: what it
 * refuses, what it logs, how it breaks connections.
 */

#include <stdio.h>

#include "base/parse.h"
#include "base/strbuf.h"
#include "provider/provider.h"
#include "support/fake_client.h"
#include "support/test.h"

enum {
        PAYLOADS_MAX = 8,
};

/* What the network layer does with payloads, on a body in memory: each "data" string becomes
 * "payload:<index>". Returns how many; the first bytes of each are kept decoded enough to tell a
 * PNG by its base64 ("iVBORw0KGgo"). */
static size_t pick_payloads(char *body, bool png[static PAYLOADS_MAX]) {
        static const char *const names[] = {"\"data\":\""};
        size_t n = 0;

        for (char *p = body; *p; p++)
                for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                        char *value = p + strlen(names[i]), *end, mark[16];

                        if (strncmp(p, names[i], strlen(names[i])) != 0)
                                continue;
                        end = strchr(value, '"');
                        CHECK(end && n < PAYLOADS_MAX);
                        png[n] = strncmp(value, "iVBORw0KGgo", 11) == 0;
                        (void) snprintf(mark, sizeof mark, "payload:%zu", n++);
                        if ((size_t) (end - value) < strlen(mark)) /* a short signature */
                                continue;
                        memcpy(value, mark, strlen(mark));
                        memmove(value + strlen(mark), end, strlen(end) + 1);
                }
        return n;
}

typedef struct Job {
        ProviderJob job;
        Json *params;
} Job;

static Job job_of(AssetKind kind, const FakeServer *s) {
        static const char text[] = "{\"aspect_ratio\":\"9:16\",\"image_size\":\"1K\"}";
        Job j = {.job = {.kind = kind,
                         .model = kind == KIND_IMAGE ? "gemini-nano-banana-2.1"
                                                     : "gemini-3.5-flash-lite",
                         .prompt = "a \"red\" bicycle",
                         .want = 3,
                         .seed = 7,
                         .base_url = s->base_url}};

        CHECK_OK(json_parse(kind == KIND_IMAGE ? text : "{}", kind == KIND_IMAGE ? strlen(text) : 2,
                            &j.params, NULL),
                 NULL);
        j.job.params = j.params;
        return j;
}

/* The driver's request, over the wire. */
static Exchange call(const FakeServer *s, const ProviderJob *job) {
        ProviderCall c = {0};
        Err err = {0};
        Exchange e;

        CHECK_OK(driver_find("gemini")->build(job, &c, &err), &err);
        CHECK_INT(c.http.n_body, 1);
        e = exchange(s, c.http.method,
                     c.http.url + strlen("http://127.0.0.1:") +
                             strcspn(c.http.url + strlen("http://127.0.0.1:"), "/"),
                     "Content-Type: application/json\r\nx-goog-api-key: test-key\r\n",
                     c.http.body[0].text);
        provider_call_done(&c);
        return e;
}

static ProviderResult read_answer(const ProviderJob *job, Exchange *e,
                                  bool png[static PAYLOADS_MAX]) {
        ReplyPayload payloads[PAYLOADS_MAX] = {0};
        ProviderReply reply = {.status = e->status,
                               .retry_after_ms = -1,
                               .n_payloads = pick_payloads(e->body, png),
                               .payloads = payloads,
                               .envelope = e->body};
        ProviderResult result;
        Err err = {0};

        reply.envelope_n = strlen(e->body);
        CHECK_OK(driver_find("gemini")->parse(job, &reply, &result, &err), &err);
        return result;
}

static const struct {
        const char *action;
        AssetKind kind;
        Outcome outcome;
        const char *code;
        bool retryable, billed;
} rows[] = {
        {"ok", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"ok", KIND_TEXT, OUTCOME_MADE, "STOP", false, true},
        {"delay 30", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"drip 2000", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"nodraft", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"snake", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"truncpng", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"wrongratio", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"file own", KIND_IMAGE, OUTCOME_MADE, "STOP", false, true},
        {"finishwith MAX_TOKENS", KIND_IMAGE, OUTCOME_MADE, "MAX_TOKENS", false, true},
        {"badjson", KIND_IMAGE, OUTCOME_BROKEN, "BAD_JSON", true, true},
        {"badjson", KIND_TEXT, OUTCOME_BROKEN, "BAD_JSON", true, true},
        {"html200", KIND_IMAGE, OUTCOME_BROKEN, "BAD_JSON", true, true},
        {"thoughtonly", KIND_IMAGE, OUTCOME_BROKEN, "TEXT_ONLY", true, true},
        {"textonly", KIND_IMAGE, OUTCOME_BROKEN, "TEXT_ONLY", true, true},
        {"cutcopy", KIND_TEXT, OUTCOME_MADE, "MAX_TOKENS", false, true}, /* what is whole of it */
        {"finish NO_IMAGE", KIND_IMAGE, OUTCOME_BROKEN, "NO_IMAGE", true, true},
        {"finish IMAGE_SAFETY", KIND_IMAGE, OUTCOME_BLOCKED, "IMAGE_SAFETY", false, true},
        {"block PROHIBITED_CONTENT", KIND_IMAGE, OUTCOME_BLOCKED, "PROHIBITED_CONTENT", false,
         false},
        {"nocandidates", KIND_IMAGE, OUTCOME_BROKEN, "NO_CANDIDATE", true, true},
        {"emptycandidates", KIND_IMAGE, OUTCOME_BROKEN, "NO_CANDIDATE", true, true},
        {"nocontent", KIND_IMAGE, OUTCOME_BROKEN, "TEXT_ONLY", true, true},
        {"noparts", KIND_TEXT, OUTCOME_BROKEN, "STOP", true, true},
        {"429minute 7", KIND_IMAGE, OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", true, false},
        {"429day", KIND_IMAGE, OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", true, false},
        {"429zero", KIND_IMAGE, OUTCOME_REJECTED, "RESOURCE_EXHAUSTED", false, false},
        {"429spend", KIND_IMAGE, OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", true, false},
        {"429header 9", KIND_IMAGE, OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", true, false},
        {"503", KIND_TEXT, OUTCOME_TRANSIENT, "UNAVAILABLE", true, false},
        {"array503", KIND_IMAGE, OUTCOME_TRANSIENT, "UNAVAILABLE", true, false},
        {"html502", KIND_IMAGE, OUTCOME_TRANSIENT, "HTTP_502", true, false},
        {"empty500", KIND_IMAGE, OUTCOME_TRANSIENT, "HTTP_500", true, false},
        {"key400", KIND_IMAGE, OUTCOME_CREDENTIALS, "INVALID_ARGUMENT", false, false},
        {"leaked403", KIND_IMAGE, OUTCOME_CREDENTIALS, "PERMISSION_DENIED", false, false},
        {"billing400", KIND_IMAGE, OUTCOME_FUNDS, "FAILED_PRECONDITION", false, false},
        {"retired404", KIND_IMAGE, OUTCOME_REJECTED, "MODEL_RETIRED", false, false},
        {"error 500 INTERNAL went wrong", KIND_IMAGE, OUTCOME_TRANSIENT, "INTERNAL", true, false},
};

TEST(every_scripted_answer_has_its_outcome) {
        _cleanup_(strbuf_done) StrBuf script = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *log = NULL;
        FakeServer s;

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                CHECK(strbuf_printf(&script, "* %s\n", rows[i].action) >= 0);
        s = fake_start(strbuf_text(&script), NULL);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Job j = job_of(rows[i].kind, &s);
                Exchange e = call(&s, &j.job);
                bool png[PAYLOADS_MAX] = {0};
                ProviderResult r = read_answer(&j.job, &e, png);

                if (r.outcome != rows[i].outcome || !streq(r.code, rows[i].code) ||
                    r.retryable != rows[i].retryable || r.billed != rows[i].billed)
                        test_fail(__FILE__, __LINE__, "'%s': outcome %d, code '%s', reason '%s'",
                                  rows[i].action, r.outcome, r.code, r.reason);
                if (r.n_items > 0 && rows[i].kind == KIND_IMAGE && !r.items[0].url)
                        CHECK(png[r.items[0].payload]);
                if (r.outcome == OUTCOME_MADE && rows[i].kind == KIND_TEXT)
                        CHECK_INT(r.n_items, streq(rows[i].action, "cutcopy") ? 1 : 3);
                provider_result_done(&r);
                exchange_done(&e);
                (void) json_free(j.params);
        }
        log = fake_stop(&s);
        CHECK(!strstr(log, "refused"));
}

/* How a connection ends, seen from the other side. */
TEST(connections_break_as_scripted) {
        FakeServer s = fake_start("* reset before\n* reset headers\n* reset body\n* close body\n"
                                  "* short\n",
                                  NULL);
        Job j = job_of(KIND_IMAGE, &s);
        static const struct {
                int error, status;
                bool some_body;
        } ends[] = {{ECONNRESET, 0, false},
                    {ECONNRESET, 200, false},
                    {ECONNRESET, 200, true},
                    {0, 200, true},
                    {0, 200, true}};
        _cleanup_(freep) char *log = NULL;

        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
                Exchange e = call(&s, &j.job);
                const char *length = strstr(e.text, "Content-Length: ");
                int64_t declared = 0;

                CHECK_INT(e.error, ends[i].error);
                CHECK_INT(e.status, ends[i].status);
                CHECK_INT(*e.body != '\0', ends[i].some_body);
                if (e.status) {
                        char digits[24];

                        CHECK(length);
                        length += strlen("Content-Length: ");
                        (void) snprintf(digits, sizeof digits, "%.*s", (int) strcspn(length, "\r"),
                                        length);
                        CHECK(parse_int(digits, 0, FAKE_ANSWER_MAX, &declared) >= 0);
                        CHECK((size_t) declared > strlen(e.body));
                }
                exchange_done(&e);
        }
        (void) json_free(j.params);
        log = fake_stop(&s);
        CHECK_HAS(log, "\"event\":\"cut\"");
}

TEST(bodies_come_in_chunks_when_asked) {
        FakeServer s = fake_start("* chunked\n", NULL);
        Job j = job_of(KIND_IMAGE, &s);
        Exchange e = call(&s, &j.job);
        _cleanup_(freep) char *log = NULL;

        CHECK_HAS(e.text, "Transfer-Encoding: chunked\r\n");
        CHECK(!strstr(e.text, "Content-Length"));
        CHECK_STR(e.text + e.n - 5, "0\r\n\r\n");
        exchange_done(&e);
        (void) json_free(j.params);
        log = fake_stop(&s);
}

#define GOOD "{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}]}"
#define CONFIG(c) "{\"contents\":[{\"parts\":[{\"text\":\"x\"}]}],\"generationConfig\":{" c "}}"
#define PATH "/v1/models/gemini-nano-banana-2.1:generateContent"
#define TYPE "Content-Type: application/json\r\n"
#define KEY "x-goog-api-key: test-key\r\n"

static const struct {
        const char *method, *path, *headers, *body;
        int status;
        const char *says;
} refusals[] = {
        {"POST", PATH, TYPE KEY, GOOD, 200, "candidates"},
        {"POST", "/v1beta/models/m-1:generateContent", TYPE KEY, GOOD, 200, "Ready when you are"},
        {"GET", "/v1/files/a:download?alt=media", KEY, "", 200, "PNG"},
        {"GET", "/v1/files/a:download", KEY, "", 200, "ACTIVE"},
        {"GET", "/v1/files/a", "", "", 403, "unregistered callers"},
        {"GET", PATH, TYPE KEY, "", 404, "NOT_FOUND"},
        {"POST", "/v1/models/m:predict", TYPE KEY, GOOD, 404, "NOT_FOUND"},
        {"POST", "/v2/models/m:generateContent", TYPE KEY, GOOD, 404, "NOT_FOUND"},
        {"POST", PATH, TYPE, GOOD, 403, "unregistered callers"},
        {"POST", PATH, TYPE "x-goog-api-key: test-kez\r\n", GOOD, 400, "API key not valid"},
        {"POST", PATH, KEY, GOOD, 400, "Content-Type"},
        {"POST", PATH, TYPE KEY, "{", 400, "Invalid JSON payload"},
        {"POST", PATH, TYPE KEY, "{\"contents\":[]}", 400, "contents is not specified"},
        {"POST", PATH, TYPE KEY, "{\"config\":{}}", 400, "Unknown name \\\"config\\\""},
        {"POST", PATH, TYPE KEY, CONFIG("\"imageSize\":\"2K\""), 400,
         "at 'generation_config': Cannot find field."},
        {"POST", PATH, TYPE KEY, CONFIG("\"imageConfig\":{\"imageSize\":\"2k\"}"), 400,
         "image_size"},
        {"POST", PATH, TYPE KEY, CONFIG("\"imageConfig\":{\"aspectRatio\":\"auto\"}"), 400,
         "aspect_ratio"},
        {"POST", PATH, TYPE KEY, CONFIG("\"image_config\":{\"aspect_ratio\":\"16:9\"}"), 200,
         "candidates"},
        {"POST", PATH, TYPE KEY, CONFIG("\"candidateCount\":2"), 400, "Multiple candidates"},
        {"POST", PATH, TYPE KEY, CONFIG("\"seed\":2147483648"), 400, "TYPE_INT32"},
        {"POST", PATH, TYPE KEY, CONFIG("\"seed\":\"x\""), 400, "generation_config.seed"},
        {"POST", PATH, TYPE KEY, CONFIG("\"responseMimeType\":\"application/json\""), 400,
         "JSON mode"},
        {"POST", PATH, TYPE KEY, CONFIG("\"responseModalities\":[\"PICTURE\"]"), 400,
         "response_modalities"},
        {"POST", PATH, TYPE KEY,
         "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":"
         "\"a*c=\"}}]}]}",
         400, "Base64 decoding failed"},
        {"POST", PATH, TYPE KEY,
         "{\"contents\":[{\"parts\":[{\"inlineData\":{\"mimeType\":\"text/html\",\"data\":"
         "\"YWJj\"}}]}]}",
         400, "mime_type"},
        {"POST", PATH, TYPE KEY, "{\"contents\":[{\"parts\":[{}]}]}", 400, "one initialized"},
};

TEST(requests_of_a_wrong_shape_are_refused) {
        FakeServer s = fake_start("every * ok\n", NULL);
        _cleanup_(freep) char *log = NULL;

        for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
                Exchange e = exchange(&s, refusals[i].method, refusals[i].path, refusals[i].headers,
                                      refusals[i].body);

                if (e.status != refusals[i].status ||
                    !memmem(e.body, e.n - (size_t) (e.body - e.text), refusals[i].says,
                            strlen(refusals[i].says)))
                        test_fail(__FILE__, __LINE__, "row %zu: %d %s", i, e.status, e.body);
                exchange_done(&e);
        }
        log = fake_stop(&s);
        CHECK_HAS(log, "\"key\":\"wrong\"");
        CHECK_HAS(log, "\"key\":\"absent\"");
        CHECK(!strstr(log, "test-key") && !strstr(log, "test-kez"));
}

TEST(the_log_tells_received_from_answered) {
        FakeServer s = fake_start("n:2 503\nprompt:bicycle block SAFETY # not the first\n", NULL);
        Job j = job_of(KIND_IMAGE, &s);
        _cleanup_(freep) char *log = NULL;
        static const char *const events[] = {"\"event\":\"received\"", "\"event\":\"answered\"",
                                             "\"event\":\"done\""};

        for (int i = 0; i < 3; i++) {
                Exchange e = call(&s, &j.job);

                CHECK_INT(e.status, i == 1 ? 503 : 200);
                exchange_done(&e);
        }
        (void) json_free(j.params);
        log = fake_stop(&s);
        for (size_t k = 0; k < ARRAY_LEN(events); k++) {
                int n = 0;

                for (const char *p = log; (p = strstr(p, events[k])); p++)
                        n++;
                CHECK_INT(n, 3);
        }
        CHECK_HAS(log, "\"seq\":2,\"method\":\"POST\",\"path\":\"" PATH "\",\"status\":503");
        CHECK_HAS(log, "\"prompt\":\"a \\\"red\\\" bicycle\"");
        CHECK_HAS(log, "\"action\":\"block\"");
}

TEST(the_sink_takes_anything_and_records_the_key) {
        FakeServer s = fake_start("", "--sink");
        Exchange e = exchange(&s, "GET", "/where/ever?x", KEY, "");
        _cleanup_(freep) char *log = NULL;

        CHECK_INT(e.status, 200);
        exchange_done(&e);
        log = fake_stop(&s);
        CHECK_HAS(log, "\"path\":\"/where/ever?x\"");
        CHECK_HAS(log, "\"x-goog-api-key\"");
}

TEST(results_and_redirects_point_elsewhere) {
        FakeServer s = fake_start("* file other\n* redirect 302\n* huge 40000\n* bigtext 300000\n",
                                  "--other-origin=http://127.0.0.2:9");
        Job j = job_of(KIND_IMAGE, &s);
        bool png[PAYLOADS_MAX];
        Exchange e = call(&s, &j.job);
        ProviderResult r = read_answer(&j.job, &e, png);
        _cleanup_(freep) char *log = NULL;

        CHECK_HAS(r.items[0].url, "http://127.0.0.2:9/v1/files/");
        CHECK(!r.items[0].url_with_key);
        provider_result_done(&r);
        exchange_done(&e);

        e = call(&s, &j.job);
        CHECK_INT(e.status, 302);
        CHECK_HAS(e.text, "Location: http://127.0.0.2:9/v1/moved\r\n");
        exchange_done(&e);

        e = call(&s, &j.job);
        CHECK(strlen(e.body) > 40000);
        exchange_done(&e);

        e = call(&s, &j.job);
        CHECK(strlen(e.body) > 300000);
        exchange_done(&e);
        (void) json_free(j.params);
        log = fake_stop(&s);
}
