/* SPDX-License-Identifier: MIT */

/*
 * The life of one worker. Whatever ends it (it died, hung, talked nonsense), the end of the process
 * is what frees the slot and fails the task in hand, so that no task is ever answered twice:
 *
 *      NONE --start--> IDLE --give--> BUSY --reply--> IDLE
 *        ^              |              |
 *        |              +-- hang-up, timeout, nonsense --> kill --> DYING
 *        +---------------------- process ended ----------------------+
 */

#include "media/client_internal.h"

#include <sys/epoll.h>

static void worker_clear(Worker *w) {
        w->io = sd_event_source_disable_unref(w->io);
        w->exit = sd_event_source_disable_unref(w->exit);
        w->timer = sd_event_source_disable_unref(w->timer);
        w->state = WORKER_NONE;
        w->blame = 0;
}

void worker_done(Worker *w) {
        assert(w);
        worker_clear(w);
        process_done(&w->process);
        if (w->task)
                w->task->pool = NULL;
        w->task = NULL;
}

/* From here the slot waits for on_exit(). */
static void worker_doom(Worker *w, int blame) {
        if (w->state == WORKER_DYING)
                return;
        w->state = WORKER_DYING;
        w->blame = blame;
        w->io = sd_event_source_disable_unref(w->io);
        w->timer = sd_event_source_disable_unref(w->timer);
        process_kill(&w->process);
}

/* A reply: the worker is free again before its owner hears of it. */
static void worker_reply(Worker *w, const Json *json) {
        MediaTask *task;
        MediaInfo info = {0};
        Err err = {0};
        int result = 0;

        if (w->state != WORKER_BUSY || reply_parse(json, w->id, &result, &info, &err) < 0) {
                worker_doom(w, -EBADMSG);
                return;
        }
        w->timer = sd_event_source_disable_unref(w->timer);
        w->state = WORKER_IDLE;
        w->pool->deaths = 0;
        (void) pool_schedule(w->pool); /* fails only when the loop is over */
        task = TAKE_PTR(w->task);
        if (task)
                task_finish(task, result, &info, &err);
}

static int on_io(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        _cleanup_(message_done) Message m = {0};
        Worker *w = userdata;
        int r;

        (void) s;
        (void) revents;
        r = message_receive(fd, &m, NULL);
        if (r == -EAGAIN)
                return 0;
        if (r > 0)
                worker_reply(w, m.json);
        else
                worker_doom(w, r == -EBADMSG ? r : 0);
        return 0;
}

static int on_timeout(sd_event_source *s, uint64_t usec, void *userdata) {
        (void) s;
        (void) usec;
        worker_doom(userdata, -ETIMEDOUT);
        return 0;
}

static int death_text(int blame, uint64_t timeout_us, const char *cause, Err *err) {
        if (blame == -ETIMEDOUT)
                return err_set(err, -ETIMEDOUT, "the media worker took longer than %llu ms",
                               (unsigned long long) (timeout_us / 1000));
        if (blame == -EBADMSG)
                return err_set(err, -ECONNRESET, "the media worker sent nonsense and was ended");
        return err_set(err, -ECONNRESET, "the media worker died of %s on this task", cause);
}

static int on_exit_event(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        char cause[PROCESS_CAUSE_MAX];
        Worker *w = userdata;
        MediaPool *pool = w->pool;
        MediaTask *task = TAKE_PTR(w->task);
        Err err = {0};
        int result;

        (void) s;
        (void) fd;
        (void) revents;
        process_reap(&w->process, cause);
        result = death_text(w->blame, pool->timeout_us, cause, &err);
        if (w->blame != -ETIMEDOUT) /* a slow task says nothing of the next */
                pool->deaths++;
        worker_clear(w);
        if (task)
                task_finish(task, result, NULL, &err);
        if (pool->deaths >= MEDIA_DEATHS_MAX) {
                pool->deaths = 0;
                (void) err_set(&err, -ECHILD,
                               "the media worker died %d times in a row, last of %s; run '%s' by "
                               "hand to see why",
                               (int) MEDIA_DEATHS_MAX, cause, pool->program);
                pool_fail_waiting(pool, -ECHILD, &err);
        }
        (void) pool_schedule(pool);
        return 0;
}

int worker_start(Worker *w, Err *err) {
        sd_event *event;
        int r;

        assert(w && w->state == WORKER_NONE && !w->task);

        event = w->pool->event;
        r = process_start(w->pool->program, &w->process, err);
        if (r < 0)
                return r;
        r = sd_event_add_io(event, &w->io, w->process.socket, EPOLLIN, on_io, w);
        if (r >= 0)
                r = sd_event_add_io(event, &w->exit, w->process.pidfd, EPOLLIN, on_exit_event, w);
        if (r >= 0) /* what it said before it died is heard first */
                r = sd_event_source_set_priority(w->exit, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0) {
                worker_done(w);
                return err_errno(err, r, "cannot watch the media worker");
        }
        w->state = WORKER_IDLE;
        return 0;
}

void worker_give(Worker *w, MediaTask *task) {
        MediaPool *pool;
        bool broken = false;
        Err err = {0};
        int r;

        assert(w && w->state == WORKER_IDLE && !w->task);
        assert(task && !task->list);

        pool = w->pool;
        r = sd_event_add_time_relative(pool->event, &w->timer, CLOCK_MONOTONIC, pool->timeout_us, 0,
                                       on_timeout, w);
        if (r < 0)
                (void) err_errno(&err, r, "cannot watch the media worker");
        else
                r = task_send(task, w->id = ++pool->last_id, w->process.socket, &broken, &err);
        if (r >= 0) {
                w->task = task;
                w->state = WORKER_BUSY;
                return;
        }
        w->timer = sd_event_source_disable_unref(w->timer);
        if (broken) { /* it died idle: the task is not to blame, another worker gets it */
                worker_doom(w, 0);
                task_list_prepend(&pool->waiting, task);
                pool->n_waiting++;
        } else
                task_finish(task, r, NULL, &err);
}
