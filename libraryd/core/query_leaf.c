/* SPDX-License-Identifier: MIT */

/* The leaves of a plan: how each kind of field is found. */

#include <stdio.h>

#include "base/parse.h"
#include "core/asset.h"
#include "core/query_build.h"
#include "core/term.h"

enum {
        IDS_MAX = 4096, /* of a prefix; with more of them rows are asked */
};

/* The key of the terms of a field's values. */
static const char *term_key(const FilterNode *node) {
        static const char *const columns[][2] = {
                {"provider", ":provider"}, {"model", ":model"}, {"kind", ":kind"},
                {"status", ":status"},     {"used", ":used"},   {"price", ":price"},
                {"duration", ":duration"}, {"width", ":size"},  {"height", ":size"},
                {"ratio", ":size"},
        };

        for (size_t i = 0; node->field && i < ARRAY_LEN(columns); i++)
                if (streq(columns[i][0], node->key))
                        return columns[i][1];
        return node->key;
}

int plan_add_every_status(Builder *b, PlanNode *leaf, bool collected) {
        int end = collected ? _ASSET_STATUS_MAX : ASSET_COLLECTED, r = 0;

        for (AssetStatus s = 0; (int) s < end && r >= 0; s++)
                r = plan_add_term(b, leaf, ":status", asset_status_word(s));
        return r;
}

static bool is_axis(const char *key) {
        return streq(key, "brand") || streq(key, "hook") || streq(key, "category");
}

int plan_build_words(Builder *b, const FilterNode *node, bool negate, PlanNode **ret) {
        PlanNode *leaf = plan_node_new(b->plan, PLAN_POST, negate);
        bool status = node->field && streq(node->key, "status");
        int r = 0;

        if (!leaf)
                return plan_no_memory(b->err);
        for (size_t i = 0; i < node->n_values && r >= 0; i++) {
                const char *text = b->filter->values[node->value + i].text;

                if (status && streq(text, STATUS_ANY))
                        r = plan_add_every_status(b, leaf, false);
                else
                        r = plan_add_term(b, leaf, term_key(node), text);
        }
        leaf->axis = is_axis(node->key) && !negate ? node->key[0] : 0;
        leaf->tag = !node->field && !is_axis(node->key) && !streq(node->key, "recipe");
        *ret = leaf;
        return r;
}

static RowColumn column_of(const char *field) {
        static const char *const names[] = {
                [ROW_CREATED] = "created", [ROW_EXPIRES] = "expires", [ROW_USES] = "used",
                [ROW_PRICE] = "price",     [ROW_BYTES] = "bytes",     [ROW_WIDTH] = "width",
                [ROW_HEIGHT] = "height",   [ROW_RATIO] = "ratio",     [ROW_DURATION] = "duration",
                [ROW_CHARS] = "chars",     [ROW_ID] = "id",
        };
        static_assert(ARRAY_LEN(names) == _ROW_COLUMN_MAX, "every column has its field");

        for (RowColumn c = 0; c < _ROW_COLUMN_MAX; c++)
                if (streq(names[c], field))
                        return c;
        assert(streq(field, "since"));
        return ROW_CREATED;
}

/* What the text of a term says about a column; false: nothing, as a copy's width. */
static bool term_value(RowColumn column, const char *text, int64_t *ret) {
        int w, h;

        if (column != ROW_WIDTH && column != ROW_HEIGHT && column != ROW_RATIO)
                return parse_int(text, 0, INT64_MAX, ret) == 0 &&
                       (column != ROW_DURATION || *ret > 0);
        if (parse_size_2d(text, &w, &h) < 0 || w <= 0 || h <= 0)
                return false;
        *ret = column == ROW_WIDTH ? w : column == ROW_HEIGHT ? h : filter_ratio(w, h);
        return true;
}

