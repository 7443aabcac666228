/* SPDX-License-Identifier: MIT */

/*
 * A model's price is the sum over its units; within a unit the first entry that matches counts. The
 * worst case multiplies each unit with the most the request allows; what a call did cost uses the
 * same entries with what the provider reported. Both round up per unit, so that rounding alone
 * never puts the actual cost above the worst case.
 *
 * Credits are the provider's own sum: known only afterwards, so that the worst case is that of the
 * other units; but where they are reported, they alone are the price.
 */

#include <math.h>
#include <stdio.h>

#include "plan/internal.h"

enum {
        TOKENS_PER_MILLION = 1000000,
        /* What the driver puts around the prompt: instructions, the schema of the answer. */
        TOKENS_FRAME_MAX = 1024,
        /* The dearest picture of the providers we know is below 7,000 tokens, in either direction.
         */
        TOKENS_PER_IMAGE_MAX = 8192,
        /* A reported usage that costs more times the worst case than this is a mistake or a lie. */
        CREDIBLE_FACTOR = 100,
        PAIR_TEXT_MAX = 200,
        DAY_MS = 24 * 60 * 60 * 1000,
};

typedef struct Entries { /* the entry that counts for each unit, or NULL */
        const Price *of[_UNIT_MAX];
        size_t n;
        const Price *near_miss; /* of this driver and model, but not now or not these params */
} Entries;

static const char *const unit_words[] = {
        [UNIT_CALL] = "call",
        [UNIT_IMAGE] = "image",
        [UNIT_SECOND] = "second",
        [UNIT_MILLION_INPUT_TOKENS] = "million_input_tokens",
        [UNIT_MILLION_OUTPUT_TOKENS] = "million_output_tokens",
        [UNIT_MILLION_IMAGE_TOKENS] = "million_image_tokens",
        [UNIT_CREDIT] = "credit",
};
static_assert(ARRAY_LEN(unit_words) == _UNIT_MAX, "a word for every unit");

/* The text of a rendered parameter as prices.yaml writes it: strings without quotes, the rest as
 * JSON. NULL: not set. *ret_owned is to be freed. */
static int param_text(const Json *params, const char *key, char **ret_owned, const char **ret) {
        const Json *member = json_get(params, key);

        *ret_owned = NULL;
        *ret = json_text(member);
        if (*ret || !member)
                return 0;
        *ret_owned = json_print(member);
        *ret = *ret_owned;
        return *ret ? 0 : -ENOMEM;
}

/* 1 when every `when` pair equals the request's parameter. */
static int params_match(const Price *price, const Json *params) {
        for (size_t i = 0; i < price->n_when; i++) {
                _cleanup_(freep) char *owned = NULL;
                const char *text;
                int r;

                r = param_text(params, price->when[i].key, &owned, &text);
                if (r < 0)
                        return r;
                if (!text || !streq(text, price->when[i].value))
                        return 0;
        }
        return 1;
}

/* Both days are meant whole: `valid_to: 2026-12-31` still holds on the 31st. */
static bool valid_at(const Price *price, int64_t now_ms) {
        if (price->valid_from_ms != 0 && now_ms < price->valid_from_ms)
                return false;
        return price->valid_to_ms == 0 || now_ms < price->valid_to_ms + DAY_MS;
}

static int find_entries(const Config *config, const PriceRequest *request, Entries *ret) {
        Entries e = {0};

        for (size_t i = 0; i < config->n_prices; i++) {
                const Price *price = &config->prices[i];
                int r;

                if (!streq(price->driver, request->driver) || !streq(price->model, request->model))
                        continue;
                r = params_match(price, request->params);
                if (r < 0)
                        return r;
                if (r == 0 || !valid_at(price, request->now_ms)) {
                        if (!e.near_miss)
                                e.near_miss = price;
                        continue;
                }
                if (e.of[price->unit])
                        continue;
                e.of[price->unit] = price;
                e.n++;
        }
        *ret = e;
        return 0;
}

static int64_t output_cap(const PriceRequest *request) {
        const Driver *driver;

        if (request->max_output_tokens > 0)
                return request->max_output_tokens;
        driver = driver_find(request->driver);
        return driver && driver->output_cap ? driver->output_cap(request->params) : 0;
}

static int64_t image_tokens(const PriceRequest *request) {
        const Driver *driver = driver_find(request->driver);

        return driver && driver->image_token_cap ? driver->image_token_cap(request->params)
                                                 : TOKENS_PER_IMAGE_MAX;
}

