/* SPDX-License-Identifier: MIT */

/*
 * The run itself: sets the parts up, takes it through its phases, and ends it.
 *
 *      open -> RECOVER (the loop runs until what was kept is settled) -> sweep
 *           -> operations are taken up -> plan -> jobs -> WORK (the loop) -> close the books
 *
 * Outside of its window, or told to stop early, a run leaves out the plan: it recovers, and sees to
 * what is in flight.
 */

#include "night/night.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "night/events.h"
#include "night/progress.h"
#include "night/state.h"
#include "night/window.h"

/* ---- stopping ---- */

bool night_leaving(const Night *n) {
        return n->stop == STOP_TERM || n->stop == STOP_INTERRUPT || n->stop == STOP_STORAGE;
}

void night_stop(Night *n, StopCause cause, const char *format, ...) {
        va_list ap;

        if (n->stop != STOP_NOT && (n->stop != STOP_WINDOW || cause == STOP_WINDOW))
                return;
        n->stop = cause;
        va_start(ap, format);
        (void) vsnprintf(n->stop_text, sizeof n->stop_text, format, ap);
        va_end(ap);
        if (cause == STOP_STORAGE) {
                journal_event(n, LOG_ERR, EVENT_STORAGE, "nothing more is bought tonight: %s",
                              n->stop_text);
                journal_note(n, "storage", al_dir(n->lib), n->stop_text);
        } else
                log_notice("%s; %" PRId64 " calls in flight are finished, nothing new is sent",
                           n->stop_text, n->active);
        lanes_pump_soon(n);
}

static bool anything_may_leave(const Night *n) {
        if (n->recovering || n->stop != STOP_NOT)
                return false;
        if (n->chains_dirty)
                return true;
        for (size_t i = 0; i < n->n_lanes; i++)
                if (lane_has_hope(&n->lanes[i]))
                        return true;
        return false;
}

void night_check_over(Night *n) {
        /* Operations taken up while kept replies are read go on in the loop after this one. */
        int64_t awaited = n->recovering && !night_leaving(n) ? n->operations : 0;

        if (n->active == awaited && !(n->replan && !n->recovering) && !n->reloaded &&
            !anything_may_leave(n))
                n->over = true;
}

static void stop_by_signal(Night *n, int signo) {
        if (n->stop == STOP_TERM || n->stop == STOP_INTERRUPT) {
                log_warning("%" PRId64 " calls are left in flight; the next run sees to them",
                            n->active);
                n->over = n->abandoned = true;
                return;
        }
        (void) sd_notify(0, "STOPPING=1");
        n->stop = STOP_NOT; /* a signal outranks a window or a full disk */
        if (signo == SIGINT)
                night_stop(n, STOP_INTERRUPT, "interrupted; once more to leave at once");
        else
                night_stop(n, STOP_TERM, "asked to stop");
        n->world->timer(n->world, WORLD_TIMER_WINDOW, UINT64_MAX);
        n->world->timer(n->world, WORLD_TIMER_GRACE, STOP_GRACE_MS * 1000ULL);
}

/* ---- what the world calls ---- */

static void on_signal(int signo, void *userdata) {
        Night *n = userdata;

        if (signo == SIGHUP && !n->options->live)
                night_reload(n);
        else /* of a terminal that closes, a hang-up is an end */
                stop_by_signal(n, signo);
}

static void on_soon(WorldSoon which, void *userdata) {
        switch (which) {
        case WORLD_SOON_SETTLE:
                settle_all(userdata);
                return;
        case WORLD_SOON_PUMP:
                lanes_pump(userdata);
                return;
        case _WORLD_SOON_MAX:
                break;
        }
        assert_not_reached();
}

