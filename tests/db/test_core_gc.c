/* SPDX-License-Identifier: MIT */

/* What gc gives up, and what it never does. */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"

#define DAY_MS (24 * HOUR_MS)

enum {
        LIST_MAX = 4000,
};

static int add_id(const char *id, const char *reason, int64_t bytes, void *userdata) {
        char *all = userdata;

        CHECK(reason[0] && bytes >= 0);
        (void) snprintf(all + strlen(all), LIST_MAX - strlen(all), "%s ", id);
        return 0;
}

static int gc(Library *lib, int64_t now_ms, const AlKeeping *k, bool dry_run, bool force, char *all,
              AlGcTotals *t) {
        AlGcOptions o = {
                .keeping = k, .now_ms = now_ms, .who = "test", .dry_run = dry_run, .force = force};
        Err err = {0};
        int r;

        all[0] = 0;
        *t = (AlGcTotals){0};
        r = al_gc(lib, &o, add_id, all, t, &err);
        CHECK_OK(r, &err);
        return r;
}

static void check_gone(Library *lib, int64_t now_ms, const char *id) {
        AlGcTotals t;
        char all[LIST_MAX], want[32] = "";

        if (id)
                (void) snprintf(want, sizeof want, "%s ", id);
        CHECK_INT(gc(lib, now_ms, &AL_KEEPING_DEFAULT, true, false, all, &t),
                  0); /* says the same */
        CHECK_STR(all, want);
        CHECK_INT(gc(lib, now_ms, &AL_KEEPING_DEFAULT, false, false, all, &t), 0);
        CHECK_STR(all, want);
        CHECK_INT(t.assets, id ? 1 : 0);
}

static AlAsset look_up(Library *lib, const char *id) {
        AlAsset a;
        Err err = {0};

        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        return a;
}

static bool has_file(Library *lib, const char *id) {
        AlAsset a = look_up(lib, id);
        struct stat st;
        bool there = stat(a.path, &st) == 0;

        al_asset_done(&a);
        return there;
}

static void check_status(Library *lib, const char *id, AssetStatus want) {
        AlAsset a = look_up(lib, id);

        CHECK_INT(a.status, want);
        al_asset_done(&a);
}

static void set_status(Library *lib, const char *id, AssetStatus to, int64_t now_ms) {
        Err err = {0};

        CHECK_INT(al_asset_set_status(lib, id, to, "because", "test", now_ms, &err), AL_OK);
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

TEST(expired_and_refused_ones_go_when_their_time_is_over) {
        FixJob aging = {.max_age_ms = DAY_MS};
        _cleanup_(freep) char *dir = fix_dir("time");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *fresh = fix_asset(lib, &(FixJob){.format = "story"}, "fresh", NOW);
        _cleanup_(freep) char *old = fix_asset(lib, &aging, "old", NOW);
        _cleanup_(freep) char *retired = fix_asset(lib, &(FixJob){.format = "wide"}, "ret", NOW);

        set_status(lib, retired, ASSET_RETIRED, NOW + 2 * DAY_MS);
        check_gone(lib, NOW + 31 * DAY_MS - 1, NULL);
        check_gone(lib, NOW + 31 * DAY_MS, old);
        CHECK(!has_file(lib, old));
        check_status(lib, old, ASSET_COLLECTED);
        check_gone(lib, NOW + 32 * DAY_MS, retired);
        CHECK(has_file(lib, fresh));
        check_gone(lib, NOW + 1000 * DAY_MS, NULL);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM doomed"), 0);
        sound(lib);
}

TEST(what_was_taken_stays) {
        _cleanup_(freep) char *dir = fix_dir("taken");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "a", NOW);

        raw_exec(dir, "UPDATE asset SET uses = 1");
        check_gone(lib, NOW + 1000 * DAY_MS, NULL);
        CHECK(has_file(lib, a));
}

TEST(a_collected_asset_does_not_come_back) {
        _cleanup_(freep) char *dir = fix_dir("back");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "a", NOW);
        Err err = {0};

        check_gone(lib, NOW + 100 * DAY_MS, a);
        CHECK(al_asset_set_status(lib, a, ASSET_READY, NULL, "test", NOW, &err) < 0);
        CHECK_HAS(err.text, "was collected");
        check_status(lib, a, ASSET_COLLECTED);

        /* but the same bytes may be made again */
        _cleanup_(freep) char *b =
                fix_asset(lib, &(FixJob){.format = "story"}, "a", NOW + 100 * DAY_MS);

        CHECK(has_file(lib, b));
        check_gone(lib, NOW + 101 * DAY_MS, NULL);
        sound(lib);
}

TEST(a_shared_object_stays_until_the_last_of_its_assets) {
        _cleanup_(freep) char *dir = fix_dir("shared");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *a = fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "same", NOW);
        _cleanup_(freep) char *b = fix_asset(lib, &(FixJob){.format = "story"}, "same", NOW);
        AlGcTotals t;
        char all[LIST_MAX];

        CHECK_INT(gc(lib, NOW + 100 * DAY_MS, &AL_KEEPING_DEFAULT, false, false, all, &t), 0);
        CHECK_INT(t.assets, 1);
        CHECK_INT(t.objects, 0);
        CHECK_INT(t.bytes, 0);
        check_status(lib, a, ASSET_COLLECTED);
        CHECK(has_file(lib, b));
        sound(lib);
        set_status(lib, b, ASSET_REJECTED, NOW);
        check_gone(lib, NOW + 100 * DAY_MS, b);
        CHECK(!has_file(lib, b));
        sound(lib);
}

