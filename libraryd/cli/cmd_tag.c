/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "cli/cmd.h"
#include "cli/target.h"

static SelectArgs arg_select;
static bool arg_dry_run, arg_yes;
static int arg_format;

static const CliOption options[] = {
        TARGET_OPTIONS(arg_dry_run, arg_yes),
        SELECT_OPTIONS(arg_select),
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "id", .title = "ID"},
};

const CliOption *cmd_tag_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

typedef struct TagArgs {
        AlTagChange changes[AL_TAG_CHANGES_MAX];
        size_t n;
        Strv words;   /* what they point into */
        Strv targets; /* the other arguments */
} TagArgs;

static void tag_args_done(TagArgs *a) {
        strv_done(&a->words);
        strv_done(&a->targets);
}

static int bad_change(const CliVerb *verb, const char *word) {
        return cli_usage_error(APP_NAME, verb,
                               "'%s' is no change of a tag; write +KEY=VALUE, -KEY or -KEY=VALUE",
                               word);
}

static int check_change(const CliVerb *verb, const char *word, const AlTagChange *c) {
        if (!name_is_valid(c->key))
                return cli_usage_error(APP_NAME, verb,
                                       "'%s': a key is lower-case letters, digits, '.', '_' and "
                                       "'-', and begins with a letter or digit",
                                       word);
        if (al_tag_is_reserved(c->key))
                return cli_usage_error(APP_NAME, verb, "'%s': '%s' is no tag and cannot be changed",
                                       word, c->key);
        if (c->value && !al_tag_value_is_valid(c->value))
                return cli_usage_error(APP_NAME, verb,
                                       "'%s': a value is 1 to %d bytes of text without control "
                                       "characters",
                                       word, AL_TAG_VALUE_MAX);
        return 0;
}

/* "+season=spring", "-old", "-season=autumn" */
static int add_change(const CliVerb *verb, TagArgs *a, const char *word) {
        AlTagChange *c = &a->changes[a->n];
        char *copy, *value;

        if (a->n == AL_TAG_CHANGES_MAX)
                return cli_usage_error(APP_NAME, verb, "more than %d changes of tags at once",
                                       AL_TAG_CHANGES_MAX);
        if (strv_add(&a->words, word + 1) < 0)
                return cli_error(APP_NAME, "out of memory");
        copy = a->words.items[a->words.n - 1];
        value = strchr(copy, '=');
        if (value)
                *value++ = 0;
        *c = (AlTagChange){.key = copy, .value = value, .remove = word[0] == '-'};
        if (!c->key[0] || (!c->remove && !c->value))
                return bad_change(verb, word);
        a->n++;
        return check_change(verb, word, c);
}

static int split(const CliVerb *verb, const Strv *args, TagArgs *ret) {
        int r = 0;

        for (size_t i = 0; i < args->n && r == 0; i++) {
                const char *word = args->items[i];

                if (word[0] == '+' || word[0] == '-')
                        r = add_change(verb, ret, word);
                else if (strv_add(&ret->targets, word) < 0)
                        r = cli_error(APP_NAME, "out of memory");
        }
        if (r == 0 && ret->n == 0)
                r = cli_usage_error(APP_NAME, verb, "'%s' needs a change: +KEY=VALUE or -KEY",
                                    verb->name);
        return r;
}

typedef struct Tag {
        Library *lib;
        Targets targets;
        char *who;
        Out *out;
} Tag;

static void tag_done(Tag *t) {
        (void) al_close(t->lib);
        targets_done(&t->targets);
        t->out = out_free(t->out);
        free(t->who);
}

static int changed(const char *id, void *userdata) {
        return out_str(userdata, id);
}

static int tag(Tag *t, const TagArgs *a, int64_t now_ms, int64_t *n, Err *err) {
        int r = al_begin(t->lib, err);

        if (r < 0)
                return r;
        r = al_tag(t->lib, &t->targets.ids, a->changes, a->n, t->who, now_ms, changed, t->out, n,
                   err);
        if (r < 0 || arg_dry_run) {
                al_rollback(t->lib);
                return r;
        }
        return al_commit(t->lib, err);
}

static int change(Tag *t, const TagArgs *a, int64_t now_ms) {
        int64_t n = 0;
        Err err = {0};
        int r;

        r = out_new(stdout, (OutFormat) arg_format, "changed", columns, ARRAY_LEN(columns),
                    &t->out);
        if (r < 0)
                return app_fail(r, NULL);
        r = tag(t, a, now_ms, &n, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (arg_dry_run)
                app_note("%" PRId64 " of %zu would be changed; nothing was", n, t->targets.ids.n);
        else if ((size_t) n < t->targets.ids.n)
                app_note("%" PRId64 " of %zu changed; the others were so already", n,
                         t->targets.ids.n);
        r = out_end(t->out);
        return r < 0 ? app_fail_print(r, arg_dry_run || n == 0 ? NULL : APP_CHANGED) : EXIT_CODE_OK;
}

int cmd_tag(const CliVerb *verb, const Strv *args) {
        static const char *const shelf[] = {"ready", "pending", NULL};
        _cleanup_(tag_args_done) TagArgs a = {.n = 0};
        _cleanup_(tag_done) Tag t = {0};
        int64_t now_ms = app_now_ms();
        int r;

        assert(verb && args);
        r = split(verb, args, &a);
        if (r != 0)
                return r;
        t.who = app_user();
        if (!t.who)
                return cli_error(APP_NAME, "out of memory");
        r = app_open(AL_WRITE, &t.lib);
        if (r == 0)
                r = targets_find(t.lib, verb, &arg_select, &a.targets, shelf, now_ms, &t.targets);
        if (r == 0 && !arg_dry_run)
                r = targets_confirm(verb, &t.targets, arg_yes);
        return r != 0 ? r : change(&t, &a, now_ms);
}
