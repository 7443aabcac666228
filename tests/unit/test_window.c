/* SPDX-License-Identifier: MIT */

/* The nightly window in local time, across midnight and the changes of the clock. */

#include <stdlib.h>
#include <time.h>

#include "night/window.h"
#include "support/test.h"

enum {
        H = 60,
};
#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)

/* Wall-clock milliseconds of a local moment in Vienna. */
static int64_t at(int month, int day, int hour, int minute) {
        struct tm tm = {.tm_year = 126,
                        .tm_mon = month - 1,
                        .tm_mday = day,
                        .tm_hour = hour,
                        .tm_min = minute,
                        .tm_isdst = -1};

        CHECK_INT(setenv("TZ", "Europe/Vienna", 1), 0);
        tzset();
        return (int64_t) mktime(&tm) * 1000;
}

TEST(no_window) {
        CHECK_INT(window_left_ms(at(11, 25, 2, 0), WINDOW_NONE, WINDOW_NONE), INT64_MAX);
}

/* Only its end is known: it began half a day before. */
TEST(a_window_with_an_end) {
        CHECK_INT(window_left_ms(at(11, 25, 2, 0), WINDOW_NONE, 6 * H), 4 * HOUR_MS);
        CHECK_INT(window_left_ms(at(11, 25, 5, 59), WINDOW_NONE, 6 * H), MINUTE_MS);
        CHECK_INT(window_left_ms(at(11, 25, 6, 0), WINDOW_NONE, 6 * H), 0);
        CHECK_INT(window_left_ms(at(11, 25, 9, 0), WINDOW_NONE, 6 * H), 0); /* a timer catches up */
        CHECK_INT(window_left_ms(at(11, 25, 17, 59), WINDOW_NONE, 6 * H), 0);
        CHECK_INT(window_left_ms(at(11, 25, 18, 0), WINDOW_NONE, 6 * H), 12 * HOUR_MS);
        CHECK_INT(window_left_ms(at(11, 25, 23, 0), WINDOW_NONE, 0), HOUR_MS);
}

TEST(a_window_with_both) {
        CHECK_INT(window_left_ms(at(11, 25, 22, 0), 22 * H, 6 * H), 8 * HOUR_MS);
        CHECK_INT(window_left_ms(at(11, 25, 21, 59), 22 * H, 6 * H), 0);
        CHECK_INT(window_left_ms(at(11, 26, 5, 0), 22 * H, 6 * H), HOUR_MS);
        CHECK_INT(window_left_ms(at(11, 26, 6, 0), 22 * H, 6 * H), 0);
        CHECK_INT(window_left_ms(at(11, 26, 3, 0), 2 * H, 20 * H), 17 * HOUR_MS); /* a long day */
        CHECK_INT(window_left_ms(at(11, 26, 1, 0), 2 * H, 20 * H), 0);
        CHECK_INT(window_left_ms(at(11, 26, 21, 0), 2 * H, 20 * H), 0);
}

/* The night of the change is an hour longer or shorter, and a time that does not exist is the next
 * one that does. */
TEST(the_clock_is_changed) {
        CHECK_INT(window_left_ms(at(10, 25, 1, 0), WINDOW_NONE, 6 * H), 6 * HOUR_MS);
        CHECK_INT(window_left_ms(at(3, 29, 1, 0), WINDOW_NONE, 6 * H), 4 * HOUR_MS);
        CHECK(window_next(at(3, 29, 1, 0), 2 * H + 30) > at(3, 29, 1, 0));
}

TEST(the_next_moment_is_ahead) {
        int64_t now = at(12, 31, 23, 30);

        for (int m = 0; m < 24 * H; m++) {
                int64_t next = window_next(now, m);

                CHECK(next > now && next <= now + 24 * HOUR_MS);
        }
        CHECK_INT(window_next(now, 23 * H + 30) - now, 24 * HOUR_MS);
}
