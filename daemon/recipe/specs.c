/* SPDX-License-Identifier: MIT */

/* specs.yaml beside the settings: what ad platforms accept, in place of the shipped entries of the same
 * name or besides them. The shipped file is compiled into the library's core. An entry with an error is
 * left out; the rest is usable. */

#include "base/parse.h"
#include "recipe/tables.h"

enum {
        PIXELS_MAX = 1000000,
        SECONDS_MAX = 86400,
        CHARS_MAX = 1000000,
        COUNT_MAX = 100000,
        RATIO_ONE = 1000000,
        TOLERANCE_DEFAULT = 1, /* percent */
        TOLERANCE_MAX = 50,
};

typedef struct SpecDraft {
        AlPlacement placement;
        const char *platform, *name;
        int64_t ratio, tolerance;
        int64_t min_seconds, max_seconds;
        /* What is said about a placement as a whole, or for people, and limits no file. */
        int64_t min_count, max_count, as_of_ms;
        bool unconfirmed, audio;
        int severity;
        const char *source;
        Place place;
        const Node *platform_node, *placement_node;
} SpecDraft;

typedef struct SpecsDraft {
        SpecDraft *specs;
        size_t n;
} SpecsDraft;

static const char *const severity_words[] = {"hard", "soft", NULL};

/* "1080x1920" */
static void read_pixels(Reader *r, const Node *node, int64_t *ret_w, int64_t *ret_h) {
        const char *text = schema_scalar(r, node, "a size in pixels");
        int w, h;

        if (!text)
                return;
        if (parse_size_2d(text, &w, &h) < 0 || w <= 0 || h <= 0)
                reader_error(r, node, "'%s' is not a size in pixels (as 1080x1920)",
                             shown(text).text);
        else {
                *ret_w = w;
                *ret_h = h;
        }
}

static void read_min_size(Reader *r, const Node *node, void *structure) {
        AlPlacement *p = &((SpecDraft *) structure)->placement;

        read_pixels(r, node, &p->min_width, &p->min_height);
}

static void read_exact_size(Reader *r, const Node *node, void *structure) {
        AlPlacement *p = &((SpecDraft *) structure)->placement;

        read_pixels(r, node, &p->exact_width, &p->exact_height);
}

static void read_best_size(Reader *r, const Node *node, void *structure) {
        int64_t w, h;

        (void) structure;
        read_pixels(r, node, &w, &h);
}

static void read_ratio_to(Reader *r, const Node *node, int64_t *ret) {
        const char *text = schema_scalar(r, node, "a ratio");
        int w, h;

        if (!text)
                return;
        if (parse_ratio(text, &w, &h) < 0 || w <= 0 || h <= 0)
                reader_error(r, node, "'%s' is not a ratio (as 9:16)", shown(text).text);
        else
                *ret = (int64_t) w * RATIO_ONE / h;
}

static void read_ratio(Reader *r, const Node *node, void *structure) {
        read_ratio_to(r, node, &((SpecDraft *) structure)->ratio);
}

static void read_min_ratio(Reader *r, const Node *node, void *structure) {
        read_ratio_to(r, node, &((SpecDraft *) structure)->placement.min_ratio);
}

static void read_max_ratio(Reader *r, const Node *node, void *structure) {
        read_ratio_to(r, node, &((SpecDraft *) structure)->placement.max_ratio);
}

static void read_max_bytes(Reader *r, const Node *node, void *structure) {
        const char *text = schema_scalar(r, node, "a size");
        uint64_t bytes;

        if (!text)
                return;
        if (parse_bytes(text, &bytes) < 0 || bytes == 0 || bytes > INT64_MAX)
                reader_error(r, node, "'%s' is not a size (as 150KB or 5MiB)", shown(text).text);
        else
                ((SpecDraft *) structure)->placement.max_bytes = (int64_t) bytes;
}

#define NUMBER(word, member, least, most, text)                                                    \
        {                                                                                          \
                .key = word, .type = SCHEMA_INT, .offset = offsetof(SpecDraft, member),            \
                .min = least, .max = most, .help = text                                            \
        }
#define READ(word, function, pattern, text)                                                        \
        {                                                                                          \
                .key = word, .type = SCHEMA_CUSTOM, .read = function,                              \
                .json = "{\"type\":\"string\",\"pattern\":\"" pattern "\"}", .help = text          \
        }
#define PIXELS_PATTERN "^[0-9]+x[0-9]+$"
#define RATIO_PATTERN "^[0-9]+:[0-9]+$"

