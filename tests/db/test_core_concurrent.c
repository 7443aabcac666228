/* SPDX-License-Identifier: MIT */

/* Two processes on one library: readers beside a writer, and two that want the same job. */

#include <sys/wait.h>

#include "core_fixture.h"

enum {
        JOBS = 60,
        ASSETS = 40,
};

static int wait_for(pid_t pid) {
        int status;

        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static int check_listed(const AlAsset *a, void *userdata) {
        CHECK(access(a->path, R_OK) == 0); /* a listed asset exists */
        CHECK(a->brand && a->tags);
        ++*(int *) userdata;
        return 0;
}

/* Reads until everything is there; each answer is at least the one before. */
static _noreturn_ void read_along(const char *dir) {
        int before = 0, now = 0;

        while (now < ASSETS) {
                _cleanup_(al_closep) Library *lib = NULL;
                Err err = {0};

                CHECK_OK(al_open(dir, AL_READ, &lib, &err), &err);
                now = 0;
                CHECK_OK(al_query(lib, &(AlQuery){.now_ms = NOW}, check_listed, &now, &err), &err);
                CHECK(now >= before);
                before = now;
        }
        _exit(0);
}

TEST(a_reader_beside_a_writer) {
        _cleanup_(freep) char *dir = fix_dir("reader");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        pid_t pid;

        lib = al_close(lib);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
                read_along(dir);
        lib = fix_open(dir);
        for (int i = 0; i < ASSETS; i++) {
                char content[16];

                (void) snprintf(content, sizeof content, "asset %d", i);
                free(fix_asset(lib, &(FixJob){0}, content, NOW));
                if (i % 10 == 0) {
                        Err err = {0};

                        CHECK_OK(al_checkpoint(lib, &err),
                                 &err); /* also with a reader in the way */
                }
        }
        CHECK_INT(wait_for(pid), 0);
}

/* Takes every job it can get; says how many. */
static int take_jobs(const char *dir) {
        Library *lib = fix_open(dir);
        int taken = 0;

        for (int64_t job = 1; job <= JOBS; job++) {
                int64_t attempt;
                Err err = {0};
                int r = al_attempt_begin(lib, job, 1, 1, NULL, 0, DAY, NOW, &attempt, NULL, &err);

                CHECK_OK(r, &err);
                taken += r == AL_OK;
        }
        (void) al_close(lib);
        return taken;
}

TEST(a_job_goes_to_one_of_two) {
        _cleanup_(freep) char *dir = fix_dir("race");
        Library *lib = fix_open(dir);
        pid_t pid;
        int mine;

        for (int i = 0; i < JOBS; i++)
                (void) fix_job(lib, &(FixJob){0}, NOW);
        lib = al_close(lib);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
                _exit(take_jobs(dir));
        mine = take_jobs(dir);
        CHECK_INT(mine + wait_for(pid), JOBS);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM attempt"), JOBS);
        CHECK_INT(raw_int(dir, "SELECT micros FROM spend WHERE scope = '' AND period = 'run:1'"),
                  JOBS);
}
