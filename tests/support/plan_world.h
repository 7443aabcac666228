/* SPDX-License-Identifier: MIT */
#pragma once

/* A hand-made configuration for tests of the plan: two brands, two hooks, a paid and a free
 * provider, and one recipe "hero" of 8 cells at a cent an image. A World is one allocation: free()
 * it. */

#include "plan/plan.h"
#include "support/test.h"

enum {
        CENT = 10000,
        FULL_AXES = 4,
        SMALL_AXES = 3,
};

extern const int64_t plan_now;      /* a Wednesday in November 2026 */
extern Axis full_axes[FULL_AXES];   /* 2 brands x 2 formats x 2 hooks */
extern Axis small_axes[SMALL_AXES]; /* one cell */
extern const ParamChoice size_choices[2];

typedef struct World {
        Config config;
        ProviderConfig providers[2];
        Recipe recipes[3];
        RecipeParam params[3];
        ParamChoice choices[3];
        Price prices[1];
} World;

Recipe recipe_of(const char *name, Axis *axes, size_t n_axes);
World *world_new(void);
Plan *plan_of(World *w, Library *lib, Micros max_cost);
int64_t count_cut(const Plan *plan); /* jobs that do not fit the budget */
