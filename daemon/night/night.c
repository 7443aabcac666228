/* SPDX-License-Identifier: MIT */

/*
 * The run itself: sets the parts up, takes it through its phases, and ends it.
 *
 *      open -> RECOVER (the loop runs until what was kept is settled) -> sweep -> plan -> jobs
 *           -> WORK (the loop) -> close the books
 */

#include "night/night.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "base/log.h"
#include "base/parse.h"
#include "night/events.h"
#include "night/progress.h"
#include "night/state.h"

/* ---- stopping ---- */

void night_stop(Night *n, StopCause cause, const char *format, ...) {
        va_list ap;

        if (n->stop != STOP_NOT)
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
        for (size_t i = 0; i < n->n_lanes; i++)
                if (!n->lanes[i].stopped && n->lanes[i].queued > 0)
                        return true;
        return false;
}

void night_check_over(Night *n) {
        if (n->active == 0 && !anything_may_leave(n))
                n->over = true;
}

static int on_grace_over(sd_event_source *source, uint64_t usec, void *userdata) {
        Night *n = userdata;

        (void) source;
        (void) usec;
        log_warning("%" PRId64 " calls did not finish in time; the next run sees to them",
                    n->active);
        n->over = true;
        return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        Night *n = userdata;

        (void) source;
        if (n->stop == STOP_TERM || n->stop == STOP_INTERRUPT) {
                log_warning("%" PRId64 " calls are left in flight; the next run sees to them",
                            n->active);
                n->over = true;
                return 0;
        }
        (void) sd_notify(0, "STOPPING=1");
        n->stop = STOP_NOT; /* a signal outranks a window or a full disk */
        if (si->ssi_signo == SIGINT)
                night_stop(n, STOP_INTERRUPT, "interrupted; once more to leave at once");
        else
                night_stop(n, STOP_TERM, "asked to stop");
        (void) sd_event_source_set_time_relative(n->grace_timer, STOP_GRACE_MS * 1000ULL);
        (void) sd_event_source_set_enabled(n->grace_timer, SD_EVENT_ONESHOT);
        return 0;
}

static int on_window(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) source;
        (void) usec;
        night_stop(userdata, STOP_WINDOW, "the window is over");
        return 0;
}

static int on_pump_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        (void) usec;
        return lanes_pump(source, userdata);
}

/* ---- setting up ---- */

int64_t next_time_of_day(int64_t now_ms, int minutes) {
        time_t now = (time_t) (now_ms / 1000);
        struct tm tm;

        (void) localtime_r(&now, &tm);
        tm.tm_hour = minutes / 60;
        tm.tm_min = minutes % 60;
        tm.tm_sec = 0;
        tm.tm_isdst = -1;
        if (mktime(&tm) <= now) {
                (void) localtime_r(&now, &tm);
                tm.tm_mday++;
                tm.tm_hour = minutes / 60;
                tm.tm_min = minutes % 60;
                tm.tm_sec = 0;
                tm.tm_isdst = -1;
        }
        return (int64_t) mktime(&tm) * 1000;
}

