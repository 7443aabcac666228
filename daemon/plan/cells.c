/* SPDX-License-Identifier: MIT */

/* The matrix of a recipe, multiplied out. */

#include "plan/internal.h"

enum {
        /* Combinations walked before `exclude`: bounds the time a matrix can take. */
        COMBINATIONS_MAX = 50 * RECIPE_CELLS_MAX,
};

void plan_cell_done(PlanCell *cell) {
        assert(cell);
        free(cell->axes);
        free(cell->key);
        free(cell->note);
        *cell = (PlanCell){0};
}

void cell_list_done(CellList *list) {
        assert(list);
        for (size_t i = 0; i < list->n; i++)
                plan_cell_done(&list->items[i]);
        free(list->items);
        *list = (CellList){0};
}

static const char *axis_value(const AlAxis *axes, size_t n, const char *key) {
        for (size_t i = 0; i < n; i++) {
                assert(axes[i].key);
                if (streq(axes[i].key, key))
                        return axes[i].value;
        }
        return NULL;
}

static bool agrees(const Exclude *exclude, const AlAxis *axes, size_t n) {
        for (size_t i = 0; i < exclude->n; i++) {
                const char *value = axis_value(axes, n, exclude->pairs[i].key);

                if (!value || !streq(value, exclude->pairs[i].value))
                        return false;
        }
        return exclude->n > 0;
}

static bool excluded(const Recipe *recipe, const AlAxis *axes, size_t n) {
        for (size_t i = 0; i < recipe->n_excludes; i++)
                if (agrees(&recipe->excludes[i], axes, n))
                        return true;
        return false;
}

static int grow(CellList *list) {
        size_t want = list->allocated > 0 ? list->allocated * 2 : 64;
        PlanCell *items;

        if (list->n < list->allocated)
                return 0;
        items = reallocarray(list->items, want, sizeof(*items));
        if (!items)
                return -ENOMEM;
        list->items = items;
        list->allocated = want;
        return 0;
}

static int add_cell(const Config *config, const Recipe *recipe, const AlAxis *axes,
                    CellList *list) {
        PlanCell cell = {
                .recipe = recipe,
                .provider = config_provider(config, recipe->provider),
                .n_axes = recipe->n_axes,
                .target = recipe->target,
        };

        if (grow(list) < 0)
                return -ENOMEM;
        cell.axes = calloc(recipe->n_axes, sizeof(AlAxis));
        if (!cell.axes)
                return -ENOMEM;
        memcpy(cell.axes, axes, recipe->n_axes * sizeof(AlAxis));
        cell.key = al_cell_key(axes, recipe->n_axes);
        if (!cell.key) {
                plan_cell_done(&cell);
                return -ENOMEM;
        }
        cell.brand = axis_value(axes, recipe->n_axes, "brand");
        cell.hook = axis_value(axes, recipe->n_axes, "hook");
        cell.category = axis_value(axes, recipe->n_axes, "category");
        assert(cell.provider && cell.brand && cell.hook && cell.category);
        list->items[list->n++] = cell;
        return 0;
}

/* Moves to the next combination; false after the last. */
static bool advance(const Recipe *recipe, size_t *at) {
        for (size_t i = recipe->n_axes; i-- > 0;) {
                if (++at[i] < recipe->axes[i].n)
                        return true;
                at[i] = 0;
        }
        return false;
}

/* -E2BIG when walking the matrix would take too long, whatever `exclude` leaves of it. */
static int check_size(const Recipe *recipe, bool *ret_empty, Err *err) {
        size_t combinations = 1;

        *ret_empty = recipe->n_axes == 0;
        for (size_t i = 0; i < recipe->n_axes; i++) {
                if (recipe->axes[i].n == 0) {
                        *ret_empty = true;
                        return 0;
                }
                combinations *= recipe->axes[i].n; /* both below 2^31: no overflow */
                if (combinations > COMBINATIONS_MAX)
                        return err_set(err, -E2BIG,
                                       "recipe '%s': the matrix has more than %d combinations; "
                                       "split the recipe",
                                       recipe->name, COMBINATIONS_MAX);
        }
        return 0;
}

static int compare_keys(const void *a, const void *b) {
        return strcmp(((const PlanCell *) a)->key, ((const PlanCell *) b)->key);
}

int cells_expand(const Config *config, const Recipe *recipe, CellList *list, Err *err) {
        size_t at[RECIPE_AXES_MAX] = {0}, first;
        AlAxis axes[RECIPE_AXES_MAX] = {0};
        bool empty;
        int r;

        assert(config);
        assert(recipe);
        assert(list);
        assert(recipe->n_axes <= RECIPE_AXES_MAX);
        first = list->n;
        r = check_size(recipe, &empty, err);
        if (r < 0 || empty)
                return r;
        do {
                for (size_t i = 0; i < recipe->n_axes; i++)
                        axes[i] = (AlAxis){.key = recipe->axes[i].name,
                                           .value = recipe->axes[i].values[at[i]]};
                if (excluded(recipe, axes, recipe->n_axes))
                        continue;
                if (list->n - first >= RECIPE_CELLS_MAX)
                        return err_set(err, -E2BIG,
                                       "recipe '%s' has more than %d cells; split the recipe",
                                       recipe->name, RECIPE_CELLS_MAX);
                if (list->n >= PLAN_CELLS_MAX)
                        return err_set(err, -E2BIG,
                                       "all recipes together have more than %d cells; plan some "
                                       "of them with --recipe",
                                       PLAN_CELLS_MAX);
                r = add_cell(config, recipe, axes, list);
                if (r < 0)
                        return r;
        } while (advance(recipe, at));
        if (list->n > first)
                qsort(list->items + first, list->n - first, sizeof(PlanCell), compare_keys);
        return 0;
}
