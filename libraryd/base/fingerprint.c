/* SPDX-License-Identifier: MIT */

#include "base/fingerprint.h"

#include "base/parse.h"

enum {
        KIND_BYTE_STILL = 'i',
        KIND_BYTE_VIDEO = 'v',
        STILL_BYTES = 1 + FINGERPRINT_PICTURE,
        VIDEO_BYTES = 1 + 2 * FINGERPRINT_PICTURE,

        LUMA_AT = 1, /* within a picture, behind the aspect */
        LUMA_VALUES = FINGERPRINT_LUMA * FINGERPRINT_LUMA,
        CHROMA_AT = LUMA_AT + LUMA_VALUES,
        CHROMA_VALUES = 2 * FINGERPRINT_CHROMA * FINGERPRINT_CHROMA,

        ASPECT_STEP = 16,   /* in the aspect's byte: of a factor 2 */
        ASPECT_FAR = 12,    /* more is another format, never a crop */
        FLAT_VARIANCE = 16, /* of luma: below it there is no shape to compare */
        CHROMA_FREE = 12,   /* mean difference that a grade or another codec makes */
        CHROMA_WEIGHT = 10, /* distance for each step beyond it */
        HOPELESS = 850,     /* of two whole frames: no crop of one is the other */
        ONE = 256,          /* fixed point of the alignments */
        SCALE = 16,         /* and of the luma of a window */
        ANCHORS = 3,        /* left, middle, right; top, middle, bottom */
};

/* How much of the larger picture a crop may have left, of ONE. */
static const int crops[] = {244, 232, 218, 205};

static_assert((uint64_t) UINT8_MAX * SCALE * UINT8_MAX * SCALE * LUMA_VALUES <= UINT32_MAX,
              "sums of squares");
static_assert(FINGERPRINT_PIXELS % FINGERPRINT_LUMA == 0, "whole blocks");
static_assert(FINGERPRINT_PIXELS % FINGERPRINT_CHROMA == 0, "whole blocks");

/* Sixteenths of the logarithm of w / h to the base 2, around 128. */
static uint8_t aspect_of(int64_t w, int64_t h) {
        int64_t a = MAX_OF(w, (int64_t) 1) * ONE, b = MAX_OF(h, (int64_t) 1) * ONE;
        int steps = 0;

        /* 2^(1/16) is 1.0443 */
        while (a > b && steps < 127) {
                b = b * 10443 / 10000;
                steps++;
        }
        while (b > a && steps > -127) {
                a = a * 10443 / 10000;
                steps--;
        }
        return (uint8_t) (128 + steps);
}

/* The mean of a block of one channel: 0 luma, 1 and 2 the colour differences around 128. */
static uint8_t block_mean(const uint8_t *rgb, int side, int bx, int by, int channel) {
        static const int weights[3][3] = {{77, 150, 29}, {-43, -85, 128}, {128, -107, -21}};
        const int *w = weights[channel];
        int64_t sum = 0, v;

        for (int y = by * side; y < (by + 1) * side; y++)
                for (int x = bx * side; x < (bx + 1) * side; x++) {
                        const uint8_t *p = rgb + 3 * (y * FINGERPRINT_PIXELS + x);

                        sum += w[0] * p[0] + w[1] * p[1] + w[2] * p[2];
                }
        v = sum / (256 * side * side) + (channel > 0 ? 128 : 0);
        return (uint8_t) MIN_OF(MAX_OF(v, (int64_t) 0), (int64_t) 255);
}

void fingerprint_add(Fingerprint *f, const uint8_t *rgb, int64_t width, int64_t height) {
        uint8_t *at;

        assert(f && rgb);
        assert(f->n == 0 || f->n == STILL_BYTES);
        if (f->n == 0) {
                f->bytes[0] = KIND_BYTE_STILL;
                f->n = 1;
        } else
                f->bytes[0] = KIND_BYTE_VIDEO;
        at = f->bytes + f->n;
        f->n += FINGERPRINT_PICTURE;
        *at++ = aspect_of(width, height);
        for (int y = 0; y < FINGERPRINT_LUMA; y++)
                for (int x = 0; x < FINGERPRINT_LUMA; x++)
                        *at++ = block_mean(rgb, FINGERPRINT_PIXELS / FINGERPRINT_LUMA, x, y, 0);
        for (int channel = 1; channel <= 2; channel++)
                for (int y = 0; y < FINGERPRINT_CHROMA; y++)
                        for (int x = 0; x < FINGERPRINT_CHROMA; x++)
                                *at++ = block_mean(rgb, FINGERPRINT_PIXELS / FINGERPRINT_CHROMA, x,
                                                   y, channel);
}

