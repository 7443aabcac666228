/* SPDX-License-Identifier: MIT */

/* Takes: who gets what, what counts as stock, how a take ends. */

#include <stdio.h>

#include "core_fixture.h"

#define DAY_MS (24 * HOUR_MS)

static AlResult take(Library *lib, AlTakeSpec spec, int64_t now_ms, AlTake *ret) {
        AlQuery q = {.now_ms = now_ms};
        Err err = {0};
        int r;

        if (!spec.query)
                spec.query = &q;
        spec.campaign = spec.campaign ? spec.campaign : "spring";
        spec.who = "anna";
        spec.n = spec.n ? spec.n : 1;
        r = al_take(lib, &spec, now_ms, ret, &err);
        CHECK_OK(r, &err);
        return (AlResult) r;
}

/* Takes one and says which; "" when there was none. Static. */
static const char *take_one(Library *lib, AlTakeSpec spec, int64_t now_ms) {
        static char id[sizeof((AlAsset){0}.id)];
        _cleanup_(al_take_done) AlTake t = {0};

        spec.n = 1;
        id[0] = 0;
        if (take(lib, spec, now_ms, &t) == AL_OK) {
                CHECK_INT(t.n_assets, 1);
                memcpy(id, t.assets[0].id, sizeof id);
        }
        return id;
}

static AlCellStock stock_of(Library *lib, const FixJob *j, int64_t now_ms) {
        _cleanup_(freep) char *key = fix_cell_key(j);
        AlCellStock s;
        Err err = {0};

        CHECK_OK(al_cell_stock(lib, "spring", key, now_ms, &s, &err), &err);
        return s;
}

static int no_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "%s: %s: %s", al_damage_word(d), subject, text);
}

static void sound(Library *lib) {
        AlVerifyTotals t;
        Err err = {0};

        CHECK_OK(al_verify(lib, false, false, NOW, no_damage, NULL, &t, &err), &err);
}

TEST(untaken_first_then_least_used_then_newest) {
        _cleanup_(freep) char *dir = fix_dir("order");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *one = fix_asset(lib, &(FixJob){0}, "1", NOW);
        _cleanup_(freep) char *two = fix_asset(lib, &(FixJob){0}, "2", NOW);
        const AlQuery oldest = {.order = AL_ORDER_OLDEST, .now_ms = NOW};
        Err err = {0};

        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "a", .ttl_ms = HOUR_MS}, NOW), two);
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "b"}, NOW), one);
        /* both are taken now: shared, the least used and newest first */
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "c"}, NOW), two);
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "d"}, NOW), one);
        CHECK_INT(raw_int(dir, "SELECT min(uses) FROM asset"), 2);
        CHECK_OK(al_release_campaign(lib, "c", "anna", NOW, NULL, &err), &err);
        /* in the order asked for, but one that nobody has any more still comes first */
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "e", .query = &oldest}, NOW + HOUR_MS),
                  two);
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "f", .query = &oldest}, NOW + HOUR_MS),
                  one);
        sound(lib);
}

TEST(an_exclusive_asset_is_nobody_elses) {
        _cleanup_(freep) char *dir = fix_dir("exclusive");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *one = fix_asset(lib, &(FixJob){0}, "1", NOW);
        _cleanup_(freep) char *two = fix_asset(lib, &(FixJob){0}, "2", NOW);

        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "a", .exclusive = true}, NOW), two);
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "b"}, NOW), one);
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "b"}, NOW), "");  /* it has that */
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "c"}, NOW), one); /* shared */
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "d", .exclusive = true}, NOW), "");
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "a", .exclusive = true}, NOW), "");
        sound(lib);
}

