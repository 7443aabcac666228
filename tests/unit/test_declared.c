/* SPDX-License-Identifier: MIT */

/* Providers whose settings say what they do: every mistake at its place, and what recipes see. */

#include <stdio.h>

#include "provider/http_spec.h"
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

#define API "    driver: http\n    base_url: https://a.example\n"
#define SYNC API "    http:\n      submit: {path: /make}\n"

TEST(mistakes_of_apis) {
        one_mistake("    driver: http\n    http: {submit: {path: /x}, results: /a}\n", 4, 13,
                    "driver 'http' needs 'base_url'");
        one_mistake(API, 4, 13, "driver 'http' needs 'http' with its calls");
        one_mistake("    driver: local\n    http: {submit: {path: /x}, results: /a}\n", 5, 11,
                    "driver 'local' has its own calls");
        one_mistake(API "    http: {results: /a}\n", 6, 11, "missing key 'submit'");
        one_mistake(SYNC, 7, 7, "missing key 'results'");
        one_mistake(API "    http: {submit: {}, results: /a}\n", 6, 20, "missing key 'path'");
        one_mistake(API "    http: {submit: {path: x}, results: /a}\n", 6, 27, "is no path");
        one_mistake(API "    http: {submit: {path: /a b}, results: /a}\n", 6, 27, "is no path");
        one_mistake(API "    http: {submit: {path: /a/../b}, results: /a}\n", 6, 27, "is no path");
        one_mistake(API "    http: {submit: {path: \"{{handle}}\"}, results: /a}\n", 6, 28,
                    "no '{{handle}}' before the answer");
        one_mistake(API "    http: {submit: {path: /x, method: PATCH}, results: /a}\n", 6, 39,
                    "'PATCH' is not one of");
        one_mistake(SYNC "      results: a\n", 8, 16, "no JSON Pointer");
        one_mistake(SYNC "      results: /a\n      error: /a/*\n", 9, 14, "one place is meant");
        one_mistake(SYNC "      results: /a/0\n      result_type: base64\n", 8, 16,
                    "pictures in base64 cannot be picked by '0'");
        one_mistake(SYNC "      results: /a\n      errors: {x: blockd}\n", 9, 19,
                    "did you mean 'blocked'?");
        one_mistake(SYNC "      results: /a\n      errors: {x: made}\n", 9, 19,
                    "neither 'open' nor 'made'");
        one_mistake(SYNC "      results: /a\n      headers: {X-Api-Key: abc}\n", 9, 17,
                    "a key does not stand in a YAML file");
        one_mistake(SYNC "      results: /a\n      headers: {X Y: abc}\n", 9, 17,
                    "'X Y' is no name of a header");
        one_mistake(SYNC "      results: /a\n      headers: {X-Y: \"{{reference}}\"}\n", 9, 23,
                    "is a picture: it goes into a body");
        one_mistake(SYNC "      results: /a\n      poll: {path: /y}\n", 9, 13,
                    "'poll' needs 'handle'");
        one_mistake(SYNC "      results: /a\n      handle: /id\n", 7, 7, "with 'poll' alone");
        one_mistake(SYNC
                    "      results: /a\n      handle: /id\n      poll: {path: /y, state: /s}\n",
                    10, 13, "'state' and 'states' need each other");
        one_mistake(SYNC "      results: /a\n      handle: /id\n      poll: {path: /y}\n"
                         "      fetch: {path: /z}\n",
                    11, 14, "'fetch' needs a 'state' of 'poll'");
}

TEST(names_in_bodies_are_checked_where_they_stand) {
        static const char head[] = API "    params: {steps: {type: int}}\n    http:\n"
                                       "      results: /a\n      submit:\n        path: /x\n"
                                       "        body:\n";
        char text[2048];

        (void) snprintf(text, sizeof text, "%s          a: [1, \"x {{prompt}} {{promt}}\"]\n",
                        head);
        one_mistake(text, 12, 32, "did you mean 'prompt'?");
        (void) snprintf(text, sizeof text, "%s          a:\n            b: \"{{params.step}}\"\n",
                        head);
        one_mistake(text, 13, 17, "did you mean 'params.steps'?");
        (void) snprintf(text, sizeof text,
                        "%s          a: |\n            x\n            {{prompt\n", head);
        one_mistake(text, 14, 13, "is not closed");
}

TEST(bodies_are_json) {
        Loaded l = fixture_with(
                "pregen.yaml",
                "version: 1\nproviders:\n  x:\n" API
                "    http:\n      results: /a/*/b\n      result_type: base64\n"
                "      submit:\n        path: /x\n"
                "        body: {n: 20, f: 1.5, t: true, s: \"20\", z: null, l: [a]}\n");
        const HttpSpec *h = config_provider(l.config, "x")->spec.http;

        check_problems(&l, 0, 0);
        CHECK_STR(h->submit.method, "POST");
        CHECK_STR(h->submit.body,
                  "{\"n\":20,\"f\":1.5,\"t\":true,\"s\":\"20\",\"z\":null,\"l\":[\"a\"]}");
        CHECK_STR(h->payload_paths[0], "a[].b");
        CHECK_STR(h->key_header, "Authorization");
        CHECK_STR(h->key_prefix, "Bearer ");
        CHECK(!h->poll.method);
        fixture_done(&l);
}

TEST(mistakes_of_workflows) {
        static const char graph[] =
                "{\"6\":{\"class_type\":\"C\",\"inputs\":{\"text\":\"\",\"seed\":1}}}";
        static const struct {
                const char *body;
                int line, column;
                const char *has;
        } rows[] = {
                {"    driver: comfyui\n", 4, 13, "driver 'comfyui' needs 'workflows'"},
                {"    driver: local\n    workflows: {a: {file: w.json, inputs: {}}}\n", 5, 16,
                 "driver 'local' knows no workflows"},
                {"    driver: comfyui\n    workflows: {a: {file: none.json, inputs: {}}}\n", 5, 27,
                 "cannot read 'none.json'"},
                {"    driver: comfyui\n    workflows: {a: {file: menu.json, inputs: {}}}\n", 5, 27,
                 "is no workflow in ComfyUI's API format"},
                {"    driver: comfyui\n    workflows: {a: {file: torn.json, inputs: {}}}\n", 5, 27,
                 "is no JSON"},
                {"    driver: comfyui\n    workflows: {a: {file: w.json, inputs: {prompt: "
                 "6.txt}}}\n",
                 5, 52, "did you mean '6.text'?"},
                {"    driver: comfyui\n    workflows: {a: {file: w.json, inputs: {prompt: [6.text, "
                 "7.x]}}}"
                 "\n",
                 5, 61, "the workflow has no input '7.x'"},
                {"    driver: comfyui\n    workflows: {a: {file: w.json, inputs: {promt: "
                 "6.text}}}\n",
                 5, 44, "did you mean 'prompt'?"},
                {"    driver: comfyui\n    workflows: {a: {file: w.json, inputs: [x]}}\n", 5, 43,
                 "expected a map of names"},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Loaded l = fixture_new();
                char text[1024];

                (void) snprintf(text, sizeof text, "version: 1\nproviders:\n  x:\n%s",
                                rows[i].body);
                fixture_write(&l, "w.json", graph);
                fixture_write(&l, "menu.json", "{\"nodes\":[],\"links\":[]}");
                fixture_write(&l, "torn.json", "{\"6\":");
                fixture_write(&l, "pregen.yaml", text);
                fixture_load(&l, NULL);
                check_problem(&l, "pregen.yaml", rows[i].line, rows[i].column, rows[i].has);
                fixture_done(&l);
        }
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
