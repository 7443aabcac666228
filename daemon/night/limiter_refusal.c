/* SPDX-License-Identifier: MIT */

/* What a refusal means, and what follows from it. */

#include <math.h>

#include "night/limiter_internal.h"

#define TELLING_CALLS 5    /* of a minute that are more than an accident */
#define CUT 0.9            /* of the limit: what is borne below it is another quota */
#define RATE_SHARE 0.85    /* of the limit: who sends less is held back by slots */
#define RATE_RETRY_MS 3000 /* a longer Retry-After is a rate's */
#define SAME_HEIGHT 3      /* refusals at one height in a row that leave no doubt */
#define WIDER_HOLD_MAX_US (3600 * SECOND)
#define OVERLOAD_PACE 0.7
#define STRAYS_MIN 5      /* gaps that must have been seen, ... */
#define STRAY_GAP_MIN 8   /* ... each of so many calls, */
#define STRAY_GAP_MAX 60  /* on average at most so many, ... */
#define STRAY_PACES 1.25  /* ... at paces so far apart */
#define STRAY_EVEN 0.35   /* the gap at low paces over that at high ones, at least */
#define STRAY_DENSER 0.35 /* of the average gap, over a streak: no chance */
#define GATE_SLACK_US (20 * 1000)
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

/* The rate that was borne up to a refusal: over the last minute; soon after another burst since
 * that one, which had found the quota spent. */
static double borne_rate(const Limiter *l) {
        double rate = limiter_accepted(l);
        double since = (double) (l->now_us - l->burst_us) / SECOND;

        if (l->any_burst && since > 0 && since < LIMITER_HISTORY_S)
                rate = MIN_OF(rate, ((double) l->burst_sent - 0.5) / since);
        return rate;
}

/* ---- strays ---- */

static size_t calm_known(const Limiter *l) {
        return MIN_OF(l->n_calm, (size_t) LIMITER_GAPS);
}

/* The highest pace of the calm gaps. */
static double calm_pace(const Limiter *l) {
        double high = 0;

        for (size_t i = 0; i < calm_known(l); i++)
                high = MAX_OF(high, l->calm[i].pace);
        return high;
}

/* Whether refusals come as seldom at the lower ones of the paces as at the higher: then it is not
 * the pace. Where a quota was cut they come denser. */
static bool is_at_any_pace(const Limiter *l) {
        double low = INFINITY, high = calm_pace(l), between, sum[2] = {0};
        int n[2] = {0};

        for (size_t i = 0; i < calm_known(l); i++)
                low = MIN_OF(low, l->calm[i].pace);
        if (high < STRAY_PACES * low)
                return false;
        between = sqrt(low * high);
        for (size_t i = 0; i < calm_known(l); i++) {
                bool fast = l->calm[i].pace > between;

                sum[fast] += (double) l->calm[i].calls;
                n[fast]++;
        }
        return sum[0] / n[0] >= STRAY_EVEN * sum[1] / n[1];
}

/* How many calls lie between two refusals that come at any pace, as far as that is plain: enough of
 * them, not so rare that they slow nobody down, and at paces far apart. 0: it is not. */
static double stray_gap(Limiter *l) {
        size_t known = calm_known(l);
        double sum = 0;

        for (size_t i = 0; i < known; i++)
                sum += (double) l->calm[i].calls;
        if (known < STRAYS_MIN || sum > STRAY_GAP_MAX * (double) known)
                l->strays = false;
        else if (is_at_any_pace(l))
                l->strays = true;
        return l->strays ? sum / (double) known : 0;
}

/* Remembers how many calls it was since the last refusal; of those that came while nothing higher
 * was tried also the pace. Many in a row are of a limit, and so may those be of a pace that is
 * higher than what is known. */
static void note_gap(Limiter *l) {
        int64_t calls = l->burst_sent;

        l->gaps[l->n_gaps++ % LIMITER_STREAK] = calls;
        if (l->limit > 0 && !l->faster.on && !(l->wider.on && l->wider.sent > 0) &&
            calls >= STRAY_GAP_MIN && (!l->strays || l->pace <= calm_pace(l)))
                l->calm[l->n_calm++ % LIMITER_GAPS] = (LimiterGap){calls, l->pace};
}

/* One more of the newest burst: it was no call that was borne before it. */
static void note_more(Limiter *l) {
        int64_t *gap = &l->gaps[(l->n_gaps + LIMITER_STREAK - 1) % LIMITER_STREAK];

        *gap = MAX_OF(*gap - 1, 0);
}

/* A provider short of capacity refuses some of all calls, from all its clients, fast or slow. Who
 * took each for a limit would be slower after each, without end. So those are passed over, while
 * they come no denser. */
