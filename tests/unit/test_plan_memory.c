/* SPDX-License-Identifier: MIT */

/* Every allocation of a plan and of a rendered job fails once: an error each time, nothing leaks,
 * and a cell is never refused because memory ran out. */

#include "plan/plan.h"
#include "support/test.h"

static long countdown = -1; /* allocations until the next failure; negative: none fails */

static bool fails(void) {
        return countdown >= 0 && countdown-- == 0;
}

#define WRAP(type, name, params, args)                                                             \
        type __real_##name params;                                                                 \
        type __wrap_##name params;                                                                 \
        type __wrap_##name params {                                                                \
                return fails() ? NULL : __real_##name args;                                        \
        }
WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t m), (n, m))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, (void *p, size_t n, size_t m), (p, n, m))
WRAP(char *, strdup, (const char *s), (s))

static const char *brand_names[] = {"acme", "zenith"}, *hook_names[] = {"urgency"},
                  *category[] = {"lifestyle"}, *style[] = {"warm", "cold"};
static Variable items[] = {{.name = "style", .values = style, .n = 2}};
static Vars brands[] = {{.name = "acme", .items = items, .n = 1, .caps = {-1, -1, -1}},
                        {.name = "zenith", .caps = {-1, -1, -1}}};
static Vars hooks[] = {{.name = "urgency", .items = items, .n = 1, .caps = {-1, -1, -1}}};
static Axis axes[] = {
        {.name = "brand", .values = brand_names, .n = 2},
        {.name = "category", .values = category, .n = 1},
        {.name = "hook", .values = hook_names, .n = 1},
};
static ParamChoice size = {.text = "2K"};
static RecipeParam params[] = {{.name = "image_size", .choices = &size, .n = 1}};
static AlAxis tags[] = {{"season", "spring"}};
static RecipeReference references[] = {{.path = "shot.png"}};
static ProviderConfig providers[] = {
        {.name = "paid", .driver = "gemini", .concurrency = 4, .caps = {-1, -1, -1}}};
static Price prices[] = {{.driver = "gemini", .model = "m", .unit = UNIT_IMAGE, .micros = 10}};
static Recipe recipes[] = {
        {.name = "hero",
         .kind = KIND_IMAGE,
         .provider = "paid",
         .model = "m",
         .axes = axes,
         .n_axes = 3,
         .prompt = "{{brand.style}} {{hook.style}}", /* zenith has no style */
         .params = params,
         .n_params = 1,
         .references = references,
         .n_references = 1,
         .tags = tags,
         .n_tags = 1,
         .target = 2,
         .variants = 1,
         .caps = {-1, -1, -1}},
};

static Config config_of(void) {
        providers[0].params = driver_find("gemini")->params;
        providers[0].n_params = driver_find("gemini")->n_params;
        free(test_file("shot.png", "\xff\xd8\xff"
                                   "abc"));
        return (Config){
                .dir = test_dir(),
                .settings = {.providers = providers,
                             .n_providers = 1,
                             .currency = "USD",
                             .caps = {-1, -1, -1}},
                .brands = brands,
                .n_brands = 2,
                .hooks = hooks,
                .n_hooks = 1,
                .recipes = recipes,
                .n_recipes = 1,
                .prices = prices,
                .n_prices = 1,
        };
}

TEST(a_plan_survives_every_lack_of_memory) {
        PlanOptions options = {.max_cost = -1, .now_ms = 1};
        Config config = config_of();
        long n = 0;
        int r;

        do {
                _cleanup_(plan_freep) Plan *plan = NULL;
                Err err = {0};

                countdown = n++;
                r = plan_build(&config, NULL, &options, &plan, &err);
                countdown = -1;
                if (r < 0) {
                        CHECK_INT(r, -ENOMEM);
                        CHECK(!plan);
                        continue;
                }
                CHECK_INT(plan->n_cells, 2);
                CHECK_INT(plan->cells[0].verdict, CELL_SHORT);
                CHECK_INT(plan->cells[1].verdict, CELL_INVALID);
                CHECK_HAS(plan->cells[1].note, "no variable 'style'");
                CHECK_INT(plan->n_jobs, 2);
        } while (r < 0);
        CHECK(n > 20);
}

TEST(a_job_survives_every_lack_of_memory) {
        PlanOptions options = {.max_cost = -1, .now_ms = 1};
        _cleanup_(plan_freep) Plan *plan = NULL;
        Config config = config_of();
        long n = 0;
        int r;

        CHECK_INT(plan_build(&config, NULL, &options, &plan, NULL), 0);
        do {
                _cleanup_(rendered_job_done) RenderedJob job = {0};
                Err err = {0};

                countdown = n++;
                r = job_render(&config, &plan->cells[0], 3, &job, &err);
                countdown = -1;
                CHECK(r == 0 || r == -ENOMEM);
                CHECK((r == 0) == (job.prompt != NULL));
                if (r == 0)
                        CHECK_STR(job.params, "{\"image_size\":\"2K\"}");
        } while (r < 0);
        CHECK(n > 5);
}
