/* SPDX-License-Identifier: MIT */

/* Jobs: what is kept of a plan, the setter of their state, lists, leftovers. */

#include "base/strbuf.h"
#include "core_fixture.h"

TEST(a_job_keeps_what_was_planned) {
        _cleanup_(freep) char *dir = fix_dir("plan");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        FixJob j = {.tags = "{\"format\":\"story\",\"mood\":[\"warm\",\"calm\"]}",
                    .format = "story",
                    .want = 3,
                    .seed = -7,
                    .max_age_ms = 5,
                    .review = true,
                    .kind = KIND_TEXT};
        _cleanup_(al_job_done) AlJob job = {0};
        _cleanup_(freep) char *key = fix_cell_key(&j);
        int64_t id = fix_job(lib, &j, NOW);
        Err err = {0};

        CHECK_INT(al_job_get(lib, id, &job, &err), AL_OK);
        CHECK_INT(job.id, id);
        CHECK_INT(strlen(job.uid), 16);
        CHECK_INT(strspn(job.uid, "0123456789abcdef"), 16);
        CHECK_INT(job.state, JOB_PLANNED);
        CHECK_INT(job.kind, KIND_TEXT);
        CHECK_STR(job.provider, "studio");
        CHECK_STR(job.driver, "local");
        CHECK_STR(job.model, "local-1");
        CHECK_STR(job.recipe, "spring");
        CHECK_STR(job.recipe_hash, HASH64);
        CHECK_STR(job.brand, "acme");
        CHECK_STR(job.hook, "urgency");
        CHECK_STR(job.category, "lifestyle");
        CHECK_STR(job.cell_key, key);
        CHECK_STR(job.prompt, "a photo");
        CHECK_STR(job.params, "{\"aspect_ratio\":\"1:1\"}");
        CHECK_STR(job.references, "[]");
        CHECK_STR(job.tags, j.tags);
        CHECK_INT(job.want, 3);
        CHECK_INT(job.seed, -7);
        CHECK_INT(job.max_age_ms, 5);
        CHECK_INT(job.priority, 0);
        CHECK(job.review_manual);
        CHECK_INT(job.worst, 100000);
        CHECK_INT(job.attempts, 0);
        CHECK_INT(job.attempt, 0);
        CHECK(!job.reason);
        CHECK_INT(job.created_ms, NOW);
        CHECK_INT(job.updated_ms, NOW);
}

TEST(no_such_job) {
        _cleanup_(freep) char *dir = fix_dir("none");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlJob job;
        Err err = {0};

        CHECK_INT(al_job_get(lib, 1, &job, &err), AL_NOT_FOUND);
        CHECK_INT(al_job_get(lib, 0, &job, &err), AL_NOT_FOUND);
        CHECK_INT(al_job_get(lib, -1, &job, &err), AL_NOT_FOUND);
        CHECK_INT(al_job_move(lib, 1, JOB_PLANNED, JOB_CANCELLED, NULL, NOW, &err), AL_TAKEN);
}

/* What could not be stored afterwards is refused before it is bought. */
TEST(bad_json_is_refused_at_planning) {
        static const struct {
                const char *tags, *params, *references, *text;
        } bad[] = {
                {"{", "{}", "[]", "tags of the job"},
                {"[]", "{}", "[]", "no JSON object"},
                {"{\"a\":1}", "{}", "[]", "tag 'a'"},
                {"{\"a\":[\"x\",null]}", "{}", "[]", "tag 'a'"},
                {"{\"a\":{\"b\":\"c\"}}", "{}", "[]", "tag 'a'"},
                {"{}", "nonsense", "[]", "params of the job"},
                {"{}", "[]", "[]", "params of the job"},
                {"{}", "{}", "{}", "references of the job"},
        };
        _cleanup_(freep) char *dir = fix_dir("bad");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlJobSpec spec = {.run = fix_run(lib, NOW),
                          .cell = fix_cell(lib, &(FixJob){0}, NOW),
                          .provider = "p",
                          .driver = "d",
                          .model = "m",
                          .recipe = "r",
                          .recipe_hash = "h",
                          .brand = "b",
                          .hook = "h",
                          .category = "c",
                          .prompt = "x",
                          .want = 1};

        for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
                int64_t job = -5;
                Err err = {0};

                spec.tags = bad[i].tags;
                spec.params = bad[i].params;
                spec.references = bad[i].references;
                CHECK(al_job_plan(lib, &spec, NOW, &job, &err) < 0);
                CHECK_HAS(err.text, bad[i].text);
                CHECK_INT(job, -5);
        }
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job"), 0);
}

TEST(a_name_too_long_for_the_counters_is_refused) {
        _cleanup_(freep) char *dir = fix_dir("names");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        char name[66];
        int64_t job;
        AlJobSpec spec = {.run = fix_run(lib, NOW),
                          .cell = fix_cell(lib, &(FixJob){0}, NOW),
                          .provider = "p",
                          .driver = "d",
                          .model = "m",
                          .recipe = name,
                          .recipe_hash = "h",
                          .brand = "b",
                          .hook = "h",
                          .category = "c",
                          .prompt = "x",
                          .want = 1};
        Err err = {0};

        memset(name, 'x', 65);
        name[65] = 0;
        CHECK_INT(al_job_plan(lib, &spec, NOW, &job, &err), -EINVAL);
        CHECK_HAS(err.text, name);
        name[64] = 0;
        CHECK_OK(al_job_plan(lib, &spec, NOW, &job, &err), &err);
}

