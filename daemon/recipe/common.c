/* SPDX-License-Identifier: MIT */

/* Rows and values that several file kinds share. */

#include "base/parse.h"
#include "provider/provider.h"
#include "recipe/tables.h"

enum {
        FORMAT_VERSION = 1,
        PAIR_VALUE_MAX = 200,
        DRIVERS_MAX = 64, /* looked at for the nearest name */
};

const Caps no_caps = {-1, -1, -1};

static const SchemaKey caps_keys[] = {
        {.key = "per_run",
         .type = SCHEMA_MONEY,
         .offset = offsetof(Caps, per_run),
         .help = "most one run may spend here; none without it"},
        {.key = "per_day",
         .type = SCHEMA_MONEY,
         .offset = offsetof(Caps, per_day),
         .help = "most one calendar day may cost here; none without it"},
        {.key = "per_month",
         .type = SCHEMA_MONEY,
         .offset = offsetof(Caps, per_month),
         .help = "most one calendar month may cost here; none without it"},
};
const Schema caps_schema = {
        .name = "budget",
        .help = "caps on money",
        .keys = caps_keys,
        .n = ARRAY_LEN(caps_keys),
        .size = sizeof(Caps),
};

const char *const kind_words[] = {"image", "video", "text", NULL};
static_assert(ARRAY_LEN(kind_words) == _KIND_MAX + 1, "a word for every kind");

void read_version(Reader *r, const Node *node, void *structure) {
        const char *text = schema_scalar(r, node, "the number 1");
        int64_t v;

        (void) structure;
        if (text && parse_int(text, FORMAT_VERSION, FORMAT_VERSION, &v) < 0)
                reader_error(r, node, "'%s' is no version this program reads; it reads version %d",
                             shown(text).text, FORMAT_VERSION);
}

bool check_driver_name(Reader *r, const Node *node, const char *name) {
        const char *names[DRIVERS_MAX];
        const Driver *const *all;
        size_t n;

        assert(r);
        assert(node);
        assert(name);
        if (driver_find(name))
                return true;
        all = driver_all(&n);
        n = MIN_OF(n, (size_t) DRIVERS_MAX);
        for (size_t i = 0; i < n; i++)
                names[i] = all[i]->name;
        reader_error(r, node, "unknown driver '%s'%s", shown(name).text,
                     suggest(name, names, n).text);
        return false;
}

static bool read_pair(Reader *r, const Node *child, AlAxis *ret) {
        static const SchemaKey name = {.key = "name", .type = SCHEMA_NAME},
                               value = {.key = "value", .type = SCHEMA_TEXT, .max = PAIR_VALUE_MAX};
        ReaderPath frame;
        bool fine;

        reader_enter(r, &frame, child->key->text, 0);
        fine = schema_scalar_read(r, &name, child->key, &ret->key) &&
               schema_scalar_read(r, &value, child, &ret->value);
        reader_leave(r);
        return fine;
}

bool read_pairs(Reader *r, const Node *node, AlAxis **ret, size_t *ret_n) {
        AlAxis *pairs;
        bool fine = true;
        size_t i = 0;

        assert(r);
        assert(node);
        assert(ret);
        assert(ret_n);
        if (node->type != NODE_MAP) {
                reader_error(r, node, "expected a map of names and values, found %s",
                             node_noun(node));
                return false;
        }
        pairs = reader_array(r, node->n + 1, sizeof *pairs);
        if (!pairs)
                return false;
        for (const Node *child = node->first; child; child = child->next, i++)
                if (!read_pair(r, child, &pairs[i]))
                        fine = false;
        if (fine) {
                *ret = pairs;
                *ret_n = i;
        }
        return fine;
}

int name_list_add(Arena *arena, NameList *list, const char *name, const char *file, bool guessed) {
        __typeof__(list->items) items;

        assert(arena);
        assert(list);
        assert(name);
        assert(file);
        items = arena_append(arena, list->items, list->n, sizeof *items);
        if (!items)
                return -ENOMEM;
        list->items = items;
        items[list->n].name = name;
        items[list->n].file = file;
        items[list->n++].guessed = guessed;
        return 0;
}

const char *name_list_file(const NameList *list, const char *name, bool guesses) {
        assert(list);
        assert(name);
        for (size_t i = 0; i < list->n; i++)
                if ((guesses || !list->items[i].guessed) && streq(list->items[i].name, name))
                        return list->items[i].file;
        return NULL;
}
