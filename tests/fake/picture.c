/* SPDX-License-Identifier: MIT */

/*
 * A PNG written while it is read: palette pictures with stored (uncompressed) deflate blocks, one
 * row a block, one block a chunk, so that one chunk at a time is all that is ever in memory.
 *
 *      signature IHDR PLTE [paDd ...] IDAT(row 0) ... IDAT(row h-1) IDAT(checksum) IEND
 *
 * The private chunks paDd bring the file to any size; decoders skip them.
 */

#include "fake.h"

enum {
        SIGNATURE_BYTES = 8,
        CHUNK_OVERHEAD = 12, /* length, name, CRC */
        PALETTE_COLOURS = 256,
        STORED_OVERHEAD = 5, /* of one deflate block */
        PAD_MAX = 16 * 1024, /* payload of one padding chunk */
        ADLER_MODULUS = 65521,
        ROW_MAX = 65535,
};

typedef enum Stage { STAGE_HEAD, STAGE_PAD, STAGE_ROWS, STAGE_TAIL, STAGE_END } Stage;

struct Picture {
        uint32_t w, h;
        uint64_t seed, bytes;
        uint64_t pad_chunks, pad_payload; /* how many, and their payload in all */
        Stage stage;
        uint64_t step; /* chunk of the stage */
        uint32_t adler_a, adler_b;
        uint32_t crc_table[256];
        uint8_t *unit;                     /* the chunk being read */
        size_t unit_n, unit_pos, unit_pad; /* unit_pad: it is a padding chunk of that payload */
};

static void crc_prepare(uint32_t table[static 256]) {
        for (uint32_t i = 0; i < 256; i++) {
                uint32_t c = i;

                for (int k = 0; k < 8; k++)
                        c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
                table[i] = c;
        }
}

static uint32_t crc_of(const uint32_t *table, const uint8_t *data, size_t n) {
        uint32_t c = 0xffffffffu;

        for (size_t i = 0; i < n; i++)
                c = table[(c ^ data[i]) & 0xff] ^ (c >> 8);
        return c ^ 0xffffffffu;
}

static void put32(uint8_t *p, uint32_t v) {
        p[0] = (uint8_t) (v >> 24);
        p[1] = (uint8_t) (v >> 16);
        p[2] = (uint8_t) (v >> 8);
        p[3] = (uint8_t) v;
}

/* Frames the n payload bytes that stand at unit + at + 8 already. Returns the end of the chunk. */
static size_t close_chunk(Picture *p, size_t at, const char *name, size_t n) {
        uint8_t *u = p->unit + at;

        put32(u, (uint32_t) n);
        memcpy(u + 4, name, 4);
        put32(u + 8 + n, crc_of(p->crc_table, u + 4, n + 4));
        return at + CHUNK_OVERHEAD + n;
}

static uint64_t natural_bytes(uint32_t w, uint32_t h) {
        return SIGNATURE_BYTES + (CHUNK_OVERHEAD + 13) + (CHUNK_OVERHEAD + 3 * PALETTE_COLOURS) +
               2 /* zlib header */ + (uint64_t) h * (CHUNK_OVERHEAD + STORED_OVERHEAD + 1 + w) +
               (CHUNK_OVERHEAD + 4) + CHUNK_OVERHEAD;
}

Picture *picture_new(uint32_t w, uint32_t h, uint64_t seed, uint64_t bytes) {
        uint64_t natural = natural_bytes(w, h), pad;
        size_t unit = MAX_OF((size_t) w + 64, (size_t) PAD_MAX + CHUNK_OVERHEAD);
        Picture *p;

        assert(w > 0 && w < ROW_MAX && h > 0);
        p = calloc(1, sizeof *p);
        if (!p)
                return NULL;
        *p = (Picture){.w = w, .h = h, .seed = seed, .bytes = natural, .adler_a = 1};
        p->unit = malloc(unit);
        if (!p->unit)
                return picture_free(p);
        crc_prepare(p->crc_table);
        if (bytes < natural + CHUNK_OVERHEAD)
                return p;
        pad = bytes - natural;
        p->pad_chunks = (pad + PAD_MAX + CHUNK_OVERHEAD - 1) / (PAD_MAX + CHUNK_OVERHEAD);
        p->pad_payload = pad - p->pad_chunks * CHUNK_OVERHEAD;
        p->bytes = bytes;
        return p;
}

