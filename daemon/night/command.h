/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One command on the event loop: started without a shell in a process group and an empty folder of
 * its own, fed, watched and, whatever happens, ended whole. What it leaves in its folder becomes
 * spool files, hashed a piece a turn of the loop. The folder is removed with its end; only when the
 * night goes before the command does, it is left for the sweep of the next one.
 */

#include <systemd/sd-event.h>

#include "base/digest.h"
#include "provider/provider.h"

typedef struct Command Command;

enum {
        COMMAND_FILES_MAX = REPLY_PAYLOADS_MAX,
        COMMAND_SAID_MAX = 64 * 1024,      /* bytes of standard output */
        COMMAND_COMPLAINED_MAX = 4 * 1024, /* bytes of standard error, of its end */
};

typedef struct CommandOptions {
        const ExecSpec *spec; /* borrowed until the end */
        const char *input;    /* standard input, whole */
        uint64_t timeout_us;  /* then SIGTERM to the group, and SIGKILL a little later */
        int lib_dir_fd;       /* borrowed until the end */
        const char *stem;     /* "spool/17": the folder is "spool/17.run", file k "spool/17.k" */
} CommandOptions;

typedef enum CommandEnd {
        COMMAND_EXITED,    /* all members of the result are set; files only with exit code 0 */
        COMMAND_KILLED,    /* by a signal that we did not send: err */
        COMMAND_TIMED_OUT, /* err */
        COMMAND_UNUSABLE,  /* it said, wrote or left more than it may: err */
        COMMAND_STORAGE,   /* what it left cannot be kept on this disk now: err */
} CommandEnd;

typedef struct CommandResult { /* borrowed, for the time of the callback */
        CommandEnd end;
        int exit_code;
        const char *said, *complained; /* text */
        const Strv *files;             /* names in its folder */
        const ReplyPayload *payloads;  /* as many */
        Err err;
} CommandResult;

/* Not called when the command is freed before its end; may free it. */
typedef void (*CommandDoneFn)(const CommandResult *result, void *userdata);

/* -ENOENT, -EACCES, -ENOEXEC: there is no such program to run; anything else is about this machine.
 */
int command_start(sd_event *event, const CommandOptions *options, CommandDoneFn done,
                  void *userdata, Command **ret, Err *err) _must_check_;
/* Kills the whole group if it still runs. Accepts NULL. */
Command *command_free(Command *c);
DEFINE_CLEANUP(Command, command_free);
