/* SPDX-License-Identifier: MIT */

/* What comes out of good files, the data files, and the warnings. */

#include "base/strbuf.h"
#include "recipe/node.h"
#include "recipe/tables.h"
#include "unit/recipe_fixture.h"

static const char full_settings[] =
        "version: 1\n"
        "library: /srv/shelf\n"
        "window: {until: '06:30'}\n"
        "budget: {currency: USD, per_run: 50, per_day: 60.5, per_month: 900}\n"
        "unknown_outcome: {retry_below: 0.000001}\n"
        "providers:\n"
        "  gemini:\n"
        "    driver: gemini\n"
        "    base_url: http://127.0.0.1:8080/v1//\n"
        "    credential_file: keys/gemini\n"
        "    limits: {concurrency: 15, per_minute: 300, per_day: 2000}\n"
        "    timeout: 1h30m\n"
        "    budget: {per_run: 30}\n"
        "  studio: {driver: local}\n"
        "notify: {on: [failure, always], command: [/bin/tell, -x]}\n";

TEST(settings_in_full) {
        Loaded l = fixture_with("pregen.yaml", full_settings);
        const Settings *s = &l.config->settings;
        const ProviderConfig *p = config_provider(l.config, "gemini");
        _cleanup_(freep) char *keys = NULL;

        check_problems(&l, 0, 0);
        CHECK_STR(s->library, "/srv/shelf");
        CHECK_INT(s->until_minutes, 390);
        CHECK_STR(s->currency, "USD");
        CHECK_INT(s->caps.per_run, 50 * MICROS_PER_UNIT);
        CHECK_INT(s->caps.per_day, 60500000);
        CHECK_INT(s->caps.per_month, 900 * MICROS_PER_UNIT);
        CHECK_INT(s->retry_below, 1);
        CHECK(s->notify_failure && s->notify_always && !s->notify_shortage);
        CHECK_STR(s->notify_command[0], "/bin/tell");
        CHECK_STR(s->notify_command[1], "-x");
        CHECK_STR(s->notify_command[2], NULL);
        CHECK_STR(p->base_url, "http://127.0.0.1:8080/v1");
        CHECK_STR(p->credential, NULL);
        CHECK(asprintf(&keys, "%s/keys/gemini", l.config->dir) > 0);
        CHECK_STR(p->credential_file, keys);
        CHECK_INT(p->concurrency, 15);
        CHECK_INT(p->per_minute, 300);
        CHECK_INT(p->per_day, 2000);
        CHECK_INT(p->timeout_ms, 5400000);
        CHECK_INT(p->caps.per_run, 30 * MICROS_PER_UNIT);
        CHECK_INT(p->caps.per_day, -1);
        CHECK_INT(p->place.line, 8);
        fixture_done(&l);
}

TEST(settings_by_default) {
        Loaded l = fixture_with("pregen.yaml", fixture_settings);
        const Settings *s = &l.config->settings;
        const ProviderConfig *p = config_provider(l.config, "gemini");

        CHECK_STR(s->library, "/var/lib/pregen");
        CHECK_INT(s->until_minutes, -1);
        CHECK_INT(s->caps.per_run, -1);
        CHECK_INT(s->caps.per_month, -1);
        CHECK_INT(s->retry_below, 100000);
        CHECK(!s->notify_command);
        CHECK_INT(s->n_providers, 2);
        CHECK_HAS(p->base_url, "https://"); /* the driver's */
        CHECK_INT(p->concurrency, 4);
        CHECK_INT(p->per_minute, 0);
        CHECK_INT(p->timeout_ms, 600000);
        CHECK(!config_provider(l.config, "nosuch"));
        fixture_done(&l);
}

TEST(a_command_alone_is_told_of_failures) {
        Loaded l = fixture_with("pregen.yaml", "version: 1\nproviders: {}\nlibrary: shelf\n"
                                               "notify: {command: /bin/tell}\n");
        _cleanup_(freep) char *shelf = NULL;

        check_problems(&l, 0, 0);
        CHECK(l.config->settings.notify_failure);
        CHECK_STR(l.config->settings.notify_command[1], NULL);
        CHECK(asprintf(&shelf, "%s/shelf", l.config->dir) > 0);
        CHECK_STR(l.config->settings.library, shelf); /* beside the settings */
        fixture_done(&l);
}

