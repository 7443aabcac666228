/* SPDX-License-Identifier: MIT */

#include "media/client.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/log.h"
#include "media/client_internal.h"

static Worker *find_worker(MediaPool *pool, WorkerState state) {
        for (unsigned i = 0; i < pool->n_workers; i++)
                if (pool->workers[i].state == state)
                        return &pool->workers[i];
        return NULL;
}

/* Gives every waiting task to a worker that is free, starting one where a slot is. */
static int on_pump(sd_event_source *s, void *userdata) {
        MediaPool *pool = userdata;

        (void) s;
        while (pool->waiting.first) {
                Worker *w = find_worker(pool, WORKER_IDLE);
                Err err = {0};
                int r = 0;

                if (!w) {
                        w = find_worker(pool, WORKER_NONE);
                        if (!w)
                                break;
                        r = worker_start(w, &err);
                }
                if (r < 0 && find_worker(pool, WORKER_BUSY))
                        break; /* that one will take them */
                if (r < 0) {
                        pool_fail_waiting(pool, r, &err);
                        if (pool->waiting.first) /* queued by the callbacks: in another turn */
                                (void) pool_schedule(pool);
                        break;
                }
                MediaTask *task = pool->waiting.first;
                task_list_remove(task);
                worker_give(w, task);
        }
        return 0;
}

int pool_schedule(MediaPool *pool) {
        assert(pool);
        return sd_event_source_set_enabled(pool->pump, SD_EVENT_ONESHOT);
}

int media_pool_new(sd_event *event, const char *program, unsigned workers, MediaPool **ret,
                   Err *err) {
        _cleanup_(media_pool_freep) MediaPool *pool = NULL;
        int r;

        assert(event);
        assert(program);
        assert(workers >= 1 && workers <= MEDIA_WORKERS_MAX);
        assert(ret);

        pool = calloc(1, sizeof *pool);
        if (!pool)
                return err_errno(err, -ENOMEM, "cannot set up the media workers");
        pool->event = sd_event_ref(event);
        pool->n_workers = workers;
        pool->timeout_us = MEDIA_TASK_TIMEOUT_MS * UINT64_C(1000);
        for (unsigned i = 0; i < workers; i++)
                pool->workers[i] = (Worker){.pool = pool, .process = PROCESS_NONE};
        pool->program = strdup(program);
        if (!pool->program)
                return err_errno(err, -ENOMEM, "cannot set up the media workers");
        r = sd_event_add_defer(event, &pool->pump, on_pump, pool);
        if (r >= 0)
                r = sd_event_source_set_enabled(pool->pump, SD_EVENT_OFF);
        if (r < 0)
                return err_errno(err, r, "cannot set up the media workers");
        *ret = TAKE_PTR(pool);
        return 0;
}

void media_pool_warm(MediaPool *pool, unsigned n) {
        assert(pool);
        for (unsigned i = 0; i < pool->n_workers && i < n; i++) {
                Err err = {0};

                if (pool->workers[i].state == WORKER_NONE &&
                    worker_start(&pool->workers[i], &err) < 0) {
                        log_debug("%s", err_text(&err)); /* tried again for the first task */
                        return;
                }
        }
}

MediaPool *media_pool_free(MediaPool *pool) {
        MediaTask *task;

        if (!pool)
                return NULL;
        assert(!pool->in_callback);
        for (unsigned i = 0; i < pool->n_workers; i++)
                worker_done(&pool->workers[i]);
        while ((task = pool->waiting.first)) {
                task_list_remove(task);
                task->pool = NULL;
        }
        pool->pump = sd_event_source_disable_unref(pool->pump);
        pool->event = sd_event_unref(pool->event);
        free(pool->program);
        free(pool);
        return NULL;
}

void media_pool_set_timeout(MediaPool *pool, uint64_t ms) {
        assert(pool);
        assert(ms > 0 && ms <= UINT64_MAX / 1000);
        pool->timeout_us = ms * 1000;
}

/* Takes request, even on failure. */
static int submit(MediaPool *pool, Json *request, int fd, MediaDoneFn done, void *userdata,
                  MediaTask **ret, Err *err) {
        _cleanup_(json_freep) Json *owned = request;
        _cleanup_(media_task_freep) MediaTask *task = NULL;
        int r;

        if (!request)
                return err_errno(err, -ENOMEM, "cannot queue a media task");
        if (pool->n_waiting >= MEDIA_WAITING_MAX)
                return err_set(err, -ENOBUFS, "%d media tasks wait already",
                               (int) MEDIA_WAITING_MAX);
        task = calloc(1, sizeof *task);
        if (!task)
                return err_errno(err, -ENOMEM, "cannot queue a media task");
        task->done = done;
        task->userdata = userdata;
        task->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (task->fd < 0)
                return err_errno(err, -errno, "cannot queue a media task");
        task->request = TAKE_PTR(owned);
        r = pool_schedule(pool);
        if (r < 0)
                return err_errno(err, r, "cannot queue a media task");
        task->pool = pool;
        task_list_append(&pool->waiting, task);
        pool->n_waiting++;
        *ret = TAKE_PTR(task);
        return 0;
}

int media_probe(MediaPool *pool, int fd, MediaDoneFn done, void *userdata, MediaTask **ret,
                Err *err) {
        _cleanup_(json_freep) Json *request = NULL;

        assert(pool);
        assert(fd >= 0);
        assert(done);
        assert(ret);

        request = json_new_object();
        if (json_add_str(request, "op", "probe") < 0)
                return err_errno(err, -ENOMEM, "cannot queue a media task");
        return submit(pool, TAKE_PTR(request), fd, done, userdata, ret, err);
}

int media_draw(MediaPool *pool, const Json *instructions, int fd, MediaDoneFn done, void *userdata,
               MediaTask **ret, Err *err) {
        _cleanup_(json_freep) Json *request = NULL;

        assert(pool);
        assert(instructions);
        assert(fd >= 0);
        assert(done);
        assert(ret);

        request = json_new_object();
        if (json_add_str(request, "op", "draw") < 0 ||
            json_add(request, "instructions", json_copy(instructions)) < 0)
                return err_errno(err, -ENOMEM, "cannot queue a media task");
        return submit(pool, TAKE_PTR(request), fd, done, userdata, ret, err);
}
