/* SPDX-License-Identifier: MIT */

/* One value of a term: words and placements looked up, ranges read into [low, high]. */

#include <stdio.h>

#include "base/parse.h"
#include "core/filter_parse.h"

enum {
        RATIO_TOLERANCE = 100, /* a hundredth: 1088x1920 is 9:16 */
        PLACEMENTS_MAX = 4096, /* of one query */
};

static int bad_value(const AlField *field, const char *text, Err *err) {
        return err_set(err, -EINVAL, "'%s' is no value of '%s': write %s, such as %s", text,
                       field->name, al_field_values(field->type), field->example);
}

/* Appends what was probably meant. */
static int unknown_word(const AlField *field, const char *text, const char *near, Err *err) {
        const char *what = field->type == AL_FIELD_FITS ? "placement" : field->name;

        if (near)
                return err_set(err, -EINVAL, "there is no %s '%s'; did you mean '%s'?", what, text,
                               near);
        return err_set(err, -EINVAL, "there is no %s '%s'", what, text);
}

static int parse_word(const AlField *field, FilterValue *v, Err *err) {
        size_t n = 0;

        for (; field->words[n]; n++)
                if (streq(field->words[n], v->text)) {
                        v->low = v->high = (int64_t) n;
                        return 0;
                }
        return unknown_word(field, v->text, nearest_word(v->text, field->words, n), err);
}

/* "2026-11-23", "2026-11-23T02:00:00Z", "14d" or "-14d" before now, "+7d" after. A day has a
 * length; *ret_open when it is an age: alone, it begins a range. */
static int parse_when(const char *s, int64_t now_ms, int64_t *ret_low, int64_t *ret_high,
                      bool *ret_open) {
        static const int64_t day_ms = INT64_C(24) * 3600 * 1000;
        int64_t ms;
        int r;

        if (parse_date(s, ret_low) == 0) {
                *ret_high = *ret_low + day_ms - 1;
                return 0;
        }
        *ret_open = !strchr(s, 'T');
        if (s[0] == '+') {
                r = parse_duration(s + 1, &ms);
                if (r >= 0 && __builtin_add_overflow(ms, now_ms, &ms))
                        return -ERANGE;
        } else {
                r = parse_since(s, now_ms, &ms);
        }
        if (r >= 0)
                *ret_low = *ret_high = ms;
        return r;
}

int64_t filter_ratio(int64_t width, int64_t height) {
        assert(width >= 0 && height > 0);
        return width * 1000000 / height;
}

/* One end of a range. */
static int parse_amount(const AlField *field, const char *s, int64_t now_ms, int64_t *ret_low,
                        int64_t *ret_high, bool *ret_open) {
        uint64_t bytes;
        int w, h, r;

        switch (field->type) {
        case AL_FIELD_NUMBER:
                r = parse_int(s, 0, INT64_MAX - 1, ret_low);
                break;
        case AL_FIELD_BYTES:
                r = parse_bytes(s, &bytes);
                if (r >= 0 && bytes >= INT64_MAX)
                        return -ERANGE;
                if (r >= 0)
                        *ret_low = (int64_t) bytes;
                break;
        case AL_FIELD_DURATION:
                r = parse_duration(s, ret_low);
                break;
        case AL_FIELD_MONEY:
                r = parse_money(s, ret_low);
                break;
        case AL_FIELD_RATIO:
                r = parse_ratio(s, &w, &h);
                if (r >= 0)
                        *ret_low = filter_ratio(w, h);
                break;
        default:
                return parse_when(s, now_ms, ret_low, ret_high, ret_open);
        }
        if (r >= 0)
                *ret_high = *ret_low;
        return r;
}

/* "A..B", either end open. */
static int parse_span(const AlField *field, char *text, char *dots, int64_t now_ms,
                      FilterValue *v) {
        int64_t ignored;
        bool open;
        int r = 0;

        *dots = 0;
        if (!text[0] && !dots[2])
                return -EINVAL;
        if (text[0])
                r = parse_amount(field, text, now_ms, &v->low, &ignored, &open);
        if (r >= 0 && dots[2])
                r = parse_amount(field, dots + 2, now_ms, &ignored, &v->high, &open);
        return r;
}

/* ">=A" and the like, or A alone. */
static int parse_compared(const AlField *field, const char *s, int64_t now_ms, FilterValue *v) {
        bool more = s[0] == '>', less = s[0] == '<', open = false;
        bool equal = s[more || less] == '=';
        int64_t low, high;
        int r = parse_amount(field, s + (more || less) + equal, now_ms, &low, &high, &open);

        if (r < 0)
                return r;
        if (more)
                v->low = equal ? low : high + (high < INT64_MAX);
        else if (less)
                v->high = equal ? high : low - 1;
        else if (open || field->type == AL_FIELD_SINCE)
                v->low = low;
        else if (field->type == AL_FIELD_RATIO) {
                v->low = low - low / RATIO_TOLERANCE;
                v->high = high + high / RATIO_TOLERANCE;
        } else {
                v->low = low;
                v->high = high;
        }
        return 0;
}

static int parse_range(const AlField *field, int64_t now_ms, FilterValue *v, Err *err) {
        _cleanup_(freep) char *copy = strdup(v->text);
        FilterValue range = {.text = v->text, .low = INT64_MIN, .high = INT64_MAX};
        char *dots;
        int r;

        if (!copy)
                return err_set(err, -ENOMEM, "out of memory");
        dots = field->type == AL_FIELD_SINCE ? NULL : strstr(copy, "..");
        r = dots ? parse_span(field, copy, dots, now_ms, &range)
                 : parse_compared(field, copy, now_ms, &range);
        if (r < 0)
                return bad_value(field, v->text, err);
        *v = range;
        return 0;
}

int filter_value_parse(const AlField *field, int64_t now_ms, FilterValue *v, Err *err) {
        assert(v && v->text);
        if (!field)
                return 0;
        if (field->type == AL_FIELD_WORD)
                return parse_word(field, v, err);
        return al_field_is_range(field->type) ? parse_range(field, now_ms, v, err) : 0;
}

static int unknown_placement(Parser *p, const char *text) {
        _cleanup_(strv_done) Strv names = {0};

        if (fits_names(&p->fits, &names) < 0)
                return err_set(p->err, -ENOMEM, "out of memory");
        return unknown_word(al_field("fits"), text,
                            nearest_word(text, (const char *const *) names.items, names.n), p->err);
}

int filter_placement(Parser *p, FilterValue *v) {
        AlFilter *f = p->filter;
        AlPlacement *all;
        size_t first, n;

        assert(v && v->text);
        if (!p->fits.items) {
                int r = fits_load(p->lib, &p->fits, p->err);

                if (r < 0)
                        return r;
        }
        if (!fits_find(&p->fits, v->text, &first, &n))
                return unknown_placement(p, v->text);
        if (f->n_placements + n > PLACEMENTS_MAX)
                return err_set(p->err, -E2BIG, "the query names more than %d placements",
                               (int) PLACEMENTS_MAX);
        all = reallocarray(f->placements, f->n_placements + n, sizeof *all);
        if (!all)
                return err_set(p->err, -ENOMEM, "out of memory");
        f->placements = all;
        v->low = (int64_t) f->n_placements;
        for (size_t i = 0; i < n; i++) {
                all[f->n_placements] = p->fits.items[first + i];
                all[f->n_placements++].name = NULL; /* the table goes before the filter */
        }
        v->high = (int64_t) f->n_placements - 1;
        return 0;
}
