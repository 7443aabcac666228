/* SPDX-License-Identifier: MIT */

/* Short cells become jobs, and the jobs a queue. */

#include "plan/internal.h"

int64_t cell_job_yield(const PlanCell *cell) {
        assert(cell);
        return cell->recipe->kind == KIND_TEXT ? MAX_OF(cell->recipe->variants, 1) : 1;
}

static int64_t jobs_needed(const PlanCell *cell) {
        int64_t each = cell_job_yield(cell);

        return (cell->make + each - 1) / each;
}

/* The most jobs one cell may have so that all of them stay below PLAN_JOBS_MAX. */
static int64_t jobs_cap(const Plan *plan) {
        int64_t total = 0;

        for (size_t i = 0; i < plan->n_cells; i++)
                if (plan->cells[i].verdict == CELL_SHORT)
                        total += jobs_needed(&plan->cells[i]);
        if (total <= PLAN_JOBS_MAX)
                return INT64_MAX;
        return PLAN_JOBS_MAX / plan->cells_short;
}

static void add_jobs(Plan *plan, size_t index, int64_t cap) {
        PlanCell *cell = &plan->cells[index];
        int64_t each = cell_job_yield(cell);

        cell->jobs = MIN_OF(jobs_needed(cell), cap);
        for (int64_t k = 0; k < cell->jobs; k++)
                plan->jobs[plan->n_jobs++] = (PlanJob){
                        .cell = index,
                        .want = MIN_OF(each, cell->make - k * each),
                        .ordinal = k,
                };
}

/* How full the cell is when this job's turn comes, in assets. */
static int64_t filled(const PlanCell *cell, const PlanJob *job) {
        return cell->have + cell->pending + cell->owed + job->ordinal * cell_job_yield(cell);
}

/* a / b against c / d, in whole numbers. */
static int compare_fractions(int64_t a, int64_t b, int64_t c, int64_t d) {
        __int128 left = (__int128) a * d, right = (__int128) c * b;

        return left < right ? -1 : left > right;
}

/* Cells stand in recipe and key order, so their index is the last criterion. */
static int compare_jobs(const void *pa, const void *pb, void *userdata) {
        const PlanJob *a = pa, *b = pb;
        const PlanCell *cells = userdata, *x = &cells[a->cell], *y = &cells[b->cell];
        int r;

        if (x->recipe->rank != y->recipe->rank)
                return x->recipe->rank > y->recipe->rank ? -1 : 1;
        r = compare_fractions(filled(x, a), x->target, filled(y, b), y->target);
        if (r != 0)
                return r;
        if (x->recipe->level != y->recipe->level)
                return x->recipe->level < y->recipe->level ? -1 : 1;
        if (x->expected_ms != y->expected_ms)
                return x->expected_ms > y->expected_ms ? -1 : 1;
        if (a->cell != b->cell)
                return a->cell < b->cell ? -1 : 1;
        return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

int plan_make_jobs(Plan *plan) {
        int64_t cap, total = 0;

        assert(plan);
        assert(!plan->jobs);
        if (plan->cells_short == 0)
                return 0;
        cap = jobs_cap(plan);
        for (size_t i = 0; i < plan->n_cells; i++)
                if (plan->cells[i].verdict == CELL_SHORT)
                        total += MIN_OF(jobs_needed(&plan->cells[i]), cap);
        plan->jobs = calloc((size_t) total, sizeof(PlanJob));
        if (!plan->jobs)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_cells; i++)
                if (plan->cells[i].verdict == CELL_SHORT)
                        add_jobs(plan, i, cap);
        qsort_r(plan->jobs, plan->n_jobs, sizeof(PlanJob), compare_jobs, plan->cells);
        return 0;
}
