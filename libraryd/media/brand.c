/* SPDX-License-Identifier: MIT */

#include "media/stack.h"

/* In units. */
static const double logo_height = 6.5, name_size = 3.8, spaced_size = 2.3, row_gap = 5;
/* Of the row; ornaments have the rest. */
static const double name_share = 0.38, name_share_wide = 0.5;
static const double logo_width_share = 0.45; /* of the row */
static const double legible_px = 9;
static const double logo_contrast = 1.6; /* what a part of a logo needs to be seen */
static const double drowned_share = 0.12;
static const double opaque_share = 0.97; /* above it a logo brings its own ground */

static void fit_name(Ad *ad, double width, bool centred, bool spaced, Text *ret) {
        double size = MAX_OF((spaced ? spaced_size : name_size) * ad->u, legible_px);
        bool narrow = ad->h > 2 * ad->w; /* a smaller share would break words */
        double share = centred ? 0.8 : ad->landscape || narrow ? name_share_wide : name_share;
        TextBox box = {.w = width * share,
                       .h = size * 2.4,
                       .size_max = size,
                       .size_min = MAX_OF(size * 0.7, legible_px * 0.8),
                       .lines_max = 2,
                       .centred = centred};

        text_fit(ad, ad->spec->brand_name, spaced ? VOICE_SPACED : VOICE_BUTTON, &box, ret);
}

Rect brand_row(Ad *ad, Rect *r, bool centred, bool spaced) {
        Rect row;

        assert(ad);
        assert(r);

        row = (Rect){r->x, r->y, r->w, 0};
        if (ad->logo)
                row.h = logo_height * ad->u;
        else if (ad->spec->brand_name) {
                _cleanup_(text_done) Text name = {0};

                fit_name(ad, r->w, centred, spaced, &name);
                row.h = name.h;
        } else
                return row;
        r->y += row.h + row_gap * ad->u;
        r->h -= row.h + row_gap * ad->u;
        return row;
}

typedef struct LogoTone {
        double covered; /* share of the logo that is not transparent */
        double drowned; /* share of that which the ground swallows */
} LogoTone;

static LogoTone logo_tone(cairo_surface_t *logo, double ground) {
        int w = cairo_image_surface_get_width(logo), h = cairo_image_surface_get_height(logo);
        int stride = cairo_image_surface_get_stride(logo);
        const uint8_t *data = cairo_image_surface_get_data(logo);
        int step = MAX_OF(1, MAX_OF(w, h) / 160), n = 0, solid = 0, drowned = 0;

        for (int y = 0; y < h; y += step)
                for (int x = 0; x < w; x += step) {
                        const uint8_t *p = data + (ptrdiff_t) y * stride + (ptrdiff_t) x * 4;
                        double a = p[3];
                        Colour c;

                        n++;
                        if (a < 128)
                                continue;
                        c = (Colour){p[2] / a, p[1] / a, p[0] / a};
                        solid++;
                        drowned += luminance_contrast(colour_luminance(c), ground) < logo_contrast;
                }
        return (LogoTone){(double) solid / n, solid > 0 ? (double) drowned / solid : 0};
}

/* A logo that would drown in the ground gets a plate it stands out from. */
static void draw_plate(Ad *ad, Rect r) {
        LogoTone white = logo_tone(ad->logo, 1);
        LogoTone dark = logo_tone(ad->logo, colour_luminance(COLOUR_NEAR_BLACK));

        path_rounded(ad->cr, rect_inset(r, -1.6 * ad->u), 1.6 * ad->u);
        set_colour(ad->cr, white.drowned <= dark.drowned ? COLOUR_WHITE : COLOUR_NEAR_BLACK, 1);
        cairo_fill(ad->cr);
}

static void draw_logo(Ad *ad, Rect row, bool centred) {
        double w = cairo_image_surface_get_width(ad->logo);
        double h = cairo_image_surface_get_height(ad->logo);
        double scale = MIN_OF(row.h / h, row.w * logo_width_share / w);
        Rect r = {row.x, row.y + (row.h - h * scale) / 2, w * scale, h * scale};
        LuminanceRange below;
        LogoTone low, high;

        if (centred)
                r.x += (row.w - r.w) / 2;
        below = measure_luminance(ad, r);
        low = logo_tone(ad->logo, below.low);
        high = logo_tone(ad->logo, below.high);
        cairo_save(ad->cr);
        if (low.covered > opaque_share) {
                path_rounded(ad->cr, r, r.h * 0.14);
                cairo_clip(ad->cr);
        } else if (MAX_OF(low.drowned, high.drowned) > drowned_share)
                draw_plate(ad, r);
        fill_picture(ad, ad->logo, r);
        cairo_restore(ad->cr);
}

void brand_draw(Ad *ad, Rect row, bool centred, bool spaced, Colour wish) {
        _cleanup_(text_done) Text name = {0};
        double x;
        Rect r;

        assert(ad);

        if (ad->logo) {
                draw_logo(ad, row, centred);
                return;
        }
        if (!ad->spec->brand_name)
                return;
        fit_name(ad, row.w, centred, spaced, &name);
        ad->overflow = ad->overflow || name.cut || name.broken;
        x = centred ? row.x + row.w / 2 : row.x;
        r = (Rect){centred ? x - name.w / 2 : x, row.y, name.w, name.h};
        text_draw(ad, &name, x, row.y, readable_in(ad, r, wish));
}
