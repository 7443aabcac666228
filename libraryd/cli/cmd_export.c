/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/export.h"
#include "cli/select.h"

enum { EXPORT_TEXT, EXPORT_JSON };

static const char *const format_words[] = {"text", "json", NULL};

static SelectArgs arg_select;
static const char *arg_to;
static int arg_format, arg_manifest;
static bool arg_link, arg_copy;

static const CliOption options[] = {
        {.name = "to",
         .type = CLI_STRING,
         .target = &arg_to,
         .argument = "DIR",
         .help = "where the files go (required)",
         .complete = "dirs"},
        {.name = "link", .target = &arg_link, .help = "hard links or nothing"},
        {.name = "copy", .target = &arg_copy, .help = "copies, never links"},
        {.name = "manifest",
         .type = CLI_WORD,
         .target = &arg_manifest,
         .argument = "FORMAT",
         .help = "of the list of all files (default: csv)",
         .words = list_format_words},
        SELECT_OPTIONS(arg_select),
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "FORMAT",
         .help = "how to print what was done",
         .words = format_words},
};

const CliOption *cmd_export_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int add_id(const AlAsset *a, void *userdata) {
        return strv_add(userdata, a->id);
}

/* The ids first: a reader that takes long keeps the log from being folded in. Oldest first, the one
 * order that nothing changes between two runs. */
static int select_ids(Library *lib, const AlFilter *filter, int64_t now_ms, Strv *ids) {
        const AlQuery q = {.filter = filter, .order = AL_ORDER_OLDEST, .now_ms = now_ms};
        Err err = {0};
        int r = al_query(lib, &q, add_id, ids, &err);

        if (r < 0)
                return app_fail(r, &err);
        if (ids->n > 0)
                return 0;
        select_hint(lib, filter, now_ms);
        return EXIT_CODE_EMPTY;
}

static int print_totals(const Export *e) {
        int64_t n = e->linked + e->copied + e->there;
        const char *list = export_list_name(e->format);
        char bytes[APP_BYTES_MAX];

        if (arg_format == EXPORT_JSON) {
                _cleanup_(json_freep) Json *j = json_new_object();

                (void) json_add_str(j, "directory", e->to);
                (void) json_add_str(j, "manifest", list);
                (void) json_add_int(j, "assets", n);
                (void) json_add_int(j, "bytes", e->bytes);
                (void) json_add_int(j, "linked", e->linked);
                (void) json_add_int(j, "copied", e->copied);
                (void) json_add_int(j, "there", e->there);
                (void) json_add_int(j, "damaged", e->damaged);
                return out_print_json(stdout, TAKE_PTR(j));
        }
        app_bytes(e->bytes, bytes);
        app_note("'%s': %" PRId64 " files of %s (%" PRId64 " linked, %" PRId64 " copied, %" PRId64
                 " were there), listed in %s",
                 e->to, n, bytes, e->linked, e->copied, e->there, list);
        return 0;
}

/* What is there stays, and the same command goes on from it. */
static int stopped(const Export *e, int r, const Err *err) {
        int code = app_fail(r, err);

        if (e->out)
                app_note("%" PRId64 " files are in '%s'; the same command goes on from there",
                         e->linked + e->copied + e->there, e->to);
        return code;
}

static int export_all(Export *e, const Strv *ids) {
        Err err = {0};
        int r = export_begin(e, &err);

        for (size_t i = 0; r >= 0 && i < ids->n; i++) {
                r = export_asset(e, ids->items[i], &err);
                if (r != -EUCLEAN)
                        continue;
                (void) cli_error(APP_NAME, "%s", err_text(&err));
                err = (Err){0};
                r = 0;
        }
        if (r >= 0)
                r = export_end(e, &err);
        if (r < 0)
                return stopped(e, r, &err);
        r = print_totals(e);
        if (r < 0)
                return app_fail(r, NULL);
        if (e->damaged == 0)
                return EXIT_CODE_OK;
        (void) cli_error(APP_NAME,
                         "%" PRId64 " assets are left out, in the manifest too; 'assetlib verify' "
                         "tells more",
                         e->damaged);
        return EXIT_CODE_PARTIAL;
}

int cmd_export(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_filter_freep) AlFilter *filter = NULL;
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(strv_done) Strv ids = {0};
        _cleanup_(export_done) Export e = {.now_ms = app_now_ms()};
        int r;

        assert(verb && args);
        if (!arg_to)
                return cli_usage_error(APP_NAME, verb, "'%s' needs --to DIR", verb->name);
        if (arg_link && arg_copy)
                return cli_usage_error(APP_NAME, verb, "--link and --copy exclude each other");
        r = app_open(AL_READ, &lib);
        if (r == 0)
                r = select_filter(lib, &arg_select, args, e.now_ms, &filter);
        if (r == 0)
                r = select_ids(lib, filter, e.now_ms, &ids);
        if (r != 0)
                return r;
        e.lib = lib;
        e.to = arg_to;
        e.mode = arg_link ? AL_HAND_LINK : arg_copy ? AL_HAND_COPY : AL_HAND_AUTO;
        e.format = (ListFormat) arg_manifest;
        return export_all(&e, &ids);
}
