/* SPDX-License-Identifier: MIT */

/* The ledger: intents, caps, counters, and what the end of an attempt writes. */

#include "base/strbuf.h"
#include "core/asset.h"
#include "core_fixture.h"

static Micros spent(Library *lib, const char *scope, AlPeriod period, const char *name) {
        Micros m = -1;
        Err err = {0};

        CHECK_OK(al_spent(lib, scope, period, name, &m, &err), &err);
        return m;
}

static int begin(Library *lib, int64_t job, Micros reserve, const AlCap *caps, size_t n,
                 AlRefusal *refusal) {
        int64_t attempt = -5;
        Err err = {0};
        int r = al_attempt_begin(lib, job, 1, reserve, caps, n, DAY, NOW, &attempt, refusal, &err);

        CHECK_OK(r, &err);
        CHECK_INT(attempt == -5, r != AL_OK);
        return r;
}

TEST(the_intent_is_there_before_anything_leaves) {
        _cleanup_(freep) char *dir = fix_dir("intent");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t job = fix_job(lib, &(FixJob){0}, NOW), attempt;
        _cleanup_(al_job_done) AlJob j = {0};
        Err err = {0};

        attempt = fix_begin(lib, job, 1, 33600, NOW + 5);
        /* read through a connection of its own: it is committed */
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job WHERE state = 'submitting'"), 1);
        CHECK_INT(raw_int(dir, "SELECT reserved FROM attempt WHERE outcome = 'open'"), 33600);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM spend"), 12);
        CHECK_INT(raw_int(dir, "SELECT min(micros) FROM spend"), 33600);
        CHECK_INT(spent(lib, "", AL_PERIOD_RUN, "1"), 33600);
        CHECK_INT(spent(lib, "provider:studio", AL_PERIOD_DAY, DAY), 33600);
        CHECK_INT(spent(lib, "brand:acme", AL_PERIOD_MONTH, DAY), 33600);
        CHECK_INT(spent(lib, "recipe:spring", AL_PERIOD_MONTH, "2026-11"), 33600);
        CHECK_INT(spent(lib, "recipe:spring", AL_PERIOD_MONTH, "2026-12"), 0);
        CHECK_INT(al_job_get(lib, job, &j, &err), AL_OK);
        CHECK_INT(j.attempt, attempt);
        CHECK_INT(j.attempts, 0);
        CHECK_INT(begin(lib, job, 1, NULL, 0, NULL), AL_TAKEN);
        CHECK_INT(begin(lib, job + 1, 1, NULL, 0, NULL), AL_TAKEN);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM attempt"), 1);
}

TEST(caps_hold_to_the_micro) {
        static const AlCap caps[] = {
                {"", AL_PERIOD_RUN, 1000},           {"", AL_PERIOD_DAY, 1000},
                {"", AL_PERIOD_MONTH, 1000},         {"provider:studio", AL_PERIOD_RUN, 1000},
                {"brand:acme", AL_PERIOD_DAY, 1000}, {"recipe:spring", AL_PERIOD_MONTH, 1000},
        };
        _cleanup_(freep) char *dir = fix_dir("caps");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlRefusal refusal = {0};

        (void) fix_run(lib, NOW);
        CHECK_INT(begin(lib, fix_job(lib, &(FixJob){0}, NOW), 400, caps, 6, NULL), AL_OK);
        for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
                int64_t job = fix_job(lib, &(FixJob){0}, NOW);

                CHECK_INT(begin(lib, job, 601, &caps[i], 1, &refusal), AL_REFUSED);
                CHECK_STR(refusal.scope, caps[i].scope);
                CHECK_INT(refusal.period, caps[i].period);
                CHECK_INT(refusal.limit, 1000);
                CHECK_INT(refusal.used, 400);
        }
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM attempt"), 1);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job WHERE state = 'planned'"), 6);
        CHECK_INT(begin(lib, 2, 600, caps, 6, &refusal), AL_OK); /* to the limit */
        CHECK_INT(begin(lib, 3, 0, caps, 6, &refusal), AL_OK);   /* what is free is not refused */
        CHECK_INT(begin(lib, 4, 1, caps, 6, NULL), AL_REFUSED);
        CHECK_INT(spent(lib, "", AL_PERIOD_DAY, DAY), 1000);
}

