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
#include "model/sim.h"
#include "night/night.h"
#include "support/test.h"

enum {
        SEEDS = 60, /* without MODEL_SEEDS */
        STORMS_MAX = 3,
        CALMS_MIN = 2,
        CALMS_MAX = 6,
        QUERY_MAX = 1500,
};
#define HOUR_MS INT64_C(3600000)
#define RETRY_BELOW "100000"

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
} Life;

static Life live(Sim *s, const Config *config, const Weather *weather, uint64_t death) {
        static const Strv no_recipes;
        Life life = {.exit_code = -1};
        NightOptions options = {
                .config = config, .recipes = &no_recipes, .max_cost = -1, .until_minutes = -1};
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

/* ---- what must hold ---- */

static int damaged(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "seed %llu, %s: damage: %s: %s: %s",
                  (unsigned long long) seed, stage, al_damage_word(d), subject, text);
}

/* Invariant 1: every request that came had its intent before: there are never more requests of a
 * job than attempts. Invariant 4: an operation whose handle we hold is asked for, not sent again. */
static void requests_have_intents(const Sim *s) {
        _cleanup_(freep) char *all = look_text(
                "SELECT group_concat(j.seed || '/' || (SELECT count(*) FROM attempt AS a WHERE "
                "a.job = j.id) || ';', '') FROM job AS j");
        size_t n;
        const SimRequest *q = sim_requests(s, &n);

        for (size_t i = 0; i < n; i++) {
                long long job = strtoll(q[i].key, NULL, 10), attempts = 0;
                size_t requests = 0;
                char key[40];
                const char *at;

                for (size_t k = 0; k < n; k++)
                        requests += streq(q[k].key, q[i].key);
                (void) snprintf(key, sizeof key, "%lld/", job);
                at = all;
                while (at && (at = strstr(at, key)) && at != all && at[-1] != ';')
                        at++;
                if (at)
                        attempts = strtoll(at + strlen(key), NULL, 10);
                if ((long long) requests > attempts)
                        test_fail(__FILE__, __LINE__,
                                  "seed %llu, %s: job %lld was sent %zu times, the ledger knows of "
                                  "%lld attempts",
                                  (unsigned long long) seed, stage, job, requests, attempts);
        }
}

/* Invariant 4: who asks for an operation has its handle on the disk, and never loses it. */
static void handles_are_durable(const Sim *s) {
        size_t n;
        const SimRequest *q = sim_requests(s, &n);

        for (size_t i = 0; i < n; i++) {
                char sql[160];

                if (!q[i].asked)
                        continue;
                (void) snprintf(sql, sizeof sql,
                                "SELECT %zu WHERE NOT EXISTS (SELECT 1 FROM attempt WHERE handle = "
                                "'%zu')",
                                i, i);
                look_none("4: the handle of an operation that was asked for is not in the ledger",
                          sql);
        }
}

static void check_caps_of(const char *kind, const char *name, const Caps *caps) {
        const struct {
                const char *period;
                Micros cap;
        } all[] = {{"run", caps->per_run}, {"day", caps->per_day}, {"month", caps->per_month}};
        char sql[300];

        for (size_t i = 0; i < ARRAY_LEN(all); i++) {
                if (all[i].cap < 0)
                        continue;
                (void) snprintf(sql, sizeof sql,
                                "SELECT scope || ' ' || period || ' ' || micros FROM spend WHERE "
                                "scope = '%s%s' AND period LIKE '%s:%%' AND micros > %lld",
                                kind, name, all[i].period, (long long) all[i].cap);
                look_none("3: a cap is passed", sql);
        }
}

static void check_caps(const Config *c) {
        check_caps_of("", "", &c->settings.caps);
        for (size_t i = 0; i < c->settings.n_providers; i++)
                check_caps_of("provider:", c->settings.providers[i].name,
                              &c->settings.providers[i].caps);
        for (size_t i = 0; i < c->n_brands; i++)
                check_caps_of("brand:", c->brands[i].name, &c->brands[i].caps);
}

/* After each run, crashed or not. */
static void check_always(const Sim *s, const Config *config) {
        look_begin(dir);
        check_caps(config);
        requests_have_intents(s);
        handles_are_durable(s);
        MODEL_CHECK(
                look_number("SELECT coalesce(sum(coalesce(billed, reserved)), 0) FROM attempt") >=
                sim_invoice(s));
        look_none("3: the counters are not the sum of the attempts",
                  "SELECT 1 WHERE (SELECT coalesce(sum(coalesce(billed, reserved)), 0) FROM "
                  "attempt) <> "
                  "(SELECT coalesce(sum(micros), 0) FROM spend WHERE scope = '' AND period LIKE "
                  "'run:%')");
        look_none(
                "2: what is dear and unknown was sent again by itself",
                "SELECT a.job FROM attempt AS a JOIN attempt AS u ON u.job = a.job AND u.id < a.id "
                "WHERE u.outcome = 'unknown' AND u.reserved >= " RETRY_BELOW);
        look_none(
                "7: what was blocked was sent again",
                "SELECT a.job FROM attempt AS a JOIN attempt AS b ON b.job = a.job AND b.id < a.id "
                "WHERE b.outcome = 'blocked'");
        look_none("1: a job has two open attempts, or one without being in flight",
                  "SELECT j.id || ' ' || j.state FROM job AS j WHERE (SELECT count(*) FROM attempt "
                  "AS a "
                  "WHERE a.job = j.id AND a.outcome = 'open') <> (j.state IN ('submitting', "
                  "'running'))");
        look_none(
                "1: a job was made twice",
                "SELECT job FROM attempt WHERE outcome = 'made' GROUP BY job HAVING count(*) > 1");
        look_end();
        crash_settle();
}

