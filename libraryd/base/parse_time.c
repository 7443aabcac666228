/* SPDX-License-Identifier: MIT */

/* Durations, days and points in time. */

#include "base/parse.h"

enum {
        YEAR_MIN = 1970,
        YEAR_MAX = 9999,
        DAYS_PER_ERA = 146097, /* 400 years */
        DAYS_TO_EPOCH = 719468,
        MINUTES_PER_DAY = 24 * 60,
};

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY (24 * 60 * 60 * MS_PER_SECOND)

typedef struct Unit {
        const char *name;
        int64_t ms;
} Unit;

/* Largest first: a duration names each unit at most once, in this order. */
static const Unit units[] = {
        {"w", 7 * MS_PER_DAY},     {"d", MS_PER_DAY},    {"h", 3600 * MS_PER_SECOND},
        {"m", 60 * MS_PER_SECOND}, {"s", MS_PER_SECOND}, {"ms", 1},
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

static size_t unit_length(const char *s) {
        size_t n = 0;

        while (s[n] >= 'a' && s[n] <= 'z')
                n++;
        return n;
}

/* The unit at *s, at or after units[from]; ARRAY_LEN(units) when there is none. */
static size_t read_unit(const char **s, size_t from) {
        size_t n = unit_length(*s);

        for (size_t i = from; i < ARRAY_LEN(units); i++)
                if (strlen(units[i].name) == n && strncmp(units[i].name, *s, n) == 0) {
                        *s += n;
                        return i;
                }
        return ARRAY_LEN(units);
}

int parse_duration(const char *s, int64_t *ret_ms) {
        int64_t total = 0;
        bool overflow = false;

        assert(s);
        assert(ret_ms);
        for (size_t next = 0; *s || next == 0;) {
                int64_t v = 0;
                size_t i;

                if (!is_digit(*s))
                        return -EINVAL;
                for (; is_digit(*s); s++) {
                        overflow = overflow || __builtin_mul_overflow(v, 10, &v);
                        overflow = overflow || __builtin_add_overflow(v, *s - '0', &v);
                }
                i = read_unit(&s, next);
                if (i == ARRAY_LEN(units))
                        return -EINVAL;
                overflow = overflow || __builtin_mul_overflow(v, units[i].ms, &v);
                overflow = overflow || __builtin_add_overflow(total, v, &total);
                next = i + 1;
        }
        if (overflow)
                return -ERANGE;
        *ret_ms = total;
        return 0;
}

/* Exactly `n` digits at *s; moves *s behind them. */
static int read_fixed(const char **s, int n, int *ret) {
        int v = 0;

        for (int i = 0; i < n; i++) {
                if (!is_digit((*s)[i]))
                        return -EINVAL;
                v = v * 10 + ((*s)[i] - '0');
        }
        *s += n;
        *ret = v;
        return 0;
}

static int read_char(const char **s, char c) {
        if (**s != c)
                return -EINVAL;
        (*s)++;
        return 0;
}

static int days_in_month(int y, int m) {
        static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;

        return days[m - 1] + (m == 2 && leap);
}

/* Days since the epoch; the year is counted from March, so that the leap day comes last. */
static int64_t days_of(int y, int m, int d) {
        int year = m <= 2 ? y - 1 : y, era = year / 400, year_of_era = year % 400;
        int day_of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
        int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

        return (int64_t) era * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static int read_date(const char **s, int64_t *ret_ms) {
        int y, m, d;

        if (read_fixed(s, 4, &y) < 0 || read_char(s, '-') < 0 || read_fixed(s, 2, &m) < 0 ||
            read_char(s, '-') < 0 || read_fixed(s, 2, &d) < 0)
                return -EINVAL;
        if (y < YEAR_MIN || y > YEAR_MAX || m < 1 || m > 12 || d < 1 || d > days_in_month(y, m))
                return -EINVAL;
        *ret_ms = days_of(y, m, d) * MS_PER_DAY;
        return 0;
}

int parse_date(const char *s, int64_t *ret_ms) {
        int64_t ms;

        assert(s);
        assert(ret_ms);
        if (read_date(&s, &ms) < 0 || *s)
                return -EINVAL;
        *ret_ms = ms;
        return 0;
}

static int read_minutes(const char **s, int *ret) {
        int h, m;

        if (read_fixed(s, 2, &h) < 0 || read_char(s, ':') < 0 || read_fixed(s, 2, &m) < 0)
                return -EINVAL;
        if (m > 59 || h * 60 + m >= MINUTES_PER_DAY)
                return -EINVAL;
        *ret = h * 60 + m;
        return 0;
}

int parse_time_of_day(const char *s, int *ret_minutes) {
        int minutes;

        assert(s);
        assert(ret_minutes);
        if (read_minutes(&s, &minutes) < 0 || *s)
                return -EINVAL;
        *ret_minutes = minutes;
        return 0;
}

/* "2026-11-23", "2026-11-23T02:00:00Z" */
static int parse_instant(const char *s, int64_t *ret_ms) {
        int64_t ms;
        int minutes, seconds;

        if (read_date(&s, &ms) < 0)
                return -EINVAL;
        if (*s == 0) {
                *ret_ms = ms;
                return 0;
        }
        if (read_char(&s, 'T') < 0 || read_minutes(&s, &minutes) < 0 || read_char(&s, ':') < 0 ||
            read_fixed(&s, 2, &seconds) < 0 || seconds > 59 || read_char(&s, 'Z') < 0 || *s)
                return -EINVAL;
        *ret_ms = ms + (minutes * 60 + seconds) * MS_PER_SECOND;
        return 0;
}

int parse_since(const char *s, int64_t now_ms, int64_t *ret_ms) {
        int64_t age;
        int r;

        assert(s);
        assert(ret_ms);
        assert(now_ms >= 0);
        if (parse_instant(s, ret_ms) == 0)
                return 0;
        r = parse_duration(s + (*s == '-'), &age);
        if (r < 0)
                return r;
        if (age > now_ms)
                return -ERANGE;
        *ret_ms = now_ms - age;
        return 0;
}
