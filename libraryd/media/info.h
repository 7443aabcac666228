/* SPDX-License-Identifier: MIT */
#pragma once

/* What both sides of the media worker's socket agree on: the limits and the answer. Plain values,
 * nothing to free. */

#include "base/fingerprint.h"

enum {
        MEDIA_WORKERS_MAX = 8,
        MEDIA_WAITING_MAX = 4096, /* tasks that wait for a worker; each holds a descriptor */
        MEDIA_DEATHS_MAX = 3,     /* in a row, before whatever waits fails */
        MEDIA_BYTES_MAX = 128 * 1024 * 1024,        /* of one picture file */
        MEDIA_VIDEO_BYTES_MAX = 1024 * 1024 * 1024, /* of one video file */
        MEDIA_PIXELS_MAX = 64 * 1024 * 1024,        /* of one picture */
        MEDIA_SIDE_MAX = 16384,
        MEDIA_FRAMES_MAX = 10000, /* frames of one animation or video that are decoded */
        MEDIA_TASK_TIMEOUT_MS = 60000,
        MEDIA_MESSAGE_MAX = 64 * 1024,
        MEDIA_TYPE_MAX = 40,
        MEDIA_EXT_MAX = 8,
};

typedef struct MediaInfo {
        char media_type[MEDIA_TYPE_MAX]; /* by content: "image/png" "image/jpeg" "image/webp"
                                            "image/gif" "video/mp4" ... */
        char ext[MEDIA_EXT_MAX];         /* "png" */
        int64_t width, height, duration_ms;
        Fingerprint look; /* none for what was drawn: it is probed before it is stored */
} MediaInfo;
