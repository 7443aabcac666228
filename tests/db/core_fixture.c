/* SPDX-License-Identifier: MIT */

#include "core_fixture.h"

#include "base/db_private.h"
#include "base/strbuf.h"

char *fix_dir(const char *name) {
        return test_path(name);
}

Library *fix_open(const char *dir) {
        Library *lib = NULL;
        Err err = {0};

        CHECK_OK(al_open(dir, AL_CREATE, &lib, &err), &err);
        return lib;
}

static FixJob filled(const FixJob *j) {
        FixJob f = *j;

        f.recipe = f.recipe ? f.recipe : "spring";
        f.brand = f.brand ? f.brand : "acme";
        f.hook = f.hook ? f.hook : "urgency";
        f.category = f.category ? f.category : "lifestyle";
        f.format = f.format ? f.format : "square";
        f.provider = f.provider ? f.provider : "studio";
        f.want = f.want ? f.want : 1;
        f.target = f.target ? f.target : 5;
        return f;
}

enum {
        N_AXES = 4,
};

static void fill_axes(const FixJob *f, AlAxis axes[static N_AXES]) {
        axes[0] = (AlAxis){"brand", f->brand};
        axes[1] = (AlAxis){"category", f->category};
        axes[2] = (AlAxis){"format", f->format};
        axes[3] = (AlAxis){"hook", f->hook};
}

char *fix_cell_key(const FixJob *j) {
        FixJob f = filled(j);
        AlAxis axes[N_AXES];
        char *key;

        fill_axes(&f, axes);
        key = al_cell_key(axes, N_AXES);
        CHECK(key);
        return key;
}

int64_t fix_cell(Library *lib, const FixJob *j, int64_t now_ms) {
        FixJob f = filled(j);
        AlAxis axes[N_AXES];
        AlCellSpec spec = {.recipe = f.recipe,
                           .brand = f.brand,
                           .hook = f.hook,
                           .category = f.category,
                           .axes = axes,
                           .n_axes = N_AXES,
                           .kind = f.kind,
                           .target = f.target,
                           .max_age_ms = f.max_age_ms};
        int64_t cell = 0;
        Err err = {0};

        fill_axes(&f, axes);
        CHECK_OK(al_cell_sync(lib, &spec, now_ms, &cell, &err), &err);
        return cell;
}

int64_t fix_run(Library *lib, int64_t now_ms) {
        int64_t run = 0;
        Err err = {0};

        CHECK_OK(al_run_begin(lib, now_ms, -1, &run, &err), &err);
        return run;
}

static int64_t last_run(Library *lib, int64_t now_ms) {
        AlRun run;
        Err err = {0};
        int r = al_run_get(lib, 0, &run, &err);

        CHECK_OK(r, &err);
        return r == AL_NOT_FOUND ? fix_run(lib, now_ms) : run.id;
}

int64_t fix_job(Library *lib, const FixJob *j, int64_t now_ms) {
        FixJob f = filled(j);
        char tags[200];
        AlJobSpec spec = {.run = f.run ? f.run : last_run(lib, now_ms),
                          .cell = fix_cell(lib, j, now_ms),
                          .kind = f.kind,
                          .provider = f.provider,
                          .driver = "local",
                          .model = "local-1",
                          .recipe = f.recipe,
                          .recipe_hash = HASH64,
                          .brand = f.brand,
                          .hook = f.hook,
                          .category = f.category,
                          .prompt = "a photo",
                          .params = "{\"aspect_ratio\":\"1:1\"}",
                          .tags = f.tags ? f.tags : tags,
                          .want = f.want,
                          .seed = f.seed,
                          .max_age_ms = f.max_age_ms,
                          .review_manual = f.review,
                          .worst = 100000};
        int64_t job = 0;
        Err err = {0};

        (void) snprintf(tags, sizeof tags, "{\"format\":\"%s\"}", f.format);
        CHECK_OK(al_job_plan(lib, &spec, now_ms, &job, &err), &err);
        return job;
}

