/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How many files the process may hold open, and how many calls may be in flight for that: one that
 * finds no descriptor when its answer comes has lost what it paid for.
 */

#include <sys/resource.h>

#include "base/err.h"

enum {
        DESCRIPTORS_MIN = 256,
        DESCRIPTORS_USUAL = 1024, /* what a program that select()s can bear */
};

/* Raises the limit as far as we may. ret_was is for descriptors_restore(), ret_calls the most calls in
 * flight at once. -EMFILE: not even a small night fits, and nothing was raised; -errno. */
int descriptors_raise(struct rlimit *ret_was, int64_t *ret_calls, Err *err) _must_check_;
void descriptors_restore(const struct rlimit *was);
/* In a child that becomes somebody else's program, which may know none above the usual. 0, -errno. */
int descriptors_lower(void);
