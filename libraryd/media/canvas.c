/* SPDX-License-Identifier: MIT */

#include "media/canvas.h"

#include <math.h>

/* What the measures of every layout follow from. Shares of the picture. */
static const double margin_share = 0.070; /* of the shorter side */
static const double story_ratio = 1.6;    /* taller than this: the platform draws over it */
static const double story_top = 0.14, story_bottom = 0.20;
static const double landscape_ratio = 1.2;
static const double unit_bound = 2.2; /* shorter sides: keeps type of banners small */

void ad_measure(Ad *ad) {
        double side, margin;
        bool story;

        assert(ad && ad->spec);

        ad->w = ad->spec->width;
        ad->h = ad->spec->height;
        side = MIN_OF(ad->w, ad->h);
        ad->u = MIN_OF(sqrt(ad->w * ad->h), unit_bound * side) / 100;
        ad->landscape = ad->w / ad->h > landscape_ratio;
        margin = margin_share * side;
        story = ad->h / ad->w > story_ratio;
        ad->safe = (Rect){margin, margin, ad->w - 2 * margin, ad->h - 2 * margin};
        if (story) {
                ad->safe.y = ceil(story_top * ad->h);
                ad->safe.h = floor((1 - story_bottom) * ad->h) - ad->safe.y;
        }
        ad->dice = ad->spec->seed;
        ad->contrast = 21;
        ad->left = ad->w;
        ad->top = ad->h;
}

enum {
        GRAIN_PIXELS_MAX = 20 * 1000 * 1000, /* noise packs badly: beyond it PNG takes too long */
};

void ad_note_words(Ad *ad, Rect r) {
        ad->left = MIN_OF(ad->left, r.x);
        ad->top = MIN_OF(ad->top, r.y);
        ad->right = MAX_OF(ad->right, r.x + r.w);
        ad->bottom = MAX_OF(ad->bottom, r.y + r.h);
}

