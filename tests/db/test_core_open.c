/* SPDX-License-Identifier: MIT */

/* Making and opening a library: modes, sentences, the run lock, transactions, other users. */

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/db.h"
#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"

enum {
        NOBODY = 65534,
        GROUP = 54321, /* any number: the library's group in these tests */
};

static mode_t mode_of(const char *dir, const char *name) {
        _cleanup_(freep) char *path = str_printf("%s/%s", dir, name);
        struct stat st;

        CHECK(path && stat(path, &st) == 0);
        return st.st_mode & 07777;
}

TEST(made_with_our_modes_whatever_the_umask) {
        _cleanup_(freep) char *dir = fix_dir("deep/er/library");
        _cleanup_(al_closep) Library *lib = NULL;
        mode_t before = umask(077);

        lib = fix_open(dir);
        (void) umask(before);
        CHECK_INT(mode_of(dir, "."), 02750);
        CHECK_INT(mode_of(dir, "objects"), 02750);
        CHECK_INT(mode_of(dir, "spool"), 02750);
        CHECK_INT(mode_of(dir, "library.db"), 0640);
        CHECK_INT(mode_of(dir, "library.db-wal"), 0640);
        CHECK_INT(mode_of(dir, "library.db-shm"), 0640);
        CHECK_STR(al_dir(lib), dir);
        CHECK(al_dir_fd(lib) >= 0);
}

TEST(no_library) {
        _cleanup_(freep) char *dir = fix_dir("nowhere");
        Library *lib = NULL;

        for (int mode = AL_READ; mode <= AL_WRITE; mode++) {
                Err err = {0};

                CHECK_INT(al_open(dir, (AlMode) mode, &lib, &err), -ENOENT);
                CHECK_HAS(err.text, dir);
                CHECK_HAS(err.text, "`pregend run` makes one");
                CHECK(!lib);
        }
        CHECK(access(dir, F_OK) < 0);
}

TEST(directory_without_database) {
        _unused_ _cleanup_(freep) char *file = test_file("bare/readme", "x");
        _cleanup_(freep) char *dir = fix_dir("bare");
        Library *lib = NULL;
        Err err = {0};

        CHECK_INT(al_open(dir, AL_READ, &lib, &err), -ENOENT);
        CHECK_HAS(err.text, "no library at");
        err = (Err){0};
        CHECK_OK(al_open(dir, AL_CREATE, &lib, &err), &err); /* an existing directory will do */
        (void) al_close(lib);
}

TEST(a_file_is_no_library) {
        _cleanup_(freep) char *path = test_file("plain", "x");
        Library *lib = NULL;
        Err err = {0};

        CHECK_INT(al_open(path, AL_CREATE, &lib, &err), -ENOTDIR);
        CHECK_HAS(err.text, path);
}

TEST(another_database_is_refused) {
        _unused_ _cleanup_(freep) char *file =
                test_file("foreign/library.db", "this is no database at all, "
                                                "but long enough to look");
        _cleanup_(freep) char *dir = fix_dir("foreign");
        Library *lib = NULL;
        Err err = {0};

        CHECK_INT(al_open(dir, AL_WRITE, &lib, &err), -EUCLEAN);
        CHECK_HAS(err.text, "library.db");
}

static void remove_database(const char *dir) {
        static const char *const names[] = {"library.db", "library.db-wal", "library.db-shm"};

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                _cleanup_(freep) char *path = str_printf("%s/%s", dir, names[i]);

                CHECK(path && (unlink(path) == 0 || errno == ENOENT));
        }
}

static void is_lost(const char *dir, AlMode from, const char *why) {
        for (int mode = (int) from; mode <= AL_CREATE; mode++) {
                Library *lib = NULL;
                Err err = {0};

                CHECK_INT(al_open(dir, (AlMode) mode, &lib, &err), -EUCLEAN);
                CHECK_HAS(err.text, why);
        }
}

