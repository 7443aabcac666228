/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "core/budget.h"

static int spend_get(Library *lib, const char *scope, const char *period, Micros *ret, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_SPEND_GET, &s, err, "ss", scope, period);

        if (r < 0)
                return r;
        *ret = r == 1 ? db_col_int(s, 0) : 0;
        db_reset(s);
        return 0;
}

/* "run:17" "day:2026-11-23" "month:2026-11" */
static void period_key(AlPeriod period, const char *name, char ret[static BUDGET_KEY_MAX]) {
        switch (period) {
        case AL_PERIOD_RUN:
                (void) snprintf(ret, BUDGET_KEY_MAX, "run:%s", name);
                return;
        case AL_PERIOD_DAY:
                (void) snprintf(ret, BUDGET_KEY_MAX, "day:%s", name);
                return;
        case AL_PERIOD_MONTH:
                (void) snprintf(ret, BUDGET_KEY_MAX, "month:%.*s", BUDGET_MONTH_LEN, name);
                return;
        case _AL_PERIOD_MAX:
                break;
        }
        assert_not_reached();
}

static void place_key(const BudgetPlace *place, AlPeriod period, char ret[static BUDGET_KEY_MAX]) {
        char run[24];

        (void) snprintf(run, sizeof run, "%" PRId64, place->run);
        period_key(period, period == AL_PERIOD_RUN ? run : place->day, ret);
}

/* Whether the cap speaks of this attempt: a cap of another provider, brand or recipe does not. */
static bool cap_applies(const BudgetPlace *place, const char *scope) {
        if (scope[0] == 0)
                return true;
        if (strncmp(scope, "provider:", 9) == 0)
                return streq(scope + 9, place->provider);
        if (strncmp(scope, "brand:", 6) == 0)
                return streq(scope + 6, place->brand);
        if (strncmp(scope, "recipe:", 7) == 0)
                return streq(scope + 7, place->recipe);
        assert_not_reached();
}

static int cap_check(Library *lib, const BudgetPlace *place, Micros reserve, const AlCap *cap,
                     AlRefusal *ret_refusal, Err *err) {
        char period[BUDGET_KEY_MAX];
        Micros used;
        int r;

        place_key(place, cap->period, period);
        r = spend_get(lib, cap->scope, period, &used, err);
        if (r < 0)
                return r;
        if (used <= cap->limit && reserve <= cap->limit - used)
                return 0;
        if (ret_refusal) {
                *ret_refusal =
                        (AlRefusal){.period = cap->period, .limit = cap->limit, .used = used};
                (void) snprintf(ret_refusal->scope, sizeof ret_refusal->scope, "%s", cap->scope);
        }
        return AL_REFUSED;
}

int budget_check(Library *lib, const BudgetPlace *place, Micros reserve, const AlCap *caps,
                 size_t n_caps, AlRefusal *ret_refusal, Err *err) {
        int r;

        assert(lib && place && (caps || n_caps == 0));
        assert(reserve >= 0);
        for (size_t i = 0; i < n_caps; i++) {
                assert(caps[i].scope && caps[i].limit >= 0);
                if (!cap_applies(place, caps[i].scope))
                        continue;
                r = cap_check(lib, place, reserve, &caps[i], ret_refusal, err);
                if (r != 0)
                        return r;
        }
        return 0;
}

static int spend_add(Library *lib, const char *scope, const char *period, Micros amount, Err *err) {
        return db_exec(lib->db, SQL_SPEND_ADD, NULL, err, "ssl", scope, period, amount);
}

int budget_add(Library *lib, const BudgetPlace *place, Micros amount, Err *err) {
        char scopes[4][BUDGET_KEY_MAX], period[BUDGET_KEY_MAX];
        int r;

        assert(lib && place);
        assert(db_in_transaction(lib->db));
        scopes[0][0] = 0;
        (void) snprintf(scopes[1], sizeof scopes[1], "provider:%s", place->provider);
        (void) snprintf(scopes[2], sizeof scopes[2], "brand:%s", place->brand);
        (void) snprintf(scopes[3], sizeof scopes[3], "recipe:%s", place->recipe);
        for (int p = 0; p < _AL_PERIOD_MAX; p++) {
                place_key(place, (AlPeriod) p, period);
                for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
                        r = spend_add(lib, scopes[i], period, amount, err);
                        if (r < 0)
                                return r;
                }
        }
        return 0;
}

int al_spent(Library *lib, const char *scope, AlPeriod period, const char *period_name, Micros *ret,
             Err *err) {
        char key[BUDGET_KEY_MAX];

        assert(lib && scope && period_name && ret);
        period_key(period, period_name, key);
        return spend_get(lib, scope, key, ret, err);
}

int al_spend_verify(Library *lib, Err *err) {
        Stmt *s;
        int r;

        assert(lib);
        r = db_query(lib->db, SQL_SPEND_DIFFERENCES, &s, err, "");
        if (r < 0)
                return r;
        if (r == 1)
                r = err_set(err, -EUCLEAN,
                            "spending counter '%s' of %s is %lld, the attempts sum up to %lld",
                            db_col_text(s, 0), db_col_text(s, 1), (long long) db_col_int(s, 3),
                            (long long) db_col_int(s, 2));
        db_reset(s);
        return r;
}
