/* SPDX-License-Identifier: MIT */

/* The matrix of a recipe: axes, values, and what is excluded. */

#include "base/parse.h"
#include "base/strv.h"
#include "recipe/recipe_internal.h"

enum {
        /* Combinations walked before `exclude`: bounds the time a matrix can take. */
        COMBINATIONS_MAX = 50 * RECIPE_CELLS_MAX,
        /* Combinations times entries of `exclude`: each is held against each, several times. */
        EXCLUDE_WORK_MAX = 10 * 1000 * 1000,
};

const Axis *recipe_axis(const Recipe *recipe, const char *name) {
        assert(recipe);
        assert(name);
        for (size_t i = 0; i < recipe->n_axes; i++)
                if (streq(recipe->axes[i].name, name))
                        return &recipe->axes[i];
        return NULL;
}

static bool axis_has(const Axis *axis, const char *value) {
        for (size_t i = 0; i < axis->n; i++)
                if (streq(axis->values[i], value))
                        return true;
        return false;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void read_axis_value(Reader *r, const Node *node, Axis *axis) {
        static const SchemaKey row = {.key = "value", .type = SCHEMA_NAME};
        const char *value = NULL;

        if (!schema_scalar_read(r, &row, node, &value))
                return;
        if (axis_has(axis, value))
                reader_error(r, node, "'%s' is listed twice", value);
        else
                axis->values[axis->n++] = value;
}

static void read_axis(Reader *r, const Node *node, Axis *axis) {
        if (node->reported)
                return;
        if (node->type == NODE_MAP || (node->type == NODE_LIST && node->n == 0)) {
                reader_error(r, node, "expected a value or a list of values, found %s",
                             node->type == NODE_MAP ? "a map" : "an empty list");
                return;
        }
        if (node->n > RECIPE_VALUES_MAX) {
                reader_error(r, node, "has more than %d values", RECIPE_VALUES_MAX);
                return;
        }
        axis->place = node_place(&r->source, node);
        axis->values = reader_array(r, node->n + 1, sizeof *axis->values);
        if (!axis->values)
                return;
        if (node->type == NODE_SCALAR)
                read_axis_value(r, node, axis);
        for (const Node *child = node->first; child; child = child->next)
                read_axis_value(r, child, axis);
}

static int compare_axes(const void *a, const void *b) {
        return strcmp(((const Axis *) a)->name, ((const Axis *) b)->name);
}

void read_matrix(Reader *r, const Node *node, void *structure) {
        static const SchemaKey row = {.key = "axis", .type = SCHEMA_NAME};
        Recipe *recipe = &((RecipeDraft *) structure)->recipe;

        if (node->type != NODE_MAP || node->n > RECIPE_AXES_MAX) {
                reader_error(r, node, "expected a map of at most %d axes and their values",
                             RECIPE_AXES_MAX);
                return;
        }
        recipe->axes = reader_array(r, node->n + 1, sizeof *recipe->axes);
        if (!recipe->axes)
                return;
        for (const Node *child = node->first; child; child = child->next) {
                Axis *axis = &recipe->axes[recipe->n_axes];
                ReaderPath frame;

                reader_enter(r, &frame, child->key->text, 0);
                read_axis(r, child, axis);
                if (schema_scalar_read(r, &row, child->key, &axis->name) && axis->n > 0)
                        recipe->n_axes++;
                else
                        *axis = (Axis){0};
                reader_leave(r);
        }
        qsort(recipe->axes, recipe->n_axes, sizeof *recipe->axes, compare_axes);
}

void read_exclude(Reader *r, const Node *node, void *structure) {
        Recipe *recipe = &((RecipeDraft *) structure)->recipe;
        size_t i = 0;

        if (node->type != NODE_LIST) {
                reader_error(r, node,
                             "expected a list of maps, e.g. [{brand: acme, hook: urgency}], found "
                             "%s",
                             node_noun(node));
                return;
        }
        recipe->excludes = reader_array(r, node->n + 1, sizeof *recipe->excludes);
        for (const Node *child = node->first; child && recipe->excludes; child = child->next) {
                Exclude *e = &recipe->excludes[recipe->n_excludes];
                ReaderPath frame;

                reader_enter(r, &frame, NULL, i++);
                if (child->type == NODE_MAP && child->n == 0)
                        reader_error(r, child, "names no axis; it would leave out everything");
                else if (!child->reported && read_pairs(r, child, &e->pairs, &e->n))
                        recipe->n_excludes++;
                reader_leave(r);
        }
}

/* ---- counting ----------------------------------------------------------------------------- */

static bool pair_fits(const Recipe *recipe, const size_t *at, const AlAxis *pair) {
        for (size_t a = 0; a < recipe->n_axes; a++)
                if (streq(recipe->axes[a].name, pair->key))
                        return streq(recipe->axes[a].values[at[a]], pair->value);
        return false;
}

static bool excluded(const Recipe *recipe, const size_t *at) {
        for (size_t i = 0; i < recipe->n_excludes; i++) {
                const Exclude *e = &recipe->excludes[i];
                size_t k = 0;

                while (k < e->n && pair_fits(recipe, at, &e->pairs[k]))
                        k++;
                if (k == e->n)
                        return true;
        }
        return false;
}

static bool advance(const Recipe *recipe, size_t *at) {
        for (size_t i = recipe->n_axes; i-- > 0;) {
                if (++at[i] < recipe->axes[i].n)
                        return true;
                at[i] = 0;
        }
        return false;
}

/* Combinations before `exclude`; COMBINATIONS_MAX + 1 for any number beyond. */
static int64_t combinations(const Recipe *recipe) {
        int64_t product = recipe->n_axes > 0;

        for (size_t i = 0; i < recipe->n_axes; i++) {
                product *= (int64_t) recipe->axes[i].n;
                if (product > COMBINATIONS_MAX)
                        return COMBINATIONS_MAX + 1;
        }
        return product;
}

int64_t recipe_cells(const Recipe *recipe) {
        size_t at[RECIPE_AXES_MAX] = {0};
        int64_t product, cells = 0;

        assert(recipe);
        assert(recipe->n_axes <= RECIPE_AXES_MAX);
        product = combinations(recipe);
        if (product > COMBINATIONS_MAX || recipe->n_axes == 0 || recipe->n_excludes == 0)
                return MIN_OF(product, RECIPE_CELLS_MAX + 1);
        do
                cells += !excluded(recipe, at);
        while (cells <= RECIPE_CELLS_MAX && advance(recipe, at));
        return cells;
}

/* ---- checking ----------------------------------------------------------------------------- */

static void check_axes_there(Reader *r, const RecipeDraft *draft) {
        static const char *const axes[] = {"brand", "hook", "category"};

        for (size_t i = 0; i < ARRAY_LEN(axes); i++)
                if (!node_get(draft->matrix, axes[i]))
                        reader_error(r, draft->matrix, "missing axis '%s'", axes[i]);
}

/* One value of the axis brand or hook: is there such a file? */
static void check_vars_name(Reader *r, const Node *node, const char *what, const Vars *good,
                            size_t n, const NameList *wrong) {
        _cleanup_(freep) const char **names = NULL;
        const char *file;

        if (node->type != NODE_SCALAR || node->reported || !name_is_valid(node->text))
                return;
        for (size_t i = 0; i < n; i++)
                if (streq(good[i].name, node->text))
                        return;
        file = name_list_file(wrong, node->text, true);
        if (file) {
                reader_error(r, node, "%s '%s' cannot be used: '%s' has errors", what, node->text,
                             file);
                return;
        }
        names = calloc(n + 1, sizeof *names);
        if (!names) {
                r->error = -ENOMEM;
                return;
        }
        for (size_t i = 0; i < n; i++)
                names[i] = good[i].name;
        if (n == 0)
                reader_error(r, node, "unknown %s '%s'; there is none yet: add %ss.d/%s.yaml", what,
                             node->text, what, node->text);
        else
                reader_error(r, node, "unknown %s '%s'%s", what, node->text,
                             r->problems->n < CONFIG_PROBLEMS_MAX
                                     ? suggest(node->text, names, n).text
                                     : "");
}

static void check_vars_axis(Reader *r, const RecipeDraft *draft, const char *what, const Vars *good,
                            size_t n, const NameList *wrong) {
        const Node *axis = node_get(draft->matrix, what);
        ReaderPath frame;

        if (!axis)
                return;
        reader_enter(r, &frame, what, 0);
        if (axis->type == NODE_SCALAR)
                check_vars_name(r, axis, what, good, n, wrong);
        for (const Node *child = axis->type == NODE_LIST ? axis->first : NULL; child;
             child = child->next)
                check_vars_name(r, child, what, good, n, wrong);
        reader_leave(r);
}

static void check_exclude_pair(Reader *r, const RecipeDraft *draft, const Node *pair) {
        const Axis *axis = recipe_axis(&draft->recipe, pair->key->text);
        const char *names[RECIPE_AXES_MAX];
        size_t n = 0;

        for (; n < draft->recipe.n_axes; n++)
                names[n] = draft->recipe.axes[n].name;
        if (pair->type != NODE_SCALAR)
                return; /* reported by the reading */
        if (!axis && !node_get(draft->matrix, pair->key->text))
                reader_error(r, pair->key, "'%s' is no axis of the matrix%s",
                             shown(pair->key->text).text, suggest(pair->key->text, names, n).text);
        else if (axis && !axis_has(axis, pair->text))
                reader_error(r, pair, "axis '%s' has no value '%s'%s", axis->name,
                             shown(pair->text).text,
                             suggest(pair->text, axis->values, axis->n).text);
}

static void check_excludes(Reader *r, const RecipeDraft *draft) {
        const Node *list = draft->exclude;
        ReaderPath exclude, frame;
        size_t i = 0;

        if (!list || list->type != NODE_LIST)
                return;
        reader_enter(r, &exclude, "exclude", 0);
        for (const Node *entry = list->first; entry; entry = entry->next) {
                reader_enter(r, &frame, NULL, i++);
                for (const Node *pair = entry->type == NODE_MAP ? entry->first : NULL; pair;
                     pair = pair->next)
                        check_exclude_pair(r, draft, pair);
                reader_leave(r);
        }
        reader_leave(r);
}

/* A list that would take minutes is refused, and not looked at by the checks that follow. */
static bool check_exclude_work(Reader *r, RecipeDraft *draft) {
        Recipe *recipe = &draft->recipe;
        int64_t product = combinations(recipe), most;

        if (product == 0 || product > COMBINATIONS_MAX)
                return true;
        most = EXCLUDE_WORK_MAX / product;
        if ((int64_t) recipe->n_excludes <= most)
                return true;
        recipe->n_excludes = 0;
        reader_error(r, draft->exclude,
                     "exclude: has more than %lld entries, too many for a matrix of %lld "
                     "combinations; split the recipe",
                     (long long) most, (long long) product);
        return false;
}

void check_matrix(Reader *r, const Loading *l, RecipeDraft *draft) {
        const Config *c = l->config;
        ReaderPath frame;
        int64_t cells;

        assert(r);
        assert(draft);
        if (!draft->matrix || draft->matrix->type != NODE_MAP)
                return;
        if (!check_exclude_work(r, draft))
                return;
        reader_enter(r, &frame, "matrix", 0);
        check_axes_there(r, draft);
        check_vars_axis(r, draft, "brand", c->brands, c->n_brands, &l->wrong_brands);
        check_vars_axis(r, draft, "hook", c->hooks, c->n_hooks, &l->wrong_hooks);
        cells = recipe_cells(&draft->recipe);
        if (cells > RECIPE_CELLS_MAX)
                reader_error(r, draft->matrix, "has more than %d cells; split the recipe",
                             RECIPE_CELLS_MAX);
        else if (cells == 0 && draft->recipe.n_axes == draft->matrix->n)
                reader_error(r, draft->matrix, "'exclude' leaves no cell of it");
        reader_leave(r);
        check_excludes(r, draft);
}
