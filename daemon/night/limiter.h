/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Finds how many calls a provider takes; one Limiter per provider and model. It holds a pace (calls
 * a second), a window (calls in flight) and one gate for all. It starts modest, grows while answers
 * are good, and takes a refusal for what it most likely was: of a rate, or of too many at once. What
 * it found is probed from time to time, and is kept for the next night.
 *
 *      limiter_wait() == 0 ──▸ limiter_sent() ──▸ limiter_ended(OK, FAILED, REFUSED, OVERLOADED)
 *                                             └─▸ limiter_ended(HELD) ──▸ limiter_freed()
 *
 * Pure: no clock, no I/O, no chance; a plain value, nothing to free. now_us is a clock that never
 * goes back (a reading that does counts as no time passed). Declared ceilings are never exceeded: a
 * call leaves with fewer than `concurrency` in flight, and 60 s / `per_minute` after the one before.
 * What a refused job costs, and when a provider is given up, is the caller's.
 */

#include "provider/provider.h"

enum {
        LIMITER_HISTORY_S = 60, /* over so long accepted calls are counted */
        LIMITER_RECENT = 32,    /* sends that may not have reached the provider yet */
        LIMITER_STREAK = 8,     /* bursts of refusals that are looked at together, ... */
        LIMITER_GAPS = 16,      /* ... and calm gaps that are remembered */
        LIMITER_DRY_GATES = 8,  /* refusals in a row, and ... */
        LIMITER_DRY_S = 240,    /* ... so long, without one accepted call: a spent quota */
};

/* The hint of who knows no pace: until something is refused, as many leave at once as the window takes. At the highest
 * pace, which is this many a second, each would leave in a turn of the loop and a commit of its own. */
#define LIMITER_PACE_NONE 1000.0

/* What the settings declare; 0 = not declared. */
typedef struct LimiterCeilings {
        int64_t concurrency;
        int64_t per_minute;
} LimiterCeilings;

/* What was found; 0 = not known. */
typedef struct LimiterLearned {
        double per_minute;
        int64_t cap; /* calls in flight */
} LimiterLearned;

typedef enum LimiterEnd {
        LIMITER_OK,         /* answered; whatever the answer says, it was no refusal */
        LIMITER_HELD,       /* accepted as an operation: holds its slot until limiter_freed() */
        LIMITER_FAILED,     /* no answer, or one that says nothing about limits */
        LIMITER_REFUSED,    /* 429, of a quota that refills within minutes */
        LIMITER_OVERLOADED, /* 503: their trouble, not our quota */
} LimiterEnd;

/* A level above the one found, tried from time to time. Private. */
typedef struct LimiterProbe {
        bool on;
        uint64_t since_us; /* of this state */
        uint64_t length_us;
        uint64_t hold_us; /* between a failed one and the next */
        int64_t sent;     /* since since_us, ... */
        int64_t bursts;   /* ... and bursts of refusals among them */
        double fallback;  /* the limit before it */
        uint64_t shut_us; /* of it the gate was closed */
} LimiterProbe;

/* When refusals began, and how many calls had been sent since those before. Private. */
typedef struct LimiterBurst {
        uint64_t at_us;
        int64_t calls;
} LimiterBurst;

/* So many calls, at this pace, from one refusal to the next. Private. */
typedef struct LimiterGap {
        int64_t calls;
        double pace;
} LimiterGap;

/* Members are private, but for pace, window, limit, cap, gate_us and in_flight, which may be read.
 */
