/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The walls of the worker, from inside. What it decodes is hostile, so before the first task it
 * gives up: new privileges, core files, memory beyond a bound, sockets, new programs, and every
 * file but fonts (pictures come as open descriptors). Limits and no_new_privs must work. The
 * system call filter and Landlock are as good as the kernel and the machine allow; where they are
 * missing, the unit's own sandbox is the wall that is left.
 *
 * Under a sanitizer the memory bound and the filter of process calls are left out: the shadow
 * memory is larger than any bound, and the leak check traces itself.
 */

#include "base/err.h"

enum {
        SANDBOX_CPU_SECONDS = 60, /* of one task */
        SANDBOX_PATHS_MAX = 256,  /* font directories and their configuration */
        SANDBOX_FILES_MAX = 64,   /* open at once */
};

/* Reads the font configuration first: it names the files that stay readable. */
int sandbox_enter(Err *err) _must_check_;
/* Gives the task that begins its CPU seconds; beyond them the kernel ends the process. */
void sandbox_begin_task(void);
