/* SPDX-License-Identifier: MIT */

/* "circle": soft light in brand colours and one large disc, sun or window; much air. */

#include <math.h>

#include "media/layout.h"

enum {
        GLOWS = 5,
};

/* Tints, not the colours themselves: two full colours over each other turn to mud. */
static void draw_light(Ad *ad, bool dark) {
        const AdSpec *s = ad->spec;
        double lift = dark ? -0.1 : 0.45, strength = dark ? 0.5 : 0.55;
        const Colour lights[] = {colour_shade(s->primary, lift), colour_shade(s->accent, lift)};
        double side = MAX_OF(ad->w, ad->h);
        bool swap = ad_chance(ad, 0.5);

        for (int i = 0; i < GLOWS; i++) { /* one colour to the left, the other to the right */
                double x = i % 2 ? ad_between(ad, 0.6, 1.1) : ad_between(ad, -0.1, 0.4);

                fill_glow(ad, ad->w * x, ad->h * ad_between(ad, -0.1, 0.9),
                          side * ad_between(ad, 0.28, 0.5), lights[(i + swap) % 2],
                          strength * ad_between(ad, 0.4, 0.9));
        }
}

static void draw_sun(Ad *ad, double x, double y, double r, Colour light, Colour deep) {
        double turn = ad_between(ad, 0.4, 1.9);
        Colour middle = colour_shade(colour_mix(light, deep, 0.5), 0.12);
        cairo_pattern_t *p = cairo_pattern_create_linear(x - cos(turn) * r, y - sin(turn) * r,
                                                         x + cos(turn) * r, y + sin(turn) * r);

        cairo_pattern_add_color_stop_rgb(p, 0.08, light.r, light.g, light.b);
        cairo_pattern_add_color_stop_rgb(p, 0.55, middle.r, middle.g, middle.b);
        cairo_pattern_add_color_stop_rgb(p, 1, deep.r, deep.g, deep.b);
        cairo_set_source(ad->cr, p);
        cairo_new_path(ad->cr);
        cairo_arc(ad->cr, x, y, r, 0, 2 * M_PI);
        cairo_fill(ad->cr);
        cairo_pattern_destroy(p);
}

static void draw_window(Ad *ad, double x, double y, double r) {
        cairo_save(ad->cr);
        cairo_new_path(ad->cr);
        cairo_arc(ad->cr, x, y, r, 0, 2 * M_PI);
        cairo_clip(ad->cr);
        fill_picture(ad, ad->photo, (Rect){x - r, y - r, 2 * r, 2 * r});
        cairo_restore(ad->cr);
}

static void draw_orbit(Ad *ad, double x, double y, double r, Colour c) {
        double at = ad_between(ad, 2.2, 4.0);

        set_colour(ad->cr, c, 0.55);
        cairo_set_line_width(ad->cr, MAX_OF(1, ad->u * 0.22));
        cairo_new_path(ad->cr);
        cairo_arc(ad->cr, x, y, r * 1.2, 0, 2 * M_PI);
        cairo_stroke(ad->cr);
        fill_disc(ad, x + cos(at) * r * 1.2, y + sin(at) * r * 1.2, r * 0.085, c, 1);
}

static void draw_disc(Ad *ad, bool dark) {
        const AdSpec *s = ad->spec;
        bool warm = ad_chance(ad, 0.5);
        Colour deep = warm ? s->primary : s->accent, light = warm ? s->accent : s->primary;
        double x, y, r;

        if (layout_is_banner(ad)) {
                r = ad->h * ad_between(ad, 0.55, 0.7);
                x = layout_button_middle(ad);
                y = ad->h * 0.5;
        } else if (ad->landscape) {
                r = ad->h * ad_between(ad, 0.31, 0.38);
                x = ad->w - r * ad_between(ad, 0.8, 1.05);
                y = ad->h * ad_between(ad, 0.44, 0.56);
        } else if (ad->h > ad->w * 1.3) {
                r = ad->w * ad_between(ad, 0.30, 0.34);
                x = ad->w - r * ad_between(ad, 0.45, 0.7);
                y = r * ad_between(ad, 1.2, 1.4);
        } else {
                r = ad->w * ad_between(ad, 0.23, 0.27);
                x = ad->w - r * ad_between(ad, 0.75, 1.15);
                y = r * ad_between(ad, 0.72, 0.85);
        }
        if (ad->photo)
                draw_window(ad, x, y, r);
        else
                draw_sun(ad, x, y, r, light, deep);
        draw_orbit(ad, x, y, r, dark ? COLOUR_WHITE : s->primary);
        if (!ad->photo && !layout_is_banner(ad))
                fill_disc(ad, x - r * 0.78, y + r * 0.72, r * 0.26, light, 0.92);
}

void layout_circle(Ad *ad) {
        const AdSpec *s = ad->spec;
        bool dark = ad_chance(ad, 0.35);
        StackPlan plan = {.box = ad->safe,
                          .anchor = ANCHOR_BOTTOM,
                          .voice = VOICE_HEAVY,
                          .size_max = 14.5,
                          .lines_max = 4,
                          .text = dark ? COLOUR_WHITE : s->ink,
                          .button = dark ? s->accent : s->primary,
                          .beside = layout_is_banner(ad)};
        Rect row;

        ad->ground = dark ? colour_shade(s->primary, -0.8) : colour_shade(s->background, 0.5);
        fill_rect(ad, (Rect){0, 0, ad->w, ad->h}, ad->ground);
        draw_light(ad, dark);
        draw_disc(ad, dark);
        add_grain(ad);
        row = brand_row(ad, &plan.box, false, false);
        if (ad->landscape && !plan.beside) {
                plan.box.w *= 0.54;
                plan.anchor = ANCHOR_MIDDLE;
        } else if (!plan.beside) {
                double bottom = plan.box.y + plan.box.h;

                plan.box.y = MAX_OF(plan.box.y, ad->h * 0.46);
                plan.box.h = bottom - plan.box.y;
        }
        stack_draw(ad, &plan);
        brand_draw(ad, row, false, false, plan.text);
}
