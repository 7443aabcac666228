/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What ad platforms accept: the table that the build makes of config/specs.yaml, and questions to
 * it. Compiled in, because asking for it must cost no file: reading YAML would take longer than the
 * query. The rows are sorted by name, so that "meta.story" is a run of them.
 */

#include "base/strv.h"

typedef struct FitsSpec {
        const char *name; /* "meta.story.image" */
        int kind;         /* an AssetKind; -1: any */
        /* 0 = no limit; ratios in millionths */
        int64_t min_width, min_height, exact_width, exact_height;
        int64_t min_ratio, max_ratio;
        int64_t max_bytes, min_ms, max_ms, min_chars, max_chars;
} FitsSpec;

extern const FitsSpec fits_specs[];
extern const size_t fits_n_specs;

/* The rows of a platform, or of the placements that are or begin with this name. */
bool fits_find(const char *name, size_t *ret_first, size_t *ret_n);
/* Every name and every beginning of one that fits_find() knows. */
int fits_names(Strv *names);
