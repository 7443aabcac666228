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

/* The same bytes as the answer to each call before the paid one: what follows is asked for at home when
 * the key goes along, and costs nothing. */
static inline void contract_prepare(const Driver *driver, const ProviderJob *like,
                                    const ProviderReply *reply) {
        char *files[] = {(char[]){"/a.png"}, (char[]){"/b.png"}};
        const Strv references = {.items = files, .n = 2};
        _cleanup_(json_freep) Json *prepared = json_new_object();
        ProviderJob job = *like;
        int ended = !driver->build_prepare;

        assert(prepared);
        job.references = &references;
        job.prepared = prepared;
        for (int i = 0; i < PROVIDER_PREPARE_MAX && !ended; i++) {
                ProviderCall call = {0};
                ProviderResult result;

                ended = driver->build_prepare(&job, &call, NULL) != 1;
                assert(!call.http.paid);
                assert(!call.http.with_key || url_same_origin(call.http.url, job.base_url));
                provider_call_done(&call);
                if (ended || driver->parse_prepare(&job, reply, prepared, &result, NULL) == 0)
                        continue;
                assert(result.outcome > OUTCOME_MADE && !result.billed && result.n_items == 0);
                provider_result_done(&result);
                ended = 1;
        }
        assert(ended); /* uploads come to an end, whatever is answered */
}

static inline void contract_models(const Driver *driver, const ProviderReply *reply) {
        ModelList list = {0};
        int r;

        if (!driver->parse_models)
                return;
        r = driver->parse_models(reply, &list, NULL);
        assert(r == 0 || r == -EBADMSG || r == -E2BIG);
        assert(list.n <= MODEL_LIST_MAX);
        for (size_t i = 0; i < list.n; i++)
                assert(*list.items[i].name);
        model_list_done(&list);
}

/* Where a result lies is fetched without the key, unless it is at home. */
static inline void contract_fetch(const Driver *driver, const ProviderJob *job,
                                  const ProviderResult *result) {
        for (size_t i = 0; i < result->n_items; i++) {
                ProviderCall call = {0};

                if (result->items[i].url &&
                    driver->build_fetch(job, &result->items[i], &call, NULL) >= 0) {
                        assert(url_may_fetch(call.http.url) && !call.http.paid);
                        assert(!call.http.with_key || !*job->base_url ||
                               url_same_origin(call.http.url, job->base_url));
                }
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
        contract_fetch(driver, job, &result);
        if (result.handle)
                contract_handle(driver, job, result.handle);
        provider_result_done(&result);
        assert(driver->parse_poll(job, handle, &reply, &result, NULL) == 0);
        contract_result(job, &reply, &result, true);
        contract_fetch(driver, job, &result);
        if (result.handle)
                contract_handle(driver, job, result.handle);
        provider_result_done(&result);
        contract_handle(driver, job, body);
        contract_models(driver, &reply);
}
