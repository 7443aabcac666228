/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the limiter share. */

#include "night/limiter.h"

#define SECOND INT64_C(1000000)
#define MINUTE_US (60 * SECOND)
#define WINDOW_MAX 10000.0
#define CLIMB_PACE 1.10 /* after a probe that was not refused */
#define HOLD_US (60 * SECOND)
#define HOLD_MAX_US (300 * SECOND)
#define WIDER_HOLD_US (300 * SECOND)
#define STANDS_US (300 * SECOND) /* a limit that was not refused for so long is no guess */

static inline double clamp(double x, double low, double high) {
        return MIN_OF(MAX_OF(x, low), high);
}

/* Levels, within what is declared. A limit sets the pace, a cap the window. */
void limiter_set_pace(Limiter *l, double pace);
void limiter_set_window(Limiter *l, double window);
void limiter_set_limit(Limiter *l, double limit);
void limiter_set_cap(Limiter *l, int64_t cap);

/* Ends a probe; the next one begins after hold_us. */
void limiter_probe_rest(LimiterProbe *p, uint64_t now_us, uint64_t hold_us);

/* The first refusal of a start without a pace, too soon for a rate: begins again as who knows nothing. */
void limiter_begin_paced(Limiter *l);

/* Brings everything up to now. */
void limiter_advance(Limiter *l, uint64_t now_us);

/* Whether slots hold it so far below its limit that their number is worth doubting. */
bool limiter_is_cramped(const Limiter *l);

/* Adds n to the calls that were sent at at_us and not refused. */
void limiter_count(Limiter *l, uint64_t at_us, int32_t n);

/* Calls a second that were accepted, over the last minute or since the first one. */
double limiter_accepted(const Limiter *l);

/* The call of sent_us was refused. */
void limiter_refused(Limiter *l, uint64_t sent_us, int64_t retry_after_ms);
void limiter_overloaded(Limiter *l, uint64_t sent_us, int64_t retry_after_ms);

/* ---- limiter_strays.c ---- */

/* Of bursts: the newest is 1, the one before it 2; up to LIMITER_STREAK. */
static inline size_t limiter_burst_at(const Limiter *l, size_t k) {
        return (l->n_bursts - k) % LIMITER_STREAK;
}

/* A burst of refusals begins: remembers how many calls it was since the last one; and one more
 * refusal of it. */
void limiter_note_burst(Limiter *l);
void limiter_note_more(Limiter *l);
/* Whether the burst that was noted is a stray, for all that is known. */
bool limiter_is_stray(Limiter *l);
/* Bursts until now no longer count against the average: the limit was cut for them. */
void limiter_forgive(Limiter *l);
/* Whether more are refused of what a probe sends than strays explain. */
bool limiter_probe_suffers(const Limiter *l);
