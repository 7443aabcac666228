/* SPDX-License-Identifier: MIT */

/*
 * Results that came as a URL. What is paid for stays fetchable for a while, so a fetch that fails
 * is made again, more and more slowly; an address that is refused (expired) is replaced by asking
 * the operation once more. Only a definite "it is gone" ends the attempt; else the next run goes on.
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "night/state.h"

enum {
        FETCHES_MAX = 8, /* failed ones of one part, in one run */
        FETCH_BASE_MS = 1000,
        FETCH_MAX_MS = 60 * 1000,
        RETRY_AFTER_MOST_MS = 5 * 60 * 1000,
};

static int64_t accepted_ms(const Item *item) {
        return item->accepted_ms > 0 ? item->accepted_ms : item->job.updated_ms;
}

/* Until its result may be gone; INT64_MAX: nobody knows. */
static int64_t left_ms(const Item *item) {
        int64_t kept = config_result_kept_ms(item->night->config, item->job.driver);

        return kept > 0 ? accepted_ms(item) + kept - clock_wall_ms(item->night->clock) : INT64_MAX;
}

int64_t item_wait_ms(const Item *item, int64_t own_ms, int64_t retry_after_ms) {
        int64_t most = MIN_OF((int64_t) RETRY_AFTER_MOST_MS, left_ms(item) / 2);

        return MAX_OF(own_ms, MIN_OF(retry_after_ms, most));
}

static bool is_gone(int status) {
        return status == 400 || status == 401 || status == 403 || status == 404 || status == 410;
}

static bool is_passing(int status) {
        return status == 408 || status == 425 || status == 429 || status >= 500;
}

static void once_more(Item *item, int64_t retry_after_ms, const char *why) {
        int64_t wait = (int64_t) FETCH_BASE_MS << MIN_OF(item->fetches, 10u);

        item->fetches++;
        if (item->fetches >= FETCHES_MAX || night_leaving(item->night)) {
                item_leave(item, why);
                return;
        }
        journal_operation(item, LOG_NOTICE, "its result could not be fetched: %s; once more", why);
        wait = item_wait_ms(item, MIN_OF(wait, (int64_t) FETCH_MAX_MS), retry_after_ms);
        item_later(item, (uint64_t) wait * 1000, item_fetch_part);
}

void item_gone(Item *item, const char *code, const char *what) {
        bool expired = left_ms(item) <= 0;
        int64_t since = accepted_ms(item);
        int64_t kept = config_result_kept_ms(item->night->config, item->job.driver);
        char when[TIME_TEXT_MAX], life[TIME_TEXT_MAX];

        time_format_utc(since, when);
        duration_format(kept, life);
        item_fail(item, expired ? OUTCOME_BROKEN : OUTCOME_UNKNOWN, expired, true, code,
                  "%s; it was made after %s%s%s%s%s", what, when,
                  kept > 0 ? ", and such results are kept for " : "", kept > 0 ? life : "",
                  kept > 0 ? " only" : "",
                  expired ? "" : "; has the provider another address or key now?");
}

/* The address is refused, and so is a fresh one. */
static void refused(Item *item, int status) {
        char what[80];

        (void) snprintf(what, sizeof what, "the result could not be fetched: HTTP status %d",
                        status);
        item_gone(item, "FETCH", what);
}

static void fetched(Item *item, const ProviderReply *reply) {
        Part *p = &item->parts[item->part];
        _cleanup_(freep) char *why = NULL;

        if (reply->status == 200 && reply->n_payloads == 1) {
                p->digest = reply->payloads[0].digest;
                p->bytes = reply->payloads[0].bytes;
                p->have_digest = true;
                item_drop_task(item);
                verify_part(item);
                return;
        }
        if (is_gone(reply->status) && operation_ask_again(item))
                return;
        if (is_gone(reply->status)) {
                refused(item, reply->status);
                return;
        }
        why = str_printf("HTTP status %d", reply->status);
        if (is_passing(reply->status))
                once_more(item, reply->retry_after_ms, why ? why : "a bad HTTP status");
        else
                item_fail(item, OUTCOME_BROKEN, true, true, "FETCH",
                          "the result could not be fetched: %s", why ? why : "a bad HTTP status");
}

static void on_fetched(const HttpResult *result, void *userdata) {
        Item *item = userdata;

        switch (result->end) {
        case HTTP_END_REPLY:
                fetched(item, &result->reply);
                return;
        case HTTP_END_NOT_SENT:
        case HTTP_END_LOST:
                once_more(item, -1, err_text(&result->err));
                return;
        case HTTP_END_UNUSABLE: /* beyond a limit of ours */
                item_fail(item, OUTCOME_BROKEN, false, true, "FETCH",
                          "the result could not be fetched: %s", err_text(&result->err));
                return;
        case HTTP_END_STORAGE:
                item_park(item, &result->err);
                return;
        }
        assert_not_reached();
}

void item_fetch_part(Item *item) {
        ProviderJob job = item_provider_job(item);
        ProviderCall call = {0};
        Err err = {0};
        int r;

        item->stage = ITEM_FETCHING;
        r = item->lane->driver->build_fetch(&job, &item->result.items[item->part], &call, &err);
        if (r >= 0)
                r = item_send(item, &call.http, (int) item->part, on_fetched, &err);
        provider_call_done(&call);
        if (r == -EBUSY || r == -ENOMEM || r == -EAGAIN)
                once_more(item, -1, err_text(&err));
        else if (r < 0)
                item_fail(item, OUTCOME_BROKEN, false, true, "FETCH", "%s", err_text(&err));
}
