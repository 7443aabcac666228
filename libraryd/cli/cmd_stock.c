/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "cli/cmd.h"

static bool arg_short;
static int arg_format;

static const CliOption options[] = {
        {.name = "short", .target = &arg_short, .help = "only what is below its target"},
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
};

typedef struct Shelf {
        Out *out;
        int64_t rows; /* seen, shown or not */
} Shelf;

const CliOption *cmd_stock_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static int print_row(const AlStockRow *row, void *userdata) {
        Shelf *shelf = userdata;

        shelf->rows++;
        if (arg_short && row->short_by <= 0)
                return 0;
        (void) out_str(shelf->out, row->brand);
        (void) out_str(shelf->out, row->hook);
        (void) out_str(shelf->out, row->category);
        (void) out_str(shelf->out, asset_kind_word(row->kind));
        (void) out_int(shelf->out, row->cells);
        (void) out_int(shelf->out, row->ready);
        (void) out_int(shelf->out, row->target);
        (void) out_int(shelf->out, row->pending);
        return out_int(shelf->out, row->short_by);
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
        if (shelf.rows == 0)
                app_note("no recipe has a cell here yet; 'pregend run' makes them");
        return EXIT_CODE_OK;
}
