/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Setting text: as large as its box allows, in balanced lines, measured the way the eye does, from
 * the top of the capitals to the last base line. Owned by the caller: text_done().
 */

#include <pango/pangocairo.h>

#include "media/canvas.h"

typedef enum Voice {
        VOICE_HEAVY,  /* headlines that shout */
        VOICE_LIGHT,  /* headlines that whisper */
        VOICE_PLAIN,  /* sublines */
        VOICE_BUTTON, /* buttons and wordmarks */
        VOICE_SPACED, /* capitals, widely set */
        _VOICE_MAX,
} Voice;

typedef struct TextBox {
        double w, h;
        double size_max, size_min; /* of the type, in pixels */
        int lines_max;
        bool centred;
} TextBox;

typedef struct Text {
        PangoLayout *layout; /* NULL = no text */
        double size;
        double w, h;      /* of what is seen: ink, capitals to base line */
        double left, top; /* from the layout's origin to what is seen */
        double descent;   /* what may hang below h */
        int lines;
        bool cut;    /* ends in an ellipsis */
        bool broken; /* within a word */
        bool centred;
} Text;

/* text of s in the box at the largest size that fits; at size_min it is cut with an ellipsis. */
void text_fit(Ad *ad, const char *s, Voice voice, const TextBox *box, Text *ret);
/* Draws with its visible top left corner at x, y (centred text: the middle of its top edge). */
void text_draw(Ad *ad, const Text *text, double x, double y, Colour c);
void text_done(Text *text);
