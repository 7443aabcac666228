/* SPDX-License-Identifier: MIT */
#pragma once

/* The inside of the parser: filter_parse.c reads text, filter.c builds the tree. */

#include "base/strbuf.h"
#include "core/filter_internal.h"
#include "core/fits.h"

typedef struct Parser {
        AlFilter *filter;
        size_t part; /* of the texts given, the one that is read */
        const char *text;
        size_t at;
        size_t key_at; /* where the term's key begins */
        bool option;   /* an option's values: blanks and parentheses mean nothing */
        int depth;
        StrBuf word;
        Library *lib;   /* NULL: the shipped placements alone */
        FitsTable fits; /* loaded for the first placement */
        int64_t now_ms;
        AlFault fault;
        Err *err;
} Parser;

/* Nodes in the order they were added, linked by FilterNode.next. */
typedef struct NodeList {
        size_t first, last, n;
} NodeList;
#define NODE_LIST_INIT ((NodeList){.first = NODE_NONE, .last = NODE_NONE})

/* A copy that lives as long as the filter; NULL: out of memory. */
const char *filter_string(Parser *p, const char *s, size_t n);
/* Copies the node, without children of its own beyond `first`. */
int filter_add_node(Parser *p, const FilterNode *node, size_t *ret);
int filter_add_value(Parser *p, const FilterValue *v);
void node_list_add(AlFilter *f, NodeList *list, size_t node);
/* Drops what was added behind these numbers of nodes and values; `list` was built before. */
void filter_forget(AlFilter *f, const NodeList *list, size_t n_nodes, size_t n_values);
/* The list below a node of this type; one member alone is itself. */
int filter_list(Parser *p, NodeType type, const NodeList *list, size_t *ret);
/* The same for items side by side: terms of one key become alternatives, then all must hold. */
int filter_gather(Parser *p, const NodeList *list, size_t *ret);
/* Reads v->text as the name of a placement or the beginning of some. -EINVAL with a sentence. */
int filter_placement(Parser *p, FilterValue *v);
/* -EINVAL: a comparison for a key that is a tag, or was meant to be another. */
int filter_no_range(Parser *p, const char *key);

/* Read p->text to its end. */
int filter_parse_terms(Parser *p, NodeList *items);
int filter_parse_option(Parser *p, const char *key, NodeList *items);
