/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Part of the core's public header, library.h: what people do to assets, and who did what when. The
 * changes below concern all assets named or, after an error, none.
 */

#include "core/library.h"

typedef enum AlFileState {
        AL_FILE_WHOLE,
        AL_FILE_MISSING,
        AL_FILE_CHANGED, /* other bytes than it had */
        _AL_FILE_STATE_MAX,
} AlFileState;
const char *al_file_state_word(AlFileState s);
/* Reads the asset's file and compares. */
int al_asset_check(Library *lib, const AlAsset *a, AlFileState *ret, Err *err) _must_check_;

typedef enum AlCurate {
        AL_CURATE_APPROVE, /* -> ready: the bytes it has are approved */
        AL_CURATE_REJECT,
        AL_CURATE_RETIRE,
        AL_CURATE_RESTORE, /* retired or rejected -> what it was before: ready or pending */
        _AL_CURATE_MAX,
} AlCurate;

/* One asset that was changed; `id` is a full one. */
typedef int (*AlChangedFn)(const char *id, AssetStatus from, AssetStatus to, void *userdata);
/* `ids` are full ones. Assets that have the status already are left alone, and fn (may be NULL) is
 * not called for them. Files of assets that become ready are read first, before the library is
 * locked: one that is missing or changed refuses with -EUCLEAN and a sentence. AL_NOT_FOUND: with
 * the id in the sentence. */
int al_curate(Library *lib, const Strv *ids, AlCurate what, const char *reason, const char *who,
              int64_t now_ms, AlChangedFn fn, void *userdata, Err *err) _must_check_;

enum {
        AL_TAG_VALUE_MAX = 256, /* bytes */
        AL_TAG_CHANGES_MAX = 64,
};

typedef struct AlTagChange {
        const char *key;   /* [a-z0-9][a-z0-9._-]*, none of al_tag_is_reserved() */
        const char *value; /* valid UTF-8 without control characters; NULL (remove): all values */
        bool remove;
} AlTagChange;

/* Keys that mean something else in a query: brand, kind, status, ... */
bool al_tag_is_reserved(const char *key);
bool al_tag_value_is_valid(const char *value);
/* Removes first, then adds. fn (may be NULL) is called for each asset that is not what it was;
 * *ret_changed: how many. -ENOENT: an id that is none. */
typedef int (*AlTaggedFn)(const char *id, void *userdata);
int al_tag(Library *lib, const Strv *ids, const AlTagChange *changes, size_t n, const char *who,
           int64_t now_ms, AlTaggedFn fn, void *userdata, int64_t *ret_changed,
           Err *err) _must_check_;

/* What happened, newest first. */
typedef struct AlEvent {
        int64_t at_ms;
        const char *id, *who;
        const char *event;  /* "status" "tag" "take" "release" */
        const char *detail; /* "ready -> retired", "+season=spring -old", the campaign */
        const char *reason; /* of a status; "exclusive" of a take; may be NULL */
} AlEvent;
typedef int (*AlEventFn)(const AlEvent *e, void *userdata);
/* `id` NULL: of all assets; campaign NULL: of any kind, else takes and releases of it. AL_NOT_FOUND:
 * no such asset. */
int al_log(Library *lib, const char *id, const char *campaign, int64_t limit, AlEventFn fn,
           void *userdata, Err *err) _must_check_;
