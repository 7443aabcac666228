/* SPDX-License-Identifier: MIT */

/* One chunk: the plan's nodes narrow the set of candidates, the rarest first. */

#include "core/query.h"

enum {
        WORDS_PER_LOOK = 200, /* members of a chunk that are read in the time of one look */
        TAGS_PER_LOOK = 512,  /* from so many on, what a chunk has does not stand in one page */
};

/* No chunk further on, in the direction of the walk. */
static int64_t furthest(const QueryRun *run) {
        return run->up ? INT64_MAX : CHUNK_NONE;
}

/* What a chunk that is asked for next must be at least as far as. */
static int64_t further(const QueryRun *run, int64_t a, int64_t b) {
        return run->up ? MAX_OF(a, b) : MIN_OF(a, b);
}

static int64_t nearer(const QueryRun *run, int64_t a, int64_t b) {
        return run->up ? MIN_OF(a, b) : MAX_OF(a, b);
}

static int load_postings(QueryRun *run, PlanNode *leaf, int64_t chunk, int64_t *ret_next,
                         Err *err) {
        int64_t next = furthest(run), missing;
        Set16 more;
        int n = 0;

        set16_clear(leaf->set);
        for (size_t i = 0; i < leaf->n_postings; i++) {
                int r = post_load(run->lib, &leaf->postings[i], chunk, run->up,
                                  n == 0 ? leaf->set : &more, &missing, err);

                if (r < 0)
                        return r;
                if (r == 0 && n == 0)
                        set16_clear(leaf->set);
                if (r == 0 && missing != CHUNK_NONE)
                        next = nearer(run, next, missing);
                if (r == 1 && n++ > 0)
                        set16_or(leaf->set, &more);
        }
        *ret_next = next;
        return 0;
}

static size_t first_at_least(const PlanNode *leaf, int64_t id) {
        size_t low = 0, high = leaf->n_ids;

        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (leaf->ids[middle] < id)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static void load_ids(const QueryRun *run, PlanNode *leaf, int64_t chunk, int64_t *ret_next) {
        size_t at = first_at_least(leaf, chunk << CHUNK_BITS), before = at;

        set16_clear(leaf->set);
        for (; at < leaf->n_ids && leaf->ids[at] >> CHUNK_BITS == chunk; at++)
                set16_add(leaf->set, (uint16_t) (leaf->ids[at] & (SET16_SIZE - 1)));
        *ret_next = furthest(run);
        if (run->up && at < leaf->n_ids)
                *ret_next = leaf->ids[at] >> CHUNK_BITS;
        if (!run->up && before > 0)
                *ret_next = leaf->ids[before - 1] >> CHUNK_BITS;
}

static int load_text(QueryRun *run, PlanNode *leaf, int64_t chunk, Err *err) {
        int64_t from = chunk << CHUNK_BITS;
        Stmt *s;
        int r;

        set16_clear(leaf->set);
        r = db_query(run->lib->db, SQL_WORDS_OF_CHUNK, &s, err, "sll", leaf->owned, from,
                     from + SET16_SIZE - 1);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(run->lib->db, s, err))
                set16_add(leaf->set, (uint16_t) (db_col_int(s, 0) & (SET16_SIZE - 1)));
        db_reset(s);
        return r;
}

static int tag_has(QueryRun *run, const PlanNode *leaf, int64_t id, Err *err) {
        int r = 0;

        for (size_t i = 0; i < leaf->n_postings && r == 0; i++) {
                Stmt *s;

                r = db_query(run->lib->db, SQL_ASSET_HAS_TERM, &s, err, "ll", id,
                             leaf->postings[i].term);
                if (r >= 0)
                        db_reset(s);
        }
        return r;
}

int leaf_has(QueryRun *run, const PlanNode *leaf, int64_t id, Err *err) {
        Stmt *s;
        int r;

        assert(run && leaf && (leaf->tag || leaf->type == PLAN_TEXT));
        if (leaf->tag)
                return tag_has(run, leaf, id, err);
        r = db_query(run->lib->db, SQL_WORDS_OF_ROW, &s, err, "sl", leaf->owned, id);
        if (r >= 0)
                db_reset(s);
        return r;
}

/* Whether to ask the candidates one by one costs less than to read what the chunk has: of a frequent
 * word that may be half of it, of a frequent tag several pages. */
static bool few(const QueryRun *run, const PlanNode *leaf, const Set16 *set) {
        size_t asked = run->lib->limits.asked;

        if (leaf->type == PLAN_TEXT)
                return set->n <= asked + leaf->dense / WORDS_PER_LOOK;
        return leaf->tag && leaf->n_postings == 1 && set->n <= asked && leaf->loads > 0 &&
               leaf->seen >= leaf->loads * TAGS_PER_LOOK;
}

static int narrow_few(QueryRun *run, const PlanNode *leaf, int64_t chunk, Set16 *set, Err *err) {
        for (int32_t at = set16_from(set, 0); at >= 0; at = set16_from(set, at + 1)) {
                int r = leaf_has(run, leaf, (chunk << CHUNK_BITS) + at, err);

                if (r < 0)
                        return r;
                if ((r == 1) == leaf->negate)
                        set16_remove(set, (uint16_t) at);
        }
        return 0;
}

int leaf_load(QueryRun *run, PlanNode *leaf, int64_t chunk, int64_t *ret_next, Err *err) {
        int r = 0;

        assert(run && leaf && ret_next);
        *ret_next = run->up ? chunk + 1 : chunk - 1;
        if (leaf->loaded == chunk)
                return 0;
        if (!leaf->set)
                leaf->set = malloc(sizeof *leaf->set);
        if (!leaf->set)
                return err_set(err, -ENOMEM, "out of memory");
        leaf->loaded = CHUNK_NONE;
        if (leaf->type == PLAN_POST)
                r = load_postings(run, leaf, chunk, ret_next, err);
        else if (leaf->type == PLAN_IDS)
                load_ids(run, leaf, chunk, ret_next);
        else
                r = load_text(run, leaf, chunk, err);
        if (r < 0)
                return r;
        leaf->loaded = chunk;
        leaf->seen += leaf->set->n;
        leaf->loads++;
        return 0;
}

