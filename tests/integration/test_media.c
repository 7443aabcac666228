/* SPDX-License-Identifier: MIT */

/* The client against the real worker process, and against workers that die, hang and lie. */

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "media/client.h"
#include "support/media_fixture.h"
#include "support/test.h"

static const char worker[] = TEST_BINARY_DIR "/bin/pregen-media";

enum {
        SHORT_TIMEOUT_MS = 150,
};

typedef struct Seen {
        int calls, result;
        MediaInfo info;
        Err err;
        bool free_in_callback;
} Seen;

typedef struct Fixture {
        sd_event *event;
        MediaPool *pool;
} Fixture;

static Fixture fixture_new(const char *program, unsigned workers) {
        Fixture f = {0};
        Err err = {0};

        CHECK(sd_event_new(&f.event) >= 0);
        CHECK_OK(media_pool_new(f.event, program, workers, &f.pool, &err), &err);
        return f;
}

static void fixture_done(Fixture *f) {
        f->pool = media_pool_free(f->pool);
        f->event = sd_event_unref(f->event);
}

static void on_done(MediaTask *task, int result, const MediaInfo *info, const Err *err,
                    void *userdata) {
        Seen *seen = userdata;

        CHECK((result == 0) == (info != NULL));
        CHECK(result <= 0 && err);
        seen->calls++;
        seen->result = result;
        if (info)
                seen->info = *info;
        seen->err = *err;
        if (seen->free_in_callback)
                (void) media_task_free(task);
}

/* One turn that does something: the pump, when a task was just queued. */
static void run_once(Fixture *f) {
        int r = 0;

        for (int i = 0; r == 0 && i < 100; i++)
                r = sd_event_run(f->event, 1000000);
        CHECK(r > 0);
}

/* Runs the loop until the task was answered; no answer is a failure. */
static void settle(Fixture *f, const Seen *seen) {
        for (int i = 0; seen->calls == 0 && i < 1000; i++)
                CHECK(sd_event_run(f->event, 10000000) >= 0);
        CHECK_INT(seen->calls, 1);
}

static MediaTask *start_probe(Fixture *f, const Blob *b, Seen *seen) {
        MediaTask *task = NULL;
        Err err = {0};
        int fd = blob_fd(b->data, b->n);

        CHECK_OK(media_probe(f->pool, fd, on_done, seen, &task, &err), &err);
        (void) close(fd); /* it was dup'ed */
        CHECK_INT(seen->calls, 0);
        return task;
}

static int probe(Fixture *f, const Blob *b, Seen *seen) {
        MediaTask *task;

        *seen = (Seen){0};
        task = start_probe(f, b, seen);
        settle(f, seen);
        (void) media_task_free(task);
        return seen->result;
}

static int draw(Fixture *f, const char *text, int fd, Seen *seen) {
        Json *j = draw_json(text);
        MediaTask *task = NULL;
        Err err = {0};

        *seen = (Seen){0};
        CHECK_OK(media_draw(f->pool, j, fd, on_done, seen, &task, &err), &err);
        json_free(j);
        settle(f, seen);
        (void) media_task_free(task);
        return seen->result;
}

/* Our children, by /proc. */
static size_t children(pid_t ret[static 16]) {
        DIR *dir = opendir("/proc");
        size_t n = 0;

        CHECK(dir);
        for (struct dirent *e; (e = readdir(dir));) {
                _cleanup_(freep) char *path = NULL, *text = NULL;
                int64_t pid;
                int parent;
                ssize_t len;
                char *p;

                if (parse_int(e->d_name, 1, INT32_MAX, &pid) < 0)
                        continue;
                path = str_printf("/proc/%s/stat", e->d_name);
                CHECK(path);
                int fd = open(path, O_RDONLY | O_CLOEXEC);
                if (fd < 0)
                        continue;
                text = calloc(1, 1024);
                CHECK(text);
                len = read(fd, text, 1023);
                (void) close(fd);
                p = len > 0 ? strrchr(text, ')') : NULL;
                if (p && sscanf(p, ") %*c %d", &parent) == 1 && parent == getpid() && n < 16)
                        ret[n++] = (pid_t) pid;
        }
        (void) closedir(dir);
        return n;
}

static pid_t only_child(void) {
        pid_t pids[16];

        CHECK_INT(children(pids), 1);
        return pids[0];
}

TEST(probe_good_and_bad) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;

        CHECK_INT(probe(&f, &b, &seen), 0);
        CHECK_STR(seen.info.media_type, "image/png");
        CHECK_INT(seen.info.width, 30);
        b.n -= 3;
        CHECK_INT(probe(&f, &b, &seen), -EBADMSG);
        CHECK_HAS(seen.err.text, "truncated");
        b.n += 3;
        CHECK_INT(probe(&f, &b, &seen), 0); /* the same worker goes on */
}