static int add_timers(Night *n) {
        int minutes = n->options->until_minutes >= 0 ? n->options->until_minutes
                                                     : n->config->settings.until_minutes;
        int64_t until;
        int r;

        r = sd_event_add_time_relative(n->event, &n->pump_timer, CLOCK_BOOTTIME, 0, 0,
                                       on_pump_timer, n);
        if (r >= 0)
                r = sd_event_source_set_enabled(n->pump_timer, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time_relative(n->event, &n->grace_timer, CLOCK_BOOTTIME, 0, 0,
                                               on_grace_over, n);
        if (r >= 0)
                r = sd_event_source_set_enabled(n->grace_timer, SD_EVENT_OFF);
        if (r < 0 || minutes < 0)
                return r;
        until = next_time_of_day(clock_wall_ms(n->clock), minutes);
        return sd_event_add_time(n->event, &n->window_timer, CLOCK_REALTIME,
                                 (uint64_t) until * 1000, 0, on_window, n);
}

static int add_sources(Night *n) {
        sigset_t set;
        int r;

        (void) sigemptyset(&set);
        (void) sigaddset(&set, SIGTERM);
        (void) sigaddset(&set, SIGINT);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        r = sd_event_add_signal(n->event, NULL, SIGTERM, on_signal, n);
        if (r >= 0)
                r = sd_event_add_signal(n->event, NULL, SIGINT, on_signal, n);
        if (r >= 0)
                r = sd_event_add_defer(n->event, &n->settle_source, settle_all, n);
        if (r >= 0)
                r = sd_event_source_set_enabled(n->settle_source, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(n->event, &n->pump_source, lanes_pump, n);
        /* What falls together in one turn of the loop shares a commit: both run after everything
         * else of the turn. */
        if (r >= 0)
                r = sd_event_source_set_priority(n->settle_source, SD_EVENT_PRIORITY_IDLE);
        if (r >= 0)
                r = sd_event_source_set_priority(n->pump_source, SD_EVENT_PRIORITY_IDLE + 1);
        if (r >= 0)
                r = sd_event_source_set_enabled(n->pump_source, SD_EVENT_OFF);
        return r >= 0 ? add_timers(n) : r;
}

static int open_parts(Night *n, Err *err) {
        int r;

        r = sd_event_new(&n->event);
        if (r >= 0)
                r = add_sources(n);
        if (r < 0)
                return err_errno(err, r, "cannot set the event loop up");
        (void) sd_event_set_watchdog(n->event, true); /* 0 when the unit asks for none */
        r = http_new(n->event, &n->http, err);
        if (r >= 0)
                r = media_pool_new(n->event, media_program(), MEDIA_WORKERS, &n->media, err);
        if (r >= 0)
                r = storer_new(n->event, al_dir_fd(n->lib), storer_done, n, &n->storer, err);
        if (r >= 0)
                r = lanes_open(n, err);
        if (r >= 0)
                r = progress_new(n, n->options->live, &n->progress, err);
        return r;
}

static void close_parts(Night *n) {
        n->progress = progress_free(n->progress);
        n->storer = storer_free(n->storer);
        n->media_check = media_task_free(n->media_check);
        lanes_drain(n);
        while (n->items) /* in flight when the night was left early: their attempts stay open for
                            the next run */
                (void) item_free(n->items);
        lanes_close(n);
        n->http = http_free(n->http);
        n->media = media_pool_free(n->media);
        n->plan = plan_free(n->plan);
        sd_event_source_disable_unref(n->settle_source);
        sd_event_source_disable_unref(n->pump_source);
        sd_event_source_disable_unref(n->pump_timer);
        sd_event_source_disable_unref(n->grace_timer);
        sd_event_source_disable_unref(n->window_timer);
        n->event = sd_event_unref(n->event);
}

/* ---- phases ---- */

/* Turns the loop until night_check_over() or a failure says so. Not sd_event_loop(): its end is
 * final, and a night turns the loop twice. */
static int loop(Night *n, Err *err) {
        n->over = false;
        lanes_pump_soon(n);
        while (!n->over) {
                int r = sd_event_run(n->event, UINT64_MAX);

                if (r < 0)
                        return err_errno(err, r, "the event loop failed");
        }
        return 0;
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

static int make_plan(Night *n, Err *err) {
        PlanOptions options = {
                .recipes = n->options->recipes,
                .max_cost = n->options->max_cost,
                .now_ms = clock_wall_ms(n->clock),
        };
        int r = plan_build(n->config, n->lib, &options, &n->plan, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n->plan->n_cells; i++) {
                const PlanCell *cell = &n->plan->cells[i];

                if (cell->verdict != CELL_NO_PRICE && cell->verdict != CELL_INVALID &&
                    cell->verdict != CELL_QUARANTINED)
                        continue;
                log_warning("%s: %s: %s: %s", cell->recipe->name, cell->key,
                            cell_verdict_word(cell->verdict), cell->note ? cell->note : "");
                journal_note(n, "cell", cell->key,
                             cell->note ? cell->note : cell_verdict_word(cell->verdict));
        }
        return night_make_jobs(n, err);
}

static int check_media(Night *n, Err *err) {
        int r;

        if (n->media_checked || n->stop != STOP_NOT)
                return 0;
        n->recovering = true;
        r = media_check_start(n, err);
        if (r >= 0 && n->active > 0)
                r = loop(n, err);
        n->recovering = false;
        return r;
}

/* Left early, or without a worker to look at what was kept: all of it is the next run's. */
static int recover(Night *n, Err *err) {
        int r = 0;

        if (night_any_job(n, JOB_SUBMITTING))
                r = check_media(n, err);
        if (r < 0 || n->stop != STOP_NOT)
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

        journal_run_started(n);
        if (n->queued > 0)
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
        if (r >= 0 && n->stop == STOP_NOT)
                r = make_plan(n, err);
        if (r >= 0 && n->plan)
                r = work(n, err);
        return r < 0 ? r : night_close_books(n, ret, err);
}

int night_run(const NightOptions *options, NightSummary *ret, Err *err) {
        Night *n;
        int r;

        assert(options);
        assert(ret);
        n = calloc(1, sizeof *n);
        if (!n)
                return err_set(err, -ENOMEM, "out of memory");
        n->options = options;
        n->config = options->config;
        n->lib = options->lib;
        n->clock = options->clock;
        n->settling_tail = &n->settling;
        r = night_phases(n, ret, err);
        close_parts(n);
        free(n);
        return r;
}
