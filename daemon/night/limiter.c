/* SPDX-License-Identifier: MIT */

/* Its levels, and how it looks for higher ones; what a refusal does to them is in
 * limiter_refusal.c. */

#include "night/limiter_internal.h"

/* How it searches. The figures come from simulation: tests/bench/limits.c. */
#define START_PACE 1.0
#define START_WINDOW 4.0
#define PACE_MIN (1.0 / 600)
#define PACE_MAX LIMITER_PACE_NONE
#define LEARNED_MIN 0.5   /* calls a minute */
#define STEP_CALLS 5.0    /* slow start: so many calls, or seconds' worth of them, a step, ... */
#define STEP_PACE 1.5     /* ... so much faster, ... */
#define STEP_SLACK 1.25   /* ... unless it was not the pace that held it back; ... */
#define STEP_WINDOW 1.25  /* ... and so much wider whenever the window binds */
#define BELOW_LIMIT 0.998 /* the pace at a known limit */
#define CREDIT_CALLS 3 /* late calls that are made up for at once where slots are short; else 1 */
#define PROBE_PACE 1.03
#define CUT_BACK 0.97     /* of what stood before a cut: that is back */
#define CLIMB_STRAYS 1.25 /* where no refusal says when to stop: by their share */
#define CLIMB_BACK 2.0    /* to what stood before a cut, at most */
#define CLIMB_WINDOW 1.10
#define CLIMB_CRAMPED 1.5
#define PROBE_US (61 * SECOND) /* longer than a minute that is counted from its full */
#define CLIMB_US (30 * SECOND)
#define CRAMPED 0.33         /* of the limit */
#define RESERVE 0.05         /* of a quota that headers tell */
#define PEAK_US (2 * SECOND) /* a refusal is back by then */

/* ---- setting levels, within what is declared ---- */

static uint64_t interval_us(const Limiter *l) {
        return l->unpaced ? 0 : (uint64_t) ((double) SECOND / l->pace);
}

void limiter_set_pace(Limiter *l, double pace) {
        double most = l->ceilings.per_minute > 0 ? (double) l->ceilings.per_minute / 60 : PACE_MAX;

        l->pace = clamp(pace, PACE_MIN, MAX_OF(most, PACE_MIN));
        /* Whom a slower pace told to wait for long need not. */
        l->next_us = MIN_OF(l->next_us, MAX_OF(l->gate_us, l->now_us + interval_us(l)));
}

void limiter_set_window(Limiter *l, double window) {
        double most = l->ceilings.concurrency > 0 ? (double) l->ceilings.concurrency : WINDOW_MAX;

        l->window = clamp(window, 1, most);
}

void limiter_set_limit(Limiter *l, double limit) {
        l->slow_start = l->unpaced = false;
        l->limit = clamp(limit, PACE_MIN, PACE_MAX);
        limiter_set_pace(l, l->limit * BELOW_LIMIT);
}

void limiter_set_cap(Limiter *l, int64_t cap) {
        l->cap = (int64_t) clamp((double) cap, 1, WINDOW_MAX);
        limiter_set_window(l, (double) l->cap);
}

void limiter_probe_rest(LimiterProbe *p, uint64_t now_us, uint64_t hold_us) {
        *p = (LimiterProbe){.since_us = now_us, .hold_us = hold_us};
}

/* The next level, now. */
static void probe_begin(LimiterProbe *p, uint64_t now_us, uint64_t length_us) {
        p->on = true;
        p->since_us = now_us;
        p->length_us = length_us;
        p->sent = p->bursts = 0;
        p->shut_us = 0;
}

/* What is learned has a call of its last minute behind it. Less than that was kept by a version
 * that took a night's first call, refused, for a limit. */
static bool is_credible(const LimiterLearned *learned) {
        return learned && !(learned->per_minute > 0 && learned->per_minute < LEARNED_MIN);
}

