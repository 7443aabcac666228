/* SPDX-License-Identifier: MIT */

#include "support/limit_world.h"
#include "support/test.h"

/* Two hours against each unknown limit, and the night after. Where some calls fare badly whatever
 * their pace, a good part must be left: who takes each of those for a limit has a twentieth. Nor
 * may many more be refused than fare badly anyway. */
static void night(const LimitShape *shape, uint64_t seed) {
        double strays = shape->stray + shape->busy;
        double least = strays > 0.05 ? 0.3 : strays > 0 ? 0.7 : 0.965, most = 15 + 2500 * strays;
        char learned[LIMIT_LEARNED_MAX];
        double first, second, late;
        LimitScore score;

        if (shape->per_minute <= 0) /* films: the first ends when those minutes are nearly over */
                most += 30;
        score = limit_run(shape, &limit_policy_pregen, 7200, seed, NULL, learned);
        first = (double) score.made / (double) limit_ideal(shape, 7200, seed);
        late = 1000 * (double) score.refused_late / (double) score.made;
        score = limit_run(shape, &limit_policy_pregen, 7200, seed + 1, learned, NULL);
        second = (double) score.made / (double) limit_ideal(shape, 7200, seed + 1);
        if (first < least || late > most || second < least)
                test_fail(__FILE__, __LINE__,
                          "%s (%s), seed %llu: %.3f of what is allowed, %.1f refusals per 1,000 "
                          "after slow start, next night %.3f",
                          shape->name, shape->what, (unsigned long long) seed, first, late, second);
}

TEST(unknown_limits_are_found) {
        for (size_t i = 0; i < n_limit_shapes; i++)
                for (uint64_t seed = 1; seed <= 3; seed++)
                        night(&limit_shapes[i], seed);
}
