/* SPDX-License-Identifier: MIT */

#include "support/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

enum {
        SQLITE_FULL_CODE = 13,
};

static struct {
        unsigned left; /* calls until the fault; 0 = off */
        bool forever;
        bool fired;
        int code;
} fault;

void fault_arm(unsigned nth, int code) {
        fault.left = nth;
        fault.forever = false;
        fault.fired = false;
        fault.code = code;
}

void fault_arm_from(unsigned nth, int code) {
        fault_arm(nth, code);
        fault.forever = true;
}

bool fault_disarm(void) {
        fault.left = 0;
        return fault.fired;
}

unsigned fault_pause(void) {
        unsigned left = fault.left;

        fault.left = 0;
        return left;
}

void fault_resume(unsigned left) {
        fault.left = left;
}

bool fault_now(void) {
        if (fault.left == 0 || (fault.left > 1 && fault.left--))
                return false;
        fault.left = fault.forever;
        fault.fired = true;
        errno = fault.code;
        return true;
}

/* Defines __wrap_NAME. The real one is a weak reference, since a program wraps only what it names.
 */
#define WRAP(type, failure, name, parameters, arguments)                                           \
        __attribute__((weak)) type __real_##name parameters;                                       \
        __attribute__((visibility("default"))) type __wrap_##name parameters;                      \
        type __wrap_##name parameters {                                                            \
                return fault_now() ? (failure) : __real_##name arguments;                          \
        }

struct sqlite3_stmt;

WRAP(void *, NULL, malloc, (size_t n), (n))
WRAP(void *, NULL, calloc, (size_t n, size_t m), (n, m))
WRAP(void *, NULL, realloc, (void *p, size_t n), (p, n))
WRAP(void *, NULL, reallocarray, (void *p, size_t n, size_t m), (p, n, m))
WRAP(char *, NULL, strdup, (const char *s), (s))
WRAP(char *, NULL, strndup, (const char *s, size_t n), (s, n))
WRAP(int, -1, vasprintf, (char **p, const char *f, va_list ap), (p, f, ap))
WRAP(ssize_t, -1, write, (int fd, const void *p, size_t n), (fd, p, n))
WRAP(int, -1, fsync, (int fd), (fd))
WRAP(int, -1, renameat, (int a, const char *p, int b, const char *q), (a, p, b, q))
/* The name that openat() has with 64-bit offsets. */
WRAP(int, -1, openat64, (int fd, const char *p, int flags, mode_t mode), (fd, p, flags, mode))
WRAP(int, SQLITE_FULL_CODE, sqlite3_step, (struct sqlite3_stmt * s), (s))
