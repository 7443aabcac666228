/* SPDX-License-Identifier: MIT */

/*
 * The ledger. One attempt is one paid call:
 *
 *      al_attempt_begin   job planned -> submitting, attempt row `open`, counters + reservation
 *      (durable)          then the request leaves
 *      al_attempt_accepted  when the answer is a handle: it, and job -> running
 *      al_attempt_end     attempt row ends, counters + (billed - reservation), job state, assets
 *
 * Each is one transaction: money, job and assets never disagree, whenever the power goes.
 */

#include <stdio.h>

#include "core/asset.h"
#include "core/budget.h"
#include "core/job.h"

/* What both ends need to know of a job's attempt; owns its strings. */
typedef struct Call {
        int64_t job, run, number;
        JobState state;
        Micros reserved;
        int64_t began_ms; /* accepted as an operation; else the attempt began */
        AssetKind kind;
        char *provider, *model, *brand, *recipe;
        char day[BUDGET_DAY_LEN + 1];
} Call;

static void call_done(Call *c) {
        free(c->provider);
        free(c->model);
        free(c->brand);
        free(c->recipe);
}

static BudgetPlace call_place(const Call *c) {
        return (BudgetPlace){.run = c->run,
                             .provider = c->provider,
                             .brand = c->brand,
                             .recipe = c->recipe,
                             .day = c->day};
}

/* Four texts of consecutive columns from `first`: provider, model, brand, recipe. */
static int call_texts(Stmt *s, int first, Call *c) {
        int r = lib_copy(&c->provider, db_col_text(s, first));

        if (r >= 0)
                r = lib_copy(&c->model, db_col_text(s, first + 1));
        if (r >= 0)
                r = lib_copy(&c->brand, db_col_text(s, first + 2));
        if (r >= 0)
                r = lib_copy(&c->recipe, db_col_text(s, first + 3));
        return r;
}

/* 0 with the job's call to come, AL_TAKEN when there is no such job in `planned`. */
static int call_of_job(Library *lib, int64_t job, Call *c, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_ATTEMPT_JOB, &s, err, "l", job);

        if (r < 0)
                return r;
        if (r == 1) {
                c->job = job;
                c->state = job_state_from_word(db_col_text(s, 0));
                c->number = db_col_int(s, 5);
                r = call_texts(s, 1, c);
                if (r < 0)
                        (void) err_errno(err, r, "cannot read job %lld", (long long) job);
        } else
                r = AL_TAKEN;
        db_reset(s);
        return r != 0 ? r : c->state == JOB_PLANNED ? 0 : AL_TAKEN;
}

static int attempt_insert(Library *lib, const Call *c, int64_t now_ms, Err *err) {
        return db_exec(lib->db, SQL_ATTEMPT_INSERT, NULL, err, "llllsssssl", c->job, c->run,
                       c->number, c->reserved, c->provider, c->model, c->brand, c->recipe, c->day,
                       now_ms);
}

/* Expected outcomes come before the first write: they end a transaction that changed nothing. */
static int attempt_begin(Library *lib, Call *c, const AlCap *caps, size_t n_caps, int64_t now_ms,
                         int64_t *ret_attempt, AlRefusal *ret_refusal, Err *err) {
        BudgetPlace place;
        int r = call_of_job(lib, c->job, c, err);

        if (r != 0)
                return r;
        place = call_place(c);
        r = budget_check(lib, &place, c->reserved, caps, n_caps, ret_refusal, err);
        if (r != 0)
                return r;
        r = job_set_state(lib, c->job, JOB_PLANNED, JOB_SUBMITTING, NULL, 0, now_ms, err);
        if (r != 0)
                return r;
        r = attempt_insert(lib, c, now_ms, err);
        if (r < 0)
                return r;
        *ret_attempt = db_last_id(lib->db);
        return budget_add(lib, &place, c->reserved, err);
}

int al_attempt_begin(Library *lib, int64_t job, int64_t run, Micros reserve, const AlCap *caps,
                     size_t n_caps, const char *day, int64_t now_ms, int64_t *ret_attempt,
                     AlRefusal *ret_refusal, Err *err) {
        _cleanup_(call_done) Call c = {.job = job, .run = run, .reserved = reserve};
        AlRefusal refusal = {0};
        int64_t attempt = 0;
        int r;

        assert(lib && ret_attempt && (caps || n_caps == 0));
        assert(reserve >= 0);
        assert(day && strlen(day) == BUDGET_DAY_LEN);
        memcpy(c.day, day, sizeof c.day);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = attempt_begin(lib, &c, caps, n_caps, now_ms, &attempt, &refusal, err);
        r = lib_end(lib, r, err);
        if (r == AL_OK)
                *ret_attempt = attempt;
        if (r == AL_REFUSED && ret_refusal)
                *ret_refusal = refusal;
        return r;
}