TEST(only_ready_and_unexpired_ones_whatever_the_terms) {
        _cleanup_(freep) char *dir = fix_dir("fit");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(al_filter_freep) AlFilter *any = fix_filter("status:any");
        AlQuery q = {.filter = any, .now_ms = NOW};
        _cleanup_(al_take_done) AlTake t = {0};

        free(fix_asset(lib, &(FixJob){.review = true}, "1", NOW));
        free(fix_asset(lib, &(FixJob){.max_age_ms = 10, .hook = "proof"}, "2", NOW - 10));
        CHECK_INT(take(lib, (AlTakeSpec){.query = &q}, NOW, &t), AL_SHORT);
        CHECK_INT(t.n_assets, 0);
        CHECK_INT(t.n_shorts, 2);
        CHECK_INT(t.shorts[0].unfit + t.shorts[1].unfit, 2);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), 0);
}

TEST(a_take_moves_the_stock_and_its_end_returns_it) {
        const FixJob j = {.target = 2};
        _cleanup_(freep) char *dir = fix_dir("stock");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = NULL;
        Err err = {0};

        free(fix_asset(lib, &j, "1", NOW));
        free(fix_asset(lib, &j, "2", NOW));
        CHECK_INT(stock_of(lib, &j, NOW).ready, 2);
        id = strdup(take_one(lib, (AlTakeSpec){.ttl_ms = HOUR_MS}, NOW));
        CHECK(id);
        CHECK_INT(stock_of(lib, &j, NOW).ready, 1);
        CHECK_INT(stock_of(lib, &j, NOW + HOUR_MS - 1).ready, 1);
        CHECK_INT(stock_of(lib, &j, NOW + HOUR_MS).ready, 2); /* nobody had to do anything */
        CHECK_INT(take_one(lib, (AlTakeSpec){.campaign = "x", .exclusive = true}, NOW)[0] != 0, 1);
        CHECK_INT(stock_of(lib, &j, NOW).ready, 0);
        /* the ended one is free again, to the same campaign too */
        CHECK_STR(take_one(lib, (AlTakeSpec){.exclusive = true}, NOW + HOUR_MS), id);
        CHECK_INT(al_release(lib, id, NULL, "bob", NOW + HOUR_MS, NULL, &err), AL_OK);
        CHECK_INT(stock_of(lib, &j, NOW + HOUR_MS).ready, 1);
        CHECK_INT(raw_int(dir, "SELECT uses FROM asset ORDER BY uses DESC"), 2);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM take WHERE released_by = 'bob'"), 1);
        sound(lib);
}

static int one_row(const AlStockRow *row, void *userdata) {
        *(AlStockRow *) userdata = *row;
        return 0;
}

TEST(the_shelf_counts_taken_ones_apart_and_knows_the_rate) {
        _cleanup_(freep) char *dir = fix_dir("shelf");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlStockRow row = {0};
        Err err = {0};

        for (int i = 0; i < 4; i++) {
                char content[8];

                (void) snprintf(content, sizeof content, "%d", i);
                free(fix_asset(lib, &(FixJob){.target = 4}, content, NOW));
        }
        (void) take_one(lib, (AlTakeSpec){.campaign = "old"}, NOW - 29 * DAY_MS);
        (void) take_one(lib, (AlTakeSpec){.campaign = "a"}, NOW - 1);
        (void) take_one(lib, (AlTakeSpec){.campaign = "b", .ttl_ms = 10}, NOW - 20);
        CHECK_OK(al_stock(lib, NOW, one_row, &row, &err), &err);
        CHECK_INT(row.ready, 2);
        CHECK_INT(row.taken, 2);
        CHECK_INT(row.target, 4);
        CHECK_INT(row.short_by, 2);
        CHECK_INT(row.recent, 2); /* one was taken longer ago */
}

