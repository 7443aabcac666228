/* SPDX-License-Identifier: MIT */

/* What the simulated nights are configured with: caps of every kind and period, windows, and in the
 * first enough of everything. */

#include "model/sim.h"
#include "support/test.h"

static void write_config(unsigned i) {
        static const char *const budgets[SIM_CONFIGS] = {
                "per_run: 50",   "per_run: 1.30", "per_day: 1.00, per_run: 0.90",
                "per_run: 0.45", "per_run: 50",   "per_month: 2.00",
                "per_run: 50"};
        static const char *const more[SIM_CONFIGS] = {"",
                                                      "",
                                                      "window: {until: \"06:00\"}\n",
                                                      "",
                                                      "window: {until: \"02:04\", grace: 1m}\n",
                                                      "",
                                                      ""};
        static const char *const of_brand[SIM_CONFIGS] = {
                "",
                "budget: {per_day: 0.55}\n",
                "",
                "",
                "budget: {per_run: 0.50, per_month: 1.30}\n",
                "",
                ""};
        char name[64], text[2000];

        (void) snprintf(text, sizeof text,
                        "version: 1\nlibrary: /nowhere\n%sbudget: {currency: USD, %s}\n"
                        "unknown_outcome: {retry_below: 0.10}\n"
                        "providers:\n"
                        "  alpha: {driver: sim, base_url: \"http://127.0.0.1:1/sync\", "
                        "limits: {concurrency: 4}}\n"
                        "  beta: {driver: sim, base_url: \"http://127.0.0.1:1/operations\", "
                        "limits: {concurrency: 3, per_minute: 60}, budget: {per_run: 20}}\n",
                        more[i], budgets[i]);
        (void) snprintf(name, sizeof name, "c%u/pregen.yaml", i);
        free(test_file(name, text));
        (void) snprintf(name, sizeof name, "c%u/prices.yaml", i);
        free(test_file(name, "version: 1\nprices:\n"
                             "  - {driver: sim, model: sync, unit: call, usd: 0.05, as_of: "
                             "2026-11-01, source: x}\n"
                             "  - {driver: sim, model: op, unit: call, usd: 0.40, as_of: "
                             "2026-11-01, source: x}\n"));
        for (int b = 0; b < 2; b++) {
                (void) snprintf(name, sizeof name, "c%u/brands.d/b%d.yaml", i, b);
                (void) snprintf(text, sizeof text, "version: 1\nbrand: b%d\nx: y\n%s", b,
                                b == 0 ? of_brand[i] : "");
                free(test_file(name, text));
                (void) snprintf(name, sizeof name, "c%u/hooks.d/h%d.yaml", i, b);
                (void) snprintf(text, sizeof text, "version: 1\nhook: h%d\nx: y\n", b);
                free(test_file(name, text));
        }
        (void) snprintf(name, sizeof name, "c%u/recipes.d/pictures.yaml", i);
        free(test_file(name, "version: 1\nrecipe: pictures\nkind: image\nprovider: alpha\n"
                             "model: sync\n"
                             "matrix: {brand: [b0, b1], hook: [h0, h1], category: c}\n"
                             "prompt: \"{{brand}}-{{hook}}-pictures\"\nstock: {target: 2}\n"));
        (void) snprintf(name, sizeof name, "c%u/recipes.d/films.yaml", i);
        (void) snprintf(text, sizeof text,
                        "version: 1\nrecipe: films\nkind: image\nprovider: beta\n"
                        "model: op\n"
                        "matrix: {brand: [b0, b1], hook: [h0, h1], category: c}\n"
                        "prompt: \"{{brand}}-{{hook}}-films\"\nstock: {target: 1}\n%s",
                        i == SIM_CHAINED ? "references: [{asset: {recipe: pictures}}]\n" : "");
        free(test_file(name, text));
}

Config *sim_config(unsigned i) {
        _cleanup_(freep) char *file = NULL;
        char name[64];
        Problems problems = {0};
        ConfigSource source = {.data_dir = TEST_SOURCE_DIR "/config"};
        Config *config = NULL;
        Err err = {0};
        int r;

        write_config(i);
        (void) snprintf(name, sizeof name, "c%u/pregen.yaml", i);
        file = test_path(name);
        source.settings_file = file;
        r = config_load(&source, INT64_C(1795399200000), &config, &problems, &err);
        if (problems.n > 0)
                (void) problems_print(&problems, stderr, false);
        CHECK_OK(r, &err);
        CHECK_INT(problems.n, 0);
        problems_done(&problems);
        return config;
}
