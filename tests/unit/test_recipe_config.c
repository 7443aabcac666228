/* SPDX-License-Identifier: MIT */

/* What comes out of good files. */

#include "base/strbuf.h"
#include "unit/recipe_fixture.h"

static const char full_settings[] =
        "version: 1\n"
        "library: /srv/shelf\n"
        "time_zone: Europe/Berlin\n"
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
        "duplicates: {distance: 90}\n"
        "retention: {expired: 7d, refused: 1d, max_size: 2GiB}\n"
        "notify: {on: [failure, always], command: [/bin/tell, -x]}\n";

TEST(settings_in_full) {
        Loaded l = fixture_with("pregen.yaml", full_settings);
        const Settings *s = &l.config->settings;
        const ProviderConfig *p = config_provider(l.config, "gemini");
        _cleanup_(freep) char *keys = NULL;

        check_problems(&l, 0, 0);
        CHECK_STR(s->library, "/srv/shelf");
        CHECK_INT(s->until_minutes, 390);
        CHECK_STR(s->time_zone, "Europe/Berlin");
        CHECK_STR(s->currency, "USD");
        CHECK_INT(s->caps.per_run, 50 * MICROS_PER_UNIT);
        CHECK_INT(s->caps.per_day, 60500000);
        CHECK_INT(s->caps.per_month, 900 * MICROS_PER_UNIT);
        CHECK_INT(s->retry_below, 1);
        CHECK_INT(s->keeping.alike, 90);
        CHECK_INT(s->keeping.expired_ms, INT64_C(7) * 24 * 3600 * 1000);
        CHECK_INT(s->keeping.refused_ms, 24 * 3600 * 1000);
        CHECK_INT(s->keeping.max_bytes, INT64_C(2) << 30);
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
        CHECK_INT(p->place.line, 9);
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
        CHECK(memcmp(&s->keeping, &AL_KEEPING_DEFAULT, sizeof s->keeping) == 0);
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
                                "a: {b: {c: [x, 'y'], d: 'true'}}\nbudget: {per_day: 2.5}\n");
        const Vars *v = config_brand(l.config, "zenith");

        check_problems(&l, 0, 0);
        CHECK_INT(v->n, 3); /* the budget is none */
        CHECK_INT(v->caps.per_day, 2500000);
        CHECK_INT(v->caps.per_run, -1);
        CHECK_INT(config_hook(l.config, "urgency")->caps.per_run, -1);
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

/* 1000 x 2 combinations and n excludes, which would be looked at 2000 * n times. */
static char *recipe_with_excludes(int n) {
        StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        (void) strbuf_puts(&b, "version: 1\nrecipe: hero\nkind: image\nprovider: gemini\n"
                               "model: gemini-x\nprompt: a\nstock: {target: 1}\n"
                               "matrix:\n  brand: acme\n  hook: urgency\n  category: [x, y]\n"
                               "  a: [v0");
        for (int i = 1; i < 1000; i++)
                (void) strbuf_printf(&b, ", v%d", i);
        (void) strbuf_puts(&b, "]\nexclude: [{a: v0}");
        for (int i = 1; i < n; i++)
                (void) strbuf_printf(&b, ", {a: v%d}", i % 999);
        (void) strbuf_puts(&b, "]\n");
        return strbuf_take(&b);
}

TEST(excludes_at_their_cap) {
        _cleanup_(freep) char *most = recipe_with_excludes(5000);
        _cleanup_(freep) char *more = recipe_with_excludes(5001);
        Loaded l = fixture_with("recipes.d/hero.yaml", most);

        check_problems(&l, 0, 1);
        CHECK_INT(recipe_cells(&l.config->recipes[0]), 2);
        fixture_done(&l);
        l = fixture_with("recipes.d/hero.yaml", more);
        check_problem(&l, "hero.yaml", 13, 10, "more than 5000 entries");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}

TEST(problems_do_not_steer_a_terminal) {
        _cleanup_(freep) char *text = NULL;
        Problems p = {0};
        size_t n;
        FILE *f = open_memstream(&text, &n);

        CHECK(f);
        CHECK_INT(problem_add(&p, PROBLEM_ERROR, "a\033[2J.yaml", 1, 2, "%s",
                              "\033[31m\xc2\x9b"
                              "31m \xe2\x80\xaex"),
                  0);
        CHECK_INT(problems_print(&p, f, false), 0);
        CHECK_INT(fclose(f), 0);
        CHECK_STR(text, "a\\x1b[2J.yaml:1:2: error:  [31m\\x9b31m \\u202ex\n");
        problems_done(&p);
}
