/* SPDX-License-Identifier: MIT */

#include "db/db_fixture.h"

#include "support/test.h"

static const DbStatement statements[] = {
        [INSERT] = {"insert", "INSERT INTO t(id, text) VALUES (?, ?)"},
        [COUNT] = {"count", "SELECT count(*) FROM t"},
        [RENAME_ALL] = {"rename_all", "UPDATE t SET text = ?"},
        [ECHO] = {"echo", "SELECT ?, ?, ?, ?, ?, ?, ?"},
};

static const DbMigration good[] = {
        {"0001_one.sql", "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT) STRICT;"},
        {"0002_two.sql", "ALTER TABLE t ADD COLUMN more TEXT; CREATE INDEX t_text ON t(text);"},
};

static const DbMigration broken[] = {
        {"0001_one.sql", "CREATE TABLE t(id INTEGER PRIMARY KEY, text TEXT) STRICT;"},
        {"0002_broken.sql", "INSERT INTO t(id) VALUES (1); CREATE TABLE t(id);"},
};

const DbCatalog one_step = {statements, _STATEMENT_MAX, good, 1};
const DbCatalog two_steps = {statements, _STATEMENT_MAX, good, 2};
const DbCatalog broken_step = {statements, _STATEMENT_MAX, broken, 2};

Db *fixture_open(const char *path, DbMode mode, const DbCatalog *catalog) {
        Db *db = NULL;
        Err err = {0};

        CHECK_OK(db_open(path, mode, catalog, &db, &err), &err);
        return db;
}

void fixture_insert(Db *db, int64_t id, const char *text) {
        Stmt *s = NULL;
        Err err = {0};

        CHECK_OK(db_stmt(db, INSERT, &s, &err), &err);
        CHECK_OK(db_bindf(db, s, &err, "ls", id, text), &err);
        CHECK_OK(db_run(db, s, NULL, &err), &err);
}

int64_t fixture_count(Db *db) {
        Stmt *s = NULL;
        Err err = {0};
        int64_t n;

        CHECK_OK(db_stmt(db, COUNT, &s, &err), &err);
        CHECK_INT(db_step(db, s, &err), 1);
        n = db_col_int(s, 0);
        db_reset(s);
        return n;
}

const char *fixture_pragma(Db *db, const char *sql) {
        static char text[64];
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        Err err = {0};

        CHECK_OK(db_prepare(db, sql, &s, &err), &err);
        CHECK_INT(db_step(db, s, &err), 1);
        (void) snprintf(text, sizeof text, "%s", db_col_text(s, 0));
        return text;
}
