/* SPDX-License-Identifier: MIT */

/* pregend report [RUN]: what a run made, spent and could not make. */

#include <inttypes.h>
#include <stdio.h>

#include "app.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/parse.h"
#include "cmds.h"
#include "night/report.h"

static int arg_format;

static const CliOption options[] = {
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "table|json",
         .help = "how to print it",
         .words = app_format_words},
};

const CliOption *cmd_report_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

int cmd_report(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        int64_t run = 0;
        Err err = {0};
        int r;

        (void) verb;
        if (args->n > 0 && parse_int(args->items[0], 1, INT64_MAX, &run) < 0) {
                log_error("'%s' is not the number of a run; `pregend report` without one shows the "
                          "last",
                          args->items[0]);
                return EXIT_CODE_USAGE;
        }
        r = app_open_for_reading(&lib);
        if (r != EXIT_CODE_OK)
                return r;
        r = report_print(lib, run, arg_format ? OUT_JSON : OUT_TABLE, stdout, &err);
        if (r == AL_NOT_FOUND) {
                if (run)
                        log_error("there is no run %" PRId64
                                  " in '%s'; `pregend report` shows the last",
                                  run, al_dir(lib));
                else
                        log_error("no run yet in '%s'; `pregend run` makes one", al_dir(lib));
                return EXIT_CODE_EMPTY;
        }
        return app_result(r, &err);
}
