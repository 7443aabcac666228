/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "cli/cmd.h"

static int arg_format;

static const CliOption options[] = {
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn value_columns[] = {
        {.key = "name", .title = "NAME"},
        {.key = "assets", .title = "ASSETS", .right = true},
};

static const OutColumn tag_columns[] = {
        {.key = "key", .title = "KEY"},
        {.key = "value", .title = "VALUE"},
        {.key = "assets", .title = "ASSETS", .right = true},
};

/* The facet a verb shows. */
static const struct {
        const char *verb, *key;
} facets[] = {
        {"brands", "brand"},
        {"hooks", "hook"},
        {"categories", "category"},
        {"tags", "tag"},
};

typedef struct FacetRows {
        Out *out;
        bool with_key;
        int64_t n;
} FacetRows;

const CliOption *cmd_facet_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static const char *facet_key(const CliVerb *verb) {
        for (size_t i = 0; i < ARRAY_LEN(facets); i++)
                if (streq(facets[i].verb, verb->name))
                        return facets[i].key;
        assert_not_reached();
        return NULL;
}

static int print_row(const char *key, const char *value, int64_t count, void *userdata) {
        FacetRows *rows = userdata;

        rows->n++;
        if (rows->with_key)
                (void) out_str(rows->out, key);
        (void) out_str(rows->out, value);
        return out_int(rows->out, count);
}

static int facet_out(const CliVerb *verb, FacetRows *rows, Out **ret) {
        if (rows->with_key)
                return out_new(stdout, (OutFormat) arg_format, verb->name, tag_columns,
                               ARRAY_LEN(tag_columns), ret);
        return out_new(stdout, (OutFormat) arg_format, verb->name, value_columns,
                       ARRAY_LEN(value_columns), ret);
}

int cmd_facet(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(out_freep) Out *out = NULL;
        FacetRows rows = {0};
        const char *key;
        Err err = {0};
        int r;

        assert(verb && args);
        key = facet_key(verb);
        rows.with_key = streq(key, "tag");
        if (args->n > 0)
                key = args->items[0];
        r = app_open(AL_READ, &lib);
        if (r != 0)
                return r;
        r = facet_out(verb, &rows, &out);
        if (r < 0)
                return app_fail(r, NULL);
        rows.out = out;
        r = al_facet(lib, key, app_now_ms(), print_row, &rows, &err);
        if (r >= 0)
                r = out_end(out);
        if (r < 0)
                return app_fail(r, &err);
        if (rows.n > 0)
                return EXIT_CODE_OK;
        if (args->n > 0)
                app_note("no ready asset has a tag '%s'", key);
        else
                app_note("no ready asset has any; 'pregend run' fills the shelf");
        return EXIT_CODE_EMPTY;
}
