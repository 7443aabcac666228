/* SPDX-License-Identifier: MIT */

/*
 * Selection. The statement is joined from the query_* parts of queries.sql; everything a person
 * typed is bound. Terms of one key form a group; each group becomes one condition:
 *
 *      brand hook category recipe   a.brand IN (term ids)      driven by the composite indexes
 *      kind status id               on the row itself
 *      any other key (a tag)        EXISTS in asset_tag; the first becomes the driver (asset_tag's
 *                                   index by term) when no axis can be
 *
 * A value nobody ever used has no term id: it is left out of its group, and a positive group that
 * is left empty matches nothing, which costs no statement at all. The statement yields row ids in
 * order; each asset is then read by its row, inside the same snapshot.
 */

#include "core/query.h"
#include "core/asset.h"
#include "core/filter_internal.h"
#include "core/term.h"

/* How a key is matched. The last row stands for every tag. */
typedef struct KeyType {
        const char *key;
        unsigned positive, negative; /* parts of the catalogue */
        bool interned;               /* values are term ids */
        bool drives;                 /* an index begins with it */
} KeyType;

static const KeyType key_types[] = {
        {"brand", SQL_QUERY_BRAND, SQL_QUERY_NOT_BRAND, true, true},
        {"hook", SQL_QUERY_HOOK, SQL_QUERY_NOT_HOOK, true, true},
        {"category", SQL_QUERY_CATEGORY, SQL_QUERY_NOT_CATEGORY, true, true},
        {"recipe", SQL_QUERY_RECIPE, SQL_QUERY_NOT_RECIPE, true, true},
        {"kind", SQL_QUERY_KIND, SQL_QUERY_NOT_KIND, false, false},
        {"status", SQL_QUERY_STATUS, SQL_QUERY_NOT_STATUS, false, false},
        {"id", SQL_QUERY_ID, SQL_QUERY_NOT_ID, false, true},
        {NULL, SQL_QUERY_TAG, SQL_QUERY_NOT_TAG, true, false},
};

static const KeyType *key_type(const char *key) {
        const KeyType *t = key_types;

        while (t->key && !streq(t->key, key))
                t++;
        return t;
}

static bool is_key(const KeyType *t, const char *key) {
        return t->key && streq(t->key, key);
}

static bool same_group(const AlTerm *a, const AlTerm *b) {
        return a->negate == b->negate && streq(a->key, b->key);
}

/* Whether term i is the first of its group. */
static bool leads(const FlatQuery *q, size_t i) {
        for (size_t j = 0; j < i; j++)
                if (same_group(&q->terms[j], &q->terms[i]))
                        return false;
        return true;
}

static int bind_int(Selection *sel, int64_t v) {
        if (sel->n_values == QUERY_VALUES_MAX)
                return -E2BIG;
        sel->values[sel->n_values++] = (QueryValue){.number = v};
        return 0;
}

/* Takes text. */
static int bind_text(Selection *sel, char *text) {
        if (!text || sel->n_values == QUERY_VALUES_MAX) {
                free(text);
                return text ? -E2BIG : -ENOMEM;
        }
        sel->values[sel->n_values++] = (QueryValue){.text = text};
        return 0;
}

void selection_done(Selection *sel) {
        assert(sel);
        for (size_t i = 0; i < sel->n_values; i++)
                free(sel->values[i].text);
        strbuf_done(&sel->sql);
        *sel = (Selection){0};
}

/* Binds one value of an IN list. 1: bound; 0: the value is unknown, so it matches nothing. */
static int bind_member(Library *lib, Selection *sel, const KeyType *t, const AlTerm *term,
                       Err *err) {
        int64_t id;
        int r;

        if (!t->interned) {
                r = bind_text(sel, strdup(term->value));
                return r < 0 ? r : 1;
        }
        r = term_find(lib, term->key, term->value, &id, err);
        if (r == AL_NOT_FOUND)
                return 0;
        if (r >= 0)
                r = bind_int(sel, id);
        return r < 0 ? r : 1;
}

/* The beginning of an id, as the range of ids that begin so. */
static int bind_prefix(Selection *sel, const AlTerm *term) {
        char prefix[ASSET_UID_LEN + 1];
        int r;

        if (!asset_id_normalise(term->value, prefix))
                return 0;
        r = bind_text(sel, strdup(prefix));
        if (r >= 0)
                r = bind_text(sel, str_printf("%s~", prefix));
        return r < 0 ? r : 1;
}

/* One group as a condition that starts with part `head`. Returns the number of values it kept; with
 * 0 nothing was added. */
