/* SPDX-License-Identifier: MIT */
#pragma once

/* A small owned list of strings. `_cleanup_(strv_done) Strv v = {0};` */

#include "base/macro.h"

typedef struct Strv {
        char **items; /* n owned strings; no terminating NULL */
        size_t n;
} Strv;

void strv_done(Strv *v);
int strv_add(Strv *v, const char *s); /* copies; -ENOMEM */
int strv_add_n(Strv *v, const char *s, size_t n);
/* Takes ownership even on failure. NULL, from an allocation that failed, gives -ENOMEM. */
int strv_take(Strv *v, char *s);
bool strv_has(const Strv *v, const char *s);
int strv_copy(Strv *ret, const Strv *from);

/* The entry of `words` with the smallest edit distance to `word`, if near enough to be a plausible
 * slip (distance <= 2, or
 * <= a third of its length); else NULL. Borrowed from `words`. */
const char *nearest_word(const char *word, const char *const *words, size_t n);
