/* SPDX-License-Identifier: MIT */

#include <time.h>

#include "recipe/schedule.h"
#include "support/test.h"

static int64_t at(const char *zone, int year, int month, int day, int hour, int minute) {
        struct tm tm = {.tm_year = year - 1900,
                        .tm_mon = month - 1,
                        .tm_mday = day,
                        .tm_hour = hour,
                        .tm_min = minute,
                        .tm_isdst = -1};

        CHECK(setenv("TZ", zone, 1) == 0);
        tzset();
        return (int64_t) mktime(&tm) * 1000;
}

TEST(forms_that_are_accepted) {
        static const char *const good[] = {
                "daily",
                "weekly",
                "Monthly",
                "02:00",
                "2:00",
                "02:00:30",
                "Mon..Fri 02:00",
                "Sat,Sun 03:30",
                "Monday",
                "Fri..Mon",
                "*-*-01 03:00",
                "*-12-24",
                "12-24 02:00",
                "2026-11-23",
                "*:0/15",
                "Mon *-*-1..7",
                "*-*-* 02:00:00",
                "00..04:30",
                "quarterly",
                "*-1/3-01",
                "mon 2026-*-1 2:0",
                NULL,
        };
        Err err = {0};

        for (size_t i = 0; i + 1 < ARRAY_LEN(good); i++)
                CHECK_OK(schedule_check(good[i], &err), &err);
}

TEST(forms_that_are_refused) {
        static const char *const bad[] = {
                "",
                " ",
                "every night",
                "25:00",
                "02:60",
                "Mon..Foo",
                "02:00 UTC",
                "*-13-01",
                "*-*-32",
                "Mon Tue",
                "02:00 03:00",
                "2:00 Mon",
                "*-*~1",
                "5..3:00",
                "1969-01-01",
                "02:00 *-*-01",
                "-",
                ":",
                "02:",
                "*-*-*/0",
                "Mo",
                "02:00:61",
                "+02:00",
                "*..5:00",
                "1,2,3,4,5,6,7,8,9,10,11,12,13:00",
        };
        char longest[400];

        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                Err err = {0};

                if (schedule_check(bad[i], &err) != -EINVAL)
                        test_fail(__FILE__, __LINE__, "'%s' was accepted", bad[i]);
                CHECK_HAS(err.text, "Mon..Fri 02:00");
        }
        memset(longest, ' ', sizeof longest - 1);
        longest[sizeof longest - 1] = 0;
        CHECK_INT(schedule_check(longest, NULL), -EINVAL);
}

/* 2026-11-23 is a Monday. A night goes from noon to noon. */
TEST(nights) {
        static const char zone[] = "Europe/Berlin";

        CHECK(schedule_includes(NULL, at(zone, 2026, 11, 23, 2, 0)));
        CHECK(schedule_includes("daily", at(zone, 2026, 11, 23, 2, 0)));
        CHECK(schedule_includes("02:00", at(zone, 2026, 11, 23, 23, 59)));
        CHECK(!schedule_includes("not a schedule", at(zone, 2026, 11, 23, 2, 0)));

        /* the night that ends on Monday: from Sunday noon to Monday noon */
        CHECK(!schedule_includes("Mon..Fri 02:00", at(zone, 2026, 11, 22, 11, 59)));
        CHECK(schedule_includes("Mon..Fri 02:00", at(zone, 2026, 11, 22, 12, 0)));
        CHECK(schedule_includes("Mon..Fri 02:00", at(zone, 2026, 11, 22, 23, 30)));
        CHECK(schedule_includes("Mon..Fri 02:00", at(zone, 2026, 11, 23, 1, 0)));
        CHECK(schedule_includes("Mon..Fri 02:00", at(zone, 2026, 11, 23, 11, 59)));
        CHECK(!schedule_includes("Sat 02:00", at(zone, 2026, 11, 23, 1, 0)));

        /* an evening belongs to the night that begins with it */
        CHECK(schedule_includes("Sun 23:00", at(zone, 2026, 11, 23, 1, 0)));
        CHECK(!schedule_includes("Mon 23:00", at(zone, 2026, 11, 23, 1, 0)));
        CHECK(schedule_includes("Mon 23:00", at(zone, 2026, 11, 23, 23, 0)));

        /* weekday alone is its midnight */
        CHECK(schedule_includes("Mon", at(zone, 2026, 11, 22, 23, 0)));
        CHECK(schedule_includes("weekly", at(zone, 2026, 11, 22, 23, 0)));
        CHECK(!schedule_includes("weekly", at(zone, 2026, 11, 23, 23, 0)));
}

TEST(dates_and_the_turn_of_the_year) {
        static const char zone[] = "UTC";

        CHECK(schedule_includes("*-01-01 02:00", at(zone, 2026, 12, 31, 22, 0)));
        CHECK(schedule_includes("2027-01-01 02:00", at(zone, 2026, 12, 31, 22, 0)));
        CHECK(!schedule_includes("2026-01-01 02:00", at(zone, 2026, 12, 31, 22, 0)));
        CHECK(schedule_includes("*-*-01 02:00", at(zone, 2027, 1, 1, 3, 0)));
        CHECK(!schedule_includes("*-*-01 02:00", at(zone, 2027, 1, 1, 13, 0)));
        CHECK(schedule_includes("*-*-29 02:00", at(zone, 2028, 2, 28, 20, 0))); /* leap */
        CHECK(schedule_includes("Mon *-*-1..7 02:00", at(zone, 2026, 12, 6, 20, 0)));
        CHECK(!schedule_includes("Mon *-*-1..7 02:00", at(zone, 2026, 12, 13, 20, 0)));
        CHECK(schedule_includes("*-1/3-01 02:00", at(zone, 2027, 4, 1, 1, 0)));
        CHECK(!schedule_includes("*-1/3-01 02:00", at(zone, 2027, 5, 1, 1, 0)));
}

/* The hour that is skipped or repeated changes nothing: a night is named by its days. */
TEST(shifts_of_the_clock) {
        static const char zone[] = "Europe/Berlin";

        CHECK(schedule_includes("Sun 02:30", at(zone, 2026, 3, 28, 23, 0)));
        CHECK(schedule_includes("Sun 02:30", at(zone, 2026, 3, 29, 4, 0)));
        CHECK(schedule_includes("Sun 02:30", at(zone, 2026, 10, 25, 3, 0)));
        CHECK(!schedule_includes("Sat 02:30", at(zone, 2026, 3, 29, 4, 0)));
}
