/* SPDX-License-Identifier: MIT */
#pragma once

/* What a campaign gets: its assets as rows or plain lines, and as files in a directory. Used by take
 * in both of its forms. */

#include "base/out.h"
#include "core/library.h"

typedef enum TakeFormat {
        TAKE_TABLE,
        TAKE_JSON,
        TAKE_JSONL,
        TAKE_CSV,
        TAKE_PATH,
        TAKE_ID,
        _TAKE_FORMAT_MAX,
} TakeFormat;

extern const char *const take_format_words[];

typedef struct TakeOut {
        /* set by the caller */
        Library *lib;
        Handout *handout; /* NULL: no files; borrowed */
        const char *to;   /* its directory */
        const char *campaign;
        bool sidecar, nul;
        TakeFormat format;
        int64_t now_ms;
        /* kept here */
        Out *out; /* NULL: plain lines */
        bool terminal;
        int64_t n, n_files, damaged;
        int failure; /* the first file that could not be written: none is tried after it */
        Err why;
} TakeOut;

int take_out_begin(TakeOut *o);
void take_out_done(TakeOut *o);
/* One asset, with the end of its take (0 = until released). A file that cannot be handed out is no
 * failure of this call: one that is damaged is told and counted; else see `failure`. */
int take_out_asset(TakeOut *o, const AlAsset *a, int64_t until_ms);
/* What a shortage was made of, for programs. */
int take_out_shorts(TakeOut *o, const AlTake *take, int64_t wanted);
/* Makes the files durable and writes what is left. */
int take_out_end(TakeOut *o);
