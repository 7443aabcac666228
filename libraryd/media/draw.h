/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Draws a finished ad picture. The instructions, a JSON object; any other member is an error:
 *
 *      width, height   pixels, DRAW_SIDE_MIN to DRAW_SIDE_MAX each; required
 *      headline        the large line; required, not empty
 *      subline, cta    a smaller line below it; the text of the button
 *      brand_name      set in type where no logo is given
 *      logo            absolute path of a PNG (JPEG, WebP), stands in the corner
 *      photo           absolute path of a picture (PNG, JPEG, WebP) for the layout's large field
 *      primary, accent, ink, background
 *                      "#rgb" or "#rrggbb"; what is missing is derived from those given
 *      layout          "poster" "split" "circle" "frame" "diagonal", or "auto": chosen by seed
 *      seed            whole number >= 0; the same instructions give the same picture on one
 *                      machine, another seed gives another picture
 *
 * Texts are UTF-8, at most DRAW_TEXT_MAX bytes each. A tall picture (9:16) keeps its top 14 % and
 * bottom 20 % free of text, where the platforms put their own. Text is set as large as its place
 * allows and never runs out of it; what cannot fit at a legible size is cut with an ellipsis or
 * left out, and the result says so. Every text reaches a contrast of 4.5 against what is under it,
 * measured on the pixels.
 */

#include "base/err.h"
#include "base/json.h"

enum {
        DRAW_SIDE_MIN = 64,
        DRAW_SIDE_MAX = 8192,
        DRAW_TEXT_MAX = 600,
        DRAW_LAYOUT_MAX = 16,
};

typedef struct DrawFiles {
        int output;      /* written from offset 0; its own offset is left alone */
        int logo, photo; /* -1 unless the instructions name one; borrowed */
} DrawFiles;

typedef struct DrawResult {
        int width, height;
        bool overflow;   /* some text was cut or left out */
        double contrast; /* the least of all texts */
        /* The smallest rectangle around all texts and the button, in pixels. */
        double left, top, right, bottom;
        char layout[DRAW_LAYOUT_MAX]; /* the one that was drawn */
} DrawResult;

/* -EINVAL with a sentence: wrong instructions, or a logo or photo that is no picture; -ENOSPC, -EIO
 * and the like of writing; -ENOMEM. */
int draw_ad(const Json *instructions, const DrawFiles *files, DrawResult *ret, Err *err);
