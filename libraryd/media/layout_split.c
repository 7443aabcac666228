/* SPDX-License-Identifier: MIT */

/* "split": a wall of geometry or a photo on one half, quiet type on the other. */

#include <math.h>

#include "media/layout.h"

typedef struct Halves {
        Rect wall, type;
} Halves;

static Halves halve(const Ad *ad, bool flip) {
        double cut;

        if (ad->landscape) {
                cut = round(ad->w * (layout_is_banner(ad) ? 0.26 : 0.42));
                if (flip)
                        return (Halves){{0, 0, cut, ad->h}, {cut, 0, ad->w - cut, ad->h}};
                return (Halves){{ad->w - cut, 0, cut, ad->h}, {0, 0, ad->w - cut, ad->h}};
        }
        cut = round(ad->h * (ad->h > ad->w * 1.3 ? 0.44 : 0.40));
        return (Halves){{0, 0, ad->w, cut}, {0, cut, ad->w, ad->h - cut}};
}

/* What of the panel text may take: inside the picture's safe field and off the wall. */
static Rect type_box(const Ad *ad, Rect panel) {
        double margin = ad->safe.x;
        double bottom = MIN_OF(panel.y + panel.h - margin, ad->safe.y + ad->safe.h);
        double top = MAX_OF(panel.y + margin, ad->safe.y);

        return (Rect){panel.x + margin, top, panel.w - 2 * margin, bottom - top};
}

void layout_split(Ad *ad) {
        const AdSpec *s = ad->spec;
        bool dark = ad_chance(ad, 0.4);
        Halves halves = halve(ad, ad_chance(ad, 0.5));
        Colour ground = dark ? colour_shade(s->primary, -0.72) : s->background;
        StackPlan plan = {.box = type_box(ad, halves.type),
                          .anchor = ad->landscape ? ANCHOR_MIDDLE : ANCHOR_TOP,
                          .voice = VOICE_HEAVY,
                          .size_max = 11.5,
                          .lines_max = 4,
                          .text = dark ? COLOUR_WHITE : s->ink,
                          .button = dark ? s->accent : s->primary,
                          .beside = layout_is_banner(ad)};
        Rect row;

        ad->ground = ground;
        fill_rect(ad, (Rect){0, 0, ad->w, ad->h}, ground);
        if (ad->photo)
                fill_picture(ad, ad->photo, halves.wall);
        else
                draw_tiles(ad, halves.wall);
        row = brand_row(ad, &plan.box);
        brand_draw(ad, row, -1, dark ? COLOUR_WHITE : s->primary, false);
        if (ad->landscape && !plan.beside)
                plan.anchor = ANCHOR_BOTTOM;
        stack_draw(ad, &plan);
}
