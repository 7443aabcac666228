/* SPDX-License-Identifier: MIT */

/* The wire of the simulation: as small as a wire can be that has everything an engine can meet.
 * A body is JSON with one member; its name says what it is. */

#include "model/sim.h"
#include "support/test.h"

static int call_get(ProviderCall *ret, char *url) {
        if (!url)
                return -ENOMEM;
        *ret = (ProviderCall){.type = CALL_HTTP, .http = {.method = "GET", .url = url}};
        return 0;
}

static int sim_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        int r;

        (void) err;
        r = call_get(ret, str_printf("%s/make/%lld/%s", job->base_url, (long long) job->seed,
                                     job->prompt));
        ret->http.method = "POST";
        ret->http.paid = true;
        return r;
}

static void fail(ProviderResult *ret, const ProviderReply *reply, const Json *body) {
        const char *word = json_str(body, "error");
        static const struct {
                int status;
                Outcome outcome;
                bool retryable;
        } rows[] = {{400, OUTCOME_REJECTED, false},
                    {401, OUTCOME_CREDENTIALS, false},
                    {402, OUTCOME_FUNDS, false},
                    {429, OUTCOME_THROTTLED, true},
                    {500, OUTCOME_TRANSIENT, true}};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                if (reply->status == rows[i].status) {
                        provider_result_set(ret, rows[i].outcome, rows[i].retryable, false,
                                            word ? word : "ERROR", "HTTP %d", reply->status);
                        ret->retry_after_ms = reply->retry_after_ms;
                        return;
                }
        provider_result_set(ret, OUTCOME_BROKEN, false, true, "SHAPE", "HTTP %d", reply->status);
}

static int sim_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                     Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        ResultItem *item;

        (void) job;
        if (json_parse(reply->envelope, reply->envelope_n, &body, err) < 0 ||
            reply->status != 200) {
                fail(ret, reply, body);
                return 0;
        }
        if (json_str(body, "blocked")) {
                provider_result_set(ret, OUTCOME_BLOCKED, false, false, "SAFETY", "blocked");
                return 0;
        }
        if (json_str(body, "failed")) {
                provider_result_set(ret, OUTCOME_TRANSIENT, true, false, "FAILED", "failed");
                return 0;
        }
        if (json_str(body, "running")) {
                ret->outcome = OUTCOME_OPEN;
                return 0;
        }
        if (json_str(body, "handle"))
                return provider_result_accept(ret, json_str(body, "handle")) == -ENOMEM ? -ENOMEM
                                                                                        : 0;
        item = calloc(1, sizeof *item);
        if (!item)
                return -ENOMEM;
        item->payload = -1;
        if (reply->n_payloads == 1)
                item->payload = 0;
        else if (json_str(body, "url"))
                item->url = strdup(json_str(body, "url"));
        provider_result_set(ret, OUTCOME_MADE, false, true, "", "made");
        ret->items = item;
        ret->n_items = 1;
        ret->images = 1;
        return 0;
}

static int sim_build_poll(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err) {
        (void) err;
        return call_get(ret, str_printf("%s/op/%s", job->base_url, handle));
}

static int sim_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                          ProviderResult *ret, Err *err) {
        int r;

        (void) handle;
        r = sim_parse(job, reply, ret, err);
        if (r >= 0 && reply->status == 404)
                provider_result_poll_denied(ret, true, reply->status, "NOT_FOUND");
        else if (r >= 0 && reply->status != 200)
                provider_result_poll_trouble(ret);
        return r;
}

static int sim_build_fetch(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                           Err *err) {
        (void) job;
        (void) err;
        return call_get(ret, strdup(item->url));
}

const Driver driver_sim = {
        .name = "sim",
        .summary = "the wire of the simulation",
        .kinds = 1u << KIND_IMAGE,
        .needs_base_url = true,
        .poll_floor_ms = 2000,
        .usual_min_ms = 20 * 1000,
        .usual_max_ms = 120 * 1000,
        .build = sim_build,
        .parse = sim_parse,
        .build_fetch = sim_build_fetch,
        .build_poll = sim_build_poll,
        .parse_poll = sim_parse_poll,
};

/* The registry's, with one more row for this program. */
const Driver *__real_driver_find(const char *name);
const Driver *__wrap_driver_find(const char *name);
const Driver *__wrap_driver_find(const char *name) {
        return streq(name, "sim") ? &driver_sim : __real_driver_find(name);
}
