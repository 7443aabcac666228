/* SPDX-License-Identifier: MIT */

/* The omni driver against the fake, over a socket: whole interactions, ended in every way, with
 * results as bytes and as files that are not ready at first. */

#include <stdio.h>

#include "base/strbuf.h"
#include "provider/provider.h"
#include "support/fake_client.h"
#include "support/test.h"

#define HEADERS "Content-Type: application/json\r\nx-goog-api-key: test-key\r\n"

typedef struct Round {
        FakeServer *server;
        Json *params;
        ProviderJob job;
        char handle[PROVIDER_HANDLE_MAX + 1];
        int polls;
} Round;

static Round round_of(FakeServer *s, AssetKind kind) {
        static const char video[] = "{\"seconds\":5}", image[] = "{\"aspect_ratio\":\"4:5\"}";
        const char *text = kind == KIND_VIDEO ? video : image;
        Round r = {.server = s};

        CHECK_OK(json_parse(text, strlen(text), &r.params, NULL), NULL);
        r.job = (ProviderJob){.kind = kind,
                              .model = "gemini-omni-1.2-flash",
                              .prompt = "a kettle, turning",
                              .want = 1,
                              .params = r.params,
                              .base_url = s->base_url};
        return r;
}

static Exchange send_call(const Round *r, ProviderCall *call) {
        Exchange e;

        CHECK(call->http.n_body <= 1);
        e = exchange(r->server, call->http.method, strchr(call->http.url + 7, '/'), HEADERS,
                     call->http.n_body ? call->http.body[0].text : "");
        provider_call_done(call);
        return e;
}

/* As the network layer does: bytes become "payload:0". */
static size_t pick_payload(char *body) {
        char *value = strstr(body, "\"data\":\""), *end;

        if (!value)
                return 0;
        value += strlen("\"data\":\"");
        end = strchr(value, '"');
        CHECK(end && end - value > 1000);
        memcpy(value, "payload:0", 9);
        memmove(value + 9, end, strlen(end) + 1);
        return 1;
}

static ProviderResult read_reply(const Round *r, Exchange *e, bool start) {
        const Driver *omni = driver_find("omni");
        ReplyPayload payload = {.bytes = 1};
        ProviderReply reply = {.status = e->status,
                               .retry_after_ms = -1,
                               .payloads = &payload,
                               .n_payloads = pick_payload(e->body),
                               .envelope = e->body};
        ProviderResult result;

        reply.envelope_n = strlen(e->body);
        if (start)
                CHECK_OK(omni->parse(&r->job, &reply, &result, NULL), NULL);
        else
                CHECK_OK(omni->parse_poll(&r->job, r->handle, &reply, &result, NULL), NULL);
        exchange_done(e);
        return result;
}

static ProviderResult step(Round *r, bool start) {
        ProviderCall call = {0};
        Exchange e;
        ProviderResult result;

        if (start)
                CHECK_OK(driver_find("omni")->build(&r->job, &call, NULL), NULL);
        else
                CHECK_OK(driver_find("omni")->build_poll(&r->job, r->handle, &call, NULL), NULL);
        e = send_call(r, &call);
        result = read_reply(r, &e, start);
        if (result.handle)
                (void) snprintf(r->handle, sizeof r->handle, "%s", result.handle);
        return result;
}

static ProviderResult run(Round *r) {
        ProviderResult result = step(r, true);

        for (; result.outcome == OUTCOME_OPEN; r->polls++) {
                CHECK(r->polls < 12);
                provider_result_done(&result);
                result = step(r, false);
                if (result.trouble ==
                    OUTCOME_UNKNOWN) /* denied: whether for good the engine says */
                        result.outcome = OUTCOME_UNKNOWN;
                else
                        CHECK_INT(result.trouble, OUTCOME_OPEN);
        }
        return result;
}

static void fetch(Round *r, const ResultItem *item) {
        ProviderCall call = {0};
        Exchange e;

        CHECK_OK(driver_find("omni")->build_fetch(&r->job, item, &call, NULL), NULL);
        CHECK(call.http.with_key);
        e = send_call(r, &call);
        CHECK_INT(e.status, 200);
        CHECK(memcmp(e.body + 4, "ftypisom", 8) == 0);
        exchange_done(&e);
}

static const struct {
        AssetKind kind;
        const char *action;
        Outcome outcome;
        const char *code;
        int polls;
        bool fetched;
} endings[] = {
        {KIND_VIDEO, "operation polls=2", OUTCOME_MADE, "completed", 4, true},
        {KIND_VIDEO, "operation polls=0 processing=3", OUTCOME_MADE, "completed", 5, true},
        {KIND_VIDEO, "operation result=bytes", OUTCOME_MADE, "completed", 2, false},
        {KIND_IMAGE, "operation", OUTCOME_MADE, "completed", 2, false},
        {KIND_VIDEO, "operation result=gcs", OUTCOME_BROKEN, "STORED_ELSEWHERE", 2, false},
        {KIND_VIDEO, "operation end=refused", OUTCOME_BLOCKED, "TEXT_ONLY", 2, false},
        {KIND_VIDEO, "operation end=empty", OUTCOME_BROKEN, "NO_OUTPUT", 2, false},
        {KIND_VIDEO, "operation end=failed", OUTCOME_TRANSIENT, "internal", 2, false},
        {KIND_VIDEO, "operation end=failed code=3", OUTCOME_REJECTED, "HTTP_400", 2, false},
        {KIND_VIDEO, "operation end=cancelled", OUTCOME_BROKEN, "cancelled", 2, false},
        {KIND_VIDEO, "operation end=lost", OUTCOME_UNKNOWN, "OPERATION_GONE", 1, false},
        {KIND_VIDEO, "retired404", OUTCOME_REJECTED, "MODEL_RETIRED", 0, false},
        {KIND_VIDEO, "429minute 3", OUTCOME_THROTTLED, "RESOURCE_EXHAUSTED", 0, false},
};

