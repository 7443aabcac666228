/* SPDX-License-Identifier: MIT */
#pragma once

/* The spending counters: what was reserved or billed, by scope and period. */

#include "core/lib.h"

enum {
        BUDGET_DAY_LEN = 10,  /* "2026-11-23" */
        BUDGET_MONTH_LEN = 7, /* "2026-11" */
        BUDGET_KEY_MAX = 160,
};

/* Whose money an attempt is: the four scopes and three periods its amount is counted in. Borrowed.
 */
typedef struct BudgetPlace {
        int64_t run;
        const char *provider, *brand, *recipe;
        const char *day;
} BudgetPlace;

/* 0, or AL_REFUSED with the cap that `reserve` would pass. Writes nothing. */
int budget_check(Library *lib, const BudgetPlace *place, Micros reserve, const AlCap *caps,
                 size_t n_caps, AlRefusal *ret_refusal, Err *err);
/* Adds `amount` (which may be negative) to all counters of the place, in the caller's transaction.
 */
int budget_add(Library *lib, const BudgetPlace *place, Micros amount, Err *err);
