/* SPDX-License-Identifier: MIT */

/* From the plan to rows: every cell made known to the library, every planned call a job, and each job
 * an item, all in one transaction; then the items go to their providers' lanes. */

#include <inttypes.h>

#include "base/log.h"
#include "night/events.h"
#include "night/state.h"

static int sync_cells(Night *n, int64_t *ids, Err *err) {
        int64_t now = clock_wall_ms(n->clock);
        /* assetlib reads no settings: it keeps to what a run left. */
        int r = al_keeping_set(n->lib, &n->config->settings.keeping, err);

        if (r >= 0)
                r = al_placements_set(n->lib, n->config->placements, n->config->n_placements, err);
        for (size_t i = 0; i < n->plan->n_cells && r >= 0; i++) {
                const PlanCell *cell = &n->plan->cells[i];
                AlCellSpec spec = {
                        .recipe = cell->recipe->name,
                        .brand = cell->brand,
                        .hook = cell->hook,
                        .category = cell->category,
                        .axes = cell->axes,
                        .n_axes = cell->n_axes,
                        .kind = cell->recipe->kind,
                        .target = cell->recipe->target,
                        .max_age_ms = cell->recipe->max_age_ms,
                };

                r = al_cell_sync(n->lib, &spec, now, &ids[i], err);
        }
        /* Only a night that saw every recipe may say which cells are gone. */
        if (r >= 0 && (!n->options->recipes || n->options->recipes->n == 0) &&
            n->config->n_left_out == 0)
                r = al_cells_retire_unsynced(n->lib, now, err);
        return r;
}

/* The engine hands max_chars on to the driver with the parameters: both are part of what was asked
 * for. */
static char *job_params(const Recipe *recipe, const RenderedJob *rendered, Err *err) {
        _cleanup_(json_freep) Json *params = NULL;

        if (json_parse(rendered->params, strlen(rendered->params), &params, err) < 0)
                return NULL;
        if (recipe->kind == KIND_TEXT && recipe->max_chars > 0 &&
            json_add_int(params, "max_chars", recipe->max_chars) < 0)
                return NULL;
        return json_print(params);
}

static int plan_job(Night *n, const PlanJob *planned, int64_t cell_id, int64_t *ret_job, Err *err) {
        const PlanCell *cell = &n->plan->cells[planned->cell];
        int64_t seed = (int64_t) (clock_random(n->clock) & INT32_MAX);
        int64_t now = clock_wall_ms(n->clock);
        RenderedJob rendered = {0};
        _cleanup_(freep) char *params = NULL;
        char hash[DIGEST_HEX_MAX];
        AlJobSpec spec;
        Micros worst;
        int r;

        r = job_render(n->config, cell, (uint64_t) seed, &rendered, err);
        if (r >= 0)
                r = job_price(n->config, cell, &rendered, planned->want, now, &worst, err);
        if (r >= 0 && !(params = job_params(cell->recipe, &rendered, err)))
                r = -ENOMEM;
        if (r < 0) {
                rendered_job_done(&rendered);
                return r;
        }
        digest_hex(&cell->recipe->hash, hash);
        spec = (AlJobSpec){
                .run = n->run,
                .cell = cell_id,
                .kind = cell->recipe->kind,
                .provider = cell->provider->name,
                .driver = cell->provider->driver,
                .model = cell->recipe->model,
                .recipe = cell->recipe->name,
                .recipe_hash = hash,
                .brand = cell->brand,
                .hook = cell->hook,
                .category = cell->category,
                .prompt = rendered.prompt,
                .params = params,
                .references = rendered.references,
                .tags = rendered.tags,
                .want = planned->want,
                .seed = seed,
                .max_age_ms = cell->recipe->max_age_ms,
                .review_manual = cell->recipe->review_manual,
                .worst = worst,
                .priority = cell->recipe->priority,
        };
        r = al_job_plan(n->lib, &spec, now, ret_job, err);
        rendered_job_done(&rendered);
        return r;
}

/* A job that cannot be rendered or priced (a list variable may pick a value the plan did not see)
 * is left out by itself. */
