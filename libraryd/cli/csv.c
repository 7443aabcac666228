/* SPDX-License-Identifier: MIT */

#include "base/fs.h"
#include "base/parse.h"
#include "cli/import.h"

static const char byte_order_mark[] = "\xef\xbb\xbf";

int csv_open(const char *path, Csv *ret, Err *err) {
        char *text = NULL;
        size_t n;
        int r;

        assert(path && ret);
        r = fs_read_file(path, CSV_BYTES_MAX, &text, &n);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", path);
        if (!utf8_is_valid(text, n)) {
                free(text);
                return err_set(err, -EINVAL, "'%s' is no UTF-8 text", path);
        }
        *ret = (Csv){.text = text, .n = n};
        if (strncmp(text, byte_order_mark, strlen(byte_order_mark)) == 0)
                ret->at = strlen(byte_order_mark);
        return 0;
}

void csv_done(Csv *c) {
        free(c->text);
        *c = (Csv){0};
}

/* A field from c->at on, unquoted in place. *ret_end: what ended it, a comma, a line end or 0. */
static int field(Csv *c, char **ret, char *ret_end, Err *err) {
        char *from = c->text + c->at, *to = from, *p = from;
        bool quoted = *p == '"';

        p += quoted;
        for (; *p; p++) {
                if (quoted && *p == '"') {
                        if (p[1] != '"') {
                                p++;
                                break;
                        }
                        p++;
                } else if (!quoted && (*p == ',' || *p == '\n' || (*p == '\r' && p[1] == '\n')))
                        break;
                c->line += *p == '\n';
                *to++ = *p;
        }
        if (quoted && (p[-1] != '"' || p == from + 1))
                return err_set(err, -EINVAL, "line %lld: a quote is not closed",
                               (long long) c->line);
        if (*p == '\r' && p[1] == '\n')
                p++;
        if (*p && *p != ',' && *p != '\n')
                return err_set(err, -EINVAL, "line %lld: text behind a closing quote",
                               (long long) c->line);
        *ret_end = *p;
        c->at = (size_t) (p - c->text) + (*p != 0);
        *to = 0;
        *ret = from;
        return 0;
}

int csv_next(Csv *c, Err *err) {
        char end;
        int r;

        assert(c);
        c->n_fields = 0;
        if (c->at >= c->n)
                return 0;
        c->line++;
        do {
                if (c->n_fields == CSV_FIELDS_MAX)
                        return err_set(err, -EINVAL, "line %lld: more than %d fields",
                                       (long long) c->line, (int) CSV_FIELDS_MAX);
                r = field(c, &c->fields[c->n_fields++], &end, err);
                if (r < 0)
                        return r;
        } while (end == ',');
        return 1;
}
