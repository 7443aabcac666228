/* SPDX-License-Identifier: MIT */

/* The one table of fields. A new one is a row here, and in query_leaf.c how it is found. */

#include "core/filter.h"

static const char *const kind_words[] = {"image", "video", "text", NULL};
static const char *const status_words[] = {"ready",     "pending", "rejected", "retired",
                                           "collected", "any",     NULL};

static const AlField fields[] = {
        {"brand", AL_FIELD_NAME, "of this brand", "brand:acme,zenith", NULL, "brands"},
        {"hook", AL_FIELD_NAME, "of this hook", "hook:urgency", NULL, "hooks"},
        {"category", AL_FIELD_NAME, "of this category", "category:lifestyle", NULL, "categories"},
        {"kind", AL_FIELD_WORD, "image, video or text", "kind:video", kind_words, NULL},
        {"status", AL_FIELD_WORD,
         "ready, pending, rejected, retired, collected (without its file), or any (with one); "
         "expired ones too",
         "status:pending", status_words, NULL},
        {"recipe", AL_FIELD_NAME, "made by this recipe", "recipe:spring-hero", NULL, "recipes"},
        {"provider", AL_FIELD_NAME, "made through this provider", "provider:gemini", NULL,
         "providers"},
        {"model", AL_FIELD_NAME, "made by this model, as it was asked for",
         "model:veo-3.1-generate-001", NULL, "models"},
        {"for", AL_FIELD_CAMPAIGN, "that this campaign has now", "for:spring-2027", NULL,
         "campaigns"},
        {"id", AL_FIELD_ID, "whose id begins so", "id:3kf9", NULL, "ids"},
        {"text", AL_FIELD_TEXT, "with these words, in this order, in the prompt or the copy",
         "text:\"free shipping\"", NULL, NULL},
        {"fits", AL_FIELD_FITS, "that this placement, or one below it, accepts", "fits:meta.story",
         NULL, "fits"},
        {"created", AL_FIELD_TIME, "made then; a day is the whole of it (UTC), -14d is 14 days ago",
         "created:-14d..", NULL, NULL},
        {"since", AL_FIELD_SINCE, "made then or later", "since:2026-11-23", NULL, NULL},
        {"expires", AL_FIELD_TIME, "that expire then", "expires:..2026-12-31", NULL, NULL},
        {"used", AL_FIELD_NUMBER, "taken so many times", "used:0", NULL, NULL},
        {"width", AL_FIELD_NUMBER, "so many pixels wide", "width:>=1080", NULL, NULL},
        {"height", AL_FIELD_NUMBER, "so many pixels high", "height:1080..1920", NULL, NULL},
        {"ratio", AL_FIELD_RATIO, "with this ratio of width to height, to 1 percent", "ratio:9:16",
         NULL, NULL},
        {"duration", AL_FIELD_DURATION, "so long", "duration:6s..15s", NULL, NULL},
        {"bytes", AL_FIELD_BYTES, "with a file of this size", "bytes:<=5MiB", NULL, NULL},
        {"price", AL_FIELD_MONEY, "that cost so much", "price:>0.10", NULL, NULL},
};

static const char *const values[] = {
        [AL_FIELD_NAME] = "NAME",
        [AL_FIELD_CAMPAIGN] = "CAMPAIGN",
        [AL_FIELD_WORD] = "WORD",
        [AL_FIELD_ID] = "PREFIX",
        [AL_FIELD_TEXT] = "\"WORDS\", WORD*",
        [AL_FIELD_FITS] = "PLATFORM[.PLACEMENT]",
        [AL_FIELD_NUMBER] = "N, N..M, >=N",
        [AL_FIELD_BYTES] = "SIZE, A..B, <=SIZE",
        [AL_FIELD_DURATION] = "TIME, A..B, >=TIME",
        [AL_FIELD_MONEY] = "MONEY, A..B, >MONEY",
        [AL_FIELD_RATIO] = "W:H, A..B, >=W:H",
        [AL_FIELD_TIME] = "DATE, AGE.., A..B",
        [AL_FIELD_SINCE] = "DATE, AGE",
};
static_assert(ARRAY_LEN(values) == _AL_FIELD_TYPE_MAX, "every type says how it is written");

const AlField *al_fields(size_t *ret_n) {
        assert(ret_n);
        *ret_n = ARRAY_LEN(fields);
        return fields;
}

const AlField *al_field(const char *name) {
        assert(name);
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
                if (streq(fields[i].name, name))
                        return &fields[i];
        return NULL;
}

const char *al_field_values(AlFieldType type) {
        assert(type >= 0 && type < _AL_FIELD_TYPE_MAX);
        return values[type];
}

bool al_field_is_range(AlFieldType type) {
        assert(type >= 0 && type < _AL_FIELD_TYPE_MAX);
        return type >= AL_FIELD_NUMBER;
}
