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

typedef struct MediaPool MediaPool;
typedef struct MediaTask MediaTask;

enum {
        MEDIA_WORKERS_MAX = 8,
        MEDIA_PIXELS_MAX = 64 * 1024 * 1024, /* of one picture */
        MEDIA_SIDE_MAX = 16384,
        MEDIA_TASK_TIMEOUT_MS = 60000,
        MEDIA_MESSAGE_MAX = 64 * 1024,
};

typedef struct MediaInfo {
        char media_type[40]; /* by content: "image/png" "image/jpeg" "image/webp" "image/gif"
                                "video/mp4" ... */
        char ext[8];         /* "png" */
        int64_t width, height, duration_ms;
} MediaInfo;

/* result: 0 and info; negative errno and err: -EBADMSG not a picture or damaged ("truncated", "not
 * an image"), -EFBIG too many pixels, -ETIMEDOUT, -ECONNRESET the worker died on it, -ENOSPC / -EIO
 * the drawing could not be written, -EINVAL the drawing instructions are wrong. */
typedef void (*MediaDoneFn)(MediaTask *task, int result, const MediaInfo *info, const Err *err,
                            void *userdata);

/* program: path of the worker binary (pregen-media). It is started on first use. */
int media_pool_new(sd_event *event, const char *program, unsigned workers, MediaPool **ret,
                   Err *err) _must_check_;
MediaPool *media_pool_free(MediaPool *pool); /* ends the workers; no callbacks */
DEFINE_CLEANUP(MediaPool, media_pool_free);

/* Decodes the whole of fd (dup'ed) and reports what it is: complete, how large, how long. */
int media_probe(MediaPool *pool, int fd, MediaDoneFn done, void *userdata, MediaTask **ret,
                Err *err) _must_check_;
/* Draws an ad picture by `instructions` (media/draw.h lists the members) as PNG into fd (dup'ed,
 * written from offset 0). */
int media_draw(MediaPool *pool, const Json *instructions, int fd, MediaDoneFn done, void *userdata,
               MediaTask **ret, Err *err) _must_check_;
MediaTask *media_task_free(MediaTask *task); /* cancels: the callback will not come */
DEFINE_CLEANUP(MediaTask, media_task_free);

/* Where the worker program is: $PREGEN_MEDIA, else beside the running program, else the installed
 * libexec path. */
const char *media_program(void);
