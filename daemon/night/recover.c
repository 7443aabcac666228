/* SPDX-License-Identifier: MIT */

/*
 * What the last run left behind, before anything is planned. The run lock is ours, so whatever is
 * still `submitting` belongs to a process that is gone:
 *
 *      a whole reply in the spool   go on with it as if it had just come: paid once, nothing lost
 *      a durable handle (`running`) ask its provider for the operation, and nobody else
 *      a free provider              nothing was paid: closed, its cell is planned anew
 *      else                         the outcome is unknown and counted as spent: held for a
 *                                   person, or, below unknown_outcome.retry_below, closed and
 *                                   planned anew
 *
 * Jobs that were only planned are cancelled: nothing of them was sent, and this run plans by
 * today's recipes.
 */

#include <inttypes.h>

#include "base/log.h"
#include "night/events.h"
#include "night/state.h"

typedef struct FoundJob {
        int64_t id;
        int64_t lost_ms; /* when its result may be gone at its provider; INT64_MAX: nobody knows */
} FoundJob;

typedef struct Found {
        const Night *night;
        FoundJob *jobs;
        size_t n, allocated;
} Found;

/* Counted from the acceptance (of a synchronous call: from its submission), because when the result
 * is made only its provider knows. */
static int64_t lost_ms(const Night *n, const AlJob *job) {
        int64_t kept = config_result_kept_ms(n->config, job->driver);

        return kept > 0 && job->updated_ms < INT64_MAX - kept ? job->updated_ms + kept : INT64_MAX;
}

static int remember(const AlJob *job, void *userdata) {
        Found *f = userdata;

        if (f->n == f->allocated) {
                size_t more = f->allocated ? 2 * f->allocated : 64;
                FoundJob *p = reallocarray(f->jobs, more, sizeof *p);

                if (!p)
                        return -ENOMEM;
                f->jobs = p;
                f->allocated = more;
        }
        f->jobs[f->n++] = (FoundJob){.id = job->id, .lost_ms = lost_ms(f->night, job)};
        return 0;
}

static int compare_lost(const void *a, const void *b) {
        const FoundJob *x = a, *y = b;

        if (x->lost_ms != y->lost_ms)
                return x->lost_ms < y->lost_ms ? -1 : 1;
        return x->id < y->id ? -1 : x->id > y->id;
}

/* The jobs of a state; what may be lost first comes first. */
static int find_jobs(const Night *n, JobState state, Found *ret, Err *err) {
        AlJobFilter filter = {.state = job_state_word(state)};
        int r;

        *ret = (Found){.night = n};
        r = al_jobs(n->lib, &filter, remember, ret, err);
        if (ret->n > 0)
                qsort(ret->jobs, ret->n, sizeof *ret->jobs, compare_lost);
        return r;
}

/* Ends the attempt of a job whose reply never came. */
static int close_lost(Night *n, const AlJob *job, const Driver *driver, Err *err) {
        bool free = driver && driver->free;
        JobState next = retry_after_crash(free, job->worst, n->config->settings.retry_below);
        AlAttemptEnd end = {
                .outcome = free ? OUTCOME_TRANSIENT : OUTCOME_UNKNOWN,
                .billed = free ? 0 : job->worst,
                .reason_code = "INTERRUPTED",
                .counts = true,
                .next = free ? JOB_FAILED : next,
        };
        int r;

        if (free)
                end.reason = "the run ended during the call; it costs nothing and is planned anew";
        else if (next == JOB_UNKNOWN)
                end.reason = "the run ended before the answer came; counted as spent";
        else
                end.reason = "the run ended before the answer came; counted as spent; its price is "
                             "below "
                             "unknown_outcome.retry_below, so it is planned anew";
        r = al_attempt_end(n->lib, job->attempt, &end, clock_wall_ms(n->clock), NULL, err);
        if (r < 0)
                return r;
        journal_job(n, next == JOB_UNKNOWN ? LOG_ERR : LOG_NOTICE,
                    next == JOB_UNKNOWN ? EVENT_UNKNOWN : NULL, job, end.reason);
        reply_drop(n->replies, job->attempt);
        for (size_t k = 0; k < REPLY_PAYLOADS_MAX; k++)
                spool_remove(al_dir_fd(n->lib), job->attempt, k);
        return 0;
}

