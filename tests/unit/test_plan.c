/* SPDX-License-Identifier: MIT */

/* The plan over hand-made configurations and a real library in a temporary directory. */

#include "base/clock.h"
#include "base/strbuf.h"
#include "plan/plan.h"
#include "support/test.h"

enum {
        CENT = 10000,
};

static const int64_t now = INT64_C(1795000000000); /* a Wednesday in November 2026 */

/* ---- a configuration ---- */

static const char *brand_names[] = {"acme", "zenith"}, *hook_names[] = {"proof", "urgency"},
                  *one_brand[] = {"acme"}, *one_hook[] = {"urgency"}, *category[] = {"lifestyle"},
                  *formats[] = {"square", "story"};
static const char *style[] = {"warm"}, *lines[] = {"short", "a much longer line"};
static Variable acme_items[] = {{.name = "style", .values = style, .n = 1}};
static Variable hook_items[] = {{.name = "line", .values = lines, .n = 2}};
static Vars brands[] = {{.name = "acme", .items = acme_items, .n = 1}, {.name = "zenith"}};
static Vars hooks[] = {{.name = "proof", .items = hook_items, .n = 1},
                       {.name = "urgency", .items = hook_items, .n = 1}};
static Axis full_axes[] = {
        {.name = "brand", .values = brand_names, .n = 2},
        {.name = "category", .values = category, .n = 1},
        {.name = "format", .values = formats, .n = 2},
        {.name = "hook", .values = hook_names, .n = 2},
};
static Axis small_axes[] = {
        {.name = "brand", .values = one_brand, .n = 1},
        {.name = "category", .values = category, .n = 1},
        {.name = "hook", .values = one_hook, .n = 1},
};
static const ParamChoice size_choices[] = {{.axis_value = "square", .text = "1080x1080"},
                                           {.axis_value = "story", .text = "1080x1920"}};

typedef struct World {
        Config config;
        ProviderConfig providers[2];
        Recipe recipes[3];
        RecipeParam params[3];
        ParamChoice choices[3];
        Price prices[1];
} World;

static Recipe recipe_of(const char *name, Axis *axes, size_t n_axes) {
        return (Recipe){
                .name = name,
                .kind = KIND_IMAGE,
                .provider = "paid",
                .model = "m",
                .axes = axes,
                .n_axes = n_axes,
                .prompt = "photo of {{brand}}",
                .target = 2,
                .variants = 1,
                .caps = {-1, -1, -1},
        };
}

/* One recipe "hero" of 8 cells at a cent an image; no caps. */
static World *world_new(void) {
        World *w = calloc(1, sizeof(*w));

        CHECK(w);
        w->providers[0] = (ProviderConfig){
                .name = "paid", .driver = "gemini", .concurrency = 4, .caps = {-1, -1, -1}};
        w->providers[1] = (ProviderConfig){
                .name = "studio", .driver = "local", .concurrency = 2, .caps = {-1, -1, -1}};
        w->recipes[0] = recipe_of("hero", full_axes, ARRAY_LEN(full_axes));
        w->prices[0] = (Price){.driver = "gemini",
                               .model = "m",
                               .unit = UNIT_IMAGE,
                               .micros = CENT,
                               .as_of_ms = 12345};
        w->config = (Config){
                .dir = test_dir(),
                .settings = {.providers = w->providers,
                             .n_providers = 2,
                             .currency = "USD",
                             .caps = {-1, -1, -1}},
                .brands = brands,
                .n_brands = 2,
                .hooks = hooks,
                .n_hooks = 2,
                .recipes = w->recipes,
                .n_recipes = 1,
                .prices = w->prices,
                .n_prices = 1,
        };
        return w;
}

static Plan *plan_of(World *w, Library *lib, Micros max_cost) {
        PlanOptions options = {.max_cost = max_cost, .now_ms = now};
        Plan *plan = NULL;
        Err err = {0};

        CHECK_OK(plan_build(&w->config, lib, &options, &plan, &err), &err);
        return plan;
}

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
        PlanOptions options = {.recipes = &names, .max_cost = -1, .now_ms = now};
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
        PlanOptions options = {.max_cost = -1, .now_ms = now};
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
        PlanOptions options = {.recipes = &names, .max_cost = -1, .now_ms = now};
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

TEST(priority_comes_first) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[1] = recipe_of("late", small_axes, ARRAY_LEN(small_axes));
        w->recipes[1].priority = -1;
        w->recipes[2] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        w->recipes[2].priority = 10;
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

