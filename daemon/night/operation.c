/* SPDX-License-Identifier: MIT */

/*
 * A long-running operation from its acceptance to its end.
 *
 *      accepted (durable) --> WAITING --> ASKING --> open ----------> WAITING
 *                                ^           |-----> another handle -> settle -> ASKING
 *                                |           |-----> trouble --------> WAITING, longer
 *                                |           |-----> denied ---------> the same, for a while
 *                                |           '-----> a result -------> fetch, verify, settle
 *                                '--- the result's address is stale
 *
 * An operation is paid for from its acceptance on. So nothing but its own end ends it here: a
 * provider that does not answer, refuses the key or throttles the question is asked again, and what
 * is not over when the night is stays `running` for the next one. A provider that says it knows no
 * such operation is asked again, too: a new one may not be known everywhere yet. Only an operation
 * that it has said nothing else of for DENIAL_PATIENCE_MS, or not ended in LIFETIME_MS, is given to
 * a person.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/parse.h"
#include "night/state.h"

enum {
        POLL_FLOOR_MS = 2000,
        USUAL_MIN_MS = 30 * 1000, /* of a driver that does not say */
        USUAL_MAX_MS = 10 * 60 * 1000,
        TROUBLE_BASE_MS = 2000,
        TROUBLE_MAX_MS = 60 * 1000,
        TROUBLE_PATIENCE_MS = 30 * 60 * 1000, /* without an answer, then it is the next run's */
        DENIAL_PATIENCE_MS = 5 * 60 * 1000,   /* from the first denial to the last, ... */
        DENIALS_MIN = 4,                      /* ... and so many at least */
        PATIENCE_MIN_MS = 60 * 60 * 1000,     /* of one run with one operation, and at least ... */
        PATIENCE_USUAL = 6,                   /* ... so many times as long as it usually takes */
        LIFETIME_MS = 3 * 24 * 60 * 60 * 1000,
};

static void ask(Item *item);

static uint64_t since_us(const Item *item, uint64_t from_us) {
        return clock_mono_us(item->night->clock) - from_us;
}

static int64_t floor_ms(const Item *item) {
        if (item->lane->config->poll_every_ms > 0)
                return item->lane->config->poll_every_ms;
        return item->lane->driver->poll_floor_ms > 0 ? item->lane->driver->poll_floor_ms
                                                     : POLL_FLOOR_MS;
}

static int64_t jitter(const Item *item, int64_t ms) {
        return ms - ms / 20 +
               (int64_t) (clock_random(item->night->clock) % (uint64_t) (ms / 10 + 1));
}

/* Until the next poll: as the settings say; else when its end is due, by what is documented and by
 * what earlier ones took. */
static int64_t gap_ms(const Item *item) {
        Night *n = item->night;
        PollLoad load = {.out = n->operations};

        if (item->lane->config->poll_every_ms > 0)
                return jitter(item, item->lane->config->poll_every_ms);
        return (int64_t) (poll_wait_us(&item->times,
                                       item->age_us + since_us(item, item->accepted_us),
                                       item->polls == 0, &load, clock_random(n->clock)) /
                          1000);
}

static int64_t trouble_ms(const Item *item) {
        int64_t base = MIN_OF((int64_t) TROUBLE_BASE_MS, floor_ms(item));

        return jitter(item, MIN_OF(base << MIN_OF(item->troubles, 10u), (int64_t) TROUBLE_MAX_MS));
}

static void wait_for_it(Item *item, int64_t ms) {
        item_drop_task(item);
        item_later(item, (uint64_t) MAX_OF(ms, floor_ms(item)) * 1000, ask);
}

/* Without a past, and when it cannot be read, the documents alone say how long it takes. */
static void expect_end(Item *item) {
        const Driver *driver = item->lane->driver;
        int64_t low = driver->usual_min_ms > 0 ? driver->usual_min_ms : USUAL_MIN_MS;
        int64_t high = driver->usual_max_ms > 0 ? driver->usual_max_ms : USUAL_MAX_MS;
        PollRange documented = {(double) low / 1000, (double) high / 1000};
        PollPast past = {0};
        AlDuration d = {0};
        Err err = {0};

        if (al_duration_get(item->night->lib, item->job.provider, item->job.model,
                            asset_kind_word(item->job.kind), &d, &err) == AL_OK)
                past = (PollPast){.n = d.n, .mean = d.mean, .variance = d.variance};
        poll_model_init(&item->times, &documented, &past, (double) floor_ms(item) / 1000);
}

/* The operation is out and its handle durable. */
static void take_up(Item *item) {
        Night *n = item->night;
        int64_t age_ms;

        if (item->accepted_us > 0)
                return;
        age_ms = clock_wall_ms(n->clock) - item->accepted_ms;
        item->age_us = (uint64_t) MAX_OF(age_ms, 0) * 1000;
        item->accepted_us = clock_mono_us(n->clock);
        n->operations++;
        expect_end(item);
}

