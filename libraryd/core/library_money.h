/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Part of the core's public header, library.h: what the ledger says assets cost. All sums are whole
 * micro-units, and the rows of one answer together are the ledger.
 */

#include "core/library.h"

typedef enum AlSpendBy {
        AL_BY_BRAND,
        AL_BY_HOOK,
        AL_BY_CATEGORY,
        AL_BY_KIND,
        AL_BY_RECIPE,
        AL_BY_PROVIDER,
        AL_BY_MODEL,
        AL_BY_DAY,
        AL_BY_CAMPAIGN,
        _AL_BY_MAX,
} AlSpendBy;
const char *al_spend_by_word(AlSpendBy by);

typedef struct AlSpendRow {
        const char *by[_AL_BY_MAX]; /* NULL: not asked for; of the campaign also "none took it" */
        int64_t calls;
        int64_t assets, used; /* used: ever taken. By campaign an asset counts for each */
        Micros paid;          /* billed, and what is reserved for calls in flight */
        Micros blocked;       /* of it, billed for what the provider then refused to give */
        Micros open;          /* of it, reserved */
        Micros used_paid;     /* of it, for assets that were taken */
        Micros shelf;         /* of it, for assets that may still be: ready or in review, never
                                 taken, not expired */
        Micros waste;         /* the rest of it */
} AlSpendRow;
typedef int (*AlSpendFn)(const AlSpendRow *row, void *userdata);

/* `by[i]`: told apart by AlSpendBy i. `since_day` ("2026-11-23", "" = all): calls begun on or after
 * that local day. An asset that several campaigns took is divided among them. */
int al_spend(Library *lib, const bool by[static _AL_BY_MAX], const char *since_day, int64_t now_ms,
             AlSpendFn fn, void *userdata, Err *err) _must_check_;
