/* SPDX-License-Identifier: MIT */

/*
 * How well near-duplicates are told from distinct pictures: draws pictures as the `local` driver does
 * (one cell a group: same brand, same words, another seed) and others as a camera might see them
 * (shapes and light on many scales), changes each as people and platforms do, and prints, for
 * thresholds around the shipped one, precision and recall over all pairs of a cell; then what one
 * fingerprint and one comparison cost.
 *
 *      dupes [CELLS]
 */

#include <libavcodec/avcodec.h>
#include <libswscale/swscale.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include "base/parse.h"
#include "base/strbuf.h"
#include "media/draw.h"
#include "media/look.h"

enum {
        SIDE = 540,
        PER_CELL = 5, /* distinct pictures */
        CELLS_DEFAULT = 24,
        CELLS_MAX = 400,
        CHANGES_MAX = 32,
        THRESHOLD_MAX = 1000,
        NEAR = 140, /* the shipped threshold */
};

typedef struct Image {
        uint8_t *rgb;
        int w, h;
} Image;

static _noreturn_ void die(const char *what) {
        (void) fprintf(stderr, "dupes: %s\n", what);
        exit(1);
}

static uint64_t state = 88172645463325252u;
static uint32_t chance(uint32_t n) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (uint32_t) (state >> 33) % n;
}

static Image image_new(int w, int h) {
        Image i = {calloc((size_t) w * (size_t) h, 3), w, h};

        if (!i.rgb)
                die("out of memory");
        return i;
}

