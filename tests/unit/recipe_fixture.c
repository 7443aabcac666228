/* SPDX-License-Identifier: MIT */

#include "unit/recipe_fixture.h"

const char fixture_settings[] = "version: 1\n"
                                "providers:\n"
                                "  gemini: {driver: gemini, credential: gemini-api-key}\n"
                                "  studio: {driver: local}\n";
const char fixture_brand[] = "version: 1\n"
                             "brand: acme\n"
                             "style: [warm, bright]\n"
                             "colors: {ink: '#102030'}\n"
                             "logo: ''\n"
                             "product: kettle\n";
const char fixture_hook[] = "version: 1\n"
                            "hook: urgency\n"
                            "mood: hurried\n";
const char fixture_recipe[] = "version: 1\n"                                    /* 1 */
                              "recipe: hero\n"                                  /* 2 */
                              "kind: image\n"                                   /* 3 */
                              "provider: gemini\n"                              /* 4 */
                              "model: gemini-x\n"                               /* 5 */
                              "matrix:\n"                                       /* 6 */
                              "  brand: acme\n"                                 /* 7 */
                              "  hook: urgency\n"                               /* 8 */
                              "  category: [lifestyle, product]\n"              /* 9 */
                              "  format: [square, story]\n"                     /* 10 */
                              "prompt: A {{brand.style}} {{hook.mood}} photo\n" /* 11 */
                              "stock: {target: 2, max_age: 30d}\n";             /* 12 */

static unsigned fixtures;

Loaded fixture_new(void) {
        Loaded l = {0};
        char name[32];

        (void) snprintf(name, sizeof name, "config-%u", fixtures++);
        l.dir = test_path(name);
        fixture_write(&l, "pregen.yaml", fixture_settings);
        fixture_write(&l, "brands.d/acme.yaml", fixture_brand);
        fixture_write(&l, "hooks.d/urgency.yaml", fixture_hook);
        return l;
}

void fixture_write(Loaded *l, const char *name, const char *text) {
        char path[512];

        (void) snprintf(path, sizeof path, "%s/%s", strrchr(l->dir, '/') + 1, name);
        free(test_file(path, text));
}

void fixture_load(Loaded *l, const char *data_dir) {
        _cleanup_(freep) char *settings = NULL;
        ConfigSource source = {.data_dir = data_dir};

        CHECK(asprintf(&settings, "%s/pregen.yaml", l->dir) > 0);
        l->config = config_free(l->config);
        problems_done(&l->problems);
        l->err = (Err){0};
        source.settings_file = settings;
        l->r = config_load(&source, TEST_NOW_MS, &l->config, &l->problems, &l->err);
        problems_sort(&l->problems);
}

void fixture_done(Loaded *l) {
        l->config = config_free(l->config);
        problems_done(&l->problems);
        free(l->dir);
}

Loaded fixture_with(const char *name, const char *text) {
        Loaded l = fixture_new();

        fixture_write(&l, name, text);
        fixture_load(&l, NULL);
        return l;
}

static bool ends_with(const char *s, const char *end) {
        return strlen(s) >= strlen(end) && streq(s + strlen(s) - strlen(end), end);
}

void check_problem(const Loaded *l, const char *file, int line, int column, const char *has) {
        for (size_t i = 0; i < l->problems.n; i++) {
                const Problem *p = &l->problems.items[i];

                if (ends_with(p->file, file) && p->line == line && p->column == column &&
                    strstr(p->text, has))
                        return;
        }
        (void) problems_print(&l->problems, stderr, false);
        test_fail(__FILE__, __LINE__, "no problem at %s:%d:%d with '%s'", file, line, column, has);
}

void check_problems(const Loaded *l, size_t errors, size_t warnings) {
        size_t found = 0;

        for (size_t i = 0; i < l->problems.n; i++)
                found += l->problems.items[i].level == PROBLEM_WARNING;
        if (l->problems.n_errors == errors && found == warnings)
                return;
        (void) problems_print(&l->problems, stderr, false);
        test_fail(__FILE__, __LINE__, "%zu errors and %zu warnings, wanted %zu and %zu",
                  l->problems.n_errors, found, errors, warnings);
}