TEST(brands_are_flattened) {
        Loaded l = fixture_with("brands.d/zenith.yaml",
                                "\xef\xbb\xbfversion: 1\nbrand: zenith\nkey: visual\n"
                                "a: {b: {c: [x, 'y'], d: 'true'}}\n");
        const Vars *v = config_brand(l.config, "zenith");

        check_problems(&l, 0, 0);
        CHECK_INT(v->n, 3);
        CHECK_STR(vars_find(v, "key")->values[0], "visual");
        CHECK_INT(vars_find(v, "a.b.c")->n, 2);
        CHECK_STR(vars_find(v, "a.b.c")->values[1], "y");
        CHECK_INT(vars_find(v, "a.b.c")->place.line, 4);
        CHECK_STR(vars_find(v, "a.b.d")->values[0], "true");
        CHECK(!vars_find(v, "a.b"));
        CHECK_STR(vars_find(config_brand(l.config, "acme"), "logo")->values[0], "");
        CHECK_STR(vars_find(config_hook(l.config, "urgency"), "mood")->values[0], "hurried");
        CHECK(!config_brand(l.config, "nosuch"));
        CHECK(!config_hook(l.config, "nosuch"));
        fixture_done(&l);
}

static const char full_recipe[] = "version: 1\n"
                                  "recipe: lines\n"
                                  "schedule: Mon..Fri 02:00\n"
                                  "kind: text\n"
                                  "provider: gemini\n"
                                  "model: m\n"
                                  "matrix:\n"
                                  "  hook: urgency\n"
                                  "  tone: [loud, soft]\n"
                                  "  brand: [acme]\n"
                                  "  category: [a, b, c]\n"
                                  "exclude: [{tone: loud, category: a}, {category: c}]\n"
                                  "prompt: >-\n"
                                  "  {{brand}}:\n"
                                  "  {{brand.style}}\n"
                                  "params: {max_output_tokens: {loud: 10, soft: 20}, "
                                  "thinking_level: low}\n"
                                  "stock: {target: 7}\n"
                                  "tags: {season: spring}\n"
                                  "priority: -3\n"
                                  "budget: {per_day: 1.25}\n"
                                  "review: manual\n"
                                  "variants: 5\n"
                                  "max_chars: 30\n";

TEST(a_recipe_in_full) {
        Loaded l = fixture_with("recipes.d/lines.yaml", full_recipe);
        const Recipe *r = config_recipe(l.config, "lines");
        Digest digest;

        check_problems(&l, 0, 1); /* no price */
        CHECK(r);
        CHECK_STR(r->schedule, "Mon..Fri 02:00");
        CHECK_INT(r->kind, KIND_TEXT);
        CHECK_INT(r->n_axes, 4);
        CHECK_STR(r->axes[0].name, "brand");
        CHECK_STR(r->axes[3].name, "tone");
        CHECK_STR(r->axes[3].values[1], "soft");
        CHECK_INT(r->n_excludes, 2);
        CHECK_STR(r->excludes[0].pairs[1].value, "a");
        CHECK_INT(recipe_cells(r), 3); /* 6 less a/loud and the two of c */
        CHECK_STR(r->prompt, "{{brand}}: {{brand.style}}");
        CHECK_INT(r->prompt_place.line, 14);
        CHECK_INT(r->prompt_place.column, 3);
        CHECK_INT(r->n_params, 2);
        CHECK_STR(r->params[0].axis, "tone");
        CHECK_STR(r->params[0].choices[1].axis_value, "soft");
        CHECK_STR(r->params[0].choices[1].text, "20");
        CHECK_STR(r->params[1].axis, NULL);
        CHECK_STR(r->params[1].choices[0].text, "low");
        CHECK_INT(r->target, 7);
        CHECK_INT(r->max_age_ms, 0);
        CHECK_STR(r->tags[0].key, "season");
        CHECK_INT(r->priority, -3);
        CHECK_INT(r->caps.per_day, 1250000);
        CHECK_INT(r->caps.per_run, -1);
        CHECK(r->review_manual);
        CHECK_INT(r->variants, 5);
        CHECK_INT(r->max_chars, 30);
        digest_of(full_recipe, strlen(full_recipe), &digest);
        CHECK(digest_equal(&digest, &r->hash));
        CHECK(!config_recipe(l.config, "nosuch"));
        fixture_done(&l);
}

