/* SPDX-License-Identifier: MIT */

/*
 * The end of a night: what was not sent is cancelled with its reason, the cells still short are
 * counted, the run gets its result and exit code, and the write-ahead log is folded into the
 * database, so that the morning's queries are quick.
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/exitcode.h"
#include "base/log.h"
#include "night/state.h"

static int mark(const AlJob *job, void *userdata) {
        (void) job;
        *(bool *) userdata = true;
        return 0;
}

/* `run` 0: of any. */
static bool any_job(Night *n, int64_t run, JobState state) {
        AlJobFilter filter = {.run = run, .state = job_state_word(state), .limit = 1};
        bool any = false;

        return al_jobs(n->lib, &filter, mark, &any, NULL) >= 0 && any;
}

bool night_any_job(Night *n, JobState state) {
        return any_job(n, 0, state);
}

static int cancel_queued(Night *n, Err *err) {
        int r = al_begin(n->lib, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n->n_lanes && r >= 0; i++) {
                Lane *lane = &n->lanes[i];
                const char *why = lane->stopped ? lane->stop_reason : n->stop_text;

                for (Item *item = lane->head; item && r >= 0; item = item->next)
                        r = al_job_move(n->lib, item->job.id, JOB_PLANNED, JOB_CANCELLED, why,
                                        clock_wall_ms(n->clock), err);
        }
        if (r >= 0)
                r = chains_cancel(n, n->stop == STOP_NOT ? NULL : n->stop_text, err);
        if (r < 0) {
                al_rollback(n->lib);
                return r;
        }
        return al_commit(n->lib, err);
}

static int64_t count_short(Night *n) {
        int64_t cells = 0;

        for (size_t i = 0; n->plan && i < n->plan->n_cells; i++) {
                const PlanCell *cell = &n->plan->cells[i];
                AlCellStock stock = {0};

                if (cell->verdict == CELL_NOT_DUE)
                        continue;
                if (al_cell_stock(n->lib, cell->recipe->name, cell->key, clock_wall_ms(n->clock),
                                  &stock, NULL) < 0 ||
                    stock.ready + stock.pending < cell->target)
                        cells++;
        }
        return cells;
}

/* Whether a job of this run is left that nobody is there to send: all that waited are cancelled. */
static bool any_stranded(Night *n) {
        return any_job(n, n->run, JOB_PLANNED);
}

static int exit_code(Night *n) {
        bool provider = false;

        for (size_t i = 0; i < n->n_lanes; i++)
                provider = provider || n->lanes[i].stopped;
        if (n->stop == STOP_STORAGE)
                return EXIT_CODE_ERROR;
        if (n->stop == STOP_INTERRUPT)
                return EXIT_CODE_INTERRUPTED;
        if (n->stop == STOP_TERM)
                return EXIT_CODE_OK;
        if (night_any_job(n, JOB_UNKNOWN)) /* of any night: waits for a person */
                return EXIT_CODE_UNKNOWN;
        if (provider)
                return EXIT_CODE_PROVIDER;
        if (n->budget_cut > 0)
                return EXIT_CODE_BUDGET;
        if (n->closed_at_start && n->plan && n->plan->n_jobs > 0)
                return EXIT_CODE_PARTIAL;
        if (n->left + n->operations > 0 || n->failed + n->blocked > 0 || n->queued > 0 ||
            n->config->n_left_out > 0 || any_stranded(n) || (n->plan && n->plan->cells_refused > 0))
                return EXIT_CODE_PARTIAL;
        return EXIT_CODE_OK;
}

typedef struct AlikeNotes {
        Strv recipes, texts;
} AlikeNotes;

static void alike_notes_done(AlikeNotes *a) {
        strv_done(&a->recipes);
        strv_done(&a->texts);
}

static int collect_alike(const char *recipe, int64_t made, int64_t alike, int64_t same,
                         void *userdata) {
        AlikeNotes *notes = userdata;
        char text[256];
        int r = strv_add(&notes->recipes, recipe);

        (void) snprintf(text, sizeof text,
                        "%" PRId64 " of %" PRId64 " new assets are all but the same as what their "
                        "cells had (%" PRId64
                        " the very same bytes) and do not count as stock: the "
                        "next run buys again; vary the prompt, or see 'assetlib dupes'",
                        alike, made, same);
        return r < 0 ? r : strv_add(&notes->texts, text);
}

/* A provider that gives the same picture again is paid for it every night: somebody should know. */
static void note_alike(Night *n) {
        _cleanup_(alike_notes_done) AlikeNotes notes = {0};
        Err err = {0};

        if (al_run_alike(n->lib, n->run, collect_alike, &notes, &err) < 0)
                log_warning("cannot look for near-duplicates: %s", err_text(&err));
        for (size_t i = 0; i < notes.texts.n; i++) {
                log_warning("recipe '%s': %s", notes.recipes.items[i], notes.texts.items[i]);
                journal_note(n, "recipe", notes.recipes.items[i], notes.texts.items[i]);
        }
}

int night_close_books(Night *n, NightSummary *ret, Err *err) {
        static const char *const results[] = {
                [STOP_NOT] = "done",    [STOP_TERM] = "stopped",    [STOP_INTERRUPT] = "stopped",
                [STOP_WINDOW] = "done", [STOP_STORAGE] = "stopped",
        };
        int r;

        r = cancel_queued(n, err);
        if (r < 0)
                return r;
        quotas_save(n);
        note_alike(n);
        ret->exit_code = exit_code(n);
        r = al_run_end(n->lib, n->run, clock_wall_ms(n->clock), results[n->stop], ret->exit_code,
                       count_short(n), err);
        if (r >= 0)
                journal_run_ended(n, ret->exit_code);
        return r < 0 ? r : al_checkpoint(n->lib, err);
}
