/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Records to stdout: one description of columns, four shapes (table for people, json, jsonl, csv).
 * No verb formats JSON or aligns columns by hand. Text is made safe for a terminal in tables
 * (control characters become \xNN), in CSV only when the stream is one. Each row gets exactly one
 * call per column, in order. A table shows no column that is empty in every row, and nothing at all
 * without rows; on a terminal that is too narrow, columns with a max_width are cut further.
 *
 *      {"schema": 1, "assets": [ {...}, ... ], <extras> }      a row a line
 *      {"schema": 1, ...}                                      jsonl: the row alone
 */

#include <stdio.h>

#include "base/err.h"
#include "base/json.h"

typedef enum OutFormat {
        OUT_TABLE,
        OUT_JSON,
        OUT_JSONL,
        OUT_CSV,
        _OUT_FORMAT_MAX,
        _OUT_FORMAT_INVALID = -EINVAL,
} OutFormat;

/* NULL-terminated "table" "json" "jsonl" "csv", for CLI_WORD. */
extern const char *const out_format_words[];

typedef struct OutColumn {
        const char *key;   /* JSON member and CSV header */
        const char *title; /* table header; NULL: not shown in tables */
        bool right;        /* numbers */
        int max_width;     /* table: longer text is cut with an ellipsis; 0 = never */
} OutColumn;

typedef struct Out Out;

/* `list` names the array in JSON ("assets"). The table is sized from all its rows, so it is written
 * at out_end(). */
int out_new(FILE *stream, OutFormat format, const char *list, const OutColumn *columns, size_t n,
            Out **ret);
Out *out_free(Out *out);
DEFINE_CLEANUP(Out, out_free);

/* Cells. All return 0 or -ENOMEM and remember the first failure. */
int out_str(Out *out, const char *s); /* NULL: JSON null, empty cell */
int out_int(Out *out, int64_t v);
int out_number(Out *out, double v);
int out_bool(Out *out, bool v);
int out_null(Out *out);
int out_money(Out *out, Micros m);
int out_time(Out *out, int64_t wall_ms); /* local time in tables, UTC in data; <= 0 null */
int out_bytes(Out *out, uint64_t n);     /* "1.4 MB" in tables, number in data */
int out_duration(Out *out, int64_t ms);  /* "3m12s" in tables, milliseconds in data */
int out_json(Out *out, Json *value);     /* takes value; compact text in tables and CSV */

/* A member of the top-level JSON object beside the list (before out_end; ignored by the other
 * shapes). */
Json *out_extra(Out *out);

/* Writes what is left; returns the first failure of any call (-EPIPE for a closed pipe). */
int out_end(Out *out);

/* Prints a JSON object for verbs that show one thing: adds "schema": 1 first. Takes j. Indented, or
 * on one line. */
int out_print_json(FILE *stream, Json *j);
int out_print_jsonl(FILE *stream, Json *j);

/* For verbs that print by themselves: whether all of it arrived. 0 or the failure, -EPIPE for a
 * closed pipe. */
int out_flush(FILE *stream);

/* s with control characters, invalid UTF-8 (\xNN; \n and \t stay readable) and characters that
 * reorder text (\uNNNN) replaced, for a terminal. Caller frees; NULL when memory ran out. */
char *text_safe(const char *s);
/* Columns a terminal needs for s (UTF-8, double-width aware through wcwidth-like ranges). */
int text_width(const char *s);
