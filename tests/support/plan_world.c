/* SPDX-License-Identifier: MIT */

#include "support/plan_world.h"

const int64_t plan_now = INT64_C(1795000000000);

static const char *brand_names[] = {"acme", "zenith"}, *hook_names[] = {"proof", "urgency"},
                  *one_brand[] = {"acme"}, *one_hook[] = {"urgency"}, *category[] = {"lifestyle"},
                  *formats[] = {"square", "story"};
static const char *style[] = {"warm"}, *lines[] = {"short", "a much longer line"};
static Variable acme_items[] = {{.name = "style", .values = style, .n = 1}};
static Variable hook_items[] = {{.name = "line", .values = lines, .n = 2}};
static Vars brands[] = {{.name = "acme", .items = acme_items, .n = 1, .caps = {-1, -1, -1}},
                        {.name = "zenith", .caps = {-1, -1, -1}}};
static Vars hooks[] = {{.name = "proof", .items = hook_items, .n = 1, .caps = {-1, -1, -1}},
                       {.name = "urgency", .items = hook_items, .n = 1, .caps = {-1, -1, -1}}};
Axis full_axes[FULL_AXES] = {
        {.name = "brand", .values = brand_names, .n = 2},
        {.name = "category", .values = category, .n = 1},
        {.name = "format", .values = formats, .n = 2},
        {.name = "hook", .values = hook_names, .n = 2},
};
Axis small_axes[SMALL_AXES] = {
        {.name = "brand", .values = one_brand, .n = 1},
        {.name = "category", .values = category, .n = 1},
        {.name = "hook", .values = one_hook, .n = 1},
};
const ParamChoice size_choices[2] = {{.axis_value = "square", .text = "1080x1080"},
                                     {.axis_value = "story", .text = "1080x1920"}};

Recipe recipe_of(const char *name, Axis *axes, size_t n_axes) {
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

World *world_new(void) {
        World *w = calloc(1, sizeof(*w));

        CHECK(w);
        w->providers[0] = (ProviderConfig){
                .name = "paid", .driver = "gemini", .concurrency = 4, .caps = {-1, -1, -1}};
        w->providers[1] = (ProviderConfig){
                .name = "studio", .driver = "local", .concurrency = 2, .caps = {-1, -1, -1}};
        for (size_t i = 0; i < ARRAY_LEN(w->providers); i++) {
                const Driver *driver = driver_find(w->providers[i].driver);

                w->providers[i].params = driver->params;
                w->providers[i].n_params = driver->n_params;
        }
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

Plan *plan_of(World *w, Library *lib, Micros max_cost) {
        PlanOptions options = {.max_cost = max_cost, .now_ms = plan_now};
        Plan *plan = NULL;
        Err err = {0};

        CHECK_OK(plan_build(&w->config, lib, &options, &plan, &err), &err);
        return plan;
}

int64_t count_cut(const Plan *plan) {
        int64_t n = 0;

        for (size_t i = 0; i < plan->n_jobs; i++)
                n += plan->jobs[i].cut;
        return n;
}
