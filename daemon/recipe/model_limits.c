/* SPDX-License-Identifier: MIT */

/* Values held against what models.yaml says of a model. */

#include "base/parse.h"
#include "base/strbuf.h"
#include "recipe/config.h"

enum {
        LISTED_MAX = 260, /* bytes of a list of values in a sentence */
};

const Model *config_model(const Config *c, const char *driver, const char *model) {
        assert(c);
        assert(driver);
        assert(model);
        for (size_t i = 0; i < c->n_models; i++)
                if (streq(c->models[i].driver, driver) && streq(c->models[i].model, model))
                        return &c->models[i];
        return NULL;
}

int64_t config_result_kept_ms(const Config *c, const char *driver) {
        assert(c);
        assert(driver);
        for (size_t i = 0; i < c->n_results; i++)
                if (streq(c->results[i].driver, driver))
                        return c->results[i].kept_ms;
        return 0;
}

/* The limit of a parameter for jobs with so many references; NULL: none said. */
static const ModelLimit *limit_of(const Model *model, const char *param, size_t n_references) {
        LimitScope now = n_references > 0 ? LIMIT_WITH_REFERENCES : LIMIT_WITHOUT_REFERENCES;
        const ModelLimit *found = NULL;

        for (size_t i = 0; i < model->n_limits; i++) {
                const ModelLimit *l = &model->limits[i];

                if (streq(l->param, param) &&
                    (l->scope == now || (l->scope == LIMIT_ALWAYS && !found)))
                        found = l;
        }
        return found;
}

static bool is_refused(const ModelLimit *l) {
        return l && l->n_words == 0 && !l->bounded;
}

bool model_has_param(const Model *model, const char *param, size_t n_references) {
        assert(model);
        assert(param);
        return !is_refused(limit_of(model, param, n_references));
}

/* ---- sentences ---------------------------------------------------------------------------- */

static void list_words(const ModelLimit *l, StrBuf *ret) {
        for (size_t i = 0; i < l->n_words; i++) {
                if (ret->len + strlen(l->words[i]) + 8 > LISTED_MAX) {
                        (void) strbuf_printf(ret, ", and %zu more", l->n_words - i);
                        return;
                }
                (void) strbuf_printf(ret, "%s%s", i > 0 ? ", " : "", l->words[i]);
        }
}

static int no_word(const Model *model, const ModelLimit *l, const char *text, Err *err) {
        _cleanup_(strbuf_done) StrBuf list = STRBUF_INIT(2 * LISTED_MAX);
        const char *near = nearest_word(text, l->words, l->n_words);

        list_words(l, &list);
        return err_set(err, -EINVAL, "'%s' is no '%s' of model '%s'%s; it takes %s%s%s%s", text,
                       l->param, model->model,
                       l->scope == LIMIT_WITH_REFERENCES      ? " with references"
                       : l->scope == LIMIT_WITHOUT_REFERENCES ? " without references"
                                                              : "",
                       strbuf_text(&list), near ? "; did you mean '" : "", near ? near : "",
                       near ? "'?" : "");
}

/* ---- checks ------------------------------------------------------------------------------- */

/* However it is written: 08 is 8, no is false. */
static bool is_same(ParamType type, const char *a, const char *b) {
        int64_t x, y;
        bool p, q;

        if (streq(a, b))
                return true;
        if (type == PARAM_INT)
                return parse_int(a, INT64_MIN, INT64_MAX, &x) >= 0 &&
                       parse_int(b, INT64_MIN, INT64_MAX, &y) >= 0 && x == y;
        return type == PARAM_BOOL && parse_bool(a, &p) >= 0 && parse_bool(b, &q) >= 0 && p == q;
}

static bool is_word(const ModelLimit *l, ParamType type, const char *text) {
        for (size_t i = 0; i < l->n_words; i++)
                if (is_same(type, l->words[i], text))
                        return true;
        return false;
}

static int check_number(const Model *model, const ModelLimit *l, const char *text, Err *err) {
        int64_t v;

        if (parse_int(text, INT64_MIN, INT64_MAX, &v) < 0 || (v >= l->min && v <= l->max))
                return 0;
        return err_set(err, -EINVAL, "'%s' is no '%s' of model '%s'; it takes %lld to %lld", text,
                       l->param, model->model, (long long) l->min, (long long) l->max);
}

static int check_size(const Model *model, const ModelLimit *l, const char *text, Err *err) {
        int64_t longer, shorter;
        int w, h;

        if (parse_size_2d(text, &w, &h) < 0)
                return 0;
        longer = MAX_OF(w, h);
        shorter = MIN_OF(w, h);
        if (l->multiple_of > 0 && (w % l->multiple_of || h % l->multiple_of))
                return err_set(err, -EINVAL,
                               "'%s' is no '%s' of model '%s'; both sides must be multiples of "
                               "%lld",
                               text, l->param, model->model, (long long) l->multiple_of);
        if (l->max_edge > 0 && longer > l->max_edge)
                return err_set(err, -EINVAL,
                               "'%s' is no '%s' of model '%s'; no side may be longer than %lld",
                               text, l->param, model->model, (long long) l->max_edge);
        if (l->max_ratio > 0 && longer > shorter * l->max_ratio)
                return err_set(err, -EINVAL,
                               "'%s' is no '%s' of model '%s'; it takes 1:%lld to %lld:1", text,
                               l->param, model->model, (long long) l->max_ratio,
                               (long long) l->max_ratio);
        if ((l->min_pixels > 0 && longer * shorter < l->min_pixels) ||
            (l->max_pixels > 0 && longer * shorter > l->max_pixels))
                return err_set(err, -EINVAL,
                               "'%s' is no '%s' of model '%s'; it takes %lld to %lld pixels", text,
                               l->param, model->model, (long long) l->min_pixels,
                               (long long) l->max_pixels);
        return 0;
}

int model_takes(const Model *model, const ParamSpec *spec, const char *text, size_t n_references,
                Err *err) {
        const ModelLimit *l;

        assert(model);
        assert(spec);
        assert(text);
        l = limit_of(model, spec->name, n_references);
        if (!l)
                return 0;
        if (is_refused(l))
                return err_set(err, -EINVAL, "model '%s' takes no '%s'%s", model->model, spec->name,
                               l->scope == LIMIT_WITH_REFERENCES      ? " with references"
                               : l->scope == LIMIT_WITHOUT_REFERENCES ? " without references"
                                                                      : "");
        if (l->n_words > 0)
                return is_word(l, spec->type, text) ? 0 : no_word(model, l, text, err);
        return spec->type == PARAM_SIZE ? check_size(model, l, text, err)
                                        : check_number(model, l, text, err);
}

int model_takes_prompt(const Model *model, const char *prompt, Err *err) {
        int64_t n = 0;

        assert(model);
        assert(prompt);
        if (model->prompt_max == 0)
                return 0;
        for (const unsigned char *p = (const unsigned char *) prompt; *p; p++)
                n += (*p & 0xc0) != 0x80 ? 1 + (*p >= 0xf0) : 0;
        if (n <= model->prompt_max)
                return 0;
        return err_set(err, -EINVAL, "the prompt has %lld characters; model '%s' takes %lld",
                       (long long) n, model->model, (long long) model->prompt_max);
}