void limiter_init(Limiter *l, const LimiterCeilings *ceilings, const LimiterLearned *learned,
                  double hint, uint64_t now_us) {
        assert(l && ceilings);
        *l = (Limiter){
                .ceilings = *ceilings,
                .slow_start = true,
                .unpaced = hint >= LIMITER_PACE_NONE,
                .now_us = now_us,
                .next_us = now_us,
                .step_us = now_us,
        };
        limiter_set_pace(l, hint > 0 ? hint : START_PACE);
        limiter_set_window(l, START_WINDOW);
        limiter_probe_rest(&l->faster, now_us, HOLD_US);
        limiter_probe_rest(&l->wider, now_us, WIDER_HOLD_US);
        if (!is_credible(learned))
                return;
        if (learned->per_minute > 0) {
                limiter_set_limit(l, learned->per_minute / 60);
                limiter_set_window(l, WINDOW_MAX);
        }
        if (learned->cap > 0)
                limiter_set_cap(l, learned->cap);
}

void limiter_begin_paced(Limiter *l) {
        l->unpaced = false;
        memset(l->history_s, 0, sizeof l->history_s);
        memset(l->history, 0, sizeof l->history);
        l->first_us = l->step_us = l->now_us;
        l->step_sent = 0;
        limiter_set_pace(l, START_PACE);
        limiter_set_window(l, MAX_OF(START_WINDOW, (double) l->in_flight));
}

/* ---- looking for more ---- */

/* Back up to the limit, step by step, after an overload. */
static bool recovers(Limiter *l) {
        double whole = l->limit * BELOW_LIMIT;

        if (l->faster.on || l->pace >= whole * (1 - 1e-9) ||
            (l->ceilings.per_minute > 0 && l->pace >= (double) l->ceilings.per_minute / 60))
                return false;
        if (l->now_us - l->step_us >= (uint64_t) CLIMB_US) {
                limiter_set_pace(l, MIN_OF(l->pace * CLIMB_PACE, whole));
                l->step_us = l->now_us;
        }
        return true;
}

/* The pace above the limit that is tried next; when the one before was not refused, a bolder one. */
static double next_pace(const Limiter *l, bool climbs) {
        if (!climbs)
                return l->limit * PROBE_PACE;
        if (l->stray_gap > 0)
                return l->limit * CLIMB_STRAYS;
        if (l->before > l->limit)
                return MIN_OF(l->limit * CLIMB_BACK, l->before * BELOW_LIMIT);
        return l->limit * CLIMB_PACE;
}

/* A pace that was not refused is the limit now. */
static void keep_pace(Limiter *l) {
        if (l->limit < l->pace * CUT_BACK)
                l->stands_us = l->now_us + (uint64_t) STANDS_US;
        l->limit = l->pace;
        l->faster.hold_us = HOLD_US;
        if (l->limit >= l->before * CUT_BACK)
                l->before = 0;
}

/* A level that was not refused is kept and the next one tried at once. A time in which there was
 * too little to send proves nothing. */
static void probe_pace(Limiter *l) {
        LimiterProbe *p = &l->faster;
        uint64_t took = l->now_us - p->since_us;
        uint64_t open = took - (l->stray_gap > 0 ? MIN_OF(took, p->shut_us) : 0);
        bool climbs = p->on, suffers, idle;

        if (l->limit <= 0 || recovers(l) || took < (climbs ? p->length_us : p->hold_us))
                return;
        suffers = limiter_probe_suffers(l);
        idle = (double) p->sent < 0.9 * l->pace * (double) open / SECOND - 1;
        if (climbs && (suffers || idle)) {
                if (idle && l->pace > l->limit * CLIMB_PACE) /* slots hold it back, not the quota */
                        l->before = 0;
                limiter_set_limit(l, l->limit);
                limiter_probe_rest(p, l->now_us, suffers ? (uint64_t) HOLD_US : p->hold_us);
                return;
        }
        if (climbs)
                keep_pace(l);
        else
                p->fallback = l->limit;
        limiter_set_pace(l, next_pace(l, climbs));
        probe_begin(p, l->now_us, climbs ? CLIMB_US : PROBE_US);
}

