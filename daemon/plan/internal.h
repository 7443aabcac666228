/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of plan/ share among themselves; nobody outside includes it. */

#include "plan/plan.h"
#include "provider/provider.h"

/* ---- cells.c ---- */

typedef struct CellList {
        PlanCell *items;
        size_t n, allocated;
} CellList;
void cell_list_done(CellList *list);
void plan_cell_done(PlanCell *cell);
/* Adds the cells of one recipe, sorted by key: axes, key, target and provider filled in, nothing
 * else. -E2BIG beyond RECIPE_CELLS_MAX or PLAN_CELLS_MAX. */
int cells_expand(const Config *config, const Recipe *recipe, CellList *list, Err *err);

/* ---- render.c ---- */

/* What a cell's jobs are at most, whatever their seed: proves that the cell can be rendered,
 * without reading reference files. */
typedef struct CellProbe {
        Json *params;
        char *params_text;
        char *prompt;
        Strv references;     /* absolute paths */
        size_t prompt_bytes; /* of prompt and parameters */
} CellProbe;
void cell_probe_done(CellProbe *p);
/* Any negative code but -ENOMEM: this cell is invalid, err says why. */
int cell_probe(const Config *config, const PlanCell *cell, CellProbe *ret, Err *err);

/* ---- try_build.c ---- */

/* Any negative code but -ENOMEM: the driver cannot express such a job, err says why. */
int cell_try_build(const PlanCell *cell, const CellProbe *probe, Err *err) _must_check_;

/* The key of the cell that reference i, an asset, is of. Caller frees; NULL when memory ran out. */
char *cell_reference_key(const Config *config, const PlanCell *cell, size_t i);

/* ---- chain.c ---- */

/* Cells that wait for what is not to come tonight are CELL_WAITS afterwards. */
int plan_chains(Plan *plan, const Config *config, Library *lib, int64_t now_ms,
                Err *err) _must_check_;

/* ---- price.c ---- */

/* Sums that saturate: a price of absurd size can only refuse, never wrap around to a small one. */
Micros money_add(Micros a, Micros b);

/* ---- order.c ---- */

/* Assets one job of the cell makes: the variants of a text, else one. */
int64_t cell_job_yield(const PlanCell *cell);
/* Turns the short cells into jobs, in the order of execution. */
int plan_make_jobs(Plan *plan);

/* ---- budget.c ---- */

/* Marks the jobs that the caps will refuse, and adds up what the others cost. */
int plan_apply_budget(Plan *plan, const Config *config, Library *lib, const PlanOptions *options,
                      Err *err);
/* Wall time of the jobs that are not cut, 0 when some model's time is unknown. */
int plan_expect(Plan *plan, const Config *config);