TEST(interactions_end_as_scripted) {
        _cleanup_(strbuf_done) StrBuf script = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *log = NULL;
        FakeServer s;

        for (size_t i = 0; i < ARRAY_LEN(endings); i++)
                CHECK(strbuf_printf(&script, "route:omni/submit %s\n", endings[i].action) >= 0);
        s = fake_start(strbuf_text(&script), NULL);
        for (size_t i = 0; i < ARRAY_LEN(endings); i++) {
                Round round = round_of(&s, endings[i].kind);
                ProviderResult r = run(&round);

                if (r.outcome != endings[i].outcome || !streq(r.code, endings[i].code) ||
                    round.polls != endings[i].polls)
                        test_fail(__FILE__, __LINE__, "'%s': outcome %d, code '%s', %d polls: %s",
                                  endings[i].action, r.outcome, r.code, round.polls, r.reason);
                CHECK_INT(r.n_items > 0 && r.items[0].url, endings[i].fetched);
                if (endings[i].fetched)
                        fetch(&round, &r.items[0]);
                provider_result_done(&r);
                (void) json_free(round.params);
        }
        log = fake_stop(&s);
        CHECK(!strstr(log, "\"action\":\"refused\""));
}

TEST(a_cancelled_interaction_costs_nothing) {
        FakeServer s = fake_start("* operation polls=9\n", NULL);
        Round round = round_of(&s, KIND_VIDEO);
        ProviderResult r = step(&round, true);
        ProviderCall call = {0};
        _cleanup_(freep) char *log = NULL;
        Exchange e;

        CHECK_INT(r.outcome, OUTCOME_OPEN);
        provider_result_done(&r);
        CHECK_OK(driver_find("omni")->build_cancel(&round.job, round.handle, &call, NULL), NULL);
        e = send_call(&round, &call);
        CHECK_INT(e.status, 200);
        exchange_done(&e);
        r = step(&round, false);
        CHECK_STR(r.code, "cancelled");
        CHECK(!r.billed);
        provider_result_done(&r);
        e = exchange(&s, "GET", "/fake/invoice", "", "");
        CHECK_HAS(e.body, "\"total_micros\":0,\"lines\":[]");
        CHECK_HAS(e.body, "\"cancels\":1");
        exchange_done(&e);
        (void) json_free(round.params);
        log = fake_stop(&s);
}

#define BODY(rest) "{\"model\":\"m\",\"input\":\"x\"" rest "}"
#define FORMAT(rest) ",\"response_format\":{\"type\":\"video\"" rest "}"

static const struct {
        const char *body;
        int status;
        const char *says;
} refusals[] = {
        {BODY(FORMAT(",\"duration\":\"5s\"") ",\"background\":true"), 200, "\"status\":\"queued\""},
        {BODY(""), 400, "response_format.type"},
        {BODY(FORMAT(",\"duration\":5")), 400, "duration"},
        {BODY(FORMAT(",\"duration\":\"5.5s\"")), 400, "duration"},
        {BODY(FORMAT(",\"duration\":\"16s\"")), 400, "duration"},
        {BODY(FORMAT(",\"aspectRatio\":\"16:9\"")), 400, "Unknown name"},
        {BODY(FORMAT(",\"aspect_ratio\":\"1:1\"")), 400, "aspect_ratio"},
        {BODY(FORMAT(",\"resolution\":\"2k\"")), 400, "resolution"},
        {BODY(FORMAT("") ",\"background\":true,\"store\":false"), 400, "requires store"},
        {BODY(FORMAT("") ",\"generation_config\":{\"video_config\":{\"task\":\"dream\"}}"), 400,
         "task"},
        {"{\"input\":\"x\"" FORMAT("") "}", 400, "model is missing"},
        {"{\"model\":\"m\",\"input\":[{\"type\":\"audio\"}]" FORMAT("") "}", 400, "input[0].type"},
};

TEST(requests_of_a_wrong_shape_are_refused) {
        FakeServer s = fake_start("every * ok\n", NULL);
        _cleanup_(freep) char *log = NULL;
        Exchange e;

        for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
                e = exchange(&s, "POST", "/v1/interactions", HEADERS, refusals[i].body);
                if (e.status != refusals[i].status || !strstr(e.body, refusals[i].says))
                        test_fail(__FILE__, __LINE__, "row %zu: %d %s", i, e.status, e.body);
                exchange_done(&e);
        }
        e = exchange(&s, "GET", "/v1/interactions/v1_999", HEADERS, "");
        CHECK_INT(e.status, 400);
        CHECK_HAS(e.body, "Invalid interaction name");
        exchange_done(&e);
        log = fake_stop(&s);
}
