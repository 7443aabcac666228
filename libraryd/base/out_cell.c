/* SPDX-License-Identifier: MIT */

/* The cells of a row, in each of the four shapes. */

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/out_internal.h"
#include "base/parse.h"

enum {
        CELL_TEXT_MAX = 64, /* numbers, money, times */
};

static void row_begin(Out *out) {
        if (out->column > 0 || (out->format != OUT_JSON && out->format != OUT_JSONL))
                return;
        assert(!out->row);
        out->row = json_new_object();
        if (!out->row)
                (void) out_fail(out, -ENOMEM);
        else if (out->format ==
                 OUT_JSONL) /* every document names its schema; here each line is one */
                (void) out_fail(out, json_add_int(out->row, "schema", 1));
}

static int json_row_end(Out *out) {
        _cleanup_(freep) char *text = json_print(out->row);

        out->row = json_free(out->row);
        if (!text)
                return out_fail(out, -ENOMEM);
        if (out->format == OUT_JSON)
                (void) out_emits(out, out->n_rows > 0 ? ",\n" : "\n");
        if (out->error < 0)
                return out->error;
        (void) out_fail(out, out_write_json(out->stream, text));
        return out->format == OUT_JSONL ? out_emits(out, "\n") : out->error;
}

/* A cell is complete: the next column, or the end of the row. */
static int cell_end(Out *out, int r) {
        (void) out_fail(out, r);
        if (++out->column < out->n_columns)
                return out->error;
        out->column = 0;
        if (out->row)
                (void) json_row_end(out);
        else if (out->format == OUT_CSV)
                (void) out_emits(out, "\n");
        out->n_rows++;
        return out->error;
}

/* RFC 4180: quoted when it holds a comma, a quote or a line break; quotes doubled. */
static int csv_cell(Out *out, const char *text) {
        if (out->column > 0)
                (void) out_emits(out, ",");
        if (!strpbrk(text, ",\"\r\n"))
                return out_emits(out, text);
        (void) out_emits(out, "\"");
        for (const char *quote; (quote = strchr(text, '"')); text = quote + 1) {
                (void) out_emit(out, text, (size_t) (quote - text) + 1);
                (void) out_emits(out, "\"");
        }
        (void) out_emits(out, text);
        return out_emits(out, "\"");
}

/* A cell of the two text shapes. */
static int text_cell(Out *out, const char *text) {
        _cleanup_(freep) char *safe = NULL;

        if (out->format == OUT_TABLE)
                return out_table_cell(out, text);
        assert(out->format == OUT_CSV);
        if (!text)
                text = "";
        if (out->terminal) {
                safe = text_safe(text);
                if (!safe)
                        return -ENOMEM;
        }
        return csv_cell(out, safe ? safe : text);
}

static bool wants_json(const Out *out) {
        return out->format == OUT_JSON || out->format == OUT_JSONL;
}

static const char *cell_key(Out *out) {
        assert(out->column < out->n_columns);
        row_begin(out);
        return out->columns[out->column].key;
}

int out_str(Out *out, const char *s) {
        const char *key;

        assert(out);
        key = cell_key(out);
        return cell_end(out, wants_json(out) ? json_add_str(out->row, key, s) : text_cell(out, s));
}

int out_null(Out *out) {
        return out_str(out, NULL);
}

int out_int(Out *out, int64_t v) {
        char text[CELL_TEXT_MAX];
        const char *key;

        assert(out);
        key = cell_key(out);
        if (wants_json(out))
                return cell_end(out, json_add_int(out->row, key, v));
        (void) snprintf(text, sizeof text, "%" PRId64, v);
        return cell_end(out, text_cell(out, text));
}

int out_number(Out *out, double v) {
        char text[CELL_TEXT_MAX];
        const char *key;

        assert(out);
        key = cell_key(out);
        if (wants_json(out))
                return cell_end(out, json_add_number(out->row, key, v));
        (void) snprintf(text, sizeof text, "%.10g", v);
        return cell_end(out, text_cell(out, text));
}

