/* SPDX-License-Identifier: MIT */

/* Objects and their keeping: placing, every kind of damage, repair, sweeping. */

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"

enum {
        FINDINGS_MAX = 400,
        NOBODY = 65534,
};

typedef struct Shelf {
        char *dir;
        Library *lib;
        char *ids[2], *paths[2]; /* of assets "one" and "two" */
} Shelf;

static Shelf shelf_make(const char *name) {
        Shelf s = {.dir = fix_dir(name)};
        static const char *const contents[] = {"one", "two"};

        s.lib = fix_open(s.dir);
        for (int i = 0; i < 2; i++) {
                AlAsset a;
                Err err = {0};

                s.ids[i] = fix_asset(s.lib, &(FixJob){0}, contents[i], NOW);
                CHECK_INT(al_asset_find(s.lib, s.ids[i], &a, NULL, &err), AL_OK);
                s.paths[i] = strdup(a.path);
                CHECK(s.paths[i]);
                al_asset_done(&a);
        }
        raw_exec(s.dir, "UPDATE run SET ended_ms = 1");
        return s;
}

static void shelf_done(Shelf *s) {
        for (int i = 0; i < 2; i++) {
                free(s->ids[i]);
                free(s->paths[i]);
        }
        (void) al_close(s->lib);
        free(s->dir);
}

static int add_finding(AlDamage d, const char *subject, const char *text, void *userdata) {
        char *all = userdata;

        CHECK(subject && text[0]);
        (void) snprintf(all + strlen(all), FINDINGS_MAX - strlen(all), "%s ", al_damage_word(d));
        return 0;
}

static AlVerifyTotals verify(const Shelf *s, bool quick, bool repair, const char *want) {
        char all[FINDINGS_MAX] = "";
        AlVerifyTotals t = {0};
        Err err = {0};

        CHECK_OK(al_verify(s->lib, quick, repair, NOW, add_finding, all, &t, &err), &err);
        CHECK_STR(all, want);
        return t;
}

/* Objects are read-only even to us: damage them by way of a new file. */
static void overwrite(const char *path, const char *content) {
        CHECK(unlink(path) == 0);
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0440);

        CHECK(fd >= 0);
        CHECK_OK(fs_write_all(fd, content, strlen(content)), NULL);
}

static int count_files(const char *dir, const char *sub) {
        _cleanup_(freep) char *path = str_printf("%s/%s", dir, sub);
        _cleanup_(strv_done) Strv names = {0};

        CHECK_OK(fs_list_dir(path, "", 1000, &names), NULL);
        return (int) names.n;
}

static void put_file(const Shelf *s, const char *name, const char *content) {
        _cleanup_(freep) char *path = str_printf("%s/%s", s->dir, name);
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        CHECK(fd >= 0);
        CHECK_OK(fs_write_all(fd, content, strlen(content)), NULL);
}

TEST(objects_are_read_only_files_in_their_place) {
        _cleanup_(shelf_done) Shelf s = shelf_make("place");
        struct stat st;

        CHECK(stat(s.paths[0], &st) == 0);
        CHECK_INT(st.st_mode & 07777, 0440);
        CHECK_INT(st.st_size, 3);
        CHECK_HAS(s.paths[0],
                  "/objects/76/7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff"
                  "431ed.png"); /* sha256 of "one" */
        CHECK_INT(count_files(s.dir, "spool"), 0);
}

TEST(placing_again_keeps_the_object) {
        _cleanup_(shelf_done) Shelf s = shelf_make("twice");
        struct stat before, after;
        Digest d;
        Err err = {0};

        CHECK(stat(s.paths[0], &before) == 0);
        CHECK_OK(al_object_put(al_dir_fd(s.lib), "one", 3, "png", &d, &err), &err);
        CHECK(stat(s.paths[0], &after) == 0);
        CHECK_INT(before.st_ino, after.st_ino);
        CHECK_INT(count_files(s.dir, "spool"), 0);
        overwrite(s.paths[0], "on"); /* but one that was cut short is replaced */
        CHECK_OK(al_object_put(al_dir_fd(s.lib), "one", 3, "png", &d, &err), &err);
        (void) verify(&s, false, false, "");
}

TEST(placing_refuses_bad_names) {
        static const char *const exts[] = {"", "p/ng", "..", "PNG", "toolongext", "png\n"};
        _cleanup_(shelf_done) Shelf s = shelf_make("names");
        Digest d;

        for (size_t i = 0; i < ARRAY_LEN(exts); i++) {
                Err err = {0};

                CHECK_INT(al_object_put(al_dir_fd(s.lib), "x", 1, exts[i], &d, &err), -EINVAL);
                CHECK(err.text[0]);
                CHECK(!al_object_name(&d, exts[i]));
        }
        CHECK_INT(count_files(s.dir, "spool"), 0);
}

