/* SPDX-License-Identifier: MIT */

/* Complete files are known for what they are; anything less never passes. */

#include <fcntl.h>
#include <libavutil/crc.h>
#include <zlib.h>

#include "media/probe.h"
#include "media/sniff.h"
#include "support/media_fixture.h"
#include "support/test.h"

static int probe_bytes(const void *data, size_t n, MediaInfo *info, Err *err) {
        int fd = blob_fd(data, n), r;

        *err = (Err){0};
        r = probe_fd(fd, info, err);
        CHECK_INT(lseek(fd, 0, SEEK_CUR), 0);
        (void) close(fd);
        if (r < 0)
                CHECK_INT(err->code, r); /* every refusal comes with its sentence */
        return r;
}

static void check_good(const Blob *b, const char *type, const char *ext, int w, int h) {
        MediaInfo info = {0};
        Err err;

        CHECK_OK(probe_bytes(b->data, b->n, &info, &err), &err);
        CHECK_STR(info.media_type, type);
        CHECK_STR(info.ext, ext);
        CHECK_INT(info.width, w);
        CHECK_INT(info.height, h);
}

/* Every `step`th shorter version is refused. */
static void check_cut(const Blob *b, size_t step) {
        MediaInfo info;
        Err err;

        for (size_t n = 0; n < b->n; n += step)
                if (probe_bytes(b->data, n, &info, &err) != -EBADMSG)
                        test_fail(__FILE__, __LINE__, "%zu of %zu bytes: %s", n, b->n,
                                  err_text(&err));
        CHECK(probe_bytes(b->data, b->n - 1, &info, &err) == -EBADMSG);
}

TEST(png) {
        _cleanup_(blob_done) Blob b = make_still("png", 33, 21);

        check_good(&b, "image/png", "png", 33, 21);
        check_cut(&b, 1);
}

TEST(jpeg) {
        _cleanup_(blob_done) Blob b = make_still("mjpeg", 50, 40);

        check_good(&b, "image/jpeg", "jpg", 50, 40);
        check_cut(&b, 1);
}

TEST(webp) {
        _cleanup_(blob_done) Blob b = make_still("libwebp", 48, 32);

        check_good(&b, "image/webp", "webp", 48, 32);
        check_cut(&b, 1);
}

TEST(gif) {
        _cleanup_(blob_done) Blob b = make_movie("gif", "gif", 24, 16, 3, NULL);

        check_good(&b, "image/gif", "gif", 24, 16);
        check_cut(&b, 1);
}

static void check_movie(const char *format, const char *codec, const char *type, const char *ext,
                        const char *options) {
        _cleanup_(blob_done) Blob b = make_movie(format, codec, 64, 48, 20, options);
        MediaInfo info = {0};
        Err err;

        check_good(&b, type, ext, 64, 48);
        CHECK_OK(probe_bytes(b.data, b.n, &info, &err), &err);
        CHECK(info.duration_ms >= 1900 && info.duration_ms <= 2100);
        check_cut(&b, b.n / 97 + 1);
}

TEST(mp4) {
        check_movie("mp4", "mpeg4", "video/mp4", "mp4", NULL);
}

TEST(mp4_fragments) {
        _cleanup_(blob_done) Blob b =
                make_movie("mp4", "mpeg4", 64, 48, 20, "movflags=frag_keyframe+empty_moov");

        check_good(&b, "video/mp4", "mp4", 64, 48);
}

TEST(mov) {
        check_movie("mov", "mpeg4", "video/quicktime", "mov", NULL);
}

TEST(webm) {
        check_movie("webm", "libvpx", "video/webm", "webm", NULL);
}

TEST(what_is_no_picture) {
        static const char *const texts[] = {
                "",
                "hello\n",
                "<html><body>502 Bad Gateway</body></html>",
                "{\"error\": {\"code\": 429}}",
                "BM picture of another kind",
                "\x89PNG\r\n\x1a\n",
                "\xff\xd8\xff",
                "GIF89a",
                "RIFF____WEBP",
                "\x1a\x45\xdf\xa3",
        };
        MediaInfo info;
        Err err;

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                CHECK_INT(probe_bytes(texts[i], strlen(texts[i]), &info, &err), -EBADMSG);
        CHECK_INT(probe_bytes("\0\0\0\x18"
                              "ftypheic\0\0\0\0mif1heic",
                              24, &info, &err),
                  -EBADMSG);
        CHECK_HAS(err.text, "not a picture or video");
}

