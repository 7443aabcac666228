/* SPDX-License-Identifier: MIT */

#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

enum {
        MS_PER_SECOND = 1000,
        SECONDS_PER_MINUTE = 60,
        MINUTES_PER_HOUR = 60,
        HOURS_PER_DAY = 24,
        DAYS_WITH_HOURS = 10, /* from here on the hours say nothing */
};

static int64_t system_wall_ms(void *userdata) {
        struct timespec t;
        int r = clock_gettime(CLOCK_REALTIME, &t);

        (void) userdata;
        assert(r == 0);
        return (int64_t) t.tv_sec * MS_PER_SECOND + t.tv_nsec / 1000000;
}

/* Boot time, not monotonic time: a deadline must also pass while the machine sleeps. */
static uint64_t system_mono_us(void *userdata) {
        struct timespec t;
        int r = clock_gettime(CLOCK_BOOTTIME, &t);

        (void) userdata;
        assert(r == 0);
        return (uint64_t) t.tv_sec * 1000000 + (uint64_t) t.tv_nsec / 1000;
}

static uint64_t system_random_u64(void *userdata) {
        uint64_t v;
        ssize_t n;

        (void) userdata;
        /* Up to 256 bytes come whole, once the pool is ready; before that a signal may interrupt.
         */
        do
                n = getrandom(&v, sizeof v, 0);
        while (n < 0 && errno == EINTR);
        assert(n == (ssize_t) sizeof v);
        return v;
}

const Clock *clock_system(void) {
        static const Clock clock = {
                .wall_ms = system_wall_ms,
                .mono_us = system_mono_us,
                .random_u64 = system_random_u64,
        };

        return &clock;
}

static time_t seconds_of(int64_t wall_ms) {
        int64_t s = wall_ms / MS_PER_SECOND;

        return (time_t) (wall_ms % MS_PER_SECOND < 0 ? s - 1 : s);
}

/* A year beyond the calendar cannot be shown; a dash is better than a wrong date. */
static void or_dash(bool ok, char *ret) {
        if (!ok)
                memcpy(ret, "-", sizeof "-");
}

static bool local_time(int64_t wall_ms, struct tm *ret) {
        time_t t = seconds_of(wall_ms);

        tzset(); /* localtime_r() need not notice a changed zone by itself */
        return localtime_r(&t, ret);
}

void time_format_utc(int64_t wall_ms, char ret[static TIME_TEXT_MAX]) {
        time_t t = seconds_of(wall_ms);
        struct tm tm;

        or_dash(gmtime_r(&t, &tm) && strftime(ret, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0,
                ret);
}

void time_format_local(int64_t wall_ms, char ret[static TIME_TEXT_MAX]) {
        struct tm tm;

        or_dash(local_time(wall_ms, &tm) && strftime(ret, TIME_TEXT_MAX, "%Y-%m-%d %H:%M", &tm) > 0,
                ret);
}

void time_format_day(int64_t wall_ms, char ret[static TIME_TEXT_MAX]) {
        struct tm tm;

        or_dash(local_time(wall_ms, &tm) && strftime(ret, TIME_TEXT_MAX, "%Y-%m-%d", &tm) > 0, ret);
}

/* "3m12s", or "3m" when the smaller part is zero. */
static void format_pair(int64_t big, const char *unit, int64_t small, const char *small_unit,
                        char *ret) {
        if (small == 0)
                (void) snprintf(ret, TIME_TEXT_MAX, "%" PRId64 "%s", big, unit);
        else
                (void) snprintf(ret, TIME_TEXT_MAX, "%" PRId64 "%s%02" PRId64 "%s", big, unit,
                                small, small_unit);
}

void duration_format(int64_t ms, char ret[static TIME_TEXT_MAX]) {
        int64_t s, m, h, d;

        if (ms < 0) {
                memcpy(ret, "-", sizeof "-");
                return;
        }
        s = ms / MS_PER_SECOND;
        m = s / SECONDS_PER_MINUTE;
        h = m / MINUTES_PER_HOUR;
        d = h / HOURS_PER_DAY;
        if (s == 0)
                format_pair(ms, "ms", 0, "", ret);
        else if (m == 0)
                format_pair(s, "s", 0, "", ret);
        else if (h == 0)
                format_pair(m, "m", s % SECONDS_PER_MINUTE, "s", ret);
        else if (d == 0)
                format_pair(h, "h", m % MINUTES_PER_HOUR, "m", ret);
        else
                format_pair(d, "d", d < DAYS_WITH_HOURS ? h % HOURS_PER_DAY : 0, "h", ret);
}
