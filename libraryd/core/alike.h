/* SPDX-License-Identifier: MIT */
#pragma once

/* Near-duplicates among the assets of a cell. All of it runs in the caller's transaction. */

#include "base/fingerprint.h"
#include "core/lib.h"

enum {
        /* Assets a new one is compared with, the newest first: 65 us each. */
        ALIKE_CANDIDATES_MAX = 128,
};

/* Keeps the object's fingerprint; one of no bytes is none. */
int alike_keep(Library *lib, int64_t object, const Fingerprint *f, Err *err);

/* Where a new asset is looked for: its cell, or (cell 0) the assets of its axes that have none. */
typedef struct AlikePlace {
        int64_t cell, brand, hook, category;
} AlikePlace;

/* Marks a new asset as alternate of the first of its group, when its place has one that is alike (or has
 * the same object). *ret: the row of that first one, 0 = none. */
int alike_mark(Library *lib, int64_t asset, int64_t object, const Fingerprint *f,
               const AlikePlace *place, int64_t now_ms, int64_t *ret, Err *err);

/* After a change of the asset's status: a group whose first one is not ready is named after the first
 * that is, if any. */
int alike_reorder(Library *lib, int64_t asset, Err *err);
