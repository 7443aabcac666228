/* SPDX-License-Identifier: MIT */

/*
 * A plan in four steps: recipes become cells (cells.c), every cell gets its verdict and its price
 * (here), short cells become jobs in order (order.c), and the caps cut the queue (budget.c).
 */

#include <stdio.h>

#include "plan/internal.h"
#include "recipe/schedule.h"

static const char *const verdict_words[] = {
        [CELL_ENOUGH] = "enough",   [CELL_SHORT] = "short",     [CELL_NO_PRICE] = "no-price",
        [CELL_NOT_DUE] = "not-due", [CELL_INVALID] = "invalid", [CELL_QUARANTINED] = "quarantined",
        [CELL_WAITS] = "waits",
};
static_assert(ARRAY_LEN(verdict_words) == _CELL_VERDICT_MAX, "a word for every verdict");

const char *cell_verdict_word(CellVerdict v) {
        assert(v < _CELL_VERDICT_MAX);
        return verdict_words[v];
}

Micros plan_cell_worst(const PlanCell *cell) {
        Micros total;

        assert(cell);
        if (__builtin_mul_overflow(cell->worst_each, cell->jobs, &total))
                return INT64_MAX;
        return total;
}

Plan *plan_free(Plan *plan) {
        if (!plan)
                return NULL;
        for (size_t i = 0; i < plan->n_cells; i++)
                plan_cell_done(&plan->cells[i]);
        free(plan->cells);
        free(plan->jobs);
        free(plan);
        return NULL;
}

/* What is the same for all cells of one recipe. */
typedef struct RecipeFacts {
        const Config *config;
        Library *lib;
        const Driver *driver;
        const char *not_due; /* why, NULL = due */
        char *fine;          /* parameters of the newest cell that could be built */
        int64_t expected_ms;
        int64_t now_ms;
} RecipeFacts;

/* ---- which recipes ---- */

static bool selected(const PlanOptions *options, const char *name, bool *ret_named) {
        *ret_named = options->recipes && options->recipes->n > 0;
        return !*ret_named || strv_has(options->recipes, name);
}

static int unknown_recipe(const Config *config, const char *name, Err *err) {
        _cleanup_(freep) const char **names = calloc(config->n_recipes + 1, sizeof(*names));
        const char *near;

        if (!names)
                return -ENOMEM;
        for (size_t i = 0; i < config->n_recipes; i++)
                names[i] = config->recipes[i].name;
        near = nearest_word(name, names, config->n_recipes);
        if (near)
                return err_set(err, -ENOENT, "no recipe '%s'; did you mean '%s'?", name, near);
        return err_set(err, -ENOENT, "no usable recipe '%s'; 'pregend check' lists what is wrong",
                       name);
}

static int check_names(const Config *config, const PlanOptions *options, Err *err) {
        for (size_t i = 0; options->recipes && i < options->recipes->n; i++)
                if (!config_recipe(config, options->recipes->items[i]))
                        return unknown_recipe(config, options->recipes->items[i], err);
        return 0;
}

/* ---- one cell ---- */

static int set_verdict(PlanCell *cell, CellVerdict verdict, const char *note) {
        cell->verdict = verdict;
        if (!note)
                return 0;
        cell->note = strdup(note);
        return cell->note ? 0 : -ENOMEM;
}

/* What is on the shelf, on its way, or waiting for a person counts: nothing is bought twice. */
static int read_stock(PlanCell *cell, const RecipeFacts *facts, AlCellStock *stock, Err *err) {
        int64_t missing;
        int r;

        *stock = (AlCellStock){0};
        if (facts->lib) {
                r = al_cell_stock(facts->lib, cell->recipe->name, cell->key, facts->now_ms, stock,
                                  err);
                if (r < 0)
                        return r;
        }
        cell->have = stock->ready;
        cell->pending = stock->pending;
        cell->owed = stock->owed;
        missing = cell->target - cell->have - cell->pending - cell->owed;
        cell->make = MAX_OF(missing, 0);
        return 0;
}

/* The driver's word on the parameters; one a change of them, since the rest of a recipe's cells is
 * alike to it. */
static int try_params(const PlanCell *cell, RecipeFacts *facts, CellProbe *probe, Err *err) {
        int r;

        if (facts->fine && streq(facts->fine, probe->params_text))
                return 0;
        r = cell_try_build(cell, probe, err);
        if (r < 0)
                return r;
        free(facts->fine);
        facts->fine = TAKE_PTR(probe->params_text);
        return 0;
}

/* The worst case of one job of the cell; proves on the way that it can be rendered and built. */
static int price_cell(PlanCell *cell, RecipeFacts *facts, int64_t *as_of_ms) {
        _cleanup_(cell_probe_done) CellProbe probe = {0};
        const Recipe *recipe = cell->recipe;
        int64_t as_of = 0;
        PriceRequest request;
        Err err = {0};
        int r;

        r = cell_probe(facts->config, cell, &probe, &err);
        if (r >= 0)
                r = try_params(cell, facts, &probe, &err);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return set_verdict(cell, CELL_INVALID, err_text(&err));
        if (facts->driver->free)
                return set_verdict(cell, CELL_SHORT, NULL);
        request = price_request(facts->driver->name, recipe->model, recipe->kind, probe.params,
                                probe.prompt_bytes, recipe->n_references, cell_job_yield(cell),
                                facts->now_ms);
        r = price_worst(facts->config, &request, &cell->worst_each, &as_of, &err);
        if (r == -ENOMEM)
                return r;
        if (r < 0)
                return set_verdict(cell, CELL_NO_PRICE, err_text(&err));
        if (as_of != 0 && (*as_of_ms == 0 || as_of < *as_of_ms))
                *as_of_ms = as_of;
        return set_verdict(cell, CELL_SHORT, NULL);
}

