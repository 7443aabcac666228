/* SPDX-License-Identifier: MIT */

/* A file of recipes.d: the table, and how a recipe comes into the Config. What its values mean
 * together is checked in matrix.c, params.c and recipe_templates.c. */

#include "recipe/recipe_internal.h"
#include "recipe/schedule.h"

enum {
        PRIORITY_MAX = 1000,
        MAX_CHARS_MAX = 10000,
};
#define AGE_MIN_MS (INT64_C(60) * 60 * 1000)
#define AGE_MAX_MS (INT64_C(3650) * 24 * 60 * 60 * 1000)

static const char *const review_words[] = {"auto", "manual", NULL};

static void check_schedule(Reader *r, const Node *node, void *structure) {
        Err err = {0};

        if (schedule_check(((RecipeDraft *) structure)->recipe.schedule, &err) < 0)
                reader_error(r, node, "%s", err_text(&err));
}

static void keep_prompt_place(Reader *r, const Node *node, void *structure) {
        Place *place = &((RecipeDraft *) structure)->recipe.prompt_place;

        *place = node_content_place(&r->source, node);
}

static const SchemaKey stock_keys[] = {
        {.key = "target",
         .type = SCHEMA_INT,
         .offset = offsetof(RecipeDraft, recipe.target),
         .required = true,
         .min = 1,
         .max = RECIPE_STOCK_MAX,
         .help = "ready and untaken assets to keep in every cell"},
        {.key = "max_age",
         .type = SCHEMA_DURATION,
         .offset = offsetof(RecipeDraft, recipe.max_age_ms),
         .min = AGE_MIN_MS,
         .max = AGE_MAX_MS,
         .help = "older assets no longer count; for ever without it"},
};
static const Schema stock_schema = {
        .name = "stock",
        .keys = stock_keys,
        .n = ARRAY_LEN(stock_keys),
        .size = sizeof(RecipeDraft),
};

#define TEXT_OR_NUMBER "{\"type\":[\"string\",\"number\",\"boolean\"]}"

static const SchemaKey recipe_keys[] = {
        VERSION_KEY,
        {.key = "recipe",
         .type = SCHEMA_NAME,
         .offset = offsetof(RecipeDraft, recipe.name),
         .node = AT(RecipeDraft, name),
         .required = true,
         .help = "name of the recipe, the only one of this name"},
        {.key = "schedule",
         .type = SCHEMA_TEXT,
         .offset = offsetof(RecipeDraft, recipe.schedule),
         .read = check_schedule,
         .help = "nights it takes part in, as OnCalendar ('Mon..Fri 02:00'); every one without it"},
        {.key = "kind",
         .type = SCHEMA_WORD,
         .offset = offsetof(RecipeDraft, kind),
         .node = AT(RecipeDraft, kind_node),
         .required = true,
         .words = kind_words,
         .help = "what is made"},
        {.key = "provider",
         .type = SCHEMA_TEXT,
         .offset = offsetof(RecipeDraft, recipe.provider),
         .node = AT(RecipeDraft, provider),
         .required = true,
         .help = "one of the providers of the settings"},
        {.key = "model",
         .type = SCHEMA_TEXT,
         .offset = offsetof(RecipeDraft, recipe.model),
         .node = AT(RecipeDraft, model),
         .help = "the provider's model; a driver that costs nothing needs none"},
        {.key = "matrix",
         .type = SCHEMA_CUSTOM,
         .node = AT(RecipeDraft, matrix),
         .required = true,
         .read = read_matrix,
         .json = "{\"type\":\"object\",\"required\":[\"brand\",\"hook\",\"category\"],"
                 "\"additionalProperties\":{\"anyOf\":[" TEXT_OR_NUMBER
                 ",{\"type\":\"array\",\"minItems\":1,\"items\":" TEXT_OR_NUMBER "}]}}",
         .help = "axes and their values: brand, hook, category, and any further"},
        {.key = "exclude",
         .type = SCHEMA_CUSTOM,
         .node = AT(RecipeDraft, exclude),
         .read = read_exclude,
         .json = "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"minProperties\":1,"
                 "\"additionalProperties\":" TEXT_OR_NUMBER "}}",
         .help = "combinations that are left out"},
        {.key = "prompt",
         .type = SCHEMA_TEXT,
         .offset = offsetof(RecipeDraft, recipe.prompt),
         .node = AT(RecipeDraft, prompt),
         .required = true,
         .max = PROMPT_MAX,
         .read = keep_prompt_place,
         .help = "what to make, with {{brand.x}}, {{hook.x}} and {{axis}}"},
        {.key = "params",
         .type = SCHEMA_CUSTOM,
         .node = AT(RecipeDraft, params),
         .json = "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[" TEXT_OR_NUMBER
                 ",{\"type\":\"object\",\"additionalProperties\":" TEXT_OR_NUMBER "}]}}",
         .help = "parameters of the driver: a value, or a map keyed by the values of an axis"},
        {.key = "references",
         .type = SCHEMA_CUSTOM,
         .node = AT(RecipeDraft, references),
         .read = read_references,
         .json = "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"minItems\":1,"
                 "\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"object\","
                 "\"required\":[\"asset\"],\"additionalProperties\":false,\"properties\":{"
                 "\"asset\":{\"type\":\"object\",\"required\":[\"recipe\"],"
                 "\"additionalProperties\":false,\"properties\":{\"recipe\":{"
                 "\"type\":\"string\"}}}}}]}}]}",
         .help = "reference pictures: paths beside the settings (templates are filled in), or "
                 "{asset: {recipe: NAME}}, the same cell's asset of another recipe"},
        {.key = "stock",
         .type = SCHEMA_OBJECT,
         .required = true,
         .object = &stock_schema,
         .help = "what to keep on the shelf"},
        {.key = "tags",
         .type = SCHEMA_CUSTOM,
         .node = AT(RecipeDraft, tags),
         .read = read_tags,
         .json = "{\"type\":\"object\",\"additionalProperties\":" TEXT_OR_NUMBER "}",
         .help = "tags every asset of this recipe gets"},
        {.key = "priority",
         .type = SCHEMA_INT,
         .offset = offsetof(RecipeDraft, recipe.priority),
         .min = -PRIORITY_MAX,
         .max = PRIORITY_MAX,
         .fallback = "0",
         .help = "higher goes first; within it the emptiest cells"},
        {.key = "budget",
         .type = SCHEMA_OBJECT,
         .offset = offsetof(RecipeDraft, recipe.caps),
         .object = &caps_schema,
         .help = "caps on what this recipe may cost"},
        {.key = "review",
         .type = SCHEMA_WORD,
         .offset = offsetof(RecipeDraft, review),
         .words = review_words,
         .fallback = "auto",
         .help = "auto: ready at once; manual: waits for `assetlib approve`"},
        {.key = "variants",
         .type = SCHEMA_INT,
         .offset = offsetof(RecipeDraft, recipe.variants),
         .node = AT(RecipeDraft, variants),
         .min = 1,
         .max = RECIPE_VARIANTS_MAX,
         .fallback = "1",
         .help = "text: variants one call asks for; each becomes an asset"},
        {.key = "max_chars",
         .type = SCHEMA_INT,
         .offset = offsetof(RecipeDraft, recipe.max_chars),
         .node = AT(RecipeDraft, max_chars),
         .min = 1,
         .max = MAX_CHARS_MAX,
         .help = "text: characters of a variant at most"},
};
static const RecipeDraft recipe_initial = {
        .recipe.caps = {-1, -1, -1},
        .kind = -1,
};
const Schema recipe_schema = {
        .name = "recipe",
        .help = "a file of recipes.d: a matrix of cells, a prompt, a provider and a stock level",
        .keys = recipe_keys,
        .n = ARRAY_LEN(recipe_keys),
        .size = sizeof(RecipeDraft),
        .initial = &recipe_initial,
};

