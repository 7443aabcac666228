/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Part of the core's public header, library.h: handing assets to campaigns and taking them back.
 *
 * A take is live until it is released or its time is over. An asset with a live take does not count
 * as stock; one with a live exclusive take is given to nobody else. Nothing happens when a take's
 * time is over: whoever reads compares with the clock he is given.
 */

#include "core/library.h"

enum {
        AL_TAKE_MAX = 10000,    /* assets in one take */
        AL_CAMPAIGN_MAX = 128,  /* bytes of a campaign's name */
        AL_SHORT_ROWS_MAX = 64, /* lines of a shortage; the last one sums up all that follow */
};

/* Valid UTF-8 without control characters, 1 to AL_CAMPAIGN_MAX bytes, no blank at either end. */
bool al_campaign_is_valid(const char *name);

typedef struct AlTakeSpec {
        const AlQuery *query; /* its limit and offset are ignored; order: least used when it asks
                                 for none */
        const char *campaign;
        const char *who;
        int64_t n;      /* 1 to AL_TAKE_MAX */
        int64_t ttl_ms; /* 0 = until released */
        bool exclusive; /* nobody else has it, and nobody else gets it */
        bool partial;   /* fewer than n are welcome too */
} AlTakeSpec;

/* What the selection had, by cell: why there were not enough. matching = free + held + shared + own
 * + unfit, unless cut off. */
typedef struct AlShort {
        char *brand, *hook, *category; /* NULL in the line that sums up the rest */
        AssetKind kind;
        char *recipe, *cell; /* of the cell; NULL for assets of none */
        int64_t target;      /* of the cell */
        int64_t matching;
        int64_t free;   /* could be given */
        int64_t held;   /* exclusively taken */
        int64_t shared; /* taken, and so not to be had exclusively */
        int64_t own;    /* this campaign has it already */
        int64_t unfit;  /* not ready, or expired */
} AlShort;

typedef struct AlTake {
        AlAsset *assets; /* what was taken, in order */
        size_t n_assets;
        int64_t until_ms; /* 0 = until released */
        AlShort *shorts;  /* only when fewer than n were there */
        size_t n_shorts;
        int64_t found; /* how many could be given */
} AlTake;
void al_take_done(AlTake *take);

/* Selects and records, in one transaction: untaken assets first, among them in the query's order,
 * then (unless exclusive) those that others share. None that the campaign has already. AL_OK; or
 * AL_SHORT with ret->shorts, when fewer than n were there: nothing was taken then or, with
 * `partial`, ret->assets were. Durable when it returns. */
int al_take(Library *lib, const AlTakeSpec *spec, int64_t now_ms, AlTake *ret,
            Err *err) _must_check_;

typedef struct AlTaken {
        int64_t id; /* of the take */
        bool exclusive;
        int64_t taken_ms, until_ms; /* until 0 = until released */
} AlTaken;
/* The live takes of a campaign, in the order they were made. */
typedef int (*AlTakenFn)(const AlTaken *take, const AlAsset *a, void *userdata);
int al_taken(Library *lib, const char *campaign, int64_t now_ms, AlTakenFn fn, void *userdata,
             Err *err) _must_check_;

/* Ends the live takes of an asset: those of `campaign`, or (NULL) the only campaign that has it.
 * AL_NOT_FOUND: no such asset, or it has no such take. AL_AMBIGUOUS: several campaigns have it, in
 * *ret_campaigns (may be NULL). `id` is a full one. */
int al_release(Library *lib, const char *id, const char *campaign, const char *who, int64_t now_ms,
               Strv *ret_campaigns, Err *err) _must_check_;
/* Ends all live takes of a campaign; *ret_ids (may be NULL): their assets. */
int al_release_campaign(Library *lib, const char *campaign, const char *who, int64_t now_ms,
                        Strv *ret_ids, Err *err) _must_check_;

/* Every campaign that ever took something, sorted. */
typedef int (*AlCampaignFn)(const char *name, int64_t takes, int64_t live, void *userdata);
int al_campaigns(Library *lib, int64_t now_ms, AlCampaignFn fn, void *userdata,
                 Err *err) _must_check_;
