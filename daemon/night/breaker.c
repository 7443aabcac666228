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
        MISSES_APART_US = 180 * 1000 * 1000, /* and no longer between two; a gate is shorter */
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

/* Rather than a refusal of our own to send. */
static bool nobody_there(const HttpResult *result) {
        return result->end == HTTP_END_NOT_SENT &&
               (result->err.code == -EHOSTUNREACH || result->err.code == -ETIMEDOUT);
}

/* For how long it is so by now, in ms; 0: it may be the call's fault yet. Misses far apart, as after
 * a pause in which nothing could be sent, say nothing together. */
static int64_t missed(Lane *lane, const char *why) {
        uint64_t now = clock_mono_us(lane->night->clock);
        char patience[TIME_TEXT_MAX];

        if (lane->misses > 0 && now - lane->last_missed_us > MISSES_APART_US) {
                lane->misses = 0;
                lane->unreached = false;
        }
        if (lane->misses == 0)
                lane->missed_us = now;
        lane->last_missed_us = now;
        if (lane->misses < MISSES_MIN)
                lane->misses++;
        if (lane->misses < MISSES_MIN)
                return 0;
        if (!lane->unreached) {
                lane->unreached = true;
                duration_format(lane->config->timeout_ms, patience);
                log_warning("provider '%s': %s; it is tried with one call at a time, for %s",
                            lane->config->name, why, patience);
        }
        return MAX_OF((int64_t) ((now - lane->missed_us) / 1000), INT64_C(1));
}

static void reached(Lane *lane) {
        if (lane->unreached)
                log_notice("provider '%s' is reached again", lane->config->name);
        lane->unreached = false;
        lane->misses = 0;
}

void item_probe_begin(Item *item) {
        item->probe = item->lane->probing = item->lane->unreached;
}

void item_probe_end(Item *item) {
        if (!item->probe)
                return;
        item->probe = item->lane->probing = false;
        lanes_pump_soon(item->night);
}

void item_reach(Item *item, const HttpResult *result) {
        if (nobody_there(result))
                item->unreached_ms = missed(item->lane, err_text(&result->err));
        else if (result->end != HTTP_END_NOT_SENT) {
                reached(item->lane);
                item_probe_end(item);
        }
}

void lane_give_up(Lane *lane, const char *why) {
        char patience[TIME_TEXT_MAX], text[RESULT_REASON_MAX + 80];

        duration_format(lane->config->timeout_ms, patience);
        (void) snprintf(text, sizeof text, "for %s nobody was reached there: %s", patience, why);
        lane_stop(lane, OUTCOME_TRANSIENT, text);
}
