/* SPDX-License-Identifier: MIT */
#pragma once

/* The library as it lies on the disk after a simulated run, asked in SQL. What goes wrong names the
 * seed and the stage. */

#include "base/macro.h"

extern uint64_t seed;
extern const char *stage;

#define MODEL_CHECK(expr)                                                                          \
        do {                                                                                       \
                if (!(expr))                                                                       \
                        test_fail(__FILE__, __LINE__, "seed %llu, %s: %s",                         \
                                  (unsigned long long) seed, stage, #expr);                        \
        } while (0)

/* Between the two, the others may be called: one connection for all of them. */
void look_begin(const char *dir);
void look_end(void);

char *look_text(const char *sql); /* the first column of the first row; caller frees; NULL: none */
int64_t look_number(const char *sql); /* 0: none */
/* The rule holds when the query finds nothing; what it finds is shown. */
void look_none(const char *rule, const char *sql);
