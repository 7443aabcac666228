/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whole replies, kept until their attempts are settled. One file for all of them,
 * "spool/replies", a line each with its SHA-256 before it, beside the payload files; a reply costs
 * one write(), and no file is made or removed for it. After a kill at any instruction a reply is
 * whole or not there; the next run reads it and goes on as if it had just arrived, instead of
 * paying again. Not synced: after a power cut a torn one is recognised, and the attempt's outcome
 * is unknown, as if it had never come.
 *
 * The file is written anew, of what is still kept, at the start of a run and when it has grown
 * beyond REPLY_LOG_MAX; it goes with the end of a run that keeps nothing.
 */

#include "provider/provider.h"

enum {
        REPLY_LOG_MAX = 64 * 1024 * 1024,
};

typedef struct ReplyLog ReplyLog;

/* Reads what the last run left. `lib_dir_fd` is borrowed. -errno. */
int reply_log_open(int lib_dir_fd, ReplyLog **ret, Err *err) _must_check_;
/* The file goes, too, when nothing of it is kept. */
ReplyLog *reply_log_close(ReplyLog *log);

/* Keeps the reply. -errno: the night goes on without it (only the protection against a crash is
 * lost). */
int reply_save(ReplyLog *log, int64_t attempt, const ProviderReply *reply, Err *err);

typedef struct SavedReply {
        ProviderReply reply; /* borrows from below */
        Json *json;
        ReplyPayload payloads[REPLY_PAYLOADS_MAX];
} SavedReply;
/* 0; -ENOENT: none is there, or it is torn. */
int reply_load(ReplyLog *log, int64_t attempt, SavedReply *ret, Err *err);
void saved_reply_done(SavedReply *s);

/* Keeps it no longer. */
void reply_drop(ReplyLog *log, int64_t attempt);
/* Nor any that reply_load() was not asked for: their attempts were settled by the last run. */
void reply_drop_others(ReplyLog *log);

/* Removes payload k of an attempt. */
void spool_remove(int lib_dir_fd, int64_t attempt, size_t k);
