/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Time and chance as a value that is passed down, so that a test can bring its own. The wall clock
 * only names days and stamps rows; every delay and deadline is CLOCK_BOOTTIME
 * microseconds.
 */

#include "base/err.h"

typedef struct Clock {
        int64_t (*wall_ms)(void *userdata);  /* milliseconds since the epoch */
        uint64_t (*mono_us)(void *userdata); /* microseconds, never goes back */
        uint64_t (*random_u64)(void *userdata);
        void *userdata;
} Clock;

/* The machine's clock and getrandom(). Static, never freed. */
const Clock *clock_system(void);

static inline int64_t clock_wall_ms(const Clock *c) {
        return c->wall_ms(c->userdata);
}
static inline uint64_t clock_mono_us(const Clock *c) {
        return c->mono_us(c->userdata);
}
static inline uint64_t clock_random(const Clock *c) {
        return c->random_u64(c->userdata);
}

enum {
        TIME_TEXT_MAX = 32,
};

/* "2026-11-23T02:00:07Z" */
void time_format_utc(int64_t wall_ms, char ret[static TIME_TEXT_MAX]);
/* "2026-11-23 02:00" in the local zone, for tables */
void time_format_local(int64_t wall_ms, char ret[static TIME_TEXT_MAX]);
/* "2026-11-23": the day `wall_ms` falls on in the local time zone (TZ / /etc/localtime); names
 * budget days. */
void time_format_day(int64_t wall_ms, char ret[static TIME_TEXT_MAX]);
/* "3m12s", "850ms", "2h05m", "12d" */
void duration_format(int64_t ms, char ret[static TIME_TEXT_MAX]);
