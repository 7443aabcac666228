/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Command line of both programs: a table of verbs, each with a table of options; usage, --help,
 * completion and did-you-mean are generated from the tables, so they cannot drift. `--opt value`,
 * `--opt=value`, `-n 3`, `-n3`, `--` ends options. Owns nothing.
 */

#include "base/err.h"
#include "base/strv.h"

typedef enum CliType {
        CLI_FLAG,   /* bool *  */
        CLI_STRING, /* const char **, borrowed from argv */
        CLI_LIST,   /* Strv *, repeatable */
        CLI_INT,    /* int64_t *, bounded by min, max */
        CLI_MONEY,  /* Micros * */
        CLI_WORD,   /* int *, index into words[] */
} CliType;

typedef struct CliOption {
        const char *name; /* "brand" for --brand */
        char letter;      /* 'n' for -n, 0 = none */
        CliType type;
        void *target;
        const char *argument;     /* "NAME" in the help; NULL for flags */
        const char *help;         /* one line */
        const char *const *words; /* CLI_WORD: NULL-terminated */
        int64_t min, max;         /* CLI_INT */
        const char *complete;     /* what shell completion offers: "brands" "hooks" "categories"
                                     "recipes" "files" "dirs", NULL */
        bool hidden;
} CliOption;

typedef struct CliVerb CliVerb;
struct CliVerb {
        const char *name;
        const char *summary;    /* one line for the list of verbs */
        const char *usage;      /* "[TERMS...]": positional arguments */
        const char *details;    /* paragraphs below the options in --help; may be NULL */
        const char *example;    /* one or more example lines; may be NULL */
        int min_args, max_args; /* max -1: any number */
        const CliOption *(*options)(size_t *ret_n);        /* verb's own options; NULL: none */
        int (*run)(const CliVerb *verb, const Strv *args); /* returns an ExitCode */
        bool hidden;
};

typedef struct Cli {
        const char *program; /* "assetlib" */
        const char *summary;
        const char *version;
        const CliVerb *verbs;
        size_t n_verbs;
        const CliOption *globals; /* accepted before and after the verb */
        size_t n_globals;
} Cli;

/* Parses, dispatches, prints help and usage errors; returns the process's exit code. Handles --help
 * (also `help VERB`), --version, and the hidden --list-verbs and --list-options VERB that the
 * completion files call. */
int cli_main(const Cli *cli, int argc, char **argv);

/* Whether stream fd wants colour: a terminal, NO_COLOR empty or unset, TERM not "dumb". */
bool cli_colour(int fd);
/* Columns of the terminal on fd, 80 when unknown. */
int cli_width(int fd);
