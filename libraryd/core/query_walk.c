/* SPDX-License-Identifier: MIT */

/*
 * The orders.
 *
 *      newest, oldest   the chunks one after the other, until the page is full
 *      least used       the matches themselves when they are few; else newest first once for every
 *                       number of uses there is, the lowest first: that number is a term, too
 *      random           how many candidates each chunk has; then places drawn by the seed
 *
 * Brand and hook, which is what is asked most, are first looked for in their composite index: that
 * is where rows are few. What it cannot finish within a few hundred rows is begun anew by chunks.
 */

#include "core/query.h"

enum {
        FEW_MAX = 512,  /* rows taken from an index */
        ASKED_MIN = 32, /* of those that have to be asked for more than the index says, */
        ASKED_MAX = 64,
        ASKED_PER_CHUNK = 2, /* so many for each chunk that would be read instead */
        SORTED_MAX = 64,     /* matches that are sorted by themselves */
};

typedef struct Page {
        int64_t skip, left;
        AlRowFn fn;
        void *userdata;
} Page;

/* 1: the page is full. */
static int page_take(Page *page, int64_t id) {
        int r;

        if (page->skip > 0) {
                page->skip--;
                return 0;
        }
        r = page->fn(id, page->userdata);
        return r < 0 ? r : --page->left == 0;
}

static int page_take_id(void *userdata, int64_t id) {
        return page_take(userdata, id);
}

/* Each candidate of the chunk at hand that matches, in the direction of the walk. fn ends the walk
 * by anything but 0. */
static int each_in_chunk(QueryRun *run, int64_t chunk, IdFn fn, void *userdata, Err *err) {
        bool ask = run->inexact || run->plan->check_expiry;
        int32_t at = run->up ? set16_from(&run->set, 0) : set16_before(&run->set, SET16_SIZE);

        while (at >= 0) {
                int64_t id = (chunk << CHUNK_BITS) + at;
                int r = ask ? row_matches(run, id, KNOWN_SET, err) : 1;

                if (r == 1)
                        r = fn(userdata, id);
                if (r != 0)
                        return r;
                at = run->up ? set16_from(&run->set, at + 1) : set16_before(&run->set, at);
        }
        return 0;
}

static int each_match(QueryRun *run, IdFn fn, void *userdata, Err *err) {
        int64_t next;

        for (int64_t chunk = run->up ? run->first : run->last; chunk != CHUNK_NONE; chunk = next) {
                int r = run_chunk(run, chunk, &next, err);

                if (r >= 0)
                        r = each_in_chunk(run, chunk, fn, userdata, err);
                if (r != 0)
                        return r;
        }
        return 0;
}

/* ---- few matches, sorted by themselves ---- */

typedef struct Match {
        int64_t id, uses;
} Match;

typedef struct Few {
        Match items[FEW_MAX];
        size_t n;
} Few;

static int few_take(void *userdata, int64_t id) {
        Few *few = userdata;

        if (few->n == SORTED_MAX)
                return 1;
        few->items[few->n++] = (Match){.id = id};
        return 0;
}

static int compare_matches(const void *a, const void *b) {
        const Match *x = a, *y = b;

        if (x->uses != y->uses)
                return x->uses < y->uses ? -1 : 1;
        return (x->id < y->id) - (x->id > y->id);
}

static int few_read_uses(QueryRun *run, Few *few, Err *err) {
        for (size_t i = 0; i < few->n; i++) {
                Stmt *s;
                int r = db_query(run->lib->db, SQL_ROW_USES, &s, err, "l", few->items[i].id);

                if (r < 0)
                        return r;
                few->items[i].uses = r == 1 ? db_col_int(s, 0) : 0;
                db_reset(s);
        }
        return 0;
}

static int few_give(Few *few, bool by_use, Page *page) {
        int r = 0;

        if (by_use)
                qsort(few->items, few->n, sizeof *few->items, compare_matches);
        for (size_t i = 0; i < few->n && r == 0; i++)
                r = page_take(page, few->items[i].id);
        return r;
}

