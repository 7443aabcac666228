/* SPDX-License-Identifier: MIT */

/* backup and restore-backup. */

#include <inttypes.h>
#include <stdio.h>

#include "cli/cmd.h"

enum { BACKUP_TEXT, BACKUP_JSON };

static const char *const format_words[] = {"text", "json", NULL};

static int arg_format;

static const CliOption options[] = {
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "FORMAT",
         .help = "how to print",
         .words = format_words},
};

const CliOption *cmd_backup_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int print_totals(const AlBackupTotals *t, const char *where) {
        char bytes[APP_BYTES_MAX];

        if (arg_format == BACKUP_JSON) {
                _cleanup_(json_freep) Json *j = json_new_object();

                (void) json_add_str(j, "directory", where);
                (void) json_add_int(j, "objects", t->objects);
                (void) json_add_int(j, "bytes", t->bytes);
                (void) json_add_int(j, "linked", t->linked);
                (void) json_add_int(j, "copied", t->copied);
                (void) json_add_int(j, "kept", t->kept);
                (void) json_add_int(j, "missing", t->missing);
                return out_print_json(stdout, TAKE_PTR(j));
        }
        app_bytes(t->bytes, bytes);
        app_note("'%s': %" PRId64 " files of %s (%" PRId64 " linked, %" PRId64 " copied, %" PRId64
                 " were there)",
                 where, t->objects, bytes, t->linked, t->copied, t->kept);
        return 0;
}

static int finish(const AlBackupTotals *t, const char *where, const char *next) {
        int r = print_totals(t, where);

        if (r < 0)
                return app_fail_print(r, "all that could be copied was");
        if (t->missing == 0)
                return EXIT_CODE_OK;
        (void) cli_error(APP_NAME, "%" PRId64 " files are missing or damaged; %s", t->missing,
                         next);
        return EXIT_CODE_PARTIAL;
}

int cmd_backup(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        AlBackupTotals totals = {0};
        Err err = {0};
        int r;

        assert(verb && args && args->n == 1);
        r = app_open(AL_READ, &lib);
        if (r != 0)
                return r;
        r = al_backup(lib, args->items[0], app_now_ms(), &totals, &err);
        if (r == AL_TAKEN) {
                (void) cli_error(APP_NAME, "gc, or another backup to '%s', is at work; try again",
                                 args->items[0]);
                return EXIT_CODE_BUSY;
        }
        if (r < 0)
                return app_fail(r, &err);
        return finish(&totals, args->items[0], "'assetlib verify' says which");
}

int cmd_restore_backup(const CliVerb *verb, const Strv *args) {
        AlBackupTotals totals = {0};
        Err err = {0};
        int r;

        assert(verb && args && args->n == 1);
        r = al_restore(args->items[0], app_library_dir(), &totals, &err);
        if (r == AL_TAKEN) {
                (void) cli_error(APP_NAME, "another restore to '%s' is at work", app_library_dir());
                return EXIT_CODE_BUSY;
        }
        if (r < 0)
                return app_fail(r, &err);
        return finish(&totals, app_library_dir(),
                      "'assetlib verify --repair' takes their assets off the shelf");
}
