/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One ad picture in the making: the surface, its measures, its dice, and the shapes layouts are put
 * together from. Lengths are pixels; `u` is the unit all sizes of type and space are multiples of,
 * a hundredth of the picture's mean side.
 */

#include <cairo.h>

#include "media/spec.h"

typedef struct Rect {
        double x, y, w, h;
} Rect;

typedef struct Ad {
        const AdSpec *spec;
        cairo_surface_t *surface; /* owned by draw.c, as are logo and photo */
        cairo_t *cr;
        cairo_surface_t *logo, *photo; /* NULL = none */
        double w, h, u;
        Rect safe;      /* where text may stand */
        bool landscape; /* clearly wider than high */
        uint64_t dice;
        Colour ground; /* the leading colour of what is drawn; layouts set it */
        bool overflow;
        double contrast;                 /* the least so far */
        double left, top, right, bottom; /* around all words so far */
} Ad;

/* The measures of the picture. */
void ad_measure(Ad *ad);

/* Dice: the same seed throws the same numbers. */
uint64_t ad_random(Ad *ad);
double ad_between(Ad *ad, double from, double to);
unsigned ad_pick(Ad *ad, unsigned n); /* 0 .. n-1 */
bool ad_chance(Ad *ad, double p);

/* Paths and fills. */
void set_colour(cairo_t *cr, Colour c, double alpha);
void fill_rect(Ad *ad, Rect r, Colour c);
void fill_gradient(Ad *ad, Rect r, Colour from, Colour to, double angle); /* radians */
void fill_glow(Ad *ad, double x, double y, double radius, Colour c, double alpha);
void fill_disc(Ad *ad, double x, double y, double radius, Colour c, double alpha);
void path_rounded(cairo_t *cr, Rect r, double radius);
/* A field of dots on a square grid. */
void fill_dots(Ad *ad, Rect r, double spacing, double radius, Colour c, double alpha);
/* The surface as large as covers r, centred, inside the current clip. */
void fill_picture(Ad *ad, cairo_surface_t *picture, Rect r);
/* Breaks up the steps of gradients: one level of noise, the same for the same seed. */
void add_grain(Ad *ad);

/* The darkest and lightest of what is drawn in r, less its 2 % of outliers. */
typedef struct LuminanceRange {
        double low, high;
} LuminanceRange;
LuminanceRange measure_luminance(const Ad *ad, Rect r);
/* The least contrast c has to anything in the range. */
double range_contrast(const LuminanceRange *range, Colour c);

Rect rect_inset(Rect r, double by);
/* Notes that words or their button stand in r. */
void ad_note_words(Ad *ad, Rect r);