typedef struct Limiter {
        LimiterCeilings ceilings;
        double pace;   /* calls a second */
        double window; /* calls in flight */
        double limit;  /* calls a second; 0 = not found yet */
        double before; /* what stood until the limit was cut, and may come back; 0 = none */
        double unlimited; /* the pace until a refusal became the limit; 0 = they come at several heights */
        int64_t cap;     /* calls in flight; 0 = not found */
        bool cap_silent; /* who is refused for it is told no wait: where one is told, it is a rate's */
        int64_t told;    /* the newest limit a minute that headers stated; 0 = none */
        bool slow_start; /* nothing learned yet */
        bool unpaced;    /* nor refused, and LIMITER_PACE_NONE was the hint */
        int64_t in_flight;
        uint64_t now_us;    /* the newest reading */
        uint64_t gate_us;   /* nothing leaves before */
        uint64_t stands_us; /* from then on the limit has stood for long */
        uint64_t next_us;   /* the pace allows the next one then */
        bool any_sent;
        uint64_t first_us, last_us; /* sent */

        /* One step of slow start, or of the way back from an overload. */
        int64_t step_sent;
        uint64_t step_us;

        /* The newest burst of refusals: calls sent before burst_us belong to it. */
        bool any_burst;
        uint64_t burst_us;
        int64_t burst_sent;      /* since then, ... */
        uint64_t burst_first_us; /* ... and the first of them */
        double burst_rate;       /* what was borne when it began */
        bool burst_capped;       /* it was taken for too many at once, ... */
        int64_t cap_before;      /* ... and this was the cap until then */
        int64_t gates;           /* in a row, without one accepted call */
        uint64_t dry_us;         /* since the first of them */

        /* Strays: refusals that come at any pace. The newest bursts, and the newest gaps that ended
         * while nothing higher was tried. */
        LimiterBurst bursts[LIMITER_STREAK];
        LimiterGap calm[LIMITER_GAPS];
        size_t n_bursts, n_calm;
        size_t n_forgiven; /* of n_bursts: they count as no denser than usual */
        double stray_gap;  /* calls from one to the next, on average; 0 = there are none */

        /* Heights: calls in flight at the provider. */
        int64_t refused_at;   /* at the newest refusal, ... */
        int64_t refused_same; /* ... and at so many before it */
        int64_t peak,
                peak_next; /* most that were not refused; of the newest sends, not known yet */
        uint64_t peak_us;
        uint64_t recent_us[LIMITER_RECENT]; /* when the newest calls were sent */
        size_t recent;

        LimiterProbe faster, wider;

        /* Calls that were sent and not refused, by the second of their sending. */
        uint64_t history_s[LIMITER_HISTORY_S];
        int32_t history[LIMITER_HISTORY_S];
} Limiter;

/* learned: of an earlier night, may be NULL. hint: calls a second to begin with when nothing is
 * learned, 0 = one; LIMITER_PACE_NONE until one is refused. */
void limiter_init(Limiter *l, const LimiterCeilings *ceilings, const LimiterLearned *learned,
                  double hint, uint64_t now_us);

/* Microseconds until one call may leave by the clock alone: 0 = now, UINT64_MAX = only the end of
 * a call in flight helps. */
uint64_t limiter_wait(Limiter *l, uint64_t now_us);
void limiter_sent(Limiter *l, uint64_t now_us);
/* The call that was sent at sent_us has ended so. retry_after_ms: -1 = not said. */
void limiter_ended(Limiter *l, uint64_t now_us, LimiterEnd how, uint64_t sent_us,
                   int64_t retry_after_ms);
/* A call that limiter_sent() counted did not leave after all. */
void limiter_unsent(Limiter *l);

/* An operation gave its slot back: seen to be over, or given up. */
void limiter_freed(Limiter *l, uint64_t now_us);
/* An operation of an earlier run takes a slot, whether one is free or not. */
void limiter_adopted(Limiter *l);

/* What a reply's headers say; either may be NULL. A hint: refusals are believed more. */
void limiter_quota_headers(Limiter *l, uint64_t now_us, const ProviderQuota *requests,
                           const ProviderQuota *tokens);

/* Refused for so long that it can be no quota a minute. */
bool limiter_is_dry(const Limiter *l);
LimiterLearned limiter_learned(const Limiter *l);
