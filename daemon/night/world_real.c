/* SPDX-License-Identifier: MIT */

/* The world as it is: one sd-event loop with the media workers on it, and the results of two
 * threads: the network's and the storer's. */

#include <signal.h>
#include <systemd/sd-event.h>

#include "base/fs.h"
#include "net/http_thread.h"
#include "night/descriptors.h"
#include "night/world.h"

enum {
        TIMER_ACCURACY_US = 1000,
        CALLS_A_WORKER = 16, /* in flight */
};

typedef struct Real Real;

/* Its source's userdata says which it is. */
typedef struct Slot {
        Real *real;
        int which;
        sd_event_source *source;
} Slot;

struct Real {
        World world; /* first */
        sd_event *event;
        HttpThread *http;
        MediaPool *media;
        Storer *storer;
        int lib_dir_fd;
        struct rlimit files; /* as it was; not raised while its maximum is 0 */
        int64_t calls;       /* in flight */
        unsigned warmed;     /* media workers */
        Slot soon[_WORLD_SOON_MAX], timers[_WORLD_TIMER_MAX];
};

struct WorldTask {
        HttpTask *http;
        MediaTask *media;
        Command *command;
        WorldHttpFn http_done;
        WorldMediaFn media_done;
        WorldRunFn run_done;
        void *userdata;
};

static Real *real_of(World *w) {
        return (Real *) w;
}

/* ---- the loop ---- */

static int on_soon(sd_event_source *source, void *userdata) {
        const Slot *slot = userdata;
        const World *w = &slot->real->world;

        (void) source;
        w->handler->soon((WorldSoon) slot->which, w->userdata);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        const Slot *slot = userdata;
        const World *w = &slot->real->world;

        (void) source;
        (void) usec;
        w->handler->timer((WorldTimer) slot->which, w->userdata);
        return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *si, void *userdata) {
        const World *w = userdata;

        (void) source;
        w->handler->signal((int) si->ssi_signo, w->userdata);
        return 0;
}

static void on_stored(StoreTask *task, void *userdata) {
        const World *w = userdata;

        w->handler->stored(task, w->userdata);
}

/* Many calls in flight are many answers soon, perhaps at once: the media workers load while those are on their way,
 * a tenth of a second each. For few the first picture starts one. */
static void warm_media(Real *real) {
        unsigned n = (unsigned) (real->calls / CALLS_A_WORKER);

        if (n <= real->warmed)
                return;
        media_pool_warm(real->media, n);
        real->warmed = n; /* once: what dies at once is the pool's to see to */
}

static int real_turn(World *w, Err *err) {
        Real *real = real_of(w);
        int r = sd_event_run(real->event, UINT64_MAX);

        if (r < 0)
                return err_errno(err, r, "the event loop failed");
        warm_media(real);
        return http_thread_check(real->http, err);
}

static void real_soon(World *w, WorldSoon which) {
        (void) sd_event_source_set_enabled(real_of(w)->soon[which].source, SD_EVENT_ONESHOT);
}

