/* SPDX-License-Identifier: MIT */

#include "media/client_internal.h"

#include <fcntl.h>
#include <sys/stat.h>

void task_list_append(TaskList *list, MediaTask *task) {
        assert(list);
        assert(task && !task->list);

        task->list = list;
        task->prev = list->last;
        task->next = NULL;
        if (list->last)
                list->last->next = task;
        else
                list->first = task;
        list->last = task;
}

void task_list_prepend(TaskList *list, MediaTask *task) {
        assert(list);
        assert(task && !task->list);

        task->list = list;
        task->prev = NULL;
        task->next = list->first;
        if (list->first)
                list->first->prev = task;
        else
                list->last = task;
        list->first = task;
}

void task_list_remove(MediaTask *task) {
        TaskList *list;

        assert(task && task->list);

        list = task->list;
        if (task->prev)
                task->prev->next = task->next;
        else
                list->first = task->next;
        if (task->next)
                task->next->prev = task->prev;
        else
                list->last = task->prev;
        if (task->pool && list == &task->pool->waiting)
                task->pool->n_waiting--;
        task->list = NULL;
        task->prev = task->next = NULL;
}

/* What a finished task need not keep, however long its owner does. */
static void task_release(MediaTask *task) {
        task->request = json_free(task->request);
        closep(&task->fd);
        task->fd = -1;
}

void task_finish(MediaTask *task, int result, const MediaInfo *info, const Err *err) {
        static const Err none = {0};
        MediaPool *pool;
        bool nested;

        assert(task && task->pool && !task->list);
        assert(result < 0 || info);

        pool = task->pool;
        task->pool = NULL;
        task_release(task);
        nested = pool->in_callback;
        pool->in_callback = true;
        task->done(task, result, result < 0 ? NULL : info, err ?: &none, task->userdata);
        pool->in_callback = nested;
}

void pool_fail_waiting(MediaPool *pool, int result, const Err *err) {
        MediaTask *task;

        assert(pool);

        while ((task = pool->waiting.first)) {
                task_list_remove(task);
                task_list_append(&pool->failing, task);
        }
        while ((task = pool->failing.first)) {
                task_list_remove(task);
                task_finish(task, result, NULL, err);
        }
}

MediaTask *media_task_free(MediaTask *task) {
        if (!task)
                return NULL;
        if (task->list)
                task_list_remove(task);
        if (task->pool)
                for (unsigned i = 0; i < task->pool->n_workers; i++)
                        if (task->pool->workers[i].task == task)
                                task->pool->workers[i].task = NULL; /* its reply is dropped */
        task_release(task);
        free(task);
        return NULL;
}

/* A file of the caller's configuration: never waits (a FIFO), never anything but a file. */
static int open_asset(const char *path, int *ret, Err *err) {
        _cleanup_(closep) int fd = -1;
        struct stat st;

        if (path[0] != '/')
                return err_set(err, -EINVAL, "'%s' is no absolute path", path);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 || fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot open '%s'", path);
        if (!S_ISREG(st.st_mode))
                return err_set(err, -EINVAL, "'%s' is no regular file", path);
        *ret = TAKE_FD(fd);
        return 0;
}

int task_send(MediaTask *task, int64_t id, int sock, bool *ret_broken, Err *err) {
        _cleanup_(json_freep) Json *message = NULL;
        _cleanup_(closep) int logo = -1, photo = -1;
        static const char *const members[] = {"logo", "photo"};
        int *const opened[] = {&logo, &photo};
        const Json *instructions;
        int fds[MEDIA_FDS_MAX] = {task->fd};
        size_t n = 1;
        int r;

        assert(task);
        assert(ret_broken);

        instructions = json_get(task->request, "instructions");
        for (size_t i = 0; i < ARRAY_LEN(members); i++) {
                const char *path = json_str(instructions, members[i]);

                if (!path)
                        continue;
                r = open_asset(path, opened[i], err);
                if (r < 0)
                        return r;
                fds[n++] = *opened[i];
        }
        message =
                json_copy(task->request); /* a broken worker's task is sent again, under a new id */
        r = json_add_int(message, "id", id);
        if (r >= 0)
                r = message_send(sock, message, fds, n);
        if (r == -E2BIG)
                return err_set(err, -EINVAL, "drawing instructions beyond %d bytes",
                               (int) MEDIA_MESSAGE_MAX);
        if (r < 0) {
                *ret_broken = r != -ENOMEM;
                return err_errno(err, r, "cannot send a task to the media worker");
        }
        return 0;
}
