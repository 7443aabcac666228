/* SPDX-License-Identifier: MIT */
#pragma once

/* Colours as plain sRGB values, and WCAG's arithmetic of contrast. Pure. */

#include "base/macro.h"

typedef struct Colour {
        double r, g, b; /* 0 to 1 */
} Colour;

#define COLOUR_WHITE ((Colour){1, 1, 1})
#define COLOUR_BLACK ((Colour){0, 0, 0})
/* What text falls back to on a light ground: pure black looks like a mistake beside colours. */
#define COLOUR_NEAR_BLACK ((Colour){0.06, 0.065, 0.08})

/* What WCAG 2 asks of text (level AA). */
#define CONTRAST_TEXT 4.5

int colour_parse(const char *s, Colour *ret);          /* "#rgb" "#rrggbb", else -EINVAL */
Colour colour_mix(Colour a, Colour b, double share_b); /* 0: a, 1: b */
/* Towards white for a positive amount, towards black for a negative one. */
Colour colour_shade(Colour c, double amount);
double colour_luminance(Colour c);          /* relative, 0 to 1 */
double colour_contrast(Colour a, Colour b); /* 1 to 21 */
double luminance_contrast(double a, double b);
/* The first of n candidates with a contrast of `least` on ground, else the one with the most. */
Colour colour_readable(Colour ground, const Colour *candidates, size_t n, double least);