TEST(moves_leave_a_history) {
        _cleanup_(freep) char *dir = fix_dir("moves");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t id = fix_job(lib, &(FixJob){0}, NOW);
        _cleanup_(al_job_done) AlJob job = {0};
        _cleanup_(freep) char *history = NULL;
        Err err = {0};

        CHECK_INT(al_job_move(lib, id, JOB_PLANNED, JOB_FAILED, "no price", NOW + 1, &err), AL_OK);
        CHECK_INT(al_job_move(lib, id, JOB_PLANNED, JOB_FAILED, "again", NOW + 2, &err), AL_TAKEN);
        CHECK_INT(al_job_move(lib, id, JOB_FAILED, JOB_PLANNED, NULL, NOW + 3, &err), AL_OK);
        CHECK_INT(al_job_get(lib, id, &job, &err), AL_OK);
        CHECK_INT(job.state, JOB_PLANNED);
        CHECK_INT(job.updated_ms, NOW + 3);
        CHECK(!job.reason);
        history =
                raw_text(dir, "SELECT group_concat(coalesce(from_state, '-') || '>' || to_state || "
                              "':' || coalesce(reason, '')) FROM job_event");
        CHECK_STR(history, "->planned:,planned>failed:no price,failed>planned:");
}

static int join_job(const AlJob *job, void *userdata) {
        char *all = userdata;

        (void) snprintf(all + strlen(all), 100 - strlen(all), "%lld ", (long long) job->id);
        return 0;
}

static void lists(Library *lib, AlJobFilter f, const char *want) {
        char all[100] = "";
        Err err = {0};

        CHECK_OK(al_jobs(lib, &f, join_job, all, &err), &err);
        CHECK_STR(all, want);
}

TEST(lists_by_run_state_recipe) {
        _cleanup_(freep) char *dir = fix_dir("lists");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t one = fix_run(lib, NOW), two = fix_run(lib, NOW);
        Err err = {0};

        (void) fix_job(lib, &(FixJob){.run = one}, NOW);
        (void) fix_job(lib, &(FixJob){.run = one, .recipe = "autumn"}, NOW);
        (void) fix_job(lib, &(FixJob){.run = two}, NOW);
        (void) fix_job(lib, &(FixJob){.run = two, .recipe = "autumn"}, NOW);
        CHECK_INT(al_job_move(lib, 4, JOB_PLANNED, JOB_FAILED, NULL, NOW, &err), AL_OK);
        lists(lib, (AlJobFilter){0}, "1 2 3 4 ");
        lists(lib, (AlJobFilter){.run = two}, "3 4 ");
        lists(lib, (AlJobFilter){.recipe = "autumn"}, "2 4 ");
        lists(lib, (AlJobFilter){.state = "planned"}, "1 2 3 ");
        lists(lib, (AlJobFilter){.state = "planned", .recipe = "autumn"}, "2 ");
        lists(lib, (AlJobFilter){.state = "planned", .recipe = "autumn", .run = two}, "");
        lists(lib, (AlJobFilter){.limit = 2}, "1 2 ");
        lists(lib, (AlJobFilter){.state = "' OR 1 --"}, "");
}

static int retry_job(const AlJob *job, void *userdata) {
        Err err = {0};

        CHECK_INT(al_job_move(userdata, job->id, JOB_FAILED, JOB_PLANNED, NULL, NOW, &err), AL_OK);
        return 0;
}

/* As `retry --state failed` does. */
TEST(jobs_may_be_moved_while_they_are_listed) {
        _cleanup_(freep) char *dir = fix_dir("while");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        for (int i = 0; i < 5; i++)
                CHECK_INT(al_job_move(lib, fix_job(lib, &(FixJob){0}, NOW), JOB_PLANNED, JOB_FAILED,
                                      NULL, NOW, &err),
                          AL_OK);
        CHECK_OK(al_jobs(lib, &(AlJobFilter){.state = "failed"}, retry_job, lib, &err), &err);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job WHERE state = 'planned'"), 5);
}

TEST(leftovers_of_earlier_runs_are_cancelled) {
        _cleanup_(freep) char *dir = fix_dir("leftover");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t one = fix_run(lib, NOW), two, n = -1;
        Err err = {0};

        (void) fix_job(lib, &(FixJob){.run = one}, NOW);
        (void) fix_job(lib, &(FixJob){.run = one}, NOW);
        (void) fix_begin(lib, fix_job(lib, &(FixJob){.run = one}, NOW), one, 1, NOW);
        two = fix_run(lib, NOW);
        (void) fix_job(lib, &(FixJob){.run = two}, NOW);
        CHECK_OK(al_jobs_cancel_leftover(lib, two, NOW, &n, &err), &err);
        CHECK_INT(n, 2);
        lists(lib, (AlJobFilter){.state = "cancelled"}, "1 2 ");
        lists(lib, (AlJobFilter){.state = "submitting"}, "3 ");
        lists(lib, (AlJobFilter){.state = "planned"}, "4 ");
        CHECK_OK(al_jobs_cancel_leftover(lib, two, NOW, NULL, &err), &err);
}

TEST(references_are_written_down_before_anything_leaves) {
        _cleanup_(freep) char *dir = fix_dir("refer");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t run = fix_run(lib, NOW), job = fix_job(lib, &(FixJob){.run = run}, NOW);
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        CHECK_INT(al_job_refer(lib, job, "{}", NOW, &err), -EINVAL);
        CHECK_INT(al_job_refer(lib, job, "[{\"asset\":\"a\"}]", NOW, &err), AL_OK);
        text = raw_text(dir, "SELECT refs FROM job");
        CHECK_STR(text, "[{\"asset\":\"a\"}]");
        (void) fix_begin(lib, job, run, 1, NOW);
        CHECK_INT(al_job_refer(lib, job, "[]", NOW, &err), AL_TAKEN);
}
