/* SPDX-License-Identifier: MIT */

/* assetlib: asks the library. Links neither the network nor the media libraries and calls no locale
 * function: it has to answer in milliseconds. */

#include <signal.h>
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/select.h"

static const char *arg_library;

static const CliOption globals[] = {
        {.name = "library",
         .type = CLI_STRING,
         .target = &arg_library,
         .argument = "DIR",
         .help = "the library (default: $PREGEN_LIBRARY, else " APP_LIBRARY_DEFAULT ")",
         .complete = "dirs"},
};

static const CliVerb verbs[] = {
        {.name = "query",
         .summary = "select assets by brand, hook, category and any other tag",
         .usage = "[TERM...]",
         .max_args = -1,
         .options = cmd_query_options,
         .run = cmd_query,
         .complete = "terms",
         .entries = "keys",
         .entry = select_help_entry,
         .details = "Terms side by side: values of the same key are alternatives, different keys "
                    "must all match. 'or', 'and', 'not' and parentheses say more; not:KEY=VALUE "
                    "is 'not KEY:VALUE'. Commas part alternatives, quotes keep them together. A "
                    "range is A..B, A.., ..B, >=A, >A, <=B or <B. See assetlib-query(7).\n\n"
                    "Without a status, only ready assets that have not expired are selected; with "
                    "one, expired assets too ('any' stands for every status). They come least used "
                    "first, then newest first.\n\n"
                    "Nothing matched: exit code 4.",
         .example = "assetlib query --brand acme --hook urgency\n"
                    "assetlib query brand:acme hook:urgency,proof not:format=story\n"
                    "assetlib query kind:video created:-14d.. 'width:>=1080' fits:meta.story\n"
                    "assetlib query 'text:\"free shipping\" (used:0 or created:-2d..)' --count\n"
                    "assetlib query brand:acme --format path -0 | xargs -0 cp -t campaign/"},
        {.name = "show",
         .summary = "everything about an asset: axes, tags, file, where it came from, price",
         .usage = "ID...",
         .min_args = 1,
         .max_args = -1,
         .options = cmd_show_options,
         .run = cmd_show,
         .complete = "ids",
         .details = "An ID may be shortened as long as it stays unique, to no less than 4 "
                    "characters."},
        {.name = "stock",
         .summary = "the shelf: ready assets against their targets, by brand, hook and category",
         .options = cmd_stock_options,
         .run = cmd_stock,
         .example = "assetlib stock --short"},
        {.name = "retire",
         .summary = "take assets off the shelf; the next run makes new ones",
         .usage = "ID...",
         .min_args = 1,
         .max_args = -1,
         .options = cmd_curate_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "All of them or, after an error, none."},
        {.name = "approve",
         .summary = "put assets on the shelf that wait for review, or bring some back",
         .usage = "ID...",
         .min_args = 1,
         .max_args = -1,
         .options = cmd_curate_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "All of them or, after an error, none."},
        {.name = "reject",
         .summary = "refuse assets in review, with the reason",
         .usage = "ID...",
         .min_args = 1,
         .max_args = -1,
         .options = cmd_reject_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "All of them or, after an error, none.",
         .example = "assetlib reject --reason 'logo is cropped' 3kf9"},
        {.name = "verify",
         .summary = "compare the library with its files, both ways",
         .options = cmd_verify_options,
         .run = cmd_verify,
         .details = "Exit code 0 when all is well, 1 when something is damaged."},
        {.name = "brands",
         .summary = "the brands on the shelf, with counts",
         .options = cmd_facet_options,
         .run = cmd_facet},
        {.name = "hooks",
         .summary = "the hooks on the shelf, with counts",
         .options = cmd_facet_options,
         .run = cmd_facet},
        {.name = "categories",
         .summary = "the categories on the shelf, with counts",
         .options = cmd_facet_options,
         .run = cmd_facet},
        {.name = "tags",
         .summary = "the other tags on the shelf, with counts",
         .usage = "[KEY]",
         .max_args = 1,
         .options = cmd_facet_options,
         .run = cmd_facet},
        {.name = "complete",
         .summary = "values for shell completion, one a line",
         .usage = "brands|hooks|categories|recipes|providers|models|tags|terms|fits|ids",
         .min_args = 1,
         .max_args = 1,
         .run = cmd_complete,
         .hidden = true},
};

static const Cli cli = {
        .program = APP_NAME,
        .summary = "Finds ready-made ad assets in the library that pregend fills overnight.",
        .version = PREGEN_VERSION,
        .verbs = verbs,
        .n_verbs = ARRAY_LEN(verbs),
        .globals = globals,
        .n_globals = ARRAY_LEN(globals),
};

const char *app_library_dir(void) {
        const char *environment = getenv("PREGEN_LIBRARY");

        if (arg_library)
                return arg_library;
        return environment && environment[0] ? environment : APP_LIBRARY_DEFAULT;
}

int main(int argc, char **argv) {
        /* A reader that had enough shows as EPIPE, which every verb takes for the end. */
        (void) signal(SIGPIPE, SIG_IGN);
        return cli_main(&cli, argc, argv);
}
