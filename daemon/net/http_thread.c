/* SPDX-License-Identifier: MIT */

#include "net/http_thread.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>

/*
 * The thread owns `http` and its loop while `turning`; the owner while it holds the mutex and the
 * thread is not turning. The thread lets a waiting owner in between any two events:
 *
 *      thread:  [turn: one event]  (owner waits? let it) [turn] ... (nothing to do: poll)
 *      owner:                       enter, start a call, leave
 */
struct HttpThread {
        pthread_t thread;
        pthread_mutex_t mutex;
        pthread_cond_t turned;      /* `turning` became false */
        pthread_cond_t caller_gone; /* `callers` became 0 */
        /* Guarded by the mutex. */
        bool turning, polling, stop;
        unsigned callers;
        int broken;                  /* -errno of the loop */
        HttpTask *over, **over_tail; /* have ended, and their owner does not know yet */
        HttpTask *doomed;            /* were freed; their transfers are not, yet */
        size_t tasks;                /* that are not freed */
        /* Whose turn it is. */
        sd_event *event;
        Http *http;

        int wake_fd;                  /* of the thread, when it polls */
        int over_fd;                  /* of the owner */
        sd_event_source *over_source; /* on the owner's loop */
};

struct HttpTask {
        HttpThread *thread;
        Transfer *transfer;
        HttpTaskFn done;
        void *userdata;
        bool ended;        /* `result` is there */
        HttpResult result; /* borrows from the transfer */
        HttpTask *next;    /* of over or doomed */
};

/* Errors of the mutex would be ours: it is neither recursive nor robust. */
static void lock(HttpThread *h) {
        (void) pthread_mutex_lock(&h->mutex);
}

static void unlock(HttpThread *h) {
        (void) pthread_mutex_unlock(&h->mutex);
}

/* Fails only when the counter is full: then whoever reads it has been woken already. */
static void wake(int fd) {
        (void) eventfd_write(fd, 1);
}

static void enter(HttpThread *h) {
        lock(h);
        h->callers++;
        while (h->turning)
                (void) pthread_cond_wait(&h->turned, &h->mutex);
}

static void leave(HttpThread *h) {
        if (--h->callers == 0)
                (void) pthread_cond_signal(&h->caller_gone);
        if (h->polling)
                wake(h->wake_fd);
        unlock(h);
}

/* ---- on the thread ---- */

static HttpTask *take_doomed(HttpThread *h) {
        HttpTask *list;

        lock(h);
        list = TAKE_PTR(h->doomed);
        unlock(h);
        return list;
}

static void bury(HttpTask *list) {
        while (list) {
                HttpTask *next = list->next;

                (void) transfer_free(list->transfer);
                free(list);
                list = next;
        }
}

static void on_result(Transfer *t, const HttpResult *result, void *userdata) {
        HttpTask *task = userdata;
        HttpThread *h = task->thread;

        (void) t;
        lock(h);
        task->result = *result;
        task->ended = true;
        task->next = NULL;
        if (!h->over)
                wake(h->over_fd);
        *h->over_tail = task;
        h->over_tail = &task->next;
        unlock(h);
}

static int on_wake(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        eventfd_t n;

        (void) source;
        (void) revents;
        (void) userdata;
        (void) eventfd_read(fd, &n); /* a wake-up for nothing does no harm */
        return 0;
}

/* One event, if there is one. 1: there may be more; 0: nothing to do; -errno. */
static int turn(HttpThread *h, bool polled) {
        int r;

        bury(take_doomed(h));
        r = polled ? sd_event_wait(h->event, 0) : sd_event_prepare(h->event);
        if (r <= 0)
                return r;
        r = sd_event_dispatch(h->event);
        return r < 0 ? r : 1;
}

static void wait_for_event(HttpThread *h) {
        struct pollfd p = {.fd = sd_event_get_fd(h->event), .events = POLLIN};

        h->polling = true;
        unlock(h);
        (void) poll(&p, 1, -1); /* EINTR: one turn for nothing */
        lock(h);
        h->polling = false;
}

static void *thread_main(void *userdata) {
        HttpThread *h = userdata;
        bool armed = false; /* the loop is prepared, and to be waited for */

        lock(h);
        while (!h->stop && h->broken >= 0) {
                int r;

                if (armed)
                        wait_for_event(h);
                while (h->callers > 0)
                        (void) pthread_cond_wait(&h->caller_gone, &h->mutex);
                h->turning = true;
                unlock(h);
                r = turn(h, armed);
                lock(h);
                h->turning = false;
                (void) pthread_cond_broadcast(&h->turned);
                armed = r == 0 && !armed;
                if (r < 0) {
                        h->broken = r;
                        wake(h->over_fd);
                }
        }
        unlock(h);
        return NULL;
}

/* ---- on the owner's ---- */

static HttpTask *take_over(HttpThread *h) {
        HttpTask *task;

        lock(h);
        task = h->over;
        if (task) {
                h->over = task->next;
                if (!h->over)
                        h->over_tail = &h->over;
                task->next = NULL;
        }
        unlock(h);
        return task;
}

