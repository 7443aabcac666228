/* SPDX-License-Identifier: MIT */
#pragma once

/* Pictures and videos for tests, made by libav's encoders in memory: nothing binary is kept in the
 * tree. All of them abort the test when something is wrong. */

#include "base/json.h"

typedef struct Blob {
        uint8_t *data;
        size_t n;
} Blob;
void blob_done(Blob *b);

/* One picture: codec "png", "mjpeg" or "libwebp". */
Blob make_still(const char *codec, int w, int h);
/* frames pictures in a file: ("gif", "gif"), ("mp4", "mpeg4"), ("mov", "mpeg4"),
 * ("webm", "libvpx"). options: of the muxer, "k=v:k=v" or NULL. */
Blob make_movie(const char *format, const char *codec, int w, int h, int frames,
                const char *options);

/* A descriptor whose content is data; its offset is 0. */
int blob_fd(const void *data, size_t n);
/* Drawing instructions from JSON text with ' for ". */
Json *draw_json(const char *text);
