/* SPDX-License-Identifier: MIT */

/*
 * A template is cut into pieces by one scanner (next_piece), which both template_scan() and
 * template_render() drive: what check accepts is what render understands. Values are put in as they
 * stand; braces inside a value are text.
 */

#include <stdio.h>

#include "recipe/template.h"

enum {
        VARIABLE_NAME_MAX = 200,
};

typedef struct Piece {
        const char *text; /* literal text, or the variable's name */
        size_t n;
        size_t offset; /* of the piece (a variable: of its braces) in the template */
        bool variable;
} Piece;

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

/* A name may hold anything a YAML key of ours holds; a line break or a brace means that the closing
 * braces were forgotten. */
static bool is_name_byte(char c) {
        return (unsigned char) c > ' ' && c != '{' && c != '}' && c != 0x7f;
}

/* Reads `{{ name }}` at text + *pos, and moves *pos behind it. */
static int read_variable(const char *text, size_t *pos, Piece *ret, Err *err) {
        size_t p = *pos + 2, start, n;

        while (is_blank(text[p]))
                p++;
        start = p;
        while (is_name_byte(text[p]))
                p++;
        n = p - start;
        while (is_blank(text[p]))
                p++;
        if (text[p] != '}' || text[p + 1] != '}')
                return err_set(err, -EINVAL,
                               "'{{' is not closed; write '{{name}}', or '{{{{' for two braces");
        if (n == 0)
                return err_set(err, -EINVAL, "'{{}}' names no variable; write '{{brand}}' or such");
        if (n > VARIABLE_NAME_MAX)
                return err_set(err, -EINVAL, "variable name is longer than %d characters",
                               VARIABLE_NAME_MAX);
        *ret = (Piece){.text = text + start, .n = n, .offset = *pos, .variable = true};
        *pos = p + 2;
        return 0;
}

/* 1 and the next piece, 0 at the end, -EINVAL with *pos at the offending braces. */
static int next_piece(const char *text, size_t *pos, Piece *ret, Err *err) {
        const char *at = text + *pos, *braces;
        int r;

        if (*at == '\0')
                return 0;
        braces = strstr(at, "{{");
        if (braces != at) {
                size_t n = braces ? (size_t) (braces - at) : strlen(at);

                *ret = (Piece){.text = at, .n = n, .offset = *pos};
                *pos += n;
                return 1;
        }
        if (strncmp(at, "{{{{", 4) == 0) {
                *ret = (Piece){.text = at, .n = 2, .offset = *pos};
                *pos += 4;
                return 1;
        }
        r = read_variable(text, pos, ret, err);
        return r < 0 ? r : 1;
}

int template_scan(const char *text, TemplateVarFn fn, void *userdata, size_t *ret_offset,
                  Err *err) {
        size_t pos = 0;
        Piece piece;
        int r;

        assert(text);
        assert(fn);
        while ((r = next_piece(text, &pos, &piece, err)) > 0) {
                char name[VARIABLE_NAME_MAX + 1];

                if (!piece.variable)
                        continue;
                memcpy(name, piece.text, piece.n);
                name[piece.n] = '\0';
                r = fn(name, piece.offset, userdata);
                if (r < 0) {
                        pos = piece.offset;
                        break;
                }
        }
        if (r < 0 && ret_offset)
                *ret_offset = pos;
        return r < 0 ? r : 0;
}

/* ---- looking a name up ---- */

/* Seed and name are mixed so that two list variables of one job do not move in step: FNV-1a over
 * the name, then the finaliser of splitmix64. */
static uint64_t mix(uint64_t seed, const char *name) {
        uint64_t h = UINT64_C(0xcbf29ce484222325);

        for (const char *p = name; *p; p++)
                h = (h ^ (unsigned char) *p) * UINT64_C(0x100000001b3);
        h ^= seed + UINT64_C(0x9e3779b97f4a7c15);
        h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
        return h ^ (h >> 31);
}

/* The brand or hook a dotted name speaks of, and the variable's name in it. */
static const Vars *scope_vars(const TemplateScope *scope, const char *name, const char **ret_rest) {
        if (strncmp(name, "brand.", 6) == 0) {
                *ret_rest = name + 6;
                return scope->brand;
        }
        if (strncmp(name, "hook.", 5) == 0) {
                *ret_rest = name + 5;
                return scope->hook;
        }
        return NULL;
}