/* 0, or AL_TAKEN when the attempt is not open. */
static int call_of_attempt(Library *lib, int64_t attempt, Call *c, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_ATTEMPT_GET_OPEN, &s, err, "l", attempt);

        if (r < 0)
                return r;
        if (r == 1) {
                c->job = db_col_int(s, 0);
                c->run = db_col_int(s, 1);
                c->reserved = db_col_int(s, 2);
                (void) snprintf(c->day, sizeof c->day, "%s", db_col_text(s, 7));
                c->state = job_state_from_word(db_col_text(s, 8));
                c->began_ms = db_col_int(s, 9);
                c->kind = asset_kind_from_word(db_col_text(s, 10));
                r = c->state == JOB_SUBMITTING || c->state == JOB_RUNNING ? call_texts(s, 3, c)
                                                                          : -EUCLEAN;
                if (r < 0)
                        (void) err_errno(err, r, "cannot read attempt %lld", (long long) attempt);
        } else
                r = AL_TAKEN;
        db_reset(s);
        return r;
}

static int attempt_accepted(Library *lib, int64_t attempt, const char *handle,
                            const char *request_id, int64_t now_ms, Err *err) {
        _cleanup_(call_done) Call c = {0};
        int r = call_of_attempt(lib, attempt, &c, err);

        if (r != 0)
                return r;
        if (c.state == JOB_SUBMITTING)
                r = job_set_state(lib, c.job, JOB_SUBMITTING, JOB_RUNNING, NULL, 0, now_ms, err);
        if (r != 0)
                return r;
        return db_exec(lib->db, SQL_ATTEMPT_ACCEPT, NULL, err, "lssl", attempt, handle, request_id,
                       now_ms);
}

int al_attempt_accepted(Library *lib, int64_t attempt, const char *handle, const char *request_id,
                        int64_t now_ms, Err *err) {
        int r;

        assert(lib && handle && *handle);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = attempt_accepted(lib, attempt, handle, request_id, now_ms, err);
        al_crash_point("accepted-before-commit");
        return lib_end(lib, r, err);
}

static int attempt_close(Library *lib, int64_t attempt, const AlAttemptEnd *end, int64_t now_ms,
                         Err *err) {
        return db_exec(lib->db, SQL_ATTEMPT_END, NULL, err, "lslisssssl", attempt,
                       outcome_word(end->outcome), end->billed, end->http_status, end->reason_code,
                       end->reason, end->model_returned, end->request_id, end->usage, now_ms);
}

/* What was made says how long the next one will take. */
static int learn_duration(Library *lib, const Call *c, const AlAttemptEnd *end, int64_t now_ms,
                          Err *err) {
        if (end->outcome != OUTCOME_MADE || end->lay)
                return 0;
        return duration_add(lib, c->provider, c->model, c->kind, now_ms - c->began_ms, now_ms, err);
}

static int attempt_end(Library *lib, int64_t attempt, const AlAttemptEnd *end, int64_t now_ms,
                       Strv *uids, Err *err) {
        _cleanup_(call_done) Call c = {0};
        BudgetPlace place;
        int r = call_of_attempt(lib, attempt, &c, err);

        if (r != 0)
                return r;
        assert(end->outcome != OUTCOME_UNKNOWN || end->billed == c.reserved);
        r = job_set_state(lib, c.job, c.state, end->next, end->reason, end->counts, now_ms, err);
        if (r != 0)
                return r;
        place = call_place(&c);
        r = attempt_close(lib, attempt, end, now_ms, err);
        if (r >= 0)
                r = budget_add(lib, &place, end->billed - c.reserved, err);
        if (r >= 0)
                r = asset_add_all(lib, c.job, end->assets, end->n_assets, end->billed, now_ms, uids,
                                  err);
        if (r >= 0)
                r = learn_duration(lib, &c, end, now_ms, err);
        return r;
}

/* Spool files the caller left to us become objects before anything is written. */
static int place_assets(Library *lib, const AlAttemptEnd *end, Err *err) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < end->n_assets; i++)
                if (end->assets[i].spool)
                        r = al_object_place(lib->dir_fd, end->assets[i].spool,
                                            &end->assets[i].digest, end->assets[i].ext, err);
        return r;
}

int al_attempt_end(Library *lib, int64_t attempt, const AlAttemptEnd *end, int64_t now_ms,
                   Strv *ret_uids, Err *err) {
        _cleanup_(strv_done) Strv uids = {0};
        int r;

        assert(lib && end && (end->assets || end->n_assets == 0));
        assert(end->outcome != OUTCOME_OPEN && end->billed >= 0);
        assert(job_state_may(JOB_SUBMITTING, end->next));
        assert((end->next == JOB_DONE) == (end->outcome == OUTCOME_MADE));
        assert((end->next == JOB_DONE) == (end->n_assets > 0));
        r = place_assets(lib, end, err);
        if (r < 0)
                return r;
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = attempt_end(lib, attempt, end, now_ms, &uids, err);
        al_crash_point("attempt-before-commit");
        r = lib_end(lib, r, err);
        if (r == AL_OK && ret_uids) {
                *ret_uids = uids;
                uids = (Strv){0};
        }
        return r;
}