static void leave_out(Night *n, const PlanJob *planned, const Err *why) {
        const PlanCell *cell = &n->plan->cells[planned->cell];
        LogField fields[] = {{"PREGEN_RECIPE", cell->recipe->name},
                             {"PREGEN_BRAND", cell->brand},
                             {"PREGEN_HOOK", cell->hook},
                             {"PREGEN_CATEGORY", cell->category}};

        n->failed++;
        log_event(LOG_ERR, EVENT_FAILED, fields, ARRAY_LEN(fields),
                  "failed %s: %s: %s; nothing was sent", cell->recipe->name, cell->key,
                  err_text(why));
        journal_note(n, "recipe", cell->recipe->name, err_text(why));
}

static int plan_all(Night *n, const int64_t *cell_ids, int64_t *jobs, Err *err) {
        for (size_t i = 0; i < n->plan->n_jobs; i++) {
                const PlanJob *planned = &n->plan->jobs[i];
                Err why = {0};
                int r;

                jobs[i] = 0;
                r = plan_job(n, planned, cell_ids[planned->cell], &jobs[i], &why);
                if (r == -EINVAL || r == -ENOENT || r == -E2BIG || r == -ERANGE)
                        leave_out(n, planned, &why);
                else if (r < 0)
                        return err_set(err, r, "%s", err_text(&why));
        }
        return 0;
}

/* By past nights, else by the provider's documents. */
static int64_t expected_ms(const PlanCell *cell) {
        const Driver *driver = driver_find(cell->provider->driver);

        return cell->expected_ms > 0 ? cell->expected_ms
                                     : (driver->usual_min_ms + driver->usual_max_ms) / 2;
}

/* Items that are in no lane yet, linked by next. */
static void drop_items(Item **items) {
        while (*items) {
                Item *item = *items;

                *items = item->next;
                (void) item_free(item);
        }
}

/* Reads each job again: within the transaction, so that the log is locked and looked at once. */
static int make_items(Night *n, const int64_t *jobs, Item **ret_items, Err *err) {
        Item **tail = ret_items;

        for (size_t i = 0; i < n->plan->n_jobs; i++) {
                const PlanCell *cell = &n->plan->cells[n->plan->jobs[i].cell];
                Lane *lane;

                if (jobs[i] == 0)
                        continue;
                lane = lane_find(n, cell->provider->name);
                assert(lane);
                *tail = item_new(lane, jobs[i], err);
                if (!*tail)
                        return err && err->code ? err->code : -ENOMEM;
                (*tail)->expected_ms = expected_ms(cell);
                tail = &(*tail)->next;
        }
        return 0;
}

static int queue_items(Night *n, Item **items, Err *err) {
        while (*items) {
                Item *item = *items, *next = item->next;

                if (item->missing == 0)
                        lane_push(item->lane, item);
                else if (chain_hold(item) < 0)
                        return err_set(err, -ENOMEM, "out of memory");
                n->jobs++;
                *items = next;
        }
        chains_count(n);
        return 0;
}

/* One transaction: while another program writes, there may be no second one soon. */
static int write_jobs(Night *n, int64_t *cells, int64_t *jobs, Item **ret_items, Err *err) {
        int r = al_begin(n->lib, err);

        if (r < 0)
                return r;
        r = sync_cells(n, cells, err);
        if (r >= 0)
                r = plan_all(n, cells, jobs, err);
        if (r >= 0)
                r = make_items(n, jobs, ret_items, err);
        if (r >= 0)
                return al_commit(n->lib, err);
        al_rollback(n->lib);
        return r;
}

int night_make_jobs(Night *n, Err *err) {
        _cleanup_(freep) int64_t *cells = calloc(n->plan->n_cells + 1, sizeof *cells);
        _cleanup_(freep) int64_t *jobs = calloc(n->plan->n_jobs + 1, sizeof *jobs);
        _cleanup_(drop_items) Item *items = NULL;
        int r;

        if (!cells || !jobs)
                return err_set(err, -ENOMEM, "out of memory");
        r = write_jobs(n, cells, jobs, &items, err);
        return r < 0 ? r : queue_items(n, &items, err);
}
