/* SPDX-License-Identifier: MIT */
#pragma once

/* How an asset stands for a taker, and what a shortage is made of. */

#include "core/lib.h"

typedef struct TakeState {
        bool fit;     /* ready and not expired */
        bool taken;   /* somebody has it */
        bool held;    /* exclusively */
        bool own;     /* the taker himself */
        int64_t cell; /* 0 = none */
} TakeState;

int take_state(Library *lib, int64_t row, const char *campaign, int64_t now_ms, TakeState *ret,
               Err *err);

/* Whether every asset's `uses`, `taken_until` and `held_until` are what its takes say: 0, or -EUCLEAN
 * with the first that is not. */
int takes_verify(Library *lib, Err *err);

/* Counts by cell while a selection is read. */
typedef struct ShortList {
        AlShort rows[AL_SHORT_ROWS_MAX];
        int64_t cells[AL_SHORT_ROWS_MAX];
        size_t n;
} ShortList;

int shorts_count(ShortList *list, const AlAsset *a, const TakeState *state, bool exclusive,
                 Err *err);
/* Moves the lines into the take, each with what is known of its cell. */
int shorts_give(Library *lib, ShortList *list, AlTake *ret, Err *err);
void shorts_done(ShortList *list);
void short_done(AlShort *s);
