/* SPDX-License-Identifier: MIT */

#include "night/poll_times.h"

#include <math.h>

#define PRIOR_WEIGHT 3.0   /* the documented range counts as so many past operations */
#define SPREAD_P5_P95 3.29 /* standard deviations between the two */
#define SHORTEST_S 0.1
#define LONGEST_S (7.0 * 86400)
#define SIGMA_MIN 0.05
#define SIGMA_MAX 2.0
#define Z_FIRST (-2.326) /* nothing ends before: one in a hundred */
#define Z_MAX 30.0       /* beyond it the survival underflows */
#define PRICE_S 0.12 /* seconds of delay that one poll is worth: as many polls as one each 10 s */
#define GAP_MIN_S 2.0
#define GAP_MAX_S 15.0
#define QUOTA_SHARE 0.1 /* of the provider's quota of polls is ours */
#define JITTER 0.05
#define SECOND 1000000.0

/* Cumulated hazard: -ln of the share that takes longer. */
static double hazard(const PollModel *m, double t) {
        double z = t <= 0 ? -Z_MAX : (log(t) - m->mu) / m->sigma;

        return -log(erfc(fmax(fmin(z, Z_MAX), -Z_MAX) / sqrt(2)) / 2);
}

/* The gap d after t with (H(t + d) - H(t)) d = 2 price, which grows with d: by bisection. */
static double gap_after(const PollModel *m, double t, double price, double least, double most) {
        double now = hazard(m, t);

        for (int i = 0; i < 24; i++) {
                double d = (least + most) / 2;

                if ((hazard(m, t + d) - now) * d < 2 * price)
                        least = d;
                else
                        most = d;
        }
        return least;
}

/* `scale` > 1: so much longer gaps than with the whole quota for us. */
static double next_gap(const PollModel *m, double t, bool first, double scale) {
        double earliest = exp(m->mu + Z_FIRST * m->sigma), price = PRICE_S * scale * scale;
        double least = fmax(GAP_MIN_S * scale, m->floor_s);

        if (first && t < earliest) /* no bound above: early in a long operation nothing happens */
                return fmax(gap_after(m, t, price, least, earliest - t + 3600), earliest - t);
        return gap_after(m, t, price, least, fmax(GAP_MAX_S * scale, least));
}

/* Polls a second that an operation costs, over its mean duration. */
static double rate_at(const PollModel *m, double scale) {
        double t = 0, polls = 1; /* that one finds it over */

        for (int i = 0; i < 1000; i++) {
                double alive;

                t += next_gap(m, t, i == 0, scale);
                alive = exp(-hazard(m, t));
                polls += alive;
                if (alive < 0.005)
                        break;
        }
        return polls / fmax(poll_expected_s(m), 1);
}

/* So much longer gaps that all operations together keep within what is ours. */
static double scale_for(const PollModel *m, int64_t out, double ours) {
        double scale = 1, share = (double) out * m->rate / ours;

        for (int i = 0; i < 8 && share > 1; i++) {
                scale *= share;
                share = (double) out * rate_at(m, scale) / ours;
        }
        return scale;
}

void poll_model_init(PollModel *m, const PollRange *documented, const PollPast *past,
                     double floor_s) {
        static const PollPast none = {0};
        double low, high, mu, sigma, n, off;

        assert(m && documented);
        low = fmax(documented->low_s, SHORTEST_S);
        high = fmax(documented->high_s, low * 1.1);
        mu = (log(low) + log(high)) / 2;
        sigma = (log(high) - log(low)) / SPREAD_P5_P95;
        past = past ? past : &none;
        n = past->n > 0 ? (double) past->n : 0;
        off = n > 0 ? past->mean - mu : 0;
        *m = (PollModel){.floor_s = floor_s, .mu = mu + off * n / (n + PRIOR_WEIGHT)};
        sigma = PRIOR_WEIGHT * sigma * sigma + off * off * n * PRIOR_WEIGHT / (n + PRIOR_WEIGHT);
        if (n > 0)
                sigma += n * fmax(past->variance, 0);
        m->sigma = fmin(fmax(sqrt(sigma / (n + PRIOR_WEIGHT)), SIGMA_MIN), SIGMA_MAX);
        m->mu = fmin(fmax(m->mu, log(SHORTEST_S)), log(LONGEST_S));
        m->rate = rate_at(m, 1);
}

/* Polls a second that are ours. */
static double our_rate(const PollLoad *load) {
        int64_t quota = load->quota_per_minute > 0 ? load->quota_per_minute : POLL_QUOTA_PER_MINUTE;

        return QUOTA_SHARE * (double) quota / 60;
}

/* In [1 - JITTER, 1 + JITTER]. */
static double jitter(uint64_t random) {
        return 1 + JITTER * ((double) (random >> 11) / 4503599627370496.0 - 1);
}

uint64_t poll_wait_us(const PollModel *m, uint64_t elapsed_us, bool first, const PollLoad *load,
                      uint64_t random) {
        double scale, gap;

        assert(m && load);
        scale = scale_for(m, load->out, our_rate(load));
        gap = next_gap(m, (double) elapsed_us / SECOND, first, scale) * jitter(random);
        return (uint64_t) (fmax(gap, m->floor_s) * SECOND);
}

uint64_t poll_resume_us(size_t i, const PollLoad *load, uint64_t random) {
        assert(load);
        return (uint64_t) ((double) i / our_rate(load) * jitter(random) * SECOND);
}

double poll_expected_s(const PollModel *m) {
        assert(m);
        return exp(m->mu + m->sigma * m->sigma / 2);
}
