/* SPDX-License-Identifier: MIT */

#include "media/info.h"
#include "media/structure.h"

enum {
        JPEG_SOI = 0xd8,
        JPEG_EOI = 0xd9,
        JPEG_SOS = 0xda,
        JPEG_RST0 = 0xd0,
        JPEG_TEM = 0x01,
        WEBP_HEADER = 12,
        WEBP_ANIMATION = 0x02, /* flag of VP8X */
        GIF_HEADER = 13,
};

/* ---- JPEG ---- */

static bool jpeg_is_sof(uint8_t marker) {
        return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 &&
               marker != 0xcc;
}

static bool jpeg_stands_alone(uint8_t marker) {
        return marker == JPEG_TEM || (marker >= JPEG_RST0 && marker <= JPEG_SOI);
}

/* From within scan data to the next marker that is neither a stuffed 0xff nor a restart. */
static size_t jpeg_skip_scan(const uint8_t *data, size_t n, size_t at) {
        while (at + 1 < n) {
                const uint8_t *ff = memchr(data + at, 0xff, n - 1 - at);

                if (!ff)
                        return n;
                at = (size_t) (ff - data);
                if (ff[1] != 0 && ff[1] != 0xff && !jpeg_stands_alone(ff[1]))
                        return at;
                at += ff[1] == 0xff ? 1 : 2;
        }
        return n;
}

int jpeg_walk(const uint8_t *data, size_t n, Shape *ret, Err *err) {
        Shape shape = {0};
        bool scan = false;
        size_t at = 2;
        int r;

        assert(data);
        assert(ret);

        while (at + 2 <= n) {
                uint8_t marker = data[at + 1];
                size_t length;

                if (data[at] != 0xff)
                        return err_set(err, -EBADMSG, "damaged jpeg: no marker where one is due");
                if (marker == 0xff) { /* fill byte */
                        at++;
                        continue;
                }
                at += 2;
                if (marker == JPEG_EOI) {
                        if (!scan || shape.width == 0)
                                return err_set(err, -EBADMSG, "damaged jpeg: no pixels");
                        *ret = shape;
                        return 0;
                }
                if (jpeg_stands_alone(marker))
                        continue;
                length = at + 2 <= n ? get_be16(data + at) : 0;
                if (length < 2 || length > n - at)
                        break;
                if (jpeg_is_sof(marker) && length >= 8) {
                        shape = (Shape){get_be16(data + at + 5), get_be16(data + at + 3)};
                        r = shape_check(&shape, err);
                        if (r < 0)
                                return r;
                }
                at += length;
                if (marker == JPEG_SOS) {
                        scan = true;
                        at = jpeg_skip_scan(data, n, at);
                }
        }
        return err_set(err, -EBADMSG, "truncated jpeg: no end mark");
}

/* ---- WebP ---- */

static int webp_shape(const uint8_t *chunk, size_t length, Shape *ret, Err *err) {
        const uint8_t *p = chunk + 8;

        if (memcmp(chunk, "VP8X", 4) == 0 && length >= 10) {
                if (p[0] & WEBP_ANIMATION)
                        return err_set(err, -EBADMSG,
                                       "animated webp is not supported; ask for a still picture");
                *ret = (Shape){get_le24(p + 4) + 1, get_le24(p + 7) + 1};
        } else if (memcmp(chunk, "VP8L", 4) == 0 && length >= 5 && p[0] == 0x2f) {
                uint32_t bits = get_le32(p + 1);

                *ret = (Shape){(bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1};
        } else if (memcmp(chunk, "VP8 ", 4) == 0 && length >= 10 &&
                   memcmp(p + 3, "\x9d\x01\x2a", 3) == 0)
                *ret = (Shape){get_le16(p + 6) & 0x3fff, get_le16(p + 8) & 0x3fff};
        else
                return err_set(err, -EBADMSG, "damaged webp: no header");
        return shape_check(ret, err);
}

static bool webp_is_image(const uint8_t *chunk) {
        return memcmp(chunk, "VP8 ", 4) == 0 || memcmp(chunk, "VP8L", 4) == 0;
}

int webp_walk(const uint8_t *data, size_t n, Shape *ret, Err *err) {
        Shape shape = {0}, inner = {0};
        size_t end, at = WEBP_HEADER;
        bool image = false;
        int r;

        assert(data);
        assert(ret);

        if (n < WEBP_HEADER || get_le32(data + 4) > n - 8)
                return err_set(err, -EBADMSG, "truncated webp: shorter than it says");
        end = (size_t) get_le32(data + 4) + 8;
        while (at + 8 <= end) {
                size_t length = get_le32(data + at + 4);

                if (length > end - at - 8)
                        return err_set(err, -EBADMSG, "damaged webp: a chunk beyond the end");
                if (at == WEBP_HEADER) {
                        r = webp_shape(data + at, length, &shape, err);
                        if (r < 0)
                                return r;
                }
                if (webp_is_image(data + at)) { /* its own size is what the decoder believes */
                        r = webp_shape(data + at, length, &inner, err);
                        if (r < 0)
                                return r;
                        image = true;
                }
                at += 8 + length + (length & 1);
        }
        if (!image)
                return err_set(err, -EBADMSG, "damaged webp: no pixels");
        *ret = shape;
        return 0;
}

/* ---- GIF ---- */

/* Past a chain of sub-blocks; n when it does not end. */
static size_t gif_skip_blocks(const uint8_t *data, size_t n, size_t at) {
        while (at < n) {
                if (data[at] == 0)
                        return at + 1;
                at += (size_t) data[at] + 1;
        }
        return n;
}

static size_t gif_table(uint8_t flags) {
        return flags & 0x80 ? (size_t) 3 << ((flags & 7) + 1) : 0;
}

int gif_walk(const uint8_t *data, size_t n, Shape *ret, Err *err) {
        bool image = false;
        Shape shape;
        size_t at;
        int r;

        assert(data);
        assert(ret);

        if (n < GIF_HEADER)
                return err_set(err, -EBADMSG, "truncated gif: no header");
        shape = (Shape){get_le16(data + 6), get_le16(data + 8)};
        r = shape_check(&shape, err);
        if (r < 0)
                return r;
        at = GIF_HEADER + gif_table(data[10]);
        while (at < n) {
                if (data[at] == 0x3b) {
                        if (!image)
                                return err_set(err, -EBADMSG, "damaged gif: no pixels");
                        *ret = shape;
                        return 0;
                }
                if (data[at] == 0x21)
                        at = gif_skip_blocks(data, n, at + 2);
                else if (data[at] == 0x2c && n - at > 10) {
                        image = true;
                        at = gif_skip_blocks(data, n, at + 11 + gif_table(data[at + 9]));
                } else
                        break;
        }
        return err_set(err, -EBADMSG,
                       at < n ? "damaged gif: unknown block" : "truncated gif: no end mark");
}
