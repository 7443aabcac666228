/* SPDX-License-Identifier: MIT */

#include "recipe/arena.h"

#include <stdio.h>

enum {
        ARENA_BLOCK = 16 * 1024, /* usual size; larger requests get a block of their own */
        ARENA_ALIGN = 16,
};

typedef struct Block Block;
struct Block {
        Block *next;
        size_t size, used;
        _Alignas(ARENA_ALIGN) char data[];
};

struct Arena {
        Block *blocks; /* the first one is being filled */
        int error;
};

Arena *arena_new(void) {
        return calloc(1, sizeof(Arena));
}

Arena *arena_free(Arena *arena) {
        if (!arena)
                return NULL;
        for (Block *b = arena->blocks, *next; b; b = next) {
                next = b->next;
                free(b);
        }
        free(arena);
        return NULL;
}

static Block *block_add(Arena *arena, size_t size) {
        size_t room = MAX_OF(size, (size_t) ARENA_BLOCK);
        Block *b = size < SIZE_MAX - sizeof(Block) ? calloc(1, sizeof(Block) + room) : NULL;

        if (!b) {
                arena->error = -ENOMEM;
                return NULL;
        }
        b->size = room;
        b->next = arena->blocks;
        arena->blocks = b;
        return b;
}

void *arena_alloc(Arena *arena, size_t size) {
        Block *b;
        void *p;

        assert(arena);
        if (arena->error < 0)
                return NULL;
        if (size > SIZE_MAX - ARENA_ALIGN) {
                arena->error = -ENOMEM;
                return NULL;
        }
        size = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
        b = arena->blocks;
        if (!b || b->size - b->used < size)
                b = block_add(arena, size);
        if (!b)
                return NULL;
        p = b->data + b->used;
        b->used += size;
        return p;
}

void *arena_array(Arena *arena, size_t n, size_t size) {
        size_t bytes;

        assert(arena);
        if (__builtin_mul_overflow(n, size, &bytes)) {
                arena->error = -ENOMEM;
                return NULL;
        }
        return arena_alloc(arena, bytes);
}

void *arena_append(Arena *arena, void *old, size_t n, size_t size) {
        void *p;

        assert(arena);
        assert(old || n == 0);
        /* Capacities are 4, 8, 16, ...: full exactly when n is 0 or such a power of two. */
        if (n != 0 && (n < 4 || (n & (n - 1)) != 0))
                return old;
        p = arena_array(arena, n == 0 ? 4 : 2 * n, size);
        if (p && n > 0)
                memcpy(p, old, n * size);
        return p;
}

char *arena_strndup(Arena *arena, const char *s, size_t n) {
        char *p;

        assert(arena);
        assert(s);
        p = arena_alloc(arena, n + 1);
        if (p)
                memcpy(p, s, n);
        return p;
}

char *arena_strdup(Arena *arena, const char *s) {
        return s ? arena_strndup(arena, s, strlen(s)) : NULL;
}

char *arena_printf(Arena *arena, const char *format, ...) {
        va_list ap;
        char *p;
        int n;

        assert(arena);
        assert(format);
        va_start(ap, format);
        n = vsnprintf(NULL, 0, format, ap);
        va_end(ap);
        p = n < 0 ? NULL : arena_alloc(arena, (size_t) n + 1);
        if (!p) {
                arena->error = -ENOMEM;
                return NULL;
        }
        va_start(ap, format);
        (void) vsnprintf(p, (size_t) n + 1, format, ap);
        va_end(ap);
        return p;
}

int arena_error(const Arena *arena) {
        assert(arena);
        return arena->error;
}
