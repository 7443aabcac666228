/* SPDX-License-Identifier: MIT */

/* models.yaml: what models make and take, when providers switch them off, and how long results can
 * be fetched. Ours beside the
 * settings goes before the shipped one. An entry with an error is left out; the rest is usable. */

#include "recipe/tables.h"

enum {
        REFERENCES_LIMIT_MAX = 100,
        PROMPT_LIMIT_MAX = 10 * 1000 * 1000,
};

typedef struct ModelDraft {
        Model model;
        const char **names, **kinds;
        size_t n_names, n_kinds;
        const Node *params, *with, *without, *needs;
} ModelDraft;

typedef struct ModelsDraft {
        ModelDraft *models;
        size_t n;
        ResultLife *results;
        size_t n_results;
} ModelsDraft;

static void check_driver(Reader *r, const Node *node, void *structure) {
        (void) check_driver_name(r, node, ((ModelDraft *) structure)->model.driver);
}

#define LIMITS_JSON                                                                                \
        "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[{\"type\":\"array\","           \
        "\"items\":{\"type\":[\"string\",\"number\",\"boolean\"]}},{\"type\":\"object\","          \
        "\"additionalProperties\":{\"type\":\"integer\"}}]}}"

static const SchemaKey references_keys[] = {
        {.key = "min",
         .type = SCHEMA_INT,
         .offset = offsetof(ModelDraft, model.references_min),
         .max = REFERENCES_LIMIT_MAX,
         .help = "pictures it cannot do without"},
        {.key = "max",
         .type = SCHEMA_INT,
         .offset = offsetof(ModelDraft, model.references_max),
         .max = REFERENCES_LIMIT_MAX,
         .help = "pictures it takes at most"},
};
static const Schema references_schema = {
        .name = "references",
        .keys = references_keys,
        .n = ARRAY_LEN(references_keys),
        .size = sizeof(ModelDraft),
};

static const SchemaKey model_keys[] = {
        {.key = "driver",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, model.driver),
         .required = true,
         .read = check_driver,
         .help = "driver of the model"},
        {.key = "model",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(ModelDraft, names),
         .offset_n = offsetof(ModelDraft, n_names),
         .required = true,
         .help = "the model, as recipes write it, or a list of models that are alike"},
        {.key = "kind",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(ModelDraft, kinds),
         .offset_n = offsetof(ModelDraft, n_kinds),
         .words = kind_words,
         .help = "what it makes"},
        {.key = "params",
         .type = SCHEMA_CUSTOM,
         .node = AT(ModelDraft, params),
         .json = LIMITS_JSON,
         .help = "what its parameters may be: a list of values, or bounds; [] where it takes none"},
        {.key = "with_references",
         .type = SCHEMA_CUSTOM,
         .node = AT(ModelDraft, with),
         .json = LIMITS_JSON,
         .help = "the same, for jobs with reference pictures; goes before params"},
        {.key = "without_references",
         .type = SCHEMA_CUSTOM,
         .node = AT(ModelDraft, without),
         .json = LIMITS_JSON,
         .help = "the same, for jobs without reference pictures"},
        {.key = "needs",
         .type = SCHEMA_TEXTS,
         .offset = offsetof(ModelDraft, model.needs),
         .offset_n = offsetof(ModelDraft, model.n_needs),
         .node = AT(ModelDraft, needs),
         .help = "parameters it cannot do without"},
        {.key = "prompt_max",
         .type = SCHEMA_INT,
         .offset = offsetof(ModelDraft, model.prompt_max),
         .min = 1,
         .max = PROMPT_LIMIT_MAX,
         .help = "characters of a prompt at most"},
        {.key = "references",
         .type = SCHEMA_OBJECT,
         .object = &references_schema,
         .help = "how many reference pictures it takes"},
        {.key = "shutdown",
         .type = SCHEMA_DATE,
         .offset = offsetof(ModelDraft, model.shutdown_ms),
         .help = "day from which it no longer answers; none announced without it"},
        {.key = "replacement",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, model.replacement),
         .help = "what to use instead"},
        {.key = "as_of",
         .type = SCHEMA_DATE,
         .offset = offsetof(ModelDraft, model.as_of_ms),
         .required = true,
         .help = "day on which somebody looked"},
        {.key = "source",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ModelDraft, model.source),
         .required = true,
         .help = "where it was found"},
};
static const ModelDraft model_initial = {.model.references_max = -1};
static const Schema model_schema = {
        .name = "model",
        .keys = model_keys,
        .n = ARRAY_LEN(model_keys),
        .size = sizeof(ModelDraft),
        .initial = &model_initial,
        .place_at = AT(ModelDraft, model.place),
};

