/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The skeletons of the file formats, walked from the first byte to the last before a decoder sees
 * them. Decoders forgive: they show the upper half of a picture whose rest never arrived. These
 * walks do not: every length must lie inside the file and the end mark must be there. They also
 * read the size, so that nothing is allocated for a picture beyond the limits. Pure, no allocation.
 *
 * All return 0, -EBADMSG (damaged, truncated) or -EFBIG (too large), with a sentence.
 */

#include "base/err.h"
#include "media/sniff.h"

typedef struct Shape {
        int64_t width, height;
} Shape;

/* Whether the sides and the area are within MEDIA_SIDE_MAX and MEDIA_PIXELS_MAX. */
int shape_check(const Shape *s, Err *err);

/* The walk of a still picture that is wholly in memory. png_walk() also closes the gaps: chunks
 * that do not draw (texts, profiles; a favourite place for bombs) are dropped from data, *n becomes
 * smaller. */
int png_walk(uint8_t *data, size_t *n, Shape *ret, Err *err);
int jpeg_walk(const uint8_t *data, size_t n, Shape *ret, Err *err);
int webp_walk(const uint8_t *data, size_t n, Shape *ret, Err *err);
int gif_walk(const uint8_t *data, size_t n, Shape *ret, Err *err);

/* The outermost boxes of an ISO file of `size` bytes: moov and mdat there and complete. */
int iso_walk(int fd, uint64_t size, Err *err);
/* The segment of a WebM file, when its length is written. */
int webm_walk(int fd, uint64_t size, Err *err);

/* Big-endian reading, for the walks. */
static inline uint32_t get_be16(const uint8_t *p) {
        return (uint32_t) p[0] << 8 | p[1];
}
static inline uint32_t get_be32(const uint8_t *p) {
        return get_be16(p) << 16 | get_be16(p + 2);
}
static inline uint32_t get_le16(const uint8_t *p) {
        return (uint32_t) p[1] << 8 | p[0];
}
static inline uint32_t get_le24(const uint8_t *p) {
        return get_le16(p) | (uint32_t) p[2] << 16;
}
static inline uint32_t get_le32(const uint8_t *p) {
        return get_le16(p) | get_le16(p + 2) << 16;
}
