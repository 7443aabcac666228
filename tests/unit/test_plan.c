/* SPDX-License-Identifier: MIT */

/* The plan over hand-made configurations: cells, verdicts, order and budget. */

#include "base/clock.h"
#include "base/strbuf.h"
#include "support/plan_world.h"

/* ---- cells ---- */

TEST(a_matrix_is_multiplied_out_in_key_order) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = plan_of(w, NULL, -1);

        CHECK_INT(plan->n_cells, 8);
        CHECK_STR(plan->cells[0].key, "brand=acme;category=lifestyle;format=square;hook=proof");
        CHECK_STR(plan->cells[7].key, "brand=zenith;category=lifestyle;format=story;hook=urgency");
        for (size_t i = 1; i < plan->n_cells; i++)
                CHECK(strcmp(plan->cells[i - 1].key, plan->cells[i].key) < 0);
        CHECK_STR(plan->cells[7].brand, "zenith");
        CHECK_INT(plan->cells[0].verdict, CELL_SHORT);
        CHECK_INT(plan->cells[0].make, 2);
        CHECK_INT(plan->cells[0].worst_each, CENT);
        CHECK_INT(plan->n_jobs, 16);
        CHECK_INT(plan->cells_short, 8);
        CHECK_INT(plan->worst, 16 * CENT);
        CHECK_INT(plan->worst_uncut, 16 * CENT);
        CHECK_INT(plan->budget_left, -1);
        CHECK_INT(plan->prices_as_of_ms, 12345);
        CHECK_INT(plan->expected_ms, 0);
        CHECK_INT(plan_cell_worst(&plan->cells[0]), 2 * CENT);
}

TEST(exclude_takes_cells_out) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL, *none = NULL;
        AlAxis pair[] = {{"brand", "zenith"}, {"hook", "urgency"}}, acme[] = {{"brand", "acme"}},
               zenith[] = {{"brand", "zenith"}};
        Exclude one[] = {{.pairs = pair, .n = 2}},
                all[] = {{.pairs = acme, .n = 1}, {.pairs = zenith, .n = 1}};

        w->recipes[0].excludes = one;
        w->recipes[0].n_excludes = 1;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->n_cells, 6);
        for (size_t i = 0; i < plan->n_cells; i++)
                CHECK(!streq(plan->cells[i].brand, "zenith") ||
                      !streq(plan->cells[i].hook, "urgency"));
        w->recipes[0].excludes = all;
        w->recipes[0].n_excludes = 2;
        none = plan_of(w, NULL, -1);
        CHECK_INT(none->n_cells, 0);
        CHECK_INT(none->n_jobs, 0);
}

TEST(only_the_recipes_asked_for) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL, *nothing = NULL;
        _cleanup_(strv_done) Strv names = {0}, wrong = {0};
        PlanOptions options = {.recipes = &names, .max_cost = -1, .now_ms = plan_now};
        Err err = {0};

        w->recipes[1] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        w->config.n_recipes = 2;
        CHECK_INT(strv_add(&names, "side"), 0);
        CHECK_OK(plan_build(&w->config, NULL, &options, &plan, &err), &err);
        CHECK_INT(plan->n_cells, 1);
        CHECK_STR(plan->cells[0].recipe->name, "side");
        CHECK_INT(strv_add(&wrong, "hro"), 0);
        options.recipes = &wrong;
        CHECK_INT(plan_build(&w->config, NULL, &options, &nothing, &err), -ENOENT);
        CHECK_HAS(err.text, "did you mean 'hero'?");
        CHECK(!nothing);
}

TEST(a_matrix_too_big_is_refused) {
        _cleanup_(freep) World *w = world_new();
        PlanOptions options = {.max_cost = -1, .now_ms = plan_now};
        static const char *many[RECIPE_VALUES_MAX];
        static char text[RECIPE_VALUES_MAX][8];
        Plan *plan = NULL;
        Err err = {0};
        Axis axes[4];

        for (size_t i = 0; i < RECIPE_VALUES_MAX; i++) {
                (void) snprintf(text[i], sizeof(text[i]), "v%03zu", i);
                many[i] = text[i];
        }
        memcpy(axes, full_axes, sizeof(axes));
        axes[2].values = many;
        axes[2].n = RECIPE_VALUES_MAX;
        axes[1].values = many;
        axes[1].n = 6;
        w->recipes[0].axes = axes;
        CHECK_INT(plan_build(&w->config, NULL, &options, &plan, &err), -E2BIG);
        CHECK_HAS(err.text, "more than 20000 cells");
        axes[1].n = RECIPE_VALUES_MAX;
        CHECK_INT(plan_build(&w->config, NULL, &options, &plan, &err), -E2BIG);
        CHECK_HAS(err.text, "combinations");
        CHECK(!plan);
}

