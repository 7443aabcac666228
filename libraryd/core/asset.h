/* SPDX-License-Identifier: MIT */
#pragma once

/* Asset rows: made by the end of an attempt, read by selection. */

#include "core/lib.h"

enum {
        ASSET_UID_LEN = 12, /* Crockford base32: 60 bits */
        ASSET_SALTS_MAX = 8,
};

/* The id of a job's variant with these bytes: always the same, so that a commit that is repeated
 * gives no second name. `salt` > 0 when a lower one is taken by another asset. */
void asset_uid(const char *job_uid, int64_t variant, const Digest *digest, unsigned salt,
               char ret[static ASSET_UID_LEN + 1]);

/* The first of those that no asset has. */
int asset_uid_free(Library *lib, const char *seed, int64_t variant, const Digest *digest,
                   char ret[static ASSET_UID_LEN + 1], Err *err);

/* Adds key -> text, or an array of texts, as tags. */
int asset_tags_add(Library *lib, int64_t asset, const Json *tags, Err *err);

/* Adds the assets of a job that was just made, its price split over them, in the caller's
 * transaction; their ids go to *uids (may be NULL). */
int asset_add_all(Library *lib, int64_t job, const AlNewAsset *assets, size_t n, Micros price,
                  int64_t now_ms, Strv *uids, Err *err);

/* The asset of a row; AL_NOT_FOUND. */
int asset_load(Library *lib, int64_t row, AlAsset *ret, Err *err);

/* The row of a full id; AL_NOT_FOUND. */
int asset_row_of(Library *lib, const char *id, int64_t *ret, Err *err);

/* What a person typed as (the beginning of) an id, in its canonical letters: lower case, o as 0, i
 * and l as 1. False when it cannot be one. */
bool asset_id_normalise(const char *text, char ret[static ASSET_UID_LEN + 1]);