/* Each is taken on its own: a callback may free any other. */
static int on_over(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        HttpThread *h = userdata;
        HttpTask *task;
        eventfd_t n;

        (void) source;
        (void) revents;
        (void) eventfd_read(fd, &n);
        while ((task = take_over(h)))
                task->done(&task->result, task->userdata);
        return 0;
}

static void forget_over(HttpThread *h, const HttpTask *task) {
        for (HttpTask **p = &h->over; *p; p = &(*p)->next)
                if (*p == task) {
                        *p = task->next;
                        if (!*p)
                                h->over_tail = p;
                        return;
                }
}

HttpTask *http_task_free(HttpTask *task) {
        HttpThread *h;

        if (!task)
                return NULL;
        h = task->thread;
        lock(h);
        h->tasks--;
        if (task->ended) { /* nothing runs any more: the thread frees it in passing */
                forget_over(h, task);
                task->next = h->doomed;
                h->doomed = task;
                unlock(h);
                return NULL;
        }
        unlock(h);
        enter(h);
        forget_over(h, task); /* it may have ended while we waited */
        (void) transfer_free(task->transfer);
        leave(h);
        free(task);
        return NULL;
}

int http_thread_start(HttpThread *h, HttpCall *call, const HttpOptions *options, HttpTaskFn done,
                      void *userdata, HttpTask **ret, Err *err) {
        HttpTask *task;
        int r;

        assert(h);
        assert(done);
        assert(ret);
        task = calloc(1, sizeof *task);
        if (!task)
                return err_set(err, -ENOMEM, "out of memory for a transfer");
        task->thread = h;
        task->done = done;
        task->userdata = userdata;
        enter(h);
        r = http_start(h->http, call, options, on_result, task, &task->transfer, err);
        if (r >= 0)
                h->tasks++;
        leave(h);
        if (r < 0) {
                free(task);
                return r;
        }
        *ret = task;
        return 0;
}

int http_thread_check(HttpThread *h, Err *err) {
        int r;

        assert(h);
        lock(h);
        r = h->broken;
        unlock(h);
        return r < 0 ? err_errno(err, r, "the network's event loop failed") : 0;
}

/* ---- life ---- */

static int start_thread(HttpThread *h) {
        sigset_t all, before;
        int r;

        /* Signals are the owner's. */
        (void) sigfillset(&all);
        r = -pthread_sigmask(SIG_SETMASK, &all, &before);
        if (r < 0)
                return r;
        r = -pthread_create(&h->thread, NULL, thread_main, h);
        (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
        return r;
}

static int make_sources(HttpThread *h, sd_event *owner, Err *err) {
        sd_event_source *source = NULL;
        int r;

        h->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        h->over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (h->wake_fd < 0 || h->over_fd < 0)
                return err_errno(err, -errno, "cannot make an eventfd");
        r = sd_event_new(&h->event);
        if (r >= 0)
                r = sd_event_add_io(h->event, &source, h->wake_fd, EPOLLIN, on_wake, h);
        if (r >= 0)
                r = sd_event_source_set_floating(source, true);
        (void) sd_event_source_unref(source);
        if (r >= 0)
                r = sd_event_add_io(owner, &h->over_source, h->over_fd, EPOLLIN, on_over, h);
        /* What has come is taken before a deadline of the owner's may end its loop. */
        if (r >= 0)
                r = sd_event_source_set_priority(h->over_source, SD_EVENT_PRIORITY_IMPORTANT);
        return r < 0 ? err_errno(err, r, "cannot set the network's event loop up") : 0;
}

static void dismantle(HttpThread *h) {
        bury(h->doomed);
        (void) http_free(h->http);
        (void) sd_event_source_disable_unref(h->over_source);
        (void) sd_event_unref(h->event);
        closep(&h->wake_fd);
        closep(&h->over_fd);
        (void) pthread_cond_destroy(&h->turned);
        (void) pthread_cond_destroy(&h->caller_gone);
        (void) pthread_mutex_destroy(&h->mutex);
        free(h);
}

int http_thread_new(sd_event *event, HttpThread **ret, Err *err) {
        HttpThread *h;
        int r;

        assert(event);
        assert(ret);
        h = calloc(1, sizeof *h);
        if (!h)
                return err_set(err, -ENOMEM, "out of memory for the network");
        h->over_tail = &h->over;
        h->wake_fd = h->over_fd = -1;
        (void) pthread_mutex_init(&h->mutex, NULL);
        (void) pthread_cond_init(&h->turned, NULL);
        (void) pthread_cond_init(&h->caller_gone, NULL);
        r = make_sources(h, event, err);
        if (r >= 0)
                r = http_new(h->event, &h->http, err);
        if (r >= 0) {
                r = start_thread(h);
                if (r < 0)
                        (void) err_errno(err, r, "cannot start the network's thread");
        }
        if (r < 0) {
                dismantle(h);
                return r;
        }
        *ret = h;
        return 0;
}

HttpThread *http_thread_free(HttpThread *h) {
        if (!h)
                return NULL;
        assert(h->tasks == 0);
        lock(h);
        h->stop = true;
        if (h->polling)
                wake(h->wake_fd);
        unlock(h);
        (void) pthread_join(h->thread, NULL);
        dismantle(h);
        return NULL;
}