static int64_t count_cut(const Plan *plan) {
        int64_t n = 0;

        for (size_t i = 0; i < plan->n_jobs; i++)
                n += plan->jobs[i].cut;
        return n;
}

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

/* ---- the shelf ---- */

static Library *library_new(const char *name) {
        _cleanup_(freep) char *dir = test_path(name);
        Library *lib = NULL;
        Err err = {0};

        CHECK_OK(al_open(dir, AL_CREATE, &lib, &err), &err);
        return lib;
}

typedef struct Made { /* one job of a cell, on its way */
        int64_t run, job, attempt;
} Made;

static Made begin_job(Library *lib, const PlanCell *cell, int64_t want, Micros price) {
        char hash[DIGEST_HEX_MAX];
        AlCellSpec spec = {.recipe = cell->recipe->name,
                           .brand = cell->brand,
                           .hook = cell->hook,
                           .category = cell->category,
                           .axes = cell->axes,
                           .n_axes = cell->n_axes,
                           .kind = KIND_IMAGE,
                           .target = cell->target};
        AlJobSpec job = {.kind = KIND_IMAGE,
                         .provider = "paid",
                         .driver = "gemini",
                         .model = "m",
                         .recipe = cell->recipe->name,
                         .recipe_hash = hash,
                         .brand = cell->brand,
                         .hook = cell->hook,
                         .category = cell->category,
                         .prompt = "p",
                         .params = "{}",
                         .references = "[]",
                         .tags = "{}",
                         .want = want,
                         .worst = price};
        char day[TIME_TEXT_MAX];
        AlRefusal refusal;
        Made made = {0};
        Err err = {0};

        digest_hex(&cell->recipe->hash, hash);
        time_format_day(now, day);
        CHECK_OK(al_run_begin(lib, now - 5000, -1, &made.run, &err), &err);
        CHECK_OK(al_cell_sync(lib, &spec, now - 5000, &job.cell, &err), &err);
        job.run = made.run;
        CHECK_OK(al_job_plan(lib, &job, now - 5000, &made.job, &err), &err);
        CHECK_INT(al_attempt_begin(lib, made.job, made.run, price, NULL, 0, day, now - 5000,
                                   &made.attempt, &refusal, &err),
                  AL_OK);
        return made;
}

static void end_job(Library *lib, const Made *made, Outcome outcome, JobState next, size_t n,
                    Micros billed) {
        static unsigned char serial;
        AlNewAsset assets[10] = {0};
        AlAttemptEnd end = {.outcome = outcome,
                            .billed = billed,
                            .counts = true,
                            .next = next,
                            .reason =
                                    outcome == OUTCOME_BLOCKED ? "the picture shows a brawl" : NULL,
                            .assets = assets,
                            .n_assets = n};
        Err err = {0};

        for (size_t i = 0; i < n; i++) {
                serial++;
                digest_of(&serial, 1, &assets[i].digest);
                assets[i].bytes = 1;
                assets[i].media_type = "image/png";
                assets[i].ext = "png";
                assets[i].variant = (int64_t) i;
        }
        CHECK_INT(al_attempt_end(lib, made->attempt, &end, now - 3000, NULL, &err), AL_OK);
}

TEST(what_is_there_or_owed_is_not_bought_again) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *before = NULL, *after = NULL;
        _cleanup_(al_closep) Library *lib = library_new("owed");
        Made made;

        w->recipes[0].target = 3;
        before = plan_of(w, lib, -1);
        CHECK_INT(before->n_jobs, 24);
        made = begin_job(lib, &before->cells[0], 2, CENT);
        end_job(lib, &made, OUTCOME_MADE, JOB_DONE, 2, CENT);
        (void) begin_job(lib, &before->cells[1], 1, CENT); /* still in flight */
        made = begin_job(lib, &before->cells[2], 3, CENT); /* may have been paid */
        end_job(lib, &made, OUTCOME_UNKNOWN, JOB_UNKNOWN, 0, CENT);
        made = begin_job(lib, &before->cells[3], 3, CENT); /* gave up: owes nothing */
        end_job(lib, &made, OUTCOME_REJECTED, JOB_FAILED, 0, 0);

        after = plan_of(w, lib, -1);
        CHECK_INT(after->cells[0].have, 2);
        CHECK_INT(after->cells[0].make, 1);
        CHECK_INT(after->cells[1].owed, 1);
        CHECK_INT(after->cells[1].make, 2);
        CHECK_INT(after->cells[2].owed, 3);
        CHECK_INT(after->cells[2].verdict, CELL_ENOUGH);
        CHECK_INT(after->cells[3].make, 3);
        CHECK_INT(after->n_jobs, 1 + 2 + 0 + 3 + 4 * 3);
        /* The fuller a cell, the later its first job. */
        CHECK_INT(after->jobs[0].cell, 3);
        CHECK_INT(after->jobs[after->n_jobs - 1].ordinal, 2);
        CHECK_INT(after->expected_ms > 0, 1);
}

