/* SPDX-License-Identifier: MIT */

/* clock, digest */

#include <fcntl.h>

#include "base/clock.h"
#include "base/digest.h"
#include "support/test.h"

TEST(the_machines_clock) {
        const Clock *c = clock_system();
        uint64_t before = clock_mono_us(c);

        CHECK(clock_wall_ms(c) > INT64_C(1600000000000));
        CHECK(clock_mono_us(c) >= before);
        CHECK(clock_random(c) != clock_random(c));
}

TEST(times_as_text) {
        char text[TIME_TEXT_MAX];

        CHECK_INT(setenv("TZ", "EST5", 1), 0);
        time_format_utc(INT64_C(1795392007999), text);
        CHECK_STR(text, "2026-11-23T00:00:07Z");
        time_format_utc(-1, text);
        CHECK_STR(text, "1969-12-31T23:59:59Z");
        time_format_local(INT64_C(1795392007000), text);
        CHECK_STR(text, "2026-11-22 19:00");
        time_format_day(INT64_C(1795392007000), text);
        CHECK_STR(text, "2026-11-22");
        CHECK_INT(setenv("TZ", "UTC0", 1), 0);
        time_format_day(INT64_C(1795392007000), text);
        CHECK_STR(text, "2026-11-23");
        time_format_utc(INT64_MAX, text);
        CHECK_STR(text, "292278994-08-17T07:12:55Z");
        time_format_day(INT64_MIN, text);
        CHECK_STR(text, "-292275055-05-16");
}

TEST(durations_as_text) {
        static const struct {
                int64_t ms;
                const char *text;
        } cases[] = {{0, "0ms"},       {850, "850ms"},      {1000, "1s"},        {59999, "59s"},
                     {60000, "1m"},    {192000, "3m12s"},   {7500000, "2h05m"},  {7200000, "2h"},
                     {86400000, "1d"}, {97200000, "1d03h"}, {1080000000, "12d"}, {-5, "-"}};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                char text[TIME_TEXT_MAX];

                duration_format(cases[i].ms, text);
                CHECK_STR(text, cases[i].text);
        }
}

static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(sha256) {
        char hex[DIGEST_HEX_MAX];
        DigestContext c;
        Digest d, e;

        digest_of("abc", 3, &d);
        digest_hex(&d, hex);
        CHECK_STR(hex, abc);
        digest_init(&c);
        digest_update(&c, "a", 1);
        digest_update(&c, NULL, 0);
        digest_update(&c, "bc", 2);
        digest_final(&c, &e);
        CHECK(digest_equal(&d, &e));
        digest_of(NULL, 0, &e);
        digest_hex(&e, hex);
        CHECK_STR(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        CHECK(!digest_equal(&d, &e));
}

TEST(sha256_of_a_file) {
        _cleanup_(freep) char *path = test_file("abc", "xabc");
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC), dir = -1;
        char hex[DIGEST_HEX_MAX];
        uint64_t n = 0;
        Digest d;

        CHECK(fd >= 0);
        CHECK_INT(lseek(fd, 1, SEEK_SET), 1); /* from its current place */
        CHECK_INT(digest_of_fd(fd, &d, &n), 0);
        CHECK_INT(n, 3);
        digest_hex(&d, hex);
        CHECK_STR(hex, abc);
        dir = open(test_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK_INT(digest_of_fd(dir, &d, &n), -EISDIR);
}

TEST(sha256_from_hex) {
        char hex[DIGEST_HEX_MAX + 1];
        Digest d, e;

        digest_of("abc", 3, &d);
        CHECK_INT(digest_from_hex(abc, &e), 0);
        CHECK(digest_equal(&d, &e));
        memcpy(hex, abc, DIGEST_HEX_MAX);
        hex[0] = 'B';
        CHECK_INT(digest_from_hex(hex, &e), -EINVAL);
        hex[0] = 'g';
        CHECK_INT(digest_from_hex(hex, &e), -EINVAL);
        hex[63] = 0;
        CHECK_INT(digest_from_hex(hex, &e), -EINVAL);
        CHECK_INT(digest_from_hex("", &e), -EINVAL);
        CHECK(digest_equal(&d, &e));
        (void) snprintf(hex, sizeof hex, "%s0", abc);
        CHECK_INT(digest_from_hex(hex, &e), -EINVAL);
}
