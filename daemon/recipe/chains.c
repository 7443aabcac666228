/* SPDX-License-Identifier: MIT */

/*
 * References from the library, `{asset: {recipe: hero}}`, once all recipes are read: the recipe must
 * be there, make pictures, have no axis that this one lacks and every value that this one has; and
 * following them must not lead back. A recipe with such a mistake is left out, and with it whatever
 * refers to it.
 */

#include "recipe/recipe_internal.h"
#include "recipe/tables.h"

enum {
        NAMES_MAX = 4000, /* looked at for the nearest */
};

static int problem(Loading *l, const Recipe *recipe, size_t i, const char *what, const char *text) {
        const RecipeReference *ref = &recipe->references[i];

        return problem_add(l->problems, PROBLEM_ERROR, ref->place.file, ref->place.line,
                           ref->place.column, "references[%zu].asset.recipe: '%s' %s%s", i,
                           ref->recipe, what, text);
}

/* ---- one reference ------------------------------------------------------------------------ */

static int unknown(Loading *l, const Recipe *recipe, size_t i) {
        _cleanup_(freep) const char **names = calloc(NAMES_MAX, sizeof *names);
        size_t n = 0;

        if (!names)
                return -ENOMEM;
        if (name_list_file(&l->recipes, recipe->references[i].recipe, true))
                return problem(l, recipe, i, "is left out: it has errors", "");
        for (size_t k = 0; k < l->recipes.n && n < NAMES_MAX; k++)
                names[n++] = l->recipes.items[k].name;
        return problem(l, recipe, i, "is no recipe",
                       suggest(recipe->references[i].recipe, names, n).text);
}

static const char *missing_value(const Axis *here, const Axis *there) {
        for (size_t i = 0; i < here->n; i++) {
                bool found = false;

                for (size_t k = 0; k < there->n; k++)
                        found |= streq(here->values[i], there->values[k]);
                if (!found)
                        return here->values[i];
        }
        return NULL;
}

/* Each cell here must have its cell there. */
static int check_axes(Loading *l, const Recipe *recipe, size_t i, const Recipe *there) {
        char text[SHOWN_MAX * 2 + 32];
        int r = 0;

        for (size_t k = 0; r >= 0 && k < there->n_axes; k++) {
                const Axis *axis = &there->axes[k], *here = recipe_axis(recipe, axis->name);
                const char *value = here ? missing_value(here, axis) : NULL;

                if (!here) {
                        (void) snprintf(text, sizeof text, "'%s', which this one lacks",
                                        shown(axis->name).text);
                        r = problem(l, recipe, i, "has the axis ", text);
                } else if (value) {
                        (void) snprintf(text, sizeof text, "%s '%s'", shown(axis->name).text,
                                        shown(value).text);
                        r = problem(l, recipe, i, "has no ", text);
                }
        }
        return r;
}

static int check_reference(Loading *l, const Recipe *recipe, size_t i) {
        const Recipe *there = config_recipe(l->config, recipe->references[i].recipe);

        if (!there)
                return unknown(l, recipe, i);
        if (there->kind != KIND_IMAGE)
                return problem(l, recipe, i, "makes no pictures but ", kind_words[there->kind]);
        return check_axes(l, recipe, i, there);
}

/* ---- chains ------------------------------------------------------------------------------- */

static Recipe *referred(const Config *c, const Recipe *recipe, size_t i) {
        const char *name = recipe->references[i].recipe;

        for (size_t k = 0; name && k < c->n_recipes; k++)
                if (streq(c->recipes[k].name, name))
                        return &c->recipes[k];
        return NULL;
}

/* One step of every recipe's level, and of what pulls it. */
static void relax(Config *c) {
        for (size_t k = 0; k < c->n_recipes; k++) {
                Recipe *here = &c->recipes[k];

                for (size_t i = 0; i < here->n_references; i++) {
                        Recipe *there = referred(c, here, i);

                        if (!there)
                                continue;
                        here->level = MAX_OF(here->level, there->level + 1);
                        there->rank = MAX_OF(there->rank, here->rank);
                }
        }
}