static void on_timer(WorldTimer which, void *userdata) {
        Night *n = userdata;

        switch (which) {
        case WORLD_TIMER_PUMP:
                lanes_pump(n);
                return;
        case WORLD_TIMER_LATER:
                later_due(n);
                return;
        case WORLD_TIMER_SETTLE:
                settle_all(n);
                return;
        case WORLD_TIMER_LEDGER:
                ledger_try_again(n);
                return;
        case WORLD_TIMER_WINDOW:
                night_stop(n, STOP_WINDOW, "the window is over");
                n->world->timer(n->world, WORLD_TIMER_GRACE, n->patience_us);
                return;
        case WORLD_TIMER_GRACE:
                log_warning("%" PRId64 " calls did not finish in time; the next run sees to them",
                            n->active);
                n->over = n->abandoned = true;
                return;
        case WORLD_TIMER_PROGRESS:
                progress_due(n);
                return;
        case _WORLD_TIMER_MAX:
                break;
        }
        assert_not_reached();
}

static void on_stored(StoreTask *task, void *userdata) {
        (void) userdata;
        item_stored(task);
}

static const WorldHandler handler = {
        .soon = on_soon,
        .timer = on_timer,
        .signal = on_signal,
        .stored = on_stored,
};

/* ---- setting up ---- */

/* The window is measured once, on the monotonic clock: a wall clock that is set meanwhile neither
 * ends the night nor prolongs it. */
void night_open_window(Night *n) {
        const Settings *s = &n->config->settings;
        int64_t now = clock_wall_ms(n->clock), left;

        n->window_us = 0;
        n->world->timer(n->world, WORLD_TIMER_WINDOW, UINT64_MAX);
        if (n->options->until_minutes >= 0) /* a person's word outranks the settings */
                left = window_next(now, n->options->until_minutes) - now;
        else
                left = window_left_ms(now, s->from_minutes, s->until_minutes);
        if (left == INT64_MAX)
                return;
        n->window_us = clock_mono_us(n->clock) + (uint64_t) left * 1000;
        n->patience_us = (uint64_t) s->grace_ms * 1000;
        if (left > 0) {
                n->world->timer(n->world, WORLD_TIMER_WINDOW, (uint64_t) left * 1000);
                return;
        }
        n->closed_at_start = true;
        night_stop(n, STOP_WINDOW,
                   "outside of the window, which ends at %02d:%02d; see "
                   "`pregend run --until`",
                   s->until_minutes / 60, s->until_minutes % 60);
}

static int open_parts(Night *n, Err *err) {
        int r;

        n->world->handler = &handler;
        n->world->userdata = n;
        r = reply_log_open(al_dir_fd(n->lib), &n->replies, err);
        if (r >= 0)
                r = lanes_open(n, err);
        if (r >= 0)
                r = progress_new(n, n->options->live, &n->progress, err);
        if (r >= 0)
                night_open_window(n);
        return r;
}

static void close_parts(Night *n) {
        n->progress = progress_free(n->progress);
        n->media_check = n->world->task_free(n->world, n->media_check);
        lanes_drain(n);
        while (n->items) /* in flight when the night was left early: their attempts stay open for
                            the next run */
                (void) item_free(n->items);
        lanes_close(n);
        n->replies = reply_log_close(n->replies);
        n->plan = plan_free(n->plan);
        night_free_configs(n);
        for (int i = 0; i < _WORLD_TIMER_MAX; i++)
                n->world->timer(n->world, (WorldTimer) i, UINT64_MAX);
}

/* ---- phases ---- */

/* Turns the world until night_check_over() or a failure says so. */
static int loop(Night *n, Err *err) {
        int r = 0;

        n->over = n->abandoned;
        ledger_enter_loop(n);
        lanes_pump_soon(n);
        while (!n->over && r >= 0)
                r = n->world->turn(n->world, err);
        ledger_leave_loop(n);
        return r;
}

static void note_left_out(Night *n) {
        for (size_t i = 0; i < n->config->left_out.n; i++) {
                const char *file = n->config->left_out.items[i];

                journal_event(n, LOG_ERR, EVENT_RECIPE_LEFT_OUT,
                              "'%s' is left out of this night: it has errors; see `pregend check`",
                              file);
                journal_note(n, "recipe", file, "left out: it has errors; see `pregend check`");
        }
}