static void check_result_driver(Reader *r, const Node *node, void *structure) {
        (void) check_driver_name(r, node, ((ResultLife *) structure)->driver);
}

static const SchemaKey result_keys[] = {
        {.key = "driver",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ResultLife, driver),
         .required = true,
         .read = check_result_driver,
         .help = "driver whose providers keep results so long"},
        {.key = "kept",
         .type = SCHEMA_DURATION,
         .offset = offsetof(ResultLife, kept_ms),
         .required = true,
         .min = 1000,
         .max = INT64_MAX,
         .help = "how long a result can be fetched after it was made, at least"},
        {.key = "as_of",
         .type = SCHEMA_DATE,
         .offset = offsetof(ResultLife, as_of_ms),
         .required = true,
         .help = "day on which somebody looked"},
        {.key = "source",
         .type = SCHEMA_TEXT,
         .offset = offsetof(ResultLife, source),
         .required = true,
         .help = "where it was found"},
};
static const Schema result_schema = {
        .name = "result",
        .keys = result_keys,
        .n = ARRAY_LEN(result_keys),
        .size = sizeof(ResultLife),
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
        {.key = "results",
         .type = SCHEMA_OBJECTS,
         .offset = offsetof(ModelsDraft, results),
         .offset_n = offsetof(ModelsDraft, n_results),
         .object = &result_schema,
         .help = "how long results can be fetched; the first entry of a driver counts"},
};
const Schema models_schema = {
        .name = "models",
        .help = "models.yaml: what models make and take, and their end",
        .keys = models_keys,
        .n = ARRAY_LEN(models_keys),
        .size = sizeof(ModelsDraft),
};

/* ---- limits ------------------------------------------------------------------------------- */

#define BOUND(name, text)                                                                          \
        {                                                                                          \
                .key = #name, .type = SCHEMA_INT, .offset = offsetof(ModelLimit, name),            \
                .max = INT32_MAX, .help = text                                                     \
        }
static const SchemaKey number_keys[] = {
        BOUND(min, "the least"),
        BOUND(max, "the most"),
};
static const SchemaKey size_keys[] = {
        BOUND(multiple_of, "what both sides are multiples of"),
        BOUND(max_edge, "the longer side at most"),
        BOUND(max_ratio, "the longer side by the shorter at most"),
        BOUND(min_pixels, "width by height at least"),
        BOUND(max_pixels, "width by height at most"),
};
static const Schema number_schema = {.name = "bounds",
                                     .keys = number_keys,
                                     .n = ARRAY_LEN(number_keys),
                                     .size = sizeof(ModelLimit)};
static const Schema size_schema = {
        .name = "bounds", .keys = size_keys, .n = ARRAY_LEN(size_keys), .size = sizeof(ModelLimit)};

static const ParamSpec *find_param(const Driver *driver, const char *name) {
        const ParamSpec *spec = NULL;

        for (unsigned k = 0; !spec && k < _KIND_MAX; k++)
                spec = driver_param(driver, name, (AssetKind) k);
        return spec;
}

static void read_bounds(Reader *r, const ParamSpec *spec, const Node *node, ModelLimit *limit) {
        if (spec->type != PARAM_INT && spec->type != PARAM_SIZE) {
                reader_error(r, node, "'%s' is no number; list its values", spec->name);
                return;
        }
        limit->max = INT32_MAX;
        schema_read(r, spec->type == PARAM_INT ? &number_schema : &size_schema, node, limit);
        limit->bounded = true;
}

