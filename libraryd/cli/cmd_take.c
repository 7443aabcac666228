/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "cli/cmd.h"
#include "cli/select.h"
#include "cli/take_out.h"

enum {
        SHORT_LINES_MAX = 12, /* lines of a shortage for people */
        TTL_DAYS_MAX = 3660,
};

static const char *const order_words[] = {"newest", "oldest", "least-used", "random", NULL};
static const AlOrder orders[] = {AL_ORDER_NEWEST, AL_ORDER_OLDEST, AL_ORDER_LEAST_USED,
                                 AL_ORDER_RANDOM};
static_assert(ARRAY_LEN(order_words) == ARRAY_LEN(orders) + 1, "one word an order");

static SelectArgs arg_select;
static const char *arg_for, *arg_ttl, *arg_to;
static int64_t arg_number;
static int arg_order = -1, arg_format;
static bool arg_exclusive, arg_partial, arg_again, arg_link, arg_copy, arg_sidecar, arg_nul;

static const CliOption options[] = {
        {.name = "for",
         .type = CLI_STRING,
         .target = &arg_for,
         .argument = "CAMPAIGN",
         .help = "who gets them (required)",
         .complete = "campaigns"},
        {.name = "number",
         .letter = 'n',
         .type = CLI_INT,
         .target = &arg_number,
         .argument = "N",
         .help = "how many (default: 1)",
         .min = 1,
         .max = AL_TAKE_MAX},
        {.name = "exclusive",
         .target = &arg_exclusive,
         .help = "only what nobody has, and nobody else gets it"},
        {.name = "ttl",
         .type = CLI_STRING,
         .target = &arg_ttl,
         .argument = "TIME",
         .help = "give them back by themselves after this long: 30d"},
        {.name = "partial", .target = &arg_partial, .help = "take what there is when it is fewer"},
        {.name = "order",
         .type = CLI_WORD,
         .target = &arg_order,
         .argument = "ORDER",
         .help = "which first (default: least-used)",
         .words = order_words},
        {.name = "to",
         .type = CLI_STRING,
         .target = &arg_to,
         .argument = "DIR",
         .help = "put the files there under readable names",
         .complete = "dirs"},
        {.name = "link", .target = &arg_link, .help = "with --to: hard links or nothing"},
        {.name = "copy", .target = &arg_copy, .help = "with --to: copies, never links"},
        {.name = "sidecar",
         .target = &arg_sidecar,
         .help = "with --to: everything about each asset as FILE.json"},
        {.name = "again",
         .target = &arg_again,
         .help = "take nothing: what the campaign has already, once more"},
        SELECT_OPTIONS(arg_select),
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "FORMAT",
         .help = "how to print",
         .words = take_format_words},
        {.name = "null",
         .letter = '0',
         .target = &arg_nul,
         .help = "with --format path or id: end each with a NUL byte, for xargs -0"},
};

const CliOption *cmd_take_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

typedef struct Taking {
        Library *lib;
        Handout *handout;
        TakeOut out;
        AlTake take;
        char *who;
        int64_t now_ms, ttl_ms;
} Taking;

static void taking_done(Taking *t) {
        take_out_done(&t->out);
        al_take_done(&t->take);
        (void) al_handout_free(t->handout);
        (void) al_close(t->lib);
        free(t->who);
}

/* Where the files go, and what is printed: all that can refuse before anything is taken. */
static int open_out(Taking *t) {
        AlHandMode how = arg_link ? AL_HAND_LINK : arg_copy ? AL_HAND_COPY : AL_HAND_AUTO;
        Err err = {0};
        int r;

        if (arg_to && al_handout_open(t->lib, arg_to, how, &t->handout, &err) < 0)
                return cli_error(APP_NAME, "%s", err_text(&err));
        t->out = (TakeOut){.lib = t->lib,
                           .handout = t->handout,
                           .to = arg_to,
                           .campaign = arg_for,
                           .sidecar = arg_sidecar,
                           .nul = arg_nul,
                           .format = (TakeFormat) arg_format,
                           .now_ms = t->now_ms};
        r = take_out_begin(&t->out);
        return r < 0 ? app_fail(r, NULL) : 0;
}

