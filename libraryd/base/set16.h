/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Sets of 16-bit numbers, and how they are stored: as a sorted array while that is shorter than a
 * bitmap, else as the bitmap. Little-endian on the disk and in memory (this program runs nowhere
 * else). One set is one chunk of a posting list; see core/post.h.
 *
 *      n < 4096    2 n bytes      the members, ascending
 *      n >= 4096   8192 bytes     bit v of the bitmap
 *
 * SQL knows the stored form through the functions set16_add(b, v), set16_remove(b, v), set16_has(b,
 * v) and the aggregate set16_of(v), which base/db_functions.c adds to every connection.
 */

#include "base/macro.h"

enum {
        SET16_SIZE = 65536,
        SET16_SPARSE_MAX = 4095,
        SET16_WORDS = SET16_SIZE / 64,
        SET16_BYTES = SET16_SIZE / 8,
};

typedef struct Set16 {
        uint32_t n;
        bool dense;
        union {
                uint16_t ids[SET16_SPARSE_MAX + 1];
                uint64_t words[SET16_WORDS];
        };
} Set16;

void set16_clear(Set16 *s);
void set16_fill(Set16 *s); /* every number */
/* -EUCLEAN when the bytes are no stored set. */
int set16_load(Set16 *s, const void *blob, size_t size);
/* The stored form, in s itself: valid until s changes. */
const void *set16_stored(const Set16 *s, size_t *ret_size);

bool set16_has(const Set16 *s, uint16_t v);
void set16_add(Set16 *s, uint16_t v);
void set16_remove(Set16 *s, uint16_t v);

void set16_and(Set16 *s, const Set16 *other);
void set16_and_not(Set16 *s, const Set16 *other);
void set16_or(Set16 *s, const Set16 *other);

/* The member with `rank` smaller ones; rank < s->n. */
uint16_t set16_select(const Set16 *s, uint32_t rank);
/* The greatest member below `below` (at most SET16_SIZE); -1: none. */
int32_t set16_before(const Set16 *s, int32_t below);
/* The smallest member at or above `from`; -1: none. */
int32_t set16_from(const Set16 *s, int32_t from);