TEST(what_is_no_file) {
        MediaInfo info;
        Err err = {0};
        int pair[2], dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        CHECK(pipe2(pair, O_CLOEXEC) == 0);
        CHECK_INT(probe_fd(pair[0], &info, &err), -EBADMSG);
        CHECK_INT(probe_fd(dir, &info, &err), -EBADMSG);
        CHECK_INT(probe_fd(pair[1], &info, &err), -EBADMSG);
        (void) close(pair[0]);
        (void) close(pair[1]);
        (void) close(dir);
}

/* ---- a PNG of our own making, for lies a real encoder does not tell ---- */

typedef struct Png {
        uint8_t data[256 * 1024];
        size_t n;
} Png;

static void put32(uint8_t *p, uint32_t v) {
        p[0] = (uint8_t) (v >> 24);
        p[1] = (uint8_t) (v >> 16);
        p[2] = (uint8_t) (v >> 8);
        p[3] = (uint8_t) v;
}

static void add_chunk(Png *p, const char *type, const void *data, size_t n) {
        uint8_t *at = p->data + p->n;

        CHECK(p->n + n + 12 <= sizeof p->data);
        put32(at, (uint32_t) n);
        memcpy(at + 4, type, 4);
        if (n > 0)
                memcpy(at + 8, data, n);
        put32(at + 8 + n, (uint32_t) crc32(crc32(0, NULL, 0), at + 4, (uInt) n + 4));
        p->n += n + 12;
}

static void png_start(Png *p, uint32_t w, uint32_t h) {
        uint8_t ihdr[13] = {[8] = 8, [9] = 0}; /* 8 bit grey */

        memcpy(p->data, "\x89PNG\r\n\x1a\n", 8);
        p->n = 8;
        put32(ihdr, w);
        put32(ihdr + 4, h);
        add_chunk(p, "IHDR", ihdr, sizeof ihdr);
}

/* IDAT of `rows` zero rows of `w` grey pixels. */
static void add_rows(Png *p, size_t w, size_t rows) {
        uLong raw = (uLong) ((w + 1) * rows);
        uLongf packed = compressBound(raw);
        uint8_t *zeros = calloc(1, raw), *out = malloc(packed);

        CHECK(zeros && out);
        CHECK(compress2(out, &packed, zeros, raw, 9) == Z_OK);
        add_chunk(p, "IDAT", out, packed);
        free(zeros);
        free(out);
}

static int probe_png(Png *p, Err *err) {
        MediaInfo info;

        add_chunk(p, "IEND", NULL, 0);
        return probe_bytes(p->data, p->n, &info, err);
}

TEST(png_by_hand) {
        static Png p;
        Err err;

        png_start(&p, 100, 50);
        add_rows(&p, 100, 50);
        CHECK_OK(probe_png(&p, &err), &err);
}

TEST(png_of_too_few_rows) {
        static Png p;
        Err err;

        for (size_t rows = 0; rows < 50; rows += 7) {
                png_start(&p, 100, 50);
                add_rows(&p, 100, rows);
                CHECK_INT(probe_png(&p, &err), -EBADMSG);
        }
}

TEST(png_that_claims_too_much) {
        static const uint32_t sides[][2] = {
                {60000, 60000},           {16385, 1},  {1, 16385}, {16384, 16384},
                {UINT32_MAX, UINT32_MAX}, {8193, 8192}};
        static Png p;
        Err err;

        for (size_t i = 0; i < ARRAY_LEN(sides); i++) {
                png_start(&p, sides[i][0], sides[i][1]);
                add_rows(&p, 100, 1);
                CHECK_INT(probe_png(&p, &err), -EFBIG);
                CHECK_HAS(err.text, "too large");
        }
        png_start(&p, 0, 10);
        add_rows(&p, 1, 1);
        CHECK_INT(probe_png(&p, &err), -EBADMSG);
}

