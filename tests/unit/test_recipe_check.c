/* SPDX-License-Identifier: MIT */

/* Mistakes in recipes, brands, hooks and settings: each is found, at its place, and alone. */

#include "base/strbuf.h"
#include "unit/recipe_fixture.h"

/* The fixture's recipe with line `n` replaced (or, beyond its end, added). */
static char *recipe_with(int n, const char *line) {
        StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        const char *p = fixture_recipe;

        for (int i = 1; *p; i++) {
                size_t length = strcspn(p, "\n") + 1;

                if (i == n)
                        (void) strbuf_printf(&b, "%s\n", line);
                else
                        (void) strbuf_add(&b, p, length);
                p += length;
        }
        if (n > 12)
                (void) strbuf_printf(&b, "%s\n", line);
        return strbuf_take(&b);
}

static void one_mistake(int n, const char *line, int at_line, int column, const char *has) {
        _cleanup_(freep) char *text = recipe_with(n, line);
        Loaded l = fixture_with("recipes.d/hero.yaml", text);

        check_problem(&l, "recipes.d/hero.yaml", at_line, column, has);
        check_problems(&l, 1, 0);
        CHECK_INT(l.r, 0); /* the others run */
        CHECK_INT(l.config->n_recipes, 0);
        CHECK_INT(l.config->n_left_out, 1);
        CHECK_INT(l.config->left_out.n, 1);
        fixture_done(&l);
}

