/* SPDX-License-Identifier: MIT */

/* models.yaml: when providers switch models off. Ours beside the settings goes before the shipped
 * one. An entry with an error is left out; the rest is usable. */

#include "recipe/tables.h"

typedef struct ModelDraft {
        ModelDates dates;
        int64_t as_of_ms; /* for people */
} ModelDraft;

typedef struct ModelsDraft {
        ModelDraft *models;
        size_t n;
} ModelsDraft;

static void check_driver(Reader *r, const Node *node, void *structure) {
        (void) check_driver_name(r, node, ((ModelDraft *) structure)->dates.driver);
}

static const SchemaKey model_keys[] = {
        {.key = "driver",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, dates.driver),
         .required = true,
         .read = check_driver,
         .help = "driver of the model"},
        {.key = "model",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, dates.model),
         .required = true,
         .help = "the model, as recipes write it"},
        {.key = "shutdown",
         .type = SCHEMA_DATE,
         .offset = offsetof(ModelDraft, dates.shutdown_ms),
         .help = "day from which it no longer answers; none announced without it"},
        {.key = "replacement",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, dates.replacement),
         .help = "what to use instead"},
        {.key = "as_of",
         .type = SCHEMA_DATE,
         .offset = offsetof(ModelDraft, as_of_ms),
         .required = true,
         .help = "day on which somebody looked"},
        {.key = "source",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, dates.source),
         .required = true,
         .help = "where it was found"},
};
static const Schema model_schema = {
        .name = "model",
        .keys = model_keys,
        .n = ARRAY_LEN(model_keys),
        .size = sizeof(ModelDraft),
};

static const SchemaKey models_keys[] = {
        VERSION_KEY,
        {.key = "models",
         .type = SCHEMA_OBJECTS,
         .offset = offsetof(ModelsDraft, models),
         .offset_n = offsetof(ModelsDraft, n),
         .required = true,
         .object = &model_schema,
         .help = "entries; the first of a model counts"},
};
const Schema models_schema = {
        .name = "models",
        .help = "models.yaml: dates of models",
        .keys = models_keys,
        .n = ARRAY_LEN(models_keys),
        .size = sizeof(ModelsDraft),
};

int models_load(Loading *l, const ConfigFile *file) {
        ModelsDraft draft = {0};
        Config *c;
        Reader r;

        assert(l);
        assert(file);
        if (!file->root)
                return 0;
        c = l->config;
        r = config_file_reader(l, file);
        schema_read(&r, &models_schema, file->root, &draft);
        for (size_t i = 0; i < draft.n; i++) {
                ModelDates *items;

                if (!draft.models[i].dates.driver || !draft.models[i].dates.model)
                        continue;
                items = arena_append(c->arena, c->models, c->n_models, sizeof *items);
                if (!items)
                        return -ENOMEM;
                items[c->n_models++] = draft.models[i].dates;
                c->models = items;
        }
        return r.error;
}
