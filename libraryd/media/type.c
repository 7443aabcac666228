/* SPDX-License-Identifier: MIT */

#include "media/type.h"

#include <limits.h>
#include <math.h>

/* The first family of the list that is installed counts. */
static const char families[] = "Open Sans,Inter,Lato,Noto Sans,Liberation Sans,DejaVu Sans,Sans";

static const struct {
        PangoWeight weight;
        double tracking; /* of the size, between letters */
        double leading;  /* of the size, from base line to base line */
        bool capitals;
} voices[_VOICE_MAX] = {
        [VOICE_HEAVY] = {PANGO_WEIGHT_ULTRABOLD, -0.022, 1.04, false},
        [VOICE_LIGHT] = {PANGO_WEIGHT_LIGHT, -0.018, 1.12, false},
        [VOICE_PLAIN] = {PANGO_WEIGHT_NORMAL, 0, 1.36, false},
        [VOICE_BUTTON] = {PANGO_WEIGHT_BOLD, 0.004, 1.2, false},
        [VOICE_SPACED] = {PANGO_WEIGHT_SEMIBOLD, 0.20, 1.3, true},
};

static const double size_step = 0.96;
static const double size_even = 0.78; /* how much of its size even lines are worth */
static const double even_enough = 0.52;

enum {
        BALANCE_STEPS = 10,
};

static PangoLayout *layout_new(Ad *ad, const char *s, Voice voice, bool centred) {
        cairo_font_options_t *options = cairo_font_options_create();
        PangoLayout *layout = pango_cairo_create_layout(ad->cr);
        PangoContext *context = pango_layout_get_context(layout);

        /* No hinting: the same shapes at every size, so that a picture scales. */
        cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
        cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
        cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
        pango_cairo_context_set_font_options(context, options);
        pango_context_set_round_glyph_positions(context, FALSE);
        cairo_font_options_destroy(options);
        if (voices[voice].capitals) {
                char *upper = g_utf8_strup(s, -1);

                pango_layout_set_text(layout, upper, -1);
                g_free(upper);
        } else
                pango_layout_set_text(layout, s, -1);
        pango_layout_set_alignment(layout, centred ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD);
        pango_layout_context_changed(layout);
        return layout;
}

static void set_size(PangoLayout *layout, Voice voice, double size) {
        PangoFontDescription *font = pango_font_description_from_string(families);
        PangoAttrList *attributes = pango_attr_list_new();
        PangoFontMetrics *metrics;
        double natural;

        pango_font_description_set_weight(font, voices[voice].weight);
        pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
        pango_layout_set_font_description(layout, font);
        pango_attr_list_insert(
                attributes,
                pango_attr_letter_spacing_new((int) (voices[voice].tracking * size * PANGO_SCALE)));
        pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
        pango_layout_set_attributes(layout, attributes);
        pango_attr_list_unref(attributes);
        metrics = pango_context_get_metrics(pango_layout_get_context(layout), font, NULL);
        natural = (double) pango_font_metrics_get_height(metrics) / PANGO_SCALE;
        pango_font_metrics_unref(metrics);
        pango_font_description_free(font);
        if (natural > 0)
                pango_layout_set_line_spacing(layout,
                                              (float) (voices[voice].leading * size / natural));
}

/* The height of a capital letter in this font at this size. */
static double cap_height(PangoLayout *layout) {
        PangoLayout *probe = pango_layout_copy(layout);
        PangoRectangle ink;

        pango_layout_set_text(probe, "H", 1);
        pango_layout_set_width(probe, -1);
        pango_layout_get_pixel_extents(probe, &ink, NULL);
        g_object_unref(probe);
        return ink.height;
}

static double last_baseline(PangoLayout *layout) {
        PangoLayoutIter *i = pango_layout_get_iter(layout);
        double y;

        while (pango_layout_iter_next_line(i))
                ;
        y = (double) pango_layout_iter_get_baseline(i) / PANGO_SCALE;
        pango_layout_iter_free(i);
        return y;
}

static void measure(PangoLayout *layout, double size, bool centred, Text *ret) {
        double cap = cap_height(layout);
        PangoRectangle ink, logical;
        double first, last;

        pango_layout_get_extents(layout, &ink, &logical);
        first = (double) pango_layout_get_baseline(layout) / PANGO_SCALE;
        last = last_baseline(layout);
        *ret = (Text){
                .layout = layout,
                .size = size,
                .w = (double) ink.width / PANGO_SCALE,
                .h = last - first + cap,
                .left = (double) ink.x / PANGO_SCALE,
                .top = first - cap,
                .lines = pango_layout_get_line_count(layout),
                .cut = pango_layout_is_ellipsized(layout),
                .centred = centred,
        };
        ret->descent = MAX_OF(0, (double) (ink.y + ink.height) / PANGO_SCALE - last);
        if (centred)
                ret->left += ret->w / 2;
}

