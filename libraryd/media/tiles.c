/* SPDX-License-Identifier: MIT */

/* A wall of square tiles, each one flat shape on one flat colour: geometry in brand colours. */

#include <math.h>

#include "media/layout.h"

enum {
        TILE_COLOURS = 6,
        TILE_COLUMNS_MAX = 64,
};

static void tile_quarter(Ad *ad, double s) {
        cairo_move_to(ad->cr, 0, 0);
        cairo_arc(ad->cr, 0, 0, s, 0, M_PI / 2);
        cairo_close_path(ad->cr);
        cairo_fill(ad->cr);
}

static void tile_half(Ad *ad, double s) {
        cairo_arc(ad->cr, s / 2, 0, s / 2, 0, M_PI);
        cairo_fill(ad->cr);
        cairo_arc(ad->cr, s / 2, s / 2, s / 2, 0, M_PI);
        cairo_fill(ad->cr);
}

static void tile_disc(Ad *ad, double s) {
        cairo_arc(ad->cr, s / 2, s / 2, s * 0.32, 0, 2 * M_PI);
        cairo_fill(ad->cr);
}

static void tile_leaf(Ad *ad, double s) {
        cairo_arc(ad->cr, 0, s, s, -M_PI / 2, 0);
        cairo_arc(ad->cr, s, 0, s, M_PI / 2, M_PI);
        cairo_fill(ad->cr);
}

static void tile_arches(Ad *ad, double s) {
        cairo_set_line_width(ad->cr, s * 0.125);
        for (int i = 0; i < 4; i++) {
                cairo_new_path(ad->cr);
                cairo_arc(ad->cr, 0, 0, s * (0.1875 + 0.25 * i), 0, M_PI / 2);
                cairo_stroke(ad->cr);
        }
}

static void tile_corner(Ad *ad, double s) {
        cairo_move_to(ad->cr, 0, 0);
        cairo_line_to(ad->cr, s, 0);
        cairo_line_to(ad->cr, 0, s);
        cairo_close_path(ad->cr);
        cairo_fill(ad->cr);
}

static void tile_bars(Ad *ad, double s) {
        for (int i = 0; i < 4; i++)
                cairo_rectangle(ad->cr, s * (0.0625 + 0.25 * i), 0, s * 0.125, s);
        cairo_fill(ad->cr);
}

static void tile_dots(Ad *ad, double s) {
        for (int i = 0; i < 16; i++) {
                int column = i % 4, row = i / 4;

                cairo_new_sub_path(ad->cr);
                cairo_arc(ad->cr, s * (column + 0.5) / 4, s * (row + 0.5) / 4, s * 0.062, 0,
                          2 * M_PI);
        }
        cairo_fill(ad->cr);
}

static void (*const shapes[])(Ad *, double) = {tile_quarter, tile_half,   tile_quarter, tile_leaf,
                                               tile_arches,  tile_corner, tile_disc,    tile_bars,
                                               tile_quarter, tile_dots};

/* Everything a wall may hold, from light to dark. */
static void tile_colours(const AdSpec *s, Colour ret[static TILE_COLOURS]) {
        ret[0] = s->primary;
        ret[1] = s->accent;
        ret[2] = colour_shade(s->primary, -0.38);
        ret[3] = colour_shade(s->primary, 0.72);
        ret[4] = colour_shade(s->primary, -0.7);
        ret[5] = colour_mix(s->background, COLOUR_WHITE, 0.3);
}

static bool same_colour(Colour a, Colour b) {
        return a.r == b.r && a.g == b.g && a.b == b.b;
}

/* The next colour, from where the dice point, that can be told from both others. */
static Colour other_colour(Ad *ad, const Colour *all, Colour not, const Colour *nor) {
        unsigned at = ad_pick(ad, TILE_COLOURS);

        for (unsigned i = 0; i < TILE_COLOURS; i++) {
                Colour c = all[(at + i) % TILE_COLOURS];

                if (colour_contrast(c, not ) >= 1.45 && (!nor || !same_colour(c, *nor)))
                        return c;
        }
        return all[at];
}

static void draw_tile(Ad *ad, Rect r, Colour ground, Colour shape) {
        double side = MAX_OF(r.w, r.h);

        cairo_save(ad->cr);
        cairo_rectangle(ad->cr, r.x, r.y, r.w, r.h);
        cairo_clip(ad->cr);
        set_colour(ad->cr, ground, 1);
        cairo_paint(ad->cr);
        cairo_translate(ad->cr, r.x + r.w / 2, r.y + r.h / 2);
        cairo_rotate(ad->cr, ad_pick(ad, 4) * M_PI / 2);
        cairo_translate(ad->cr, -side / 2, -side / 2);
        set_colour(ad->cr, shape, 1);
        cairo_new_path(ad->cr);
        shapes[ad_pick(ad, ARRAY_LEN(shapes))](ad, side);
        cairo_restore(ad->cr);
}

/* On whole pixels, or light seams show between neighbours. */
static Rect tile_rect(Rect r, int x, int y, double size) {
        double left = round(r.x + x * size), top = round(r.y + y * size);

        return (Rect){left, top, round(r.x + (x + 1) * size) - left,
                      round(r.y + (y + 1) * size) - top};
}

void draw_tiles(Ad *ad, Rect r, double size) {
        int columns = MIN_OF((int) ceil(r.w / size - 0.01), TILE_COLUMNS_MAX);
        int rows = (int) ceil(r.h / size - 0.01);
        Colour all[TILE_COLOURS], above[TILE_COLUMNS_MAX], left;

        tile_colours(ad->spec, all);
        for (int i = 0; i < columns; i++)
                above[i] = ad->spec->background;
        cairo_save(ad->cr);
        cairo_rectangle(ad->cr, r.x, r.y, r.w, r.h);
        cairo_clip(ad->cr);
        for (int y = 0; y < rows; y++) {
                left = ad->spec->background;
                for (int x = 0; x < columns; x++) {
                        Colour ground = other_colour(ad, all, above[x], &left);
                        Colour shape = other_colour(ad, all, ground, NULL);

                        draw_tile(ad, tile_rect(r, x, y, size), ground, shape);
                        above[x] = left = ground;
                }
        }
        cairo_restore(ad->cr);
}
