/* SPDX-License-Identifier: MIT */
#pragma once

/* Memory for programs that live for a millisecond. */

#include <stddef.h>

/* Has the kernel give the first `n` bytes that malloc() will hand out, in one go instead of page by
 * page as each is first touched. Call it first. It is for speed alone: where it cannot be had,
 * nothing happens. */
void heap_prepare(size_t n);
