/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Memory that is given back all at once: everything a Config points to lives in one arena, so that
 * a reload frees the old one in one call and nothing inside has an owner of its own. The error is
 * sticky: after the first failed allocation every further one fails too, so a reader may check
 * once, at the end.
 */

#include <stdarg.h>

#include "base/macro.h"

typedef struct Arena Arena;

Arena *arena_new(void);          /* NULL when memory ran out */
Arena *arena_free(Arena *arena); /* frees everything ever allocated; accepts NULL; returns NULL */
DEFINE_CLEANUP(Arena, arena_free);

/* Zeroed and aligned for any type; NULL when memory ran out. size 0 gives a valid pointer. */
void *arena_alloc(Arena *arena, size_t size);
/* Room for n elements of `size`; NULL also when n * size overflows. */
void *arena_array(Arena *arena, size_t n, size_t size);
/* A larger array in place of `old`, whose memory stays with the arena. Doubles, so that appending
 * one by one costs no more than twice the memory: call it when n elements are in use and one more
 * is to come. Returns `old` while there is room. */
void *arena_append(Arena *arena, void *old, size_t n, size_t size);
char *arena_strdup(Arena *arena, const char *s); /* NULL gives NULL */
char *arena_strndup(Arena *arena, const char *s, size_t n);
char *arena_printf(Arena *arena, const char *format, ...) _printf_(2, 3);

/* 0, or -ENOMEM once any allocation has failed. */
int arena_error(const Arena *arena);
