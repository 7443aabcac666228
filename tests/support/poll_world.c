/* SPDX-License-Identifier: MIT */

#include "support/poll_world.h"

#include <math.h>

#include "support/limit_world.h"

/* The quantile of the normal distribution, by bisection. */
static double normal_quantile(double p) {
        double low = -8, high = 8;

        for (int i = 0; i < 50; i++) {
                double z = (low + high) / 2;

                if (erfc(-z / sqrt(2)) / 2 < p)
                        low = z;
                else
                        high = z;
        }
        return low;
}

static double duration(const PollRange *r, double p) {
        double mu = (log(r->low_s) + log(r->high_s)) / 2;
        double sigma = (log(r->high_s) - log(r->low_s)) / (2 * normal_quantile(0.95));

        return exp(mu + sigma * normal_quantile(p));
}

static int by_size(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return (x > y) - (x < y);
}

PollScore poll_run(const PollRange *actual, int n, PollScheduleFn next, void *userdata) {
        double *late = calloc((size_t) n, sizeof *late), sum = 0;
        PollScore score = {0};
        int64_t all = 0;

        if (!late)
                abort();
        for (int i = 0; i < n; i++) {
                double end = duration(actual, (i + 0.5) / n), t = 0;
                int polls = 0;

                while (t < end)
                        t += next(userdata, t, polls++);
                late[i] = t - end;
                sum += late[i];
                all += polls;
        }
        qsort(late, (size_t) n, sizeof *late, by_size);
        score = (PollScore){.mean_s = sum / n, .median_s = late[n / 2], .polls = (double) all / n};
        free(late);
        return score;
}

double poll_by_model(void *userdata, double t, int polls) {
        static uint64_t state = 1;
        uint64_t random = (uint64_t) (limit_random(&state) * 9007199254740992.0) << 11;
        PollLoad alone = {.out = 1};

        return (double) poll_wait_us(userdata, (uint64_t) (t * 1e6), polls == 0, &alone, random) /
               1e6;
}

double poll_fixed(void *userdata, double t, int polls) {
        (void) userdata;
        (void) t;
        (void) polls;
        return 10;
}

double poll_backoff(void *userdata, double t, int polls) {
        (void) userdata;
        (void) t;
        return fmin(2 * pow(1.1, polls), 10);
}

PollPast poll_past(const PollRange *actual, int n, uint64_t seed) {
        PollPast past = {.n = n};
        double sum = 0, squares = 0;

        for (int i = 0; i < n; i++) {
                double x = log(duration(actual, fmin(fmax(limit_random(&seed), 1e-6), 1 - 1e-6)));

                sum += x;
                squares += x * x;
        }
        past.mean = n > 0 ? sum / n : 0;
        past.variance = n > 0 ? fmax(squares / n - past.mean * past.mean, 0) : 0;
        return past;
}
