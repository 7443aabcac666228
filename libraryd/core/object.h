/* SPDX-License-Identifier: MIT */
#pragma once

/* Rows of objects; the files themselves are placed by al_object_place(). */

#include "core/lib.h"

enum {
        OBJECT_NAME_MAX = 96, /* "objects/ab/" + 64 + "." + OBJECT_EXT_MAX */
        OBJECT_EXT_MAX = 8,
};

/* The row of the asset's object: a new one, or the one that has these bytes already. */
int object_upsert(Library *lib, const AlNewAsset *a, int64_t now_ms, int64_t *ret_id, Err *err);

/* "objects/ab/<64 hex>.<ext>" without memory of its own; -EINVAL for an ext that is none. */
int object_name(const Digest *digest, const char *ext, char ret[static OBJECT_NAME_MAX]);