TEST(caps_of_others_do_not_bind) {
        static const AlCap caps[] = {{"provider:other", AL_PERIOD_RUN, 0},
                                     {"brand:zenith", AL_PERIOD_DAY, 0},
                                     {"recipe:autumn", AL_PERIOD_MONTH, 0}};
        static const AlCap huge = {"", AL_PERIOD_RUN, INT64_MAX};
        _cleanup_(freep) char *dir = fix_dir("others");
        _cleanup_(al_closep) Library *lib = fix_open(dir);

        CHECK_INT(begin(lib, fix_job(lib, &(FixJob){0}, NOW), 5, caps, 3, NULL), AL_OK);
        CHECK_INT(begin(lib, fix_job(lib, &(FixJob){0}, NOW), 5, &huge, 1, NULL), AL_OK);
}

/* The day before's spending does not count; the month's does. */
TEST(periods_are_of_the_attempt) {
        static const AlCap day = {"", AL_PERIOD_DAY, 10}, month = {"", AL_PERIOD_MONTH, 10};
        _cleanup_(freep) char *dir = fix_dir("periods");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t a, job = fix_job(lib, &(FixJob){0}, NOW), next = fix_job(lib, &(FixJob){0}, NOW);
        Err err = {0};

        CHECK_INT(al_attempt_begin(lib, job, 1, 10, &day, 1, "2026-11-22", NOW, &a, NULL, &err),
                  AL_OK);
        CHECK_INT(al_attempt_begin(lib, next, 1, 1, &month, 1, DAY, NOW, &a, NULL, &err),
                  AL_REFUSED);
        CHECK_INT(al_attempt_begin(lib, next, 1, 1, &month, 1, "2026-12-01", NOW, &a, NULL, &err),
                  AL_OK);
        CHECK_INT(al_attempt_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 10, &day, 1, DAY, NOW,
                                   &a, NULL, &err),
                  AL_OK);
}

TEST(the_end_corrects_the_reservation) {
        _cleanup_(freep) char *dir = fix_dir("end");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t job = fix_job(lib, &(FixJob){0}, NOW);
        int64_t attempt = fix_begin(lib, job, 1, 1000, NOW);
        _cleanup_(al_job_done) AlJob j = {0};
        Err err = {0};

        fix_end(lib, attempt, OUTCOME_THROTTLED, JOB_PLANNED, 0, NOW + 1);
        CHECK_INT(spent(lib, "", AL_PERIOD_RUN, "1"), 0);
        attempt = fix_begin(lib, job, 1, 1000, NOW);
        fix_end(lib, attempt, OUTCOME_BROKEN, JOB_PLANNED, 250, NOW + 2);
        CHECK_INT(spent(lib, "brand:acme", AL_PERIOD_RUN, "1"), 250);
        attempt = fix_begin(lib, job, 1, 1000, NOW);
        fix_end(lib, attempt, OUTCOME_UNKNOWN, JOB_UNKNOWN, 1000, NOW + 3);
        CHECK_INT(spent(lib, "", AL_PERIOD_DAY, DAY), 1250);
        CHECK_INT(al_job_get(lib, job, &j, &err), AL_OK);
        CHECK_INT(j.attempts, 2); /* the throttled one costs none */
        CHECK_INT(j.state, JOB_UNKNOWN);
        CHECK_STR(j.reason, "because");
        CHECK_INT(raw_int(dir, "SELECT max(number) FROM attempt"), 3);
        CHECK_OK(al_spend_verify(lib, &err), &err);
        CHECK_INT(al_attempt_end(lib, attempt,
                                 &(AlAttemptEnd){.outcome = OUTCOME_TRANSIENT, .next = JOB_PLANNED},
                                 NOW, NULL, &err),
                  AL_TAKEN);
        CHECK_INT(al_attempt_end(lib, 99,
                                 &(AlAttemptEnd){.outcome = OUTCOME_TRANSIENT, .next = JOB_PLANNED},
                                 NOW, NULL, &err),
                  AL_TAKEN);
}

