/* SPDX-License-Identifier: MIT */

/* Every statement prepares, and its plan reads no whole table, but for those listed with a reason.
 */

#include <sqlite3.h>

#include "base/db_private.h"
#include "base/strbuf.h"
#include "core/lib.h"
#include "core_fixture.h"

static const struct {
        const char *name, *why;
} full_scans[] = {
        {"attempts_all", "asked for all of them"},
        {"spend_differences", "recomputes all counters, for verify"},
        {"log_of_campaign", "the campaign's takes, to sort them"},
        {"log_of_all", "the newest of each kind, to sort them"},
        {"spend_by", "adds up the whole ledger"},
        {"campaigns", "counts every campaign's takes"},
        {"take_differences", "recomputes all marks, for verify"},
        {"facet_tags", "every tag there is, a few thousand"},
        {"chunk_make", "makes the index anew"},
        {"terms_make", "makes the index anew"},
        {"words_missing", "looks at every asset, for verify"},
        {"post_difference", "every term there is, for verify"},
        {"limits_all", "asked for all of them"},
        {"placement_list", "asked for all of them"},
        {"durations_all", "asked for all of them"},
        {"gc_sizes", "the size of everything, for gc"},
        {"doomed_spared", "what the last gc left, almost always nothing"},
        {"stock", "its own rows, a few hundred, to group them"},
};

static bool may_scan(const char *name) {
        for (size_t i = 0; i < ARRAY_LEN(full_scans); i++)
                if (streq(full_scans[i].name, name))
                        return true;
        return false;
}

/* A scan of rows made by the statement itself, or of a partial index that holds just what is asked
 * for, is none of a table. */
static bool scans(const char *plan) {
        static const char *const fine[] = {"SCAN CONSTANT ROW",    "SCAN (",
                                           "SCAN asset_term",      "SCAN wanted",
                                           "VIRTUAL TABLE INDEX",  "USING INDEX cell_current",
                                           "USING INDEX run_open", "USING INDEX attempt_open"};
        bool found = false;

        for (const char *line = strstr(plan, "SCAN "); line; line = strstr(line + 1, "SCAN ")) {
                size_t n = strcspn(line, "|");
                bool good = false;

                for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
                        const char *at = strstr(line, fine[i]);

                        good = good || (at && (size_t) (at - line) < n);
                }
                found = found || !good;
        }
        return found;
}

/* Parts are joined by jobs.c; see the test below. */
static bool is_part(const char *name) {
        return strncmp(name, "jobs_", 5) == 0;
}

static sqlite3 *plan_open(const char *dir) {
        _cleanup_(freep) char *path = str_printf("%s/library.db", dir);
        sqlite3 *db = NULL;

        CHECK_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
        CHECK_INT(db_functions(db), SQLITE_OK);
        return db;
}

/* The lines of the statement's plan, joined by " | ". Caller frees. */
static char *explain(sqlite3 *db, const char *name, const char *sql) {
        _cleanup_(freep) char *text = str_printf("EXPLAIN QUERY PLAN %s", sql);
        _cleanup_(strbuf_done) StrBuf plan = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        sqlite3_stmt *s = NULL;

        if (sqlite3_prepare_v2(db, text, -1, &s, NULL) != SQLITE_OK)
                test_fail(__FILE__, __LINE__, "%s: %s", name, sqlite3_errmsg(db));
        while (sqlite3_step(s) == SQLITE_ROW)
                (void) strbuf_printf(&plan, "%s%s", plan.len ? " | " : "",
                                     (const char *) sqlite3_column_text(s, 3));
        CHECK_INT(sqlite3_finalize(s), SQLITE_OK);
        return strbuf_take(&plan);
}

TEST(every_statement_uses_an_index) {
        _cleanup_(freep) char *dir = fix_dir("plan");
        _unused_ _cleanup_(al_closep) Library *lib = fix_open(dir);
        sqlite3 *db = plan_open(dir);

        for (size_t i = 0; i < sql_catalog.n_statements; i++) {
                const DbStatement *s = &sql_catalog.statements[i];
                _cleanup_(freep) char *plan =
                        is_part(s->name) ? NULL : explain(db, s->name, s->sql);

                if (plan && may_scan(s->name) && !scans(plan))
                        test_fail(__FILE__, __LINE__, "%s is listed for nothing: %s", s->name,
                                  plan);
                if (plan && scans(plan) && !may_scan(s->name))
                        test_fail(__FILE__, __LINE__, "%s reads a whole table: %s", s->name, plan);
        }
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

/* What a query asks most is found by its index, and in the order asked for without a sort. */
TEST(queries_are_driven_by_their_index) {
        static const struct {
                unsigned statement;
                const char *want;
        } cases[] = {
                {SQL_POST_BELOW, "SEARCH posting USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
                {SQL_POST_ABOVE, "SEARCH posting USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"},
                {SQL_AXES_TWO, "USING INDEX asset_brand_hook (brand=? AND hook=?)"},
                {SQL_AXES_THREE,
                 "USING INDEX asset_brand_hook_category (brand=? AND hook=? AND category=?)"},
                {SQL_IDS_BY_PREFIX, "(uid>? AND uid<?)"},
                {SQL_EXPIRED_UNMARKED, "INDEX asset_expires (expires_ms<?)"},
                {SQL_EXPIRED_MARK, "INDEX asset_expires (expires_ms<?)"},
                {SQL_WORDS_OF_CHUNK, "VIRTUAL TABLE INDEX"},
                {SQL_TERMS_OF_KEY, "COVERING INDEX sqlite_autoindex_term_1 (key=?)"},
        };
        _cleanup_(freep) char *dir = fix_dir("drive");
        _unused_ _cleanup_(al_closep) Library *lib = fix_open(dir);
        sqlite3 *db = plan_open(dir);

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                const DbStatement *s = &sql_catalog.statements[cases[i].statement];
                _cleanup_(freep) char *plan = explain(db, s->name, s->sql);

                CHECK_HAS(plan, cases[i].want);
                if (strstr(plan, "TEMP B-TREE"))
                        test_fail(__FILE__, __LINE__, "%s sorts: %s", s->name, plan);
        }
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

TEST(job_lists_use_an_index) {
        static const struct {
                unsigned part;
                const char *want;
        } cases[] = {
                {SQL_JOBS_WHERE_ID, "SEARCH j USING INTEGER PRIMARY KEY"},
                {SQL_JOBS_WHERE_RUN, "SEARCH j USING INDEX job_run"},
                {SQL_JOBS_WHERE_STATE, "SEARCH j USING INDEX job_by_state"},
                {SQL_JOBS_WHERE_RECIPE, "SEARCH j USING INDEX job_recipe"},
        };
        _cleanup_(freep) char *dir = fix_dir("jobs");
        _unused_ _cleanup_(al_closep) Library *lib = fix_open(dir);
        sqlite3 *db = plan_open(dir);

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(strbuf_done) StrBuf sql = STRBUF_INIT(STRBUF_MAX_DEFAULT);
                _cleanup_(freep) char *plan = NULL;

                sql_part(&sql, SQL_JOBS_HEAD);
                sql_part(&sql, cases[i].part);
                sql_part(&sql, SQL_JOBS_ORDER);
                plan = explain(db, "jobs", strbuf_text(&sql));
                CHECK_HAS(plan, cases[i].want);
        }
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
}
