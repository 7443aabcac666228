/* SPDX-License-Identifier: MIT */

/*
 * The veo driver against the fake, over a socket: whole operations in each form of the API, ended
 * in every way; what the fake refuses; what it puts on its invoice.
 */

#include <stdio.h>

#include "base/strbuf.h"
#include "provider/provider.h"
#include "support/fake_client.h"
#include "support/test.h"

#define KEY "x-goog-api-key: test-key\r\n"
#define BEARER "Authorization: Bearer test-key\r\n"
#define TYPE "Content-Type: application/json\r\n"

typedef struct Round {
        FakeServer *server;
        char base_url[128];
        const char *key; /* header line */
        Json *params;
        ProviderJob job;
} Round;

static Round round_of(FakeServer *s, const char *prefix, const char *key) {
        static const char params[] = "{\"seconds\":8,\"resolution\":\"720p\"}";
        Round r = {.server = s, .key = key};

        (void) snprintf(r.base_url, sizeof r.base_url, "http://127.0.0.1:%u%s", (unsigned) s->port,
                        prefix);
        CHECK_OK(json_parse(params, strlen(params), &r.params, NULL), NULL);
        r.job = (ProviderJob){.kind = KIND_VIDEO,
                              .model = "veo-3.1-fast-generate-001",
                              .prompt = "a kettle, turning",
                              .want = 1,
                              .params = r.params};
        return r;
}

/* Sends what the driver built, without files. */
static Exchange send_call(const Round *r, ProviderCall *call) {
        const char *target = strchr(call->http.url + strlen("http://"), '/');
        Exchange e;

        CHECK(target && call->http.n_body <= 1);
        e = exchange(r->server, call->http.method, target,
                     call->http.with_key ? r->key : "Content-Type: application/json\r\n",
                     call->http.n_body ? call->http.body[0].text : "");
        provider_call_done(call);
        return e;
}

/* As the network layer does: one payload, the first of these members. */
static size_t pick_payload(char *body) {
        static const char *const names[] = {"\"encodedVideo\":\"", "\"bytesBase64Encoded\":\""};

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                char *value = strstr(body, names[i]), *end;

                if (!value)
                        continue;
                value += strlen(names[i]);
                end = strchr(value, '"');
                CHECK(end && end - value > 1000);
                CHECK(strncmp(value, "AAAAGGZ0eXBpc29t", 16) == 0); /* a box "ftyp" of "isom" */
                memcpy(value, "payload:0", 9);
                memmove(value + 9, end, strlen(end) + 1);
                return 1;
        }
        return 0;
}

static ProviderResult read_reply(const Round *r, Exchange *e, const char *handle) {
        const Driver *veo = driver_find("veo");
        ReplyPayload payload = {.bytes = 1};
        ProviderReply reply = {.status = e->status,
                               .retry_after_ms = -1,
                               .payloads = &payload,
                               .n_payloads = pick_payload(e->body),
                               .envelope = e->body};
        ProviderResult result;

        reply.envelope_n = strlen(e->body);
        if (handle)
                CHECK_OK(veo->parse_poll(&r->job, handle, &reply, &result, NULL), NULL);
        else
                CHECK_OK(veo->parse(&r->job, &reply, &result, NULL), NULL);
        exchange_done(e);
        return result;
}

static ProviderResult start(Round *r) {
        ProviderCall call = {0};
        Exchange e;
        Err err = {0};

        r->job.base_url = r->base_url;
        CHECK_OK(driver_find("veo")->build(&r->job, &call, &err), &err);
        e = send_call(r, &call);
        return read_reply(r, &e, NULL);
}

static ProviderResult poll(const Round *r, const char *handle) {
        ProviderCall call = {0};
        Exchange e;
        Err err = {0};

        CHECK_OK(driver_find("veo")->build_poll(&r->job, handle, &call, &err), &err);
        e = send_call(r, &call);
        return read_reply(r, &e, handle);
}

/* Whether the address of the item answers with an MP4. */
static void fetch(const Round *r, const ResultItem *item) {
        ProviderCall call = {0};
        Exchange e;
        Err err = {0};

        CHECK_OK(driver_find("veo")->build_fetch(&r->job, item, &call, &err), &err);
        CHECK(call.http.with_key);
        e = send_call(r, &call);
        CHECK_INT(e.status, 200);
        CHECK_HAS(e.text, "Content-Type: video/mp4");
        CHECK(memcmp(e.body + 4, "ftypisom", 8) == 0);
        exchange_done(&e);
}