/* 20,000 cells of three jobs: seconds would show as a timeout under the sanitizers. */
TEST(twenty_thousand_cells_are_no_matter) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;
        static const char *many[RECIPE_VALUES_MAX];
        static char text[RECIPE_VALUES_MAX][8];
        uint64_t start = clock_mono_us(clock_system());
        Axis axes[4];

        for (size_t i = 0; i < RECIPE_VALUES_MAX; i++) {
                (void) snprintf(text[i], sizeof(text[i]), "v%03zu", i);
                many[i] = text[i];
        }
        memcpy(axes, full_axes, sizeof(axes));
        axes[2].values = many;
        axes[2].n = RECIPE_VALUES_MAX;
        axes[1].values = many;
        axes[1].n = 5;
        w->recipes[0].axes = axes;
        w->recipes[0].target = 3;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->n_cells, RECIPE_CELLS_MAX);
        CHECK_INT(plan->n_jobs, 3 * RECIPE_CELLS_MAX);
        for (size_t i = 1; i < plan->n_jobs; i++)
                CHECK(plan->jobs[i - 1].ordinal <= plan->jobs[i].ordinal);
        printf("    20,000 cells planned in %llu ms\n",
               (unsigned long long) (clock_mono_us(clock_system()) - start) / 1000);
}

TEST(more_jobs_than_a_plan_holds_are_spread) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[0].target = 200 * 1000; /* 8 cells: 1.6 million */
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->n_jobs, PLAN_JOBS_MAX);
        for (size_t i = 0; i < plan->n_cells; i++) {
                CHECK_INT(plan->cells[i].make, 200 * 1000);
                CHECK_INT(plan->cells[i].jobs, PLAN_JOBS_MAX / 8);
        }
}

/* ---- verdicts ---- */

TEST(no_price_refuses_the_cell_alone) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[1] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        w->recipes[1].model = "unpriced";
        w->config.n_recipes = 2;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->n_cells, 9);
        CHECK_INT(plan->cells[8].verdict, CELL_NO_PRICE);
        CHECK_HAS(plan->cells[8].note, "add '{driver: gemini, model: unpriced, unit: image");
        CHECK_INT(plan->cells[8].make, 2);
        CHECK_INT(plan->cells[8].jobs, 0);
        CHECK_INT(plan->cells_refused, 1);
        CHECK_INT(plan->n_jobs, 16);
}

TEST(a_cell_that_cannot_be_rendered_is_invalid) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[0].prompt = "{{brand.style}}"; /* zenith has none */
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->cells[0].verdict, CELL_SHORT);
        CHECK_INT(plan->cells[4].verdict, CELL_INVALID);
        CHECK_HAS(plan->cells[4].note, "prompt: brand 'zenith' has no variable 'style'");
        CHECK_INT(plan->cells_short, 4);
        CHECK_INT(plan->cells_refused, 4);
        CHECK_INT(plan->n_jobs, 8);
}

TEST(a_free_driver_needs_no_price) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[0] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        w->recipes[0].kind = KIND_TEXT;
        w->recipes[0].provider = "studio";
        w->config.n_prices = 0;
        plan = plan_of(w, NULL, 0);
        CHECK_INT(plan->cells[0].verdict, CELL_SHORT);
        CHECK_INT(plan->worst, 0);
        CHECK_INT(plan->n_jobs, 2);
        CHECK(!plan->jobs[0].cut); /* not even by a budget of nothing */
}