TEST(mistakes_of_a_recipe) {
        static const struct {
                int n;
                const char *line;
                int at, column;
                const char *has;
        } cases[] = {
                {1, "version: 2", 1, 10, "version: '2' is no version this program reads"},
                {1, "# none", 2, 1, "missing key 'version'"},
                {2, "recipe: Hero!", 2, 9, "'Hero!' is not a name"},
                {2, "recipe: [a]", 2, 9, "expected a name, found a list"},
                {2, "recipe:", 2, 8, "recipe: has no value"},
                {3, "kind: picture", 3, 7, "'picture' is not one of image, video, text"},
                {3, "kind: imag", 3, 7, "did you mean 'image'?"},
                {3, "kind: video", 3, 7, "driver 'gemini' makes no video; it makes image, text"},
                {4, "provider: gemni", 4, 11, "unknown provider 'gemni'; did you mean 'gemini'?"},
                {5, "modle: gemini-x", 5, 1, "unknown key 'modle'; did you mean 'model'?"},
                {5, "# no model", 4, 11, "missing key 'model': driver 'gemini' needs one"},
                {7, "  # no brand", 8, 3, "matrix: missing axis 'brand'"},
                {7, "  brand: [acme, acmee]", 7, 17, "unknown brand 'acmee'; did you mean 'acme'?"},
                {7, "  brand: [acme, acme]", 7, 17, "'acme' is listed twice"},
                {7, "  brand: []", 7, 10, "found an empty list"},
                {7, "  brand: {a: b}", 7, 10, "found a map"},
                {8, "  hook: urgenci", 8, 9, "unknown hook 'urgenci'; did you mean 'urgency'?"},
                {9, "  category: Lifestyle", 9, 13, "'Lifestyle' is not a name"},
                {10, "  For-Mat: x", 10, 3, "'For-Mat' is not a name"},
                {11, "prompt: ''", 11, 9, "prompt: is empty"},
                {11, "prompt: {{brand}} x", 11, 10, "a text that begins with '{{' needs quotes"},
                {11, "prompt: {brand: x}", 11, 9, "found a map"},
                {11, "prompt: a {{brand.styl}}", 11, 11,
                 "unknown variable '{{brand.styl}}': brand 'acme' has no 'styl'; did you mean "
                 "'brand.style'?"},
                {11, "prompt: a {{hook.x}}", 11, 11, "hook 'urgency' has no 'x'"},
                {11, "prompt: a {{formt}}", 11, 11, "did you mean 'format'?"},
                {11, "prompt: |\n  a\n   b {{nosuch}}", 13, 6, "unknown variable '{{nosuch}}'"},
                {11, "prompt: a {{brand.style", 11, 11, "not closed"},
                {11, "prompt: a {{{{x}} {{ }}", 11, 19, "names no variable"},
                {12, "stock: {target: 0}", 12, 17, "stock.target: '0' is not a whole number"},
                {12, "stock: {target: 1001}", 12, 17, "from 1 to 1000"},
                {12, "stock: {max_age: 30d}", 12, 8, "stock: missing key 'target'"},
                {12, "stock: {target: 1, max_age: 30}", 12, 29, "'30' is not a duration"},
                {12, "stock: {target: 1, max_age: 1s}", 12, 29, "out of range"},
                {12, "stock: 5", 12, 8, "expected a map of keys and values, found text"},
                {13, "schedule: nightly", 13, 11, "'nightly' is not a schedule"},
                {13, "exclude: {brand: acme}", 13, 10, "expected a list of maps"},
                {13, "exclude: [{}]", 13, 11, "names no axis"},
                {13, "exclude: [{forma: story}]", 13, 12,
                 "exclude[0]: 'forma' is no axis of the matrix; did you mean 'format'?"},
                {13, "exclude: [{format: storie}]", 13, 20,
                 "axis 'format' has no value 'storie'; did you mean 'story'?"},
                {13, "exclude: [{format: [story]}]", 13, 20, "expected text, found a list"},
                {13, "exclude: [{brand: acme}]", 7, 3, "'exclude' leaves no cell"},
                {13, "params: [1]", 13, 9, "expected a map of parameters, found a list"},
                {13, "params: {aspekt_ratio: '1:1'}", 13, 10,
                 "driver 'gemini' has no parameter 'aspekt_ratio'; did you mean 'aspect_ratio'?"},
                {13, "params: {aspect_ratio: '1:9'}", 13, 24, "params.aspect_ratio: '1:9'"},
                {13, "params: {aspect_ratio: ['1:1']}", 13, 24, "expected a value, found a list"},
                {13, "params: {aspect_ratio: {square: '1:1'}}", 13, 24,
                 "no value for format 'story'"},
                {13, "params: {aspect_ratio: {square: '1:1', story: '9:16', stori: '1:1'}}", 13, 55,
                 "axis 'format' has no value 'stori'; did you mean 'story'?"},
                {13, "params: {aspect_ratio: {a: '1:1'}}", 13, 24,
                 "must be keyed by the values of one axis"},
                {13, "params: {aspect_ratio: {square: '1:9', story: '9:16'}}", 13, 33,
                 "params.aspect_ratio.square: '1:9'"},
                {13, "params: {image_size: '{{brand}}'}", 13, 22, "(brand 'acme')"},
                {13, "params: {api_key: x}", 13, 10, "a credential must not stand in a YAML file"},
                {13, "token: x", 13, 1, "a credential must not stand in a YAML file"},
                {13, "references: nosuch.png", 13, 13, "references[0]: cannot read the file"},
                {13, "tags: {brand: x}", 13, 8, "'brand' is an axis of the matrix"},
                {13, "tags: {Season: x}", 13, 8, "'Season' is not a name"},
                {13, "tags: [a]", 13, 7, "expected a map of names and values"},
                {13, "priority: high", 13, 11, "'high' is not a whole number from -1000 to 1000"},
                {13, "priority: 1001", 13, 11, "'1001' is not a whole number"},
                {13, "budget: {per_run: -1}", 13, 19, "'-1' is not an amount of money"},
                {13, "budget: {per_week: 1}", 13, 10, "unknown key 'per_week'"},
                {13, "review: maybe", 13, 9, "'maybe' is not one of auto, manual"},
                {13, "variants: 3", 13, 1, "'variants' is for recipes of 'kind: text'"},
                {13, "max_chars: 3", 13, 1, "'max_chars' is for recipes of 'kind: text'"},
                {13, "recipe: again", 13, 1, "duplicate key 'recipe'"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                one_mistake(cases[i].n, cases[i].line, cases[i].at, cases[i].column, cases[i].has);
}

TEST(several_mistakes_in_one_place) {
        _cleanup_(freep) char *text = recipe_with(
                13, "references: [nosuch.png, '{{brand.shot}}', '{{brand.product}}.png']");
        Loaded l = fixture_with("recipes.d/hero.yaml", text);

        check_problem(&l, "hero.yaml", 13, 14, "references[0]: cannot read the file");
        check_problem(&l, "hero.yaml", 13, 27, "references[1]: unknown variable '{{brand.shot}}'");
        check_problem(&l, "hero.yaml", 13, 44, "kettle.png' (brand 'acme'): No such file");
        check_problems(&l, 3, 0);
        fixture_done(&l);
}

TEST(references_are_counted) {
        _cleanup_(freep) char *fine = recipe_with(13, "references: [p,p,p,p,p,p,p,p,p,p,p,p,p,p]");
        _cleanup_(freep) char *more =
                recipe_with(13, "references: [p,p,p,p,p,p,p,p,p,p,p,p,p,p,p]");
        Loaded l = fixture_new();

        fixture_write(&l, "p", "picture");
        fixture_write(&l, "recipes.d/hero.yaml", fine);
        fixture_load(&l, NULL);
        check_problems(&l, 0, 1); /* no price */
        fixture_write(&l, "recipes.d/hero.yaml", more);
        fixture_load(&l, NULL);
        check_problem(&l, "hero.yaml", 13, 13, "more than 14 pictures");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}

/* A template that becomes a parameter is checked as what it becomes, for each value of a list. */
TEST(filled_in_parameters) {
        static const char recipe[] = "version: 1\n"
                                     "recipe: local\n"
                                     "kind: image\n"
                                     "provider: studio\n"
                                     "matrix: {brand: acme, hook: urgency, category: c}\n"
                                     "prompt: x\n"
                                     "stock: {target: 1}\n"
                                     "params:\n"
                                     "  size: 100x100\n"
                                     "  headline: '{{brand.product}}'\n"
                                     "  ink: '{{brand.colors.ink}}'\n"
                                     "  logo: '{{brand.logo}}'\n"
                                     "  accent: '{{ brand.style }}'\n";
        Loaded l = fixture_with("recipes.d/local.yaml", recipe);

        check_problem(&l, "local.yaml", 13, 11, "params.accent: 'warm' is no value of 'accent'");
        check_problem(&l, "local.yaml", 13, 11, "params.accent: 'bright' is no value of 'accent'");
        check_problems(&l, 2, 0);
        fixture_done(&l);
}

TEST(a_driver_s_required_parameters) {
        static const char recipe[] = "version: 1\n"
                                     "recipe: local\n"
                                     "kind: image\n"
                                     "provider: studio\n"
                                     "matrix: {brand: acme, hook: urgency, category: c}\n"
                                     "prompt: x\n"
                                     "stock: {target: 1}\n"
                                     "params: {size: 100x100}\n";
        Loaded l = fixture_with("recipes.d/local.yaml", recipe);

        check_problem(&l, "local.yaml", 8, 9, "missing parameter 'headline' of driver 'local'");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}

TEST(mistakes_of_settings) {
#define HEAD "version: 1\n"
        static const struct {
                const char *text;
                int line, column;
                const char *has;
        } cases[] = {
                {HEAD, 1, 1, "missing key 'providers'"},
                {HEAD "providers: [gemini]\n", 2, 12, "expected a map of names, found a list"},
                {HEAD "providers: {p: {}}\n", 2, 16, "providers.p: missing key 'driver'"},
                {HEAD "providers: {p: {driver: gemni}}\n", 2, 25, "did you mean 'gemini'?"},
                {HEAD "providers: {p: {driver: gemini}}\n", 2, 25, "needs 'credential: NAME'"},
                {HEAD "providers: {P!: {driver: local}}\n", 2, 13, "'P!' is not a name"},
                {HEAD "providers: {p: {driver: local, timeout: ten}}\n", 2, 41,
                 "providers.p.timeout: 'ten' is not a duration; write e.g. '10m'"},
                {HEAD "providers: {p: {driver: local, timeout: 1ms}}\n", 2, 41, "out of range"},
                {HEAD "providers: {p: {driver: local, limits: {concurrency: 0}}}\n", 2, 54,
                 "from 1 to 1000"},
                {HEAD "providers: {p: {driver: local, credential: AIzaSECRET}}\n", 2, 44,
                 "not the name of a credential"},
                {HEAD "providers: {p: {driver: local, api_key: AIzaSECRET}}\n", 2, 32,
                 "a credential must not stand in a YAML file"},
                {HEAD "providers: {p: {driver: local, Token: AIzaSECRET}}\n", 2, 32,
                 "a credential must not stand in a YAML file"},
                {HEAD "providers: {p: {driver: local, base_url: 'ftp://h/'}}\n", 2, 42, "https://"},
                {HEAD "providers: {p: {driver: local, base_url: 'http://h/'}}\n", 2, 42,
                 "https://"},
                {HEAD
                 "providers: {p: {driver: local, base_url: 'http://127.0.0.1.evil.example'}}\n",
                 2, 42, "https://"},
                {HEAD "providers: {p: {driver: local, base_url: 'https://u:AIzaSECRET@h'}}\n", 2,
                 42, "user"},
                {HEAD "providers: {p: {driver: local, base_url: 'https://h/?key=AIzaSECRET'}}\n", 2,
                 42, "'?'"},
                {HEAD "providers: {p: {driver: local, base_url: 'https:///x'}}\n", 2, 42,
                 "no host"},
                {HEAD "providers: {p: {driver: local, base_url: 'https://h /x'}}\n", 2, 42,
                 "blanks"},
                {HEAD "providers: {}\nwindow: {until: '25:00'}\n", 3, 17, "not a time of day"},
                {HEAD "providers: {}\nbudget: {currency: EUR}\n", 3, 20, "'EUR' is not one of USD"},
                {HEAD "providers: {}\nbudget: {per_run: ten}\n", 3, 19, "not an amount of money"},
                {HEAD "providers: {}\nbudget: {per_run: 0.0000001}\n", 3, 19, "at most 6 decimals"},
                {HEAD "providers: {}\nnotify: {on: [fail]}\n", 3, 15,
                 "not one of failure, shortage"},
                {HEAD "providers: {}\nnotify: {command: tell}\n", 3, 19, "no absolute path"},
                {HEAD "providers: {}\nlibrary: ''\n", 3, 10, "library: is empty"},
                {HEAD "providers: {}\nunknown_outcome: {retry: 1}\n", 3, 19,
                 "unknown key 'retry'; there are retry_below"},
                {"- 1\n", 1, 1, "expected a map of keys and values, found a list"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Loaded l = fixture_with("pregen.yaml", cases[i].text);

                check_problem(&l, "pregen.yaml", cases[i].line, cases[i].column, cases[i].has);
                check_problems(&l, 1, 0);
                CHECK_INT(l.r, -EINVAL);
                CHECK(!l.config);
                CHECK_HAS(l.err.text, "until they are mended");
                CHECK(!strstr(l.problems.items[0].text, "SECRET")); /* never shown */
                fixture_done(&l);
        }
#undef HEAD
}

TEST(mistakes_of_brands) {
#define HEAD "version: 1\nbrand: zenith\n"
        static const struct {
                const char *text;
                int line, column;
                const char *has;
        } cases[] = {
                {HEAD "style:\n", 3, 7, "style: expected text, found nothing"},
                {HEAD "style: []\n", 3, 8, "a list has 1 to 100 texts"},
                {HEAD "style: [a, [b]]\n", 3, 12, "style[1]: expected text, found a list"},
                {HEAD "a b: c\n", 3, 1, "'a b' is not a name of a variable"},
                {HEAD "colors: {in.k: c}\n", 3, 10, "colors.in.k: 'in.k' is not a name"},
                {HEAD "password: c\n", 3, 1, "a credential must not stand"},
                {"version: 1\nbrand: acme\n", 2, 8, "'acme' is defined in '"},
                {"version: 1\nstyle: x\n", 1, 1, "missing key 'brand'"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Loaded l = fixture_with("brands.d/zenith.yaml", cases[i].text);

                check_problem(&l, "brands.d/zenith.yaml", cases[i].line, cases[i].column,
                              cases[i].has);
                check_problems(&l, 1, 0);
                CHECK_INT(l.r, 0);
                CHECK_INT(l.config->n_brands, 1);
                fixture_done(&l);
        }
#undef HEAD
}

/* A recipe is not told that a brand does not exist when it does, but is broken. */
TEST(a_broken_brand_is_not_unknown) {
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/hero.yaml", fixture_recipe);
        fixture_write(&l, "brands.d/acme.yaml", "version: 1\nbrand: acme\nstyle:\n");
        fixture_load(&l, NULL);
        check_problem(&l, "hero.yaml", 7, 10, "brand 'acme' cannot be used: '");
        check_problems(&l, 2, 0);
        fixture_write(&l, "brands.d/acme.yaml", "version: 1\nbrand: [\n"); /* name unreadable */
        fixture_load(&l, NULL);
        check_problem(&l, "hero.yaml", 7, 10, "brand 'acme' cannot be used: '");
        check_problems(&l, 2, 0);
        fixture_done(&l);
}

TEST(names_are_unique_across_files) {
        Loaded l = fixture_new();

        fixture_write(&l, "recipes.d/a.yaml", fixture_recipe);
        fixture_write(&l, "recipes.d/b.yaml", fixture_recipe);
        fixture_write(&l, "hooks.d/v.yaml", fixture_hook);
        fixture_load(&l, NULL);
        check_problem(&l, "b.yaml", 2, 9, "recipe: 'hero' is defined in '");
        CHECK_HAS(l.problems.items[l.problems.n - 1].text, "recipes.d/a.yaml' already");
        check_problem(&l, "hooks.d/v.yaml", 2, 7, "hook: 'urgency' is defined in '");
        check_problems(&l, 2, 1);
        CHECK_INT(l.config->n_recipes, 1);
        CHECK_HAS(l.config->recipes[0].file, "recipes.d/a.yaml");
        fixture_done(&l);
}

/* The promise of the tool, to the letter: twelve mistakes in five files. */
TEST(twelve_mistakes_in_five_files) {
        static const struct {
                const char *file;
                int line, column;
                const char *has;
        } wanted[] = {
                {"brands.d/zenith.yaml", 3, 8, "anchors"},
                {"hooks.d/proof.yaml", 1, 1, "missing key 'version'"},
                {"pregen.yaml", 2, 1, "did you mean 'budget'?"},
                {"pregen.yaml", 7, 14, "providers.gemini.timeout: 'ten' is not a duration"},
                {"pregen.yaml", 9, 13, "providers.studio.driver: unknown driver 'locale'"},
                {"recipes.d/copy.yaml", 3, 11, "'every night' is not a schedule"},
                {"recipes.d/copy.yaml", 5, 11, "unknown provider 'gemmini'"},
                {"recipes.d/hero.yaml", 7, 17, "unknown brand 'acmee'; did you mean 'acme'?"},
                {"recipes.d/hero.yaml", 12, 3, "did you mean 'brand.product'?"},
                {"recipes.d/hero.yaml", 13, 24, "params.aspect_ratio: '1:9'"},
                {"recipes.d/hero.yaml", 14, 17, "stock.target: '0'"},
                {"recipes.d/hero.yaml", 16, 1, "duplicate key 'priority'; it stands at line 15"},
        };
        ConfigSource source = {.settings_file = TEST_SOURCE_DIR "/tests/data/config-mistakes",
                               .data_dir = TEST_SOURCE_DIR "/config"};
        Loaded l = {0};

        l.r = config_load(&source, TEST_NOW_MS, &l.config, &l.problems, &l.err);
        CHECK_INT(l.r, -EINVAL);
        for (size_t i = 0; i < ARRAY_LEN(wanted); i++)
                check_problem(&l, wanted[i].file, wanted[i].line, wanted[i].column, wanted[i].has);
        check_problems(&l, ARRAY_LEN(wanted), 0);
        fixture_done(&l);
}

/* "[v0,v1,...]" with n values. */
static char *values(size_t n) {
        StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        for (size_t i = 0; i < n; i++)
                (void) strbuf_printf(&b, "%sv%zu", i > 0 ? "," : "[", i);
        (void) strbuf_puts(&b, "]");
        return strbuf_take(&b);
}

static Loaded with_matrix(size_t categories, size_t formats) {
        _cleanup_(freep) char *c = values(categories), *f = values(formats);
        _cleanup_(freep) char *matrix = str_printf("  category: %s\n  format: %s", c, f);
        _cleanup_(freep) char *recipe = recipe_with(9, matrix);
        char *old = strstr(recipe, "  format: [square");

        memmove(old, strchr(old, '\n') + 1, strlen(strchr(old, '\n') + 1) + 1);
        return fixture_with("recipes.d/hero.yaml", recipe);
}

TEST(matrices_at_cap_and_beyond) {
        Loaded l = with_matrix(200, 100);

        check_problems(&l, 0, 1); /* no price */
        CHECK_INT(recipe_cells(&l.config->recipes[0]), RECIPE_CELLS_MAX);
        fixture_done(&l);
        l = with_matrix(200, 101);
        check_problem(&l, "hero.yaml", 7, 3, "matrix: has more than 20000 cells");
        check_problems(&l, 1, 0);
        fixture_done(&l);
        l = with_matrix(RECIPE_VALUES_MAX, 1);
        check_problems(&l, 0, 1);
        fixture_done(&l);
        l = with_matrix(RECIPE_VALUES_MAX + 1, 1);
        check_problem(&l, "hero.yaml", 9, 13, "matrix.category: has more than 1000 values");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}

TEST(axes_at_cap_and_beyond) {
        _cleanup_(freep) char *fine = recipe_with(
                10, "  a: x\n  b: x\n  c: x\n  d: x\n  e: x\n  f: x\n  g: x\n  h: x\n  format: x");
        _cleanup_(freep) char *more =
                recipe_with(10, "  a: x\n  b: x\n  c: x\n  d: x\n  e: x\n  f: x\n  g: x\n  h: x\n"
                                "  i: x\n  format: x");
        Loaded l = fixture_with("recipes.d/hero.yaml", fine);

        check_problems(&l, 0, 1);
        CHECK_INT(l.config->recipes[0].n_axes, RECIPE_AXES_MAX);
        fixture_done(&l);
        l = fixture_with("recipes.d/hero.yaml", more);
        check_problem(&l, "hero.yaml", 7, 3, "a map of at most 12 axes");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}

/* What is excluded needs no picture. */
TEST(excluded_cells_are_not_filled_in) {
        _cleanup_(freep) char *text = recipe_with(13, "references: '{{format}}.png'\n"
                                                      "exclude: [{format: story}]");
        _cleanup_(freep) char *partly =
                recipe_with(13, "references: '{{format}}.png'\n"
                                "exclude: [{format: story, category: product}]");
        Loaded l = fixture_new();

        fixture_write(&l, "square.png", "picture");
        fixture_write(&l, "recipes.d/hero.yaml", text);
        fixture_load(&l, NULL);
        check_problems(&l, 0, 1);
        fixture_write(&l, "recipes.d/hero.yaml", partly);
        fixture_load(&l, NULL);
        check_problem(&l, "hero.yaml", 13, 13, "story.png' (format 'story')");
        check_problems(&l, 1, 0);
        fixture_done(&l);
}