/* False: its answer was read by another who is spoken to in the same way (recover.c). */
static bool is_at_its_provider(const Item *item) {
        return streq(item->lane->config->name, item->job.provider);
}

void operation_accepted(Item *item) {
        bool first = !item->handle;

        assert(item->result.outcome == OUTCOME_OPEN && item->result.handle);
        free(item->handle);
        item->handle = TAKE_PTR(item->result.handle);
        item->polls = item->troubles = item->denials = 0;
        item->trouble_us = 0;
        item_reset_attempt(item);
        item->have_reply = false;
        if (first) {
                item->accepted_ms = clock_wall_ms(item->night->clock);
                journal_operation(item, LOG_INFO, "accepted by %s as '%s'", item->job.provider,
                                  item->handle);
        }
        if (first && !item->slot) /* read from a kept reply */
                item_adopt_slot(item);
        take_up(item);
        if (night_leaving(item->night) || !is_at_its_provider(item))
                item_leave(item, "it goes on at its provider");
        else if (first)
                wait_for_it(item, gap_ms(item));
        else
                ask(item);
}

void operation_resume(Item *item, AlOperation *op, uint64_t spread_us) {
        int64_t kept = config_result_kept_ms(item->night->config, item->job.driver);
        char when[TIME_TEXT_MAX], life[TIME_TEXT_MAX];

        item->handle = TAKE_PTR(op->handle);
        item->accepted_ms = op->accepted_ms;
        take_up(item);
        time_format_utc(item->accepted_ms, when);
        duration_format(kept, life);
        journal_operation(item, LOG_NOTICE,
                          "goes on since the last run; asking %s for it; accepted at %s%s%s",
                          item->job.provider, when, kept > 0 ? ", a result is kept for " : "",
                          kept > 0 ? life : "");
        item_later(item, spread_us, ask);
}

bool operation_ask_again(Item *item) {
        if (!item->handle || item->asked_again)
                return false;
        item->asked_again = true;
        item_reset_attempt(item);
        ask(item);
        return true;
}

/* ---- the answer ---- */

static bool beyond_its_life(const Item *item) {
        return clock_wall_ms(item->night->clock) - item->accepted_ms > LIFETIME_MS;
}

static int64_t patience_ms(const Item *item) {
        int64_t usual = MAX_OF(item->lane->driver->usual_max_ms, item->expected_ms);

        return MAX_OF((int64_t) PATIENCE_MIN_MS, PATIENCE_USUAL * usual);
}

/* Nothing new of it. */
static void still_open(Item *item, int64_t retry_after_ms) {
        provider_result_done(&item->result);
        if (beyond_its_life(item)) {
                item_fail(item, OUTCOME_UNKNOWN, false, true, "ENDLESS",
                          "the provider has not ended the operation in %d days",
                          LIFETIME_MS / (24 * 60 * 60 * 1000));
                return;
        }
        if (night_leaving(item->night))
                item_leave(item, "it goes on at its provider");
        else if (item->troubles > 0 &&
                 since_us(item, item->trouble_us) / 1000 > TROUBLE_PATIENCE_MS)
                item_leave(item, "the provider does not answer");
        else if (since_us(item, item->accepted_us) / 1000 > (uint64_t) patience_ms(item))
                item_leave(item, "it takes far longer than usual");
        else if (item->cancel_next && !item->cancelling && item->troubles == 0)
                ask(item); /* it has not ended: now it may be given up */
        else
                wait_for_it(item,
                            item_wait_ms(item, item->troubles > 0 ? trouble_ms(item) : gap_ms(item),
                                         retry_after_ms));
}

/* The provider said once more that it knows no such operation. */
static bool is_denied_for_good(Item *item) {
        if (item->denials++ == 0)
                item->denied_us = clock_mono_us(item->night->clock);
        return item->denials >= DENIALS_MIN &&
               since_us(item, item->denied_us) / 1000 >= DENIAL_PATIENCE_MS;
}

static void in_trouble(Item *item, Outcome trouble, int64_t retry_after_ms, const char *why) {
        if (item->troubles == 0) {
                item->trouble_us = clock_mono_us(item->night->clock);
                journal_operation(item, LOG_NOTICE, "%s did not tell how it is (%s): %s",
                                  item->job.provider, outcome_word(trouble), why);
        }
        item->troubles++;
        if (trouble == OUTCOME_UNKNOWN && is_denied_for_good(item)) {
                char what[RESULT_REASON_MAX];

                (void) snprintf(what, sizeof what, "asked for it, %s says that %s",
                                item->job.provider, why);
                item_gone(item, "OPERATION_GONE", what);
                return;
        }
        if (trouble == OUTCOME_CREDENTIALS && !lane_token_refused(item->lane)) {
                lane_stop(item->lane, trouble, why);
                item_leave(item, why);
                return;
        }
        still_open(item, retry_after_ms);
}

