/* SPDX-License-Identifier: MIT */

/* Workers that die, hang, lie or cannot be started; tasks and pools that go away; no memory. */

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "support/fault.h"
#include "support/media_pool.h"
#include "support/test.h"

enum {
        SHORT_TIMEOUT_MS = 150,
};

/* A stopped worker holds its task for certain. */
static pid_t stop_worker(PoolFixture *f) {
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;
        pid_t pid;

        CHECK_INT(pool_probe(f, &b, &seen), 0);
        pid = pool_only_child();
        CHECK(kill(pid, SIGSTOP) == 0);
        return pid;
}

TEST(a_worker_killed_on_its_task) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen held = {0}, waiting = {0};
        MediaTask *task, *next;
        pid_t pid = stop_worker(&f);

        task = pool_start_probe(&f, &b, &held);
        pool_run_once(&f); /* it is sent */
        next = pool_start_probe(&f, &b, &waiting);
        CHECK(kill(pid, SIGKILL) == 0);
        pool_settle(&f, &held);
        CHECK_INT(held.result, -ECONNRESET);
        CHECK_HAS(held.err.text, "signal 9");
        pool_settle(&f, &waiting);
        CHECK_INT(waiting.result, 0);
        CHECK(pool_only_child() != pid);
        (void) media_task_free(task);
        (void) media_task_free(next);
}

TEST(a_worker_killed_while_idle) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        pid_t pid = stop_worker(&f);
        siginfo_t si;
        Seen seen;

        CHECK(kill(pid, SIGKILL) == 0);
        /* dead for certain, but the loop has not heard of it */
        CHECK(waitid(P_PID, (id_t) pid, &si, WEXITED | WNOWAIT) == 0);
        CHECK_INT(pool_probe(&f, &b, &seen), 0);
}

TEST(a_task_that_takes_too_long) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;
        pid_t pid = stop_worker(&f);

        media_pool_set_timeout(f.pool, SHORT_TIMEOUT_MS);
        CHECK_INT(pool_probe(&f, &b, &seen), -ETIMEDOUT);
        CHECK_HAS(seen.err.text, "longer than 150 ms");
        media_pool_set_timeout(f.pool, MEDIA_TASK_TIMEOUT_MS);
        CHECK_INT(pool_probe(&f, &b, &seen), 0);
        CHECK(pool_only_child() != pid);
}

/* Slow tasks say nothing of those that wait: each has its own turn. */
TEST(a_program_that_always_hangs) {
        enum { N = 5 };
        _cleanup_(freep) char *script = test_file("sleeper", "#!/bin/sh\nexec sleep 600\n");
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen[N] = {0};
        MediaTask *tasks[N];

        CHECK(chmod(script, 0700) == 0);
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(script, 1);
        media_pool_set_timeout(f.pool, SHORT_TIMEOUT_MS / 5);
        for (int i = 0; i < N; i++)
                tasks[i] = pool_start_probe(&f, &b, &seen[i]);
        for (int i = 0; i < N; i++) {
                pool_settle(&f, &seen[i]);
                CHECK_INT(seen[i].result, -ETIMEDOUT);
                (void) media_task_free(tasks[i]);
        }
}

TEST(a_cancelled_task_is_not_heard_of) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen held = {0}, waiting = {0}, last;
        pid_t pid = stop_worker(&f);
        MediaTask *task = pool_start_probe(&f, &b, &held), *next;

        pool_run_once(&f);
        next = pool_start_probe(&f, &b, &waiting);
        (void) media_task_free(task); /* in the worker's hand */
        (void) media_task_free(next); /* in the queue */
        CHECK(kill(pid, SIGCONT) == 0);
        CHECK_INT(pool_probe(&f, &b, &last), 0);
        CHECK_INT(held.calls + waiting.calls, 0);
        CHECK_INT(pool_only_child(), pid);
}

TEST(the_pool_goes_first) {
        PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen held = {0}, waiting = {0};
        MediaTask *task, *next;
        pid_t pids[16];

        (void) stop_worker(&f);
        task = pool_start_probe(&f, &b, &held);
        pool_run_once(&f);
        next = pool_start_probe(&f, &b, &waiting);
        pool_fixture_done(&f);
        CHECK_INT(held.calls + waiting.calls, 0);
        CHECK_INT(pool_children(pids), 0);
        (void) media_task_free(task);
        (void) media_task_free(next);
}

TEST(no_such_program) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new("/no/such/pregen-media", 2);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;

        CHECK_INT(pool_probe(&f, &b, &seen), -ENOENT);
        CHECK_HAS(seen.err.text, "cannot start the media worker '/no/such/pregen-media'");
}

/* Ends before it reads anything: each death fails its task, the third all that wait. */
TEST(a_program_that_always_dies) {
        enum { N = 8 };
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new("/bin/false", 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen[N] = {0}, later;
        MediaTask *tasks[N];

        for (int i = 0; i < N; i++)
                tasks[i] = pool_start_probe(&f, &b, &seen[i]);
        for (int i = 0; i < N; i++) {
                pool_settle(&f, &seen[i]);
                /* blamed only if the worker lived long enough to be given it */
                CHECK((i < MEDIA_DEATHS_MAX && seen[i].result == -ECONNRESET) ||
                      seen[i].result == -ECHILD);
                (void) media_task_free(tasks[i]);
        }
        CHECK_HAS(seen[N - 1].err.text, "3 times in a row");
        CHECK(pool_probe(&f, &b, &later) < 0); /* the pool still answers */
}

/* Answers with something that is no reply. */
TEST(a_program_that_lies) {
        _cleanup_(freep) char *script =
                test_file("liar", "#!/bin/sh\nwhile :; do echo '{\"id\":1,\"ok\":true}' >&3; "
                                  "read x <&3 || exit; done\n");
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;

        CHECK(chmod(script, 0700) == 0);
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(script, 1);
        CHECK_INT(pool_probe(&f, &b, &seen), -ECONNRESET);
}

/* Out of memory at any point: the call says so, or the task is answered; nothing is lost. */
TEST(without_memory) {
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        bool hit = true;

        for (unsigned n = 1; hit; n++) {
                _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
                int fd = blob_fd(b.data, b.n), r;
                MediaTask *task = NULL;
                Seen seen = {0};
                Err err = {0};

                fault_arm(n, ENOMEM);
                r = media_probe(f.pool, fd, pool_on_done, &seen, &task, &err);
                for (int i = 0; r == 0 && seen.calls == 0 && i < 1000; i++)
                        CHECK(sd_event_run(f.event, 10000000) >= 0);
                hit = fault_disarm();
                if (r < 0)
                        CHECK(r == -ENOMEM && !task);
                else {
                        CHECK_INT(seen.calls, 1);
                        CHECK(seen.result == 0 ||
                              (hit && (seen.result == -ENOMEM || seen.result == -ECONNRESET)));
                }
                (void) media_task_free(task);
                (void) close(fd);
        }
}
