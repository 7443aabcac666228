/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * HTTP on a thread of its own: net/http.h with its own event loop, for an owner whose loop has
 * pauses (a commit waits for the disk) that must not keep a hundred replies from arriving.
 * Receiving, decoding, hashing and writing the payloads happens there; the owner sees whole results.
 *
 * Thread rule: all functions are called, and all callbacks come, on the owner's thread. A call waits
 * for the piece of work the network is at (at most a megabyte of a reply), never for the network.
 */

#include "net/http.h"

typedef struct HttpThread HttpThread;
typedef struct HttpTask HttpTask;

/* The result is borrowed until the task is freed, which the callback itself may do. */
typedef void (*HttpTaskFn)(const HttpResult *result, void *userdata);

/* `event` is the owner's loop, on which results come back. -errno. */
int http_thread_new(sd_event *event, HttpThread **ret, Err *err) _must_check_;
/* Every task has been freed before. Ends the thread. */
HttpThread *http_thread_free(HttpThread *h);
DEFINE_CLEANUP(HttpThread, http_thread_free);

/* 0, or the -errno of which the network's loop died: no task will end any more. The owner's loop
 * wakes up for that. */
int http_thread_check(HttpThread *h, Err *err) _must_check_;

/* As http_start(), with its errors. */
int http_thread_start(HttpThread *h, HttpCall *call, const HttpOptions *options, HttpTaskFn done,
                      void *userdata, HttpTask **ret, Err *err) _must_check_;
/* As transfer_free(): afterwards nothing of it is written any more, and no callback comes. */
HttpTask *http_task_free(HttpTask *task);