TEST(a_shortage_names_the_cells_and_takes_nothing) {
        _cleanup_(freep) char *dir = fix_dir("short");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(al_take_done) AlTake t = {0}, p = {0};

        for (int i = 0; i < 4; i++) {
                char content[8];

                (void) snprintf(content, sizeof content, "%d", i);
                free(fix_asset(lib, &(FixJob){.format = i < 3 ? "square" : "story", .target = 7},
                               content, NOW));
        }
        (void) take_one(lib, (AlTakeSpec){.campaign = "a", .exclusive = true}, NOW); /* the story */
        (void) take_one(lib, (AlTakeSpec){.campaign = "b"}, NOW);
        (void) take_one(lib, (AlTakeSpec){.campaign = "spring"}, NOW);
        CHECK_INT(take(lib, (AlTakeSpec){.n = 3, .exclusive = true}, NOW, &t), AL_SHORT);
        CHECK_INT(t.n_assets, 0);
        CHECK_INT(t.found, 1);
        CHECK_INT(t.n_shorts, 2);
        for (size_t i = 0; i < 2; i++) {
                const AlShort *s = &t.shorts[i];
                bool story = strstr(s->cell, "story");

                CHECK_STR(s->brand, "acme");
                CHECK_STR(s->recipe, "spring");
                CHECK_INT(s->target, 7);
                CHECK_INT(s->matching, story ? 1 : 3);
                CHECK_INT(s->free, story ? 0 : 1);
                CHECK_INT(s->held, story ? 1 : 0);
                CHECK_INT(s->shared, story ? 0 : 1);
                CHECK_INT(s->own, story ? 0 : 1);
        }
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), 3);
        CHECK_INT(take(lib, (AlTakeSpec){.n = 3, .partial = true}, NOW, &p), AL_SHORT);
        CHECK_INT(p.n_assets, 2); /* a free one, and the one that b shares */
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), 5);
        sound(lib);
}

TEST(a_shortage_of_many_cells_is_summed_up) {
        _cleanup_(freep) char *dir = fix_dir("many");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(al_take_done) AlTake t = {0};
        int64_t sum = 0;

        for (int i = 0; i < AL_SHORT_ROWS_MAX + 5; i++) {
                char format[16];

                (void) snprintf(format, sizeof format, "f%d", i);
                free(fix_asset(lib, &(FixJob){.format = format}, format, NOW));
        }
        CHECK_INT(take(lib, (AlTakeSpec){.n = 500}, NOW, &t), AL_SHORT);
        CHECK_INT(t.n_shorts, AL_SHORT_ROWS_MAX);
        CHECK(!t.shorts[AL_SHORT_ROWS_MAX - 1].brand);
        CHECK_INT(t.shorts[AL_SHORT_ROWS_MAX - 1].free, 6);
        for (size_t i = 0; i < t.n_shorts; i++)
                sum += t.shorts[i].matching;
        CHECK_INT(sum, AL_SHORT_ROWS_MAX + 5);
}

TEST(who_finds_nothing_keeps_nobody_waiting) {
        _cleanup_(freep) char *dir = fix_dir("nothing");
        _cleanup_(al_closep) Library *lib = fix_open(dir), *night = NULL;
        const AlQuery all = {.now_ms = NOW};
        AlTakeSpec spec = {.query = &all, .campaign = "a", .who = "anna", .n = 1};
        _cleanup_(al_take_done) AlTake t = {0};
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "1", NOW));
        (void) take_one(lib, (AlTakeSpec){.campaign = "b", .exclusive = true}, NOW);
        night = fix_open(dir);
        CHECK_OK(al_begin(night, &err), &err);
        al_set_patience(lib, 0);
        CHECK_INT(al_take(lib, &spec, NOW, &t, &err), AL_SHORT);
        CHECK_INT(t.n_shorts, 1);
        CHECK_INT(t.shorts[0].held, 1);
        al_take_done(&t);
        spec.partial = true;
        CHECK_INT(al_take(lib, &spec, NOW, &t, &err), AL_SHORT);
        al_take_done(&t);
        spec.campaign = "b"; /* it has that one, and there is no other */
        CHECK_INT(al_take(lib, &spec, NOW, &t, &err), AL_SHORT);
        al_take_done(&t);
        al_rollback(night);
        (void) take(lib, (AlTakeSpec){.campaign = "c"}, NOW, &t);
}

