/* SPDX-License-Identifier: MIT */

/* From the filter to the plan. A negated group becomes the other kind of group with its members
 * negated, so that only leaves are negated; a word nobody ever used is a posting list less, and a
 * leaf without any matches nothing. */

#include "core/query_build.h"
#include "core/term.h"

void plan_done(Plan *plan) {
        assert(plan);
        for (PlanNode *n = plan->nodes, *next; n; n = next) {
                next = n->all;
                free(n->postings);
                free(n->ids);
                free(n->owned);
                free(n->set);
                free(n);
        }
        free(plan->expired);
        *plan = (Plan){0};
}

int plan_no_memory(Err *err) {
        return err_set(err, -ENOMEM, "out of memory");
}

PlanNode *plan_node_new(Plan *plan, PlanType type, bool negate) {
        PlanNode *n = plan->n_nodes < QUERY_NODES_MAX ? calloc(1, sizeof *n) : NULL;

        if (!n)
                return NULL;
        *n = (PlanNode){.type = type, .negate = negate, .loaded = CHUNK_NONE, .all = plan->nodes};
        n->rows = type == PLAN_ROW || type == PLAN_TIME;
        plan->nodes = n;
        plan->n_nodes++;
        return n;
}

/* AND and OR alone; a negated group is the other one. */
PlanNode *plan_group_new(Plan *plan, PlanType type, bool negate) {
        PlanType other = type == PLAN_AND ? PLAN_OR : PLAN_AND;

        return plan_node_new(plan, negate ? other : type, false);
}

/* Members of a group of the same type become members of this one. */
void plan_group_add(PlanNode *group, PlanNode *member) {
        PlanNode **end = &group->first;

        while (*end)
                end = &(*end)->next;
        *end = member->type == group->type ? member->first : member;
        group->rows = group->rows || member->rows;
}

int plan_add_posting(Builder *b, PlanNode *leaf, int64_t term) {
        Posting *p = reallocarray(leaf->postings, leaf->n_postings + 1, sizeof *p);

        if (!p)
                return plan_no_memory(b->err);
        leaf->postings = p;
        p[leaf->n_postings++] = POSTING(term);
        return 0;
}

int plan_add_term(Builder *b, PlanNode *leaf, const char *key, const char *value) {
        int64_t term;
        int r = term_find(b->lib, key, value, &term, b->err);

        if (r < 0)
                return r;
        return r == AL_NOT_FOUND ? 0 : plan_add_posting(b, leaf, term);
}

/* ---- the tree ---- */

static int build_value(Builder *b, const FilterNode *node, const FilterValue *v, bool negate,
                       PlanNode **ret) {
        switch (node->field->type) {
        case AL_FIELD_CAMPAIGN:
                return plan_build_campaign(b, v->text, negate, ret);
        case AL_FIELD_ID:
                return plan_build_id(b, v->text, negate, ret);
        case AL_FIELD_TEXT:
                return plan_build_text(b, v->text, negate, ret);
        case AL_FIELD_FITS:
                return plan_build_fits(b, v, negate, ret);
        default:
                return plan_build_range(b, node, v, negate, ret);
        }
}

static int build_term(Builder *b, const FilterNode *node, bool negate, PlanNode **ret) {
        PlanNode *group, *member = NULL;
        int r = 0;

        if (!node->field || node->field->type == AL_FIELD_NAME ||
            node->field->type == AL_FIELD_WORD)
                return plan_build_words(b, node, negate, ret);
        if (node->n_values == 1)
                return build_value(b, node, &b->filter->values[node->value], negate, ret);
        group = plan_group_new(b->plan, PLAN_OR, negate);
        if (!group)
                return plan_no_memory(b->err);
        for (size_t i = 0; i < node->n_values && r >= 0; i++) {
                r = build_value(b, node, &b->filter->values[node->value + i], negate, &member);
                if (r >= 0)
                        plan_group_add(group, member);
        }
        *ret = group;
        return r;
}

static int build(Builder *b, size_t at, bool negate, PlanNode **ret) {
        const FilterNode *node = &b->filter->nodes[at];
        PlanNode *group, *member = NULL;
        int r = 0;

        if (node->type == NODE_TERM)
                return build_term(b, node, negate, ret);
        if (node->type == NODE_NOT)
                return build(b, node->first, !negate, ret);
        group = plan_group_new(b->plan, node->type == NODE_AND ? PLAN_AND : PLAN_OR, negate);
        if (!group)
                return plan_no_memory(b->err);
        for (size_t i = node->first; i != NODE_NONE && r >= 0; i = b->filter->nodes[i].next) {
                r = build(b, i, negate, &member);
                if (r >= 0)
                        plan_group_add(group, member);
        }
        *ret = group;
        return r;
}

/* Assets without a file are there for who asks for them by that word, and for nobody else. */
static bool names_collected(const AlFilter *filter) {
        for (size_t i = 0; filter && i < filter->n_values; i++)
                if (filter->values[i].text && streq(filter->values[i].text, "collected"))
                        return true;
        return false;
}

/* What is on the shelf; or, where the query speaks of the status itself, what there is at all. */
static int add_universe(Builder *b, bool shelf) {
        PlanNode *status = plan_node_new(b->plan, PLAN_POST, false);
        PlanNode *expired = shelf ? plan_node_new(b->plan, PLAN_POST, true) : NULL;
        int r;

        if (!status || (shelf && !expired))
                return plan_no_memory(b->err);
        r = shelf ? plan_add_term(b, status, ":status", "ready")
                  : plan_add_every_status(b, status, names_collected(b->filter));
        plan_group_add(b->plan->root, status);
        if (r < 0 || !shelf)
                return r;
        status->given = expired->given = true;
        r = plan_add_term(b, expired, ":expired", "1");
        plan_group_add(b->plan->root, expired);
        return r;
}

