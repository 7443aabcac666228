/* SPDX-License-Identifier: MIT */

/*
 * Access tokens of a lane whose credential is the key of a service account (net/google_token.h).
 * One is fetched when something wants to leave and there is none that lives long enough; meanwhile
 * the lane waits. A refusal stops the lane like a refused key; trouble on the way is tried again.
 */

#include "base/log.h"
#include "night/state.h"

enum {
        TOKEN_RETRY_MS = 5000,
        TOKEN_FAILURES_MAX = 60, /* in a row */
        TOKEN_TIMEOUT_MS = 30 * 1000,
};

static void failed(Lane *lane, Outcome outcome, int64_t retry_after_ms, const char *why) {
        if (outcome == OUTCOME_CREDENTIALS || outcome == OUTCOME_REJECTED ||
            outcome == OUTCOME_BROKEN) {
                lane_stop(lane, OUTCOME_CREDENTIALS, why);
                return;
        }
        if (++lane->token_failures >= TOKEN_FAILURES_MAX) {
                lane_stop(lane, OUTCOME_TRANSIENT, why);
                return;
        }
        log_notice("no access token for '%s' yet: %s", lane->config->name, why);
        lane->token_gate_us = clock_mono_us(lane->night->clock) +
                              (uint64_t) MAX_OF(retry_after_ms, (int64_t) TOKEN_RETRY_MS) * 1000;
}

static void on_token(const HttpResult *result, void *userdata) {
        Lane *lane = userdata;
        Night *n = lane->night;
        ProviderResult why;
        Err err = {0};
        int r;

        provider_result_init(&why);
        if (result->end != HTTP_END_REPLY)
                failed(lane, OUTCOME_TRANSIENT, -1, err_text(&result->err));
        else {
                r = google_auth_parse(lane->google, &result->reply, clock_wall_ms(n->clock), &why,
                                      &err);
                if (r < 0)
                        failed(lane, OUTCOME_TRANSIENT, -1, "out of memory");
                else if (r > 0)
                        failed(lane, why.outcome, why.retry_after_ms, why.reason);
                else
                        lane->token_failures = 0;
        }
        provider_result_done(&why);
        lane->token_task = n->world->task_free(n->world, lane->token_task);
        n->active--;
        lanes_pump_soon(n);
}

static void fetch(Lane *lane) {
        Night *n = lane->night;
        HttpOptions options = {.timeout_ms = TOKEN_TIMEOUT_MS,
                               .spool_dir_fd = al_dir_fd(n->lib),
                               .spool_stem = "spool/token"};
        ProviderCall call = {0};
        Err err = {0};
        int r = google_auth_build(lane->google, clock_wall_ms(n->clock), &call, &err);

        options.origin = call.http.url;
        if (r >= 0)
                r = n->world->send(n->world, &call.http, &options, on_token, lane,
                                   &lane->token_task, &err);
        provider_call_done(&call);
        if (r < 0)
                failed(lane, OUTCOME_TRANSIENT, -1, err_text(&err));
        else
                n->active++;
}

bool lane_token_ready(Lane *lane) {
        Night *n = lane->night;

        if (!lane->google || google_auth_token(lane->google, clock_wall_ms(n->clock)))
                return true;
        if (!lane->token_task && !night_leaving(n) &&
            clock_mono_us(n->clock) >= lane->token_gate_us)
                fetch(lane);
        return false;
}

const Secret *lane_secret(const Lane *lane, CallAuth auth) {
        if (auth == AUTH_GOOGLE && lane->google)
                return google_auth_token(lane->google, clock_wall_ms(lane->night->clock));
        return lane->secret;
}

bool lane_token_refused(Lane *lane) {
        bool once = lane->google && !lane->token_refused;

        if (lane->google)
                google_auth_drop(lane->google);
        lane->token_refused = true;
        return once;
}

void lane_token_close(Lane *lane) {
        if (lane->token_task)
                lane->token_task =
                        lane->night->world->task_free(lane->night->world, lane->token_task);
        lane->google = google_auth_free(lane->google);
}
