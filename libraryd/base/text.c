/* SPDX-License-Identifier: MIT */

#include "base/text.h"

#include "base/strbuf.h"

typedef struct Range {
        int32_t first, last;
} Range;

/* Characters that take no column of their own: combining marks, joiners, variation selectors. */
static const Range zero_width[] = {
        {0x0300, 0x036f}, {0x0483, 0x0489},   {0x0591, 0x05bd},   {0x0610, 0x061a},
        {0x064b, 0x065f}, {0x06d6, 0x06dc},   {0x0900, 0x0902},   {0x093c, 0x093c},
        {0x0941, 0x0948}, {0x0e31, 0x0e31},   {0x0e34, 0x0e3a},   {0x0e47, 0x0e4e},
        {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff},   {0x200b, 0x200f},   {0x2060, 0x2064},
        {0x20d0, 0x20ff}, {0x3099, 0x309a},   {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f},
        {0xfeff, 0xfeff}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef},
};

/* Characters that take two: east Asian wide and full-width ones, and emoji. */
static const Range double_width[] = {
        {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x25fd, 0x25fe},
        {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26a1, 0x26a1},   {0x26bd, 0x26be},
        {0x2705, 0x2705},   {0x2728, 0x2728},   {0x274c, 0x274c},   {0x2753, 0x2755},
        {0x2795, 0x2797},   {0x2b50, 0x2b50},   {0x2e80, 0x303e},   {0x3041, 0x4dbf},
        {0x4e00, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
        {0xfe10, 0xfe19},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
        {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f7e0, 0x1f7eb}, {0x1f900, 0x1f9ff},
        {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};

/* Characters that reorder what stands around them: a name could pose as another one. */
static const Range reordering[] = {
        {0x061c, 0x061c},
        {0x200e, 0x200f},
        {0x202a, 0x202e},
        {0x2066, 0x2069},
};

static bool in_ranges(int32_t c, const Range *ranges, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (c >= ranges[i].first && c <= ranges[i].last)
                        return true;
        return false;
}

int32_t text_char(const char *s, size_t *ret_n) {
        static const int32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
        const unsigned char *p = (const unsigned char *) s;
        size_t n;
        int32_t c;

        assert(s && ret_n);
        *ret_n = 1;
        if (p[0] < 0x80)
                return p[0];
        n = p[0] >= 0xf0 && p[0] < 0xf8 ? 4 : p[0] >= 0xe0 ? 3 : 2;
        if (p[0] < 0xc2 || p[0] >= 0xf8)
                return -1;
        c = p[0] & (0xff >> (n + 1));
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80) /* also at the terminating NUL */
                        return -1;
                c = c << 6 | (p[i] & 0x3f);
        }
        if (c < smallest[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return -1;
        *ret_n = n;
        return c;
}

int text_char_width(int32_t c) {
        if (c < 0x300)
                return 1;
        if (in_ranges(c, zero_width, ARRAY_LEN(zero_width)))
                return 0;
        return in_ranges(c, double_width, ARRAY_LEN(double_width)) ? 2 : 1;
}

int text_width(const char *s) {
        int width = 0;

        assert(s);
        for (size_t n; *s; s += n)
                width += text_char_width(text_char(s, &n));
        return width;
}

static int add_safe(StrBuf *b, const char *s, size_t n, int32_t c) {
        if (c < 0)
                return strbuf_printf(b, "\\x%02x", (unsigned char) *s);
        if (c == '\n')
                return strbuf_puts(b, "\\n");
        if (c == '\t')
                return strbuf_puts(b, "\\t");
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
                return strbuf_printf(b, "\\x%02x", (unsigned) c);
        if (in_ranges(c, reordering, ARRAY_LEN(reordering)))
                return strbuf_printf(b, "\\u%04x", (unsigned) c);
        return strbuf_add(b, s, n);
}

char *text_safe(const char *s) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        assert(s);
        for (size_t n; *s; s += n) {
                int32_t c = text_char(s, &n);

                if (add_safe(&b, s, n, c) < 0)
                        return NULL;
        }
        return strbuf_take(&b);
}

char *text_cut(const char *s, int columns) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        int used = 0;

        assert(s && columns > 0);
        if (text_width(s) <= columns)
                return strdup(s);
        for (size_t n; *s; s += n) {
                int w = text_char_width(text_char(s, &n));

                if (used + w > columns - 1)
                        break;
                used += w;
                if (strbuf_add(&b, s, n) < 0)
                        return NULL;
        }
        if (strbuf_puts(&b, "…") < 0)
                return NULL;
        return strbuf_take(&b);
}
