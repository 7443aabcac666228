/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A query as it is carried out.
 *
 *      query_plan.c    the filter becomes a tree of plan nodes, with every "not" pushed down to the
 *                      leaves; words become terms, ranges of columns become lists of terms
 *      query_set.c     one chunk at a time, newest first: the nodes narrow a set of candidates
 *      query_row.c     what no posting knows (bytes, exact times, an id) is asked of the row, and
 *                      only of rows that are left
 *      query_walk.c    the orders: which candidates are wanted, and when to stop
 *
 * The sets are an upper bound wherever a leaf is one of rows; QueryRun.inexact says so, and then
 * each id is matched once more against the whole tree.
 */

#include "core/filter_internal.h"
#include "core/post.h"

enum {
        QUERY_TERMS_MAX = 512, /* of a range of columns; with more of them rows are asked */
        QUERY_NODES_MAX = 16384,
};

typedef enum PlanType {
        PLAN_AND,
        PLAN_OR,
        PLAN_POST, /* any of these terms */
        PLAN_IDS,  /* any of these row ids */
        PLAN_TEXT, /* the full-text index */
        PLAN_TIME, /* made between */
        PLAN_ROW,  /* a column between */
} PlanType;

typedef enum RowColumn {
        ROW_CREATED,
        ROW_EXPIRES,
        ROW_USES,
        ROW_PRICE,
        ROW_BYTES,
        ROW_WIDTH,
        ROW_HEIGHT,
        ROW_RATIO,
        ROW_DURATION,
        ROW_CHARS,
        ROW_ID, /* the id begins so */
        _ROW_COLUMN_MAX,
} RowColumn;

typedef struct PlanNode PlanNode;
struct PlanNode {
        PlanType type;
        bool negate; /* of a leaf */
        char axis;   /* PLAN_POST: 'b', 'h' or 'c' when it is one brand, hook or category */
        bool tag;    /* PLAN_POST: a tag, which may be asked of one asset alone, too */
        bool given;  /* the composite index holds only what has it */
        bool rows;   /* it, or something below it, has to ask rows */
        PlanNode *first, *next;
        Posting *postings; /* PLAN_POST */
        size_t n_postings;
        int64_t *ids; /* PLAN_IDS: ascending */
        size_t n_ids;
        const char *text; /* PLAN_TEXT: borrowed of `owned`; ROW_ID: the prefix */
        char *owned;
        RowColumn column;
        int64_t low, high;
        uint64_t seen;  /* how many members it had so far: the rarest narrows first */
        uint64_t loads; /* in so many chunks */
        uint64_t dense; /* PLAN_TEXT: members a chunk, about */
        int64_t loaded; /* the chunk whose members `set` holds; CHUNK_NONE */
        Set16 *set;
        PlanNode *all; /* list of all nodes, for freeing */
};

typedef struct Plan {
        PlanNode *root;
        PlanNode *nodes; /* all of them */
        size_t n_nodes;
        bool nothing; /* it is plain that nothing matches */
        bool shelf;   /* only what is ready and has not expired */
        /* Of the shelf, some expired since the last tidying and have to be left out: those of this
         * list, ascending; without a list they are many, and each row is asked. */
        bool check_expiry;
        int64_t *expired;
        size_t n_expired;
        /* The composite index of the shelf that finds it: brand and hook, maybe category; 0: none. */
        int64_t brand, hook, category;
        bool axes_only; /* those, and the shelf, are all there is */
} Plan;

/* Makes the plan of q's filter. Everything it needs is read within the caller's transaction. */
int plan_make(Library *lib, const AlQuery *q, Plan *ret, Err *err);
void plan_done(Plan *plan);
/* Adds "and none of the expired that no posting knows yet" as a list of ids, for answers whose sets
 * must be exact. */
int plan_exclude_expired(Library *lib, Plan *plan, int64_t now_ms, Err *err);

/* Orders row ids, for qsort() and bsearch(). */
int plan_compare_ids(const void *a, const void *b);

typedef struct RowValues {
        int64_t id; /* 0: none read */
        bool missing;
        char uid[16];
        int64_t values[_ROW_COLUMN_MAX];
} RowValues;

/* One walk over the chunks. */
typedef struct QueryRun {
        Library *lib;
        Plan *plan;
        int64_t now_ms;
        bool up;             /* oldest first */
        bool inexact;        /* the last chunk's set holds more than what matches */
        int64_t first, last; /* chunks there are */
        RowValues row;
        Set16 set; /* of the chunk last narrowed */
} QueryRun;

int run_begin(Library *lib, Plan *plan, int64_t now_ms, QueryRun *ret, Err *err);
/* Narrows run->set to the chunk's candidates. *ret_next: the next chunk that may have any, or
 * CHUNK_NONE. */
int run_chunk(QueryRun *run, int64_t chunk, int64_t *ret_next, Err *err);
/* The set of one leaf in this chunk, loaded unless it is the one at hand. */
int leaf_load(QueryRun *run, PlanNode *leaf, int64_t chunk, int64_t *ret_next, Err *err);
/* Whether the asset has the words or the tag of the leaf, asked of it alone: 1 or 0. */
int leaf_has(QueryRun *run, const PlanNode *leaf, int64_t id, Err *err);
/* What is known of an asset that is to be matched. */
typedef enum RowKnown {
        KNOWN_NOTHING,
        KNOWN_GIVEN, /* it is from the composite index */
        KNOWN_SET,   /* run->set, of its chunk, has it */
} RowKnown;
/* Whether the asset matches all of the plan: 1 or 0. */
int row_matches(QueryRun *run, int64_t id, RowKnown known, Err *err);
/* A filter's text as a query of the full-text index; caller frees. */
char *text_query(const char *words);

/* fn ends a walk by anything but 0. */
typedef int (*IdFn)(void *userdata, int64_t id);
int walk_random(QueryRun *run, uint64_t seed, IdFn fn, void *userdata, Err *err);
/* The composite index's rows, newest first: id, uses. As db_query(). */
int axes_query(const QueryRun *run, Stmt **ret, Err *err);

/* Calls fn for each match in the query's order, after offset, up to limit. fn returns < 0 to stop.
 */
int query_walk(Library *lib, const AlQuery *q, Plan *plan, AlRowFn fn, void *userdata, Err *err);
int query_count(Library *lib, const AlQuery *q, Plan *plan, int64_t *ret, Err *err);
