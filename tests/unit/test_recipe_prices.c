/* SPDX-License-Identifier: MIT */

/* Prices: which count, and what is warned of. */

#include "base/fs.h"
#include "base/strbuf.h"
#include "core/fits.h"
#include "recipe/tables.h"
#include "unit/recipe_fixture.h"

#define PRICE(usd, more)                                                                           \
        "  - {driver: gemini, model: gemini-x, unit: image, usd: " usd ", as_of: 2026-11-01, "     \
        "source: s" more "}\n"

TEST(own_prices_go_first) {
        Loaded l = fixture_new();

        fixture_write(&l, "data/prices.yaml", "version: 1\nprices:\n" PRICE("0.5", ""));
        fixture_write(&l, "prices.yaml",
                      "version: 1\nprices:\n" PRICE("0.0336",
                                                    ", when: {image_size: 1K}, valid_from: "
                                                    "2026-10-06, valid_to: 2026-12-31"));
        fixture_write(&l, "recipes.d/hero.yaml", fixture_recipe);
        {
                _cleanup_(freep) char *data = NULL;

                CHECK(asprintf(&data, "%s/data", l.dir) > 0);
                fixture_load(&l, data);
        }
        check_problems(&l, 0, 0);
        CHECK_INT(l.config->n_prices, 2);
        CHECK_INT(l.config->prices[0].micros, 33600);
        CHECK_INT(l.config->prices[0].unit, UNIT_IMAGE);
        CHECK_STR(l.config->prices[0].when[0].value, "1K");
        CHECK_INT(l.config->prices[0].valid_to_ms, INT64_C(1798675200000));
        CHECK_INT(l.config->prices[0].place.line, 3);
        CHECK_INT(l.config->prices[1].micros, 500000);
        fixture_done(&l);
}