bool limiter_is_cramped(const Limiter *l) {
        return l->limit > 0 && limiter_accepted(l) < CRAMPED * l->limit;
}

static void probe_window(Limiter *l) {
        LimiterProbe *p = &l->wider;
        bool climbs = p->on;
        double step;

        if (l->cap <= 0 || (climbs && p->sent == 0) ||
            l->now_us - p->since_us < (climbs ? p->length_us : p->hold_us))
                return;
        if (climbs) {
                l->cap = (int64_t) l->window;
                p->hold_us = WIDER_HOLD_US;
        }
        step = limiter_is_cramped(l) ? CLIMB_CRAMPED : CLIMB_WINDOW;
        limiter_set_window(l, MAX_OF((double) l->cap + 1, climbs ? (double) l->cap * step : 0));
        probe_begin(p, l->now_us, CLIMB_US);
}

void limiter_advance(Limiter *l, uint64_t now_us) {
        l->now_us = MAX_OF(l->now_us, now_us);
        if (l->now_us < l->gate_us)
                return;
        probe_pace(l);
        probe_window(l);
}

/* Slow start: faster, if it was the pace that held it back. */
static void grow(Limiter *l) {
        double calls = MAX_OF(STEP_CALLS, STEP_CALLS * l->pace);
        double took = (double) (l->now_us - l->step_us) / SECOND;

        if (++l->step_sent < (int64_t) calls)
                return;
        if (took <= STEP_SLACK * calls / l->pace)
                limiter_set_pace(l, l->pace * STEP_PACE);
        l->step_sent = 0;
        l->step_us = l->now_us;
}

/* ---- sending ---- */

void limiter_count(Limiter *l, uint64_t at_us, int32_t n) {
        uint64_t second = at_us / SECOND;
        size_t i = second % LIMITER_HISTORY_S;

        if (l->history_s[i] != second) {
                if (n < 0) /* longer ago than what is kept */
                        return;
                l->history_s[i] = second;
                l->history[i] = 0;
        }
        l->history[i] += n;
}

uint64_t limiter_wait(Limiter *l, uint64_t now_us) {
        uint64_t at;

        assert(l);
        limiter_advance(l, now_us);
        if (l->in_flight >= (int64_t) l->window)
                return UINT64_MAX;
        at = MAX_OF(l->gate_us, l->next_us);
        if (l->ceilings.per_minute > 0 && l->any_sent)
                at = MAX_OF(at, l->last_us + (uint64_t) (MINUTE_US / l->ceilings.per_minute) + 1);
        return at > l->now_us ? at - l->now_us : 0;
}

/* The pace's next moment. Lateness is made up for, a little: a loop that is busy, or a slot that was
 * free a moment ago, shall cost no rate. */
static void spend_pace(Limiter *l) {
        uint64_t interval = interval_us(l);
        uint64_t credit = MIN_OF(interval * (l->cap > 0 ? CREDIT_CALLS : 1), l->now_us);

        l->next_us = MAX_OF(l->next_us, l->now_us - credit) + interval;
}

/* The height that this call may be accepted at; it is sure when no refusal has come back. */
static void note_height(Limiter *l) {
        l->recent_us[l->recent++ % LIMITER_RECENT] = l->now_us;
        if (l->now_us - l->peak_us > (uint64_t) PEAK_US) {
                l->peak = MAX_OF(l->peak, l->peak_next);
                l->peak_us = l->now_us;
                l->peak_next = 0;
        }
        l->peak_next = MAX_OF(l->peak_next, l->in_flight);
}