static int same_id(const AlAsset *a, void *userdata) {
        CHECK_STR(a->id, userdata);
        return 0;
}

static int64_t n_for(Library *lib, const char *terms, int64_t now_ms, char *id) {
        _cleanup_(al_filter_freep) AlFilter *filter = fix_filter(terms);
        const AlQuery q = {.filter = filter, .now_ms = now_ms};
        int64_t n = -1;
        Err err = {0};

        CHECK_OK(al_query_count(lib, &q, &n, &err), &err);
        CHECK_OK(al_query(lib, &q, same_id, id, &err), &err);
        return n;
}

TEST(a_query_finds_what_a_campaign_has_now) {
        _cleanup_(freep) char *dir = fix_dir("for");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *one = fix_asset(lib, &(FixJob){0}, "1", NOW);
        _cleanup_(freep) char *two = fix_asset(lib, &(FixJob){0}, "2", NOW);
        Err err = {0};

        CHECK_INT(n_for(lib, "for:spring", NOW, one), 0);
        CHECK_STR(take_one(lib, (AlTakeSpec){.ttl_ms = HOUR_MS}, NOW), two);
        CHECK_STR(take_one(lib, (AlTakeSpec){.campaign = "now, or never"}, NOW), one);
        CHECK_INT(n_for(lib, "for:spring", NOW, two), 1);
        CHECK_INT(n_for(lib, "for:\"now, or never\" brand:acme hook:urgency", NOW, one), 1);
        CHECK_INT(n_for(lib, "not for:spring", NOW, one), 1);
        CHECK_INT(n_for(lib, "not:for=spring", NOW, one), 1);
        CHECK_INT(n_for(lib, "for:spring,summer", NOW, two), 1);
        CHECK_INT(n_for(lib, "for:sprin", NOW, two), 0);
        CHECK_INT(n_for(lib, "for:spring", NOW + HOUR_MS, two), 0); /* the lease has ended */
        CHECK_OK(al_release_campaign(lib, "now, or never", "bob", NOW, NULL, &err), &err);
        CHECK_INT(n_for(lib, "for:\"now, or never\"", NOW, one), 0);
        CHECK_OK(al_asset_set_status(lib, two, ASSET_RETIRED, NULL, "bob", NOW, &err), &err);
        CHECK_INT(n_for(lib, "for:spring", NOW, two), 0);
        CHECK_INT(n_for(lib, "for:spring status:any", NOW, two), 1);
}

TEST(many_at_once_are_distinct) {
        _cleanup_(freep) char *dir = fix_dir("distinct");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        const AlQuery random = {.order = AL_ORDER_RANDOM, .random_seed = 7, .now_ms = NOW};
        _cleanup_(al_take_done) AlTake a = {0}, b = {0}, c = {0};

        for (int i = 0; i < 40; i++) {
                char content[8];

                (void) snprintf(content, sizeof content, "%d", i);
                free(fix_asset(lib, &(FixJob){0}, content, NOW));
        }
        CHECK_INT(take(lib, (AlTakeSpec){.n = 30, .campaign = "a", .exclusive = true}, NOW, &a),
                  AL_OK);
        /* the free ones are far from the front: pages are turned */
        CHECK_INT(take(lib, (AlTakeSpec){.n = 9, .campaign = "b", .query = &random}, NOW, &b),
                  AL_OK);
        CHECK_INT(take(lib, (AlTakeSpec){.n = 1, .campaign = "c", .exclusive = true}, NOW, &c),
                  AL_OK);
        CHECK_INT(raw_int(dir, "SELECT count(DISTINCT asset) FROM take"), 40);
        sound(lib);
}

static int count_taken(const AlTaken *take, const AlAsset *a, void *userdata) {
        CHECK(a->id[0] && take->id > 0);
        ++*(int *) userdata;
        return 0;
}

