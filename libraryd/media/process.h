/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Starting and ending one worker process. The child gets /dev/null as stdin and stdout, our stderr,
 * its end of the socket as descriptor MEDIA_SOCKET_FD and nothing else; a clean signal mask and
 * only the few environment variables it needs, so that no secret of ours is ever in its memory. It
 * ends with the thread that started it.
 */

#include <stdint.h>

#include "base/err.h"

typedef struct Process {
        pid_t pid;  /* 0 = none */
        int pidfd;  /* readable once the process ended */
        int socket; /* our end, non-blocking */
} Process;
#define PROCESS_NONE ((Process){.pidfd = -1, .socket = -1})

/* -ENOENT, -EACCES: no such program; -EMFILE, -ENOMEM, -EAGAIN. */
int process_start(const char *program, Process *ret, Err *err) _must_check_;
/* Sends SIGKILL; the end shows on pidfd. */
void process_kill(const Process *p);
/* After pidfd became readable: what it died of ("signal 9 (Killed)", "exit code 1"). Does not
 * block; an unfinished process gives "unknown". */
enum {
        PROCESS_CAUSE_MAX = 80,
};
void process_reap(Process *p, char ret_cause[static PROCESS_CAUSE_MAX]);
/* Kills, waits (a killed process ends at once) and closes; accepts PROCESS_NONE. */
void process_done(Process *p);
