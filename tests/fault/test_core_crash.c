/* SPDX-License-Identifier: MIT */

/* The process ends at a named point, or is killed at a random one: afterwards everything paid is in
 * the ledger once, everything listed exists, and the next run can go on. */

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/strbuf.h"
#include "core/lib.h"
#include "core_fixture.h"

static const char *crash_at;

/* The core's hook, ours here. */
void al_crash_point(const char *name) {
        if (crash_at && streq(crash_at, name))
                _exit(42);
}

static int no_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "%s: %s: %s", al_damage_word(d), subject, text);
}

/* What the start of the next run does, less the engine's part; then nothing may be wrong. */
static void next_run_is_sound(Library *lib) {
        AlVerifyTotals t;
        Err err = {0};

        (void) fix_run(lib, NOW);
        CHECK_OK(al_sweep(lib, (int64_t) time(NULL) * 1000 + HOUR_MS, 0, NULL, &err), &err);
        CHECK_OK(al_verify(lib, false, false, NOW, no_damage, NULL, &t, &err), &err);
}

/* The handle of an operation is durable or not there; then the reply is still in the spool. */
TEST(a_crash_before_a_handle_is_durable) {
        _cleanup_(freep) char *dir = fix_dir("handle");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 100, NOW);
        AlOperation op = {0};
        Err err = {0};
        int status;
        pid_t pid;

        lib = al_close(lib);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
                crash_at = "accepted-before-commit";
                lib = fix_open(dir);
                _exit(al_attempt_accepted(lib, attempt, "op", NULL, NOW, &err) < 0);
        }
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_INT(WEXITSTATUS(status), 42);
        lib = fix_open(dir);
        CHECK_INT(al_operation(lib, attempt, &op, &err), AL_NOT_FOUND);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job WHERE state = 'submitting'"), 1);
        CHECK_OK(al_attempt_accepted(lib, attempt, "op", NULL, NOW, &err), &err);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM job WHERE state = 'running'"), 1);
        next_run_is_sound(lib);
}

TEST(a_crash_at_each_point) {
        static const struct {
                const char *name;
                int objects;
        } points[] = {{"object-synced", 0},
                      {"object-renamed", 1},
                      {"object-placed", 1},
                      {"attempt-before-commit", 1}};

        for (size_t i = 0; i < ARRAY_LEN(points); i++) {
                _cleanup_(freep) char *dir = fix_dir(points[i].name);
                _cleanup_(al_closep) Library *lib = NULL;
                int64_t attempt;
                int status;
                pid_t pid;

                lib = fix_open(dir);
                attempt = fix_begin(lib, fix_job(lib, &(FixJob){0}, NOW), 1, 100, NOW);
                lib = al_close(lib);
                pid = fork();
                CHECK(pid >= 0);
                if (pid == 0) {
                        crash_at = points[i].name;
                        lib = fix_open(dir);
                        free(fix_made(lib, attempt, "x", 100, NOW));
                        _exit(0);
                }
                CHECK(waitpid(pid, &status, 0) == pid);
                CHECK_INT(WEXITSTATUS(status), 42);
                lib = fix_open(dir);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset"), 0);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM attempt WHERE outcome = 'open'"), 1);
                next_run_is_sound(lib);
                free(fix_made(lib, attempt, "x", 100, NOW)); /* it can be stored after all */
                next_run_is_sound(lib);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset"), 1);
        }
}

/* A night of its own: jobs through the ledger until somebody ends it. One byte down the pipe before
 * each paid call and one after its end was stored. */
static _noreturn_ void night(const char *dir, int fd) {
        Library *lib = fix_open(dir);
        int64_t run = fix_run(lib, NOW);

        for (int i = 0;; i++) {
                _cleanup_(freep) char *content = str_printf("%d of %d", i, (int) getpid());
                int64_t job = fix_job(lib, &(FixJob){.run = run}, NOW);
                int64_t attempt = fix_begin(lib, job, run, 10, NOW);

                CHECK_INT(write(fd, "p", 1), 1);
                free(fix_made(lib, attempt, content, 10, NOW));
                CHECK_INT(write(fd, "m", 1), 1);
        }
}

static void kill_one_night(const char *dir, unsigned after_us, int64_t *paid, int64_t *stored) {
        int fds[2], status;
        ssize_t n;
        char c;
        pid_t pid;

        CHECK(pipe(fds) == 0);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
                (void) close(fds[0]);
                night(dir, fds[1]);
        }
        (void) close(fds[1]);
        /* from its first paid call on, wait a random while */
        CHECK_INT(read(fds[0], &c, 1), 1);
        *paid += 1;
        (void) nanosleep(&(struct timespec){.tv_nsec = (long) after_us * 1000}, NULL);
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        while ((n = read(fds[0], &c, 1)) == 1) {
                *paid += c == 'p';
                *stored += c == 'm';
        }
        CHECK_INT(n, 0);
        (void) close(fds[0]);
}

TEST(killed_at_random_moments) {
        const char *given = getenv("TEST_SEED");
        unsigned seed = given ? (unsigned) strtoul(given, NULL, 10) : (unsigned) getpid();
        _cleanup_(freep) char *dir = fix_dir("killed");
        int64_t paid = 0, stored = 0;

        fprintf(stderr, "  TEST_SEED=%u\n", seed);
        for (int i = 0; i < 12; i++) {
                _cleanup_(al_closep) Library *lib = NULL;
                int64_t attempts, made;

                seed = seed * 1103515245u + 12345u;
                kill_one_night(dir, (seed >> 8) % 30000, &paid, &stored);
                lib = fix_open(dir);
                attempts = raw_int(dir, "SELECT count(*) FROM attempt");
                made = raw_int(dir, "SELECT count(*) FROM attempt WHERE outcome = 'made'");
                CHECK(attempts >= paid); /* no call without its intent */
                CHECK(made >= stored);   /* and nothing that was stored is forgotten */
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset"), made);
                CHECK(attempts - made <= i + 1); /* at most one in flight each time */
                CHECK_INT(raw_int(dir,
                                  "SELECT count(*) FROM attempt AS a JOIN job AS j ON j.id = a.job "
                                  "WHERE (a.outcome = 'open') <> (j.state = 'submitting')"),
                          0);
                next_run_is_sound(lib);
        }
}
