/* SPDX-License-Identifier: MIT */

/*
 * The least MP4 a decoder takes: one track of PNG frames, all of them the same picture, which
 * stands once in the data and is pointed at by every frame.
 *
 *      ftyp  moov { mvhd trak { tkhd mdia { mdhd hdlr minf { vmhd dinf stbl } } } }  free  mdat
 */

#include "fake.h"

enum {
        FRAMES_A_SECOND = 8,
        TIMESCALE = 1000,
        FRAME_TICKS = TIMESCALE / FRAMES_A_SECOND,
        HEAD_MAX = 64 * 1024,
        MDAT_HEAD = 8,
};

static void put32(StrBuf *b, uint32_t v) {
        const uint8_t bytes[] = {(uint8_t) (v >> 24), (uint8_t) (v >> 16), (uint8_t) (v >> 8),
                                 (uint8_t) v};

        (void) strbuf_add(b, bytes, sizeof bytes);
}

static void put_zeros(StrBuf *b, size_t n) {
        for (size_t i = 0; i < n; i++)
                (void) strbuf_putc(b, '\0');
}

static void put16(StrBuf *b, uint32_t v) {
        (void) strbuf_putc(b, (char) (v >> 8));
        (void) strbuf_putc(b, (char) v);
}

/* Where the length will be written when the box is closed. */
static size_t open_box(StrBuf *b, const char *name) {
        size_t at = b->len;

        put32(b, 0);
        (void) strbuf_add(b, name, 4);
        return at;
}

/* A box with version 0 and those flags. */
static size_t open_full_box(StrBuf *b, const char *name, uint32_t flags) {
        size_t at = open_box(b, name);

        put32(b, flags);
        return at;
}

static void set32(StrBuf *b, size_t at, uint64_t v) {
        if (b->error < 0)
                return;
        for (size_t i = 0; i < 4; i++)
                b->data[at + i] = (char) (v >> (24 - 8 * i));
}

static void close_box(StrBuf *b, size_t at) {
        set32(b, at, b->len - at);
}

static void put_matrix(StrBuf *b) {
        static const uint32_t unity[] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};

        for (size_t i = 0; i < ARRAY_LEN(unity); i++)
                put32(b, unity[i]);
}

static void put_mvhd(StrBuf *b, uint32_t ticks) {
        size_t at = open_full_box(b, "mvhd", 0);

        put_zeros(b, 8); /* made, changed */
        put32(b, TIMESCALE);
        put32(b, ticks);
        put32(b, 0x10000); /* speed */
        put16(b, 0x100);   /* loudness */
        put_zeros(b, 10);
        put_matrix(b);
        put_zeros(b, 24);
        put32(b, 2); /* next track */
        close_box(b, at);
}

static void put_tkhd(StrBuf *b, uint32_t w, uint32_t h, uint32_t ticks) {
        size_t at = open_full_box(b, "tkhd", 3);

        put_zeros(b, 8);
        put32(b, 1); /* track */
        put32(b, 0);
        put32(b, ticks);
        put_zeros(b, 16);
        put_matrix(b);
        put32(b, w << 16);
        put32(b, h << 16);
        close_box(b, at);
}

static void put_mdhd_hdlr(StrBuf *b, uint32_t ticks) {
        size_t at = open_full_box(b, "mdhd", 0);

        put_zeros(b, 8);
        put32(b, TIMESCALE);
        put32(b, ticks);
        put32(b, 0x55c40000); /* no language */
        close_box(b, at);
        at = open_full_box(b, "hdlr", 0);
        put32(b, 0);
        (void) strbuf_add(b, "vide", 4);
        put_zeros(b, 13);
        close_box(b, at);
}

static void put_stsd(StrBuf *b, uint32_t w, uint32_t h) {
        size_t at = open_full_box(b, "stsd", 0), entry;

        put32(b, 1);
        entry = open_box(b, "png ");
        put_zeros(b, 6);
        put16(b, 1); /* data reference */
        put_zeros(b, 16);
        put16(b, w);
        put16(b, h);
        put32(b, 72 << 16); /* dots an inch */
        put32(b, 72 << 16);
        put32(b, 0);
        put16(b, 1); /* frames a sample */
        put_zeros(b, 32);
        put16(b, 24); /* bits a pixel */
        put16(b, 0xffff);
        close_box(b, entry);
        close_box(b, at);
}

/* Returns where the first of the frames' offsets stands. */
static size_t put_stbl(StrBuf *b, uint32_t w, uint32_t h, uint32_t frames, uint64_t bytes) {
        size_t stbl = open_box(b, "stbl"), at, offsets;

        put_stsd(b, w, h);
        at = open_full_box(b, "stts", 0);
        put32(b, 1);
        put32(b, frames);
        put32(b, FRAME_TICKS);
        close_box(b, at);
        at = open_full_box(b, "stsc", 0);
        put32(b, 1);
        put32(b, 1);
        put32(b, 1);
        put32(b, 1);
        close_box(b, at);
        at = open_full_box(b, "stsz", 0);
        put32(b, (uint32_t) bytes);
        put32(b, frames);
        close_box(b, at);
        at = open_full_box(b, "stco", 0);
        put32(b, frames);
        offsets = b->len;
        put_zeros(b, (size_t) frames * 4);
        close_box(b, at);
        close_box(b, stbl);
        return offsets;
}

static size_t put_minf(StrBuf *b, uint32_t w, uint32_t h, uint32_t frames, uint64_t bytes) {
        size_t minf = open_box(b, "minf"), at, dref, offsets;

        at = open_full_box(b, "vmhd", 1);
        put_zeros(b, 8);
        close_box(b, at);
        at = open_box(b, "dinf");
        dref = open_full_box(b, "dref", 0);
        put32(b, 1);
        close_box(b, open_full_box(b, "url ", 1)); /* in this file */
        close_box(b, dref);
        close_box(b, at);
        offsets = put_stbl(b, w, h, frames, bytes);
        close_box(b, minf);
        return offsets;
}

uint8_t *video_head(uint32_t w, uint32_t h, uint32_t seconds, uint64_t picture_bytes,
                    size_t *ret_n) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(HEAD_MAX);
        uint32_t frames = MAX_OF(seconds, 1u) * FRAMES_A_SECOND, ticks = frames * FRAME_TICKS;
        size_t moov, trak, mdia, offsets, at;

        (void) strbuf_add(&b,
                          "\0\0\0\x18"
                          "ftypisom\0\0\2\0isommp41",
                          24);
        moov = open_box(&b, "moov");
        put_mvhd(&b, ticks);
        trak = open_box(&b, "trak");
        put_tkhd(&b, w, h, ticks);
        mdia = open_box(&b, "mdia");
        put_mdhd_hdlr(&b, ticks);
        offsets = put_minf(&b, w, h, frames, picture_bytes);
        close_box(&b, mdia);
        close_box(&b, trak);
        close_box(&b, moov);
        at = open_box(&b, "free");
        put_zeros(&b, 3 - (b.len + MDAT_HEAD) % 3);
        close_box(&b, at);
        put32(&b, (uint32_t) (MDAT_HEAD + picture_bytes));
        (void) strbuf_add(&b, "mdat", 4);
        for (uint32_t i = 0; i < frames; i++)
                set32(&b, offsets + 4 * (size_t) i, b.len);
        *ret_n = b.len;
        return (uint8_t *) strbuf_take(&b);
}