/* A new database would know none of the files, and the next run would buy the shelf again. */
TEST(a_lost_database_is_not_begun_anew) {
        _cleanup_(freep) char *dir = fix_dir("lost"), *path = str_printf("%s/library.db", dir);
        _cleanup_(freep) char *objects = str_printf("%s/objects", dir);
        Library *lib = fix_open(dir);
        struct stat st;

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        lib = al_close(lib);
        remove_database(dir);
        is_lost(dir, AL_READ, "library.db is missing");
        CHECK(access(path, F_OK) < 0);
        free(test_file("lost/library.db", ""));
        is_lost(dir, AL_WRITE, "library.db is empty");
        CHECK(stat(path, &st) == 0 && st.st_size == 0);
        raw_exec(dir, "PRAGMA journal_mode = WAL"); /* one page, which says that nothing follows */
        is_lost(dir, AL_READ, "library.db is empty");
        remove_database(dir);
        CHECK_INT(fs_remove_tree(AT_FDCWD, objects), 0); /* whoever means to begin anew */
        (void) al_close(fix_open(dir));
}

TEST(a_crash_before_the_first_migration) {
        _cleanup_(freep) char *dir = fix_dir("young");
        Library *lib = NULL;

        for (int mode = AL_WRITE; mode <= AL_CREATE; mode++) {
                Err err = {0};

                (void) al_close(fix_open(dir));
                remove_database(dir);
                free(test_file("young/library.db", ""));
                free(test_file("young/objects/lost+found/x", "")); /* no object */
                CHECK_INT(al_open(dir, AL_READ, &lib, &err), -ENOENT);
                CHECK_HAS(err.text, "`pregend run` makes one");
                err = (Err){0};
                CHECK_OK(al_open(dir, (AlMode) mode, &lib, &err), &err);
                lib = al_close(lib);
        }
}

TEST(newer_schema_is_refused_in_every_mode) {
        _cleanup_(freep) char *dir = fix_dir("newer");
        Library *lib = fix_open(dir);

        lib = al_close(lib);
        raw_exec(dir, "PRAGMA user_version = 99");
        for (int mode = AL_READ; mode <= AL_CREATE; mode++) {
                Err err = {0};

                CHECK_INT(al_open(dir, (AlMode) mode, &lib, &err), -EPROTONOSUPPORT);
                CHECK_HAS(err.text, "newer");
                CHECK_HAS(err.text, "99");
        }
        CHECK_INT(raw_int(dir, "PRAGMA user_version"), 99);
}

TEST(opening_again_changes_nothing) {
        _cleanup_(freep) char *dir = fix_dir("again");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "one", NOW);
        AlAsset a;
        Err err = {0};

        lib = al_close(lib);
        lib = fix_open(dir);
        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        CHECK_STR(a.id, id);
        al_asset_done(&a);
}

TEST(run_lock_is_held_by_one) {
        _cleanup_(freep) char *dir = fix_dir("lock");
        _cleanup_(al_closep) Library *one = fix_open(dir), *two = fix_open(dir);
        Err err = {0};

        CHECK_INT(al_lock_run(one, &err), AL_OK);
        CHECK_INT(al_lock_run(two, &err), AL_TAKEN);
        CHECK_INT(mode_of(dir, "run.lock"), 0640);
        one = al_close(one);
        CHECK_INT(al_lock_run(two, &err), AL_OK);
}

TEST(transactions_nest_and_roll_back) {
        _cleanup_(freep) char *dir = fix_dir("nest");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        CHECK_OK(al_begin(lib, &err), &err);
        (void) fix_job(lib, &(FixJob){0}, NOW);
        al_rollback(lib);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job"), 0);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM cell"), 0);

        CHECK_OK(al_begin(lib, &err), &err);
        (void) fix_job(lib, &(FixJob){0}, NOW);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job"), 0);
        CHECK_OK(al_commit(lib, &err), &err);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job"), 1);
}

/* An expected outcome inside a caller's transaction leaves the rest of it alone. */
TEST(taken_does_not_doom_the_transaction) {
        _cleanup_(freep) char *dir = fix_dir("doom");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t job = fix_job(lib, &(FixJob){0}, NOW), attempt, run;
        AlCap cap = {.scope = "", .period = AL_PERIOD_DAY, .limit = 5};
        Err err = {0};

        run = raw_int(dir, "SELECT max(id) FROM run");
        CHECK_OK(al_begin(lib, &err), &err);
        CHECK_OK(al_run_note(lib, run, NOW, "recipe", "x", "left out", &err), &err);
        CHECK_INT(al_job_move(lib, job, JOB_BLOCKED, JOB_PLANNED, NULL, NOW, &err), AL_TAKEN);
        CHECK_INT(al_attempt_begin(lib, job, run, 6, &cap, 1, DAY, NOW, &attempt, NULL, &err),
                  AL_REFUSED);
        CHECK_INT(al_attempt_begin(lib, job + 1, run, 0, NULL, 0, DAY, NOW, &attempt, NULL, &err),
                  AL_TAKEN);
        CHECK_OK(al_commit(lib, &err), &err);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM run_note"), 1);
}

