/* SPDX-License-Identifier: MIT */

/* What a refusal means, and what follows from it. */

#include "night/limiter_internal.h"

#define TELLING_CALLS 5     /* of a minute that are more than an accident */
#define BORNE_BURSTS 2      /* that tell together what is borne: one gap alone may be chance */
#define CUT 0.9             /* of the limit: what is borne below it is another quota */
#define CUT_MOST 0.5        /* of the limit, by one refusal; ... */
#define CUT_MOST_STRAYS 0.9 /* ... where strays make it look worse */
#define RATE_SHARE 0.85     /* of the limit: who sends less is held back by slots */
#define RATE_RETRY_MS 3000  /* a longer Retry-After is a rate's */
#define SAME_HEIGHT 3       /* refusals at one height in a row that leave no doubt */
#define WIDER_HOLD_MAX_US (3600 * SECOND)
#define HOLD_CUT_MAX_US (90 * SECOND) /* while a limit that was higher may come back */
#define OVERLOAD_PACE 0.7
#define OVERLOAD_PACE_ONE 0.95 /* one by itself: ... */
#define OVERLOAD_GAP 6         /* ... after so many calls that were taken */
#define GATE_SLACK_US (20 * 1000)
#define TOLD_GATES 3             /* in a row, of no longer than is told */
#define TOLD_MIN_US (250 * 1000) /* that is doubled */
#define GATE_MAX_MS INT64_C(86400000)

/* ---- how many were accepted ---- */

static int64_t accepted_calls(const Limiter *l) {
        uint64_t second = l->now_us / SECOND;
        int64_t n = 0;

        for (size_t i = 0; i < LIMITER_HISTORY_S; i++)
                if (l->history_s[i] + LIMITER_HISTORY_S > second)
                        n += l->history[i];
        return n;
}

double limiter_accepted(const Limiter *l) {
        return (double) accepted_calls(l) /
               clamp((double) (l->now_us - l->first_us) / SECOND, 1, LIMITER_HISTORY_S);
}

/* The rate that was borne up to the burst that was noted: over the last minute; soon after other
 * bursts since those, which had found the quota spent. */
static double borne_rate(const Limiter *l) {
        double rate = limiter_accepted(l), since = 0;
        int64_t calls = 0;

        for (size_t k = 1; k <= BORNE_BURSTS && k < l->n_bursts; k++) {
                const LimiterBurst *before = &l->bursts[limiter_burst_at(l, k + 1)];
                double ago = (double) (l->now_us - before->at_us) / SECOND;

                if (ago >= LIMITER_HISTORY_S)
                        break;
                calls += l->bursts[limiter_burst_at(l, k)].calls;
                since = ago;
        }
        return since > 0 ? MIN_OF(rate, ((double) calls - 0.5) / since) : rate;
}

/* ---- refusals ---- */

static uint64_t told_wait(int64_t retry_after_ms) {
        return (uint64_t) MIN_OF(retry_after_ms, GATE_MAX_MS) * 1000;
}

static void begin_burst(Limiter *l) {
        l->any_burst = true;
        l->burst_us = l->now_us;
        l->burst_sent = 0;
}

/* Who is told a short wait again and again, in vain, waits twice as long each time. */
static uint64_t gate_wait_us(const Limiter *l, int64_t retry_after_ms) {
        static const uint8_t waits_s[] = {2, 8, 16, 32, 60}; /* by the number of gates in a row */
        const uint64_t most = waits_s[ARRAY_LEN(waits_s) - 1] * (uint64_t) SECOND;
        uint64_t wait;

        if (retry_after_ms < 0)
                return waits_s[MIN_OF((size_t) l->gates, ARRAY_LEN(waits_s) - 1)] *
                       (uint64_t) SECOND;
        wait = told_wait(retry_after_ms);
        if (l->gates >= TOLD_GATES)
                wait = MAX_OF(wait, (uint64_t) TOLD_MIN_US);
        for (int64_t i = TOLD_GATES; i <= l->gates && wait < most; i++)
                wait = MIN_OF(2 * wait, most);
        return wait;
}

static void close_gate(Limiter *l, int64_t retry_after_ms) {
        uint64_t wait = gate_wait_us(l, retry_after_ms);

        if (l->gates++ == 0)
                l->dry_us = l->now_us;
        l->gate_us = MAX_OF(l->gate_us, l->now_us + wait + GATE_SLACK_US);
        l->faster.shut_us += l->gate_us - l->now_us;
        l->next_us = l->gate_us;
        begin_burst(l);
}

