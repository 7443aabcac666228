/* SPDX-License-Identifier: MIT */

/* The plan over a real library in a temporary directory, and its jobs rendered and priced. */

#include "base/clock.h"
#include "base/strbuf.h"
#include "support/plan_world.h"

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
        time_format_day(plan_now, day);
        CHECK_OK(al_run_begin(lib, plan_now - 5000, -1, &made.run, &err), &err);
        CHECK_OK(al_cell_sync(lib, &spec, plan_now - 5000, &job.cell, &err), &err);
        job.run = made.run;
        CHECK_OK(al_job_plan(lib, &job, plan_now - 5000, &made.job, &err), &err);
        CHECK_INT(al_attempt_begin(lib, made.job, made.run, price, NULL, 0, day, plan_now - 5000,
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
        CHECK_INT(al_attempt_end(lib, made->attempt, &end, plan_now - 3000, NULL, &err), AL_OK);
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
        _cleanup_(freep) char *path = test_file("shots/acme.png", "\xff\xd8\xff"
                                                                  "abc"),
                              *want = NULL;
        RecipeReference references[] = {{.path = "shots/{{brand}}.png"}};
        Err err = {0};

        w->recipes[0].references = references;
        w->recipes[0].n_references = 1;
        CHECK_OK(render_first(w, 1, &job, &err), &err);
        want = str_printf("[{\"path\":\"%s\",\"sha256\":\"bb50305eeb037e9f042bb96a4b894d"
                          "570a7cdb7735d1599c80bc470943138a08\"}]",
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
        RecipeReference references[] = {{.path = "shots/nosuch.png"}}, folder[] = {{.path = "."}},
                        secret[] = {{.path = "link.png"}};
        _cleanup_(freep) char *key = test_file("key", "sesame-77"), *link = test_path("link.png");

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
        CHECK_INT(symlink(key, link), 0);
        w->recipes[0].references = secret;
        check_render_fails(w, "key' is no png, jpeg or webp picture");
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
                CHECK_OK(job_price(&w->config, &plan->cells[0], &job, 1, plan_now, &price, &err),
                         &err);
                CHECK(price > 0);
                CHECK(price <= plan->cells[0].worst_each);
        }
}
