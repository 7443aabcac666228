/* SPDX-License-Identifier: MIT */

/*
 * The end of attempts, and the handles of operations: what became of each is decided (retry.c) and
 * written, all that falls into one turn of the loop in one transaction. Only after the commit are
 * spool files removed, and items freed or put back into their lane. While somebody else holds the
 * database, all wait (ledger_lock.c). When the transaction fails, each item is tried in one of its
 * own, so that one bad row stays one; when that fails too, nothing more is bought and that attempt
 * stays open: the next run goes on from its kept reply. What else is in flight is paid for, and
 * finishes.
 */

#include <math.h>
#include <stdio.h>

#include "base/log.h"
#include "base/parse.h"
#include "night/progress.h"
#include "night/state.h"

enum {
        SETTLE_EVERY_US = 20 * 1000,
};

typedef struct Ending {
        RetryDecision decision;
        Micros billed;
        Strv assets;
} Ending;

/* A commit costs much the same for one as for ten. So they keep a little apart while answers come
 * faster than that; nothing waits for one but money that it may free. */
void item_settle(Item *item) {
        Night *n = item->night;
        uint64_t now = clock_mono_us(n->clock);

        assert(item->result.outcome != OUTCOME_OPEN || item->result.handle);
        item->stage = ITEM_SETTLING;
        item->next = NULL;
        *n->settling_tail = item;
        n->settling_tail = &item->next;
        if (n->settle_us > now)
                n->world->timer(n->world, WORLD_TIMER_SETTLE, n->settle_us - now);
        else
                n->world->soon(n->world, WORLD_SOON_SETTLE);
}

/* A fraction of a second or credit is billed whole. */
static int64_t whole(double reported) {
        return reported >= 0 && reported < 1e9 ? (int64_t) ceil(reported) : -1;
}

/* What the attempt cost: unknown counts whole, a definite refusal nothing, and what was answered by
 * the provider's own usage figures. */
static Micros billed_for(const Item *item) {
        const ProviderResult *r = &item->result;
        PriceRequest request;
        PriceUsage usage = {
                .images = r->images,
                .seconds = whole(r->seconds),
                .input_tokens = r->input_tokens,
                .output_tokens = r->output_tokens,
                .image_tokens = r->image_tokens,
                .credits = whole(r->credits),
        };

        if (item->lane->driver->free || (!r->billed && r->outcome != OUTCOME_UNKNOWN))
                return 0;
        if (r->usd >= 0)
                return price_stated(r->usd, item->job.worst);
        if (r->outcome != OUTCOME_MADE && r->outcome != OUTCOME_BLOCKED)
                return item->job.worst;
        request = price_request(item->lane->driver->name, item->job.model, item->job.kind,
                                item->params, strlen(item->job.prompt), item->references.n,
                                item->job.want, clock_wall_ms(item->night->clock));
        return price_actual(item->night->config, &request, &usage, item->job.worst);
}

RetryInput item_retry_input(Item *item) {
        Night *n = item->night;
        int64_t base = n->options->backoff_base_ms;

        return (RetryInput){
                .result = &item->result,
                .attempts = item->job.attempts + 1,
                .throttles = 1,
                .unreached_ms = item->unreached_ms,
                .patience_ms = item->lane->config->timeout_ms,
                .free = item->lane->driver->free,
                .worst = item->job.worst,
                .retry_below = n->config->settings.retry_below,
                .random = clock_random(n->clock),
                .backoff_base_ms = base > 0 ? base : BACKOFF_BASE_MS,
        };
}

static RetryDecision decide(Item *item) {
        RetryInput in = item_retry_input(item);

        /* Refused for so long without one success: as good as a spent day quota. */
        if (item->quota && limiter_is_dry(&item->quota->limiter))
                in.throttles = THROTTLES_IN_A_ROW_MAX;
        return retry_decide(&in);
}

static void new_asset(const Item *item, size_t i, AlNewAsset *ret) {
        const Part *p = &item->parts[i];
        const char *text = item->result.items[i].text;

        *ret = (AlNewAsset){
                .digest = p->digest,
                .bytes = p->bytes,
                .media_type = text ? "text/plain" : p->info.media_type,
                .ext = text ? "txt" : p->info.ext,
                .width = p->info.width,
                .height = p->info.height,
                .duration_ms = p->info.duration_ms,
                .text = text,
                .variant = (int64_t) i,
                .look = text ? NULL : &p->info.look,
        };
}

