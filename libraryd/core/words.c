/* SPDX-License-Identifier: MIT */

#include "core/library.h"

/* The words as they stand in the database (its tables attempt_outcome, asset_status, asset_kind).
 */

static const char *const outcome_words[] = {
        [OUTCOME_OPEN] = "open",
        [OUTCOME_MADE] = "made",
        [OUTCOME_BLOCKED] = "blocked",
        [OUTCOME_REJECTED] = "rejected",
        [OUTCOME_THROTTLED] = "throttled",
        [OUTCOME_TRANSIENT] = "transient",
        [OUTCOME_BROKEN] = "broken",
        [OUTCOME_UNKNOWN] = "unknown",
        [OUTCOME_CREDENTIALS] = "credentials",
        [OUTCOME_FUNDS] = "funds",
};
static_assert(ARRAY_LEN(outcome_words) == _OUTCOME_MAX, "every outcome has its word");

static const char *const asset_status_words[] = {
        [ASSET_READY] = "ready",     [ASSET_PENDING] = "pending",     [ASSET_REJECTED] = "rejected",
        [ASSET_RETIRED] = "retired", [ASSET_COLLECTED] = "collected",
};
static_assert(ARRAY_LEN(asset_status_words) == _ASSET_STATUS_MAX, "every status has its word");

static const char *const asset_kind_words[] = {
        [KIND_IMAGE] = "image",
        [KIND_VIDEO] = "video",
        [KIND_TEXT] = "text",
};
static_assert(ARRAY_LEN(asset_kind_words) == _KIND_MAX, "every kind has its word");

static const char *const damage_words[] = {
        [AL_DAMAGE_MISSING] = "missing", [AL_DAMAGE_SIZE] = "size",
        [AL_DAMAGE_HASH] = "hash",       [AL_DAMAGE_ORPHAN] = "orphan",
        [AL_DAMAGE_SPOOL] = "spool",     [AL_DAMAGE_DATABASE] = "database",
};
static_assert(ARRAY_LEN(damage_words) == _AL_DAMAGE_MAX, "every damage has its word");

static int word_index(const char *const *words, size_t n, const char *word) {
        for (size_t i = 0; word && i < n; i++)
                if (streq(words[i], word))
                        return (int) i;
        return -EINVAL;
}

const char *outcome_word(Outcome o) {
        assert(o >= 0 && o < _OUTCOME_MAX);
        return outcome_words[o];
}

Outcome outcome_from_word(const char *word) {
        return (Outcome) word_index(outcome_words, ARRAY_LEN(outcome_words), word);
}

const char *asset_status_word(AssetStatus s) {
        assert(s >= 0 && s < _ASSET_STATUS_MAX);
        return asset_status_words[s];
}

AssetStatus asset_status_from_word(const char *word) {
        return (AssetStatus) word_index(asset_status_words, ARRAY_LEN(asset_status_words), word);
}

const char *asset_kind_word(AssetKind k) {
        assert(k >= 0 && k < _KIND_MAX);
        return asset_kind_words[k];
}

AssetKind asset_kind_from_word(const char *word) {
        return (AssetKind) word_index(asset_kind_words, ARRAY_LEN(asset_kind_words), word);
}

const char *al_damage_word(AlDamage d) {
        assert(d < _AL_DAMAGE_MAX);
        return damage_words[d];
}
