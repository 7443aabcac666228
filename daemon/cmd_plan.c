/* SPDX-License-Identifier: MIT */

/* pregend plan: what a night would make and cost. Reads, never writes, never spends. */

#include <stdio.h>

#include "app.h"
#include "base/cli.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "cmds.h"
#include "plan/plan.h"

enum {
        CELL_TEXT_MAX = 2048,
        NOTE_WIDTH_MAX = 60, /* the whole sentence follows below the table */
        NO_MAX_COST = -1,
};

static Strv arg_recipes;
static Micros arg_max_cost = NO_MAX_COST;
static int arg_format;
static bool arg_detailed_exitcode;

const CliOption *cmd_plan_options(size_t *ret_n) {
        static const CliOption options[] = {
                {.name = "recipe",
                 .type = CLI_LIST,
                 .target = &arg_recipes,
                 .argument = "RECIPE",
                 .help = "only this recipe, whatever its schedule says (repeatable)",
                 .complete = "recipes"},
                {.name = "max-cost",
                 .type = CLI_MONEY,
                 .target = &arg_max_cost,
                 .argument = "USD",
                 .help = "a further cap for this run"},
                {.name = "format",
                 .type = CLI_WORD,
                 .target = &arg_format,
                 .words = app_format_words,
                 .argument = "FORMAT",
                 .help = "table or json"},
                {.name = "detailed-exitcode",
                 .type = CLI_FLAG,
                 .target = &arg_detailed_exitcode,
                 .help = "exit 0 when there is nothing to do, 2 when there is"},
        };

        assert(ret_n);
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* ---- the table ---- */

static const OutColumn table_columns[] = {
        {.key = "sign", .title = ""},
        {.key = "recipe", .title = "RECIPE"},
        {.key = "cell", .title = "CELL"},
        {.key = "have", .title = "HAVE", .right = true},
        {.key = "make", .title = "MAKE", .right = true},
        {.key = "each", .title = "EACH", .right = true},
        {.key = "worst", .title = "WORST", .right = true},
        {.key = "note", .title = "NOTE", .max_width = NOTE_WIDTH_MAX},
};

static const char *sign(CellVerdict verdict) {
        switch (verdict) {
        case CELL_ENOUGH:
                return "=";
        case CELL_SHORT:
                return "+";
        case CELL_NOT_DUE:
        case CELL_WAITS:
                return "-";
        case CELL_NO_PRICE:
        case CELL_INVALID:
        case CELL_QUARANTINED:
                return "!";
        case _CELL_VERDICT_MAX:
                break;
        }
        assert_not_reached();
        return NULL;
}

/* "acme urgency lifestyle format=story" */
static void cell_text(const PlanCell *cell, char ret[static CELL_TEXT_MAX]) {
        size_t at;

        at = (size_t) snprintf(ret, CELL_TEXT_MAX, "%s %s %s", cell->brand, cell->hook,
                               cell->category);
        for (size_t i = 0; i < cell->n_axes && at < CELL_TEXT_MAX; i++) {
                const AlAxis *axis = &cell->axes[i];

                if (streq(axis->key, "brand") || streq(axis->key, "hook") ||
                    streq(axis->key, "category"))
                        continue;
                at += (size_t) snprintf(ret + at, CELL_TEXT_MAX - at, " %s=%s", axis->key,
                                        axis->value);
        }
}

/* The cell's own note; for a short one what explains its numbers. Caller frees. */
static char *note_text(const PlanCell *cell) {
        StrBuf b = STRBUF_INIT(CELL_TEXT_MAX);

        if (cell->note)
                return strdup(cell->note);
        if (cell->pending > 0)
                (void) strbuf_printf(&b, "%lld wait for approval", (long long) cell->pending);
        if (cell->owed > 0)
                (void) strbuf_printf(&b, "%s%lld on their way", b.len > 0 ? ", " : "",
                                     (long long) cell->owed);
        if (cell->cut > 0)
                (void) strbuf_printf(&b, "%sthe budget may cut %lld of %lld jobs",
                                     b.len > 0 ? ", " : "", (long long) cell->cut,
                                     (long long) cell->jobs);
        return strbuf_take(&b);
}

static int table_row(Out *out, const PlanCell *cell) {
        _cleanup_(freep) char *note = note_text(cell);
        char text[CELL_TEXT_MAX], have[64];

        if (!note)
                return -ENOMEM;
        cell_text(cell, text);
        (void) snprintf(have, sizeof(have), "%lld/%lld", (long long) cell->have,
                        (long long) cell->target);
        (void) out_str(out, sign(cell->verdict));
        (void) out_str(out, cell->recipe->name);
        (void) out_str(out, text);
        (void) out_str(out, have);
        (void) out_int(out, cell->make);
        if (cell->verdict == CELL_SHORT) {
                (void) out_money(out, cell->worst_each);
                (void) out_money(out, plan_cell_worst(cell));
        } else {
                (void) out_str(out, NULL);
                (void) out_str(out, NULL);
        }
        return out_str(out, note);
}

/* ---- the data ---- */

static const OutColumn data_columns[] = {
        {.key = "recipe"},      {.key = "key"},     {.key = "brand"},      {.key = "hook"},
        {.key = "category"},    {.key = "axes"},    {.key = "kind"},       {.key = "provider"},
        {.key = "model"},       {.key = "verdict"}, {.key = "note"},       {.key = "have"},
        {.key = "pending"},     {.key = "owed"},    {.key = "target"},     {.key = "make"},
        {.key = "jobs"},        {.key = "cut"},     {.key = "worst_each"}, {.key = "worst"},
        {.key = "expected_ms"},
};

static Json *axes_json(const PlanCell *cell) {
        Json *axes = json_new_object();

        for (size_t i = 0; i < cell->n_axes; i++)
                if (json_add_str(axes, cell->axes[i].key, cell->axes[i].value) < 0)
                        return json_free(axes);
        return axes;
}

static int data_row(Out *out, const PlanCell *cell) {
        (void) out_str(out, cell->recipe->name);
        (void) out_str(out, cell->key);
        (void) out_str(out, cell->brand);
        (void) out_str(out, cell->hook);
        (void) out_str(out, cell->category);
        (void) out_json(out, axes_json(cell));
        (void) out_str(out, asset_kind_word(cell->recipe->kind));
        (void) out_str(out, cell->recipe->provider);
        (void) out_str(out, cell->recipe->model);
        (void) out_str(out, cell_verdict_word(cell->verdict));
        (void) out_str(out, cell->note);
        (void) out_int(out, cell->have);
        (void) out_int(out, cell->pending);
        (void) out_int(out, cell->owed);
        (void) out_int(out, cell->target);
        (void) out_int(out, cell->make);
        (void) out_int(out, cell->jobs);
        (void) out_int(out, cell->cut);
        (void) out_money(out, cell->worst_each);
        (void) out_money(out, plan_cell_worst(cell));
        return cell->expected_ms > 0 ? out_int(out, cell->expected_ms) : out_null(out);
}

/* ---- totals ---- */

typedef struct Totals {
        int64_t enough, not_due, waits, assets, cut;
} Totals;

static Totals add_up(const Plan *plan) {
        Totals t = {0};

        for (size_t i = 0; i < plan->n_cells; i++) {
                t.enough += plan->cells[i].verdict == CELL_ENOUGH;
                t.not_due += plan->cells[i].verdict == CELL_NOT_DUE;
                t.waits += plan->cells[i].verdict == CELL_WAITS;
        }
        for (size_t i = 0; i < plan->n_jobs; i++) {
                t.assets += plan->jobs[i].want;
                t.cut += plan->jobs[i].cut;
        }
        return t;
}

static int add_totals(Json *extra, const Plan *plan, const Config *config) {
        const Totals t = add_up(plan);
        Json *j = json_add_object(extra, "totals");

        (void) json_add_int(j, "cells", (int64_t) plan->n_cells);
        (void) json_add_int(j, "short", plan->cells_short);
        (void) json_add_int(j, "enough", t.enough);
        (void) json_add_int(j, "not_due", t.not_due);
        (void) json_add_int(j, "refused", plan->cells_refused);
        (void) json_add_int(j, "waits", t.waits);
        (void) json_add_int(j, "recipes_left_out", (int64_t) config->n_left_out);
        (void) json_add_int(j, "jobs", (int64_t) plan->n_jobs);
        (void) json_add_int(j, "cut", t.cut);
        (void) json_add_int(j, "assets", t.assets);
        (void) json_add_str(j, "currency", config->settings.currency);
        (void) json_add_money(j, "worst", plan->worst_uncut);
        (void) json_add_money(j, "worst_within_budget", plan->worst);
        (void) (plan->budget_left < 0 ? json_add_null(j, "budget_left")
                                      : json_add_money(j, "budget_left", plan->budget_left));
        (void) (plan->expected_ms > 0 ? json_add_int(j, "expected_ms", plan->expected_ms)
                                      : json_add_null(j, "expected_ms"));
        return json_add_time(j, "prices_as_of", plan->prices_as_of_ms);
}

static void print_money_line(const Plan *plan, const Totals *t) {
        char all[MONEY_TEXT_MAX], within[MONEY_TEXT_MAX], left[MONEY_TEXT_MAX];
        char day[TIME_TEXT_MAX];

        money_format(plan->worst_uncut, all);
        money_format(plan->worst, within);
        printf("%zu jobs for %lld assets, %s at worst", plan->n_jobs, (long long) t->assets, all);
        if (plan->prices_as_of_ms > 0) {
                time_format_utc(plan->prices_as_of_ms, day);
                printf(" (prices as of %.10s)", day);
        }
        printf("\n");
        if (plan->budget_left >= 0) {
                money_format(plan->budget_left, left);
                printf("budget left for this run: %s\n", left);
        }
        if (t->cut > 0)
                printf("the budget may cut %lld of %zu jobs: %s of %s will be reserved\n",
                       (long long) t->cut, plan->n_jobs, within, all);
}

static void print_totals(const Plan *plan) {
        const Totals t = add_up(plan);
        char duration[TIME_TEXT_MAX];

        printf("\n%zu cells: %lld short, %lld enough, %lld not due, %lld refused", plan->n_cells,
               (long long) plan->cells_short, (long long) t.enough, (long long) t.not_due,
               (long long) plan->cells_refused);
        if (t.waits > 0)
                printf(", %lld waiting for others", (long long) t.waits);
        (void) putchar('\n');
        if (plan->n_jobs == 0)
                return;
        print_money_line(plan, &t);
        if (plan->expected_ms > 0) {
                duration_format(plan->expected_ms, duration);
                printf("expected duration: about %s\n", duration);
        } else {
                printf("expected duration: unknown until these models have run once\n");
        }
}

/* Every refusal in full, once for all cells of a recipe that share it. */
static void print_refusals(const Plan *plan) {
        for (size_t i = 0; i < plan->n_cells; i++) {
                const PlanCell *cell = &plan->cells[i], *next = cell + 1;
                const PlanCell *end = plan->cells + plan->n_cells;

                if (!streq(sign(cell->verdict), "!"))
                        continue;
                while (next < end && next->recipe == cell->recipe && next->note &&
                       streq(next->note, cell->note))
                        next++;
                log_warning("recipe '%s': cells refused: %zd, the first is '%s': %s",
                            cell->recipe->name, next - cell, cell->key, cell->note);
                i = (size_t) (next - plan->cells) - 1;
        }
}

/* ---- the verb ---- */

static int print_plan(const Plan *plan, const Config *config) {
        OutFormat format = (OutFormat) arg_format;
        bool table = format == OUT_TABLE;
        _cleanup_(out_freep) Out *out = NULL;
        int r;

        r = out_new(stdout, format, "cells", table ? table_columns : data_columns,
                    table ? ARRAY_LEN(table_columns) : ARRAY_LEN(data_columns), &out);
        for (size_t i = 0; r >= 0 && i < plan->n_cells; i++)
                r = table ? table_row(out, &plan->cells[i]) : data_row(out, &plan->cells[i]);
        if (r >= 0 && !table)
                r = add_totals(out_extra(out), plan, config);
        if (r >= 0)
                r = out_end(out);
        if (r < 0) {
                log_error("cannot print the plan: %s", strerror(-r));
                return EXIT_CODE_ERROR;
        }
        if (table)
                print_totals(plan);
        return EXIT_CODE_OK;
}

static void print_next(const Plan *plan) {
        if (plan->n_jobs == 0) {
                fprintf(stderr, plan->cells_refused > 0 ? "nothing can be made: see above\n"
                                                        : "nothing to make\n");
                return;
        }
        fprintf(stderr, "next: pregend");
        if (arg_app.config)
                fprintf(stderr, " --config %s", arg_app.config);
        if (arg_app.library)
                fprintf(stderr, " --library %s", arg_app.library);
        fprintf(stderr, " run");
        for (size_t i = 0; i < arg_recipes.n; i++)
                fprintf(stderr, " --recipe %s", arg_recipes.items[i]);
        fprintf(stderr, "\n");
}

/* A library that is not there yet is an empty shelf: *ret stays NULL. */
static int open_shelf(const Config *config, Library **ret) {
        Err err = {0};
        int r;

        r = al_open(app_library_dir(config), AL_READ, ret, &err);
        if (r == -ENOENT) {
                fprintf(stderr, "no library at '%s' yet: planning for an empty shelf\n",
                        app_library_dir(config));
                return EXIT_CODE_OK;
        }
        return r < 0 ? app_no_library(&err) : EXIT_CODE_OK;
}

int cmd_plan(const CliVerb *verb, const Strv *args) {
        PlanOptions options = {.recipes = &arg_recipes,
                               .max_cost = arg_max_cost,
                               .now_ms = clock_wall_ms(clock_system())};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(plan_freep) Plan *plan = NULL;
        Err err = {0};
        int r;

        assert(verb);
        assert(args);
        fprintf(stderr, "a plan: nothing is spent\n");
        r = app_load_config(&config);
        if (r != EXIT_CODE_OK)
                return r;
        if (config->n_left_out > 0)
                log_warning("recipes with errors, left out of this plan: %zu", config->n_left_out);
        r = open_shelf(config, &lib);
        if (r != EXIT_CODE_OK)
                return r;
        r = plan_build(config, lib, &options, &plan, &err);
        if (r < 0) {
                log_error("%s", err_text(&err));
                return r == -ENOENT ? EXIT_CODE_USAGE : EXIT_CODE_ERROR;
        }
        r = print_plan(plan, config);
        if (r != EXIT_CODE_OK)
                return r;
        print_refusals(plan);
        print_next(plan);
        return arg_detailed_exitcode && plan->n_jobs > 0 ? EXIT_CODE_USAGE : EXIT_CODE_OK;
}
