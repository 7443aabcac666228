/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * `notify:` of the settings: a command that gets the run's report as JSON on its standard input
 * when the night ended in a way that somebody wants to hear of. It runs after the books are closed,
 * for at most NOTIFY_TIMEOUT_MS; what becomes of it never changes the night's result.
 */

#include "core/library.h"
#include "recipe/config.h"

enum {
        NOTIFY_TIMEOUT_MS = 30 * 1000,
};

/* Whether the settings ask for word of such an end: failure: exit_code is not 0; shortage: cells
 * are short; always. */
bool notify_wanted(const Settings *settings, int exit_code, int64_t cells_short);

/* Runs the command (an argv, no shell) with `text` on its standard input and its output on our
 * standard error. 0 when it ended with 0; -ETIMEDOUT (it is killed), -ECANCELED (it failed; the
 * sentence says how), or why it could not be started. */
int notify_run(const char *const *argv, const char *text, int timeout_ms, Err *err) _must_check_;
