/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as an answer to a driver: FUZZ_DRIVER names it. Input: one byte of settings, one of HTTP
 * status, then the body. Whatever comes, the result keeps the contract: made means at least one item
 * that points somewhere, anything else means none; an operation has a handle the driver takes back,
 * and only then is it open; a rejection is never retryable, an error never billed.
 */

#include "fuzz/provider_contract.h"
#include "unit/http_specs.h"

static const Driver *driver;

/* What the settings would say: of two APIs, one that is polled and one that is not. */
static const ComfyInput inputs[] = {
        {"prompt", "6.text"}, {"reference", "6.a"}, {"reference_2", "6.b"}};
static const ComfyWorkflow workflow = {
        .name = "owner/name",
        .graph = "{\"6\":{\"class_type\":\"C\",\"inputs\":{\"text\":\"\",\"a\":\"\",\"b\":"
                 "\"\"}}}",
        .inputs = inputs,
        .n_inputs = ARRAY_LEN(inputs)};
static const ProviderSpec specs[] = {
        {.http = &http_queue, .workflows = &workflow, .n_workflows = 1},
        {.http = &http_sync, .workflows = &workflow, .n_workflows = 1},
};

static void check_item(const ProviderJob *job, const ProviderReply *reply, const ResultItem *item) {
        assert((item->payload >= 0) + !!item->text + !!item->url == 1);
        assert(item->payload < (int) reply->n_payloads);
        assert(!item->text == (job->kind != KIND_TEXT));
        assert(!item->url || !item->url_with_key || url_same_origin(item->url, job->base_url));
}

/* A handle that was handed out is one that can be asked for, at home and with the key. */
static void check_handle(const ProviderJob *job, const char *handle) {
        ProviderCall call = {0};

        assert(driver->build_poll(job, handle, &call, NULL) == 0);
        assert(url_same_origin(call.http.url, job->base_url));
        assert(call.http.with_key && !call.http.paid);
        provider_call_done(&call);
        if (!driver->build_cancel)
                return;
        if (driver->build_cancel(job, handle, &call, NULL) == 0)
                assert(url_same_origin(call.http.url, job->base_url) && !call.http.paid);
        provider_call_done(&call);
}

static void check_result(const ProviderJob *job, const ProviderReply *reply,
                         const ProviderResult *r, bool polled) {
        assert(r->outcome >= OUTCOME_OPEN && r->outcome < _OUTCOME_MAX);
        assert(polled || (r->outcome == OUTCOME_OPEN) == !!r->handle);
        assert(!r->handle || r->outcome == OUTCOME_OPEN);
        assert(r->trouble == OUTCOME_OPEN || (polled && r->outcome == OUTCOME_OPEN));
        assert((r->outcome == OUTCOME_MADE) == (r->n_items > 0));
        assert((int64_t) r->n_items <= MAX_OF(job->want, 1));
        for (size_t i = 0; i < r->n_items; i++)
                check_item(job, reply, &r->items[i]);
        if (r->handle)
                check_handle(job, r->handle);
        assert(strlen(r->code) < RESULT_CODE_MAX && strlen(r->reason) < RESULT_REASON_MAX);
        for (const char *p = r->reason; *p; p++)
                assert((unsigned char) *p >= 0x20 && *p != 0x7f);
        assert(!(r->outcome == OUTCOME_REJECTED && r->retryable));
        assert(!(r->outcome == OUTCOME_BLOCKED && r->retryable));
        assert(driver->is_exec || polled || (reply->status >= 200 && reply->status < 300) ||
               !r->billed);
        assert(r->retry_after_ms >= -1);
}

static void read_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply) {
        ProviderResult result;

        provider_result_init(&result);
        assert(driver->parse_poll(job, handle, reply, &result, NULL) == 0);
        check_result(job, reply, &result, true);
        contract_fetch(driver, job, &result);
        provider_result_done(&result);
}

/* The answer to the call; and, when it names an operation, the same once more as that of a poll. */
static void read_answer(const ProviderJob *job, const ProviderReply *reply) {
        ProviderResult result;

        provider_result_init(&result);
        assert(driver->parse(job, reply, &result, NULL) == 0);
        check_result(job, reply, &result, false);
        contract_fetch(driver, job, &result);
        if (result.handle)
                read_poll(job, result.handle, reply);
        else if (driver->parse_poll)
                read_poll(job, "e3b0c442-98fc-1c14-9afb-f4c8996fb924", reply);
        provider_result_done(&result);
}

static AssetKind pick_kind(uint8_t settings) {
        AssetKind kind = (AssetKind) (settings % _KIND_MAX);

        while (!(driver->kinds & (1u << kind)))
                kind = (AssetKind) ((kind + 1) % _KIND_MAX);
        return kind;
}

/* Any bytes as what the database holds of an operation: refused, or asked for at home. */
static void read_handle(const ProviderJob *job, const char *handle) {
        ProviderCall call = {0};

        if (!driver->build_poll)
                return;
        if (driver->build_poll(job, handle, &call, NULL) == 0)
                assert(url_same_origin(call.http.url, job->base_url));
        provider_call_done(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const int statuses[] = {200, 201, 202, 400, 401, 403, 404, 422, 429, 500, 503, 302};
        _cleanup_(freep) char *body = NULL;
        _cleanup_(json_freep) Json *params = json_new_object(), *prepared = json_new_object();
        ReplyPayload payloads[3] = {0};
        ProviderJob job = {.model = "owner/name",
                           .prompt = "p",
                           .params = params,
                           .prepared = prepared,
                           .base_url = "https://a.example/v1"};
        ProviderReply reply = {.retry_after_ms = -1, .payloads = payloads, .n_payloads = 3};

        if (n < 2 || n > REPLY_ENVELOPE_MAX)
                return 0;
        driver = driver_find(FUZZ_DRIVER);
        assert(driver && params && prepared);
        body = malloc(n - 1);
        assert(body);
        memcpy(body, data + 2, n - 2);
        body[n - 2] = '\0';
        job.kind = pick_kind(data[0]);
        job.spec = &specs[data[1] >> 7];
        job.want = 1 + ((data[0] >> 2) & 3);
        job.max_chars = data[0] >> 4;
        reply.status = statuses[data[1] % ARRAY_LEN(statuses)];
        reply.envelope = body;
        reply.envelope_n = n - 2;
        read_answer(&job, &reply);
        read_handle(&job, body);
        contract_prepare(driver, &job, &reply);
        contract_models(driver, &reply);
        return 0;
}
