/* SPDX-License-Identifier: MIT */

/*
 * Which jobs the caps will refuse. Each cap that a job falls under is a purse; walking the queue in
 * order, a job that fits all its purses is paid from them, one that does not is cut. A later,
 * cheaper job may still fit, as it will when the run asks the ledger.
 */

#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "plan/internal.h"

enum {
        NO_CAP = -1,
        SCOPE_TEXT_MAX = 160,
        MONTH_TEXT_LEN = 7, /* "2026-11" */
};

typedef struct Purses {
        Micros all;
        Micros *provider; /* as Settings.providers */
        Micros *brand;    /* as Config.brands */
        Micros *recipe;   /* as Config.recipes */
} Purses;

static void purses_done(Purses *p) {
        free(p->provider);
        free(p->brand);
        free(p->recipe);
}

static Micros least(Micros a, Micros b) {
        if (a < 0)
                return b;
        return b < 0 ? a : MIN_OF(a, b);
}

/* What is left of a cap of a day or month; NO_CAP when there is none. */
static int left_of(Library *lib, const char *scope, AlPeriod period, const char *name, Micros cap,
                   Micros *ret, Err *err) {
        Micros spent = 0;
        int r;

        if (cap >= 0 && lib) {
                r = al_spent(lib, scope, period, name, &spent, err);
                if (r < 0)
                        return r;
        }
        *ret = cap < 0 ? NO_CAP : MAX_OF(cap - spent, 0);
        return 0;
}

/* The least of a scope's three caps. A run that has not begun has spent nothing. */
static int open_purse(Library *lib, const char *scope, const Caps *caps, int64_t now_ms,
                      Micros *ret, Err *err) {
        char day[TIME_TEXT_MAX], month[TIME_TEXT_MAX];
        Micros by_day, by_month;
        int r;

        time_format_day(now_ms, day);
        memcpy(month, day, sizeof(month));
        month[MONTH_TEXT_LEN] = '\0';
        r = left_of(lib, scope, AL_PERIOD_DAY, day, caps->per_day, &by_day, err);
        if (r < 0)
                return r;
        r = left_of(lib, scope, AL_PERIOD_MONTH, month, caps->per_month, &by_month, err);
        if (r < 0)
                return r;
        *ret = least(caps->per_run, least(by_day, by_month));
        return 0;
}

static int open_purses(const Config *config, Library *lib, const PlanOptions *options, Purses *ret,
                       Err *err) {
        const Settings *settings = &config->settings;
        char scope[SCOPE_TEXT_MAX];
        int r;

        ret->provider = calloc(settings->n_providers + 1, sizeof(Micros));
        ret->brand = calloc(config->n_brands + 1, sizeof(Micros));
        ret->recipe = calloc(config->n_recipes + 1, sizeof(Micros));
        if (!ret->provider || !ret->brand || !ret->recipe)
                return -ENOMEM;
        r = open_purse(lib, "", &settings->caps, options->now_ms, &ret->all, err);
        if (r < 0)
                return r;
        ret->all = least(ret->all, options->max_cost);
        for (size_t i = 0; i < settings->n_providers; i++) {
                const ProviderConfig *p = &settings->providers[i];

                (void) snprintf(scope, sizeof(scope), "provider:%s", p->name);
                r = open_purse(lib, scope, &p->caps, options->now_ms, &ret->provider[i], err);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < config->n_brands; i++) {
                const Vars *p = &config->brands[i];

                (void) snprintf(scope, sizeof(scope), "brand:%s", p->name);
                r = open_purse(lib, scope, &p->caps, options->now_ms, &ret->brand[i], err);
                if (r < 0)
                        return r;
        }
        for (size_t i = 0; i < config->n_recipes; i++) {
                const Recipe *p = &config->recipes[i];

                (void) snprintf(scope, sizeof(scope), "recipe:%s", p->name);
                r = open_purse(lib, scope, &p->caps, options->now_ms, &ret->recipe[i], err);
                if (r < 0)
                        return r;
        }
        return 0;
}

static bool pay(Micros price, Micros *const *purses, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (*purses[i] >= 0 && price > *purses[i])
                        return false;
        for (size_t i = 0; i < n; i++)
                if (*purses[i] >= 0)
                        *purses[i] -= price;
        return true;
}

int plan_apply_budget(Plan *plan, const Config *config, Library *lib, const PlanOptions *options,
                      Err *err) {
        _cleanup_(purses_done) Purses purses = {0};
        int r;

        assert(plan);
        assert(config);
        assert(options);
        r = open_purses(config, lib, options, &purses, err);
        if (r < 0)
                return r;
        plan->budget_left = purses.all;
        for (size_t i = 0; i < plan->n_jobs; i++) {
                PlanJob *job = &plan->jobs[i];
                PlanCell *cell = &plan->cells[job->cell];
                const Vars *brand = config_brand(config, cell->brand);
                Micros no_cap = NO_CAP;
                Micros *of_job[] = {
                        &purses.all,
                        &purses.provider[cell->provider - config->settings.providers],
                        brand ? &purses.brand[brand - config->brands] : &no_cap,
                        &purses.recipe[cell->recipe - config->recipes],
                };

                plan->worst_uncut = money_add(plan->worst_uncut, cell->worst_each);
                job->cut = !pay(cell->worst_each, of_job, ARRAY_LEN(of_job));
                if (job->cut)
                        cell->cut++;
                else
                        plan->worst = money_add(plan->worst, cell->worst_each);
        }
        return 0;
}

/* ---- how long ---- */

typedef struct Lane { /* what one provider has to do */
        int64_t jobs, busy_ms, longest_ms;
} Lane;

/* Jobs side by side as declared; never shorter than the longest one, nor than the declared rate
 * allows. */
static int64_t lane_ms(const Lane *lane, const ProviderConfig *provider) {
        int64_t ms = lane->busy_ms / MAX_OF(provider->concurrency, 1);

        ms = MAX_OF(ms, lane->longest_ms);
        if (provider->per_minute > 0)
                ms = MAX_OF(ms, (lane->jobs - 1) / provider->per_minute * 60 * 1000);
        return ms;
}

int plan_expect(Plan *plan, const Config *config) {
        const Settings *settings = &config->settings;
        _cleanup_(freep) Lane *lanes = NULL;
        int64_t total = 0;

        assert(plan);
        lanes = calloc(settings->n_providers + 1, sizeof(Lane));
        if (!lanes)
                return -ENOMEM;
        for (size_t i = 0; i < plan->n_jobs; i++) {
                const PlanCell *cell = &plan->cells[plan->jobs[i].cell];
                Lane *lane = &lanes[cell->provider - settings->providers];

                if (plan->jobs[i].cut)
                        continue;
                if (cell->expected_ms == 0)
                        return 0;
                lane->jobs++;
                lane->busy_ms += cell->expected_ms;
                lane->longest_ms = MAX_OF(lane->longest_ms, cell->expected_ms);
        }
        for (size_t i = 0; i < settings->n_providers; i++)
                if (lanes[i].jobs > 0)
                        total = MAX_OF(total, lane_ms(&lanes[i], &settings->providers[i]));
        plan->expected_ms = total;
        return 0;
}
