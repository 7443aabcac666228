/* SPDX-License-Identifier: MIT */

#include "recipe/schema.h"

#include <strings.h>

#include "base/strbuf.h"
#include "base/strv.h"
#include "recipe/schema_types.h"

enum {
        LISTED_MAX = 8, /* names listed when none is near */
};

static void *target_of(const SchemaKey *key, void *structure) {
        return (char *) structure + key->offset;
}

static void keep_node(const SchemaKey *key, const Node *node, void *structure) {
        if (key->node > 0)
                *(const Node **) (void *) ((char *) structure + key->node - 1) = node;
}

const char *schema_scalar(Reader *r, const Node *node, const char *expected) {
        assert(r);
        assert(node);
        assert(expected);
        if (node->reported)
                return NULL;
        if (node->type == NODE_SCALAR && !node_is_null(node))
                return node->text;
        reader_error(r, node, "expected %s, found %s", expected, node_noun(node));
        return NULL;
}

/* ---- unknown keys ------------------------------------------------------------------------- */

bool key_is_secret(const char *key) {
        static const char *const words[] = {
                "api_key",      "apikey",       "api-key",   "key",       "token",
                "access_token", "access-token", "secret",    "password",  "passwd",
                "secret_key",   "secret-key",   "api_token", "api-token", "bearer",
                "private_key",  "private-key",
        };

        assert(key);
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (strcasecmp(key, words[i]) == 0)
                        return true;
        return false;
}

/* The nearest name, or all of them when none is near and they are few. */
static void unknown_key_text(const char *key, const char *const *known, size_t n, StrBuf *ret) {
        Suggestion near = suggest(key, known, n);

        if (near.text[0] || n == 0 || n > LISTED_MAX) {
                (void) strbuf_puts(ret, near.text);
                return;
        }
        for (size_t i = 0; i < n; i++)
                (void) strbuf_printf(ret, "%s%s", i > 0 ? ", " : "; there are ", known[i]);
}

void schema_unknown_key(Reader *r, const Node *node, const char *const *known, size_t n) {
        _cleanup_(strbuf_done) StrBuf hint = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        const char *key = node->key->text;

        assert(r);
        assert(node);
        if (node->reported && streq(key, "<<")) /* a merge: its alias has been refused */
                return;
        if (key_is_secret(key)) {
                reader_error(r, node->key,
                             "'%s': a credential must not stand in a YAML file; put it into a file "
                             "of its own and name it with 'credential' or 'credential_file' of the "
                             "provider in the settings",
                             shown(key).text);
                return;
        }
        unknown_key_text(key, known, n, &hint);
        reader_error(r, node->key, "unknown key '%s'%s", shown(key).text, strbuf_text(&hint));
}

static const SchemaKey *find_row(const Schema *schema, const char *key) {
        for (size_t i = 0; i < schema->n; i++)
                if (streq(schema->keys[i].key, key))
                        return &schema->keys[i];
        return NULL;
}

static void all_keys(const Schema *schema, const char *ret[static SCHEMA_KEYS_MAX]) {
        assert(schema->n <= SCHEMA_KEYS_MAX);
        for (size_t i = 0; i < schema->n; i++)
                ret[i] = schema->keys[i].key;
}

static void report_unknown(Reader *r, const Schema *schema, const Node *node) {
        const char *known[SCHEMA_KEYS_MAX];

        all_keys(schema, known);
        schema_unknown_key(r, node, known, schema->n);
}

/* The row that would be suggested for a word. */
static const SchemaKey *nearest_key(const Schema *schema, const char *word) {
        const char *known[SCHEMA_KEYS_MAX], *near;

        all_keys(schema, known);
        near = nearest_word(word, known, schema->n);
        return near ? find_row(schema, near) : NULL;
}

/* ---- reading ------------------------------------------------------------------------------ */

static void read_map(Reader *r, const Schema *schema, const Node *node, void *structure);

static void set_place(Reader *r, const Schema *schema, const Node *node, void *structure) {
        if (schema->place_at > 0)
                *(Place *) (void *) ((char *) structure + schema->place_at - 1) =
                        node_place(&r->source, node);
}

/* An object inside a list or a map of names; `structure` is fresh memory. */
static void read_element(Reader *r, const Schema *schema, const Node *node, void *structure) {
        set_place(r, schema, node, structure);
        schema_read(r, schema, node, structure);
}

