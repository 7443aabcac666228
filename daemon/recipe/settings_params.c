/* SPDX-License-Identifier: MIT */

/* `params:` of a provider: parameters that recipes may give it, for drivers that know none, or not
 * all, by themselves. */

#include "base/parse.h"
#include "recipe/settings_internal.h"

/* In the order of ParamType. */
static const char *const type_words[] = {"word", "text",   "int",  "bool", "number",
                                         "size", "colour", "path", NULL};
static_assert(PARAM_WORD == 0 && PARAM_PATH == ARRAY_LEN(type_words) - 2, "a word for every type");

enum {
        PARAM_WORDS_MAX = 64,
        PARAM_INT_MAX = 1000000000,
};

static const SchemaKey param_keys[] = {
        {.key = "type",
         .type = SCHEMA_WORD,
         .offset = offsetof(ParamDraft, type),
         .node = AT(ParamDraft, type_node),
         .required = true,
         .words = type_words,
         .help = "what its values are"},
        {.key = "required",
         .type = SCHEMA_BOOL,
         .offset = offsetof(ParamDraft, spec.required),
         .fallback = "false",
         .help = "whether every recipe has to give it"},
        {.key = "words",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(ParamDraft, words),
         .offset_n = offsetof(ParamDraft, n_words),
         .node = AT(ParamDraft, words_node),
         .help = "type word: its values"},
        {.key = "min",
         .type = SCHEMA_INT,
         .offset = offsetof(ParamDraft, spec.min),
         .min = -PARAM_INT_MAX,
         .max = PARAM_INT_MAX,
         .fallback = "0",
         .help = "type int: the least"},
        {.key = "max",
         .type = SCHEMA_INT,
         .offset = offsetof(ParamDraft, spec.max),
         .min = -PARAM_INT_MAX,
         .max = PARAM_INT_MAX,
         .fallback = "1000000000",
         .help = "type int: the most"},
        {.key = "default",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ParamDraft, spec.fallback),
         .node = AT(ParamDraft, fallback_node),
         .help = "its value where a recipe gives none"},
        {.key = "help",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ParamDraft, spec.help),
         .help = "what it does"},
};
const Schema param_schema = {
        .name = "param",
        .keys = param_keys,
        .n = ARRAY_LEN(param_keys),
        .size = sizeof(ParamDraft),
        .name_at = AT(ParamDraft, spec.name),
};

static void check_fallback(Reader *r, const ParamDraft *d) {
        ReaderPath frame;
        Err err = {0};

        if (!d->spec.fallback)
                return;
        reader_enter(r, &frame, "default", 0);
        if (d->spec.required || d->spec.type == PARAM_PATH)
                reader_error(r, d->fallback_node, "%s",
                             d->spec.required ? "a required parameter has no default"
                                              : "a path has no default");
        else if (param_check(&d->spec, d->spec.fallback, &err) < 0)
                reader_error(r, d->fallback_node, "%s", err_text(&err));
        reader_leave(r);
}

/* False: its type is not known, or its words are not. */
static bool finish(Reader *r, const Driver *driver, ParamDraft *d) {
        if (!d->spec.name || !d->type_node)
                return false;
        for (size_t i = 0; i < driver->n_params; i++)
                if (streq(driver->params[i].name, d->spec.name)) {
                        reader_error(r, d->type_node, "driver '%s' has that parameter by itself",
                                     driver->name);
                        return false;
                }
        d->spec.type = (ParamType) d->type;
        d->spec.kinds = driver->kinds;
        d->spec.words = d->words;
        if (!d->spec.help)
                d->spec.help = type_words[d->type];
        if ((d->spec.type == PARAM_WORD) != !!d->words || d->n_words > PARAM_WORDS_MAX) {
                reader_error(r, d->words_node ? d->words_node : d->type_node,
                             d->words ? "'words' are for 'type: word', and at most %d"
                                      : "'type: word' needs 'words'",
                             PARAM_WORDS_MAX);
                return false;
        }
        check_fallback(r, d);
        return true;
}

void provider_params(Reader *r, const Driver *driver, ProviderDraft *draft) {
        ProviderConfig *p = &draft->provider;
        ReaderPath params, frame;
        ParamSpec *all;
        size_t n = driver->n_params;

        p->params = driver->params;
        p->n_params = n;
        if (draft->n_params == 0)
                return;
        reader_enter(r, &params, "params", 0);
        all = reader_array(r, n + draft->n_params, sizeof *all);
        if (!driver->declares_params)
                reader_error(r, draft->params_node, "driver '%s' has its own parameters",
                             driver->name);
        else if (all) {
                if (n > 0)
                        memcpy(all, driver->params, n * sizeof *all);
                for (size_t i = 0; i < draft->n_params; i++) {
                        reader_enter(r, &frame, draft->params[i].spec.name, 0);
                        if (finish(r, driver, &draft->params[i]))
                                all[n++] = draft->params[i].spec;
                        reader_leave(r);
                }
                p->params = all;
                p->n_params = n;
        }
        reader_leave(r);
}