/* A column between two values, as a list of the terms that say so. */
static int build_columns(Builder *b, const char *key, RowColumn column, int64_t low, int64_t high,
                         bool negate, PlanNode **ret) {
        PlanNode *leaf = plan_node_new(b->plan, PLAN_POST, negate);
        int64_t value;
        Stmt *s;
        int r;

        if (!leaf)
                return plan_no_memory(b->err);
        *ret = leaf;
        r = db_query(b->lib->db, SQL_TERMS_OF_KEY, &s, b->err, "s", key);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(b->lib->db, s, b->err)) {
                if (!term_value(column, db_col_text(s, 1), &value) || value < low || value > high)
                        continue;
                if (leaf->n_postings == QUERY_TERMS_MAX) {
                        leaf->type = PLAN_ROW;
                        leaf->rows = true;
                        leaf->column = column;
                        leaf->low = low;
                        leaf->high = high;
                        break;
                }
                r = plan_add_posting(b, leaf, db_col_int(s, 0));
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r < 0 ? r : 0;
}

static int build_row(Builder *b, RowColumn column, int64_t low, int64_t high, bool negate,
                     PlanNode **ret) {
        PlanNode *leaf =
                plan_node_new(b->plan, column == ROW_CREATED ? PLAN_TIME : PLAN_ROW, negate);

        if (!leaf)
                return plan_no_memory(b->err);
        leaf->column = column;
        leaf->low = low;
        leaf->high = high;
        *ret = leaf;
        return 0;
}

int plan_build_range(Builder *b, const FilterNode *node, const FilterValue *v, bool negate,
                     PlanNode **ret) {
        const char *key = term_key(node);
        RowColumn column = column_of(node->key);

        if (key != node->key)
                return build_columns(b, key, column, v->low, v->high, negate, ret);
        return build_row(b, column, v->low, v->high, negate, ret);
}

static int collect_ids(Builder *b, const char *prefix, PlanNode *leaf) {
        char last[ASSET_UID_LEN + 2];
        Stmt *s;
        int r;

        (void) snprintf(last, sizeof last, "%s~", prefix);
        leaf->ids = calloc(IDS_MAX, sizeof *leaf->ids);
        if (!leaf->ids)
                return plan_no_memory(b->err);
        r = db_query(b->lib->db, SQL_IDS_BY_PREFIX, &s, b->err, "ssi", prefix, last, IDS_MAX + 1);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(b->lib->db, s, b->err)) {
                if (leaf->n_ids == IDS_MAX) {
                        leaf->type = PLAN_ROW;
                        leaf->rows = true;
                        break;
                }
                leaf->ids[leaf->n_ids++] = db_col_int(s, 0);
        }
        db_reset(s);
        return r < 0 ? r : 0;
}

int plan_compare_ids(const void *a, const void *b) {
        int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

        return (x > y) - (x < y);
}

int plan_build_id(Builder *b, const char *text, bool negate, PlanNode **ret) {
        PlanNode *leaf = plan_node_new(b->plan, PLAN_IDS, negate);
        char prefix[ASSET_UID_LEN + 1];
        int r;

        if (!leaf)
                return plan_no_memory(b->err);
        *ret = leaf;
        leaf->column = ROW_ID;
        if (!asset_id_normalise(text, prefix))
                return 0;
        leaf->owned = strdup(prefix);
        if (!leaf->owned)
                return plan_no_memory(b->err);
        r = collect_ids(b, prefix, leaf);
        if (leaf->n_ids > 0)
                qsort(leaf->ids, leaf->n_ids, sizeof *leaf->ids, plan_compare_ids);
        return r;
}

int plan_build_campaign(Builder *b, const char *name, bool negate, PlanNode **ret) {
        PlanNode *leaf = plan_node_new(b->plan, PLAN_IDS, negate);
        size_t allocated = 0;
        Stmt *s;
        int r;

        if (!leaf)
                return plan_no_memory(b->err);
        *ret = leaf;
        r = db_query(b->lib->db, SQL_TAKEN_BY_CAMPAIGN, &s, b->err, "sl", name, b->now_ms);
        if (r < 0)
                return r;
        return plan_add_rows(b, leaf, s, r, &allocated);
}

/* Words that few assets have become their ids, which lets the walk jump; others are asked chunk by
 * chunk. */
