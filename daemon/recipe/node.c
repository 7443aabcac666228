/* SPDX-License-Identifier: MIT */

#include "recipe/node.h"

#include <yaml.h>

#include "base/parse.h"
#include "recipe/place.h"

typedef struct Loader {
        Arena *arena;
        const Source *source;
        Problems *problems;
        yaml_parser_t *parser;
} Loader;

enum {
        LOAD_STOP = 1, /* a problem was reported that ends the reading of this file */
};

static int loader_problem(Loader *l, const yaml_mark_t *mark, const char *text) {
        return problem_add(l->problems, PROBLEM_ERROR, l->source->file, (int) mark->line + 1,
                           (int) mark->column + 1, "%s", text);
}

static int loader_stop(Loader *l, const yaml_mark_t *mark, const char *text) {
        int r = loader_problem(l, mark, text);

        return r < 0 ? r : LOAD_STOP;
}

static int report_syntax(Loader *l) {
        const yaml_parser_t *p = l->parser;
        int r, line = (int) p->problem_mark.line + 1, column = (int) p->problem_mark.column + 1;

        if (p->error == YAML_MEMORY_ERROR)
                return -ENOMEM;
        if (p->error == YAML_READER_ERROR)
                place_of_byte(l->source, p->problem_offset, &line, &column);
        if (p->context)
                r = problem_add(l->problems, PROBLEM_ERROR, l->source->file, line, column,
                                "bad YAML: %s, %s that begins at line %zu", p->problem, p->context,
                                p->context_mark.line + 1);
        else
                r = problem_add(l->problems, PROBLEM_ERROR, l->source->file, line, column,
                                "bad YAML: %s", p->problem ? p->problem : "unreadable");
        return r < 0 ? r : LOAD_STOP;
}

static int next_event(Loader *l, yaml_event_t *ret) {
        return yaml_parser_parse(l->parser, ret) ? 0 : report_syntax(l);
}

static Node *node_new(Loader *l, NodeType type, const yaml_event_t *event) {
        Node *n = arena_alloc(l->arena, sizeof *n);

        if (n) {
                n->type = type;
                n->line = (int) event->start_mark.line + 1;
                n->column = (int) event->start_mark.column + 1;
                n->start = event->start_mark.index;
                n->end = event->end_mark.index;
        }
        return n;
}

static NodeStyle scalar_style(yaml_scalar_style_t style) {
        if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
                return STYLE_BLOCK;
        return style == YAML_PLAIN_SCALAR_STYLE ? STYLE_PLAIN : STYLE_QUOTED;
}

static int load_scalar(Loader *l, const yaml_event_t *event, Node **ret) {
        const char *value = (const char *) event->data.scalar.value;
        size_t length = event->data.scalar.length;
        Node *n = node_new(l, NODE_SCALAR, event);
        int r = 0;

        if (!n)
                return -ENOMEM;
        n->style = scalar_style(event->data.scalar.style);
        if (memchr(value, 0, length))
                r = loader_problem(l, &event->start_mark, "text must not contain a NUL character");
        n->text = arena_strndup(l->arena, value, length);
        if (r < 0 || !n->text)
                return -ENOMEM;
        *ret = n;
        return 0;
}

/* Anchors and tags have no use here, and refusing them keeps a file what it looks like. */
static int refuse_extras(Loader *l, const yaml_event_t *event) {
        const yaml_char_t *anchor = NULL, *tag = NULL;
        int r = 0;

        if (event->type == YAML_SCALAR_EVENT) {
                anchor = event->data.scalar.anchor;
                tag = event->data.scalar.tag;
        } else if (event->type == YAML_SEQUENCE_START_EVENT) {
                anchor = event->data.sequence_start.anchor;
                tag = event->data.sequence_start.tag;
        } else if (event->type == YAML_MAPPING_START_EVENT) {
                anchor = event->data.mapping_start.anchor;
                tag = event->data.mapping_start.tag;
        }
        if (anchor)
                r = loader_problem(l, &event->start_mark,
                                   "anchors ('&name') are not allowed; write the value out");
        if (r >= 0 && tag)
                r = loader_problem(l, &event->start_mark,
                                   "tags ('!name') are not allowed; write the plain value");
        return r;
}

