/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "cli/cmd.h"

static Strv arg_by;
static const char *arg_since;
static int arg_format;

static const CliOption options[] = {
        {.name = "by",
         .type = CLI_LIST,
         .target = &arg_by,
         .argument = "WHAT[,WHAT...]",
         .help = "a line for each of these (default: brand)",
         .complete = "words:brand,hook,category,kind,recipe,provider,model,day,campaign"},
        {.name = "since",
         .type = CLI_STRING,
         .target = &arg_since,
         .argument = "TIME",
         .help = "calls on or after this day: 2026-11-01, or an age: 30d"},
        APP_FORMAT_OPTION(arg_format),
};

enum {
        N_SUMS = 12,
        COLUMNS_MAX = _AL_BY_MAX + N_SUMS,
};

static const char *const titles[_AL_BY_MAX] = {"BRAND",    "HOOK",  "CATEGORY", "KIND",    "RECIPE",
                                               "PROVIDER", "MODEL", "DAY",      "CAMPAIGN"};

static const OutColumn sums[N_SUMS] = {
        {.key = "calls", .title = "CALLS", .right = true},
        {.key = "paid_usd", .title = "PAID", .right = true},
        {.key = "blocked_usd", .title = "BLOCKED", .right = true},
        {.key = "open_usd", .title = "IN FLIGHT", .right = true},
        {.key = "assets", .title = "ASSETS", .right = true},
        {.key = "per_asset_usd", .title = "PER ASSET", .right = true},
        {.key = "used", .title = "USED", .right = true},
        {.key = "per_used_usd", .title = "PER USED", .right = true},
        {.key = "used_usd", .title = NULL},
        {.key = "shelf_usd", .title = "ON SHELF", .right = true},
        {.key = "waste_usd", .title = "WASTE", .right = true},
        {.key = "waste_percent", .title = "%", .right = true},
};

const CliOption *cmd_spend_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

typedef struct Spend {
        Out *out;
        OutColumn columns[COLUMNS_MAX]; /* borrowed by out */
        bool by[_AL_BY_MAX];
        char first_day[TIME_TEXT_MAX];
        int64_t rows;
} Spend;

static void spend_done(Spend *spend) {
        spend->out = out_free(spend->out);
}

static int by_find(const char *word, size_t n) {
        for (int i = 0; i < _AL_BY_MAX; i++)
                if (strlen(al_spend_by_word((AlSpendBy) i)) == n &&
                    strncmp(al_spend_by_word((AlSpendBy) i), word, n) == 0)
                        return i;
        return -EINVAL;
}

static int by_unknown(const CliVerb *verb, const char *word, size_t n) {
        _cleanup_(freep) char *copy = strndup(word, n);
        const char *known[_AL_BY_MAX], *near = NULL;

        for (int i = 0; i < _AL_BY_MAX; i++)
                known[i] = al_spend_by_word((AlSpendBy) i);
        if (copy)
                near = nearest_word(copy, known, _AL_BY_MAX);
        if (near)
                return cli_usage_error(APP_NAME, verb,
                                       "option '--by': unknown word '%.*s', did you mean '%s'?",
                                       (int) n, word, near);
        return cli_usage_error(APP_NAME, verb,
                               "option '--by': unknown word '%.*s'; brand, hook, category, kind, "
                               "recipe, provider, model, day and campaign are known",
                               (int) n, word);
}

/* "brand,hook" */
static int add_by(const CliVerb *verb, Spend *spend, const char *list) {
        for (;;) {
                size_t n = strcspn(list, ",");
                int i = by_find(list, n);

                if (i < 0)
                        return by_unknown(verb, list, n);
                spend->by[i] = true;
                if (!list[n])
                        return 0;
                list += n + 1;
        }
}

static int parse(const CliVerb *verb, Spend *spend, int64_t now_ms) {
        int64_t since_ms;
        int r = 0;

        for (size_t i = 0; i < arg_by.n && r == 0; i++)
                r = add_by(verb, spend, arg_by.items[i]);
        spend->by[AL_BY_BRAND] = spend->by[AL_BY_BRAND] || arg_by.n == 0;
        if (r != 0 || !arg_since)
                return r;
        if (parse_date(arg_since, &since_ms) >= 0) {
                (void) snprintf(spend->first_day, sizeof spend->first_day, "%s", arg_since);
                return 0;
        }
        if (parse_since(arg_since, now_ms, &since_ms) < 0)
                return cli_usage_error(APP_NAME, verb,
                                       "option '--since': '%s' is no time; write a day such as "
                                       "2026-11-23 or an age such as 30d",
                                       arg_since);
        time_format_day(since_ms, spend->first_day);
        return 0;
}

