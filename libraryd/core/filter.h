/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Asking the library: the query language, and selections. A part of core/library.h, which includes
 * it; nobody else does.
 *
 * The language (see filter_parse.c for how it is read):
 *
 *      query  = [ either ] ;
 *      either = both , { "or" , both } ;
 *      both   = side , { "and" , side } ;
 *      side   = item , { item } ;            terms of the same key: any of them; the rest: all
 *      item   = "not" , item | "(" , either , ")" | term ;
 *      term   = [ "not:" ] , [ "tag:" ] , key , sep , value , { "," , value } ;
 *      sep    = ":" | "=" ;                  "=" only behind "not:" and "tag:"
 *      value  = { character | '"' , { character } , '"' | "\" , character } ;
 *
 * A key is one of al_fields(), or the key of any tag. A blank ends a value, unless what follows up
 * to the next blank is neither a term, an operator nor a parenthesis: a shell takes quotes away, so
 * `text:"free shipping"` may well arrive as `text:free shipping`. A line feed always ends a value
 * (quoted ones excepted): the caller puts one between arguments.
 */

#include "base/err.h"
#include "base/macro.h"
#include "base/strv.h"

typedef struct Library Library;

/* ---- the fields ---- */

typedef enum AlFieldType {
        AL_FIELD_NAME,     /* a value that assets have in common: a brand, a model */
        AL_FIELD_CAMPAIGN, /* who took it and has it still */
        AL_FIELD_WORD,     /* one of `words` */
        AL_FIELD_ID,       /* the beginning of an asset's id */
        AL_FIELD_TEXT,     /* words to look for in prompt and copy */
        AL_FIELD_FITS,     /* a placement of a platform */
        AL_FIELD_NUMBER,   /* the others are ranges: 5, 5..10, ..10, >=5, <5 */
        AL_FIELD_BYTES,    /* 200KB, 5MiB */
        AL_FIELD_DURATION, /* 8s, 1m30s */
        AL_FIELD_MONEY,    /* 0.04 */
        AL_FIELD_RATIO,    /* 9:16 */
        AL_FIELD_TIME,     /* 2026-11-23, -14d */
        AL_FIELD_SINCE,    /* a time that begins a range */
        _AL_FIELD_TYPE_MAX,
} AlFieldType;

typedef struct AlField {
        const char *name;
        AlFieldType type;
        const char *help;         /* one line, for a person */
        const char *example;      /* a whole term */
        const char *const *words; /* AL_FIELD_WORD: NULL-terminated */
        const char *source;       /* where completion finds values ("brands"), or NULL */
} AlField;

/* The table of fields; help, completion and manual are made from it or tested against it. */
const AlField *al_fields(size_t *ret_n);
/* The field of this name; NULL: the key of a tag. */
const AlField *al_field(const char *name);
/* How values of this type are written: "NAME", "N, A..B, >=N". */
const char *al_field_values(AlFieldType type);
/* Whether values of this type are ranges. */
bool al_field_is_range(AlFieldType type);

/* ---- placements ---- */

enum {
        AL_PLACEMENTS_MAX = 1000, /* of a library's own */
};

/* What a placement of an ad platform accepts; 0 = no limit, ratios in millionths. */
typedef struct AlPlacement {
        const char *name; /* "meta.story.image"; borrowed */
        int kind;         /* an AssetKind */
        int64_t min_width, min_height, exact_width, exact_height;
        int64_t min_ratio, max_ratio;
        int64_t max_bytes, min_ms, max_ms, min_chars, max_chars;
} AlPlacement;

/* Lower-case letters, digits, '_', and dots between them. */
bool al_placement_is_valid(const char *name);
/* What a specs.yaml beside the settings says, in place of all that the library had of its own: `fits:`
 * knows them besides the shipped ones or, with the same name, instead. Of a name the first counts. */
int al_placements_set(Library *lib, const AlPlacement *own, size_t n, Err *err) _must_check_;
/* The names of all there are, appended; lib may be NULL: the shipped ones. */
int al_placements(Library *lib, Strv *names, Err *err) _must_check_;

/* ---- filters ---- */

enum {
        FILTER_TEXT_MAX = 64 * 1024, /* bytes of all parts */
        FILTER_VALUES_MAX = 256,     /* values in all */
        FILTER_DEPTH_MAX = 32,       /* of parentheses and nots */
        FILTER_VALUE_MAX = 4096,     /* bytes of one value */
};

/* A parsed query. Immutable; owns all it holds; belongs to no library. */
typedef struct AlFilter AlFilter;

/* What a query is written in: terms (key NULL), or the values of an option that has the name of a
 * field, or is "tag" or "not" (KEY=VALUES then). Only commas, quotes and "\" mean something in an
 * option's values. Options join the terms; terms with "or" or "and" on the outside count as in
 * parentheses then. */
typedef struct AlFilterText {
        const char *key;
        const char *text;
} AlFilterText;

/* Where a mistake is: bytes [at, at + n) of parts[part].text. */
typedef struct AlFault {
        size_t part, at, n;
} AlFault;

/* NULL parts or no terms: a filter that selects the shelf. -EINVAL and -E2BIG with a sentence and,
 * when ret_fault is not NULL, the place; -ENOMEM. `lib`, which may be NULL, is asked for the placements
 * it has of its own, and only when the query speaks of any. */
int al_filter_parse(Library *lib, const AlFilterText *parts, size_t n, int64_t now_ms,
                    AlFilter **ret, AlFault *ret_fault, Err *err) _must_check_;
AlFilter *al_filter_free(AlFilter *f); /* accepts NULL */
DEFINE_CLEANUP(AlFilter, al_filter_free);

/* Whether the filter says anything about the status: if not, it selects ready and unexpired assets
 * only. */
bool al_filter_has_status(const AlFilter *f);

/* Each term and value of names, words and tags, as written. `field` is NULL for a tag; `negated`
 * when it excludes. */
typedef int (*AlFilterFn)(const AlField *field, const char *key, const char *value, bool negated,
                          void *userdata);
int al_filter_each(const AlFilter *f, AlFilterFn fn, void *userdata);

/* ---- selections ---- */

struct AlAsset;

typedef enum AlOrder {
        AL_ORDER_DEFAULT, /* least used, then newest */
        AL_ORDER_NEWEST,
        AL_ORDER_OLDEST,
        AL_ORDER_LEAST_USED,
        AL_ORDER_RANDOM,
        _AL_ORDER_MAX
} AlOrder;

typedef struct AlQuery {
        const AlFilter *filter; /* NULL: the shelf, that is ready and unexpired assets */
        AlOrder order;
        int64_t limit; /* 0 = all */
        int64_t offset;
        int64_t now_ms;       /* what "expired" is measured by */
        uint64_t random_seed; /* the same seed, the same order */
} AlQuery;

/* Runs inside the query's snapshot: it may read the library, not write to it. */
typedef int (*AlAssetFn)(const struct AlAsset *a, void *userdata);
int al_query(Library *lib, const AlQuery *q, AlAssetFn fn, void *userdata, Err *err) _must_check_;
/* Of all that match, whatever order, limit and offset. */
int al_query_count(Library *lib, const AlQuery *q, int64_t *ret, Err *err) _must_check_;
/* The row ids alone, in the query's order: for bulk changes in the caller's own transaction. */
typedef int (*AlRowFn)(int64_t row, void *userdata);
int al_query_rows(Library *lib, const AlQuery *q, AlRowFn fn, void *userdata,
                  Err *err) _must_check_;
