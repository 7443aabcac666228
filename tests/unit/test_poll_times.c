/* SPDX-License-Identifier: MIT */

#include "night/poll_times.h"

#include <math.h>

#include "support/poll_world.h"
#include "support/test.h"

#define S UINT64_C(1000000)
#define MIDDLE (UINT64_C(1) << 63) /* of the jitter: none */

static const PollRange video = {120, 600};
static const PollLoad alone = {.out = 1};

static double wait_s(const PollModel *m, double t, bool first) {
        return (double) poll_wait_us(m, (uint64_t) (t * 1e6), first, &alone, MIDDLE) / 1e6;
}

TEST(the_first_poll_is_late_and_the_gaps_shrink_towards_the_end) {
        PollModel m;

        poll_model_init(&m, &video, NULL, 0);
        CHECK(wait_s(&m, 0, true) > 60); /* nothing ends before */
        CHECK(wait_s(&m, 0, true) < 120);
        CHECK(wait_s(&m, 100, false) > wait_s(&m, 300, false));
        CHECK(wait_s(&m, 100, false) <= 15);
        CHECK(wait_s(&m, 300, false) >= 2);
        CHECK(wait_s(&m, 86400, false) <= 15); /* however long it takes */
        CHECK(wait_s(&m, 1e9, false) <= 15);
        CHECK(wait_s(&m, 0, false) <= 15);
        CHECK(wait_s(&m, 400, true) <= 15); /* taken over late */
}

TEST(the_past_moves_the_model_away_from_what_is_documented) {
        PollPast past = {.n = 3, .mean = log(60), .variance = 0.04};
        PollModel prior, some, many;

        poll_model_init(&prior, &video, NULL, 0);
        poll_model_init(&some, &video, &past, 0);
        past.n = 1000;
        poll_model_init(&many, &video, &past, 0);
        CHECK(some.mu < prior.mu);
        CHECK(many.mu < some.mu);
        CHECK(fabs(exp(many.mu) - 60) < 1);
        CHECK(fabs(many.sigma - 0.2) < 0.03);
        CHECK(some.sigma > prior.sigma); /* they disagree */
        CHECK(fabs(poll_expected_s(&many) - 61) < 2);
}

TEST(nonsense_makes_a_model_that_still_polls) {
        static const PollRange ranges[] = {{0, 0}, {-5, 3}, {600, 120}, {1e9, 1e12}};
        static const PollPast pasts[] = {
                {-1, 0, 0}, {5, -700, 1e6}, {5, 700, -1}, {INT64_MAX, 3, 0}};

        for (size_t i = 0; i < ARRAY_LEN(ranges); i++)
                for (size_t k = 0; k < ARRAY_LEN(pasts); k++) {
                        PollModel m;

                        poll_model_init(&m, &ranges[i], &pasts[k], 0);
                        CHECK(wait_s(&m, 50, false) >= 1.9 && wait_s(&m, 50, false) <= 16);
                }
}

TEST(the_floor_of_a_driver_holds) {
        PollModel m;

        poll_model_init(&m, &video, NULL, 10);
        CHECK(wait_s(&m, 300, false) >= 10);
        CHECK(poll_wait_us(&m, 300 * S, false, &alone, 0) >= 10 * S); /* jitter or not */
}

TEST(spread_by_five_percent) {
        PollModel m;
        uint64_t least, most, middle;

        poll_model_init(&m, &video, NULL, 0);
        middle = poll_wait_us(&m, 300 * S, false, &alone, MIDDLE);
        least = poll_wait_us(&m, 300 * S, false, &alone, 0);
        most = poll_wait_us(&m, 300 * S, false, &alone, UINT64_MAX);
        CHECK(least < middle && middle < most);
        CHECK(fabs((double) least / (double) middle - 0.95) < 0.001);
        CHECK(fabs((double) most / (double) middle - 1.05) < 0.001);
}

/* A hundred at once stay below a tenth of the quota. */
TEST(many_operations_share_the_quota) {
        PollLoad load = {.out = 100, .quota_per_minute = 600};
        double t = 0, polls = 0;
        PollModel m;

        poll_model_init(&m, &video, NULL, 0);
        while (t < poll_expected_s(&m)) {
                t += (double) poll_wait_us(&m, (uint64_t) (t * 1e6), t == 0, &load, MIDDLE) / 1e6;
                polls++;
        }
        CHECK(polls / t * 100 * 60 <= 66);
        load.out = 2;
        CHECK_INT(poll_wait_us(&m, 300 * S, false, &load, MIDDLE),
                  poll_wait_us(&m, 300 * S, false, &alone, MIDDLE));
}

TEST(operations_taken_over_are_not_polled_all_at_once) {
        PollLoad load = {.out = 100, .quota_per_minute = 600};

        CHECK_INT(poll_resume_us(0, &load, 12345), 0);
        for (size_t i = 1; i < 100; i++) {
                CHECK(poll_resume_us(i, &load, MIDDLE) == i * S);
                CHECK(poll_resume_us(i, &load, 0) >= i * S * 94 / 100);
        }
}

/* At the polls of a fixed interval it notices sooner by a quarter, with a model that is right or
 * learned from fifty; from ten, and with one that is wrong by half, it still beats it. */
TEST(notices_sooner_than_a_fixed_interval_with_as_many_polls) {
        static const struct {
                double factor; /* of what is documented */
                int past;
                double most;
        } cases[] = {{1, 0, 0.75}, {2, 50, 0.77}, {2, 10, 0.85}, {1.5, 0, 0.85}, {0.5, 0, 0.85}};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                PollRange documented = {video.low_s * cases[i].factor,
                                        video.high_s * cases[i].factor};
                PollPast past = poll_past(&video, cases[i].past, 7);
                PollScore s, fixed;
                PollModel m;

                poll_model_init(&m, &documented, &past, 0);
                s = poll_run(&video, 200, poll_by_model, &m);
                fixed = poll_run(&video, 200, poll_fixed, NULL);
                if (s.mean_s * s.polls > cases[i].most * fixed.mean_s * fixed.polls)
                        test_fail(__FILE__, __LINE__, "case %zu: %.2f s at %.1f polls", i, s.mean_s,
                                  s.polls);
        }
}
