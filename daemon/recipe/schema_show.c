/* SPDX-License-Identifier: MIT */

/* The values in force of a table and a tree, flat: what `config show` prints. */

#include "base/strbuf.h"
#include "recipe/schema.h"

typedef struct Shower {
        SchemaShowFn fn;
        void *userdata;
} Shower;

enum {
        SHOW_TEXT_MAX = 1024 * 1024,
};

static int show_map(const Shower *s, const Schema *schema, const Node *node, const char *prefix);

/* "a, b": a list of texts on one line. */
static int show_list(const Shower *s, const Node *node, const char *path) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(SHOW_TEXT_MAX);

        for (const Node *child = node->first; child; child = child->next)
                (void) strbuf_printf(&b, "%s%s", child == node->first ? "" : ", ",
                                     child->text ? child->text : "...");
        return b.error < 0 ? b.error : s->fn(path, strbuf_text(&b), node, s->userdata);
}

static int show_named(const Shower *s, const SchemaKey *key, const Node *node, const char *path) {
        int r = 0;

        for (const Node *child = node ? node->first : NULL; r >= 0 && child; child = child->next) {
                _cleanup_(freep) char *below = str_printf("%s.%s", path, child->key->text);

                r = below ? show_map(s, key->object, child, below) : -ENOMEM;
        }
        return r;
}

static int show_key(const Shower *s, const SchemaKey *key, const Node *node, const char *path) {
        if (key->type == SCHEMA_OBJECT)
                return show_map(s, key->object, node, path);
        if (key->type == SCHEMA_NAMED)
                return show_named(s, key, node, path);
        if (!node)
                return s->fn(path, key->fallback, NULL, s->userdata);
        if (node->type != NODE_SCALAR)
                return show_list(s, node, path);
        return s->fn(path, node->text, node, s->userdata);
}

static int show_map(const Shower *s, const Schema *schema, const Node *node, const char *prefix) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < schema->n; i++) {
                const SchemaKey *key = &schema->keys[i];
                _cleanup_(freep) char *path =
                        *prefix ? str_printf("%s.%s", prefix, key->key) : strdup(key->key);

                r = path ? show_key(s, key, node_get(node, key->key), path) : -ENOMEM;
        }
        return r;
}

int schema_show(const Schema *schema, const Node *node, SchemaShowFn fn, void *userdata) {
        Shower s = {.fn = fn, .userdata = userdata};

        assert(schema);
        assert(fn);
        return show_map(&s, schema, node, "");
}
