/* SPDX-License-Identifier: MIT */
#pragma once

/* What other people's clients do when they are refused, for comparison with pregen's limiter. */

#include "support/limit_world.h"

/* A fixed number of workers, each with an exponential back-off of its own and full jitter. */
extern const LimitPolicy limit_policy_fixed_5, limit_policy_fixed_15, limit_policy_fixed_100;
/* Additive increase of the concurrency, times 0.9 on a refusal. */
extern const LimitPolicy limit_policy_aimd;
/* The AWS SDKs' adaptive retry mode: CUBIC on the rate, 200 workers. */
extern const LimitPolicy limit_policy_aws;