static void read_elements(Reader *r, const SchemaKey *key, const Node *node, void *structure) {
        const Schema *schema = key->object;
        bool named = key->type == SCHEMA_NAMED;
        char *items;
        size_t n = 0;

        if (node->type != (named ? NODE_MAP : NODE_LIST) || node->n > SCHEMA_LIST_MAX) {
                reader_error(r, node, "expected %s, found %s",
                             named ? "a map of names" : "a list of maps (at most 10000)",
                             node_noun(node));
                return;
        }
        items = reader_array(r, node->n + 1, schema->size);
        if (!items)
                return;
        for (const Node *child = node->first; child; child = child->next, n++) {
                void *item = items + n * schema->size;
                ReaderPath frame;

                reader_enter(r, &frame, named ? child->key->text : NULL, n);
                read_element(r, schema, child, item);
                if (named)
                        read_element_name(r, schema, child->key, item);
                reader_leave(r);
        }
        *(void **) target_of(key, structure) = items;
        *(size_t *) (void *) ((char *) structure + key->offset_n) = n;
}

static void read_value(Reader *r, const SchemaKey *key, const Node *node, void *structure) {
        size_t before = r->problems->n_errors;

        if (node->reported)
                return;
        keep_node(key, node, structure);
        if (node_is_null(node)) {
                reader_error(r, node, "has no value; give it one or remove the line");
                return;
        }
        switch (key->type) {
        case SCHEMA_OBJECT:
                read_map(r, key->object, node, target_of(key, structure));
                break;
        case SCHEMA_OBJECTS:
        case SCHEMA_NAMED:
                read_elements(r, key, node, structure);
                break;
        case SCHEMA_TEXTS:
                (void) schema_read_texts(r, key, node, target_of(key, structure),
                                         (size_t *) (void *) ((char *) structure + key->offset_n));
                break;
        case SCHEMA_CUSTOM:
                break;
        case SCHEMA_TEXT:
        case SCHEMA_NAME:
        case SCHEMA_WORD:
        case SCHEMA_BOOL:
        case SCHEMA_INT:
        case SCHEMA_MONEY:
        case SCHEMA_DURATION:
        case SCHEMA_DATE:
        case SCHEMA_TIME:
                (void) schema_scalar_read(r, key, node, target_of(key, structure));
                break;
        case _SCHEMA_TYPE_MAX:
                assert_not_reached();
        }
        if (key->read && r->problems->n_errors == before)
                key->read(r, node, structure);
}

bool schema_misspelt(const Schema *schema, const Node *map, const char *key) {
        assert(schema);
        assert(key);
        if (!map || map->type != NODE_MAP || schema->other)
                return false;
        for (const Node *n = map->first; n; n = n->next)
                if (!find_row(schema, n->key->text) && strlen(n->key->text) < SHOWN_MAX &&
                    nearest_key(schema, n->key->text) == find_row(schema, key))
                        return true;
        return false;
}

/* Required keys that are missing are reported where the map begins; not, if they are there but
 * misspelt, which has been said. */
static void check_required(Reader *r, const Schema *schema, const Node *node) {
        for (size_t i = 0; i < schema->n; i++)
                if (schema->keys[i].required && !node_get(node, schema->keys[i].key) &&
                    !schema_misspelt(schema, node, schema->keys[i].key))
                        reader_error(r, node, "missing key '%s' (%s)", schema->keys[i].key,
                                     schema->keys[i].help);
}

static void read_map(Reader *r, const Schema *schema, const Node *node, void *structure) {
        if (node->reported)
                return;
        if (node->type != NODE_MAP) {
                reader_error(r, node, "expected a map of keys and values, found %s",
                             node_noun(node));
                return;
        }
        for (const Node *child = node->first; child; child = child->next) {
                const SchemaKey *key = find_row(schema, child->key->text);
                ReaderPath frame;

                if (!key && !schema->other) {
                        report_unknown(r, schema, child);
                        continue;
                }
                reader_enter(r, &frame, child->key->text, 0);
                if (key)
                        read_value(r, key, child, structure);
                else
                        schema->other(r, child, structure);
                reader_leave(r);
        }
        check_required(r, schema, node);
}

/* Defaults are written as people write them and read by the same reader; they are right by the
 * tables' own test. */
static void apply_defaults(Reader *r, const Schema *schema, void *structure) {
        for (size_t i = 0; i < schema->n; i++) {
                const SchemaKey *key = &schema->keys[i];
                Node value = {.type = NODE_SCALAR, .style = STYLE_QUOTED, .text = key->fallback};

                if (key->type == SCHEMA_OBJECT)
                        apply_defaults(r, key->object, target_of(key, structure));
                else if (key->fallback)
                        (void) schema_scalar_read(r, key, &value, target_of(key, structure));
        }
}

void schema_read(Reader *r, const Schema *schema, const Node *node, void *structure) {
        Place place = {0};

        assert(r);
        assert(schema);
        assert(structure);
        if (schema->place_at > 0)
                place = *(const Place *) (const void *) ((char *) structure + schema->place_at - 1);
        if (schema->initial)
                memcpy(structure, schema->initial, schema->size);
        if (schema->place_at > 0)
                *(Place *) (void *) ((char *) structure + schema->place_at - 1) = place;
        apply_defaults(r, schema, structure);
        if (node)
                read_map(r, schema, node, structure);
}
