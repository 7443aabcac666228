/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What travels between client and worker: one JSON object a packet on a SOCK_SEQPACKET socket,
 * descriptors beside it.
 *
 *      {"id": 7, "op": "probe"}                            + the file
 *      {"id": 8, "op": "draw", "instructions": {...}}      + the output [+ logo] [+ photo]
 *      {"id": 7, "ok": true, "media_type", "ext", "width", "height", "duration_ms",
 *       "look": "<hex of base/fingerprint.h>"}                 (probe only)
 *      {"id": 8, "ok": false, "errno": 28, "error": "cannot write the picture: ..."}
 *
 * logo and photo come along exactly when the instructions have the member, in this order. A worker
 * has one task at a time. Neither side trusts the other: sizes are bounded, members checked.
 */

#include "base/json.h"
#include "media/info.h"

enum {
        MEDIA_SOCKET_FD = 3, /* the worker's end in the worker */
        MEDIA_FDS_MAX = 3,   /* descriptors beside one message */
};

/* 0; -E2BIG for a message beyond MEDIA_MESSAGE_MAX, -EPIPE the other side is gone, -EAGAIN. */
int message_send(int sock, const Json *message, const int *fds, size_t n_fds) _must_check_;

typedef struct Message {
        Json *json;
        int fds[MEDIA_FDS_MAX]; /* owned, -1 = none */
        size_t n_fds;
} Message;
void message_done(Message *m);

/* 1 and a message; 0 the other side closed; -EAGAIN nothing there (non-blocking), -EBADMSG no
 * message of ours, -EMFILE descriptors were lost, any errno of recvmsg(). */
int message_receive(int sock, Message *ret, Err *err) _must_check_;

/* The worker's answers. result is 0 or a negative errno. */
int reply_build(int64_t id, int result, const MediaInfo *info, const Err *err, Json **ret);
/* Reads an answer to `id`: *ret_result, and info or err. -EBADMSG when it is none. */
int reply_parse(const Json *reply, int64_t id, int *ret_result, MediaInfo *ret_info, Err *ret_err);
