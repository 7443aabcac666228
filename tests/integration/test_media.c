/* SPDX-License-Identifier: MIT */

/* The client against the real worker process: its tasks, and what reaches it. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "media/draw.h"
#include "support/media_pool.h"
#include "support/test.h"

TEST(probe_good_and_bad) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;

        CHECK_INT(pool_probe(&f, &b, &seen), 0);
        CHECK_STR(seen.info.media_type, "image/png");
        CHECK_INT(seen.info.width, 30);
        b.n -= 3;
        CHECK_INT(pool_probe(&f, &b, &seen), -EBADMSG);
        CHECK_HAS(seen.err.text, "truncated");
        b.n += 3;
        CHECK_INT(pool_probe(&f, &b, &seen), 0); /* the same worker goes on */
}

TEST(draw_and_probe) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(closep) int fd = memfd_create("drawing", MFD_CLOEXEC);
        Seen seen;
        struct stat st;
        Blob b;

        CHECK_INT(pool_draw(&f, "{'width': 540, 'height': 960, 'headline': 'Last day', 'seed': 3}",
                            fd, &seen),
                  0);
        CHECK_INT(seen.info.width, 540);
        CHECK_STR(seen.info.ext, "png");
        CHECK_INT(lseek(fd, 0, SEEK_CUR), 0);
        CHECK(fstat(fd, &st) == 0 && st.st_size > 1000);
        b = (Blob){mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_SHARED, fd, 0),
                   (size_t) st.st_size};
        CHECK(b.data != MAP_FAILED);
        CHECK_INT(pool_probe(&f, &b, &seen), 0);
        CHECK_INT(seen.info.height, 960);
        (void) munmap(b.data, b.n);
}

/* Byte for byte what we draw without walls: behind them the fonts can still be read. */
TEST(the_sandbox_changes_nothing) {
        static const char text[] = "{'width': 400, 'height': 400, 'headline': 'Last day', "
                                   "'subline': 'Free delivery', 'cta': 'Shop', 'seed': 5}";
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(closep) int theirs = memfd_create("theirs", MFD_CLOEXEC);
        _cleanup_(closep) int ours = memfd_create("ours", MFD_CLOEXEC);
        _cleanup_(json_freep) Json *j = draw_json(text);
        DrawFiles files = {.output = ours, .logo = -1, .photo = -1};
        static char a[1024 * 1024], b[sizeof a];
        DrawResult result;
        Err err = {0};
        ssize_t n;
        Seen seen;

        CHECK_INT(pool_draw(&f, text, theirs, &seen), 0);
        CHECK_OK(draw_ad(j, &files, &result, &err), &err);
        n = pread(ours, a, sizeof a, 0);
        CHECK(n > 0 && n < (ssize_t) sizeof a);
        CHECK_INT(pread(theirs, b, sizeof b, 0), n);
        CHECK(memcmp(a, b, (size_t) n) == 0);
}

TEST(draw_errors) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(closep) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        _cleanup_(closep) int fd = memfd_create("drawing", MFD_CLOEXEC);
        _cleanup_(freep) char *fifo = test_path("fifo"), *text = NULL;
        Seen seen;

        CHECK(mkfifo(fifo, 0600) == 0);
        CHECK_INT(pool_draw(&f, "{'width': 300, 'height': 300, 'headline': 'x'}", full, &seen),
                  -ENOSPC);
        CHECK_INT(pool_draw(&f, "{'width': 300, 'height': 300}", fd, &seen), -EINVAL);
        CHECK_HAS(seen.err.text, "'headline' is missing");
        CHECK_INT(pool_draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'primary': 'red'}",
                            fd, &seen),
                  -EINVAL);
        CHECK_INT(pool_draw(&f,
                            "{'width': 300, 'height': 300, 'headline': 'x', 'logo': '/no/such'}",
                            fd, &seen),
                  -ENOENT);
        CHECK_HAS(seen.err.text, "cannot open '/no/such'");
        CHECK_INT(pool_draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'photo': 'a.png'}",
                            fd, &seen),
                  -EINVAL);
        CHECK_INT(pool_draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'photo': '/tmp'}",
                            fd, &seen),
                  -EINVAL);
        text = str_printf("{'width': 300, 'height': 300, 'headline': 'x', 'photo': '%s'}", fifo);
        CHECK_INT(pool_draw(&f, text, fd, &seen), -EINVAL); /* and it does not wait for a writer */
        CHECK_INT(pool_draw(&f, "{'width': 300, 'height': 300, 'headline': 'x'}", fd, &seen), 0);
}

