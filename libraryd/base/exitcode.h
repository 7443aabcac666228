/* SPDX-License-Identifier: MIT */
#pragma once

/* Exit codes of both programs. Stable: scripts depend on them. The man pages list the same table.
 */
typedef enum ExitCode {
        EXIT_CODE_OK = 0,
        EXIT_CODE_ERROR = 1,
        EXIT_CODE_USAGE =
                2, /* wrong usage or configuration; with `plan --detailed-exitcode`: work to do */
        EXIT_CODE_PARTIAL = 3,  /* some cells failed, or a recipe was left out */
        EXIT_CODE_EMPTY = 4,    /* nothing matched, or the shelf is empty */
        EXIT_CODE_BUDGET = 5,   /* the budget refused work */
        EXIT_CODE_PROVIDER = 6, /* a provider or its credential failed */
        EXIT_CODE_UNKNOWN = 7,  /* unknown outcomes wait for a person */
        EXIT_CODE_BUSY = 75,    /* EX_TEMPFAIL: try again later */
        EXIT_CODE_INTERRUPTED = 130,
} ExitCode;