static bool fits(const Text *t, const TextBox *box) {
        return t->lines <= box->lines_max && t->w <= box->w + 0.5 && t->h <= box->h + 0.5;
}

static bool try_size(PangoLayout *layout, Voice voice, double size, const TextBox *box, Text *ret) {
        set_size(layout, voice, size);
        pango_layout_set_width(layout, (int) (box->w * PANGO_SCALE));
        measure(layout, size, box->centred, ret);
        return fits(ret, box);
}

/* The narrowest width with as many lines: no lonely last word. */
static void balance(PangoLayout *layout, const TextBox *box, Text *t) {
        double low = box->w / t->lines * 0.6, high = box->w;
        int lines = t->lines;

        if (lines < 2 || t->cut)
                return;
        for (int i = 0; i < BALANCE_STEPS; i++) {
                double middle = (low + high) / 2;

                pango_layout_set_width(layout, (int) (middle * PANGO_SCALE));
                measure(layout, t->size, box->centred, t);
                if (t->lines == lines && t->w <= middle + 0.5)
                        high = middle;
                else
                        low = middle;
        }
        pango_layout_set_width(layout, (int) (high * PANGO_SCALE));
        measure(layout, t->size, box->centred, t);
}

/* The smallest size with as many lines as there is height for, broken anywhere, the rest cut off.
 */
static void cut(PangoLayout *layout, Voice voice, const TextBox *box, Text *ret) {
        double line = voices[voice].leading * box->size_min;
        int lines = 1 + (int) MAX_OF(0, (box->h - box->size_min * 0.75) / line);

        lines = MIN_OF(lines, box->lines_max);
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
        pango_layout_set_height(layout, -lines);
        (void) try_size(layout, voice, box->size_min, box, ret);
        ret->broken = !ret->cut;
}

/* The shortest line's share of the longest. */
static double evenness(PangoLayout *layout) {
        int longest = 1, shortest = INT_MAX;

        for (GSList *l = pango_layout_get_lines_readonly(layout); l; l = l->next) {
                PangoRectangle ink;

                pango_layout_line_get_extents(l->data, &ink, NULL);
                longest = MAX_OF(longest, ink.width);
                shortest = MIN_OF(shortest, ink.width);
        }
        return (double) shortest / longest;
}

/* The largest size that fits, or one a little smaller whose lines are of more equal length: a
 * lonely short word among long lines looks like a mistake. */
static bool find_size(PangoLayout *layout, Voice voice, const TextBox *box, Text *ret) {
        double first = 0;

        for (double size = MAX_OF(box->size_max, box->size_min); size >= box->size_min;
             size *= size_step) {
                if (first > 0 && size < first * size_even)
                        break;
                if (!try_size(layout, voice, size, box, ret))
                        continue;
                balance(layout, box, ret);
                if (ret->lines < 2 || evenness(layout) >= even_enough)
                        return true;
                if (first == 0)
                        first = size;
        }
        if (!try_size(layout, voice, first > 0 ? first : box->size_min, box, ret))
                return false;
        balance(layout, box, ret);
        return true;
}

void text_fit(Ad *ad, const char *s, Voice voice, const TextBox *box, Text *ret) {
        PangoLayout *layout;

        assert(ad);
        assert(s);
        assert(box && box->size_min > 0);
        assert(ret);

        layout = layout_new(ad, s, voice, box->centred);
        if (!find_size(layout, voice, box, ret))
                cut(layout, voice, box, ret);
}

void text_draw(Ad *ad, const Text *text, double x, double y, Colour c) {
        assert(ad);
        assert(text && text->layout);

        ad_note_words(ad, (Rect){text->centred ? x - text->w / 2 : x, y, text->w,
                                 text->h + text->descent});
        set_colour(ad->cr, c, 1);
        cairo_move_to(ad->cr, x - text->left, y - text->top);
        pango_cairo_show_layout(ad->cr, text->layout);
        cairo_new_path(ad->cr);
}

void text_done(Text *text) {
        assert(text);
        g_clear_object(&text->layout);
}
