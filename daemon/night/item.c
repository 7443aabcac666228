/* SPDX-License-Identifier: MIT */

/*
 * One item from the queue to a result: build the call, send it, read what came.
 *
 *      item_build -> (intent durable: intent.c) -> item_start -> call
 *                                                                 |
 *             on_http, on_drawn, run.c, or ready at once <--------'
 *                                 |
 *      made: verify.c <- item_apply_reply, or item_fail -> settle.c (-> operation.c)
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/log.h"
#include "night/state.h"

Item *item_new(Lane *lane, int64_t job, Err *err) {
        _cleanup_(item_freep) Item *item = calloc(1, sizeof *item);
        int r;

        assert(lane);
        if (!item) {
                (void) err_set(err, -ENOMEM, "out of memory");
                return NULL;
        }
        item->night = lane->night;
        item->lane = lane;
        item->all_next = lane->night->items;
        item->all_link = &lane->night->items;
        if (item->all_next)
                item->all_next->all_link = &item->all_next;
        lane->night->items = item;
        provider_result_init(&item->result);
        r = al_job_get(lane->night->lib, job, &item->job, err);
        if (r == AL_NOT_FOUND)
                (void) err_set(err, -ENOENT, "job %" PRId64 " is not in the library", job);
        if (r != AL_OK)
                return NULL;
        if (json_parse(item->job.params, strlen(item->job.params), &item->params, err) < 0 ||
            references_read(item, err) < 0)
                return NULL;
        (void) json_int(item->params, "max_chars", &item->max_chars);
        item->quota = quota_of(lane, item->job.model);
        return TAKE_PTR(item);
}

void item_drop_task(Item *item) {
        item->task = item->night->world->task_free(item->night->world, item->task);
}

void item_reset_attempt(Item *item) {
        assert(item);
        item_drop_task(item);
        provider_call_done(&item->call);
        item->call = (ProviderCall){0};
        provider_result_done(&item->result);
        provider_result_init(&item->result);
        for (size_t i = 0; i < item->n_parts; i++)
                free(item->parts[i].spool);
        free(item->parts);
        item->parts = NULL;
        item->n_parts = item->part = item->n_payloads = 0;
        item->http_status = 0;
        item->unreached_ms = 0;
        item->resumed = false;
        item->probes = item->fetches = 0;
}

void item_forget_attempt(Item *item) {
        assert(item);
        item_reset_attempt(item);
        if (item->handle)
                item->night->operations--;
        item->handle = (free(item->handle), NULL);
        item->accepted_us = item->trouble_us = item->denied_us = 0;
        item->polls = item->troubles = item->denials = 0;
        item->have_reply = item->asked_again = item->earlier = false;
        item->cancelling = item->cancel_next = false;
        item->attempt = 0;
}

Item *item_free(Item *item) {
        if (!item)
                return NULL;
        *item->all_link = item->all_next;
        if (item->all_next)
                item->all_next->all_link = item->all_link;
        later_forget(item);
        chain_leave(item);
        item_forget_attempt(item);
        al_job_done(&item->job);
        (void) json_free(item->params);
        (void) json_free(item->prepared);
        (void) json_free(item->reference_list);
        strv_done(&item->references);
        free(item);
        return NULL;
}

ProviderJob item_provider_job(const Item *item) {
        return (ProviderJob){
                .kind = item->job.kind,
                .model = item->job.model,
                .prompt = item->job.prompt,
                .params = item->params,
                .references = &item->references,
                .want = item->job.want,
                .max_chars = item->max_chars,
                .seed = item->job.seed,
                .base_url = item->lane->config->base_url,
                .prepared = item->prepared,
                .spec = &item->lane->config->spec,
        };
}

int item_build(Item *item, Err *err) {
        ProviderJob job;

        assert(item);
        job = item_provider_job(item);
        return item->lane->driver->build(&job, &item->call, err);
}

int item_send(Item *item, HttpCall *call, int part, WorldHttpFn done, Err *err) {
        _cleanup_(freep) char *stem =
                part == NO_PART ? str_printf("spool/%" PRId64, item->attempt)
                                : str_printf("spool/%" PRId64 ".f%d", item->attempt, part);
        HttpOptions options = {
                .origin = item->lane->config->base_url,
                .credential = lane_secret(item->lane, call->auth),
                .timeout_ms = item->lane->config->timeout_ms,
                .spool_dir_fd = al_dir_fd(item->night->lib),
                .spool_stem = stem,
        };

        if (!stem)
                return err_set(err, -ENOMEM, "out of memory");
        if (call->auth == AUTH_GOOGLE && !lane_token_ready(item->lane))
                return err_set(err, -EAGAIN, "an access token is being fetched");
        item_drop_task(item);
        return item->night->world->send(item->night->world, call, &options, done, item, &item->task,
                                        err);
}

void item_fail(Item *item, Outcome outcome, bool retryable, bool billed, const char *code,
               const char *format, ...) {
        char text[RESULT_REASON_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        provider_result_set(&item->result, outcome, retryable, billed, code, "%s", text);
        item_settle(item);
}

static bool is_part(const Item *item, size_t payload) {
        for (size_t i = 0; i < item->n_parts; i++)
                if (item->parts[i].spool && !item->result.items[i].url &&
                    item->result.items[i].payload == (int) payload)
                        return true;
        return false;
}

void item_remove_spool(Item *item) {
        int dir_fd = al_dir_fd(item->night->lib);
        bool made = item->result.outcome == OUTCOME_MADE; /* its parts are objects by now */

        reply_drop(item->night->replies, item->attempt);
        for (size_t i = 0; i < item->n_parts && !made; i++)
                if (item->parts[i].spool)
                        (void) unlinkat(dir_fd, item->parts[i].spool, 0);
        for (size_t k = 0; k < MAX_OF(item->n_payloads, (size_t) 1); k++)
                if (!made || !is_part(item, k))
                        spool_remove(dir_fd, item->attempt, k);
}

