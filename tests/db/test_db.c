/* SPDX-License-Identifier: MIT */

#include "base/db.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "db/db_fixture.h"
#include "support/test.h"

static bool has_file(const char *path, const char *suffix) {
        _cleanup_(freep) char *name = str_printf("%s%s", path, suffix);

        return access(name, F_OK) == 0;
}

TEST(create_sets_what_it_promises) {
        _cleanup_(freep) char *path = test_path("create.db");
        _cleanup_(db_closep) Db *db = NULL;
        mode_t mask = umask(077);
        struct stat st;
        int version = 0;

        db = fixture_open(path, DB_CREATE, &two_steps);
        (void) umask(mask);
        CHECK_INT(stat(path, &st), 0);
        CHECK_INT(st.st_mode & 07777, 0640);
        CHECK_INT(db_user_version(db, &version, NULL), 0);
        CHECK_INT(version, 2);
        CHECK_STR(fixture_pragma(db, "PRAGMA journal_mode"), "wal");
        CHECK_STR(fixture_pragma(db, "PRAGMA synchronous"), "2");
        CHECK_STR(fixture_pragma(db, "PRAGMA foreign_keys"), "1");
        CHECK_STR(fixture_pragma(db, "PRAGMA trusted_schema"), "0");
        CHECK_STR(fixture_pragma(db, "PRAGMA cell_size_check"), "1");
        CHECK_STR(fixture_pragma(db, "PRAGMA journal_size_limit"), "4194304");
        CHECK_STR(fixture_pragma(db, "PRAGMA busy_timeout"), "30000");
        CHECK_STR(fixture_pragma(db, "PRAGMA application_id"), "1886545255");
        CHECK_STR(fixture_pragma(db, "PRAGMA cache_size"), "-8192");
        CHECK_INT(db_set_cache(db, 65536, NULL), 0);
        CHECK_STR(fixture_pragma(db, "PRAGMA cache_size"), "-65536");
        CHECK_INT(db_check(db, NULL), 0);
}

TEST(open_answers_for_what_is_not_there) {
        _cleanup_(freep) char *path = test_path("nothing.db"), *deep = test_path("no/dir/x.db");
        Db *db = NULL;
        Err err = {0};

        CHECK_INT(db_open(path, DB_READ, &two_steps, &db, &err), -ENOENT);
        CHECK_HAS(err_text(&err), path);
        CHECK_INT(db_open(path, DB_WRITE, &two_steps, &db, &err), -ENOENT);
        CHECK_INT(db_open(deep, DB_CREATE, &two_steps, &db, &err), -ENOENT);
        CHECK_INT(db_open(test_dir(), DB_READ, &two_steps, &db, &err), -EISDIR);
        CHECK(!db);
        CHECK(!has_file(path, ""));
}

TEST(other_files_are_refused) {
        _cleanup_(freep) char *junk = test_file("junk.db",
                                                "this is no database, it is a text file"),
                              *empty = test_file("empty.db", ""), *other = test_path("other.db");
        Db *db = NULL;
        Err err = {0};
        sqlite3 *raw = NULL;

        CHECK_INT(db_open(junk, DB_READ, &two_steps, &db, &err), -EUCLEAN);
        CHECK_INT(db_open(junk, DB_WRITE, &two_steps, &db, &err), -EUCLEAN);
        CHECK_INT(db_open(empty, DB_READ, &two_steps, &db, &err), -ENODATA);
        CHECK_INT(sqlite3_open(other, &raw), SQLITE_OK);
        CHECK_INT(sqlite3_exec(raw, "CREATE TABLE x(a)", NULL, NULL, NULL), SQLITE_OK);
        CHECK_INT(sqlite3_close(raw), SQLITE_OK);
        CHECK_INT(db_open(other, DB_READ, &two_steps, &db, &err), -EUCLEAN);
        CHECK_INT(db_open(other, DB_WRITE, &two_steps, &db, &err), -EUCLEAN);
        CHECK_HAS(err_text(&err), "no database of this program");
        CHECK_INT(db_open(empty, DB_WRITE, &two_steps, &db, &err), -ENODATA);
        CHECK_HAS(err_text(&err), "nothing is in the database");
        /* Left empty by a crash between making the file and the first migration. */
        db = fixture_open(empty, DB_CREATE, &two_steps);
        db = db_close(db);
}

