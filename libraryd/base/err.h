/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An error for a person: a negative errno and one sentence, set once where the cause is known and
 * prefixed on the way up. Lives on the caller's stack (`Err err = {0};`); owns nothing; needs no
 * clean-up. Every function that takes `Err *err` accepts NULL. Sentences are git's style: lower
 * case, no full stop, failure first, subject in single quotes.
 */

#include "base/macro.h"

enum {
        ERR_TEXT_MAX = 1024,
};

typedef struct Err {
        int code; /* negative errno, 0 = none */
        char text[ERR_TEXT_MAX];
} Err;

/* Sets code and sentence, truncating at ERR_TEXT_MAX; returns `code`, so that `return err_set(err,
 * -EINVAL, ...)` reads well. code must be negative. */
int err_set(Err *err, int code, const char *format, ...) _printf_(3, 4);

/* As err_set(), with ": strerror(-code)" added. */
int err_errno(Err *err, int code, const char *format, ...) _printf_(3, 4);

/* Puts "prefix: " before the sentence that is there; returns err->code (or `code` when err is
 * NULL). */
int err_prefix(Err *err, int code, const char *format, ...) _printf_(3, 4);

/* What the three return is negative, and the compiler and the analyser may know it at every call.
 */
static inline int err_negative(int r) {
        assert(r < 0);
        return r;
}
#define err_set(...) err_negative(err_set(__VA_ARGS__))
#define err_errno(...) err_negative(err_errno(__VA_ARGS__))
#define err_prefix(...) err_negative(err_prefix(__VA_ARGS__))

/* The sentence, or strerror of the code when nobody set one. Borrowed. */
const char *err_text(const Err *err);
