/* SPDX-License-Identifier: MIT */

/* "split": a wall of geometry or a photo on one half, quiet type on the other. */

#include <math.h>

#include "media/layout.h"

typedef struct Halves {
        Rect wall, type;
} Halves;

/* The share of the longer side a wall takes at most. */
static double wall_share(const Ad *ad) {
        if (layout_is_banner(ad))
                return 0.26;
        if (ad->landscape)
                return 0.46;
        return ad->h > ad->w * 1.3 ? 0.36 : 0.41;
}

/* The wall holds whole tiles: its depth is a multiple of theirs. */
static Halves halve(Ad *ad, bool flip, double *ret_tile) {
        double across = ad->landscape ? ad->h : ad->w;
        double deepest = wall_share(ad) * (ad->landscape ? ad->w : ad->h), depth, tile;
        unsigned n = layout_is_banner(ad) ? 1 + ad_pick(ad, 2) : 3 + ad_pick(ad, 3);

        tile = across / n;
        depth = round(MAX_OF(1, floor(deepest / tile)) * tile);
        if (ad->photo)
                depth = round(deepest);
        *ret_tile = tile;
        if (!ad->landscape)
                return (Halves){{0, 0, ad->w, depth}, {0, depth, ad->w, ad->h - depth}};
        if (flip)
                return (Halves){{0, 0, depth, ad->h}, {depth, 0, ad->w - depth, ad->h}};
        return (Halves){{ad->w - depth, 0, depth, ad->h}, {0, 0, ad->w - depth, ad->h}};
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
        bool flip = ad_chance(ad, 0.5);
        double tile;
        Halves halves = halve(ad, flip, &tile);
        Colour ground = dark ? colour_shade(s->primary, -0.72) : s->background;
        StackPlan plan = {.box = type_box(ad, halves.type),
                          .anchor = ad->landscape ? ANCHOR_MIDDLE : ANCHOR_TOP,
                          .voice = VOICE_HEAVY,
                          .size_max = 13,
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
                draw_tiles(ad, halves.wall, tile);
        row = brand_row(ad, &plan.box, false, false);
        brand_draw(ad, row, false, false, dark ? COLOUR_WHITE : s->primary);
        if (ad->landscape && !plan.beside)
                plan.anchor = ANCHOR_BOTTOM;
        stack_draw(ad, &plan);
}
