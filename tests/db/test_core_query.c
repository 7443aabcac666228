/* SPDX-License-Identifier: MIT */

/* What a selection means. Each test lists the `content` names it expects, in order. */

#include "base/strbuf.h"
#include "core_fixture.h"

/* a..h: brand, hook, category, format, and the time each was made */
static const struct {
        const char *name, *brand, *hook, *category, *tags;
        AssetKind kind;
        const char *recipe;
} shelf[] = {
        {"a", "acme", "urgency", "lifestyle", "{\"format\":\"square\",\"season\":\"spring\"}",
         KIND_IMAGE, "one"},
        {"b", "acme", "urgency", "lifestyle", "{\"format\":\"story\",\"season\":\"spring\"}",
         KIND_IMAGE, "one"},
        {"c", "acme", "proof", "lifestyle", "{\"format\":[\"square\",\"story\"]}", KIND_IMAGE,
         "two"},
        {"d", "acme", "proof", "product", "{}", KIND_TEXT, "two"},
        {"e", "zenith", "urgency", "product", "{\"format\":\"square\"}", KIND_IMAGE, "one"},
        {"f", "zenith", "proof", "lifestyle", "{\"season\":\"autumn\"}", KIND_TEXT, "three"},
};

typedef struct Shelf {
        char *dir;
        Library *lib;
        char *ids[ARRAY_LEN(shelf)];
} Shelf;

static Shelf shelf_make(const char *name) {
        Shelf s = {.dir = fix_dir(name)};

        s.lib = fix_open(s.dir);
        for (size_t i = 0; i < ARRAY_LEN(shelf); i++)
                s.ids[i] = fix_asset(s.lib,
                                     &(FixJob){.recipe = shelf[i].recipe,
                                               .brand = shelf[i].brand,
                                               .hook = shelf[i].hook,
                                               .category = shelf[i].category,
                                               .tags = shelf[i].tags,
                                               .kind = shelf[i].kind},
                                     shelf[i].name, NOW + (int64_t) i * HOUR_MS);
        return s;
}

static void shelf_done(Shelf *s) {
        for (size_t i = 0; i < ARRAY_LEN(shelf); i++)
                free(s->ids[i]);
        (void) al_close(s->lib);
        free(s->dir);
}

typedef struct Names {
        const Shelf *shelf;
        char text[64];
} Names;

static int add_name(const AlAsset *a, void *userdata) {
        Names *n = userdata;

        for (size_t i = 0; i < ARRAY_LEN(shelf); i++)
                if (n->shelf->ids[i] && streq(n->shelf->ids[i], a->id))
                        (void) snprintf(n->text + strlen(n->text), sizeof n->text - strlen(n->text),
                                        "%s", shelf[i].name);
        return 0;
}

static void selects(const Shelf *s, const char *text, AlQuery q, const char *want) {
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        const AlFilterText part = {.text = text};
        Names names = {.shelf = s};
        int64_t count = -1;
        Err err = {0};

        CHECK_OK(al_filter_parse(s->lib, &part, 1, NOW, &f, NULL, &err), &err);
        q.filter = f;
        q.now_ms = q.now_ms ? q.now_ms : NOW + 100 * HOUR_MS;
        CHECK_OK(al_query(s->lib, &q, add_name, &names, &err), &err);
        if (!streq(names.text, want))
                test_fail(__FILE__, __LINE__, "'%s': got '%s', want '%s'", text, names.text, want);
        CHECK_OK(al_query_count(s->lib, &q, &count, &err), &err);
        if (q.limit == 0 && q.offset == 0)
                CHECK_INT(count, strlen(want));
}

TEST(or_within_a_key_and_between_keys) {
        _cleanup_(shelf_done) Shelf s = shelf_make("and");
        AlQuery q = {.order = AL_ORDER_OLDEST};

        selects(&s, "", q, "abcdef");
        selects(&s, "brand:acme", q, "abcd");
        selects(&s, "brand:acme brand:zenith", q, "abcdef");
        selects(&s, "brand:acme hook:urgency", q, "ab");
        selects(&s, "hook:urgency brand:acme hook:proof", q, "abcd");
        selects(&s, "brand:acme hook:proof category:product", q, "d");
        selects(&s, "brand:zenith hook:proof category:product", q, "");
        selects(&s, "kind:text", q, "df");
        selects(&s, "kind:text kind:image", q, "abcdef");
        selects(&s, "kind:video", q, "");
        selects(&s, "recipe:one", q, "abe");
        selects(&s, "recipe:two recipe:three", q, "cdf");
        selects(&s, "category:product kind:image", q, "e");
}

