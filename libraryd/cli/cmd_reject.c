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
         .help = "what is wrong with it (required: the recipe's owner reads it)"},
        APP_FORMAT_OPTION(arg_format),
};

const CliOption *cmd_reject_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

int cmd_reject(const CliVerb *verb, const Strv *args) {
        assert(verb && args);
        if (!arg_reason || !arg_reason[0])
                return cli_usage_error(APP_NAME, verb, "'reject' needs --reason TEXT");
        return curate(args, ASSET_REJECTED, arg_reason, (OutFormat) arg_format);
}
