/* SPDX-License-Identifier: MIT */

/* Providers whose settings say what they do: every mistake at its place, and what recipes see. */

#include <stdio.h>

#include "unit/recipe_fixture.h"

/* The settings begin with two lines, so that the provider's body begins at line 4. */
static void one_mistake(const char *body, int line, int column, const char *has) {
        char text[4096];
        Loaded l;

        (void) snprintf(text, sizeof text, "version: 1\nproviders:\n  x:\n%s", body);
        l = fixture_with("pregen.yaml", text);
        check_problem(&l, "pregen.yaml", line, column, has);
        fixture_done(&l);
}

#define EXEC "    driver: exec\n    exec: {command: [/bin/x]}\n"

TEST(mistakes_of_commands) {
        one_mistake("    driver: exec\n", 4, 13, "driver 'exec' needs 'exec' with its 'command'");
        one_mistake("    driver: local\n    exec: {command: [/bin/x]}\n", 5, 11,
                    "driver 'local' runs no command");
        one_mistake("    driver: exec\n    exec: {}\n", 5, 11, "missing key 'command'");
        one_mistake("    driver: exec\n    exec: {command: [x]}\n", 5, 21,
                    "'x' is no absolute path");
        one_mistake("    driver: exec\n    exec: {command: [/x], environment: [1A]}\n", 5, 40,
                    "'1A' is no name of a variable");
        one_mistake(
                "    driver: exec\n    exec: {command: [/x], environment: [OPENAI_API_KEY=x]}\n", 5,
                40, "a credential must not stand in a YAML file");
        one_mistake("    driver: exec\n    exec: {command: [/x], memory_mib: 1}\n", 5, 39, "16");
}

TEST(mistakes_of_declared_parameters) {
        one_mistake("    driver: local\n    params: {a: {type: text}}\n", 5, 13,
                    "driver 'local' has its own parameters");
        one_mistake(EXEC "    params: {a: {type: txt}}\n", 6, 24, "did you mean 'text'?");
        one_mistake(EXEC "    params: {a: {}}\n", 6, 17, "missing key 'type'");
        one_mistake(EXEC "    params: {a: {type: word}}\n", 6, 24, "'type: word' needs 'words'");
        one_mistake(EXEC "    params: {a: {type: int, words: [b]}}\n", 6, 36,
                    "'words' are for 'type: word'");
        one_mistake(EXEC "    params: {a: {type: int, max: 5, default: 6}}\n", 6, 46,
                    "'6' is no value of 'a'");
        one_mistake(EXEC "    params: {a: {type: int, required: true, default: 6}}\n", 6, 54,
                    "a required parameter has no default");
        one_mistake(EXEC "    params: {a: {type: path, default: /x}}\n", 6, 39,
                    "a path has no default");
}

TEST(recipes_are_held_to_them) {
        Loaded l = fixture_new();

        fixture_write(&l, "pregen.yaml",
                      "version: 1\nproviders:\n  x:\n" EXEC
                      "    params: {style: {type: word, words: [bold, plain], required: true}}\n");
        fixture_write(&l, "recipes.d/hero.yaml",
                      "version: 1\nrecipe: hero\nkind: image\nprovider: x\nmodel: m\n"
                      "matrix: {brand: acme, hook: urgency, category: a}\nprompt: p\n"
                      "params: {style: bald}\nstock: {target: 1}\n");
        fixture_load(&l, NULL);
        check_problem(&l, "recipes.d/hero.yaml", 8, 17, "did you mean 'bold'?");
        fixture_write(&l, "recipes.d/hero.yaml",
                      "version: 1\nrecipe: hero\nkind: image\nprovider: x\nmodel: m\n"
                      "matrix: {brand: acme, hook: urgency, category: a}\nprompt: p\n"
                      "params: {stile: bold}\nstock: {target: 1}\n");
        fixture_load(&l, NULL);
        check_problem(&l, "recipes.d/hero.yaml", 8, 10, "did you mean 'style'?");
        check_problem(&l, "recipes.d/hero.yaml", 8, 9, "missing parameter 'style'");
        fixture_done(&l);
}

TEST(what_the_driver_gets) {
        Loaded l = fixture_with("pregen.yaml",
                                "version: 1\nproviders:\n  x:\n"
                                "    driver: exec\n"
                                "    exec: {command: [/bin/x, -y], environment: [A, B=c]}\n"
                                "    params: {n: {type: int, min: -2, max: 9, default: 3}}\n");
        const ProviderConfig *p = config_provider(l.config, "x");

        CHECK_STR(p->spec.exec->argv[1], "-y");
        CHECK(!p->spec.exec->argv[2]);
        CHECK_STR(p->spec.exec->environment[1], "B=c");
        CHECK_INT(p->spec.exec->memory_bytes, INT64_C(4096) << 20);
        CHECK_INT(p->spec.exec->output_bytes, 64 << 20);
        CHECK_INT(p->n_params, 1);
        CHECK_STR(p->params[0].fallback, "3");
        CHECK_INT(p->params[0].min, -2);
        CHECK_STR(p->params[0].help, "int");
        CHECK(param_find(p->params, p->n_params, "n", KIND_VIDEO));
        fixture_done(&l);
}