int plan_build_text(Builder *b, const char *words, bool negate, PlanNode **ret) {
        PlanNode *leaf = plan_node_new(b->plan, PLAN_IDS, negate);
        size_t allocated = 0, max = b->lib->limits.text_ids;
        Stmt *s;
        int r;

        if (!leaf)
                return plan_no_memory(b->err);
        *ret = leaf;
        leaf->owned = text_query(words);
        if (!leaf->owned)
                return plan_no_memory(b->err);
        r = db_query(b->lib->db, SQL_WORDS_FIRST, &s, b->err, "sl", leaf->owned, (int64_t) max + 1);
        if (r < 0)
                return r;
        r = plan_add_rows(b, leaf, s, r, &allocated);
        if (leaf->n_ids > max) {
                leaf->type = PLAN_TEXT;
                leaf->dense =
                        leaf->n_ids * SET16_SIZE / (uint64_t) MAX_OF(leaf->ids[max], (int64_t) 1);
                leaf->n_ids = 0;
        }
        return r;
}

/* ---- placements ---- */

/* The sizes that a placement takes, as a list of the terms of those sizes. */
static bool size_fits(const AlPlacement *spec, int64_t w, int64_t h) {
        int64_t ratio = filter_ratio(w, h);

        return (!spec->exact_width || (w == spec->exact_width && h == spec->exact_height)) &&
               w >= spec->min_width && h >= spec->min_height && ratio >= spec->min_ratio &&
               (!spec->max_ratio || ratio <= spec->max_ratio);
}

static int build_sizes(Builder *b, const AlPlacement *spec, bool negate, PlanNode **ret) {
        PlanNode *leaf = plan_node_new(b->plan, PLAN_POST, negate);
        int w, h, r;
        Stmt *s;

        if (!leaf)
                return plan_no_memory(b->err);
        *ret = leaf;
        r = db_query(b->lib->db, SQL_TERMS_OF_KEY, &s, b->err, "s", ":size");
        for (; r == 1; r = db_step(b->lib->db, s, b->err)) {
                if (parse_size_2d(db_col_text(s, 1), &w, &h) < 0 || w <= 0 || h <= 0 ||
                    !size_fits(spec, w, h))
                        continue;
                r = plan_add_posting(b, leaf, db_col_int(s, 0));
                if (r < 0)
                        break;
        }
        if (r >= 0 || leaf->n_postings > 0)
                db_reset(s);
        return r < 0 ? r : 0;
}

static int64_t above(int64_t max) {
        return max > 0 ? max : INT64_MAX;
}

/* The conditions of one placement, all of which must hold. */
static int build_spec(Builder *b, const AlPlacement *spec, bool negate, PlanNode **ret) {
        PlanNode *group = plan_group_new(b->plan, PLAN_AND, negate), *leaf = NULL;
        int r;

        if (!group)
                return plan_no_memory(b->err);
        *ret = group;
        leaf = plan_node_new(b->plan, PLAN_POST, negate);
        if (!leaf)
                return plan_no_memory(b->err);
        r = plan_add_term(b, leaf, ":kind", asset_kind_word((AssetKind) spec->kind));
        if (r >= 0)
                plan_group_add(group, leaf);
        if (r >= 0 && spec->kind != KIND_TEXT) {
                r = build_sizes(b, spec, negate, &leaf);
                if (r >= 0)
                        plan_group_add(group, leaf);
        }
        if (r >= 0 && (spec->min_ms || spec->max_ms)) {
                r = build_columns(b, ":duration", ROW_DURATION, spec->min_ms, above(spec->max_ms),
                                  negate, &leaf);
                if (r >= 0)
                        plan_group_add(group, leaf);
        }
        if (r >= 0 && spec->max_bytes) {
                r = build_row(b, ROW_BYTES, 0, spec->max_bytes, negate, &leaf);
                if (r >= 0)
                        plan_group_add(group, leaf);
        }
        if (r >= 0 && (spec->min_chars || spec->max_chars)) {
                r = build_row(b, ROW_CHARS, spec->min_chars, above(spec->max_chars), negate, &leaf);
                if (r >= 0)
                        plan_group_add(group, leaf);
        }
        return r;
}

int plan_build_fits(Builder *b, const FilterValue *v, bool negate, PlanNode **ret) {
        PlanNode *group = plan_group_new(b->plan, PLAN_OR, negate), *member = NULL;
        int r = 0;

        if (!group)
                return plan_no_memory(b->err);
        for (int64_t i = v->low; i <= v->high && r >= 0; i++) {
                r = build_spec(b, &b->filter->placements[i], negate, &member);
                if (r >= 0)
                        plan_group_add(group, member);
        }
        *ret = group;
        return r;
}