static const char *longest(const Variable *v) {
        const char *best = v->values[0];

        for (size_t i = 1; i < v->n; i++)
                if (strlen(v->values[i]) > strlen(best))
                        best = v->values[i];
        return best;
}

/* The value of a name, or NULL. `widest`: the longest value of a list instead of the seed's. */
static const char *lookup(const TemplateScope *scope, const char *name, bool widest) {
        const char *rest = NULL;
        const Vars *vars = scope_vars(scope, name, &rest);
        const Variable *v = vars ? vars_find(vars, rest) : NULL;

        if (v && v->n > 0) {
                if (widest)
                        return longest(v);
                return v->values[v->n == 1 ? 0 : mix(scope->seed, name) % v->n];
        }
        for (size_t i = 0; i < scope->n_axes; i++)
                if (streq(scope->axes[i].key, name))
                        return scope->axes[i].value;
        return NULL;
}

static int add_vars(Strv *words, const char *prefix, const Vars *vars) {
        for (size_t i = 0; vars && i < vars->n; i++) {
                int r = strv_take(words, str_printf("%s.%s", prefix, vars->items[i].name));

                if (r < 0)
                        return r;
        }
        return 0;
}

static int all_names(const TemplateScope *scope, Strv *ret) {
        int r;

        for (size_t i = 0; i < scope->n_axes; i++) {
                r = strv_add(ret, scope->axes[i].key);
                if (r < 0)
                        return r;
        }
        r = add_vars(ret, "brand", scope->brand);
        if (r < 0)
                return r;
        return add_vars(ret, "hook", scope->hook);
}

/* -ENOENT with what is missing where, and the nearest name there is. */
static int unknown_name(const TemplateScope *scope, const char *name, Err *err) {
        _cleanup_(strv_done) Strv words = {0};
        const char *rest = NULL, *near;
        const Vars *vars = scope_vars(scope, name, &rest);
        char hint[VARIABLE_NAME_MAX + 32] = "";
        int r;

        r = all_names(scope, &words);
        if (r < 0)
                return r;
        near = nearest_word(name, (const char *const *) words.items, words.n);
        if (near)
                (void) snprintf(hint, sizeof(hint), "; did you mean '{{%s}}'?", near);
        if (vars)
                return err_set(err, -ENOENT, "%s '%s' has no variable '%s'%s",
                               vars == scope->brand ? "brand" : "hook", vars->name, rest, hint);
        return err_set(err, -ENOENT, "no variable '{{%s}}'%s", name,
                       near ? hint
                            : "; there are {{brand.x}}, {{hook.x}} and the axes of the matrix");
}

static int render(const char *text, const TemplateScope *scope, bool widest, StrBuf *out,
                  size_t *ret_offset, Err *err) {
        size_t pos = 0;
        Piece piece;
        int r;

        while ((r = next_piece(text, &pos, &piece, err)) > 0) {
                char name[VARIABLE_NAME_MAX + 1];
                const char *value;

                if (!piece.variable) {
                        r = strbuf_add(out, piece.text, piece.n);
                } else {
                        memcpy(name, piece.text, piece.n);
                        name[piece.n] = '\0';
                        value = lookup(scope, name, widest);
                        r = value ? strbuf_puts(out, value) : unknown_name(scope, name, err);
                }
                if (r == -E2BIG)
                        (void) err_set(err, r, "text is longer than %zu bytes once filled in",
                                       out->max);
                if (r < 0) {
                        pos = piece.offset;
                        break;
                }
        }
        if (r < 0 && ret_offset)
                *ret_offset = pos;
        return r < 0 ? r : 0;
}

int template_render(const char *text, const TemplateScope *scope, StrBuf *out, size_t *ret_offset,
                    Err *err) {
        assert(text);
        assert(scope);
        assert(out);
        return render(text, scope, false, out, ret_offset, err);
}

int template_render_widest(const char *text, const TemplateScope *scope, StrBuf *out,
                           size_t *ret_offset, Err *err) {
        assert(text);
        assert(scope);
        assert(out);
        return render(text, scope, true, out, ret_offset, err);
}
