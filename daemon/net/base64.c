/* SPDX-License-Identifier: MIT */

#include "net/base64.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

enum {
        VALID = 0x40, /* set in the entry of every character of the alphabet */
        SIX = 0x3f,
};

static const uint8_t value_of[256] = {
        ['A'] = VALID | 0,  ['B'] = VALID | 1,  ['C'] = VALID | 2,  ['D'] = VALID | 3,
        ['E'] = VALID | 4,  ['F'] = VALID | 5,  ['G'] = VALID | 6,  ['H'] = VALID | 7,
        ['I'] = VALID | 8,  ['J'] = VALID | 9,  ['K'] = VALID | 10, ['L'] = VALID | 11,
        ['M'] = VALID | 12, ['N'] = VALID | 13, ['O'] = VALID | 14, ['P'] = VALID | 15,
        ['Q'] = VALID | 16, ['R'] = VALID | 17, ['S'] = VALID | 18, ['T'] = VALID | 19,
        ['U'] = VALID | 20, ['V'] = VALID | 21, ['W'] = VALID | 22, ['X'] = VALID | 23,
        ['Y'] = VALID | 24, ['Z'] = VALID | 25, ['a'] = VALID | 26, ['b'] = VALID | 27,
        ['c'] = VALID | 28, ['d'] = VALID | 29, ['e'] = VALID | 30, ['f'] = VALID | 31,
        ['g'] = VALID | 32, ['h'] = VALID | 33, ['i'] = VALID | 34, ['j'] = VALID | 35,
        ['k'] = VALID | 36, ['l'] = VALID | 37, ['m'] = VALID | 38, ['n'] = VALID | 39,
        ['o'] = VALID | 40, ['p'] = VALID | 41, ['q'] = VALID | 42, ['r'] = VALID | 43,
        ['s'] = VALID | 44, ['t'] = VALID | 45, ['u'] = VALID | 46, ['v'] = VALID | 47,
        ['w'] = VALID | 48, ['x'] = VALID | 49, ['y'] = VALID | 50, ['z'] = VALID | 51,
        ['0'] = VALID | 52, ['1'] = VALID | 53, ['2'] = VALID | 54, ['3'] = VALID | 55,
        ['4'] = VALID | 56, ['5'] = VALID | 57, ['6'] = VALID | 58, ['7'] = VALID | 59,
        ['8'] = VALID | 60, ['9'] = VALID | 61, ['+'] = VALID | 62, ['/'] = VALID | 63,
        ['-'] = VALID | 62, ['_'] = VALID | 63,
};

#ifdef __x86_64__
/*
 * 32 characters at a time, by the method of Mula and Lemire ("Faster Base64 Encoding and Decoding
 * Using AVX2 Instructions", 2018): two table look-ups by nibble find what is not of the standard
 * alphabet, a third the distance from character to value, two multiplications pack the six bits of
 * each. Stops before the first block with any other character. A block writes 32 bytes of which 24
 * count, so the last ones are left to the way below.
 */
enum {
        BLOCK = 32,
        BLOCK_BYTES = 24,
        BLOCK_LEFT = 16, /* characters after a block, whose bytes make room for the 8 too many */
};

__attribute__((target("avx2"))) static size_t decode_blocks(const uint8_t *in, size_t n,
                                                            uint8_t *out) {
        const __m256i bad_by_low =
                _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13,
                                 0x1a, 0x1b, 0x1b, 0x1b, 0x1a, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11,
                                 0x11, 0x11, 0x11, 0x11, 0x13, 0x1a, 0x1b, 0x1b, 0x1b, 0x1a);
        const __m256i bad_by_high =
                _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10,
                                 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08,
                                 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
        const __m256i distance =
                _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16,
                                 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
        const __m256i order =
                _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, 2, 1, 0, 6,
                                 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
        const __m256i slash = _mm256_set1_epi8('/'), pairs = _mm256_set1_epi32(0x01400140);
        const __m256i quads = _mm256_set1_epi32(0x00011000);
        const __m256i close = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
        size_t i = 0;

        for (; n - i >= BLOCK + BLOCK_LEFT; i += BLOCK, out += BLOCK_BYTES) {
                __m256i v = _mm256_loadu_si256((const void *) (in + i));
                /* 0x2f leaves the low nibble, and one bit that no look-up of these reads. */
                __m256i high = _mm256_and_si256(_mm256_srli_epi32(v, 4), slash);
                __m256i low = _mm256_and_si256(v, slash);

                if (!_mm256_testz_si256(_mm256_shuffle_epi8(bad_by_low, low),
                                        _mm256_shuffle_epi8(bad_by_high, high)))
                        break;
                /* '/' shares its high nibble with '+' but not the distance. */
                high = _mm256_add_epi8(_mm256_cmpeq_epi8(v, slash), high);
                v = _mm256_add_epi8(v, _mm256_shuffle_epi8(distance, high));
                v = _mm256_madd_epi16(_mm256_maddubs_epi16(v, pairs), quads);
                v = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(v, order), close);
                _mm256_storeu_si256((void *) out, v);
        }
        return i;
}
#endif

