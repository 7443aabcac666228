/* SPDX-License-Identifier: MIT */
#pragma once

/* A query as a statement: text joined from the catalogue's parts, and the values to bind. */

#include "core/lib.h"

enum {
        QUERY_TERMS_MAX = 256,
        QUERY_VALUES_MAX = 2 * QUERY_TERMS_MAX + 16, /* an id takes two; limits, order and page */
        QUERY_SQL_MAX = 64 * 1024,
};

/* One value of a flat query. */
typedef struct AlTerm {
        const char *key, *value;
        bool negate;
} AlTerm;

typedef struct QueryValue {
        char *text; /* owned; NULL: the number */
        int64_t number;
} QueryValue;

typedef struct Selection {
        StrBuf sql;
        QueryValue values[QUERY_VALUES_MAX];
        size_t n_values;
        size_t driver; /* index of the tag term that drives, SIZE_MAX = none */
        bool driver_is_head;
} Selection;

typedef struct FlatQuery {
        AlTerm terms[QUERY_TERMS_MAX];
        size_t n_terms;
        int64_t since_ms;
        bool include_expired;
        AlOrder order;
        int64_t limit, offset, now_ms;
        uint64_t random_seed;
} FlatQuery;
int flat_query(const AlQuery *q, FlatQuery *ret, Err *err);

void selection_done(Selection *sel);
/* Fills an empty selection. 0, or AL_NOT_FOUND when it is plain that nothing matches; -E2BIG beyond
 * a limit. `count`: of all that match, whatever order, limit and offset. */
int selection_build(Library *lib, const FlatQuery *q, bool count, Selection *ret, Err *err);
/* The statement, bound to the selection's values: it must not outlive them. */
int selection_prepare(Library *lib, const Selection *sel, Stmt **ret, Err *err);
