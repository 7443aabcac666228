/* SPDX-License-Identifier: MIT */
#pragma once

/* The assets a verb changes: named by ids, or selected as in a query. */

#include "cli/app.h"
#include "cli/select.h"

enum {
        TARGET_MAX = 100000, /* assets changed at once */
};

typedef struct Targets {
        Strv ids;   /* full ones, each once */
        bool query; /* selected: the caller asks before he changes them */
} Targets;

void targets_done(Targets *t);

/* `args` are ids unless one of them, or an option, is a term. A selection that says nothing of the
 * status is taken among `status` (a NULL-terminated list). 0, or the exit code after the error, or
 * that nothing matched, was told. */
int targets_find(Library *lib, const CliVerb *verb, SelectArgs *select, const Strv *args,
                 const char *const *status, int64_t now_ms, Targets *ret);

/* Whether to go on with all that were selected: yes when `yes` says so; asked on a terminal; never
 * otherwise. 0, or an exit code. */
int targets_confirm(const CliVerb *verb, const Targets *t, bool yes);

#define TARGET_OPTIONS(dry_run, yes)                                                               \
        {.name = "dry-run",                                                                        \
         .target = &(dry_run),                                                                     \
         .help = "change nothing, show what would change"},                                        \
        {                                                                                          \
                .name = "yes", .target = &(yes),                                                   \
                .help = "change all that are selected without asking"                              \
        }
