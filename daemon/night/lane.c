/* SPDX-License-Identifier: MIT */

/*
 * Lanes: one queue a provider, and the only place where anything is submitted. One pass of the pump
 * takes from every lane what may leave now, writes all intents in one transaction, and only after
 * its commit sends them. A refused reservation (budget) cancels that job and leaves the others
 * alone.
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/parse.h"
#include "night/events.h"
#include "night/state.h"

/* ---- opening ---- */

static int lane_open(Night *n, const ProviderConfig *config, Err *err) {
        Lane *lane = &n->lanes[n->n_lanes];

        *lane = (Lane){.night = n, .config = config, .driver = driver_find(config->driver)};
        lane->tail = &lane->head;
        if (!lane->driver)
                return err_set(err, -EINVAL, "provider '%s' names no driver", config->name);
        n->n_lanes++;
        return 0;
}

int lanes_open(Night *n, Err *err) {
        int r = 0;

        if (n->config->settings.n_providers > LANES_MAX)
                return err_set(err, -E2BIG, "more than %d providers in the settings", LANES_MAX);
        for (size_t i = 0; i < n->config->settings.n_providers && r >= 0; i++)
                r = lane_open(n, &n->config->settings.providers[i], err);
        return r;
}

static bool same_text(const char *a, const char *b) {
        return a && b ? streq(a, b) : a == b;
}

static bool same_peer(const ProviderConfig *a, const ProviderConfig *b) {
        return streq(a->driver, b->driver) && same_text(a->base_url, b->base_url) &&
               same_text(a->credential, b->credential) &&
               same_text(a->credential_file, b->credential_file);
}

/* A lane stays as long as the night: calls in flight and what was learned belong to it. One whose
 * provider is gone, or means another driver now, takes nothing more. */
static int renew(Night *n, const ProviderConfig *config, Err *err) {
        Lane *lane = lane_find(n, config->name);

        if (!lane)
                return n->n_lanes < LANES_MAX
                               ? lane_open(n, config, err)
                               : err_set(err, -E2BIG, "more than %d providers", LANES_MAX);
        if (!same_peer(lane->config, config)) { /* what is in flight, and its key, belong there */
                lane_stop(lane, OUTCOME_REJECTED,
                          "it is another driver, address or key now; this needs a new run");
                return 0;
        }
        lane->config = config;
        quotas_renew(lane);
        if (lane->stopped) /* a new key is read by a new run */
                log_notice("%s stays stopped for this run: %s", config->name, lane->stop_reason);
        return 0;
}

int lanes_renew(Night *n, Err *err) {
        int r = 0;

        for (size_t i = 0; i < n->config->settings.n_providers && r >= 0; i++)
                r = renew(n, &n->config->settings.providers[i], err);
        return r;
}

void lane_credential(Lane *lane) {
        Err why = {0};

        if (!lane->driver->needs_credential || lane->secret || lane->stopped)
                return;
        if (!driver_needs_key(lane->driver, lane->config->base_url) && !lane->config->credential &&
            !lane->config->credential_file)
                return; /* a server of one's own, without keys */
        if (secret_load(lane->config->credential, lane->config->credential_file, &lane->secret,
                        &why) < 0 ||
            google_auth_new(lane->secret, &lane->google, &why) < 0)
                lane_stop(lane, OUTCOME_CREDENTIALS, err_text(&why));
}

void lanes_drain(Night *n) {
        chains_free(n);
        for (size_t i = 0; i < n->n_lanes; i++) {
                Lane *lane = &n->lanes[i];

                while (lane->head) {
                        Item *item = lane->head;

                        lane->head = item->next;
                        (void) item_free(item);
                }
                lane->tail = &lane->head;
                n->queued -= lane->queued;
                lane->queued = 0;
        }
}

void lanes_close(Night *n) {
        lanes_drain(n);
        for (size_t i = 0; i < n->n_lanes; i++) {
                lane_token_close(&n->lanes[i]);
                quotas_free(&n->lanes[i]);
                n->lanes[i].secret = secret_free(n->lanes[i].secret);
        }
        n->n_lanes = 0;
}

Lane *lane_find(Night *n, const char *provider) {
        for (size_t i = 0; i < n->n_lanes; i++)
                if (streq(n->lanes[i].config->name, provider))
                        return &n->lanes[i];
        return NULL;
}

void lane_push(Lane *lane, Item *item) {
        lane_credential(lane);
        item->stage = ITEM_QUEUED;
        item->next = NULL;
        *lane->tail = item;
        lane->tail = &item->next;
        lane->queued++;
        lane->night->queued++;
}

void lane_unshift(Lane *lane, Item *item) {
        item->stage = ITEM_QUEUED;
        item->next = lane->head;
        lane->head = item;
        if (!item->next)
                lane->tail = &item->next;
        lane->queued++;
        lane->night->queued++;
}

/* ---- choosing ---- */

/* Nothing leaves that is not expected to end before this run stops waiting for it. */
static bool may_pay_off(const Item *item, uint64_t now) {
        const Night *n = item->night;

        return n->window_us == 0 ||
               now + (uint64_t) item->expected_ms * 1000 <= n->window_us + n->patience_us;
}

