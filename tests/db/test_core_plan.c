/* SPDX-License-Identifier: MIT */

/* Every statement prepares, and its plan reads no whole table, but for those listed with a reason.
 */

#include <sqlite3.h>

#include "base/strbuf.h"
#include "core/query.h"
#include "core_fixture.h"

static const struct {
        const char *name, *why;
} full_scans[] = {
        {"attempts_all", "asked for all of them"},
        {"spend_differences", "recomputes all counters, for verify"},
        {"facet_tags", "counts every tag"},
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
        static const char *const fine[] = {"SCAN CONSTANT ROW", "SCAN (",
                                           "USING INDEX cell_current", "USING INDEX run_open",
                                           "USING INDEX attempt_open"};
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

/* Parts are joined by query.c and jobs.c; see the tests below. */
static bool is_part(const char *name) {
        return strncmp(name, "query_", 6) == 0 || strncmp(name, "jobs_", 5) == 0;
}

static sqlite3 *plan_open(const char *dir) {
        _cleanup_(freep) char *path = str_printf("%s/library.db", dir);
        sqlite3 *db = NULL;

        CHECK_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
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

static void has_plan(const char *dir, Library *lib, const AlTerm *terms, size_t n, AlOrder order,
                     const char *want, bool sorts) {
        _cleanup_(selection_done) Selection sel = {0};
        FlatQuery q = {.n_terms = n, .order = order, .limit = 20, .now_ms = NOW};
        sqlite3 *db = plan_open(dir);
        _cleanup_(freep) char *plan = NULL;
        Err err = {0};

        for (size_t i = 0; i < n; i++)
                q.terms[i] = terms[i];
        CHECK_OK(selection_build(lib, &q, false, &sel, &err), &err);
        plan = explain(db, "query", strbuf_text(&sel.sql));
        CHECK_HAS(plan, want);
        if (!sorts && strstr(plan, "TEMP B-TREE"))
                test_fail(__FILE__, __LINE__, "sorts: %s", plan);
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

/* The ways a shelf is asked most: found by an index, and in the order asked for without a sort. */
TEST(selections_are_driven_by_their_index) {
        _cleanup_(freep) char *dir = fix_dir("drive");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlTerm brand_hook[] = {{"brand", "acme", false},
                               {"hook", "urgency", false},
                               {"category", "lifestyle", false}};
        AlTerm category = {"category", "lifestyle", false}, hook = {"hook", "urgency", false};
        AlTerm recipe = {"recipe", "spring", false}, tag = {"format", "square", false};
        AlTerm tags[] = {{"format", "square", false}, {"format", "story", false}};
        AlTerm not [] = {
                {"brand", "acme", false}, {"hook", "urgency", false}, {"format", "square", true}};

        free(fix_asset(lib, &(FixJob){0}, "x", NOW));
        free(fix_asset(lib, &(FixJob){.format = "story"}, "y", NOW));
        has_plan(dir, lib, brand_hook, 2, AL_ORDER_NEWEST, "asset_brand_hook (brand=? AND hook=?)",
                 false);
        has_plan(dir, lib, brand_hook, 2, AL_ORDER_DEFAULT,
                 "asset_brand_hook_uses (brand=? AND hook=?)", false);
        has_plan(dir, lib, brand_hook, 3, AL_ORDER_NEWEST,
                 "asset_brand_hook_category (brand=? AND hook=? AND category=?)", false);
        has_plan(dir, lib, brand_hook, 3, AL_ORDER_DEFAULT, "USING INDEX asset_brand_hook", true);
        has_plan(dir, lib, brand_hook, 1, AL_ORDER_DEFAULT, "asset_brand_uses (brand=?)", false);
        has_plan(dir, lib, &hook, 1, AL_ORDER_DEFAULT, "asset_hook_uses (hook=?)", false);
        has_plan(dir, lib, &category, 1, AL_ORDER_DEFAULT, "asset_category_uses (category=?)",
                 false);
        has_plan(dir, lib, &recipe, 1, AL_ORDER_DEFAULT, "asset_recipe_uses (recipe=?)", false);
        has_plan(dir, lib, NULL, 0, AL_ORDER_DEFAULT, "asset_uses", false);
        has_plan(dir, lib, NULL, 0, AL_ORDER_NEWEST, "SCAN a", false);
        has_plan(dir, lib, &tag, 1, AL_ORDER_NEWEST, "asset_tag_term (term=?)", false);
        has_plan(dir, lib, &tag, 1, AL_ORDER_OLDEST, "asset_tag_term (term=?)", false);
        has_plan(dir, lib, tags, 2, AL_ORDER_NEWEST, "asset_tag_term (term=?)", true);
        has_plan(dir, lib, not, 3, AL_ORDER_NEWEST, "asset_brand_hook (brand=? AND hook=?)", false);
        has_plan(dir, lib, not, 3, AL_ORDER_NEWEST, "asset=? AND term=?", false);
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