int night_plan(Night *n, Err *err) {
        PlanOptions options = {
                .recipes = n->options->recipes,
                .max_cost = n->options->max_cost,
                .now_ms = clock_wall_ms(n->clock),
        };
        int r;

        n->plan = plan_free(n->plan);
        r = plan_build(n->config, n->lib, &options, &n->plan, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < n->plan->n_cells; i++) {
                const PlanCell *cell = &n->plan->cells[i];

                if (cell->verdict != CELL_NO_PRICE && cell->verdict != CELL_INVALID &&
                    cell->verdict != CELL_QUARANTINED && cell->verdict != CELL_WAITS)
                        continue;
                log_warning("%s: %s: %s: %s", cell->recipe->name, cell->key,
                            cell_verdict_word(cell->verdict), cell->note ? cell->note : "");
                journal_note(n, "cell", cell->key,
                             cell->note ? cell->note : cell_verdict_word(cell->verdict));
        }
        if (n->stop != STOP_NOT) /* only what is short is told */
                return 0;
        if (n->plan->n_jobs > 0 && !n->media_checked) /* it loads while the jobs are written */
                r = media_check_start(n, err);
        return r < 0 ? r : night_make_jobs(n, err);
}

/* Until it is known whether the media worker works. */
static int check_media(Night *n, Err *err) {
        int r = 0;

        if (night_leaving(n))
                return 0;
        n->recovering = true;
        if (!n->media_checked)
                r = media_check_start(n, err);
        if (r >= 0 && n->media_check)
                r = loop(n, err);
        n->recovering = false;
        return r;
}

/* Left early, or without a worker to look at what was kept: all of it is the next run's. */
static int recover(Night *n, Err *err) {
        int r = 0;

        if (night_any_job(n, JOB_SUBMITTING) || night_any_job(n, JOB_RUNNING))
                r = check_media(n, err);
        if (r < 0 || night_leaving(n))
                return r;
        n->recovering = true;
        r = night_recover(n, err);
        if (r >= 0 && n->active > 0)
                r = loop(n, err);
        n->recovering = false;
        if (r >= 0)
                r = night_tidy(n, err);
        return r;
}

static int work(Night *n, Err *err) {
        int r = 0;

        if (!night_leaving(n))
                r = night_resume_operations(n, err);
        if (r >= 0 && !night_leaving(n))
                r = night_plan(n, err);
        if (r < 0)
                return r;
        if (n->closed_at_start &&
            !night_leaving(n)) /* what is taken up gets as long as it does at the end of a window */
                n->world->timer(n->world, WORLD_TIMER_GRACE, n->patience_us);
        journal_run_started(n);
        if (n->queued + n->held > 0)
                r = check_media(n, err);
        progress_changed(n);
        return r < 0 ? r : loop(n, err);
}

static int night_phases(Night *n, NightSummary *ret, Err *err) {
        const Caps *caps = &n->config->settings.caps;
        Micros most = n->options->max_cost, budget = caps->per_run;
        int r;

        if (most >= 0)
                budget = budget >= 0 ? MIN_OF(budget, most) : most;
        n->begun_us = clock_mono_us(n->clock);
        r = al_run_begin(n->lib, clock_wall_ms(n->clock), budget, &n->run, err);
        if (r >= 0) {
                ret->run = n->run;
                (void) sd_notify(0, "READY=1");
                r = open_parts(n, err);
        }
        if (r >= 0) {
                note_left_out(n);
                r = recover(n, err);
        }
        if (r >= 0)
                r = work(n, err);
        return r < 0 ? r : night_close_books(n, ret, err);
}

int night_run(const NightOptions *options, NightSummary *ret, Err *err) {
        Night *n;
        int r;

        assert(options && options->config && options->lib && options->world);
        assert(ret);
        n = calloc(1, sizeof *n);
        if (!n)
                return err_set(err, -ENOMEM, "out of memory");
        n->options = options;
        n->config = options->config;
        n->lib = options->lib;
        n->world = options->world;
        n->clock = n->world->clock;
        n->settling_tail = &n->settling;
        r = night_phases(n, ret, err);
        close_parts(n);
        free(n);
        return r;
}
