/* SPDX-License-Identifier: MIT */

/* dupes: groups of near-duplicates, the first of each and its alternates. */

#include <inttypes.h>
#include <stdio.h>

#include "cli/cmd.h"
#include "cli/select.h"

enum {
        ROWS_STEP = 256,
};

static SelectArgs arg_select;
static int arg_format;

static const CliOption options[] = {
        SELECT_OPTIONS(arg_select),
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "first", .title = "GROUP"},
        {.key = "id", .title = "ID"},
        {.key = "kind", .title = "KIND"},
        {.key = "status", .title = "STATUS"},
        {.key = "brand", .title = "BRAND", .max_width = 24},
        {.key = "hook", .title = "HOOK", .max_width = 24},
        {.key = "category", .title = "CATEGORY", .max_width = 24},
        {.key = "path"},
        {.key = "text", .title = "COPY", .max_width = 48},
};

typedef struct Pair {
        int64_t row, first;
} Pair;

typedef struct Dupes {
        Library *lib;
        Pair *pairs;
        size_t n, room;
        int64_t *chosen; /* rows of the selection, sorted; NULL: all */
        size_t n_chosen, chosen_room;
        Out *out;
        int64_t groups, alternates;
} Dupes;

static void dupes_done(Dupes *d) {
        (void) al_close(d->lib);
        (void) out_free(d->out);
        free(d->pairs);
        free(d->chosen);
}

const CliOption *cmd_dupes_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int add_pair(int64_t row, int64_t first, void *userdata) {
        Dupes *d = userdata;

        if (d->n == d->room) {
                Pair *more = reallocarray(d->pairs, d->room + ROWS_STEP, sizeof *more);

                if (!more)
                        return -ENOMEM;
                d->pairs = more;
                d->room += ROWS_STEP;
        }
        d->pairs[d->n++] = (Pair){row, first};
        return 0;
}

static int compare_rows(const void *a, const void *b) {
        const int64_t *x = a, *y = b;

        return *x < *y ? -1 : *x > *y;
}

/* A selected asset that is in a group (its first one, or an alternate): the group is asked for. */
static int add_chosen(const AlAsset *a, void *userdata) {
        Dupes *d = userdata;

        if (d->n_chosen == d->chosen_room) {
                int64_t *more = reallocarray(d->chosen, d->chosen_room + ROWS_STEP, sizeof *more);

                if (!more)
                        return -ENOMEM;
                d->chosen = more;
                d->chosen_room += ROWS_STEP;
        }
        d->chosen[d->n_chosen++] = a->row;
        return 0;
}

static bool is_chosen(const Dupes *d, int64_t row) {
        return bsearch(&row, d->chosen, d->n_chosen, sizeof row, compare_rows) != NULL;
}

static int print_asset(Dupes *d, const AlAsset *first, int64_t row, Err *err) {
        _cleanup_(al_asset_done) AlAsset a = {0};
        int r = al_asset_at(d->lib, row, &a, err);

        if (r != 0)
                return r;
        (void) out_str(d->out, first ? first->id : a.id);
        (void) out_str(d->out, a.id);
        (void) out_str(d->out, asset_kind_word(a.kind));
        (void) out_str(d->out, asset_status_word(a.status));
        (void) out_str(d->out, a.brand);
        (void) out_str(d->out, a.hook);
        (void) out_str(d->out, a.category);
        (void) out_str(d->out, a.path);
        return out_str(d->out, a.text);
}

/* Pairs i to end: one group. */
static int print_group(Dupes *d, size_t i, size_t end, Err *err) {
        _cleanup_(al_asset_done) AlAsset first = {0};
        bool wanted = !d->chosen || is_chosen(d, d->pairs[i].first);
        int r;

        for (size_t k = i; k < end && !wanted; k++)
                wanted = is_chosen(d, d->pairs[k].row);
        if (!wanted)
                return 0;
        r = al_asset_at(d->lib, d->pairs[i].first, &first, err);
        if (r != 0)
                return r;
        d->groups++;
        d->alternates += (int64_t) (end - i);
        r = print_asset(d, NULL, d->pairs[i].first, err);
        for (; r == 0 && i < end; i++)
                r = print_asset(d, &first, d->pairs[i].row, err);
        return r;
}

static int print_groups(Dupes *d, Err *err) {
        int r = 0;

        for (size_t i = 0, end; i < d->n && r == 0; i = end) {
                for (end = i + 1; end < d->n && d->pairs[end].first == d->pairs[i].first;)
                        end++;
                r = print_group(d, i, end, err);
        }
        return r < 0 ? r : out_end(d->out);
}

static int choose(Dupes *d, const AlFilter *filter, int64_t now_ms, Err *err) {
        AlQuery q = {.filter = filter, .order = AL_ORDER_OLDEST, .now_ms = now_ms};
        int r;

        if (!filter)
                return 0;
        r = add_chosen(&(AlAsset){0},
                       d); /* never NULL: an empty selection is no selection of all */
        return r < 0 ? r : al_query(d->lib, &q, add_chosen, d, err);
}

static int list(Dupes *d, const AlFilter *filter, int64_t now_ms, Err *err) {
        int r = out_new(stdout, (OutFormat) arg_format, "dupes", columns, ARRAY_LEN(columns),
                        &d->out);

        if (r >= 0)
                r = al_begin(d->lib, err); /* one moment for all of it */
        if (r < 0)
                return r;
        r = choose(d, filter, now_ms, err);
        if (d->chosen)
                qsort(d->chosen, d->n_chosen, sizeof *d->chosen, compare_rows);
        if (r >= 0)
                r = al_alternates(d->lib, add_pair, d, err);
        if (r >= 0)
                r = print_groups(d, err);
        al_rollback(d->lib); /* nothing was written */
        return r;
}

static bool anything_selected(const Strv *args) {
        const SelectArgs *a = &arg_select;

        return args->n + a->brand.n + a->hook.n + a->category.n + a->kind.n + a->status.n +
                       a->recipe.n + a->since.n + a->fits.n + a->tag.n + a->not .n >
               0;
}

int cmd_dupes(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_filter_freep) AlFilter *filter = NULL;
        _cleanup_(dupes_done) Dupes d = {0};
        int64_t now_ms = app_now_ms();
        Err err = {0};
        int r;

        assert(verb && args);
        r = app_open(AL_READ, &d.lib);
        if (r == 0 && anything_selected(args))
                r = select_filter(d.lib, &arg_select, args, now_ms, &filter);
        if (r != 0)
                return r;
        r = list(&d, filter, now_ms, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (d.groups == 0) {
                app_note("no near-duplicates");
                return EXIT_CODE_EMPTY;
        }
        app_note("%" PRId64 " groups, %" PRId64 " near-duplicates that do not count as stock",
                 d.groups, d.alternates);
        return EXIT_CODE_OK;
}
