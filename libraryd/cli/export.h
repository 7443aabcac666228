/* SPDX-License-Identifier: MIT */
#pragma once

/* Assets as files in a directory of somebody's, with a sidecar each and one list of all of them. */

#include "base/out.h"
#include "core/library.h"

typedef enum ListFormat {
        LIST_CSV,
        LIST_JSONL,
        _LIST_FORMAT_MAX,
} ListFormat;

extern const char *const list_format_words[];

typedef struct Export {
        /* set by the caller */
        Library *lib;
        const char *to;
        AlHandMode mode;
        ListFormat format;
        int64_t now_ms;
        /* kept here */
        Handout *handout;
        HandoutList *list;
        Out *out;
        int64_t linked, copied, there, damaged, bytes;
} Export;

/* Opens the directory and begins the list. -EBUSY: another export is at work there; -EEXIST: a file
 * of somebody else has the list's name. */
int export_begin(Export *e, Err *err) _must_check_;
/* One asset. -EUCLEAN: its file is damaged; it is counted, and the next may follow. */
int export_asset(Export *e, const char *id, Err *err) _must_check_;
/* Makes all of it durable; then the list has its name. */
int export_end(Export *e, Err *err) _must_check_;
void export_done(Export *e);
/* "manifest.csv" */
const char *export_list_name(ListFormat format);
