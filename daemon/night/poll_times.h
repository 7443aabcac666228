/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * When to ask whether an operation is over. Its duration is taken as lognormal, from what past ones
 * of the same provider, model and kind took and from what is documented; of all schedules with that
 * many polls the one whose gaps fall with the hazard notices soonest. Pure: time and chance are
 * passed in.
 */

#include "base/macro.h"

enum {
        POLL_QUOTA_PER_MINUTE = 600, /* polls a provider takes, if nobody says otherwise */
};

/* What is documented: nine of ten operations take so long, one in twenty less, one in twenty more.
 */
typedef struct PollRange {
        double low_s, high_s;
} PollRange;

/* Of the natural logarithm of past durations in seconds. n = 0: none yet. */
typedef struct PollPast {
        int64_t n;
        double mean, variance;
} PollPast;

typedef struct PollModel {
        double mu, sigma; /* of ln(seconds) */
        double floor_s;   /* never more often */
        double rate;      /* polls a second and operation, unloaded */
} PollModel;

/* past may be NULL. floor_s: of the driver, 0 = none. */
void poll_model_init(PollModel *m, const PollRange *documented, const PollPast *past,
                     double floor_s);

/* Who else asks the same provider. */
typedef struct PollLoad {
        int64_t out;              /* operations out there, this one included */
        int64_t quota_per_minute; /* polls it takes; 0 = POLL_QUOTA_PER_MINUTE */
} PollLoad;

/* How long to wait with the next poll of an operation that was accepted elapsed_us ago. first: it
 * was never polled. random: any number, spreads by 5 %. */
uint64_t poll_wait_us(const PollModel *m, uint64_t elapsed_us, bool first, const PollLoad *load,
                      uint64_t random);

/* How long to wait with the first poll of the i-th operation that was taken over from an earlier
 * run, i from 0: so that they do not come all at once. */
uint64_t poll_resume_us(size_t i, const PollLoad *load, uint64_t random);

/* Mean duration in seconds, as it is expected. */
double poll_expected_s(const PollModel *m);
