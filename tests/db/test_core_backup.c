/* SPDX-License-Identifier: MIT */

/* Backups and their restore: drills. */

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"

static int no_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "%s: %s: %s", al_damage_word(d), subject, text);
}

/* A library (or a backup, which is one to a reader) of so many assets, whole. */
static void sound(const char *dir, int64_t assets) {
        _cleanup_(al_closep) Library *lib = NULL;
        AlVerifyTotals t;
        Err err = {0};

        CHECK_OK(al_open(dir, AL_READ, &lib, &err), &err);
        CHECK_OK(al_verify(lib, false, false, NOW, no_damage, NULL, &t, &err), &err);
        CHECK_INT(t.assets, assets);
}

static AlBackupTotals backup(Library *lib, const char *to) {
        AlBackupTotals t = {0};
        Err err = {0};

        CHECK_OK(al_backup(lib, to, NOW, &t, &err), &err);
        return t;
}

static void overwrite(const char *dir, const char *name, const char *text) {
        _cleanup_(freep) char *path = path_join(dir, name);

        CHECK(path);
        (void) unlink(path);
        CHECK_OK(fs_write_file_durable(AT_FDCWD, path, text, strlen(text), 0640), NULL);
}

static char *path_of(Library *lib, const char *id) {
        AlAsset a;
        Err err = {0};
        char *path;

        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        path = strdup(a.path);
        CHECK(path);
        al_asset_done(&a);
        return path;
}

TEST(a_drill) {
        _cleanup_(freep) char *dir = fix_dir("drill"), *to = fix_dir("drill-backup"),
                              *again = fix_dir("drill-new");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlBackupTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        free(fix_asset(lib, &(FixJob){0}, "two", NOW));
        t = backup(lib, to);
        CHECK_INT(t.objects, 2);
        CHECK_INT(t.linked + t.copied, 2);
        CHECK_INT(t.bytes, 6);
        CHECK_INT(t.missing, 0);
        sound(to, 2);
        free(fix_asset(lib, &(FixJob){0}, "three", NOW));
        sound(to, 2);
        t = backup(lib, to); /* the next: only what is new */
        CHECK_INT(t.kept, 2);
        CHECK_INT(t.linked + t.copied, 1);
        sound(to, 3);
        lib = al_close(lib);
        CHECK_OK(al_restore(to, again, &t, &err), &err);
        CHECK_INT(t.copied, 3);
        sound(again, 3);
        lib = fix_open(again); /* and it can be written */
        free(fix_asset(lib, &(FixJob){0}, "four", NOW));
        sound(again, 4);
}

TEST(nothing_is_overwritten) {
        _cleanup_(freep) char *dir = fix_dir("over"), *other = fix_dir("over-other"),
                              *to = fix_dir("over-backup"), *full = test_file("over-full/x", "x"),
                              *inside = path_join(dir, "objects/aa/bb");
        _cleanup_(al_closep) Library *lib = fix_open(dir), *second = fix_open(other);
        AlBackupTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        CHECK_INT(al_backup(lib, dir, NOW, &t, &err), -EINVAL);
        CHECK_HAS(err.text, "belongs to the library");
        CHECK_INT(al_backup(lib, inside, NOW, &t, &err), -EINVAL);
        CHECK(access(inside, F_OK) < 0); /* not even made */
        CHECK_INT(al_backup(lib, other, NOW, &t, &err), -EEXIST);
        CHECK_HAS(err.text, "no backup");
        (void) backup(lib, to);
        CHECK_INT(al_backup(second, to, NOW, &t, &err), -EEXIST);
        CHECK_HAS(err.text, "another library");
        CHECK_INT(al_restore(to, other, &t, &err), -EEXIST);
        CHECK_HAS(err.text, "there is a library");
        *strrchr(full, '/') = 0;
        CHECK_INT(al_restore(to, full, &t, &err), -EEXIST);
        CHECK_HAS(err.text, "not empty");
        sound(dir, 1);
        sound(other, 0);
        sound(to, 1);
}

