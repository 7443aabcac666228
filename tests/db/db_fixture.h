/* SPDX-License-Identifier: MIT */
#pragma once

/* A small schema of its own for the tests of base/db.h, with a step that works and one that does
 * not. */

#include "base/db.h"

enum {
        INSERT,     /* (id, text) */
        COUNT,      /* rows */
        RENAME_ALL, /* (text) */
        ECHO,       /* its seven parameters */
        _STATEMENT_MAX,
};

extern const DbCatalog one_step, two_steps, broken_step;

/* Fails the test when it cannot. */
Db *fixture_open(const char *path, DbMode mode, const DbCatalog *catalog);
void fixture_insert(Db *db, int64_t id, const char *text);
int64_t fixture_count(Db *db);
/* The answer of a PRAGMA as text; in a buffer that the next call overwrites. */
const char *fixture_pragma(Db *db, const char *sql);