/* What begins a burst: whether it is a stray. Then all wait when they are told to, and the levels
 * stay. */
static bool passed_over(Limiter *l, uint64_t sent_us, int64_t retry_after_ms) {
        if (sent_us > l->burst_first_us) /* that one was not refused */
                l->gates = 0;
        limiter_note_burst(l);
        if (!limiter_is_stray(l))
                return false;
        if (retry_after_ms >= 0)
                close_gate(l, retry_after_ms);
        else
                begin_burst(l);
        return true;
}

static void rate_refused(Limiter *l, double rate) {
        LimiterProbe *p = &l->faster;
        bool strays = l->stray_gap > 0, cut;
        uint64_t most = l->before > 0 ? HOLD_CUT_MAX_US : HOLD_MAX_US;

        if (p->on && rate > p->fallback) /* a bucket's reserve is no rate */
                rate = MIN_OF(rate, l->limit);
        rate = MAX_OF(rate, l->limit * (strays ? CUT_MOST_STRAYS : CUT_MOST));
        cut = rate < CUT * l->limit;
        if (cut && !strays && l->now_us >= l->stands_us)
                l->before = MAX_OF(l->before, l->limit);
        if (cut || l->limit <= 0)
                l->stands_us = l->now_us + (uint64_t) STANDS_US;
        if (strays)
                limiter_forgive(l);
        if (l->limit <= 0)
                l->unlimited = l->pace;
        limiter_set_limit(l, rate);
        if (p->on)
                limiter_probe_rest(p, l->now_us,
                                   strays ? (uint64_t) HOLD_US : MIN_OF(p->hold_us * 2, most));
        else
                limiter_probe_rest(p, l->now_us, cut ? (uint64_t) HOLD_US : p->hold_us);
}

/* One that got a step further than the last was no failure. What was taken for a rate before a first
 * cap is found was the cap, too. */
static void window_refused(Limiter *l, int64_t height, int64_t retry_after_ms) {
        LimiterProbe *p = &l->wider;
        uint64_t hold = (uint64_t) (limiter_is_cramped(l) ? HOLD_US : WIDER_HOLD_US);

        if (p->on && height <= l->cap + 1)
                hold = MIN_OF(p->hold_us * 2, (uint64_t) WIDER_HOLD_MAX_US);
        else if (!p->on && l->cap > 0)
                hold = p->hold_us;
        if (l->cap == 0 && l->unlimited > l->limit)
                limiter_set_limit(l, l->unlimited);
        l->unlimited = 0;
        l->cap_silent = retry_after_ms < 0;
        l->cap_before = l->cap;
        limiter_set_cap(l, height);
        limiter_probe_rest(p, l->now_us, hold);
}

/* Refused again with fewer in flight: it was not their number. */
static void was_rate_after_all(Limiter *l) {
        l->cap = l->cap_before;
        limiter_set_window(l, (double) (l->cap > 0 ? l->cap : l->peak));
        limiter_probe_rest(&l->wider, l->now_us, l->wider.hold_us);
        rate_refused(l, l->burst_rate);
        l->burst_capped = false;
}

/* How many were in flight at the provider when the call of sent_us came there: the ones sent after
 * it had not yet. */
static int64_t height_at(const Limiter *l, uint64_t sent_us) {
        int64_t n = l->in_flight;

        for (size_t i = 0; i < LIMITER_RECENT; i++)
                n -= l->recent_us[i] > sent_us;
        return MAX_OF(n, 0);
}

/* Whether calls left at the pace, rather than when a slot was free. */
static bool was_paced(const Limiter *l) {
        double since = (double) (l->now_us - l->burst_first_us) / SECOND;

        if (l->any_burst && since < LIMITER_HISTORY_S)
                return (double) l->burst_sent >= RATE_SHARE * l->limit * since;
        return limiter_accepted(l) >= RATE_SHARE * l->limit;
}

typedef enum Cause { CAUSE_RATE, CAUSE_WINDOW, CAUSE_UNCLEAR } Cause;

/* What a refusal most likely means. Twice at one height which was never passed, or many times at
 * the very same one, is no accident; once, and with less sent than the limit, may be one. */
