/* SPDX-License-Identifier: MIT */

#include "media/stack.h"

#include <math.h>

/* The scale of type and space, in units. */
static const double subline_size = 3.5, subline_least = 2.5;
static const double button_size = 2.95;
static const double headline_least = 4.2;
static const double legible_px = 9; /* nothing is ever set smaller */
static const double rule_width = 9, rule_height = 0.95, rule_gap = 4.2;
static const double headline_gap = 2.7; /* below what hangs from the headline */
static const double button_gap = 5.2;
static const double button_pad_x = 1.35, button_pad_y = 0.95; /* of its type size */
static const double arrow_space = 1.5;                        /* likewise */
static const double visible_contrast = 1.6; /* what a shape needs to be seen at all */
static const double beside_gap = 5;

typedef struct Stack {
        const StackPlan *plan;
        Text headline, subline, button;
        bool rule;
        Rect box;     /* of the words */
        double w, h;  /* of the words, and the button when it is below */
        double after; /* from the top to the end of the words */
        Rect button_rect;
} Stack;

static void stack_done(Stack *s) {
        text_done(&s->headline);
        text_done(&s->subline);
        text_done(&s->button);
}

static void fit_button(Ad *ad, Stack *s) {
        const double size = MAX_OF(button_size * ad->u, legible_px);
        TextBox box = {.w = s->plan->box.w * (s->plan->beside ? 0.4 : 0.9) - size * 4,
                       .h = 2 * size,
                       .size_max = size,
                       .size_min = MAX_OF(size * 0.75, legible_px),
                       .lines_max = 1};

        text_fit(ad, ad->spec->cta, VOICE_BUTTON, &box, &s->button);
        ad->overflow = ad->overflow || s->button.cut || s->button.broken;
        s->button_rect.w = s->button.w + (2 * button_pad_x + arrow_space) * s->button.size;
        s->button_rect.h = s->button.h + 2 * button_pad_y * s->button.size;
}

static void fit_subline(Ad *ad, Stack *s, double w) {
        TextBox box = {.w = w,
                       .h = s->box.h * 0.4,
                       .size_max = MAX_OF(subline_size * ad->u, legible_px),
                       .size_min = MAX_OF(subline_least * ad->u, legible_px),
                       .lines_max = 3,
                       .centred = s->plan->centred};

        text_fit(ad, ad->spec->subline, VOICE_PLAIN, &box, &s->subline);
}

/* What hangs below a last base line: as if it always did, or texts with and without a "g" would
 * stand differently. */
static double hanging(const Text *t) {
        return t->size * 0.24;
}

static double height_besides_headline(const Ad *ad, const Stack *s) {
        bool below = s->button.layout && !s->plan->beside;
        double h = 0;

        if (s->rule)
                h += (rule_height + (s->plan->centred ? headline_gap : rule_gap)) * ad->u;
        if (s->subline.layout)
                h += headline_gap * ad->u + s->subline.h;
        if (s->subline.layout || (s->rule && s->plan->centred) || !below)
                h += hanging(&s->headline);
        if (s->subline.layout && !below)
                h += hanging(&s->subline);
        if (below)
                h += button_gap * ad->u + s->button_rect.h;
        return h;
}

static bool fit_headline(Ad *ad, Stack *s) {
        TextBox box = {.w = s->box.w,
                       .size_max = s->plan->size_max * ad->u,
                       .size_min = MAX_OF(headline_least * ad->u, legible_px),
                       .lines_max = s->plan->lines_max,
                       .centred = s->plan->centred};

        for (int round = 0; round < 3; round++) { /* what hangs depends on the size it gets */
                double size = s->headline.layout ? s->headline.size : box.size_max * 0.6;

                text_done(&s->headline);
                s->headline.size = size;
                box.h = s->box.h - height_besides_headline(ad, s);
                text_fit(ad, ad->spec->headline, s->plan->voice, &box, &s->headline);
                if (s->headline.h + height_besides_headline(ad, s) <= s->box.h + 1)
                        return !s->headline.cut;
        }
        return false;
}

/* Everything if it fits; else the headline loses its company one by one. */
static void fit(Ad *ad, Stack *s) {
        bool fits;

        if (ad->spec->cta)
                fit_button(ad, s);
        if (s->plan->beside && s->button.layout)
                s->box.w -= s->button_rect.w + beside_gap * ad->u;
        if (ad->spec->subline)
                fit_subline(ad, s, s->box.w);
        fits = fit_headline(ad, s);
        if (!fits && s->rule) {
                s->rule = false;
                fits = fit_headline(ad, s);
        }
        ad->overflow =
                ad->overflow || !fits || s->headline.broken || s->subline.cut || s->subline.broken;
        if (fits)
                return;
        text_done(&s->subline);
        if (fit_headline(ad, s) || s->plan->beside)
                return;
        text_done(&s->button);
        (void) fit_headline(ad, s);
}

/* A soft-edged patch behind r: the last resort. */
static void veil(Ad *ad, Rect r, Colour c, double alpha) {
        cairo_pattern_t *p = cairo_pattern_create_radial(0, 0, 0, 0, 0, 1);

        cairo_pattern_add_color_stop_rgba(p, 0, c.r, c.g, c.b, alpha);
        cairo_pattern_add_color_stop_rgba(p, 0.66, c.r, c.g, c.b, alpha);
        cairo_pattern_add_color_stop_rgba(p, 1, c.r, c.g, c.b, 0);
        cairo_save(ad->cr);
        cairo_translate(ad->cr, r.x + r.w / 2, r.y + r.h / 2);
        cairo_scale(ad->cr, r.w * 0.95, r.h * 1.1 + 3 * ad->u);
        cairo_set_source(ad->cr, p);
        cairo_paint(ad->cr);
        cairo_restore(ad->cr);
        cairo_pattern_destroy(p);
}

