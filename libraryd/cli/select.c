/* SPDX-License-Identifier: MIT */

#include "cli/select.h"

#include "base/parse.h"
#include "base/strbuf.h"

enum {
        VALUE_MAX = 4096,
};

static const char any_status[] = "any";

void select_done(Selection *s) {
        assert(s);
        free(s->terms);
        strv_done(&s->strings);
        *s = (Selection){0};
}

static int add_term(Selection *s, const char *key, const char *value, bool negate, Err *err) {
        AlTerm *terms;

        if (s->n_terms == SELECT_TERMS_MAX)
                return err_set(err, -E2BIG, "more than %d terms in one selection",
                               SELECT_TERMS_MAX);
        terms = reallocarray(s->terms, s->n_terms + 1, sizeof *terms);
        if (!terms)
                return err_set(err, -ENOMEM, "out of memory");
        s->terms = terms;
        if (strv_add(&s->strings, key) < 0 || strv_add(&s->strings, value) < 0)
                return err_set(err, -ENOMEM, "out of memory");
        s->terms[s->n_terms++] = (AlTerm){.key = s->strings.items[s->strings.n - 2],
                                          .value = s->strings.items[s->strings.n - 1],
                                          .negate = negate};
        return 0;
}

/* "any" is every status there is: the core takes a selection without one for "ready". */
static int add_any_status(Selection *s, Err *err) {
        int r = 0;

        for (AssetStatus status = 0; status < _ASSET_STATUS_MAX && r >= 0; status++)
                r = add_term(s, "status", asset_status_word(status), false, err);
        return r;
}

static int add_value(Selection *s, const char *key, const char *value, bool negate, Err *err) {
        bool status = streq(key, "status");

        if (!value[0])
                return err_set(err, -EINVAL, "'%s' has an empty value", key);
        s->has_status = s->has_status || status;
        if (status && !negate && streq(value, any_status))
                return add_any_status(s, err);
        return add_term(s, key, value, negate, err);
}

/* "a,b\,c" -> "a" and "b,c" */
static int add_values(Selection *s, const char *key, const char *values, bool negate, Err *err) {
        _cleanup_(strbuf_done) StrBuf value = STRBUF_INIT(VALUE_MAX);

        for (const char *p = values;; p++) {
                int r;

                if (p[0] == '\\' && p[1] == ',') {
                        (void) strbuf_putc(&value, *++p);
                        continue;
                }
                if (*p && *p != ',') {
                        (void) strbuf_putc(&value, *p);
                        continue;
                }
                if (value.error < 0)
                        return err_set(err, value.error, "a value of '%s' is longer than %d bytes",
                                       key, VALUE_MAX);
                r = add_value(s, key, strbuf_text(&value), negate, err);
                if (r < 0 || !*p)
                        return r;
                strbuf_clear(&value);
        }
}

/* "KEY=VALUE" or "KEY:VALUE", `separators` telling which. */
static int add_pair(Selection *s, const char *pair, const char *separators, bool negate, Err *err) {
        _cleanup_(freep) char *key = NULL;
        size_t n = strcspn(pair, separators);

        if (n == 0 || !pair[n])
                return err_set(err, -EINVAL, "'%s' is not KEY=VALUE such as format=story", pair);
        key = strndup(pair, n);
        if (!key)
                return err_set(err, -ENOMEM, "out of memory");
        return add_values(s, key, pair + n + 1, negate, err);
}

static int set_since(Selection *s, const char *text, int64_t now_ms, Err *err) {
        if (parse_since(text, now_ms, &s->since_ms) >= 0)
                return 0;
        return err_set(err, -EINVAL,
                       "'%s' is no time; write a day such as 2026-11-23 or an age such as 14d",
                       text);
}

static int add_positional(Selection *s, const char *term, int64_t now_ms, Err *err) {
        size_t n = strcspn(term, ":");

        if (!term[n] && strchr(term, '='))
                return err_set(err, -EINVAL, "'%s' is not a term; write '%.*s:%s'", term,
                               (int) strcspn(term, "="), term, strchr(term, '=') + 1);
        if (n == 0 || !term[n])
                return err_set(err, -EINVAL,
                               "'%s' is not a term; write KEY:VALUE such as brand:acme", term);
        if (strncmp(term, "not:", 4) == 0)
                return add_pair(s, term + n + 1, "=:", true, err);
        if (strncmp(term, "tag:", 4) == 0)
                return add_pair(s, term + n + 1, "=:", false, err);
        if (strncmp(term, "since:", 6) == 0)
                return set_since(s, term + n + 1, now_ms, err);
        return add_pair(s, term, ":", false, err);
}

static int add_list(Selection *s, const char *key, const Strv *list, Err *err) {
        int r = 0;

        for (size_t i = 0; i < list->n && r >= 0; i++)
                r = add_values(s, key, list->items[i], false, err);
        return r;
}

static int add_options(Selection *s, const SelectArgs *args, Err *err) {
        const struct {
                const char *key;
                const Strv *list;
        } named[] = {
                {"brand", &args->brand}, {"hook", &args->hook},     {"category", &args->category},
                {"kind", &args->kind},   {"status", &args->status}, {"recipe", &args->recipe},
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(named) && r >= 0; i++)
                r = add_list(s, named[i].key, named[i].list, err);
        for (size_t i = 0; i < args->tag.n && r >= 0; i++)
                r = add_pair(s, args->tag.items[i], "=", false, err);
        for (size_t i = 0; i < args->not .n && r >= 0; i++)
                r = add_pair(s, args->not .items[i], "=", true, err);
        return r;
}

int select_parse(const SelectArgs *args, const Strv *terms, int64_t now_ms, Selection *ret,
                 Err *err) {
        _cleanup_(select_done) Selection s = {0};
        int r;

        assert(args && terms && ret);
        r = add_options(&s, args, err);
        if (r >= 0 && args->since)
                r = set_since(&s, args->since, now_ms, err);
        for (size_t i = 0; i < terms->n && r >= 0; i++)
                r = add_positional(&s, terms->items[i], now_ms, err);
        if (r < 0)
                return r;
        *ret = s;
        s = (Selection){0};
        return 0;
}