int out_bool(Out *out, bool v) {
        const char *key;

        assert(out);
        key = cell_key(out);
        if (wants_json(out))
                return cell_end(out, json_add_bool(out->row, key, v));
        if (out->format == OUT_TABLE)
                return cell_end(out, text_cell(out, v ? "yes" : "no"));
        return cell_end(out, text_cell(out, v ? "true" : "false"));
}

/* "0.0336": all six decimals that say something, for programs. */
static void money_plain(Micros m, char ret[static CELL_TEXT_MAX]) {
        uint64_t absolute = m < 0 ? -(uint64_t) m : (uint64_t) m;
        int n;

        n = snprintf(ret, CELL_TEXT_MAX, "%s%" PRIu64 ".%06" PRIu64, m < 0 ? "-" : "",
                     absolute / (uint64_t) MICROS_PER_UNIT, absolute % (uint64_t) MICROS_PER_UNIT);
        while (n > 1 && ret[n - 1] == '0')
                ret[--n] = 0;
        if (ret[n - 1] == '.')
                ret[n - 1] = 0;
}

int out_money(Out *out, Micros m) {
        char text[CELL_TEXT_MAX];
        const char *key;

        static_assert((int) MONEY_TEXT_MAX <= (int) CELL_TEXT_MAX, "room for money");
        assert(out);
        key = cell_key(out);
        if (wants_json(out))
                return cell_end(out, json_add_money(out->row, key, m));
        if (out->format == OUT_TABLE)
                money_format(m, text);
        else
                money_plain(m, text);
        return cell_end(out, text_cell(out, text));
}

int out_time(Out *out, int64_t wall_ms) {
        char text[TIME_TEXT_MAX];
        const char *key;

        assert(out);
        key = cell_key(out);
        if (wants_json(out))
                return cell_end(out, json_add_time(out->row, key, wall_ms));
        if (wall_ms <= 0)
                return cell_end(out, text_cell(out, NULL));
        if (out->format == OUT_TABLE)
                time_format_local(wall_ms, text);
        else
                time_format_utc(wall_ms, text);
        return cell_end(out, text_cell(out, text));
}

static void bytes_format(uint64_t n, char ret[static CELL_TEXT_MAX]) {
        static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
        double v = (double) n;
        size_t unit = 0;

        while (v >= 999.95 && unit + 1 < ARRAY_LEN(units)) { /* what would round to 1000.0 */
                v /= 1000;
                unit++;
        }
        (void) snprintf(ret, CELL_TEXT_MAX, unit > 0 ? "%.1f %s" : "%.0f %s", v, units[unit]);
}

int out_bytes(Out *out, uint64_t n) {
        char text[CELL_TEXT_MAX];

        assert(out);
        if (out->format != OUT_TABLE)
                return out_int(out, n > INT64_MAX ? INT64_MAX : (int64_t) n);
        (void) cell_key(out);
        bytes_format(n, text);
        return cell_end(out, text_cell(out, text));
}

int out_duration(Out *out, int64_t ms) {
        char text[TIME_TEXT_MAX];

        assert(out);
        if (out->format != OUT_TABLE)
                return out_int(out, ms);
        (void) cell_key(out);
        duration_format(ms, text);
        return cell_end(out, text_cell(out, text));
}

int out_json(Out *out, Json *value) {
        _cleanup_(json_freep) Json *owned = value;
        _cleanup_(freep) char *text = NULL;
        const char *key;

        assert(out);
        key = cell_key(out);
        if (wants_json(out))
                return cell_end(out, json_add(out->row, key, TAKE_PTR(owned)));
        text = json_print(owned);
        return cell_end(out, text ? text_cell(out, text) : -ENOMEM);
}

int out_csv_header(Out *out) {
        assert(out);
        for (; out->column < out->n_columns; out->column++)
                (void) csv_cell(out, out->columns[out->column].key);
        out->column = 0;
        return out_emits(out, "\n");
}
