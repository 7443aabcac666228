/* SPDX-License-Identifier: MIT */

/* "diagonal": bands at an angle across the corner, type on the calm side; the sale poster. */

#include <math.h>

#include "media/layout.h"

typedef struct Band {
        double at, width; /* along the falling diagonal, share of its length */
        Colour c;
        double alpha;
} Band;

/* A band at right angles to the way from the lower left to the upper right corner. */
static void path_band(Ad *ad, double slope, double at, double width) {
        double length = ad->w * cos(slope) + ad->h * sin(slope);
        double reach = ad->w + ad->h;

        cairo_save(ad->cr);
        cairo_translate(ad->cr, 0, ad->h);
        cairo_rotate(ad->cr, -slope);
        cairo_new_path(ad->cr);
        cairo_rectangle(ad->cr, at * length, -reach, width * length, 2 * reach);
        cairo_restore(ad->cr);
}

static void fill_band(Ad *ad, double slope, const Band *b) {
        path_band(ad, slope, b->at, b->width);
        set_colour(ad->cr, b->c, b->alpha);
        cairo_fill(ad->cr);
}

static void draw_photo_band(Ad *ad, double slope, double at) {
        cairo_save(ad->cr);
        path_band(ad, slope, at, 2);
        cairo_clip(ad->cr);
        fill_picture(ad, ad->photo, (Rect){0, 0, ad->w, ad->h});
        cairo_restore(ad->cr);
}

static void draw_stripes(Ad *ad, double slope, double at, Colour light, Colour dark) {
        double width = ad_between(ad, 0.05, 0.08);
        unsigned kind = ad_pick(ad, 3);

        for (int i = 0; i < 6; i++) {
                double step = width * (kind == 0 ? 1.0 : 1.7);
                Band b = {at + i * step, kind == 1 ? width * (1 - i * 0.13) : width,
                          kind == 0 ? colour_mix(light, dark, i / 5.0)
                          : i % 2   ? dark
                                    : light,
                          1};

                if (kind == 0 && i == 5)
                        b.width = 2;
                fill_band(ad, slope, &b);
        }
}

/* How far along the diagonal a point lies: bands begin beyond all that must be read. */
static double along(const Ad *ad, double slope, double x, double y) {
        double length = ad->w * cos(slope) + ad->h * sin(slope);

        return (x * cos(slope) + (ad->h - y) * sin(slope)) / length;
}

void layout_diagonal(Ad *ad) {
        const AdSpec *s = ad->spec;
        bool light = ad_chance(ad, 0.35);
        double slope = ad->landscape ? ad_between(ad, 0.28, 0.42) : ad_between(ad, 0.85, 1.0);
        double at;
        Colour deep = light ? colour_shade(s->background, 0.3) : colour_shade(s->primary, -0.3);
        StackPlan plan = {.box = ad->safe,
                          .anchor = ANCHOR_BOTTOM,
                          .voice = VOICE_HEAVY,
                          .size_max = 15.5,
                          .lines_max = 4,
                          .text = light ? s->ink : COLOUR_WHITE,
                          .button = light ? s->primary : s->accent,
                          .beside = layout_is_banner(ad)};
        Rect row;

        row = brand_row(ad, &plan.box, false, false);
        if (ad->landscape && !plan.beside)
                plan.box.w *= 0.58;
        else if (!plan.beside) {
                double bottom = plan.box.y + plan.box.h;

                plan.box.y = MAX_OF(plan.box.y, ad->h * 0.44);
                plan.box.h = bottom - plan.box.y;
        }
        at = MAX_OF(along(ad, slope, row.x + row.w * 0.4, row.y),
                    along(ad, slope, plan.box.x + plan.box.w, plan.box.y)) +
             0.02;
        if (plan.beside)
                at = along(ad, slope, layout_button_middle(ad) - 10 * ad->u, 0);
        ad->ground = deep;
        fill_gradient(ad, (Rect){0, 0, ad->w, ad->h},
                      light ? s->background : colour_shade(s->primary, 0.02), deep, M_PI / 2);
        if (ad->photo) {
                fill_band(ad, slope, &(Band){at - 0.03, 2, s->accent, 1});
                draw_photo_band(ad, slope, at);
        } else
                draw_stripes(ad, slope, at, s->accent,
                             light ? s->primary : colour_shade(s->primary, 0.28));
        add_grain(ad);
        stack_draw(ad, &plan);
        brand_draw(ad, row, false, false, plan.text);
}
