/* SPDX-License-Identifier: MIT */

/*
 * polls: how soon the end of an operation is noticed, and with how many polls, in virtual time:
 * pregen's rule with a model that is right, learned, or wrong, beside a poll every 10 s and one that
 * backs off from 2 s to 10 s. The last column is the mean delay over that of a fixed interval with
 * as many polls.
 */

#include <stdio.h>

#include "support/poll_world.h"

enum {
        OPERATIONS = 2000,
        SEEDS = 10,
};

static void print(const char *name, const PollRange *actual, const PollScore *s) {
        PollModel right;

        poll_model_init(&right, actual, NULL, 0);
        printf("    %-26s %7.2f %7.2f %7.1f %7.2f\n", name, s->mean_s, s->median_s, s->polls,
               s->mean_s / (poll_expected_s(&right) / s->polls / 2));
}

static void run(const char *name, const PollRange *actual, PollScheduleFn next, void *userdata) {
        PollScore s = poll_run(actual, OPERATIONS, next, userdata);

        print(name, actual, &s);
}

static void run_range(const char *name, const PollRange *actual, double factor) {
        PollRange wrong = {actual->low_s * factor, actual->high_s * factor};
        PollModel m;

        poll_model_init(&m, &wrong, NULL, 0);
        run(name, actual, poll_by_model, &m);
}

/* Documented: half as fast as it is. The mean of SEEDS samples of n. */
static void run_learned(const char *name, const PollRange *actual, int n) {
        PollRange documented = {actual->low_s * 2, actual->high_s * 2};
        PollScore sum = {0};

        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
                PollPast past = poll_past(actual, n, seed);
                PollModel m;
                PollScore s;

                poll_model_init(&m, &documented, &past, 0);
                s = poll_run(actual, OPERATIONS, poll_by_model, &m);
                sum.mean_s += s.mean_s / SEEDS;
                sum.median_s += s.median_s / SEEDS;
                sum.polls += s.polls / SEEDS;
        }
        print(name, actual, &sum);
}

int main(void) {
        static const PollRange ranges[] = {{120, 600}, {30, 90}, {11, 360}};

        printf("%-30s %7s %7s %7s %7s\n", "", "mean s", "median", "polls", "÷ fixed");
        for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
                printf("nine of ten in %.0f to %.0f s\n", ranges[i].low_s, ranges[i].high_s);
                run_range("pregen, range documented", &ranges[i], 1);
                run_range("  documented 50 % too long", &ranges[i], 1.5);
                run_range("  50 % too short", &ranges[i], 0.5);
                run_learned("  twice too long, 3 past", &ranges[i], 3);
                run_learned("  10 past", &ranges[i], 10);
                run_learned("  50 past", &ranges[i], 50);
                run("every 10 s", &ranges[i], poll_fixed, NULL);
                run("2 s, x1.1 to 10 s", &ranges[i], poll_backoff, NULL);
        }
        return 0;
}
