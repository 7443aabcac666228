/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The layouts: each is one file that draws a ground and its ornaments, then places the brand and
 * the words. All of them take any size, with or without photo, and vary by the dice. A new one is a
 * file and a row in draw.c.
 */

#include "media/stack.h"

void layout_poster(Ad *ad);
void layout_split(Ad *ad);
void layout_circle(Ad *ad);
void layout_frame(Ad *ad);
void layout_diagonal(Ad *ad);

/* Pictures this wide are banners: words at the left, the button beside them. */
bool layout_is_banner(const Ad *ad);
/* About where the button of a banner has its middle. */
double layout_button_middle(const Ad *ad);
/* A photo all over, darkened towards the words: from the bottom up, in wide pictures from the left.
 */
void layout_photo_ground(Ad *ad);

/* A wall of tiles of flat geometry in r, each `size` pixels a side (tiles.c). */
void draw_tiles(Ad *ad, Rect r, double size);
