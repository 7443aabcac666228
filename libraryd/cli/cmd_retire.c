/* SPDX-License-Identifier: MIT */

#include "cli/cmd.h"
#include "cli/curate.h"

static const char *arg_reason;
static int arg_format;

static const CliOption options[] = {
        {.name = "reason",
         .type = CLI_STRING,
         .target = &arg_reason,
         .argument = "TEXT",
         .help = "why, for the record"},
        APP_FORMAT_OPTION(arg_format),
};

const CliOption *cmd_retire_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

int cmd_retire(const CliVerb *verb, const Strv *args) {
        assert(verb && args);
        return curate(args, ASSET_RETIRED, arg_reason, (OutFormat) arg_format);
}
