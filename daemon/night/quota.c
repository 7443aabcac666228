/* SPDX-License-Identifier: MIT */

/*
 * Quotas: what one provider takes of one model, found by a limiter (limiter.h) and kept in the
 * library for the next night. A slot is held from the submission until the answer is here, or, of
 * an operation, until its end is seen; what happens to an answer afterwards (decoding, syncing,
 * committing) costs the provider nothing and keeps no call back.
 */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "night/state.h"

static LimiterCeilings ceilings_of(const Lane *lane) {
        return (LimiterCeilings){.concurrency = lane->config->concurrency,
                                 .per_minute = lane->config->per_minute};
}

static void begin(Lane *lane, Quota *q) {
        Night *n = lane->night;
        LimiterCeilings ceilings = ceilings_of(lane);
        AlLimit known = {0};
        Err err = {0};
        int r = al_limit_get(n->lib, lane->config->name, q->model, &known, &err);

        if (r < 0)
                log_warning("what earlier nights learned of %s is not known: %s",
                            lane->config->name, err_text(&err));
        if (r == AL_OK)
                q->saved = (LimiterLearned){.per_minute = known.per_minute, .cap = known.cap};
        limiter_init(&q->limiter, &ceilings, r == AL_OK ? &q->saved : NULL, LIMITER_PACE_NONE,
                     clock_mono_us(n->clock));
}

Quota *quota_of(Lane *lane, const char *model) {
        Quota *q;

        if (lane->driver->free)
                return NULL;
        for (q = lane->quotas; q; q = q->next)
                if (streq(q->model, model))
                        return q;
        q = calloc(1, sizeof *q);
        if (!q || !(q->model = strdup(model))) {
                free(q);
                return NULL; /* the lane's own ceilings still hold */
        }
        q->next = lane->quotas;
        lane->quotas = q;
        begin(lane, q);
        return q;
}

void quotas_renew(Lane *lane) {
        for (Quota *q = lane->quotas; q; q = q->next)
                q->limiter.ceilings = ceilings_of(lane);
}

void quotas_free(Lane *lane) {
        while (lane->quotas) {
                Quota *q = lane->quotas;

                lane->quotas = q->next;
                free(q->model);
                free(q);
        }
}

uint64_t quotas_wait(Lane *lane, uint64_t now) {
        uint64_t least = lane->quotas ? UINT64_MAX : 0;

        for (Quota *q = lane->quotas; q; q = q->next) {
                q->wait_us = limiter_wait(&q->limiter, now);
                least = MIN_OF(least, q->wait_us);
        }
        return least;
}

/* ---- slots ---- */

void item_take_slot(Item *item) {
        assert(!item->slot);
        item->slot = true;
        item->lane->in_flight++;
        item->night->slots++;
}

void item_adopt_slot(Item *item) {
        item_take_slot(item);
        item->held = true;
        if (item->quota)
                limiter_adopted(&item->quota->limiter);
}

void item_free_slot(Item *item) {
        if (!item->slot)
                return;
        item->slot = false;
        item_probe_end(item);
        item->lane->in_flight--;
        item->night->slots--;
        if (item->held && item->quota)
                limiter_freed(&item->quota->limiter, clock_mono_us(item->night->clock));
        item->held = false;
        lanes_pump_soon(item->night);
}

/* ---- answers ---- */

static bool differs(double a, double b) {
        return fabs(a - b) > 0.1 * fmax(a, b);
}

/* A line when a limit was found or has moved by a tenth. */
static void tell(Lane *lane, Quota *q) {
        LimiterLearned now = limiter_learned(&q->limiter);
        LogField fields[] = {{"PREGEN_PROVIDER", lane->config->name}, {"PREGEN_MODEL", q->model}};
        char cap[48] = "";

        if (!differs(now.per_minute, q->told.per_minute) && now.cap == q->told.cap)
                return;
        q->told = now;
        if (now.per_minute <= 0 && now.cap <= 0)
                return;
        if (now.cap > 0)
                (void) snprintf(cap, sizeof cap, ", at most %" PRId64 " at once", now.cap);
        log_event(LOG_INFO, NULL, fields, ARRAY_LEN(fields), "%s takes %.*f calls a minute of %s%s",
                  lane->config->name, now.per_minute < 10, now.per_minute, q->model, cap);
}

static LimiterEnd end_of(const Item *item) {
        const ProviderResult *r = &item->result;

        if (item->http_status == 503)
                return LIMITER_OVERLOADED;
        switch (r->outcome) {
        case OUTCOME_OPEN:
                return LIMITER_HELD;
        case OUTCOME_THROTTLED:
                return r->throttle == THROTTLE_MINUTE ? LIMITER_REFUSED : LIMITER_FAILED;
        case OUTCOME_TRANSIENT:
        case OUTCOME_UNKNOWN:
        case OUTCOME_CREDENTIALS:
        case OUTCOME_FUNDS:
                return LIMITER_FAILED;
        case OUTCOME_MADE:
        case OUTCOME_BLOCKED:
        case OUTCOME_REJECTED:
        case OUTCOME_BROKEN:
                return LIMITER_OK;
        case _OUTCOME_MAX:
        case _OUTCOME_INVALID:
                break;
        }
        assert_not_reached();
}

void quota_answered(Item *item, const ProviderReply *reply) {
        Quota *q = item->quota;
        uint64_t now = clock_mono_us(item->night->clock);
        LimiterEnd how;

        if (!q || !item->slot)
                return;
        limiter_quota_headers(&q->limiter, now, &reply->requests, &reply->tokens);
        how = end_of(item);
        limiter_ended(&q->limiter, now, how, item->sent_us, item->result.retry_after_ms);
        item->held = how == LIMITER_HELD;
        tell(item->lane, q);
}

void quota_failed(Item *item) {
        if (item->quota && item->slot)
                limiter_ended(&item->quota->limiter, clock_mono_us(item->night->clock),
                              LIMITER_FAILED, item->sent_us, -1);
}

void quotas_save(Night *n) {
        for (size_t i = 0; i < n->n_lanes; i++)
                for (Quota *q = n->lanes[i].quotas; q; q = q->next) {
                        LimiterLearned now = limiter_learned(&q->limiter);
                        AlLimit limit = {.provider = n->lanes[i].config->name,
                                         .model = q->model,
                                         .per_minute = now.per_minute,
                                         .cap = now.cap,
                                         .learned_ms = clock_wall_ms(n->clock)};
                        Err err = {0};

                        if ((now.per_minute <= 0 && now.cap <= 0) ||
                            (!differs(now.per_minute, q->saved.per_minute) &&
                             now.cap == q->saved.cap))
                                continue;
                        if (al_limit_set(n->lib, &limit, &err) < 0)
                                log_warning("what was learned of %s is not kept: %s",
                                            limit.provider, err_text(&err));
                        q->saved = now;
                }
}