typedef struct Ending {
        const char *prefix, *key, *action;
        Outcome outcome;
        const char *code;
} Ending;

static const Ending endings[] = {
        {"/v1beta", TYPE KEY, "operation polls=2", OUTCOME_MADE, "DONE"},
        {"/v1beta", TYPE KEY, "operation result=bytes", OUTCOME_MADE, "DONE"},
        {"/v1beta", TYPE KEY, "operation result=gcs", OUTCOME_BROKEN, "STORED_ELSEWHERE"},
        {"/v1beta", TYPE KEY, "operation end=failed", OUTCOME_TRANSIENT, "HTTP_500"},
        {"/v1beta", TYPE KEY, "operation end=failed code=3", OUTCOME_REJECTED, "HTTP_400"},
        {"/v1beta", TYPE KEY, "operation end=failed code=8", OUTCOME_THROTTLED, "HTTP_429"},
        {"/v1beta", TYPE KEY, "operation end=filtered", OUTCOME_BLOCKED, "RAI_FILTERED"},
        {"/v1beta", TYPE KEY, "operation end=empty", OUTCOME_BROKEN, "NO_VIDEO"},
        {"/v1beta", TYPE KEY, "operation end=lost", OUTCOME_UNKNOWN, "OPERATION_GONE"},
        {"/v1/projects/p/locations/us-central1", TYPE BEARER, "operation", OUTCOME_MADE, "DONE"},
        {"/v1/projects/p/locations/us-central1", TYPE BEARER, "operation result=gcs", OUTCOME_MADE,
         "DONE"},
        {"/v1/projects/p/locations/us-central1", TYPE BEARER, "operation end=filtered",
         OUTCOME_BLOCKED, "RAI_FILTERED"},
        {"/v1/publishers/google", TYPE KEY, "operation polls=0", OUTCOME_MADE, "DONE"},
        /* The submission itself fails. */
        {"/v1beta", TYPE KEY, "retired404", OUTCOME_REJECTED, "MODEL_RETIRED"},
        {"/v1beta", TYPE KEY, "429day", OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED"},
        {"/v1beta", TYPE KEY, "html502", OUTCOME_TRANSIENT, "HTTP_502"},
};

static ProviderResult run(const Ending *ending, FakeServer *s, Round *r) {
        ProviderResult result;
        char handle[PROVIDER_HANDLE_MAX + 1];

        *r = round_of(s, ending->prefix, ending->key);
        result = start(r);
        if (result.outcome != OUTCOME_OPEN)
                return result;
        (void) snprintf(handle, sizeof handle, "%s", result.handle);
        for (int polls = 0; result.outcome == OUTCOME_OPEN; polls++) {
                CHECK(polls < 10);
                provider_result_done(&result);
                result = poll(r, handle);
                if (result.trouble ==
                    OUTCOME_UNKNOWN) /* denied: whether for good the engine says */
                        result.outcome = OUTCOME_UNKNOWN;
                else
                        CHECK_INT(result.trouble, OUTCOME_OPEN);
        }
        return result;
}

TEST(operations_end_as_scripted) {
        _cleanup_(strbuf_done) StrBuf script = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *log = NULL;
        FakeServer s;

        for (size_t i = 0; i < ARRAY_LEN(endings); i++)
                CHECK(strbuf_printf(&script, "route:veo/submit %s\n", endings[i].action) >= 0);
        s = fake_start(strbuf_text(&script), NULL);
        for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
                Round round;
                ProviderResult r = run(&endings[i], &s, &round);

                if (r.outcome != endings[i].outcome || !streq(r.code, endings[i].code))
                        test_fail(__FILE__, __LINE__, "'%s': outcome %d, code '%s', reason '%s'",
                                  endings[i].action, r.outcome, r.code, r.reason);
                if (r.n_items > 0 && r.items[0].url)
                        fetch(&round, &r.items[0]);
                provider_result_done(&r);
                (void) json_free(round.params);
        }
        log = fake_stop(&s);
        CHECK(!strstr(log, "\"action\":\"refused\""));
}

