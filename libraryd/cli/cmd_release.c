/* SPDX-License-Identifier: MIT */

/* release: what was taken is given back. campaigns: who has what. */

#include <stdio.h>

#include "base/strbuf.h"
#include "cli/cmd.h"

static const char *arg_for;
static int arg_format;

static const CliOption release_options[] = {
        {.name = "for",
         .type = CLI_STRING,
         .target = &arg_for,
         .argument = "CAMPAIGN",
         .help = "what this campaign has: all of it, or the IDs alone",
         .complete = "campaigns"},
        APP_FORMAT_OPTION(arg_format),
};

static const CliOption campaigns_options[] = {
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn release_columns[] = {
        {.key = "id", .title = "ID"},
};

static const OutColumn campaigns_columns[] = {
        {.key = "name", .title = "NAME"},
        {.key = "taken", .title = "HAS", .right = true},
        {.key = "takes", .title = "EVER TOOK", .right = true},
};

const CliOption *cmd_release_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(release_options);
        return release_options;
}

const CliOption *cmd_campaigns_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(campaigns_options);
        return campaigns_options;
}

typedef struct Release {
        Library *lib;
        char *who;
        int64_t now_ms;
        Strv ids; /* released */
} Release;

static void release_done(Release *c) {
        (void) al_close(c->lib);
        free(c->who);
        strv_done(&c->ids);
}

static int tell_several(const char *id, const Strv *campaigns) {
        _cleanup_(strbuf_done) StrBuf all = STRBUF_INIT(ERR_TEXT_MAX / 2);

        for (size_t i = 0; i < campaigns->n; i++)
                (void) strbuf_printf(&all, "%s'%s'", i > 0 ? ", " : "", campaigns->items[i]);
        return cli_error(APP_NAME, "'%s' is with %s; --for says whose to give back", id,
                         strbuf_text(&all));
}

/* 0 or an exit code. */
static int release_one(Release *c, const char *id) {
        _cleanup_(al_asset_done) AlAsset asset = {0};
        _cleanup_(strv_done) Strv list = {0};
        Err err = {0};
        int r;

        r = al_asset_find(c->lib, id, &asset, &list, &err);
        if (r == AL_NOT_FOUND || r == AL_AMBIGUOUS)
                return app_fail_id((AlResult) r, id, &list);
        if (r >= 0 && strv_has(&c->ids, asset.id)) /* named twice */
                return 0;
        if (r >= 0)
                r = al_release(c->lib, asset.id, arg_for, c->who, c->now_ms, &list, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (r == AL_AMBIGUOUS)
                return tell_several(asset.id, &list);
        if (r == AL_NOT_FOUND) {
                (void) cli_error(APP_NAME,
                                 "'%s' is not taken%s%s%s; '" APP_NAME " show %s' tells more",
                                 asset.id, arg_for ? " by '" : "", arg_for ? arg_for : "",
                                 arg_for ? "'" : "", asset.id);
                return EXIT_CODE_EMPTY;
        }
        return strv_add(&c->ids, asset.id) < 0 ? cli_error(APP_NAME, "out of memory") : 0;
}

static int release_ids(Release *c, const Strv *ids) {
        Err err = {0};
        int r = al_begin(c->lib, &err);

        if (r < 0)
                return app_fail(r, &err);
        for (size_t i = 0; i < ids->n; i++) {
                r = release_one(c, ids->items[i]);
                if (r != 0) {
                        al_rollback(c->lib);
                        if (ids->n > 1)
                                app_note("nothing was released");
                        return r;
                }
        }
        r = al_commit(c->lib, &err);
        return r < 0 ? app_fail(r, &err) : 0;
}

static int release_campaign(Release *c) {
        Err err = {0};
        int r = al_release_campaign(c->lib, arg_for, c->who, c->now_ms, &c->ids, &err);

        if (r < 0)
                return app_fail(r, &err);
        if (c->ids.n == 0)
                app_no_campaign(c->lib, arg_for, c->now_ms);
        return 0;
}

static int print_released(const Release *c) {
        _cleanup_(out_freep) Out *out = NULL;
        int r = out_new(stdout, (OutFormat) arg_format, "released", release_columns,
                        ARRAY_LEN(release_columns), &out);

        for (size_t i = 0; r >= 0 && i < c->ids.n; i++)
                r = out_str(out, c->ids.items[i]);
        if (r >= 0)
                r = out_end(out);
        if (r < 0)
                return app_fail_print(r, c->ids.n > 0 ? APP_CHANGED : NULL);
        return c->ids.n > 0 ? EXIT_CODE_OK : EXIT_CODE_EMPTY;
}

int cmd_release(const CliVerb *verb, const Strv *args) {
        _cleanup_(release_done) Release c = {.now_ms = app_now_ms()};
        int r;

        assert(verb && args);
        if (args->n == 0 && !arg_for)
                return cli_usage_error(APP_NAME, verb, "'%s' needs an ID or --for CAMPAIGN",
                                       verb->name);
        c.who = app_user();
        if (!c.who)
                return cli_error(APP_NAME, "out of memory");
        r = app_open(AL_WRITE, &c.lib);
        if (r == 0)
                r = args->n > 0 ? release_ids(&c, args) : release_campaign(&c);
        return r != 0 ? r : print_released(&c);
}

typedef struct CampaignRows {
        Out *out;
        int64_t n;
} CampaignRows;

static int print_campaign(const char *name, int64_t takes, int64_t live, void *userdata) {
        CampaignRows *rows = userdata;

        rows->n++;
        (void) out_str(rows->out, name);
        (void) out_int(rows->out, live);
        return out_int(rows->out, takes);
}

int cmd_campaigns(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(out_freep) Out *out = NULL;
        CampaignRows rows = {0};
        Err err = {0};
        int r;

        assert(verb && args);
        r = app_open(AL_READ, &lib);
        if (r != 0)
                return r;
        r = out_new(stdout, (OutFormat) arg_format, "campaigns", campaigns_columns,
                    ARRAY_LEN(campaigns_columns), &out);
        rows.out = out;
        if (r >= 0)
                r = al_campaigns(lib, app_now_ms(), print_campaign, &rows, &err);
        if (r >= 0)
                r = out_end(out);
        if (r < 0)
                return app_fail(r, &err);
        if (rows.n > 0)
                return EXIT_CODE_OK;
        app_note("no campaign took anything yet; '" APP_NAME " take' does");
        return EXIT_CODE_EMPTY;
}
