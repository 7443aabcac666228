/* SPDX-License-Identifier: MIT */

/* Every call that can fail is made to fail, one after the other. */

#include <cJSON.h>
#include <fcntl.h>
#include <sqlite3.h>

#include "base/fs.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "db/db_fixture.h"
#include "support/fault.h"
#include "support/test.h"

enum {
        SWEEP_MAX = 5000, /* a sweep that needs more calls does not end */
};

/* Runs fn with the 1st, 2nd, ... call failing until none fails: 0 then, `code` before. */
static void sweep(int code, int (*fn)(void)) {
        unsigned n = 1;

        for (;; n++) {
                int r;

                CHECK(n < SWEEP_MAX);
                fault_arm(n, -code);
                r = fn();
                if (!fault_disarm()) {
                        CHECK_INT(r, 0);
                        break;
                }
                CHECK_INT(r, code);
        }
        CHECK(n > 1); /* something was tried */
}

static int fill_strbuf(void) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *s = NULL, *t = NULL;

        for (int i = 0; i < 100; i++)
                (void) strbuf_printf(&b, "%d,", i);
        s = strbuf_take(&b);
        t = str_printf("%s", "x");
        return s && t ? 0 : -ENOMEM;
}

TEST(strbuf_without_memory) {
        sweep(-ENOMEM, fill_strbuf);
}

static int fill_strv(void) {
        _cleanup_(strv_done) Strv v = {0}, copy = {0};

        for (int i = 0; i < 20; i++)
                if (strv_add(&v, "word") < 0)
                        return -ENOMEM;
        if (strv_copy(&copy, &v) < 0) {
                CHECK_INT(copy.n, 0);
                return -ENOMEM;
        }
        return 0;
}

TEST(strv_without_memory) {
        sweep(-ENOMEM, fill_strv);
}

static int list_tree(void) {
        _cleanup_(strv_done) Strv v = {0};

        return fs_list_dir(test_dir(), "", 100, &v);
}

TEST(listing_without_memory) {
        free(test_file("a", ""));
        free(test_file("b", ""));
        sweep(-ENOMEM, list_tree);
}

static void *hooked_malloc(size_t n) {
        return fault_now() ? NULL : malloc(n);
}

static int parse_and_build(void) {
        static const char text[] = "{\"a\":[1,2,{\"b\":\"x\\u00fc\"}],\"c\":null}";
        _cleanup_(json_freep) Json *j = NULL, *made = NULL;
        _cleanup_(freep) char *printed = NULL, *pretty = NULL;
        Json *child;
        int r;

        r = json_parse(text, strlen(text), &j, NULL);
        if (r < 0)
                return r;
        made = json_new_object();
        (void) json_add_str(made, "s", "bad \xff byte");
        (void) json_add_str(made, "key \xff", "text");
        (void) json_add_money(made, "m", 1);
        (void) json_add_time(made, "t", 1);
        (void) json_add(made, "copy", json_copy(j));
        child = json_add_array(made, "list");
        (void) json_push(child, json_new_string("x"));
        child = json_add_object(made, "o");
        (void) json_add_int(child, "i", INT64_MAX);
        printed = json_print(made);
        pretty = printed ? json_print_pretty(made) : NULL;
        return pretty ? 0 : -ENOMEM;
}

TEST(json_without_memory) {
        cJSON_Hooks hooks = {.malloc_fn = hooked_malloc, .free_fn = free};

        cJSON_InitHooks(&hooks);
        sweep(-ENOMEM, parse_and_build);
        cJSON_InitHooks(NULL);
}

static char *database;

static int use_database(void) {
        _cleanup_(db_closep) Db *db = NULL;
        Stmt *s = NULL;
        Err err = {0};
        int r;

        r = db_open(database, DB_CREATE, &two_steps, &db, &err);
        if (r == 0)
                r = db_begin(db, &err);
        if (r == 0)
                r = db_stmt(db, INSERT, &s, &err);
        if (r == 0)
                r = db_bindf(db, s, &err, "ls", INT64_C(1), "a");
        if (r == 0)
                r = db_run(db, s, NULL, &err);
        if (r == 0)
                r = db_commit(db, &err);
        if (r < 0) {
                CHECK_INT(err.code, r);
                CHECK(err.text[0]);
                if (db)
                        db_rollback(db);
        }
        return r;
}

