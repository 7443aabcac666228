/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Counts the bytes a PNG's image data unpacks to. libav fills in what is missing and calls it a
 * picture; a row too few is a damaged file here. Unpacks into a small buffer, keeps nothing.
 */

#include <zlib.h>

#include "base/err.h"

typedef struct PngPixels {
        z_stream stream;
        bool open, ended;
        uint64_t wanted, got;
} PngPixels;

/* ihdr: the 13 bytes of the header. -EBADMSG for impossible ones. */
int png_pixels_start(PngPixels *p, const uint8_t *ihdr, Err *err);
/* The data of one IDAT. */
int png_pixels_feed(PngPixels *p, uint8_t *data, size_t n, Err *err);
/* -EBADMSG when they are not all there. */
int png_pixels_finish(const PngPixels *p, Err *err);
void png_pixels_done(PngPixels *p);
