/* SPDX-License-Identifier: MIT */
#pragma once

/* What out.c (documents), out_cell.c (cells) and out_table.c share. */

#include "base/out.h"

typedef struct OutCell {
        char *text; /* safe for a terminal; NULL in columns without a title */
        int width;
} OutCell;

struct Out {
        FILE *stream;
        OutFormat format;
        char *list;
        const OutColumn *columns; /* borrowed */
        size_t n_columns;
        size_t column; /* of the next cell */
        size_t n_rows; /* complete ones */
        int error;     /* the first failure, sticky */
        bool terminal; /* raw control characters would reach a person */
        Json *row;     /* JSON shapes: the row being filled */
        Json *extra;
        OutCell *cells; /* table: n_cells of all rows so far */
        size_t n_cells, allocated;
};

/* Remembers the first failure; returns it, 0 = none. */
int out_fail(Out *out, int r);
/* JSON text, with what some terminals obey (DEL, C1 controls) as \u00XX. */
int out_write_json(FILE *stream, const char *text);
int out_csv_header(Out *out);
/* Writes bytes, remembering the first failure. */
int out_emit(Out *out, const char *text, size_t n);
int out_emits(Out *out, const char *text);

/* Adds a cell with `text` (made safe here; NULL = empty) to the table. */
int out_table_cell(Out *out, const char *text);
/* Writes the table: header and rows, columns aligned; nothing when there is no row. */
int out_table_write(Out *out);
void out_table_done(Out *out);
