/* SPDX-License-Identifier: MIT */

/* assetlib: asks the library. Links neither the network nor the media libraries and calls no locale
 * function: it has to answer in milliseconds. */

#include <signal.h>
#include <stdio.h>

#include "base/heap.h"
#include "cli/cmd.h"
#include "cli/select.h"

enum {
        HEAP_BYTES = 448 * 1024, /* a query of one page, of a million assets, takes a little less */
};

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
        {.name = "take",
         .summary = "hand assets to a campaign, and remember it",
         .usage = "[TERM...] --for CAMPAIGN",
         .max_args = -1,
         .options = cmd_take_options,
         .run = cmd_take,
         .complete = "terms",
         .details =
                 "Selects as 'query' does, least used first, untaken ones before all others, and "
                 "records the take in one step: two takers never get the same exclusive asset. "
                 "What is taken does not count as stock; the next run makes new ones.\n\n"
                 "When there are fewer than N, nothing is taken, what is short is said, and the "
                 "exit code is 4; --partial takes what there is.\n\n"
                 "The take is recorded before files appear. When a file cannot be written, "
                 "--again gives the files once more and takes nothing.",
         .example = "assetlib take brand:acme hook:urgency -n 3 --for spring-2027 --to campaign/\n"
                    "assetlib take format:story --for spring-2027 --exclusive --ttl 30d\n"
                    "assetlib take --again --for spring-2027 --to campaign/"},
        {.name = "release",
         .summary = "give back what was taken",
         .usage = "[ID...]",
         .max_args = -1,
         .options = cmd_release_options,
         .run = cmd_release,
         .complete = "ids",
         .details =
                 "IDs, or all that a campaign has. All of them or, after an error, none. What is "
                 "given back is stock again."},
        {.name = "campaigns",
         .summary = "the campaigns that took something, with what they have",
         .options = cmd_campaigns_options,
         .run = cmd_campaigns},
        {.name = "stock",
         .summary = "the shelf: ready and untaken assets against their targets, by brand, hook and "
                    "category",
         .options = cmd_stock_options,
         .run = cmd_stock,
         .details = "DAYS is how long what is ready lasts at the rate of the last 28 days' takes. "
                    "Nothing to show: exit code 4.",
         .example = "assetlib stock --short"},
        {.name = "spend",
         .summary = "what assets cost, from the ledger",
         .options = cmd_spend_options,
         .run = cmd_spend,
         .details = "Paid is what was billed and what is reserved for calls in flight. It divides "
                    "into what went into assets that were taken, into assets that are still on the "
                    "shelf, and waste: blocked and failed calls, and assets that were rejected, "
                    "retired or expired without ever being taken.\n\n"
                    "By campaign, an asset that several took is divided among them.",
         .example = "assetlib spend --by brand,hook\n"
                    "assetlib spend --by campaign --since 30d --format csv"},
        {.name = "tag",
         .summary = "add tags to assets and take them away",
         .usage = "ID...|TERM... +KEY=VALUE|-KEY[=VALUE]...",
         .min_args = 1,
         .max_args = -1,
         .options = cmd_tag_options,
         .run = cmd_tag,
         .minus_args = true,
         .complete = "terms",
         .details = "What is taken away goes first, so that -KEY +KEY=VALUE replaces. With a TERM, "
                    "all that it selects are changed, after asking or with --yes. All of them or, "
                    "after an error, none.",
         .example = "assetlib tag 3kf9 +season=spring -old\n"
                    "assetlib tag brand:acme hook:urgency +season=spring --yes"},
        {.name = "retire",
         .summary = "take assets off the shelf; the next run makes new ones",
         .usage = "ID...|TERM...",
         .max_args = -1,
         .options = cmd_curate_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "With a TERM, all that it selects are changed, after asking or with "
                    "--yes. All of them or, after an error, none."},
        {.name = "approve",
         .summary = "put assets on the shelf that wait for review, or bring some back",
         .usage = "ID...|TERM...",
         .max_args = -1,
         .options = cmd_curate_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "An approval is of the bytes the asset has: its file is read, and whatever "
                    "changes it ends the approval. A TERM selects among those that wait for "
                    "review.\n\nWith a TERM, all that it selects are changed, after asking or with "
                    "--yes. All of them or, after an error, none."},
        {.name = "reject",
         .summary = "refuse assets in review, with the reason",
         .usage = "ID...|TERM...",
         .max_args = -1,
         .options = cmd_reject_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "With a TERM, all that it selects are changed, after asking or with "
                    "--yes. All of them or, after an error, none.",
         .example = "assetlib reject --reason 'logo is cropped' 3kf9"},
        {.name = "import",
         .summary = "bring files in that were made elsewhere",
         .usage = "FILE...",
         .max_args = -1,
         .options = cmd_import_options,
         .run = cmd_import,
         .complete = "files",
         .details =
                 "Pictures and videos are decoded by the media worker; *.txt is copy. Each file is "
                 "copied; one that is there already, with the same brand, hook and category, is "
                 "not taken twice, so that the same command goes on after an interruption. Links "
                 "and special files are refused.\n\n"
                 "Exit code 3 when some were refused.",
         .example = "assetlib import --brand acme --hook urgency --category lifestyle *.png\n"
                    "assetlib import --pattern '{brand}/{hook}/{category}_*.png' */*/*.png\n"
                    "assetlib import --from-csv old-shelf.csv"},
        {.name = "export",
         .summary = "assets as files under readable names, with sidecars and a list",
         .usage = "[TERM...] --to DIR",
         .max_args = -1,
         .options = cmd_export_options,
         .run = cmd_export,
         .complete = "terms",
         .details =
                 "Selects as 'query' does. Each file has everything about its asset beside it, as "
                 "FILE.json. manifest.csv (or manifest.jsonl), which lists them all, appears last: "
                 "when it is there, everything it names is. The same command goes on where an "
                 "interrupted one stopped. Nothing is taken, and no file of somebody else is "
                 "overwritten.\n\n"
                 "Exit code 3 when files in the library are damaged and were left out.",
         .example = "assetlib export brand:acme season:spring --to /mnt/agency/acme\n"
                    "assetlib export for:spring-2027 --to campaign/ --manifest jsonl"},
        {.name = "dupes",
         .summary = "near-duplicates: assets that look or read all but the same",
         .usage = "[TERM...]",
         .max_args = -1,
         .options = cmd_dupes_options,
         .run = cmd_dupes,
         .complete = "terms",
         .details =
                 "Every group of which the terms (as in 'query') select an asset: the first asset, "
                 "which counts as stock, and the alternates, which do not. Without terms: all. "
                 "How near is near: 'duplicates' in the settings.\n\n"
                 "No group: exit code 4.",
         .example = "assetlib dupes brand:acme"},
        {.name = "restore",
         .summary = "bring back what was retired or rejected, as it was before",
         .usage = "ID...|TERM...",
         .max_args = -1,
         .options = cmd_curate_options,
         .run = cmd_curate,
         .complete = "ids",
         .details = "With a TERM, all that it selects are changed, after asking or with "
                    "--yes. All of them or, after an error, none."},
        {.name = "log",
         .summary = "who did what and when, newest first",
         .usage = "[ID...]",
         .max_args = -1,
         .options = cmd_log_options,
         .run = cmd_log,
         .complete = "ids"},
        {.name = "verify",
         .summary = "compare the library with its files, both ways",
         .options = cmd_verify_options,
         .run = cmd_verify,
         .details = "Exit code 0 when all is well, 1 when something is damaged."},
        {.name = "gc",
         .summary = "give up the files of what is expired, retired or rejected",
         .options = cmd_gc_options,
         .run = cmd_gc,
         .details = "When is in the settings ('retention'). Nothing that was ever taken goes, nor "
                    "anything that counts as stock; the row of an asset stays, with the status "
                    "'collected'.",
         .example = "assetlib gc --dry-run"},
        {.name = "backup",
         .summary = "copy the library, as it is at one moment, while others use it",
         .usage = "DIR",
         .min_args = 1,
         .max_args = 1,
         .options = cmd_backup_options,
         .run = cmd_backup,
         .complete = "dirs",
         .details =
                 "Files are hard links where the file system allows, else copies; those there from "
                 "an earlier backup are kept. DIR can be read as a library: 'assetlib --library "
                 "DIR verify'.\n\n"
                 "Exit code 3 when files of the library are missing.",
         .example = "assetlib backup /mnt/backup/pregen"},
        {.name = "restore-backup",
         .summary = "make a new library out of a backup",
         .usage = "DIR",
         .min_args = 1,
         .max_args = 1,
         .options = cmd_backup_options,
         .run = cmd_restore_backup,
         .complete = "dirs",
         .details =
                 "The library (--library, $PREGEN_LIBRARY) must not be there yet: nothing is "
                 "overwritten. Every file is compared with its hash. What was interrupted may be "
                 "called again.\n\n"
                 "Exit code 3 when files are missing in the backup.",
         .example = "assetlib restore-backup /mnt/backup/pregen --library /var/lib/pregen"},
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
         .usage = "brands|hooks|categories|recipes|providers|models|tags|terms|fits|ids|campaigns",
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
        heap_prepare(HEAP_BYTES);
        al_one_thread();
        return cli_main(&cli, argc, argv);
}