TEST(the_invoice_has_what_was_made) {
        static const Ending made = {"/v1beta", TYPE KEY, "", OUTCOME_MADE, "DONE"};
        FakeServer s = fake_start("* ok\n* operation end=filtered\n", NULL);
        _cleanup_(freep) char *log = NULL;
        Exchange e;

        for (int i = 0; i < 4; i++) {
                Round round;
                ProviderResult r = run(&made, &s, &round);

                provider_result_done(&r);
                (void) json_free(round.params);
        }
        e = exchange(&s, "GET", "/fake/invoice", "", "");
        CHECK_INT(e.status, 200);
        CHECK_HAS(e.body, "{\"seq\":1,\"wire\":\"veo\",\"model\":\"veo-3.1-fast-generate-001\","
                          "\"unit\":\"second\",\"quantity\":8,\"attribute\":\"resolution=720p\"");
        CHECK_HAS(e.body, "\"operations\":{\"submitted\":4,\"same_body\":3,\"polls\":8,");
        exchange_done(&e);
        log = fake_stop(&s);
}

#define START "/v1beta/models/veo-3.1:predictLongRunning"
#define VERTEX_START                                                                               \
        "/v1/projects/p/locations/l/publishers/google/models/veo-3.1:predictLongRunning"
#define BODY(instance, parameters)                                                                 \
        "{\"instances\":[{" instance "}],\"parameters\":{" parameters "}}"
#define PICTURE "{\"bytesBase64Encoded\":\"YWJj\",\"mimeType\":\"image/png\"}"

static const struct {
        const char *path, *headers, *body;
        int status;
        const char *says;
} refusals[] = {
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"durationSeconds\":8"), 200, "operations/op"},
        {START, TYPE, BODY("\"prompt\":\"x\"", ""), 403, "unregistered"},
        {START, KEY, BODY("\"prompt\":\"x\"", ""), 400, "Content-Type"},
        {START, TYPE KEY, "{\"instances\":[]}", 400, "one instance"},
        {START, TYPE KEY, BODY("", ""), 400, "prompt is empty"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"durationSeconds\":5"), 400, "duration"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"durationSeconds\":\"x\""), 400,
         "duration_seconds"},
        {START, TYPE KEY,
         BODY("\"prompt\":\"x\"", "\"durationSeconds\":4,\"resolution\":\"1080p\""), 400,
         "must be 8 seconds"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"resolution\":\"1440p\""), 400, "resolution"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"aspectRatio\":\"1:1\""), 400, "aspect_ratio"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"sampleCount\":2"), 400, "sampleCount"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"seed\":2"), 400, "Unknown name \\\"seed\\\""},
        {START, TYPE KEY, BODY("\"prompt\":\"x\"", "\"personGeneration\":\"disallow\""), 400,
         "person_generation"},
        {START, TYPE KEY, BODY("\"prompt\":\"x\",\"lastFrame\":" PICTURE, ""), 400, "needs an"},
        {START, TYPE KEY,
         BODY("\"prompt\":\"x\",\"image\":" PICTURE ",\"referenceImages\":[{\"image\":" PICTURE
              ",\"referenceType\":\"asset\"}]",
              ""),
         400, "cannot be combined"},
        {START, TYPE KEY,
         BODY("\"prompt\":\"x\",\"image\":{\"bytesBase64Encoded\":\"*\",\"mimeType\":"
              "\"image/png\"}",
              ""),
         400, "Base64"},
        {VERTEX_START, TYPE BEARER, BODY("\"prompt\":\"x\"", "\"seed\":2,\"sampleCount\":4"), 200,
         "projects/p/locations/l/publishers/google/models/veo-3.1/operations/op"},
        {VERTEX_START, TYPE BEARER, BODY("\"prompt\":\"x\"", "\"personGeneration\":\"allow_all\""),
         400, "person_generation"},
        {"/v1/projects/p/locations/l/publishers/google/models/m:fetchPredictOperation", TYPE BEARER,
         "{}", 400, "operationName"},
        {"/v1/projects/p/locations/l/publishers/google/models/m:fetchPredictOperation", TYPE BEARER,
         "{\"operationName\":\"x/operations/op999\"}", 404, "not found"},
};

TEST(requests_of_a_wrong_shape_are_refused) {
        FakeServer s = fake_start("every * ok\n", NULL);
        _cleanup_(freep) char *log = NULL;

        for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
                Exchange e = exchange(&s, "POST", refusals[i].path, refusals[i].headers,
                                      refusals[i].body);

                if (e.status != refusals[i].status || !strstr(e.body, refusals[i].says))
                        test_fail(__FILE__, __LINE__, "row %zu: %d %s", i, e.status, e.body);
                exchange_done(&e);
        }
        log = fake_stop(&s);
}
