/* SPDX-License-Identifier: MIT */

/* Random libraries, random queries, all orders and pages, against an evaluation that looks at every
 * asset by itself. */

#include "core/post.h"
#include "query_model.h"

enum {
        QUERIES = 250,
};

typedef struct Rows {
        int64_t ids[ITEMS];
        size_t n;
} Rows;

static int add_row(int64_t id, void *userdata) {
        Rows *rows = userdata;

        CHECK(rows->n < ITEMS);
        rows->ids[rows->n++] = id;
        return 0;
}

static const World *sorted_world;
static AlOrder sorted_order;

static const Item *find_item(int64_t id) {
        for (int i = 0; i < ITEMS; i++)
                if (sorted_world->items[i].id == id)
                        return &sorted_world->items[i];
        return NULL;
}

static int compare(const void *a, const void *b) {
        const Item *x = find_item(*(const int64_t *) a), *y = find_item(*(const int64_t *) b);

        if (sorted_order == AL_ORDER_DEFAULT && x->uses != y->uses)
                return x->uses - y->uses;
        if (sorted_order == AL_ORDER_OLDEST)
                return (x->id > y->id) - (x->id < y->id);
        return (x->id < y->id) - (x->id > y->id);
}

static void check_page(World *w, AlQuery *q, const Rows *want) {
        Rows got = {.n = 0};
        size_t offset = MIN_OF((size_t) q->offset, want->n);
        size_t n = q->limit > 0 ? MIN_OF((size_t) q->limit, want->n - offset) : want->n - offset;
        Err err = {0};

        CHECK_OK(al_query_rows(w->lib, q, add_row, &got, &err), &err);
        if (got.n != n || memcmp(got.ids, want->ids + offset, n * sizeof *got.ids) != 0)
                test_fail(__FILE__, __LINE__, "'%s' order %d limit %d offset %d: %zu rows, not %zu",
                          strbuf_text(&w->text), (int) q->order, (int) q->limit, (int) q->offset,
                          got.n, n);
}

static void check_query(World *w, const AlFilter *filter, const Answer answer) {
        AlQuery q = {.filter = filter, .now_ms = w->now, .random_seed = draw(w, 1000)};
        Rows want = {.n = 0}, all = {.n = 0};
        int64_t count;
        Err err = {0};

        for (int i = 0; i < ITEMS; i++) {
                const Item *it = &w->items[i];
                bool shelf = it->status == 0 && (!it->expires || it->expires > w->now);

                if (answer[i] && (w->has_status || shelf))
                        want.ids[want.n++] = it->id;
        }
        CHECK_OK(al_query_count(w->lib, &q, &count, &err), &err);
        if (count != (int64_t) want.n)
                test_fail(__FILE__, __LINE__, "'%s': count %d, not %zu", strbuf_text(&w->text),
                          (int) count, want.n);
        sorted_world = w;
        for (AlOrder order = AL_ORDER_DEFAULT; order < AL_ORDER_RANDOM; order++) {
                sorted_order = order == AL_ORDER_LEAST_USED ? AL_ORDER_DEFAULT : order;
                qsort(want.ids, want.n, sizeof *want.ids, compare);
                q.order = order;
                q.limit = (int64_t) draw(w, 2) * (int64_t) (1 + draw(w, 30));
                q.offset = (int64_t) draw(w, 2) * (int64_t) draw(w, 40);
                check_page(w, &q, &want);
        }
        /* Random: the same assets, and pages of one order. */
        q.order = AL_ORDER_RANDOM;
        q.limit = q.offset = 0;
        CHECK_OK(al_query_rows(w->lib, &q, add_row, &all, &err), &err);
        q.limit = (int64_t) (1 + draw(w, 30));
        q.offset = (int64_t) draw(w, 40);
        check_page(w, &q, &all);
        sorted_order = AL_ORDER_NEWEST;
        qsort(all.ids, all.n, sizeof *all.ids, compare);
        qsort(want.ids, want.n, sizeof *want.ids, compare);
        CHECK_INT(all.n, want.n);
        CHECK(memcmp(all.ids, want.ids, want.n * sizeof *want.ids) == 0);
}

static void run_world(const char *name, uint64_t seed, QueryLimits limits) {
        World *w = world_make(name, seed);
        Err err = {0};

        w->lib->limits = limits;
        CHECK_OK(post_verify(w->lib, &err), &err);
        for (int i = 0; i < QUERIES; i++) {
                _cleanup_(al_filter_freep) AlFilter *f = NULL;
                Answer answer;

                strbuf_clear(&w->text);
                w->has_status = false;
                either(w, 2, answer);
                f = fix_filter(strbuf_text(&w->text));
                check_query(w, f, answer);
        }
        world_done(w);
}

TEST(random_queries_find_what_every_asset_says) {
        run_world("one", 1, QUERY_LIMITS);
        run_world("two", 2, (QueryLimits){.text_ids = 4, .asked = 6, .few = 9, .expired = 3});
}
