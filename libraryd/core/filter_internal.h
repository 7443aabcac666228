/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A parsed query as a tree. Nodes and values refer to each other by index; a node's children are a
 * list. Values of one term stand side by side and are alternatives.
 */

#include "base/strv.h"
#include "core/filter.h"

#define NODE_NONE SIZE_MAX

typedef enum NodeType {
        NODE_AND,
        NODE_OR,
        NODE_NOT, /* one child */
        NODE_TERM,
} NodeType;

typedef struct FilterNode {
        NodeType type;
        size_t first, next;   /* child, sibling; NODE_NONE */
        const AlField *field; /* of a term; NULL: a tag */
        const char *key;      /* of a term; borrowed from the filter's strings */
        size_t value, n_values;
        bool closed; /* a term in parentheses of its own: no term beside them joins it */
} FilterNode;

typedef struct FilterValue {
        const char *text; /* as written, without quotes; borrowed from the filter's strings */
        int64_t low,
                high; /* of a range, inclusive; of a word, its index; of `fits`, of the placements */
} FilterValue;

struct AlFilter {
        FilterNode *nodes;
        size_t n_nodes;
        FilterValue *values;
        size_t n_values;
        Strv strings;
        AlPlacement *placements; /* that the query names, without their names */
        size_t n_placements;
        size_t root; /* NODE_NONE: no condition */
        bool has_status;
};

/* The status word that stands for all of them. */
#define STATUS_ANY "any"

/* Reads v->text as a value of `field`. -EINVAL with a sentence. */
int filter_value_parse(const AlField *field, int64_t now_ms, FilterValue *v, Err *err);

/* Width over height, in millionths. */
int64_t filter_ratio(int64_t width, int64_t height);
