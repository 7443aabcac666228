/* SPDX-License-Identifier: MIT */

/*
 * The model test: nights in a simulated world, each decided by a seed. A seed is a library, a
 * configuration, some stormy runs (throttling, faults, lost answers, signals, clock jumps) of which
 * most end in a crash at a random step, with or without the power, and then calm ones. After each
 * run the disk is held against what providers remember; in the end, all that can be had is there.
 *
 *      MODEL_SEEDS=20000 MODEL_FIRST=1 test_model nights
 *
 * A failing seed prints itself: MODEL_FIRST=SEED MODEL_SEEDS=1 shows it again. */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/log.h"
#include "model/crash.h"
#include "model/look.h"
#include "model/rules.h"
#include "model/sim.h"
#include "night/night.h"
#include "support/test.h"

enum {
        SEEDS = 24, /* without MODEL_SEEDS */
        STORMS_MAX = 3,
        CALMS_MIN = 2,
        CALMS_MAX = 6,
};
#define HOUR_MS INT64_C(3600000)

static char *dir;

static Config *configs[SIM_CONFIGS];
static char *template_dir;

static void set_up(void) {
        Library *lib = NULL;
        Err err = {0};

        if (template_dir)
                return;
        CHECK_INT(setenv("TZ", "UTC", 1), 0);
        tzset();
        if (!getenv("MODEL_LOG"))
                log_set_level(LOG_EMERG);
        crash_vfs_install();
        for (unsigned i = 0; i < SIM_CONFIGS; i++)
                configs[i] = sim_config(i);
        template_dir = test_path("template");
        CHECK_OK(al_open(template_dir, AL_CREATE, &lib, &err), &err);
        (void) al_close(lib);
        crash_settle();
}

static void copy_template(void) {
        _cleanup_(freep) char *from = path_join(template_dir, "library.db"),
                              *to = path_join(dir, "library.db"), *text = NULL;
        static const char *const subs[] = {"objects", "spool"};
        size_t n;
        int fd;

        CHECK_INT(mkdir(dir, 0750), 0);
        for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
                _cleanup_(freep) char *sub = path_join(dir, subs[i]);

                CHECK_INT(mkdir(sub, 0750), 0);
        }
        CHECK_INT(fs_read_file(from, 16u << 20, &text, &n), 0);
        fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        CHECK(fd >= 0);
        CHECK_INT(fs_write_all(fd, text, n), 0);
        (void) close(fd);
}

/* ---- one run ---- */

static Weather storm(Sim *s) {
        unsigned strength = (unsigned) (sim_chance(s) % 3); /* 0 mild .. 2 wild */
        unsigned p = strength * strength * 40;
        Weather w = {
                .not_sent = p,
                .throttled = p,
                .server_error = p,
                .lost = p,
                .unusable = p / 2,
                .poll_trouble = 2 * p,
                .fetch_trouble = 2 * p,
                .stale_address = 200,
                .worker_death = p / 4,
                .bad_cells = 200,
                .operation_fails = p,
                .limit = sim_chance(s) % 2 ? (int64_t) (1 + sim_chance(s) % 3) : 0,
                .funds_after = sim_chance(s) % 8 == 0 ? (int64_t) (1 + sim_chance(s) % 8) : 0,
                .key_refused = sim_chance(s) % 8 == 0,
                .signal_after_us = sim_chance(s) % 4 == 0 ? sim_chance(s) % 60000000 : 0,
                .jump_after_us = sim_chance(s) % 6 == 0 ? 1 + sim_chance(s) % 60000000 : 0,
        };

        return w;
}

static const Weather calm = {.bad_cells = 200};

typedef struct Life {
        int exit_code; /* -1: it crashed, or could not be run */
        uint64_t steps;
        int reloads;
} Life;

static int reload(void *userdata, Config **ret, Err *err) {
        (void) err;
        *ret = sim_config(0);
        (*(int *) userdata)++;
        return 0;
}

static Life live(Sim *s, const Config *config, const Weather *weather, uint64_t death) {
        static const Strv no_recipes;
        Life life = {.exit_code = -1};
        NightOptions options = {.config = config,
                                .recipes = &no_recipes,
                                .max_cost = -1,
                                .until_minutes = -1,
                                .reload = reload,
                                .reload_userdata = &life.reloads};
        NightSummary summary = {0};
        Library *lib = NULL;
        Err err = {0};
        int r;

        crash_arm(death);
        r = al_open(dir, AL_WRITE, &lib, &err);
        if (r >= 0)
                r = al_lock_run(lib, &err);
        if (r == AL_OK) {
                options.lib = lib;
                options.world = sim_begin(s, weather);
                r = night_run(&options, &summary, &err);
                (void) world_free(options.world);
        }
        (void) al_close(lib);
        life.steps = crash_steps();
        if (!crash_dead()) {
                if (r < 0)
                        test_fail(__FILE__, __LINE__, "seed %llu, %s: %s",
                                  (unsigned long long) seed, stage, err_text(&err));
                life.exit_code = summary.exit_code;
                crash_arm(0);
                crash_settle();
                return life;
        }
        crash_arm(0);
        if (sim_chance(s) % 2)
                crash_lose_power(dir, sim_chance, s);
        else
                crash_settle();
        return life;
}

