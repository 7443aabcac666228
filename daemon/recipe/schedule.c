/* SPDX-License-Identifier: MIT */

#include "recipe/schedule.h"

#include <strings.h>
#include <time.h>

#include "base/parse.h"

enum {
        RANGES_MAX = 12, /* parts between commas */
        YEAR_MIN = 1970,
        YEAR_MAX = 2199,
        SCHEDULE_TEXT_MAX = 200,
};

typedef struct Range {
        int from, to, step;
} Range;

typedef struct Field { /* which numbers are meant */
        Range ranges[RANGES_MAX];
        size_t n;
} Field;

typedef struct Schedule {
        unsigned weekdays; /* bit 0: Sunday */
        Field year, month, day, hour;
} Schedule;

static const struct {
        const char *name, *meaning;
} shorthands[] = {
        {"minutely", "*-*-* *:*:00"},
        {"hourly", "*-*-* *:00:00"},
        {"daily", "*-*-* 00:00:00"},
        {"weekly", "Mon *-*-* 00:00:00"},
        {"monthly", "*-*-01 00:00:00"},
        {"quarterly", "*-01,04,07,10-01 00:00:00"},
        {"semiannually", "*-01,07-01 00:00:00"},
        {"yearly", "*-01-01 00:00:00"},
        {"annually", "*-01-01 00:00:00"},
};

static const char *const weekday_names[] = {"sunday",   "monday", "tuesday", "wednesday",
                                            "thursday", "friday", "saturday"};

/* ---- fields ------------------------------------------------------------------------------- */

/* Cuts the text at the first `c`; what is behind it, or NULL. */
static char *split(char *s, const char *c) {
        char *p = strstr(s, c);

        if (!p)
                return NULL;
        *p = 0;
        return p + strlen(c);
}

static bool parse_number(const char *s, int min, int max, int *ret) {
        int64_t v;

        if (parse_int(s, min, max, &v) < 0)
                return false;
        *ret = (int) v;
        return true;
}

/* "*", "5", "1..5", each with an optional "/step". */
static bool parse_range(char *s, int min, int max, Range *ret) {
        char *step = split(s, "/"), *to = split(s, "..");

        *ret = (Range){.from = min, .to = max, .step = 1};
        if (step && !parse_number(step, 1, max, &ret->step))
                return false;
        if (streq(s, "*"))
                return !to;
        if (!parse_number(s, min, max, &ret->from))
                return false;
        if (to)
                return parse_number(to, ret->from, max, &ret->to);
        if (!step)
                ret->to = ret->from;
        return true;
}

static bool parse_field(char *s, int min, int max, Field *ret) {
        for (char *next; s; s = next) {
                next = split(s, ",");
                if (ret->n >= RANGES_MAX || !parse_range(s, min, max, &ret->ranges[ret->n]))
                        return false;
                ret->n++;
        }
        return true;
}

static bool range_has(const Range *r, int v) {
        return v >= r->from && v <= r->to && (v - r->from) % r->step == 0;
}

static bool field_has(const Field *f, int v) {
        for (size_t i = 0; i < f->n; i++)
                if (range_has(&f->ranges[i], v))
                        return true;
        return false;
}

/* ---- weekdays ----------------------------------------------------------------------------- */

/* "Mon" or "Monday"; -1 when it is neither. */
static int weekday_of(const char *s) {
        for (int i = 0; i < (int) ARRAY_LEN(weekday_names); i++)
                if (strcasecmp(s, weekday_names[i]) == 0 ||
                    (strlen(s) == 3 && strncasecmp(s, weekday_names[i], 3) == 0))
                        return i;
        return -1;
}

/* "Mon", "Mon..Fri", "Sat..Mon". */
static bool parse_weekday_range(char *s, unsigned *mask) {
        char *end = split(s, "..");
        int from = weekday_of(s), to = end ? weekday_of(end) : from;

        if (from < 0 || to < 0)
                return false;
        for (int d = from;; d = (d + 1) % 7) {
                *mask |= 1u << d;
                if (d == to)
                        return true;
        }
}

static bool parse_weekdays(char *s, unsigned *mask) {
        for (char *next; s; s = next) {
                next = split(s, ",");
                if (!parse_weekday_range(s, mask))
                        return false;
        }
        return true;
}

/* ---- the whole ---------------------------------------------------------------------------- */