static int add_group(Library *lib, Selection *sel, const FlatQuery *q, size_t first, unsigned head,
                     Err *err) {
        const AlTerm *lead = &q->terms[first];
        const KeyType *t = key_type(lead->key);
        bool id = is_key(t, "id");
        int r, n = 0;

        for (size_t i = first; i < q->n_terms; i++) {
                if (!same_group(lead, &q->terms[i]))
                        continue;
                r = id ? bind_prefix(sel, &q->terms[i])
                       : bind_member(lib, sel, t, &q->terms[i], err);
                if (r < 0)
                        return r;
                if (r == 0)
                        continue;
                if (n == 0)
                        sql_part(&sel->sql, head);
                if (id && n > 0)
                        sql_part(&sel->sql, SQL_QUERY_OR_ID);
                if (!id)
                        sql_part(&sel->sql, n == 0 ? SQL_QUERY_ITEM : SQL_QUERY_NEXT_ITEM);
                n++;
        }
        if (n > 0)
                sql_part(&sel->sql, t->key ? SQL_QUERY_END : SQL_QUERY_END_TAG);
        return n;
}

/* The positive tag group that drives the statement: the first, unless an axis or an id does. */
static size_t find_driver(const FlatQuery *q) {
        size_t driver = SIZE_MAX;

        for (size_t i = 0; i < q->n_terms; i++) {
                const KeyType *t = key_type(q->terms[i].key);

                if (q->terms[i].negate)
                        continue;
                if (t->drives)
                        return SIZE_MAX;
                if (!t->key && driver == SIZE_MAX)
                        driver = i;
        }
        return driver;
}

static bool is_alone(const FlatQuery *q, size_t i) {
        for (size_t j = 0; j < q->n_terms; j++)
                if (j != i && same_group(&q->terms[j], &q->terms[i]))
                        return false;
        return true;
}

/* The head: over asset, or, when one tag value drives, over its postings. 0, or AL_NOT_FOUND when
 * that value is unknown. */
static int add_head(Library *lib, Selection *sel, const FlatQuery *q, bool count, Err *err) {
        int r;

        sel->driver = find_driver(q);
        sel->driver_is_head = sel->driver != SIZE_MAX && is_alone(q, sel->driver);
        if (sel->driver_is_head)
                sql_part(&sel->sql, count ? SQL_QUERY_COUNT_HEAD_TAG : SQL_QUERY_HEAD_TAG);
        else
                sql_part(&sel->sql, count ? SQL_QUERY_COUNT_HEAD : SQL_QUERY_HEAD);
        if (!sel->driver_is_head)
                return 0;
        r = bind_member(lib, sel, key_type(q->terms[sel->driver].key), &q->terms[sel->driver], err);
        return r < 0 ? r : r == 0 ? AL_NOT_FOUND : 0;
}

static int add_groups(Library *lib, Selection *sel, const FlatQuery *q, Err *err) {
        for (size_t i = 0; i < q->n_terms; i++) {
                const KeyType *t = key_type(q->terms[i].key);
                unsigned head = q->terms[i].negate ? t->negative : t->positive;
                int n;

                if (!leads(q, i) || (i == sel->driver && sel->driver_is_head))
                        continue;
                if (i == sel->driver)
                        head = SQL_QUERY_TAG_ANY;
                n = add_group(lib, sel, q, i, head, err);
                if (n < 0)
                        return n;
                if (n == 0 && !q->terms[i].negate)
                        return AL_NOT_FOUND;
        }
        return 0;
}

static int add_limits(Selection *sel, const FlatQuery *q) {
        bool has_status = false;
        int r = 0;

        for (size_t i = 0; i < q->n_terms; i++)
                has_status = has_status || streq(q->terms[i].key, "status");
        if (!has_status)
                sql_part(&sel->sql, SQL_QUERY_READY);
        if (!has_status || !q->include_expired) {
                sql_part(&sel->sql, SQL_QUERY_UNEXPIRED);
                r = bind_int(sel, q->now_ms);
        }
        if (r >= 0 && q->since_ms > 0) {
                sql_part(&sel->sql, SQL_QUERY_SINCE);
                r = bind_int(sel, q->since_ms);
        }
        return r;
}

/* Two numbers below 2^31 from the seed (splitmix64); a permutation of the rows for each pair. */
static int add_random(Selection *sel, uint64_t seed) {
        uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);
        int64_t factor, shift;
        int r;

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        z ^= z >> 31;
        factor = (int64_t) (z & 0x3fffffff) + 1;
        shift = (int64_t) (z >> 33);
        sql_part(&sel->sql, SQL_QUERY_ORDER_RANDOM);
        r = bind_int(sel, factor);
        if (r >= 0)
                r = bind_int(sel, shift);
        if (r >= 0)
                r = bind_int(sel, factor);
        return r < 0 ? r : bind_int(sel, shift);
}