int64_t fix_begin(Library *lib, int64_t job, int64_t run, Micros reserve, int64_t now_ms) {
        int64_t attempt = 0;
        Err err = {0};
        int r = al_attempt_begin(lib, job, run, reserve, NULL, 0, DAY, now_ms, &attempt, NULL,
                                 &err);

        CHECK_OK(r, &err);
        CHECK_INT(r, AL_OK);
        return attempt;
}

void fix_end(Library *lib, int64_t attempt, Outcome outcome, JobState next, Micros billed,
             int64_t now_ms) {
        AlAttemptEnd end = {.outcome = outcome,
                            .billed = billed,
                            .reason = "because",
                            .counts = outcome != OUTCOME_THROTTLED,
                            .next = next};
        Err err = {0};
        int r = al_attempt_end(lib, attempt, &end, now_ms, NULL, &err);

        CHECK_OK(r, &err);
        CHECK_INT(r, AL_OK);
}

char *fix_made(Library *lib, int64_t attempt, const char *content, Micros billed, int64_t now_ms) {
        _cleanup_(strv_done) Strv ids = {0};
        AlNewAsset a = {.bytes = (int64_t) strlen(content),
                        .media_type = "image/png",
                        .ext = "png",
                        .width = 1080,
                        .height = 1080};
        AlAttemptEnd end = {.outcome = OUTCOME_MADE,
                            .billed = billed,
                            .model_returned = "local-1.1",
                            .counts = true,
                            .next = JOB_DONE,
                            .assets = &a,
                            .n_assets = 1};
        Err err = {0};
        char *id;

        CHECK_OK(al_object_put(al_dir_fd(lib), content, strlen(content), "png", &a.digest, &err),
                 &err);
        CHECK_OK(al_attempt_end(lib, attempt, &end, now_ms, &ids, &err), &err);
        CHECK_INT(ids.n, 1);
        id = strdup(ids.items[0]);
        CHECK(id);
        return id;
}

char *fix_asset(Library *lib, const FixJob *j, const char *content, int64_t now_ms) {
        int64_t job = fix_job(lib, j, now_ms);
        int64_t run = j->run ? j->run : last_run(lib, now_ms);

        return fix_made(lib, fix_begin(lib, job, run, 100000, now_ms), content, 100000, now_ms);
}

AlFilter *fix_filter(const char *terms) {
        AlFilterText text = {.text = terms};
        AlFilter *f = NULL;
        Err err = {0};

        CHECK_OK(al_filter_parse(NULL, &text, 1, NOW, &f, NULL, &err), &err);
        return f;
}

static sqlite3 *raw_open(const char *dir) {
        _cleanup_(freep) char *path = str_printf("%s/library.db", dir);
        sqlite3 *db = NULL;

        CHECK(path);
        CHECK_INT(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
        CHECK_INT(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
        CHECK_INT(db_functions(db), SQLITE_OK); /* what the triggers call */
        return db;
}

void raw_exec(const char *dir, const char *sql) {
        sqlite3 *db = raw_open(dir);
        char *text = NULL;

        if (sqlite3_exec(db, sql, NULL, NULL, &text) != SQLITE_OK)
                test_fail(__FILE__, __LINE__, "%s: %s", sql, text);
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
}

char *raw_text(const char *dir, const char *sql) {
        sqlite3 *db = raw_open(dir);
        sqlite3_stmt *s = NULL;
        char *text = NULL;

        if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
                test_fail(__FILE__, __LINE__, "%s: %s", sql, sqlite3_errmsg(db));
        if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_text(s, 0)) {
                text = strdup((const char *) sqlite3_column_text(s, 0));
                CHECK(text);
        }
        CHECK_INT(sqlite3_finalize(s), SQLITE_OK);
        CHECK_INT(sqlite3_close(db), SQLITE_OK);
        return text;
}

int64_t raw_int(const char *dir, const char *sql) {
        _cleanup_(freep) char *text = raw_text(dir, sql);

        return text ? strtoll(text, NULL, 10) : -1;
}