static bool parse_date_part(char *s, Schedule *ret) {
        char *month = split(s, "-"), *day = month ? split(month, "-") : NULL;

        if (!day) { /* "12-24": without a year */
                day = month;
                month = s;
                s = NULL;
        }
        if (!day)
                return false;
        if (s ? !parse_field(s, YEAR_MIN, YEAR_MAX, &ret->year)
              : !parse_field((char[]){"*"}, YEAR_MIN, YEAR_MAX, &ret->year))
                return false;
        return parse_field(month, 1, 12, &ret->month) && parse_field(day, 1, 31, &ret->day);
}

/* Minutes and seconds only have to be right: a night is whole hours. */
static bool parse_time_part(char *s, Schedule *ret) {
        char *minute = split(s, ":"), *second = minute ? split(minute, ":") : NULL;
        Field minutes = {0}, seconds = {0};

        return minute && parse_field(s, 0, 23, &ret->hour) &&
               parse_field(minute, 0, 59, &minutes) &&
               (!second || parse_field(second, 0, 59, &seconds));
}

static bool parse_part(char *s, Schedule *ret) {
        if (strchr(s, ':'))
                return ret->hour.n == 0 && parse_time_part(s, ret);
        if (strchr(s, '-'))
                return ret->day.n == 0 && ret->hour.n == 0 && parse_date_part(s, ret);
        return ret->weekdays == 0 && ret->day.n == 0 && ret->hour.n == 0 &&
               parse_weekdays(s, &ret->weekdays);
}

static bool parse_schedule(const char *text, Schedule *ret) {
        static const Field midnight = {.ranges = {{0, 0, 1}}, .n = 1};
        char copy[SCHEDULE_TEXT_MAX], *save = NULL;
        Schedule s = {0};
        bool any = false;

        for (size_t i = 0; i < ARRAY_LEN(shorthands); i++)
                if (strcasecmp(text, shorthands[i].name) == 0)
                        text = shorthands[i].meaning;
        if (strlen(text) >= sizeof copy)
                return false;
        memcpy(copy, text, strlen(text) + 1);
        for (char *p = strtok_r(copy, " ", &save); p; p = strtok_r(NULL, " ", &save)) {
                if (!parse_part(p, &s))
                        return false;
                any = true;
        }
        if (!any)
                return false;
        if (s.weekdays == 0)
                s.weekdays = 0x7f;
        if (s.day.n == 0 && !parse_date_part((char[]){"*-*-*"}, &s))
                return false;
        if (s.hour.n == 0)
                s.hour = midnight;
        *ret = s;
        return true;
}

int schedule_check(const char *schedule, Err *err) {
        Schedule s;

        assert(schedule);
        if (parse_schedule(schedule, &s))
                return 0;
        return err_set(err, -EINVAL,
                       "'%.60s' is not a schedule; write e.g. 'Mon..Fri 02:00', '*-*-01 03:30', "
                       "'daily'",
                       schedule);
}

static bool day_is_in(const Schedule *s, const struct tm *day) {
        return (s->weekdays & (1u << day->tm_wday)) && field_has(&s->year, day->tm_year + 1900) &&
               field_has(&s->month, day->tm_mon + 1) && field_has(&s->day, day->tm_mday);
}

static bool hour_is_in(const Schedule *s, int from, int to) {
        for (int h = from; h < to; h++)
                if (field_has(&s->hour, h))
                        return true;
        return false;
}

/* The calendar day `offset` days from that of `tm`; noon, so that no shift of the clocks moves it.
 */
static bool day_at(const struct tm *tm, int offset, struct tm *ret) {
        *ret = *tm;
        ret->tm_mday += offset;
        ret->tm_hour = 12;
        ret->tm_min = ret->tm_sec = 0;
        ret->tm_isdst = -1;
        return mktime(ret) != (time_t) -1;
}

bool schedule_includes(const char *schedule, int64_t now_ms) {
        time_t now = (time_t) (now_ms / 1000);
        struct tm local, evening, morning;
        Schedule s;
        int back;

        if (!schedule)
                return true;
        if (!parse_schedule(schedule, &s) || !localtime_r(&now, &local))
                return false;
        back = local.tm_hour >= 12 ? 0 : -1;
        if (!day_at(&local, back, &evening) || !day_at(&local, back + 1, &morning))
                return false;
        return (day_is_in(&s, &evening) && hour_is_in(&s, 12, 24)) ||
               (day_is_in(&s, &morning) && hour_is_in(&s, 0, 12));
}
