/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "cli/cmd.h"

static bool arg_short;
static Strv arg_brand, arg_hook, arg_category;
static int arg_format;

#define FILTER(word, list, from)                                                                   \
        {                                                                                          \
                .name = (word), .type = CLI_LIST, .target = &(list), .argument = "NAME",           \
                .help = "only of this " word, .complete = (from)                                   \
        }

static const CliOption options[] = {
        {.name = "short", .target = &arg_short, .help = "only what is below its target"},
        FILTER("brand", arg_brand, "brands"),
        FILTER("hook", arg_hook, "hooks"),
        FILTER("category", arg_category, "categories"),
        APP_FORMAT_OPTION(arg_format),
};

static const OutColumn columns[] = {
        {.key = "brand", .title = "BRAND"},
        {.key = "hook", .title = "HOOK"},
        {.key = "category", .title = "CATEGORY"},
        {.key = "kind", .title = "KIND"},
        {.key = "cells", .title = "CELLS", .right = true},
        {.key = "ready", .title = "READY", .right = true},
        {.key = "target", .title = "TARGET", .right = true},
        {.key = "pending", .title = "IN REVIEW", .right = true},
        {.key = "short", .title = "SHORT", .right = true},
        {.key = "taken", .title = "TAKEN", .right = true},
        {.key = "taken_28d", .title = NULL},
        {.key = "cover_days", .title = "DAYS", .right = true},
};

typedef struct Shelf {
        Out *out;
        int64_t rows, shown;
} Shelf;

const CliOption *cmd_stock_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static bool wants(const Strv *list, const char *value) {
        return list->n == 0 || strv_has(list, value);
}

/* Days that what is ready lasts, to a tenth; no figure while nothing is taken. */
static int out_cover(Out *out, const AlStockRow *row) {
        if (row->recent > 0)
                return out_number(
                        /* NOLINTNEXTLINE(bugprone-integer-division) */
                        out, (double) (row->ready * AL_STOCK_RATE_DAYS * 10 / row->recent) / 10);
        return out_null(out);
}

static int print_row(const AlStockRow *row, void *userdata) {
        Shelf *shelf = userdata;

        shelf->rows++;
        if ((arg_short && row->short_by <= 0) || !wants(&arg_brand, row->brand) ||
            !wants(&arg_hook, row->hook) || !wants(&arg_category, row->category))
                return 0;
        shelf->shown++;
        (void) out_str(shelf->out, row->brand);
        (void) out_str(shelf->out, row->hook);
        (void) out_str(shelf->out, row->category);
        (void) out_str(shelf->out, asset_kind_word(row->kind));
        (void) out_int(shelf->out, row->cells);
        (void) out_int(shelf->out, row->ready);
        (void) out_int(shelf->out, row->target);
        (void) out_int(shelf->out, row->pending);
        (void) out_int(shelf->out, row->short_by);
        (void) out_int(shelf->out, row->taken);
        (void) out_int(shelf->out, row->recent);
        return out_cover(shelf->out, row);
}

int cmd_stock(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(out_freep) Out *out = NULL;
        Shelf shelf = {0};
        Err err = {0};
        int r;

        assert(verb && args);
        r = app_open(AL_READ, &lib);
        if (r != 0)
                return r;
        r = out_new(stdout, (OutFormat) arg_format, "stock", columns, ARRAY_LEN(columns), &out);
        if (r < 0)
                return app_fail(r, NULL);
        shelf.out = out;
        r = al_stock(lib, app_now_ms(), print_row, &shelf, &err);
        if (r >= 0)
                r = out_end(out);
        if (r < 0)
                return app_fail(r, &err);
        if (shelf.shown > 0)
                return EXIT_CODE_OK;
        if (shelf.rows == 0)
                app_note("no recipe has a cell here yet; 'pregend run' makes them");
        else
                app_note(arg_short ? "nothing is short" : "no recipe has such a cell");
        return EXIT_CODE_EMPTY;
}