static uint64_t draw_death(Sim *s) {
        static const uint64_t reach[] = {60, 400, 1500};

        if (sim_chance(s) % 5 == 0)
                return 0;
        return 1 + sim_chance(s) % reach[sim_chance(s) % ARRAY_LEN(reach)];
}

static uint64_t total_steps, crashes, lives;

static void one_seed(void) {
        Sim *s = sim_new(seed);
        unsigned config = (unsigned) (sim_chance(s) % SIM_CONFIGS);
        unsigned storms = 1 + (unsigned) (sim_chance(s) % STORMS_MAX);
        bool power_lost = false;
        char name[40], text[60];
        Life life = {0};

        (void) snprintf(name, sizeof name, "m%llu", (unsigned long long) seed);
        dir = test_path(name);
        copy_template();
        for (unsigned i = 0; i < storms; i++) {
                Weather w = storm(s);

                (void) snprintf(text, sizeof text, "storm %u", i + 1);
                stage = text;
                life = live(s, configs[config], &w, draw_death(s));
                lives++;
                total_steps += life.steps;
                if (life.exit_code < 0) {
                        crashes++;
                        power_lost =
                                true; /* or not; the harder rule is for seeds without a crash */
                }
                rules_always(dir, s, configs[config]);
                sim_pass(s, (int64_t) (sim_chance(s) % (20 * (uint64_t) HOUR_MS)));
        }
        for (unsigned i = 0; i < CALMS_MAX && (i < CALMS_MIN || life.exit_code != 0); i++) {
                (void) snprintf(text, sizeof text, "calm %u", i + 1);
                stage = text;
                life = live(s, configs[config], &calm, 0);
                lives++;
                rules_always(dir, s, configs[config]);
                sim_pass(s,
                         24 * HOUR_MS - (int64_t) (sim_wall_ms(s) % (24 * HOUR_MS)) + 2 * HOUR_MS);
        }
        /* What lay about while an attempt was open is put aside by the run after its end. */
        stage = "the last run";
        (void) live(s, configs[config], &calm, 0);
        lives++;
        rules_always(dir, s, configs[config]);
        rules_end(dir, s, config, power_lost);
        CHECK_INT(fs_remove_tree(AT_FDCWD, dir), 0);
        free(dir);
        (void) sim_free(s);
}

static uint64_t from_environment(const char *name, uint64_t otherwise) {
        const char *text = getenv(name);

        return text ? strtoull(text, NULL, 10) : otherwise;
}

TEST(nights) {
        uint64_t first = from_environment("MODEL_FIRST", 1);
        uint64_t n = from_environment("MODEL_SEEDS", SEEDS);

        set_up();
        for (seed = first; seed < first + n; seed++)
                one_seed();
        printf("  seeds %llu to %llu: %llu nights, %llu crashes, %llu steps in storms\n",
               (unsigned long long) first, (unsigned long long) (first + n - 1),
               (unsigned long long) lives, (unsigned long long) crashes,
               (unsigned long long) total_steps);
}

/* ---- nobody there ---- */

static Sim *begin_seed(uint64_t n) {
        Sim *s;

        set_up();
        seed = n;
        s = sim_new(seed);
        dir = test_path(n % 2 ? "odd" : "even");
        (void) fs_remove_tree(AT_FDCWD, dir);
        copy_template();
        return s;
}

static void end_seed(Sim *s) {
        CHECK_INT(fs_remove_tree(AT_FDCWD, dir), 0);
        free(dir);
        (void) sim_free(s);
}

/* A network that is away for a few minutes costs those minutes, and no job an attempt. */
TEST(out_of_reach_for_minutes) {
        const Weather w = {.away_from_us = 2000000, .away_until_us = 300000000};
        Sim *s = begin_seed(3);

        stage = "away for minutes";
        MODEL_CHECK(live(s, configs[0], &w, 0).exit_code == 0);
        MODEL_CHECK(sim_age_us(s) > w.away_until_us);
        /* Nor does it cost more: who is reached again is not waited for, an operation of his even less.
         * Of 60 seeds half take 120 s more, the longest 179. */
        MODEL_CHECK(sim_age_us(s) < w.away_until_us + 190000000);
        MODEL_CHECK(sim_away(s) > 2 && sim_away(s) < 100);
        rules_always(dir, s, configs[0]);
        look_begin(dir);
        look_none("a job failed", "SELECT id FROM job WHERE state <> 'done'");
        look_none("a cell is short",
                  "SELECT c.id FROM cell AS c WHERE (SELECT count(*) FROM asset AS a "
                  "WHERE a.cell = c.id) < c.target");
        look_end();
        end_seed(s);
}

