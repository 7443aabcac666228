/* SPDX-License-Identifier: MIT */

#include <math.h>

#include "base/strbuf.h"
#include "core/sql_catalog.h"
#include "core_fixture.h"

static int note_limit(const AlLimit *limit, void *userdata) {
        return strbuf_printf(userdata, "%s/%s %.1f %lld %lld;", limit->provider, limit->model,
                             limit->per_minute, (long long) limit->cap,
                             (long long) (limit->learned_ms - NOW));
}

TEST(limits_are_kept_per_provider_and_model) {
        _cleanup_(freep) char *dir = fix_dir("limits");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        AlLimit limit = {0};
        Err err = {0};

        CHECK_INT(al_limit_get(lib, "gemini", "nano", &limit, &err), AL_NOT_FOUND);
        CHECK_OK(al_limit_set(lib, &(AlLimit){"veo", "3", 0, 20, NOW}, &err), &err);
        CHECK_OK(al_limit_set(lib, &(AlLimit){"gemini", "nano", 59.5, 0, NOW}, &err), &err);
        CHECK_OK(al_limit_set(lib, &(AlLimit){"gemini", "nano", 30.5, 0, NOW + 5}, &err), &err);
        CHECK_INT(al_limit_get(lib, "gemini", "nano", &limit, &err), AL_OK);
        CHECK(limit.per_minute == 30.5);
        CHECK_INT(limit.cap, 0);
        CHECK_STR(limit.model, "nano");
        CHECK_OK(al_limits(lib, note_limit, &text, &err), &err);
        CHECK_STR(strbuf_text(&text), "gemini/nano 30.5 0 5;veo/3 0.0 20 0;");
}

static void make(Library *lib, AssetKind kind, int64_t took_ms) {
        int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){.kind = kind}, NOW), 1, 1, NOW);

        free(fix_made(lib, attempt, "x", 1, NOW + took_ms));
}

TEST(durations_are_learned_from_what_was_made) {
        static const int64_t took_ms[] = {1000, 2000, 4000, 8000, 30000};
        _cleanup_(freep) char *dir = fix_dir("durations");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        double sum = 0, squares = 0, n = 0;
        AlDuration d = {0};
        Err err = {0};

        CHECK_INT(al_duration_get(lib, "studio", "local-1", "image", &d, &err), AL_NOT_FOUND);
        for (size_t i = 0; i < ARRAY_LEN(took_ms); i++) {
                double x = log((double) took_ms[i] / 1000);

                n++;
                sum += x;
                squares += x * x;
                make(lib, KIND_IMAGE, took_ms[i]);
        }
        make(lib, KIND_TEXT, 500);
        fix_end(lib, fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 1, NOW), OUTCOME_BROKEN,
                JOB_FAILED, 1, NOW + 999999);
        CHECK_INT(al_duration_get(lib, "studio", "local-1", "image", &d, &err), AL_OK);
        CHECK_INT(d.n, ARRAY_LEN(took_ms));
        CHECK(fabs(d.mean - sum / n) < 1e-9);
        CHECK(fabs(d.variance - (squares / n - sum / n * sum / n)) < 1e-9);
        CHECK_INT(al_duration_get(lib, "studio", "local-1", "text", &d, &err), AL_OK);
        CHECK(d.n == 1 && d.variance == 0);
}

TEST(a_model_that_became_faster_is_believed) {
        _cleanup_(freep) char *dir = fix_dir("faster");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlDuration d = {0};
        Err err = {0};

        CHECK_OK(al_begin(lib, &err), &err);
        for (int i = 0; i < 400; i++)
                make(lib, KIND_IMAGE, i < 200 ? 60000 : 0); /* no time at all counts as 1 ms */
        CHECK_OK(al_commit(lib, &err), &err);
        CHECK_INT(al_duration_get(lib, "studio", "local-1", "image", &d, &err), AL_OK);
        CHECK_INT(d.n, 400);
        CHECK(d.mean < log(0.01));
}

/* Waiting for a slot is no part of it. */
TEST(an_operation_s_time_begins_when_it_is_accepted) {
        _cleanup_(freep) char *dir = fix_dir("own");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 1, NOW);
        AlDuration d = {0};
        Err err = {0};

        CHECK_OK(al_attempt_accepted(lib, attempt, "op/1", NULL, NOW + 94000, &err), &err);
        free(fix_made(lib, attempt, "x", 1, NOW + 99000));
        CHECK_INT(al_duration_get(lib, "studio", "local-1", "image", &d, &err), AL_OK);
        CHECK(fabs(d.mean - log(5)) < 1e-9);
}

static const char *step_of(const char *name) {
        for (size_t i = 0; i < sql_catalog.n_migrations; i++)
                if (streq(sql_catalog.migrations[i].name, name))
                        return sql_catalog.migrations[i].sql;
        test_fail(__FILE__, __LINE__, "no step %s", name);
}

/* A library of the schema before: what it knows already is counted. */
TEST(an_older_library_brings_its_durations) {
        _cleanup_(freep) char *dir = fix_dir("older");
        Library *lib = fix_open(dir);
        AlDuration d = {0};
        Err err = {0};

        make(lib, KIND_IMAGE, 2000);
        make(lib, KIND_IMAGE, 8000);
        (void) al_close(lib);
        raw_exec(dir, "DROP TABLE learned_limit");
        raw_exec(dir, "DROP TABLE learned_duration");
        raw_exec(dir, step_of("0004_learned.sql")); /* the later ones stay as they are */
        CHECK_OK(al_open(dir, AL_WRITE, &lib, &err), &err);
        CHECK_INT(al_duration_get(lib, "studio", "local-1", "image", &d, &err), AL_OK);
        CHECK_INT(d.n, 2);
        CHECK(fabs(exp(d.mean) - 4) < 1e-9);
        CHECK(fabs(sqrt(d.variance) - log(2)) < 1e-9);
        (void) al_close(lib);
}