/* Rounded down to the micro-unit; nothing to divide by: no figure. */
static void out_share(Out *out, Micros sum, int64_t n) {
        if (n > 0)
                (void) out_money(out, sum / n);
        else
                (void) out_null(out);
}

static int out_sums(Out *out, const AlSpendRow *row) {
        (void) out_int(out, row->calls);
        (void) out_money(out, row->paid);
        (void) out_money(out, row->blocked);
        (void) out_money(out, row->open);
        (void) out_int(out, row->assets);
        out_share(out, row->paid, row->assets);
        (void) out_int(out, row->used);
        out_share(out, row->paid, row->used);
        (void) out_money(out, row->used_paid);
        (void) out_money(out, row->shelf);
        (void) out_money(out, row->waste);
        if (row->paid <= 0)
                return out_null(out);
        /* NOLINTNEXTLINE(bugprone-integer-division): tenths, cut */
        return out_number(out, (double) (row->waste * 1000 / row->paid) / 10);
}

static int print_row(const AlSpendRow *row, void *userdata) {
        Spend *spend = userdata;

        spend->rows++;
        for (int i = 0; i < _AL_BY_MAX; i++)
                if (spend->by[i])
                        (void) out_str(spend->out, row->by[i] || arg_format != OUT_TABLE
                                                           ? row->by[i]
                                                           : "(none)");
        return out_sums(spend->out, row);
}

/* For people a last line; for programs a member, so that no sum has it twice. */
static int print_total(const AlSpendRow *t, void *userdata) {
        Spend *spend = userdata;
        bool first = true;
        Json *total;
        int r;

        if (arg_format == OUT_TABLE && spend->rows > 1) {
                for (int i = 0; i < _AL_BY_MAX; i++) {
                        if (!spend->by[i])
                                continue;
                        (void) out_str(spend->out, first ? "total" : NULL);
                        first = false;
                }
                return out_sums(spend->out, t);
        }
        total = json_add_object(out_extra(spend->out), "total");
        r = json_add_int(total, "calls", t->calls);
        if (r >= 0)
                r = json_add_int(total, "assets", t->assets);
        if (r >= 0)
                r = json_add_int(total, "used", t->used);
        if (r >= 0)
                r = json_add_money(total, "paid_usd", t->paid);
        if (r >= 0)
                r = json_add_money(total, "blocked_usd", t->blocked);
        if (r >= 0)
                r = json_add_money(total, "open_usd", t->open);
        if (r >= 0)
                r = json_add_money(total, "used_usd", t->used_paid);
        if (r >= 0)
                r = json_add_money(total, "shelf_usd", t->shelf);
        return r < 0 ? r : json_add_money(total, "waste_usd", t->waste);
}

static int new_out(Spend *spend) {
        size_t n = 0;

        for (int i = 0; i < _AL_BY_MAX; i++)
                if (spend->by[i])
                        spend->columns[n++] = (OutColumn){.key = al_spend_by_word((AlSpendBy) i),
                                                          .title = titles[i],
                                                          .max_width = 32};
        for (size_t i = 0; i < N_SUMS; i++)
                spend->columns[n++] = sums[i];
        return out_new(stdout, (OutFormat) arg_format, "spend", spend->columns, n, &spend->out);
}

/* Rows and their sum, from one snapshot. The sum is asked for: added up by campaign, an asset that
 * two took would count twice. */
static int print_all(Library *lib, Spend *spend, int64_t now_ms, Err *err) {
        static const bool by_nothing[_AL_BY_MAX];
        int r = al_begin(lib, err);

        if (r < 0)
                return r;
        r = al_spend(lib, spend->by, spend->first_day, now_ms, print_row, spend, err);
        if (r >= 0)
                r = al_spend(lib, by_nothing, spend->first_day, now_ms, print_total, spend, err);
        al_rollback(lib); /* nothing was written */
        return r < 0 ? r : out_end(spend->out);
}

int cmd_spend(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(spend_done) Spend spend = {0};
        int64_t now_ms = app_now_ms();
        Err err = {0};
        int r;

        assert(verb && args);
        r = parse(verb, &spend, now_ms);
        if (r == 0)
                r = app_open(AL_READ, &lib);
        if (r != 0)
                return r;
        r = new_out(&spend);
        if (r >= 0)
                r = print_all(lib, &spend, now_ms, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (spend.rows > 0)
                return EXIT_CODE_OK;
        app_note("no call was made%s%s; 'pregend plan' shows what a night would cost",
                 arg_since ? " since " : "", arg_since ? spend.first_day : "");
        return EXIT_CODE_EMPTY;
}
