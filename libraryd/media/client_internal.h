/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The inside of the client, shared by task.c (tasks and their lists), pool.c (workers) and
 * client.c (the calls). A task is in exactly one place:
 *
 *      new -> pool->waiting -> worker->task -> (callback) -> nowhere
 *                  |-> pool->failing ----------^
 *
 * and leaves it when it is freed. The pump, a defer source, moves waiting tasks to workers, so that
 * nothing ever happens inside a caller's call.
 */

#include "media/client.h"
#include "media/process.h"
#include "media/protocol.h"

typedef struct TaskList {
        MediaTask *first, *last;
} TaskList;

struct MediaTask {
        MediaPool *pool; /* NULL once finished or the pool is gone */
        TaskList *list;  /* where it waits, NULL = nowhere */
        MediaTask *prev, *next;
        Json *request; /* without the id */
        int fd;        /* picture to read, or output */
        MediaDoneFn done;
        void *userdata;
};

typedef enum WorkerState {
        WORKER_NONE, /* no process */
        WORKER_IDLE,
        WORKER_BUSY,  /* has a task, perhaps a cancelled one */
        WORKER_DYING, /* killed or hung up; waiting for the end of the process */
} WorkerState;

typedef struct Worker {
        MediaPool *pool;
        WorkerState state;
        Process process;
        sd_event_source *io, *exit, *timer;
        MediaTask *task; /* NULL when it was cancelled */
        int64_t id;      /* of the request in hand */
        int blame;       /* why we killed it: 0 not we, -ETIMEDOUT, -EBADMSG */
} Worker;

struct MediaPool {
        sd_event *event;
        char *program;
        uint64_t timeout_us;
        Worker workers[MEDIA_WORKERS_MAX];
        unsigned n_workers;
        sd_event_source *pump;
        TaskList waiting, failing;
        size_t n_waiting;
        int64_t last_id;
        unsigned deaths; /* in a row */
        bool in_callback;
};

void task_list_append(TaskList *list, MediaTask *task);
void task_list_prepend(TaskList *list, MediaTask *task);
void task_list_remove(MediaTask *task);
/* The task leaves the pool and its owner hears of it. The task may be gone afterwards. */
void task_finish(MediaTask *task, int result, const MediaInfo *info, const Err *err);
/* Everything that waits now fails; what the callbacks add does not. */
void pool_fail_waiting(MediaPool *pool, int result, const Err *err);

/* Has the pump run in the next turn of the loop. */
int pool_schedule(MediaPool *pool);

/* Makes the request for a worker and sends it: descriptors, files named in the instructions. A
 * negative errno is the task's failure; *ret_broken tells that the worker is no good. */
int task_send(MediaTask *task, int64_t id, int sock, bool *ret_broken, Err *err);

/* Starts the process of an empty slot. */
int worker_start(Worker *w, Err *err);
/* Hands task to an idle worker; a task that cannot be sent is finished here. */
void worker_give(Worker *w, MediaTask *task);
/* Ends everything of the worker without callbacks. */
void worker_done(Worker *w);
