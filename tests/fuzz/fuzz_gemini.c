/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as an answer of Gemini. Input: one byte of settings, one of HTTP status, then the body.
 * Whatever comes, the result keeps the contract: made means at least one item that points
 * somewhere, anything else means none; reasons are short and printable; a rejection is never
 * retryable, an error never billed.
 */

#include "fuzz/provider_contract.h"

static void check_item(const ProviderJob *job, const ProviderReply *reply, const ResultItem *item) {
        assert((item->payload >= 0) + !!item->text + !!item->url == 1);
        assert(item->payload < (int) reply->n_payloads);
        assert(!item->text == (job->kind == KIND_IMAGE));
        assert(!item->url || !item->url_with_key || url_same_origin(item->url, job->base_url));
}

static void check_result(const ProviderJob *job, const ProviderReply *reply,
                         const ProviderResult *r) {
        assert(r->outcome > OUTCOME_OPEN && r->outcome < _OUTCOME_MAX);
        assert((r->outcome == OUTCOME_MADE) == (r->n_items > 0));
        assert(job->kind != KIND_IMAGE || r->n_items <= 1);
        assert((int64_t) r->n_items <= MAX_OF(job->want, 1));
        for (size_t i = 0; i < r->n_items; i++)
                check_item(job, reply, &r->items[i]);
        assert(strlen(r->code) < RESULT_CODE_MAX && strlen(r->reason) < RESULT_REASON_MAX);
        for (const char *p = r->reason; *p; p++)
                assert((unsigned char) *p >= 0x20 && *p != 0x7f);
        assert(!(r->outcome == OUTCOME_REJECTED && r->retryable));
        assert(!(r->outcome == OUTCOME_BLOCKED && r->retryable));
        assert(reply->status == 200 || !r->billed);
        assert(r->retry_after_ms >= -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const int statuses[] = {200, 400, 401, 403, 404, 429, 500, 503, 302};
        _cleanup_(freep) char *body = NULL;
        ReplyPayload payloads[3] = {0};
        ProviderJob job = {.model = "m", .prompt = "p", .base_url = "https://a.example/v1"};
        ProviderReply reply = {.retry_after_ms = -1, .payloads = payloads, .n_payloads = 3};
        ProviderResult result;

        if (n < 2 || n > REPLY_ENVELOPE_MAX)
                return 0;
        body = malloc(n - 1);
        assert(body);
        memcpy(body, data + 2, n - 2);
        body[n - 2] = '\0';
        job.kind = data[0] & 1 ? KIND_TEXT : KIND_IMAGE;
        job.want = 1 + ((data[0] >> 1) & 7);
        job.max_chars = data[0] >> 4;
        reply.status = statuses[data[1] % ARRAY_LEN(statuses)];
        reply.envelope = body;
        reply.envelope_n = n - 2;
        provider_result_init(&result);
        assert(driver_find("gemini")->parse(&job, &reply, &result, NULL) == 0);
        check_result(&job, &reply, &result);
        contract_fetch(driver_find("gemini"), &job, &result);
        provider_result_done(&result);
        contract_models(driver_find("gemini"), &reply);
        return 0;
}
