/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A whole reply kept in the spool until its attempt is settled: "spool/<attempt>.reply" beside its
 * payload files. It comes into being by rename, so after a kill at any instruction it is whole or
 * not there; the next run reads it and goes on as if the reply had just arrived, instead of paying
 * again. Not synced: after a power cut a torn one is recognised and the attempt's outcome is
 * unknown, as if it had never come.
 */

#include "provider/provider.h"

/* Writes the reply. -errno; the night goes on without it (only the protection against a crash is
 * lost). */
int reply_save(int lib_dir_fd, int64_t attempt, const ProviderReply *reply, Err *err);

typedef struct SavedReply {
        ProviderReply reply; /* borrows from below */
        Json *json;
        ReplyPayload payloads[REPLY_PAYLOADS_MAX];
} SavedReply;
/* 0; -ENOENT: none is there; -EBADMSG: torn. */
int reply_load(int lib_dir_fd, int64_t attempt, SavedReply *ret, Err *err);
void saved_reply_done(SavedReply *s);

/* Removes the reply and every payload file of an attempt. */
void reply_remove(int lib_dir_fd, int64_t attempt, size_t n_payloads);
