/* SPDX-License-Identifier: MIT */

/* What the providers would bill, for tests to hold the ledger against. */

#include "base/fs.h"
#include "base/parse.h"
#include "wire.h"

enum {
        PRICES_MAX = 256 * 1024,
        MILLION = 1000000,
};

static bool next_word(char **p, char **ret) {
        *p += strspn(*p, " \t");
        *ret = *p;
        *p += strcspn(*p, " \t");
        if (**p)
                *(*p)++ = '\0';
        return **ret != '\0';
}

static int read_price(Invoice *invoice, char *line) {
        char *model, *unit, *micros, *attribute;
        Json *price;
        int64_t v;

        if (!next_word(&line, &model))
                return 0;
        if (!next_word(&line, &unit) || !next_word(&line, &micros) ||
            parse_int(micros, 0, INT64_MAX, &v) < 0)
                return -EINVAL;
        (void) next_word(&line, &attribute);
        price = json_new_object();
        (void) json_add_str(price, "model", model);
        (void) json_add_str(price, "unit", unit);
        (void) json_add_int(price, "micros", v);
        (void) json_add_str(price, "attribute", attribute);
        return json_push(invoice->prices, price);
}

int invoice_load_prices(Invoice *invoice, const char *path, Err *err) {
        _cleanup_(freep) char *text = NULL;
        size_t n;
        int r, number = 0;

        r = fs_read_file(path, PRICES_MAX, &text, &n);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", path);
        invoice->prices = json_new_array();
        for (char *next, *line = text; line; line = next) {
                next = strchr(line, '\n');
                if (next)
                        *next++ = '\0';
                line[strcspn(line, "#")] = '\0';
                number++;
                r = read_price(invoice, line);
                if (r < 0)
                        return err_set(err, r, "%s:%d: no MODEL UNIT MICROS [NAME=VALUE]", path,
                                       number);
        }
        return 0;
}

static int64_t price_of(const Invoice *invoice, const char *model, const char *unit,
                        const char *attribute) {
        for (const Json *p = json_first(invoice->prices); p; p = json_next(p)) {
                const char *wanted = json_str(p, "attribute");
                int64_t v;

                if (streq(json_str(p, "model"), model) && streq(json_str(p, "unit"), unit) &&
                    (!*wanted || streq(wanted, attribute)) && json_int(p, "micros", &v))
                        return v;
        }
        return 0;
}

int invoice_add(Invoice *invoice, const Ask *ask, uint64_t seq, const char *model, const char *unit,
                int64_t quantity, const char *attribute) {
        int64_t micros = price_of(invoice, model, unit, attribute) * quantity;
        int64_t divisor =
                (strncmp(unit, "million_", 8) == 0 ? MILLION : 1) * (ask->half_price ? 2 : 1);
        Json *line;

        if (quantity <= 0)
                return 0;
        micros = (micros + divisor - 1) / divisor;
        if (!invoice->lines)
                invoice->lines = json_new_array();
        line = json_new_object();
        (void) json_add_int(line, "seq", (int64_t) seq);
        (void) json_add_str(line, "wire", ask->wire->name);
        (void) json_add_str(line, "model", model);
        (void) json_add_str(line, "unit", unit);
        (void) json_add_int(line, "quantity", quantity);
        (void) json_add_str(line, "attribute", attribute);
        (void) json_add_int(line, "micros", micros);
        invoice->total_micros += micros;
        return json_push(invoice->lines, line);
}

char *invoice_print(const Invoice *invoice, const Operations *ops) {
        _cleanup_(json_freep) Json *j = json_new_object();
        Json *o;

        (void) json_add_int(j, "total_micros", invoice->total_micros);
        (void) json_add(j, "lines", invoice->lines ? json_copy(invoice->lines) : json_new_array());
        o = json_add_object(j, "operations");
        (void) json_add_int(o, "submitted", (int64_t) ops->submitted);
        (void) json_add_int(o, "same_body", (int64_t) ops->same_body);
        (void) json_add_int(o, "polls", (int64_t) ops->polls);
        (void) json_add_int(o, "cancels", (int64_t) ops->cancels);
        (void) json_add_int(o, "unknown", (int64_t) ops->unknown);
        return json_print(j);
}

void invoice_done(Invoice *invoice) {
        (void) json_free(invoice->lines);
        (void) json_free(invoice->prices);
        *invoice = (Invoice){0};
}
