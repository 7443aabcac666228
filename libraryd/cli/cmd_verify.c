/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "cli/cmd.h"

static bool arg_quick, arg_repair, arg_force;
static int arg_format;

static const CliOption options[] = {
        {.name = "quick", .target = &arg_quick, .help = "sizes only, do not read the files"},
        {.name = "repair",
         .target = &arg_repair,
         .help = "move stray files to quarantine/ and take assets without their file off the "
                 "shelf; deletes nothing"},
        {.name = "force",
         .target = &arg_force,
         .help = "with --repair: also when an unusual share of all files is missing or stray"},
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "damage", .title = "DAMAGE"},
        {.key = "subject", .title = "SUBJECT"},
        {.key = "text", .title = "WHAT"},
};

const CliOption *cmd_verify_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int print_damage(AlDamage damage, const char *subject, const char *text, void *userdata) {
        (void) out_str(userdata, al_damage_word(damage));
        (void) out_str(userdata, subject);
        return out_str(userdata, text);
}

static int add_totals(Out *out, const AlVerifyTotals *totals) {
        Json *extra = out_extra(out);
        int r;

        r = json_add_int(extra, "assets", totals->assets);
        if (r >= 0)
                r = json_add_int(extra, "objects", totals->objects);
        if (r >= 0)
                r = json_add_int(extra, "bytes", totals->bytes);
        if (r >= 0)
                r = json_add_int(extra, "damaged", totals->damaged);
        return r;
}

static void summary(const AlVerifyTotals *totals) {
        const char *next = "";

        if (totals->database > 0)
                next = "; no repair mends the database: 'assetlib restore-backup DIR' makes a new "
                       "library out of a backup";
        else if (totals->damaged > 0)
                next = arg_repair ? "; repaired what can be: verify again"
                                  : "; 'assetlib verify --repair' sets it aside";
        app_note("%" PRId64 " assets, %" PRId64 " files, %" PRId64 " damaged%s", totals->assets,
                 totals->objects, totals->damaged, next);
}

static int refused(const AlVerifyTotals *t) {
        if (t->orphans > 0)
                return cli_error(
                        APP_NAME,
                        "%" PRId64 " of %" PRId64 " files in '%s/objects' belong to no asset: "
                        "is its library.db an older or another one? Nothing was repaired; "
                        "'assetlib restore-backup DIR' makes a new library out of a backup, "
                        "--force moves the files to quarantine/ all the same",
                        t->orphans, t->objects, app_library_dir());
        return cli_error(APP_NAME,
                         "%" PRId64 " of %" PRId64 " files are missing: is the file system of "
                         "'%s/objects' mounted? Nothing was repaired; --force takes their assets "
                         "off the shelf all the same",
                         t->damaged, t->objects, app_library_dir());
}

int cmd_verify(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(out_freep) Out *out = NULL;
        AlVerifyTotals totals = {0};
        bool vanished = false;
        Err err = {0};
        int r;

        assert(verb && args);
        if (arg_force && !arg_repair)
                return cli_usage_error(APP_NAME, verb, "option '--force' needs --repair");
        r = app_open(arg_repair ? AL_WRITE : AL_READ, &lib);
        if (r != 0)
                return r;
        r = out_new(stdout, (OutFormat) arg_format, "damage", columns, ARRAY_LEN(columns), &out);
        if (r < 0)
                return app_fail(r, NULL);
        r = al_verify(lib, arg_quick,
                      arg_force    ? AL_REPAIR_FORCED
                      : arg_repair ? AL_REPAIR
                                   : AL_REPAIR_NOTHING,
                      app_now_ms(), print_damage, out, &totals, &err);
        vanished = r == AL_REFUSED;
        if (r >= 0)
                r = add_totals(out, &totals);
        if (r < 0 && r != -EPIPE)
                return app_fail(r, &err);
        if (r >= 0)
                r = out_end(out);
        if (r < 0 && r != -EPIPE)
                return app_fail_print(r, arg_repair && !vanished ? APP_CHANGED : NULL);
        if (vanished)
                return refused(&totals);
        summary(&totals);
        return totals.damaged > 0 ? EXIT_CODE_ERROR : EXIT_CODE_OK;
}
