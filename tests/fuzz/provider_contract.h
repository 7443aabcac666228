/* SPDX-License-Identifier: MIT */
#pragma once

/* What holds for every result of a driver with operations, whatever the provider answers; see
 * provider/provider.h. */

#include "provider/provider.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static inline void contract_item(const ProviderJob *job, const ProviderReply *reply,
                                 const ResultItem *item) {
        assert((item->payload >= 0) + !!item->text + !!item->url == 1);
        assert(item->payload < (int) reply->n_payloads);
        assert(!item->text == (job->kind != KIND_TEXT));
        assert(!item->url || !item->url_with_key || !*job->base_url ||
               url_same_origin(item->url, job->base_url));
}

static inline void contract_result(const ProviderJob *job, const ProviderReply *reply,
                                   const ProviderResult *r, bool poll) {
        assert(r->outcome >= OUTCOME_OPEN && r->outcome < _OUTCOME_MAX);
        assert((r->outcome == OUTCOME_MADE) == (r->n_items > 0));
        for (size_t i = 0; i < r->n_items; i++)
                contract_item(job, reply, &r->items[i]);
        assert(strlen(r->code) < RESULT_CODE_MAX && strlen(r->reason) < RESULT_REASON_MAX);
        for (const char *p = r->reason; *p; p++)
                assert((unsigned char) *p >= 0x20 && *p != 0x7f);
        assert(!(r->outcome == OUTCOME_REJECTED && (r->retryable || r->billed)));
        assert(!(r->outcome == OUTCOME_BLOCKED && r->retryable));
        assert(!(r->outcome == OUTCOME_OPEN && (r->retryable || r->billed)));
        assert(r->outcome == OUTCOME_OPEN || r->trouble == OUTCOME_OPEN);
        assert(poll || r->outcome != OUTCOME_OPEN || r->handle);
        assert(poll || reply->status == 200 || !r->billed);
        assert(!r->handle || (r->outcome == OUTCOME_OPEN && r->trouble == OUTCOME_OPEN));
        assert(r->retry_after_ms >= -1);
}

/* A call that was built from it goes below the base only. */
static inline void contract_handle(const Driver *driver, const ProviderJob *job,
                                   const char *handle) {
        int (*const builders[])(const ProviderJob *, const char *, ProviderCall *,
                                Err *) = {driver->build_poll, driver->build_cancel};

        for (size_t i = 0; i < ARRAY_LEN(builders); i++) {
                ProviderCall call = {0};

                if (!builders[i] || builders[i](job, handle, &call, NULL) < 0)
                        continue;
                assert(!*job->base_url ||
                       strncmp(call.http.url, job->base_url, strlen(job->base_url)) == 0);
                assert(!strstr(call.http.url + 8, "//") && !strstr(call.http.url, "/../"));
                assert(!call.http.paid);
                provider_call_done(&call);
        }
}

/* data: one byte of HTTP status, then the body. */
static inline void fuzz_provider(const char *name, const ProviderJob *job, const char *handle,
                                 const uint8_t *data, size_t n) {
        static const int statuses[] = {200, 400, 401, 403, 404, 429, 500, 503, 302};
        const Driver *driver = driver_find(name);
        _cleanup_(freep) char *body = malloc(n);
        ReplyPayload payloads[3] = {0};
        ProviderReply reply = {.status = statuses[data[0] % ARRAY_LEN(statuses)],
                               .retry_after_ms = -1,
                               .payloads = payloads,
                               .n_payloads = 3,
                               .envelope = body,
                               .envelope_n = n - 1};
        ProviderResult result;

        assert(driver && body);
        memcpy(body, data + 1, n - 1);
        body[n - 1] = '\0';
        assert(driver->parse(job, &reply, &result, NULL) == 0);
        contract_result(job, &reply, &result, false);
        if (result.handle)
                contract_handle(driver, job, result.handle);
        provider_result_done(&result);
        assert(driver->parse_poll(job, handle, &reply, &result, NULL) == 0);
        contract_result(job, &reply, &result, true);
        if (result.handle)
                contract_handle(driver, job, result.handle);
        provider_result_done(&result);
        contract_handle(driver, job, body);
}
