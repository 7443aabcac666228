/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Postings: for every term the set of its assets, in chunks of 65,536 ids. An id is
 * (chunk << 16) + its number within the chunk. Written by the triggers of
 * sql/0011_postings_by_number.sql alone; this reads them, checks them and makes them anew.
 */

#include "base/set16.h"
#include "core/lib.h"

enum {
        CHUNK_BITS = 16,
};
#define CHUNK_NONE INT64_C(-1)

/* One term, and where it was last looked for. */
typedef struct Posting {
        int64_t term;
        int64_t asked, found; /* the nearest chunk at or beyond `asked`, CHUNK_NONE: no more */
} Posting;
#define POSTING(id) ((Posting){.term = (id), .asked = -2, .found = -2})

/* The term's set in this chunk. 1; or 0 with the next chunk it is in, below (above with `up`) or
 * CHUNK_NONE, in *ret_next. -EUCLEAN: damaged. */
int post_load(Library *lib, Posting *p, int64_t chunk, bool up, Set16 *ret, int64_t *ret_next,
              Err *err);

/* Compares all postings with the assets: 0, or -EUCLEAN with the first difference. */
int post_verify(Library *lib, Err *err);
/* Makes all postings anew from the assets, in a transaction of its own. */
int post_rebuild(Library *lib, Err *err);