TEST(tags) {
        _cleanup_(shelf_done) Shelf s = shelf_make("tags");
        AlQuery q = {.order = AL_ORDER_OLDEST};

        selects(&s, "format:square", q, "ace");
        selects(&s, "format:square format:story", q, "abce"); /* c has both and comes once */
        selects(&s, "format:square season:spring", q, "a");
        selects(&s, "season:spring season:autumn format:story", q, "b");
        selects(&s, "format:square brand:acme", q, "ac");
        selects(&s, "brand:zenith season:autumn", q, "f");
        selects(&s, "format:square kind:text", q, "");
}

TEST(negation) {
        _cleanup_(shelf_done) Shelf s = shelf_make("not");
        AlQuery q = {.order = AL_ORDER_OLDEST};

        selects(&s, "not:brand:acme", q, "ef");
        selects(&s, "not:brand:acme not:brand:zenith", q, "");
        selects(&s, "not:format=story", q, "adef"); /* untagged ones stay */
        selects(&s, "not:format=story not:format=square", q, "df");
        selects(&s, "format:square not:format=story", q, "ae");
        selects(&s, "brand:acme not:hook:proof not:format=story", q, "a");
        selects(&s, "not:recipe:one", q, "cdf");
        selects(&s, "not:kind:image", q, "df");
        selects(&s, "not:category:lifestyle", q, "de");
        selects(&s, "brand:acme not:brand:acme", q, "");
        selects(&s, "not:hook:urgency brand:zenith", q, "f");
}

/* Parentheses close a group: what stands beside it narrows it, even when both are of one key. */
TEST(parentheses) {
        _cleanup_(shelf_done) Shelf s = shelf_make("parentheses");
        AlQuery q = {.order = AL_ORDER_OLDEST};

        selects(&s, "(brand:acme) brand:zenith", q, "");
        selects(&s, "brand:zenith (brand:acme)", q, "");
        selects(&s, "(brand:acme) (brand:zenith)", q, "");
        selects(&s, "((brand:acme)) brand:zenith brand:acme", q, "abcd");
        selects(&s, "(brand:acme brand:zenith) brand:zenith", q, "ef");
        selects(&s, "(brand:acme,zenith) brand:zenith", q, "ef");
        selects(&s, "(brand:acme) hook:urgency (brand:zenith,acme) hook:proof", q, "abcd");
        selects(&s, "(format:square) format:story", q, "c");
        selects(&s, "(status:any) status:retired", q, "");
        selects(&s, "not (brand:acme) brand:acme", q, "");
        selects(&s, "(brand:acme) or brand:zenith", q, "abcdef");
        selects(&s, "(brand:acme) brand:zenith or kind:text", q, "df");
        selects(&s, "(bytes:<=0) bytes:>=1", q, "");
}

/* "brand:acme" in n parentheses, each behind a `not` when there are to be some. */
static int parse_nested(size_t n, const char *open, AlFault *fault, Err *err) {
        _cleanup_(al_filter_freep) AlFilter *f = NULL;
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        AlFilterText part = {0};

        for (size_t i = 0; i < n; i++)
                (void) strbuf_puts(&b, open);
        (void) strbuf_puts(&b, "brand:acme");
        for (size_t i = 0; i < n && strchr(open, '('); i++)
                (void) strbuf_puts(&b, ")");
        part.text = strbuf_text(&b);
        return al_filter_parse(NULL, &part, 1, NOW, &f, fault, err);
}

TEST(depth) {
        AlFault fault = {0};
        Err err = {0};

        CHECK_OK(parse_nested(FILTER_DEPTH_MAX, "(", &fault, &err), &err);
        CHECK_OK(parse_nested(FILTER_DEPTH_MAX, "not ", &fault, &err), &err);
        CHECK_OK(parse_nested(FILTER_DEPTH_MAX / 2, "not (", &fault, &err), &err);
        CHECK_INT(parse_nested(FILTER_DEPTH_MAX + 1, "(", &fault, &err), -E2BIG);
        CHECK_INT(fault.at, FILTER_DEPTH_MAX);
        CHECK_HAS(err_text(&err), "more than 32 parentheses and nots in each other");
        CHECK_INT(parse_nested(FILTER_DEPTH_MAX + 1, "not ", &fault, &err), -E2BIG);
        CHECK_INT(parse_nested(FILTER_DEPTH_MAX / 2 + 1, "not (", &fault, &err), -E2BIG);
}

