/* SPDX-License-Identifier: MIT */

/* Reading as somebody who may read the files and write nothing: what the library's group does.
 * Needs root to become that somebody. */

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "db/db_fixture.h"
#include "support/test.h"

enum {
        OUTSIDER = 65534, /* nobody */
};

/* Runs fn(path) as the outsider; its answer must be 0. */
static void as_outsider(int (*fn)(const char *path), const char *path) {
        pid_t child = fork();
        int status = 0;

        CHECK(child >= 0);
        if (child == 0) {
                if (setgroups(0, NULL) < 0 || setgid(OUTSIDER) < 0 || setuid(OUTSIDER) < 0)
                        _exit(100);
                _exit(fn(path));
        }
        CHECK_INT(waitpid(child, &status, 0), child);
        CHECK(WIFEXITED(status));
        CHECK_INT(WEXITSTATUS(status), 0);
}

static int reads_one(const char *path) {
        _cleanup_(db_closep) Db *db = NULL;
        Err err = {0};

        if (db_open(path, DB_READ, &two_steps, &db, &err) < 0) {
                (void) fprintf(stderr, "%s\n", err_text(&err));
                return 1;
        }
        return fixture_count(db) == 1 ? 0 : 2;
}

static int is_refused_to_write(const char *path) {
        Db *db = NULL;
        Err err = {0};
        int r = db_open(path, DB_WRITE, &two_steps, &db, &err);

        return r == -EACCES || r == -EROFS ? 0 : 1;
}

/* A database in a directory of mode 0750 whose group is the outsider's. */
static char *library(const char *name) {
        _cleanup_(freep) char *dir = test_path(name);
        char *path = NULL;

        CHECK_INT(chmod(test_dir(), 0755), 0);
        CHECK_INT(mkdir(dir, 0750), 0);
        CHECK_INT(chown(dir, 0, OUTSIDER), 0);
        CHECK_INT(chmod(dir, 02750), 0);
        CHECK(asprintf(&path, "%s/library.db", dir) > 0);
        return path;
}

static bool is_root(void) {
        if (geteuid() == 0)
                return true;
        test_skip("needs root");
        return false;
}

TEST(the_group_reads_beside_a_writer) {
        _cleanup_(freep) char *path = NULL;
        _cleanup_(db_closep) Db *db = NULL;

        if (!is_root())
                return;
        path = library("live");
        db = fixture_open(path, DB_CREATE, &two_steps);
        fixture_insert(db, 1, "a");
        as_outsider(reads_one, path);
        as_outsider(is_refused_to_write, path);
}

TEST(the_group_reads_after_the_writer_left) {
        _cleanup_(freep) char *path = NULL, *wal = NULL, *shm = NULL;
        _cleanup_(db_closep) Db *db = NULL;

        if (!is_root())
                return;
        path = library("left");
        db = fixture_open(path, DB_CREATE, &two_steps);
        fixture_insert(db, 1, "a");
        db = db_close(db);
        as_outsider(reads_one, path);
        CHECK(asprintf(&wal, "%s-wal", path) > 0);
        CHECK(asprintf(&shm, "%s-shm", path) > 0);
        CHECK_INT(unlink(shm), 0);
        as_outsider(reads_one, path);
        CHECK_INT(unlink(wal), 0);
        as_outsider(reads_one, path);
        CHECK_INT(access(wal, F_OK), -1);
        CHECK_INT(access(shm, F_OK), -1);
}

TEST(the_group_reads_after_a_crash) {
        _cleanup_(freep) char *path = NULL;
        int status = 0;
        pid_t child;

        if (!is_root())
                return;
        path = library("crashed");
        child = fork();
        CHECK(child >= 0);
        if (child == 0) {
                Db *db = fixture_open(path, DB_CREATE, &two_steps);

                fixture_insert(db, 1, "a");
                _exit(0); /* the log is not checkpointed, as after kill -9 */
        }
        CHECK_INT(waitpid(child, &status, 0), child);
        CHECK_INT(status, 0);
        as_outsider(reads_one, path);
}
