/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The in-tree test harness: `TEST(name) { ... }` registers itself; a failed CHECK prints both sides
 * and aborts the program (sanitizers then show the stack). `test_x NAME...` runs only these; exit
 * 77 when every test was skipped.
 */

#include <stdio.h>

#include "base/err.h"
#include "base/macro.h"

typedef struct TestCase TestCase;
struct TestCase {
        const char *name;
        void (*fn)(void);
        TestCase *next;
};
void test_register(TestCase *t);
_noreturn_ void test_fail(const char *file, int line, const char *format, ...) _printf_(3, 4);
/* Marks the running test as skipped; return from it right after. */
void test_skip(const char *why);

#define TEST(ident)                                                                                \
        static void test_##ident(void);                                                            \
        __attribute__((constructor)) static void register_##ident(void) {                          \
                static TestCase t = {.name = #ident, .fn = test_##ident};                          \
                test_register(&t);                                                                 \
        }                                                                                          \
        static void test_##ident(void)

#define CHECK(expr)                                                                                \
        do {                                                                                       \
                if (!(expr))                                                                       \
                        test_fail(__FILE__, __LINE__, "%s", #expr);                                \
        } while (0)
#define CHECK_INT(got, want)                                                                       \
        do {                                                                                       \
                long long got_ = (long long) (got), want_ = (long long) (want);                    \
                if (got_ != want_)                                                                 \
                        test_fail(__FILE__, __LINE__, "%s: got %lld, want %lld", #got, got_,       \
                                  want_);                                                          \
        } while (0)
#define CHECK_STR(got, want)                                                                       \
        do {                                                                                       \
                const char *got_ = (got), *want_ = (want);                                         \
                if (!got_ || !want_ ? got_ != want_ : strcmp(got_, want_) != 0)                    \
                        test_fail(__FILE__, __LINE__, "%s:\n  got  \"%s\"\n  want \"%s\"", #got,   \
                                  got_ ? got_ : "(null)", want_ ? want_ : "(null)");               \
        } while (0)
/* got contains want */
#define CHECK_HAS(got, want)                                                                       \
        do {                                                                                       \
                const char *got_ = (got), *want_ = (want);                                         \
                if (!got_ || !strstr(got_, want_))                                                 \
                        test_fail(__FILE__, __LINE__, "%s:\n  got  \"%s\"\n  which lacks \"%s\"",  \
                                  #got, got_ ? got_ : "(null)", want_);                            \
        } while (0)
/* r >= 0; prints the error otherwise */
#define CHECK_OK(r, err)                                                                           \
        do {                                                                                       \
                int r_ = (r);                                                                      \
                if (r_ < 0)                                                                        \
                        test_fail(__FILE__, __LINE__, "%s: %s (%s)", #r, strerror(-r_),            \
                                  err_text(err));                                                  \
        } while (0)

/* A fresh directory below $TMPDIR, removed at exit. Borrowed, one per program; use subdirectories.
 */
const char *test_dir(void);
/* "<test_dir>/<name>"; caller frees. */
char *test_path(const char *name);
/* Writes text to "<test_dir>/<name>", making directories. Returns the path; caller frees. */
char *test_file(const char *name, const char *text);
