/* SPDX-License-Identifier: MIT */
#pragma once

/* Operations whose durations are lognormal, asked about on a schedule, in virtual time. */

#include "night/poll_times.h"

typedef struct PollScore {
        double mean_s, median_s; /* from the end to the poll that saw it */
        double polls;            /* an operation */
} PollScore;

/* Seconds until the next poll, t seconds after the operation was accepted. */
typedef double (*PollScheduleFn)(void *userdata, double t, int polls);

/* n operations at the quantiles of the durations that `actual` describes. */
PollScore poll_run(const PollRange *actual, int n, PollScheduleFn next, void *userdata);

/* pregen's rule; userdata is the PollModel. */
double poll_by_model(void *userdata, double t, int polls);
/* Every 10 s; 2 s, growing by a tenth up to 10 s; userdata unused. */
double poll_fixed(void *userdata, double t, int polls);
double poll_backoff(void *userdata, double t, int polls);

/* What n past operations of `actual` would have left. */
PollPast poll_past(const PollRange *actual, int n, uint64_t seed);
