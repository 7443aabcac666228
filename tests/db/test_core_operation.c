/* SPDX-License-Identifier: MIT */

/* Operations in the ledger: the handle, what may follow it, and a person's wish to give one up. */

#include "core_fixture.h"
#include "support/test.h"

static JobState state_of(Library *lib, int64_t job) {
        AlJob j = {0};
        JobState s;
        Err err = {0};

        CHECK_OK(al_job_get(lib, job, &j, &err), &err);
        s = j.state;
        al_job_done(&j);
        return s;
}

static void handle_is(Library *lib, int64_t attempt, const char *handle, int64_t accepted_ms) {
        AlOperation op = {0};
        Err err = {0};

        CHECK_OK(al_operation(lib, attempt, &op, &err), &err);
        CHECK_STR(op.handle, handle);
        CHECK_INT(op.accepted_ms, accepted_ms);
        CHECK_INT(op.started_ms, NOW);
        al_operation_done(&op);
}

TEST(a_handle_is_kept_and_replaced) {
        _cleanup_(freep) char *dir = fix_dir("handle"), *asset = NULL;
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t job = fix_job(lib, &(FixJob){0}, NOW), attempt = fix_begin(lib, job, 1, 700, NOW);
        AlOperation op = {0};
        AlRunTotals totals;
        Err err = {0};

        CHECK_INT(al_operation(lib, attempt, &op, &err), AL_NOT_FOUND);
        CHECK_OK(al_attempt_accepted(lib, attempt, "op/1", "req-1", NOW + 10, &err), &err);
        CHECK_INT(state_of(lib, job), JOB_RUNNING);
        lib = al_close(lib);
        lib = fix_open(dir);
        handle_is(lib, attempt, "op/1", NOW + 10);
        CHECK_OK(al_attempt_accepted(lib, attempt, "op/1/result", NULL, NOW + 20, &err), &err);
        handle_is(lib, attempt, "op/1/result", NOW + 10);
        CHECK_OK(al_run_totals(lib, 1, &totals, &err), &err);
        CHECK_INT(totals.running, 1);
        CHECK_INT(totals.reserved, 700);
        asset = fix_made(lib, attempt, "film", 600, NOW + 30);
        CHECK_INT(state_of(lib, job), JOB_DONE);
        handle_is(lib, attempt, "op/1/result", NOW + 10); /* for the provider's support */
        CHECK_INT(al_attempt_accepted(lib, attempt, "op/2", NULL, NOW, &err), AL_TAKEN);
        CHECK_OK(al_spend_verify(lib, &err), &err);
        {
                _cleanup_(freep) char *request =
                        raw_text(dir, "SELECT request_id FROM attempt WHERE id = 1");

                CHECK_STR(request, "req-1"); /* the end named none */
        }
}

TEST(a_running_job_ends_in_any_way) {
        static const struct {
                Outcome outcome;
                JobState next;
                Micros billed;
        } ends[] = {{OUTCOME_BLOCKED, JOB_BLOCKED, 0},
                    {OUTCOME_REJECTED, JOB_FAILED, 0},
                    {OUTCOME_TRANSIENT, JOB_PLANNED, 0},
                    {OUTCOME_BROKEN, JOB_PLANNED, 700},
                    {OUTCOME_UNKNOWN, JOB_UNKNOWN, 700}};
        _cleanup_(freep) char *dir = fix_dir("ends");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
                int64_t job = fix_job(lib, &(FixJob){0}, NOW);
                int64_t attempt = fix_begin(lib, job, 1, 700, NOW);

                CHECK_OK(al_attempt_accepted(lib, attempt, "op", NULL, NOW, &err), &err);
                fix_end(lib, attempt, ends[i].outcome, ends[i].next, ends[i].billed, NOW + 1);
                CHECK_INT(state_of(lib, job), ends[i].next);
        }
        CHECK_OK(al_spend_verify(lib, &err), &err);
}

/* What an operation will bring is owed to its cell: the plan of the next night does not buy it. */
TEST(a_running_job_is_owed) {
        _cleanup_(freep) char *dir = fix_dir("owed"), *key = fix_cell_key(&(FixJob){0});
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){.want = 3}, NOW), 1, 1, NOW);
        AlCellStock stock;
        Err err = {0};

        CHECK_OK(al_attempt_accepted(lib, attempt, "op", NULL, NOW, &err), &err);
        CHECK_OK(al_cell_stock(lib, "spring", key, NOW, &stock, &err), &err);
        CHECK_INT(stock.owed, 3);
}

TEST(cancelling_by_hand) {
        _cleanup_(freep) char *dir = fix_dir("cancel"), *who = NULL;
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t planned = fix_job(lib, &(FixJob){0}, NOW),
                running = fix_job(lib, &(FixJob){0}, NOW);
        int64_t held = fix_job(lib, &(FixJob){0}, NOW), attempt;
        JobState state;
        Err err = {0};

        attempt = fix_begin(lib, running, 1, 5, NOW);
        CHECK_OK(al_attempt_accepted(lib, attempt, "op", NULL, NOW, &err), &err);
        fix_end(lib, fix_begin(lib, held, 1, 9, NOW), OUTCOME_UNKNOWN, JOB_UNKNOWN, 9, NOW);

        CHECK_INT(al_job_cancel(lib, 99, "eve", NOW, &state, &err), AL_NOT_FOUND);
        CHECK_INT(al_job_cancel(lib, planned, "eve", NOW, &state, &err), AL_OK);
        CHECK_INT(state, JOB_CANCELLED);
        CHECK_INT(al_job_cancel(lib, planned, "eve", NOW, NULL, &err), AL_TAKEN);
        CHECK_INT(al_job_cancel(lib, held, "eve", NOW, &state, &err), AL_OK);
        CHECK_INT(state_of(lib, held), JOB_FAILED);

        CHECK_OK(al_job_cancel_by(lib, running, &who, &err), &err);
        CHECK(!who);
        CHECK_INT(al_job_cancel(lib, running, "eve", NOW, &state, &err), AL_OK);
        CHECK_INT(state, JOB_RUNNING);
        CHECK_OK(al_job_cancel_by(lib, running, &who, &err), &err);
        CHECK_STR(who, "eve");
        CHECK_INT(state_of(lib, running), JOB_RUNNING);
        CHECK_OK(al_spend_verify(lib, &err), &err);
}
