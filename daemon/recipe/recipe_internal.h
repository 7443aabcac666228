/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the recipe table share among themselves. */

#include "provider/provider.h"
#include "recipe/tables.h"

/* A recipe while its file is read: the values, and the places of those that are checked against
 * each other and against the rest of the configuration. */
typedef struct RecipeDraft {
        Recipe recipe;
        int kind, review;
        const Node *root;
        const Node *name, *kind_node, *provider, *model, *matrix, *exclude, *prompt, *params,
                *references, *tags, *variants, *max_chars;
        const Driver *driver;     /* NULL: unknown, reported */
        const ProviderConfig *of; /* the provider, when its driver is known */
        const Model *known;       /* NULL: models.yaml says nothing of it */
} RecipeDraft;

/* Rows of the table (recipe.c) that are read by hand. */
void read_matrix(Reader *r, const Node *node, void *structure);
void read_exclude(Reader *r, const Node *node, void *structure);
void read_references(Reader *r, const Node *node, void *structure);
void read_tags(Reader *r, const Node *node, void *structure);

/* Checks of a whole draft; each reports what it finds and needs what the ones before it found to be
 * there (NULL and empty otherwise). */
void check_matrix(Reader *r, const Loading *l, RecipeDraft *draft);
void check_provider(Reader *r, const Loading *l, RecipeDraft *draft);
void check_model(Reader *r, const Loading *l, RecipeDraft *draft);
void check_params(Reader *r, const Loading *l, RecipeDraft *draft);
void check_templates(Reader *r, const Loading *l, RecipeDraft *draft);

/* Of every prompt the template can become; its variables have been checked. */
void check_prompt_length(Reader *r, const Loading *l, const RecipeDraft *draft);

const Axis *recipe_axis(const Recipe *recipe, const char *name);
const Node *param_choice_node(const RecipeDraft *draft, const RecipeParam *param,
                              const ParamChoice *choice);

/* Every text a template can become: once for every combination of the values of the axes it uses,
 * and of the values of list variables, in step. fn gets the text and a description of the cell
 * ("brand 'acme'"); false stops. Templates must have been checked. */
typedef bool (*RenderingFn)(const char *text, const char *where, void *userdata);
int template_each(const Config *config, const Recipe *recipe, const char *text, RenderingFn fn,
                  void *userdata);
