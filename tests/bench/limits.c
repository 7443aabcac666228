/* SPDX-License-Identifier: MIT */

/*
 * limits [SEEDS]: two hours against limits nobody told, in virtual time. Goodput as a share of what
 * the limits allow (of what one who knows them would have made), and refusals per 1,000 answers,
 * over SEEDS runs: pregen's limiter in its first night and in the night after, with what it kept,
 * beside what other clients do.
 */

#include <stdio.h>

#include "base/parse.h"
#include "support/limit_peers.h"

enum {
        NIGHT_S = 7200,
        SECOND_NIGHT = 1000, /* added to the seed */
};

typedef struct Sum {
        double goodput, worst;
        int64_t made, refused, late;
} Sum;

static void add(Sum *sum, const LimitScore *score, int64_t ideal) {
        double goodput = (double) score->made / (double) ideal;

        sum->goodput += goodput;
        sum->worst = sum->made == 0 ? goodput : MIN_OF(sum->worst, goodput);
        sum->made += score->made;
        sum->refused += score->refused;
        sum->late += score->refused_late;
}

static void print(const char *name, const Sum *sum, int64_t seeds) {
        printf("    %-14s %6.3f %6.3f %10.1f %10.1f\n", name, sum->goodput / (double) seeds,
               sum->worst, 1000 * (double) sum->refused / (double) sum->made,
               1000 * (double) sum->late / (double) sum->made);
}

static void run_peer(const LimitShape *shape, const LimitPolicy *policy, int64_t seeds) {
        Sum sum = {0};

        for (int64_t i = 1; i <= seeds; i++) {
                uint64_t seed = (uint64_t) i;
                LimitScore score = limit_run(shape, policy, NIGHT_S, seed, NULL, NULL);

                add(&sum, &score, limit_ideal(shape, NIGHT_S, seed));
        }
        print(policy->name, &sum, seeds);
}

static void run_pregen(const LimitShape *shape, int64_t seeds) {
        Sum first = {0}, second = {0};

        for (int64_t i = 1; i <= seeds; i++) {
                uint64_t seed = (uint64_t) i, next = seed + SECOND_NIGHT;
                char learned[LIMIT_LEARNED_MAX];
                LimitScore score =
                        limit_run(shape, &limit_policy_pregen, NIGHT_S, seed, NULL, learned);

                add(&first, &score, limit_ideal(shape, NIGHT_S, seed));
                score = limit_run(shape, &limit_policy_pregen, NIGHT_S, next, learned, NULL);
                add(&second, &score, limit_ideal(shape, NIGHT_S, next));
        }
        print("pregen", &first, seeds);
        print("  next night", &second, seeds);
}

int main(int argc, char **argv) {
        static const LimitPolicy *const peers[] = {&limit_policy_fixed_5, &limit_policy_fixed_15,
                                                   &limit_policy_fixed_100, &limit_policy_aimd,
                                                   &limit_policy_aws};
        int64_t seeds = 5;

        if (argc > 2 || (argc == 2 && parse_int(argv[1], 1, 1000, &seeds) < 0)) {
                fprintf(stderr, "usage: limits [SEEDS]\n");
                return 2;
        }
        printf("%-19s %6s %6s %10s %10s\n", "", "good", "worst", "refused", "after 5 m");
        for (size_t i = 0; i < n_limit_shapes; i++) {
                printf("%-3s %s\n", limit_shapes[i].name, limit_shapes[i].what);
                run_pregen(&limit_shapes[i], seeds);
                for (size_t k = 0; k < ARRAY_LEN(peers); k++)
                        run_peer(&limit_shapes[i], peers[k], seeds);
        }
        return 0;
}
