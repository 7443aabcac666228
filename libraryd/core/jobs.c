/* SPDX-License-Identifier: MIT */

/* Reading jobs: one column list (jobs_head in queries.sql), completed by what the filter asks for.
 */

#include <stdio.h>

#include "base/strbuf.h"
#include "core/lib.h"

enum {
        JOB_SQL_MAX = 16 * 1024,
};

void al_job_done(AlJob *job) {
        if (!job)
                return;
        free(job->provider);
        free(job->driver);
        free(job->model);
        free(job->recipe);
        free(job->recipe_hash);
        free(job->brand);
        free(job->hook);
        free(job->category);
        free(job->cell_key);
        free(job->prompt);
        free(job->params);
        free(job->references);
        free(job->tags);
        free(job->reason);
        *job = (AlJob){0};
}

static int job_numbers(Stmt *s, AlJob *ret) {
        *ret = (AlJob){
                .id = db_col_int(s, 0),
                .run = db_col_int(s, 2),
                .cell = db_col_int(s, 3),
                .state = job_state_from_word(db_col_text(s, 4)),
                .kind = asset_kind_from_word(db_col_text(s, 5)),
                .want = db_col_int(s, 19),
                .seed = db_col_int(s, 20),
                .max_age_ms = db_col_int(s, 21),
                .priority = db_col_int(s, 22),
                .review_manual = db_col_int(s, 23) != 0,
                .worst = db_col_int(s, 24),
                .attempts = db_col_int(s, 25),
                .attempt = db_col_int(s, 26),
                .created_ms = db_col_int(s, 28),
                .updated_ms = db_col_int(s, 29),
        };
        (void) snprintf(ret->uid, sizeof ret->uid, "%s", db_col_text(s, 1));
        return ret->state < 0 || ret->kind < 0 ? -EUCLEAN : 0;
}

static int job_texts(Stmt *s, AlJob *ret) {
        const struct {
                char **to;
                int column;
        } texts[] = {
                {&ret->provider, 6}, {&ret->driver, 7},       {&ret->model, 8},
                {&ret->recipe, 9},   {&ret->recipe_hash, 10}, {&ret->brand, 11},
                {&ret->hook, 12},    {&ret->category, 13},    {&ret->cell_key, 14},
                {&ret->prompt, 15},  {&ret->params, 16},      {&ret->references, 17},
                {&ret->tags, 18},    {&ret->reason, 27},
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                if (lib_copy(texts[i].to, db_col_text(s, texts[i].column)) < 0)
                        return -ENOMEM;
        return 0;
}

static int job_read(Stmt *s, AlJob *ret, Err *err) {
        AlJob job;
        int r = job_numbers(s, &job);

        if (r >= 0)
                r = job_texts(s, &job);
        if (r < 0) {
                (void) err_errno(err, r, "cannot read job %lld", (long long) job.id);
                al_job_done(&job);
                return r;
        }
        *ret = job;
        return 0;
}

/* The values in the order in which jobs_prepare() put the conditions. */
static int jobs_bind(Library *lib, Stmt *s, int64_t job, const AlJobFilter *f, Err *err) {
        int r = 0, n = 0;

        if (job != 0)
                r = db_bind_int_at(lib->db, s, ++n, job, err);
        if (r >= 0 && f->run != 0)
                r = db_bind_int_at(lib->db, s, ++n, f->run, err);
        if (r >= 0 && f->state)
                r = db_bind_text_at(lib->db, s, ++n, f->state, err);
        if (r >= 0 && f->recipe)
                r = db_bind_text_at(lib->db, s, ++n, f->recipe, err);
        if (r >= 0 && f->standing)
                r = db_bind_text_at(lib->db, s, ++n, AL_REPLANNED, err);
        if (r >= 0)
                r = db_bind_int_at(lib->db, s, ++n, f->limit > 0 ? f->limit : -1, err);
        return r;
}

/* The statement of a filter, prepared and bound. `job` 0: any. */
static int jobs_prepare(Library *lib, int64_t job, const AlJobFilter *f, Stmt **ret, Err *err) {
        _cleanup_(strbuf_done) StrBuf sql = STRBUF_INIT(JOB_SQL_MAX);
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        int r;

        sql_part(&sql, SQL_JOBS_HEAD);
        if (job != 0)
                sql_part(&sql, SQL_JOBS_WHERE_ID);
        if (f->run != 0)
                sql_part(&sql, SQL_JOBS_WHERE_RUN);
        if (f->state)
                sql_part(&sql, SQL_JOBS_WHERE_STATE);
        if (f->recipe)
                sql_part(&sql, SQL_JOBS_WHERE_RECIPE);
        if (f->standing)
                sql_part(&sql, SQL_JOBS_WHERE_STANDING);
        sql_part(&sql, SQL_JOBS_ORDER);
        if (sql.error < 0)
                return err_errno(err, sql.error, "cannot select jobs");
        r = db_prepare(lib->db, strbuf_text(&sql), &s, err);
        if (r >= 0)
                r = jobs_bind(lib, s, job, f, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

/* A night reads each of its jobs by id: preparing that statement took longer than running it. */
static int job_by_id(Library *lib, int64_t job, Stmt **ret, Err *err) {
        const AlJobFilter one = {.limit = 1};
        int r;

        if (lib->job_by_id)
                r = jobs_bind(lib, lib->job_by_id, job, &one, err);
        else
                r = jobs_prepare(lib, job, &one, &lib->job_by_id, err);
        *ret = lib->job_by_id;
        return r;
}

int al_job_get(Library *lib, int64_t job, AlJob *ret, Err *err) {
        Stmt *s;
        int r;

        assert(lib && ret);
        if (job <= 0)
                return AL_NOT_FOUND;
        r = job_by_id(lib, job, &s, err);
        if (r < 0)
                return r;
        r = db_step(lib->db, s, err);
        if (r >= 0)
                r = r == 1 ? job_read(s, ret, err) : AL_NOT_FOUND;
        db_reset(s);
        return r;
}

int al_jobs(Library *lib, const AlJobFilter *filter, AlJobFn fn, void *userdata, Err *err) {
        _cleanup_(db_stmt_freep) Stmt *s = NULL;
        int r;

        assert(lib && filter && fn);
        r = jobs_prepare(lib, 0, filter, &s, err);
        if (r < 0)
                return r;
        while ((r = db_step(lib->db, s, err)) == 1) {
                AlJob job;

                r = job_read(s, &job, err);
                if (r < 0)
                        return r;
                r = fn(&job, userdata);
                al_job_done(&job);
                if (r < 0)
                        return r;
        }
        return r;
}