bool lane_has_hope(const Lane *lane) {
        uint64_t now = clock_mono_us(lane->night->clock);

        if (lane->stopped)
                return false;
        for (const Item *item = lane->head; item; item = item->next)
                if (may_pay_off(item, now))
                        return true;
        return false;
}

static uint64_t item_wait(const Item *item, uint64_t now) {
        uint64_t wait = item->ready_us > now ? item->ready_us - now : 0;

        return item->quota ? MAX_OF(wait, item->quota->wait_us) : wait;
}

/* How long until something in the lane may leave by the clock alone; 0 = now, UINT64_MAX = not by
 * waiting (a slot or nothing). */
static uint64_t lane_wait(Lane *lane, uint64_t now) {
        uint64_t wait = UINT64_MAX;

        if (lane->stopped || lane->waits_for_money || !lane->head || lane->probing ||
            lane->in_flight >= lane->config->concurrency || quotas_wait(lane, now) == UINT64_MAX)
                return UINT64_MAX;
        if (!lane_token_ready(lane)) /* its arrival wakes the pump, or the next try does */
                return lane->token_task            ? UINT64_MAX
                       : lane->token_gate_us > now ? lane->token_gate_us - now
                                                   : 1000000;
        for (const Item *item = lane->head; item && wait > 0; item = item->next)
                if (may_pay_off(item, now))
                        wait = MIN_OF(wait, item_wait(item, now));
        if (wait == UINT64_MAX)
                return wait;
        return MAX_OF(wait, lane->gate_us > now ? lane->gate_us - now : 0);
}

/* The first item of the lane that is ready, taken out of the queue; NULL if there is none. Whether the lane may
 * send at all, lane_wait() has said. */
static Item *lane_take(Lane *lane, uint64_t now) {
        for (Item **p = &lane->head; *p; p = &(*p)->next) {
                Item *item = *p;

                if (item_wait(item, now) > 0 || !may_pay_off(item, now))
                        continue;
                *p = item->next;
                if (!*p)
                        lane->tail = p;
                item->next = NULL;
                lane->queued--;
                lane->night->queued--;
                return item;
        }
        return NULL;
}

/* A declared ceiling of calls a minute is kept by spacing them. */
static void lane_pace(Lane *lane, uint64_t now) {
        if (lane->config->per_minute > 0)
                lane->gate_us = MAX_OF(lane->gate_us,
                                       now + 60000000ULL / (uint64_t) lane->config->per_minute);
}

/* A declared ceiling of calls a day holds over all runs of the local day. The lane is stopped when
 * it is reached. */
static bool day_is_spent(Lane *lane) {
        Night *n = lane->night;
        char day[TIME_TEXT_MAX], text[80];
        Err err = {0};

        if (lane->config->per_day <= 0)
                return false;
        time_format_day(clock_wall_ms(n->clock), day);
        if (!streq(day, lane->day)) {
                if (al_calls(n->lib, lane->config->name, day, &lane->calls_today, &err) < 0) {
                        night_stop(n, STOP_STORAGE, "%s", err_text(&err));
                        return true;
                }
                (void) snprintf(lane->day, sizeof lane->day, "%s", day);
        }
        if (lane->calls_today < lane->config->per_day)
                return false;
        (void) snprintf(text, sizeof text,
                        "its declared ceiling of %" PRId64 " calls a day is reached",
                        lane->config->per_day);
        lane_stop(lane, OUTCOME_THROTTLED, text);
        return true;
}

/* Whether the disk has room for one more answer. Nothing is bought that could not be kept. */
static bool room_for_one_more(Night *n) {
        uint64_t need = FREE_BYTES_MIN + (uint64_t) (n->active + 1) * FREE_BYTES_PER_CALL, have = 0;
        Err err = {0};
        int r = n->world->free_bytes(n->world, &have);

        if (r < 0) {
                (void) err_errno(&err, r, "cannot read the free space of '%s'", al_dir(n->lib));
                night_stop(n, STOP_STORAGE, "%s", err_text(&err));
                return false;
        }
        if (have >= need)
                return true;
        if (n->active == 0)
                night_stop(n, STOP_STORAGE,
                           "%" PRIu64 " MiB are free in '%s', %" PRIu64
                           " are needed before anything is bought; free some space and run again",
                           have >> 20, al_dir(n->lib), need >> 20);
        return false;
}

/* ---- submitting ---- */

static void inexpressible(Item *item, const Err *why) {
        Night *n = item->night;
        Err err = {0};

        n->failed++;
        journal_job(n, LOG_ERR, EVENT_FAILED, &item->job, err_text(why)); /* nothing was sent */
        /* While the ledger is locked it stays planned, and is cancelled by the next run. */
        if (al_job_move(n->lib, item->job.id, JOB_PLANNED, JOB_FAILED, err_text(why),
                        clock_wall_ms(n->clock), &err) < 0 &&
            err.code != -EBUSY)
                night_stop(n, STOP_STORAGE, "%s", err_text(&err));
        (void) item_free(item);
}

