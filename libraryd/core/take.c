/* SPDX-License-Identifier: MIT */

/*
 * Takes. A taker looks first, in a reader's transaction: when there is nothing for him he has kept
 * nobody from writing, however often he asks. Then one IMMEDIATE transaction looks whether what he
 * picked still stands as it did, picks anew when another was quicker, and writes: of two takers the
 * second sees what the first took.
 *
 * A selection is read page by page. Pages begin as small as the wish and grow: least used comes
 * first, so that the first page nearly always has what is wanted, and a shelf where much is taken is
 * still read in few steps.
 */

#include "core/take.h"
#include "base/parse.h"
#include "core/asset.h"

enum {
        PAGE_GROWTH = 4,
        PAGE_MAX = 16384,
};

typedef struct Pick {
        const AlTakeSpec *spec;
        Library *lib;
        int64_t now_ms;
        int64_t *fresh, *shared; /* rows, room for n each: untaken; taken, but not by this one */
        int64_t n_fresh, n_shared;
        int64_t seen; /* of this page */
        ShortList shorts;
        Err *err;
} Pick;

bool al_campaign_is_valid(const char *name) {
        size_t n;

        assert(name);
        n = strlen(name);
        if (n == 0 || n > AL_CAMPAIGN_MAX || !utf8_is_valid(name, n) || utf8_has_control(name))
                return false;
        return name[0] != ' ' && name[n - 1] != ' ';
}

static void pick_done(Pick *p) {
        free(p->fresh);
        free(p->shared);
        shorts_done(&p->shorts);
}

int take_state(Library *lib, int64_t row, const char *campaign, int64_t now_ms, TakeState *ret,
               Err *err) {
        Stmt *s;
        int r;

        assert(lib && campaign && ret);
        r = db_query(lib->db, SQL_TAKE_STATE, &s, err, "lsl", row, campaign, now_ms);
        if (r < 0)
                return r;
        if (r == 0)
                return err_set(err, -EUCLEAN, "an index of the library names a missing asset");
        *ret = (TakeState){
                .fit = db_col_int(s, 0) != 0,
                .taken = db_col_int(s, 1) > now_ms,
                .held = db_col_int(s, 2) > now_ms,
                .own = db_col_int(s, 4) != 0,
                .cell = db_col_int(s, 3),
        };
        db_reset(s);
        return 0;
}

static int pick_row(int64_t row, void *userdata) {
        Pick *p = userdata;
        TakeState state;
        int r;

        p->seen++;
        if (p->n_fresh == p->spec->n)
                return 0;
        r = take_state(p->lib, row, p->spec->campaign, p->now_ms, &state, p->err);
        if (r < 0 || !state.fit || state.own || state.held || (state.taken && p->spec->exclusive))
                return r;
        if (!state.taken)
                p->fresh[p->n_fresh++] = row;
        else if (p->n_shared < p->spec->n)
                p->shared[p->n_shared++] = row;
        return 0;
}

/* Every match once more, to say why there were not enough. */
static int count_row(const AlAsset *a, void *userdata) {
        Pick *p = userdata;
        TakeState state;
        int r = take_state(p->lib, a->row, p->spec->campaign, p->now_ms, &state, p->err);

        return r < 0 ? r : shorts_count(&p->shorts, a, &state, p->spec->exclusive, p->err);
}

static int count(Pick *p) {
        AlQuery all = *p->spec->query;

        all.order = AL_ORDER_NEWEST;
        all.limit = all.offset = 0;
        return al_query(p->lib, &all, count_row, p, p->err);
}

static int pick(Pick *p) {
        AlQuery page = *p->spec->query;
        int r;

        if (page.order == AL_ORDER_DEFAULT)
                page.order = AL_ORDER_LEAST_USED;
        page.limit = p->spec->n;
        for (page.offset = 0; p->n_fresh < p->spec->n; page.offset += p->seen) {
                p->seen = 0;
                r = al_query_rows(p->lib, &page, pick_row, p, p->err);
                if (r < 0)
                        return r;
                if (p->seen < page.limit)
                        break;
                page.limit = MIN_OF(page.limit * PAGE_GROWTH, (int64_t) PAGE_MAX);
        }
        return 0;
}

static int record(Pick *p, int64_t row, int64_t until_ms) {
        const AlTakeSpec *spec = p->spec;
        int64_t end = until_ms > 0 ? until_ms : INT64_MAX;
        int r = db_exec(p->lib->db, SQL_TAKE_INSERT, NULL, p->err, "lsisl?", row, spec->campaign,
                        (int) spec->exclusive, spec->who, p->now_ms,
                        until_ms > 0 ? until_ms : INT64_MIN);

        if (r < 0)
                return r;
        return db_exec(p->lib->db, SQL_TAKE_MARK, NULL, p->err, "lll", row, end,
                       spec->exclusive ? end : INT64_C(0));
}

