/* SPDX-License-Identifier: MIT */

#include "night/storer.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "base/fs.h"
#include "core/library.h"

struct Storer {
        pthread_t threads[STORER_THREADS];
        size_t n_threads; /* that run */
        pthread_mutex_t mutex;
        pthread_cond_t wake;
        StoreTask *todo, **todo_tail; /* guarded by mutex, like all below */
        StoreTask *over, **over_tail;
        bool stop;
        int dir_fd;
        int event_fd;
        sd_event_source *source;
        StorerDoneFn done;
        void *userdata;
};

StoreTask *store_task_new(size_t n) {
        _cleanup_(store_task_freep) StoreTask *t = calloc(1, sizeof *t);

        if (!t)
                return NULL;
        t->files = calloc(n ? n : 1, sizeof *t->files);
        if (!t->files)
                return NULL;
        t->n = n;
        return TAKE_PTR(t);
}

StoreTask *store_task_free(StoreTask *t) {
        if (!t)
                return NULL;
        for (size_t i = 0; t->files && i < t->n; i++) {
                free(t->files[i].spool);
                free(t->files[i].text);
        }
        free(t->files);
        free(t);
        return NULL;
}

static int hash_file(int dir_fd, StoreFile *f, Err *err) {
        _cleanup_(closep) int fd =
                fs_open_beneath(dir_fd, f->spool, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
        uint64_t bytes;
        Digest digest;
        int r;

        if (fd < 0)
                return err_errno(err, fd, "cannot open '%s'", f->spool);
        r = digest_of_fd(fd, &digest, &bytes);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", f->spool);
        if (f->check && !digest_equal(&digest, &f->digest))
                return err_set(err, -EBADMSG, "'%s' is not what was received", f->spool);
        f->digest = digest;
        f->bytes = (int64_t) bytes;
        return 0;
}

static int store_file(int dir_fd, StoreFile *f, Err *err) {
        int r = 0;

        if (f->placed)
                return 0;
        if (f->text) {
                f->bytes = (int64_t) strlen(f->text);
                return al_object_put(dir_fd, f->text, strlen(f->text), f->ext, &f->digest, err);
        }
        if (f->hash || f->check)
                r = hash_file(dir_fd, f, err);
        if (r < 0)
                return r;
        return al_object_place(dir_fd, f->spool, &f->digest, f->ext, err);
}

void store_task_run(StoreTask *t, int lib_dir_fd) {
        for (size_t i = 0; i < t->n && t->result >= 0; i++)
                t->result = store_file(lib_dir_fd, &t->files[i], &t->err);
}

static void *storer_thread(void *userdata) {
        Storer *s = userdata;

        (void) pthread_mutex_lock(&s->mutex);
        for (;;) {
                StoreTask *t;

                while (!s->todo && !s->stop)
                        (void) pthread_cond_wait(&s->wake, &s->mutex);
                t = s->todo;
                if (!t)
                        break;
                s->todo = t->next;
                if (!s->todo)
                        s->todo_tail = &s->todo;
                (void) pthread_mutex_unlock(&s->mutex);
                store_task_run(t, s->dir_fd);
                (void) pthread_mutex_lock(&s->mutex);
                t->next = NULL;
                *s->over_tail = t;
                s->over_tail = &t->next;
                /* Fails only when the counter is full: then the loop has been woken already. */
                (void) eventfd_write(s->event_fd, 1);
        }
        (void) pthread_mutex_unlock(&s->mutex);
        return NULL;
}

static int on_event(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Storer *s = userdata;
        StoreTask *list;
        eventfd_t n;

        (void) source;
        (void) revents;
        (void) eventfd_read(fd, &n); /* a wake-up for nothing finds an empty list */
        (void) pthread_mutex_lock(&s->mutex);
        list = TAKE_PTR(s->over);
        s->over_tail = &s->over;
        (void) pthread_mutex_unlock(&s->mutex);
        while (list) {
                StoreTask *t = list;

                list = t->next;
                t->next = NULL;
                s->done(t, s->userdata);
        }
        return 0;
}

static void free_list(StoreTask *t) {
        while (t) {
                StoreTask *next = t->next;

                (void) store_task_free(t);
                t = next;
        }
}

Storer *storer_free(Storer *s) {
        if (!s)
                return NULL;
        (void) pthread_mutex_lock(&s->mutex);
        s->stop = true;
        (void) pthread_cond_broadcast(&s->wake);
        (void) pthread_mutex_unlock(&s->mutex);
        for (size_t i = 0; i < s->n_threads; i++)
                (void) pthread_join(s->threads[i], NULL);
        free_list(s->todo);
        free_list(s->over);
        sd_event_source_disable_unref(s->source);
        closep(&s->event_fd);
        (void) pthread_cond_destroy(&s->wake);
        (void) pthread_mutex_destroy(&s->mutex);
        free(s);
        return NULL;
}

int storer_new(sd_event *event, int lib_dir_fd, StorerDoneFn done, void *userdata, Storer **ret,
               Err *err) {
        Storer *s;
        int r;

        assert(event);
        assert(done);
        assert(ret);
        s = calloc(1, sizeof *s);
        if (!s)
                return err_set(err, -ENOMEM, "out of memory");
        s->todo_tail = &s->todo;
        s->over_tail = &s->over;
        s->dir_fd = lib_dir_fd;
        s->done = done;
        s->userdata = userdata;
        (void) pthread_mutex_init(&s->mutex, NULL);
        (void) pthread_cond_init(&s->wake, NULL);
        s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (s->event_fd < 0) {
                r = err_errno(err, -errno, "cannot make an eventfd");
                goto fail;
        }
        r = sd_event_add_io(event, &s->source, s->event_fd, EPOLLIN, on_event, s);
        if (r < 0) {
                (void) err_errno(err, r, "cannot watch the store threads");
                goto fail;
        }
        for (; s->n_threads < STORER_THREADS; s->n_threads++) {
                r = -pthread_create(&s->threads[s->n_threads], NULL, storer_thread, s);
                if (r < 0) {
                        (void) err_errno(err, r, "cannot start the store threads");
                        goto fail;
                }
        }
        *ret = s;
        return 0;
fail:
        (void) storer_free(s);
        return r;
}

void storer_give(Storer *s, StoreTask *task) {
        assert(s);
        assert(task);
        task->next = NULL;
        (void) pthread_mutex_lock(&s->mutex);
        *s->todo_tail = task;
        s->todo_tail = &task->next;
        (void) pthread_cond_signal(&s->wake);
        (void) pthread_mutex_unlock(&s->mutex);
}