TEST(a_schedule_leaves_nights_out) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL, *named = NULL;
        _cleanup_(strv_done) Strv names = {0};
        PlanOptions options = {.recipes = &names, .max_cost = -1, .now_ms = plan_now};
        Err err = {0};

        w->recipes[0].schedule = "2031-01-01 02:00";
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->cells[0].verdict, CELL_NOT_DUE);
        CHECK_HAS(plan->cells[0].note, "2031-01-01 02:00");
        CHECK_INT(plan->cells[0].make, 2);
        CHECK_INT(plan->n_jobs, 0);
        CHECK_INT(plan->cells_short + plan->cells_refused, 0);
        /* Who names the recipe wants it now. */
        CHECK_INT(strv_add(&names, "hero"), 0);
        CHECK_OK(plan_build(&w->config, NULL, &options, &named, &err), &err);
        CHECK_INT(named->n_jobs, 16);
}

TEST(every_verdict_has_a_word) {
        for (int v = 0; v < _CELL_VERDICT_MAX; v++)
                CHECK(cell_verdict_word((CellVerdict) v));
        CHECK_STR(cell_verdict_word(CELL_NO_PRICE), "no-price");
}

/* ---- order ---- */

TEST(each_cell_gets_its_first_before_any_its_second) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = plan_of(w, NULL, -1);

        for (size_t i = 0; i < 16; i++) {
                CHECK_INT(plan->jobs[i].ordinal, i / 8);
                CHECK_INT(plan->jobs[i].cell, i % 8);
                CHECK_INT(plan->jobs[i].want, 1);
        }
}

/* hero is what film refers to, and film's name comes first. */
static World *chained_world(void) {
        static RecipeReference reference = {.recipe = "hero"};
        World *w = world_new();

        w->recipes[0] = recipe_of("film", full_axes, ARRAY_LEN(full_axes));
        w->recipes[0].references = &reference;
        w->recipes[0].n_references = 1;
        w->recipes[0].level = 1;
        w->recipes[1] = recipe_of("hero", small_axes, ARRAY_LEN(small_axes));
        w->config.n_recipes = 2;
        return w;
}

TEST(what_others_refer_to_comes_first) {
        _cleanup_(freep) World *w = chained_world();
        _cleanup_(plan_freep) Plan *plan = plan_of(w, NULL, -1);

        CHECK_STR(plan->cells[plan->jobs[0].cell].recipe->name, "hero");
        CHECK_STR(plan->cells[plan->jobs[1].cell].recipe->name, "film"); /* as empty as it */
        /* hero's only cell is acme's and urgency's: two of film's eight can have theirs */
        for (size_t i = 0; i < 8; i++) {
                const PlanCell *cell = &plan->cells[i];
                bool has = streq(cell->brand, "acme") && streq(cell->hook, "urgency");

                CHECK_INT(cell->verdict, has ? CELL_SHORT : CELL_WAITS);
                if (!has)
                        CHECK_STR(cell->note,
                                  "waits for hero: no asset, and it is not part of this "
                                  "run");
        }
        CHECK_INT(plan->n_jobs, 2 * 2 + 2);
        CHECK_INT(plan->cells_refused, 0);
}

TEST(nothing_waits_for_what_is_refused) {
        _cleanup_(freep) World *w = chained_world();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[1].model = "unpriced";
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->cells[8].verdict, CELL_NO_PRICE);
        CHECK_INT(plan->n_jobs, 0);
        for (size_t i = 0; i < 8; i++)
                CHECK_INT(plan->cells[i].verdict, CELL_WAITS);
}

TEST(priority_comes_first) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[1] = recipe_of("late", small_axes, ARRAY_LEN(small_axes));
        w->recipes[1].priority = w->recipes[1].rank = -1;
        w->recipes[2] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        w->recipes[2].priority = w->recipes[2].rank = 10;
        w->config.n_recipes = 3;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->n_jobs, 20);
        CHECK_STR(plan->cells[plan->jobs[0].cell].recipe->name, "side");
        CHECK_STR(plan->cells[plan->jobs[1].cell].recipe->name, "side");
        CHECK_STR(plan->cells[plan->jobs[2].cell].recipe->name, "hero");
        CHECK_STR(plan->cells[plan->jobs[18].cell].recipe->name, "late");
}

