/* SPDX-License-Identifier: MIT */

/* Many takers at once beside a writing night: no asset goes to two, and no take is lost. The full
 * size, with latencies, is tests/bench/takers.c. */

#include <stdio.h>
#include <sys/wait.h>

#include "core_fixture.h"

enum {
        TAKERS = 8,
        EACH = 12,
        NIGHT = 20, /* assets made meanwhile */
};

/* Takes EACH, one at a time. */
static _noreturn_ void take_along(const char *dir, int number) {
        Library *lib = fix_open(dir);
        const AlQuery all = {.now_ms = NOW};
        char campaign[16];
        AlTakeSpec spec = {
                .query = &all, .campaign = campaign, .who = "anna", .n = 1, .exclusive = true};

        (void) snprintf(campaign, sizeof campaign, "c%d", number);
        for (int i = 0; i < EACH; i++) {
                _cleanup_(al_take_done) AlTake t = {0};
                Err err = {0};
                int r = al_take(lib, &spec, NOW, &t, &err);

                CHECK_OK(r, &err);
                CHECK_INT(r, AL_OK);
        }
        (void) al_close(lib);
        _exit(0);
}

TEST(no_asset_goes_to_two_takers_and_no_take_is_lost) {
        _cleanup_(freep) char *dir = fix_dir("takers");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        pid_t pids[TAKERS];

        for (int i = 0; i < TAKERS * EACH; i++)
                free(fix_asset(lib, &(FixJob){.seed = i}, "x", NOW));
        lib = al_close(lib);
        for (int i = 0; i < TAKERS; i++) {
                pids[i] = fork();
                CHECK(pids[i] >= 0);
                if (pids[i] == 0)
                        take_along(dir, i);
        }
        lib = fix_open(dir);
        for (int i = 0; i < NIGHT; i++)
                free(fix_asset(lib, &(FixJob){.seed = i}, "night", NOW));
        for (int i = 0; i < TAKERS; i++) {
                int status;

                CHECK(waitpid(pids[i], &status, 0) == pids[i]);
                CHECK_INT(status, 0);
        }
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), TAKERS * EACH);
        CHECK_INT(raw_int(dir, "SELECT count(DISTINCT asset) FROM take"), TAKERS * EACH);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM (SELECT 1 FROM take GROUP BY campaign HAVING "
                               "count(*) <> 12)"),
                  0);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE uses = 1 AND held_until > 0"),
                  TAKERS * EACH);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset"), TAKERS * EACH + NIGHT);
}
