/* SPDX-License-Identifier: MIT */

/*
 * Jobs that take an asset of another recipe as their reference (`{asset: {recipe: hero}}`). Such a
 * job is planned, priced and reserved for like any other; what it waits for is known by recipe and
 * cell from the start, and which asset it is when there is one:
 *
 *      planned ──> held by the chain of its cell ──> asset ready ──> in the job's row ──> its lane
 *                             └─> nobody left who could make one ──> cancelled: "waits for hero"
 *
 * One Chain stands for one cell that somebody waits for. It counts the live items that may still
 * make an asset there: when one of them goes, the shelf is looked at again. What is ready from the
 * start is found by the first look. The asset is in the row before the job can leave, so that a
 * crash finds it there; a job that was only planned is planned and resolved anew by the next run.
 * Nothing that waits keeps the night open: it ends when nothing else can leave.
 */

#include "base/log.h"
#include "night/state.h"

enum {
        BUCKETS = 4096,
};

struct Chain {
        Chain *next; /* of its bucket */
        char *recipe, *cell;
        int64_t sources; /* live items that may make an asset of it */
        Item *waiting, **tail;
        bool dirty; /* to be looked at */
};

struct Chains {
        Chain *buckets[BUCKETS];
};

static Chain **bucket_of(Chains *chains, const char *recipe, const char *cell) {
        uint32_t h = 2166136261u;

        for (const char *p = recipe; *p; p++)
                h = (h ^ (uint8_t) *p) * 16777619u;
        for (const char *p = cell; *p; p++)
                h = (h ^ (uint8_t) *p) * 16777619u;
        return &chains->buckets[h % BUCKETS];
}

static Chain *chain_find(const Night *n, const char *recipe, const char *cell) {
        if (!n->chains)
                return NULL;
        for (Chain *c = *bucket_of(n->chains, recipe, cell); c; c = c->next)
                if (streq(c->recipe, recipe) && streq(c->cell, cell))
                        return c;
        return NULL;
}

static Chain *chain_free(Chain *c) {
        if (!c)
                return NULL;
        free(c->recipe);
        free(c->cell);
        free(c);
        return NULL;
}

static Chain *chain_get(Night *n, const char *recipe, const char *cell) {
        Chain *c = chain_find(n, recipe, cell), **bucket;

        if (c)
                return c;
        if (!n->chains && !(n->chains = calloc(1, sizeof *n->chains)))
                return NULL;
        c = calloc(1, sizeof *c);
        if (!c)
                return NULL;
        c->recipe = strdup(recipe);
        c->cell = strdup(cell);
        if (!c->recipe || !c->cell)
                return chain_free(c);
        c->tail = &c->waiting;
        bucket = bucket_of(n->chains, recipe, cell);
        c->next = *bucket;
        return *bucket = c;
}

static void set_dirty(Night *n, Chain *c) {
        c->dirty = n->chains_dirty = true;
}

int chain_hold(Item *item) {
        Night *n = item->night;
        Chain *c = NULL;

        /* All of them, so that what feeds the later ones is counted from the start. */
        for (const Json *p = references_missing(item, NULL); p; p = references_missing(item, p)) {
                Chain *one = chain_get(n, json_str(p, "recipe"), json_str(p, "cell"));

                if (!one)
                        return -ENOMEM;
                c = c ? c : one;
        }
        assert(c);
        item->stage = ITEM_QUEUED;
        item->next = NULL;
        *c->tail = item;
        c->tail = &item->next;
        n->held++;
        set_dirty(n, c);
        return 0;
}

void chains_count(Night *n) {
        for (Item *item = n->chains ? n->items : NULL; item; item = item->all_next) {
                item->feeds = chain_find(n, item->job.recipe, item->job.cell_key);
                if (item->feeds)
                        item->feeds->sources++;
        }
}

void chain_leave(Item *item) {
        if (!item->feeds)
                return;
        item->feeds->sources--;
        set_dirty(item->night, item->feeds);
        item->feeds = NULL;
}

static Item *pop(Night *n, Chain *c) {
        Item *item = c->waiting;

        c->waiting = item->next;
        if (!c->waiting)
                c->tail = &c->waiting;
        item->next = NULL;
        n->held--;
        return item;
}

/* ---- released ----------------------------------------------------------------------------- */

/* On to the next that it waits for, or to its lane. */
static int move_on(Item *item) {
        if (item->missing > 0)
                return chain_hold(item);
        lane_push(item->lane, item);
        return 0;
}