TEST(placing_what_is_not_there) {
        _cleanup_(shelf_done) Shelf s = shelf_make("absent");
        _cleanup_(freep) char *link = str_printf("%s/spool/1.0", s.dir);
        Digest d = {0};
        Err err = {0};

        CHECK_INT(al_object_place(al_dir_fd(s.lib), "spool/1.0", &d, "png", &err), -ENOENT);
        CHECK_HAS(err.text, "spool/1.0");
        CHECK(symlink("/etc/passwd", link) == 0);
        CHECK(al_object_place(al_dir_fd(s.lib), "spool/1.0", &d, "png", &err) < 0);
        CHECK(al_object_place(al_dir_fd(s.lib), "../names/x", &d, "png", &err) < 0);
}

TEST(a_whole_library_verifies) {
        _cleanup_(shelf_done) Shelf s = shelf_make("whole");
        AlVerifyTotals t = verify(&s, false, false, "");

        CHECK_INT(t.assets, 2);
        CHECK_INT(t.objects, 2);
        CHECK_INT(t.bytes, 6);
        CHECK_INT(t.damaged, 0);
}

TEST(damage_to_files) {
        _cleanup_(shelf_done) Shelf s = shelf_make("damage");

        overwrite(s.paths[0], "onE"); /* a flipped bit */
        CHECK_INT(verify(&s, false, false, "hash ").damaged, 1);
        (void) verify(&s, true, false, ""); /* quick does not read */
        overwrite(s.paths[0], "on");
        (void) verify(&s, true, false, "size ");
        CHECK(unlink(s.paths[0]) == 0);
        CHECK(unlink(s.paths[1]) == 0);
        (void) verify(&s, true, false, "missing missing ");
        CHECK(mkdir(s.paths[1], 0755) == 0);
        CHECK(symlink("/etc/passwd", s.paths[0]) == 0); /* never followed, and no end of the look */
        (void) verify(&s, true, false, "missing missing ");
}

TEST(strays) {
        _cleanup_(shelf_done) Shelf s = shelf_make("strays");
        int64_t open = fix_begin(s.lib, fix_job(s.lib, &(FixJob){0}, NOW), 1, 1, NOW);
        _cleanup_(freep) char *owned = str_printf("spool/%lld.0", (long long) open);
        _cleanup_(freep) char *wrong = str_printf("%s.jpg", strstr(s.paths[0], "objects/"));

        put_file(&s, owned, "half");
        (void) verify(&s, true, false, "");
        put_file(&s, "spool/1.0", "of an attempt that ended");
        put_file(&s, "spool/put-0123", "of a process that died");
        put_file(&s, "spool/18446744073709551617.0", "number too large");
        put_file(&s, "objects/readme", "of a person");
        put_file(&s, wrong, "right hash, wrong name");
        (void) verify(&s, true, false, "spool spool spool "); /* objects: perhaps its result */
        CHECK_INT(verify(&s, true, true, "spool spool spool ").damaged, 3);
        CHECK_INT(count_files(s.dir, "quarantine"), 3);
        CHECK_INT(count_files(s.dir, "spool"), 1);
        fix_end(s.lib, open, OUTCOME_TRANSIENT, JOB_FAILED, 0, NOW);
        (void) verify(&s, true, false, "orphan orphan spool ");
        CHECK_INT(verify(&s, true, true, "orphan orphan spool ").damaged, 3);
        CHECK_INT(count_files(s.dir, "quarantine"), 6);
        (void) verify(&s, true, false, "");
}

/* While a run is open, what is young may be on its way in. */
TEST(strays_of_a_run_in_progress_are_not_judged) {
        _cleanup_(shelf_done) Shelf s = shelf_make("running");
        _cleanup_(freep) char *path = str_printf("%s/objects/old", s.dir);
        const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};

        (void) fix_run(s.lib, NOW);
        put_file(&s, "objects/young", "x");
        put_file(&s, "objects/old", "x");
        CHECK(utimensat(AT_FDCWD, path, old, 0) == 0);
        (void) verify(&s, true, false, "orphan ");
        raw_exec(s.dir, "UPDATE run SET ended_ms = 1");
        (void) verify(&s, true, false, "orphan orphan ");
}