/* The quick way through whole groups of four; stops at the first that needs a closer look. */
static size_t decode_groups(const uint8_t *in, size_t n, uint8_t *out) {
        size_t i = 0;

#ifdef __x86_64__
        if (n >= BLOCK + BLOCK_LEFT && __builtin_cpu_supports("avx2"))
                i = decode_blocks(in, n, out);
        out += i / 4 * 3;
#endif
        for (; n - i >= 4; i += 4) {
                uint8_t a = value_of[in[i]], b = value_of[in[i + 1]];
                uint8_t c = value_of[in[i + 2]], d = value_of[in[i + 3]];

                if (!(a & b & c & d & VALID))
                        break;
                *out++ = (uint8_t) ((a & SIX) << 2 | (b & SIX) >> 4);
                *out++ = (uint8_t) ((b & SIX) << 4 | (c & SIX) >> 2);
                *out++ = (uint8_t) ((c & SIX) << 6 | (d & SIX));
        }
        return i;
}

/* '=' ends a group of two or three characters, whose unused bits must be zero. */
static int decode_padding(Base64Decoder *d, uint8_t *out, size_t *ret_n) {
        *ret_n = 0;
        if (d->padded) {
                if (!d->needs_more)
                        return -EBADMSG;
                d->needs_more = false;
                return 0;
        }
        if (d->chars < 2 || (d->bits & (d->chars == 2 ? 0xf : 0x3)) != 0)
                return -EBADMSG;
        if (d->chars == 2) {
                out[0] = (uint8_t) (d->bits >> 4);
                *ret_n = 1;
        } else {
                out[0] = (uint8_t) (d->bits >> 10);
                out[1] = (uint8_t) (d->bits >> 2);
                *ret_n = 2;
        }
        d->needs_more = d->chars == 2;
        d->padded = true;
        d->chars = 0;
        return 0;
}

static int decode_char(Base64Decoder *d, uint8_t c, uint8_t *out, size_t *ret_n) {
        uint8_t v = value_of[c];

        if (c == '=')
                return decode_padding(d, out, ret_n);
        *ret_n = 0;
        if (!(v & VALID) || d->padded)
                return -EBADMSG;
        d->bits = d->bits << 6 | (v & SIX);
        if (++d->chars < 4)
                return 0;
        out[0] = (uint8_t) (d->bits >> 16);
        out[1] = (uint8_t) (d->bits >> 8);
        out[2] = (uint8_t) d->bits;
        *ret_n = 3;
        d->bits = 0;
        d->chars = 0;
        return 0;
}

int base64_decode(Base64Decoder *d, const char *in, size_t n, uint8_t *out, size_t *ret_n) {
        const uint8_t *p = (const uint8_t *) in;
        size_t written = 0;

        assert(d);
        assert(in || n == 0);
        assert(out || n == 0);
        assert(ret_n);
        for (size_t i = 0; i < n;) {
                size_t used = d->chars == 0 && !d->padded
                                      ? decode_groups(p + i, n - i, out + written)
                                      : 0;
                size_t got;
                int r;

                written += used / 4 * 3;
                i += used;
                if (i == n)
                        break;
                r = decode_char(d, p[i++], out + written, &got);
                if (r < 0)
                        return r;
                written += got;
        }
        *ret_n = written;
        return 0;
}

int base64_decode_end(const Base64Decoder *d) {
        assert(d);
        return d->chars != 0 || d->needs_more ? -EBADMSG : 0;
}

size_t base64_encode(const uint8_t *in, size_t n, char *out) {
        static const char alphabet[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        char *p = out;

        assert(in || n == 0);
        assert(out || n == 0);
        for (size_t i = 0; i < n; i += 3) {
                size_t left = n - i;
                uint32_t v = (uint32_t) in[i] << 16 | (left > 1 ? (uint32_t) in[i + 1] << 8 : 0) |
                             (left > 2 ? (uint32_t) in[i + 2] : 0);

                *p++ = alphabet[v >> 18];
                *p++ = alphabet[v >> 12 & SIX];
                *p++ = left > 1 ? alphabet[v >> 6 & SIX] : '=';
                *p++ = left > 2 ? alphabet[v & SIX] : '=';
        }
        return (size_t) (p - out);
}
