/* SPDX-License-Identifier: MIT */

/*
 * JSON, jsonl and CSV rows are written as they come, so that memory does not grow with the answer;
 * only the table has to wait for its last row. JSON keeps one row to a line: still one document,
 * and grep and diff work on it.
 */

#include "base/out_internal.h"

#include <stdio.h>

const char *const out_format_words[] = {"table", "json", "jsonl", "csv", NULL};

static_assert(ARRAY_LEN(out_format_words) == _OUT_FORMAT_MAX + 1, "one word a format");

int out_fail(Out *out, int r) {
        assert(out);
        if (r < 0 && out->error == 0)
                out->error = r;
        return out->error;
}

int out_emit(Out *out, const char *text, size_t n) {
        assert(out && text);
        if (out->error == 0 && fwrite(text, 1, n, out->stream) < n)
                return out_fail(out, errno > 0 ? -errno : -EIO);
        return out->error;
}

int out_emits(Out *out, const char *text) {
        return out_emit(out, text, strlen(text));
}

static int write_text(FILE *stream, const char *text, size_t n) {
        if (fwrite(text, 1, n, stream) < n)
                return errno > 0 ? -errno : -EIO;
        return 0;
}

/* JSON text may hold DEL and the C1 controls as they are (they can only stand inside strings); some
 * terminals obey them, so they leave as \u00XX. */
int out_write_json(FILE *stream, const char *text) {
        const char *from;
        int r;

        assert(stream && text);
        from = text;
        for (const char *p = text; *p; p++) {
                unsigned char c = (unsigned char) p[0], next = (unsigned char) p[1];
                bool c1 = c == 0xc2 && next >= 0x80 && next < 0xa0;

                if (!c1 && c != 0x7f)
                        continue;
                r = write_text(stream, from, (size_t) (p - from));
                if (r < 0)
                        return r;
                if (fprintf(stream, "\\u%04x", (unsigned) (c1 ? next : c)) < 0)
                        return -EIO;
                p += c1;
                from = p + 1;
        }
        return write_text(stream, from, strlen(from));
}

Json *out_extra(Out *out) {
        assert(out);
        return out->extra;
}

static int json_begin(Out *out) {
        (void) out_emits(out, "{\"schema\":1,\"");
        (void) out_emits(out, out->list);
        return out_emits(out, "\":[");
}

int out_new(FILE *stream, OutFormat format, const char *list, const OutColumn *columns, size_t n,
            Out **ret) {
        _cleanup_(out_freep) Out *out = NULL;

        assert(stream && list && columns && n > 0 && ret);
        out = calloc(1, sizeof *out);
        if (!out)
                return -ENOMEM;
        *out = (Out){.stream = stream, .format = format, .columns = columns, .n_columns = n};
        out->terminal = isatty(fileno(stream)) == 1;
        out->list = strdup(list);
        out->extra = json_new_object();
        if (!out->list || !out->extra)
                return -ENOMEM;
        if (format == OUT_CSV)
                (void) out_csv_header(out);
        else if (format == OUT_JSON)
                (void) json_begin(out);
        *ret = TAKE_PTR(out);
        return 0;
}

Out *out_free(Out *out) {
        if (!out)
                return NULL;
        out_table_done(out);
        (void) json_free(out->row);
        (void) json_free(out->extra);
        free(out->list);
        free(out);
        return NULL;
}

/* `],"total":3}`: the extra object without its opening brace. */
static int json_finish(Out *out) {
        _cleanup_(freep) char *text = json_print(out->extra);

        if (!text)
                return out_fail(out, -ENOMEM);
        (void) out_emits(out, out->n_rows > 0 ? "\n]" : "]");
        if (json_length(out->extra) > 0)
                (void) out_emits(out, ",");
        if (out->error == 0)
                (void) out_fail(out, out_write_json(out->stream, text + 1));
        return out_emits(out, "\n");
}

int out_end(Out *out) {
        assert(out && out->column == 0);
        if (out->format == OUT_TABLE)
                (void) out_table_write(out);
        else if (out->format == OUT_JSON && out->error == 0)
                (void) json_finish(out);
        if (out->error == 0 && fflush(out->stream) != 0)
                (void) out_fail(out, errno > 0 ? -errno : -EIO);
        return out->error;
}

int out_flush(FILE *stream) {
        assert(stream);
        errno = 0;
        if (fflush(stream) == 0 && !ferror(stream))
                return 0;
        return errno > 0 ? -errno : -EIO;
}

static int with_schema(const Json *j, Json **ret) {
        _cleanup_(json_freep) Json *object = json_new_object();
        int r = json_add_int(object, "schema", 1);

        for (const Json *m = json_first(j); m && r >= 0; m = json_next(m))
                if (!streq(json_key(m), "schema"))
                        r = json_add(object, json_key(m), json_copy(m));
        if (r < 0)
                return r;
        *ret = TAKE_PTR(object);
        return 0;
}

static int print_object(FILE *stream, Json *j, char *(*print)(const Json *j)) {
        _cleanup_(json_freep) Json *owned = j, *object = NULL;
        _cleanup_(freep) char *text = NULL;
        int r;

        assert(stream);
        if (!owned)
                return -ENOMEM;
        r = with_schema(owned, &object);
        if (r < 0)
                return r;
        text = print(object);
        if (!text)
                return -ENOMEM;
        r = out_write_json(stream, text);
        if (r < 0)
                return r;
        if (fputc('\n', stream) == EOF || fflush(stream) != 0)
                return errno > 0 ? -errno : -EIO;
        return 0;
}

int out_print_json(FILE *stream, Json *j) {
        return print_object(stream, j, json_print_pretty);
}

int out_print_jsonl(FILE *stream, Json *j) {
        return print_object(stream, j, json_print);
}