/* Files without a row are the next run's to put aside; at the end there are none. */
static void check_files(const Sim *s) {
        AlVerifyTotals totals;
        Library *lib = NULL;
        Err err = {0};

        CHECK_OK(al_open(dir, AL_WRITE, &lib, &err), &err);
        CHECK_OK(al_verify(lib, false, false, sim_wall_ms(s), damaged, NULL, &totals, &err), &err);
        (void) al_close(lib);
        crash_settle();
}

/* Every asset holds the picture of its own job, and an operation whose handle was kept brought what
 * the provider made of it. */
static void check_results(const Sim *s) {
        _cleanup_(freep) char *bad = NULL;
        size_t n;
        const SimRequest *q = sim_requests(s, &n);

        look_none("4: an operation is still running though all are over",
                  "SELECT id FROM job WHERE state IN ('running', 'submitting')");
        look_none("4: an operation that was accepted did not end as it did at its provider",
                  "SELECT id || ' ' || outcome FROM attempt WHERE handle IS NOT NULL AND outcome "
                  "NOT IN "
                  "('made', 'blocked', 'transient')");
        look_none("4: an asset lacks, or is one too many",
                  "SELECT j.id FROM job AS j WHERE (SELECT count(*) FROM asset AS a WHERE a.job = "
                  "j.id) "
                  "<> (j.state = 'done')");
        for (size_t i = 0; i < n; i++) {
                char sql[300];

                if (!q[i].accepted)
                        continue;
                (void) snprintf(sql, sizeof sql,
                                "SELECT outcome FROM attempt WHERE handle = '%zu' AND outcome <> "
                                "'%s'",
                                i,
                                q[i].made      ? "made"
                                : q[i].blocked ? "blocked"
                                               : "transient");
                look_none("4: what the operation made is not what the ledger says", sql);
        }
}

/* What was delivered while the machine lived, and was not damaged on the way, is an asset: nothing
 * that is paid is lost. After a loss of power a reply may be. */
static void check_nothing_lost(const Sim *s, bool power_lost) {
        size_t n, made = 0;
        const SimRequest *q = sim_requests(s, &n);

        for (size_t i = 0; i < n; i++)
                made += !q[i].op && q[i].billed > 0 && q[i].taken;
        if (!power_lost)
                MODEL_CHECK(look_number("SELECT count(*) FROM attempt WHERE outcome = 'made' AND "
                                        "provider = 'alpha'") >= (int64_t) made);
}

/* 8: in calm weather, with money, every cell that can be filled is full, or waits for a person. */
static void check_shelf(unsigned config) {
        if (config == 0)
                look_none(
                        "8: a cell is short",
                        "SELECT c.recipe || ' ' || c.key FROM cell AS c "
                        "WHERE c.current = 1 AND (SELECT count(*) FROM asset AS a WHERE a.cell = "
                        "c.id) "
                        "+ (SELECT coalesce(sum(j.want), 0) FROM job AS j WHERE j.cell = c.id AND "
                        "j.state = 'unknown') < c.target AND NOT EXISTS (SELECT 1 FROM job AS j "
                        "WHERE "
                        "j.cell = c.id AND j.state IN ('blocked', 'failed'))");
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
                check_always(s, configs[config]);
                sim_pass(s, (int64_t) (sim_chance(s) % (20 * (uint64_t) HOUR_MS)));
        }
        for (unsigned i = 0; i < CALMS_MAX && (i < CALMS_MIN || life.exit_code != 0); i++) {
                (void) snprintf(text, sizeof text, "calm %u", i + 1);
                stage = text;
                life = live(s, configs[config], &calm, 0);
                lives++;
                check_always(s, configs[config]);
                sim_pass(s,
                         24 * HOUR_MS - (int64_t) (sim_wall_ms(s) % (24 * HOUR_MS)) + 2 * HOUR_MS);
        }
        /* What lay about while an attempt was open is put aside by the run after its end. */
        stage = "the last run";
        (void) live(s, configs[config], &calm, 0);
        lives++;
        check_always(s, configs[config]);
        stage = "the end";
        check_files(s);
        look_begin(dir);
        check_results(s);
        check_nothing_lost(s, power_lost);
        check_shelf(config);
        look_end();
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
        MODEL_CHECK(sim_away(s) > 2 && sim_away(s) < 100);
        check_always(s, configs[0]);
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
        check_always(s, configs[0]);
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
