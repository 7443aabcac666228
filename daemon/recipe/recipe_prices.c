/* SPDX-License-Identifier: MIT */

/* Warnings about the prices of a good recipe. They stop nothing: a job without a price is refused
 * when it is planned. */

#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "recipe/recipe_internal.h"

enum {
        COMBINATIONS_MAX = 1000, /* of parameter values looked at */
        WHEN_MAX = 16,           /* parameters that prices of one model depend on */
        COMBINATION_TEXT_MAX = 300,
        OLD_DAYS = 90,
};
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define SOON_MS (30 * DAY_MS)

typedef struct PriceCheck {
        Reader *r;
        const Loading *l;
        const Recipe *recipe;
        const Node *model; /* where the recipe names it */
        const char *driver;
        const RecipeParam *params[WHEN_MAX]; /* of the recipe, that some price looks at */
        size_t n;
        size_t at[WHEN_MAX]; /* the combination at hand */
} PriceCheck;

static bool is_ours(const PriceCheck *c, const Price *p) {
        return streq(p->driver, c->driver) && streq(p->model, c->recipe->model);
}

/* Both days are meant whole. */
static bool valid_at(const Price *p, int64_t now_ms) {
        return now_ms >= p->valid_from_ms &&
               (p->valid_to_ms == 0 || now_ms < p->valid_to_ms + DAY_MS);
}

static const char *param_text(const PriceCheck *c, const char *name) {
        for (size_t i = 0; i < c->n; i++)
                if (streq(c->params[i]->name, name))
                        return c->params[i]->choices[c->at[i]].text;
        return NULL;
}

/* A template may become anything: it is given the benefit of the doubt. */
static bool matches(const PriceCheck *c, const Price *p) {
        for (size_t i = 0; i < p->n_when; i++) {
                const char *text = param_text(c, p->when[i].key);

                if (!text || (!streq(text, p->when[i].value) && !strstr(text, "{{")))
                        return false;
        }
        return true;
}

/* ---- one price that is used --------------------------------------------------------------- */

/* The entry that takes over when p ends. */
static const Price *successor(const PriceCheck *c, const Price *p) {
        const Config *config = c->l->config;

        for (size_t i = 0; i < config->n_prices; i++) {
                const Price *q = &config->prices[i];

                if (q != p && is_ours(c, q) && q->unit == p->unit && matches(c, q) &&
                    valid_at(q, p->valid_to_ms + DAY_MS))
                        return q;
        }
        return NULL;
}

static void warn_end(const PriceCheck *c, const Price *p) {
        const Price *next = successor(c, p);
        char day[TIME_TEXT_MAX], now[MONEY_TEXT_MAX], then[MONEY_TEXT_MAX];

        time_format_utc(p->valid_to_ms, day);
        day[10] = 0; /* the date */
        money_format(p->micros, now);
        if (!next) {
                reader_problem(c->r, PROBLEM_WARNING, p->place,
                               "price of '%s' ends on %s and nothing follows: its jobs will be "
                               "refused; add what comes then",
                               p->model, day);
                return;
        }
        money_format(next->micros, then);
        reader_problem(c->r, PROBLEM_WARNING, p->place,
                       "price of '%s' changes after %s from %s to %s", p->model, day, now, then);
}

static void check_entry(const PriceCheck *c, size_t i) {
        const Price *p = &c->l->config->prices[i];
        int64_t days = (c->l->now_ms - p->as_of_ms) / DAY_MS;

        if (c->l->price_warned[i])
                return;
        c->l->price_warned[i] = true;
        if (days > OLD_DAYS)
                reader_problem(c->r, PROBLEM_WARNING, p->place,
                               "price of '%s' is %lld days old: look again and set 'as_of'",
                               p->model, (long long) days);
        if (p->valid_to_ms > 0 && p->valid_to_ms + DAY_MS - c->l->now_ms <= SOON_MS)
                warn_end(c, p);
}

/* ---- all combinations --------------------------------------------------------------------- */

static bool combination_priced(const PriceCheck *c) {
        const Config *config = c->l->config;
        bool priced = false;

        for (size_t i = 0; i < config->n_prices; i++)
                if (is_ours(c, &config->prices[i]) && matches(c, &config->prices[i]) &&
                    valid_at(&config->prices[i], c->l->now_ms)) {
                        check_entry(c, i);
                        priced = true;
                }
        return priced;
}

static void warn_unpriced(const PriceCheck *c) {
        _cleanup_(strbuf_done) StrBuf with = STRBUF_INIT(COMBINATION_TEXT_MAX);

        for (size_t i = 0; i < c->n; i++)
                (void) strbuf_printf(&with, "%s%s: %s", i > 0 ? ", " : " with ", c->params[i]->name,
                                     shown(c->params[i]->choices[c->at[i]].text).text);
        reader_warning(c->r, c->model,
                       "no price matches model '%s' of driver '%s'%s today: those jobs will be "
                       "refused; add one to prices.yaml",
                       shown(c->recipe->model).text, c->driver, strbuf_text(&with));
}

static void use_param(PriceCheck *c, const char *name) {
        for (size_t i = 0; i < c->n; i++)
                if (streq(c->params[i]->name, name))
                        return;
        for (size_t i = 0; i < c->recipe->n_params && c->n < WHEN_MAX; i++)
                if (streq(c->recipe->params[i].name, name))
                        c->params[c->n++] = &c->recipe->params[i];
}

static bool advance(PriceCheck *c) {
        for (size_t i = c->n; i-- > 0;) {
                if (++c->at[i] < c->params[i]->n)
                        return true;
                c->at[i] = 0;
        }
        return false;
}

static void check_prices(PriceCheck *c) {
        const Config *config = c->l->config;
        size_t combinations = 0;

        for (size_t i = 0; i < config->n_prices; i++)
                for (size_t k = 0; is_ours(c, &config->prices[i]) && k < config->prices[i].n_when;
                     k++)
                        use_param(c, config->prices[i].when[k].key);
        do
                if (!combination_priced(c)) {
                        warn_unpriced(c);
                        return;
                }
        while (++combinations < COMBINATIONS_MAX && advance(c));
}

void recipe_check_prices(Reader *r, const Loading *l, const Recipe *recipe, const Node *model) {
        const ProviderConfig *provider;
        const Driver *driver;
        PriceCheck c = {.r = r, .l = l, .recipe = recipe, .model = model};

        assert(r);
        assert(l);
        assert(recipe);
        provider = config_provider(l->config, recipe->provider);
        driver = provider && provider->driver ? driver_find(provider->driver) : NULL;
        if (!driver || !recipe->model)
                return;
        c.driver = driver->name;
        if (!driver->free)
                check_prices(&c);
}