/* At most BATCH_MAX that wait get the asset, all in one transaction. */
static int release_batch(Night *n, Chain *c, const AlAsset *asset, Err *err) {
        Json *lists[BATCH_MAX] = {0};
        int taken[BATCH_MAX] = {0};
        size_t k = 0;
        int r = al_begin(n->lib, err);

        if (r < 0)
                return r;
        for (Item *item = c->waiting; r >= 0 && item && k < BATCH_MAX; item = item->next, k++) {
                _cleanup_(freep) char *text = NULL;

                lists[k] = references_with(item, c->recipe, c->cell, asset);
                text = lists[k] ? json_print(lists[k]) : NULL;
                r = text ? al_job_refer(n->lib, item->job.id, text, clock_wall_ms(n->clock), err)
                         : err_set(err, -ENOMEM, "out of memory");
                taken[k] = r;
        }
        if (r < 0)
                al_rollback(n->lib);
        else
                r = al_commit(n->lib, err);
        for (size_t i = 0; i < k; i++) {
                Item *item = r < 0 ? NULL : pop(n, c);

                if (!item) {
                        (void) json_free(lists[i]);
                } else if (taken[i] == AL_TAKEN) { /* a person cancelled it */
                        (void) json_free(lists[i]);
                        (void) item_free(item);
                } else if (references_take(item, lists[i]) < 0 || move_on(item) < 0) {
                        (void) item_free(item); /* it stays planned; the next run cancels it */
                        r = err_set(err, -ENOMEM, "out of memory");
                }
        }
        return r < 0 ? r : 0;
}

static int release(Night *n, Chain *c, const AlAsset *asset, Err *err) {
        int r = 0;

        log_info("asset %s of '%s' (%s) is taken as reference", asset->id, c->recipe, c->cell);
        while (r >= 0 && c->waiting)
                r = release_batch(n, c, asset, err);
        return r;
}

/* ---- in vain ------------------------------------------------------------------------------ */

static int cancel_one(Night *n, const Chain *c, const Item *item, const char *why, Err *err) {
        _cleanup_(freep) char *text =
                why ? NULL
                    : str_printf("waits for %s: its cell %s has no ready asset", c->recipe,
                                 c->cell);
        int r;

        if (!why && !text)
                return err_set(err, -ENOMEM, "out of memory");
        r = al_job_move(n->lib, item->job.id, JOB_PLANNED, JOB_CANCELLED, why ? why : text,
                        clock_wall_ms(n->clock), err);
        return r < 0 ? r : 0;
}

static int cancel_waiting(Night *n, const Chain *c, const char *why, Err *err) {
        int r = 0;

        for (const Item *item = c->waiting; r >= 0 && item; item = item->next)
                r = cancel_one(n, c, item, why, err);
        return r;
}

int chains_cancel(Night *n, const char *why, Err *err) {
        int r = 0;

        for (size_t i = 0; n->chains && i < BUCKETS; i++)
                for (const Chain *c = n->chains->buckets[i]; r >= 0 && c; c = c->next)
                        r = cancel_waiting(n, c, why, err);
        return r;
}

static int give_up(Night *n, Chain *c, Err *err) {
        int r = al_begin(n->lib, err);

        if (r < 0)
                return r;
        r = cancel_waiting(n, c, NULL, err);
        if (r < 0) {
                al_rollback(n->lib);
                return r;
        }
        r = al_commit(n->lib, err);
        if (r < 0)
                return r;
        while (c->waiting) {
                Item *item = pop(n, c);

                journal_job(n, LOG_NOTICE, NULL, &item->job,
                            "not sent: it waits for an asset of another recipe, which did not "
                            "come");
                (void) item_free(item);
        }
        return 0;
}

/* ---- all ---------------------------------------------------------------------------------- */

static int look(Night *n, Chain *c, Err *err) {
        AlAsset asset = {0};
        int r;

        if (!c->waiting)
                return 0;
        r = al_cell_asset(n->lib, c->recipe, c->cell, clock_wall_ms(n->clock), &asset, err);
        if (r == AL_OK) {
                r = release(n, c, &asset, err);
                al_asset_done(&asset);
                return r;
        }
        if (r < 0)
                return r;
        return c->sources == 0 ? give_up(n, c, err) : 0;
}

/* Whoever is given up may have been what others wait for, so until all are clean. */
void chains_pump(Night *n) {
        Err err = {0};
        int r = 0;

        while (n->chains_dirty && r >= 0) {
                n->chains_dirty = false;
                for (size_t i = 0; r >= 0 && i < BUCKETS; i++)
                        for (Chain *c = n->chains->buckets[i]; r >= 0 && c; c = c->next) {
                                if (!c->dirty)
                                        continue;
                                c->dirty = false;
                                r = look(n, c, &err);
                                if (r < 0)
                                        set_dirty(n, c);
                        }
        }
        if (r == -EBUSY)
                ledger_is_locked(n, &err);
        else if (r < 0)
                night_stop(n, STOP_STORAGE, "%s", err_text(&err));
}

void chains_free(Night *n) {
        if (!n->chains)
                return;
        for (Item *item = n->items; item; item = item->all_next)
                item->feeds = NULL;
        for (size_t i = 0; i < BUCKETS; i++)
                while (n->chains->buckets[i]) {
                        Chain *c = n->chains->buckets[i];

                        n->chains->buckets[i] = c->next;
                        while (c->waiting)
                                (void) item_free(pop(n, c));
                        (void) chain_free(c);
                }
        free(n->chains);
        n->chains = NULL;
        n->chains_dirty = false;
}
