/* SPDX-License-Identifier: MIT */

/*
 * pregend models: what models.yaml and prices.yaml say, and with --probe what the providers say
 * themselves: a model that is known and not listed is gone (or not open to this key), one that is
 * listed and not known is new. Free calls; nothing is generated.
 */

#include <stdio.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "cmds.h"
#include "models_probe.h"

enum {
        PRICE_TEXT_MAX = 64,
        KINDS_TEXT_MAX = 32,
        SUCCESSOR_WIDTH_MAX = 40,
};
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define SOON_MS (30 * DAY_MS)

static int arg_format;
static bool arg_probe;

static const CliOption options[] = {
        {.name = "probe",
         .type = CLI_FLAG,
         .target = &arg_probe,
         .help = "ask every provider of the settings that lists its models, and compare; costs "
                 "nothing"},
        APP_FORMAT_OPTION(arg_format),
};

const CliOption *cmd_models_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* What one provider of the settings says. */
typedef struct Answer {
        const ProviderConfig *provider;
        ModelList list;
        bool listed; /* it has such a list, and it came */
} Answer;

typedef struct Models {
        const Config *config;
        Answer *answers; /* one a provider */
        int64_t now_ms;
        bool failed; /* a list did not come */
} Models;

static void models_done(Models *m) {
        for (size_t i = 0; m->answers && i < m->config->settings.n_providers; i++)
                model_list_done(&m->answers[i].list);
        free(m->answers);
}

/* ---- asking ------------------------------------------------------------------------------- */

static int probe_all(Models *m) {
        const Settings *s = &m->config->settings;

        for (size_t i = 0; i < s->n_providers; i++) {
                Answer *a = &m->answers[i];
                Err err = {0};
                int r;

                a->provider = &s->providers[i];
                r = arg_probe ? models_probe(a->provider, &a->list, &err) : AL_NOT_FOUND;
                if (r == -ENOMEM)
                        return r;
                a->listed = r == AL_OK;
                if (r < 0) {
                        m->failed = true;
                        log_error("provider '%s': %s", a->provider->name, err_text(&err));
                }
        }
        return 0;
}

/* Whether a provider of that driver lists the model: 1 yes, 0 no, -1 none was asked. *ret_ends: the
 * day it says. */
static int is_listed(const Models *m, const char *driver, const char *model,
                     const char **ret_ends) {
        int found = -1;

        for (size_t i = 0; i < m->config->settings.n_providers; i++) {
                const Answer *a = &m->answers[i];

                if (!a->listed || !streq(a->provider->driver, driver))
                        continue;
                found = MAX_OF(found, 0);
                for (size_t k = 0; k < a->list.n; k++)
                        if (streq(a->list.items[k].name, model)) {
                                *ret_ends = a->list.items[k].ends;
                                return 1;
                        }
        }
        return found;
}

static bool is_known(const Config *c, const char *model) {
        for (size_t i = 0; i < c->n_models; i++)
                if (streq(c->models[i].model, model))
                        return true;
        return false;
}

/* Providers of one system list the same: each new name is told once. */
static bool told_before(const Models *m, size_t answer, const char *model) {
        for (size_t i = 0; i < answer; i++)
                if (m->answers[i].listed && model_list_has(&m->answers[i].list, model))
                        return true;
        return false;
}

/* ---- words -------------------------------------------------------------------------------- */

static const char *unit_noun(PriceUnit unit) {
        switch (unit) {
        case UNIT_IMAGE:
                return "image";
        case UNIT_SECOND:
                return "second";
        case UNIT_CALL:
                return "call";
        case UNIT_MILLION_IMAGE_TOKENS:
                return "M image tokens";
        case UNIT_MILLION_OUTPUT_TOKENS:
                return "M output tokens";
        case UNIT_MILLION_INPUT_TOKENS:
                return "M input tokens";
        case UNIT_CREDIT:
                return "credit";
        case _UNIT_MAX:
        case _UNIT_INVALID:
                break;
        }
        assert_not_reached();
        return NULL;
}

/* "$0.0336 an image": of the first of these units that has a price today, the least. */
static void price_text(const Models *m, const char *driver, const char *model,
                       char ret[static PRICE_TEXT_MAX]) {
        static const PriceUnit units[] = {UNIT_IMAGE,
                                          UNIT_SECOND,
                                          UNIT_CALL,
                                          UNIT_MILLION_IMAGE_TOKENS,
                                          UNIT_MILLION_OUTPUT_TOKENS,
                                          UNIT_MILLION_INPUT_TOKENS,
                                          UNIT_CREDIT};
        Micros least[_UNIT_MAX], most[_UNIT_MAX];
        char money[MONEY_TEXT_MAX];

        for (size_t u = 0; u < _UNIT_MAX; u++)
                least[u] = most[u] = -1;
        for (size_t i = 0; i < m->config->n_prices; i++) {
                const Price *p = &m->config->prices[i];

                if (!streq(p->driver, driver) || !streq(p->model, model) ||
                    p->valid_from_ms > m->now_ms ||
                    (p->valid_to_ms > 0 && p->valid_to_ms + DAY_MS <= m->now_ms))
                        continue;
                if (least[p->unit] < 0 || p->micros < least[p->unit])
                        least[p->unit] = p->micros;
                most[p->unit] = MAX_OF(most[p->unit], p->micros);
        }
        ret[0] = '\0';
        for (size_t u = 0; u < ARRAY_LEN(units) && !ret[0]; u++) {
                if (least[units[u]] < 0)
                        continue;
                money_format(least[units[u]], money);
                (void) snprintf(ret, PRICE_TEXT_MAX, "%s%s/%s",
                                least[units[u]] < most[units[u]] ? "from " : "", money,
                                unit_noun(units[u]));
        }
}

