/* SPDX-License-Identifier: MIT */

#include "night/window.h"

#include <stdbool.h>
#include <time.h>

#define HALF_DAY_MS (INT64_C(12) * 60 * 60 * 1000)

static struct tm local(int64_t now_ms) {
        time_t now = (time_t) (now_ms / 1000);
        struct tm tm;

        (void) localtime_r(&now, &tm);
        return tm;
}

int64_t window_next(int64_t now_ms, int minutes) {
        struct tm tm = local(now_ms);
        int today = tm.tm_mday;
        time_t at = 0;

        for (int day = 0; day < 2; day++) {
                tm = local(now_ms);
                tm.tm_mday = today + day;
                tm.tm_hour = minutes / 60;
                tm.tm_min = minutes % 60;
                tm.tm_sec = 0;
                tm.tm_isdst = -1;
                at = mktime(&tm);
                if ((int64_t) at * 1000 > now_ms)
                        break;
        }
        return (int64_t) at * 1000;
}

static bool is_inside(int64_t now_ms, int from, int until) {
        struct tm tm = local(now_ms);
        int now = tm.tm_hour * 60 + tm.tm_min;

        return from <= until ? from <= now && now < until : from <= now || now < until;
}

int64_t window_left_ms(int64_t now_ms, int from_minutes, int until_minutes) {
        int64_t left;

        if (until_minutes == WINDOW_NONE)
                return INT64_MAX;
        left = window_next(now_ms, until_minutes) - now_ms;
        if (from_minutes == WINDOW_NONE)
                return left <= HALF_DAY_MS ? left : 0;
        return is_inside(now_ms, from_minutes, until_minutes) ? left : 0;
}