static int check_attempt(const AlAttempt *a, void *userdata) {
        CHECK_INT(a->id, 1);
        CHECK_INT(a->job, 1);
        CHECK_INT(a->run, 1);
        CHECK_INT(a->number, 1);
        CHECK_INT(a->outcome, OUTCOME_BLOCKED);
        CHECK_INT(a->reserved, 70);
        CHECK_INT(a->billed, 7);
        CHECK_INT(a->http_status, 200);
        CHECK_STR(a->reason_code, "IMAGE_SAFETY");
        CHECK_STR(a->reason, "no");
        CHECK_STR(a->model_returned, "m-1");
        CHECK_STR(a->request_id, "r-1");
        CHECK_STR(a->usage, "{\"n\":1}");
        CHECK_INT(a->started_ms, NOW);
        CHECK_INT(a->ended_ms, NOW + 9);
        ++*(int *) userdata;
        return 0;
}

TEST(an_attempt_keeps_what_was_said) {
        _cleanup_(freep) char *dir = fix_dir("said");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 70, NOW);
        AlAttemptEnd end = {.outcome = OUTCOME_BLOCKED,
                            .billed = 7,
                            .http_status = 200,
                            .reason_code = "IMAGE_SAFETY",
                            .reason = "no",
                            .model_returned = "m-1",
                            .request_id = "r-1",
                            .usage = "{\"n\":1}",
                            .counts = true,
                            .next = JOB_BLOCKED};
        int n = 0;
        Err err = {0};

        CHECK_INT(al_attempt_end(lib, attempt, &end, NOW + 9, NULL, &err), AL_OK);
        CHECK_OK(al_attempts(lib, 1, check_attempt, &n, &err), &err);
        CHECK_OK(al_attempts(lib, 0, check_attempt, &n, &err), &err);
        CHECK_OK(al_attempts(lib, 2, check_attempt, &n, &err), &err);
        CHECK_INT(n, 2);
}

static void copy_assets(Library *lib, AlNewAsset *assets, size_t n) {
        static const char *const copies[] = {"buy now", "last day", "two left"};
        Err err = {0};

        for (size_t i = 0; i < n; i++) {
                assets[i] = (AlNewAsset){.bytes = (int64_t) strlen(copies[i]),
                                         .media_type = "text/plain",
                                         .ext = "txt",
                                         .text = copies[i],
                                         .variant = (int64_t) i};
                CHECK_OK(al_object_put(al_dir_fd(lib), copies[i], strlen(copies[i]), "txt",
                                       &assets[i].digest, &err),
                         &err);
        }
}

TEST(variants_share_the_price) {
        _cleanup_(freep) char *dir = fix_dir("variants");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.kind = KIND_TEXT,
                    .want = 3,
                    .review = true,
                    .max_age_ms = HOUR_MS,
                    .tags = "{\"format\":\"story\",\"mood\":[\"warm\",\"calm\"]}"};
        int64_t attempt = fix_begin(lib, fix_job(lib, &j, NOW), 1, 500, NOW);
        _cleanup_(strv_done) Strv ids = {0};
        _cleanup_(al_asset_done) AlAsset a = {0};
        _cleanup_(freep) char *tags = NULL, *prices = NULL;
        AlNewAsset assets[3];
        AlAttemptEnd end = {.outcome = OUTCOME_MADE,
                            .billed = 101,
                            .next = JOB_DONE,
                            .assets = assets,
                            .n_assets = 3};
        Err err = {0};

        copy_assets(lib, assets, 3);
        CHECK_INT(al_attempt_end(lib, attempt, &end, NOW + 5, &ids, &err), AL_OK);
        CHECK_INT(ids.n, 3);
        CHECK_INT(al_asset_find(lib, ids.items[1], &a, NULL, &err), AL_OK);
        CHECK_INT(a.status, ASSET_PENDING);
        CHECK_INT(a.kind, KIND_TEXT);
        CHECK_STR(a.text, "last day");
        CHECK_STR(a.brand, "acme");
        CHECK_STR(a.recipe, "spring");
        CHECK_INT(a.bytes, 8);
        CHECK_INT(a.price, 33);
        CHECK_INT(a.created_ms, NOW + 5);
        CHECK_INT(a.expires_ms, NOW + 5 + HOUR_MS);
        CHECK_INT(a.uses, 0);
        CHECK(a.path[0] == '/' && access(a.path, R_OK) == 0);
        tags = json_print(a.tags);
        CHECK_STR(tags, "{\"format\":\"story\",\"mood\":[\"calm\",\"warm\"]}");
        prices = raw_text(dir, "SELECT group_concat(price) FROM asset");
        CHECK_STR(prices, "35,33,33");
}

