/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One YAML file as a tree with places. Read through libyaml's events rather than its documents, so
 * that nesting is stopped while it is read (libyaml takes quadratic time over deep flow nesting),
 * and aliases, anchors, tags and duplicate keys are refused where they stand. Scalars stay text:
 * what a value means is the schema's business. The tree lives in the arena it was read into.
 */

#include "recipe/arena.h"
#include "recipe/config.h"

typedef enum NodeType { NODE_SCALAR, NODE_LIST, NODE_MAP } NodeType;
typedef enum NodeStyle { STYLE_PLAIN, STYLE_QUOTED, STYLE_BLOCK } NodeStyle;

typedef struct Node Node;
struct Node {
        NodeType type;
        NodeStyle style;
        bool reported;     /* an alias: refused already, stands for nothing */
        int line, column;  /* 1-based, of the first character */
        size_t start, end; /* characters (not bytes) from the start of the file, less its BOM */
        const char *text;  /* of a scalar; NULL otherwise */
        const Node *key;   /* of a map's child: its key */
        Node *first, *last, *next;
        size_t n; /* children */
};

typedef struct Source {
        const char *file; /* name for problems */
        const char *text; /* without BOM */
        size_t n;
} Source;

enum {
        NODE_KEYS_MAX = 1000, /* keys of one map */
};

/* Reads the text of one file. Problems go to the list; *ret is NULL when the file is no usable YAML
 * at all, and is the whole tree when only duplicate keys, anchors and the like were refused. 0, or
 * -ENOMEM. */
int node_parse(Arena *arena, const Source *source, Problems *problems, Node **ret);

/* The value of `key` in a map (NULL and other types have none). */
const Node *node_get(const Node *map, const char *key);
/* Whether a scalar stands for nothing: empty, ~ or null, unquoted. */
bool node_is_null(const Node *node);
/* "a list", "a map", "text": for messages. */
const char *node_noun(const Node *node);
/* Line and column (1-based) of the n-th (from 0) occurrence of `what` inside a scalar as it stands
 * in the file, whatever its style; the scalar's own place when it cannot be found there. */
Place node_place_of(const Source *source, const Node *node, const char *what, size_t n);
/* Place of the scalar's first character of content: past the quote, or below the | of a block. */
Place node_content_place(const Source *source, const Node *node);
