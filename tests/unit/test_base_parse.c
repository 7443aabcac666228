/* SPDX-License-Identifier: MIT */

#include "base/parse.h"
#include "support/test.h"

#define UNTOUCHED 4711

/* Expects `code` and, on success, `want`; on failure the result must be as it was. */
#define PARSES(call, code, want)                                                                   \
        do {                                                                                       \
                v = UNTOUCHED;                                                                     \
                CHECK_INT((call), (code));                                                         \
                CHECK_INT(v, (code) < 0 ? UNTOUCHED : (want));                                     \
        } while (0)

TEST(ints) {
        int64_t v;

        PARSES(parse_int("0", 0, 10, &v), 0, 0);
        PARSES(parse_int("10", 0, 10, &v), 0, 10);
        PARSES(parse_int("11", 0, 10, &v), -ERANGE, 0);
        PARSES(parse_int("-1", 0, 10, &v), -EINVAL, 0);
        PARSES(parse_int("-1", -1, 10, &v), 0, -1);
        PARSES(parse_int("-2", -1, 10, &v), -ERANGE, 0);
        PARSES(parse_int("9223372036854775807", INT64_MIN, INT64_MAX, &v), 0, INT64_MAX);
        PARSES(parse_int("9223372036854775808", INT64_MIN, INT64_MAX, &v), -ERANGE, 0);
        PARSES(parse_int("-9223372036854775808", INT64_MIN, INT64_MAX, &v), 0, INT64_MIN);
        PARSES(parse_int("-9223372036854775809", INT64_MIN, INT64_MAX, &v), -ERANGE, 0);
        PARSES(parse_int("99999999999999999999999", 0, INT64_MAX, &v), -ERANGE, 0);
        PARSES(parse_int("99999999999999999999999x", 0, INT64_MAX, &v), -EINVAL, 0);
        for (const char *const *s = (const char *const[]){"", " 1", "1 ", "+1", "1x", "0x1", "-",
                                                          "--1", "1.0", "1e3", NULL};
             *s; s++)
                PARSES(parse_int(*s, INT64_MIN, INT64_MAX, &v), -EINVAL, 0);
}

TEST(bools) {
        bool v = true;

        CHECK_INT(parse_bool("off", &v), 0);
        CHECK(!v);
        CHECK_INT(parse_bool("yes", &v), 0);
        CHECK(v);
        CHECK_INT(parse_bool("True", &v), -EINVAL);
        CHECK_INT(parse_bool("1", &v), -EINVAL);
        CHECK(v);
}

TEST(money) {
        Micros v;

        PARSES(parse_money("50", &v), 0, 50000000);
        PARSES(parse_money("0.10", &v), 0, 100000);
        PARSES(parse_money("$4.5", &v), 0, 4500000);
        PARSES(parse_money("0.0336", &v), 0, 33600);
        PARSES(parse_money("0.000001", &v), 0, 1);
        PARSES(parse_money("0.0000001", &v), -EINVAL, 0);
        PARSES(parse_money("9223372036854.775807", &v), 0, INT64_MAX);
        PARSES(parse_money("9223372036854.775808", &v), -ERANGE, 0);
        PARSES(parse_money("99999999999999999999999", &v), -ERANGE, 0);
        for (const char *const *s = (const char *const[]){"", "$", "-1", "1.", ".5", "1,5", "1 ",
                                                          "1.5.5", "5$", "1e3", NULL};
             *s; s++)
                PARSES(parse_money(*s, &v), -EINVAL, 0);
}

TEST(money_is_shown_with_what_matters) {
        static const struct {
                Micros m;
                const char *text;
        } cases[] = {{0, "$0.00"},        {4100000, "$4.10"},
                     {33600, "$0.0336"},  {50000000, "$50.00"},
                     {1, "$0.000001"},    {-1500000, "-$1.50"},
                     {1230000, "$1.23"},  {100, "$0.0001"},
                     {1182541, "$1.18"},  {1185000, "$1.19"},
                     {170338, "$0.1703"}, {999990, "$1.00"},
                     {9999, "$0.009999"}, {INT64_MIN, "-$9223372036854.78"}};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char text[MONEY_TEXT_MAX];

                money_format(cases[i].m, text);
                CHECK_STR(text, cases[i].text);
        }
}

TEST(durations) {
        int64_t v;

        PARSES(parse_duration("10m", &v), 0, 600000);
        PARSES(parse_duration("1h30m", &v), 0, 5400000);
        PARSES(parse_duration("30d", &v), 0, INT64_C(30) * 86400000);
        PARSES(parse_duration("500ms", &v), 0, 500);
        PARSES(parse_duration("2w", &v), 0, INT64_C(14) * 86400000);
        PARSES(parse_duration("1m500ms", &v), 0, 60500);
        PARSES(parse_duration("0s", &v), 0, 0);
        PARSES(parse_duration("99999999999999999w", &v), -ERANGE, 0);
        PARSES(parse_duration("99999999999999999999999s", &v), -ERANGE, 0);
        for (const char *const *s =
                     (const char *const[]){"", "10", "m", "10x", "10 m", "-1m", "30m1h", "1m1m",
                                           "1.5h", "10M", "1h ", "10m5", NULL};
             *s; s++)
                PARSES(parse_duration(*s, &v), -EINVAL, 0);
}