/* Twenty-one of thirty at once: a clock that is wrong. */
TEST(an_unusual_share_is_refused) {
        _cleanup_(freep) char *dir = fix_dir("share");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlGcTotals t;
        char all[LIST_MAX], bytes[8];

        for (int i = 0; i < 30; i++) {
                (void) snprintf(bytes, sizeof bytes, "%d", i);
                free(fix_asset(lib,
                               &(FixJob){.format = i < 21 ? "square" : "story",
                                         .max_age_ms = i < 21 ? DAY_MS : 0},
                               bytes, NOW));
        }
        CHECK_INT(gc(lib, NOW + 100 * DAY_MS, &AL_KEEPING_DEFAULT, false, false, all, &t),
                  AL_REFUSED);
        CHECK_INT(t.assets, 21);
        CHECK_INT(t.of, 30);
        CHECK_STR(all, "");
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE status = 'ready'"), 30);
        CHECK_INT(gc(lib, NOW + 100 * DAY_MS, &AL_KEEPING_DEFAULT, true, false, all, &t), 0);
        CHECK_INT(gc(lib, NOW + 100 * DAY_MS, &AL_KEEPING_DEFAULT, false, true, all, &t), 0);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE status = 'ready'"), 9);
        sound(lib);
}

TEST(beyond_the_limit_the_oldest_go_before_their_time) {
        AlKeeping k = AL_KEEPING_DEFAULT;
        _cleanup_(freep) char *dir = fix_dir("limit");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *needed =
                fix_asset(lib, &(FixJob){.format = "story"}, "0123456789", NOW);
        _cleanup_(freep) char *older =
                fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "abcdefghij", NOW);
        _cleanup_(freep) char *newer =
                fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "ABCDEFGHIJ", NOW + 1);
        AlGcTotals t;
        char all[LIST_MAX], want[32];

        k.max_bytes = 20;
        CHECK_INT(gc(lib, NOW + 2 * DAY_MS, &k, false, false, all, &t), 0);
        (void) snprintf(want, sizeof want, "%s ", older);
        CHECK_STR(all, want);
        CHECK_INT(t.bytes, 10);
        CHECK_INT(t.over, 0);
        k.max_bytes = 5;
        CHECK_INT(gc(lib, NOW + 2 * DAY_MS, &k, false, false, all, &t), 0);
        CHECK_INT(t.over, 5); /* what is left is needed */
        CHECK(!has_file(lib, newer));
        CHECK(has_file(lib, needed));
        sound(lib);
}

/* The file system of objects/ is not mounted: no room would be made. */
TEST(everything_vanished_is_refused) {
        AlKeeping k = AL_KEEPING_DEFAULT;
        _cleanup_(freep) char *dir = fix_dir("vanished"), *objects = str_printf("%s/objects", dir);
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *old = fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "old", NOW);
        AlGcTotals t;
        char all[LIST_MAX];

        CHECK_INT(fs_remove_tree(AT_FDCWD, objects), 0);
        CHECK(mkdir(objects, 0750) == 0);
        for (int dry_run = 0; dry_run <= 1; dry_run++) {
                CHECK_INT(gc(lib, NOW + 60 * DAY_MS, &k, dry_run == 1, false, all, &t), AL_REFUSED);
                CHECK_INT(t.missing, 1);
                CHECK_STR(all, "");
        }
        check_status(lib, old, ASSET_READY);
        CHECK_INT(gc(lib, NOW + 60 * DAY_MS, &k, false, true, all, &t), 0);
        check_status(lib, old, ASSET_COLLECTED);
        CHECK_INT(gc(lib, NOW + 60 * DAY_MS, &k, false, false, all, &t), 0); /* none has a file */
}

/* Another file system is mounted, with a few files of its own. */
TEST(most_files_vanished_is_refused) {
        _cleanup_(freep) char *dir = fix_dir("most");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        char content[16], all[LIST_MAX];
        AlGcTotals t;

        for (int i = 0; i < 80; i++) {
                FixJob j = {.format = i < 21 ? "square" : "story",
                            .max_age_ms = i < 21 ? DAY_MS : 0};
                AlAsset a;

                (void) snprintf(content, sizeof content, "%d", i);
                _cleanup_(freep) char *id = fix_asset(lib, &j, content, NOW);
                a = look_up(lib, id);
                CHECK(i >= 21 || unlink(a.path) == 0);
                al_asset_done(&a);
        }
        CHECK_INT(gc(lib, NOW + 60 * DAY_MS, &AL_KEEPING_DEFAULT, false, false, all, &t),
                  AL_REFUSED);
        CHECK_INT(t.missing, 21);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE status = 'collected'"), 0);
}

TEST(not_beside_a_run_or_an_import) {
        _cleanup_(freep) char *dir = fix_dir("locks");
        _cleanup_(al_closep) Library *lib = fix_open(dir), *other = fix_open(dir);
        AlGcTotals t;
        char all[LIST_MAX];
        Err err = {0};

        CHECK_INT(al_lock_objects(other, &err), 0);
        CHECK_INT(gc(lib, NOW, &AL_KEEPING_DEFAULT, false, false, all, &t), AL_TAKEN);
        (void) al_close(other);
        other = fix_open(dir);
        CHECK_INT(al_lock_run(other, &err), 0);
        CHECK_INT(gc(lib, NOW, &AL_KEEPING_DEFAULT, false, false, all, &t), AL_TAKEN);
        other = al_close(other);
        CHECK_INT(gc(lib, NOW, &AL_KEEPING_DEFAULT, false, false, all, &t), 0);
}
