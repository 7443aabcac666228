/* SPDX-License-Identifier: MIT */

/* Every allocation of loading a configuration fails once: -ENOMEM, nothing leaked, nothing lost.
 * (The sanitizers see the leaks.) */

#include "recipe/tables.h"
#include "support/fault.h"
#include "unit/recipe_fixture.h"

enum {
        MISTAKES = 12, /* in tests/data/config-mistakes */
};

static int load(const char *settings, const char *data_dir, Config **ret, Problems *problems) {
        ConfigSource source = {.settings_file = settings, .data_dir = data_dir};
        Err err = {0};

        return config_load(&source, TEST_NOW_MS, ret, problems, &err);
}

/* Loads again and again until nothing fails any more; the last result. */
static int sweep(const char *settings, size_t *ret_errors) {
        for (unsigned n = 1;; n++) {
                Config *config = NULL;
                Problems problems = {0};
                bool failed;
                int r;

                fault_arm(n, ENOMEM);
                r = load(settings, NULL, &config, &problems);
                failed = fault_disarm();
                *ret_errors = problems.n_errors;
                problems_done(&problems);
                if (!failed) {
                        CHECK((r == 0) == (config != NULL));
                        config = config_free(config);
                        return r;
                }
                /* A suggestion may be missing for want of memory; an error never is. */
                if (r != -ENOMEM && (r != -EINVAL || *ret_errors != MISTAKES))
                        test_fail(__FILE__, __LINE__, "allocation %u: got %d, %zu errors", n, r,
                                  *ret_errors);
                CHECK(!config);
        }
}

TEST(a_good_configuration) {
        Loaded l = fixture_new();
        _cleanup_(freep) char *settings = NULL;
        size_t errors;

        fixture_write(&l, "p.png", "picture");
        fixture_write(&l, "recipes.d/hero.yaml",
                      "version: 1\nrecipe: hero\nkind: image\nprovider: studio\n"
                      "matrix: {brand: acme, hook: urgency, category: c, format: [a, b]}\n"
                      "exclude: [{format: a}]\n"
                      "prompt: A {{brand.style}} photo\nstock: {target: 2}\n"
                      "references: ['p.png']\n"
                      "params: {size: {a: 10x10, b: 20x20}, headline: '{{brand.product}}'}\n");
        fixture_write(&l, "prices.yaml",
                      "version: 1\nprices:\n"
                      "  - {driver: gemini, model: m, unit: call, usd: 1, as_of: 2026-11-01, "
                      "source: s, when: {image_size: 1K}}\n");
        CHECK(asprintf(&settings, "%s/pregen.yaml", l.dir) > 0);
        CHECK_INT(sweep(settings, &errors), 0);
        CHECK_INT(errors, 0);
        fixture_done(&l);
}

TEST(a_configuration_full_of_mistakes) {
        size_t errors;

        CHECK_INT(sweep(TEST_SOURCE_DIR "/tests/data/config-mistakes/pregen.yaml", &errors),
                  -EINVAL);
        CHECK_INT(errors, MISTAKES);
}

TEST(json_schemas) {
        for (unsigned n = 1;; n++) {
                Json *json;
                bool failed;

                fault_arm(n, ENOMEM);
                json = schema_json(&settings_schema);
                failed = fault_disarm();
                CHECK(failed == !json);
                json = json_free(json);
                if (!failed)
                        return;
        }
}
