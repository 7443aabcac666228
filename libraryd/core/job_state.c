/* SPDX-License-Identifier: MIT */

/*
 * What a job can do, and when. Pure: words, edges, flags; al_job_move() and al_attempt_begin/_end()
 * write them.
 *
 *                      another try
 *                   .---------------.
 *                   v               |      a handle
 *      (plan) --> planned ---> submitting ---------> running
 *                 ^  |   |          |                   |
 *                 |  |   |          |---- (an end) -----'   ends of either:
 *                 |  |   |          |--------> done
 *                 |  |   |          |--------> blocked ---.
 *                 |  |   '-----.    |                     |
 *                 |  v         v    |                     |  a person retries
 *                 | cancelled  failed <-- (gave up) ------|
 *                 |             ^   |                     |
 *                 |      closed |   '---------------------|
 *                 |  as spent   |                         |
 *                 |            unknown <-- (no answer)    |
 *                 |               |                       |
 *                 '---------------'-----------------------'
 *
 * Invariant: a job is `submitting` or `running` exactly while it has one open attempt, and that
 * attempt's row and reservation were durable before anything left this machine. So whatever
 * instruction the process dies at, a job found `planned` was never sent, a job found `submitting`
 * may have been, and a job found `running` was accepted under the handle that stands in its
 * attempt: it is asked for, never sent again. The only way out of the two is the transaction that
 * ends the attempt.
 *
 * `unknown` leaves by a person's word or by the engine's when the price is small: back to planned,
 * or to failed, its reservation spent for good. `failed` and `blocked` end a job for its run but
 * may be opened again by hand; `done` and `cancelled` never.
 */

#include "core/library.h"

#define TO(state) (1u << (state))

static const struct {
        const char *word;
        unsigned next;
} states[] = {
        [JOB_PLANNED] = {"planned", TO(JOB_SUBMITTING) | TO(JOB_CANCELLED) | TO(JOB_FAILED)},
        [JOB_SUBMITTING] = {"submitting", TO(JOB_RUNNING) | TO(JOB_PLANNED) | TO(JOB_DONE) |
                                                  TO(JOB_BLOCKED) | TO(JOB_FAILED) |
                                                  TO(JOB_UNKNOWN)},
        [JOB_RUNNING] = {"running", TO(JOB_PLANNED) | TO(JOB_DONE) | TO(JOB_BLOCKED) |
                                            TO(JOB_FAILED) | TO(JOB_UNKNOWN)},
        [JOB_DONE] = {"done", 0},
        [JOB_BLOCKED] = {"blocked", TO(JOB_PLANNED)},
        [JOB_FAILED] = {"failed", TO(JOB_PLANNED)},
        [JOB_UNKNOWN] = {"unknown", TO(JOB_PLANNED) | TO(JOB_FAILED)},
        [JOB_CANCELLED] = {"cancelled", 0},
};
static_assert(ARRAY_LEN(states) == _JOB_STATE_MAX, "every state has its row");

const char *job_state_word(JobState s) {
        assert(s >= 0 && s < _JOB_STATE_MAX);
        return states[s].word;
}

JobState job_state_from_word(const char *word) {
        for (size_t i = 0; word && i < ARRAY_LEN(states); i++)
                if (streq(states[i].word, word))
                        return (JobState) i;
        return _JOB_STATE_INVALID;
}

bool job_state_may(JobState from, JobState to) {
        assert(from >= 0 && from < _JOB_STATE_MAX);
        assert(to >= 0 && to < _JOB_STATE_MAX);
        return states[from].next & TO(to);
}