TEST(recipes_are_sorted_and_independent) {
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/1.yaml", full_recipe);
        fixture_write(&l, "recipes.d/2.yaml", fixture_recipe);
        fixture_write(&l, "recipes.d/3.yaml", "version: 1\n");
        fixture_write(&l, "recipes.d/4.yml", "version: 1\n");
        fixture_write(&l, "recipes.d/notes.txt", "not read\n");
        fixture_load(&l, NULL);
        CHECK_INT(l.config->n_recipes, 2);
        CHECK_STR(l.config->recipes[0].name, "hero");
        CHECK_INT(l.config->n_left_out, 1);
        CHECK_HAS(l.config->left_out.items[0], "recipes.d/3.yaml");
        check_problem(&l, "recipes.d/4.yml", 0, 0, "not read: only files that end in '.yaml'");
        check_problem(&l, "recipes.d/3.yaml", 1, 1, "missing key 'matrix'");
        fixture_done(&l);
}

static Recipe matrix_of(Axis *axes, size_t n) {
        return (Recipe){.axes = axes, .n_axes = n};
}

TEST(cells_at_cap_and_beyond) {
        const char *values[RECIPE_VALUES_MAX], *same[1] = {"x"};
        Axis axes[] = {{.name = "a", .values = values, .n = 1000},
                       {.name = "b", .values = values, .n = 20},
                       {.name = "c", .values = same, .n = 1}};
        AlAxis pair = {"c", "x"};
        Exclude all = {.pairs = &pair, .n = 1};
        Recipe r = matrix_of(axes, ARRAY_LEN(axes));

        for (size_t i = 0; i < ARRAY_LEN(values); i++)
                values[i] = "v";
        CHECK_INT(recipe_cells(&r), RECIPE_CELLS_MAX);
        axes[1].n = 21;
        CHECK_INT(recipe_cells(&r), RECIPE_CELLS_MAX + 1);
        r.excludes = &all;
        r.n_excludes = 1;
        CHECK_INT(recipe_cells(&r), 0);
        axes[1].n = 1000;
        axes[2] = axes[1]; /* a thousand million combinations are not walked */
        CHECK_INT(recipe_cells(&r), RECIPE_CELLS_MAX + 1);
        r.n_axes = 0;
        CHECK_INT(recipe_cells(&r), 0);
}

TEST(files_at_cap_and_beyond) {
        for (int extra = 0; extra <= 1; extra++) {
                _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
                Loaded l;

                (void) strbuf_puts(&b, fixture_hook);
                while (b.len < (size_t) CONFIG_FILE_MAX + (size_t) extra)
                        (void) strbuf_putc(&b, '#');
                l = fixture_with("hooks.d/urgency.yaml", strbuf_text(&b));
                CHECK_INT(l.config->n_hooks, extra ? 0 : 1);
                if (extra)
                        check_problem(&l, "hooks.d/urgency.yaml", 0, 0, "larger than 256 KiB");
                check_problems(&l, (size_t) extra, 0);
                fixture_done(&l);
        }
}

TEST(no_settings) {
        ConfigSource source = {.settings_file = "/nosuch/pregen.yaml"};
        Problems problems = {0};
        Config *config = NULL;
        Err err = {0};

        CHECK_INT(config_load(&source, TEST_NOW_MS, &config, &problems, &err), -ENOENT);
        CHECK_HAS(err.text, "no settings file '/nosuch/pregen.yaml'");
        CHECK_HAS(err.text, "--config");
        CHECK(!config);
        CHECK_INT(problems.n, 0);
        CHECK(!config_free(NULL));
}

TEST(extra_files_are_read_in_their_context) {
        Loaded l = fixture_new();
        _cleanup_(freep) char *recipe = NULL, *listed = NULL, *brand = NULL;
        _cleanup_(strv_done) Strv extra = {0};
        ConfigSource source = {.extra = &extra};

        free(test_file("drafts/new.yaml", "version: 1\nrecipe: new\nkind: image\n"
                                          "provider: studio\nprompt: x\nstock: {target: 1}\n"
                                          "matrix: {brand: nova, hook: urgency, category: c}\n"
                                          "params: {size: 10x10, headline: x}\n"));
        free(test_file("drafts/nova.yaml", "version: 1\nbrand: nova\n"));
        fixture_write(&l, "recipes.d/hero.yaml", fixture_recipe);
        recipe = test_path("drafts/new.yaml");
        brand = test_path("drafts/nova.yaml");
        CHECK(asprintf(&listed, "%s/recipes.d/hero.yaml", l.dir) > 0);
        CHECK_INT(strv_add(&extra, recipe), 0);
        CHECK_INT(strv_add(&extra, brand), 0);
        CHECK_INT(strv_add(&extra, listed), 0); /* read already: no duplicate */
        source.settings_file = l.dir;
        l.r = config_load(&source, TEST_NOW_MS, &l.config, &l.problems, &l.err);
        check_problems(&l, 0, 1);
        CHECK_INT(l.config->n_recipes, 2);
        CHECK(config_recipe(l.config, "new"));
        CHECK_STR(config_recipe(l.config, "new")->model, "local"); /* free: needs none */
        fixture_done(&l);
}