static void real_timer(World *w, WorldTimer which, uint64_t delay_us) {
        sd_event_source *s = real_of(w)->timers[which].source;

        if (delay_us == UINT64_MAX) {
                (void) sd_event_source_set_enabled(s, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time_relative(s, delay_us);
        (void) sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
}

/* ---- outside ---- */

static void on_http(const HttpResult *result, void *userdata) {
        const WorldTask *task = userdata;

        task->http_done(result, task->userdata);
}

static void on_media(MediaTask *m, int result, const MediaInfo *info, const Err *err,
                     void *userdata) {
        const WorldTask *task = userdata;

        (void) m;
        task->media_done(result, info, err, task->userdata);
}

static WorldTask *real_task_free(World *w, WorldTask *t) {
        if (!t)
                return NULL;
        if (t->http)
                real_of(w)->calls--;
        (void) http_task_free(t->http);
        (void) media_task_free(t->media);
        (void) command_free(t->command);
        free(t);
        return NULL;
}

static WorldTask *task_new(WorldHttpFn http, WorldMediaFn media, void *userdata, Err *err) {
        WorldTask *t = calloc(1, sizeof *t);

        if (!t) {
                (void) err_set(err, -ENOMEM, "out of memory");
                return NULL;
        }
        t->http_done = http;
        t->media_done = media;
        t->userdata = userdata;
        return t;
}

static int real_send(World *w, HttpCall *call, const HttpOptions *options, WorldHttpFn done,
                     void *userdata, WorldTask **ret, Err *err) {
        WorldTask *t = task_new(done, NULL, userdata, err);
        int r;

        if (!t)
                return -ENOMEM;
        r = http_thread_start(real_of(w)->http, call, options, on_http, t, &t->http, err);
        if (r < 0) {
                (void) real_task_free(w, t);
                return r;
        }
        real_of(w)->calls++;
        *ret = t;
        return 0;
}

static int real_probe(World *w, int fd, WorldMediaFn done, void *userdata, WorldTask **ret,
                      Err *err) {
        WorldTask *t = task_new(NULL, done, userdata, err);
        int r;

        if (!t)
                return -ENOMEM;
        media_pool_warm(real_of(w)->media, 1); /* it loads until the loop gives it the task */
        r = media_probe(real_of(w)->media, fd, on_media, t, &t->media, err);
        if (r < 0) {
                (void) real_task_free(w, t);
                return r;
        }
        *ret = t;
        return 0;
}

static int real_draw(World *w, const Json *instructions, int fd, WorldMediaFn done, void *userdata,
                     WorldTask **ret, Err *err) {
        WorldTask *t = task_new(NULL, done, userdata, err);
        int r;

        if (!t)
                return -ENOMEM;
        r = media_draw(real_of(w)->media, instructions, fd, on_media, t, &t->media, err);
        if (r < 0) {
                (void) real_task_free(w, t);
                return r;
        }
        *ret = t;
        return 0;
}

static void on_ran(const CommandResult *result, void *userdata) {
        const WorldTask *task = userdata;

        task->run_done(result, task->userdata);
}

static int real_run(World *w, const CommandOptions *options, WorldRunFn done, void *userdata,
                    WorldTask **ret, Err *err) {
        WorldTask *t = task_new(NULL, NULL, userdata, err);
        int r;

        if (!t)
                return -ENOMEM;
        t->run_done = done;
        r = command_start(real_of(w)->event, options, on_ran, t, &t->command, err);
        if (r < 0) {
                (void) real_task_free(w, t);
                return r;
        }
        *ret = t;
        return 0;
}

static void real_store(World *w, StoreTask *task) {
        storer_give(real_of(w)->storer, task);
}

static int real_free_bytes(World *w, uint64_t *ret) {
        return fs_free_bytes(real_of(w)->lib_dir_fd, ret);
}

/* ---- life ---- */

static int add_signals(Real *real) {
        static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
        sigset_t set;
        int r = 0;

        (void) sigemptyset(&set);
        for (size_t i = 0; i < ARRAY_LEN(signals); i++)
                (void) sigaddset(&set, signals[i]);
        if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
                return -errno;
        for (size_t i = 0; i < ARRAY_LEN(signals) && r >= 0; i++)
                r = sd_event_add_signal(real->event, NULL, signals[i], on_signal, &real->world);
        return r;
}

static int add_soon(Real *real, int which) {
        Slot *slot = &real->soon[which];
        int r;

        *slot = (Slot){.real = real, .which = which};
        r = sd_event_add_defer(real->event, &slot->source, on_soon, slot);
        if (r >= 0)
                r = sd_event_source_set_priority(slot->source, SD_EVENT_PRIORITY_IDLE + which);
        return r < 0 ? r : sd_event_source_set_enabled(slot->source, SD_EVENT_OFF);
}

static int add_timer(Real *real, int which) {
        Slot *slot = &real->timers[which];
        int r;

        *slot = (Slot){.real = real, .which = which};
        /* Its default is a quarter of a second, in which a lane could have sent many calls. */
        r = sd_event_add_time_relative(real->event, &slot->source, CLOCK_BOOTTIME, 0,
                                       TIMER_ACCURACY_US, on_timer, slot);
        return r < 0 ? r : sd_event_source_set_enabled(slot->source, SD_EVENT_OFF);
}

static int add_sources(Real *real, Err *err) {
        int r = sd_event_new(&real->event);

        if (r >= 0)
                r = add_signals(real);
        for (int i = 0; i < _WORLD_SOON_MAX && r >= 0; i++)
                r = add_soon(real, i);
        for (int i = 0; i < _WORLD_TIMER_MAX && r >= 0; i++)
                r = add_timer(real, i);
        if (r < 0)
                return err_errno(err, r, "cannot set the event loop up");
        (void) sd_event_set_watchdog(real->event, true); /* 0 when the unit asks for none */
        return 0;
}

static World *real_free(World *w) {
        Real *real = real_of(w);

        real->storer = storer_free(real->storer);
        real->http = http_thread_free(real->http);
        real->media = media_pool_free(real->media);
        for (int i = 0; i < _WORLD_SOON_MAX; i++)
                sd_event_source_disable_unref(real->soon[i].source);
        for (int i = 0; i < _WORLD_TIMER_MAX; i++)
                sd_event_source_disable_unref(real->timers[i].source);
        real->event = sd_event_unref(real->event);
        if (real->files.rlim_max > 0)
                descriptors_restore(&real->files);
        free(real);
        return NULL;
}

int world_real_new(int lib_dir_fd, unsigned media_workers, World **ret, Err *err) {
        _cleanup_(world_freep) World *w = NULL;
        Real *real = calloc(1, sizeof *real);
        int r;

        assert(ret);
        if (!real)
                return err_set(err, -ENOMEM, "out of memory");
        w = &real->world;
        *w = (World){
                .clock = clock_system(),
                .turn = real_turn,
                .soon = real_soon,
                .timer = real_timer,
                .send = real_send,
                .probe = real_probe,
                .draw = real_draw,
                .run = real_run,
                .task_free = real_task_free,
                .store = real_store,
                .free_bytes = real_free_bytes,
                .free = real_free,
        };
        real->lib_dir_fd = lib_dir_fd;
        r = descriptors_raise(&real->files, &w->calls_max, err);
        if (r >= 0)
                r = add_sources(real, err);
        if (r >= 0)
                r = http_thread_new(real->event, &real->http, err);
        if (r >= 0)
                r = media_pool_new(real->event, media_program(), media_workers, &real->media, err);
        if (r >= 0)
                r = storer_new(real->event, lib_dir_fd, on_stored, w, &real->storer, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(w);
        return 0;
}
