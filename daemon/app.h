/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What every verb of pregend starts from: the global options, and the three things nearly all of
 * them open. `arg_app` is filled by the command line in main.c and never changes afterwards.
 */

#include "base/cli.h"
#include "core/library.h"
#include "recipe/config.h"

typedef struct App {
        const char *config;  /* --config, else $PREGEN_CONFIG, else the installed settings file */
        const char *library; /* --library, else $PREGEN_LIBRARY, else NULL: the settings say */
} App;

extern App arg_app;

/* The settings file by the rule above. Borrowed. */
const char *app_settings_file(void);

/* Loads the configuration and prints every problem to stderr. Returns an ExitCode: EXIT_CODE_OK
 * (perhaps with recipes left out, see Config.n_left_out), or EXIT_CODE_USAGE when nothing can be
 * done with it. From here on local time is that of the settings' time_zone. */
int app_load_config(Config **ret);
/* The same for a night that goes on: the process stays in the time zone it started in, since other
 * threads read the environment by then. */
int app_reload_config(Config **ret);

/* The directory of the library by the rule above. Borrowed. config may be NULL: then only the
 * command line, the environment and the default count. */
const char *app_library_dir(const Config *config);

/* Opens the library for a verb and prints the error; returns an ExitCode. With AL_READ, a
 * configuration that cannot be read is not needed. */
int app_open_library(const Config *config, AlMode mode, Library **ret);

/* Says why al_open() failed and what to do about it; returns an ExitCode. */
int app_no_library(const Err *err);

/* The library for a verb that only reads: the settings are read only when nothing else says where
 * it is. Returns an ExitCode. */
int app_open_for_reading(Library **ret);

/* Jobs are named by the beginning of their ids. An ExitCode: whether each of args is long enough to
 * be meant as one. */
int app_check_jobs(const CliVerb *verb, const Strv *args);
bool app_job_begins(const AlJob *job, const char *prefix);

/* The ExitCode of a verb that printed: a closed pipe is no error; any other failure is told, by its sentence or else by its code. */
int app_result(int r, const Err *err);

/* The option --format of verbs that print through Out. */
#define APP_FORMAT_OPTION(variable)                                                                \
        {                                                                                          \
                .name = "format", .type = CLI_WORD, .target = &(variable), .argument = "FORMAT",   \
                .help = "table (the default), json, jsonl, csv", .words = out_format_words         \
        }

/* "table" "json", for a CLI_WORD option --format of verbs that show one thing: index 0 and 1. */
extern const char *const app_format_words[];