static void remove_database(void) {
        static const char *const suffixes[] = {"", "-wal", "-shm"};

        for (size_t i = 0; i < ARRAY_LEN(suffixes); i++) {
                _cleanup_(freep) char *name = str_printf("%s%s", database, suffixes[i]);

                (void) unlink(name);
        }
}

/* Whatever failed: what is there afterwards is whole, and either all of it or nothing. */
static void check_database(bool wants_row) {
        _cleanup_(db_closep) Db *db = fixture_open(database, DB_CREATE, &two_steps);
        int64_t n = fixture_count(db);

        CHECK_INT(db_check(db, NULL), 0);
        CHECK(n == 1 || (n == 0 && !wants_row));
}

static int use_and_check(void) {
        unsigned left = fault_pause();
        int r;

        remove_database();
        fault_resume(left);
        r = use_database();
        left = fault_pause();
        check_database(r == 0);
        fault_resume(left);
        return r;
}

TEST(database_when_a_step_or_an_allocation_of_ours_fails) {
        database = test_path("steps.db");
        for (unsigned n = 1;; n++) {
                int r;

                CHECK(n < SWEEP_MAX);
                fault_arm(n, ENOMEM);
                r = use_and_check();
                if (!fault_disarm()) {
                        CHECK_INT(r, 0);
                        break;
                }
                CHECK(r == -ENOMEM || r == -ENOSPC);
        }
        freep(&database);
}

static sqlite3_mem_methods memory;

static void *failing_malloc(int n) {
        return fault_now() ? NULL : memory.xMalloc(n);
}

static void *failing_realloc(void *p, int n) {
        return fault_now() ? NULL : memory.xRealloc(p, n);
}

/* SQLite does without some allocations, so success is allowed, too. */
TEST(database_when_an_allocation_of_sqlite_fails) {
        sqlite3_mem_methods failing;
        unsigned failed = 0;

        CHECK_INT(sqlite3_shutdown(), SQLITE_OK);
        CHECK_INT(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory), SQLITE_OK);
        failing = memory;
        failing.xMalloc = failing_malloc;
        failing.xRealloc = failing_realloc;
        CHECK_INT(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing), SQLITE_OK);
        database = test_path("memory.db");
        for (unsigned n = 1;; n += 1 + n / 50) {
                int r;

                CHECK(n < 10 * SWEEP_MAX);
                fault_arm(n, ENOMEM);
                r = use_and_check();
                if (!fault_disarm()) {
                        CHECK_INT(r, 0);
                        break;
                }
                /* -ENOSPC: the step that was refused instead */
                CHECK(r == -ENOMEM || r == -ENOSPC || r == 0);
                failed += r == -ENOMEM;
        }
        CHECK(failed > 10);
        freep(&database);
        CHECK_INT(sqlite3_shutdown(), SQLITE_OK);
        CHECK_INT(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory), SQLITE_OK);
}

static int directory = -1;

static int replace_file(void) {
        _cleanup_(freep) char *text = NULL, *path = test_path("io");
        _cleanup_(strv_done) Strv names = {0};
        unsigned left;
        int r;

        r = fs_write_file_durable(directory, "f", "new", 3, 0600);
        left = fault_pause();
        CHECK_INT(fs_read_file_at(directory, "f", 100, &text, NULL), 0);
        /* Old or new, never a part; and no sibling is left. */
        CHECK(streq(text, "new") || (r < 0 && streq(text, "old")));
        CHECK_INT(fs_list_dir(path, "", 100, &names), 0);
        CHECK_INT(names.n, 1);
        CHECK_INT(fs_write_file_durable(directory, "f", "old", 3, 0600), 0);
        fault_resume(left);
        return r;
}

TEST(durable_write_when_the_disk_is_full) {
        _cleanup_(freep) char *path = test_path("io");

        free(test_file("io/f", "old"));
        directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(directory >= 0);
        for (unsigned n = 1;; n++) {
                int r;

                fault_arm(n, ENOSPC);
                r = replace_file();
                if (!fault_disarm()) {
                        CHECK_INT(r, 0);
                        /* name, open, write, fsync, rename; parent, open, fsync of the directory */
                        CHECK_INT(n - 1, 8);
                        break;
                }
                CHECK(r == -ENOSPC || r == -ENOMEM);
        }
        CHECK_INT(close(directory), 0);
}
