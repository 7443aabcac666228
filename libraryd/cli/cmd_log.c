/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "cli/cmd.h"

enum {
        LIMIT_DEFAULT = 50,
};

static const char *arg_for;
static int64_t arg_limit = LIMIT_DEFAULT;
static int arg_format;

static const CliOption options[] = {
        {.name = "for",
         .type = CLI_STRING,
         .target = &arg_for,
         .argument = "CAMPAIGN",
         .help = "only what this campaign took and gave back",
         .complete = "campaigns"},
        {.name = "limit",
         .letter = 'n',
         .type = CLI_INT,
         .target = &arg_limit,
         .argument = "N",
         .help = "the newest N (default: 50)",
         .min = 1,
         .max = INT64_MAX},
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "at", .title = "AT"},
        {.key = "who", .title = "WHO", .max_width = 20},
        {.key = "id", .title = "ID"},
        {.key = "event", .title = "EVENT"},
        {.key = "detail", .title = "WHAT", .max_width = 60},
        {.key = "reason", .title = "WHY", .max_width = 60},
};

const CliOption *cmd_log_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

typedef struct Log {
        Library *lib;
        Out *out;
        int64_t n;
} Log;

static void log_done(Log *l) {
        l->out = out_free(l->out);
        (void) al_close(l->lib);
}

static int print_event(const AlEvent *e, void *userdata) {
        Log *l = userdata;

        l->n++;
        (void) out_time(l->out, e->at_ms);
        (void) out_str(l->out, e->who);
        (void) out_str(l->out, e->id);
        (void) out_str(l->out, e->event);
        (void) out_str(l->out, e->detail);
        return out_str(l->out, e->reason);
}

/* 0 or an exit code. */
static int log_asset(Log *l, const char *id) {
        _cleanup_(al_asset_done) AlAsset asset = {0};
        _cleanup_(strv_done) Strv candidates = {0};
        Err err = {0};
        int r = al_asset_find(l->lib, id, &asset, &candidates, &err);

        if (r == AL_NOT_FOUND || r == AL_AMBIGUOUS)
                return app_fail_id((AlResult) r, id, &candidates);
        if (r >= 0)
                r = al_log(l->lib, asset.id, arg_for, arg_limit, print_event, l, &err);
        return r < 0 ? app_fail(r, &err) : 0;
}

static int log_all(Log *l) {
        Err err = {0};
        int r = al_log(l->lib, NULL, arg_for, arg_limit, print_event, l, &err);

        return r < 0 ? app_fail(r, &err) : 0;
}

int cmd_log(const CliVerb *verb, const Strv *args) {
        _cleanup_(log_done) Log l = {0};
        int r;

        assert(verb && args);
        r = app_open(AL_READ, &l.lib);
        if (r == 0 && out_new(stdout, (OutFormat) arg_format, "events", columns, ARRAY_LEN(columns),
                              &l.out) < 0)
                r = cli_error(APP_NAME, "out of memory");
        if (r == 0 && args->n == 0)
                r = log_all(&l);
        for (size_t i = 0; r == 0 && i < args->n; i++)
                r = log_asset(&l, args->items[i]);
        if (r != 0)
                return r;
        r = out_end(l.out);
        if (r < 0)
                return app_fail(r, NULL);
        if (l.n == 0)
                app_note("nothing has happened yet");
        return l.n > 0 ? EXIT_CODE_OK : EXIT_CODE_EMPTY;
}
