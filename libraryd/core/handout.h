/* SPDX-License-Identifier: MIT */
#pragma once

/* The names of files that are handed out. */

#include "core/lib.h"

/* The i-th name to try for an asset, each with more of its id; false when there are no more (`name`
 * keeps the last). */
bool handout_name(const AlAsset *a, unsigned i, char name[static AL_HAND_NAME_MAX]);

/* Names given out, found by their hash. */
typedef struct NameSet {
        char **slots; /* NULL = free */
        size_t n, allocated;
} NameSet;

void names_done(NameSet *set);
bool names_has(const NameSet *set, const char *name);
int names_add(NameSet *set, const char *name);