TEST(draw_and_probe) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(closep) int fd = memfd_create("drawing", MFD_CLOEXEC);
        Seen seen;
        struct stat st;
        Blob b;

        CHECK_INT(draw(&f, "{'width': 540, 'height': 960, 'headline': 'Last day', 'seed': 3}", fd,
                       &seen),
                  0);
        CHECK_INT(seen.info.width, 540);
        CHECK_STR(seen.info.ext, "png");
        CHECK_INT(lseek(fd, 0, SEEK_CUR), 0);
        CHECK(fstat(fd, &st) == 0 && st.st_size > 1000);
        b = (Blob){mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_SHARED, fd, 0),
                   (size_t) st.st_size};
        CHECK(b.data != MAP_FAILED);
        CHECK_INT(probe(&f, &b, &seen), 0);
        CHECK_INT(seen.info.height, 960);
        (void) munmap(b.data, b.n);
}

TEST(draw_errors) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(closep) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
        _cleanup_(closep) int fd = memfd_create("drawing", MFD_CLOEXEC);
        _cleanup_(freep) char *fifo = test_path("fifo"), *text = NULL;
        Seen seen;

        CHECK(mkfifo(fifo, 0600) == 0);
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300, 'headline': 'x'}", full, &seen), -ENOSPC);
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300}", fd, &seen), -EINVAL);
        CHECK_HAS(seen.err.text, "'headline' is missing");
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'primary': 'red'}", fd,
                       &seen),
                  -EINVAL);
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'logo': '/no/such'}", fd,
                       &seen),
                  -ENOENT);
        CHECK_HAS(seen.err.text, "cannot open '/no/such'");
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'photo': 'a.png'}", fd,
                       &seen),
                  -EINVAL);
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300, 'headline': 'x', 'photo': '/tmp'}", fd,
                       &seen),
                  -EINVAL);
        text = str_printf("{'width': 300, 'height': 300, 'headline': 'x', 'photo': '%s'}", fifo);
        CHECK_INT(draw(&f, text, fd, &seen), -EINVAL); /* and it does not wait for a writer */
        CHECK_INT(draw(&f, "{'width': 300, 'height': 300, 'headline': 'x'}", fd, &seen), 0);
}

TEST(logo_and_photo_come_as_descriptors) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
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
        CHECK_INT(draw(&f, text, fd, &seen), 0);
        CHECK(fs_write_file_durable(AT_FDCWD, logo_path, logo.data, logo.n / 2, 0600) == 0);
        CHECK_INT(draw(&f, text, fd, &seen), -EINVAL);
        CHECK_HAS(seen.err.text, "'logo'");
}

TEST(many_tasks_few_workers) {
        enum { N = 60 };
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 2);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        static Seen seen[N];
        pid_t pids[16];

        for (int i = 0; i < N; i++) {
                seen[i] = (Seen){.free_in_callback = true};
                (void) start_probe(&f, &b, &seen[i]);
        }
        for (int i = 0; i < N; i++)
                settle(&f, &seen[i]);
        for (int i = 0; i < N; i++)
                CHECK_INT(seen[i].result, 0);
        CHECK_INT(children(pids), 2);
}

/* A stopped worker holds its task for certain. */
static pid_t stop_worker(Fixture *f) {
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;
        pid_t pid;

        CHECK_INT(probe(f, &b, &seen), 0);
        pid = only_child();
        CHECK(kill(pid, SIGSTOP) == 0);
        return pid;
}

TEST(a_worker_killed_on_its_task) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen held = {0}, waiting = {0};
        MediaTask *task, *next;
        pid_t pid = stop_worker(&f);

        task = start_probe(&f, &b, &held);
        run_once(&f); /* it is sent */
        next = start_probe(&f, &b, &waiting);
        CHECK(kill(pid, SIGKILL) == 0);
        settle(&f, &held);
        CHECK_INT(held.result, -ECONNRESET);
        CHECK_HAS(held.err.text, "signal 9");
        settle(&f, &waiting);
        CHECK_INT(waiting.result, 0);
        CHECK(only_child() != pid);
        (void) media_task_free(task);
        (void) media_task_free(next);
}

TEST(a_worker_killed_while_idle) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        pid_t pid = stop_worker(&f);
        siginfo_t si;
        Seen seen;

        CHECK(kill(pid, SIGKILL) == 0);
        /* dead for certain, but the loop has not heard of it */
        CHECK(waitid(P_PID, (id_t) pid, &si, WEXITED | WNOWAIT) == 0);
        CHECK_INT(probe(&f, &b, &seen), 0);
}

