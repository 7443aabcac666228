/* SPDX-License-Identifier: MIT */

/*
 * What keeps a provider from being asked: for the night, when nothing good would come of it, or for
 * a while, when nobody is reached there.
 */

#include <stdio.h>

#include "base/log.h"
#include "night/events.h"
#include "night/state.h"

enum {
        BREAKER_WINDOW = 20, /* answers looked back on */
        BREAKER_MIN = 10,    /* of them, before half refused trips the breaker */
        MISSES_MIN = 3,      /* in a row, before it is the provider and not the call */
};

/* A provider whose safety rules refuse most of what is sent may close the account: it is given a
 * rest before that. */
void lane_count_verdict(Lane *lane, bool blocked) {
        char why[120];
        unsigned refused;

        lane->verdicts = (lane->verdicts << 1 | blocked) & ((1u << BREAKER_WINDOW) - 1);
        lane->n_verdicts = MIN_OF(lane->n_verdicts + 1, (unsigned) BREAKER_WINDOW);
        refused = (unsigned) __builtin_popcount(lane->verdicts);
        if (lane->n_verdicts < BREAKER_MIN || 2 * refused < lane->n_verdicts)
                return;
        (void) snprintf(why, sizeof why,
                        "its safety rules refused %u of the last %u answers; look at the prompts",
                        refused, lane->n_verdicts);
        lane_stop(lane, OUTCOME_BLOCKED, why);
}

void lane_stop(Lane *lane, Outcome cause, const char *reason) {
        Night *n = lane->night;
        LogField fields[] = {{"PREGEN_PROVIDER", lane->config->name}};

        if (lane->stopped)
                return;
        lane->stopped = true;
        (void) snprintf(lane->stop_reason, sizeof lane->stop_reason, "%s: %s", outcome_word(cause),
                        reason);
        log_event(LOG_ERR, EVENT_PROVIDER_STOPPED, fields, ARRAY_LEN(fields),
                  "provider '%s' is stopped for this night: %s", lane->config->name,
                  lane->stop_reason);
        journal_note(n, "provider", lane->config->name, lane->stop_reason);
}

/* ---- out of reach ---- */

int64_t lane_missed(Lane *lane, const char *why) {
        uint64_t now = clock_mono_us(lane->night->clock);

        if (lane->misses == 0)
                lane->missed_us = now;
        if (lane->misses < MISSES_MIN)
                lane->misses++;
        if (lane->misses < MISSES_MIN)
                return 0;
        if (!lane->unreached) {
                lane->unreached = true;
                log_warning(
                        "provider '%s': %s; it is tried with one call at a time, for %d minutes",
                        lane->config->name, why, UNREACHED_MAX_MS / 60000);
        }
        return MAX_OF((int64_t) ((now - lane->missed_us) / 1000), INT64_C(1));
}

void lane_reached(Lane *lane) {
        if (lane->unreached)
                log_notice("provider '%s' is reached again", lane->config->name);
        lane->unreached = false;
        lane->misses = 0;
}

void lane_give_up(Lane *lane, const char *why) {
        char text[RESULT_REASON_MAX + 60];

        (void) snprintf(text, sizeof text, "for %d minutes nobody was reached there: %s",
                        UNREACHED_MAX_MS / 60000, why);
        lane_stop(lane, OUTCOME_TRANSIENT, text);
}
