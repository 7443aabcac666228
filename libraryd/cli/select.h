/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A selection as people type it, by options or by terms, made into what al_query() takes. Both say
 * the same: `--brand acme` is `brand:acme`, `--not format=story` is `not:format=story`. Commas part
 * alternatives; "\," is a comma.
 */

#include "base/cli.h"
#include "core/library.h"

enum {
        SELECT_TERMS_MAX = 256, /* what al_query() takes */
};

typedef struct SelectArgs {
        Strv brand, hook, category, kind, status, recipe, tag, not ;
        const char *since;
} SelectArgs;

/* Rows for a verb's option table; `a` is its SelectArgs. */
#define SELECT_OPTION_(a, word, what, from, text)                                                  \
        {                                                                                          \
                .name = #word, .type = CLI_LIST, .target = &(a).word, .argument = what,            \
                .help = text, .complete = from                                                     \
        }
#define SELECT_OPTIONS(a)                                                                          \
        SELECT_OPTION_(a, brand, "NAME", "brands", "of this brand"),                               \
                SELECT_OPTION_(a, hook, "NAME", "hooks", "of this hook"),                          \
                SELECT_OPTION_(a, category, "NAME", "categories", "of this category"),             \
                SELECT_OPTION_(a, kind, "KIND", "words:image,video,text", "image, video or text"), \
                {.name = "tag",                                                                    \
                 .type = CLI_LIST,                                                                 \
                 .target = &(a).tag,                                                               \
                 .argument = "KEY=VALUE",                                                          \
                 .help = "with this tag",                                                          \
                 .complete = "tags"},                                                              \
                SELECT_OPTION_(a, status, "STATUS", "words:ready,pending,rejected,retired,any",    \
                               "ready, pending, rejected, retired or any"),                        \
                SELECT_OPTION_(a, recipe, "NAME", "recipes", "made by this recipe"),               \
                {.name = "since",                                                                  \
                 .type = CLI_STRING,                                                               \
                 .target = &(a).since,                                                             \
                 .argument = "TIME",                                                               \
                 .help = "made at or after: 2026-11-23, 2026-11-23T02:00:00Z, or an age: 14d"},    \
        {                                                                                          \
                .name = "not", .type = CLI_LIST, .target = &(a).not, .argument = "KEY=VALUE",      \
                .help = "without this axis value, kind, status, recipe or tag", .complete = "tags" \
        }

typedef struct Selection {
        AlTerm *terms; /* keys and values live in `strings` */
        size_t n_terms;
        Strv strings;
        int64_t since_ms;
        bool has_status;
} Selection;

/* -EINVAL with a sentence for a wrong term, -E2BIG, -ENOMEM. */
int select_parse(const SelectArgs *args, const Strv *terms, int64_t now_ms, Selection *ret,
                 Err *err) _must_check_;
void select_done(Selection *s);

/* Tells on stderr why nothing matched: the value or key that no asset has and the nearest that
 * there is. */
void select_hint(Library *lib, const Selection *s, int64_t now_ms);
