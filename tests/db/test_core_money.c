/* SPDX-License-Identifier: MIT */

/* What assets cost: whatever happened, the rows of every way to tell calls apart are the ledger, to
 * the micro-unit. */

#include <stdio.h>

#include "core_fixture.h"

typedef struct Sum {
        AlSpendRow total;
        int rows;
        AlSpendRow of; /* the row whose last member asked for is `name` */
        const char *name;
} Sum;

static int add(const AlSpendRow *row, void *userdata) {
        Sum *s = userdata;

        s->rows++;
        s->total.calls += row->calls;
        s->total.paid += row->paid;
        s->total.blocked += row->blocked;
        s->total.open += row->open;
        s->total.used_paid += row->used_paid;
        s->total.shelf += row->shelf;
        s->total.waste += row->waste;
        CHECK_INT(row->paid, row->open + row->used_paid + row->shelf + row->waste);
        CHECK(row->waste >= 0 && row->used_paid >= 0 && row->shelf >= 0);
        for (int i = 0; i < _AL_BY_MAX; i++)
                if (s->name && row->by[i] && streq(row->by[i], s->name))
                        s->of = *row;
        return 0;
}

static Sum spend(Library *lib, unsigned by, const char *name) {
        bool flags[_AL_BY_MAX];
        Sum s = {.name = name};
        Err err = {0};

        for (int i = 0; i < _AL_BY_MAX; i++)
                flags[i] = by >> i & 1;
        CHECK_OK(al_spend(lib, flags, "", NOW, add, &s, &err), &err);
        return s;
}

static void take(Library *lib, const char *campaign, int64_t n) {
        const AlQuery all = {.now_ms = NOW};
        AlTakeSpec spec = {
                .query = &all, .campaign = campaign, .who = "anna", .n = n, .partial = true};
        _cleanup_(al_take_done) AlTake t = {0};
        Err err = {0};

        CHECK_OK(al_take(lib, &spec, NOW, &t, &err), &err);
}

static Micros ledger(Library *lib) {
        Micros m = -1;
        Err err = {0};

        CHECK_OK(al_spent(lib, "", AL_PERIOD_DAY, DAY, &m, &err), &err);
        return m;
}

TEST(paid_is_used_shelf_waste_and_in_flight) {
        _cleanup_(freep) char *dir = fix_dir("parts");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        const FixJob acme = {.run = 1}, zenith = {.run = 1, .brand = "zenith", .hook = "proof"};
        Sum s;
        Err err = {0};

        (void) fix_run(lib, NOW);
        fix_end(lib, fix_begin(lib, fix_job(lib, &acme, NOW), 1, 500, NOW), OUTCOME_BLOCKED,
                JOB_BLOCKED, 301, NOW);
        fix_end(lib, fix_begin(lib, fix_job(lib, &zenith, NOW), 1, 700, NOW), OUTCOME_UNKNOWN,
                JOB_UNKNOWN, 700, NOW);
        (void) fix_begin(lib, fix_job(lib, &zenith, NOW), 1, 11, NOW); /* in flight */
        free(fix_made(lib, fix_begin(lib, fix_job(lib, &acme, NOW), 1, 100, NOW), "1", 97, NOW));
        take(lib, "spring", 1);
        {
                _cleanup_(freep) char *id = fix_made(
                        lib, fix_begin(lib, fix_job(lib, &acme, NOW), 1, 100, NOW), "2", 90, NOW);

                free(fix_made(lib, fix_begin(lib, fix_job(lib, &acme, NOW), 1, 100, NOW), "3", 80,
                              NOW));
                CHECK_INT(al_asset_set_status(lib, id, ASSET_REJECTED, "x", "me", NOW, &err),
                          AL_OK);
        }
        s = spend(lib, 0, NULL);
        CHECK_INT(s.rows, 1);
        CHECK_INT(s.total.paid, 301 + 700 + 11 + 97 + 90 + 80);
        CHECK_INT(s.total.paid, ledger(lib));
        CHECK_INT(s.total.blocked, 301);
        CHECK_INT(s.total.open, 11);
        CHECK_INT(s.total.used_paid, 97);
        CHECK_INT(s.total.shelf, 80);
        CHECK_INT(s.total.waste, 301 + 700 + 90);
        s = spend(lib, 1 << AL_BY_BRAND, "zenith");
        CHECK_INT(s.rows, 2);
        CHECK_INT(s.of.paid, 711);
        CHECK_INT(s.of.waste, 700);
        CHECK_INT(s.of.assets, 0);
        s = spend(lib, 1 << AL_BY_HOOK, "urgency");
        CHECK_INT(s.of.assets, 3);
        CHECK_INT(s.of.used, 1);
}

