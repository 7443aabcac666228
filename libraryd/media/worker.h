/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One media worker for a program without an event loop: each call waits for its answer. It is started on
 * first use, and again after it died.
 */

#include "media/info.h"
#include "media/process.h"

typedef struct MediaWorker {
        Process process;
        int64_t last_id;
} MediaWorker;
#define MEDIA_WORKER_NONE ((MediaWorker){.process = PROCESS_NONE})
void media_worker_done(MediaWorker *w);

/* What MediaDoneFn of media/client.h says of `result`, and -ENOENT: no worker program. */
int media_worker_probe(MediaWorker *w, int fd, MediaInfo *ret, Err *err) _must_check_;

/* Where the worker program is: $PREGEN_MEDIA, else beside the running program, else the installed
 * libexec path. Borrowed, valid until the next call. */
const char *media_program(void);