static const SchemaKey spec_keys[] = {
        {.key = "platform",
         .type = SCHEMA_TEXT,
         .offset = offsetof(SpecDraft, platform),
         .node = AT(SpecDraft, platform_node),
         .required = true,
         .help = "the first part of its name: meta"},
        {.key = "placement",
         .type = SCHEMA_TEXT,
         .offset = offsetof(SpecDraft, name),
         .node = AT(SpecDraft, placement_node),
         .required = true,
         .help = "the rest of its name, parts between dots: story.image"},
        {.key = "kind",
         .type = SCHEMA_WORD,
         .offset = offsetof(SpecDraft, placement.kind),
         .required = true,
         .words = kind_words,
         .help = "what it shows"},
        READ("ratio", read_ratio, RATIO_PATTERN, "width to height"),
        NUMBER("tolerance_percent", tolerance, 0, TOLERANCE_MAX,
               "how far from ratio a file may be; 1 without it"),
        READ("min_ratio", read_min_ratio, RATIO_PATTERN, "the narrowest"),
        READ("max_ratio", read_max_ratio, RATIO_PATTERN, "the widest"),
        READ("min_size", read_min_size, PIXELS_PATTERN, "the smallest"),
        READ("exact_size", read_exact_size, PIXELS_PATTERN, "the only size"),
        READ("best_size", read_best_size, PIXELS_PATTERN, "what the platform asks for; no limit"),
        NUMBER("min_width", placement.min_width, 0, PIXELS_MAX, "pixels at least"),
        NUMBER("min_height", placement.min_height, 0, PIXELS_MAX, "pixels at least"),
        READ("max_bytes", read_max_bytes, "^[0-9.]+ *[KMGT]?i?B?$", "the largest file"),
        NUMBER("min_seconds", min_seconds, 0, SECONDS_MAX, "the shortest"),
        NUMBER("max_seconds", max_seconds, 0, SECONDS_MAX, "the longest"),
        NUMBER("min_chars", placement.min_chars, 0, CHARS_MAX, "characters at least"),
        NUMBER("max_chars", placement.max_chars, 0, CHARS_MAX, "characters at most"),
        NUMBER("min_count", min_count, 0, COUNT_MAX, "files of an ad at least; for people"),
        NUMBER("max_count", max_count, 0, COUNT_MAX, "files of an ad at most; for people"),
        {.key = "audio",
         .type = SCHEMA_BOOL,
         .offset = offsetof(SpecDraft, audio),
         .help = "it wants sound; for people"},
        {.key = "severity",
         .type = SCHEMA_WORD,
         .offset = offsetof(SpecDraft, severity),
         .words = severity_words,
         .help = "hard: refused; soft: a recommendation; for people"},
        {.key = "unconfirmed",
         .type = SCHEMA_BOOL,
         .offset = offsetof(SpecDraft, unconfirmed),
         .help = "it rests on a second-hand source; for people"},
        {.key = "as_of",
         .type = SCHEMA_DATE,
         .offset = offsetof(SpecDraft, as_of_ms),
         .required = true,
         .help = "day on which somebody looked"},
        {.key = "source",
         .type = SCHEMA_TEXT,
         .offset = offsetof(SpecDraft, source),
         .required = true,
         .help = "where it was found"},
};
static const SpecDraft spec_initial = {.tolerance = TOLERANCE_DEFAULT, .placement.kind = -1};
static const Schema spec_schema = {
        .name = "spec",
        .keys = spec_keys,
        .n = ARRAY_LEN(spec_keys),
        .size = sizeof(SpecDraft),
        .initial = &spec_initial,
        .place_at = AT(SpecDraft, place),
};

static const SchemaKey specs_keys[] = {
        VERSION_KEY,
        {.key = "specs",
         .type = SCHEMA_OBJECTS,
         .offset = offsetof(SpecsDraft, specs),
         .offset_n = offsetof(SpecsDraft, n),
         .required = true,
         .object = &spec_schema,
         .help = "entries; the first of a name counts"},
};
const Schema specs_schema = {
        .name = "specs",
        .help = "specs.yaml: what placements of ad platforms accept",
        .keys = specs_keys,
        .n = ARRAY_LEN(specs_keys),
        .size = sizeof(SpecsDraft),
};

static bool check_name(Reader *r, const Node *node, const char *name) {
        if (al_placement_is_valid(name))
                return true;
        reader_error(r, node,
                     "'%s' is no name of a placement: lower-case letters, digits and '_', parts "
                     "between dots",
                     shown(name).text);
        return false;
}

/* The structure the library takes. False: the entry is left out. */
static bool finish(Reader *r, SpecDraft *d) {
        AlPlacement *p = &d->placement;

        if (!d->platform || !d->name || p->kind < 0 ||
            !check_name(r, d->platform_node, d->platform) ||
            !check_name(r, d->placement_node, d->name))
                return false;
        p->name = arena_printf(r->arena, "%s.%s", d->platform, d->name);
        if (d->ratio > 0) {
                p->min_ratio = d->ratio - d->ratio * d->tolerance / 100;
                p->max_ratio = d->ratio + d->ratio * d->tolerance / 100;
        }
        p->min_ms = d->min_seconds * 1000;
        p->max_ms = d->max_seconds * 1000;
        return p->name != NULL;
}

static void append(Reader *r, Config *c, const AlPlacement *p) {
        AlPlacement *items = arena_append(c->arena, c->placements, c->n_placements, sizeof *items);

        if (!items) {
                r->error = -ENOMEM;
                return;
        }
        c->placements = items;
        items[c->n_placements++] = *p;
}

int specs_load(Loading *l, const ConfigFile *file) {
        SpecsDraft draft = {0};
        ReaderPath specs, frame;
        Reader r;

        assert(l);
        assert(file);
        if (!file->root)
                return 0;
        r = config_file_reader(l, file);
        schema_read(&r, &specs_schema, file->root, &draft);
        reader_enter(&r, &specs, "specs", 0);
        for (size_t i = 0; i < draft.n && i <= AL_PLACEMENTS_MAX; i++) {
                reader_enter(&r, &frame, NULL, i);
                if (i == AL_PLACEMENTS_MAX)
                        reader_error(&r, file->root, "more than %d entries", AL_PLACEMENTS_MAX);
                else if (finish(&r, &draft.specs[i]))
                        append(&r, l->config, &draft.specs[i].placement);
                reader_leave(&r);
        }
        reader_leave(&r);
        return r.error;
}
