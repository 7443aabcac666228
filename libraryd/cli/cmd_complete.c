/* SPDX-License-Identifier: MIT */

/* Live values for shell completion. Silent about errors: a word that cannot be completed is no
 * reason to write into somebody's command line. */

#include <stdio.h>

#include "cli/cmd.h"

enum {
        COMPLETE_IDS_MAX = 500, /* more would not help anybody to choose */
};

typedef struct Facet {
        const char *what, *key;
        bool with_key;
        char separator;
} Facet;

static const Facet facets[] = {
        {"brands", "brand", false, 0},        {"hooks", "hook", false, 0},
        {"categories", "category", false, 0}, {"recipes", "recipe", false, 0},
        {"providers", "provider", false, 0},  {"models", "model", false, 0},
        {"tags", "tag", true, '='},           {"terms", "brand", true, ':'},
        {"terms", "hook", true, ':'},         {"terms", "category", true, ':'},
        {"terms", "recipe", true, ':'},       {"terms", "provider", true, ':'},
        {"terms", "model", true, ':'},        {"terms", "tag", true, ':'},
};

/* Whether any shell takes s as one plain word, wherever it stands in one, and the query takes it as one
 * value. The others are left out: each shell quotes in its own way, and bash not at all. */
static bool is_plain(const char *s) {
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "-_.:=/@%+";
        _cleanup_(freep) char *safe = text_safe(s);

        if (!safe || !streq(safe, s) || s[0] == '-')
                return false;
        for (; *s; s++)
                if ((unsigned char) *s < 0x80 && !strchr(plain, *s))
                        return false;
        return true;
}

/* Whether KEY:VALUE is about a tag: some keys mean something else. */
static bool is_term(const Facet *facet, const char *key) {
        return facet->separator != ':' || !streq(facet->key, "tag") || !al_tag_is_reserved(key);
}

static int print_value(const char *key, const char *value, int64_t count, void *userdata) {
        const Facet *facet = userdata;

        (void) count;
        if (!is_plain(key) || !is_plain(value) || !is_term(facet, key))
                return 0;
        if (facet->with_key)
                (void) printf("%s%c%s\n", key, facet->separator, value);
        else
                (void) printf("%s\n", value);
        return 0;
}

static int print_id(const AlAsset *a, void *userdata) {
        (void) userdata;
        (void) printf("%s\n", a->id);
        return 0;
}

static int complete_ids(Library *lib, int64_t now_ms) {
        static const AlFilterText any = {.key = "status", .text = "any"};
        _cleanup_(al_filter_freep) AlFilter *filter = NULL;
        AlQuery q = {.order = AL_ORDER_NEWEST, .limit = COMPLETE_IDS_MAX, .now_ms = now_ms};
        int r = al_filter_parse(lib, &any, 1, now_ms, &filter, NULL, NULL);

        q.filter = filter;
        return r < 0 ? r : al_query(lib, &q, print_id, NULL, NULL);
}

static void print_words(const AlField *field) {
        for (size_t i = 0; field->words && field->words[i]; i++)
                (void) printf("%s:%s\n", field->name, field->words[i]);
}

/* lib may be NULL */
static void print_placements(Library *lib, const char *before) {
        _cleanup_(strv_done) Strv names = {0};

        if (al_placements(lib, &names, NULL) < 0)
                return;
        for (size_t i = 0; i < names.n; i++)
                (void) printf("%s%s\n", before, names.items[i]);
}

/* What the language itself knows: its keys, and the values that come from no asset. */
static void complete_language(Library *lib, const char *what) {
        size_t n;
        const AlField *fields = al_fields(&n);

        if (streq(what, "fits"))
                print_placements(lib, "");
        if (!streq(what, "terms"))
                return;
        for (size_t i = 0; i < n; i++) {
                print_words(&fields[i]);
                if (fields[i].type == AL_FIELD_FITS)
                        print_placements(lib, "fits:");
                else if (!fields[i].words && fields[i].type != AL_FIELD_NAME &&
                         fields[i].type != AL_FIELD_CAMPAIGN)
                        (void) printf("%s:\n", fields[i].name);
        }
        (void) printf("not:\n");
}

/* userdata: what stands in front of it */
static int print_campaign(const char *name, int64_t takes, int64_t live, void *userdata) {
        (void) takes;
        (void) live;
        if (is_plain(name))
                (void) printf("%s%s\n", (const char *) userdata, name);
        return 0;
}

int cmd_complete(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        const char *what;
        int64_t now_ms = app_now_ms();
        int r;

        assert(verb && args && args->n == 1);
        what = args->items[0];
        r = al_open(app_library_dir(), AL_READ, &lib, NULL);
        complete_language(lib, what);
        if (r < 0)
                return EXIT_CODE_ERROR;
        if (streq(what, "ids"))
                r = complete_ids(lib, now_ms);
        if (streq(what, "campaigns"))
                r = al_campaigns(lib, now_ms, print_campaign, (void *) "", NULL);
        if (streq(what, "terms"))
                r = al_campaigns(lib, now_ms, print_campaign, (void *) "for:", NULL);
        for (size_t i = 0; i < ARRAY_LEN(facets) && r >= 0; i++)
                if (streq(what, facets[i].what))
                        r = al_facet(lib, facets[i].key, now_ms, print_value, (void *) &facets[i],
                                     NULL);
        return r < 0 || fflush(stdout) != 0 ? EXIT_CODE_ERROR : EXIT_CODE_OK;
}
