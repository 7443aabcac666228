/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The words of an ad as one block: a short rule, the headline, the subline, the button. A layout
 * says where the block goes and how it speaks; this fits it, finds colours that can be read on what
 * is drawn there already, and draws it. And the brand: the logo, or its name in type.
 */

#include "media/canvas.h"
#include "media/type.h"

typedef enum Anchor { ANCHOR_TOP, ANCHOR_MIDDLE, ANCHOR_BOTTOM } Anchor;

typedef struct StackPlan {
        Rect box;
        Anchor anchor;
        bool centred;
        Voice voice;     /* of the headline */
        double size_max; /* of the headline, in units */
        int lines_max;
        bool rule;     /* a short bar: above the headline, centred blocks: below it */
        bool outline;  /* button as an outline */
        bool beside;   /* the button to the right of the words, for banners */
        Colour text;   /* what the layout would like; used when it can be read */
        Colour button; /* likewise */
} StackPlan;

/* After everything below it is drawn. */
void stack_draw(Ad *ad, const StackPlan *plan);

/* Takes the brand's row and the space below it off the top of r and gives the row. spaced: a name
 * is set in wide capitals. */
Rect brand_row(Ad *ad, Rect *r, bool centred, bool spaced);
/* Draws the brand into that row, at its left or in its middle. */
void brand_draw(Ad *ad, Rect row, bool centred, bool spaced, Colour wish);

/* A colour for text on what is drawn in r: wish if it can be read there, else what can be read
 * best. Notes the contrast; lays a veil of ad->ground when nothing else helps. */
Colour readable_in(Ad *ad, Rect r, Colour wish);