/* ---- the composite index ---- */

int axes_query(const QueryRun *run, Stmt **ret, Err *err) {
        const Plan *plan = run->plan;

        if (plan->category)
                return db_query(run->lib->db, SQL_AXES_THREE, ret, err, "lll", plan->brand,
                                plan->hook, plan->category);
        return db_query(run->lib->db, SQL_AXES_TWO, ret, err, "ll", plan->brand, plan->hook);
}

/* How many rows of the index are worth looking at. To ask one of them costs about as much as to read
 * one set of postings. */
static size_t rows_max(const QueryRun *run) {
        size_t asked = ASKED_PER_CHUNK * (size_t) (run->last + 1);

        if (run->plan->axes_only)
                return FEW_MAX;
        return MIN_OF(MAX_OF(asked, (size_t) ASKED_MIN), (size_t) ASKED_MAX);
}

/* Takes the index's rows, newest first, until the page is full of what comes first in the order or
 * there are no more. 1: it was enough. */
static int few_by_axes(QueryRun *run, bool by_use, const Page *page, Few *few, Err *err) {
        int64_t wanted = page->left > FEW_MAX - page->skip ? INT64_MAX : page->skip + page->left;
        int64_t first = 0; /* of those that nothing can come before */
        size_t rows = 0, max = rows_max(run);
        Stmt *s;
        int r;

        r = axes_query(run, &s, err);
        if (r < 0)
                return r;
        for (; r == 1 && rows < max && first < wanted; r = db_step(run->lib->db, s, err)) {
                int64_t id = db_col_int(s, 0), uses = db_col_int(s, 1);
                int match = row_matches(run, id, KNOWN_GIVEN, err);

                rows++;
                if (match < 0) {
                        r = match;
                        break;
                }
                if (match == 0)
                        continue;
                few->items[few->n++] = (Match){id, uses};
                first += !by_use || uses == 0;
        }
        db_reset(s);
        return r < 0 ? r : r == 0 || first >= wanted;
}

/* 1: answered. */
static int walk_axes(QueryRun *run, bool by_use, Page *page, Err *err) {
        Few few = {.n = 0};
        int r;

        if (!run->plan->brand)
                return 0;
        r = few_by_axes(run, by_use, page, &few, err);
        if (r == 1)
                r = few_give(&few, by_use, page);
        else
                return r;
        return r < 0 ? r : 1;
}

/* ---- least used ---- */

/* The terms of the numbers of uses there are, ascending. */
static int read_buckets(Library *lib, Posting **ret, size_t *ret_n, Err *err) {
        Posting *buckets = NULL;
        size_t n = 0;
        Stmt *s;
        int r = db_query(lib->db, SQL_TERMS_BY_NUMBER, &s, err, "s", ":used");

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                Posting *more = reallocarray(buckets, n + 1, sizeof *more);

                if (!more) {
                        r = err_set(err, -ENOMEM, "out of memory");
                        break;
                }
                buckets = more;
                buckets[n++] = POSTING(db_col_int(s, 0));
        }
        db_reset(s);
        *ret = buckets;
        *ret_n = n;
        return r;
}

static void drop_member(PlanNode *group, const PlanNode *member) {
        PlanNode **at = &group->first;

        while (*at && *at != member)
                at = &(*at)->next;
        assert(*at);
        *at = member->next;
}

/* The plan with one more member, which is each number of uses in turn. */
static int each_bucket(QueryRun *run, Page *page, Err *err) {
        PlanNode bucket = {.type = PLAN_POST, .n_postings = 1, .next = run->plan->root->first};
        _cleanup_(freep) Posting *buckets = NULL;
        size_t n = 0;
        int r = read_buckets(run->lib, &buckets, &n, err);

        run->plan->root->first = &bucket;
        for (size_t i = 0; i < n && r == 0; i++) {
                bucket.postings = &buckets[i];
                bucket.loaded = CHUNK_NONE;
                bucket.seen = 0;
                r = each_match(run, page_take_id, page, err);
        }
        drop_member(run->plan->root, &bucket);
        free(bucket.set);
        return r;
}

