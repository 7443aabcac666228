/* SPDX-License-Identifier: MIT */

/*
 * The n-th step, sync, write, open or allocation fails while assets are tagged, counted up, brought
 * in, given up and copied: what was done is whole, what was not is not there, an answer is whole or
 * an error, and the same call works afterwards.
 */

#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"
#include "support/fault.h"

enum {
        TRIES_MAX = 20000,
        DAYS_100 = 100,
};

static int no_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "%s: %s: %s", al_damage_word(d), subject, text);
}

static void sound(Library *lib) {
        AlVerifyTotals t;
        Err err = {0};

        CHECK_OK(al_sweep(lib, INT64_MAX / 2, 0, NULL, &err), &err);
        CHECK_OK(al_verify(lib, false, AL_REPAIR_NOTHING, NOW, no_damage, NULL, &t, &err), &err);
}

typedef struct Shelf {
        Library *lib;
        char *dir, *to;
        char *ids[2];
        int seen;
} Shelf;

static Shelf shelf(const char *name) {
        const FixJob mortal = {.max_age_ms = HOUR_MS};
        Shelf s = {.dir = fix_dir(name)};

        s.to = str_printf("%s-to", s.dir);
        s.lib = fix_open(s.dir);
        CHECK(s.to);
        s.ids[0] = fix_asset(s.lib, &mortal, "one", NOW);
        s.ids[1] = fix_asset(s.lib, &(FixJob){.hook = "proof"}, "two", NOW);
        raw_exec(s.dir, "UPDATE run SET ended_ms = 1");
        return s;
}

static void shelf_done(Shelf *s) {
        s->lib = al_close(s->lib);
        for (size_t i = 0; i < ARRAY_LEN(s->ids); i++)
                free(s->ids[i]);
        free(s->dir);
        free(s->to);
}

/* One call, and what must hold after it: `done` says whether it said that it was done. */
typedef int (*Thing)(Shelf *s, Err *err);
typedef void (*Check)(Shelf *s, bool done);

/* Every `stride`-th call fails in its turn. */
static void sweep(const char *name, Thing thing, Check check, int code, unsigned stride) {
        _cleanup_(shelf_done) Shelf s = shelf(name);
        unsigned n = 1;

        for (; n < TRIES_MAX; n += stride) {
                Err err = {0};
                int r;

                s.seen = 0;
                fault_arm(n, code);
                r = thing(&s, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        break;
                }
                CHECK((r < 0) == (err.text[0] != 0));
                check(&s, r >= 0);
        }
        CHECK(n > 5 && n < TRIES_MAX);
        check(&s, true);
        s.lib = al_close(s.lib); /* with the locks it holds */
        s.lib = fix_open(s.dir);
        sound(s.lib);
}

/* ---- tags ---- */

static int tag(Shelf *s, Err *err) {
        static const AlTagChange changes[] = {{"season", "spring", false}, {"format", NULL, true}};
        Strv ids = {.items = s->ids, .n = 2};
        int64_t changed;

        return al_tag(s->lib, &ids, changes, ARRAY_LEN(changes), "anna", NOW, NULL, NULL, &changed,
                      err);
}

static void check_tags(Shelf *s, bool done) {
        int64_t n = raw_int(s->dir, "SELECT count(*) FROM asset_tag JOIN term ON term.id = term "
                                    "WHERE key = 'season'");

        CHECK_INT(n, done ? 2 : 0);
        CHECK_INT(raw_int(s->dir, "SELECT count(*) FROM tag_event"), n);
        CHECK_INT(raw_int(s->dir, "SELECT count(*) FROM asset_tag JOIN term ON term.id = term "
                                  "WHERE key = 'format'"),
                  2 - n);
}

TEST(tags_are_all_there_or_none) {
        sweep("tag", tag, check_tags, ENOSPC, 1);
}

/* ---- answers ---- */

static int see_event(const AlEvent *e, void *userdata) {
        CHECK(e->id && e->who);
        ++*(int *) userdata;
        return 0;
}

static int ask_log(Shelf *s, Err *err) {
        return al_log(s->lib, NULL, NULL, 10, see_event, &s->seen, err);
}

static int see_money(const AlSpendRow *row, void *userdata) {
        CHECK_INT(row->paid, row->used_paid + row->shelf + row->open + row->waste);
        ++*(int *) userdata;
        return 0;
}

static int ask_spend(Shelf *s, Err *err) {
        const bool by[_AL_BY_MAX] = {[AL_BY_HOOK] = true};

        return al_spend(s->lib, by, "", NOW, see_money, &s->seen, err);
}

static int ask_all(Shelf *s, Err *err) {
        int r = 0;

        /* so that the log has something to tell, once */
        for (size_t i = 0; i < ARRAY_LEN(s->ids) && r >= 0; i++)
                r = al_asset_set_status(s->lib, s->ids[i], ASSET_RETIRED, "x", "anna", NOW, err);
        if (r < 0)
                return r;
        s->seen = 0;
        r = ask_log(s, err);
        if (r >= 0)
                r = ask_spend(s, err);
        return r;
}

static void check_answers(Shelf *s, bool done) {
        if (done && raw_int(s->dir, "SELECT count(*) FROM asset_event") == 2)
                CHECK_INT(s->seen, 4); /* two events, two hooks */
}

TEST(log_and_spend_fail_or_are_whole) {
        sweep("answers", ask_all, check_answers, ENOMEM, 1);
}

/* ---- gc ---- */

