/* SPDX-License-Identifier: MIT */

/* Values of driver parameters: from the text a recipe holds to what the driver's table asks for. */

#include <stdio.h>

#include "base/parse.h"
#include "provider/driver.h"

enum {
        PARAM_WORDS_MAX = 64,
        PARAM_TEXT_MAX = 4096, /* bytes of one value */
        COLOUR_TEXT_MAX = 8,   /* "#rrggbb" */
};

static size_t count_words(const char *const *words) {
        size_t n = 0;

        while (words[n])
                n++;
        return n;
}

static int check_word(const ParamSpec *spec, const char *text, Err *err) {
        char list[512] = "";
        const char *near;
        size_t n = count_words(spec->words), used = 0;

        assert(n > 0 && n <= PARAM_WORDS_MAX);
        for (size_t i = 0; i < n; i++)
                if (streq(spec->words[i], text))
                        return 0;
        near = nearest_word(text, spec->words, n);
        if (near)
                return err_set(err, -EINVAL, "'%s' is no value of '%s'; did you mean '%s'?", text,
                               spec->name, near);
        for (size_t i = 0; i < n && used < sizeof list; i++) {
                int k = snprintf(list + used, sizeof list - used, "%s%s", i ? ", " : "",
                                 spec->words[i]);

                used += k > 0 ? (size_t) k : 0;
        }
        return err_set(err, -EINVAL, "'%s' is no value of '%s'; it takes one of %s", text,
                       spec->name, list);
}

static int check_int(const ParamSpec *spec, const char *text, Err *err) {
        int64_t v;

        if (parse_int(text, spec->min, spec->max, &v) < 0)
                return err_set(
                        err, -EINVAL,
                        "'%s' is no value of '%s'; it takes a whole number from %lld to %lld", text,
                        spec->name, (long long) spec->min, (long long) spec->max);
        return 0;
}

/* A finite decimal number; JSON's grammar, so that what passes here can be written there. */
static int check_number(const ParamSpec *spec, const char *text, Err *err) {
        _cleanup_(json_freep) Json *holder = json_new_object();
        Json *value = NULL;
        double d;
        int r;

        if (!holder)
                return -ENOMEM;
        r = json_parse(text, strlen(text), &value, NULL);
        if (r == -ENOMEM)
                return r;
        if (r >= 0) {
                r = json_add(holder, "n", value);
                if (r < 0)
                        return r;
        }
        if (json_is_string(json_get(holder, "n")) || !json_number(holder, "n", &d))
                return err_set(err, -EINVAL, "'%s' is no value of '%s'; it takes a number", text,
                               spec->name);
        return 0;
}

static int check_size(const ParamSpec *spec, const char *text, Err *err) {
        int w, h;

        if (parse_size_2d(text, &w, &h) < 0)
                return err_set(
                        err, -EINVAL,
                        "'%s' is no value of '%s'; it takes width x height in pixels: 1080x1920",
                        text, spec->name);
        return 0;
}

static int check_colour(const ParamSpec *spec, const char *text, Err *err) {
        size_t n = strlen(text);
        bool good = text[0] == '#' && (n == 4 || n == 7);

        for (size_t i = 1; good && i < n; i++)
                good = hex_digit(text[i]) >= 0;
        if (!good)
                return err_set(err, -EINVAL,
                               "'%s' is no value of '%s'; it takes a colour: \"#1a2b3c\"", text,
                               spec->name);
        return 0;
}

static int check_text(const ParamSpec *spec, const char *text, Err *err) {
        bool path = spec->type == PARAM_PATH;

        for (const unsigned char *p = (const unsigned char *) text; *p; p++)
                if (*p == 0x7f || (*p < 0x20 && (path || (*p != '\n' && *p != '\t'))))
                        return err_set(err, -EINVAL, "the value of '%s' has a control character",
                                       spec->name);
        return 0;
}

int param_check(const ParamSpec *spec, const char *text, Err *err) {
        bool bool_value;

        assert(spec);
        assert(text);

        if (strlen(text) > PARAM_TEXT_MAX)
                return err_set(err, -EINVAL, "the value of '%s' is longer than %d bytes",
                               spec->name, PARAM_TEXT_MAX);
        if (!utf8_is_valid(text, strlen(text)))
                return err_set(err, -EINVAL, "the value of '%s' is not UTF-8", spec->name);
        if (text[0] == '\0' && (spec->required || spec->type != PARAM_TEXT))
                return err_set(err, -EINVAL, "the value of '%s' is empty", spec->name);
        switch (spec->type) {
        case PARAM_WORD:
                return check_word(spec, text, err);
        case PARAM_TEXT:
        case PARAM_PATH:
                return check_text(spec, text, err);
        case PARAM_INT:
                return check_int(spec, text, err);
        case PARAM_BOOL:
                if (parse_bool(text, &bool_value) < 0)
                        return err_set(err, -EINVAL,
                                       "'%s' is no value of '%s'; it takes true or false", text,
                                       spec->name);
                return 0;
        case PARAM_NUMBER:
                return check_number(spec, text, err);
        case PARAM_SIZE:
                return check_size(spec, text, err);
        case PARAM_COLOUR:
                return check_colour(spec, text, err);
        }
        assert_not_reached();
        return -EINVAL;
}

/* "#abc" and "#AABBCC" become "#aabbcc": whoever draws has one form to read, and equal colours are
 * equal text in the library. */
static void colour_normalise(const char *text, char ret[static COLOUR_TEXT_MAX]) {
        bool brief = strlen(text) == 4;

        ret[0] = '#';
        for (size_t i = 0; i < 6; i++) {
                char c = text[1 + (brief ? i / 2 : i)];

                ret[1 + i] = c >= 'A' && c <= 'F' ? (char) (c - 'A' + 'a') : c;
        }
        ret[7] = '\0';
}

static int add_number(const ParamSpec *spec, const char *text, Json *object) {
        Json *value;
        int r;

        r = json_parse(text, strlen(text), &value, NULL);
        if (r < 0)
                return r;
        return json_add(object, spec->name, value);
}

int param_to_json(const ParamSpec *spec, const char *text, Json *object) {
        char colour[COLOUR_TEXT_MAX];
        bool bool_value;
        int64_t v;
        int r;

        assert(spec);
        assert(text);
        assert(object);

        r = param_check(spec, text, NULL);
        if (r < 0)
                return r;
        switch (spec->type) {
        case PARAM_WORD:
        case PARAM_TEXT:
        case PARAM_SIZE:
        case PARAM_PATH:
                return json_add_str(object, spec->name, text);
        case PARAM_COLOUR:
                colour_normalise(text, colour);
                return json_add_str(object, spec->name, colour);
        case PARAM_INT:
                r = parse_int(text, spec->min, spec->max, &v);
                return r < 0 ? r : json_add_int(object, spec->name, v);
        case PARAM_BOOL:
                r = parse_bool(text, &bool_value);
                return r < 0 ? r : json_add_bool(object, spec->name, bool_value);
        case PARAM_NUMBER:
                return add_number(spec, text, object);
        }
        assert_not_reached();
        return -EINVAL;
}