TEST(bytes) {
        uint64_t v;

        PARSES(parse_bytes("512", &v), 0, 512);
        PARSES(parse_bytes("64KiB", &v), 0, 65536);
        PARSES(parse_bytes("10MB", &v), 0, 10000000);
        PARSES(parse_bytes("1TiB", &v), 0, INT64_C(1) << 40);
        PARSES(parse_bytes("99999999999TB", &v), -ERANGE, 0);
        PARSES(parse_bytes("10Mb", &v), -EINVAL, 0);
        PARSES(parse_bytes("10 MB", &v), -EINVAL, 0);
        PARSES(parse_bytes("MB", &v), -EINVAL, 0);
        PARSES(parse_bytes("-1", &v), -EINVAL, 0);
}

TEST(dates) {
        int64_t v;

        PARSES(parse_date("1970-01-01", &v), 0, 0);
        PARSES(parse_date("2026-11-23", &v), 0, INT64_C(1795392000000));
        PARSES(parse_date("2024-02-29", &v), 0, INT64_C(1709164800000));
        PARSES(parse_date("2000-02-29", &v), 0, INT64_C(951782400000));
        PARSES(parse_date("9999-12-31", &v), 0, INT64_C(253402214400000));
        for (const char *const *s =
                     (const char *const[]){"2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01",
                                           "2026-01-00", "2026-04-31", "1969-12-31", "2026-1-1",
                                           "26-01-01", "2026-01-01T", "2026/01/01", "", "2026-01",
                                           NULL};
             *s; s++)
                PARSES(parse_date(*s, &v), -EINVAL, 0);
}

TEST(times_of_day) {
        int v;

        PARSES(parse_time_of_day("06:00", &v), 0, 360);
        PARSES(parse_time_of_day("00:00", &v), 0, 0);
        PARSES(parse_time_of_day("23:59", &v), 0, 1439);
        for (const char *const *s =
                     (const char *const[]){"24:00", "6:00", "06:60", "0600", "06:00:00", "", NULL};
             *s; s++)
                PARSES(parse_time_of_day(*s, &v), -EINVAL, 0);
}

TEST(sizes_and_ratios) {
        int v, h = UNTOUCHED;

        PARSES(parse_size_2d("1080x1920", &v, &h), 0, 1080);
        CHECK_INT(h, 1920);
        PARSES(parse_size_2d("65535x1", &v, &h), 0, 65535);
        PARSES(parse_size_2d("65536x1", &v, &h), -ERANGE, 0);
        PARSES(parse_size_2d("0x1", &v, &h), -ERANGE, 0);
        PARSES(parse_size_2d("1080", &v, &h), -EINVAL, 0);
        PARSES(parse_size_2d("1080x", &v, &h), -EINVAL, 0);
        PARSES(parse_size_2d("1080X1920", &v, &h), -EINVAL, 0);
        PARSES(parse_size_2d("1x1x1", &v, &h), -EINVAL, 0);
        PARSES(parse_ratio("9:16", &v, &h), 0, 9);
        CHECK_INT(h, 16);
        PARSES(parse_ratio("9x16", &v, &h), -EINVAL, 0);
        PARSES(parse_ratio("0:1", &v, &h), -ERANGE, 0);
        PARSES(parse_ratio("99999999999999999999:1", &v, &h), -ERANGE, 0);
}

TEST(points_in_time) {
        const int64_t now = INT64_C(1795392000000);
        int64_t v;

        PARSES(parse_since("2026-11-23", now, &v), 0, now);
        PARSES(parse_since("2026-11-23T02:00:07Z", now, &v), 0, now + 7207000);
        PARSES(parse_since("14d", now, &v), 0, now - INT64_C(14) * 86400000);
        PARSES(parse_since("-14d", now, &v), 0, now - INT64_C(14) * 86400000);
        PARSES(parse_since("999999d", now, &v), -ERANGE, 0);
        PARSES(parse_since("2026-11-23T02:00:60Z", now, &v), -EINVAL, 0);
        PARSES(parse_since("2026-11-23T02:00:00", now, &v), -EINVAL, 0);
        PARSES(parse_since("2026-11-23T02:00:00Zx", now, &v), -EINVAL, 0);
        PARSES(parse_since("yesterday", now, &v), -EINVAL, 0);
        PARSES(parse_since("", now, &v), -EINVAL, 0);
        PARSES(parse_since("14", now, &v), -EINVAL, 0);
}
