/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A growing, always NUL-terminated byte string with a sticky error: append as often as you like,
 * check once at the end. Owned by the caller: `_cleanup_(strbuf_done) StrBuf b =
 * STRBUF_INIT(limit);`. Beyond `max` bytes it fails with -E2BIG.
 */

#include <stdarg.h>

#include "base/macro.h"

typedef struct StrBuf {
        char *data; /* NULL until the first append */
        size_t len;
        size_t allocated;
        size_t max;
        int error; /* 0, -ENOMEM or -E2BIG; once set, appends do nothing */
} StrBuf;

#define STRBUF_INIT(limit) ((StrBuf){.max = (limit)})
enum {
        STRBUF_MAX_DEFAULT = 16 * 1024 * 1024,
};

void strbuf_done(StrBuf *b);
void strbuf_clear(StrBuf *b); /* empty again, memory and limit kept, error forgotten */
int strbuf_add(StrBuf *b, const void *data, size_t n);
int strbuf_puts(StrBuf *b, const char *s);
int strbuf_putc(StrBuf *b, char c);
int strbuf_printf(StrBuf *b, const char *format, ...) _printf_(2, 3);
int strbuf_vprintf(StrBuf *b, const char *format, va_list ap) _printf_(2, 0);

/* The text so far, "" when empty; borrowed, valid until the next change. */
const char *strbuf_text(const StrBuf *b);

/* Hands the string over (caller frees) and empties the buffer; NULL after any failed append. Never
 * NULL otherwise. */
char *strbuf_take(StrBuf *b);

/* asprintf that returns NULL on failure. */
char *str_printf(const char *format, ...) _printf_(1, 2);