static int load_node(Loader *l, const yaml_event_t *event, int depth, Node **ret);

static void node_adopt(Node *parent, Node *child) {
        if (parent->last)
                parent->last->next = child;
        else
                parent->first = child;
        parent->last = child;
        parent->n++;
}

static int load_list(Loader *l, Node *list, int depth) {
        for (;;) {
                yaml_event_t event;
                Node *child = NULL;
                bool end;
                int r = next_event(l, &event);

                if (r != 0)
                        return r;
                end = event.type == YAML_SEQUENCE_END_EVENT;
                if (!end)
                        r = load_node(l, &event, depth + 1, &child);
                else
                        list->end = event.end_mark.index;
                yaml_event_delete(&event);
                if (r != 0 || end)
                        return r;
                node_adopt(list, child);
        }
}

static int check_key(Loader *l, const Node *map, const Node *key) {
        const Node *earlier;
        int r;

        if (key->type != NODE_SCALAR || node_is_null(key)) {
                r = problem_add(
                        l->problems, PROBLEM_ERROR, l->source->file, key->line, key->column,
                        "a key must be a word, not %s%s",
                        key->type == NODE_SCALAR ? "nothing" : node_noun(key),
                        key->type == NODE_MAP ? "; a text that begins with '{{' needs quotes" : "");
                return r < 0 ? r : LOAD_STOP;
        }
        earlier = node_get(map, key->text);
        if (earlier)
                return problem_add(l->problems, PROBLEM_ERROR, l->source->file, key->line,
                                   key->column, "duplicate key '%.60s'; it stands at line %d too",
                                   key->text, earlier->key->line);
        if (map->n >= NODE_KEYS_MAX) {
                r = problem_add(l->problems, PROBLEM_ERROR, l->source->file, key->line, key->column,
                                "more than %d keys in one map", NODE_KEYS_MAX);
                return r < 0 ? r : LOAD_STOP;
        }
        return 0;
}

/* One "key: value", or the end of the map. */
static int load_pair(Loader *l, Node *map, int depth, bool *ret_end) {
        Node *key = NULL, *value = NULL;
        yaml_event_t event;
        int r = next_event(l, &event);

        if (r != 0)
                return r;
        *ret_end = event.type == YAML_MAPPING_END_EVENT;
        if (*ret_end)
                map->end = event.end_mark.index;
        else
                r = load_node(l, &event, depth + 1, &key);
        yaml_event_delete(&event);
        if (r != 0 || *ret_end)
                return r;
        r = check_key(l, map, key);
        if (r == 0)
                r = next_event(l, &event);
        if (r != 0)
                return r;
        r = load_node(l, &event, depth + 1, &value);
        yaml_event_delete(&event);
        if (r != 0)
                return r;
        value->key = key;
        if (!node_get(map, key->text)) /* of duplicates the first one stays */
                node_adopt(map, value);
        return 0;
}

static int load_map(Loader *l, Node *map, int depth) {
        bool end = false;
        int r = 0;

        while (r == 0 && !end)
                r = load_pair(l, map, depth, &end);
        return r;
}

/* An alias is reported and stands for nothing. */
static int load_alias(Loader *l, const yaml_event_t *event, Node **ret) {
        Node *n = node_new(l, NODE_SCALAR, event);
        int r = loader_problem(l, &event->start_mark,
                               "aliases ('*name') are not allowed; write the value out");

        if (r < 0 || !n)
                return -ENOMEM;
        n->text = "";
        n->reported = true;
        *ret = n;
        return 0;
}