TEST(logo_and_photo_come_as_descriptors) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        _cleanup_(blob_done) Blob logo = make_still("png", 90, 40);
        _cleanup_(blob_done) Blob photo = make_still("mjpeg", 300, 200);
        _cleanup_(freep) char *logo_path = test_path("logo.png"), *photo_path = test_path("p.jpg");
        _cleanup_(freep) char *text = str_printf(
                "{'width': 300, 'height': 300, 'headline': 'x', 'logo': '%s', 'photo': '%s'}",
                logo_path, photo_path);
        _cleanup_(closep) int fd = memfd_create("drawing", MFD_CLOEXEC);
        Seen seen;

        CHECK(fs_write_file_durable(AT_FDCWD, logo_path, logo.data, logo.n, 0600) == 0);
        CHECK(fs_write_file_durable(AT_FDCWD, photo_path, photo.data, photo.n, 0600) == 0);
        CHECK_INT(pool_draw(&f, text, fd, &seen), 0);
        CHECK(fs_write_file_durable(AT_FDCWD, logo_path, logo.data, logo.n / 2, 0600) == 0);
        CHECK_INT(pool_draw(&f, text, fd, &seen), -EINVAL);
        CHECK_HAS(seen.err.text, "'logo'");
}

TEST(many_tasks_few_workers) {
        enum { N = 60 };
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 2);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        static Seen seen[N];
        pid_t pids[16];

        for (int i = 0; i < N; i++) {
                seen[i] = (Seen){.free_in_callback = true};
                (void) pool_start_probe(&f, &b, &seen[i]);
        }
        for (int i = 0; i < N; i++)
                pool_settle(&f, &seen[i]);
        for (int i = 0; i < N; i++)
                CHECK_INT(seen[i].result, 0);
        CHECK_INT(pool_children(pids), 2);
}

/* Nothing of ours but the socket and stderr reaches the worker: no descriptor, no secret. */
TEST(what_a_worker_inherits) {
        _cleanup_(freep) char *script = test_file(
                "spy", "#!/bin/sh\nls /proc/self/fd > \"$0.fds\"\nenv > \"$0.env\"\nexit 1\n");
        _cleanup_(freep) char *fds = test_path("spy.fds"), *env = test_path("spy.env");
        _cleanup_(freep) char *fds_text = NULL, *env_text = NULL;
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        int leaky = fcntl(STDERR_FILENO, F_DUPFD, 9); /* deliberately not close-on-exec */
        Seen seen;

        CHECK(chmod(script, 0700) == 0);
        CHECK(setenv("GEMINI_API_KEY", "secret", 1) == 0);
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(script, 1);
        CHECK_INT(pool_probe(&f, &b, &seen), -ECONNRESET);
        CHECK(fs_read_file(fds, 4096, &fds_text, NULL) == 0);
        CHECK(fs_read_file(env, 65536, &env_text, NULL) == 0);
        CHECK(leaky >= 9);
        CHECK(!strstr(env_text, "secret"));
        /* 0 1 2 3 and the one ls opens itself */
        CHECK_STR(fds_text, "0\n1\n2\n3\n4\n");
        (void) close(leaky);
}

TEST(too_many_tasks) {
        _cleanup_(pool_fixture_done) PoolFixture f = pool_fixture_new(MEDIA_WORKER, 1);
        static MediaTask *tasks[MEDIA_WAITING_MAX];
        MediaTask *beyond = NULL;
        Seen seen = {0};
        Err err = {0};
        int n = 0, r = 0;

        /* Descriptors may run out first; both are refusals and nothing more. */
        while (n < MEDIA_WAITING_MAX && r == 0) {
                r = media_probe(f.pool, STDERR_FILENO, pool_on_done, &seen, &tasks[n], &err);
                n += r == 0;
        }
        if (r == 0)
                CHECK_INT(media_probe(f.pool, STDERR_FILENO, pool_on_done, &seen, &beyond, &err),
                          -ENOBUFS);
        else
                CHECK_INT(r, -EMFILE);
        CHECK(!beyond && err.code < 0);
        for (int i = 0; i < n; i++)
                (void) media_task_free(tasks[i]);
        CHECK_INT(seen.calls, 0);
}

TEST(where_the_program_is) {
        CHECK(unsetenv("PREGEN_MEDIA") == 0);
        CHECK_STR(media_program(), MEDIA_WORKER); /* beside this test */
        CHECK(setenv("PREGEN_MEDIA", "/elsewhere/pregen-media", 1) == 0);
        CHECK_STR(media_program(), "/elsewhere/pregen-media");
        CHECK(unsetenv("PREGEN_MEDIA") == 0);
}
