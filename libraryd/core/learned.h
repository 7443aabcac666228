/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The part of library.h about what nights learn of providers and keep for the next one: how many
 * calls they take, and how long they need. Include library.h.
 */

#include "base/err.h"

typedef struct Library Library;

/* What a provider was found to take of a model; 0 = not found. Strings are borrowed: what a
 * callback gets lives as long as the callback. */
typedef struct AlLimit {
        const char *provider, *model;
        double per_minute; /* calls */
        int64_t cap;       /* calls in flight */
        int64_t learned_ms;
} AlLimit;
/* AL_NOT_FOUND. The returned strings are the caller's own. */
int al_limit_get(Library *lib, const char *provider, const char *model, AlLimit *ret,
                 Err *err) _must_check_;
int al_limit_set(Library *lib, const AlLimit *limit, Err *err) _must_check_;
typedef int (*AlLimitFn)(const AlLimit *limit, void *userdata);
int al_limits(Library *lib, AlLimitFn fn, void *userdata, Err *err) _must_check_;

/* How long the made ones took. Kept by al_attempt_end(). */
typedef struct AlDuration {
        const char *provider, *model;
        const char *kind; /* a word: asset_kind_word() */
        int64_t n;
        double mean, variance; /* of ln(seconds); the newest hundred weigh most */
        int64_t updated_ms;
} AlDuration;
int al_duration_get(Library *lib, const char *provider, const char *model, const char *kind,
                    AlDuration *ret, Err *err) _must_check_; /* as al_limit_get() */
typedef int (*AlDurationFn)(const AlDuration *duration, void *userdata);
int al_durations(Library *lib, AlDurationFn fn, void *userdata, Err *err) _must_check_;
