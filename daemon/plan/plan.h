/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a night would do: cells x shortfall x price, in the order it would do it. Built from a
 * Config and a snapshot of the library (read-only); spends nothing, writes nothing. `pregend plan`
 * prints it, `pregend run` turns its lines into jobs.
 *
 * Order: recipe priority (higher first; a recipe whose assets others take as references has theirs,
 * if it is higher); then how empty the cell is by the time this job is its
 * turn: (ready + pending + owed + what its earlier jobs make) divided by target, the emptiest
 * first; then what others refer to before what refers to it; then the longest expected first; then
 * recipe and cell key. So equally empty cells get
 * their first job each before any its second, and a budget that cuts the night short cuts the
 * fullest. A cell that is short of k gets k jobs (text: ceil(k / variants)).
 */

#include "core/library.h"
#include "recipe/config.h"

typedef enum CellVerdict {
        CELL_ENOUGH,      /* nothing to make */
        CELL_SHORT,       /* jobs are planned */
        CELL_NO_PRICE,    /* no price: refused */
        CELL_NOT_DUE,     /* the recipe's schedule does not include this night */
        CELL_INVALID,     /* template or parameter cannot be rendered for this cell */
        CELL_QUARANTINED, /* blocked before with this very recipe */
        CELL_WAITS,       /* for an asset of another recipe that is not there and not to come */
        _CELL_VERDICT_MAX,
} CellVerdict;
const char *cell_verdict_word(CellVerdict v);

typedef struct PlanCell {
        const Recipe *recipe;
        const ProviderConfig *provider;
        const char *brand, *hook, *category; /* borrowed from axes */
        AlAxis *axes;
        size_t n_axes;
        char *key; /* al_cell_key() */
        CellVerdict verdict;
        char *note; /* why not, or NULL */
        int64_t have, pending, owed, target,
                make;        /* make: assets still to make (after budget cut: see cut) */
        int64_t jobs;        /* paid calls planned */
        int64_t cut;         /* of them, how many the budget will refuse */
        Micros worst_each;   /* worst case of one job */
        int64_t expected_ms; /* of one job, 0 = unknown */
} PlanCell;

/* Worst case of all jobs of the cell, cut ones included. */
Micros plan_cell_worst(const PlanCell *cell);

enum {
        PLAN_CELLS_MAX = 200 * 1000,
        /* Beyond it every cell makes a little less in this run; what is missing comes next time. */
        PLAN_JOBS_MAX = 1000 * 1000,
};

typedef struct PlanJob {
        size_t cell;     /* index in cells */
        int64_t want;    /* assets */
        int64_t ordinal; /* n-th job of its cell, from 0 */
        bool cut;        /* does not fit the budget any more */
} PlanJob;

typedef struct Plan {
        PlanCell *cells; /* in recipe and key order */
        size_t n_cells;
        PlanJob *jobs; /* in the order of execution */
        size_t n_jobs;
        int64_t cells_short, cells_refused;
        Micros worst;        /* of all jobs that are not cut */
        Micros worst_uncut;  /* of all jobs */
        Micros budget_left;  /* what this run may still spend (least of all caps), -1 = no cap */
        int64_t expected_ms; /* wall time at the declared concurrency, 0 = unknown */
        int64_t prices_as_of_ms; /* oldest price used */
} Plan;

typedef struct PlanOptions {
        const Strv *recipes; /* only these, whatever their schedule says; NULL or empty = all */
        Micros max_cost;     /* --max-cost; -1 = none */
        int64_t now_ms;
} PlanOptions;

/* lib may be NULL: a library that does not exist yet is an empty shelf. -ENOENT with the nearest
 * name when options name an unknown recipe. */
int plan_build(const Config *config, Library *lib, const PlanOptions *options, Plan **ret,
               Err *err) _must_check_;
Plan *plan_free(Plan *plan);
DEFINE_CLEANUP(Plan, plan_free);

/* Everything one job needs, rendered for its cell: prompt, params as JSON text, references, tags.
 * Owned by the caller. */
typedef struct RenderedJob {
        char *prompt;
        char *params;     /* JSON object, keys sorted, then defaults; types as the table says */
        char *references; /* JSON array of {"path","sha256"}, and {"recipe","cell"} for assets */
        char *tags;       /* JSON object: further axes and recipe tags */
        Strv reference_paths; /* absolute; of files alone */
} RenderedJob;
void rendered_job_done(RenderedJob *r);
int job_render(const Config *config, const PlanCell *cell, uint64_t seed, RenderedJob *ret,
               Err *err) _must_check_;

/* What this very job may cost at worst, by its rendered parameters; 0 for a driver that is free. At
 * most cell->worst_each unless a list variable picks a dearer parameter. -ENOENT: no price. */
int job_price(const Config *config, const PlanCell *cell, const RenderedJob *job, int64_t want,
              int64_t now_ms, Micros *ret, Err *err) _must_check_;

/* ---- prices (plan/price.c) ---- */

typedef struct PriceRequest {
        const char *driver, *model;
        AssetKind kind;
        const Json *params;  /* rendered */
        size_t prompt_bytes; /* worst case of input tokens: one a byte, plus references */
        size_t n_references;
        int64_t images, seconds;   /* what is asked for */
        int64_t max_output_tokens; /* the request's own cap; 0 = the driver's default cap */
        int64_t now_ms;
} PriceRequest;
/* The worst case of one call. -ENOENT: no price matches (the sentence says what to add to
 * prices.yaml). *ret_as_of may be NULL. */
int price_worst(const Config *config, const PriceRequest *request, Micros *ret,
                int64_t *ret_as_of_ms, Err *err) _must_check_;

/* Fills a request from what a job is: counts, seconds and the output cap are read off `params`,
 * which stays borrowed. */
PriceRequest price_request(const char *driver, const char *model, AssetKind kind,
                           const Json *params, size_t prompt_bytes, size_t n_references,
                           int64_t want, int64_t now_ms);

typedef struct PriceUsage { /* as the provider reported it; -1 = not reported */
        int64_t images, seconds, input_tokens, output_tokens, image_tokens, credits;
} PriceUsage;
/* What the call cost by the same entries. Falls back to `worst` for units the provider did not
 * report, and for a usage beyond belief, which would spend the month's budget in the ledger; never
 * above worst by rounding alone. */
Micros price_actual(const Config *config, const PriceRequest *request, const PriceUsage *usage,
                    Micros worst);
/* What the provider itself says that the call cost, in dollars; `worst` when that is beyond belief.
 */
Micros price_stated(double usd, Micros worst);
