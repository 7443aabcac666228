/* SPDX-License-Identifier: MIT */

/* The table for people: columns as wide as their widest cell, two spaces between, nothing behind
 * the last one. On a terminal that is too narrow, the columns that may be cut give way. */

#include <stdio.h>

#include "base/cli.h"
#include "base/out_internal.h"
#include "base/text.h"

enum {
        COLUMN_GAP = 2,
        COLUMN_CUT_MIN = 12, /* a column that may be cut is not made narrower than this */
        CELLS_FIRST = 256,
};

static OutCell *cell_new(Out *out) {
        if (out->n_cells == out->allocated) {
                size_t n = out->allocated > 0 ? out->allocated * 2 : CELLS_FIRST;
                OutCell *cells = reallocarray(out->cells, n, sizeof *cells);

                if (!cells)
                        return NULL;
                out->cells = cells;
                out->allocated = n;
        }
        out->cells[out->n_cells] = (OutCell){0};
        return &out->cells[out->n_cells++];
}

int out_table_cell(Out *out, const char *text) {
        const OutColumn *column;
        OutCell *cell;

        assert(out && out->column < out->n_columns);
        column = &out->columns[out->column];
        cell = cell_new(out);
        if (!cell)
                return -ENOMEM;
        if (!column->title)
                return 0;
        cell->text = text_safe(text ? text : "");
        if (!cell->text)
                return -ENOMEM;
        if (column->max_width > 0 && text_width(cell->text) > column->max_width) {
                char *cut = text_cut(cell->text, column->max_width);

                if (!cut)
                        return -ENOMEM;
                free(cell->text);
                cell->text = cut;
        }
        cell->width = text_width(cell->text);
        return 0;
}

/* The width of each column; 0 for one without a title or without any text: it is not shown. */
static void measure(const Out *out, int *widths) {
        for (size_t i = 0; i < out->n_cells; i++)
                widths[i % out->n_columns] =
                        MAX_OF(widths[i % out->n_columns], out->cells[i].width);
        for (size_t c = 0; c < out->n_columns; c++)
                if (widths[c] > 0)
                        widths[c] = MAX_OF(widths[c], text_width(out->columns[c].title));
}

static int total_width(const Out *out, const int *widths) {
        int total = -COLUMN_GAP;

        for (size_t c = 0; c < out->n_columns; c++)
                if (widths[c] > 0)
                        total += widths[c] + COLUMN_GAP;
        return total;
}

/* Takes columns from the widest of those that may be cut until the table fits, or none can give. */
static void fit(const Out *out, int *widths, int available) {
        for (int over = total_width(out, widths) - available; over > 0; over--) {
                size_t widest = out->n_columns;

                for (size_t c = 0; c < out->n_columns; c++)
                        if (out->columns[c].max_width > 0 && widths[c] > COLUMN_CUT_MIN &&
                            (widest == out->n_columns || widths[c] > widths[widest]))
                                widest = c;
                if (widest == out->n_columns)
                        return;
                widths[widest]--;
        }
}

static int pad(Out *out, int n) {
        for (; n > 0; n--)
                (void) out_emits(out, " ");
        return out->error;
}

static int write_cell(Out *out, const char *text, int width, int want, bool right, bool last) {
        _cleanup_(freep) char *cut = NULL;

        if (width > want) {
                cut = text_cut(text, want);
                if (!cut)
                        return -ENOMEM;
                text = cut;
                width = text_width(cut);
        }
        if (right)
                (void) pad(out, want - width);
        (void) out_emits(out, text);
        if (!right && !last)
                (void) pad(out, want - width);
        return out->error;
}

/* One line; cells NULL: the header. */
static int write_line(Out *out, const OutCell *cells, const int *widths, size_t last) {
        int r;

        while (cells && last > 0 && (!cells[last].text || !cells[last].text[0]))
                last--; /* no blanks at the end of a line */
        for (size_t c = 0; c <= last; c++) {
                const OutColumn *column = &out->columns[c];
                const char *text = cells ? cells[c].text : column->title;

                if (widths[c] == 0)
                        continue;
                r = write_cell(out, text, cells ? cells[c].width : text_width(text), widths[c],
                               column->right, c == last);
                if (r < 0)
                        return r;
                if (c < last)
                        (void) pad(out, COLUMN_GAP);
        }
        return out_emits(out, "\n");
}

static int write_header(Out *out, const int *widths, size_t last) {
        bool bold = cli_colour(fileno(out->stream));
        int r;

        if (bold)
                (void) out_emits(out, "\033[1m");
        r = write_line(out, NULL, widths, last);
        if (bold)
                (void) out_emits(out, "\033[0m");
        return r;
}

int out_table_write(Out *out) {
        _cleanup_(freep) int *widths = NULL;
        size_t last = 0;
        int r;

        assert(out);
        if (out->error < 0 || out->n_rows == 0)
                return out->error;
        widths = calloc(out->n_columns, sizeof *widths);
        if (!widths)
                return out->error = -ENOMEM;
        measure(out, widths);
        for (size_t c = 0; c < out->n_columns; c++)
                last = widths[c] > 0 ? c : last;
        if (out->terminal)
                fit(out, widths, cli_width(fileno(out->stream)));
        r = write_header(out, widths, last);
        for (size_t i = 0; i < out->n_cells && r >= 0; i += out->n_columns)
                r = write_line(out, out->cells + i, widths, last);
        if (r < 0 && out->error == 0)
                out->error = r;
        return out->error;
}

void out_table_done(Out *out) {
        assert(out);
        for (size_t i = 0; i < out->n_cells; i++)
                free(out->cells[i].text);
        free(out->cells);
}
