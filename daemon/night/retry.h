/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What follows an attempt: one pure function from how it ended to what becomes of the job, of its
 * attempt count and of its provider. No clock, no state: the whole policy can be read, and is
 * tested, as a table.
 *
 *      made         done
 *      blocked      blocked; never sent again unchanged
 *      rejected     failed: the same request can never succeed
 *      throttled    planned again, costs no attempt; minute: the provider's gate closes for a
 *                   while; day, spend: the provider is stopped for the night
 *      transient    planned again after a back-off, up to ATTEMPTS_MAX attempts; while nobody is
 *                   reached at the provider it costs no attempt, the provider's gate closes for as
 *                   long as that has lasted, and after patience_ms it is stopped for the night
 *      broken       planned again if the driver says it may help, up to BROKEN_ATTEMPTS_MAX: each
 *                   one may be billed
 *      unknown      counted as spent; planned again only when free or cheaper than retry_below,
 *                   else held for a person
 *      credentials  planned again for another night, costs no attempt; provider stopped
 *      funds        the same
 */

#include "provider/provider.h"

enum {
        ATTEMPTS_MAX = 4,
        BROKEN_ATTEMPTS_MAX = 2,
        THROTTLES_IN_A_ROW_MAX = 8, /* without one success between: as good as a spent day quota */
        BACKOFF_BASE_MS = 1000,
        BACKOFF_MAX_MS = 60000,
        RETRY_AFTER_MAX_MS = 10 * 60 * 1000, /* longer waits park the provider instead */
};

typedef struct RetryInput {
        const ProviderResult *result;
        int64_t attempts;        /* that counted, this one included */
        int64_t throttles;       /* of the provider in a row, this one included */
        int64_t unreached_ms;    /* for how long nobody was reached at the provider; 0: one is */
        int64_t patience_ms;     /* how long that may last */
        bool free;               /* the driver costs nothing */
        Micros worst;            /* price of one attempt */
        Micros retry_below;      /* unknown_outcome.retry_below */
        uint64_t random;         /* for jitter */
        int64_t backoff_base_ms; /* BACKOFF_BASE_MS but in tests */
} RetryInput;

typedef struct RetryDecision {
        JobState next;
        bool counts;        /* this attempt counts against the job */
        int64_t delay_ms;   /* of the job, when next is planned */
        int64_t gate_ms;    /* nothing is sent to this provider for so long; 0 = no gate */
        bool stop_provider; /* nothing more tonight */
} RetryDecision;

RetryDecision retry_decide(const RetryInput *in);

/* What an attempt whose reply was lost becomes by itself, by price alone (what costs nothing may be
 * repeated whatever retry_below says): JOB_UNKNOWN (held) or
 * JOB_FAILED (closed, planned anew). */
JobState retry_after_crash(bool free, Micros worst, Micros retry_below);
