/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The compiler attributes we allow ourselves beyond C17, each behind a name, and the few helpers
 * every file wants. Knows nothing of anything; includes nothing of ours.
 */

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define _cleanup_(f) __attribute__((cleanup(f), unused))
#define _printf_(a, b) __attribute__((format(printf, a, b)))
#define _must_check_ __attribute__((warn_unused_result))
#define _unused_ __attribute__((unused))
#define _noreturn_ __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN_OF(a, b) ((a) < (b) ? (a) : (b))
#define MAX_OF(a, b) ((a) > (b) ? (a) : (b))

/* Money everywhere is integer micro-units of the budget currency: 1.00 USD = 1 000 000. Time stamps
 * are milliseconds since the epoch (wall clock), delays and deadlines microseconds of
 * CLOCK_MONOTONIC, as the names of variables say. */
typedef int64_t Micros;
#define MICROS_PER_UNIT INT64_C(1000000)

/* Hands a pointer or descriptor over and leaves an empty one behind. */
#define TAKE_PTR(p)                                                                                \
        ({                                                                                         \
                __typeof__(p) *take_ptr_ = &(p);                                                   \
                __typeof__(p) take_value_ = *take_ptr_;                                            \
                *take_ptr_ = NULL;                                                                 \
                take_value_;                                                                       \
        })

static inline int take_fd(int *fd) {
        int r = *fd;

        *fd = -1;
        return r;
}
#define TAKE_FD(fd) take_fd(&(fd))

/* For `_cleanup_(freep)`: frees any heap pointer. */
static inline void freep(void *p) {
        free(*(void **) p);
}

/* For `_cleanup_(closep)`: closes a descriptor if it is one; keeps errno. */
static inline void closep(int *fd) {
        if (*fd >= 0) {
                int saved = errno;

                (void) close(*fd);
                errno = saved;
        }
}

/* Defines `name(T **)` for `_cleanup_(name)` from a destructor that accepts NULL. */
#define DEFINE_CLEANUP(T, destructor)                                                              \
        static inline void destructor##p(T **p) {                                                  \
                if (*p)                                                                            \
                        (void) destructor(*p);                                                     \
        }

/* The place control can never reach: after a switch that handles every value of an enum. Kept in
 * release builds. */
#define assert_not_reached() assert(!"not reached")

static inline bool streq(const char *a, const char *b) {
        return strcmp(a, b) == 0;
}
