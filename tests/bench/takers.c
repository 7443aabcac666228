/* SPDX-License-Identifier: MIT */

/*
 * takers DIR [TAKERS [EACH]]: makes a library in DIR, then 8 processes take 2,000 assets each, one
 * at a time and exclusively, while another process plays a writing night: an attempt begun and
 * ended, a new asset, as fast as it can. Prints the latency of a take (transaction and fsync
 * included), takes a second, what the night got done, and whether any asset was handed out twice or
 * any take was lost. Exit 1 when one was.
 */

#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/parse.h"
#include "core/library.h"

enum {
        TAKERS_MAX = 64,
        EACH_MAX = 100000,
        BATCH = 500, /* assets of one transaction while the library is made */
        BRANDS = 8,
};

static const int64_t now_ms = INT64_C(1795399200000);
static const char day[] = "2026-11-23";

static _noreturn_ void die(const char *what, const Err *err) {
        (void) fprintf(stderr, "takers: %s: %s\n", what, err_text(err));
        _exit(1);
}

static Library *open_library(const char *dir, AlMode mode) {
        Library *lib = NULL;
        Err err = {0};

        if (al_open(dir, mode, &lib, &err) < 0)
                die("open", &err);
        return lib;
}

/* One asset, the way a night makes it. All share one file: only the rows matter here. */
static int make_asset(Library *lib, int64_t run, int64_t number, Err *err) {
        char brand[16];
        AlAxis axes[] = {{"brand", brand}, {"category", "lifestyle"}, {"hook", "urgency"}};
        AlCellSpec cell = {.recipe = "bench",
                           .brand = brand,
                           .hook = "urgency",
                           .category = "lifestyle",
                           .axes = axes,
                           .n_axes = ARRAY_LEN(axes),
                           .kind = KIND_IMAGE};
        AlJobSpec job = {.run = run,
                         .kind = KIND_IMAGE,
                         .provider = "studio",
                         .driver = "local",
                         .model = "local-1",
                         .recipe = "bench",
                         .recipe_hash = "",
                         .brand = brand,
                         .hook = "urgency",
                         .category = "lifestyle",
                         .prompt = "a photo",
                         .params = "{}",
                         .references = "[]",
                         .tags = "{\"format\":\"square\"}",
                         .want = 1,
                         .seed = number,
                         .worst = 1000};
        AlNewAsset a = {.bytes = 1, .media_type = "image/png", .ext = "png"};
        AlAttemptEnd end = {.outcome = OUTCOME_MADE,
                            .billed = 1000,
                            .counts = true,
                            .next = JOB_DONE,
                            .assets = &a,
                            .n_assets = 1};
        int64_t id, attempt;
        int r;

        (void) snprintf(brand, sizeof brand, "brand-%d", (int) (number % BRANDS));
        digest_of("x", 1, &a.digest);
        r = al_cell_sync(lib, &cell, now_ms, &job.cell, err);
        if (r >= 0)
                r = al_job_plan(lib, &job, now_ms, &id, err);
        if (r >= 0)
                r = al_attempt_begin(lib, id, run, 1000, NULL, 0, day, now_ms, &attempt, NULL, err);
        return r < 0 ? r : al_attempt_end(lib, attempt, &end, now_ms, NULL, err);
}

static void fill(const char *dir, int64_t n) {
        Library *lib = open_library(dir, AL_CREATE);
        int64_t run = 0;
        Err err = {0};
        Digest d;
        int r = al_object_put(al_dir_fd(lib), "x", 1, "png", &d, &err);

        if (r >= 0)
                r = al_run_begin(lib, now_ms, -1, &run, &err);
        for (int64_t i = 0; r >= 0 && i < n;) {
                r = al_begin(lib, &err);
                for (int64_t end = MIN_OF(i + BATCH, n); r >= 0 && i < end; i++)
                        r = make_asset(lib, run, i, &err);
                if (r >= 0)
                        r = al_commit(lib, &err);
        }
        if (r < 0)
                die("fill", &err);
        (void) al_close(lib);
}

/* The night: until it is ended. *made counts. */
static _noreturn_ void night(const char *dir, volatile int64_t *made) {
        Library *lib = open_library(dir, AL_WRITE);
        Err err = {0};

        for (int64_t i = 0;; i++) {
                if (make_asset(lib, 1, EACH_MAX * TAKERS_MAX + i, &err) < 0)
                        die("night", &err);
                ++*made;
        }
}

