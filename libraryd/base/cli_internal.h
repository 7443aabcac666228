/* SPDX-License-Identifier: MIT */
#pragma once

/* What cli.c (dispatch), cli_parse.c (options), cli_value.c (their values), cli_help.c and
 * cli_list.c (generated text) share. */

#include <stdio.h>

#include "base/cli.h"

enum {
        CLI_OPTIONS_MAX = 64, /* of one verb and the program together */
};

/* The verb's own options and the program's, behind one index; the verb's come first. */
typedef struct CliOptions {
        const CliOption *items[CLI_OPTIONS_MAX];
        size_t n, n_own;
} CliOptions;

/* What the built-in options asked for. */
typedef struct CliRequest {
        bool help, version, list_verbs, list_options;
} CliRequest;

/* verb NULL: the program's options alone. */
void cli_options(const Cli *cli, const CliVerb *verb, CliOptions *ret);

/* NULL when unknown. Hidden ones are found too. */
const CliVerb *cli_verb_find(const Cli *cli, const char *name);
/* The nearest verb people should know of, or NULL. */
const char *cli_verb_nearest(const Cli *cli, const char *name);

/* Takes options from argv[*i] on, positional arguments into *args, until the end; with verb NULL
 * until the first argument that is no option. 0, or an exit code > 0 after an error was told. */
int cli_parse(const Cli *cli, const CliVerb *verb, int argc, char **argv, int *i, Strv *args,
              CliRequest *request);

/* Stores `value` in the option's target. -EINVAL with a sentence, -ENOMEM. */
int cli_value_store(const CliOption *option, const char *value, Err *err);

/* Columns to wrap help at. */
int cli_help_width(FILE *f);
void cli_help_program(const Cli *cli, FILE *f);
void cli_help_verb(const Cli *cli, const CliVerb *verb, FILE *f);

void cli_list_verbs(const Cli *cli, FILE *f);
void cli_list_options(const Cli *cli, const CliVerb *verb, FILE *f);