static void kinds_text(unsigned kinds, char ret[static KINDS_TEXT_MAX]) {
        size_t used = 0;

        ret[0] = '\0';
        for (unsigned k = 0; k < _KIND_MAX; k++)
                if (kinds & (1u << k))
                        used += (size_t) snprintf(ret + used, KINDS_TEXT_MAX - used, "%s%s",
                                                  used > 0 ? "," : "",
                                                  asset_kind_word((AssetKind) k));
}

static const char *state_word(const Model *model, int listed, int64_t now_ms) {
        bool ended = model->shutdown_ms > 0 && model->shutdown_ms <= now_ms;

        if (listed == 1)
                return ended ? "listed still" : "listed";
        if (ended)
                return "ended";
        if (listed == 0)
                return "gone";
        return model->shutdown_ms > 0 && model->shutdown_ms - now_ms <= SOON_MS ? "ends soon" : "";
}

/* ---- printing ----------------------------------------------------------------------------- */

static const OutColumn columns[] = {
        {.key = "driver", .title = "DRIVER"},
        {.key = "model", .title = "MODEL"},
        {.key = "kind", .title = "KIND"},
        {.key = "price", .title = "PRICE"},
        {.key = "ends", .title = "ENDS"},
        {.key = "replacement", .title = "USE INSTEAD", .max_width = SUCCESSOR_WIDTH_MAX},
        {.key = "state", .title = "STATE"},
        {.key = "provider_ends", .title = "PROVIDER SAYS"},
        {.key = "as_of"},
        {.key = "source"},
};

static void day_text(int64_t ms, char ret[static TIME_TEXT_MAX]) {
        ret[0] = '\0';
        if (ms <= 0)
                return;
        time_format_utc(ms, ret);
        ret[10] = '\0'; /* the date */
}

static void print_known(const Models *m, Out *out, const Model *model) {
        char kinds[KINDS_TEXT_MAX], price[PRICE_TEXT_MAX], ends[TIME_TEXT_MAX],
                as_of[TIME_TEXT_MAX];
        const char *says = NULL;
        int listed = is_listed(m, model->driver, model->model, &says);

        kinds_text(model->kinds, kinds);
        price_text(m, model->driver, model->model, price);
        day_text(model->shutdown_ms, ends);
        day_text(model->as_of_ms, as_of);
        (void) out_str(out, model->driver);
        (void) out_str(out, model->model);
        (void) out_str(out, kinds[0] ? kinds : NULL);
        (void) out_str(out, price[0] ? price : NULL);
        (void) out_str(out, ends[0] ? ends : NULL);
        (void) out_str(out, model->replacement);
        (void) out_str(out, state_word(model, listed, m->now_ms));
        (void) out_str(out, says && !streq(says, ends) ? says : NULL);
        (void) out_str(out, as_of);
        (void) out_str(out, model->source);
}

static void print_new(const Models *m, Out *out, const Answer *a, const ListedModel *l) {
        char price[PRICE_TEXT_MAX];

        price_text(m, a->provider->driver, l->name, price);
        (void) out_str(out, a->provider->driver);
        (void) out_str(out, l->name);
        (void) out_null(out);
        (void) out_str(out, price[0] ? price : NULL);
        (void) out_null(out);
        (void) out_null(out);
        (void) out_str(out, "new");
        (void) out_str(out, l->ends);
        (void) out_null(out);
        (void) out_null(out);
}

static int print_all(const Models *m) {
        _cleanup_(out_freep) Out *out = NULL;
        const Config *c = m->config;
        int r;

        r = out_new(stdout, (OutFormat) arg_format, "models", columns, ARRAY_LEN(columns), &out);
        if (r < 0)
                return r;
        for (size_t i = 0; i < c->n_models; i++)
                if (config_model(c, c->models[i].driver, c->models[i].model) == &c->models[i])
                        print_known(m, out, &c->models[i]);
        for (size_t i = 0; i < c->settings.n_providers; i++)
                for (size_t k = 0; k < m->answers[i].list.n; k++) {
                        const ListedModel *l = &m->answers[i].list.items[k];

                        if (!is_known(c, l->name) && !told_before(m, i, l->name))
                                print_new(m, out, &m->answers[i], l);
                }
        return out_end(out);
}

int cmd_models(const CliVerb *verb, const Strv *args) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(models_done) Models m = {0};
        int r;

        (void) verb;
        (void) args;
        r = app_load_config(&config);
        if (r != EXIT_CODE_OK)
                return r;
        m.config = config;
        m.now_ms = clock_wall_ms(clock_system());
        m.answers = calloc(config->settings.n_providers + 1, sizeof *m.answers);
        r = m.answers ? probe_all(&m) : -ENOMEM;
        if (r >= 0)
                r = print_all(&m);
        if (r < 0) {
                log_error("cannot list the models: %s", strerror(-r));
                return EXIT_CODE_ERROR;
        }
        return m.failed ? EXIT_CODE_PROVIDER : EXIT_CODE_OK;
}
