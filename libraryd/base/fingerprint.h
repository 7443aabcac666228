/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What an asset looks (or reads) like, in a few hundred bytes that are kept in the library and
 * compared within a cell. Plain values, nothing to free; pure functions.
 *
 * A picture becomes its aspect, 16 x 16 means of luma and 4 x 4 means of both colour differences. Two
 * of them are compared by correlation, so that brightness and contrast do not count, in several
 * alignments, so that one may be a crop of the other. A video is its first and its last frame, and both
 * must agree. Copy is the hash of its normalised text: only the same words are the same.
 */

#include "base/macro.h"

enum {
        FINGERPRINT_PIXELS = 64, /* side of the scaled picture that is looked at */
        FINGERPRINT_LUMA = 16,
        FINGERPRINT_CHROMA = 4,
        FINGERPRINT_PICTURE = 1 + FINGERPRINT_LUMA * FINGERPRINT_LUMA +
                              2 * FINGERPRINT_CHROMA * FINGERPRINT_CHROMA,
        FINGERPRINT_TEXT_KIND = 't',
        FINGERPRINT_TEXT = 1 + 32,
        FINGERPRINT_MAX = 1 + 2 * FINGERPRINT_PICTURE,
        FINGERPRINT_HEX_MAX = 2 * FINGERPRINT_MAX + 1,
        FINGERPRINT_FAR = 1000, /* the distance of what has nothing in common */
};

typedef struct Fingerprint {
        uint8_t bytes[FINGERPRINT_MAX];
        size_t n; /* 0 = none */
} Fingerprint;

/* Adds a picture (the first makes a still, a second a video): FINGERPRINT_PIXELS squared RGB pixels,
 * scaled from width x height, whatever its aspect. */
void fingerprint_add(Fingerprint *f, const uint8_t *rgb, int64_t width, int64_t height);

/* Case, punctuation and white space do not count. Of pregen_digest. */
void fingerprint_of_text(const char *text, Fingerprint *ret);

/* 0 the same .. FINGERPRINT_FAR; those of another kind, or none, are as far as can be. */
int fingerprint_distance(const Fingerprint *a, const Fingerprint *b);

/* Lower-case hex, as it travels. -EINVAL for what is none. */
void fingerprint_hex(const Fingerprint *f, char ret[static FINGERPRINT_HEX_MAX]);
int fingerprint_from_hex(const char *hex, Fingerprint *ret);
/* From bytes of a database: -EINVAL when they are none. */
int fingerprint_from_bytes(const void *bytes, size_t n, Fingerprint *ret);