TEST(mistakes_of_prices_stop_everything) {
        static const struct {
                const char *entry;
                int column;
                const char *has;
        } cases[] = {
                {PRICE("0.0000001", ""), 57, "not an amount of money"},
                {PRICE("1e3", ""), 57, "not an amount of money"},
                {PRICE("1", ", valid_to: 2026-13-01"), 100, "not a date"},
                {PRICE("1", ", valid_from: 2026-12-01, valid_to: 2026-11-30"), 124,
                 "prices[0]: valid_to lies before valid_from"},
                {PRICE("1", ", when: [a]"), 96, "expected a map"},
                {"  - {driver: gemni, model: m, unit: image, usd: 1, as_of: 2026-11-01, source: "
                 "s}\n",
                 14, "did you mean 'gemini'?"},
                {"  - {driver: gemini, model: m, unit: picture, usd: 1, as_of: 2026-11-01, source: "
                 "s}\n",
                 38, "not one of call, image"},
                {"  - {driver: gemini, model: m, unit: image, usd: 1, source: s}\n", 5,
                 "missing key 'as_of'"},
                {"  - 5\n", 5, "expected a map of keys and values"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(freep) char *text = str_printf("version: 1\nprices:\n%s", cases[i].entry);
                Loaded l = fixture_with("prices.yaml", text);

                check_problem(&l, "prices.yaml", 3, cases[i].column, cases[i].has);
                check_problems(&l, 1, 0);
                CHECK_INT(l.r, -EINVAL);
                fixture_done(&l);
        }
}

static void warns(const char *prices, const char *file, int line, const char *has) {
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/hero.yaml", fixture_recipe);
        if (prices)
                fixture_write(&l, "prices.yaml", prices);
        fixture_load(&l, NULL);
        if (has) {
                bool found = false;

                check_problems(&l, 0, 1);
                found = strstr(l.problems.items[0].file, file) &&
                        l.problems.items[0].line == line && strstr(l.problems.items[0].text, has);
                if (!found)
                        (void) problems_print(&l.problems, stderr, false);
                CHECK(found);
        } else {
                check_problems(&l, 0, 0);
        }
        CHECK_INT(l.config->n_recipes, 1); /* a warning stops nothing */
        fixture_done(&l);
}

#define PRICES "version: 1\nprices:\n"

TEST(warnings_about_prices) {
        warns(PRICES PRICE("1", ""), NULL, 0, NULL);
        warns(NULL, "hero.yaml", 5, "no price matches model 'gemini-x' of driver 'gemini'");
        warns(PRICES PRICE("1", ", when: {image_size: 1K}"), "hero.yaml", 5, "no price");
        warns(PRICES PRICE("1", ", valid_to: 2026-11-22"), "hero.yaml", 5, "no price");
        warns(PRICES PRICE("1", ", valid_from: 2026-11-24"), "hero.yaml", 5, "no price");
        warns(PRICES PRICE("1", ", valid_to: 2026-11-23"), "prices.yaml", 3,
              "ends on 2026-11-23 and nothing follows");
        warns(PRICES PRICE("1", ", valid_to: 2026-12-22"), "prices.yaml", 3, "ends on");
        warns(PRICES PRICE("1", ", valid_to: 2026-12-23"), NULL, 0, NULL); /* > 30 days */
        warns(PRICES PRICE("1", ", valid_to: 2026-12-01") PRICE("2", ", valid_from: 2026-12-02"),
              "prices.yaml", 3, "changes after 2026-12-01 from $1.00 to $2.00");
        warns(PRICES
              "  - {driver: gemini, model: gemini-x, unit: image, usd: 1, as_of: 2026-08-25, "
              "source: s}\n",
              NULL, 0, NULL); /* 90 days */
        warns(PRICES
              "  - {driver: gemini, model: gemini-x, unit: image, usd: 1, as_of: 2026-08-24, "
              "source: s}\n",
              "prices.yaml", 3, "91 days old");
}

TEST(every_combination_of_parameters_wants_its_price) {
        _cleanup_(freep) char *recipe =
                str_printf("%sparams: {image_size: {square: 1K, story: 4K}}\n", fixture_recipe);
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/hero.yaml", recipe);
        fixture_write(&l, "prices.yaml", PRICES PRICE("1", ", when: {image_size: 1K}"));
        fixture_load(&l, NULL);
        check_problem(&l, "hero.yaml", 5, 8, "with image_size: 4K today");
        check_problems(&l, 0, 1);
        fixture_write(&l, "prices.yaml",
                      PRICES PRICE("1", ", when: {image_size: 1K}")
                              PRICE("2", ", when: {image_size: 4K}"));
        fixture_load(&l, NULL);
        check_problems(&l, 0, 0);
        fixture_done(&l);
}

TEST(shipped_settings_and_data_are_good) {
        ConfigSource source = {.settings_file = TEST_SOURCE_DIR "/config/pregen.yaml",
                               .data_dir = TEST_SOURCE_DIR "/config"};
        Loaded l = {0};

        l.r = config_load(&source, TEST_NOW_MS, &l.config, &l.problems, &l.err);
        CHECK_OK(l.r, &l.err);
        check_problems(&l, 0, 0);
        CHECK(l.config->n_prices >= 15);
        CHECK(l.config->n_models >= 100);
        fixture_done(&l);
}

/* The build makes the shipped specs.yaml a table; the reader of one beside the settings must understand
 * the same by it. */
TEST(specs_mean_what_the_build_made_of_them) {
        _cleanup_(freep) char *text = NULL;
        Loaded l;

        CHECK_INT(fs_read_file(TEST_SOURCE_DIR "/config/specs.yaml", 1 << 20, &text, NULL), 0);
        l = fixture_with("specs.yaml", text);
        check_problems(&l, 0, 0);
        CHECK_INT(l.config->n_placements, fits_n_shipped);
        for (size_t i = 0; i < l.config->n_placements; i++) {
                AlPlacement read = l.config->placements[i], built = {0};

                for (size_t j = 0; j < fits_n_shipped; j++)
                        if (streq(fits_shipped[j].name, read.name))
                                built = fits_shipped[j];
                if (!built.name || read.kind != built.kind ||
                    memcmp(&read.min_width, &built.min_width,
                           sizeof read - offsetof(AlPlacement, min_width)) != 0)
                        test_fail("specs.yaml", (int) i, "'%s' is not what the build made of it",
                                  read.name);
        }
        fixture_done(&l);
}

TEST(mistakes_in_specs) {
        Loaded l = fixture_with(
                "specs.yaml",
                "version: 1\n"
                "specs:\n"
                "  - {platform: meta, placement: story.image, kind: image, ratio: wide, as_of: "
                "2026-11-22, source: x}\n"
                "  - {platform: Meta, placement: a, kind: image, as_of: 2026-11-22, source: x}\n"
                "  - {platform: own, placement: b, kind: image, min_size: 10, max_bites: 5MB, "
                "as_of: 2026-11-22, source: x}\n"
                "  - {platform: own, placement: wall, kind: image, exact_size: 300x250, as_of: "
                "2026-11-22, source: x}\n");

        check_problems(&l, 4, 0);
        check_problem(&l, "specs.yaml", 3, 66, "'wide' is not a ratio");
        check_problem(&l, "specs.yaml", 4, 16, "'Meta' is no name of a placement");
        check_problem(&l, "specs.yaml", 5, 58, "'10' is not a size in pixels");
        check_problem(&l, "specs.yaml", 5, 62, "did you mean 'max_bytes'");
        fixture_done(&l);
}
