/* SPDX-License-Identifier: MIT */
#pragma once

/* Making a plan: query_plan.c builds the tree, query_leaf.c its leaves. A leaf or group that is
 * returned belongs to the plan already. All return -errno with the sentence in b->err. */

#include "core/query.h"

typedef struct Builder {
        Library *lib;
        Plan *plan;
        const AlFilter *filter;
        int64_t now_ms;
        Err *err;
} Builder;

int plan_no_memory(Err *err);
/* NULL: out of memory, or more than QUERY_NODES_MAX. */
PlanNode *plan_node_new(Plan *plan, PlanType type, bool negate);
/* AND and OR alone; a negated group is the other one. */
PlanNode *plan_group_new(Plan *plan, PlanType type, bool negate);
/* Members of a group of the same type become members of this one. */
void plan_group_add(PlanNode *group, PlanNode *member);
int plan_add_posting(Builder *b, PlanNode *leaf, int64_t term);
/* A word that nobody ever used adds nothing. */
int plan_add_term(Builder *b, PlanNode *leaf, const char *key, const char *value);
/* Appends to the leaf's ids; *allocated belongs to the leaf and begins as 0. */
int plan_add_id(Builder *b, PlanNode *leaf, int64_t id, size_t *allocated);
/* The first column of all rows of `s`, whose first step gave r; resets it. 0 or -errno. */
int plan_add_rows(Builder *b, PlanNode *leaf, Stmt *s, int r, size_t *allocated);
int plan_add_every_status(Builder *b, PlanNode *leaf, bool collected);

int plan_build_words(Builder *b, const FilterNode *node, bool negate, PlanNode **ret);
/* What the campaign has now. */
int plan_build_campaign(Builder *b, const char *name, bool negate, PlanNode **ret);
int plan_build_id(Builder *b, const char *text, bool negate, PlanNode **ret);
int plan_build_text(Builder *b, const char *words, bool negate, PlanNode **ret);
int plan_build_fits(Builder *b, const FilterValue *v, bool negate, PlanNode **ret);
int plan_build_range(Builder *b, const FilterNode *node, const FilterValue *v, bool negate,
                     PlanNode **ret);
