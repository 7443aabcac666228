/* SPDX-License-Identifier: MIT */

/* The n-th step, sync, rename, write or allocation fails: what was there is still there, whole; and
 * the same call works afterwards. */

#include <sqlite3.h>

#include "base/strbuf.h"
#include "core_fixture.h"
#include "support/fault.h"

/* BEGIN and COMMIT go this way. */
int __real_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *arg, char **error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *arg, char **error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *arg, char **error) {
        return fault_now() ? SQLITE_FULL : __real_sqlite3_exec(db, sql, fn, arg, error);
}

static int no_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "%s: %s: %s", al_damage_word(d), subject, text);
}

static void sound(Library *lib) {
        AlVerifyTotals t;
        Err err = {0};

        CHECK_OK(al_sweep(lib, INT64_MAX / 2, 0, NULL, &err), &err);
        CHECK_OK(al_verify(lib, false, false, NOW, no_damage, NULL, &t, &err), &err);
}

enum {
        TRIES_MAX = 20000,
};

typedef int (*Thing)(Library *lib, int64_t job, Err *err);

static int begin_one(Library *lib, int64_t job, Err *err) {
        static const AlCap caps[] = {{"", AL_PERIOD_RUN, 1000000},
                                     {"brand:acme", AL_PERIOD_DAY, 99999}};
        int64_t attempt;

        return al_attempt_begin(lib, job, 1, 100, caps, 2, DAY, NOW, &attempt, NULL, err);
}

static int end_one(Library *lib, int64_t job, Err *err) {
        AlNewAsset assets[2] = {
                {.bytes = 3, .media_type = "text/plain", .ext = "txt", .text = "one"},
                {.bytes = 3,
                 .media_type = "text/plain",
                 .ext = "txt",
                 .text = "two",
                 .variant = 1}};
        AlAttemptEnd end = {.outcome = OUTCOME_MADE,
                            .billed = 90,
                            .counts = true,
                            .next = JOB_DONE,
                            .assets = assets,
                            .n_assets = 2};
        _cleanup_(strv_done) Strv ids = {0};
        int r;

        r = al_object_put(al_dir_fd(lib), "one", 3, "txt", &assets[0].digest, err);
        if (r >= 0)
                r = al_object_put(al_dir_fd(lib), "two", 3, "txt", &assets[1].digest, err);
        return r < 0 ? r : al_attempt_end(lib, job, &end, NOW, &ids, err);
}

/* What the ledger holds, as one text. Caller frees. */
static char *ledger(const char *dir) {
        return raw_text(dir, "SELECT (SELECT group_concat(state) FROM job) || ' ' ||"
                             " coalesce((SELECT group_concat(outcome) FROM attempt), '-') || ' ' ||"
                             " (SELECT coalesce(sum(micros), 0) FROM spend) || ' ' ||"
                             " (SELECT count(*) FROM asset) || ' ' ||"
                             " (SELECT count(*) FROM asset_tag) || ' ' ||"
                             " (SELECT count(*) FROM job_event)");
}

/* Sweeps the fault through `thing`: all or nothing each time. */
static void all_or_nothing(const char *dir, Library *lib, Thing thing, int64_t id, int code,
                           const char *after) {
        _cleanup_(freep) char *before = ledger(dir);
        unsigned n = 1;

        for (; n < TRIES_MAX; n++) {
                _cleanup_(freep) char *now = NULL;
                Err err = {0};
                int r;

                fault_arm(n, code);
                r = thing(lib, id, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        break;
                }
                now = ledger(dir);
                CHECK(r < 0);
                CHECK(err.text[0]);
                CHECK_STR(now, before);
        }
        CHECK(n > 20 && n < TRIES_MAX); /* as many steps as the thing has at least */
        {
                _cleanup_(freep) char *now = ledger(dir);

                CHECK_STR(now, after);
        }
        sound(lib);
}

static const FixJob two_tags = {.tags = "{\"format\":\"story\",\"season\":\"spring\"}"};

TEST(an_intent_is_whole_or_not_there) {
        _cleanup_(freep) char *dir = fix_dir("begin");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t job = fix_job(lib, &two_tags, NOW);

        all_or_nothing(dir, lib, begin_one, job, ENOSPC, "submitting open 1200 0 0 2");
}

TEST(an_end_is_whole_or_not_there) {
        _cleanup_(freep) char *dir = fix_dir("end");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t attempt = fix_begin(lib, fix_job(lib, &two_tags, NOW), 1, 100, NOW);

        all_or_nothing(dir, lib, end_one, attempt, ENOSPC, "done made 1080 2 4 3");
}

static int count(const AlAsset *a, void *userdata) {
        (void) a;
        ++*(int *) userdata;
        return 0;
}

/* Reading under faults: an error or the whole answer. */
TEST(a_query_fails_or_is_whole) {
        _cleanup_(freep) char *dir = fix_dir("query");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(al_filter_freep) AlFilter *f = fix_filter("brand:acme season:spring not:id=zzzz");
        AlQuery q = {.filter = f, .now_ms = NOW};
        unsigned n = 1;

        free(fix_asset(lib, &two_tags, "1", NOW));
        free(fix_asset(lib, &two_tags, "2", NOW));
        for (; n < TRIES_MAX; n++) {
                int seen = 0, r;
                Err err = {0};

                fault_arm(n, ENOMEM);
                r = al_query(lib, &q, count, &seen, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        CHECK_INT(seen, 2);
                        break;
                }
                if (r < 0)
                        CHECK(err.text[0]);
                else
                        CHECK_INT(seen, 2);
        }
        CHECK(n > 5 && n < TRIES_MAX);
        sound(lib);
}

TEST(describe_fails_or_is_whole) {
        _cleanup_(freep) char *dir = fix_dir("describe");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &two_tags, "1", NOW);
        _cleanup_(al_asset_done) AlAsset a = {0};
        unsigned n = 1;
        Err err = {0};

        CHECK_INT(al_asset_set_status(lib, id, ASSET_RETIRED, "x", "me", NOW, &err), AL_OK);
        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        for (; n < TRIES_MAX; n++) {
                _cleanup_(json_freep) Json *j = NULL;
                int r;

                err = (Err){0};
                fault_arm(n, ENOMEM);
                r = al_asset_describe(lib, &a, NOW, true, &j, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        break;
                }
                CHECK((r < 0) == !j);
        }
        CHECK(n > 5 && n < TRIES_MAX);
}

TEST(jobs_fail_or_are_whole) {
        _cleanup_(freep) char *dir = fix_dir("jobs");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t id = fix_job(lib, &two_tags, NOW);
        unsigned n = 1;

        for (; n < TRIES_MAX; n++) {
                AlJob job = {0};
                Err err = {0};
                int r;

                fault_arm(n, ENOMEM);
                r = al_job_get(lib, id, &job, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        al_job_done(&job);
                        break;
                }
                CHECK(r < 0);
                CHECK(!job.prompt);
        }
        CHECK(n > 5 && n < TRIES_MAX);
}

TEST(opening_fails_or_works) {
        _cleanup_(freep) char *dir = fix_dir("open");
        unsigned n = 1;

        for (; n < TRIES_MAX; n++) {
                Library *lib = NULL;
                Err err = {0};
                int r;

                fault_arm(n, ENOSPC);
                r = al_open(dir, AL_CREATE, &lib, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        (void) al_close(lib);
                        break;
                }
                CHECK((r < 0) == !lib);
                (void) al_close(lib);
        }
        CHECK(n > 3 && n < TRIES_MAX);
}