TEST(a_full_shelf_needs_nothing) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *before = NULL, *after = NULL;
        _cleanup_(al_closep) Library *lib = library_new("full");

        w->recipes[0] = recipe_of("side", small_axes, ARRAY_LEN(small_axes));
        before = plan_of(w, lib, -1);
        Made made = begin_job(lib, &before->cells[0], 3, CENT);
        end_job(lib, &made, OUTCOME_MADE, JOB_DONE, 3, CENT);
        after = plan_of(w, lib, -1);
        CHECK_INT(after->cells[0].verdict, CELL_ENOUGH);
        CHECK_INT(after->cells[0].make, 0);
        CHECK_INT(after->n_jobs, 0);
        CHECK_INT(after->cells_short, 0);
}

TEST(a_blocked_cell_waits_for_its_recipe) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *before = NULL, *after = NULL, *changed = NULL;
        _cleanup_(al_closep) Library *lib = library_new("blocked");

        before = plan_of(w, lib, -1);
        Made made = begin_job(lib, &before->cells[5], 1, CENT);
        end_job(lib, &made, OUTCOME_BLOCKED, JOB_BLOCKED, 0, 0);
        after = plan_of(w, lib, -1);
        CHECK_INT(after->cells[5].verdict, CELL_QUARANTINED);
        CHECK_HAS(after->cells[5].note, "the picture shows a brawl");
        CHECK_INT(after->cells_refused, 1);
        CHECK_INT(after->n_jobs, 14);
        digest_of("another prompt", 14, &w->recipes[0].hash);
        changed = plan_of(w, lib, -1);
        CHECK_INT(changed->cells[5].verdict, CELL_SHORT);
        CHECK_INT(changed->cells_refused, 0);
        CHECK_INT(changed->n_jobs, 16);
}

TEST(what_was_spent_counts_against_the_caps) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *before = NULL, *day = NULL, *recipe = NULL;
        _cleanup_(al_closep) Library *lib = library_new("spent");

        before = plan_of(w, lib, -1);
        Made made = begin_job(lib, &before->cells[0], 1, 4 * CENT);
        end_job(lib, &made, OUTCOME_MADE, JOB_DONE, 1, 4 * CENT);
        w->config.settings.caps = (Caps){20 * CENT, 10 * CENT, 100 * CENT};
        day = plan_of(w, lib, -1);
        CHECK_INT(day->budget_left, 6 * CENT);
        CHECK_INT(count_cut(day), 9);
        w->recipes[0].caps.per_month = 3 * CENT; /* spent already */
        recipe = plan_of(w, lib, -1);
        CHECK_INT(count_cut(recipe), 15);
}

/* ---- rendering a job ---- */

static int render_first(World *w, uint64_t seed, RenderedJob *ret, Err *err) {
        _cleanup_(plan_freep) Plan *plan = plan_of(w, NULL, -1);

        CHECK(plan->n_cells > 0);
        return job_render(&w->config, &plan->cells[0], seed, ret, err);
}

TEST(a_job_is_rendered_for_its_cell) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(rendered_job_done) RenderedJob job = {0};
        _cleanup_(freep) char *logo = test_file("logos/a.png", "abc"), *want = NULL;
        AlAxis tags[] = {{"format", "ignored"}, {"season", "spring"}};
        Err err = {0};

        w->recipes[0].provider = "studio";
        w->recipes[0].tags = tags;
        w->recipes[0].n_tags = 2;
        w->recipes[0].prompt = "{{brand.style}} {{format}}";
        w->params[0] = (RecipeParam){
                .name = "size", .axis = "format", .choices = (ParamChoice *) size_choices, .n = 2};
        w->choices[0] = (ParamChoice){.text = "Hello {{brand}}"};
        w->choices[1] = (ParamChoice){.text = "logos/a.png"};
        w->params[1] = (RecipeParam){.name = "headline", .choices = &w->choices[0], .n = 1};
        w->params[2] = (RecipeParam){.name = "logo", .choices = &w->choices[1], .n = 1};
        w->recipes[0].params = w->params;
        w->recipes[0].n_params = 3;
        CHECK_OK(render_first(w, 1, &job, &err), &err);
        CHECK_STR(job.prompt, "warm square");
        want = str_printf("{\"headline\":\"Hello acme\",\"logo\":\"%s\",\"size\":\"1080x1080\"}",
                          logo);
        CHECK_STR(job.params, want);
        CHECK_STR(job.references, "[]");
        CHECK_STR(job.tags, "{\"format\":\"square\",\"season\":\"spring\"}");
}