TEST(a_task_that_takes_too_long) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;
        pid_t pid = stop_worker(&f);

        media_pool_set_timeout(f.pool, SHORT_TIMEOUT_MS);
        CHECK_INT(probe(&f, &b, &seen), -ETIMEDOUT);
        CHECK_HAS(seen.err.text, "longer than 150 ms");
        media_pool_set_timeout(f.pool, MEDIA_TASK_TIMEOUT_MS);
        CHECK_INT(probe(&f, &b, &seen), 0);
        CHECK(only_child() != pid);
}

TEST(a_cancelled_task_is_not_heard_of) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen held = {0}, waiting = {0}, last;
        pid_t pid = stop_worker(&f);
        MediaTask *task = start_probe(&f, &b, &held), *next;

        run_once(&f);
        next = start_probe(&f, &b, &waiting);
        (void) media_task_free(task); /* in the worker's hand */
        (void) media_task_free(next); /* in the queue */
        CHECK(kill(pid, SIGCONT) == 0);
        CHECK_INT(probe(&f, &b, &last), 0);
        CHECK_INT(held.calls + waiting.calls, 0);
        CHECK_INT(only_child(), pid);
}

TEST(the_pool_goes_first) {
        Fixture f = fixture_new(worker, 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen held = {0}, waiting = {0};
        MediaTask *task, *next;
        pid_t pids[16];

        (void) stop_worker(&f);
        task = start_probe(&f, &b, &held);
        run_once(&f);
        next = start_probe(&f, &b, &waiting);
        fixture_done(&f);
        CHECK_INT(held.calls + waiting.calls, 0);
        CHECK_INT(children(pids), 0);
        (void) media_task_free(task);
        (void) media_task_free(next);
}

TEST(no_such_program) {
        _cleanup_(fixture_done) Fixture f = fixture_new("/no/such/pregen-media", 2);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;

        CHECK_INT(probe(&f, &b, &seen), -ENOENT);
        CHECK_HAS(seen.err.text, "cannot start the media worker '/no/such/pregen-media'");
}

/* Ends before it reads anything: each death fails its task, the third all that wait. */
TEST(a_program_that_always_dies) {
        enum { N = 8 };
        _cleanup_(fixture_done) Fixture f = fixture_new("/bin/false", 1);
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen[N] = {0}, later;
        MediaTask *tasks[N];

        for (int i = 0; i < N; i++)
                tasks[i] = start_probe(&f, &b, &seen[i]);
        for (int i = 0; i < N; i++) {
                settle(&f, &seen[i]);
                CHECK_INT(seen[i].result, -ECONNRESET);
                (void) media_task_free(tasks[i]);
        }
        CHECK_HAS(seen[N - 1].err.text, "3 times in a row");
        CHECK_INT(probe(&f, &b, &later), -ECONNRESET); /* the pool still answers */
}

/* Answers with something that is no reply. */
TEST(a_program_that_lies) {
        _cleanup_(freep) char *script =
                test_file("liar", "#!/bin/sh\nwhile :; do echo '{\"id\":1,\"ok\":true}' >&3; "
                                  "read x <&3 || exit; done\n");
        _cleanup_(blob_done) Blob b = make_still("png", 30, 20);
        Seen seen;

        CHECK(chmod(script, 0700) == 0);
        _cleanup_(fixture_done) Fixture f = fixture_new(script, 1);
        CHECK_INT(probe(&f, &b, &seen), -ECONNRESET);
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
        _cleanup_(fixture_done) Fixture f = fixture_new(script, 1);
        CHECK_INT(probe(&f, &b, &seen), -ECONNRESET);
        CHECK(fs_read_file(fds, 4096, &fds_text, NULL) == 0);
        CHECK(fs_read_file(env, 65536, &env_text, NULL) == 0);
        CHECK(leaky >= 9);
        CHECK(!strstr(env_text, "secret"));
        /* 0 1 2 3 and the one ls opens itself */
        CHECK_STR(fds_text, "0\n1\n2\n3\n4\n");
        (void) close(leaky);
}

TEST(too_many_tasks) {
        _cleanup_(fixture_done) Fixture f = fixture_new(worker, 1);
        static MediaTask *tasks[MEDIA_WAITING_MAX];
        MediaTask *beyond = NULL;
        Seen seen = {0};
        Err err = {0};
        int n = 0, r = 0;

        /* Descriptors may run out first; both are refusals and nothing more. */
        while (n < MEDIA_WAITING_MAX && r == 0) {
                r = media_probe(f.pool, STDERR_FILENO, on_done, &seen, &tasks[n], &err);
                n += r == 0;
        }
        if (r == 0)
                CHECK_INT(media_probe(f.pool, STDERR_FILENO, on_done, &seen, &beyond, &err),
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
        CHECK_STR(media_program(), worker); /* beside this test */
        CHECK(setenv("PREGEN_MEDIA", "/elsewhere/pregen-media", 1) == 0);
        CHECK_STR(media_program(), "/elsewhere/pregen-media");
        CHECK(unsetenv("PREGEN_MEDIA") == 0);
}