static void read_limit(Reader *r, const Driver *driver, const Node *node, ModelLimit *limit) {
        static const SchemaKey words = {.key = "values", .type = SCHEMA_TEXTS};
        const ParamSpec *spec = find_param(driver, node->key->text);

        limit->param = reader_strdup(r, node->key->text);
        if (!spec && !driver->declares_params)
                reader_error(r, node->key, "driver '%s' has no parameter '%s'", driver->name,
                             shown(node->key->text).text);
        else if (!spec && node->type == NODE_MAP) /* what it is, settings say */
                reader_error(r, node, "list the values of '%s'", shown(node->key->text).text);
        else if (node->type == NODE_MAP)
                read_bounds(r, spec, node, limit);
        else if (node->type != NODE_LIST || node->n > 0)
                (void) schema_read_texts(r, &words, node, &limit->words, &limit->n_words);
}

static void read_limits(Reader *r, const Driver *driver, const Node *map, LimitScope scope,
                        const char *key, Model *model) {
        ReaderPath here, frame;

        if (!map)
                return;
        reader_enter(r, &here, key, 0);
        if (map->type != NODE_MAP)
                reader_error(r, map, "expected a map of parameters, found %s", node_noun(map));
        for (const Node *n = map->type == NODE_MAP ? map->first : NULL; n; n = n->next) {
                ModelLimit *items =
                        arena_append(r->arena, model->limits, model->n_limits, sizeof *items);

                if (!items) {
                        r->error = -ENOMEM;
                        break;
                }
                model->limits = items;
                items[model->n_limits] = (ModelLimit){.scope = scope};
                reader_enter(r, &frame, n->key->text, 0);
                read_limit(r, driver, n, &items[model->n_limits++]);
                reader_leave(r);
        }
        reader_leave(r);
}

static void check_needs(Reader *r, const Driver *driver, const ModelDraft *d) {
        for (size_t i = 0; i < d->model.n_needs; i++)
                if (!driver->declares_params && !find_param(driver, d->model.needs[i]))
                        reader_error(r, d->needs, "driver '%s' has no parameter '%s'", driver->name,
                                     shown(d->model.needs[i]).text);
}

/* What its driver must be known for. False: the entry is left out. */
static bool finish(Reader *r, ModelDraft *d) {
        const Driver *driver = d->model.driver ? driver_find(d->model.driver) : NULL;
        size_t before = r->problems->n_errors;

        if (!driver || !d->names)
                return false;
        for (size_t i = 0; i < d->n_kinds; i++)
                d->model.kinds |= 1u << asset_kind_from_word(d->kinds[i]);
        read_limits(r, driver, d->params, LIMIT_ALWAYS, "params", &d->model);
        read_limits(r, driver, d->with, LIMIT_WITH_REFERENCES, "with_references", &d->model);
        read_limits(r, driver, d->without, LIMIT_WITHOUT_REFERENCES, "without_references",
                    &d->model);
        check_needs(r, driver, d);
        return r->problems->n_errors == before;
}

static void append(Reader *r, Config *c, const ModelDraft *d) {
        for (size_t i = 0; i < d->n_names; i++) {
                Model *items = arena_append(c->arena, c->models, c->n_models, sizeof *items);

                if (!items) {
                        r->error = -ENOMEM;
                        return;
                }
                c->models = items;
                items[c->n_models] = d->model;
                items[c->n_models++].model = d->names[i];
        }
}

static void append_results(Reader *r, Config *c, const ModelsDraft *d) {
        for (size_t i = 0; i < d->n_results; i++) {
                ResultLife *items = arena_append(c->arena, c->results, c->n_results, sizeof *items);

                if (!items) {
                        r->error = -ENOMEM;
                        return;
                }
                c->results = items;
                items[c->n_results++] = d->results[i];
        }
}

int models_load(Loading *l, const ConfigFile *file) {
        ModelsDraft draft = {0};
        ReaderPath models, frame;
        Reader r;

        assert(l);
        assert(file);
        if (!file->root)
                return 0;
        r = config_file_reader(l, file);
        schema_read(&r, &models_schema, file->root, &draft);
        reader_enter(&r, &models, "models", 0);
        for (size_t i = 0; i < draft.n; i++) {
                reader_enter(&r, &frame, NULL, i);
                if (finish(&r, &draft.models[i]))
                        append(&r, l->config, &draft.models[i]);
                reader_leave(&r);
        }
        reader_leave(&r);
        append_results(&r, l->config, &draft);
        return r.error;
}
