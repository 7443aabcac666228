/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "base/parse.h"
#include "core/job.h"

static int event_insert(Library *lib, int64_t job, const char *from, const char *to,
                        const char *reason, int64_t now_ms, Err *err) {
        return db_exec(lib->db, SQL_JOB_EVENT_INSERT, NULL, err, "llsss", job, now_ms, from, to,
                       reason);
}

int job_set_state(Library *lib, int64_t job, JobState from, JobState to, const char *reason,
                  int counted, int64_t now_ms, Err *err) {
        int64_t n;
        int r;

        assert(lib);
        assert(job_state_may(from, to));
        assert(db_in_transaction(lib->db));
        r = db_exec(lib->db, SQL_JOB_SET_STATE, &n, err, "lsssli", job, job_state_word(from),
                    job_state_word(to), reason, now_ms, counted);
        if (r < 0)
                return r;
        if (n == 0)
                return AL_TAKEN;
        return event_insert(lib, job, job_state_word(from), job_state_word(to), reason, now_ms,
                            err);
}

int al_job_move(Library *lib, int64_t job, JobState from, JobState to, const char *reason,
                int64_t now_ms, Err *err) {
        int r;

        assert(lib);
        assert(job_state_may(from, to));
        assert(from != JOB_SUBMITTING && to != JOB_SUBMITTING); /* these edges are the ledger's */
        assert(from != JOB_RUNNING && to != JOB_RUNNING);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        return lib_end(lib, job_set_state(lib, job, from, to, reason, 0, now_ms, err), err);
}

static bool tag_is_good(const Json *tag) {
        if (json_is_string(tag))
                return true;
        if (!json_is_array(tag))
                return false;
        for (const Json *v = json_first(tag); v; v = json_next(v))
                if (!json_is_string(v))
                        return false;
        return true;
}

int job_check_tags(const char *text, Err *err) {
        _cleanup_(json_freep) Json *tags = NULL;
        int r;

        assert(text);
        r = json_parse(text, strlen(text), &tags, err);
        if (r < 0)
                return err_prefix(err, r == -ENOMEM ? r : -EINVAL, "tags of the job");
        if (!json_is_object(tags))
                return err_set(err, -EINVAL, "tags of the job are no JSON object");
        for (const Json *tag = json_first(tags); tag; tag = json_next(tag))
                if (!tag_is_good(tag))
                        return err_set(err, -EINVAL, "tag '%s' of the job is no text",
                                       json_key(tag));
        return 0;
}

static int check_json(const char *what, const char *text, bool array, Err *err) {
        _cleanup_(json_freep) Json *j = NULL;
        int r = json_parse(text, strlen(text), &j, err);

        if (r < 0)
                return err_prefix(err, r, "%s of the job", what);
        if (array ? !json_is_array(j) : !json_is_object(j))
                return err_set(err, -EINVAL, "%s of the job are no JSON %s", what,
                               array ? "array" : "object");
        return 0;
}

/* Names the job beyond this database: 16 hex digits of a hash of what makes it unique here. */
static void job_uid(int64_t id, const AlJobSpec *spec, int64_t now_ms, char ret[static 17]) {
        char text[160], hex[DIGEST_HEX_MAX];
        Digest d;

        (void) snprintf(text, sizeof text,
                        "job %" PRId64 " run %" PRId64 " cell %" PRId64 " seed %" PRId64
                        " at %" PRId64,
                        id, spec->run, spec->cell, spec->seed, now_ms);
        digest_of(text, strlen(text), &d);
        digest_hex(&d, hex);
        memcpy(ret, hex, 16);
        ret[16] = 0;
}

static int job_insert(Library *lib, int64_t id, const AlJobSpec *spec, int64_t now_ms, Err *err) {
        char uid[17];
        int r;

        job_uid(id, spec, now_ms, uid);
        r = db_exec(lib->db, SQL_JOB_INSERT, NULL, err, "lsllssssssssssssslllilll", id, uid,
                    spec->run, spec->cell, asset_kind_word(spec->kind), spec->provider,
                    spec->driver, spec->model, spec->recipe, spec->recipe_hash, spec->brand,
                    spec->hook, spec->category, spec->prompt, spec->params, spec->references,
                    spec->tags, spec->want, spec->seed, spec->max_age_ms, spec->review_manual,
                    spec->worst, spec->priority, now_ms);
        if (r < 0)
                return r;
        return event_insert(lib, id, NULL, job_state_word(JOB_PLANNED), NULL, now_ms, err);
}

