/* SPDX-License-Identifier: MIT */

/* pregen.yaml: what counts as the same picture, and what is kept for how long. */

#include "base/parse.h"
#include "recipe/settings_internal.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum {
        DAYS_MAX = 3650,
};

static const SchemaKey duplicates_keys[] = {
        {.key = "distance",
         .type = SCHEMA_INT,
         .offset = offsetof(AlKeeping, alike),
         .min = 0,
         .max = AL_ALIKE_MAX,
         .fallback = "140",
         .help = "assets of a cell no further apart than this are near-duplicates and count once; "
                 "0: only the same ones"},
};
const Schema duplicates_schema = {
        .name = "duplicates",
        .keys = duplicates_keys,
        .n = ARRAY_LEN(duplicates_keys),
        .size = sizeof(AlKeeping),
};

static void read_max_size(Reader *r, const Node *node, void *structure) {
        const char *text = schema_scalar(r, node, "a size");
        AlKeeping *k = structure;
        uint64_t bytes;

        if (!text)
                return;
        if (parse_bytes(text, &bytes) < 0 || bytes == 0 || bytes > INT64_MAX)
                reader_error(r, node, "'%s' is not a size (as 500GB or 64GiB)", shown(text).text);
        else
                k->max_bytes = (int64_t) bytes;
}

static const SchemaKey retention_keys[] = {
        {.key = "expired",
         .type = SCHEMA_DURATION,
         .offset = offsetof(AlKeeping, expired_ms),
         .min = 0,
         .max = DAYS_MAX * DAY_MS,
         .fallback = "30d",
         .help = "how long the file of an asset stays after its max_age; nothing that was taken "
                 "goes"},
        {.key = "refused",
         .type = SCHEMA_DURATION,
         .offset = offsetof(AlKeeping, refused_ms),
         .min = 0,
         .max = DAYS_MAX * DAY_MS,
         .fallback = "30d",
         .help = "how long the file of a retired or rejected asset stays"},
        {.key = "max_size",
         .type = SCHEMA_CUSTOM,
         .read = read_max_size,
         .json = "{\"type\":[\"string\",\"integer\"]}",
         .help = "of all files together; beyond it what nobody needs goes before its time"},
};
const Schema retention_schema = {
        .name = "retention",
        .keys = retention_keys,
        .n = ARRAY_LEN(retention_keys),
        .size = sizeof(AlKeeping),
};