Picture *picture_free(Picture *p) {
        if (p) {
                free(p->unit);
                free(p);
        }
        return NULL;
}

uint64_t picture_bytes(const Picture *p) {
        assert(p);

        return p->bytes;
}

static void make_head(Picture *p) {
        static const uint8_t signature[SIGNATURE_BYTES] = {0x89, 'P',  'N',  'G',
                                                           '\r', '\n', 0x1a, '\n'};
        uint64_t random = p->seed;
        uint8_t from[3], to[3], *palette;
        size_t at = SIGNATURE_BYTES;

        memcpy(p->unit, signature, sizeof signature);
        put32(p->unit + at + 8, p->w);
        put32(p->unit + at + 12, p->h);
        memcpy(p->unit + at + 16, "\x08\x03\x00\x00\x00", 5); /* 8 bits of palette, no interlace */
        at = close_chunk(p, at, "IHDR", 13);
        for (int i = 0; i < 3; i++) {
                from[i] = (uint8_t) random_next(&random);
                to[i] = (uint8_t) random_next(&random);
        }
        palette = p->unit + at + 8;
        for (int c = 0; c < PALETTE_COLOURS; c++)
                for (int i = 0; i < 3; i++)
                        palette[c * 3 + i] = (uint8_t) ((from[i] * (255 - c) + to[i] * c) / 255);
        p->unit_n = close_chunk(p, at, "PLTE", 3 * PALETTE_COLOURS);
        p->unit_pad = 0;
}

/* Padding chunks of one length are all the same: their checksum is counted once. */
static void make_pad(Picture *p) {
        uint64_t share = p->pad_payload / p->pad_chunks, rest = p->pad_payload % p->pad_chunks;
        size_t n = (size_t) share + (p->step < rest);

        if (p->unit_pad != n + 1) {
                for (size_t i = 0; i < n; i++)
                        p->unit[8 + i] = (uint8_t) (i * 31);
                p->unit_n = close_chunk(p, 0, "paDd", n);
        }
        p->unit_pad = n + 1;
}

static void make_row(Picture *p) {
        uint8_t *u = p->unit + 8, *row;
        size_t n = (size_t) p->w + 1, zlib = p->step == 0 ? 2 : 0;
        uint64_t y = p->step;

        if (zlib)
                memcpy(u, "\x78\x01", 2);
        u[zlib] = 0; /* a stored block, not the last: the one with the checksum is */
        if (y + 1 == p->h)
                u[zlib] = 1;
        u[zlib + 1] = (uint8_t) n;
        u[zlib + 2] = (uint8_t) (n >> 8);
        u[zlib + 3] = (uint8_t) ~u[zlib + 1];
        u[zlib + 4] = (uint8_t) ~u[zlib + 2];
        row = u + zlib + STORED_OVERHEAD;
        row[0] = 0; /* no filter */
        for (uint32_t x = 0; x < p->w; x++)
                row[1 + x] = (uint8_t) ((uint64_t) x * 255 / p->w + y * (1 + p->seed % 7));
        for (size_t i = 0; i < n; i++) {
                p->adler_a = (p->adler_a + row[i]) % ADLER_MODULUS;
                p->adler_b = (p->adler_b + p->adler_a) % ADLER_MODULUS;
        }
        p->unit_n = close_chunk(p, 0, "IDAT", zlib + STORED_OVERHEAD + n);
        p->unit_pad = 0;
}

static void make_tail(Picture *p) {
        size_t at;

        put32(p->unit + 8, (p->adler_b << 16) | p->adler_a);
        at = close_chunk(p, 0, "IDAT", 4);
        p->unit_n = close_chunk(p, at, "IEND", 0);
        p->unit_pad = 0;
}

