/* SPDX-License-Identifier: MIT */

/* A person's word that a job shall not go on. What has left this machine cannot be called back
 * from here: it is noted, and the engine gives it up in the way its provider allows. */

#include "core/job.h"

static int ask(Library *lib, int64_t job, const char *who, Err *err) {
        return db_exec(lib->db, SQL_JOB_CANCEL_ASK, NULL, err, "ls", job, who);
}

static int job_cancel(Library *lib, const AlJob *job, const char *who, int64_t now_ms,
                      JobState *ret_state, Err *err) {
        *ret_state = job->state;
        switch (job->state) {
        case JOB_PLANNED:
                *ret_state = JOB_CANCELLED;
                return job_set_state(lib, job->id, JOB_PLANNED, JOB_CANCELLED, "cancelled by hand",
                                     0, now_ms, err);
        case JOB_UNKNOWN:
                *ret_state = JOB_FAILED;
                return job_set_state(lib, job->id, JOB_UNKNOWN, JOB_FAILED,
                                     "given up by hand; its reservation counts as spent", 0, now_ms,
                                     err);
        case JOB_SUBMITTING:
        case JOB_RUNNING:
                return ask(lib, job->id, who, err);
        case JOB_DONE:
        case JOB_BLOCKED:
        case JOB_FAILED:
        case JOB_CANCELLED:
                return AL_TAKEN;
        case _JOB_STATE_MAX:
        case _JOB_STATE_INVALID:
                break;
        }
        assert_not_reached();
}

int al_job_cancel(Library *lib, int64_t job, const char *who, int64_t now_ms, JobState *ret_state,
                  Err *err) {
        JobState state = _JOB_STATE_INVALID;
        AlJob j = {0};
        int r;

        assert(lib && who);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = al_job_get(lib, job, &j, err);
        if (r == AL_OK)
                r = job_cancel(lib, &j, who, now_ms, &state, err);
        al_job_done(&j);
        r = lib_end(lib, r, err);
        if (r == AL_OK && ret_state)
                *ret_state = state;
        return r;
}

int al_job_cancel_by(Library *lib, int64_t job, char **ret, Err *err) {
        char *who = NULL;
        Stmt *s;
        int r;

        assert(lib && ret);
        r = db_query(lib->db, SQL_JOB_CANCEL_BY, &s, err, "l", job);
        if (r < 0)
                return r;
        if (r == 1)
                r = lib_copy(&who, db_col_text(s, 0));
        db_reset(s);
        if (r < 0)
                return err_errno(err, r, "cannot read job %lld", (long long) job);
        *ret = who;
        return 0;
}
