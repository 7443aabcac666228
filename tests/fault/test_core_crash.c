/* SPDX-License-Identifier: MIT */

/* The process ends at a named point, or is killed at a random one: afterwards everything paid is in
 * the ledger once, everything listed exists, and the next run can go on. */

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fs.h"
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

/* ---- gc, backup, restore ---- */

#define DAY_MS (24 * HOUR_MS)

static int ignore_asset(const char *id, const char *reason, int64_t bytes, void *userdata) {
        (void) id;
        (void) reason;
        (void) bytes;
        (void) userdata;
        return 0;
}

static void collect(const char *dir) {
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlGcOptions o = {
                .keeping = &AL_KEEPING_DEFAULT, .now_ms = NOW + 100 * DAY_MS, .who = "test"};
        AlGcTotals t;
        Err err = {0};

        CHECK_INT(al_gc(lib, &o, ignore_asset, NULL, &t, &err), 0);
}

static void back_up(const char *dir) {
        _cleanup_(freep) char *to = str_printf("%s-backup", dir);
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        AlBackupTotals t;
        Err err = {0};

        CHECK_OK(al_backup(lib, to, NOW, &t, &err), &err);
        CHECK_INT(t.missing, 0);
}

static void restore(const char *dir) {
        _cleanup_(freep) char *from = str_printf("%s-backup", dir), *to = str_printf("%s-new", dir);
        AlBackupTotals t;
        Err err = {0};

        CHECK_OK(al_restore(from, to, &t, &err), &err);
        CHECK_INT(t.missing, 0);
}

static void crash_in(void (*work)(const char *dir), const char *dir, const char *point) {
        int status;
        pid_t pid = fork();

        CHECK(pid >= 0);
        if (pid == 0) {
                crash_at = point;
                work(dir);
                _exit(0);
        }
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK_INT(WEXITSTATUS(status), 42);
}

static void check_sound(const char *dir, int64_t assets) {
        _cleanup_(al_closep) Library *lib = NULL;
        AlVerifyTotals t;
        Err err = {0};

        CHECK_OK(al_open(dir, AL_READ, &lib, &err), &err);
        CHECK_OK(al_verify(lib, false, false, NOW, no_damage, NULL, &t, &err), &err);
        CHECK_INT(t.assets, assets);
}

/* Files below objects/. */
static int count_objects(const char *dir) {
        _cleanup_(freep) char *top = str_printf("%s/objects", dir);
        int n = 0;

        for (unsigned i = 0; i < 256; i++) {
                _cleanup_(freep) char *fan = str_printf("%s/%02x", top, i);
                _cleanup_(strv_done) Strv names = {0};

                CHECK_OK(fs_list_dir(fan, "", 1000, &names), NULL);
                n += (int) names.n;
        }
        return n;
}

static void fill(const char *dir) {
        _cleanup_(al_closep) Library *lib = fix_open(dir);

        free(fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "one", NOW));
        free(fix_asset(lib, &(FixJob){.max_age_ms = DAY_MS}, "two", NOW));
        free(fix_asset(lib, &(FixJob){.format = "story"}, "three", NOW));
}

/* The rows first, the files after: never an asset without its file, and the next gc ends it. */
TEST(a_crash_of_gc) {
        static const char *const points[] = {"gc-committed", "gc-unlinked"};

        for (size_t i = 0; i < ARRAY_LEN(points); i++) {
                _cleanup_(freep) char *dir = fix_dir(points[i]);

                fill(dir);
                crash_in(collect, dir, points[i]);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset WHERE status = 'collected'"), 2);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM doomed"), 2);
                check_sound(dir, 1);
                collect(dir);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM doomed"), 0);
                check_sound(dir, 1);
                CHECK_INT(count_objects(dir), 1);
        }
}