TEST(png_at_the_cap) {
        static Png p;
        Err err;

        png_start(&p, 8192, 8192);
        add_rows(&p, 8192, 8192);
        CHECK_OK(probe_png(&p, &err), &err);
}

/* 64 KiB that unpack to 64 MB, where no pixel comes from: never unpacked. */
TEST(png_with_a_bomb_in_its_text) {
        static Png p;
        uLong raw = 64UL * 1000 * 1000;
        uLongf packed = compressBound(raw);
        uint8_t *zeros = calloc(1, raw), *chunk = malloc(packed + 5);
        Err err;

        CHECK(zeros && chunk);
        memcpy(chunk, "bmb\0\0", 5);
        CHECK(compress2(chunk + 5, &packed, zeros, raw, 9) == Z_OK);
        png_start(&p, 10, 10);
        add_chunk(&p, "zTXt", chunk, packed + 5);
        add_rows(&p, 10, 10);
        CHECK_OK(probe_png(&p, &err), &err);
        free(zeros);
        free(chunk);
}

TEST(a_changed_byte_of_png) {
        _cleanup_(blob_done) Blob b = make_still("png", 16, 16);
        MediaInfo info;
        Err err;

        for (size_t i = 0; i < b.n; i++) {
                b.data[i] ^= 0x20;
                CHECK(probe_bytes(b.data, b.n, &info, &err) < 0);
                b.data[i] ^= 0x20;
        }
}

/* Cut in the middle of its pixels and given a fresh end mark. */
TEST(jpeg_with_a_forged_end) {
        _cleanup_(blob_done) Blob b = make_still("mjpeg", 160, 120);
        MediaInfo info;
        Err err;
        size_t n = b.n * 7 / 10;

        b.data[n] = 0xff;
        b.data[n + 1] = 0xd9;
        CHECK_INT(probe_bytes(b.data, n + 2, &info, &err), -EBADMSG);
}

TEST(bytes_after_the_end_do_not_matter) {
        static const char *const codecs[] = {"png", "mjpeg", "libwebp"};
        MediaInfo info;
        Err err;

        for (size_t i = 0; i < ARRAY_LEN(codecs); i++) {
                _cleanup_(blob_done) Blob b = make_still(codecs[i], 20, 20);

                b.data = realloc(b.data, b.n + 100);
                CHECK(b.data);
                memset(b.data + b.n, 'x', 100);
                CHECK_OK(probe_bytes(b.data, b.n + 100, &info, &err), &err);
        }
}

TEST(types_by_their_first_bytes) {
        static const struct {
                const char *bytes;
                size_t n;
                MediaType type;
        } cases[] = {
                {"\x89PNG\r\n\x1a\n", 8, MEDIA_PNG},
                {"\x89PNG\r\n\x1a", 7, MEDIA_UNKNOWN},
                {"\xff\xd8\xff", 3, MEDIA_JPEG},
                {"GIF87a", 6, MEDIA_GIF},
                {"GIF88a", 6, MEDIA_UNKNOWN},
                {"RIFF\1\0\0\0WEBP", 12, MEDIA_WEBP},
                {"RIFF\1\0\0\0WAVE", 12, MEDIA_UNKNOWN},
                {"\0\0\0\x14"
                 "ftypisom",
                 12, MEDIA_MP4},
                {"\0\0\0\x14"
                 "ftypqt  ",
                 12, MEDIA_MOV},
                {"\0\0\0\x14"
                 "ftypavif",
                 12, MEDIA_UNKNOWN},
                {"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", 12, MEDIA_WEBM},
                {"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska", 16, MEDIA_UNKNOWN},
                {"", 0, MEDIA_UNKNOWN},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                CHECK_INT(sniff((const uint8_t *) cases[i].bytes, cases[i].n), cases[i].type);
        for (MediaType t = MEDIA_PNG; t < _MEDIA_TYPE_MAX; t++)
                CHECK(media_type_name(t) && media_type_ext(t));
}