TEST(closing_empties_the_log) {
        _cleanup_(freep) char *dir = fix_dir("log");
        _cleanup_(freep) char *wal = str_printf("%s/library.db-wal", dir);
        Library *lib = fix_open(dir);
        struct stat st;

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        CHECK(stat(wal, &st) == 0 && st.st_size > 0);
        lib = al_close(lib);
        CHECK(stat(wal, &st) < 0 || st.st_size == 0);
}

/* Runs fn as another user in a child; skips without the right to. */
static void as_user(uid_t uid, gid_t gid, void (*fn)(const char *dir), const char *dir) {
        int status;
        pid_t pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
                if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
                        _exit(1);
                fn(dir);
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status));
        CHECK_INT(WEXITSTATUS(status), 0);
}

static int count_one(const AlAsset *a, void *userdata) {
        CHECK(access(a->path, R_OK) == 0);
        ++*(int *) userdata;
        return 0;
}

static void read_all(const char *dir) {
        _cleanup_(al_closep) Library *lib = NULL;
        Err err = {0};
        int n = 0;

        CHECK_OK(al_open(dir, AL_READ, &lib, &err), &err);
        CHECK_OK(al_query(lib, &(AlQuery){.now_ms = NOW}, count_one, &n, &err), &err);
        CHECK_INT(n, 1);
}

static void cannot_write(const char *dir) {
        Library *lib = NULL;

        for (int mode = AL_WRITE; mode <= AL_CREATE; mode++) {
                Err err = {0};

                CHECK_INT(al_open(dir, (AlMode) mode, &lib, &err), -EACCES);
                CHECK_HAS(err.text, dir);
                CHECK_HAS(err.text, "not writable");
        }
}

static void cannot_read(const char *dir) {
        Library *lib = NULL;
        Err err = {0};

        CHECK_INT(al_open(dir, AL_READ, &lib, &err), -EACCES);
        CHECK_HAS(err.text, dir);
}

static void cannot_make(const char *dir) {
        Library *lib = NULL;
        Err err = {0};

        CHECK_INT(al_open(dir, AL_CREATE, &lib, &err), -EACCES);
        CHECK_HAS(err.text, dir);
}

/* As on read-only media after its writer died: the log holds the last commits, and no file for locks is
 * there or can be made. */
static void copy_of_the_dead(const char *dir, const char *to) {
        _cleanup_(freep) char *command =
                str_printf("cp -a '%s' '%s' && rm '%s/library.db-shm' && chmod 0550 '%s' && "
                           "test -s '%s/library.db-wal'",
                           dir, to, to, to, to);

        CHECK(command);
        CHECK_INT(system(command), 0);
}

TEST(other_users) {
        _cleanup_(freep) char *base = fix_dir("users"), *dir = fix_dir("users/library");
        _cleanup_(freep) char *new = fix_dir("users/new"), *media = fix_dir("users/media");
        Library *lib;

        if (geteuid() != 0) {
                test_skip("only root can become another user");
                return;
        }
        CHECK(chmod(test_dir(), 0755) == 0);
        CHECK(mkdir(base, 0755) == 0);
        CHECK(mkdir(dir, 0750) == 0 && chown(dir, 0, GROUP) == 0 && chmod(dir, 02750) == 0);
        lib = fix_open(dir);
        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        as_user(NOBODY, GROUP, read_all, dir); /* beside a writer */
        copy_of_the_dead(dir, media);
        as_user(NOBODY, GROUP, read_all, media);
        lib = al_close(lib);
        as_user(NOBODY, GROUP, read_all, dir); /* and when nobody writes */
        as_user(NOBODY, GROUP, cannot_write, dir);
        as_user(NOBODY, NOBODY, cannot_read, dir);
        as_user(NOBODY, NOBODY, cannot_make, new);
}
