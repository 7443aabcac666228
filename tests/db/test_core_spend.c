/* SPDX-License-Identifier: MIT */

/* The spending counters agree with the attempts, whatever happened. */

#include "core_fixture.h"

static Micros spent(Library *lib, const char *scope, AlPeriod period, const char *name) {
        Micros m = -1;
        Err err = {0};

        CHECK_OK(al_spent(lib, scope, period, name, &m, &err), &err);
        return m;
}

static uint64_t next_random(uint64_t *state) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

typedef struct Slot {
        int64_t attempt; /* 0: free */
        Micros reserved;
} Slot;

/* One random step of the ledger: plan, begin under caps, or end somehow. */
static void random_step(Library *lib, uint64_t *seed, Slot open[static 8]) {
        static const char *const brands[] = {"acme", "zenith"}, *const recipes[] = {"one", "two"};
        static const char *const days[] = {"2026-11-30", "2026-12-01"};
        static const AlCap caps[] = {{"", AL_PERIOD_MONTH, 4000},
                                     {"brand:acme", AL_PERIOD_DAY, 1500}};
        uint64_t x = next_random(seed);
        Slot *slot = &open[x % 8];
        Micros billed =
                (Micros) (x >> 30) % (slot->reserved + 1); /* providers keep to the worst case */
        Err err = {0};

        if (slot->attempt == 0) {
                FixJob j = {.brand = brands[x >> 8 & 1],
                            .recipe = recipes[x >> 9 & 1],
                            .run = 1 + (int64_t) (x >> 10 & 1)};
                int64_t job = fix_job(lib, &j, NOW);
                int r;

                slot->reserved = (Micros) (x >> 20 & 255);
                r = al_attempt_begin(lib, job, j.run, slot->reserved, caps, 2, days[x >> 11 & 1],
                                     NOW, &slot->attempt, NULL, &err);

                CHECK_OK(r, &err);
                CHECK(r == AL_OK || r == AL_REFUSED);
                return;
        }
        if (x >> 12 & 1)
                fix_end(lib, slot->attempt, OUTCOME_BROKEN, JOB_PLANNED, billed, NOW);
        else
                free(fix_made(lib, slot->attempt, "x", billed, NOW));
        slot->attempt = 0;
}

TEST(counters_agree_after_anything) {
        const char *given = getenv("TEST_SEED");
        uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t) getpid() * 2654435761u + 1;
        _cleanup_(freep) char *dir = fix_dir("random");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Slot open[8] = {0};
        Err err = {0};

        fprintf(stderr, "  TEST_SEED=%llu\n", (unsigned long long) seed);
        (void) fix_run(lib, NOW);
        (void) fix_run(lib, NOW);
        for (int i = 0; i < 600; i++) {
                random_step(lib, &seed, open);
                if (i % 50 == 0)
                        CHECK_OK(al_spend_verify(lib, &err), &err);
        }
        CHECK_OK(al_spend_verify(lib, &err), &err);
        CHECK(spent(lib, "", AL_PERIOD_MONTH, "2026-11") <= 4000);
        CHECK(spent(lib, "brand:acme", AL_PERIOD_DAY, "2026-12-01") <= 1500);
}

TEST(verify_finds_a_wrong_counter) {
        _cleanup_(freep) char *dir = fix_dir("wrong");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        (void) fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 500, NOW);
        CHECK_OK(al_spend_verify(lib, &err), &err);
        raw_exec(dir, "UPDATE spend SET micros = 499 WHERE scope = 'brand:acme' AND period = "
                      "'day:2026-11-23'");
        CHECK_INT(al_spend_verify(lib, &err), -EUCLEAN);
        CHECK_HAS(err.text, "'brand:acme' of day:2026-11-23 is 499");
        raw_exec(dir,
                 "UPDATE spend SET micros = 500; INSERT INTO spend VALUES ('brand:x', 'run:1', 3)");
        CHECK_INT(al_spend_verify(lib, &err), -EUCLEAN);
        CHECK_HAS(err.text, "brand:x");
        raw_exec(dir, "DELETE FROM spend WHERE scope = 'brand:x' OR scope = ''");
        CHECK_INT(al_spend_verify(lib, &err), -EUCLEAN);
}
