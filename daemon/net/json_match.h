/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Places in a JSON document, compiled for a tokenizer that walks down level by level:
 * "candidates[].content.parts[].inlineData.data" becomes steps (keys, and any-element). A set of
 * places that still fit is one word of bits, so that going down a level is one pass over the
 * patterns.
 */

#include "base/macro.h"

enum {
        MATCH_PATTERNS_MAX = 32,
        MATCH_STEPS_MAX = 16,
        MATCH_KEY_MAX = 64, /* longer keys never fit */
};

/* Bit i: pattern i fits as far as we are. */
typedef uint32_t MatchSet;

typedef struct JsonMatch JsonMatch;

/* paths: NULL-terminated, and borrowed; NULL means none. A path that begins with '-' names a string
 * to leave out. -EINVAL for an empty step, -E2BIG beyond the limits. */
int json_match_new(const char *const *paths, JsonMatch **ret) _must_check_;
JsonMatch *json_match_free(JsonMatch *m);
DEFINE_CLEANUP(JsonMatch, json_match_free);

/* Those that fit the document itself. */
MatchSet json_match_root(const JsonMatch *m);
/* Those of `set` (that fit a container at `depth`, 0 = outermost) whose next step is this key, or
 * any element. */
MatchSet json_match_key(const JsonMatch *m, MatchSet set, unsigned depth, const char *key,
                        size_t n);
MatchSet json_match_element(const JsonMatch *m, MatchSet set, unsigned depth);

typedef enum MatchKind { MATCH_NONE, MATCH_PAYLOAD, MATCH_DROPPED } MatchKind;

/* What a value is that lies `depth` steps down and fits `set`. */
MatchKind json_match_value(const JsonMatch *m, MatchSet set, unsigned depth);
