/* SPDX-License-Identifier: MIT */

#include "media/png_pixels.h"

#include "media/structure.h"

enum {
        CHUNK = 16 * 1024,
        PASSES = 7,
};

/* Samples a pixel has, by colour type; 0: no such type. */
static const uint8_t samples[7] = {1, 0, 3, 1, 2, 0, 4};

static uint64_t pass_bytes(uint64_t w, uint64_t h, unsigned bits) {
        return w == 0 || h == 0 ? 0 : h * (1 + (w * bits + 7) / 8);
}

/* Adam7: seven smaller pictures after each other. */
static uint64_t interlaced_bytes(uint64_t w, uint64_t h, unsigned bits) {
        static const uint8_t x0[PASSES] = {0, 4, 0, 2, 0, 1, 0}, y0[PASSES] = {0, 0, 4, 0, 2, 0, 1};
        static const uint8_t dx[PASSES] = {8, 8, 4, 4, 2, 2, 1}, dy[PASSES] = {8, 8, 8, 4, 4, 2, 2};
        uint64_t sum = 0;

        for (int i = 0; i < PASSES; i++)
                sum += pass_bytes((w + dx[i] - 1 - x0[i]) / dx[i], (h + dy[i] - 1 - y0[i]) / dy[i],
                                  bits);
        return sum;
}

int png_pixels_start(PngPixels *p, const uint8_t *ihdr, Err *err) {
        uint64_t w = get_be32(ihdr), h = get_be32(ihdr + 4);
        unsigned depth = ihdr[8], type = ihdr[9], interlace = ihdr[12], bits;

        assert(p && !p->open);

        if (type >= ARRAY_LEN(samples) || samples[type] == 0 || interlace > 1 || depth > 16 ||
            depth == 0 || (depth & (depth - 1)))
                return err_set(err, -EBADMSG, "damaged png: impossible header");
        bits = depth * samples[type];
        p->wanted = interlace ? interlaced_bytes(w, h, bits) : pass_bytes(w, h, bits);
        if (inflateInit(&p->stream) != Z_OK)
                return err_set(err, -ENOMEM, "png needs too much memory");
        p->open = true;
        return 0;
}

int png_pixels_feed(PngPixels *p, uint8_t *data, size_t n, Err *err) {
        uint8_t buffer[CHUNK];

        assert(p && p->open);

        p->stream.next_in = data;
        p->stream.avail_in = (uInt) n; /* at most MEDIA_BYTES_MAX */
        while (p->stream.avail_in > 0 && !p->ended && p->got <= p->wanted) {
                int r;

                p->stream.next_out = buffer;
                p->stream.avail_out = sizeof buffer;
                r = inflate(&p->stream, Z_NO_FLUSH);
                if (r == Z_MEM_ERROR)
                        return err_set(err, -ENOMEM, "png needs too much memory");
                if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
                        return err_set(err, -EBADMSG, "damaged png: its pixels do not unpack");
                p->got += sizeof buffer - p->stream.avail_out;
                p->ended = r == Z_STREAM_END;
        }
        return 0;
}

int png_pixels_finish(const PngPixels *p, Err *err) {
        assert(p);

        if (p->got < p->wanted)
                return err_set(err, -EBADMSG, "truncated png: %llu of %llu bytes of pixels",
                               (unsigned long long) p->got, (unsigned long long) p->wanted);
        return 0;
}

void png_pixels_done(PngPixels *p) {
        assert(p);
        if (p->open)
                (void) inflateEnd(&p->stream);
        p->open = false;
}
