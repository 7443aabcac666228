/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "core/lib.h"

static int runs_died(Library *lib, int64_t now_ms, Err *err) {
        return db_exec(lib->db, SQL_RUNS_DIED, NULL, err, "l", now_ms);
}

static int run_insert(Library *lib, int64_t now_ms, Micros budget, int64_t *ret_run, Err *err) {
        int r = db_exec(lib->db, SQL_RUN_INSERT, NULL, err, "ll?", now_ms, (int64_t) getpid(),
                        budget < 0 ? INT64_MIN : budget);

        if (r < 0)
                return r;
        *ret_run = db_last_id(lib->db);
        return 0;
}

int al_run_begin(Library *lib, int64_t now_ms, Micros budget, int64_t *ret_run, Err *err) {
        int64_t run = 0;
        int r;

        assert(lib && ret_run);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = runs_died(lib, now_ms, err);
        if (r >= 0)
                r = run_insert(lib, now_ms, budget, &run, err);
        r = lib_end(lib, r, err);
        if (r >= 0)
                *ret_run = run;
        return r;
}

int al_run_end(Library *lib, int64_t run, int64_t now_ms, const char *result, int exit_code,
               int64_t cells_short, Err *err) {
        int64_t n;
        int r;

        assert(lib && result);
        r = db_exec(lib->db, SQL_RUN_END, &n, err, "llsil", run, now_ms, result, exit_code,
                    cells_short);
        if (r < 0)
                return r;
        return n == 1 ? 0 : AL_NOT_FOUND;
}

int al_run_get(Library *lib, int64_t run, AlRun *ret, Err *err) {
        Stmt *s;
        int r = 0;

        assert(lib && ret);
        if (run == 0)
                r = db_query_int(lib->db, SQL_RUN_LAST, &run, err);
        if (r >= 0)
                r = db_query(lib->db, SQL_RUN_GET, &s, err, "l", run);
        if (r < 0)
                return r;
        if (r == 1) {
                *ret = (AlRun){
                        .id = db_col_int(s, 0),
                        .started_ms = db_col_int(s, 1),
                        .ended_ms = db_col_int(s, 2),
                        .pid = db_col_int(s, 3),
                        .budget = db_col_null(s, 4) ? -1 : db_col_int(s, 4),
                        .planned = db_col_int(s, 5),
                        .cells_short = db_col_int(s, 6),
                        .exit_code = db_col_null(s, 7) ? -1 : (int) db_col_int(s, 7),
                };
                (void) snprintf(ret->result, sizeof ret->result, "%s", db_col_text(s, 8));
        }
        db_reset(s);
        return r == 1 ? 0 : AL_NOT_FOUND;
}

int al_run_note(Library *lib, int64_t run, int64_t now_ms, const char *kind, const char *subject,
                const char *text, Err *err) {
        assert(lib && kind && subject && text);
        return db_exec(lib->db, SQL_RUN_NOTE_INSERT, NULL, err, "llsss", run, now_ms, kind, subject,
                       text);
}

int al_run_notes(Library *lib, int64_t run, AlRunNoteFn fn, void *userdata, Err *err) {
        Stmt *s;
        int r;

        assert(lib && fn);
        r = db_query(lib->db, SQL_RUN_NOTES, &s, err, "l", run);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = fn(db_col_text(s, 0), db_col_text(s, 1), db_col_text(s, 2), userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

static int add_jobs(AlRunTotals *t, JobState state, int64_t n) {
        t->jobs += n;
        switch (state) {
        case JOB_PLANNED:
                t->waiting += n;
                return 0;
        case JOB_SUBMITTING:
                t->calls += n;
                return 0;
        case JOB_RUNNING:
                t->running += n;
                return 0;
        case JOB_DONE:
                t->done += n;
                return 0;
        case JOB_BLOCKED:
                t->blocked += n;
                return 0;
        case JOB_FAILED:
                t->failed += n;
                return 0;
        case JOB_UNKNOWN:
                t->unknown += n;
                return 0;
        case JOB_CANCELLED:
                t->cancelled += n;
                return 0;
        case _JOB_STATE_MAX:
        case _JOB_STATE_INVALID:
                break;
        }
        return -EUCLEAN;
}

static int count_jobs(Library *lib, int64_t run, AlRunTotals *t, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_RUN_JOBS_BY_STATE, &s, err, "ls", run, AL_REPLANNED);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = add_jobs(t, job_state_from_word(db_col_text(s, 0)), db_col_int(s, 1));
                if (r < 0) {
                        (void) err_set(err, r, "run %lld has a job in an unknown state",
                                       (long long) run);
                        break;
                }
        }
        db_reset(s);
        return r;
}

static int count_money(Library *lib, int64_t run, AlRunTotals *t, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_RUN_MONEY, &s, err, "l", run);

        if (r < 0)
                return r;
        t->attempts = db_col_int(s, 0);
        t->spent = db_col_int(s, 1);
        t->reserved = db_col_int(s, 2);
        db_reset(s);
        return 0;
}

static int count_assets(Library *lib, int64_t run, AlRunTotals *t, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_RUN_ASSETS, &s, err, "l", run);

        if (r < 0)
                return r;
        t->assets = db_col_int(s, 0);
        db_reset(s);
        return 0;
}

int al_run_totals(Library *lib, int64_t run, AlRunTotals *ret, Err *err) {
        AlRunTotals t = {0};
        int r;

        assert(lib && ret);
        r = db_begin_read(lib->db, err);
        if (r < 0)
                return r;
        r = count_jobs(lib, run, &t, err);
        if (r >= 0)
                r = count_assets(lib, run, &t, err);
        if (r >= 0)
                r = count_money(lib, run, &t, err);
        r = lib_end(lib, r, err);
        if (r >= 0)
                *ret = t;
        return r;
}

int al_run_alike(Library *lib, int64_t run, AlRunAlikeFn fn, void *userdata, Err *err) {
        Stmt *s;
        int r;

        assert(lib && fn);
        r = db_query(lib->db, SQL_RUN_ALIKE, &s, err, "l", run);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = fn(db_col_text(s, 0), db_col_int(s, 1), db_col_int(s, 2), db_col_int(s, 3),
                       userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}
