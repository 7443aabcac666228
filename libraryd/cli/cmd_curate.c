/* SPDX-License-Identifier: MIT */

/* retire, approve, reject: the status of some assets is changed, all or none. */

#include <inttypes.h>
#include <stdio.h>

#include "base/strbuf.h"
#include "cli/cmd.h"

static const char *arg_reason;
static int arg_format;

#define REASON_OPTION(text)                                                                        \
        {                                                                                          \
                .name = "reason", .type = CLI_STRING, .target = &arg_reason, .argument = "TEXT",   \
                .help = (text)                                                                     \
        }

static const CliOption options[] = {
        REASON_OPTION("why, for the record"),
        APP_FORMAT_OPTION(arg_format),
};

static const CliOption reject_options[] = {
        REASON_OPTION("what is wrong with it (required: the recipe's owner reads it)"),
        APP_FORMAT_OPTION(arg_format),
};

/* What a verb makes of an asset. */
static const struct {
        const char *verb;
        AssetStatus status;
        bool needs_reason;
} curations[] = {
        {"retire", ASSET_RETIRED, false},
        {"approve", ASSET_READY, false},
        {"reject", ASSET_REJECTED, true},
};

typedef struct Change {
        char id[sizeof((AlAsset){0}.id)];
        AssetStatus from;
} Change;

typedef struct Curation {
        Library *lib;
        AssetStatus status;
        const char *reason;
        char *who;
        int64_t now_ms;
        Change *changes; /* n_changes, room for one an id */
        size_t n_changes;
} Curation;

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

static void curation_done(Curation *c) {
        (void) al_close(c->lib);
        free(c->who);
        free(c->changes);
}

/* 0 or an exit code. An asset that has the status already is left alone. */
static int change_one(Curation *c, const char *id) {
        _cleanup_(al_asset_done) AlAsset asset = {0};
        _cleanup_(strv_done) Strv candidates = {0};
        Err err = {0};
        int r;

        r = al_asset_find(c->lib, id, &asset, &candidates, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (r != AL_OK)
                return app_fail_id((AlResult) r, id, &candidates);
        if (asset.status == c->status) {
                app_note("'%s' is %s already", asset.id, asset_status_word(asset.status));
                return 0;
        }
        r = al_asset_set_status(c->lib, asset.id, c->status, c->reason, c->who, c->now_ms, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (r != AL_OK)
                return app_fail_id((AlResult) r, id, NULL);
        c->changes[c->n_changes] = (Change){.from = asset.status};
        memcpy(c->changes[c->n_changes++].id, asset.id, sizeof asset.id);
        return 0;
}

static int change_all(Curation *c, const Strv *ids) {
        Err err = {0};
        int r;

        r = al_begin(c->lib, &err);
        if (r < 0)
                return app_fail(r, &err);
        for (size_t i = 0; i < ids->n; i++) {
                r = change_one(c, ids->items[i]);
                if (r != 0) {
                        al_rollback(c->lib);
                        if (ids->n > 1)
                                app_note("nothing was changed");
                        return r;
                }
        }
        r = al_commit(c->lib, &err);
        return r < 0 ? app_fail(r, &err) : 0;
}

static int print_changes(const Curation *c) {
        _cleanup_(out_freep) Out *out = NULL;
        int r;

        r = out_new(stdout, (OutFormat) arg_format, "changed", columns, ARRAY_LEN(columns), &out);
        if (r < 0)
                return r;
        for (size_t i = 0; i < c->n_changes; i++) {
                (void) out_str(out, c->changes[i].id);
                (void) out_str(out, asset_status_word(c->changes[i].from));
                (void) out_str(out, asset_status_word(c->status));
        }
        return out_end(out);
}

static int curate(const Strv *ids, AssetStatus status) {
        _cleanup_(curation_done)
                Curation c = {.status = status, .reason = arg_reason, .now_ms = app_now_ms()};
        int r;

        assert(ids->n > 0);
        c.who = app_user();
        c.changes = calloc(ids->n, sizeof *c.changes);
        if (!c.who || !c.changes)
                return cli_error(APP_NAME, "out of memory");
        r = app_open(AL_WRITE, &c.lib);
        if (r != 0)
                return r;
        r = change_all(&c, ids);
        if (r != 0)
                return r;
        r = print_changes(&c);
        return r < 0 ? app_fail(r, NULL) : EXIT_CODE_OK;
}

int cmd_curate(const CliVerb *verb, const Strv *args) {
        size_t i = 0;

        assert(verb && args);
        while (i < ARRAY_LEN(curations) && !streq(curations[i].verb, verb->name))
                i++;
        assert(i < ARRAY_LEN(curations));
        if (curations[i].needs_reason && (!arg_reason || !arg_reason[0]))
                return cli_usage_error(APP_NAME, verb, "'%s' needs --reason TEXT", verb->name);
        return curate(args, curations[i].status);
}
