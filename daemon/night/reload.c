/* SPDX-License-Identifier: MIT */

/*
 * SIGHUP: recipes and settings are read again. What has left goes on by the configuration it left
 * with, so every Config lives until the night ends; what has not left is cancelled and planned
 * anew. A configuration with mistakes in its settings changes nothing.
 */

#include <inttypes.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "night/state.h"

/* "the job is planned anew" in the ledger, for everything that waits in a lane. */
static int cancel_waiting(Night *n, Err *err) {
        int r = al_begin(n->lib, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n->n_lanes && r >= 0; i++)
                for (Item *item = n->lanes[i].head; item && r >= 0; item = item->next)
                        r = al_job_move(n->lib, item->job.id, JOB_PLANNED, JOB_CANCELLED,
                                        AL_REPLANNED, clock_wall_ms(n->clock), err);
        if (r >= 0)
                r = chains_cancel(n, AL_REPLANNED, err);
        if (r < 0) {
                al_rollback(n->lib);
                return r;
        }
        r = al_commit(n->lib, err);
        if (r >= 0) {
                n->jobs -= n->queued + n->held;
                lanes_drain(n);
        }
        return r;
}

static int take_over(Night *n, Err *err) {
        int r;

        if (n->n_configs == CONFIGS_MAX)
                return err_set(err, -E2BIG, "more than %d reloads in one night", CONFIGS_MAX);
        r = cancel_waiting(n, err);
        if (r < 0)
                return r;
        n->plan = plan_free(n->plan); /* it borrows from the old configuration */
        n->config = n->configs[n->n_configs++] = TAKE_PTR(n->reloaded);
        return lanes_renew(n, err);
}

/* A window that is over stays over: what it left out is cancelled, and its patience has begun. */
static void renew_window(Night *n) {
        if (n->stop == STOP_NOT)
                night_open_window(n);
        else if (n->stop == STOP_WINDOW) {
                log_notice("the window of this run is over and stays so; `pregend run` begins "
                           "another one by the new settings");
                return;
        }
        if (n->stop == STOP_WINDOW && !n->recovering) /* after recovery it is armed anyway */
                n->world->timer(n->world, WORLD_TIMER_GRACE, n->patience_us);
}

void night_take_over(Night *n) {
        Err err = {0};
        int r;

        if (night_leaving(n)) {
                n->reloaded = config_free(n->reloaded);
                return;
        }
        r = take_over(n, &err);
        if (r == -EBUSY) {
                ledger_is_locked(n, &err);
                return;
        }
        n->reloaded = config_free(n->reloaded); /* if it was not taken over */
        if (r < 0)
                log_error("the configuration is not reloaded: %s", err_text(&err));
        else {
                renew_window(n);
                n->replan = true; /* by the pump, once nothing is in the way */
                log_notice("recipes and settings were read again");
        }
        (void) sd_notify(0, "READY=1");
        lanes_pump_soon(n);
}

/* Read at once, and taken over as soon as the ledger is free. */
void night_reload(Night *n) {
        Config *config = NULL;
        Err err = {0};

        if (!n->options->reload) {
                log_notice("this run does not reload");
                return;
        }
        (void) sd_notify(0, "RELOADING=1");
        if (n->options->reload(n->options->reload_userdata, &config, &err) < 0) {
                log_error("the configuration is not reloaded: %s", err_text(&err));
                (void) sd_notify(0, "READY=1");
                return;
        }
        (void) config_free(n->reloaded);
        n->reloaded = config;
        if (!n->ledger_waits)
                night_take_over(n);
}

/* While another program holds the ledger it is tried again. */
void night_replan(Night *n) {
        Err err = {0};
        int r;

        if (night_leaving(n)) {
                n->replan = false;
                return;
        }
        r = night_plan(n, &err);
        if (r == -EBUSY) {
                ledger_is_locked(n, &err);
                return;
        }
        n->replan = false;
        if (r < 0)
                night_stop(n, STOP_STORAGE, "nothing could be planned: %s", err_text(&err));
        else
                log_notice("planned anew: %" PRId64 " jobs wait", n->queued);
}

void night_free_configs(Night *n) {
        n->reloaded = config_free(n->reloaded);
        for (size_t i = 0; i < n->n_configs; i++)
                n->configs[i] = config_free(n->configs[i]);
        n->n_configs = 0;
}
