/* SPDX-License-Identifier: MIT */

/* pregend schema: the JSON Schema of a file kind, for editors. */

#include <stdio.h>

#include "base/exitcode.h"
#include "base/strbuf.h"
#include "cmds.h"
#include "recipe/tables.h"

static const Schema *const schemas[] = {&recipe_schema, &settings_schema, &brand_schema,
                                        &hook_schema,   &prices_schema,   &models_schema,
                                        &specs_schema};

static int unknown_kind(const char *name) {
        _cleanup_(strbuf_done) StrBuf list = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        const char *names[ARRAY_LEN(schemas)];

        for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
                names[i] = schemas[i]->name;
                (void) strbuf_printf(&list, "%s%s", i > 0 ? ", " : "", names[i]);
        }
        fprintf(stderr, "pregend: no schema '%s'; there are %s%s\n", shown(name).text,
                strbuf_text(&list), suggest(name, names, ARRAY_LEN(schemas)).text);
        return EXIT_CODE_USAGE;
}

int cmd_schema(const CliVerb *verb, const Strv *args) {
        _cleanup_(json_freep) Json *json = NULL;
        _cleanup_(freep) char *text = NULL;

        (void) verb;
        for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
                if (!streq(schemas[i]->name, args->items[0]))
                        continue;
                json = schema_json(schemas[i]);
                text = json ? json_print_pretty(json) : NULL;
                if (!text || puts(text) < 0 || fflush(stdout) != 0) {
                        fprintf(stderr, "pregend: cannot write the schema\n");
                        return EXIT_CODE_ERROR;
                }
                return EXIT_CODE_OK;
        }
        return unknown_kind(args->items[0]);
}
