/* SPDX-License-Identifier: MIT */

#include "base/heap.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/macro.h"

void heap_keep(size_t n) {
        (void) mallopt(M_TRIM_THRESHOLD, (int) n);
        (void) mallopt(M_MMAP_THRESHOLD, (int) n);
}

void heap_prepare(size_t n) {
        uintptr_t page = (uintptr_t) sysconf(_SC_PAGESIZE), from, to;
        void *first;

        if (mallopt(M_TOP_PAD, (int) n) != 1)
                return;
        first = malloc(1); /* grows the heap by all of it */
        from = (uintptr_t) first & ~(page - 1);
        to = (uintptr_t) sbrk(0);
        free(first);
        /* Another allocator, as that of a sanitizer, does not take from the program break. */
        if (first && to > from && to - from <= 2 * n)
                (void) madvise((void *) from, to - from, MADV_POPULATE_WRITE);
}
