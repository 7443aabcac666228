/* SPDX-License-Identifier: MIT */

/* retire, approve, reject, restore: the status of some assets is changed, all or none. */

#include <stdio.h>

#include "cli/cmd.h"
#include "cli/target.h"

static SelectArgs arg_select;
static const char *arg_reason;
static bool arg_dry_run, arg_yes;
static int arg_format;

#define REASON_OPTION(text)                                                                        \
        {                                                                                          \
                .name = "reason", .type = CLI_STRING, .target = &arg_reason, .argument = "TEXT",   \
                .help = (text)                                                                     \
        }

static const CliOption options[] = {
        REASON_OPTION("why, for the record"),
        TARGET_OPTIONS(arg_dry_run, arg_yes),
        SELECT_OPTIONS(arg_select),
        APP_FORMAT_OPTION(arg_format),
};

static const CliOption reject_options[] = {
        REASON_OPTION("what is wrong with it (required: the recipe's owner reads it)"),
        TARGET_OPTIONS(arg_dry_run, arg_yes),
        SELECT_OPTIONS(arg_select),
        APP_FORMAT_OPTION(arg_format),
};

/* What a verb does, and among which assets it selects unless it is told. */
typedef struct Curation {
        const char *verb;
        AlCurate what;
        const char *done; /* "retired already" */
        bool needs_reason;
        const char *status[3];
} Curation;

static const Curation curations[] = {
        {"retire", AL_CURATE_RETIRE, "retired", false, {"ready", NULL}},
        {"approve", AL_CURATE_APPROVE, "ready", false, {"pending", NULL}},
        {"reject", AL_CURATE_REJECT, "rejected", true, {"ready", "pending", NULL}},
        {"restore", AL_CURATE_RESTORE, "on the shelf", false, {"retired", "rejected", NULL}},
};

static const OutColumn columns[] = {
        {.key = "id", .title = "ID"},
        {.key = "from", .title = "WAS"},
        {.key = "to", .title = "IS"},
};

const CliOption *cmd_curate_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

const CliOption *cmd_reject_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(reject_options);
        return reject_options;
}

typedef struct Changes {
        Library *lib;
        Targets targets;
        char *who;
        Out *out;
        Strv changed;
} Changes;

static void changes_done(Changes *c) {
        (void) al_close(c->lib);
        targets_done(&c->targets);
        c->out = out_free(c->out);
        free(c->who);
        strv_done(&c->changed);
}

/* Rows are written at the end, when it is certain that they are true. */
static int changed(const char *id, AssetStatus from, AssetStatus to, void *userdata) {
        Changes *c = userdata;

        (void) out_str(c->out, id);
        (void) out_str(c->out, asset_status_word(from));
        (void) out_str(c->out, asset_status_word(to));
        return strv_add(&c->changed, id);
}

static int curate(Changes *c, const Curation *what, int64_t now_ms, Err *err) {
        int r;

        if (!arg_dry_run)
                return al_curate(c->lib, &c->targets.ids, what->what, arg_reason, c->who, now_ms,
                                 changed, c, err);
        r = al_begin(c->lib, err);
        if (r < 0)
                return r;
        r = al_curate(c->lib, &c->targets.ids, what->what, arg_reason, c->who, now_ms, changed, c,
                      err);
        al_rollback(c->lib);
        return r;
}

/* Ids that were named and are what they were to become. */
static void tell_unchanged(const Changes *c, const Curation *what) {
        const Strv *ids = &c->targets.ids;

        for (size_t i = 0; i < ids->n && !c->targets.query; i++)
                if (!strv_has(&c->changed, ids->items[i]))
                        app_note("'%s' is %s already", ids->items[i], what->done);
        if (arg_dry_run)
                app_note("%zu would be changed; nothing was", c->changed.n);
}

static const Curation *curation_of(const CliVerb *verb) {
        size_t i = 0;

        while (i < ARRAY_LEN(curations) && !streq(curations[i].verb, verb->name))
                i++;
        assert(i < ARRAY_LEN(curations));
        return &curations[i];
}

static int change(Changes *c, const Curation *what, int64_t now_ms) {
        Err err = {0};
        int r;

        r = out_new(stdout, (OutFormat) arg_format, "changed", columns, ARRAY_LEN(columns),
                    &c->out);
        if (r < 0)
                return app_fail(r, NULL);
        r = curate(c, what, now_ms, &err);
        if (r == AL_NOT_FOUND)
                r = err.code;
        if (r < 0) {
                r = app_fail(r, &err);
                if (c->targets.ids.n > 1)
                        app_note("nothing was changed");
                return r;
        }
        tell_unchanged(c, what);
        r = out_end(c->out);
        if (r < 0)
                return app_fail_print(r, arg_dry_run || c->changed.n == 0 ? NULL : APP_CHANGED);
        return EXIT_CODE_OK;
}

int cmd_curate(const CliVerb *verb, const Strv *args) {
        _cleanup_(changes_done) Changes c = {0};
        int64_t now_ms = app_now_ms();
        const Curation *what;
        int r;

        assert(verb && args);
        what = curation_of(verb);
        if (what->needs_reason && (!arg_reason || !arg_reason[0]))
                return cli_usage_error(APP_NAME, verb, "'%s' needs --reason TEXT", verb->name);
        c.who = app_user();
        if (!c.who)
                return cli_error(APP_NAME, "out of memory");
        r = app_open(AL_WRITE, &c.lib);
        if (r == 0)
                r = targets_find(c.lib, verb, &arg_select, args, what->status, now_ms, &c.targets);
        if (r == 0 && !arg_dry_run)
                r = targets_confirm(verb, &c.targets, arg_yes);
        return r != 0 ? r : change(&c, what, now_ms);
}