/* Where along one axis the cells of a window take their values: between which two of the picture's
 * cells, and how much of the second, of ONE. */
typedef struct Axis {
        uint8_t first[FINGERPRINT_LUMA];
        uint16_t share[FINGERPRINT_LUMA];
} Axis;

/* Of a window that is `size` of ONE long and begins at `from` of ONE. */
static void axis_fill(Axis *ret, int size, int from) {
        enum { N = FINGERPRINT_LUMA };

        for (int i = 0; i < N; i++) {
                int at = from * N + size * i + size / 2 - ONE / 2; /* the centre, in cells of ONE */
                int first = MIN_OF(MAX_OF(at, 0) / ONE, N - 2);

                ret->first[i] = (uint8_t) first;
                ret->share[i] = (uint16_t) MIN_OF(MAX_OF(at - first * ONE, 0), ONE);
        }
}

/* A window of a picture's luma is bilinear: between the columns first, in every row of the picture... */
static void luma_rows(const uint8_t *luma, const Axis *x, uint32_t ret[static LUMA_VALUES]) {
        enum { N = FINGERPRINT_LUMA };

        for (int j = 0; j < N; j++)
                for (int i = 0; i < N; i++) {
                        const uint8_t *p = luma + j * N + x->first[i];

                        ret[j * N + i] =
                                (uint32_t) (p[0] * (ONE - x->share[i]) + p[1] * x->share[i]);
                }
}

/* ... and then between those rows. */
static void luma_window(const uint32_t *rows, const Axis *y, uint16_t ret[static LUMA_VALUES]) {
        enum { N = FINGERPRINT_LUMA };

        for (int j = 0; j < N; j++) {
                const uint32_t *top = rows + y->first[j] * N, *bottom = top + N;
                uint32_t share = y->share[j];

                for (int i = 0; i < N; i++)
                        ret[j * N + i] = (uint16_t) ((top[i] * (ONE - share) + bottom[i] * share) /
                                                     (ONE * ONE / SCALE));
        }
}

/* The window that is all of the picture. */
static void luma_whole(const uint8_t *luma, uint16_t ret[static LUMA_VALUES]) {
        for (int i = 0; i < LUMA_VALUES; i++)
                ret[i] = (uint16_t) (luma[i] * SCALE);
}

/* Squared correlation, in thousandths of what is missing to 1; FINGERPRINT_FAR for opposites.
 * Written so that a compiler finds the sums to be of vectors: a night compares each picture with
 * all that are in its cell. */
static int shape_distance(const uint16_t *a, const uint8_t *b) {
        enum { N = LUMA_VALUES };
        uint32_t sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
        int64_t sa, sb, aa, bb, ab;

        for (int i = 0; i < N; i++) {
                uint32_t x = a[i], y = b[i];

                sum_a += x;
                sum_b += y;
                sum_aa += x * x;
                sum_bb += y * y;
                sum_ab += x * y;
        }
        sa = sum_a;
        aa = sum_aa;
        sb = (int64_t) sum_b * SCALE;
        bb = (int64_t) sum_bb * SCALE * SCALE;
        ab = (int64_t) sum_ab * SCALE;
        aa = (aa - sa * sa / N) / N; /* variances of sixteenths */
        bb = (bb - sb * sb / N) / N;
        ab = (ab - sa * sb / N) / N;
        if (aa < FLAT_VARIANCE * SCALE * SCALE &&
            bb < FLAT_VARIANCE * SCALE * SCALE) { /* two even fields */
                int64_t d = (sa - sb) / N / SCALE;

                return (int) MIN_OF((d < 0 ? -d : d) * 4, (int64_t) FINGERPRINT_FAR);
        }
        if (ab <= 0 || aa < FLAT_VARIANCE * SCALE * SCALE || bb < FLAT_VARIANCE * SCALE * SCALE)
                return FINGERPRINT_FAR;
        return (int) (FINGERPRINT_FAR -
                      MIN_OF(ab * 1000 / aa * ab / bb, (int64_t) FINGERPRINT_FAR));
}