TEST(repair_rejects_what_is_lost) {
        _cleanup_(shelf_done) Shelf s = shelf_make("repair");
        AlAsset a;
        Err err = {0};

        overwrite(s.paths[0], "onE");
        CHECK(unlink(s.paths[1]) == 0);
        (void) verify(&s, false, true, "hash missing ");
        (void) verify(&s, false, false, "");
        CHECK_INT(count_files(s.dir, "quarantine"), 1);
        CHECK_INT(al_asset_find(s.lib, s.ids[0], &a, NULL, &err), AL_OK);
        CHECK_INT(a.status, ASSET_REJECTED);
        CHECK_HAS(a.status_reason, "other bytes");
        al_asset_done(&a);
        CHECK_INT(raw_int(s.dir, "SELECT count(*) FROM asset_event WHERE who = 'verify'"), 2);
        /* the same bytes, made again, are a good object again */
        free(fix_asset(s.lib, &(FixJob){.run = 1}, "one", NOW));
        CHECK_INT(verify(&s, false, false, "").objects, 1);
        CHECK_INT(raw_int(s.dir, "SELECT count(*) FROM object WHERE lost_ms IS NULL"), 1);
}

/* The file system of objects/ is not mounted: nobody's assets are rejected for that. */
TEST(everything_vanished_is_no_damage_to_repair) {
        _cleanup_(shelf_done) Shelf s = shelf_make("vanished");
        _cleanup_(freep) char *objects = str_printf("%s/objects", s.dir);
        char all[FINDINGS_MAX] = "", content[8];
        AlVerifyTotals t = {0};
        Err err = {0};

        for (int i = 0; i < 20; i++) {
                (void) snprintf(content, sizeof content, "%d", i);
                free(fix_asset(s.lib, &(FixJob){.run = 1}, content, NOW));
        }
        CHECK(objects);
        CHECK_INT(fs_remove_tree(AT_FDCWD, objects), 0);
        CHECK(mkdir(objects, 0750) == 0);
        CHECK_INT(al_verify(s.lib, true, AL_REPAIR, NOW, add_finding, all, &t, &err), AL_REFUSED);
        CHECK_STR(all, "");
        CHECK_INT(t.objects, 22);
        CHECK_INT(t.damaged, 22);
        CHECK_INT(raw_int(s.dir, "SELECT count(*) FROM asset WHERE status = 'ready'"), 22);
        CHECK_OK(al_verify(s.lib, true, AL_REPAIR_NOTHING, NOW, add_finding, all, &t, &err), &err);
        CHECK_INT(t.damaged, 22);
        CHECK_INT(al_verify(s.lib, true, AL_REPAIR_FORCED, NOW, add_finding, all, &t, &err), 0);
        CHECK_INT(raw_int(s.dir, "SELECT count(*) FROM asset WHERE status = 'rejected'"), 22);
}

TEST(damage_to_the_database) {
        _cleanup_(shelf_done) Shelf s = shelf_make("database");

        raw_exec(s.dir, "UPDATE spend SET micros = micros + 1 WHERE scope = ''");
        (void) verify(&s, true, false, "database ");
        raw_exec(s.dir, "UPDATE spend SET micros = micros - 1 WHERE scope = '';"
                        "PRAGMA foreign_keys = OFF; UPDATE asset SET job = 999 WHERE id = 1");
        /* the reference, and what the postings say of the job's provider and model */
        (void) verify(&s, true, false, "database database ");
}

/* What SQLite calls damaged is no word to change anything on. */
TEST(a_damaged_database_repairs_nothing) {
        _cleanup_(shelf_done) Shelf s = shelf_make("malformed");
        AlVerifyTotals t;

        put_file(&s, "objects/stray", "x");
        CHECK(unlink(s.paths[0]) == 0);
        raw_exec(s.dir, "PRAGMA ignore_check_constraints = ON; UPDATE object SET bytes = -1 "
                        "WHERE id = 2");
        t = verify(&s, true, true, "database missing size orphan ");
        CHECK_INT(t.database, 1);
        CHECK_INT(t.damaged, 4);
        CHECK_INT(raw_int(s.dir, "SELECT count(*) FROM asset WHERE status = 'ready'"), 2);
        CHECK_INT(count_files(s.dir, "objects"), 1);
}

/* One that this user may not open stops nothing, and is not taken for lost. */
TEST(a_file_that_cannot_be_opened) {
        _cleanup_(shelf_done) Shelf s = shelf_make("closed");
        _cleanup_(freep) char *open_all =
                str_printf("chmod -R a+rX '%s/objects' '%s'", s.dir, s.dir);
        AlVerifyTotals t;
        uid_t user = geteuid();

        CHECK_INT(system(open_all), 0);
        CHECK(unlink(s.paths[1]) == 0);
        CHECK(chmod(s.paths[0], 0) == 0);
        CHECK(user != 0 || seteuid(NOBODY) == 0);
        t = verify(&s, true, false, "hash missing ");
        CHECK_INT(t.objects, 2);
        CHECK_INT(t.damaged, 2);
        CHECK(seteuid(user) == 0);
        (void) verify(&s, true, false, "missing ");
}