/* What a specs.yaml of one's own says goes before what is shipped, until it says so no more. */
TEST(placements_of_ones_own) {
        static const AlPlacement own[] = {
                {.name = "google.rsa.headline", .kind = KIND_VIDEO},
                {.name = "own.print", .kind = KIND_TEXT, .max_bytes = 1},
                {.name = "own.wall", .kind = KIND_IMAGE, .exact_width = 7, .exact_height = 7},
                {.name = "own.print", .kind = KIND_IMAGE}, /* the first counts */
        };
        static const AlFilterText misspelt = {.text = "fits:own.prints"};
        _cleanup_(shelf_done) Shelf s = shelf_make("placements");
        _cleanup_(strv_done) Strv names = {0};
        AlQuery q = {.order = AL_ORDER_OLDEST};
        AlFilter *f = NULL;
        Err err = {0};

        selects(&s, "fits:google.rsa.headline", q, "df");
        raw_exec(s.dir, "UPDATE asset SET text = replace(hex(zeroblob(20)), '00', char(26032)) "
                        "WHERE id = 4"); /* 20 of double width: more than 30 */
        selects(&s, "fits:google.rsa.headline", q, "f");
        raw_exec(s.dir, "UPDATE asset SET text = substr(text, 1, 15) WHERE id = 4");
        selects(&s, "fits:google.rsa.headline", q, "df");
        CHECK_OK(al_placements_set(s.lib, own, ARRAY_LEN(own), &err), &err);
        selects(&s, "fits:google.rsa.headline", q, "");
        selects(&s, "fits:google.rsa", q, "df"); /* descriptions */
        selects(&s, "fits:own", q, "df");
        selects(&s, "not:fits=own.print fits:own,google.rsa", q, "");
        CHECK_INT(al_filter_parse(s.lib, &misspelt, 1, NOW, &f, NULL, &err), -EINVAL);
        CHECK_HAS(err_text(&err), "did you mean 'own.print'");
        CHECK_OK(al_placements(s.lib, &names, &err), &err);
        CHECK(strv_has(&names, "own.wall") && strv_has(&names, "meta.story.image"));
        CHECK_OK(al_placements_set(s.lib, NULL, 0, &err), &err);
        selects(&s, "fits:google.rsa.headline", q, "df");
}

TEST(a_value_nobody_used) {
        _cleanup_(shelf_done) Shelf s = shelf_make("unknown");
        AlQuery q = {.order = AL_ORDER_OLDEST};

        selects(&s, "brand:nosuch", q, "");
        selects(&s, "brand:nosuch brand:zenith", q, "ef");
        selects(&s, "format:nosuch", q, "");
        selects(&s, "format:nosuch format:story", q, "bc");
        selects(&s, "format:square colour:red", q, "");
        selects(&s, "not:brand:nosuch", q, "abcdef");
        selects(&s, "not:colour=red", q, "abcdef");
        selects(&s, "format:'", q, "");
        selects(&s, "brand:\"acme')--\"", q, "");
        selects(&s, "format:\"x');DROP\"", q, "");
}

TEST(ids_and_prefixes) {
        _cleanup_(shelf_done) Shelf s = shelf_make("ids");
        _cleanup_(freep) char *full = str_printf("id:%s", s.ids[2]);
        _cleanup_(freep) char *prefix = str_printf("id:%.6s", s.ids[4]);
        _cleanup_(freep) char *both = str_printf("id:%s id:%.8s", s.ids[2], s.ids[0]);
        _cleanup_(freep) char *not = str_printf("not:id:%s not:id:%s", s.ids[0], s.ids[5]);
        AlQuery q = {.order = AL_ORDER_OLDEST};

        selects(&s, full, q, "c");
        selects(&s, prefix, q, "e");
        selects(&s, both, q, "ac");
        selects(&s, not, q, "bcde");
        selects(&s, "id:not-an-id", q, "");
        selects(&s, "not:id:not-an-id", q, "abcdef");
}

