/* SPDX-License-Identifier: MIT */

#include "support/media_pool.h"

#include <dirent.h>
#include <fcntl.h>

#include "base/parse.h"
#include "base/strbuf.h"
#include "support/test.h"

PoolFixture pool_fixture_new(const char *program, unsigned workers) {
        PoolFixture f = {0};
        Err err = {0};

        CHECK(sd_event_new(&f.event) >= 0);
        CHECK_OK(media_pool_new(f.event, program, workers, &f.pool, &err), &err);
        return f;
}

void pool_fixture_done(PoolFixture *f) {
        f->pool = media_pool_free(f->pool);
        f->event = sd_event_unref(f->event);
}

void pool_on_done(MediaTask *task, int result, const MediaInfo *info, const Err *err,
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
void pool_run_once(PoolFixture *f) {
        int r = 0;

        for (int i = 0; r == 0 && i < 100; i++)
                r = sd_event_run(f->event, 1000000);
        CHECK(r > 0);
}

/* Runs the loop until the task was answered; no answer is a failure. */
void pool_settle(PoolFixture *f, const Seen *seen) {
        for (int i = 0; seen->calls == 0 && i < 1000; i++)
                CHECK(sd_event_run(f->event, 10000000) >= 0);
        CHECK_INT(seen->calls, 1);
}

MediaTask *pool_start_probe(PoolFixture *f, const Blob *b, Seen *seen) {
        MediaTask *task = NULL;
        Err err = {0};
        int fd = blob_fd(b->data, b->n);

        CHECK_OK(media_probe(f->pool, fd, pool_on_done, seen, &task, &err), &err);
        (void) close(fd); /* it was dup'ed */
        CHECK_INT(seen->calls, 0);
        return task;
}

int pool_probe(PoolFixture *f, const Blob *b, Seen *seen) {
        MediaTask *task;

        *seen = (Seen){0};
        task = pool_start_probe(f, b, seen);
        pool_settle(f, seen);
        (void) media_task_free(task);
        return seen->result;
}

int pool_draw(PoolFixture *f, const char *text, int fd, Seen *seen) {
        Json *j = draw_json(text);
        MediaTask *task = NULL;
        Err err = {0};

        *seen = (Seen){0};
        CHECK_OK(media_draw(f->pool, j, fd, pool_on_done, seen, &task, &err), &err);
        json_free(j);
        pool_settle(f, seen);
        (void) media_task_free(task);
        return seen->result;
}

/* Our children, by /proc. */
size_t pool_children(pid_t ret[static 16]) {
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

pid_t pool_only_child(void) {
        pid_t pids[16];

        CHECK_INT(pool_children(pids), 1);
        return pids[0];
}
