/* SPDX-License-Identifier: MIT */

#include "cli/select.h"

#include <stdio.h>

#include "base/exitcode.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "cli/app.h"

enum {
        PLACE_BEFORE = 56, /* columns shown in front of a mistake, and behind where it begins */
        PLACE_AFTER = 40,
};

/* What the language is given: a part an option's value, then all arguments as one. */
typedef struct Parts {
        AlFilterText *items;
        size_t n;
        char *terms; /* the arguments, a line each */
} Parts;

static void parts_done(Parts *p) {
        free(p->items);
        free(p->terms);
}

static int add_part(Parts *p, const char *key, const char *text) {
        AlFilterText *items = reallocarray(p->items, p->n + 1, sizeof *items);

        if (!items)
                return -ENOMEM;
        p->items = items;
        p->items[p->n++] = (AlFilterText){.key = key, .text = text};
        return 0;
}

static int add_options(Parts *p, const SelectArgs *args) {
        const struct {
                const char *key;
                const Strv *list;
        } named[] = {
                {"brand", &args->brand}, {"hook", &args->hook},     {"category", &args->category},
                {"kind", &args->kind},   {"status", &args->status}, {"recipe", &args->recipe},
                {"since", &args->since}, {"fits", &args->fits},     {"tag", &args->tag},
                {"not", &args->not },
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(named); i++)
                for (size_t j = 0; j < named[i].list->n && r >= 0; j++)
                        r = add_part(p, named[i].key, named[i].list->items[j]);
        return r;
}

bool select_has_any(const SelectArgs *args) {
        assert(args);
        return args->brand.n + args->hook.n + args->category.n + args->kind.n + args->status.n +
                       args->recipe.n + args->since.n + args->fits.n + args->tag.n + args->not .n >
               0;
}

/* An argument that is empty stays one, so that it is told. */
static int add_terms(Parts *p, const Strv *terms) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        if (terms->n == 0)
                return 0;
        for (size_t i = 0; i < terms->n; i++) {
                const char *term = terms->items[i];

                (void) strbuf_printf(&b, "%s%s", i > 0 ? "\n" : "", term[0] ? term : "\"\"");
        }
        p->terms = strbuf_take(&b);
        return p->terms ? add_part(p, NULL, p->terms) : -ENOMEM;
}

/* Where showing text may begin so that `at` stays within PLACE_BEFORE columns. */
static size_t window_start(const char *text, size_t at) {
        size_t start = at, columns = 0;

        while (start > 0 && columns < PLACE_BEFORE) {
                start--;
                while (start > 0 && ((unsigned char) text[start] & 0xc0) == 0x80)
                        start--;
                columns++;
        }
        return start;
}

/* n bytes of text as one line that is safe to show. */
static char *shown(const char *text, size_t n) {
        _cleanup_(freep) char *copy = strndup(text, n);

        for (char *c = copy; c && *c; c++)
                if (*c == '\n' || *c == '\t')
                        *c = ' ';
        return copy ? text_safe(copy) : NULL;
}

/* The part with the mistake, and the caret below it. */
static char *place_text(const AlFilterText *part, const AlFault *fault) {
        size_t length = strlen(part->text), at = MIN_OF(fault->at, length);
        size_t start = window_start(part->text, at);
        size_t marked = MIN_OF(fault->n, MIN_OF(length - at, (size_t) PLACE_AFTER));
        _cleanup_(freep) char *before = shown(part->text + start, at - start);
        _cleanup_(freep) char *mark = shown(part->text + at, marked);
        _cleanup_(freep) char *rest = shown(part->text + at, length - at);
        _cleanup_(freep) char *cut = rest ? text_cut(rest, PLACE_AFTER) : NULL;
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        int width;

        if (!before || !mark || !cut)
                return NULL;
        width = text_width(before) + (start > 0 ? 3 : 0);
        (void) strbuf_puts(&b, "  ");
        if (part->key) {
                (void) strbuf_printf(&b, "--%s ", part->key);
                width += (int) strlen(part->key) + 3;
        }
        (void) strbuf_printf(&b, "%s%s%s\n  %*s^", start > 0 ? "..." : "", before, cut, width, "");
        for (int i = 1; i < text_width(mark); i++)
                (void) strbuf_putc(&b, '~');
        return strbuf_take(&b);
}

int select_parse(Library *lib, const SelectArgs *args, const Strv *terms, int64_t now_ms,
                 AlFilter **ret, char **ret_place, Err *err) {
        _cleanup_(parts_done) Parts parts = {0};
        AlFault fault = {0};
        int r;

        assert(args && terms && ret);
        if (add_options(&parts, args) < 0 || add_terms(&parts, terms) < 0)
                return err_set(err, -ENOMEM, "out of memory");
        r = al_filter_parse(lib, parts.items, parts.n, now_ms, ret, &fault, err);
        if (r < 0 && ret_place)
                *ret_place = fault.n > 0 ? place_text(&parts.items[fault.part], &fault) : NULL;
        return r;
}

int select_filter(Library *lib, const SelectArgs *args, const Strv *terms, int64_t now_ms,
                  AlFilter **ret) {
        _cleanup_(freep) char *place = NULL;
        Err err = {0};
        int r;

        r = select_parse(lib, args, terms, now_ms, ret, &place, &err);
        if (r >= 0)
                return EXIT_CODE_OK;
        if (r != -EINVAL && r != -E2BIG)
                return app_fail(r, &err);
        (void) cli_error(APP_NAME, "%s", err_text(&err));
        if (place)
                (void) fprintf(stderr, "%s\n", place);
        (void) fprintf(stderr, "try '" APP_NAME " help query'\n");
        return EXIT_CODE_USAGE;
}

int select_help_entry(size_t i, StrBuf *term, StrBuf *help) {
        size_t n;
        const AlField *fields = al_fields(&n);

        assert(term && help);
        if (i > n)
                return 0;
        if (i == n) {
                (void) strbuf_puts(term, "KEY:VALUE");
                (void) strbuf_puts(help, "any other key is a tag's (season:spring)");
                return 1;
        }
        (void) strbuf_printf(term, "%s:%s", fields[i].name, al_field_values(fields[i].type));
        (void) strbuf_printf(help, "%s (%s)", fields[i].help, fields[i].example);
        return 1;
}
