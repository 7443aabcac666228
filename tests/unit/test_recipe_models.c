/* SPDX-License-Identifier: MIT */

/* What models.yaml says of a model, against recipes: the end, what it makes, what it takes. The
 * clock stands at TEST_NOW_MS. */

#include "base/parse.h"
#include "unit/recipe_fixture.h"

#define MODELS "version: 1\nmodels:\n"
#define ENTRY(more) "  - {driver: gemini, model: gemini-x, as_of: 2026-11-01, source: s" more "}\n"
#define PRICES                                                                                     \
        "version: 1\nprices:\n  - {driver: gemini, model: gemini-x, unit: image, usd: 1, as_of: "  \
        "2026-11-01, source: s}\n"

/* The fixture's recipe, whose model stands in line 5, and more lines from 13 on. */
static Loaded load(const char *models, const char *more) {
        _cleanup_(freep) char *recipe = str_printf("%s%s", fixture_recipe, more);
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/hero.yaml", recipe);
        fixture_write(&l, "prices.yaml", PRICES);
        fixture_write(&l, "models.yaml", models);
        fixture_write(&l, "a.png", "x");
        fixture_load(&l, NULL);
        return l;
}

typedef struct Case {
        const char *entry; /* of the model */
        const char *more;  /* of the recipe */
        int line, column;  /* 0: no problem */
        const char *has;
        bool warning;
} Case;

static void run(const Case *cases, size_t n) {
        for (size_t i = 0; i < n; i++) {
                const Case *c = &cases[i];
                _cleanup_(freep) char *models = str_printf("%s%s", MODELS, c->entry);
                Loaded l = load(models, c->more);
                bool error = c->line > 0 && !c->warning;

                if (c->line > 0)
                        check_problem(&l, "hero.yaml", c->line, c->column, c->has);
                check_problems(&l, error, c->warning);
                CHECK_INT(l.r, 0);
                CHECK_INT(l.config->n_recipes, !error); /* it is left out, and nothing else */
                fixture_done(&l);
        }
}

TEST(the_end_of_a_model) {
        static const Case cases[] = {
                {ENTRY(""), "", 0, 0, NULL, false},
                {ENTRY(", shutdown: 2026-12-24"), "", 0, 0, NULL, false}, /* more than 30 days */
                {ENTRY(", shutdown: 2026-12-23, replacement: y"), "", 5, 8,
                 "will be shut down on 2026-12-23; use 'y'", true},
                {ENTRY(", shutdown: 2026-11-24, replacement: y"), "", 5, 8,
                 "will be shut down on 2026-11-24; use 'y'", true},
                {ENTRY(", shutdown: 2026-11-23, replacement: y"), "", 5, 8,
                 "model: model 'gemini-x' was shut down on 2026-11-23; use 'y'; if it still "
                 "answers",
                 false},
                {ENTRY(", shutdown: 2025-01-01"), "", 5, 8, "was shut down on 2025-01-01; if it",
                 false},
                /* the first entry counts: ours goes before the shipped one */
                {ENTRY("") ENTRY(", shutdown: 2025-01-01"), "", 0, 0, NULL, false},
        };

        run(cases, ARRAY_LEN(cases));
}

TEST(what_it_makes) {
        static const Case cases[] = {
                {ENTRY(", kind: image"), "", 0, 0, NULL, false},
                {ENTRY(", kind: [image, text]"), "", 0, 0, NULL, false},
                {ENTRY(", kind: [video, text]"), "", 5, 8,
                 "model 'gemini-x' makes no image; it makes video, text", false},
        };

        run(cases, ARRAY_LEN(cases));
}

#define RATIO "params: {aspect_ratio: \"16:9\"}\n"

