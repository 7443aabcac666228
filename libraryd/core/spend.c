/* SPDX-License-Identifier: MIT */

#include "core/lib.h"

static const char *const words[] = {
        [AL_BY_BRAND] = "brand", [AL_BY_HOOK] = "hook",     [AL_BY_CATEGORY] = "category",
        [AL_BY_KIND] = "kind",   [AL_BY_RECIPE] = "recipe", [AL_BY_PROVIDER] = "provider",
        [AL_BY_MODEL] = "model", [AL_BY_DAY] = "day",       [AL_BY_CAMPAIGN] = "campaign",
};
static_assert(ARRAY_LEN(words) == _AL_BY_MAX, "one word each");

const char *al_spend_by_word(AlSpendBy by) {
        assert(by >= 0 && by < _AL_BY_MAX);
        return words[by];
}

static void spend_row(Stmt *s, AlSpendRow *ret) {
        *ret = (AlSpendRow){
                .calls = db_col_int(s, _AL_BY_MAX),
                .paid = db_col_int(s, _AL_BY_MAX + 1),
                .blocked = db_col_int(s, _AL_BY_MAX + 2),
                .open = db_col_int(s, _AL_BY_MAX + 3),
                .assets = db_col_int(s, _AL_BY_MAX + 4),
                .used = db_col_int(s, _AL_BY_MAX + 5),
                .used_paid = db_col_int(s, _AL_BY_MAX + 6),
                .shelf = db_col_int(s, _AL_BY_MAX + 7),
        };
        for (int i = 0; i < _AL_BY_MAX; i++)
                ret->by[i] = db_col_text(s, i);
        ret->waste = ret->paid - ret->open - ret->used_paid - ret->shelf;
}

int al_spend(Library *lib, const bool by[static _AL_BY_MAX], const char *since_day, int64_t now_ms,
             AlSpendFn fn, void *userdata, Err *err) {
        AlSpendRow row;
        Stmt *s;
        int r;

        assert(lib && by && since_day && fn);
        r = db_query(lib->db, SQL_SPEND_BY, &s, err, "iiiiiiiiisl", (int) by[AL_BY_BRAND],
                     (int) by[AL_BY_HOOK], (int) by[AL_BY_CATEGORY], (int) by[AL_BY_KIND],
                     (int) by[AL_BY_RECIPE], (int) by[AL_BY_PROVIDER], (int) by[AL_BY_MODEL],
                     (int) by[AL_BY_DAY], (int) by[AL_BY_CAMPAIGN], since_day, now_ms);
        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                spend_row(s, &row);
                r = fn(&row, userdata);
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}