TEST(migrations_run_once_and_in_order) {
        _cleanup_(freep) char *path = test_path("migrate.db");
        _cleanup_(freep) char *log = str_printf("%s-wal", path);
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &one_step);
        struct stat st;
        int version = 0;
        Db *other = NULL;
        Err err = {0};

        fixture_insert(db, 1, "old");
        db = db_close(db);
        CHECK_INT(db_open(path, DB_READ, &two_steps, &other, &err), -ESTALE);
        CHECK_HAS(err_text(&err), "older");
        db = fixture_open(path, DB_WRITE, &two_steps);
        CHECK_INT(db_user_version(db, &version, NULL), 0);
        CHECK_INT(version, 2);
        CHECK_INT(stat(log, &st), 0);
        CHECK_INT(st.st_size, 0); /* what the step wrote is in the database already */
        CHECK_INT(fixture_count(db), 1);
        db = db_close(db);
        for (DbMode mode = DB_READ; mode <= DB_CREATE; mode++) {
                CHECK_INT(db_open(path, mode, &one_step, &other, &err), -EPROTONOSUPPORT);
                CHECK_HAS(err_text(&err), "newer");
        }
        CHECK(!other);
}

TEST(a_migration_that_fails_leaves_the_step_before) {
        _cleanup_(freep) char *path = test_path("broken.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &one_step);
        int version = 0;
        Err err = {0};

        db = db_close(db);
        CHECK_INT(db_open(path, DB_WRITE, &broken_step, &db, &err), -EPROTO);
        CHECK_HAS(err_text(&err), "0002_broken.sql");
        db = fixture_open(path, DB_WRITE, &one_step);
        CHECK_INT(db_user_version(db, &version, NULL), 0);
        CHECK_INT(version, 1);
        CHECK_INT(fixture_count(db), 0); /* what the broken step had inserted is gone */
}

TEST(a_new_database_gets_all_migrations_or_none) {
        _cleanup_(freep) char *path = test_path("broken-new.db");
        _cleanup_(db_closep) Db *db = NULL;
        int version = 0;
        Err err = {0};

        CHECK_INT(db_open(path, DB_CREATE, &broken_step, &db, &err), -EPROTO);
        CHECK_HAS(err_text(&err), "0002_broken.sql");
        CHECK_INT(db_open(path, DB_WRITE, &one_step, &db, &err), -ENODATA);
        CHECK_HAS(err_text(&err), "nothing is in the database");
        db = fixture_open(path, DB_CREATE, &two_steps);
        CHECK_INT(db_user_version(db, &version, NULL), 0);
        CHECK_INT(version, 2);
}

TEST(binding_and_reading_every_type) {
        _cleanup_(freep) char *path = test_path("types.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        const void *blob;
        Stmt *s = NULL;
        size_t n = 0;

        CHECK_INT(db_stmt(db, ECHO, &s, NULL), 0);
        CHECK_INT(db_bindf(db, s, NULL, "silbdn?", "text", -7, INT64_MAX, "a\0b", (size_t) 3, 0.5,
                           INT64_MIN),
                  0);
        CHECK_INT(db_step(db, s, NULL), 1);
        CHECK_STR(db_col_text(s, 0), "text");
        CHECK_INT(db_col_int(s, 1), -7);
        CHECK_INT(db_col_int(s, 2), INT64_MAX);
        blob = db_col_blob(s, 3, &n);
        CHECK_INT(n, 3);
        CHECK(memcmp(blob, "a\0b", 3) == 0);
        CHECK(db_col_double(s, 4) > 0.4);
        CHECK(db_col_null(s, 5));
        CHECK(db_col_null(s, 6));
        CHECK(!db_col_text(s, 6));
        CHECK_INT(db_col_int(s, 6), 0);
        CHECK_INT(db_step(db, s, NULL), 0);
        CHECK_INT(db_stmt(db, ECHO, &s, NULL), 0);
        CHECK_INT(db_bindf(db, s, NULL, "silbdn?", NULL, 1, INT64_C(2), NULL, (size_t) 0, 0.0,
                           INT64_C(9)),
                  0);
        CHECK_INT(db_step(db, s, NULL), 1);
        CHECK(db_col_null(s, 0));
        CHECK(db_col_null(s, 3));
        CHECK_INT(db_col_int(s, 6), 9);
        /* Used again, a statement is as new: nothing of the last binding is left. */
        CHECK_INT(db_stmt(db, ECHO, &s, NULL), 0);
        CHECK_INT(db_step(db, s, NULL), 1);
        CHECK(db_col_null(s, 6));
        db_reset(s);
}

TEST(run_counts_changes_and_refuses_rows) {
        _cleanup_(freep) char *path = test_path("run.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        Err err = {0};
        int64_t n = 4711;
        Stmt *s = NULL;

        fixture_insert(db, 1, "a");
        CHECK_INT(db_last_id(db), 1);
        fixture_insert(db, 2, "b");
        CHECK_INT(db_stmt(db, RENAME_ALL, &s, NULL), 0);
        CHECK_INT(db_bindf(db, s, NULL, "s", "c"), 0);
        CHECK_INT(db_run(db, s, &n, NULL), 0);
        CHECK_INT(n, 2);
        CHECK_INT(db_stmt(db, COUNT, &s, NULL), 0);
        CHECK_INT(db_run(db, s, &n, &err), -EPROTO);
        CHECK_HAS(err_text(&err), "count");
        CHECK_INT(n, 2);
        CHECK_INT(db_stmt(db, INSERT, &s, NULL), 0);
        CHECK_INT(db_bindf(db, s, NULL, "ls", INT64_C(1), "again"), 0);
        CHECK_INT(db_run(db, s, NULL, &err), -EEXIST);
        CHECK_HAS(err_text(&err), "insert"); /* the statement's name */
}

TEST(a_query_is_bound_and_stepped) {
        _cleanup_(freep) char *path = test_path("query.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        Stmt *s = NULL;
        Err err = {0};

        CHECK_INT(db_query(db, ECHO, &s, &err, "silbdn?", "text", -7, INT64_MAX, "a\0b", (size_t) 3,
                           0.5, INT64_MIN),
                  1);
        CHECK_STR(db_col_text(s, 0), "text");
        CHECK_INT(db_col_int(s, 1), -7);
        CHECK_INT(db_col_int(s, 2), INT64_MAX);
        CHECK(db_col_null(s, 6));
        CHECK_INT(db_step(db, s, &err), 0);
        db_reset(s);
        CHECK_INT(db_query(db, COUNT, &s, &err, ""), 1);
        CHECK_INT(db_col_int(s, 0), 0);
        db_reset(s);
        /* A statement that gives no row is done with its first step. */
        CHECK_INT(db_query(db, INSERT, &s, &err, "ls", INT64_C(1), "a"), 0);
        db_reset(s);
        CHECK_INT(fixture_count(db), 1);
}

/* As SQLite does by itself after some errors. */
static void lose_transaction(Db *db) {
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        Err err = {0};

        CHECK_OK(db_prepare(db, "ROLLBACK", &s, &err), &err);
        CHECK_OK(db_step(db, s, &err), &err);
}

TEST(a_query_that_fails_is_reset) {
        _cleanup_(freep) char *path = test_path("query-fails.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        Stmt *s = NULL, *kept = NULL;
        char *bound;
        Err err = {0};

        fixture_insert(db, 1, "a");
        CHECK_OK(db_stmt(db, INSERT, &kept, &err), &err);
        CHECK_INT(db_query(db, INSERT, &s, &err, "ls", INT64_C(1), "again"), -EEXIST);
        CHECK_HAS(err_text(&err), "insert");
        CHECK(!s);
        CHECK_INT(sqlite3_stmt_busy(kept), 0);
        bound = sqlite3_expanded_sql(kept);
        CHECK(bound);
        CHECK_HAS(bound, "VALUES (NULL, NULL)");
        sqlite3_free(bound);
        /* Longer than SQLite takes: the binding itself fails. */
        CHECK_INT(db_query(db, ECHO, &s, &err, "silbdn?", "x", 1, INT64_C(1), "x",
                           (size_t) INT32_MAX + 1, 0.0, INT64_C(1)),
                  -EPROTO);
        CHECK_HAS(err_text(&err), "echo");
        CHECK(!s);
        /* Nothing is prepared inside a transaction that was lost. */
        CHECK_OK(db_begin(db, &err), &err);
        lose_transaction(db);
        CHECK_INT(db_query(db, COUNT, &s, &err, ""), -ECANCELED);
        CHECK_INT(db_exec(db, RENAME_ALL, NULL, &err, "s", "c"), -ECANCELED);
        CHECK(!s);
        db_rollback(db);
        CHECK_INT(fixture_count(db), 1);
}

TEST(exec_counts_changes_and_refuses_rows) {
        _cleanup_(freep) char *path = test_path("exec.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        int64_t n = 4711;
        Err err = {0};

        CHECK_OK(db_exec(db, INSERT, NULL, &err, "ls", INT64_C(1), "a"), &err);
        CHECK_INT(db_last_id(db), 1);
        CHECK_OK(db_exec(db, INSERT, &n, &err, "ls", INT64_C(2), NULL), &err);
        CHECK_INT(n, 1);
        CHECK_OK(db_exec(db, RENAME_ALL, &n, &err, "s", "c"), &err);
        CHECK_INT(n, 2);
        CHECK_INT(db_exec(db, COUNT, &n, &err, ""), -EPROTO);
        CHECK_HAS(err_text(&err), "count");
        CHECK_INT(db_exec(db, INSERT, &n, &err, "ls", INT64_C(1), "again"), -EEXIST);
        CHECK_INT(n, 2);
        CHECK_INT(fixture_count(db), 2);
}

TEST(transactions_nest) {
        _cleanup_(freep) char *path = test_path("nest.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);

        CHECK_INT(db_begin(db, NULL), 0);
        CHECK_INT(db_begin_read(db, NULL), 0);
        CHECK_INT(db_begin(db, NULL), 0);
        fixture_insert(db, 1, "a");
        CHECK_INT(db_commit(db, NULL), 0);
        CHECK_INT(db_commit(db, NULL), 0);
        CHECK(db_in_transaction(db));
        CHECK_INT(db_commit(db, NULL), 0);
        CHECK(!db_in_transaction(db));
        CHECK_INT(fixture_count(db), 1);
        CHECK_INT(db_begin(db, NULL), 0);
        fixture_insert(db, 2, "b");
        db_rollback(db);
        CHECK(!db_in_transaction(db));
        db_rollback(db);
        CHECK_INT(fixture_count(db), 1);
        CHECK_INT(db_commit(db, NULL), -ECANCELED);
}

TEST(an_inner_rollback_dooms_the_whole) {
        _cleanup_(freep) char *path = test_path("doom.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);

        CHECK_INT(db_begin(db, NULL), 0);
        fixture_insert(db, 1, "a");
        CHECK_INT(db_begin(db, NULL), 0);
        fixture_insert(db, 2, "b");
        db_rollback(db);
        CHECK(db_in_transaction(db));
        fixture_insert(db, 3, "c"); /* must not commit by itself */
        CHECK_INT(db_commit(db, NULL), -ECANCELED);
        CHECK(!db_in_transaction(db));
        CHECK_INT(fixture_count(db), 0);
        CHECK_INT(db_begin(db, NULL), 0);
        fixture_insert(db, 4, "d");
        CHECK_INT(db_commit(db, NULL), 0);
        CHECK_INT(fixture_count(db), 1);
}

TEST(a_second_writer_is_told_busy_and_readers_go_on) {
        _cleanup_(freep) char *path = test_path("busy.db");
        _cleanup_(db_closep) Db *one = fixture_open(path, DB_CREATE, &two_steps),
                                *two = fixture_open(path, DB_WRITE, &two_steps),
                                *reader = fixture_open(path, DB_READ, &two_steps);
        Stmt *s = NULL;
        Err err = {0};

        CHECK_STR(fixture_pragma(two, "PRAGMA busy_timeout = 0"), "0");
        CHECK_INT(db_begin(one, NULL), 0);
        fixture_insert(one, 1, "a");
        CHECK_INT(db_begin(two, &err), -EBUSY);
        CHECK(!db_in_transaction(two));
        CHECK_INT(fixture_count(reader), 0);
        CHECK_INT(db_commit(one, NULL), 0);
        CHECK_INT(fixture_count(reader), 1);
        CHECK_INT(db_stmt(reader, INSERT, &s, NULL), 0);
        CHECK_INT(db_bindf(reader, s, NULL, "ls", INT64_C(9), "x"), 0);
        CHECK_INT(db_run(reader, s, NULL, &err), -EROFS);
}

TEST(checkpoint_truncates_unless_a_reader_is_in_the_way) {
        _cleanup_(freep) char *path = test_path("wal.db"), *wal = test_path("wal.db-wal");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps),
                                *reader = fixture_open(path, DB_READ, &two_steps);
        struct stat st;

        fixture_insert(db, 1, "a");
        CHECK_INT(stat(wal, &st), 0);
        CHECK(st.st_size > 0);
        CHECK_INT(db_begin_read(reader, NULL), 0);
        CHECK_INT(fixture_count(reader), 1);
        fixture_insert(db, 2, "b");
        CHECK_INT(db_checkpoint(db, NULL), -EBUSY);
        CHECK_STR(fixture_pragma(db, "PRAGMA busy_timeout"), "30000");
        CHECK_INT(fixture_count(reader), 1); /* its snapshot */
        CHECK_INT(db_commit(reader, NULL), 0);
        CHECK_INT(db_checkpoint(db, NULL), 0);
        CHECK_INT(stat(wal, &st), 0);
        CHECK_INT(st.st_size, 0);
        CHECK_INT(fixture_count(reader), 2);
}

TEST(a_reader_leaves_no_file_behind) {
        _cleanup_(freep) char *path = test_path("clean?#%20 x.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        _cleanup_(freep) char *wal = str_printf("%s-wal", path), *shm = str_printf("%s-shm", path);
        struct stat st;

        fixture_insert(db, 1, "a");
        db = db_close(db);
        /* Kept for readers that could not make them. */
        CHECK_INT(stat(wal, &st), 0);
        CHECK_INT(st.st_size, 0);
        CHECK_INT(stat(shm, &st), 0);
        /* A copy has neither. */
        CHECK_INT(unlink(wal), 0);
        CHECK_INT(unlink(shm), 0);
        db = fixture_open(path, DB_READ, &two_steps);
        CHECK_INT(fixture_count(db), 1);
        db = db_close(db);
        CHECK(!has_file(path, "-wal"));
        CHECK(!has_file(path, "-shm"));
}

TEST(a_reader_sees_what_waits_in_the_log) {
        _cleanup_(freep) char *path = test_path("log.db"), *copy = test_path("copy.db");
        _cleanup_(freep) char *command = NULL;
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps), *reader = NULL;

        fixture_insert(db, 1, "a");
        /* As after a crash: the log holds the last commits, nobody has the files open. */
        command = str_printf("cp '%s' '%s' && cp '%s-wal' '%s-wal'", path, copy, path, copy);
        CHECK_INT(system(command), 0);
        reader = fixture_open(copy, DB_READ, &two_steps);
        CHECK_INT(fixture_count(reader), 1);
}

TEST(damage_is_found) {
        _cleanup_(freep) char *path = test_path("damaged.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        char junk[512];
        Err err = {0};
        int fd;

        for (int i = 0; i < 2000; i++)
                fixture_insert(db, i, "some text that fills the pages of the table");
        db = db_close(db);
        fd = open(path, O_WRONLY | O_CLOEXEC);
        memset(junk, 0xa5, sizeof junk);
        for (int page = 2; page < 8; page++)
                CHECK_INT(pwrite(fd, junk, sizeof junk, page * 4096), sizeof junk);
        CHECK_INT(close(fd), 0);
        CHECK_INT(db_open(path, DB_READ, &two_steps, &db, &err), 0);
        CHECK_INT(db_check(db, &err), -EUCLEAN);
        CHECK_HAS(err_text(&err), "damaged");
}

TEST(prepared_at_run_time) {
        _cleanup_(freep) char *path = test_path("prepare.db");
        _cleanup_(db_closep) Db *db = fixture_open(path, DB_CREATE, &two_steps);
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        Err err = {0};

        CHECK_INT(db_prepare(db, "SELEKT", &s, &err), -EPROTO);
        CHECK_HAS(err_text(&err), "SELEKT");
        CHECK_INT(db_prepare(db, "SELECT ?1 || ?2", &s, NULL), 0);
        CHECK_INT(db_bind_text_at(db, s, 1, "a", NULL), 0);
        CHECK_INT(db_bind_int_at(db, s, 2, 5, NULL), 0);
        CHECK_INT(db_bind_int_at(db, s, 3, 5, &err), -EPROTO);
        CHECK_INT(db_step(db, s, NULL), 1);
        CHECK_STR(db_col_text(s, 0), "a5");
}