static int add_order(Selection *sel, const FlatQuery *q) {
        bool tag = sel->driver_is_head;

        switch (q->order) {
        case AL_ORDER_DEFAULT:
        case AL_ORDER_LEAST_USED:
                sql_part(&sel->sql, SQL_QUERY_ORDER_LEAST_USED);
                return 0;
        case AL_ORDER_NEWEST:
                sql_part(&sel->sql, tag ? SQL_QUERY_ORDER_NEWEST_TAG : SQL_QUERY_ORDER_NEWEST);
                return 0;
        case AL_ORDER_OLDEST:
                sql_part(&sel->sql, tag ? SQL_QUERY_ORDER_OLDEST_TAG : SQL_QUERY_ORDER_OLDEST);
                return 0;
        case AL_ORDER_RANDOM:
                return add_random(sel, q->random_seed);
        case _AL_ORDER_MAX:
                break;
        }
        assert_not_reached();
}

static int add_page(Selection *sel, const FlatQuery *q) {
        int r;

        sql_part(&sel->sql, SQL_QUERY_LIMIT);
        r = bind_int(sel, q->limit > 0 ? q->limit : -1);
        return r < 0 ? r : bind_int(sel, q->offset);
}

int selection_build(Library *lib, const FlatQuery *q, bool count, Selection *ret, Err *err) {
        int r;

        assert(lib && q && ret);
        assert(q->limit >= 0 && q->offset >= 0);
        ret->sql = STRBUF_INIT(QUERY_SQL_MAX);
        r = add_head(lib, ret, q, count, err);
        if (r == 0)
                r = add_groups(lib, ret, q, err);
        if (r == 0)
                r = add_limits(ret, q);
        if (r == 0 && !count)
                r = add_order(ret, q);
        if (r == 0 && !count)
                r = add_page(ret, q);
        if (r == 0)
                r = ret->sql.error;
        if (r < 0 && (!err || err->code == 0))
                return err_errno(err, r, "cannot put the query together");
        return r;
}

int selection_prepare(Library *lib, const Selection *sel, Stmt **ret, Err *err) {
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        int r;

        assert(lib && sel && ret);
        r = db_prepare(lib->db, strbuf_text(&sel->sql), &s, err);
        for (size_t i = 0; r >= 0 && i < sel->n_values; i++) {
                const QueryValue *v = &sel->values[i];

                r = v->text ? db_bind_text_at(lib->db, s, (int) i + 1, v->text, err)
                            : db_bind_int_at(lib->db, s, (int) i + 1, v->number, err);
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

static int flat_node(const AlFilter *f, size_t at, bool negate, FlatQuery *q) {
        const FilterNode *node = &f->nodes[at];
        int r = 0;

        if (node->type == NODE_TERM) {
                static const char *const known[] = {"brand", "hook", "category", "recipe",
                                                    "kind",  "id",   "status"};
                bool found = !node->field;

                for (size_t i = 0; i < ARRAY_LEN(known) && !found; i++)
                        found = streq(known[i], node->key);
                if (!found && streq(node->key, "since")) {
                        q->since_ms = f->values[node->value].low;
                        return 0;
                }
                if (!found)
                        return -EOPNOTSUPP;
                for (size_t i = 0; i < node->n_values; i++) {
                        const char *text = f->values[node->value + i].text;
                        bool any = node->field && streq(node->key, "status") &&
                                   streq(text, STATUS_ANY);

                        for (int s = 0; s < (any ? _ASSET_STATUS_MAX : 1); s++)
                                q->terms[q->n_terms++] = (AlTerm){
                                        node->key, any ? asset_status_word((AssetStatus) s) : text,
                                        negate};
                }
                return 0;
        }
        if (node->type == NODE_OR && f->nodes[node->first].type != NODE_TERM)
                return -EOPNOTSUPP;
        for (size_t i = node->first; i != NODE_NONE && r >= 0; i = f->nodes[i].next)
                r = flat_node(f, i, negate != (node->type == NODE_NOT), q);
        return r;
}

int flat_query(const AlQuery *q, FlatQuery *ret, Err *err) {
        *ret = (FlatQuery){.include_expired = al_filter_has_status(q->filter),
                           .order = q->order,
                           .limit = q->limit,
                           .offset = q->offset,
                           .now_ms = q->now_ms,
                           .random_seed = q->random_seed};
        if (q->filter && q->filter->root != NODE_NONE &&
            flat_node(q->filter, q->filter->root, false, ret) < 0)
                return err_set(err, -EOPNOTSUPP, "this query cannot be run yet");
        return 0;
}
