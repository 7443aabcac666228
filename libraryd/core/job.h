/* SPDX-License-Identifier: MIT */
#pragma once

/* The setter of a job's state, shared by al_job_move() and the ledger. */

#include "core/lib.h"

/* Compare-and-set along an edge, with its history row, inside the caller's transaction. `counted`
 * is added to the job's count of attempts. AL_TAKEN, with nothing written, when the job is not in
 * `from`. */
int job_set_state(Library *lib, int64_t job, JobState from, JobState to, const char *reason,
                  int counted, int64_t now_ms, Err *err);

/* 0 when `text` is a JSON object whose members are strings or arrays of strings, else -EINVAL. */
int job_check_tags(const char *text, Err *err);
