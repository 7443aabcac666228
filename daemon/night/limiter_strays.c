/* SPDX-License-Identifier: MIT */

/*
 * Strays: refusals that have nothing to do with how much is sent. A provider short of capacity
 * refuses some of all calls, from all its clients, fast or slow. Who took each for a limit would be
 * slower after each, without end. So once it is plain that they come at any pace they are passed
 * over, while they come no denser than usual.
 */

#include <math.h>

#include "night/limiter_internal.h"

#define STRAYS_MIN 5      /* gaps that must have been seen, ... */
#define STRAY_GAP_MIN 8   /* ... each of so many calls, */
#define STRAY_GAP_MAX 60  /* on average at most so many, ... */
#define STRAY_PACES 1.25  /* ... at paces so far apart */
#define STRAY_EVEN 0.35   /* the gap at low paces over that at high ones, at least */
#define STRAY_DENSER 0.35 /* of the average gap, over a streak: no chance */
#define STRAY_SPREAD 1.5  /* standard deviations that are chance */
#define STRAY_YIELD 0.5   /* of the pace, that a probe brings at least */
#define STRAY_SHARE 0.25  /* of the pace; where less is borne it is the pace */

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
 * them, not so rare that they slow nobody down, and at paces far apart. Once plain it stays so while
 * they are as many: at the pace that follows, paces are not far apart any more. */
static void weigh(Limiter *l) {
        size_t known = calm_known(l);
        double sum = 0;

        for (size_t i = 0; i < known; i++)
                sum += (double) l->calm[i].calls;
        if (known < STRAYS_MIN || sum > STRAY_GAP_MAX * (double) known)
                l->stray_gap = 0;
        else if (l->stray_gap > 0 || is_at_any_pace(l))
                l->stray_gap = sum / (double) known;
}

/* Of those that came while nothing higher was tried also the pace is remembered. Many in a row are
 * of a limit, and so may those be of a pace that is higher than what is known. */
void limiter_note_burst(Limiter *l) {
        int64_t calls = l->burst_sent;

        l->bursts[l->n_bursts++ % LIMITER_STREAK] = (LimiterBurst){l->now_us, calls};
        l->faster.bursts++;
        if (l->limit > 0 && !l->faster.on && !(l->wider.on && l->wider.sent > 0) &&
            calls >= STRAY_GAP_MIN && (l->stray_gap <= 0 || l->pace <= calm_pace(l)))
                l->calm[l->n_calm++ % LIMITER_GAPS] = (LimiterGap){calls, l->pace};
}

/* It was no call that was borne before the burst. */
void limiter_note_more(Limiter *l) {
        LimiterBurst *b = &l->bursts[limiter_burst_at(l, 1)];

        b->calls = MAX_OF(b->calls - 1, 0);
}

bool limiter_is_stray(Limiter *l) {
        size_t fresh = l->n_bursts - l->n_forgiven;
        double streak = 0;

        weigh(l);
        /* The pace is that of the clock, also where gates are shut most of the time: what has nothing to do
         * with the pace leaves most of it. */
        if (l->in_flight + 2 < (int64_t) l->window && limiter_accepted(l) < STRAY_SHARE * l->pace) {
                l->stray_gap = 0;
                l->n_calm = 0;
                return false;
        }
        for (size_t k = 1; k <= LIMITER_STREAK; k++)
                streak += k <= fresh ? (double) l->bursts[limiter_burst_at(l, k)].calls
                                     : l->stray_gap;
        return l->stray_gap > 0 && streak >= STRAY_DENSER * LIMITER_STREAK * l->stray_gap;
}

void limiter_forgive(Limiter *l) {
        l->n_forgiven = l->n_bursts;
}

bool limiter_probe_suffers(const Limiter *l) {
        double usual;

        if (l->stray_gap <= 0)
                return false;
        usual = (double) l->faster.sent / l->stray_gap;
        return limiter_accepted(l) < STRAY_YIELD * l->pace ||
               (double) l->faster.bursts > usual + STRAY_SPREAD * sqrt(usual) + 1;
}
