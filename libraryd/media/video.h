/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files with many frames, demuxed from a descriptor. An animation is decoded whole; of a video the
 * first frame and everything from its last key frame on, which proves that it reaches its end
 * without the price of decoding minutes.
 */

#include "base/fingerprint.h"
#include "media/decode.h"

typedef struct VideoInfo {
        Shape shape;
        int64_t duration_ms;
        Fingerprint look; /* of the first and the last frame */
} VideoInfo;

/* type: MEDIA_GIF or a video, as sniffed; `size` bytes. */
int video_decode(int fd, MediaType type, uint64_t size, VideoInfo *ret, Err *err);
