/* SPDX-License-Identifier: MIT */

/* "frame": light type in the middle of a fine line, a tinted shape behind it; the quiet one. */

#include <math.h>

#include "media/layout.h"

typedef enum Backdrop { BACKDROP_ARCH, BACKDROP_DISC, BACKDROP_CORNERS, BACKDROPS } Backdrop;

typedef struct Tone {
        Colour ground, tint, text, line, button;
} Tone;

static Tone pick_tone(Ad *ad) {
        const AdSpec *s = ad->spec;

        switch (ad_pick(ad, 3)) {
        case 0:
                return (Tone){colour_shade(s->primary, -0.68), colour_shade(s->primary, -0.56),
                              COLOUR_WHITE, s->accent, s->accent};
        case 1:
                return (Tone){colour_mix(s->background, s->accent, 0.16),
                              colour_mix(s->background, s->accent, 0.30), s->ink, s->ink, s->ink};
        default:
                return (Tone){colour_shade(s->background, 0.35),
                              colour_mix(s->background, s->primary, 0.10),
                              colour_shade(s->primary, -0.35), s->primary, s->primary};
        }
}

static void draw_arch(Ad *ad, Rect frame, Colour c) {
        double w = frame.w * (ad->landscape ? 0.62 : 0.78), x = ad->w / 2;
        double top = frame.y + frame.h * 0.07, r = MIN_OF(w / 2, frame.h * 0.6);

        set_colour(ad->cr, c, 1);
        cairo_new_path(ad->cr);
        cairo_move_to(ad->cr, x - w / 2, frame.y + frame.h);
        if (w / 2 > r) { /* a flat arch in wide pictures */
                cairo_save(ad->cr);
                cairo_translate(ad->cr, x, top + r);
                cairo_scale(ad->cr, w / 2 / r, 1);
                cairo_arc(ad->cr, 0, 0, r, M_PI, 2 * M_PI);
                cairo_restore(ad->cr);
        } else
                cairo_arc(ad->cr, x, top + r, r, M_PI, 2 * M_PI);
        cairo_line_to(ad->cr, x + w / 2, frame.y + frame.h);
        cairo_close_path(ad->cr);
        cairo_fill(ad->cr);
}

static void draw_corners(Ad *ad, Rect frame, Colour c) {
        double r = MIN_OF(frame.w, frame.h) * 0.34;

        cairo_save(ad->cr);
        cairo_rectangle(ad->cr, frame.x, frame.y, frame.w, frame.h);
        cairo_clip(ad->cr);
        for (int i = 3; i >= 1; i--) {
                Colour shade = colour_mix(ad->ground, c, 1.0 / i);

                fill_disc(ad, frame.x + frame.w, frame.y, r * i / 2.2, shade, 1);
                fill_disc(ad, frame.x, frame.y + frame.h, r * i / 2.2, shade, 1);
        }
        cairo_restore(ad->cr);
}

/* Behind the middle of the words; larger than they are, so that it reads as a ground. */
static void draw_moon(Ad *ad, Rect frame, Colour c) {
        double y = ad->safe.y + ad->safe.h / 2;
        double r = MIN_OF(frame.w, frame.h) * (ad->h > ad->w * 1.3 ? 0.66 : 0.56);

        cairo_save(ad->cr);
        cairo_rectangle(ad->cr, frame.x, frame.y, frame.w, frame.h);
        cairo_clip(ad->cr);
        fill_disc(ad, ad->w / 2, y, ad->landscape ? r * 1.15 : r, c, 1);
        cairo_restore(ad->cr);
}

static void draw_backdrop(Ad *ad, Rect frame, Colour tint) {
        Backdrop pick = (Backdrop) ad_pick(ad, BACKDROPS);

        if (ad->landscape) /* words are wider than an arch or a disc there */
                pick = BACKDROP_CORNERS;
        switch (pick) {
        case BACKDROP_ARCH:
                draw_arch(ad, frame, tint);
                break;
        case BACKDROP_DISC:
                draw_moon(ad, frame, tint);
                break;
        case BACKDROP_CORNERS:
                draw_corners(ad, frame, tint);
                break;
        case BACKDROPS:
                assert_not_reached();
        }
}

static void draw_lines(Ad *ad, Rect frame, Colour c) {
        bool doubled = ad_chance(ad, 0.5);

        set_colour(ad->cr, c, 1);
        cairo_set_line_width(ad->cr, MAX_OF(1, ad->u * 0.26));
        cairo_rectangle(ad->cr, frame.x, frame.y, frame.w, frame.h);
        cairo_stroke(ad->cr);
        if (!doubled)
                return;
        frame = rect_inset(frame, ad->u * 1.3);
        set_colour(ad->cr, c, 0.5);
        cairo_set_line_width(ad->cr, MAX_OF(0.6, ad->u * 0.1));
        cairo_rectangle(ad->cr, frame.x, frame.y, frame.w, frame.h);
        cairo_stroke(ad->cr);
}

static void draw_photo_card(Ad *ad, const Tone *t, Rect *frame) {
        fill_picture(ad, ad->photo, (Rect){0, 0, ad->w, ad->h});
        *frame = rect_inset(*frame, MIN_OF(ad->w, ad->h) * 0.06);
        fill_rect(ad, rect_inset(*frame, -ad->u * 1.5), t->ground);
}

void layout_frame(Ad *ad) {
        Tone t = pick_tone(ad);
        Rect frame = rect_inset((Rect){0, 0, ad->w, ad->h}, MIN_OF(ad->w, ad->h) * 0.042);
        StackPlan plan = {.box = ad->safe,
                          .anchor = ANCHOR_MIDDLE,
                          .centred = !layout_is_banner(ad),
                          .voice = VOICE_LIGHT,
                          .size_max = 12.5,
                          .lines_max = 4,
                          .rule = !layout_is_banner(ad),
                          .outline = ad_chance(ad, 0.5),
                          .beside = layout_is_banner(ad),
                          .text = t.text,
                          .button = t.button};
        double pad;
        Rect row;

        ad->ground = t.ground;
        fill_rect(ad, (Rect){0, 0, ad->w, ad->h}, t.ground);
        if (ad->photo)
                draw_photo_card(ad, &t, &frame);
        else
                draw_backdrop(ad, frame, t.tint);
        draw_lines(ad, frame, t.line);
        pad = MAX_OF(frame.x + 4.5 * ad->u - ad->safe.x, 0);
        plan.box = (Rect){plan.box.x + pad, plan.box.y + pad * (ad->safe.y < ad->h * 0.1),
                          plan.box.w - 2 * pad, plan.box.h - 2 * pad * (ad->safe.y < ad->h * 0.1)};
        row = brand_row(ad, &plan.box, plan.centred, true);
        brand_draw(ad, row, plan.centred, true, t.text);
        stack_draw(ad, &plan);
}
