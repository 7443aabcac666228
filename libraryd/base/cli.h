/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Command line of both programs: a table of verbs, each with a table of options; usage, --help,
 * completion and did-you-mean are generated from the tables, so they cannot drift. `--opt value`,
 * `--opt=value`, `-n 3`, `-n3`, `--` ends options. Owns nothing.
 */

#include "base/err.h"
#include "base/strbuf.h"
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
                                     "recipes" "campaigns" "files" "dirs", NULL */
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
        const char *entries; /* heading of a list below the options; NULL: none */
        /* The i-th line of that list: 1, or 0 beyond the last. */
        int (*entry)(size_t i, StrBuf *term, StrBuf *help);
        bool hidden;
        bool minus_args; /* "-word" is an argument, unless it is the letter of an option alone */
        const char *complete; /* what completion offers for the arguments: as CliOption.complete, or
                                 "terms" "ids" "verbs"; NULL */
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
 * completion files call. They print one verb or option a line, fields parted by tabs:
 *
 *      NAME SUMMARY COMPLETE
 *      --NAME -LETTER ARGUMENT COMPLETE HELP   ("-" for what it has not; COMPLETE is the option's
 *                                              `complete`, or "words:a,b,c")
 *
 * Without VERB, --list-options prints the global options. A value that stands alone may not begin
 * with "--" (a forgotten value would swallow the next option): write --opt=--value. */
int cli_main(const Cli *cli, int argc, char **argv);

/* "PROGRAM: error: ..." on stderr; returns EXIT_CODE_ERROR. The text is made safe for a terminal.
 */
int cli_error(const char *program, const char *format, ...) _printf_(2, 3);
/* The same with "try 'PROGRAM VERB --help'" below it (verb may be NULL); returns EXIT_CODE_USAGE.
 */
int cli_usage_error(const char *program, const CliVerb *verb, const char *format, ...)
        _printf_(3, 4);

/* Whether stream fd wants colour: a terminal, NO_COLOR empty or unset, TERM not "dumb".
 * CLICOLOR_FORCE (not empty, not 0) wants it off a terminal too; NO_COLOR wins. */
bool cli_colour(int fd);
/* Columns of the terminal on fd; else $COLUMNS, else 80. */
int cli_width(int fd);
