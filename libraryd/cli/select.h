/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A selection as people type it, by options or by terms, made into the filter that al_query()
 * takes. Both say the same: `--brand acme` is `brand:acme`, `--not format=story` is
 * `not:format=story`. Every verb that takes TERMS goes through here; the language itself is the
 * core's (core/filter.h).
 */

#include "base/cli.h"
#include "core/library.h"

typedef struct SelectArgs {
        Strv brand, hook, category, kind, status, recipe, since, fits, tag, not ;
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
                SELECT_OPTION_(a, tag, "KEY=VALUE", "tags", "with this tag"),                      \
                SELECT_OPTION_(a, status, "STATUS", "words:ready,pending,rejected,retired,any",    \
                               "ready, pending, rejected, retired or any"),                        \
                SELECT_OPTION_(a, recipe, "NAME", "recipes", "made by this recipe"),               \
                SELECT_OPTION_(a, since, "TIME", NULL,                                             \
                               "made at or after: 2026-11-23, 2026-11-23T02:00:00Z, or an age: "   \
                               "14d"),                                                             \
                SELECT_OPTION_(a, fits, "PLACEMENT", "fits",                                       \
                               "that a platform's placement accepts: meta.story"),                 \
                SELECT_OPTION_(a, not, "KEY=VALUE", "tags",                                        \
                               "without this value of a field or tag")

/* The filter of a verb's options and arguments. 0; or, after the mistake was told on stderr with a
 * caret below the place, the exit code. The filter is the caller's. */
int select_filter(Library *lib, const SelectArgs *args, const Strv *terms, int64_t now_ms,
                  AlFilter **ret) _must_check_;

/* Whether any of the options was given. */
bool select_has_any(const SelectArgs *args);

/* The same without telling: errors as al_filter_parse(). *ret_place (may be NULL, caller frees):
 * the part with the mistake and the caret below it, two lines safe for a terminal; NULL when it has
 * no place. */
int select_parse(Library *lib, const SelectArgs *args, const Strv *terms, int64_t now_ms,
                 AlFilter **ret, char **ret_place, Err *err) _must_check_;

/* CliVerb.entry: the keys of the language, one line each. */
int select_help_entry(size_t i, StrBuf *term, StrBuf *help);

/* Tells on stderr why nothing matched: the value or key that no asset has and the nearest that
 * there is. */
void select_hint(Library *lib, const AlFilter *filter, int64_t now_ms);