/* The most of `unit` the request can use; 0: the request does not say, so no worst case is known.
 */
static int64_t worst_quantity(const PriceRequest *request, PriceUnit unit) {
        switch (unit) {
        case UNIT_CALL:
                return 1;
        case UNIT_IMAGE:
                return request->images;
        case UNIT_SECOND:
                return request->seconds;
        case UNIT_MILLION_INPUT_TOKENS:
                return (int64_t) request->prompt_bytes + TOKENS_FRAME_MAX +
                       (int64_t) request->n_references * TOKENS_PER_IMAGE_MAX;
        case UNIT_MILLION_OUTPUT_TOKENS:
                return output_cap(request);
        case UNIT_MILLION_IMAGE_TOKENS:
                return request->images * image_tokens(request);
        case UNIT_CREDIT:
                return 0;
        case _UNIT_MAX:
        case _UNIT_INVALID:
                break;
        }
        assert_not_reached();
        return 0;
}

static bool per_million(PriceUnit unit) {
        return unit == UNIT_MILLION_INPUT_TOKENS || unit == UNIT_MILLION_OUTPUT_TOKENS ||
               unit == UNIT_MILLION_IMAGE_TOKENS;
}

/* quantity x price, rounded up; saturates, so that an absurd entry can only refuse. */
static Micros cost(const Price *price, int64_t quantity) {
        __int128 total = (__int128) price->micros * quantity;

        if (per_million(price->unit))
                total = (total + TOKENS_PER_MILLION - 1) / TOKENS_PER_MILLION;
        return total > INT64_MAX ? INT64_MAX : (Micros) total;
}

