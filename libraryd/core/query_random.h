/* SPDX-License-Identifier: MIT */
#pragma once

/* The numbers below n in an order that the seed decides, each once. */

#include "base/macro.h"

enum {
        SHUFFLE_EXACT_MAX = 65536,
};

typedef struct Shuffle {
        uint64_t n, seed, state, at;
        uint32_t *places; /* up to SHUFFLE_EXACT_MAX: Fisher and Yates, every order as likely */
        unsigned half;    /* beyond: a keyed permutation of 2 * half bits, without memory */
} Shuffle;

int shuffle_begin(Shuffle *s, uint64_t n, uint64_t seed); /* -ENOMEM */
uint64_t shuffle_next(Shuffle *s);                        /* n times */
void shuffle_done(Shuffle *s);