static int walk_least_used(QueryRun *run, Page *page, Err *err) {
        Few few = {.n = 0};
        int r = each_match(run, few_take, &few, err);

        if (r < 0)
                return r;
        if (r == 1)
                return each_bucket(run, page, err);
        r = few_read_uses(run, &few, err);
        return r < 0 ? r : few_give(&few, true, page);
}

static int walk(QueryRun *run, const AlQuery *q, Page *page, Err *err) {
        int r;

        switch (q->order) {
        case AL_ORDER_DEFAULT:
        case AL_ORDER_LEAST_USED:
                r = walk_axes(run, true, page, err);
                return r != 0 ? r : walk_least_used(run, page, err);
        case AL_ORDER_NEWEST:
                r = walk_axes(run, false, page, err);
                return r != 0 ? r : each_match(run, page_take_id, page, err);
        case AL_ORDER_OLDEST:
                run->up = true;
                return each_match(run, page_take_id, page, err);
        case AL_ORDER_RANDOM:
                return walk_random(run, q->random_seed, page_take_id, page, err);
        case _AL_ORDER_MAX:
                break;
        }
        assert_not_reached();
}

int query_walk(Library *lib, const AlQuery *q, Plan *plan, AlRowFn fn, void *userdata, Err *err) {
        Page page = {.skip = q->offset,
                     .left = q->limit > 0 ? q->limit : INT64_MAX,
                     .fn = fn,
                     .userdata = userdata};
        QueryRun run;
        int r;

        assert(lib && plan && fn);
        assert(q->limit >= 0 && q->offset >= 0);
        if (plan->nothing)
                return 0;
        r = run_begin(lib, plan, q->now_ms, &run, err);
        if (r >= 0 && (q->offset > FEW_MAX || q->order == AL_ORDER_RANDOM))
                r = plan_exclude_expired(lib, plan, q->now_ms, err);
        if (r >= 0)
                r = walk(&run, q, &page, err);
        return r < 0 ? r : 0;
}

static int count_one(void *userdata, int64_t id) {
        (void) id;
        ++*(int64_t *) userdata;
        return 0;
}

/* As many as the composite index has. */
static int count_axes(Library *lib, const Plan *plan, int64_t *ret, Err *err) {
        Stmt *s;
        int r;

        if (plan->category)
                r = db_query(lib->db, SQL_COUNT_THREE, &s, err, "lll", plan->brand, plan->hook,
                             plan->category);
        else
                r = db_query(lib->db, SQL_COUNT_TWO, &s, err, "ll", plan->brand, plan->hook);
        if (r < 0)
                return r;
        *ret = db_col_int(s, 0);
        db_reset(s);
        return 0;
}

int query_count(Library *lib, const AlQuery *q, Plan *plan, int64_t *ret, Err *err) {
        int64_t n = 0, next;
        QueryRun run;
        int r = 0;

        assert(lib && plan && ret);
        *ret = 0;
        if (plan->nothing)
                return 0;
        if (plan->axes_only && !plan->check_expiry)
                return count_axes(lib, plan, ret, err);
        r = plan_exclude_expired(lib, plan, q->now_ms, err);
        if (r >= 0)
                r = run_begin(lib, plan, q->now_ms, &run, err);
        if (r < 0)
                return r;
        for (int64_t chunk = run.last; chunk != CHUNK_NONE; chunk = next) {
                r = run_chunk(&run, chunk, &next, err);
                if (r >= 0 && run.inexact)
                        r = each_in_chunk(&run, chunk, count_one, &n, err);
                else if (r >= 0)
                        n += run.set.n;
                if (r < 0)
                        return r;
        }
        *ret = n;
        return 0;
}