Colour readable_in(Ad *ad, Rect r, Colour wish) {
        const Colour candidates[] = {wish, ad->spec->ink, COLOUR_WHITE, COLOUR_NEAR_BLACK,
                                     COLOUR_BLACK};
        Colour pick = wish;

        for (int round = 0; round < 4; round++) {
                LuminanceRange range = measure_luminance(ad, r);
                double most = 0;

                for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
                        double contrast = range_contrast(&range, candidates[i]);

                        if (contrast > most) {
                                most = contrast;
                                pick = candidates[i];
                        }
                        if (contrast >= CONTRAST_TEXT)
                                break;
                }
                if (most >= CONTRAST_TEXT || round == 3) {
                        ad->contrast = MIN_OF(ad->contrast, most);
                        break;
                }
                veil(ad, r, ad->ground, 0.7);
        }
        return pick;
}

static void draw_arrow(Ad *ad, double x, double y, double size, Colour c) {
        cairo_t *cr = ad->cr;
        double reach = size * 0.27;

        set_colour(cr, c, 1);
        cairo_set_line_width(cr, size * 0.11);
        cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
        cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
        cairo_move_to(cr, x, y);
        cairo_line_to(cr, x + size * 0.8, y);
        cairo_move_to(cr, x + size * 0.8 - reach, y - reach);
        cairo_line_to(cr, x + size * 0.8, y);
        cairo_line_to(cr, x + size * 0.8 - reach, y + reach);
        cairo_stroke(cr);
}

static void draw_button(Ad *ad, const Stack *s, Colour text) {
        const Rect r = s->button_rect;
        LuminanceRange below = measure_luminance(ad, r);
        Colour fill = s->plan->button, label = text;
        double pad = button_pad_x * s->button.size;

        ad_note_words(ad, r);
        path_rounded(ad->cr, r, r.h);
        if (s->plan->outline) {
                set_colour(ad->cr, text, 1);
                cairo_set_line_width(ad->cr, MAX_OF(1, ad->u * 0.28));
                cairo_stroke(ad->cr);
        } else {
                const Colour labels[] = {COLOUR_WHITE, ad->spec->ink, COLOUR_NEAR_BLACK,
                                         COLOUR_BLACK};

                if (range_contrast(&below, fill) < visible_contrast)
                        fill = text;
                label = colour_readable(fill, labels, ARRAY_LEN(labels), CONTRAST_TEXT);
                ad->contrast = MIN_OF(ad->contrast, colour_contrast(fill, label));
                set_colour(ad->cr, fill, 1);
                cairo_fill(ad->cr);
        }
        text_draw(ad, &s->button, r.x + pad, r.y + (r.h - s->button.h) / 2, label);
        draw_arrow(ad, r.x + pad + s->button.w + s->button.size * 0.7, r.y + r.h / 2,
                   s->button.size, label);
}

static void place(const Ad *ad, Stack *s) {
        const StackPlan *p = s->plan;
        double words = height_besides_headline(ad, s) + s->headline.h;

        s->h = words;
        s->w = MAX_OF(s->headline.w, s->subline.layout ? s->subline.w : 0);
        if (p->anchor == ANCHOR_MIDDLE)
                s->box.y += (s->box.h - words) / 2;
        else if (p->anchor == ANCHOR_BOTTOM)
                s->box.y += s->box.h - words;
        if (!s->button.layout)
                return;
        s->after = words - s->button_rect.h;
        s->button_rect.y = s->box.y + s->after;
        s->button_rect.x = p->centred ? p->box.x + (p->box.w - s->button_rect.w) / 2 : p->box.x;
        if (p->beside) {
                s->button_rect.x = p->box.x + p->box.w - s->button_rect.w;
                s->button_rect.y = s->box.y + (words - s->button_rect.h) / 2;
        }
}

static double draw_rule(Ad *ad, const Stack *s, double y, Colour text) {
        double w = rule_width * ad->u, h = rule_height * ad->u;
        Rect r = {s->box.x, y, w, h};
        LuminanceRange below;
        Colour c = s->plan->button;

        if (s->plan->centred) {
                h /= 3;
                r = (Rect){s->box.x + (s->box.w - w) / 2, y, w, h};
        }
        below = measure_luminance(ad, r);
        fill_rect(ad, r, range_contrast(&below, c) >= visible_contrast ? c : text);
        return rule_height * ad->u;
}

static void draw_words(Ad *ad, const Stack *s, Colour text) {
        const StackPlan *p = s->plan;
        double x = p->centred ? s->box.x + s->box.w / 2 : s->box.x, y = s->box.y;

        if (s->rule && !p->centred)
                y += draw_rule(ad, s, y, text) + rule_gap * ad->u;
        text_draw(ad, &s->headline, x, y, text);
        y += s->headline.h + hanging(&s->headline);
        if (s->rule && p->centred) {
                y += headline_gap * ad->u;
                y += draw_rule(ad, s, y, text);
        }
        if (s->subline.layout)
                text_draw(ad, &s->subline, x, y + headline_gap * ad->u, text);
}

void stack_draw(Ad *ad, const StackPlan *plan) {
        _cleanup_(stack_done) Stack s = {.plan = plan, .box = plan->box};
        Rect words;
        Colour text;

        assert(ad);
        assert(plan);

        s.rule = plan->rule;
        fit(ad, &s);
        place(ad, &s);
        words = (Rect){plan->centred ? s.box.x + (s.box.w - s.w) / 2 : s.box.x, s.box.y, s.w, s.h};
        text = readable_in(ad, words, plan->text);
        draw_words(ad, &s, text);
        if (s.button.layout)
                draw_button(ad, &s, text);
}
