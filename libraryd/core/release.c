/* SPDX-License-Identifier: MIT */

/* Takes that are there: listed, and given back. */

#include "core/asset.h"
#include "core/take.h"

typedef struct LiveTake {
        AlTaken taken;
        int64_t asset;
} LiveTake;

typedef struct LiveTakes {
        LiveTake *items;
        size_t n, allocated;
} LiveTakes;

static void live_done(LiveTakes *l) {
        free(l->items);
}

static int live_add(LiveTakes *l, const LiveTake *t) {
        if (l->n == l->allocated) {
                size_t more = l->allocated ? 2 * l->allocated : 16;
                LiveTake *items = reallocarray(l->items, more, sizeof *items);

                if (!items)
                        return -ENOMEM;
                l->items = items;
                l->allocated = more;
        }
        l->items[l->n++] = *t;
        return 0;
}

static int live_of_campaign(Library *lib, const char *campaign, int64_t now_ms, LiveTakes *ret,
                            Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_TAKES_LIVE_OF_CAMPAIGN, &s, err, "sl", campaign, now_ms);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = live_add(ret, &(LiveTake){.asset = db_col_int(s, 1),
                                              .taken = {.id = db_col_int(s, 0),
                                                        .exclusive = db_col_int(s, 2) != 0,
                                                        .taken_ms = db_col_int(s, 3),
                                                        .until_ms = db_col_int(s, 4)}});
                if (r < 0) {
                        (void) err_errno(err, r, "cannot list the takes of '%s'", campaign);
                        break;
                }
        }
        db_reset(s);
        return r;
}

static int visit(Library *lib, const LiveTakes *live, AlTakenFn fn, void *userdata, Err *err) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < live->n; i++) {
                _cleanup_(al_asset_done) AlAsset a = {0};

                r = asset_load(lib, live->items[i].asset, &a, err);
                if (r == AL_NOT_FOUND)
                        r = err_set(err, -EUCLEAN, "a take names a missing asset");
                if (r >= 0)
                        r = fn(&live->items[i].taken, &a, userdata);
        }
        return r;
}

int al_taken(Library *lib, const char *campaign, int64_t now_ms, AlTakenFn fn, void *userdata,
             Err *err) {
        _cleanup_(live_done) LiveTakes live = {0};
        int r;

        assert(lib && campaign && fn);
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        r = live_of_campaign(lib, campaign, now_ms, &live, err);
        if (r >= 0)
                r = visit(lib, &live, fn, userdata, err);
        return lib_end(lib, r, err);
}

static int release_one(Library *lib, int64_t take, int64_t asset, const char *who, int64_t now_ms,
                       Err *err) {
        int r = db_exec(lib->db, SQL_TAKE_RELEASE, NULL, err, "llls", take, asset, now_ms, who);

        return r < 0 ? r : db_exec(lib->db, SQL_TAKE_REMARK, NULL, err, "l", asset);
}

static int release_all(Library *lib, const LiveTakes *live, const char *who, int64_t now_ms,
                       Strv *ids, Err *err) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < live->n; i++) {
                _cleanup_(al_asset_done) AlAsset a = {0};

                r = release_one(lib, live->items[i].taken.id, live->items[i].asset, who, now_ms,
                                err);
                if (r >= 0)
                        r = asset_load(lib, live->items[i].asset, &a, err);
                if (r >= 0)
                        r = strv_add(ids, a.id);
                if (r == -ENOMEM)
                        (void) err_errno(err, r, "cannot release assets");
        }
        return r;
}

int al_release_campaign(Library *lib, const char *campaign, const char *who, int64_t now_ms,
                        Strv *ret_ids, Err *err) {
        _cleanup_(live_done) LiveTakes live = {0};
        _cleanup_(strv_done) Strv ids = {0};
        int r;

        assert(lib && campaign && who);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = live_of_campaign(lib, campaign, now_ms, &live, err);
        if (r >= 0)
                r = release_all(lib, &live, who, now_ms, &ids, err);
        r = lib_end(lib, r, err);
        if (r >= 0 && ret_ids) {
                *ret_ids = ids;
                ids = (Strv){0};
        }
        return r < 0 ? r : AL_OK;
}

/* The live takes of the asset that `campaign` (NULL: anybody) has; every campaign once. */
static int live_of_asset(Library *lib, int64_t row, const char *campaign, int64_t now_ms,
                         LiveTakes *ret, Strv *campaigns, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_TAKES_LIVE_OF_ASSET, &s, err, "ll", row, now_ms);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                const char *name = db_col_text(s, 1);

                if (campaign && !streq(campaign, name))
                        continue;
                r = live_add(ret, &(LiveTake){.taken.id = db_col_int(s, 0), .asset = row});
                if (r >= 0 && !strv_has(campaigns, name))
                        r = strv_add(campaigns, name);
                if (r < 0) {
                        (void) err_errno(err, r, "cannot list the takes of an asset");
                        break;
                }
        }
        db_reset(s);
        return r;
}

static int release(Library *lib, const char *id, const char *campaign, const char *who,
                   int64_t now_ms, Strv *campaigns, Err *err) {
        _cleanup_(live_done) LiveTakes live = {0};
        int64_t row = 0;
        int r = asset_row_of(lib, id, &row, err);

        if (r == 0)
                r = live_of_asset(lib, row, campaign, now_ms, &live, campaigns, err);
        if (r != 0)
                return r;
        if (live.n == 0)
                return AL_NOT_FOUND;
        if (campaigns->n > 1)
                return AL_AMBIGUOUS;
        for (size_t i = 0; r >= 0 && i < live.n; i++)
                r = release_one(lib, live.items[i].taken.id, row, who, now_ms, err);
        return r;
}

int al_release(Library *lib, const char *id, const char *campaign, const char *who, int64_t now_ms,
               Strv *ret_campaigns, Err *err) {
        _cleanup_(strv_done) Strv campaigns = {0};
        int r;

        assert(lib && id && who);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = lib_end(lib, release(lib, id, campaign, who, now_ms, &campaigns, err), err);
        if (r == AL_AMBIGUOUS && ret_campaigns) {
                *ret_campaigns = campaigns;
                campaigns = (Strv){0};
        }
        return r;
}

int al_campaigns(Library *lib, int64_t now_ms, AlCampaignFn fn, void *userdata, Err *err) {
        Stmt *s;
        int r;

        assert(lib && fn);
        r = db_query(lib->db, SQL_CAMPAIGNS, &s, err, "l", now_ms);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = fn(db_col_text(s, 0), db_col_int(s, 1), db_col_int(s, 2), userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

int takes_verify(Library *lib, Err *err) {
        Stmt *s;
        int r;

        assert(lib);
        r = db_query(lib->db, SQL_TAKE_DIFFERENCES, &s, err, "");
        if (r < 0)
                return r;
        if (r == 1)
                r = err_set(err, -EUCLEAN, "asset '%s' is not marked as its takes say",
                            db_col_text(s, 0));
        db_reset(s);
        return r;
}
