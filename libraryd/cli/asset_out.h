/* SPDX-License-Identifier: MIT */
#pragma once

/* Assets as records: a few columns for people, every fact for programs. */

#include "base/out.h"
#include "core/library.h"

/* An Out for assets in this format; errors as out_new(). */
int asset_out_new(FILE *stream, OutFormat format, Out **ret);
/* One asset. Takes the asset's tags (the asset stays valid, without them). */
int asset_out_row(Out *out, OutFormat format, AlAsset *a);
/* What stands beside a file that was handed out: everything `show` prints, as one JSON document. */
int asset_sidecar(Library *lib, const AlAsset *a, int64_t now_ms, Json **ret, Err *err);
