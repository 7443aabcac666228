/* SPDX-License-Identifier: MIT */
#pragma once

/* Asks a provider of the settings which models it has: free calls, one after the other, on a loop of
 * their own. */

#include "provider/provider.h"
#include "recipe/config.h"

/* AL_OK with the list (the caller's), or AL_NOT_FOUND where there is none to ask for. -ENOENT,
 * -EACCES: its credential; -EBADMSG: an answer that is no list; -EIO: none came; each with a
 * sentence. */
int models_probe(const ProviderConfig *config, ModelList *ret, Err *err) _must_check_;
