/* SPDX-License-Identifier: MIT */

#include "base/strbuf.h"

#include <stdio.h>

enum {
        STRBUF_FIRST = 64, /* the first allocation; it doubles from there */
};

void strbuf_done(StrBuf *b) {
        assert(b);
        free(b->data);
        *b = STRBUF_INIT(b->max);
}

void strbuf_clear(StrBuf *b) {
        assert(b);
        b->len = 0;
        b->error = 0;
        if (b->data)
                b->data[0] = 0;
}

/* Makes room for n more bytes and the terminating NUL. */
static int reserve(StrBuf *b, size_t n) {
        size_t want;
        char *data;

        assert(b);
        if (b->error < 0)
                return b->error;
        if (b->len > b->max || n > b->max - b->len)
                return b->error = -E2BIG;
        if (b->len + n < b->allocated)
                return 0;
        want = MAX_OF(b->allocated, (size_t) STRBUF_FIRST);
        while (want <= b->len + n)
                want = want > SIZE_MAX / 2 ? SIZE_MAX : want * 2;
        data = realloc(b->data, want);
        if (!data)
                return b->error = -ENOMEM;
        b->data = data;
        b->allocated = want;
        return 0;
}

int strbuf_add(StrBuf *b, const void *data, size_t n) {
        int r;

        assert(data || n == 0);
        r = reserve(b, n);
        if (r < 0)
                return r;
        if (n > 0)
                memcpy(b->data + b->len, data, n);
        b->len += n;
        b->data[b->len] = 0;
        return 0;
}

int strbuf_puts(StrBuf *b, const char *s) {
        assert(s);
        return strbuf_add(b, s, strlen(s));
}

int strbuf_putc(StrBuf *b, char c) {
        return strbuf_add(b, &c, 1);
}

int strbuf_vprintf(StrBuf *b, const char *format, va_list ap) {
        va_list again;
        int n, r;

        assert(b);
        assert(format);
        va_copy(again, ap);
        n = vsnprintf(NULL, 0, format, ap);
        /* A negative length means a broken format or more than INT_MAX bytes. */
        r = n < 0 ? (b->error = b->error < 0 ? b->error : -E2BIG) : reserve(b, (size_t) n);
        if (r == 0) {
                (void) vsnprintf(b->data + b->len, (size_t) n + 1, format, again);
                b->len += (size_t) n;
        }
        va_end(again);
        return r;
}

int strbuf_printf(StrBuf *b, const char *format, ...) {
        va_list ap;
        int r;

        va_start(ap, format);
        r = strbuf_vprintf(b, format, ap);
        va_end(ap);
        return r;
}

const char *strbuf_text(const StrBuf *b) {
        assert(b);
        return b->data ? b->data : "";
}

char *strbuf_take(StrBuf *b) {
        char *s = NULL;

        assert(b);
        if (b->error == 0)
                s = b->data ? TAKE_PTR(b->data) : strdup("");
        strbuf_done(b);
        return s;
}

char *str_printf(const char *format, ...) {
        char *s = NULL;
        va_list ap;

        assert(format);
        va_start(ap, format);
        if (vasprintf(&s, format, ap) < 0)
                s = NULL;
        va_end(ap);
        return s;
}