static int see_gone(const char *id, const char *reason, int64_t bytes, void *userdata) {
        CHECK(id[0] && reason[0] && bytes == 3);
        ++*(int *) userdata;
        return 0;
}

static int gc(Shelf *s, Err *err) {
        AlGcOptions o = {.keeping = &AL_KEEPING_DEFAULT,
                         .now_ms = NOW + DAYS_100 * 24 * HOUR_MS,
                         .who = "test"};
        AlGcTotals t;

        return al_gc(s->lib, &o, see_gone, &s->seen, &t, err);
}

/* The file goes after its asset is marked, never before. */
static void check_gc(Shelf *s, bool done) {
        _cleanup_(freep) char *path = NULL;
        AlAsset a = {0};
        Err err = {0};

        CHECK_INT(al_asset_find(s->lib, s->ids[0], &a, NULL, &err), AL_OK);
        path = strdup(a.path);
        CHECK(path);
        CHECK(a.status == ASSET_COLLECTED || access(path, F_OK) == 0);
        CHECK(!done || (a.status == ASSET_COLLECTED && access(path, F_OK) < 0));
        al_asset_done(&a);
        CHECK_INT(al_asset_find(s->lib, s->ids[1], &a, NULL, &err), AL_OK);
        CHECK(a.status == ASSET_READY && access(a.path, F_OK) == 0);
        al_asset_done(&a);
}

TEST(gc_never_removes_what_is_listed) {
        sweep("gc", gc, check_gc, ENOSPC, 1);
}

/* ---- backup ---- */

static int backup(Shelf *s, Err *err) {
        AlBackupTotals t;

        return al_backup(s->lib, s->to, NOW, &t, err);
}

/* What has the database's name is a library, and whole. */
static void check_backup(Shelf *s, bool done) {
        _cleanup_(freep) char *path = path_join(s->to, "library.db");
        _cleanup_(al_closep) Library *copy = NULL;
        AlVerifyTotals t;
        Err err = {0};

        CHECK(path);
        if (access(path, F_OK) == 0) {
                CHECK_OK(al_open(s->to, AL_READ, &copy, &err), &err);
                CHECK_OK(al_verify(copy, false, AL_REPAIR_NOTHING, NOW, no_damage, NULL, &t, &err),
                         &err);
                CHECK_INT(t.assets, 2);
        }
        CHECK(copy || !done);
}

TEST(a_backup_that_is_there_is_whole) {
        sweep("backup", backup, check_backup, ENOSPC, 4);
}

/* Whether a library came into being there, which is whole then. */
static bool restored(const char *dir) {
        _cleanup_(freep) char *path = path_join(dir, "library.db");
        _cleanup_(al_closep) Library *lib = NULL;
        AlVerifyTotals t;
        Err err = {0};

        CHECK(path);
        if (access(path, F_OK) < 0)
                return false;
        CHECK_OK(al_open(dir, AL_READ, &lib, &err), &err);
        CHECK_OK(al_verify(lib, true, AL_REPAIR_NOTHING, NOW, no_damage, NULL, &t, &err), &err);
        CHECK_INT(t.assets, 2);
        return true;
}

/* What failed is continued by the next call; a directory that has its library is left for another. */
TEST(a_restored_library_is_whole) {
        _cleanup_(shelf_done) Shelf s = shelf("restore");
        AlBackupTotals t;
        unsigned n = 1, made = 0;
        Err err = {0};

        CHECK_OK(al_backup(s.lib, s.to, NOW, &t, &err), &err);
        for (; n < TRIES_MAX; n += 4) {
                _cleanup_(freep) char *dir = str_printf("%s-%u", s.to, made);
                bool whole;
                int r;

                err = (Err){0};
                CHECK(dir);
                fault_arm(n, ENOSPC);
                r = al_restore(s.to, dir, &t, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        CHECK(restored(dir));
                        break;
                }
                CHECK((r < 0) == (err.text[0] != 0));
                whole = restored(dir);
                CHECK(r < 0 || whole);
                made += whole;
        }
        CHECK(n > 50 && n < TRIES_MAX);
}

/* ---- import ---- */

static int import_one(Shelf *s, Err *err) {
        _cleanup_(freep) char *spool = al_import_spool_name();
        AlImport i = {.kind = KIND_TEXT,
                      .brand = "acme",
                      .hook = "urgency",
                      .category = "old",
                      .name = "x.txt",
                      .who = "anna",
                      .asset = {.bytes = 5,
                                .media_type = "text/plain",
                                .ext = "txt",
                                .text = "three",
                                .spool = spool}};
        char id[13];
        int r;

        if (!spool)
                return err_set(err, -ENOMEM, "out of memory");
        r = fs_write_file_durable(al_dir_fd(s->lib), spool, "three", 5, 0600);
        if (r < 0)
                return err_errno(err, r, "cannot write");
        digest_of("three", 5, &i.asset.digest);
        r = al_lock_objects(s->lib, err);
        return r < 0 ? r : al_import(s->lib, &i, NOW, id, err);
}

static void check_import(Shelf *s, bool done) {
        int64_t n = raw_int(s->dir, "SELECT count(*) FROM asset WHERE job IS NULL");

        CHECK(done ? n == 1 : n <= 1);
        CHECK_INT(raw_int(s->dir, "SELECT count(*) FROM import"), n);
}

TEST(an_import_is_whole_or_not_there) {
        sweep("import", import_one, check_import, ENOSPC, 1);
}
