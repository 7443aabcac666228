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

static int take_over(Night *n, Config *config, Err *err) {
        int r;

        if (n->n_configs == CONFIGS_MAX)
                return err_set(err, -E2BIG, "more than %d reloads in one night", CONFIGS_MAX);
        r = cancel_waiting(n, err);
        if (r < 0)
                return r;
        n->plan = plan_free(n->plan); /* it borrows from the old configuration */
        n->configs[n->n_configs++] = config;
        n->config = config;
        return lanes_renew(n, err);
}

void night_reload(Night *n) {
        Config *config = NULL;
        Err err = {0};
        int r;

        if (!n->options->reload) {
                log_notice("this run does not reload");
                return;
        }
        (void) sd_notify(0, "RELOADING=1");
        r = n->options->reload(n->options->reload_userdata, &config, &err);
        if (r >= 0) {
                r = take_over(n, config, &err);
                if (r < 0 && n->config != config)
                        (void) config_free(config);
        }
        if (r >= 0 && n->stop == STOP_NOT)
                night_open_window(n);
        if (r >= 0)
                n->replan = true; /* by the pump, once nothing is in the way */
        if (r < 0)
                log_error("the configuration is not reloaded: %s", err_text(&err));
        else
                log_notice("recipes and settings were read again");
        (void) sd_notify(0, "READY=1");
        lanes_pump_soon(n);
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
        for (size_t i = 0; i < n->n_configs; i++)
                n->configs[i] = config_free(n->configs[i]);
        n->n_configs = 0;
}
