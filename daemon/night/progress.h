/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What ops see while the night runs: one line that redraws itself on a terminal, and the same text
 * as STATUS= of the unit. Nothing is drawn off a terminal; there the journal lines are the
 * progress.
 */

#include "night/state.h"

typedef struct Progress Progress;

int progress_new(Night *n, bool live, Progress **ret, Err *err);
Progress *progress_free(Progress *p); /* wipes the line */

/* Something moved: redraw and tell systemd, at most every PROGRESS_INTERVAL_MS. */
void progress_due(Night *n); /* its timer */
void progress_changed(Night *n);

/* "42/120 made, 3 blocked, $4.10 of $50, 03:12 left". ret has room for 160 characters. */
enum {
        PROGRESS_TEXT_MAX = 200,
};
void progress_text(Night *n, char ret[static PROGRESS_TEXT_MAX]);