static Cause cause_of(const Limiter *l, int64_t height, int64_t retry_after_ms) {
        Cause otherwise = was_paced(l) ? CAUSE_RATE : CAUSE_UNCLEAR;

        if (l->limit <= 0 || retry_after_ms > RATE_RETRY_MS)
                return CAUSE_RATE;
        if (height == 0) /* it was alone */
                return otherwise;
        if (l->cap_silent && retry_after_ms > 0 && otherwise == CAUSE_RATE)
                return CAUSE_RATE;
        if (l->wider.on && l->wider.sent > 0 && !l->faster.on)
                return CAUSE_WINDOW;
        if (l->refused_same >= SAME_HEIGHT)
                return CAUSE_WINDOW;
        if (l->refused_at > 0 && llabs(height - l->refused_at) <= 1 &&
            height + 1 + height / 50 >= l->peak)
                return CAUSE_WINDOW;
        return otherwise;
}

/* Whether there is a level to learn from it: others in flight, or calls that were accepted. Without a
 * limit to hold them against and another refusal shortly before, a few slow ones say nothing: slots
 * held them back. */
static bool is_telling(const Limiter *l, Cause cause, int64_t height) {
        int64_t n = accepted_calls(l);

        if (cause != CAUSE_RATE)
                return cause == CAUSE_WINDOW && height > 0;
        return n >= TELLING_CALLS ||
               (n > 0 && (l->limit > 0 ||
                          (l->any_burst && l->now_us - l->burst_us < LIMITER_HISTORY_S * SECOND)));
}

/* One decision for all that were in flight together. While the gate was closed nothing was sent, so
 * the first call after it only says that it opened too early. */
void limiter_refused(Limiter *l, uint64_t sent_us, int64_t retry_after_ms) {
        int64_t height = height_at(l, sent_us);
        Cause cause;

        limiter_count(l, sent_us, -1);
        if (l->any_burst && sent_us < l->burst_us) {
                limiter_note_more(l);
                if (retry_after_ms >= 0)
                        l->gate_us = MAX_OF(l->gate_us, l->now_us + told_wait(retry_after_ms));
                return;
        }
        l->peak_next = height;
        if (passed_over(l, sent_us, retry_after_ms))
                return;
        if (l->unpaced && (l->now_us - l->first_us < LIMITER_HISTORY_S * SECOND ||
                           accepted_calls(l) < TELLING_CALLS)) {
                limiter_begin_paced(l);
                close_gate(l, retry_after_ms);
                return;
        }
        l->unpaced = false;
        if (l->gates > 0) {
                if (l->burst_capped && height < l->cap)
                        was_rate_after_all(l);
                close_gate(l, retry_after_ms);
                return;
        }
        l->refused_same = height == l->refused_at ? l->refused_same + 1 : 0;
        l->burst_rate = borne_rate(l);
        if (llabs(height - l->refused_at) > 1)
                l->unlimited = 0;
        cause = cause_of(l, height, retry_after_ms);
        if (!is_telling(l, cause, height))
                cause = CAUSE_UNCLEAR;
        l->burst_capped = cause == CAUSE_WINDOW;
        if (cause == CAUSE_WINDOW)
                window_refused(l, height, retry_after_ms);
        else if (cause == CAUSE_RATE)
                rate_refused(l, l->burst_rate);
        l->refused_at = height;
        close_gate(l, retry_after_ms);
}

/* Whether the burst that was noted stands by itself, among calls that were taken. */
static bool is_single(const Limiter *l) {
        return l->gates == 0 && l->bursts[limiter_burst_at(l, 1)].calls >= OVERLOAD_GAP;
}

/* Slower for a while; it says nothing about what they take in better times. */
void limiter_overloaded(Limiter *l, uint64_t sent_us, int64_t retry_after_ms) {
        l->unpaced = false;
        if (l->any_burst && sent_us < l->burst_us) {
                limiter_note_more(l);
                return;
        }
        if (passed_over(l, sent_us, retry_after_ms))
                return;
        if (l->faster.on) {
                limiter_set_limit(l, l->limit);
                limiter_probe_rest(&l->faster, l->now_us, l->faster.hold_us);
        }
        limiter_set_pace(l, l->pace * (is_single(l) ? OVERLOAD_PACE_ONE : OVERLOAD_PACE));
        l->step_us = l->now_us;
        l->step_sent = 0;
        close_gate(l, retry_after_ms);
}