static bool is_accepted(const Item *item) {
        return item->result.outcome == OUTCOME_OPEN;
}

static int write_handle(Item *item, Err *err) {
        int r = al_attempt_accepted(item->night->lib, item->attempt, item->result.handle,
                                    item->result.request_id, clock_wall_ms(item->night->clock),
                                    err);

        return r == AL_TAKEN ? err_set(err, -EPROTO, "attempt %lld was ended by somebody else",
                                       (long long) item->attempt)
                             : r;
}

static int write_end(Item *item, Ending *e, Err *err) {
        const ProviderResult *r = &item->result;
        _cleanup_(freep) AlNewAsset *assets = NULL;
        AlAttemptEnd end = {
                .outcome = r->outcome,
                .billed = e->billed,
                .http_status = item->http_status,
                .reason_code = r->code[0] ? r->code : NULL,
                .reason = r->reason[0] ? r->reason : NULL,
                .model_returned = r->model_returned,
                .request_id = r->request_id,
                .usage = r->usage,
                .counts = e->decision.counts,
                .lay = item->earlier,
                .next = e->decision.next,
        };
        int q;

        if (r->outcome == OUTCOME_MADE) {
                assets = calloc(item->n_parts, sizeof *assets);
                if (!assets)
                        return err_set(err, -ENOMEM, "out of memory");
                for (size_t i = 0; i < item->n_parts; i++)
                        new_asset(item, i, &assets[i]);
                end.assets = assets;
                end.n_assets = item->n_parts;
        }
        q = al_attempt_end(item->night->lib, item->attempt, &end, clock_wall_ms(item->night->clock),
                           &e->assets, err);
        return q == AL_TAKEN ? err_set(err, -EPROTO, "attempt %lld was ended by somebody else",
                                       (long long) item->attempt)
                             : q;
}

static void count(Night *n, const Item *item, const Ending *e) {
        switch (e->decision.next) {
        case JOB_DONE:
                n->made++;
                n->assets += (int64_t) item->n_parts;
                break;
        case JOB_BLOCKED:
                n->blocked++;
                break;
        case JOB_FAILED:
                n->failed++;
                break;
        case JOB_UNKNOWN:
                n->unknown++;
                break;
        case JOB_PLANNED:
        case JOB_SUBMITTING:
        case JOB_RUNNING:
        case JOB_CANCELLED:
        case _JOB_STATE_MAX:
        case _JOB_STATE_INVALID:
                break;
        }
}

/* The totals of a run are those of its own jobs: what it ended for another stands beside them. */
static void note_earlier(const Item *item, const Ending *e) {
        char money[MONEY_TEXT_MAX];
        _cleanup_(freep) char *text = NULL;

        if (!item->earlier)
                return;
        money_format(e->billed, money);
        text = str_printf("%s: sent by an earlier run, %s for %s%s%s", item->job.cell_key,
                          outcome_word(item->result.outcome), money,
                          item->result.reason[0] ? ": " : "", item->result.reason);
        journal_note(item->night, "earlier", item->job.recipe, text ? text : "out of memory");
}