/* Makes the next chunk; false when there is none. */
static bool next_unit(Picture *p) {
        const uint64_t steps[] = {[STAGE_HEAD] = 1,
                                  [STAGE_PAD] = p->pad_chunks,
                                  [STAGE_ROWS] = p->h,
                                  [STAGE_TAIL] = 1};

        while (p->stage < STAGE_END && p->step >= steps[p->stage]) {
                p->stage++;
                p->step = 0;
        }
        switch (p->stage) {
        case STAGE_HEAD:
                make_head(p);
                break;
        case STAGE_PAD:
                make_pad(p);
                break;
        case STAGE_ROWS:
                make_row(p);
                break;
        case STAGE_TAIL:
                make_tail(p);
                break;
        case STAGE_END:
                return false;
        }
        p->unit_pos = 0;
        p->step++;
        return true;
}

size_t picture_read(Picture *p, uint8_t *buf, size_t n) {
        size_t done = 0;

        assert(p);
        assert(buf);

        while (done < n) {
                size_t k;

                if (p->unit_pos == p->unit_n && !next_unit(p))
                        break;
                k = MIN_OF(n - done, p->unit_n - p->unit_pos);
                memcpy(buf + done, p->unit + p->unit_pos, k);
                p->unit_pos += k;
                done += k;
        }
        return done;
}

/* Twelve bits become two letters at a time: the fake must not be what a benchmark measures. */
static void make_pairs(char pairs[static 4096][2]) {
        static const char letters[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

        for (size_t i = 0; i < 4096; i++) {
                pairs[i][0] = letters[i >> 6];
                pairs[i][1] = letters[i & 63];
        }
}

size_t base64_encode(const uint8_t *data, size_t n, char *ret) {
        static char pairs[4096][2];
        size_t out = 0;

        if (!pairs[0][0])
                make_pairs(pairs);
        for (; n >= 3; n -= 3, data += 3, out += 4) {
                memcpy(ret + out, pairs[data[0] << 4 | data[1] >> 4], 2);
                memcpy(ret + out + 2, pairs[(data[1] & 15) << 8 | data[2]], 2);
        }
        if (n == 0)
                return out;
        memcpy(ret + out, pairs[data[0] << 4 | (n > 1 ? data[1] >> 4 : 0)], 2);
        memcpy(ret + out + 2, pairs[n > 1 ? (data[1] & 15) << 8 : 0], 2);
        ret[out + 3] = '=';
        if (n == 1)
                ret[out + 2] = '=';
        return out + 4;
}

void segment_done(Segment *s) {
        free(s->text);
        (void) picture_free(s->picture);
        *s = (Segment){0};
}

Segment segment_bytes(char *text, size_t n) {
        return (Segment){.type = SEGMENT_TEXT, .text = text, .size = n};
}

Segment segment_picture(Picture *p, bool base64, uint64_t raw_limit) {
        uint64_t raw = p ? picture_bytes(p) : 0;

        if (raw_limit > 0)
                raw = MIN_OF(raw, raw_limit);
        return (Segment){.type = base64 ? SEGMENT_PICTURE64 : SEGMENT_PICTURE,
                         .picture = p,
                         .raw_left = raw,
                         .size = base64 ? (raw + 2) / 3 * 4 : raw};
}

/* Whole groups of three bytes at a time, so that only the last one is padded. */
static size_t read_base64(Segment *s, char *buf, size_t n) {
        uint8_t raw[FAKE_OUT_BUFFER / 4 * 3];
        size_t k = MIN_OF(n / 4 * 3, sizeof raw / 3 * 3);

        k = picture_read(s->picture, raw, (size_t) MIN_OF((uint64_t) k, s->raw_left));
        s->raw_left -= k;
        return base64_encode(raw, k, buf);
}

size_t segment_read(Segment *s, char *buf, size_t n) {
        size_t k = (size_t) MIN_OF((uint64_t) n, s->size - s->pos);

        assert(n >= 4);
        if (k == 0)
                return 0;
        switch (s->type) {
        case SEGMENT_TEXT:
                memcpy(buf, s->text + s->pos, k);
                break;
        case SEGMENT_PICTURE64:
                k = read_base64(s, buf, n);
                break;
        case SEGMENT_PICTURE:
                k = picture_read(s->picture, (uint8_t *) buf, k);
                break;
        case SEGMENT_FILL:
                memset(buf, 'A', k);
                break;
        }
        s->pos += k;
        return k;
}
