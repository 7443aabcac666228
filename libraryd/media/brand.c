/* SPDX-License-Identifier: MIT */

#include "media/stack.h"

#include <math.h>

/* In units. */
static const double logo_height = 6.5, name_size = 3.5, spaced_size = 2.3, row_gap = 5;
static const double logo_width_share = 0.45; /* of the row */
static const double legible_px = 9;
static const double logo_contrast = 1.7; /* below it a logo gets a plate */
static const double opaque_share = 0.97; /* above it a logo brings its own ground */

double brand_height(const Ad *ad) {
        assert(ad);
        if (ad->logo)
                return logo_height * ad->u;
        return ad->spec->brand_name ? MAX_OF(name_size * ad->u, legible_px) : 0;
}

Rect brand_row(const Ad *ad, Rect *r) {
        Rect row;
        double taken;

        assert(ad);
        assert(r);

        row = (Rect){r->x, r->y, r->w, brand_height(ad)};
        taken = row.h > 0 ? row.h + row_gap * ad->u : 0;
        r->y += taken;
        r->h -= taken;
        return row;
}

typedef struct LogoTone {
        double luminance; /* mean of what is not transparent */
        double covered;   /* share of it */
} LogoTone;

static LogoTone logo_tone(cairo_surface_t *logo) {
        int w = cairo_image_surface_get_width(logo), h = cairo_image_surface_get_height(logo);
        int stride = cairo_image_surface_get_stride(logo);
        const uint8_t *data = cairo_image_surface_get_data(logo);
        int step = MAX_OF(1, MAX_OF(w, h) / 128), n = 0;
        double sum = 0, weight = 0;

        for (int y = 0; y < h; y += step)
                for (int x = 0; x < w; x += step) {
                        const uint8_t *p = data + (ptrdiff_t) y * stride + (ptrdiff_t) x * 4;
                        double a = p[3];

                        n++;
                        if (a == 0)
                                continue;
                        sum += colour_luminance((Colour){p[2] / a, p[1] / a, p[0] / a}) * a / 255;
                        weight += a / 255;
                }
        if (weight <= 0)
                return (LogoTone){0, 0};
        return (LogoTone){sum / weight, weight / n};
}

/* A logo that would drown in the ground gets a plate it stands out from. */
static void draw_plate(Ad *ad, Rect r, const LogoTone *tone) {
        double white = luminance_contrast(tone->luminance, 1);
        double dark = luminance_contrast(tone->luminance, colour_luminance(COLOUR_NEAR_BLACK));

        path_rounded(ad->cr, rect_inset(r, -1.6 * ad->u), 1.6 * ad->u);
        set_colour(ad->cr, white >= dark ? COLOUR_WHITE : COLOUR_NEAR_BLACK, 1);
        cairo_fill(ad->cr);
}

static void draw_logo(Ad *ad, Rect row, int side) {
        double w = cairo_image_surface_get_width(ad->logo);
        double h = cairo_image_surface_get_height(ad->logo);
        double scale = MIN_OF(row.h / h, row.w * logo_width_share / w);
        Rect r = {row.x, row.y + (row.h - h * scale) / 2, w * scale, h * scale};
        LogoTone tone = logo_tone(ad->logo);
        LuminanceRange below;
        double contrast;

        if (side >= 0)
                r.x += (row.w - r.w) * (side > 0 ? 1 : 0.5);
        below = measure_luminance(ad, r);
        contrast = luminance_contrast(tone.luminance, (below.low + below.high) / 2);
        cairo_save(ad->cr);
        if (tone.covered > opaque_share) {
                path_rounded(ad->cr, r, r.h * 0.14);
                cairo_clip(ad->cr);
        } else if (contrast < logo_contrast)
                draw_plate(ad, r, &tone);
        fill_picture(ad, ad->logo, r);
        cairo_restore(ad->cr);
}

void brand_draw(Ad *ad, Rect row, int side, Colour wish, bool spaced) {
        double size = MAX_OF((spaced ? spaced_size : name_size) * ad->u, legible_px);
        TextBox box = {.w = row.w * 0.8,
                       .h = MAX_OF(row.h, size),
                       .size_max = size,
                       .size_min = MAX_OF(size * 0.6, legible_px),
                       .lines_max = 1,
                       .centred = side == 0};
        Text name = {0};
        double x;
        Rect r;

        assert(ad);

        if (ad->logo) {
                draw_logo(ad, row, side);
                return;
        }
        if (!ad->spec->brand_name)
                return;
        text_fit(ad, ad->spec->brand_name, spaced ? VOICE_SPACED : VOICE_BUTTON, &box, &name);
        ad->overflow = ad->overflow || name.cut;
        x = side < 0 ? row.x : side > 0 ? row.x + row.w - name.w : row.x + row.w / 2;
        r = (Rect){side == 0 ? x - name.w / 2 : x, row.y, name.w, name.h};
        text_draw(ad, &name, x, row.y + (row.h - name.h) / 2, readable_in(ad, r, wish));
        text_done(&name);
}