/* Times: a chunk is mostly in or out as a whole. */
static int narrow_time(QueryRun *run, PlanNode *leaf, int64_t chunk, Set16 *set, Err *err) {
        int64_t low, high;
        bool inside, outside;
        Stmt *s;
        int r = db_query(run->lib->db, SQL_CHUNK_TIMES, &s, err, "l", chunk);

        if (r < 0)
                return r;
        low = r == 1 ? db_col_int(s, 0) : INT64_MIN;
        high = r == 1 ? db_col_int(s, 1) : INT64_MAX;
        db_reset(s);
        inside = low >= leaf->low && high <= leaf->high;
        outside = low > leaf->high || high < leaf->low;
        if (leaf->negate ? inside : outside)
                set16_clear(set);
        else if (!inside && !outside)
                run->inexact = true;
        return 0;
}

static int narrow(QueryRun *run, PlanNode *node, int64_t chunk, Set16 *set, int64_t *next,
                  Err *err);

static int narrow_leaf(QueryRun *run, PlanNode *leaf, int64_t chunk, Set16 *set, int64_t *next,
                       Err *err) {
        int64_t missing;
        int r;

        if (leaf->loaded != chunk && few(run, leaf, set))
                return narrow_few(run, leaf, chunk, set, err);
        r = leaf_load(run, leaf, chunk, &missing, err);
        if (r < 0)
                return r;
        if (leaf->negate) {
                set16_and_not(set, leaf->set);
                return 0;
        }
        if (next && leaf->set->n == 0)
                *next = further(run, *next, missing);
        set16_and(set, leaf->set);
        return 0;
}

/* Which kind of member narrows first, all else being unknown. */
static uint64_t rank(const PlanNode *n) {
        static const uint64_t kinds[] = {
                [PLAN_IDS] = 0,  [PLAN_POST] = 1, [PLAN_OR] = 2,  [PLAN_AND] = 2,
                [PLAN_TEXT] = 4, [PLAN_TIME] = 5, [PLAN_ROW] = 6,
        };
        bool late = n->negate && (n->type == PLAN_IDS || n->type == PLAN_POST);

        return (late ? 3 : kinds[n->type]) << 60 | MIN_OF(n->seen, UINT64_MAX >> 4);
}

/* Sorts a list that is sorted already, almost always. */
static void sort_members(PlanNode *group) {
        for (bool moved = true; moved;) {
                moved = false;
                for (PlanNode **at = &group->first; *at && (*at)->next; at = &(*at)->next) {
                        PlanNode *a = *at, *b = a->next;

                        if (rank(a) <= rank(b))
                                continue;
                        a->next = b->next;
                        b->next = a;
                        *at = b;
                        moved = true;
                }
        }
}

static int narrow_and(QueryRun *run, PlanNode *group, int64_t chunk, Set16 *set, int64_t *next,
                      Err *err) {
        int r = 0;

        sort_members(group);
        for (PlanNode *m = group->first; m && r >= 0 && set->n > 0; m = m->next)
                r = narrow(run, m, chunk, set, next, err);
        return r;
}

static int narrow_or(QueryRun *run, PlanNode *group, int64_t chunk, Set16 *set, Err *err) {
        Set16 all, one;
        int r = 0;

        set16_clear(&all);
        for (PlanNode *m = group->first; m && r >= 0; m = m->next) {
                one = *set;
                r = narrow(run, m, chunk, &one, NULL, err);
                if (r >= 0)
                        set16_or(&all, &one);
        }
        *set = all;
        return r;
}

/* `next` is NULL where the walk may not jump, because another member may have the chunk. */
static int narrow(QueryRun *run, PlanNode *node, int64_t chunk, Set16 *set, int64_t *next,
                  Err *err) {
        switch (node->type) {
        case PLAN_AND:
                return narrow_and(run, node, chunk, set, next, err);
        case PLAN_OR:
                return narrow_or(run, node, chunk, set, err);
        case PLAN_POST:
        case PLAN_IDS:
        case PLAN_TEXT:
                return narrow_leaf(run, node, chunk, set, next, err);
        case PLAN_TIME:
                return narrow_time(run, node, chunk, set, err);
        case PLAN_ROW:
                run->inexact = true;
                return 0;
        }
        assert_not_reached();
}

int run_chunk(QueryRun *run, int64_t chunk, int64_t *ret_next, Err *err) {
        int64_t next = run->up ? chunk + 1 : chunk - 1;
        int r;

        assert(run && ret_next && chunk >= 0);
        run->inexact = false;
        set16_fill(&run->set);
        r = narrow(run, run->plan->root, chunk, &run->set, &next, err);
        *ret_next = next > run->last ? CHUNK_NONE : next;
        return r;
}

int run_begin(Library *lib, Plan *plan, int64_t now_ms, QueryRun *ret, Err *err) {
        Stmt *s;
        int r;

        assert(lib && plan && ret);
        ret->lib = lib;
        ret->plan = plan;
        ret->now_ms = now_ms;
        ret->up = false;
        ret->inexact = false;
        ret->row.id = 0;
        ret->first = 0;
        r = db_query(lib->db, SQL_CHUNK_LAST, &s, err, "");
        if (r < 0)
                return r;
        ret->last = db_col_int(s, 0);
        db_reset(s);
        return 0;
}