TEST(what_it_takes) {
        static const Case cases[] = {
                {ENTRY(", params: {aspect_ratio: ['16:9', '1:1']}"), RATIO, 0, 0, NULL, false},
                {ENTRY(", params: {aspect_ratio: ['9:16', '1:1']}"), RATIO, 13, 24,
                 "params.aspect_ratio: '16:9' is no 'aspect_ratio' of model 'gemini-x'; it takes "
                 "9:16, 1:1",
                 false},
                {ENTRY(", params: {aspect_ratio: ['1:1', '9:16']}"),
                 "params: {aspect_ratio: {square: \"1:1\", story: \"16:9\"}}\n", 13, 47,
                 "params.aspect_ratio.story: '16:9' is no", false},
                {ENTRY(", params: {aspect_ratio: []}"), RATIO, 13, 10,
                 "model 'gemini-x' takes no 'aspect_ratio'", false},
                {ENTRY(", params: {image_size: [1K]}"), RATIO, 0, 0, NULL, false},
                {ENTRY(", params: {max_output_tokens: {min: 10, max: 20}}"),
                 "params: {max_output_tokens: 20}\n", 0, 0, NULL, false},
                {ENTRY(", params: {max_output_tokens: {min: 10, max: 20}}"),
                 "params: {max_output_tokens: 21}\n", 13, 29, "it takes 10 to 20", false},
                {ENTRY(", params: {max_output_tokens: [4, 8]}"),
                 "params: {max_output_tokens: 08}\n", 0, 0, NULL, false},
                {ENTRY(", params: {max_output_tokens: [4, 8]}"), "params: {max_output_tokens: 6}\n",
                 13, 29, "it takes 4, 8", false},
                {ENTRY(", params: {image_only: [false]}"), "params: {image_only: no}\n", 0, 0, NULL,
                 false},
                {ENTRY(", params: {image_only: [false]}"), "params: {image_only: true}\n", 13, 22,
                 "'true' is no 'image_only' of model 'gemini-x'; it takes false", false},
                {ENTRY(", needs: [image_size]"), "params: {image_size: 1K}\n", 0, 0, NULL, false},
                {ENTRY(", needs: [image_size]"), "", 5, 8,
                 "missing parameter 'image_size': model 'gemini-x' needs it", false},
        };

        run(cases, ARRAY_LEN(cases));
}

TEST(what_is_filled_in_is_checked_too) {
        Loaded l = load(MODELS ENTRY(", params: {aspect_ratio: ['1:1']}"),
                        "params: {aspect_ratio: '{{brand.shape}}'}\n");

        fixture_write(&l, "brands.d/acme.yaml",
                      "version: 1\nbrand: acme\nstyle: warm\nshape: '9:16'\n");
        fixture_load(&l, NULL);
        check_problem(&l, "hero.yaml", 13, 24, "'9:16' is no 'aspect_ratio' of model 'gemini-x'");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}

#define ONE "references: [a.png]\n"
#define TWO "references: [a.png, a.png]\n"

TEST(references_and_prompts) {
        static const Case cases[] = {
                {ENTRY(", references: {max: 1}"), ONE, 0, 0, NULL, false},
                {ENTRY(", references: {max: 1}"), TWO, 13, 13,
                 "references: model 'gemini-x' takes at most 1", false},
                {ENTRY(", references: {max: 0}"), ONE, 13, 13, "takes none", false},
                {ENTRY(", references: {min: 1}"), "", 5, 8,
                 "references: model 'gemini-x' needs at least 1", false},
                {ENTRY(", references: {min: 2}"), ONE, 13, 13, "needs at least 2", false},
                {ENTRY(", with_references: {aspect_ratio: []}"), RATIO, 0, 0, NULL, false},
                {ENTRY(", with_references: {aspect_ratio: []}"), RATIO ONE, 13, 10,
                 "takes no 'aspect_ratio' with references", false},
                {ENTRY(", without_references: {aspect_ratio: ['1:1']}"), RATIO ONE, 0, 0, NULL,
                 false},
                {ENTRY(", params: {aspect_ratio: ['16:9']}, without_references: {aspect_ratio: "
                       "['1:1']}"),
                 RATIO, 13, 24, "of model 'gemini-x' without references; it takes 1:1", false},
                /* "A warm hurried photo"; "A bright ..." is longer */
                {ENTRY(", prompt_max: 22"), "", 0, 0, NULL, false},
                {ENTRY(", prompt_max: 21"), "", 11, 9,
                 "the prompt has 22 characters; model 'gemini-x' takes 21", false},
        };

        run(cases, ARRAY_LEN(cases));
}

TEST(characters_are_those_of_utf16) {
        Model m = {.model = "m", .prompt_max = 4};

        CHECK_INT(model_takes_prompt(&m, "a\xc3\xa9\xf0\x9f\x98\x80", NULL), 0); /* 1 + 1 + 2 */
        CHECK_INT(model_takes_prompt(&m, "a\xc3\xa9\xf0\x9f\x98\x80x", NULL), -EINVAL);
}

