/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The threads that wait for the disk: they make finished spool files durable objects (hash where
 * still unknown, fsync, rename, directory fsync), so that no such wait ever stands in the event loop.
 * Several, since a disk takes several waits in the time of one. They touch files only, never the
 * database. Results come back on the loop through an eventfd, in the order in which they are there.
 */

#include <systemd/sd-event.h>

#include "base/digest.h"
#include "base/err.h"

enum {
        STORER_THREADS = 4,
};

typedef struct StoreFile {
        char *spool; /* owned, "spool/17.0"; NULL: `text` */
        char *text;  /* owned copy variant, stored as it is */
        char ext[8];
        bool hash;  /* digest and bytes are not known yet: read the file */
        bool check; /* they are, but a power cut may have come since: read the file, too; -EBADMSG
                       when it is another */
        Digest digest;
        int64_t bytes;
        bool placed; /* an object already, from before a crash */
} StoreFile;

typedef struct StoreTask StoreTask;
struct StoreTask {
        StoreFile *files; /* owned array */
        size_t n;
        int result; /* 0, or the first failure with err */
        Err err;
        void *userdata;
        StoreTask *next;
};

typedef struct Storer Storer;
typedef void (*StorerDoneFn)(
        StoreTask *task, void *userdata); /* the task is the callee's again: store_task_free() */

int storer_new(sd_event *event, int lib_dir_fd, StorerDoneFn done, void *userdata, Storer **ret,
               Err *err) _must_check_;
Storer *storer_free(Storer *s); /* finishes what is queued, then ends; without callbacks */
DEFINE_CLEANUP(Storer, storer_free);

StoreTask *store_task_new(size_t n);
StoreTask *store_task_free(StoreTask *task);
DEFINE_CLEANUP(StoreTask, store_task_free);
/* What a thread does with a task; its result stands in it. */
void store_task_run(StoreTask *task, int lib_dir_fd);

void storer_give(Storer *s, StoreTask *task); /* takes the task */