TEST(same_bytes_are_one_object_and_two_assets) {
        _cleanup_(freep) char *dir = fix_dir("same");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *one = fix_asset(lib, &(FixJob){0}, "same", NOW);
        _cleanup_(freep) char *two = fix_asset(lib, &(FixJob){0}, "same", NOW);

        CHECK(!streq(one, two));
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM object"), 1);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset"), 2);
}

TEST(ids_are_stable_and_survive_a_collision) {
        _cleanup_(freep) char *dir = fix_dir("ids");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = NULL, *uid = NULL, *sql = NULL, *other = NULL;
        char expected[ASSET_UID_LEN + 1], salted[ASSET_UID_LEN + 1];
        int64_t attempt;
        Digest d;

        digest_of("x", 1, &d);
        asset_uid("0123456789abcdef", 0, &d, 0, expected);
        asset_uid("0123456789abcdef", 0, &d, 0, salted);
        CHECK_STR(expected, salted);
        CHECK_INT(strspn(expected, "0123456789abcdefghjkmnpqrstvwxyz"), ASSET_UID_LEN);
        asset_uid("0123456789abcdef", 1, &d, 0, salted);
        CHECK(!streq(expected, salted));

        other = fix_asset(lib, &(FixJob){0}, "y", NOW);
        attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 1, NOW);
        uid = raw_text(dir, "SELECT uid FROM job WHERE state = 'submitting'");
        asset_uid(uid, 0, &d, 0, expected);
        asset_uid(uid, 0, &d, 1, salted);
        sql = str_printf("UPDATE asset SET uid = '%s'", expected); /* somebody has that name */
        raw_exec(dir, sql);
        id = fix_made(lib, attempt, "x", 1, NOW);
        CHECK_STR(id, salted);
}

TEST(a_spool_file_may_be_left_to_the_end) {
        _cleanup_(freep) char *dir = fix_dir("left"), *spool = al_spool_name(1, "0");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *file = test_file("left/spool/1.0", "picture");
        AlNewAsset a = {.spool = spool, .bytes = 7, .media_type = "image/png", .ext = "png"};
        AlAttemptEnd end = {.outcome = OUTCOME_MADE, .next = JOB_DONE, .assets = &a, .n_assets = 1};
        _cleanup_(freep) char *name = NULL, *path = NULL;
        int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 1, NOW);
        Err err = {0};

        CHECK_STR(spool, "spool/1.0");
        digest_of("picture", 7, &a.digest);
        CHECK_INT(al_attempt_end(lib, attempt, &end, NOW, NULL, &err), AL_OK);
        name = al_object_name(&a.digest, "png");
        path = str_printf("%s/%s", dir, name);
        CHECK(access(path, R_OK) == 0);
        CHECK(access(file, F_OK) < 0);
}

TEST(expected_is_the_middle_of_what_was_made) {
        _cleanup_(freep) char *dir = fix_dir("expected");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t ms = -1;
        Err err = {0};

        CHECK_OK(al_expected_ms(lib, "studio", "local-1", &ms, &err), &err);
        CHECK_INT(ms, 0);
        for (int i = 0; i < 60; i++) { /* the first ten move it little */
                int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 1, NOW);

                free(fix_made(lib, attempt, "x", 1, NOW + (i < 10 ? 100000 : i % 2 ? 3000 : 1000)));
        }
        fix_end(lib, fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 1, NOW), OUTCOME_BROKEN,
                JOB_FAILED, 1, NOW + 999999);
        CHECK_OK(al_expected_ms(lib, "studio", "local-1", &ms, &err), &err);
        CHECK(ms > 1700 && ms < 4000);
        CHECK_OK(al_expected_ms(lib, "studio", "other", &ms, &err), &err);
        CHECK_INT(ms, 0);
}