void item_apply_reply(Item *item, const ProviderReply *reply) {
        ProviderJob job = item_provider_job(item);
        Err err = {0};

        item->http_status = reply->status;
        item->n_payloads = reply->n_payloads;
        if (reply->n_payloads > 0) /* a zero-length copy from NULL is no copy */
                memcpy(item->payloads, reply->payloads,
                       reply->n_payloads * sizeof *reply->payloads);
        if (item->lane->driver->parse(&job, reply, &item->result, &err) < 0) {
                quota_failed(item);
                item_fail(item, OUTCOME_BROKEN, false, true, "MEMORY",
                          "the reply could not be read: %s", err_text(&err));
                return;
        }
        if (!item->result.request_id && reply->request_id)
                item->result.request_id = strdup(reply->request_id);
        quota_answered(item, reply);
        if (item->result.outcome == OUTCOME_CREDENTIALS && lane_token_refused(item->lane)) {
                item->result.outcome = OUTCOME_TRANSIENT;
                item->result.retryable = true;
        }
        if (item->result.outcome == OUTCOME_OPEN && !item->result.handle)
                item_fail(item, OUTCOME_BROKEN, false, true, "HANDLE",
                          "the provider took the job without saying how to ask for it");
        else if (item->result.outcome == OUTCOME_MADE)
                item_take_result(item);
        else
                item_settle(item);
}

void item_leave(Item *item, const char *why) {
        Night *n = item->night;
        bool free = item->lane->driver->free;

        if (!item->have_reply && !item->handle) {
                item_fail(item, free ? OUTCOME_TRANSIENT : OUTCOME_BROKEN, free, !free, "LEFT",
                          "the answer could not be kept: %s", why);
                return;
        }
        journal_job(n, LOG_NOTICE, NULL, &item->job,
                    item->handle ? "it stays at its provider, and the next run asks for it"
                                 : "its answer is kept, and the next run goes on from there");
        log_debug("job %s is left: %s", item->job.uid, why);
        item_free_slot(item);
        n->active--;
        n->left++;
        (void) item_free(item);
        lanes_money_freed(n);
}

void item_park(Item *item, const Err *err) {
        Err why = *err; /* it may belong to the task that ends here */

        night_stop(item->night, STOP_STORAGE, "%s", err_text(&why));
        item_leave(item, err_text(&why));
}