/* The attempt of an earlier run is this one's to end. NULL with err. */
static Item *adopt(Lane *lane, const AlJob *job, Err *err) {
        Item *item = item_new(lane, job->id, err);

        if (!item)
                return NULL;
        item->attempt = job->attempt;
        item->earlier = true;
        item->started_us = clock_mono_us(lane->night->clock);
        lane_credential(lane);
        lane->night->active++;
        lane->night->jobs++;
        return item;
}

/* The reply is here: the job goes on from it. */
static int resume(Night *n, Lane *lane, const AlJob *job, const SavedReply *saved, Err *err) {
        Item *item = adopt(lane, job, err);

        if (!item)
                return err && err->code ? err->code : -ENOMEM;
        item->have_reply = item->resumed = true;
        log_notice("job %s (%s: %s): its answer was kept from the last run; going on from there",
                   job->uid, job->recipe, job->cell_key);
        item_apply_reply(item, &saved->reply);
        return 0;
}

/* Accepted while the kept replies were read. */
static bool in_hand(const Night *n, int64_t job) {
        for (const Item *item = n->items; item; item = item->all_next)
                if (item->job.id == job)
                        return true;
        return false;
}

/* Who can be asked for the job's operation: its provider alone, because a handle means something
 * only to the account that gave it. NULL: that is not in the settings, or means another system. */
static Lane *lane_that_asks(Night *n, const AlJob *job) {
        Lane *lane = lane_find(n, job->provider);

        return lane && streq(lane->driver->name, job->driver) ? lane : NULL;
}

/* Whose driver can read the job's answer: its provider, or, when that was renamed or means another
 * system now, any that is spoken to in the same way; an API that the settings describe is no two
 * times the same. NULL: none. */
static Lane *lane_that_reads(Night *n, const AlJob *job) {
        Lane *lane = lane_that_asks(n, job);

        if (lane)
                return lane;
        for (size_t i = 0; i < n->n_lanes; i++)
                if (streq(n->lanes[i].driver->name, job->driver) && !n->lanes[i].driver->is_http)
                        return &n->lanes[i];
        return NULL;
}

/* A reply that is there and cannot be read now is no reply that never came. */
static bool may_be_read_later(int r) {
        return r == -EIO || r == -ENOMEM || r == -EACCES || r == -EMFILE || r == -ENFILE;
}

static int recover_job(Night *n, int64_t id, Err *err) {
        SavedReply saved = {0};
        Lane *lane;
        AlJob job = {0};
        Err why = {0};
        int r = al_job_get(n->lib, id, &job, err);

        if (r != AL_OK)
                return r < 0 ? r : 0;
        lane = lane_that_reads(n, &job);
        r = lane ? reply_load(n->replies, job.attempt, &saved, &why) : -ENOENT;
        if (r >= 0)
                r = resume(n, lane, &job, &saved, err);
        else if (may_be_read_later(r)) {
                log_error("job %s (%s: %s): %s; it is left to the next run", job.uid, job.recipe,
                          job.cell_key, err_text(&why));
                r = 0;
        } else
                r = close_lost(n, &job, driver_find(job.driver), err);
        saved_reply_done(&saved);
        al_job_done(&job);
        return r;
}

int night_recover(Night *n, Err *err) {
        Found found;
        int r = find_jobs(n, JOB_SUBMITTING, &found, err);

        for (size_t i = 0; i < found.n && r >= 0; i++)
                r = recover_job(n, found.jobs[i].id, err);
        free(found.jobs);
        return r < 0 ? err_prefix(err, r, "cannot recover what the last run left") : 0;
}

/* Its provider is gone from the settings, so nobody can be asked. It stays as it is, and says so
 * every night, until a person gives it up. */
