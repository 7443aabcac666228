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

/* A key no asset has: misspelt, most likely. */
static void hint_key(Library *lib, const char *key, int64_t now_ms) {
        _cleanup_(strv_done) Strv known = {0};
        const AlField *fields;
        const char *near;
        size_t n;
        int r = al_facet(lib, "tag", now_ms, collect_key, &known, NULL);

        fields = al_fields(&n);
        for (size_t i = 0; i < n && r >= 0; i++)
                r = strv_add(&known, fields[i].name);
        near = nearest(key, &known);
        if (near)
                app_note("nothing matched: no ready asset has a tag '%s'; did you mean '%s'?", key,
                         near);
        else
                app_note("nothing matched: no ready asset has a tag '%s'; '" APP_NAME
                         " tags' lists them",
                         key);
}

static void hint_value(const char *key, const char *value, const Strv *known) {
        const char *near = nearest(value, known);

        if (near)
                app_note("nothing matched: no ready asset has %s '%s'; did you mean '%s'?", key,
                         value, near);
        else
                app_note("nothing matched: no ready asset has %s '%s'", key, value);
}

static int collect_holder(const char *name, int64_t takes, int64_t live, void *userdata) {
        (void) takes;
        return live > 0 ? strv_add(userdata, name) : 0;
}

/* Tells about a campaign that has nothing. */
static bool hint_campaign(Library *lib, const char *name, int64_t now_ms) {
        _cleanup_(strv_done) Strv holders = {0};

        if (al_campaigns(lib, now_ms, collect_holder, &holders, NULL) < 0 ||
            strv_has(&holders, name))
                return false;
        app_no_campaign(lib, name, now_ms);
        return true;
}

typedef struct Hint {
        Library *lib;
        int64_t now_ms;
} Hint;

enum {
        HINT_TOLD = -EALREADY, /* ends the walk */
};

/* Tells about the first term that explains the empty answer. */
static int hint_term(const AlField *field, const char *key, const char *value, bool negated,
                     void *userdata) {
        _cleanup_(strv_done) Strv known = {0};
        const Hint *hint = userdata;

        if (!negated && field && field->type == AL_FIELD_CAMPAIGN)
                return hint_campaign(hint->lib, value, hint->now_ms) ? HINT_TOLD : 0;
        if (negated || (field && field->type != AL_FIELD_NAME))
                return 0;
        if (al_facet(hint->lib, key, hint->now_ms, collect_value, &known, NULL) < 0 ||
            strv_has(&known, value))
                return 0;
        if (known.n > 0 || field)
                hint_value(key, value, &known);
        else
                hint_key(hint->lib, key, hint->now_ms);
        return HINT_TOLD;
}

void select_hint(Library *lib, const AlFilter *filter, int64_t now_ms) {
        _cleanup_(strv_done) Strv brands = {0};
        Hint hint = {.lib = lib, .now_ms = now_ms};

        assert(lib);
        if (al_facet(lib, "brand", now_ms, collect_value, &brands, NULL) >= 0 && brands.n == 0 &&
            !al_filter_has_status(filter)) {
                app_note("the shelf in '%s' is empty; 'pregend run' fills it", al_dir(lib));
                return;
        }
        if (al_filter_each(filter, hint_term, &hint) == HINT_TOLD)
                return;
        app_note("nothing matched: no asset has all of this; '" APP_NAME
                 " stock' shows what there is");
}
