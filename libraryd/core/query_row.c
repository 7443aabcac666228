/* SPDX-License-Identifier: MIT */

/* One asset against the plan, exactly. Its row is read once, when the first leaf asks. */

#include <stdio.h>

#include "base/parse.h"
#include "core/query.h"

static int read_row(QueryRun *run, int64_t id, Err *err) {
        RowValues *row = &run->row;
        int64_t *v = row->values;
        const char *text;
        Stmt *s;
        int r;

        if (row->id == id)
                return 0;
        r = db_query(run->lib->db, SQL_ROW_VALUES, &s, err, "l", id);
        if (r < 0)
                return r;
        if (r == 0)
                return err_set(err, -EUCLEAN,
                               "the index of the library names asset row %lld, which is not there; "
                               "'assetlib verify --repair' makes the index anew",
                               (long long) id);
        (void) snprintf(row->uid, sizeof row->uid, "%s", db_col_text(s, 0));
        v[ROW_CREATED] = db_col_int(s, 1);
        v[ROW_EXPIRES] = db_col_null(s, 2) ? INT64_MIN : db_col_int(s, 2);
        v[ROW_USES] = db_col_int(s, 3);
        v[ROW_PRICE] = db_col_int(s, 4);
        v[ROW_BYTES] = db_col_int(s, 5);
        v[ROW_WIDTH] = db_col_int(s, 6);
        v[ROW_HEIGHT] = db_col_int(s, 7);
        v[ROW_DURATION] = db_col_int(s, 8);
        text = db_col_text(s, 9);
        v[ROW_CHARS] = text ? (int64_t) utf8_copy_length(text) : 0;
        v[ROW_RATIO] = v[ROW_HEIGHT] > 0 ? filter_ratio(v[ROW_WIDTH], v[ROW_HEIGHT]) : 0;
        row->id = id;
        db_reset(s);
        return 0;
}

/* Whether the asset has such a thing at all: copy has no width. */
static bool applies(RowColumn column, int64_t v) {
        switch (column) {
        case ROW_EXPIRES:
                return v != INT64_MIN;
        case ROW_WIDTH:
        case ROW_HEIGHT:
        case ROW_RATIO:
        case ROW_DURATION:
                return v > 0;
        default:
                return true;
        }
}

static int column_matches(QueryRun *run, const PlanNode *leaf, int64_t id, Err *err) {
        int64_t v;
        int r = read_row(run, id, err);

        if (r < 0)
                return r;
        if (leaf->column == ROW_ID)
                return strncmp(run->row.uid, leaf->owned, strlen(leaf->owned)) == 0;
        v = run->row.values[leaf->column];
        return applies(leaf->column, v) && v >= leaf->low && v <= leaf->high;
}

static int set_matches(QueryRun *run, PlanNode *leaf, int64_t id, Err *err) {
        int64_t next;
        int r;

        if ((leaf->type == PLAN_TEXT || leaf->tag) && leaf->loaded != id >> CHUNK_BITS)
                return leaf_has(run, leaf, id, err);
        r = leaf_load(run, leaf, id >> CHUNK_BITS, &next, err);
        return r < 0 ? r : set16_has(leaf->set, (uint16_t) (id & (SET16_SIZE - 1)));
}

static int matches(QueryRun *run, PlanNode *node, int64_t id, RowKnown known, Err *err) {
        int r;

        switch (node->type) {
        case PLAN_AND:
        case PLAN_OR:
                for (PlanNode *m = node->first; m; m = m->next) {
                        if ((known == KNOWN_SET && !m->rows) || (known == KNOWN_GIVEN && m->given))
                                continue;
                        r = matches(run, m, id, KNOWN_NOTHING, err);
                        if (r < 0 || (r == 0) == (node->type == PLAN_AND))
                                return r;
                }
                return node->type == PLAN_AND;
        case PLAN_POST:
        case PLAN_IDS:
        case PLAN_TEXT:
                r = set_matches(run, node, id, err);
                break;
        case PLAN_TIME:
        case PLAN_ROW:
                r = column_matches(run, node, id, err);
                break;
        default:
                assert_not_reached();
        }
        return r < 0 ? r : (r != 0) != node->negate;
}

int row_matches(QueryRun *run, int64_t id, RowKnown known, Err *err) {
        int64_t expires;
        int r = 1;

        assert(run);
        if (known == KNOWN_NOTHING || (known == KNOWN_GIVEN && !run->plan->axes_only) ||
            (known == KNOWN_SET && run->inexact))
                r = matches(run, run->plan->root, id, known, err);
        if (r <= 0 || !run->plan->check_expiry)
                return r;
        if (run->plan->expired)
                return !bsearch(&id, run->plan->expired, run->plan->n_expired, sizeof id,
                                plan_compare_ids);
        r = read_row(run, id, err);
        if (r < 0)
                return r;
        expires = run->row.values[ROW_EXPIRES];
        return expires == INT64_MIN || expires > run->now_ms;
}
