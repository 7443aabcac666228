/* SPDX-License-Identifier: MIT */

/* Why nothing matched: the first term whose key or value no ready asset has, and the nearest one
 * that there is. */

#include "cli/app.h"
#include "cli/select.h"

static int collect_value(const char *key, const char *value, int64_t count, void *userdata) {
        (void) key;
        (void) count;
        return strv_add(userdata, value);
}

static int collect_key(const char *key, const char *value, int64_t count, void *userdata) {
        (void) value;
        (void) count;
        return strv_has(userdata, key) ? 0 : strv_add(userdata, key);
}

static const char *nearest(const char *word, const Strv *known) {
        return nearest_word(word, (const char *const *) known->items, known->n);
}

static int add_words(Strv *known, const char *(*word)(int i), int n) {
        int r = 0;

        for (int i = 0; i < n && r >= 0; i++)
                r = strv_add(known, word(i));
        return r;
}

static const char *kind_word_at(int i) {
        return asset_kind_word((AssetKind) i);
}

static const char *status_word_at(int i) {
        return asset_status_word((AssetStatus) i);
}

/* The values a term of this key can have: a fixed list, or what stands on the shelf. */
static int known_values(Library *lib, const char *key, int64_t now_ms, Strv *known) {
        if (streq(key, "kind"))
                return add_words(known, kind_word_at, _KIND_MAX);
        if (streq(key, "status"))
                return add_words(known, status_word_at, _ASSET_STATUS_MAX);
        return al_facet(lib, key, now_ms, collect_value, known, NULL);
}

/* A key no asset has: misspelt, most likely. */
static void hint_key(Library *lib, const char *key, int64_t now_ms) {
        static const char *const fixed[] = {"brand",  "hook",   "category", "kind",
                                            "status", "recipe", "since"};
        _cleanup_(strv_done) Strv known = {0};
        const char *near;
        int r = al_facet(lib, "tag", now_ms, collect_key, &known, NULL);

        for (size_t i = 0; i < ARRAY_LEN(fixed) && r >= 0; i++)
                r = strv_add(&known, fixed[i]);
        near = nearest(key, &known);
        if (near)
                app_note("nothing matched: no ready asset has a tag '%s'; did you mean '%s'?", key,
                         near);
        else
                app_note("nothing matched: no ready asset has a tag '%s'; '" APP_NAME
                         " tags' lists them",
                         key);
}

static bool is_fixed(const char *key) {
        return streq(key, "kind") || streq(key, "status");
}

static void hint_value(const AlTerm *term, const Strv *known) {
        const char *what = is_fixed(term->key) ? "there is no" : "no ready asset has";
        const char *near = nearest(term->value, known);

        if (near)
                app_note("nothing matched: %s %s '%s'; did you mean '%s'?", what, term->key,
                         term->value, near);
        else
                app_note("nothing matched: %s %s '%s'", what, term->key, term->value);
}

/* True when the term explains the empty answer, and was told. */
static bool hint_term(Library *lib, const AlTerm *term, int64_t now_ms) {
        _cleanup_(strv_done) Strv known = {0};

        if (term->negate || streq(term->key, "id"))
                return false;
        if (known_values(lib, term->key, now_ms, &known) < 0 || strv_has(&known, term->value))
                return false;
        if (known.n > 0)
                hint_value(term, &known);
        else
                hint_key(lib, term->key, now_ms);
        return true;
}

void select_hint(Library *lib, const Selection *s, int64_t now_ms) {
        _cleanup_(strv_done) Strv brands = {0};

        assert(lib && s);
        if (al_facet(lib, "brand", now_ms, collect_value, &brands, NULL) >= 0 && brands.n == 0 &&
            !s->has_status) {
                app_note("the shelf in '%s' is empty; 'pregend run' fills it", al_dir(lib));
                return;
        }
        for (size_t i = 0; i < s->n_terms; i++)
                if (hint_term(lib, &s->terms[i], now_ms))
                        return;
        app_note("nothing matched: no asset has all of this; '" APP_NAME
                 " stock' shows what there is");
}