TEST(status_and_expiry) {
        _cleanup_(shelf_done) Shelf s = shelf_make("status");
        _cleanup_(freep) char *old =
                fix_asset(s.lib, &(FixJob){.format = "old", .max_age_ms = HOUR_MS}, "old", NOW);
        AlQuery q = {.order = AL_ORDER_OLDEST};
        Err err = {0};

        CHECK_INT(al_asset_set_status(s.lib, s.ids[0], ASSET_RETIRED, "off", "ops", NOW, &err),
                  AL_OK);
        CHECK_INT(al_asset_set_status(s.lib, s.ids[1], ASSET_REJECTED, NULL, "ops", NOW, &err),
                  AL_OK);
        free(s.ids[5]);
        s.ids[5] = strdup(old); /* the expired one takes the letter f */
        selects(&s, "brand:acme", q, "cd");
        selects(&s, "brand:acme status:retired", q, "a");
        selects(&s, "brand:acme status:retired status:rejected", q, "ab");
        /* expired ones only by an explicit status */
        selects(&s, "brand:acme not:status:retired", q, "bcdf");
        selects(&s, "brand:acme status:ready", q, "cdf");
        selects(&s, "brand:acme status:any", q, "abcdf");
        q.now_ms = NOW + HOUR_MS - 1;
        selects(&s, "brand:acme", q, "cdf");
        q.now_ms = NOW + HOUR_MS;
        selects(&s, "brand:acme", q, "cd");
}

TEST(since) {
        _cleanup_(shelf_done) Shelf s = shelf_make("since");

        selects(&s, "since:2026-11-23T06:00:00Z", (AlQuery){.order = AL_ORDER_OLDEST}, "ef");
        selects(&s, "brand:acme since:2026-11-23T05:00:01Z", (AlQuery){0}, "");
}

TEST(orders_and_pages) {
        _cleanup_(shelf_done) Shelf s = shelf_make("orders");

        raw_exec(s.dir, "UPDATE asset SET uses = 2 WHERE id IN (6, 1); UPDATE asset SET uses = 1 "
                        "WHERE id = 5");
        selects(&s, "", (AlQuery){0}, "dcbefa");
        selects(&s, "brand:acme", (AlQuery){0}, "dcba");
        selects(&s, "brand:acme hook:urgency", (AlQuery){.order = AL_ORDER_LEAST_USED}, "ba");
        selects(&s, "brand:acme", (AlQuery){.order = AL_ORDER_NEWEST}, "dcba");
        selects(&s, "format:square", (AlQuery){.order = AL_ORDER_NEWEST}, "eca");
        selects(&s, "format:square", (AlQuery){0}, "cea");
        selects(&s, "", (AlQuery){.order = AL_ORDER_NEWEST, .limit = 2}, "fe");
        selects(&s, "", (AlQuery){.order = AL_ORDER_NEWEST, .limit = 2, .offset = 2}, "dc");
        selects(&s, "", (AlQuery){.order = AL_ORDER_NEWEST, .offset = 4}, "ba");
        selects(&s, "", (AlQuery){.order = AL_ORDER_NEWEST, .offset = 40}, "");
}

static void random_names(const Shelf *s, uint64_t seed, Names *ret) {
        AlQuery q = {.order = AL_ORDER_RANDOM, .random_seed = seed, .now_ms = NOW};
        Err err = {0};

        *ret = (Names){.shelf = s};
        CHECK_OK(al_query(s->lib, &q, add_name, ret, &err), &err);
        CHECK_INT(strlen(ret->text), ARRAY_LEN(shelf));
}

TEST(random_order_is_of_its_seed) {
        _cleanup_(shelf_done) Shelf s = shelf_make("random");
        unsigned firsts = 0;
        Names a, b;

        for (uint64_t seed = 0; seed < 200; seed++) {
                random_names(&s, seed, &a);
                random_names(&s, seed, &b);
                CHECK_STR(a.text, b.text);
                firsts |= 1u << (a.text[0] - 'a');
        }
        CHECK_INT(firsts, 0x3f); /* everyone was first once */
}

static int count_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) d;
        (void) subject;
        (void) text;
        ++*(int *) userdata;
        return 0;
}

static int stop(const AlAsset *a, void *userdata) {
        (void) a;
        ++*(int *) userdata;
        return -EPIPE;
}