void limiter_sent(Limiter *l, uint64_t now_us) {
        assert(l);
        limiter_advance(l, now_us);
        spend_pace(l);
        if (!l->any_sent)
                l->first_us = l->now_us;
        l->any_sent = true;
        l->last_us = l->now_us;
        l->in_flight++;
        if (l->burst_sent++ == 0)
                l->burst_first_us = l->now_us;
        limiter_count(l, l->now_us, 1);
        note_height(l);
        l->faster.sent++;
        if (l->slow_start)
                grow(l);
        if (l->cap == 0 && l->in_flight >= (int64_t) l->window)
                limiter_set_window(l, MAX_OF(l->window * STEP_WINDOW, l->window + 1));
        if (l->wider.on && l->in_flight > l->cap && l->wider.sent++ == 0)
                l->wider.since_us = l->now_us;
}

static void free_slot(Limiter *l) {
        l->in_flight = MAX_OF(l->in_flight - 1, 0);
}

void limiter_unsent(Limiter *l) {
        assert(l);
        free_slot(l);
        limiter_count(l, l->last_us, -1);
        l->burst_sent = MAX_OF(l->burst_sent - 1, 0);
        l->faster.sent = MAX_OF(l->faster.sent - 1, 0);
}

void limiter_freed(Limiter *l, uint64_t now_us) {
        assert(l);
        limiter_advance(l, now_us);
        free_slot(l);
}

void limiter_adopted(Limiter *l) {
        assert(l);
        l->in_flight++;
}

void limiter_ended(Limiter *l, uint64_t now_us, LimiterEnd how, uint64_t sent_us,
                   int64_t retry_after_ms) {
        assert(l);
        limiter_advance(l, now_us);
        if (how != LIMITER_HELD)
                free_slot(l);
        switch (how) {
        case LIMITER_OK:
        case LIMITER_HELD:
                if (sent_us >= l->burst_us)
                        l->gates = 0;
                return;
        case LIMITER_FAILED:
                return;
        case LIMITER_REFUSED:
                limiter_refused(l, sent_us, retry_after_ms);
                return;
        case LIMITER_OVERLOADED:
                limiter_overloaded(l, sent_us, retry_after_ms);
                return;
        }
        assert_not_reached();
}

/* ---- what is said, and what is kept ---- */

bool limiter_is_dry(const Limiter *l) {
        assert(l);
        return l->gates >= LIMITER_DRY_GATES &&
               l->now_us - l->dry_us >= (uint64_t) (LIMITER_DRY_S * SECOND);
}

LimiterLearned limiter_learned(const Limiter *l) {
        assert(l);
        return (LimiterLearned){.per_minute = l->limit * 60, .cap = l->cap};
}

/* Only what is plainly a minute's quota: a day's refills over hours, and is held elsewhere. */
static bool is_a_minutes(const ProviderQuota *q) {
        return q && q->limit > 0 && q->reset_ms >= 0 && q->reset_ms <= MINUTE_US / 1000;
}

/* Waits until a little of a quota that is nearly spent has come back. */
static void keep_reserve(Limiter *l, const ProviderQuota *q) {
        double missing, wait_ms;

        if (!is_a_minutes(q) || q->remaining < 0)
                return;
        missing = RESERVE - (double) q->remaining / (double) q->limit;
        wait_ms = MIN_OF(missing * (double) MINUTE_US / 1000, (double) q->reset_ms);
        if (wait_ms > 0)
                l->gate_us = MAX_OF(l->gate_us, l->now_us + (uint64_t) (wait_ms * 1000));
}

void limiter_quota_headers(Limiter *l, uint64_t now_us, const ProviderQuota *requests,
                           const ProviderQuota *tokens) {
        assert(l);
        limiter_advance(l, now_us);
        keep_reserve(l, requests);
        keep_reserve(l, tokens);
        if (!is_a_minutes(requests) || requests->limit == l->told)
                return;
        l->told = requests->limit;
        limiter_set_limit(l, (double) l->told / 60);
        limiter_probe_rest(&l->faster, l->now_us, HOLD_MAX_US);
        if (l->cap == 0)
                limiter_set_window(l, WINDOW_MAX);
}
