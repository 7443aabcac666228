/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A provider with limits nobody told, and a client with an endless backlog, in virtual time: what a
 * policy of sending makes of it. Seeded; the same seed gives the same run.
 */

#include "base/macro.h"

/* What the provider holds its clients to. */
typedef struct LimitShape {
        const char *name, *what;
        double per_minute;    /* 0 = no limit of rate */
        double burst;         /* tokens the bucket holds */
        bool fixed_minute;    /* counts in whole minutes instead of a bucket */
        bool retry_after;     /* says when to come again, in whole seconds */
        bool refusals_cost;   /* a refused call takes a token as well, down to minus one burst */
        int64_t cap;          /* in flight; 0 = none */
        bool cap_retry_after; /* then, too: in a second */
        double latency_s;     /* mean; two thirds to four thirds of it */
        double cut_from_s, cut_to_s; /* half the rate, in between */
        double stray, busy; /* shares of calls refused, and met by 503, whatever their rate */
} LimitShape;

extern const LimitShape limit_shapes[];
extern const size_t n_limit_shapes;

typedef enum LimitAnswer { LIMIT_MADE, LIMIT_REFUSED, LIMIT_BUSY } LimitAnswer;

/* How a client decides. Every call gets a slot number of its own while it is in flight. */
typedef struct LimitPolicy {
        const char *name;
        void *(*open)(const void *learned,
                      uint64_t seed);               /* learned: of an earlier close, or NULL */
        uint64_t (*wait)(void *p, uint64_t now_us); /* UINT64_MAX: an end may change it */
        void (*sent)(void *p, uint64_t now_us, int slot);
        void (*ended)(void *p, uint64_t now_us, int slot, LimitAnswer answer, uint64_t sent_us,
                      int64_t retry_after_ms);
        void (*close)(void *p, void *ret_learned); /* ret_learned may be NULL */
} LimitPolicy;

typedef struct LimitScore {
        int64_t made; /* answered within the night */
        int64_t refused;
        int64_t refused_late; /* ... after the first five minutes */
        int64_t most_in_flight;
        int64_t most_a_minute; /* sent within any 60 s */
} LimitScore;

enum {
        LIMIT_LEARNED_MAX = 64, /* bytes a policy may keep for the next night */
};

LimitScore limit_run(const LimitShape *shape, const LimitPolicy *policy, double night_s,
                     uint64_t seed, const void *learned, void *ret_learned);
/* What somebody who knows the limits would have made of the same night, as far from the provider as
 * the others: that a slot is free he hears on the way back, and he fills it on the way there. */
int64_t limit_ideal(const LimitShape *shape, double night_s, uint64_t seed);

/* pregen's own. */
extern const LimitPolicy limit_policy_pregen;

/* A number in [0, 1) of a seeded sequence. */
double limit_random(uint64_t *state);
