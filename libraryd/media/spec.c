/* SPDX-License-Identifier: MIT */

#include "media/spec.h"

#include "base/parse.h"
#include "base/strv.h"
#include "media/info.h"

static const char *const members[] = {"width",      "height",     "headline", "subline", "cta",
                                      "brand_name", "logo",       "photo",    "primary", "accent",
                                      "ink",        "background", "layout",   "seed"};

static int check_members(const Json *j, Err *err) {
        if (!json_is_object(j))
                return err_set(err, -EINVAL, "drawing instructions are no object");
        for (const Json *m = json_first(j); m; m = json_next(m)) {
                const char *key = json_key(m), *near;
                bool known = false;

                for (size_t i = 0; i < ARRAY_LEN(members); i++)
                        known = known || (key && streq(key, members[i]));
                if (known)
                        continue;
                near = nearest_word(key ?: "", members, ARRAY_LEN(members));
                return err_set(err, -EINVAL, "unknown drawing instruction '%s'%s%s%s", key ?: "",
                               near ? ", did you mean '" : "", near ?: "", near ? "'?" : "");
        }
        return 0;
}

static int get_side(const Json *j, const char *key, int *ret, Err *err) {
        int64_t v;

        if (!json_int(j, key, &v) || v < DRAW_SIDE_MIN || v > DRAW_SIDE_MAX)
                return err_set(err, -EINVAL, "'%s' must be %d to %d pixels", key,
                               (int) DRAW_SIDE_MIN, (int) DRAW_SIDE_MAX);
        *ret = (int) v;
        return 0;
}

/* An absent, null or blank text is none. */
static int get_text(const Json *j, const char *key, const char **ret, Err *err) {
        const Json *m = json_get(j, key);
        const char *s = json_text(m);

        if (!s) {
                if (m && json_is_object(m))
                        return err_set(err, -EINVAL, "'%s' must be a text", key);
                *ret = NULL;
                return 0;
        }
        if (strlen(s) > DRAW_TEXT_MAX)
                return err_set(err, -EINVAL, "'%s' is longer than %d bytes", key,
                               (int) DRAW_TEXT_MAX);
        if (!utf8_is_valid(s, strlen(s)))
                return err_set(err, -EINVAL, "'%s' is not UTF-8", key);
        *ret = s[strspn(s, " \t\r\n")] ? s : NULL;
        return 0;
}

static int get_texts(const Json *j, AdSpec *a, Err *err) {
        int r;

        r = get_text(j, "headline", &a->headline, err);
        if (r >= 0)
                r = get_text(j, "subline", &a->subline, err);
        if (r >= 0)
                r = get_text(j, "cta", &a->cta, err);
        if (r >= 0)
                r = get_text(j, "brand_name", &a->brand_name, err);
        if (r < 0)
                return r;
        if (!a->headline)
                return err_set(err, -EINVAL, "'headline' is missing");
        return 0;
}

/* 1 = given, 0 = not. */
static int get_colour(const Json *j, const char *key, Colour *ret, Err *err) {
        const Json *m = json_get(j, key);
        const char *s = json_text(m);

        if (!m)
                return 0;
        if (!s || colour_parse(s, ret) < 0)
                return err_set(err, -EINVAL, "'%s' is no colour like \"#1f6feb\": '%s'", key,
                               s ?: "");
        return 1;
}

/* Combinations for brands that name no colour at all. */
static const Colour defaults[][2] = {
        {{0.09, 0.24, 0.36}, {1.00, 0.72, 0.20}}, {{0.05, 0.36, 0.33}, {1.00, 0.55, 0.42}},
        {{0.30, 0.17, 0.48}, {1.00, 0.77, 0.30}}, {{0.72, 0.22, 0.20}, {1.00, 0.82, 0.40}},
        {{0.10, 0.18, 0.55}, {0.30, 0.85, 0.75}}, {{0.15, 0.16, 0.20}, {1.00, 0.45, 0.30}},
};

/* The accent that stands out most from the leading colour. */
static Colour derive_accent(Colour primary) {
        static const Colour choices[] = {
                {1.00, 0.77, 0.24}, {1.00, 0.42, 0.34}, {0.18, 0.77, 0.71}, {0.12, 0.14, 0.24}};
        Colour best = choices[0];
        double most = 0;

        for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
                Colour c = choices[i];
                double dr = c.r - primary.r, dg = c.g - primary.g, db = c.b - primary.b;
                double distance = dr * dr + dg * dg + db * db;

                if (distance > most) {
                        most = distance;
                        best = c;
                }
        }
        return best;
}

static int get_colours(const Json *j, AdSpec *a, Err *err) {
        const Colour *fallback = defaults[a->seed % ARRAY_LEN(defaults)];
        int primary, accent, ink, background;

        primary = get_colour(j, "primary", &a->primary, err);
        accent = primary < 0 ? primary : get_colour(j, "accent", &a->accent, err);
        ink = accent < 0 ? accent : get_colour(j, "ink", &a->ink, err);
        background = ink < 0 ? ink : get_colour(j, "background", &a->background, err);
        if (background < 0)
                return background;
        if (!primary)
                a->primary = fallback[0];
        if (!accent)
                a->accent = primary ? derive_accent(a->primary) : fallback[1];
        if (!ink)
                a->ink = colour_shade(a->primary, -0.8);
        if (!background)
                a->background = colour_shade(a->primary, 0.93);
        return 0;
}

int spec_parse(const Json *instructions, AdSpec *ret, Err *err) {
        AdSpec a = {0};
        int64_t seed = 0;
        const char *layout;
        int r;

        assert(ret);

        r = check_members(instructions, err);
        if (r >= 0)
                r = get_side(instructions, "width", &a.width, err);
        if (r >= 0)
                r = get_side(instructions, "height", &a.height, err);
        if (r >= 0)
                r = get_texts(instructions, &a, err);
        if (r < 0)
                return r;
        if ((int64_t) a.width * a.height > MEDIA_PIXELS_MAX)
                return err_set(err, -EINVAL, "%dx%d are more than %d pixels", a.width, a.height,
                               (int) MEDIA_PIXELS_MAX);
        if (json_get(instructions, "seed") && (!json_int(instructions, "seed", &seed) || seed < 0))
                return err_set(err, -EINVAL, "'seed' must be a whole number >= 0");
        a.seed = (uint64_t) seed;
        r = get_colours(instructions, &a, err);
        if (r < 0)
                return r;
        layout = json_str(instructions, "layout");
        a.layout = layout && !streq(layout, "auto") ? layout : NULL;
        a.has_logo = json_str(instructions, "logo");
        a.has_photo = json_str(instructions, "photo");
        *ret = a;
        return 0;
}
