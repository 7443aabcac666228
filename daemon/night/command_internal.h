/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of the command share among themselves. */

#include "base/strbuf.h"
#include "night/command.h"

/* ---- command_child.c: from a plan to a process ---- */

typedef struct ChildPlan {
        const ExecSpec *spec;
        int in, out, err, folder; /* of the child; folder: its working folder */
} ChildPlan;

/* The leader of a new process group, which dies with our thread. -errno of what kept the program
 * from starting, with a sentence. */
int command_spawn(const ChildPlan *plan, pid_t *ret, Err *err) _must_check_;

/* ---- command_files.c: what it left in its folder ---- */

typedef struct Leavings {
        int lib_dir_fd;
        const char *stem;
        Strv names; /* sorted */
        ReplyPayload payloads[COMMAND_FILES_MAX];
        size_t hashed; /* of them, whole */
        int fd;        /* of the one being hashed, -1 = none */
        DigestContext digest;
} Leavings;

/* Moves the folder's plain files to the spool. -E2BIG with a sentence when they are too many or too
 * large; -errno of the disk. */
int leavings_take(Leavings *l, int folder_fd, int64_t bytes_max, Err *err) _must_check_;
/* Hashes the next piece: 1 when there is more to do, 0 when all are done, -errno. */
int leavings_hash_some(Leavings *l, Err *err) _must_check_;
void leavings_done(Leavings *l);