TEST(sizes) {
        static const struct {
                const char *size, *has;
        } cases[] = {
                {"1024x1024", NULL},
                {"3840x2160", NULL},
                {"3072x1024", NULL},
                {"1000x1024", "multiples of 16"},
                {"3856x1600", "longer than 3840"},
                {"3088x1024", "it takes 1:3 to 3:1"},
                {"3840x3840", "it takes 655360 to 8294400 pixels"},
                {"512x512", "it takes 655360 to 8294400 pixels"},
        };
        ModelLimit limit = {.param = "size",
                            .bounded = true,
                            .multiple_of = 16,
                            .max_edge = 3840,
                            .max_ratio = 3,
                            .min_pixels = 655360,
                            .max_pixels = 8294400};
        Model m = {.model = "m", .limits = &limit, .n_limits = 1};
        ParamSpec spec = {.name = "size", .type = PARAM_SIZE};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Err err = {0};

                CHECK_INT(model_takes(&m, &spec, cases[i].size, 0, &err),
                          cases[i].has ? -EINVAL : 0);
                if (cases[i].has && !strstr(err_text(&err), cases[i].has))
                        test_fail(__FILE__, __LINE__, "%s: '%s'", cases[i].size, err_text(&err));
        }
}

TEST(a_name_that_is_nearly_known_is_told) {
        Loaded l = load(MODELS "  - {driver: gemini, model: gemini-y, as_of: 2026-11-01, source: s}"
                               "\n",
                        "");

        check_problem(&l, "hero.yaml", 5, 8, "did you mean 'gemini-y'?");
        check_problems(&l, 0, 1);
        fixture_done(&l);
}

TEST(mistakes_in_models) {
        static const struct {
                const char *entry;
                int column;
                const char *has;
        } cases[] = {
                {"  - {driver: gemini, model: y}\n", 5, "missing key 'as_of'"},
                {ENTRY(", kind: picture"), 75, "is not one of image, video, text"},
                {ENTRY(", params: {ratio: []}"), 78, "driver 'gemini' has no parameter 'ratio'"},
                {ENTRY(", params: [a]"), 77, "expected a map of parameters"},
                {ENTRY(", params: {aspect_ratio: {min: 1}}"), 92, "is no number; list its values"},
                {ENTRY(", params: {max_output_tokens: {least: 1}}"), 98, "unknown key 'least'"},
                {"  - {driver: exec, model: m, as_of: 2026-11-01, source: s, params: {steps: "
                 "{min: 1}}}\n",
                 76, "list the values of 'steps'"},
                {ENTRY(", needs: [ratio]"), 76, "has no parameter 'ratio'"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(freep) char *text = str_printf("%s%s", MODELS, cases[i].entry);
                Loaded l = fixture_with("models.yaml", text);

                check_problem(&l, "models.yaml", 3, cases[i].column, cases[i].has);
                CHECK_INT(l.r, 0); /* the rest is usable */
                fixture_done(&l);
        }
}

/* Two entries of one name would hide each other, and a successor must live. */
TEST(shipped_models_are_sound) {
        Loaded l = fixture_new();

        fixture_load(&l, TEST_SOURCE_DIR "/config");
        CHECK_OK(l.r, &l.err);
        check_problems(&l, 0, 0);
        for (size_t i = 0; i < l.config->n_models; i++) {
                const Model *m = &l.config->models[i];
                const Model *next = NULL;

                CHECK(m->kinds != 0);
                if (config_model(l.config, m->driver, m->model) != m)
                        test_fail(__FILE__, __LINE__, "'%s' twice", m->model);
                if (!m->shutdown_ms)
                        continue;
                CHECK(m->replacement);
                if (strstr(m->replacement, "(driver omni)"))
                        next = config_model(l.config, "omni", "gemini-omni-1.1-flash");
                else
                        next = config_model(l.config, m->driver, m->replacement);
                if (!next || next->shutdown_ms)
                        test_fail(__FILE__, __LINE__, "'%s' has no successor that lives", m->model);
        }
        fixture_done(&l);
}

#define LIFE(driver, kept)                                                                         \
        "  - {driver: " driver ", kept: " kept ", as_of: 2026-11-01, source: s}\n"

/* Ours goes before the shipped one, driver by driver. */
TEST(how_long_results_can_be_fetched) {
        Loaded l = fixture_new();

        fixture_write(&l, "models.yaml",
                      MODELS ENTRY("") "results:\n" LIFE("replicate", "30m") LIFE("fal", "7d"));
        fixture_load(&l, TEST_SOURCE_DIR "/config");
        CHECK_OK(l.r, &l.err);
        check_problems(&l, 0, 0);
        CHECK_INT(config_result_kept_ms(l.config, "replicate"), 30 * 60 * 1000);
        CHECK_INT(config_result_kept_ms(l.config, "fal"), 7 * 24 * 60 * 60 * 1000);
        CHECK_INT(config_result_kept_ms(l.config, "runway"), 24 * 60 * 60 * 1000);
        CHECK_INT(config_result_kept_ms(l.config, "comfyui"), 0);
        fixture_done(&l);

        l = load(MODELS ENTRY("") "results:\n" LIFE("nosuch", "1h"), "");
        check_problem(&l, "models.yaml", 5, 14, "nosuch");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}