/* Whether what is asked for is still what the provider blocked: a changed recipe may try again. */
static bool still_blocked(const PlanCell *cell, const AlCellStock *stock) {
        char hash[DIGEST_HEX_MAX];

        digest_hex(&cell->recipe->hash, hash);
        return stock->quarantine_reason[0] != '\0' && streq(stock->quarantine_recipe_hash, hash);
}

static int judge(PlanCell *cell, RecipeFacts *facts, int64_t *as_of_ms, Err *err) {
        AlCellStock stock;
        int r;

        r = read_stock(cell, facts, &stock, err);
        if (r < 0)
                return r;
        cell->expected_ms = facts->expected_ms;
        if (cell->make == 0)
                return set_verdict(cell, CELL_ENOUGH, NULL);
        if (facts->not_due)
                return set_verdict(cell, CELL_NOT_DUE, facts->not_due);
        if (still_blocked(cell, &stock))
                return set_verdict(cell, CELL_QUARANTINED, stock.quarantine_reason);
        return price_cell(cell, facts, as_of_ms);
}

/* ---- one recipe ---- */

static int plan_recipe(Plan *plan, const Config *config, Library *lib, const Recipe *recipe,
                       const PlanOptions *options, bool named, CellList *list, Err *err) {
        _cleanup_(freep) char *not_due = NULL;
        size_t first = list->n;
        RecipeFacts facts;
        int r;

        r = cells_expand(config, recipe, list, err);
        if (r < 0 || list->n == first)
                return r;
        facts = (RecipeFacts){.config = config, .lib = lib, .now_ms = options->now_ms};
        facts.driver = driver_find(list->items[first].provider->driver);
        assert(facts.driver);
        if (!named && recipe->schedule && !schedule_includes(recipe->schedule, options->now_ms)) {
                not_due = str_printf("schedule '%s' does not include this night", recipe->schedule);
                if (!not_due)
                        return -ENOMEM;
                facts.not_due = not_due;
        }
        if (lib) {
                r = al_expected_ms(lib, recipe->provider, recipe->model, &facts.expected_ms, err);
                if (r < 0)
                        return r;
        }
        for (size_t i = first; i < list->n && r >= 0; i++)
                r = judge(&list->items[i], &facts, &plan->prices_as_of_ms, err);
        free(facts.fine);
        return r;
}

static void count_cells(Plan *plan) {
        for (size_t i = 0; i < plan->n_cells; i++)
                switch (plan->cells[i].verdict) {
                case CELL_SHORT:
                        plan->cells_short++;
                        break;
                case CELL_NO_PRICE:
                case CELL_INVALID:
                case CELL_QUARANTINED:
                        plan->cells_refused++;
                        break;
                case CELL_ENOUGH:
                case CELL_NOT_DUE:
                case CELL_WAITS:
                        break;
                case _CELL_VERDICT_MAX:
                        assert_not_reached();
                }
}

static int plan_all(Plan *plan, const Config *config, Library *lib, const PlanOptions *options,
                    Err *err) {
        _cleanup_(cell_list_done) CellList list = {0};
        int r;

        for (size_t i = 0; i < config->n_recipes; i++) {
                bool named;

                if (!selected(options, config->recipes[i].name, &named))
                        continue;
                r = plan_recipe(plan, config, lib, &config->recipes[i], options, named, &list, err);
                if (r < 0)
                        return r;
        }
        plan->cells = TAKE_PTR(list.items);
        plan->n_cells = list.n;
        list = (CellList){0};
        r = plan_chains(plan, config, lib, options->now_ms, err);
        if (r < 0)
                return r;
        count_cells(plan);
        r = plan_make_jobs(plan);
        if (r < 0)
                return r;
        r = plan_apply_budget(plan, config, lib, options, err);
        if (r < 0)
                return r;
        return plan_expect(plan, config);
}

int plan_build(const Config *config, Library *lib, const PlanOptions *options, Plan **ret,
               Err *err) {
        _cleanup_(plan_freep) Plan *plan = NULL;
        int r;

        assert(config);
        assert(options);
        assert(ret);
        r = check_names(config, options, err);
        if (r < 0)
                return r;
        plan = calloc(1, sizeof(*plan));
        if (!plan)
                return -ENOMEM;
        r = plan_all(plan, config, lib, options, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(plan);
        return 0;
}

/* ---- prices of jobs ---- */

int job_price(const Config *config, const PlanCell *cell, const RenderedJob *job, int64_t want,
              int64_t now_ms, Micros *ret, Err *err) {
        _cleanup_(json_freep) Json *params = NULL;
        const Driver *driver;
        PriceRequest request;
        int r;

        assert(config);
        assert(cell);
        assert(job);
        assert(ret);
        driver = driver_find(cell->provider->driver);
        assert(driver);
        if (driver->free) {
                *ret = 0;
                return 0;
        }
        r = json_parse(job->params, strlen(job->params), &params, err);
        if (r < 0)
                return r;
        request = price_request(driver->name, cell->recipe->model, cell->recipe->kind, params,
                                strlen(job->prompt) + strlen(job->params),
                                cell->recipe->n_references, want, now_ms);
        return price_worst(config, &request, ret, NULL, err);
}