/* ---- into the Config ---------------------------------------------------------------------- */

static void check_text_only(Reader *r, const RecipeDraft *draft) {
        const Node *nodes[] = {draft->variants, draft->max_chars};

        if (draft->kind == KIND_TEXT || draft->kind < 0)
                return;
        for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
                if (nodes[i])
                        reader_error(r, nodes[i]->key, "'%s' is for recipes of 'kind: text'",
                                     nodes[i]->key->text);
}

static void check_unique(Reader *r, const Loading *l, const RecipeDraft *draft) {
        const char *first = name_list_file(&l->recipes, draft->recipe.name, false);
        ReaderPath frame;

        if (!first)
                return;
        reader_enter(r, &frame, "recipe", 0);
        reader_error(r, draft->name, "'%s' is defined in '%s' already", draft->recipe.name, first);
        reader_leave(r);
}

static void check_tags(Reader *r, const RecipeDraft *draft) {
        ReaderPath frame;

        if (!draft->tags || draft->tags->type != NODE_MAP)
                return;
        reader_enter(r, &frame, "tags", 0);
        for (const Node *n = draft->tags->first; n; n = n->next)
                if (recipe_axis(&draft->recipe, n->key->text))
                        reader_error(r, n->key,
                                     "'%s' is an axis of the matrix, which is a tag of "
                                     "its own",
                                     n->key->text);
        reader_leave(r);
}

void read_tags(Reader *r, const Node *node, void *structure) {
        Recipe *recipe = &((RecipeDraft *) structure)->recipe;

        (void) read_pairs(r, node, &recipe->tags, &recipe->n_tags);
}

static void check_draft(Reader *r, const Loading *l, RecipeDraft *draft) {
        if (draft->recipe.name)
                check_unique(r, l, draft);
        check_text_only(r, draft);
        check_provider(r, l, draft);
        check_model(r, l, draft);
        check_matrix(r, l, draft);
        check_tags(r, draft);
        check_params(r, l, draft);
        check_templates(r, l, draft);
}

static int recipe_append(Config *c, const Recipe *recipe) {
        Recipe *items = arena_append(c->arena, c->recipes, c->n_recipes, sizeof *items);

        if (!items)
                return -ENOMEM;
        items[c->n_recipes++] = *recipe;
        c->recipes = items;
        return 0;
}

int recipe_load(Loading *l, const ConfigFile *file) {
        RecipeDraft draft = {0};
        Reader r;

        assert(l);
        assert(file);
        r = config_file_reader(l, file);
        if (file->root) {
                schema_read(&r, &recipe_schema, file->root, &draft);
                draft.root = file->root;
                draft.recipe.file = file->name;
                draft.recipe.hash = file->hash;
                draft.recipe.kind = draft.kind < 0 ? _KIND_INVALID : (AssetKind) draft.kind;
                draft.recipe.review_manual = draft.review > 0;
                if (r.error == 0)
                        check_draft(&r, l, &draft);
        }
        if (r.error < 0)
                return r.error;
        if (draft.recipe.name &&
            name_list_add(l->config->arena, &l->recipes, draft.recipe.name, file->name, false) < 0)
                return -ENOMEM;
        if (config_file_has_errors(l, file)) {
                l->config->n_left_out++;
                return strv_add(&l->config->left_out, file->name);
        }
        recipe_check_prices(&r, l, &draft.recipe, draft.model ? draft.model : draft.provider);
        return r.error < 0 ? r.error : recipe_append(l->config, &draft.recipe);
}