/* The axes that all matches have, each as one value. */
static void find_axes(Plan *plan) {
        int64_t brand = 0, hook = 0, category = 0;
        size_t others = 0;

        for (PlanNode *c = plan->root->first; c; c = c->next) {
                int64_t *axis = c->axis == 'b'   ? &brand
                                : c->axis == 'h' ? &hook
                                : c->axis == 'c' ? &category
                                                 : NULL;

                if (axis && !*axis && c->n_postings == 1) {
                        *axis = c->postings[0].term;
                        c->given = true;
                } else {
                        others++;
                }
        }
        if (!plan->shelf || !brand || !hook)
                return;
        plan->brand = brand;
        plan->hook = hook;
        plan->category = category;
        plan->axes_only = others == 2; /* the shelf: its status, and not expired */
}

static bool has_term(const PlanNode *leaf, int64_t term) {
        for (size_t i = 0; i < leaf->n_postings; i++)
                if (leaf->postings[i].term == term)
                        return true;
        return false;
}

/* "a:x and not a:x": whatever has one of `leaf` is excluded. */
static bool is_excluded(const Plan *plan, const PlanNode *leaf) {
        for (const PlanNode *c = plan->root->first; c; c = c->next) {
                size_t n = 0;

                if (!c->negate || c->type != PLAN_POST)
                        continue;
                while (n < leaf->n_postings && has_term(c, leaf->postings[n].term))
                        n++;
                if (n == leaf->n_postings)
                        return true;
        }
        return false;
}

static bool finds_nothing(const Plan *plan) {
        for (const PlanNode *c = plan->root->first; c; c = c->next) {
                if (c->negate)
                        continue;
                if (c->type == PLAN_POST && (c->n_postings == 0 || is_excluded(plan, c)))
                        return true;
                if (c->type == PLAN_IDS && c->n_ids == 0)
                        return true;
        }
        return false;
}

/* The first `max` of those that expired and whose posting does not say so yet, ascending. */
static int plan_expired(Builder *b, int64_t max, PlanNode *list, size_t *allocated) {
        Stmt *s;
        int r = db_query(b->lib->db, SQL_EXPIRED_UNMARKED, &s, b->err, "ll", b->now_ms, max);

        if (r < 0)
                return r;
        r = plan_add_rows(b, list, s, r, allocated);
        if (list->n_ids > 0)
                qsort(list->ids, list->n_ids, sizeof *list->ids, plan_compare_ids);
        return r;
}

/* What expired since the last tidying, when it is little enough to be listed: mostly nothing. */
static int note_expired(Builder *b) {
        Plan *plan = b->plan;
        PlanNode list = {0};
        size_t allocated = 0, max = b->lib->limits.expired;
        int r = plan_expired(b, (int64_t) max + 1, &list, &allocated);

        plan->check_expiry = list.n_ids > 0;
        plan->expired = list.ids;
        plan->n_expired = list.n_ids;
        if (r >= 0 && list.n_ids > max) {
                free(plan->expired);
                plan->expired = NULL;
        }
        return r;
}

static int make(Builder *b, bool shelf) {
        PlanNode *root = plan_group_new(b->plan, PLAN_AND, false), *tree = NULL;
        int r = 0;

        if (!root)
                return plan_no_memory(b->err);
        b->plan->root = root;
        b->plan->shelf = shelf;
        if (b->filter && b->filter->root != NODE_NONE)
                r = build(b, b->filter->root, false, &tree);
        if (r >= 0 && tree)
                plan_group_add(root, tree);
        if (r >= 0)
                r = add_universe(b, shelf);
        if (r < 0)
                return r;
        find_axes(b->plan);
        b->plan->nothing = finds_nothing(b->plan);
        return shelf && !b->plan->nothing ? note_expired(b) : 0;
}

int plan_make(Library *lib, const AlQuery *q, Plan *ret, Err *err) {
        Plan plan = {0};
        Builder b = {
                .lib = lib, .plan = &plan, .filter = q->filter, .now_ms = q->now_ms, .err = err};
        int r;

        assert(lib && q && ret);
        r = make(&b, !al_filter_has_status(q->filter));
        if (r < 0) {
                plan_done(&plan);
                return r;
        }
        *ret = plan;
        return 0;
}

int plan_add_id(Builder *b, PlanNode *leaf, int64_t id, size_t *allocated) {
        if (leaf->n_ids == *allocated) {
                size_t more = MAX_OF(*allocated * 2, (size_t) 256);
                int64_t *ids = reallocarray(leaf->ids, more, sizeof *ids);

                if (!ids)
                        return plan_no_memory(b->err);
                leaf->ids = ids;
                *allocated = more;
        }
        leaf->ids[leaf->n_ids++] = id;
        return 0;
}

int plan_add_rows(Builder *b, PlanNode *leaf, Stmt *s, int r, size_t *allocated) {
        for (; r == 1; r = db_step(b->lib->db, s, b->err)) {
                r = plan_add_id(b, leaf, db_col_int(s, 0), allocated);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

int plan_exclude_expired(Library *lib, Plan *plan, int64_t now_ms, Err *err) {
        Builder b = {.lib = lib, .plan = plan, .now_ms = now_ms, .err = err};
        size_t allocated = 0;
        PlanNode *leaf;
        int r;

        assert(lib && plan);
        if (!plan->check_expiry)
                return 0;
        leaf = plan_node_new(plan, PLAN_IDS, true);
        if (!leaf)
                return plan_no_memory(err);
        r = plan_expired(&b, INT64_MAX, leaf, &allocated);
        if (r < 0)
                return r;
        plan_group_add(plan->root, leaf);
        plan->axes_only = false;
        plan->check_expiry = false;
        return 0;
}
