/* SPDX-License-Identifier: MIT */

/* Near-duplicates: found within a cell at ingest, not counted as stock, their place handed on. */

#include "base/strbuf.h"
#include "core_fixture.h"

enum { SIDE = FINGERPRINT_PIXELS };

/* A dark disc on a slope; other places are other pictures. */
static Fingerprint look_of(int cx, int cy, int light) {
        uint8_t rgb[SIDE * SIDE * 3];
        Fingerprint f = {0};

        for (int y = 0; y < SIDE; y++)
                for (int x = 0; x < SIDE; x++) {
                        bool in = (x - cx) * (x - cx) + (y - cy) * (y - cy) < 200;

                        memset(rgb + 3 * (y * SIDE + x), in ? 20 : 90 + light + x / 2, 3);
                }
        fingerprint_add(&f, rgb, 1080, 1080);
        return f;
}

/* One job whose assets are `n` copies or pictures; their ids to *ids. */
static void make(Library *lib, const FixJob *j, const AlNewAsset *assets, size_t n, Strv *ids) {
        int64_t job = fix_job(lib, j, NOW), attempt = fix_begin(lib, job, 1, 100000, NOW);
        AlNewAsset *placed = calloc(n, sizeof *placed);
        AlAttemptEnd end = {.outcome = OUTCOME_MADE,
                            .billed = 1000,
                            .counts = true,
                            .next = JOB_DONE,
                            .assets = placed,
                            .n_assets = n};
        Err err = {0};

        CHECK(placed);
        for (size_t i = 0; i < n; i++) {
                const char *bytes = assets[i].text ? assets[i].text : assets[i].spool;

                placed[i] = assets[i];
                placed[i].spool = NULL;
                placed[i].bytes = (int64_t) strlen(bytes);
                placed[i].media_type = assets[i].text ? "text/plain" : "image/png";
                placed[i].ext = assets[i].text ? "txt" : "png";
                placed[i].variant = (int64_t) i;
                CHECK_OK(al_object_put(al_dir_fd(lib), bytes, strlen(bytes), placed[i].ext,
                                       &placed[i].digest, &err),
                         &err);
        }
        strv_done(ids);
        CHECK_OK(al_attempt_end(lib, attempt, &end, NOW, ids, &err), &err);
        CHECK_INT(ids->n, n);
        free(placed);
}

/* `bytes` stand for the file. Caller frees the id. */
static char *picture(Library *lib, const FixJob *j, const char *bytes, Fingerprint look) {
        _cleanup_(strv_done) Strv ids = {0};
        char *id;

        make(lib, j, &(AlNewAsset){.spool = bytes, .look = &look}, 1, &ids);
        id = strdup(ids.items[0]);
        CHECK(id);
        return id;
}

static void check_alternate(Library *lib, const char *id, const char *of) {
        AlAsset a;
        Err err = {0};

        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        CHECK_STR(a.alternate_of, of);
        al_asset_done(&a);
}

static void check_stock(Library *lib, const FixJob *j, int64_t ready, int64_t pending) {
        _cleanup_(freep) char *key = fix_cell_key(j);
        AlCellStock stock;
        Err err = {0};

        CHECK_OK(al_cell_stock(lib, "spring", key, NOW, &stock, &err), &err);
        CHECK_INT(stock.ready, ready);
        CHECK_INT(stock.pending, pending);
}

static int first_row(const AlStockRow *row, void *userdata) {
        *(AlStockRow *) userdata = *row;
        return 0;
}

TEST(a_near_duplicate_is_no_stock) {
        _cleanup_(freep) char *dir = fix_dir("stock");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = picture(lib, &(FixJob){0}, "a", look_of(20, 20, 0));
        _cleanup_(freep) char *b = picture(lib, &(FixJob){0}, "b", look_of(20, 20, 20));
        _cleanup_(freep) char *c = picture(lib, &(FixJob){0}, "c", look_of(45, 40, 0));
        AlStockRow row = {0};
        Err err = {0};

        check_alternate(lib, a, "");
        check_alternate(lib, b, a);
        check_alternate(lib, c, "");
        check_stock(lib, &(FixJob){0}, 2, 0);
        CHECK_OK(al_stock(lib, NOW, first_row, &row, &err), &err);
        CHECK_INT(row.ready, 2);
        CHECK_INT(row.short_by, 3);
}

TEST(other_cells_are_not_looked_at) {
        FixJob story = {.format = "story"};
        _cleanup_(freep) char *dir = fix_dir("cells");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = picture(lib, &(FixJob){0}, "a", look_of(20, 20, 0));
        _cleanup_(freep) char *b = picture(lib, &story, "b", look_of(20, 20, 0));

        check_alternate(lib, b, "");
        check_stock(lib, &(FixJob){0}, 1, 0);
        check_stock(lib, &story, 1, 0);
}

static int see_alike(const char *recipe, int64_t made, int64_t alike, int64_t same,
                     void *userdata) {
        CHECK_STR(recipe, "spring");
        CHECK_INT(made, 3);
        CHECK_INT(alike, 1);
        CHECK_INT(same, 1);
        ++*(int *) userdata;
        return 0;
}