/* Whether following references from `from` leads to `to`. Each recipe is visited once. */
static bool leads_to(const Config *c, const Recipe *from, const Recipe *to, bool *visited) {
        for (size_t i = 0; from != to && i < from->n_references; i++) {
                const Recipe *next = referred(c, from, i);

                if (!next || visited[next - c->recipes])
                        continue;
                visited[next - c->recipes] = true;
                if (leads_to(c, next, to, visited))
                        return true;
        }
        return from == to;
}

/* The reference by which the recipe waits for itself; n_references when it does not. -ENOMEM. */
static int find_circle(const Config *c, const Recipe *recipe, size_t *ret) {
        _cleanup_(freep) bool *visited = calloc(c->n_recipes, sizeof *visited);
        size_t i = 0;

        if (!visited)
                return -ENOMEM;
        for (; i < recipe->n_references; i++) {
                const Recipe *next = referred(c, recipe, i);

                if (next && leads_to(c, next, recipe, visited))
                        break;
        }
        *ret = i;
        return 0;
}

static int too_deep(Loading *l, const Recipe *recipe) {
        const Place *at = &recipe->references[0].place;

        return problem_add(l->problems, PROBLEM_ERROR, at->file, at->line, at->column,
                           "references: more than %d recipes wait for each other",
                           RECIPE_CHAIN_MAX);
}

/* Marks recipes of circles, or, when there are none, chains that are too long. */
static int mark_deep(Loading *l, bool circles, bool *wrong, bool *ret) {
        Config *c = l->config;
        int r = 0;

        *ret = false;
        for (size_t k = 0; r >= 0 && k < c->n_recipes; k++) {
                const Recipe *recipe = &c->recipes[k];
                size_t i = recipe->n_references;

                wrong[k] = false;
                if (recipe->level <= RECIPE_CHAIN_MAX)
                        continue;
                if (circles)
                        r = find_circle(c, recipe, &i);
                wrong[k] = !circles || i < recipe->n_references;
                *ret |= wrong[k];
                if (r >= 0 && wrong[k])
                        r = circles ? problem(l, recipe, i,
                                              "waits for this recipe in turn: a circle", "")
                                    : too_deep(l, recipe);
        }
        return r;
}

/* Sets level and rank of all recipes. */
static int check_chains(Loading *l, bool *wrong, bool *ret) {
        Config *c = l->config;
        int r;

        for (size_t k = 0; k < c->n_recipes; k++) {
                c->recipes[k].level = 0;
                c->recipes[k].rank = c->recipes[k].priority;
        }
        for (int step = 0; step <= RECIPE_CHAIN_MAX; step++)
                relax(c);
        r = mark_deep(l, true, wrong, ret);
        return r >= 0 && !*ret ? mark_deep(l, false, wrong, ret) : r;
}

/* ---- all ---------------------------------------------------------------------------------- */

/* Marks the recipes that are wrong; *ret says whether there are any. */
static int mark(Loading *l, bool *wrong, bool *ret) {
        Config *c = l->config;
        int r = 0;

        *ret = false;
        for (size_t k = 0; k < c->n_recipes; k++) {
                size_t errors = l->problems->n_errors;

                for (size_t i = 0; r >= 0 && i < c->recipes[k].n_references; i++)
                        if (c->recipes[k].references[i].recipe)
                                r = check_reference(l, &c->recipes[k], i);
                if (r < 0)
                        return r;
                wrong[k] = l->problems->n_errors > errors;
                *ret |= wrong[k];
        }
        return 0;
}

static int leave_out(Config *c, const bool *wrong) {
        size_t kept = 0;
        int r = 0;

        for (size_t k = 0; k < c->n_recipes; k++) {
                if (!wrong[k]) {
                        c->recipes[kept++] = c->recipes[k];
                        continue;
                }
                c->n_left_out++;
                r = r < 0 ? r : strv_add(&c->left_out, c->recipes[k].file);
        }
        c->n_recipes = kept;
        return r;
}

int recipes_check_chains(Loading *l) {
        _cleanup_(freep) bool *wrong = NULL;
        bool any = true;
        int r = 0;

        assert(l);
        wrong = calloc(l->config->n_recipes + 1, sizeof *wrong);
        if (!wrong)
                return -ENOMEM;
        while (r >= 0 && any) {
                r = mark(l, wrong, &any);
                if (r >= 0 && !any)
                        r = check_chains(l, wrong, &any);
                if (r >= 0 && any)
                        r = leave_out(l->config, wrong);
        }
        return r;
}
