/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * libav's decoders, strict: any damage is an error, nothing is concealed, nothing is allocated
 * beyond the limits of media/info.h. One thread. Input never comes by path or URL, so no demuxer
 * can open a second file.
 */

#include <libavcodec/avcodec.h>

#include "base/err.h"
#include "media/sniff.h"
#include "media/structure.h"

static inline void frame_freep(AVFrame **p) {
        av_frame_free(p);
}
static inline void packet_freep(AVPacket **p) {
        av_packet_free(p);
}
static inline void codec_freep(AVCodecContext **p) {
        avcodec_free_context(p);
}

/* A negative errno for libav's error, with a sentence: -ENOMEM, -EFBIG, else -EBADMSG. */
int decode_error(int averror, const char *what, Err *err);

/* FFmpeg keeps the old full-range names alive and warns of them: the new name, and whether it was one
 * of those. */
enum AVPixelFormat pixel_format_modern(enum AVPixelFormat f, bool *full_range);

/* A decoder for id, strict as above. parameters may be NULL. */
int decoder_open(enum AVCodecID id, const AVCodecParameters *parameters, AVCodecContext **ret,
                 Err *err);
/* Decodes packet (NULL: what the decoder still holds) and gives each frame to `each` (may be NULL).
 * Adds the number of frames to *frames. A negative return of each ends it. */
int decoder_feed(AVCodecContext *decoder, const AVPacket *packet,
                 int (*each)(const AVFrame *frame, void *userdata), void *userdata, int64_t *frames,
                 Err *err);

/* Reads fd from 0, which must be a still PNG, JPEG or WebP (or GIF: its first frame is not given,
 * see video.h), walks and decodes it. Caller frees the frame. */
int still_decode(int fd, MediaType *ret_type, AVFrame **ret, Err *err);

/* The size and first bytes of fd. -EBADMSG when it is empty or no regular file. */
int media_open(int fd, uint64_t *ret_size, MediaType *ret_type, Err *err);
/* The whole of fd followed by AV_INPUT_BUFFER_PADDING_SIZE zero bytes; caller frees. */
int media_read(int fd, uint64_t size, uint8_t **ret, size_t *ret_n, Err *err);