static int take_row(Pick *p, int64_t row, AlTake *ret) {
        int r = record(p, row, ret->until_ms);

        if (r >= 0)
                r = asset_load(p->lib, row, &ret->assets[ret->n_assets], p->err);
        if (r >= 0)
                ret->n_assets++;
        return r;
}

static int64_t picked(const Pick *p, int64_t i) {
        return i < p->n_fresh ? p->fresh[i] : p->shared[i - p->n_fresh];
}

static int take_all(Pick *p, AlTake *ret) {
        int64_t n = MIN_OF(p->spec->n, ret->found);
        int r = 0;

        ret->assets = calloc((size_t) MAX_OF(n, INT64_C(1)), sizeof *ret->assets);
        if (!ret->assets)
                return err_errno(p->err, -ENOMEM, "cannot take assets");
        for (int64_t i = 0; r >= 0 && i < n; i++)
                r = take_row(p, picked(p, i), ret);
        return r;
}

static int64_t found(const Pick *p) {
        return p->n_fresh + p->n_shared;
}

static bool has_something(const Pick *p) {
        return found(p) >= p->spec->n || (p->spec->partial && found(p) > 0);
}

/* Picks; when that is not enough, counts. */
static int look(Pick *p) {
        int r = pick(p);

        return r < 0 || found(p) >= p->spec->n ? r : count(p);
}

static void forget(Pick *p) {
        p->n_fresh = p->n_shared = 0;
        shorts_done(&p->shorts);
}

/* Whether all of it is as it was when it was picked: 1 or 0. */
static int still_stands(const Pick *p) {
        int64_t n = MIN_OF(p->spec->n, found(p));

        for (int64_t i = 0; i < n; i++) {
                TakeState state;
                int r = take_state(p->lib, picked(p, i), p->spec->campaign, p->now_ms, &state,
                                   p->err);

                if (r < 0)
                        return r;
                if (!state.fit || state.own || state.held || state.taken != (i >= p->n_fresh))
                        return 0;
        }
        return 1;
}

static int end_short(Pick *p, AlTake *ret) {
        ret->found = found(p);
        return shorts_give(p->lib, &p->shorts, ret, p->err);
}

static int look_first(Pick *p, AlTake *ret) {
        int r = db_begin_read(p->lib->db, p->err);

        if (r < 0)
                return r;
        r = look(p);
        if (r >= 0 && !has_something(p))
                r = end_short(p, ret);
        return lib_end(p->lib, r, p->err);
}

static int take(Pick *p, AlTake *ret) {
        int r = still_stands(p);

        if (r == 0) {
                forget(p);
                r = look(p);
        }
        if (r < 0)
                return r;
        ret->found = found(p);
        al_crash_point("take-selected");
        if (has_something(p))
                r = take_all(p, ret);
        if (r >= 0 && found(p) < p->spec->n)
                r = end_short(p, ret);
        al_crash_point("take-before-commit");
        return r < 0 ? r : found(p) >= p->spec->n ? AL_OK : AL_SHORT;
}

void al_take_done(AlTake *t) {
        assert(t);
        for (size_t i = 0; i < t->n_assets; i++)
                al_asset_done(&t->assets[i]);
        free(t->assets);
        for (size_t i = 0; i < t->n_shorts; i++)
                short_done(&t->shorts[i]);
        free(t->shorts);
        *t = (AlTake){0};
}

int al_take(Library *lib, const AlTakeSpec *spec, int64_t now_ms, AlTake *ret, Err *err) {
        _cleanup_(pick_done) Pick p = {.spec = spec, .lib = lib, .now_ms = now_ms, .err = err};
        AlTake t = {0};
        int r;

        assert(lib && spec && ret);
        assert(spec->query && spec->campaign && spec->who);
        assert(spec->n > 0 && spec->n <= AL_TAKE_MAX && spec->ttl_ms >= 0);
        assert(al_campaign_is_valid(spec->campaign));
        t.until_ms = spec->ttl_ms > 0 ? now_ms + spec->ttl_ms : 0;
        p.fresh = calloc((size_t) spec->n, sizeof *p.fresh);
        p.shared = calloc((size_t) spec->n, sizeof *p.shared);
        if (!p.fresh || !p.shared)
                return err_errno(err, -ENOMEM, "cannot take assets");
        r = look_first(&p, &t);
        if (r >= 0 && has_something(&p)) {
                al_crash_point("take-looked");
                r = db_begin(lib->db, err);
                if (r >= 0)
                        r = lib_end(lib, take(&p, &t), err);
        } else if (r >= 0) {
                r = AL_SHORT;
        }
        if (r < 0) {
                al_take_done(&t);
                return r;
        }
        al_crash_point("take-committed");
        *ret = t;
        return r;
}
