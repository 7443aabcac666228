/* SPDX-License-Identifier: MIT */

#include "cli/target.h"

#include <stdio.h>

enum {
        ANSWER_MAX = 64,
};

void targets_done(Targets *t) {
        assert(t);
        strv_done(&t->ids);
}

static bool is_selection(const SelectArgs *s, const Strv *args) {
        if (select_has_any(s))
                return true;
        for (size_t i = 0; i < args->n; i++)
                if (strpbrk(args->items[i], ":=() "))
                        return true;
        return false;
}

static int add_id(Library *lib, const char *id, Targets *t) {
        _cleanup_(al_asset_done) AlAsset asset = {0};
        _cleanup_(strv_done) Strv candidates = {0};
        Err err = {0};
        int r;

        r = al_asset_find(lib, id, &asset, &candidates, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (r != AL_OK)
                return app_fail_id((AlResult) r, id, &candidates);
        if (strv_has(&t->ids, asset.id))
                return 0;
        return strv_add(&t->ids, asset.id) < 0 ? cli_error(APP_NAME, "out of memory") : 0;
}

static int add_match(const AlAsset *a, void *userdata) {
        Targets *t = userdata;

        return t->ids.n == TARGET_MAX ? -E2BIG : strv_add(&t->ids, a->id);
}

/* The filter; one that says nothing of the status looks among `status`. */
static int parse(Library *lib, SelectArgs *select, const Strv *args, const char *const *status,
                 int64_t now_ms, AlFilter **ret) {
        int r = select_filter(lib, select, args, now_ms, ret);

        if (r != 0 || al_filter_has_status(*ret))
                return r;
        *ret = al_filter_free(*ret);
        for (; *status; status++)
                if (strv_add(&select->status, *status) < 0)
                        return cli_error(APP_NAME, "out of memory");
        return select_filter(lib, select, args, now_ms, ret);
}

static int select_ids(Library *lib, SelectArgs *select, const Strv *args, const char *const *status,
                      int64_t now_ms, Targets *t) {
        _cleanup_(al_filter_freep) AlFilter *filter = NULL;
        AlQuery q = {.now_ms = now_ms};
        Err err = {0};
        int r;

        r = parse(lib, select, args, status, now_ms, &filter);
        if (r != 0)
                return r;
        q.filter = filter;
        r = al_query(lib, &q, add_match, t, &err);
        if (r == -E2BIG)
                return cli_error(APP_NAME, "more than %d assets are selected; add terms",
                                 TARGET_MAX);
        if (r < 0)
                return app_fail(r, &err);
        if (t->ids.n > 0)
                return 0;
        select_hint(lib, filter, now_ms);
        return EXIT_CODE_EMPTY;
}

int targets_find(Library *lib, const CliVerb *verb, SelectArgs *select, const Strv *args,
                 const char *const *status, int64_t now_ms, Targets *ret) {
        int r = 0;

        assert(lib && verb && select && args && status && ret);
        ret->query = is_selection(select, args);
        if (ret->query)
                return select_ids(lib, select, args, status, now_ms, ret);
        if (args->n == 0)
                return cli_usage_error(APP_NAME, verb, "'%s' needs an ID or a TERM", verb->name);
        for (size_t i = 0; i < args->n && r == 0; i++)
                r = add_id(lib, args->items[i], ret);
        if (r != 0 && args->n > 1)
                app_note("nothing was changed");
        return r;
}

static bool answer_is_yes(void) {
        char answer[ANSWER_MAX];

        if (!fgets(answer, sizeof answer, stdin))
                return false;
        answer[strcspn(answer, "\n")] = 0;
        return streq(answer, "y") || streq(answer, "yes");
}

int targets_confirm(const CliVerb *verb, const Targets *t, bool yes) {
        const char *s = t->ids.n == 1 ? "" : "s";

        assert(verb && t);
        if (yes || !t->query)
                return 0;
        if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
                return cli_usage_error(APP_NAME, verb,
                                       "%zu asset%s selected; --yes changes them, --dry-run shows "
                                       "them",
                                       t->ids.n, s);
        (void) fprintf(stderr, "%s %zu asset%s? [y/N] ", verb->name, t->ids.n, s);
        (void) fflush(stderr);
        if (answer_is_yes())
                return 0;
        app_note("nothing was changed");
        return EXIT_CODE_ERROR;
}
