/* SPDX-License-Identifier: MIT */

/*
 * The intent of one call inside the budget: every cap that concerns it goes with the reservation
 * into the ledger's transaction. Reservations are worst cases, and what is in flight mostly ends
 * cheaper. So a refusal that may be cured by calls in flight makes the lane wait, in order, until
 * one of them is settled; a job is cancelled only when it would not fit even if all of them cost
 * nothing.
 */

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "base/parse.h"
#include "night/events.h"
#include "night/state.h"

enum {
        CAPS_MAX = 4 * _AL_PERIOD_MAX, /* all, provider, brand, recipe */
        CAP_SCOPE_MAX = 160,
};

static bool in_scope(const Item *item, const char *scope) {
        if (!*scope)
                return true;
        if (strncmp(scope, "provider:", 9) == 0)
                return streq(scope + 9, item->job.provider);
        if (strncmp(scope, "brand:", 6) == 0)
                return streq(scope + 6, item->job.brand);
        return strncmp(scope, "recipe:", 7) == 0 && streq(scope + 7, item->job.recipe);
}

/* What the calls in flight have reserved of a cap. */
static Micros in_flight(const Night *n, const char *scope) {
        Micros sum = 0;

        for (const Item *item = n->items; item; item = item->all_next)
                if (item->attempt > 0 && !item->earlier && !item->lane->driver->free &&
                    in_scope(item, scope))
                        sum += item->job.worst;
        return sum;
}

static void add_caps(const char *scope, const Caps *caps, AlCap *out, size_t *k) {
        const Micros limits[_AL_PERIOD_MAX] = {
                [AL_PERIOD_RUN] = caps->per_run,
                [AL_PERIOD_DAY] = caps->per_day,
                [AL_PERIOD_MONTH] = caps->per_month,
        };

        for (int p = 0; p < _AL_PERIOD_MAX; p++)
                if (limits[p] >= 0)
                        out[(*k)++] =
                                (AlCap){.scope = scope, .period = (AlPeriod) p, .limit = limits[p]};
}

static int refused(Item *item, const AlRefusal *refusal, Err *err) {
        static const char *const periods[_AL_PERIOD_MAX] = {"run", "day", "month"};
        Night *n = item->night;
        char limit[MONEY_TEXT_MAX], used[MONEY_TEXT_MAX], price[MONEY_TEXT_MAX], text[400];
        Micros open = in_flight(n, refusal->scope);
        int r;

        if (open > 0 && refusal->used - open + item->job.worst <= refusal->limit) {
                item->lane->waits_for_money = true;
                return INTENT_WAITS;
        }
        money_format(refusal->limit, limit);
        money_format(refusal->used, used);
        money_format(item->job.worst, price);
        (void) snprintf(text, sizeof text,
                        "%s spent or reserved of %s a %s%s%s, and the next may cost %s", used,
                        limit, periods[refusal->period], refusal->scope[0] ? " for " : "",
                        refusal->scope, price);
        if (n->budget_cut++ == 0) {
                journal_event(n, LOG_WARNING, EVENT_BUDGET, "the budget is reached: %s", text);
                journal_note(n, "budget", refusal->scope, text);
        }
        r = al_job_move(n->lib, item->job.id, JOB_PLANNED, JOB_CANCELLED, text,
                        clock_wall_ms(n->clock), err);
        return r < 0 ? r : INTENT_NONE;
}

int intent_write(Item *item, const char *day, Err *err) {
        Night *n = item->night;
        const Recipe *recipe = config_recipe(n->config, item->job.recipe);
        const Vars *brand = config_brand(n->config, item->job.brand);
        char provider[CAP_SCOPE_MAX], of_brand[CAP_SCOPE_MAX], of_recipe[CAP_SCOPE_MAX];
        Caps all = n->config->settings.caps;
        AlCap caps[CAPS_MAX];
        AlRefusal refusal;
        size_t k = 0;
        int r;

        if (item->lane->waits_for_money) /* one before it in its lane: the order is kept */
                return INTENT_WAITS;
        if (n->options->max_cost >= 0)
                all.per_run = all.per_run >= 0 ? MIN_OF(all.per_run, n->options->max_cost)
                                               : n->options->max_cost;
        add_caps("", &all, caps, &k);
        (void) snprintf(provider, sizeof provider, "provider:%s", item->job.provider);
        add_caps(provider, &item->lane->config->caps, caps, &k);
        (void) snprintf(of_brand, sizeof of_brand, "brand:%s", item->job.brand);
        if (brand)
                add_caps(of_brand, &brand->caps, caps, &k);
        (void) snprintf(of_recipe, sizeof of_recipe, "recipe:%s", item->job.recipe);
        if (recipe)
                add_caps(of_recipe, &recipe->caps, caps, &k);
        r = al_attempt_begin(n->lib, item->job.id, n->run,
                             item->lane->driver->free ? 0 : item->job.worst, caps, k, day,
                             clock_wall_ms(n->clock), &item->attempt, &refusal, err);
        if (r == AL_REFUSED)
                return refused(item, &refusal, err);
        if (r < 0)
                return r;
        if (r != AL_OK)
                return INTENT_NONE; /* somebody else moved the job */
        item->stage = ITEM_CALLING;
        return INTENT_WRITTEN;
}
