/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One payload on its way to disk: decoded, counted, hashed and written in large pieces while the
 * reply arrives. Never held whole. The file is removed when the spool is freed unfinished; it is
 * not synced here.
 */

#include "provider/provider.h"

/* How a stream fares. All but STREAM_OK are final. */
typedef enum StreamEnd {
        STREAM_OK,
        STREAM_UNUSABLE, /* what came is undecodable or beyond a limit */
        STREAM_STORAGE,  /* it could not be kept: disk, memory */
} StreamEnd;

typedef struct Spool Spool;

enum {
        SPOOL_PIECE = 64 * 1024, /* is written at a time, so that pages are written whole */
        SPOOL_BUFFER = SPOOL_PIECE + 4 * 1024,
};

/* Makes the file `path` below dir_fd (borrowed), in place of a stale one of that name. -errno, with
 * a sentence. */
int spool_new(int dir_fd, const char *path, Spool **ret, Err *err) _must_check_;
Spool *spool_free(Spool *s);
DEFINE_CLEANUP(Spool, spool_free);

/* Base64 characters, or bytes as they are. */
StreamEnd spool_base64(Spool *s, const char *in, size_t n, Err *err) _must_check_;
StreamEnd spool_raw(Spool *s, const void *in, size_t n, Err *err) _must_check_;
/* The payload is whole: checks the padding, writes what is left, closes; the file stays from now
 * on. */
StreamEnd spool_finish(Spool *s, ReplyPayload *ret, Err *err) _must_check_;
