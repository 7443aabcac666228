/* SPDX-License-Identifier: MIT */

/* "poster": big type at the left edge of a field of brand colour, one bold ornament away from it.
 */

#include <math.h>

#include "media/layout.h"

typedef struct Scheme {
        Colour from, to; /* the field */
        Colour text, button, shape;
} Scheme;

typedef struct Place {
        double x, y, r;
} Place;

bool layout_is_banner(const Ad *ad) {
        return ad->w / ad->h > 2.2;
}

double layout_button_middle(const Ad *ad) {
        return ad->safe.x + ad->safe.w - 9 * ad->u;
}

void layout_photo_ground(Ad *ad) {
        Colour dark = colour_shade(ad->spec->primary, -0.82);
        cairo_pattern_t *p;

        fill_picture(ad, ad->photo, (Rect){0, 0, ad->w, ad->h});
        p = ad->landscape ? cairo_pattern_create_linear(0, 0, ad->w * 0.85, 0)
                          : cairo_pattern_create_linear(0, ad->h, 0, ad->h * 0.05);
        cairo_pattern_add_color_stop_rgba(p, 0, dark.r, dark.g, dark.b, 0.94);
        cairo_pattern_add_color_stop_rgba(p, 0.5, dark.r, dark.g, dark.b, 0.76);
        cairo_pattern_add_color_stop_rgba(p, 1, dark.r, dark.g, dark.b, 0.05);
        cairo_set_source(ad->cr, p);
        cairo_paint(ad->cr);
        cairo_pattern_destroy(p);
        ad->ground = dark;
}

static Scheme pick_scheme(Ad *ad) {
        const AdSpec *s = ad->spec;

        switch (ad_pick(ad, 4)) {
        case 0: /* night */
                return (Scheme){colour_shade(s->primary, -0.55), colour_shade(s->primary, -0.8),
                                COLOUR_WHITE, s->accent, s->accent};
        case 1: /* daylight */
                return (Scheme){colour_shade(s->background, 0.4), s->background,
                                colour_shade(s->primary, -0.25), s->primary, s->primary};
        case 2: /* loud */
                return (Scheme){colour_shade(s->accent, 0.08), colour_shade(s->accent, -0.04),
                                s->ink, s->ink, colour_shade(s->primary, -0.1)};
        default: /* the brand */
                return (Scheme){colour_shade(s->primary, 0.06), colour_shade(s->primary, -0.25),
                                COLOUR_WHITE, s->accent, s->accent};
        }
}

static Place ornament_place(const Ad *ad) {
        if (layout_is_banner(ad)) /* behind the button */
                return (Place){layout_button_middle(ad), ad->h * 0.5, ad->h * 0.75};
        if (ad->landscape)
                return (Place){ad->w - ad->h * 0.30, ad->h * 0.46, ad->h * 0.36};
        if (ad->h > ad->w * 1.3)
                return (Place){ad->w * 0.74, ad->h * 0.21, ad->w * 0.36};
        return (Place){ad->w * 0.80, ad->h * 0.19, ad->w * 0.27};
}

static void draw_rings(Ad *ad, const Scheme *s, Place p) {
        double step = p.r * 0.36;

        cairo_set_line_width(ad->cr, step * 0.42);
        for (int i = 5; i >= 1; i--) {
                set_colour(ad->cr, s->shape, 0.30 - 0.045 * i);
                cairo_new_path(ad->cr);
                cairo_arc(ad->cr, p.x, p.y, p.r * 0.62 + i * step, 0, 2 * M_PI);
                cairo_stroke(ad->cr);
        }
        fill_disc(ad, p.x, p.y, p.r * 0.58, s->shape, 1);
}

static void draw_discs(Ad *ad, const Scheme *s, Place p) {
        double turn = ad_between(ad, -0.9, 0.5);

        fill_disc(ad, p.x, p.y, p.r * 1.02, s->shape, 1);
        fill_disc(ad, p.x + cos(turn) * p.r * 0.95, p.y + sin(turn) * p.r * 0.95, p.r * 0.72,
                  colour_mix(s->shape, s->text, 0.75), 0.9);
        fill_dots(ad, (Rect){p.x - p.r * 0.1, p.y + p.r * 0.3, p.r * 0.85, p.r * 0.85}, p.r * 0.12,
                  p.r * 0.022, s->text, 0.8);
}

static void draw_bars(Ad *ad, const Scheme *s, Place p) {
        double width = p.r * 0.34, gap = p.r * 0.13;

        for (int i = 0; i < 5; i++) {
                double x = ad->w - (i + 0.62) * (width + gap);
                double length = p.y + p.r * ad_between(ad, 0.05, 1.0) * (1 - i * 0.14);

                if (x < ad->w * 0.45) /* the brand's side */
                        break;
                path_rounded(ad->cr, (Rect){x, -width, width, length + width}, width);
                if (i == 1)
                        set_colour(ad->cr, colour_mix(s->shape, s->text, 0.7), 0.95);
                else
                        set_colour(ad->cr, s->shape, 1 - 0.19 * i);
                cairo_fill(ad->cr);
        }
}

static void draw_burst(Ad *ad, const Scheme *s, Place p) {
        const int rays = 28;
        double reach = hypot(ad->w, ad->h), turn = ad_between(ad, 0, 0.2);

        for (int i = 0; i < rays; i++) {
                double a = turn + 2 * M_PI * i / rays, b = a + M_PI / rays;

                set_colour(ad->cr, s->shape, 0.11);
                cairo_move_to(ad->cr, p.x, p.y);
                cairo_line_to(ad->cr, p.x + cos(a) * reach, p.y + sin(a) * reach);
                cairo_line_to(ad->cr, p.x + cos(b) * reach, p.y + sin(b) * reach);
                cairo_close_path(ad->cr);
                cairo_fill(ad->cr);
        }
        fill_disc(ad, p.x, p.y, p.r * 0.72, s->shape, 1);
}

static void draw_ornament(Ad *ad, const Scheme *s) {
        static void (*const draw[])(Ad *, const Scheme *, Place) = {draw_rings, draw_discs,
                                                                    draw_bars, draw_burst};

        unsigned pick = ad_pick(ad, ARRAY_LEN(draw));

        if (layout_is_banner(ad)) /* only what has a middle */
                pick = pick < 2 ? 0 : 3;
        draw[pick](ad, s, ornament_place(ad));
}

void layout_poster(Ad *ad) {
        Scheme s = pick_scheme(ad);
        StackPlan plan = {.box = ad->safe,
                          .anchor = ANCHOR_BOTTOM,
                          .voice = VOICE_HEAVY,
                          .size_max = 16,
                          .lines_max = 4,
                          .rule = true,
                          .beside = layout_is_banner(ad)};
        Rect row;

        if (ad->photo) {
                layout_photo_ground(ad);
                s.text = COLOUR_WHITE;
                s.button = ad->spec->accent;
        } else {
                fill_gradient(ad, (Rect){0, 0, ad->w, ad->h}, s.from, s.to, 1.1);
                draw_ornament(ad, &s);
                add_grain(ad);
                ad->ground = colour_mix(s.from, s.to, 0.5);
        }
        plan.text = s.text;
        plan.button = s.button;
        row = brand_row(ad, &plan.box, false, false);
        if (ad->landscape && !plan.beside)
                plan.box.w *= 0.62;
        else if (!plan.beside) {
                double bottom = plan.box.y + plan.box.h;

                plan.box.y = MAX_OF(plan.box.y, ad->h * 0.40);
                plan.box.h = bottom - plan.box.y;
        }
        stack_draw(ad, &plan);
        brand_draw(ad, row, false, false, s.text);
}
