/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What ad platforms accept: the table that the build makes of config/specs.yaml, compiled in because
 * asking for it must cost no file, with what the library has of its own (al_placements_set()) in its
 * place or besides. The rows are sorted by name, so that "meta.story" is a run of them.
 */

#include "base/strv.h"
#include "core/filter.h"

extern const AlPlacement fits_shipped[];
extern const size_t fits_n_shipped;

typedef struct FitsTable {
        AlPlacement *items; /* sorted by name; names are shipped ones or in `own` */
        size_t n;
        Strv own;
} FitsTable;

/* lib may be NULL: the shipped ones alone. */
int fits_load(Library *lib, FitsTable *ret, Err *err);
void fits_done(FitsTable *t);

/* The rows of a platform, or of the placements that are or begin with this name. */
bool fits_find(const FitsTable *t, const char *name, size_t *ret_first, size_t *ret_n);
/* Every name and every beginning of one that fits_find() knows. */
int fits_names(const FitsTable *t, Strv *names);
