/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "cli/cmd.h"

static bool arg_dry_run, arg_force;
static int arg_format;
static const char *arg_max_size;

static const CliOption options[] = {
        {.name = "dry-run", .target = &arg_dry_run, .help = "only say what would go"},
        {.name = "force",
         .target = &arg_force,
         .help = "also when an unusual share of all would go"},
        {.name = "max-size",
         .type = CLI_STRING,
         .target = &arg_max_size,
         .argument = "SIZE",
         .help = "of all files together, as 500GB; instead of the settings' retention.max_size"},
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "id", .title = "ID"},
        {.key = "reason", .title = "WHY"},
        {.key = "bytes", .title = "SIZE", .right = true},
};

const CliOption *cmd_gc_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int print_asset(const char *id, const char *reason, int64_t bytes, void *userdata) {
        (void) out_str(userdata, id);
        (void) out_str(userdata, reason);
        return out_bytes(userdata, (uint64_t) bytes);
}

static int add_totals(Out *out, const AlGcTotals *t) {
        Json *extra = out_extra(out);
        int r = json_add_bool(extra, "dry_run", arg_dry_run);

        if (r >= 0)
                r = json_add_int(extra, "assets", t->assets);
        if (r >= 0)
                r = json_add_int(extra, "files", t->objects);
        return r < 0 ? r : json_add_int(extra, "bytes_freed", t->bytes);
}

static int refused(const AlGcTotals *t) {
        if (t->missing > 0)
                return cli_error(APP_NAME,
                                 "the files of %" PRId64
                                 " assets are missing: is the file system of '%s/objects' mounted? "
                                 "Nothing was given up; --force does all the same",
                                 t->missing, app_library_dir());
        return cli_error(APP_NAME,
                         "%" PRId64 " of %" PRId64
                         " assets would go, more than is usual: is the clock right, is a max_age? "
                         "'assetlib gc --dry-run' lists them, '--force' lets them go",
                         t->assets, t->of);
}

static int busy(void) {
        (void) cli_error(APP_NAME,
                         "a run, an import or a backup is at work; try again when it is over");
        return EXIT_CODE_BUSY;
}

static void summary(const AlGcTotals *t) {
        char over[APP_BYTES_MAX], bytes[APP_BYTES_MAX];

        app_bytes(t->bytes, bytes);
        app_bytes(t->over, over);
        app_note("%" PRId64 " assets, %" PRId64 " files, %s %s", t->assets, t->objects, bytes,
                 arg_dry_run ? "would be freed" : "freed");
        if (t->over > 0)
                app_note("%s more than max_size are left: all of it was taken or counts as stock",
                         over);
}

static int collect(Library *lib, const AlKeeping *keeping, Out *out, AlGcTotals *totals, Err *err) {
        _cleanup_(freep) char *who = app_user();
        AlGcOptions o = {.keeping = keeping,
                         .now_ms = app_now_ms(),
                         .who = who,
                         .dry_run = arg_dry_run,
                         .force = arg_force};
        int r;

        if (!who)
                return -ENOMEM;
        r = al_gc(lib, &o, print_asset, out, totals, err);
        return r != 0 ? r : add_totals(out, totals);
}

int cmd_gc(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(out_freep) Out *out = NULL;
        AlGcTotals totals = {0};
        AlKeeping keeping;
        uint64_t max = 0;
        Err err = {0};
        int r;

        assert(verb && args);
        if (arg_max_size && (parse_bytes(arg_max_size, &max) < 0 || max == 0 || max > INT64_MAX))
                return cli_usage_error(APP_NAME, verb, "'%s' is not a size (as 500GB or 64GiB)",
                                       arg_max_size);
        r = app_open(arg_dry_run ? AL_READ : AL_WRITE, &lib);
        if (r != 0)
                return r;
        r = out_new(stdout, (OutFormat) arg_format, "collected", columns, ARRAY_LEN(columns), &out);
        if (r >= 0)
                r = al_keeping(lib, &keeping, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (arg_max_size)
                keeping.max_bytes = (int64_t) max;
        r = collect(lib, &keeping, out, &totals, &err);
        if (r == AL_REFUSED)
                return refused(&totals);
        if (r == AL_TAKEN)
                return busy();
        if (r < 0)
                return app_fail(r, &err);
        r = out_end(out);
        if (r < 0)
                return app_fail_print(r, arg_dry_run ? NULL : APP_CHANGED);
        summary(&totals);
        return EXIT_CODE_OK;
}