/* ---- prices and dates --------------------------------------------------------------------- */

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

static void warns(const char *prices, const char *models, const char *file, int line,
                  const char *has) {
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/hero.yaml", fixture_recipe);
        if (prices)
                fixture_write(&l, "prices.yaml", prices);
        if (models)
                fixture_write(&l, "models.yaml", models);
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
#define MODELS                                                                                     \
        "version: 1\nmodels:\n  - {driver: gemini, model: gemini-x, as_of: 2026-11-01, source: s"

TEST(warnings_about_prices) {
        warns(PRICES PRICE("1", ""), NULL, NULL, 0, NULL);
        warns(NULL, NULL, "hero.yaml", 5, "no price matches model 'gemini-x' of driver 'gemini'");
        warns(PRICES PRICE("1", ", when: {image_size: 1K}"), NULL, "hero.yaml", 5, "no price");
        warns(PRICES PRICE("1", ", valid_to: 2026-11-22"), NULL, "hero.yaml", 5, "no price");
        warns(PRICES PRICE("1", ", valid_from: 2026-11-24"), NULL, "hero.yaml", 5, "no price");
        warns(PRICES PRICE("1", ", valid_to: 2026-11-23"), NULL, "prices.yaml", 3,
              "ends on 2026-11-23 and nothing follows");
        warns(PRICES PRICE("1", ", valid_to: 2026-12-22"), NULL, "prices.yaml", 3, "ends on");
        warns(PRICES PRICE("1", ", valid_to: 2026-12-23"), NULL, NULL, 0, NULL); /* > 30 days */
        warns(PRICES PRICE("1", ", valid_to: 2026-12-01") PRICE("2", ", valid_from: 2026-12-02"),
              NULL, "prices.yaml", 3, "changes after 2026-12-01 from $1.00 to $2.00");
        warns(PRICES
              "  - {driver: gemini, model: gemini-x, unit: image, usd: 1, as_of: 2026-08-25, "
              "source: s}\n",
              NULL, NULL, 0, NULL); /* 90 days */
        warns(PRICES
              "  - {driver: gemini, model: gemini-x, unit: image, usd: 1, as_of: 2026-08-24, "
              "source: s}\n",
              NULL, "prices.yaml", 3, "91 days old");
}

TEST(warnings_about_models) {
        warns(PRICES PRICE("1", ""), MODELS "}\n", NULL, 0, NULL);
        warns(PRICES PRICE("1", ""), MODELS ", shutdown: 2026-12-24}\n", NULL, 0, NULL);
        warns(PRICES PRICE("1", ""), MODELS ", shutdown: 2026-12-23, replacement: y}\n",
              "hero.yaml", 5, "will be shut down on 2026-12-23; use 'y'");
        warns(PRICES PRICE("1", ""), MODELS ", shutdown: 2026-11-23}\n", "hero.yaml", 5,
              "was shut down on 2026-11-23");
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

TEST(a_bad_line_of_model_dates_is_left_out) {
        Loaded l = fixture_with("models.yaml", MODELS "}\n"
                                                      "  - {driver: gemini, model: y}\n");

        check_problem(&l, "models.yaml", 4, 5, "missing key 'as_of'");
        CHECK_INT(l.r, 0);
        fixture_done(&l);
}

/* ---- shipped ------------------------------------------------------------------------------ */

TEST(shipped_settings_and_data_are_good) {
        ConfigSource source = {.settings_file = TEST_SOURCE_DIR "/config/pregen.yaml",
                               .data_dir = TEST_SOURCE_DIR "/config"};
        Loaded l = {0};

        l.r = config_load(&source, TEST_NOW_MS, &l.config, &l.problems, &l.err);
        CHECK_OK(l.r, &l.err);
        check_problems(&l, 0, 0);
        CHECK(l.config->n_prices >= 15);
        CHECK(l.config->n_models >= 5);
        fixture_done(&l);
}

/* specs.yaml is data for whoever measures assets: well-formed, and every entry says what it is
 * about, how strict it is, and where it was found. */
TEST(shipped_specs_are_well_formed) {
        static const char *const needed[] = {"platform", "placement", "kind",
                                             "severity", "as_of",     "source"};
        _cleanup_(config_freep) Config *config = calloc(1, sizeof *config);
        _cleanup_(arena_freep) Arena *scratch = arena_new();
        Problems problems = {0};
        Loading loading = {.config = config, .problems = &problems, .scratch = scratch};
        ConfigFile file = {0};

        config->arena = arena_new();
        CHECK_INT(config_file_open(&loading, TEST_SOURCE_DIR "/config/specs.yaml", false, &file,
                                   NULL),
                  0);
        CHECK_INT(problems.n, 0);
        CHECK(node_get(file.root, "specs")->n > 40);
        for (const Node *n = node_get(file.root, "specs")->first; n; n = n->next) {
                const char *severity = NULL;

                for (size_t i = 0; i < ARRAY_LEN(needed); i++)
                        if (!node_get(n, needed[i]) || !node_get(n, needed[i])->text)
                                test_fail("specs.yaml", n->line, "no '%s'", needed[i]);
                severity = node_get(n, "severity")->text;
                CHECK(streq(severity, "hard") || streq(severity, "soft"));
        }
        problems_done(&problems);
}

/* ---- tables ------------------------------------------------------------------------------- */

static void check_table(const Schema *schema) {
        CHECK(schema->n <= 64);
        CHECK(schema->size > 0);
        for (size_t i = 0; i < schema->n; i++) {
                const SchemaKey *k = &schema->keys[i];
                bool list = k->type == SCHEMA_OBJECTS || k->type == SCHEMA_NAMED;

                CHECK(k->key && k->help && *k->help);
                CHECK(k->type != SCHEMA_WORD || k->words);
                CHECK(k->type != SCHEMA_INT || k->max > k->min);
                CHECK(k->type != SCHEMA_DURATION || k->max > k->min);
                CHECK(k->type != SCHEMA_CUSTOM || k->json);
                CHECK((k->type == SCHEMA_OBJECT || list) == (k->object != NULL));
                if (k->object)
                        check_table(k->object);
        }
}

/* The tables are data: what the walker takes for granted of them. */
TEST(tables_are_sound) {
        static const Schema *const all[] = {&settings_schema, &recipe_schema, &brand_schema,
                                            &hook_schema,     &prices_schema, &models_schema};

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                _cleanup_(json_freep) Json *json = schema_json(all[i]);

                check_table(all[i]);
                CHECK(json);
                CHECK_STR(json_str(json, "$schema"),
                          "https://json-schema.org/draft/2020-12/schema");
                for (size_t k = 0; k < all[i]->n; k++) {
                        const Json *p = json_get(json_get(json, "properties"), all[i]->keys[k].key);

                        CHECK_STR(json_str(p, "description"), all[i]->keys[k].help);
                }
        }
}

TEST(json_schema_says_what_the_walker_does) {
        _cleanup_(json_freep) Json *json = schema_json(&recipe_schema);
        const Json *p = json_get(json, "properties");
        int64_t v = 0;

        CHECK_STR(json_text(json_at(json_path(p, "kind.enum"), 2)), "text");
        CHECK(json_int(json_path(p, "stock.properties.target"), "maximum", &v));
        CHECK_INT(v, RECIPE_STOCK_MAX);
        CHECK_STR(json_text(json_at(json_path(p, "stock.required"), 0)), "target");
        CHECK_STR(json_text(json_at(json_get(json, "required"), 0)), "version");
        CHECK_STR(json_str(json_get(p, "review"), "default"), "auto");
}

static int find_value(const char *path, const char *value, const Node *node, void *userdata) {
        StrBuf *b = userdata;

        return strbuf_printf(b, "%s=%s@%d\n", path, value ? value : "-", node ? node->line : 0);
}

TEST(values_in_force_with_their_origin) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(arena_freep) Arena *arena = arena_new();
        Source source = {.file = "x", .text = full_settings, .n = strlen(full_settings)};
        Problems problems = {0};
        Node *root = NULL;

        CHECK_INT(node_parse(arena, &source, &problems, &root), 0);
        CHECK_INT(schema_show(&settings_schema, root, find_value, &b), 0);
        CHECK_HAS(b.data, "library=/srv/shelf@2\n");
        CHECK_HAS(b.data, "providers.gemini.timeout=1h30m@12\n");
        CHECK_HAS(b.data, "providers.studio.timeout=10m@0\n");
        CHECK_HAS(b.data, "providers.studio.base_url=-@0\n");
        CHECK_HAS(b.data, "notify.command=/bin/tell, -x@15\n");
        problems_done(&problems);
}