static void apply(Item *item, const ProviderReply *reply) {
        ProviderJob job = item_provider_job(item);
        ProviderResult *r = &item->result;
        Err err = {0};

        item->http_status = reply->status;
        item->n_payloads = reply->n_payloads;
        if (reply->n_payloads > 0)
                memcpy(item->payloads, reply->payloads,
                       reply->n_payloads * sizeof *reply->payloads);
        if (item->lane->driver->parse_poll(&job, item->handle, reply, r, &err) < 0) {
                in_trouble(item, OUTCOME_TRANSIENT, -1, err_text(&err));
                return;
        }
        if (r->outcome == OUTCOME_OPEN && r->trouble != OUTCOME_OPEN) {
                Outcome trouble = r->trouble;
                char why[RESULT_REASON_MAX];

                (void) snprintf(why, sizeof why, "%s", r->reason);
                in_trouble(item, trouble, r->retry_after_ms, why);
                return;
        }
        item->troubles = item->denials = 0;
        if (r->outcome == OUTCOME_MADE)
                item_take_result(item);
        else if (r->outcome != OUTCOME_OPEN || (r->handle && !streq(r->handle, item->handle)))
                item_settle(item);
        else
                still_open(item, r->retry_after_ms);
}

static void on_answer(const HttpResult *result, void *userdata) {
        Item *item = userdata;

        item->polls++;
        switch (result->end) {
        case HTTP_END_REPLY:
                apply(item, &result->reply);
                return;
        case HTTP_END_NOT_SENT:
        case HTTP_END_LOST:
        case HTTP_END_UNUSABLE:
                in_trouble(item, OUTCOME_TRANSIENT, -1, err_text(&result->err));
                return;
        case HTTP_END_STORAGE:
                item_park(item, &result->err);
                return;
        }
        assert_not_reached();
}

/* ---- the question ---- */

static void on_cancelled(const HttpResult *result, void *userdata) {
        Item *item = userdata;

        if (result->end != HTTP_END_REPLY)
                journal_operation(item, LOG_WARNING, "%s did not take the wish to cancel it: %s",
                                  item->job.provider, err_text(&result->err));
        else
                journal_operation(item, LOG_NOTICE, "%s was asked to cancel it (HTTP %d)",
                                  item->job.provider, result->reply.status);
        item_reset_attempt(item);
        still_open(item, -1); /* its end comes by the next answers, with what it cost */
}

/* True: a call to cancel is under way. */
static bool cancel_if_asked(Item *item) {
        _cleanup_(freep) char *who = NULL;
        ProviderJob job = item_provider_job(item);
        ProviderCall call = {0};
        Err err = {0};
        int r;

        if (item->cancelling || al_job_cancel_by(item->night->lib, item->job.id, &who, &err) < 0 ||
            !who)
                return false;
        if (item->lane->driver->cancel_destroys && !item->cancel_next) {
                item->cancel_next = true; /* after this answer, if it has not ended */
                return false;
        }
        item->cancelling = true;
        if (!item->lane->driver->build_cancel) {
                journal_operation(item, LOG_WARNING,
                                  "%s asked to cancel it, but %s cannot; its result will be kept",
                                  who, item->job.provider);
                return false;
        }
        r = item->lane->driver->build_cancel(&job, item->handle, &call, &err);
        if (r >= 0)
                r = item_send(item, &call.http, NO_PART, on_cancelled, &err);
        provider_call_done(&call);
        if (r < 0)
                journal_operation(item, LOG_WARNING, "it cannot be cancelled: %s", err_text(&err));
        return r >= 0;
}

static void ask(Item *item) {
        ProviderJob job = item_provider_job(item);
        ProviderCall call = {0};
        Err err = {0};
        int r;

        item->stage = ITEM_ASKING;
        if (cancel_if_asked(item))
                return;
        r = item->lane->driver->build_poll(&job, item->handle, &call, &err);
        if (r == -EINVAL) {
                provider_call_done(&call);
                item_fail(item, OUTCOME_UNKNOWN, false, true, "HANDLE",
                          "the operation cannot be asked for: %s", err_text(&err));
                return;
        }
        if (r >= 0)
                r = item_send(item, &call.http, NO_PART, on_answer, &err);
        provider_call_done(&call);
        if (r < 0)
                in_trouble(item, OUTCOME_TRANSIENT, -1, err_text(&err));
}