/* All night: it ends when that is clear, after few tries, and the next one makes up for it. */
TEST(out_of_reach_all_night) {
        const Weather w = {.away_until_us = UINT64_MAX}, fair = {0};
        Sim *s = begin_seed(4);
        int64_t jobs;

        stage = "away all night";
        MODEL_CHECK(live(s, configs[0], &w, 0).exit_code != 0);
        MODEL_CHECK(sim_age_us(s) > 600000000 && sim_age_us(s) < 900000000);
        MODEL_CHECK(sim_away(s) < 100);
        rules_always(dir, s, configs[0]);
        look_begin(dir);
        jobs = look_number("SELECT count(*) FROM job");
        MODEL_CHECK(jobs > 0);
        look_none("a job was given up", "SELECT id FROM job WHERE state = 'failed'");
        look_end();
        stage = "the night after";
        MODEL_CHECK(live(s, configs[0], &fair, 0).exit_code == 0);
        look_begin(dir);
        MODEL_CHECK(look_number("SELECT count(*) FROM job WHERE state = 'done'") == jobs);
        look_end();
        end_seed(s);
}

/* ---- what a provider says of an operation ---- */

/* A header that puts a poll, or a fetch, off until tomorrow puts it off for minutes. */
TEST(told_to_come_back_tomorrow) {
        const Weather w = {.put_off_ms = 24 * HOUR_MS};
        Sim *s = begin_seed(6);

        stage = "come back tomorrow";
        MODEL_CHECK(live(s, configs[0], &w, 0).exit_code == 0);
        MODEL_CHECK(sim_age_us(s) < 20 * UINT64_C(60000000));
        rules_always(dir, s, configs[0]);
        look_begin(dir);
        look_none("a job was left", "SELECT id FROM job WHERE state <> 'done'");
        look_end();
        end_seed(s);
}

/* An operation that is not known everywhere at once is waited for. */
TEST(not_known_yet) {
        const Weather w = {.denied_us = 100000000};
        Sim *s = begin_seed(6);

        stage = "not known yet";
        MODEL_CHECK(live(s, configs[0], &w, 0).exit_code == 0);
        rules_always(dir, s, configs[0]);
        look_begin(dir);
        MODEL_CHECK(look_number("SELECT count(*) FROM attempt") == 12);
        look_end();
        end_seed(s);
}

/* One that is denied for minutes is a person's, and no night buys it again. */
TEST(not_known_any_more) {
        const Weather w = {.denied_us = UINT64_MAX}, fair = {0};
        Sim *s = begin_seed(6);
        size_t before, after;

        stage = "not known any more";
        MODEL_CHECK(live(s, configs[0], &w, 0).exit_code == 7);
        MODEL_CHECK(sim_age_us(s) > 300000000 && sim_age_us(s) < 1200000000);
        rules_always(dir, s, configs[0]);
        look_begin(dir);
        MODEL_CHECK(look_number("SELECT count(*) FROM job WHERE state = 'unknown'") == 4);
        look_none("it is not counted as spent",
                  "SELECT id FROM attempt WHERE outcome = 'unknown' AND billed <> reserved");
        look_end();
        (void) sim_requests(s, &before);
        stage = "the night after";
        MODEL_CHECK(live(s, configs[0], &fair, 0).exit_code == 7);
        (void) sim_requests(s, &after);
        MODEL_CHECK(after == before);
        end_seed(s);
}

/* ---- another program that writes ---- */

/* A reload cancels and plans in the moments that are left to it, and each job has somebody to send
 * it. */
static void reload_at(uint64_t after_us) {
        const Weather w = {.reload_after_us = after_us};
        Sim *s = begin_seed(5);
        Life life;

        stage = "reload";
        crash_vfs_share(true);
        life = live(s, configs[0], &w, 0);
        crash_vfs_share(false);
        MODEL_CHECK(life.reloads == 1);
        rules_always(dir, s, configs[0]);
        look_begin(dir);
        MODEL_CHECK(look_number("SELECT count(*) FROM job WHERE state = 'cancelled'") > 0);
        look_none("a job is left",
                  "SELECT id FROM job WHERE state NOT IN ('done', 'blocked', 'cancelled')");
        look_end();
        end_seed(s);
}

TEST(a_reload_while_another_program_writes) {
        for (uint64_t ms = 100; ms <= 1500; ms += 200)
                reload_at(ms * 1000);
}