static void scribble(const char *dir, off_t at) {
        _cleanup_(freep) char *path = path_join(dir, "library.db");
        _cleanup_(closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
        uint8_t page[4096];

        memset(page, 0xa5, sizeof page);
        CHECK_INT(pwrite(fd, page, sizeof page, at), sizeof page);
}

/* Pages are copied as they are: the good backup must not make room for a damaged one. */
TEST(a_damaged_library_leaves_its_backup_alone) {
        _cleanup_(freep) char *dir = fix_dir("hurt"), *to = fix_dir("hurt-backup"),
                              *again = fix_dir("hurt-new");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlBackupTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        (void) backup(lib, to);
        lib = al_close(lib);
        scribble(dir, 5 * 4096);
        CHECK_OK(al_open(dir, AL_READ, &lib, &err), &err);
        CHECK_INT(al_backup(lib, to, NOW, &t, &err), -EUCLEAN);
        CHECK_HAS(err.text, "stays as it was");
        CHECK_OK(al_restore(to, again, &t, &err), &err);
        sound(again, 1);
}

TEST(a_backup_is_only_read) {
        _cleanup_(freep) char *dir = fix_dir("still"), *to = fix_dir("still-backup");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Library *copy = NULL;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        (void) backup(lib, to);
        for (AlMode mode = AL_WRITE; mode <= AL_CREATE; mode++) {
                CHECK_INT(al_open(to, mode, &copy, &err), -EPERM);
                CHECK_HAS(err.text, "restore-backup");
        }
        sound(to, 1);
}

TEST(one_restore_at_a_time) {
        _cleanup_(freep) char *dir = fix_dir("one"), *to = fix_dir("one-backup"),
                              *again = fix_dir("one-again");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlBackupTotals t;
        Err err = {0};
        int other;

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        (void) backup(lib, to);
        CHECK_OK(fs_mkdir_p(AT_FDCWD, again, 0755), NULL);
        other = open(again, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(other >= 0 && flock(other, LOCK_EX) == 0);
        CHECK_INT(al_restore(to, again, &t, &err), AL_TAKEN);
        (void) close(other);
        CHECK_OK(al_restore(to, again, &t, &err), &err);
        sound(again, 1);
}

TEST(a_damaged_backup_is_not_restored) {
        _cleanup_(freep) char *dir = fix_dir("bad"), *to = fix_dir("bad-backup"),
                              *again = fix_dir("bad-new"), *nothing = fix_dir("bad-nothing");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlBackupTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        CHECK_INT(al_restore(nothing, again, &t, &err), -ENOENT);
        CHECK_INT(al_restore(dir, again, &t, &err), -ENOENT);
        CHECK_HAS(err.text, "no backup");
        (void) backup(lib, to);
        overwrite(to, "library.db", "no database");
        CHECK_INT(al_restore(to, again, &t, &err), -EUCLEAN);
        CHECK_HAS(err.text, "use another backup");
        (void) backup(lib, to); /* mended by the next */
        CHECK_OK(al_restore(to, again, &t, &err), &err);
        sound(again, 1);
        overwrite(to, "manifest.json", "{}");
        CHECK_INT(al_backup(lib, to, NOW, &t, &err), -EUCLEAN);
        CHECK_HAS(err.text, "manifest.json");
}

/* What is missing is counted, and the rest is there. */
TEST(a_missing_object_is_told) {
        _cleanup_(freep) char *dir = fix_dir("gap"), *to = fix_dir("gap-backup"),
                              *again = fix_dir("gap-new");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "one", NOW);
        _cleanup_(freep) char *path = path_of(lib, id), *name = NULL;
        AlBackupTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "two", NOW));
        (void) backup(lib, to);
        name = strdup(strstr(path, "objects/"));
        CHECK(name);
        overwrite(to, name, "onf"); /* in the backup: other bytes of the same size */
        CHECK_OK(al_restore(to, again, &t, &err), &err);
        CHECK_INT(t.missing, 1);
        CHECK_INT(t.copied, 1);
        CHECK(unlink(path) == 0); /* in the library: gone */
        overwrite(to, name, "");
        t = backup(lib, to);
        CHECK_INT(t.missing, 1);
        CHECK_INT(t.kept, 1);
}

/* An object in the backup that was cut short by a crash of the machine is made anew. */
TEST(a_short_object_is_replaced) {
        _cleanup_(freep) char *dir = fix_dir("cut"), *to = fix_dir("cut-backup");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "one", NOW);
        _cleanup_(freep) char *path = path_of(lib, id);

        (void) backup(lib, to);
        overwrite(to, strstr(path, "objects/"), "o");
        (void) backup(lib, to);
        sound(to, 1);
        sound(dir, 1);
}

TEST(links_keep_names_of_hostile_backups_inside) {
        _cleanup_(freep) char *dir = fix_dir("link"), *to = fix_dir("link-backup"),
                              *again = fix_dir("link-new");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "one", NOW);
        _cleanup_(freep) char *path = path_of(lib, id), *there = NULL;
        AlBackupTotals t;
        Err err = {0};

        (void) backup(lib, to);
        there = path_join(to, strstr(path, "objects/"));
        CHECK(there && unlink(there) == 0);
        CHECK(symlink("/etc/passwd", there) == 0);
        CHECK_OK(al_restore(to, again, &t, &err), &err);
        CHECK_INT(t.missing, 1);
        CHECK_INT(t.copied, 0);
}

TEST(gc_waits_for_a_backup) {
        _cleanup_(freep) char *dir = fix_dir("lock"), *to = fix_dir("lock-backup");
        _cleanup_(al_closep) Library *lib = fix_open(dir), *reader = NULL;
        AlBackupTotals t;
        Err err = {0};

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        CHECK_OK(al_sweep(lib, NOW, 0, NULL, &err), &err);
        CHECK_OK(al_open(dir, AL_READ, &reader, &err), &err);
        CHECK_OK(al_backup(reader, to, NOW, &t, &err), &err); /* by one who may only read */
        CHECK_INT(al_lock_objects(lib, &err), 0);
}