/* Recursion is bounded by CONFIG_DEPTH_MAX. */
static int load_node(Loader *l, const yaml_event_t *event, int depth, Node **ret) {
        bool list = event->type == YAML_SEQUENCE_START_EVENT;
        Node *n;
        int r;

        if (event->type == YAML_ALIAS_EVENT)
                return load_alias(l, event, ret);
        r = refuse_extras(l, event);
        if (r < 0)
                return r;
        if (event->type == YAML_SCALAR_EVENT)
                return load_scalar(l, event, ret);
        if (depth > CONFIG_DEPTH_MAX)
                return loader_stop(l, &event->start_mark, "nested too deeply");
        n = node_new(l, list ? NODE_LIST : NODE_MAP, event);
        if (!n)
                return -ENOMEM;
        r = list ? load_list(l, n, depth) : load_map(l, n, depth);
        if (r == 0)
                *ret = n;
        return r;
}

/* Reads and drops the next event, which libyaml promises to be of this type. */
static int skip_event(Loader *l) {
        yaml_event_t event;
        int r = next_event(l, &event);

        if (r == 0)
                yaml_event_delete(&event);
        return r;
}

static int load_root(Loader *l, Node **ret) {
        yaml_event_t event;
        bool content;
        int r = next_event(l, &event); /* a document, or the end of the stream */

        if (r != 0)
                return r;
        content = event.type == YAML_DOCUMENT_START_EVENT;
        if (!content)
                r = loader_stop(l, &event.start_mark, "the file is empty; begin with 'version: 1'");
        yaml_event_delete(&event);
        if (r == 0)
                r = next_event(l, &event);
        if (r != 0)
                return r;
        r = load_node(l, &event, 1, ret);
        yaml_event_delete(&event);
        return r;
}

static int load_stream(Loader *l, Node **ret) {
        yaml_event_t event;
        Node *root = NULL;
        int r = skip_event(l); /* start of the stream */

        if (r == 0)
                r = load_root(l, &root);
        if (r == 0)
                r = skip_event(l); /* end of the document */
        if (r == 0)
                r = next_event(l, &event);
        if (r != 0)
                return r;
        if (event.type != YAML_STREAM_END_EVENT)
                r = loader_stop(l, &event.start_mark,
                                "a second document; a file holds one, without '---' inside");
        yaml_event_delete(&event);
        if (r == 0)
                *ret = root;
        return r;
}

int node_parse(Arena *arena, const Source *source, Problems *problems, Node **ret) {
        yaml_parser_t parser;
        Loader l = {.arena = arena, .source = source, .problems = problems, .parser = &parser};
        Node *root = NULL;
        int r, line, column;

        assert(arena);
        assert(source);
        assert(problems);
        assert(ret);
        if (!utf8_is_valid(source->text, source->n)) {
                place_of_bad_byte(source, &line, &column);
                r = problem_add(problems, PROBLEM_ERROR, source->file, line, column,
                                "not UTF-8 text (or a NUL character); save the file as UTF-8");
                if (r >= 0)
                        *ret = NULL;
                return r;
        }
        if (!yaml_parser_initialize(&parser))
                return -ENOMEM;
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
        yaml_parser_set_input_string(&parser, (const unsigned char *) source->text, source->n);
        r = load_stream(&l, &root);
        yaml_parser_delete(&parser);
        if (r < 0)
                return r;
        *ret = r == LOAD_STOP ? NULL : root;
        return 0;
}

const Node *node_get(const Node *map, const char *key) {
        assert(key);
        if (!map || map->type != NODE_MAP)
                return NULL;
        for (const Node *n = map->first; n; n = n->next)
                if (streq(n->key->text, key))
                        return n;
        return NULL;
}

bool node_is_null(const Node *node) {
        assert(node);
        return node->type == NODE_SCALAR && !node->reported && node->style == STYLE_PLAIN &&
               (node->text[0] == 0 || streq(node->text, "~") || streq(node->text, "null"));
}

const char *node_noun(const Node *node) {
        assert(node);
        switch (node->type) {
        case NODE_SCALAR:
                return node_is_null(node) ? "nothing" : "text";
        case NODE_LIST:
                return "a list";
        case NODE_MAP:
                return "a map";
        }
        assert_not_reached();
}