/* The take is recorded, whatever happens to the files: what went wrong, and both ways on. */
static int files_failed(const Taking *t) {
        if (t->out.failure < 0)
                (void) cli_error(APP_NAME, "%s", err_text(&t->out.why));
        app_note("%" PRId64 " of %" PRId64 " files are in '%s'; the assets are taken all the same: "
                 "'" APP_NAME " take --again --for %s --to DIR' gives the files, '" APP_NAME
                 " release --for %s' gives the assets back",
                 t->out.n_files, t->out.n, arg_to, arg_for, arg_for);
        return t->out.failure < 0 ? EXIT_CODE_ERROR : EXIT_CODE_PARTIAL;
}

static int print_failed(const Taking *t, int r) {
        _cleanup_(freep) char *done = NULL;

        if (arg_again || t->take.n_assets == 0)
                return app_fail_print(r, NULL);
        done = str_printf("the assets were taken; '" APP_NAME " take --again --for %s' prints them",
                          arg_for);
        return app_fail_print(r, done ? done : "the assets were taken");
}

static int finish(Taking *t) {
        int r = take_out_end(&t->out);

        if (t->out.failure < 0)
                return files_failed(t);
        if (r < 0)
                return print_failed(t, r);
        return t->out.damaged > 0 ? files_failed(t) : EXIT_CODE_OK;
}

/* "acme urgency lifestyle story (spring-hero): 2 free of 6, 3 exclusively taken; target 5" */
static void tell_short(const AlShort *s) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(ERR_TEXT_MAX);

        if (s->brand)
                (void) strbuf_printf(&b, "%s %s %s %s", s->brand, s->hook, s->category,
                                     asset_kind_word(s->kind));
        else
                (void) strbuf_puts(&b, "all others");
        if (s->cell)
                (void) strbuf_printf(&b, " (%s: %s)", s->recipe, s->cell);
        (void) strbuf_printf(&b, ": %" PRId64 " free of %" PRId64, s->free, s->matching);
        if (s->held > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " exclusively taken", s->held);
        if (s->shared > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " taken", s->shared);
        if (s->own > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " with this campaign already", s->own);
        if (s->unfit > 0)
                (void) strbuf_printf(&b, ", %" PRId64 " not ready or expired", s->unfit);
        if (s->cell)
                (void) strbuf_printf(&b, "; target %" PRId64, s->target);
        app_note("short: %s", strbuf_text(&b));
}

static void tell_shortage(const Taking *t, const AlFilter *filter) {
        const AlTake *take = &t->take;
        size_t n = MIN_OF(take->n_shorts, (size_t) SHORT_LINES_MAX);

        if (take->n_shorts == 0) {
                select_hint(t->lib, filter, t->now_ms);
                return;
        }
        app_note("%" PRId64 " wanted, %" PRId64 " to be had; %s", arg_number, take->found,
                 take->n_assets > 0 ? "they were taken" : "nothing was taken");
        for (size_t i = 0; i < n; i++)
                tell_short(&take->shorts[i]);
        if (n < take->n_shorts)
                app_note("short: and %zu more; --format json has them", take->n_shorts - n);
        if (!arg_partial && take->found > 0)
                app_note("--partial takes fewer; 'pregend plan' shows what the next night makes");
        else
                app_note("'pregend plan' shows what the next night makes");
}

static int print_taken(Taking *t, AlResult result) {
        int r = 0;

        for (size_t i = 0; r >= 0 && i < t->take.n_assets; i++)
                r = take_out_asset(&t->out, &t->take.assets[i], t->take.until_ms);
        if (r >= 0 && result == AL_SHORT)
                r = take_out_shorts(&t->out, &t->take, arg_number);
        return r < 0 ? print_failed(t, r) : finish(t);
}

