/* SPDX-License-Identifier: MIT */

/* What text may be: names, and UTF-8. */

#include "base/parse.h"
#include "base/strbuf.h"

/* U+FFFD, put where a byte is no UTF-8 */
static const char replacement[] = "\xef\xbf\xbd";

bool name_is_valid(const char *s) {
        size_t n = 0;

        assert(s);
        for (; s[n]; n++) {
                char c = s[n];
                bool first = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

                if (n == NAME_MAX_LEN || (!first && (n == 0 || !strchr("._-", c))))
                        return false;
        }
        return n > 0;
}

/* The length of the sequence at s, 0 when it is invalid, cut short, too long for its value, a
 * surrogate or NUL. */
static size_t sequence_length(const unsigned char *s, size_t n) {
        static const uint32_t smallest[] = {0, 1, 0x80, 0x800, 0x10000};
        uint32_t c = s[0];
        size_t want;

        if (c < 0x80)
                return c > 0;
        want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
        if (c < 0xc2 || c > 0xf4 || want > n)
                return 0;
        c &= 0x7fu >> want;
        for (size_t i = 1; i < want; i++) {
                if ((s[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (s[i] & 0x3f);
        }
        if (c < smallest[want] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
                return 0;
        return want;
}

size_t utf8_valid_prefix(const char *s, size_t n) {
        const unsigned char *p = (const unsigned char *) s;
        size_t i = 0;

        assert(s || n == 0);
        while (i < n) {
                size_t k = sequence_length(p + i, n - i);

                if (k == 0)
                        break;
                i += k;
        }
        return i;
}

bool utf8_is_valid(const char *s, size_t n) {
        return utf8_valid_prefix(s, n) == n;
}

bool utf8_has_control(const char *s) {
        assert(s);
        for (const unsigned char *p = (const unsigned char *) s; *p; p++)
                if (*p < ' ' || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
                        return true;
        return false;
}

size_t utf8_length(const char *s) {
        size_t n = 0;

        assert(s);
        for (; *s; s++)
                n += (*s & 0xc0) != 0x80;
        return n;
}

char *utf8_clean(const char *s) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(SIZE_MAX / 2);
        size_t n;

        assert(s);
        n = strlen(s);
        while (n > 0) {
                size_t k = utf8_valid_prefix(s, n);

                (void) strbuf_add(&b, s, k);
                s += k;
                n -= k;
                if (n > 0) {
                        (void) strbuf_puts(&b, replacement);
                        s++;
                        n--;
                }
        }
        return strbuf_take(&b);
}

/* What Unicode calls wide or full-width, in whole blocks, and emoji. */
static bool is_double(uint32_t c) {
        static const struct {
                uint32_t from, to;
        } wide[] = {{0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0xa4cf},  {0xa960, 0xa97f},
                    {0xac00, 0xd7a3}, {0xf900, 0xfaff},   {0xfe30, 0xfe6f},  {0xff00, 0xff60},
                    {0xffe0, 0xffe6}, {0x1f000, 0x1faff}, {0x20000, 0x3fffd}};

        for (size_t i = 0; i < ARRAY_LEN(wide); i++)
                if (c >= wide[i].from && c <= wide[i].to)
                        return true;
        return false;
}

size_t utf8_copy_length(const char *text) {
        size_t n = 0;

        assert(text);
        for (const unsigned char *p = (const unsigned char *) text; *p;) {
                uint32_t c = *p < 0x80 ? *p : *p & (*p >= 0xf0 ? 0x07 : *p >= 0xe0 ? 0x0f : 0x1f);

                for (p++; (*p & 0xc0) == 0x80; p++)
                        c = c << 6 | (*p & 0x3f);
                n += is_double(c) ? 2 : 1;
        }
        return n;
}
