/* SPDX-License-Identifier: MIT */
#pragma once

/* How malloc() gets its memory from the kernel. For speed alone: where it cannot be had, nothing
 * happens. */

#include <stddef.h>

/* For programs that live for a millisecond: has the kernel give the first `n` bytes that malloc()
 * will hand out, in one go instead of page by page as each is first touched. Call it first. */
void heap_prepare(size_t n);

/* For programs that take and give back the same few buffers with every item: up to `n` bytes stay
 * when they are free. Given back and asked for again each time, that is a dozen calls into the
 * kernel an item, and a fault a page. */
void heap_keep(size_t n);