static int take(Taking *t, const AlFilter *filter) {
        AlQuery q = {
                .filter = filter,
                .order = arg_order < 0 ? AL_ORDER_DEFAULT : orders[arg_order],
                .now_ms = t->now_ms,
                .random_seed = clock_random(clock_system()),
        };
        AlTakeSpec spec = {.query = &q,
                           .campaign = arg_for,
                           .who = t->who,
                           .n = arg_number,
                           .ttl_ms = t->ttl_ms,
                           .exclusive = arg_exclusive,
                           .partial = arg_partial};
        Err err = {0};
        int result, r;

        result = al_take(t->lib, &spec, t->now_ms, &t->take, &err);
        if (result < 0)
                return app_fail(result, &err);
        r = print_taken(t, (AlResult) result);
        if (result == AL_SHORT)
                tell_shortage(t, filter);
        return r == EXIT_CODE_OK && t->take.n_assets == 0 ? EXIT_CODE_EMPTY : r;
}

static int again_one(const AlTaken *taken, const AlAsset *a, void *userdata) {
        return take_out_asset(userdata, a, taken->until_ms);
}

static int again(Taking *t) {
        Err err = {0};
        int r = al_taken(t->lib, arg_for, t->now_ms, again_one, &t->out, &err);

        if (r < 0)
                return app_fail(r, &err);
        r = finish(t);
        if (r == EXIT_CODE_OK && t->out.n == 0) {
                app_no_campaign(t->lib, arg_for, t->now_ms);
                return EXIT_CODE_EMPTY;
        }
        return r;
}

static int check_campaign(const CliVerb *verb) {
        if (!arg_for)
                return cli_usage_error(APP_NAME, verb, "'%s' needs --for CAMPAIGN", verb->name);
        if (!al_campaign_is_valid(arg_for))
                return cli_usage_error(APP_NAME, verb,
                                       "'%s' is no name of a campaign: 1 to %d bytes of text, no "
                                       "control characters, no blank at either end",
                                       arg_for, AL_CAMPAIGN_MAX);
        return 0;
}

static int check_again(const CliVerb *verb, const Strv *args) {
        if (!arg_again || (args->n == 0 && !select_has_any(&arg_select) && arg_number == 0 &&
                           !arg_exclusive && !arg_partial && !arg_ttl && arg_order < 0))
                return 0;
        return cli_usage_error(APP_NAME, verb,
                               "--again takes nothing new: it goes with --for, --to and --format");
}

static int check_options(const CliVerb *verb, int64_t *ret_ttl_ms) {
        if (!arg_to && (arg_link || arg_copy || arg_sidecar))
                return cli_usage_error(APP_NAME, verb, "option '--%s' needs --to DIR",
                                       arg_link   ? "link"
                                       : arg_copy ? "copy"
                                                  : "sidecar");
        if (arg_link && arg_copy)
                return cli_usage_error(APP_NAME, verb, "--link and --copy exclude each other");
        if (arg_nul && arg_format < TAKE_PATH)
                return cli_usage_error(APP_NAME, verb,
                                       "option '--null' needs --format path or --format id");
        if (arg_ttl && (parse_duration(arg_ttl, ret_ttl_ms) < 0 || *ret_ttl_ms <= 0 ||
                        *ret_ttl_ms > INT64_C(86400000) * TTL_DAYS_MAX))
                return cli_usage_error(APP_NAME, verb,
                                       "option '--ttl': '%s' is no time from 1ms to %dd, such as "
                                       "30d",
                                       arg_ttl, TTL_DAYS_MAX);
        return 0;
}

int cmd_take(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_filter_freep) AlFilter *filter = NULL;
        _cleanup_(taking_done) Taking t = {.now_ms = app_now_ms()};
        int r;

        assert(verb && args);
        r = check_campaign(verb);
        if (r == 0)
                r = check_again(verb, args);
        if (r == 0)
                r = check_options(verb, &t.ttl_ms);
        if (r == 0)
                r = app_open(arg_again ? AL_READ : AL_WRITE, &t.lib);
        if (r == 0)
                r = select_filter(t.lib, &arg_select, args, t.now_ms, &filter);
        if (r != 0)
                return r;
        arg_number = MAX_OF(arg_number, INT64_C(1));
        t.who = app_user();
        if (!t.who)
                return cli_error(APP_NAME, "out of memory");
        r = open_out(&t);
        if (r != 0)
                return r;
        return arg_again ? again(&t) : take(&t, filter);
}
