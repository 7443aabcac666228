/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The world of a night, as a table of functions: time and chance, the loop, what goes out on the
 * wire, the media worker, the thread that makes files durable. Production fills it with sd-event,
 * libcurl and processes (world_real.c); tests fill it with a simulation, in which a night of
 * thousands of jobs, faults and crashes passes in milliseconds and is decided by a seed. Files and
 * the database are the real ones in both.
 *
 * The night that is run in a world sets handler and userdata first. Everything is called back from
 * inside turn(), never from inside another function, and on the same thread.
 */

#include "base/clock.h"
#include "media/client.h"
#include "net/http.h"
#include "night/command.h"
#include "night/storer.h"

typedef struct World World;
/* Something under way outside: a transfer, a picture at the media worker, a command. */
typedef struct WorldTask WorldTask;

/* One shot each, on the monotonic clock. */
typedef enum WorldTimer {
        WORLD_TIMER_PUMP,     /* something in a lane may leave */
        WORLD_TIMER_LATER,    /* something that waits for its time is due */
        WORLD_TIMER_SETTLE,   /* what has ended meanwhile is written together */
        WORLD_TIMER_LEDGER,   /* another program held the ledger; it is tried again */
        WORLD_TIMER_WINDOW,   /* the window is over */
        WORLD_TIMER_GRACE,    /* what is in flight is left to the next run */
        WORLD_TIMER_PROGRESS, /* the progress line is drawn again */
        _WORLD_TIMER_MAX,
} WorldTimer;

/* What runs once after everything else of a turn, in this order: what falls together in one turn
 * shares a commit, and what it frees is used at once. */
typedef enum WorldSoon {
        WORLD_SOON_SETTLE,
        WORLD_SOON_PUMP,
        _WORLD_SOON_MAX,
} WorldSoon;

typedef struct WorldHandler {
        void (*soon)(WorldSoon which, void *userdata);
        void (*timer)(WorldTimer which, void *userdata);
        void (*signal)(int signo, void *userdata);       /* SIGTERM, SIGINT, SIGHUP */
        void (*stored)(StoreTask *task, void *userdata); /* the task is the callee's again */
} WorldHandler;

/* The result is borrowed until the task is freed, which the callback itself may do. */
typedef void (*WorldHttpFn)(const HttpResult *result, void *userdata);
/* As MediaDoneFn, see media/client.h for the codes. */
typedef void (*WorldMediaFn)(int result, const MediaInfo *info, const Err *err, void *userdata);

typedef void (*WorldRunFn)(const CommandResult *result, void *userdata);

struct World {
        const Clock *clock;
        const WorldHandler *handler; /* set by the night, with its userdata */
        void *userdata;
        int64_t calls_max; /* in flight at once: the process can hold no more open */

        /* Waits until something happens and calls back. -errno: the loop is broken. */
        int (*turn)(World *w, Err *err);
        void (*soon)(World *w, WorldSoon which);
        void (*timer)(World *w, WorldTimer which, uint64_t delay_us); /* UINT64_MAX: off */
        /* As http_start(), media_probe(), media_draw(), with their errors. */
        int (*send)(World *w, HttpCall *call, const HttpOptions *options, WorldHttpFn done,
                    void *userdata, WorldTask **ret, Err *err);
        int (*probe)(World *w, int fd, WorldMediaFn done, void *userdata, WorldTask **ret,
                     Err *err);
        int (*draw)(World *w, const Json *instructions, int fd, WorldMediaFn done, void *userdata,
                    WorldTask **ret, Err *err);
        /* As command_start(). */
        int (*run)(World *w, const CommandOptions *options, WorldRunFn done, void *userdata,
                   WorldTask **ret, Err *err);
        WorldTask *(*task_free)(World *w, WorldTask *t); /* cancels; accepts NULL */
        void (*store)(World *w, StoreTask *task);        /* takes the task; then handler->stored */
        int (*free_bytes)(World *w, uint64_t *ret);      /* on the library's disk; -errno */
        World *(*free)(World *w); /* cancels what is under way, without callbacks */
};

static inline World *world_free(World *w) {
        return w ? w->free(w) : NULL;
}
DEFINE_CLEANUP(World, world_free);

/* The real one. `lib_dir_fd` is borrowed. Blocks SIGTERM, SIGINT and SIGHUP for the process: they
 * come through the handler. Raises its limit of open files until it is freed; -EMFILE, see
 * descriptors_raise(). */
int world_real_new(int lib_dir_fd, unsigned media_workers, World **ret, Err *err) _must_check_;
