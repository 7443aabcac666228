/* SPDX-License-Identifier: MIT */

/* Verification, repair and sweep while an import is at work. */

#include <fcntl.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core/lib.h"
#include "core_fixture.h"

enum {
        FINDINGS_MAX = 400,
};

static void (*at_point)(const char *name);

/* The core's hook, ours here. */
void al_crash_point(const char *name) {
        if (at_point)
                at_point(name);
}

/* The path of its file; caller frees. */
static char *add_asset(Library *lib, const char *content) {
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, content, NOW);
        char *path;
        AlAsset a;
        Err err = {0};

        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        path = strdup(a.path);
        al_asset_done(&a);
        CHECK(path);
        raw_exec(al_dir(lib), "UPDATE run SET ended_ms = 1");
        return path;
}

static int add_finding(AlDamage d, const char *subject, const char *text, void *userdata) {
        char *all = userdata;

        CHECK(subject && text[0]);
        (void) snprintf(all + strlen(all), FINDINGS_MAX - strlen(all), "%s ", al_damage_word(d));
        return 0;
}

static AlVerifyTotals verify(Library *lib, bool repair, const char *want) {
        char all[FINDINGS_MAX] = "";
        AlVerifyTotals t = {0};
        Err err = {0};

        CHECK_OK(al_verify(lib, true, repair ? AL_REPAIR : AL_REPAIR_NOTHING, NOW, add_finding, all,
                           &t, &err),
                 &err);
        CHECK_STR(all, want);
        return t;
}

static Library *importer;
static const char *import_text;

static void import_begin(const char *content) {
        Digest d;
        Err err = {0};

        CHECK_INT(al_lock_objects(importer, &err), 0);
        CHECK_OK(al_object_put(al_dir_fd(importer), content, strlen(content), "txt", &d, &err),
                 &err);
}

static void import_end(const char *content) {
        _cleanup_(freep) char *spool = al_import_spool_name();
        AlImport import = {.kind = KIND_TEXT,
                           .brand = "acme",
                           .hook = "urgency",
                           .category = "imported",
                           .name = "line.txt",
                           .who = "test",
                           .asset = {.spool = spool,
                                     .bytes = (int64_t) strlen(content),
                                     .media_type = "text/plain",
                                     .ext = "txt",
                                     .text = content}};
        _cleanup_(freep) char *path = str_printf("%s/%s", al_dir(importer), spool);
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        char id[13];
        Err err = {0};

        CHECK(fd >= 0);
        CHECK_OK(fs_write_all(fd, content, strlen(content)), NULL);
        digest_of(content, strlen(content), &import.asset.digest);
        CHECK_INT(al_import(importer, &import, NOW, id, &err), AL_OK);
        importer = al_close(importer); /* and the lock is gone */
}

/* A finding is told while the rows are walked: before any file is judged. */
static int begin_at_finding(AlDamage d, const char *subject, const char *text, void *userdata) {
        if (d == AL_DAMAGE_MISSING)
                import_begin("fresh");
        return add_finding(d, subject, text, userdata);
}

static void end_when_seen(const char *name) {
        if (!importer || !streq(name, "orphan-seen"))
                return;
        import_begin(import_text);
        import_end(import_text);
}

static void none_begins_when_judged(const char *name) {
        Err err = {0};

        if (streq(name, "orphan-judged"))
                CHECK_INT(al_lock_objects(importer, &err), AL_TAKEN);
}

/* Its file is in its place, its row is still to come. */
TEST(repair_leaves_an_import_that_began_meanwhile_alone) {
        _cleanup_(freep) char *dir = fix_dir("begun");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        char *paths[] = {add_asset(lib, "one"), add_asset(lib, "two")};

        for (int repair = AL_REPAIR_NOTHING; repair <= AL_REPAIR; repair++) {
                char all[FINDINGS_MAX] = "";
                AlVerifyTotals t;
                Err err = {0};

                importer = fix_open(dir);
                CHECK(unlink(paths[repair]) == 0);
                free(paths[repair]);
                CHECK_OK(al_verify(lib, true, (AlRepair) repair, NOW, begin_at_finding, all, &t,
                                   &err),
                         &err);
                CHECK_HAS(all, "missing ");
                CHECK(!strstr(all, "orphan"));
                importer = al_close(importer);
        }
        importer = fix_open(dir);
        CHECK_INT(al_lock_objects(importer, &(Err){0}), 0);
        import_end("fresh");
        (void) verify(lib, true, "");
}

/* An old stray becomes an asset's between the look at it and the judgement. */
TEST(repair_and_sweep_ask_again_for_a_row) {
        _cleanup_(freep) char *dir = fix_dir("again");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t moved = -1;
        Err err = {0};

        static const char *const texts[] = {"of verify", "of verify --repair", "of a sweep"};

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                import_text = texts[i];
                importer = fix_open(dir);
                import_begin(import_text);
                importer = al_close(importer); /* died */
                importer = fix_open(dir);
                at_point = end_when_seen;
                if (i < 2)
                        (void) verify(lib, i == 1, "");
                else
                        CHECK_OK(al_sweep(lib, INT64_MAX / 2, 0, &moved, &err), &err);
                at_point = NULL;
                CHECK(!importer);
        }
        CHECK_INT(moved, 0);
        CHECK_INT(verify(lib, false, "").assets, 3);
}

/* From the judgement until the file is moved nobody can begin who would keep it. */
TEST(no_import_begins_while_a_stray_is_moved) {
        _cleanup_(freep) char *dir = fix_dir("judged"),
                              *stray = test_file("judged/objects/stray", "x");
        _cleanup_(al_closep) Library *lib = fix_open(dir);

        CHECK(stray);
        importer = fix_open(dir);
        at_point = none_begins_when_judged;
        (void) verify(lib, true, "orphan ");
        at_point = NULL;
        CHECK_INT(al_lock_objects(importer, &(Err){0}), 0);
        importer = al_close(importer);
}
