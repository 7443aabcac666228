/* SPDX-License-Identifier: MIT */
#pragma once

/* Interned values of axes and tags: (key, value) <-> small integer. Terms are never deleted. */

#include "core/lib.h"

/* 0 and *ret_id, or AL_NOT_FOUND. */
int term_find(Library *lib, const char *key, const char *value, int64_t *ret_id, Err *err);
/* The same, made when missing; inside the caller's transaction. */
int term_intern(Library *lib, const char *key, const char *value, int64_t *ret_id, Err *err);