static bool is_stray(Limiter *l) {
        double usual = stray_gap(l);
        int64_t streak = 0;

        for (size_t i = 0; i < LIMITER_STREAK; i++)
                streak += l->gaps[i];
        return usual > 0 && (double) streak >= STRAY_DENSER * LIMITER_STREAK * usual;
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

static void close_gate(Limiter *l, int64_t retry_after_ms) {
        static const uint8_t waits_s[] = {2, 8, 16, 32, 60}; /* by the number of gates in a row */
        size_t i = MIN_OF((size_t) l->gates, ARRAY_LEN(waits_s) - 1);
        uint64_t wait =
                retry_after_ms >= 0 ? told_wait(retry_after_ms) : (uint64_t) (waits_s[i] * SECOND);

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
        note_gap(l);
        if (!is_stray(l))
                return false;
        if (retry_after_ms >= 0)
                close_gate(l, retry_after_ms);
        else
                begin_burst(l);
        return true;
}

static void rate_refused(Limiter *l, double rate) {
        LimiterProbe *p = &l->faster;
        bool cut;

        if (p->on && rate > p->fallback) /* a bucket's reserve is no rate */
                rate = MIN_OF(rate, l->limit);
        if (l->limit > 0)
                rate = MAX_OF(rate, l->limit / 2);
        cut = rate < CUT * l->limit;
        limiter_set_limit(l, rate);
        if (p->on)
                limiter_probe_rest(p, l->now_us,
                                   l->strays ? (uint64_t) HOLD_US
                                             : MIN_OF(p->hold_us * 2, (uint64_t) HOLD_MAX_US));
        else
                limiter_probe_rest(p, l->now_us, cut ? (uint64_t) HOLD_US : p->hold_us);
}

static void window_refused(Limiter *l, int64_t height) {
        LimiterProbe *p = &l->wider;

        l->cap_before = l->cap;
        limiter_set_cap(l, height);
        limiter_probe_rest(p, l->now_us,
                           p->on ? MIN_OF(p->hold_us * 2, (uint64_t) WIDER_HOLD_MAX_US)
                                 : p->hold_us);
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

/* What a refusal most likely means. Twice at one height which was never passed, or many times at
 * the very same one, is no accident. */
static bool is_rate(const Limiter *l, int64_t height, int64_t retry_after_ms) {
        if (l->limit <= 0 || retry_after_ms > RATE_RETRY_MS)
                return true;
        if (height == 0) /* it was alone */
                return was_paced(l);
        if (l->wider.on && l->wider.sent > 0 && !l->faster.on)
                return false;
        if (l->refused_same >= SAME_HEIGHT)
                return false;
        if (llabs(height - l->refused_at) <= 1 && height + 1 + height / 50 >= l->peak)
                return false;
        return was_paced(l);
}

/* Whether there is a level to learn from it: others in flight, or calls that were accepted. Without a
 * limit to hold them against and another refusal shortly before, a few slow ones say nothing: slots
 * held them back. */
static bool is_telling(const Limiter *l, int64_t height) {
        int64_t n = accepted_calls(l);

        if (l->burst_capped)
                return height > 0;
        return n >= TELLING_CALLS ||
               (n > 0 && (l->limit > 0 ||
                          (l->any_burst && l->now_us - l->burst_us < LIMITER_HISTORY_S * SECOND)));
}

/* One decision for all that were in flight together. While the gate was closed nothing was sent, so
 * the first call after it only says that it opened too early. */
void limiter_refused(Limiter *l, uint64_t sent_us, int64_t retry_after_ms) {
        int64_t height = height_at(l, sent_us);

        l->unpaced = false;
        limiter_count(l, sent_us, -1);
        if (l->any_burst && sent_us < l->burst_us) {
                note_more(l);
                if (retry_after_ms >= 0)
                        l->gate_us = MAX_OF(l->gate_us, l->now_us + told_wait(retry_after_ms));
                return;
        }
        l->peak_next = height;
        if (passed_over(l, sent_us, retry_after_ms))
                return;
        if (l->gates > 0) {
                if (l->burst_capped && height < l->cap)
                        was_rate_after_all(l);
                close_gate(l, retry_after_ms);
                return;
        }
        l->refused_same = height == l->refused_at ? l->refused_same + 1 : 0;
        l->burst_rate = borne_rate(l);
        l->burst_capped = !is_rate(l, height, retry_after_ms);
        if (!is_telling(l, height))
                l->burst_capped = false;
        else if (l->burst_capped)
                window_refused(l, height);
        else
                rate_refused(l, l->burst_rate);
        l->refused_at = height;
        close_gate(l, retry_after_ms);
}

/* Slower for a while; it says nothing about what they take in better times. */
void limiter_overloaded(Limiter *l, uint64_t sent_us, int64_t retry_after_ms) {
        l->unpaced = false;
        if (l->any_burst && sent_us < l->burst_us) {
                note_more(l);
                return;
        }
        if (passed_over(l, sent_us, retry_after_ms))
                return;
        if (l->faster.on) {
                limiter_set_limit(l, l->limit);
                limiter_probe_rest(&l->faster, l->now_us, l->faster.hold_us);
        }
        limiter_set_pace(l, l->pace * OVERLOAD_PACE);
        l->step_us = l->now_us;
        l->step_sent = 0;
        close_gate(l, retry_after_ms);
}
