/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The `schedule:` of a recipe: on which nights it takes part. Written as systemd's OnCalendar, in
 * its common forms: optional weekdays ("Mon..Fri", "Sat,Sun"), an optional date ("*-*-01",
 * "2026-12-24"), an optional time ("02:00", "02:00:30"), or one of minutely hourly daily weekly
 * monthly quarterly semiannually yearly. Local time. Pure but for the local time zone.
 */

#include "base/err.h"

/* -EINVAL with a sentence that shows what is accepted. */
int schedule_check(const char *schedule, Err *err);

/*
 * Whether a nightly run that starts at `now_ms` includes a recipe of this schedule: it does when
 * the schedule elapses within the day from the last local noon to the next. A night is one night
 * then, whether its timer fires at 23:30 or at 02:00, late or early; "Mon..Fri 02:00" is in the
 * nights that end on Monday to Friday. A schedule that is NULL is in every night; one that does
 * not parse is in none.
 */
bool schedule_includes(const char *schedule, int64_t now_ms);