TEST(a_callback_may_stop_and_may_ask_more) {
        _cleanup_(shelf_done) Shelf s = shelf_make("stop");
        int64_t count;
        int calls = 0;
        Err err = {0};

        CHECK_INT(al_query(s.lib, &(AlQuery){.now_ms = NOW}, stop, &calls, &err), -EPIPE);
        CHECK_INT(calls, 1);
        CHECK_OK(al_query_count(s.lib, &(AlQuery){.now_ms = NOW}, &count, &err), &err);
        CHECK_INT(count, 6);
}

/* A damaged index is an error that says what to do, never a wrong answer or a crash; verify finds
 * it, and makes it anew when asked. */
static void damages(const char *name, const char *sql, bool told) {
        _cleanup_(shelf_done) Shelf s = shelf_make(name);
        _cleanup_(al_filter_freep) AlFilter *f =
                fix_filter("brand:acme format:square not:kind=text");
        AlQuery q = {.filter = f, .now_ms = NOW, .order = AL_ORDER_OLDEST};
        Names names = {.shelf = &s};
        AlVerifyTotals totals;
        int calls = 0, r;
        Err err = {0};

        raw_exec(s.dir, sql);
        r = al_query(s.lib, &q, add_name, &names, &err);
        CHECK(r >= 0 || r == -EUCLEAN);
        if (told) {
                CHECK_INT(r, -EUCLEAN);
                CHECK_HAS(err.text, "'assetlib verify --repair' makes it anew");
        }
        CHECK_OK(al_verify(s.lib, true, true, NOW, count_damage, &calls, &totals, &err), &err);
        if (calls != 1)
                test_fail(__FILE__, __LINE__, "%s: %d findings, not 1", name, calls);
        names = (Names){.shelf = &s};
        CHECK_OK(al_query(s.lib, &q, add_name, &names, &err), &err);
        CHECK_STR(names.text, "ac");
        CHECK_OK(al_verify(s.lib, true, false, NOW, count_damage, &calls, &totals, &err), &err);
        CHECK_INT(calls, 1);
}

TEST(a_damaged_index_is_told_and_made_anew) {
        damages("odd", "UPDATE posting SET ids = x'010203' WHERE n > 1", true);
        damages("order", "UPDATE posting SET ids = x'05000400' WHERE n = 2", true);
        damages("number", "UPDATE posting SET n = n + 1", true);
        damages("huge", "UPDATE posting SET ids = zeroblob(9000)", true);
        damages("bitmap", "UPDATE posting SET ids = zeroblob(8192)", true);
        damages("gone", "DELETE FROM posting WHERE n = 2", false);
        damages("stray", "UPDATE posting SET ids = x'ff00', n = 1 WHERE n = 1", false);
        damages("chunks", "INSERT INTO posting VALUES ((1 << 24) + 7, 1, x'0100')", false);
        damages("words", "INSERT INTO asset_words (asset_words) VALUES ('delete-all')", false);
}

/* A library whose postings are found by two numbers, as before step 11, is brought up to date. */
TEST(postings_of_a_library_before_step_11) {
        _cleanup_(shelf_done) Shelf s = shelf_make("step11");
        _cleanup_(freep) char *dir = strdup(s.dir);
        AlQuery q = {.now_ms = NOW, .order = AL_ORDER_OLDEST};
        Names before = {.shelf = &s}, after = {.shelf = &s};
        AlVerifyTotals totals;
        int calls = 0;
        Err err = {0};

        CHECK_OK(al_query(s.lib, &q, add_name, &before, &err), &err);
        s.lib = al_close(s.lib);
        raw_exec(dir, "CREATE TABLE post (term INTEGER NOT NULL, chunk INTEGER NOT NULL, n INTEGER "
                      "NOT NULL CHECK (n > 0), ids BLOB NOT NULL, PRIMARY KEY (term, chunk)) "
                      "STRICT, WITHOUT ROWID;"
                      "INSERT INTO post SELECT id >> 24, id & 0xffffff, n, ids FROM posting;"
                      "DROP TABLE posting;"
                      "DROP TABLE identity;" /* of the step after */
                      "PRAGMA user_version = 10");
        CHECK_OK(al_open(dir, AL_WRITE, &s.lib, &err), &err);
        CHECK_OK(al_query(s.lib, &q, add_name, &after, &err), &err);
        CHECK_STR(after.text, before.text);
        CHECK_OK(al_verify(s.lib, true, false, NOW, count_damage, &calls, &totals, &err), &err);
        CHECK_INT(calls, 0);
}
