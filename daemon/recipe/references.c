/* SPDX-License-Identifier: MIT */

/* `references:` of a recipe: paths, and assets of other recipes. */

#include "recipe/recipe_internal.h"

static const SchemaKey asset_keys[] = {
        {.key = "recipe",
         .type = SCHEMA_NAME,
         .offset = offsetof(RecipeReference, recipe),
         .required = true,
         .help = "the recipe whose asset of the same cell is taken"},
};
static const Schema asset_schema = {
        .name = "asset",
        .keys = asset_keys,
        .n = ARRAY_LEN(asset_keys),
        .size = sizeof(RecipeReference),
};
static const SchemaKey reference_keys[] = {
        {.key = "asset",
         .type = SCHEMA_OBJECT,
         .required = true,
         .object = &asset_schema,
         .help = "a picture of the library"},
};
static const Schema reference_schema = {
        .name = "reference",
        .keys = reference_keys,
        .n = ARRAY_LEN(reference_keys),
        .size = sizeof(RecipeReference),
};

static void read_one(Reader *r, const Node *node, RecipeReference *ret) {
        static const SchemaKey path = {
                .key = "path", .type = SCHEMA_TEXT, .offset = offsetof(RecipeReference, path)};

        ret->place = node_place(&r->source, node);
        if (node->type == NODE_MAP)
                schema_read(r, &reference_schema, node, ret);
        else
                (void) schema_scalar_read(r, &path, node, &ret->path);
}

void read_references(Reader *r, const Node *node, void *structure) {
        Recipe *recipe = &((RecipeDraft *) structure)->recipe;
        bool list = node->type == NODE_LIST;
        size_t before = r->problems->n_errors, n = 0;
        RecipeReference *items;

        if (list && node->n == 0) {
                reader_error(r, node, "expected paths or assets, found an empty list");
                return;
        }
        items = reader_array(r, node->n + 1, sizeof *items);
        if (!items)
                return;
        if (!list)
                read_one(r, node, &items[n++]);
        for (const Node *child = list ? node->first : NULL; child; child = child->next, n++) {
                ReaderPath frame;

                reader_enter(r, &frame, NULL, n);
                read_one(r, child, &items[n]);
                reader_leave(r);
        }
        if (r->problems->n_errors > before)
                return;
        recipe->references = items;
        recipe->n_references = n;
}