static int orphaned(Night *n, const AlJob *job, Err *err) {
        _cleanup_(freep) char *who = NULL, *text = NULL;
        AlAttemptEnd end = {
                .outcome = OUTCOME_UNKNOWN,
                .billed = job->worst,
                .reason_code = "CANCELLED",
                .reason = "cancelled; its provider is not in the settings any more and cannot be "
                          "asked, so that it counts as spent",
                .counts = true,
                .next = JOB_FAILED,
        };
        int r = al_job_cancel_by(n->lib, job->id, &who, err);

        if (r >= 0 && who)
                r = al_attempt_end(n->lib, job->attempt, &end, clock_wall_ms(n->clock), NULL, err);
        if (r < 0)
                return r;
        text = str_printf("it runs at '%s' (%s), a provider that is not in the settings any more; "
                          "put it back, by that name, or `pregend cancel` the job",
                          job->provider, job->driver);
        if (!text)
                return err_set(err, -ENOMEM, "out of memory");
        journal_job(n, who ? LOG_NOTICE : LOG_ERR, NULL, job, who ? end.reason : text);
        return 0;
}

/* Takes up one operation, the k-th of them. */
static int resume_operation(Night *n, int64_t id, size_t k, Err *err) {
        PollLoad load = {0};
        AlOperation op = {0};
        AlJob job = {0};
        Item *item = NULL;
        Lane *lane = NULL;
        int r = al_job_get(n->lib, id, &job, err);

        if (r == AL_OK)
                r = al_operation(n->lib, job.attempt, &op, err);
        if (r == AL_OK && !(lane = lane_that_asks(n, &job)))
                r = orphaned(n, &job, err);
        if (lane && !(item = adopt(lane, &job, err)))
                r = err && err->code ? err->code : -ENOMEM;
        if (item) {
                item_adopt_slot(item);
                operation_resume(item, &op, poll_resume_us(k, &load, clock_random(n->clock)));
        }
        al_operation_done(&op);
        al_job_done(&job);
        return r < 0 ? r : 0;
}

int night_resume_operations(Night *n, Err *err) {
        Found found;
        int r = find_jobs(n, JOB_RUNNING, &found, err);

        for (size_t i = 0; i < found.n && r >= 0; i++)
                r = in_hand(n, found.jobs[i].id) ? 0
                                                 : resume_operation(n, found.jobs[i].id, i, err);
        free(found.jobs);
        return r < 0 ? err_prefix(err, r, "cannot take up what runs at the providers") : 0;
}

/* What stays is no reason for no night; it is told. */
static void sweep(Night *n, int64_t *ret_moved) {
        Err why = {0};
        int r = al_sweep(n->lib, clock_wall_ms(n->clock), 0, ret_moved, &why);

        if (r == AL_REFUSED)
                (void) err_set(
                        &why, -EUCLEAN,
                        "more than a third of the files in objects/ belong to no asset, more "
                        "than a crash leaves; 'assetlib verify' lists them");
        if (r == 0)
                return;
        log_warning("what the last run left is not put aside: %s", err_text(&why));
        journal_note(n, "storage", al_dir(n->lib), err_text(&why));
}

int night_tidy(Night *n, Err *err) {
        int64_t cancelled = 0, moved = 0;
        int r;

        reply_drop_others(n->replies);
        lanes_drain(n); /* a recovered job that would be tried again is planned anew instead */
        r = al_jobs_cancel_leftover(n->lib, n->run, clock_wall_ms(n->clock), &cancelled, err);
        if (r < 0)
                return err_prefix(err, r, "cannot tidy up after the last run");
        sweep(n, &moved);
        if (cancelled > 0)
                log_notice("%" PRId64 " jobs of an earlier run had not been sent; planned anew",
                           cancelled);
        if (moved > 0)
                log_warning("%" PRId64
                            " files that belong to no asset were moved to '%s/quarantine'",
                            moved, al_dir(n->lib));
        return 0;
}