/* At each point the backup that was there before, or the new one, can be restored. */
TEST(a_crash_of_a_backup) {
        static const char *const points[] = {"backup-database", "backup-object", "backup-manifest",
                                             "backup-renamed"};

        for (size_t i = 0; i < ARRAY_LEN(points); i++) {
                _cleanup_(freep) char *dir = fix_dir(points[i]);
                _cleanup_(freep) char *to = str_printf("%s-backup", dir);
                _cleanup_(freep) char *again = str_printf("%s-new", dir);
                _cleanup_(al_closep) Library *lib = NULL;

                fill(dir);
                back_up(dir);
                lib = fix_open(dir);
                free(fix_asset(lib, &(FixJob){0}, "four", NOW));
                lib = al_close(lib);
                crash_in(back_up, dir, points[i]);
                check_sound(to, i < 3 ? 3 : 4);
                restore(dir);
                check_sound(again, i < 3 ? 3 : 4);
                back_up(dir);
                check_sound(to, 4);
        }
}

TEST(a_crash_of_a_restore_is_no_library_and_goes_on) {
        _cleanup_(freep) char *dir = fix_dir("restore");
        _cleanup_(freep) char *again = str_printf("%s-new", dir);
        Library *lib = NULL;

        fill(dir);
        back_up(dir);
        crash_in(restore, dir, "restore-object");
        for (int mode = AL_READ; mode <= AL_CREATE; mode++) {
                Err err = {0};

                CHECK_INT(al_open(again, (AlMode) mode, &lib, &err), -EUCLEAN);
                CHECK_HAS(err.text, "is no library yet");
        }
        restore(dir);
        check_sound(again, 3);
}

static void import_one(const char *dir) {
        static const char text[] = "Only today";
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *spool = al_import_spool_name();
        AlImport import = {.kind = KIND_TEXT,
                           .brand = "acme",
                           .hook = "urgency",
                           .category = "imported",
                           .name = "line.txt",
                           .who = "test",
                           .asset = {.spool = spool,
                                     .bytes = sizeof text - 1,
                                     .media_type = "text/plain",
                                     .ext = "txt",
                                     .text = text}};
        char id[13];
        Err err = {0};
        int fd;

        CHECK(spool);
        fd = openat(al_dir_fd(lib), spool, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        CHECK(fd >= 0);
        CHECK_OK(fs_write_all(fd, text, sizeof text - 1), NULL);
        (void) close(fd);
        digest_of(text, sizeof text - 1, &import.asset.digest);
        CHECK_INT(al_lock_objects(lib, &err), 0);
        CHECK_INT(al_import(lib, &import, NOW, id, &err), AL_OK);
}

/* Nothing is half there; what lies about is set aside, and the same file comes in after all. */
TEST(a_crash_of_an_import) {
        static const char *const points[] = {"object-synced", "object-renamed",
                                             "import-before-commit"};

        for (size_t i = 0; i < ARRAY_LEN(points); i++) {
                _cleanup_(freep) char *name = str_printf("import-%s", points[i]);
                _cleanup_(freep) char *dir = fix_dir(name);
                _cleanup_(al_closep) Library *lib = fix_open(dir);

                lib = al_close(lib);
                crash_in(import_one, dir, points[i]);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM asset"), 0);
                lib = fix_open(dir);
                next_run_is_sound(lib);
                lib = al_close(lib);
                import_one(dir);
                check_sound(dir, 1);
        }
}

/* While one is at work, its files are its own: a night that starts just then leaves them alone. */
TEST(a_sweep_leaves_an_import_at_work_alone) {
        _cleanup_(freep) char *dir = fix_dir("sweep");
        _cleanup_(al_closep) Library *lib = fix_open(dir), *other = fix_open(dir);
        _cleanup_(freep) char *spool = al_import_spool_name();
        int64_t moved;
        Err err = {0};
        int fd;

        CHECK_INT(al_lock_objects(other, &err), 0);
        fd = openat(al_dir_fd(lib), spool, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
        CHECK(fd >= 0);
        (void) close(fd);
        CHECK_OK(al_sweep(lib, INT64_MAX / 2, 0, &moved, &err), &err);
        CHECK_INT(moved, 0);
        other = al_close(other);
        CHECK_OK(al_sweep(lib, INT64_MAX / 2, 0, &moved, &err), &err);
        CHECK_INT(moved, 1);
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
