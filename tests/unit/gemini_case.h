/* SPDX-License-Identifier: MIT */
#pragma once

/* What the tests of the gemini driver share: a job, and a recorded answer read by the driver. */

#include "provider/provider.h"
#include "support/test.h"

typedef struct GeminiCase {
        ProviderJob job;
        ProviderReply reply;
        ReplyPayload payloads[4];
        ProviderResult result;
        Err err;
} GeminiCase;

static inline const Driver *gemini(void) {
        const Driver *d = driver_find("gemini");

        CHECK(d);
        return d;
}

/* A 200 with that body and three payloads; change it, then gemini_read(). */
static inline GeminiCase gemini_case(AssetKind kind, const char *body) {
        return (GeminiCase){
                .job = {.kind = kind,
                        .model = "gemini-nano-banana-2.1",
                        .prompt = "a bicycle",
                        .want = kind == KIND_TEXT ? 3 : 1,
                        .base_url = "https://generativelanguage.googleapis.com/v1"},
                .reply = {.status = 200,
                          .content_type = "application/json",
                          .retry_after_ms = -1,
                          .envelope = body,
                          .envelope_n = strlen(body),
                          .n_payloads = 3},
        };
}

static inline void gemini_read(GeminiCase *c) {
        c->reply.payloads = c->payloads;
        CHECK_OK(gemini()->parse(&c->job, &c->reply, &c->result, &c->err), &c->err);
        CHECK(c->result.outcome > OUTCOME_OPEN && c->result.outcome < _OUTCOME_MAX);
        /* Items and MADE go together. */
        CHECK_INT(c->result.n_items > 0, c->result.outcome == OUTCOME_MADE);
}