static AVFrame *frame_of(const Image *i, enum AVPixelFormat format) {
        AVFrame *f = av_frame_alloc();
        struct SwsContext *sws = sws_getContext(i->w, i->h, AV_PIX_FMT_RGB24, i->w, i->h, format,
                                                SWS_BILINEAR | SWS_ACCURATE_RND, NULL, NULL, NULL);
        const uint8_t *planes[4] = {i->rgb};
        int strides[4] = {i->w * 3};

        if (!f || !sws)
                die("out of memory");
        f->format = format;
        f->width = i->w;
        f->height = i->h;
        f->color_range = AVCOL_RANGE_JPEG;
        (void) sws_setColorspaceDetails(sws, sws_getCoefficients(SWS_CS_ITU601), 1,
                                        sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
        if (av_frame_get_buffer(f, 0) < 0 ||
            sws_scale(sws, planes, strides, 0, i->h, f->data, f->linesize) != i->h)
                die("cannot convert");
        sws_freeContext(sws);
        return f;
}

static Image image_of(const AVFrame *f, int w, int h) {
        Image i = image_new(w, h);
        bool full;
        enum AVPixelFormat format = pixel_format_modern((enum AVPixelFormat) f->format, &full);
        struct SwsContext *sws = sws_getContext(f->width, f->height, format, w, h, AV_PIX_FMT_RGB24,
                                                SWS_BICUBIC | SWS_ACCURATE_RND, NULL, NULL, NULL);
        uint8_t *planes[4] = {i.rgb};
        int strides[4] = {w * 3};

        if (!sws)
                die("cannot convert");
        full = full || f->color_range == AVCOL_RANGE_JPEG;
        (void) sws_setColorspaceDetails(sws, sws_getCoefficients(SWS_CS_ITU601), full,
                                        sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
        if (sws_scale(sws, (const uint8_t *const *) f->data, f->linesize, 0, f->height, planes,
                      strides) != h)
                die("cannot convert");
        sws_freeContext(sws);
        return i;
}

static Fingerprint look(const Image *i) {
        AVFrame *f = frame_of(i, AV_PIX_FMT_RGB24);
        Fingerprint print = {0};
        Err err = {0};

        if (look_add(f, &print, &err) < 0)
                die(err_text(&err));
        av_frame_free(&f);
        return print;
}

/* ---- pictures ---- */

static Image draw(int cell, int number) {
        static const char *const words[][3] = {
                {"Last day: 30% off", "Trail shoes that last", "Buy now"},
                {"Loved by 40,000 runners", "Four stars and a half", "See why"},
                {"What is inside?", "Open the box", "Find out"},
                {"Only 12 left", "Before midnight", "Get yours"},
        };
        static const char *const colours[][2] = {
                {"#0b3d91", "#ffb000"}, {"#7a1fa2", "#00c2a8"}, {"#d7263d", "#1b998b"},
                {"#222222", "#f4d35e"}, {"#0e7c66", "#f26419"},
        };
        const char *const *w = words[cell % 4], *const *c = colours[cell % 5];
        _cleanup_(freep) char *text =
                str_printf("{\"width\": %d, \"height\": %d, \"headline\": \"%s\", \"subline\": "
                           "\"%s\", \"cta\": \"%s\", \"brand_name\": \"Acme %d\", \"primary\": "
                           "\"%s\", \"accent\": \"%s\", \"layout\": \"auto\", \"seed\": %d}",
                           SIDE, cell % 3 == 2 ? SIDE * 16 / 9 : SIDE, w[0], w[1], w[2], cell, c[0],
                           c[1], cell * 1009 + number * 77773 + 3);
        DrawFiles files = {.output = memfd_create("drawing", MFD_CLOEXEC), .logo = -1, .photo = -1};
        DrawResult result;
        AVFrame *frame = NULL;
        MediaType type;
        Json *j = NULL;
        Err err = {0};
        Image i;

        if (!text || json_parse(text, strlen(text), &j, &err) < 0 ||
            draw_ad(j, &files, &result, &err) < 0 ||
            still_decode(files.output, &type, &frame, &err) < 0)
                die(err_text(&err));
        i = image_of(frame, frame->width, frame->height);
        (void) json_free(j);
        av_frame_free(&frame);
        (void) close(files.output);
        return i;
}

/* Light and shapes on many scales, like a photograph seen from afar. All of a cell share the scene's
 * colours and horizon, as pictures of one prompt do. */
static Image photograph(int cell, int number) {
        Image i = image_new(SIDE, SIDE);
        double phase[24][4], base[3], tone[3];
        int horizon = SIDE / 3 + (cell * 37) % (SIDE / 3);

        state = 0x9e3779b97f4a7c15u ^ (uint64_t) (cell + 1) * 0x2545F4914F6CDD1Du;
        for (int k = 0; k < 20; k++)
                (void) chance(2);
        for (int c = 0; c < 3; c++) {
                base[c] = 60 + chance(120);
                tone[c] = 40 + chance(160);
        }
        state ^= (uint64_t) (number + 1) * 0xD1342543DE82EF95u;
        for (int k = 0; k < 20; k++)
                (void) chance(2);
        for (int k = 0; k < 24; k++) {
                double f = 1 + k * 0.8;

                phase[k][0] = (chance(2000) / 1000.0 - 1) * f;
                phase[k][1] = (chance(2000) / 1000.0 - 1) * f;
                phase[k][2] = chance(6283) / 1000.0;
                phase[k][3] = 50.0 / f;
        }
        for (int y = 0; y < i.h; y++)
                for (int x = 0; x < i.w; x++) {
                        double v = y > horizon ? 30 : -20;

                        for (int k = 0; k < 24; k++)
                                v += phase[k][3] *
                                     sin(6.283 * (phase[k][0] * x + phase[k][1] * y) / SIDE +
                                         phase[k][2]);
                        for (int c = 0; c < 3; c++) {
                                double p = base[c] + v * tone[c] / 100 + chance(9);

                                i.rgb[3 * (y * i.w + x) + c] = (uint8_t) (p < 0     ? 0
                                                                          : p > 255 ? 255
                                                                                    : p);
                        }
                }
        for (int n = 0; n < 5; n++) { /* the subject: a few discs */
                int cx = (int) chance(SIDE), cy = (int) chance(SIDE), r = 30 + (int) chance(110);
                int colour[3] = {(int) chance(256), (int) chance(256), (int) chance(256)};

                for (int y = cy - r; y < cy + r; y++)
                        for (int x = cx - r; x < cx + r; x++)
                                if (x >= 0 && y >= 0 && x < i.w && y < i.h &&
                                    (x - cx) * (x - cx) + (y - cy) * (y - cy) < r * r)
                                        for (int c = 0; c < 3; c++)
                                                i.rgb[3 * (y * i.w + x) + c] =
                                                        (uint8_t) (colour[c] * (r * 2 - (y - cy)) /
                                                                   (r * 3));
        }
        return i;
}

/* ---- what people and platforms do to pictures ---- */

static Image crop(const Image *from, int left, int right, int top, int bottom) { /* percent */
        int x0 = from->w * left / 100, x1 = from->w - from->w * right / 100;
        int y0 = from->h * top / 100, y1 = from->h - from->h * bottom / 100;
        Image i = image_new(x1 - x0, y1 - y0);

        for (int y = 0; y < i.h; y++)
                memcpy(i.rgb + 3 * y * i.w, from->rgb + 3 * ((y + y0) * from->w + x0),
                       (size_t) i.w * 3);
        return i;
}

static Image resize(const Image *from, int percent) {
        AVFrame *f = frame_of(from, AV_PIX_FMT_RGB24);
        Image i = image_of(f, from->w * percent / 100, from->h * percent / 100);

        av_frame_free(&f);
        return i;
}

static Image recompress(const Image *from, int scale) {
        const AVCodec *encoder = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
        AVCodecContext *c = avcodec_alloc_context3(encoder), *d = NULL;
        AVPacket *packet = av_packet_alloc();
        AVFrame *f = frame_of(from, AV_PIX_FMT_YUVJ420P), *back = av_frame_alloc();
        Err err = {0};
        Image i;

        if (!encoder || !c || !packet || !back)
                die("no jpeg encoder");
        c->width = from->w;
        c->height = from->h;
        c->pix_fmt = AV_PIX_FMT_YUVJ420P;
        c->time_base = (AVRational){1, 25};
        c->flags |= AV_CODEC_FLAG_QSCALE;
        c->global_quality = FF_QP2LAMBDA * scale;
        f->quality = c->global_quality;
        if (avcodec_open2(c, encoder, NULL) < 0 || avcodec_send_frame(c, f) < 0 ||
            avcodec_send_frame(c, NULL) < 0 || avcodec_receive_packet(c, packet) < 0 ||
            decoder_open(AV_CODEC_ID_MJPEG, NULL, &d, &err) < 0 ||
            avcodec_send_packet(d, packet) < 0 || avcodec_receive_frame(d, back) < 0)
                die("cannot recompress");
        i = image_of(back, from->w, from->h);
        av_frame_free(&f);
        av_frame_free(&back);
        av_packet_free(&packet);
        avcodec_free_context(&c);
        avcodec_free_context(&d);
        return i;
}

/* brightness added, contrast and saturation in percent, warmth from blue to red */
static Image recolour(const Image *from, int brightness, int contrast, int saturation, int warmth) {
        Image i = image_new(from->w, from->h);

        for (int n = 0; n < i.w * i.h; n++) {
                const uint8_t *p = from->rgb + 3 * n;
                int grey = (77 * p[0] + 150 * p[1] + 29 * p[2]) / 256;

                for (int c = 0; c < 3; c++) {
                        int v = grey + (p[c] - grey) * saturation / 100;

                        v = 128 + (v - 128) * contrast / 100 + brightness;
                        v += c == 0 ? warmth : c == 2 ? -warmth : 0;
                        i.rgb[3 * n + c] = (uint8_t) (v < 0 ? 0 : v > 255 ? 255 : v);
                }
        }
        return i;
}

/* A sticker in a corner, `percent` of each side. */
static Image overlay(const Image *from, int percent, int corner) {
        Image i = image_new(from->w, from->h);
        int w = i.w * percent / 100, h = i.h * percent / 100;
        int x0 = corner & 1 ? i.w - w - 10 : 10, y0 = corner & 2 ? i.h - h - 10 : 10;

        memcpy(i.rgb, from->rgb, (size_t) i.w * (size_t) i.h * 3);
        for (int y = y0; y < y0 + h; y++)
                for (int x = x0; x < x0 + w; x++) {
                        uint8_t *p = i.rgb + 3 * (y * i.w + x);

                        p[0] = 250;
                        p[1] = (uint8_t) ((x + y) / 8 % 2 ? 220 : 40);
                        p[2] = 30;
                }
        return i;
}

typedef struct Change {
        const char *family;
        Image (*make)(const Image *from);
} Change;

#define CHANGE(name, call)                                                                         \
        static Image name(const Image *from) {                                                     \
                return call;                                                                       \
        }
CHANGE(crop_edge, crop(from, 4, 0, 0, 0))
CHANGE(crop_even, crop(from, 3, 3, 3, 3))
CHANGE(crop_more, crop(from, 6, 6, 6, 6))
CHANGE(crop_much, crop(from, 10, 10, 10, 10))
CHANGE(crop_corner, crop(from, 12, 0, 12, 0))
CHANGE(crop_one, crop(from, 0, 0, 0, 9))
CHANGE(jpeg_good, recompress(from, 4))
CHANGE(jpeg_poor, recompress(from, 20))
CHANGE(size_half, resize(from, 50))
CHANGE(size_small, resize(from, 20))
CHANGE(size_large, resize(from, 170))
CHANGE(grade_bright, recolour(from, 25, 100, 100, 0))
CHANGE(grade_dark, recolour(from, -30, 90, 100, 0))
CHANGE(grade_contrast, recolour(from, 0, 130, 120, 0))
CHANGE(grade_grey, recolour(from, 0, 100, 40, 0))
CHANGE(grade_warm, recolour(from, 0, 100, 100, 18))
CHANGE(grade_cold, recolour(from, 5, 100, 90, -18))
CHANGE(sticker_small, overlay(from, 10, 0))
CHANGE(sticker_more, overlay(from, 15, 3))

static Image several(const Image *from) {
        Image a = crop(from, 3, 2, 2, 3), b = recolour(&a, 10, 110, 90, 8), c = resize(&b, 60),
              d = recompress(&c, 8);

        free(a.rgb);
        free(b.rgb);
        free(c.rgb);
        return d;
}

static const Change changes[] = {
        {"crop", crop_edge},       {"crop", crop_even},          {"crop", crop_more},
        {"crop", crop_much},       {"crop", crop_corner},        {"crop", crop_one},
        {"recompress", jpeg_good}, {"recompress", jpeg_poor},    {"resize", size_half},
        {"resize", size_small},    {"resize", size_large},       {"recolour", grade_bright},
        {"recolour", grade_dark},  {"recolour", grade_contrast}, {"recolour", grade_grey},
        {"recolour", grade_warm},  {"recolour", grade_cold},     {"overlay", sticker_small},
        {"overlay", sticker_more}, {"several", several},
};
static_assert(ARRAY_LEN(changes) <= CHANGES_MAX, "room for each");

/* ---- counting ---- */

static int64_t same[CHANGES_MAX][THRESHOLD_MAX + 1]; /* duplicates at a distance, by change */
static int64_t other[2][THRESHOLD_MAX + 1];          /* distinct pairs: drawn, photographs */

static void cell(int number, bool drawn) {
        Fingerprint prints[PER_CELL];

        for (int i = 0; i < PER_CELL; i++) {
                Image image = drawn ? draw(number, i) : photograph(number, i);

                prints[i] = look(&image);
                for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
                        Image changed = changes[k].make(&image);
                        Fingerprint f = look(&changed);

                        same[k][fingerprint_distance(&prints[i], &f)]++;
                        for (int j = 0; j < i; j++) /* a changed picture against the others, too */
                                other[drawn ? 0 : 1][fingerprint_distance(&prints[j], &f)]++;
                        free(changed.rgb);
                }
                for (int j = 0; j < i; j++)
                        other[drawn ? 0 : 1][fingerprint_distance(&prints[j], &prints[i])]++;
                free(image.rgb);
        }
}

static int64_t up_to(const int64_t *histogram, int threshold) {
        int64_t n = 0;

        for (int d = 0; d <= threshold; d++)
                n += histogram[d];
        return n;
}

static void print_threshold(int t) {
        int64_t hits = 0, all = 0, wrong[2], distinct[2];

        for (size_t k = 0; k < ARRAY_LEN(changes); k++) {
                hits += up_to(same[k], t);
                all += up_to(same[k], THRESHOLD_MAX);
        }
        for (int i = 0; i < 2; i++) {
                wrong[i] = up_to(other[i], t);
                distinct[i] = up_to(other[i], THRESHOLD_MAX);
        }
        (void) printf("%9d  %9.4f  %6.4f  %6lld of %lld drawn, %lld of %lld photographs\n", t,
                      (double) hits / (double) MAX_OF(hits + wrong[0] + wrong[1], (int64_t) 1),
                      (double) hits / (double) all, (long long) wrong[0], (long long) distinct[0],
                      (long long) wrong[1], (long long) distinct[1]);
}

static void print_families(int t) {
        (void) printf("\nrecall at %d by change:", t);
        for (size_t k = 0; k < ARRAY_LEN(changes); k++)
                (void) printf("%s%s %.3f", k % 5 ? ", " : "\n  ", changes[k].family,
                              (double) up_to(same[k], t) / (double) up_to(same[k], THRESHOLD_MAX));
        (void) printf("\n");
}

static double seconds(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static void print_cost(void) {
        Image big = photograph(1, 1), up = resize(&big, 400), second = photograph(1, 2);
        Fingerprint a = look(&big), b = look(&second);
        AVFrame *f = frame_of(&up, AV_PIX_FMT_YUVJ420P);
        double t = seconds();
        int64_t sum = 0;
        enum { LOOKS = 20, COMPARISONS = 2000 };

        for (int i = 0; i < LOOKS; i++) {
                Fingerprint p = {0};

                if (look_add(f, &p, NULL) < 0)
                        die("cannot look");
        }
        (void) printf("\n%.2f ms a fingerprint of %d x %d decoded pixels, ",
                      (seconds() - t) * 1000 / LOOKS, up.w, up.h);
        t = seconds();
        for (int i = 0; i < COMPARISONS; i++) {
                b.bytes[5] = (uint8_t) i;
                sum += fingerprint_distance(&a, &b);
        }
        (void) printf("%.1f us a comparison (of distinct pictures, mean distance %lld), %zu bytes "
                      "kept\n",
                      (seconds() - t) * 1e6 / COMPARISONS, (long long) (sum / COMPARISONS), a.n);
        av_frame_free(&f);
        free(big.rgb);
        free(up.rgb);
        free(second.rgb);
}

int main(int argc, char **argv) {
        int64_t cells = CELLS_DEFAULT;

        if (argc > 1 && parse_int(argv[1], 1, CELLS_MAX, &cells) < 0)
                die("usage: dupes [CELLS]");
        av_log_set_level(AV_LOG_QUIET);
        for (int i = 0; i < cells; i++)
                cell(i, i % 2 == 0);
        (void) printf("threshold  precision  recall  taken wrongly for duplicates\n");
        for (int t = 20; t <= 400; t += t < 300 ? 20 : 50)
                print_threshold(t);
        print_families(NEAR);
        print_cost();
        return 0;
}