/* Takes what may leave now, built and ready, at most BATCH_MAX. */
static size_t collect(Night *n, uint64_t now, Item **batch, uint64_t *ret_wait_us) {
        size_t k = 0;

        *ret_wait_us = UINT64_MAX;
        for (size_t i = 0; i < n->n_lanes; i++) {
                Lane *lane = &n->lanes[i];
                Item *item;

                while (k < BATCH_MAX && n->active - n->slots < ANSWERS_MAX &&
                       n->slots < n->world->calls_max && lane_wait(lane, now) == 0 &&
                       room_for_one_more(n) && !day_is_spent(lane) &&
                       (item = lane_take(lane, now))) {
                        Err err = {0};
                        int r;

                        r = item_prepare(item, &err);
                        if (r > 0) { /* unpaid calls come first; it comes back */
                                item_probe_begin(item);
                                continue;
                        }
                        if (r < 0 || item_build(item, &err) < 0) {
                                inexpressible(item, &err);
                                continue;
                        }
                        item_take_slot(item);
                        if (item->quota)
                                limiter_sent(&item->quota->limiter, now);
                        item->sent_us = now;
                        item_probe_begin(item);
                        n->active++;
                        lane->calls_today++;
                        lane_pace(lane, now);
                        batch[k++] = item;
                }
                /* Without room the end of a call in flight wakes the pump, not the clock. */
                if (k == BATCH_MAX || lane_wait(lane, now) > 0)
                        *ret_wait_us = MIN_OF(*ret_wait_us, lane_wait(lane, now));
        }
        return k;
}

/* Undoes what collect() counted: the item did not leave. */
static void give_slot_back(Item *item) {
        if (item->quota)
                limiter_unsent(&item->quota->limiter);
        item_free_slot(item);
        item->lane->calls_today--;
        item->night->active--;
}

/* Its slot is free again, which nobody else would tell the others of its lane. */
static void drop(Item *item) {
        lanes_pump_soon(item->night);
        give_slot_back(item);
        (void) item_free(item);
}

/* It did not leave after all: back to the head of its lane. */
static void put_back(Item *item) {
        give_slot_back(item);
        provider_call_done(&item->call);
        item->call = (ProviderCall){0};
        item->attempt = 0;
        lane_unshift(item->lane, item);
}

/* The ledger took no intent, so nothing was sent: back to the head of their lanes while somebody
 * else holds the database; else nothing more is bought, and what is in flight finishes. */
static void not_written(Night *n, Item **batch, size_t k, const Err *why) {
        if (why->code == -EBUSY)
                ledger_is_locked(n, why);
        else
                night_stop(n, STOP_STORAGE, "%s", err_text(why));
        for (size_t i = k; i-- > 0;)
                put_back(batch[i]);
        lanes_money_freed(n);
}

static void submit(Night *n, Item **batch, size_t k) {
        char day[TIME_TEXT_MAX];
        int fate[BATCH_MAX] = {0};
        Err err = {0};
        int r;

        time_format_day(clock_wall_ms(n->clock), day);
        r = al_begin(n->lib, &err);
        for (size_t i = 0; i < k && r >= 0; i++)
                r = fate[i] = intent_write(batch[i], day, &err);
        if (r >= 0)
                r = al_commit(n->lib, &err);
        else
                al_rollback(n->lib);
        if (r < 0) {
                not_written(n, batch, k, &err);
                return;
        }
        ledger_written(n);
        for (size_t i = k; i-- > 0;) /* backwards, so that they stand in their old order again */
                if (fate[i] == INTENT_WAITS)
                        put_back(batch[i]);
        for (size_t i = 0; i < k; i++)
                if (fate[i] == INTENT_WRITTEN)
                        item_start(batch[i]);
                else if (fate[i] == INTENT_NONE)
                        drop(batch[i]);
}

void lanes_money_freed(Night *n) {
        for (size_t i = 0; i < n->n_lanes; i++)
                n->lanes[i].waits_for_money = false;
        lanes_pump_soon(n);
}

void lanes_pump(Night *n) {
        uint64_t wait = UINT64_MAX;
        Item *batch[BATCH_MAX];
        size_t k;

        if (night_leaving(n))
                later_leave_all(n, n->stop_text);
        if (n->reloaded && !n->ledger_waits)
                night_take_over(n);
        if (n->replan && !n->recovering)
                night_replan(n);
        if (n->stop == STOP_NOT && !n->recovering && !n->ledger_waits) {
                if (n->chains_dirty)
                        chains_pump(n);
                k = collect(n, clock_mono_us(n->clock), batch, &wait);
                if (k > 0)
                        submit(n, batch, k);
                if (k == BATCH_MAX)
                        lanes_pump_soon(n);
                else if (wait != UINT64_MAX)
                        n->world->timer(n->world, WORLD_TIMER_PUMP, wait);
        }
        night_check_over(n);
}

void lanes_pump_soon(Night *n) {
        n->world->soon(n->world, WORLD_SOON_PUMP);
}