static int first_campaign(const char *name, int64_t takes, int64_t live, void *userdata) {
        if (streq(name, "a"))
                *(int64_t *) userdata = takes * 10 + live;
        return 0;
}

TEST(releases) {
        _cleanup_(freep) char *dir = fix_dir("release");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "1", NOW);
        _cleanup_(strv_done) Strv names = {0}, ids = {0};
        int64_t counts = 0;
        int n = 0;
        Err err = {0};

        CHECK_INT(al_release(lib, id, NULL, "bob", NOW, NULL, &err), AL_NOT_FOUND);
        CHECK_INT(al_release(lib, "zzzzzzzzzzzz", NULL, "bob", NOW, NULL, &err), AL_NOT_FOUND);
        CHECK_INT(al_release(lib, "../../etc", NULL, "bob", NOW, NULL, &err), AL_NOT_FOUND);
        (void) take_one(lib, (AlTakeSpec){.campaign = "a"}, NOW);
        (void) take_one(lib, (AlTakeSpec){.campaign = "b"}, NOW);
        CHECK_INT(al_release(lib, id, NULL, "bob", NOW, &names, &err), AL_AMBIGUOUS);
        CHECK_INT(names.n, 2);
        CHECK_INT(al_release(lib, id, "c", "bob", NOW, NULL, &err), AL_NOT_FOUND);
        CHECK_INT(al_release(lib, id, "b", "bob", NOW, NULL, &err), AL_OK);
        CHECK_OK(al_taken(lib, "a", NOW, count_taken, &n, &err), &err);
        CHECK_OK(al_taken(lib, "b", NOW, count_taken, &n, &err), &err);
        CHECK_INT(n, 1);
        CHECK_OK(al_campaigns(lib, NOW, first_campaign, &counts, &err), &err);
        CHECK_INT(counts, 11);
        CHECK_INT(al_release_campaign(lib, "a", "bob", NOW, &ids, &err), AL_OK);
        CHECK_INT(ids.n, 1);
        CHECK_STR(ids.items[0], id);
        CHECK_INT(raw_int(dir, "SELECT taken_until FROM asset"), 0);
        CHECK_INT(raw_int(dir, "SELECT uses FROM asset"), 2);
        sound(lib);
}

static int any_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) subject;
        (void) userdata;
        CHECK_INT(d, AL_DAMAGE_DATABASE);
        CHECK_HAS(text, "is not marked as its takes say");
        return 0;
}

TEST(verify_finds_a_wrong_mark) {
        _cleanup_(freep) char *dir = fix_dir("mark");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlVerifyTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "1", NOW));
        (void) take_one(lib, (AlTakeSpec){.exclusive = true}, NOW);
        sound(lib);
        raw_exec(dir, "UPDATE asset SET held_until = 0");
        CHECK_OK(al_verify(lib, true, false, NOW, any_damage, NULL, &t, &err), &err);
        CHECK_INT(t.damaged, 1);
}

TEST(names_of_campaigns) {
        static const char *const good[] = {"spring-2027", "Frühling / Käufer", "a", "残り"};
        static const char *const bad[] = {"",      " a",       "a ",        "a\nb",
                                          "a\x1b", "\xff\xfe", "a\xc2\x9b", "\x7f"};
        char longest[AL_CAMPAIGN_MAX + 2];

        for (size_t i = 0; i < ARRAY_LEN(good); i++)
                CHECK(al_campaign_is_valid(good[i]));
        for (size_t i = 0; i < ARRAY_LEN(bad); i++)
                CHECK(!al_campaign_is_valid(bad[i]));
        memset(longest, 'x', sizeof longest);
        longest[AL_CAMPAIGN_MAX + 1] = 0;
        CHECK(!al_campaign_is_valid(longest));
        longest[AL_CAMPAIGN_MAX] = 0;
        CHECK(al_campaign_is_valid(longest));
}