Micros money_add(Micros a, Micros b) {
        Micros sum;

        return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

static const char *usual_unit(AssetKind kind) {
        switch (kind) {
        case KIND_IMAGE:
                return unit_words[UNIT_IMAGE];
        case KIND_VIDEO:
                return unit_words[UNIT_SECOND];
        case KIND_TEXT:
                return unit_words[UNIT_MILLION_OUTPUT_TOKENS];
        case _KIND_MAX:
        case _KIND_INVALID:
                break;
        }
        assert_not_reached();
        return NULL;
}

/* "image_size=4K, steps=30": the parameters a near miss looks at, as this request has them. */
static void describe_params(const Price *price, const Json *params, char *ret, size_t size) {
        size_t at = 0;

        ret[0] = '\0';
        for (size_t i = 0; i < price->n_when && at < size; i++) {
                _cleanup_(freep) char *owned = NULL;
                const char *text = NULL;
                int n;

                (void) param_text(params, price->when[i].key, &owned, &text);
                n = snprintf(ret + at, size - at, "%s%s: %s", i > 0 ? ", " : "", price->when[i].key,
                             text ? text : "unset");
                at += n > 0 ? (size_t) n : 0;
        }
}

static int no_price(const PriceRequest *request, const Price *near_miss, Err *err) {
        char pairs[PAIR_TEXT_MAX];

        if (!near_miss)
                return err_set(err, -ENOENT,
                               "no price for model '%s' of driver '%s'; add '{driver: %s, model: "
                               "%s, unit: %s, usd: ...}' to prices.yaml",
                               request->model, request->driver, request->driver, request->model,
                               usual_unit(request->kind));
        describe_params(near_miss, request->params, pairs, sizeof(pairs));
        if (!valid_at(near_miss, request->now_ms) || near_miss->n_when == 0)
                return err_set(err, -ENOENT,
                               "no price for model '%s' of driver '%s' is valid on this day; add "
                               "one with 'unit: %s' to prices.yaml",
                               request->model, request->driver, unit_words[near_miss->unit]);
        return err_set(err, -ENOENT,
                       "no price for model '%s' of driver '%s' with {%s}; add '{driver: %s, "
                       "model: %s, unit: %s, usd: ..., when: {%s}}' to prices.yaml",
                       request->model, request->driver, pairs, request->driver, request->model,
                       unit_words[near_miss->unit], pairs);
}

static int no_quantity(const PriceRequest *request, PriceUnit unit, Err *err) {
        return err_set(err, -ENOENT,
                       "no worst case for model '%s' of driver '%s': it is priced by '%s' and the "
                       "request sets no bound on that; set the parameter, or add another unit to "
                       "prices.yaml",
                       request->model, request->driver, unit_words[unit]);
}

PriceRequest price_request(const char *driver, const char *model, AssetKind kind,
                           const Json *params, size_t prompt_bytes, size_t n_references,
                           int64_t want, int64_t now_ms) {
        PriceRequest request = {
                .driver = driver,
                .model = model,
                .kind = kind,
                .params = params,
                .prompt_bytes = prompt_bytes,
                .n_references = n_references,
                .images = kind == KIND_IMAGE ? want : 0,
                .now_ms = now_ms,
        };
        int64_t seconds = 0;

        (void) json_int(params, "max_output_tokens", &request.max_output_tokens);
        if (kind == KIND_VIDEO && json_int(params, "seconds", &seconds))
                request.seconds = seconds * want;
        return request;
}

int price_worst(const Config *config, const PriceRequest *request, Micros *ret,
                int64_t *ret_as_of_ms, Err *err) {
        Entries entries;
        Micros total = 0;
        int64_t as_of = 0;
        int r;

        assert(config);
        assert(request);
        assert(ret);
        r = find_entries(config, request, &entries);
        if (r < 0)
                return r;
        if (entries.n == 0)
                return no_price(request, entries.near_miss, err);
        for (int unit = 0; unit < _UNIT_MAX; unit++) {
                const Price *price = entries.of[unit];
                int64_t quantity;

                if (!price || (unit == UNIT_CREDIT && entries.n > 1))
                        continue;
                quantity = worst_quantity(request, (PriceUnit) unit);
                if (quantity <= 0)
                        return no_quantity(request, (PriceUnit) unit, err);
                total = money_add(total, cost(price, quantity));
                if (as_of == 0 || price->as_of_ms < as_of)
                        as_of = price->as_of_ms;
        }
        *ret = total;
        if (ret_as_of_ms)
                *ret_as_of_ms = as_of;
        return 0;
}

/* Whether `unit` counts in what a call did cost: the credits reported, or all the others. */
static bool counts(const Entries *entries, const PriceUsage *usage, PriceUnit unit) {
        bool by_credits = entries->of[UNIT_CREDIT] && (usage->credits >= 0 || entries->n == 1);

        return entries->of[unit] && (unit == UNIT_CREDIT) == by_credits;
}

static int64_t used_quantity(const PriceUsage *usage, PriceUnit unit) {
        switch (unit) {
        case UNIT_CALL:
                return 1;
        case UNIT_IMAGE:
                return usage->images;
        case UNIT_SECOND:
                return usage->seconds;
        case UNIT_MILLION_INPUT_TOKENS:
                return usage->input_tokens;
        case UNIT_MILLION_OUTPUT_TOKENS:
                return usage->output_tokens;
        case UNIT_MILLION_IMAGE_TOKENS:
                return usage->image_tokens;
        case UNIT_CREDIT:
                return usage->credits;
        case _UNIT_MAX:
        case _UNIT_INVALID:
                break;
        }
        assert_not_reached();
        return -1;
}

Micros price_actual(const Config *config, const PriceRequest *request, const PriceUsage *usage,
                    Micros worst) {
        Entries entries;
        Micros total = 0;

        assert(config);
        assert(request);
        assert(usage);
        if (find_entries(config, request, &entries) < 0 || entries.n == 0)
                return worst;
        for (int unit = 0; unit < _UNIT_MAX; unit++) {
                const Price *price = entries.of[unit];
                int64_t quantity;

                if (!counts(&entries, usage, (PriceUnit) unit))
                        continue;
                quantity = used_quantity(usage, (PriceUnit) unit);
                if (quantity < 0) {
                        quantity = worst_quantity(request, (PriceUnit) unit);
                        if (quantity <= 0)
                                return worst; /* neither reported nor bounded */
                }
                total = money_add(total, cost(price, quantity));
        }
        return total / CREDIBLE_FACTOR > worst ? worst : total;
}

/* A model that is priced at nothing may say what it did cost, too: within a dollar's factor. */
Micros price_stated(double usd, Micros worst) {
        double limit = (double) MAX_OF(worst, MICROS_PER_UNIT) * CREDIBLE_FACTOR;
        double micros = usd * (double) MICROS_PER_UNIT;

        assert(usd >= 0);
        /* 0.07 is a little more than 70,000 millionths as a double: rounded, before rounding up. */
        return micros <= limit ? (Micros) ceil(round(micros * 1000) / 1000) : worst;
}
