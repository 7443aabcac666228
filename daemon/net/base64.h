/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Base64 in pieces of any size. Decoding is strict: the standard and the URL-safe alphabet, padding
 * required, no white space, no stray bits in the last group. Plain values, nothing to free.
 */

#include "base/macro.h"

/* The most bytes that decoding n more characters can give. */
#define BASE64_DECODED_MAX(n) (((n) + 3) / 4 * 3)
/* The characters n bytes become. */
#define BASE64_ENCODED(n) (((n) + 2) / 3 * 4)

typedef struct Base64Decoder {
        uint32_t bits;   /* of the unfinished group */
        unsigned chars;  /* characters of it so far, 0..3 */
        bool padded;     /* '=' was seen: the end, but for a second one */
        bool needs_more; /* that second one is due */
} Base64Decoder;

/* Decodes all n characters to out (room for BASE64_DECODED_MAX(n)); *ret_n = bytes written.
 * -EBADMSG when one of them cannot stand where it stands. */
int base64_decode(Base64Decoder *d, const char *in, size_t n, uint8_t *out,
                  size_t *ret_n) _must_check_;
/* The string ended here: 0, or -EBADMSG when a group or its padding is missing. */
int base64_decode_end(const Base64Decoder *d) _must_check_;

/* Encodes n bytes, padding the last group, to out (room for BASE64_ENCODED(n)); returns the
 * characters written. All pieces but the last must be a multiple of three bytes. */
size_t base64_encode(const uint8_t *in, size_t n, char *out);