static int job_plan(Library *lib, const AlJobSpec *spec, int64_t now_ms, int64_t *ret_job,
                    Err *err) {
        int64_t id;
        int r = db_query_int(lib->db, SQL_JOB_NEXT_ID, &id, err);

        if (r >= 0)
                r = job_insert(lib, id, spec, now_ms, err);
        if (r < 0)
                return r;
        *ret_job = id;
        return 0;
}

/* The counters' scopes are made of these names. */
static int check_name(const char *name, Err *err) {
        if (name[0] && strlen(name) <= NAME_MAX_LEN)
                return 0;
        return err_set(err, -EINVAL, "'%s' is no name for a job: it must have 1 to %d letters",
                       name, (int) NAME_MAX_LEN);
}

/* Everything that must hold when the paid result is stored is checked here, before it is bought. */
static int job_check(const AlJobSpec *spec, Err *err) {
        int r = job_check_tags(spec->tags, err);

        if (r >= 0)
                r = check_json("params", spec->params, false, err);
        if (r >= 0)
                r = check_json("references", spec->references, true, err);
        if (r >= 0)
                r = check_name(spec->provider, err);
        if (r >= 0)
                r = check_name(spec->brand, err);
        return r < 0 ? r : check_name(spec->recipe, err);
}

int al_job_plan(Library *lib, const AlJobSpec *spec, int64_t now_ms, int64_t *ret_job, Err *err) {
        AlJobSpec full;
        int64_t id = 0;
        int r;

        assert(lib && spec && ret_job);
        assert(spec->provider && spec->driver && spec->model && spec->recipe && spec->recipe_hash);
        assert(spec->brand && spec->hook && spec->category && spec->prompt);
        assert(spec->want > 0 && spec->worst >= 0 && spec->max_age_ms >= 0);
        full = *spec;
        full.params = spec->params ? spec->params : "{}";
        full.references = spec->references ? spec->references : "[]";
        full.tags = spec->tags ? spec->tags : "{}";
        r = job_check(&full, err);
        if (r < 0)
                return r;
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = lib_end(lib, job_plan(lib, &full, now_ms, &id, err), err);
        if (r >= 0)
                *ret_job = id;
        return r;
}

int al_job_refer(Library *lib, int64_t job, const char *references, int64_t now_ms, Err *err) {
        int64_t changed = 0;
        int r;

        assert(lib);
        assert(references);
        r = check_json("references", references, true, err);
        if (r >= 0)
                r = db_exec(lib->db, SQL_JOB_REFER, &changed, err, "lsl", job, references, now_ms);
        if (r < 0)
                return r;
        return changed == 1 ? AL_OK : AL_TAKEN;
}

/* 1 and an id, or 0. */
static int leftover_next(Library *lib, int64_t run, int64_t *ret_job, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_JOB_LEFTOVER, &s, err, "l", run);

        if (r < 0)
                return r;
        if (r == 1)
                *ret_job = db_col_int(s, 0);
        db_reset(s);
        return r;
}

static int cancel_leftover(Library *lib, int64_t run, int64_t now_ms, int64_t *ret_n, Err *err) {
        int64_t job, n = 0;
        int r;

        while ((r = leftover_next(lib, run, &job, err)) == 1) {
                r = job_set_state(lib, job, JOB_PLANNED, JOB_CANCELLED,
                                  "not sent before its run ended", 0, now_ms, err);
                if (r < 0)
                        return r;
                n++;
        }
        if (r >= 0)
                *ret_n = n;
        return r;
}

int al_jobs_cancel_leftover(Library *lib, int64_t run, int64_t now_ms, int64_t *ret_n, Err *err) {
        int64_t n = 0;
        int r;

        assert(lib);
        r = db_begin(lib->db, err);
        if (r < 0)
                return r;
        r = lib_end(lib, cancel_leftover(lib, run, now_ms, &n, err), err);
        if (r >= 0 && ret_n)
                *ret_n = n;
        return r;
}