static _noreturn_ void taker(const char *dir, int number, int64_t each, uint64_t *us) {
        Library *lib = open_library(dir, AL_WRITE);
        char campaign[32];
        const AlQuery all = {.now_ms = now_ms};
        AlTakeSpec spec = {
                .query = &all, .campaign = campaign, .who = "bench", .n = 1, .exclusive = true};
        Err err = {0};

        (void) snprintf(campaign, sizeof campaign, "campaign-%d", number);
        for (int64_t i = 0; i < each; i++) {
                uint64_t before = clock_mono_us(clock_system());
                AlTake t = {0};
                int r = al_take(lib, &spec, now_ms, &t, &err);

                if (r != AL_OK)
                        die("take", &err);
                al_take_done(&t);
                us[i] = clock_mono_us(clock_system()) - before;
        }
        (void) al_close(lib);
        _exit(0);
}

static int by_size(const void *a, const void *b) {
        uint64_t x = *(const uint64_t *) a, y = *(const uint64_t *) b;

        return x < y ? -1 : x > y;
}

typedef struct Tally {
        int64_t n, exclusive;
} Tally;

static int tally(const AlTaken *take, const AlAsset *a, void *userdata) {
        Tally *t = userdata;

        t->n++;
        t->exclusive += take->exclusive && a->uses == 1;
        return 0;
}

/* Whether every campaign has what its taker was told, and nothing was taken twice. */
static bool all_well(const char *dir, int takers, int64_t each) {
        Library *lib = open_library(dir, AL_READ);
        bool well = true;
        Err err = {0};

        for (int i = 0; i < takers; i++) {
                char campaign[32];
                Tally t = {0};

                (void) snprintf(campaign, sizeof campaign, "campaign-%d", i);
                if (al_taken(lib, campaign, now_ms, tally, &t, &err) < 0)
                        die("count", &err);
                well = well && t.n == each && t.exclusive == each;
        }
        (void) al_close(lib);
        return well;
}

int main(int argc, char **argv) {
        int64_t takers = 8, each = 2000;
        volatile int64_t *made;
        uint64_t *us, start, took;
        pid_t pids[TAKERS_MAX], writer;
        int status, bad = 0;

        if (argc < 2 || argc > 4 || (argc > 2 && parse_int(argv[2], 1, TAKERS_MAX, &takers) < 0) ||
            (argc > 3 && parse_int(argv[3], 1, EACH_MAX, &each) < 0)) {
                (void) fprintf(stderr, "usage: takers DIR [TAKERS [EACH]]\n");
                return 2;
        }
        us = mmap(NULL, (size_t) (takers * each + 1) * sizeof *us, PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (us == MAP_FAILED)
                return 1;
        made = (volatile int64_t *) &us[takers * each];
        fill(argv[1], takers * each);
        writer = fork();
        if (writer == 0)
                night(argv[1], made);
        start = clock_mono_us(clock_system());
        for (int i = 0; i < takers; i++) {
                pids[i] = fork();
                if (pids[i] == 0)
                        taker(argv[1], i, each, us + i * each);
        }
        for (int i = 0; i < takers; i++)
                bad += waitpid(pids[i], &status, 0) != pids[i] || status != 0;
        took = clock_mono_us(clock_system()) - start;
        (void) kill(writer, SIGKILL);
        (void) waitpid(writer, &status, 0);
        if (bad > 0 || !all_well(argv[1], (int) takers, each)) {
                (void) fprintf(stderr,
                               "takers: an asset was handed out twice, or a take is lost\n");
                return 1;
        }
        qsort(us, (size_t) (takers * each), sizeof *us, by_size);
        (void) printf(
                "%lld takers x %lld exclusive takes in %.1f s: %.0f a second; latency ms: p50 "
                "%.2f, p99 %.2f, max %.2f; none twice, none lost; the night stored %lld assets "
                "meanwhile\n",
                (long long) takers, (long long) each, (double) took / 1e6,
                (double) (takers * each) * 1e6 / (double) took,
                /* NOLINTNEXTLINE(bugprone-integer-division) */
                (double) us[takers * each / 2] / 1e3, (double) us[takers * each * 99 / 100] / 1e3,
                (double) us[takers * each - 1] / 1e3, (long long) *made);
        return 0;
}
