/* SPDX-License-Identifier: MIT */

/* prices.yaml: what a unit of a model costs, with the day somebody looked. Ours beside the settings
 * is read before the shipped one; the first entry that matches wins. */

#include "recipe/tables.h"

typedef struct PriceDraft {
        Price price;
        int unit;
        const Node *driver, *valid_to;
} PriceDraft;

typedef struct PricesDraft {
        PriceDraft *prices;
        size_t n;
} PricesDraft;

static const char *const unit_words[] = {"call",
                                         "image",
                                         "second",
                                         "million_input_tokens",
                                         "million_output_tokens",
                                         "million_image_tokens",
                                         "credit",
                                         NULL};
static_assert(ARRAY_LEN(unit_words) == _UNIT_MAX + 1, "a word for every unit");

static void check_driver(Reader *r, const Node *node, void *structure) {
        (void) check_driver_name(r, node, ((PriceDraft *) structure)->price.driver);
}

static void read_when(Reader *r, const Node *node, void *structure) {
        Price *price = &((PriceDraft *) structure)->price;

        (void) read_pairs(r, node, &price->when, &price->n_when);
}

static const SchemaKey price_keys[] = {
        {.key = "driver",
         .type = SCHEMA_TEXT,
         .offset = offsetof(PriceDraft, price.driver),
         .node = AT(PriceDraft, driver),
         .required = true,
         .read = check_driver,
         .help = "driver the price is for"},
        {.key = "model",
         .type = SCHEMA_TEXT,
         .offset = offsetof(PriceDraft, price.model),
         .required = true,
         .help = "model the price is for, as recipes write it"},
        {.key = "unit",
         .type = SCHEMA_WORD,
         .offset = offsetof(PriceDraft, unit),
         .required = true,
         .words = unit_words,
         .help = "what is counted; units of one model add up"},
        {.key = "usd",
         .type = SCHEMA_MONEY,
         .offset = offsetof(PriceDraft, price.micros),
         .required = true,
         .help = "price of one unit"},
        {.key = "when",
         .type = SCHEMA_CUSTOM,
         .read = read_when,
         .json = "{\"type\":\"object\",\"additionalProperties\":{\"type\":[\"string\",\"number\","
                 "\"boolean\"]}}",
         .help = "parameters that must have these values"},
        {.key = "valid_from",
         .type = SCHEMA_DATE,
         .offset = offsetof(PriceDraft, price.valid_from_ms),
         .help = "first day of the price"},
        {.key = "valid_to",
         .type = SCHEMA_DATE,
         .offset = offsetof(PriceDraft, price.valid_to_ms),
         .node = AT(PriceDraft, valid_to),
         .help = "last day of the price"},
        {.key = "as_of",
         .type = SCHEMA_DATE,
         .offset = offsetof(PriceDraft, price.as_of_ms),
         .required = true,
         .help = "day on which somebody looked"},
        {.key = "source",
         .type = SCHEMA_TEXT,
         .offset = offsetof(PriceDraft, price.source),
         .required = true,
         .help = "where it was found"},
};
static const Schema price_schema = {
        .name = "price",
        .keys = price_keys,
        .n = ARRAY_LEN(price_keys),
        .size = sizeof(PriceDraft),
        .place_at = AT(PriceDraft, price.place),
};

static const SchemaKey prices_keys[] = {
        VERSION_KEY,
        {.key = "prices",
         .type = SCHEMA_OBJECTS,
         .offset = offsetof(PricesDraft, prices),
         .offset_n = offsetof(PricesDraft, n),
         .required = true,
         .object = &price_schema,
         .help = "entries; of one unit the first that matches counts"},
};
const Schema prices_schema = {
        .name = "prices",
        .help = "prices.yaml: what generating costs",
        .keys = prices_keys,
        .n = ARRAY_LEN(prices_keys),
        .size = sizeof(PricesDraft),
};

static void check_entry(Reader *r, const PriceDraft *draft, size_t i) {
        const Price *p = &draft->price;
        ReaderPath prices, frame;

        if (!draft->valid_to || p->valid_from_ms == 0 || p->valid_to_ms >= p->valid_from_ms)
                return;
        reader_enter(r, &prices, "prices", 0);
        reader_enter(r, &frame, NULL, i);
        reader_error(r, draft->valid_to, "valid_to lies before valid_from");
        reader_leave(r);
        reader_leave(r);
}

static void append_entry(Reader *r, Config *c, const PriceDraft *draft) {
        Price *items = arena_append(c->arena, c->prices, c->n_prices, sizeof *items);

        if (!items) {
                r->error = -ENOMEM;
                return;
        }
        c->prices = items;
        items[c->n_prices] = draft->price;
        items[c->n_prices].unit = (PriceUnit) draft->unit;
        items[c->n_prices++].usd = (double) draft->price.micros / (double) MICROS_PER_UNIT;
}

int prices_load(Loading *l, const ConfigFile *file) {
        PricesDraft draft = {0};
        Reader r;

        assert(l);
        assert(file);
        if (!file->root)
                return 0;
        r = config_file_reader(l, file);
        schema_read(&r, &prices_schema, file->root, &draft);
        for (size_t i = 0; i < draft.n; i++)
                check_entry(&r, &draft.prices[i], i);
        /* An entry with an error is dropped with the whole Config: its file makes it unusable. */
        for (size_t i = 0; i < draft.n && !config_file_has_errors(l, file); i++)
                append_entry(&r, l->config, &draft.prices[i]);
        return r.error;
}