static void on_http(const HttpResult *result, void *userdata) {
        Item *item = userdata;
        bool paid = !item->lane->driver->free;
        Err err = {0};

        if (result->end != HTTP_END_REPLY)
                quota_failed(item);
        item_reach(item, result);
        switch (result->end) {
        case HTTP_END_REPLY:
                if (result->reply.status / 100 == 2)
                        item->have_reply = reply_save(item->night->replies, item->attempt,
                                                      &result->reply, &err) >= 0;
                item_apply_reply(item, &result->reply);
                break;
        case HTTP_END_NOT_SENT:
                item_fail(item, OUTCOME_TRANSIENT, true, false, "NOT_SENT", "%s",
                          err_text(&result->err));
                break;
        case HTTP_END_LOST:
                item_fail(item, paid ? OUTCOME_UNKNOWN : OUTCOME_TRANSIENT, true, paid, "LOST",
                          "%s", err_text(&result->err));
                break;
        case HTTP_END_UNUSABLE: /* beyond a limit of ours the next answer would be no better, and
                                   cost as much */
                item_fail(item, OUTCOME_BROKEN,
                          result->err.code != -E2BIG && result->err.code != -EFBIG, paid,
                          "UNUSABLE", "%s", err_text(&result->err));
                break;
        case HTTP_END_STORAGE:
                item_park(item, &result->err);
                break;
        }
}

static void start_http(Item *item) {
        Err err = {0};
        bool lasting;
        int r;

        r = item_send(item, &item->call.http, NO_PART, on_http, &err);
        if (r >= 0)
                return;
        quota_failed(item);
        /* A reference that is gone or too large will be so the next time, too. */
        lasting = r == -ENOENT || r == -E2BIG || r == -EINVAL || r == -EACCES;
        item_fail(item, lasting ? OUTCOME_REJECTED : OUTCOME_TRANSIENT, !lasting, false, "NOT_SENT",
                  "%s", err_text(&err));
}

static void on_drawn(int result, const MediaInfo *info, const Err *err, void *userdata) {
        Item *item = userdata;
        ResultItem *one;

        (void) info;
        item_drop_task(item);
        if (result == -ENOSPC || result == -EIO) {
                item_park(item, err);
                return;
        }
        if (result < 0) {
                bool again = result == -ECONNRESET || result == -ETIMEDOUT || result == -ECHILD;

                item_fail(item, again ? OUTCOME_TRANSIENT : OUTCOME_REJECTED, again, false, "DRAW",
                          "%s", err_text(err));
                return;
        }
        one = calloc(1, sizeof *one);
        if (!one) {
                item_fail(item, OUTCOME_TRANSIENT, true, false, "MEMORY", "out of memory");
                return;
        }
        *one = (ResultItem){.payload = 0};
        provider_result_set(&item->result, OUTCOME_MADE, false, false, "", "drawn");
        item->result.items = one;
        item->result.n_items = 1;
        item->n_payloads = 1;
        item->payloads[0].bytes = -1; /* digest and size are the storer's to find */
        item_take_result(item);
}

static void start_drawing(Item *item) {
        _cleanup_(freep) char *name = al_spool_name(item->attempt, "0");
        _cleanup_(closep) int fd = -1;
        Err err = {0};
        int r;

        if (!name) {
                item_fail(item, OUTCOME_TRANSIENT, true, false, "MEMORY", "out of memory");
                return;
        }
        fd = fs_open_beneath(al_dir_fd(item->night->lib), name,
                             O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd < 0) {
                (void) err_errno(&err, fd, "cannot make '%s'", name);
                item_park(item, &err);
                return;
        }
        r = item->night->world->draw(item->night->world, item->call.draw, fd, on_drawn, item,
                                     &item->task, &err);
        if (r < 0)
                item_fail(item, OUTCOME_TRANSIENT, true, false, "DRAW", "%s", err_text(&err));
}

void item_start(Item *item) {
        assert(item);
        assert(item->attempt > 0);
        item->stage = ITEM_CALLING;
        item->started_us = clock_mono_us(item->night->clock);
        switch (item->call.type) {
        case CALL_HTTP:
                start_http(item);
                return;
        case CALL_DRAW:
                start_drawing(item);
                return;
        case CALL_RUN:
                item_run(item);
                return;
        case CALL_READY:
                provider_result_done(&item->result);
                item->result = *item->call.result;
                free(item->call.result);
                item->call.result = NULL;
                if (item->result.outcome == OUTCOME_MADE)
                        item_take_result(item);
                else
                        item_settle(item);
                return;
        }
        assert_not_reached();
}
