/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The media worker as seen from a program with an sd-event loop: a pool of child processes that
 * decode hostile pictures and draw ours. A worker gets file descriptors and JSON, never paths of
 * ours beyond read-only assets; it has no network, limited memory and CPU time. A worker that dies
 * fails the task it held with -ECONNRESET and is started again; three deaths in a row without a
 * success between fail whatever waits. Loop rule: one thread; callbacks come from the loop, never
 * from inside a call.
 */

#include <systemd/sd-event.h>

#include "base/err.h"
#include "base/json.h"
#include "media/info.h"
#include "media/worker.h" /* media_program() */

typedef struct MediaPool MediaPool;
typedef struct MediaTask MediaTask;

/* result: 0 and info; negative errno and err: -EBADMSG not a picture or damaged ("truncated", "not
 * an image"), -EFBIG too many pixels, -ETIMEDOUT, -ECONNRESET the worker died on it, -ECHILD the
 * workers died one after another on others' tasks while this one waited, -ENOSPC / -EIO
 * the drawing could not be written, -EINVAL the drawing instructions are wrong. */
typedef void (*MediaDoneFn)(MediaTask *task, int result, const MediaInfo *info, const Err *err,
                            void *userdata);

/* program: path of the worker binary (pregen-media). It is started on first use. workers: 1 to
 * MEDIA_WORKERS_MAX. Takes a reference on event. */
int media_pool_new(sd_event *event, const char *program, unsigned workers, MediaPool **ret,
                   Err *err) _must_check_;
/* Starts up to n of the workers before there is a task: each reads some hundred shared objects for a
 * tenth of a second. When one cannot be started, the first task says so. */
void media_pool_warm(MediaPool *pool, unsigned n);
/* Kills the workers and waits for their end; no callbacks. Tasks still held stay valid until
 * media_task_free(). Never from inside a callback. */
MediaPool *media_pool_free(MediaPool *pool);
DEFINE_CLEANUP(MediaPool, media_pool_free);

/* How long a worker may take for one task before it is killed (the task fails with -ETIMEDOUT);
 * MEDIA_TASK_TIMEOUT_MS unless said. Counts from when a worker got it, not from the queueing. */
void media_pool_set_timeout(MediaPool *pool, uint64_t ms);

/* Decodes the whole of fd (dup'ed, its offset is left alone) and reports what it is: complete, how
 * large, how long. -ENOBUFS when MEDIA_WAITING_MAX tasks wait; any other trouble comes by callback.
 * The task is the caller's until media_task_free(), which the callback itself may call. */
int media_probe(MediaPool *pool, int fd, MediaDoneFn done, void *userdata, MediaTask **ret,
                Err *err) _must_check_;
/* Draws an ad picture by `instructions` (media/draw.h lists the members) as PNG into fd (dup'ed,
 * written from offset 0, its offset is left alone, cut to the picture's length). The files named in
 * the instructions are opened here when the task's turn comes: -ENOENT, -EACCES by callback. */
int media_draw(MediaPool *pool, const Json *instructions, int fd, MediaDoneFn done, void *userdata,
               MediaTask **ret, Err *err) _must_check_;
MediaTask *media_task_free(MediaTask *task); /* cancels: the callback will not come */
DEFINE_CLEANUP(MediaTask, media_task_free);