/* The best alignment of `inner`, as it is, within `outer`. */
static int crop_distance(const uint8_t *outer, const uint8_t *inner, int best) {
        uint16_t window[LUMA_VALUES];
        uint32_t rows[LUMA_VALUES];
        Axis axes[ANCHORS];

        for (size_t k = 0; k < ARRAY_LEN(crops); k++) {
                for (int anchor = 0; anchor < ANCHORS; anchor++)
                        axis_fill(axes + anchor, crops[k],
                                  (ONE - crops[k]) * anchor / (ANCHORS - 1));
                for (int x = 0; x < ANCHORS; x++) {
                        luma_rows(outer, axes + x, rows);
                        for (int y = 0; y < ANCHORS; y++) {
                                int d;

                                luma_window(rows, axes + y, window);
                                d = shape_distance(window, inner);
                                best = MIN_OF(best, d);
                        }
                }
        }
        return best;
}

static int chroma_distance(const uint8_t *a, const uint8_t *b) {
        int sum = 0, mean;

        for (int i = 0; i < CHROMA_VALUES; i++)
                sum += a[i] > b[i] ? a[i] - b[i] : b[i] - a[i];
        mean = sum / CHROMA_VALUES;
        return mean > CHROMA_FREE ? (mean - CHROMA_FREE) * CHROMA_WEIGHT : 0;
}

static int picture_distance(const uint8_t *a, const uint8_t *b) {
        uint16_t window[LUMA_VALUES];
        int aspect = a[0] > b[0] ? a[0] - b[0] : b[0] - a[0];
        int shape, chroma;

        if (aspect > ASPECT_FAR)
                return FINGERPRINT_FAR;
        chroma = chroma_distance(a + CHROMA_AT, b + CHROMA_AT);
        if (chroma >= FINGERPRINT_FAR)
                return FINGERPRINT_FAR;
        luma_whole(a + LUMA_AT, window);
        shape = shape_distance(window, b + LUMA_AT);
        if (shape >= HOPELESS)
                return MIN_OF(shape + chroma, FINGERPRINT_FAR);
        shape = crop_distance(a + LUMA_AT, b + LUMA_AT, shape);
        shape = crop_distance(b + LUMA_AT, a + LUMA_AT, shape);
        return MIN_OF(shape + chroma, FINGERPRINT_FAR);
}

int fingerprint_distance(const Fingerprint *a, const Fingerprint *b) {
        int first, last;

        assert(a && b);
        if (a->n == 0 || a->n != b->n || a->bytes[0] != b->bytes[0])
                return FINGERPRINT_FAR;
        if (memcmp(a->bytes, b->bytes, a->n) == 0)
                return 0;
        if (a->bytes[0] == FINGERPRINT_TEXT_KIND)
                return FINGERPRINT_FAR;
        first = picture_distance(a->bytes + 1, b->bytes + 1);
        if (a->bytes[0] == KIND_BYTE_STILL)
                return first;
        last = picture_distance(a->bytes + STILL_BYTES, b->bytes + STILL_BYTES);
        return MAX_OF(first, last);
}

void fingerprint_hex(const Fingerprint *f, char ret[static FINGERPRINT_HEX_MAX]) {
        static const char digits[] = "0123456789abcdef";

        assert(f);
        for (size_t i = 0; i < f->n; i++) {
                ret[2 * i] = digits[f->bytes[i] >> 4];
                ret[2 * i + 1] = digits[f->bytes[i] & 15];
        }
        ret[2 * f->n] = 0;
}

int fingerprint_from_bytes(const void *bytes, size_t n, Fingerprint *ret) {
        const uint8_t *b = bytes;

        assert((bytes || n == 0) && ret);
        if (!(n == STILL_BYTES && b[0] == KIND_BYTE_STILL) &&
            !(n == VIDEO_BYTES && b[0] == KIND_BYTE_VIDEO) &&
            !(n == FINGERPRINT_TEXT && b[0] == FINGERPRINT_TEXT_KIND))
                return -EINVAL;
        memcpy(ret->bytes, b, n);
        ret->n = n;
        return 0;
}

int fingerprint_from_hex(const char *hex, Fingerprint *ret) {
        uint8_t bytes[FINGERPRINT_MAX];
        size_t n;

        assert(hex && ret);
        n = strlen(hex);
        if (n % 2 != 0 || n / 2 > sizeof bytes)
                return -EINVAL;
        for (size_t i = 0; i < n / 2; i++) {
                int high = hex_digit(hex[2 * i]), low = hex_digit(hex[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                bytes[i] = (uint8_t) (high * 16 + low);
        }
        return fingerprint_from_bytes(bytes, n / 2, ret);
}
