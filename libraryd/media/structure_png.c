/* SPDX-License-Identifier: MIT */

#include <zlib.h>

#include "media/info.h"
#include "media/png_pixels.h"
#include "media/structure.h"

enum {
        PNG_SIGNATURE = 8,
        PNG_CHUNK_OVERHEAD = 12, /* length, type, checksum */
        PNG_IHDR_BYTES = 13,
};

int shape_check(const Shape *s, Err *err) {
        assert(s);

        if (s->width < 1 || s->height < 1)
                return err_set(err, -EBADMSG, "picture without a size");
        if (s->width > MEDIA_SIDE_MAX || s->height > MEDIA_SIDE_MAX ||
            s->width * s->height > MEDIA_PIXELS_MAX)
                return err_set(err, -EFBIG,
                               "picture of %lldx%lld is too large (at most %d a side, %d in all)",
                               (long long) s->width, (long long) s->height, (int) MEDIA_SIDE_MAX,
                               (int) MEDIA_PIXELS_MAX);
        return 0;
}

static bool chunk_is(const uint8_t *chunk, const char *type) {
        return memcmp(chunk + 4, type, 4) == 0;
}

/* Chunks that make the pixels. */
static bool chunk_draws(const uint8_t *chunk) {
        static const char types[][5] = {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"};

        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                if (chunk_is(chunk, types[i]))
                        return true;
        return false;
}

static bool crc_matches(const uint8_t *chunk, size_t length) {
        /* zlib's, four times as fast as libavutil's: it reads every byte of every picture. */
        return crc32(0, chunk + 4, (uInt) length + 4) == get_be32(chunk + 8 + length);
}

static int read_ihdr(const uint8_t *chunk, size_t length, PngPixels *pixels, Shape *ret, Err *err) {
        int r;

        if (!chunk_is(chunk, "IHDR") || length != PNG_IHDR_BYTES)
                return err_set(err, -EBADMSG, "damaged png: no header");
        *ret = (Shape){get_be32(chunk + 8), get_be32(chunk + 12)};
        r = shape_check(ret, err);
        if (r < 0)
                return r;
        return png_pixels_start(pixels, chunk + 8, err);
}

/* The chunk at `at`, whole and with the right checksum. */
static int check_chunk(const uint8_t *data, size_t n, size_t at, size_t *ret_length, Err *err) {
        size_t length;

        if (n < at || n - at < PNG_CHUNK_OVERHEAD)
                return err_set(err, -EBADMSG, "truncated png: ends within a chunk");
        length = get_be32(data + at);
        if (length > n - at - PNG_CHUNK_OVERHEAD)
                return err_set(err, -EBADMSG, "truncated png: ends within a chunk");
        if (!crc_matches(data + at, length))
                return err_set(err, -EBADMSG, "damaged png: wrong checksum");
        *ret_length = length;
        return 0;
}

int png_walk(uint8_t *data, size_t *n, Shape *ret, Err *err) {
        _cleanup_(png_pixels_done) PngPixels pixels = {0};
        size_t at = PNG_SIGNATURE, kept = PNG_SIGNATURE;
        Shape shape = {0};
        bool end = false;
        int r;

        assert(data);
        assert(n);
        assert(ret);

        while (!end) {
                uint8_t *chunk = data + at;
                size_t length = 0, total;

                r = check_chunk(data, *n, at, &length, err);
                if (r >= 0 && at == PNG_SIGNATURE)
                        r = read_ihdr(chunk, length, &pixels, &shape, err);
                else if (r >= 0 && chunk_is(chunk, "IDAT"))
                        r = png_pixels_feed(&pixels, chunk + 8, length, err);
                if (r < 0)
                        return r;
                total = length + PNG_CHUNK_OVERHEAD;
                end = chunk_is(chunk, "IEND");
                at += total;
                if (!chunk_draws(chunk))
                        continue;
                memmove(data + kept, chunk, total);
                kept += total;
        }
        r = png_pixels_finish(&pixels, err);
        if (r < 0)
                return r;
        *n = kept;
        *ret = shape;
        return 0;
}
