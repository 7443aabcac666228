/* SPDX-License-Identifier: MIT */
#pragma once

/* A pool of media workers on a loop of its own, and what became of its tasks. */

#include "media/client.h"
#include "support/media_fixture.h"

#define MEDIA_WORKER (TEST_BINARY_DIR "/bin/pregen-media")

typedef struct Seen {
        int calls, result;
        MediaInfo info;
        Err err;
        bool free_in_callback;
} Seen;

typedef struct PoolFixture {
        sd_event *event;
        MediaPool *pool;
} PoolFixture;

PoolFixture pool_fixture_new(const char *program, unsigned workers);
void pool_fixture_done(PoolFixture *f);

/* The callback: notes the result in its userdata, a Seen. */
void pool_on_done(MediaTask *task, int result, const MediaInfo *info, const Err *err,
                  void *userdata);
/* One turn that does something: the pump, when a task was just queued. */
void pool_run_once(PoolFixture *f);
/* Runs the loop until the task was answered; no answer is a failure. */
void pool_settle(PoolFixture *f, const Seen *seen);
MediaTask *pool_start_probe(PoolFixture *f, const Blob *b, Seen *seen);
/* Start, settle, free; the result. */
int pool_probe(PoolFixture *f, const Blob *b, Seen *seen);
int pool_draw(PoolFixture *f, const char *text, int fd, Seen *seen);

/* Our child processes. */
size_t pool_children(pid_t ret[static 16]);
pid_t pool_only_child(void);
