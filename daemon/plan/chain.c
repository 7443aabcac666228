/* SPDX-License-Identifier: MIT */

/*
 * Recipes that take assets of other recipes. A cell whose reference is neither on the shelf nor
 * planned tonight nor on its way waits: it makes nothing, and says for what. That a recipe goes
 * before those that wait for it is a matter of the order (order.c); there are no circles
 * (recipe/chains.c).
 */

#include "plan/internal.h"

/* Cells stand in recipe and key order. */
static const PlanCell *find_cell(const Plan *plan, const char *recipe, const char *key) {
        size_t low = 0, high = plan->n_cells;

        while (low < high) {
                size_t mid = low + (high - low) / 2;
                const PlanCell *cell = &plan->cells[mid];
                int c = strcmp(cell->recipe->name, recipe);

                if (c == 0)
                        c = strcmp(cell->key, key);
                if (c == 0)
                        return cell;
                if (c < 0)
                        low = mid + 1;
                else
                        high = mid;
        }
        return NULL;
}

/* 1 when the cell has an asset to refer to, else 0. */
static int on_shelf(Library *lib, const char *recipe, const char *key, int64_t now_ms, Err *err) {
        AlAsset asset = {0};
        int r = lib ? al_cell_asset(lib, recipe, key, now_ms, &asset, err) : AL_NOT_FOUND;

        if (r == AL_OK)
                al_asset_done(&asset);
        return r < 0 ? r : r == AL_OK;
}

static const char *why_not(const PlanCell *there) {
        if (!there)
                return "no asset, and it is not part of this run";
        switch (there->verdict) {
        case CELL_NO_PRICE:
        case CELL_INVALID:
        case CELL_QUARANTINED:
        case CELL_NOT_DUE:
        case CELL_WAITS:
                return there->note;
        case CELL_SHORT:
        case CELL_ENOUGH:
                return there->pending > 0 ? "its asset waits for approval"
                                          : "no asset, and none is planned";
        case _CELL_VERDICT_MAX:
                break;
        }
        assert_not_reached();
        return NULL;
}

static int set_waits(PlanCell *cell, const char *recipe, const PlanCell *there) {
        free(cell->note);
        cell->note = str_printf("waits for %s: %s", recipe, why_not(there));
        cell->verdict = CELL_WAITS;
        return cell->note ? 0 : -ENOMEM;
}

static int check_cell(Plan *plan, PlanCell *cell, const Config *config, Library *lib,
                      int64_t now_ms, Err *err) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < cell->recipe->n_references; i++) {
                const char *recipe = cell->recipe->references[i].recipe;
                _cleanup_(freep) char *key = recipe ? cell_reference_key(config, cell, i) : NULL;
                const PlanCell *there;

                if (!recipe)
                        continue;
                if (!key)
                        return -ENOMEM;
                r = on_shelf(lib, recipe, key, now_ms, err);
                there = find_cell(plan, recipe, key);
                if (r == 0 && (!there || (there->verdict != CELL_SHORT && there->owed == 0)))
                        return set_waits(cell, recipe, there);
        }
        return r < 0 ? r : 0;
}

int plan_chains(Plan *plan, const Config *config, Library *lib, int64_t now_ms, Err *err) {
        int deepest = 0, r = 0;

        assert(plan);
        assert(config);
        for (size_t i = 0; i < plan->n_cells; i++)
                deepest = MAX_OF(deepest, plan->cells[i].recipe->level);
        for (int level = 1; level <= deepest; level++)
                for (size_t i = 0; r >= 0 && i < plan->n_cells; i++)
                        if (plan->cells[i].recipe->level == level &&
                            plan->cells[i].verdict == CELL_SHORT)
                                r = check_cell(plan, &plan->cells[i], config, lib, now_ms, err);
        return r;
}
