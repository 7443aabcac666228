/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The nightly window, in local time. Pure, but for the time zone of the process.
 *
 * With `from` a moment is inside when it lies between the two. A window that names only its end
 * begins half a day before it: a timer that catches up at nine in the morning finds the window of
 * "06:00" closed, not open for another twenty-one hours.
 */

#include <stdint.h>

enum {
        WINDOW_NONE = -1, /* in place of minutes after midnight */
};

/* Milliseconds from now_ms (wall clock) to the end of the window; 0: it is closed; INT64_MAX: there
 * is none (until_minutes is WINDOW_NONE). */
int64_t window_left_ms(int64_t now_ms, int from_minutes, int until_minutes);

/* The next local moment, in wall-clock milliseconds, at which it is `minutes` after midnight. */
int64_t window_next(int64_t now_ms, int minutes);