/* A database that is older than the files, or another one's. */
TEST(too_many_orphans_are_left) {
        _cleanup_(shelf_done) Shelf s = shelf_make("orphans");
        char all[FINDINGS_MAX] = "", content[8];
        AlVerifyTotals t = {0};
        int64_t moved = -1;
        Err err = {0};
        Digest d;

        for (int i = 0; i < 21; i++) {
                (void) snprintf(content, sizeof content, "no %d", i);
                CHECK_OK(al_object_put(al_dir_fd(s.lib), content, strlen(content), "png", &d, &err),
                         &err);
        }
        CHECK_INT(al_verify(s.lib, true, AL_REPAIR, NOW, add_finding, all, &t, &err), AL_REFUSED);
        CHECK_STR(all, "");
        CHECK_INT(t.orphans, 21);
        CHECK_INT(t.objects, 23);
        CHECK_INT(al_sweep(s.lib, INT64_MAX / 2, 0, &moved, &err), AL_REFUSED);
        CHECK_INT(moved, 0);
        CHECK_INT(al_verify(s.lib, true, AL_REPAIR_FORCED, NOW, add_finding, all, &t, &err), 0);
        CHECK_INT(count_files(s.dir, "quarantine"), 21);
        (void) verify(&s, true, false, "");
}

static int stop(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) d;
        (void) subject;
        (void) text;
        ++*(int *) userdata;
        return -EPIPE;
}

TEST(verify_can_be_stopped) {
        _cleanup_(shelf_done) Shelf s = shelf_make("stop");
        AlVerifyTotals t;
        int calls = 0;
        Err err = {0};

        CHECK(unlink(s.paths[0]) == 0 && unlink(s.paths[1]) == 0);
        CHECK_INT(al_verify(s.lib, true, false, NOW, stop, &calls, &t, &err), -EPIPE);
        CHECK_INT(calls, 1);
}

TEST(verify_reads_only) {
        _cleanup_(shelf_done) Shelf s = shelf_make("reads");

        CHECK(unlink(s.paths[0]) == 0);
        s.lib = al_close(s.lib);
        {
                Err err = {0};

                CHECK_OK(al_open(s.dir, AL_READ, &s.lib, &err), &err);
        }
        (void) verify(&s, false, false, "missing ");
}

TEST(sweep_puts_aside_what_a_crash_left) {
        _cleanup_(shelf_done) Shelf s = shelf_make("sweep");
        int64_t open = fix_begin(s.lib, fix_job(s.lib, &(FixJob){0}, NOW), 1, 1, NOW), moved = -1;
        _cleanup_(freep) char *owned = str_printf("spool/%lld.0", (long long) open);
        int64_t now_ms = (int64_t) time(NULL) * 1000 + HOUR_MS; /* files have the real time */
        Digest d;
        Err err = {0};

        put_file(&s, owned, "in flight");
        put_file(&s, "spool/1.0", "left");
        CHECK_OK(al_object_put(al_dir_fd(s.lib), "no row", 6, "png", &d, &err), &err);
        CHECK_OK(al_sweep(s.lib, now_ms, 0, &moved, &err), &err);
        CHECK_INT(moved, 1); /* the object may be the open attempt's result */
        raw_exec(s.dir, "UPDATE run SET ended_ms = 1");
        (void) verify(&s, false, true, "");
        CHECK_INT(count_files(s.dir, "spool"), 1);
        CHECK_INT(count_files(s.dir, "quarantine"), 1);
        fix_end(s.lib, open, OUTCOME_TRANSIENT, JOB_FAILED, 0, NOW);
        CHECK_OK(al_sweep(s.lib, now_ms, 2 * HOUR_MS, &moved, &err), &err);
        CHECK_INT(moved, 1); /* the object is too young to be judged */
        CHECK_OK(al_sweep(s.lib, now_ms, 0, &moved, &err), &err);
        CHECK_INT(moved, 1);
        CHECK_OK(al_sweep(s.lib, now_ms, 0, NULL, &err), &err);
        CHECK_INT(count_files(s.dir, "quarantine"), 3);
        CHECK_INT(count_files(s.dir, "spool"), 0);
        (void) verify(&s, false, false, "");
        put_file(&s, "spool/1.0", "again, in the same second");
        CHECK_OK(al_sweep(s.lib, now_ms, 0, &moved, &err), &err);
        CHECK_INT(moved, 1);
        CHECK_INT(count_files(s.dir, "quarantine"), 4);
}
