/* SPDX-License-Identifier: MIT */

#include "model/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/library.h"
#include "model/crash.h"
#include "model/look.h"
#include "support/test.h"

#define RETRY_BELOW "100000"

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
void rules_always(const char *dir, const Sim *s, const Config *config) {
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
static void check_files(const char *dir, const Sim *s) {
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

/* A film is made of a picture of its cell that is there before it is sent, and is the same after a
 * crash. */
static void check_chains(void) {
        look_none(
                "a film was sent without a picture of its cell",
                "SELECT j.id FROM job AS j JOIN attempt AS a ON a.job = j.id WHERE j.recipe = "
                "'films' AND NOT EXISTS (SELECT 1 FROM asset AS s JOIN cell AS c ON c.id = s.cell "
                "JOIN cell AS f ON f.id = j.cell WHERE c.recipe = 'pictures' AND c.key = f.key)");
        look_none("a film lacks although there is a picture of its cell",
                  "SELECT f.id FROM cell AS f JOIN cell AS c ON c.key = f.key AND c.recipe = "
                  "'pictures' JOIN asset AS s ON s.cell = c.id WHERE f.recipe = 'films' AND NOT "
                  "EXISTS (SELECT 1 FROM asset AS a WHERE a.cell = f.id) AND NOT EXISTS (SELECT 1 "
                  "FROM job AS j WHERE j.cell = f.id AND j.state IN ('blocked', 'failed', "
                  "'unknown'))");
}

/* 8: in calm weather, with money, every cell that can be filled is full, or waits for a person. */
static void check_shelf(unsigned config) {
        if (config == SIM_CHAINED)
                check_chains();
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

void rules_end(const char *dir, const Sim *s, unsigned config, bool power_lost) {
        stage = "the end";
        check_files(dir, s);
        look_begin(dir);
        check_results(s);
        check_nothing_lost(s, power_lost);
        check_shelf(config);
        look_end();
}