/* splitmix64 */
uint64_t ad_random(Ad *ad) {
        uint64_t z = (ad->dice += UINT64_C(0x9e3779b97f4a7c15));

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

double ad_between(Ad *ad, double from, double to) {
        return from + (to - from) * ((double) (ad_random(ad) >> 11) / 9007199254740992.0);
}

unsigned ad_pick(Ad *ad, unsigned n) {
        return (unsigned) (ad_random(ad) % n);
}

bool ad_chance(Ad *ad, double p) {
        return ad_between(ad, 0, 1) < p;
}

void set_colour(cairo_t *cr, Colour c, double alpha) {
        cairo_set_source_rgba(cr, c.r, c.g, c.b, alpha);
}

void fill_rect(Ad *ad, Rect r, Colour c) {
        set_colour(ad->cr, c, 1);
        cairo_rectangle(ad->cr, r.x, r.y, r.w, r.h);
        cairo_fill(ad->cr);
}

void fill_gradient(Ad *ad, Rect r, Colour from, Colour to, double angle) {
        double cx = r.x + r.w / 2, cy = r.y + r.h / 2;
        double dx = cos(angle), dy = sin(angle);
        double reach = (fabs(dx) * r.w + fabs(dy) * r.h) / 2;
        cairo_pattern_t *p = cairo_pattern_create_linear(cx - dx * reach, cy - dy * reach,
                                                         cx + dx * reach, cy + dy * reach);

        cairo_pattern_add_color_stop_rgb(p, 0, from.r, from.g, from.b);
        cairo_pattern_add_color_stop_rgb(p, 1, to.r, to.g, to.b);
        cairo_set_source(ad->cr, p);
        cairo_rectangle(ad->cr, r.x, r.y, r.w, r.h);
        cairo_fill(ad->cr);
        cairo_pattern_destroy(p);
}

void fill_glow(Ad *ad, double x, double y, double radius, Colour c, double alpha) {
        cairo_pattern_t *p = cairo_pattern_create_radial(x, y, 0, x, y, radius);

        for (int i = 0; i <= 8; i++) { /* a bell, not a cone: no visible rim */
                double t = i / 8.0, bell = (1 + cos(t * M_PI)) / 2;

                cairo_pattern_add_color_stop_rgba(p, t, c.r, c.g, c.b, alpha * bell);
        }
        cairo_set_source(ad->cr, p);
        cairo_paint(ad->cr);
        cairo_pattern_destroy(p);
}

void fill_disc(Ad *ad, double x, double y, double radius, Colour c, double alpha) {
        set_colour(ad->cr, c, alpha);
        cairo_new_path(ad->cr);
        cairo_arc(ad->cr, x, y, radius, 0, 2 * M_PI);
        cairo_fill(ad->cr);
}

void path_rounded(cairo_t *cr, Rect r, double radius) {
        radius = MIN_OF(radius, MIN_OF(r.w, r.h) / 2);
        cairo_new_path(cr);
        cairo_arc(cr, r.x + r.w - radius, r.y + radius, radius, -M_PI / 2, 0);
        cairo_arc(cr, r.x + r.w - radius, r.y + r.h - radius, radius, 0, M_PI / 2);
        cairo_arc(cr, r.x + radius, r.y + r.h - radius, radius, M_PI / 2, M_PI);
        cairo_arc(cr, r.x + radius, r.y + radius, radius, M_PI, 3 * M_PI / 2);
        cairo_close_path(cr);
}

void fill_dots(Ad *ad, Rect r, double spacing, double radius, Colour c, double alpha) {
        set_colour(ad->cr, c, alpha);
        cairo_new_path(ad->cr);
        for (double y = r.y + spacing / 2; y < r.y + r.h; y += spacing)
                for (double x = r.x + spacing / 2; x < r.x + r.w; x += spacing) {
                        cairo_new_sub_path(ad->cr);
                        cairo_arc(ad->cr, x, y, radius, 0, 2 * M_PI);
                }
        cairo_fill(ad->cr);
}

void fill_picture(Ad *ad, cairo_surface_t *picture, Rect r) {
        double pw = cairo_image_surface_get_width(picture);
        double ph = cairo_image_surface_get_height(picture);
        double scale = MAX_OF(r.w / pw, r.h / ph);

        cairo_save(ad->cr);
        cairo_rectangle(ad->cr, r.x, r.y, r.w, r.h);
        cairo_clip(ad->cr);
        cairo_translate(ad->cr, r.x + (r.w - pw * scale) / 2, r.y + (r.h - ph * scale) / 2);
        cairo_scale(ad->cr, scale, scale);
        cairo_set_source_surface(ad->cr, picture, 0, 0);
        cairo_pattern_set_filter(cairo_get_source(ad->cr), CAIRO_FILTER_GOOD);
        cairo_pattern_set_extend(cairo_get_source(ad->cr), CAIRO_EXTEND_PAD);
        cairo_paint(ad->cr);
        cairo_restore(ad->cr);
}

static uint8_t nudge(uint8_t v, int by) {
        int n = v + by;

        return (uint8_t) (n < 0 ? 0 : n > 255 ? 255 : n);
}

void add_grain(Ad *ad) {
        int w = ad->spec->width, h = ad->spec->height;
        int stride = cairo_image_surface_get_stride(ad->surface);
        uint8_t *data;

        if ((int64_t) w * h > GRAIN_PIXELS_MAX)
                return;
        cairo_surface_flush(ad->surface);
        data = cairo_image_surface_get_data(ad->surface);
        for (int y = 0; y < h; y++) {
                uint8_t *row = data + (ptrdiff_t) y * stride;
                uint64_t bits = 0;

                for (int x = 0; x < w; x++) {
                        int by;

                        if (x % 32 == 0)
                                bits = ad_random(ad);
                        by = (int) (bits & 1) - (int) (bits >> 1 & 1);
                        bits >>= 2;
                        for (int i = 0; i < 3; i++)
                                row[x * 4 + i] = nudge(row[x * 4 + i], by);
                }
        }
        cairo_surface_mark_dirty(ad->surface);
}

enum {
        SAMPLES = 40, /* a side */
};

static int compare_doubles(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return (x > y) - (x < y);
}

LuminanceRange measure_luminance(const Ad *ad, Rect r) {
        int stride = cairo_image_surface_get_stride(ad->surface);
        double values[SAMPLES * SAMPLES];
        const uint8_t *data;
        size_t n = 0;

        cairo_surface_flush(ad->surface);
        data = cairo_image_surface_get_data(ad->surface);
        for (int i = 0; i < SAMPLES; i++)
                for (int k = 0; k < SAMPLES; k++) {
                        int x = (int) (r.x + r.w * (k + 0.5) / SAMPLES);
                        int y = (int) (r.y + r.h * (i + 0.5) / SAMPLES);
                        const uint8_t *p;

                        if (x < 0 || y < 0 || x >= ad->spec->width || y >= ad->spec->height)
                                continue;
                        p = data + (ptrdiff_t) y * stride + (ptrdiff_t) x * 4;
                        values[n++] = colour_luminance(
                                (Colour){p[2] / 255.0, p[1] / 255.0, p[0] / 255.0});
                }
        if (n == 0)
                return (LuminanceRange){0, 1};
        qsort(values, n, sizeof values[0], compare_doubles);
        return (LuminanceRange){values[n / 50], values[n - 1 - n / 50]};
}

double range_contrast(const LuminanceRange *range, Colour c) {
        double l = colour_luminance(c);
        double low = luminance_contrast(l, range->low), high = luminance_contrast(l, range->high);

        if (l > range->low && l < range->high)
                return 1;
        return MIN_OF(low, high);
}

Rect rect_inset(Rect r, double by) {
        return (Rect){r.x + by, r.y + by, r.w - 2 * by, r.h - 2 * by};
}