/* 100 among three: 34 for the first, 33 for the others; nothing is made or lost. */
TEST(a_shared_asset_is_divided_without_a_rest) {
        _cleanup_(freep) char *dir = fix_dir("shared");
        _cleanup_(al_closep) Library *lib = fix_open(dir);

        (void) fix_run(lib, NOW);
        free(fix_made(lib, fix_begin(lib, fix_job(lib, &(FixJob){.run = 1}, NOW), 1, 100, NOW), "1",
                      100, NOW));
        take(lib, "c", 1);
        take(lib, "a", 1);
        take(lib, "b", 1);
        CHECK_INT(spend(lib, 1 << AL_BY_CAMPAIGN, "c").of.paid, 34);
        CHECK_INT(spend(lib, 1 << AL_BY_CAMPAIGN, "a").of.paid, 33);
        CHECK_INT(spend(lib, 1 << AL_BY_CAMPAIGN, "b").of.used_paid, 33);
        CHECK_INT(spend(lib, 1 << AL_BY_CAMPAIGN, NULL).total.paid, 100);
        CHECK_INT(spend(lib, 1 << AL_BY_CAMPAIGN, NULL).rows, 4); /* and one of none */
        CHECK_INT(spend(lib, 1 << AL_BY_BRAND, "acme").of.assets, 1);
}

static uint64_t next_random(uint64_t *state) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

static void random_step(Library *lib, uint64_t x, int i) {
        static const char *const brands[] = {"acme", "zenith", "nadir"};
        static const char *const campaigns[] = {"a", "b", "c", "d"};
        FixJob j = {.run = 1,
                    .brand = brands[x % 3],
                    .hook = x >> 4 & 1 ? "proof" : "urgency",
                    .recipe = x >> 5 & 1 ? "one" : "two"};
        int64_t attempt, billed = (int64_t) (x >> 20 & 1023);
        char content[16];

        if ((x >> 8 & 3) == 0) {
                take(lib, campaigns[x >> 10 & 3], 1 + (int64_t) (x >> 12 & 3));
                return;
        }
        attempt = fix_begin(lib, fix_job(lib, &j, NOW), 1, 1023, NOW);
        (void) snprintf(content, sizeof content, "%d", i);
        if ((x >> 16 & 7) == 0)
                fix_end(lib, attempt, OUTCOME_BLOCKED, JOB_BLOCKED, billed, NOW);
        else if ((x >> 16 & 7) == 1)
                fix_end(lib, attempt, OUTCOME_BROKEN, JOB_PLANNED, billed, NOW);
        else if ((x >> 16 & 7) != 2) /* else it stays in flight */
                free(fix_made(lib, attempt, content, billed, NOW));
}

TEST(rows_add_up_to_the_ledger_after_anything) {
        const char *given = getenv("TEST_SEED");
        uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t) getpid() * 2654435761u + 1;
        _cleanup_(freep) char *dir = fix_dir("random");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Micros paid;

        fprintf(stderr, "  TEST_SEED=%llu\n", (unsigned long long) seed);
        (void) fix_run(lib, NOW);
        for (int i = 0; i < 120; i++)
                random_step(lib, next_random(&seed), i);
        paid = ledger(lib);
        for (unsigned by = 0; by < 1u << _AL_BY_MAX; by += 7) { /* 74 of the 512 ways */
                Sum s = spend(lib, by, NULL);

                CHECK_INT(s.total.paid, paid);
        }
}