/* Emptiness is a share: the first of two is a half, the first of ten a tenth. */
TEST(the_emptiest_cell_is_served_first) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;
        static const char want[] = "bsssss" /* 0/2, then 0..4/10 */
                                   "bsssss" /* 1/2 ties with 5/10 */;
        char got[16] = "";

        w->recipes[0] = recipe_of("big", small_axes, ARRAY_LEN(small_axes));
        w->recipes[1] = recipe_of("small", small_axes, ARRAY_LEN(small_axes));
        w->recipes[1].target = 10;
        w->config.n_recipes = 2;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->n_jobs, 12);
        for (size_t i = 0; i < plan->n_jobs; i++)
                got[i] = plan->cells[plan->jobs[i].cell].recipe->name[0];
        CHECK_STR(got, want);
}

TEST(text_jobs_make_variants) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[0] = recipe_of("copy", small_axes, ARRAY_LEN(small_axes));
        w->recipes[0].kind = KIND_TEXT;
        w->recipes[0].variants = 3;
        w->recipes[0].target = 8;
        w->prices[0].unit = UNIT_CALL;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(plan->cells[0].make, 8);
        CHECK_INT(plan->n_jobs, 3);
        CHECK_INT(plan->jobs[0].want, 3);
        CHECK_INT(plan->jobs[1].want, 3);
        CHECK_INT(plan->jobs[2].want, 2);
        CHECK_INT(plan->worst, 3 * CENT);
}

/* ---- budget ---- */

TEST(the_budget_cuts_the_end_of_the_queue) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = plan_of(w, NULL, 10 * CENT + CENT / 2);

        CHECK_INT(plan->budget_left, 10 * CENT + CENT / 2);
        CHECK_INT(plan->worst, 10 * CENT);
        CHECK_INT(plan->worst_uncut, 16 * CENT);
        CHECK_INT(count_cut(plan), 6);
        for (size_t i = 0; i < 16; i++)
                CHECK_INT(plan->jobs[i].cut, i >= 10);
        CHECK_INT(plan->cells[0].cut, 0);
        CHECK_INT(plan->cells[7].cut, 1);
        CHECK_INT(plan->cells[7].jobs, 2);
}

TEST(exactly_the_budget_fits) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *fits = plan_of(w, NULL, 16 * CENT),
                                   *less = plan_of(w, NULL, 16 * CENT - 1),
                                   *none = plan_of(w, NULL, 0);

        CHECK_INT(count_cut(fits), 0);
        CHECK_INT(count_cut(less), 1);
        CHECK_INT(count_cut(none), 16);
        CHECK_INT(none->worst, 0);
}

TEST(the_least_cap_holds) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *run = NULL, *day = NULL, *month = NULL;

        w->config.settings.caps = (Caps){5 * CENT, 9 * CENT, 9 * CENT};
        run = plan_of(w, NULL, 8 * CENT);
        CHECK_INT(run->budget_left, 5 * CENT);
        w->config.settings.caps = (Caps){9 * CENT, 4 * CENT, 9 * CENT};
        day = plan_of(w, NULL, -1);
        CHECK_INT(day->budget_left, 4 * CENT);
        w->config.settings.caps = (Caps){-1, -1, 3 * CENT};
        month = plan_of(w, NULL, -1);
        CHECK_INT(month->budget_left, 3 * CENT);
        CHECK_INT(count_cut(month), 13);
}

TEST(providers_and_recipes_have_caps_of_their_own) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *recipe = NULL, *provider = NULL;

        w->recipes[1] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        w->recipes[1].caps.per_run = CENT;
        w->config.n_recipes = 2;
        recipe = plan_of(w, NULL, -1);
        CHECK_INT(recipe->budget_left, -1);
        CHECK_INT(recipe->n_jobs, 18);
        CHECK_INT(count_cut(recipe), 1);
        CHECK_INT(recipe->cells[8].cut, 1);
        w->providers[0].caps.per_day = 7 * CENT;
        provider = plan_of(w, NULL, -1);
        CHECK_INT(count_cut(provider), 11);
        CHECK_INT(provider->worst, 7 * CENT);
}

TEST(a_brand_has_caps_over_all_its_recipes) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;
        Vars brands[2] = {w->config.brands[0], w->config.brands[1]};

        brands[1].caps.per_month = 3 * CENT;
        w->config.brands = brands;
        plan = plan_of(w, NULL, -1);
        CHECK_INT(count_cut(plan), 5);
        CHECK_INT(plan->worst, 11 * CENT);
}