/* Also when nobody looked: the same bytes. The run can tell that it paid for them. */
TEST(the_same_object_is_a_duplicate) {
        _cleanup_(freep) char *dir = fix_dir("bytes");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = picture(lib, &(FixJob){0}, "a", (Fingerprint){0});
        _cleanup_(freep) char *b = picture(lib, &(FixJob){0}, "a", (Fingerprint){0});
        _cleanup_(freep) char *c = picture(lib, &(FixJob){0}, "c", (Fingerprint){0});

        int seen = 0;
        Err err = {0};

        check_alternate(lib, b, a);
        check_alternate(lib, c, "");
        CHECK_OK(al_run_alike(lib, 1, see_alike, &seen, &err), &err);
        CHECK_OK(al_run_alike(lib, 2, see_alike, &seen, &err), &err);
        CHECK_INT(seen, 1);
}

TEST(copy_is_compared_by_its_words) {
        FixJob copy = {.kind = KIND_TEXT, .want = 3};
        AlNewAsset lines[] = {{.text = "Last day: 30% off!"},
                              {.text = "last day - 30 % off"},
                              {.text = "New in"}};
        _cleanup_(freep) char *dir = fix_dir("copy");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strv_done) Strv ids = {0};

        make(lib, &copy, lines, 3, &ids);
        check_alternate(lib, ids.items[1], ids.items[0]); /* of the same job, even */
        check_alternate(lib, ids.items[2], "");
        check_stock(lib, &copy, 2, 0);
}

static void set_status(Library *lib, const char *id, AssetStatus to) {
        Err err = {0};

        CHECK_INT(al_asset_set_status(lib, id, to, "because", "test", NOW, &err), AL_OK);
}

/* Whatever leaves and comes back, one of the group counts, and never two. */
TEST(the_first_hands_its_place_on) {
        _cleanup_(freep) char *dir = fix_dir("order");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = picture(lib, &(FixJob){0}, "a", look_of(20, 20, 0));
        _cleanup_(freep) char *b = picture(lib, &(FixJob){0}, "b", look_of(20, 20, 10));
        _cleanup_(freep) char *c = picture(lib, &(FixJob){0}, "c", look_of(20, 20, 20));

        check_alternate(lib, c, a);
        set_status(lib, a, ASSET_RETIRED);
        check_alternate(lib, a, b);
        check_alternate(lib, b, "");
        check_alternate(lib, c, b);
        check_stock(lib, &(FixJob){0}, 1, 0);
        set_status(lib, a, ASSET_READY);
        check_stock(lib, &(FixJob){0}, 1, 0);
        set_status(lib, b, ASSET_REJECTED);
        check_alternate(lib, b, a);
        check_stock(lib, &(FixJob){0}, 1, 0);
        set_status(lib, a, ASSET_RETIRED);
        set_status(lib, c, ASSET_RETIRED);
        check_stock(lib, &(FixJob){0}, 0, 0);
        set_status(lib, c, ASSET_READY); /* comes back where nobody is first */
        check_alternate(lib, c, "");
        check_stock(lib, &(FixJob){0}, 1, 0);
}

TEST(in_review_too) {
        FixJob review = {.review = true};
        _cleanup_(freep) char *dir = fix_dir("review");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = picture(lib, &review, "a", look_of(20, 20, 0));
        _cleanup_(freep) char *b = picture(lib, &review, "b", look_of(20, 20, 10));

        check_stock(lib, &review, 0, 1);
        set_status(lib, b, ASSET_READY);
        check_stock(lib, &review, 1, 0);
        set_status(lib, a, ASSET_READY);
        check_alternate(lib, a, b);
        check_stock(lib, &review, 1, 0);
}

TEST(the_settings_say_how_near) {
        AlKeeping strict = AL_KEEPING_DEFAULT, got;
        _cleanup_(freep) char *dir = fix_dir("near");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        strict.alike = 0;
        CHECK_OK(al_keeping(lib, &got, &err), &err);
        CHECK_INT(got.alike, AL_KEEPING_DEFAULT.alike);
        CHECK_OK(al_keeping_set(lib, &strict, &err), &err);
        CHECK_OK(al_keeping(lib, &got, &err), &err);
        CHECK_INT(got.alike, 0);

        _cleanup_(freep) char *a = picture(lib, &(FixJob){0}, "a", look_of(20, 20, 0));
        _cleanup_(freep) char *b = picture(lib, &(FixJob){0}, "b", look_of(22, 21, 0));
        _cleanup_(freep) char *c = picture(lib, &(FixJob){0}, "c", look_of(20, 20, 0));

        check_alternate(lib, b, "");
        check_alternate(lib, c, a);
}

static int count_pair(int64_t row, int64_t first, void *userdata) {
        int64_t *pairs = userdata;

        CHECK(row != first);
        pairs[0]++;
        return 0;
}

TEST(groups_are_listed) {
        _cleanup_(freep) char *dir = fix_dir("groups");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = picture(lib, &(FixJob){0}, "a", look_of(20, 20, 0));
        _cleanup_(freep) char *b = picture(lib, &(FixJob){0}, "b", look_of(20, 20, 10));
        int64_t pairs = 0;
        Err err = {0};

        CHECK_OK(al_alternates(lib, count_pair, &pairs, &err), &err);
        CHECK_INT(pairs, 1);
}