/* The commit is durable: let the item go, or queue it for another try. */
static void after_commit(Item *item, Ending *e) {
        Night *n = item->night;
        Lane *lane = item->lane;
        uint64_t now = clock_mono_us(n->clock);

        if (is_accepted(item)) {
                item_remove_spool(item);
                operation_accepted(item);
                return;
        }
        item_free_slot(item);
        n->active--;
        count(n, item, e);
        if (item->result.outcome == OUTCOME_MADE)
                lane->token_refused = false;
        if (item->result.outcome == OUTCOME_MADE || item->result.outcome == OUTCOME_BLOCKED)
                lane_count_verdict(lane, item->result.outcome == OUTCOME_BLOCKED);
        journal_item(item, e->decision.next, e->billed, &e->assets);
        note_earlier(item, e);
        strv_done(&e->assets);
        item_remove_spool(item);
        if (e->decision.gate_ms > 0 && (!item->quota || item->unreached_ms > 0))
                lane->gate_us = MAX_OF(lane->gate_us, now + (uint64_t) e->decision.gate_ms * 1000);
        if (e->decision.stop_provider && item->unreached_ms > 0)
                lane_give_up(lane, item->result.reason);
        else if (e->decision.stop_provider)
                lane_stop(lane, item->result.outcome, item->result.reason);
        if (e->decision.next != JOB_PLANNED) {
                (void) item_free(item);
                return;
        }
        if (!e->decision.stop_provider)
                journal_retry(item, MAX_OF(e->decision.delay_ms, e->decision.gate_ms));
        if (e->decision.counts)
                item->job.attempts++;
        item->ready_us = now + (uint64_t) e->decision.delay_ms * 1000;
        item_forget_attempt(item);
        lane_push(lane, item);
}

static int settle_batch(Night *n, Item **items, Ending *endings, size_t k, Err *err) {
        int r = al_begin(n->lib, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < k && r >= 0; i++) {
                strv_done(&endings[i].assets);
                r = is_accepted(items[i]) ? write_handle(items[i], err)
                                          : write_end(items[i], &endings[i], err);
        }
        if (r < 0) {
                al_rollback(n->lib);
                return r;
        }
        return al_commit(n->lib, err);
}

/* Its attempt stays open, and its reply in the spool. */
static void leave_open(Item *item, Err *err) {
        Night *n = item->night;

        (void) err_prefix(err, err->code, "job '%s' could not be settled", item->job.uid);
        log_error("%s; %s", err_text(err),
                  item->have_reply ? "its answer is kept, the next run goes on from there"
                                   : "the next run sees to it");
        night_stop(n, STOP_STORAGE, "%s", err_text(err));
        n->active--;
        item_free_slot(item);
        (void) item_free(item);
}

/* They wait, in their order, before what is settled meanwhile. */
static void wait_for_other_writer(Night *n, Item **items, Ending *endings, size_t k,
                                  const Err *why) {
        for (size_t i = k; i-- > 0;) {
                strv_done(&endings[i].assets);
                if (!n->settling)
                        n->settling_tail = &items[i]->next;
                items[i]->next = n->settling;
                n->settling = items[i];
        }
        ledger_is_locked(n, why);
}

static void settle_singly(Night *n, Item **items, Ending *endings, size_t k) {
        for (size_t i = 0; i < k; i++) {
                Err err = {0};

                if (settle_batch(n, &items[i], &endings[i], 1, &err) >= 0) {
                        after_commit(items[i], &endings[i]);
                        continue;
                }
                if (err.code == -EBUSY) { /* it and the rest wait */
                        wait_for_other_writer(n, items + i, endings + i, k - i, &err);
                        return;
                }
                strv_done(&endings[i].assets);
                leave_open(items[i], &err);
        }
}

/* At most BATCH_MAX items that wait, taken out of the list. */
static size_t take_batch(Night *n, Item **items, Ending *endings) {
        size_t k = 0;

        while (n->settling && k < BATCH_MAX) {
                Item *item = n->settling;

                n->settling = item->next;
                items[k] = item;
                if (!is_accepted(item)) {
                        endings[k].decision = decide(item);
                        endings[k].billed = billed_for(item);
                }
                k++;
        }
        if (!n->settling)
                n->settling_tail = &n->settling;
        return k;
}

void settle_all(Night *n) {
        while (n->settling && !n->ledger_waits) {
                Item *items[BATCH_MAX];
                Ending endings[BATCH_MAX] = {0};
                Err err = {0};
                size_t k = take_batch(n, items, endings);
                int r = settle_batch(n, items, endings, k, &err);

                if (r == -EBUSY) {
                        wait_for_other_writer(n, items, endings, k, &err);
                        return;
                }
                ledger_written(n);
                if (r < 0)
                        settle_singly(n, items, endings, k);
                else
                        for (size_t i = 0; i < k; i++)
                                after_commit(items[i], &endings[i]);
        }
        n->settle_us = clock_mono_us(n->clock) + SETTLE_EVERY_US;
        progress_changed(n);
        lanes_money_freed(n);
}
