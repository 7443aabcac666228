/* SPDX-License-Identifier: MIT */

/* Random order: places drawn by the seed among what the composite index holds, when that is little, or
 * among the candidates of all chunks. */

#include "core/query_build.h"
#include "core/query_random.h"

/* The candidates of the chunks up to and with each. */
typedef struct Counts {
        uint64_t *upto;
        size_t n;
} Counts;

static void counts_done(Counts *c) {
        free(c->upto);
}

static int count_chunks(QueryRun *run, Counts *c, Err *err) {
        int64_t next;
        int r;

        c->n = (size_t) run->last + 1;
        c->upto = calloc(MAX_OF(c->n, (size_t) 1), sizeof *c->upto);
        if (!c->upto)
                return err_set(err, -ENOMEM, "out of memory");
        for (int64_t chunk = run->last; chunk != CHUNK_NONE; chunk = next) {
                r = run_chunk(run, chunk, &next, err);
                if (r < 0)
                        return r;
                c->upto[chunk] = run->set.n;
        }
        for (size_t i = 1; i < c->n; i++)
                c->upto[i] += c->upto[i - 1];
        return 0;
}

/* The chunk in which the candidate with this place is. */
static int64_t chunk_at(const Counts *c, uint64_t place) {
        size_t low = 0, high = c->n - 1;

        while (low < high) {
                size_t middle = (low + high) / 2;

                if (c->upto[middle] <= place)
                        low = middle + 1;
                else
                        high = middle;
        }
        return (int64_t) low;
}

/* The ids of the composite index, when they are few. 1: that is all of them. */
static int read_axes(QueryRun *run, PlanNode *list, Err *err) {
        Builder b = {.lib = run->lib, .plan = run->plan, .err = err};
        size_t allocated = 0, max = run->lib->limits.few;
        Stmt *s;
        int r = axes_query(run, &s, err);

        if (r < 0)
                return r;
        for (; r == 1 && list->n_ids < max; r = db_step(run->lib->db, s, err)) {
                r = plan_add_id(&b, list, db_col_int(s, 0), &allocated);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r < 0 ? r : r == 0;
}

/* Places among what the index holds; those that do not match are passed over. */
static int draw_axes(QueryRun *run, const PlanNode *list, uint64_t seed, IdFn fn, void *userdata,
                     Err *err) {
        _cleanup_(shuffle_done) Shuffle shuffle = {0};
        int r = 0;

        if (shuffle_begin(&shuffle, list->n_ids, seed) < 0)
                return err_set(err, -ENOMEM, "out of memory");
        for (size_t i = 0; i < list->n_ids && r == 0; i++) {
                int64_t id = list->ids[shuffle_next(&shuffle)];

                r = row_matches(run, id, KNOWN_GIVEN, err);
                if (r == 1)
                        r = fn(userdata, id);
        }
        return r;
}

/* 1: answered. */
static int random_by_axes(QueryRun *run, uint64_t seed, IdFn fn, void *userdata, Err *err) {
        PlanNode list = {.type = PLAN_IDS};
        int r;

        if (!run->plan->brand)
                return 0;
        r = read_axes(run, &list, err);
        if (r == 1) {
                r = draw_axes(run, &list, seed, fn, userdata, err);
                r = r < 0 ? r : 1;
        }
        free(list.ids);
        return r;
}

static int random_by_chunks(QueryRun *run, uint64_t seed, IdFn fn, void *userdata, Err *err) {
        _cleanup_(shuffle_done) Shuffle shuffle = {0};
        _cleanup_(counts_done) Counts c = {0};
        int64_t at = CHUNK_NONE, next;
        int r = count_chunks(run, &c, err);

        if (r < 0 || c.n == 0 || c.upto[c.n - 1] == 0)
                return r;
        if (shuffle_begin(&shuffle, c.upto[c.n - 1], seed) < 0)
                return err_set(err, -ENOMEM, "out of memory");
        for (uint64_t i = 0; i < c.upto[c.n - 1] && r == 0; i++) {
                uint64_t place = shuffle_next(&shuffle);
                int64_t chunk = chunk_at(&c, place), id;

                assert(chunk >= 0);
                if (chunk != at) {
                        r = run_chunk(run, chunk, &next, err);
                        at = chunk;
                }
                if (r < 0)
                        return r;
                place -= chunk > 0 ? c.upto[chunk - 1] : 0;
                id = (chunk << CHUNK_BITS) + set16_select(&run->set, (uint32_t) place);
                r = row_matches(run, id, KNOWN_SET, err);
                if (r == 1)
                        r = fn(userdata, id);
        }
        return r;
}

int walk_random(QueryRun *run, uint64_t seed, IdFn fn, void *userdata, Err *err) {
        int r;

        assert(run && fn);
        r = random_by_axes(run, seed, fn, userdata, err);
        return r != 0 ? r : random_by_chunks(run, seed, fn, userdata, err);
}
