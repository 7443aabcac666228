/* SPDX-License-Identifier: MIT */

/*
 * The unpaid calls before the paid one: uploads of references, mostly. They hold a slot of the
 * lane, and no attempt: nothing is reserved, nothing can be lost. What they bring stays in memory;
 * after the last one the item goes back to the head of its lane and leaves like any other.
 */

#include <stdio.h>

#include "base/log.h"
#include "night/events.h"
#include "night/state.h"

/* Out of the slot and, unless it has ended, back to its lane. */
static void back_to_lane(Item *item, int64_t delay_ms) {
        Lane *lane = item->lane;

        item_free_slot(item);
        item->night->active--;
        item->ready_us = clock_mono_us(item->night->clock) + (uint64_t) delay_ms * 1000;
        lane_unshift(lane, item);
        lanes_pump_soon(item->night);
}

static void give_up(Item *item) {
        Night *n = item->night;
        Err err = {0};

        item_free_slot(item);
        n->active--;
        n->failed++;
        journal_job(n, LOG_ERR, EVENT_FAILED, &item->job, item->result.reason);
        if (al_job_move(n->lib, item->job.id, JOB_PLANNED, JOB_FAILED, item->result.reason,
                        clock_wall_ms(n->clock), &err) < 0 &&
            err.code != -EBUSY) /* it is planned still, and never sent: the next run cancels it */
                night_stop(n, STOP_STORAGE, "%s", err_text(&err));
        (void) item_free(item);
        lanes_pump_soon(n);
}

/* By the same policy as a paid call, as one that is free: it may be made again. */
static void failed(Item *item) {
        RetryInput in = item_retry_input(item);
        RetryDecision d;

        in.free = true;
        d = retry_decide(&in);
        if (d.gate_ms > 0 && item->unreached_ms > 0)
                item->lane->gate_us =
                        MAX_OF(item->lane->gate_us,
                               clock_mono_us(item->night->clock) + (uint64_t) d.gate_ms * 1000);
        if (d.stop_provider && item->unreached_ms > 0)
                lane_give_up(item->lane, item->result.reason);
        else if (d.stop_provider)
                lane_stop(item->lane, item->result.outcome, item->result.reason);
        if (d.next != JOB_PLANNED) {
                give_up(item);
                return;
        }
        if (d.counts)
                item->job.attempts++;
        item->prepared = json_free(item->prepared);
        item->prepares = 0;
        item_reset_attempt(item);
        back_to_lane(item, MAX_OF(d.delay_ms, d.gate_ms));
}

static void on_prepared(const HttpResult *result, void *userdata);

/* 1 under way, 0 nothing more, -errno. */
static int next_call(Item *item, Err *err) {
        ProviderJob job = item_provider_job(item);
        ProviderCall call = {0};
        int r;

        r = item->lane->driver->build_prepare(&job, &call, err);
        if (r > 0 && item->prepares++ >= PROVIDER_PREPARE_MAX)
                r = err_set(err, -EINVAL, "more than %d calls before the paid one",
                            PROVIDER_PREPARE_MAX);
        if (r > 0) {
                int q = item_send(item, &call.http, NO_PART, on_prepared, err);

                r = q < 0 ? q : 1;
        }
        provider_call_done(&call);
        return r;
}

static void on_prepared(const HttpResult *result, void *userdata) {
        Item *item = userdata;
        ProviderJob job = item_provider_job(item);
        Err err = {0};
        int r = 1;

        item_reach(item, result);
        if (result->end == HTTP_END_REPLY)
                r = item->lane->driver->parse_prepare(&job, &result->reply, item->prepared,
                                                      &item->result, &err);
        else
                provider_result_set(&item->result, OUTCOME_TRANSIENT, true, false, "PREPARE", "%s",
                                    err_text(&result->err));
        item_drop_task(item);
        if (r == 0)
                r = next_call(item, &err);
        else if (r > 0) {
                failed(item);
                return;
        } else
                (void) err_set(&err, -ENOMEM, "out of memory");
        if (r < 0) {
                provider_result_set(&item->result, OUTCOME_REJECTED, false, false, "PREPARE", "%s",
                                    err_text(&err));
                give_up(item);
        } else if (r == 0) {
                item->is_prepared = true;
                back_to_lane(item, 0);
        }
}

int item_prepare(Item *item, Err *err) {
        int r;

        if (!item->references_fit) {
                r = references_fit(item, err);
                if (r < 0)
                        return r;
                item->references_fit = true;
        }
        if (!item->lane->driver->build_prepare || item->is_prepared)
                return 0;
        if (!item->prepared)
                item->prepared = json_new_object();
        if (!item->prepared)
                return err_set(err, -ENOMEM, "out of memory");
        r = next_call(item, err);
        if (r == 0)
                item->is_prepared = true;
        if (r > 0) {
                item->stage = ITEM_PREPARING;
                item_take_slot(item);
                item->night->active++;
        }
        return r;
}