TEST(references_carry_their_hash) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(rendered_job_done) RenderedJob job = {0};
        _cleanup_(freep) char *path = test_file("shots/acme.png", "abc"), *want = NULL;
        const char *references[] = {"shots/{{brand}}.png"};
        Err err = {0};

        w->recipes[0].references = references;
        w->recipes[0].n_references = 1;
        CHECK_OK(render_first(w, 1, &job, &err), &err);
        want = str_printf("[{\"path\":\"%s\",\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a3"
                          "96177a9cb410ff61f20015ad\"}]",
                          path);
        CHECK_STR(job.references, want);
        CHECK_INT(job.reference_paths.n, 1);
        CHECK_STR(job.reference_paths.items[0], path);
}

static void check_render_fails(World *w, const char *words) {
        RenderedJob job = {0};
        Err err = {0};

        CHECK(render_first(w, 1, &job, &err) < 0);
        CHECK_HAS(err.text, words);
        CHECK(!job.prompt && !job.params);
}

TEST(a_job_that_cannot_be_rendered_says_why) {
        _cleanup_(freep) World *w = world_new();
        const char *references[] = {"shots/nosuch.png"}, *folder[] = {"."};

        w->recipes[0].provider = "studio";
        w->recipes[0].params = w->params;
        w->recipes[0].n_params = 1;
        w->params[0] = (RecipeParam){.name = "size", .choices = &w->choices[0], .n = 1};
        w->choices[0] = (ParamChoice){.text = "big"};
        check_render_fails(w, "params.size: ");
        w->choices[0].text = "{{fromat}}";
        check_render_fails(w, "params.size: no variable '{{fromat}}'; did you mean '{{format}}'?");
        w->choices[0] = (ParamChoice){.axis_value = "story", .text = "10x10"};
        w->params[0].axis = "format";
        check_render_fails(w, "params.size: no value for format 'square'");
        w->params[0] = (RecipeParam){.name = "nosuch", .choices = &w->choices[0], .n = 1};
        check_render_fails(w, "params.nosuch: no such parameter of driver 'local'");
        w->recipes[0].n_params = 0;
        check_render_fails(w, "driver 'local' needs it");
        w->recipes[0].provider = "paid";
        w->recipes[0].references = references;
        w->recipes[0].n_references = 1;
        check_render_fails(w, "references[0]: cannot read file");
        w->recipes[0].references = folder;
        check_render_fails(w, "no regular file");
}

TEST(a_prompt_has_a_limit) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(rendered_job_done) RenderedJob job = {0};
        _cleanup_(freep) char *text = malloc(PROMPT_MAX + 2);
        Err err = {0};

        CHECK(text);
        memset(text, 'x', PROMPT_MAX + 1);
        text[PROMPT_MAX + 1] = '\0';
        w->recipes[0].prompt = text;
        check_render_fails(w, "prompt: ");
        text[PROMPT_MAX] = '\0';
        CHECK_OK(render_first(w, 1, &job, &err), &err);
}

/* ---- what a job may cost ---- */

TEST(the_plan_bounds_every_job) {
        _cleanup_(freep) World *w = world_new();
        _cleanup_(plan_freep) Plan *plan = NULL;

        w->recipes[0].prompt = "{{hook.line}}";
        w->prices[0].unit = UNIT_MILLION_INPUT_TOKENS;
        w->prices[0].micros = 1000 * MICROS_PER_UNIT;
        plan = plan_of(w, NULL, -1);
        for (uint64_t seed = 0; seed < 20; seed++) {
                _cleanup_(rendered_job_done) RenderedJob job = {0};
                Micros price = 0;
                Err err = {0};

                CHECK_OK(job_render(&w->config, &plan->cells[0], seed, &job, &err), &err);
                CHECK_OK(job_price(&w->config, &plan->cells[0], &job, 1, now, &price, &err), &err);
                CHECK(price > 0);
                CHECK(price <= plan->cells[0].worst_each);
        }
}
