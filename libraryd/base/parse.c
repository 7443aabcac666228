/* SPDX-License-Identifier: MIT */

#include "base/parse.h"

#include <inttypes.h>
#include <stdio.h>

enum {
        MONEY_DECIMALS = 6,
        SIDE_MAX = 65535, /* pixels of one side of a picture */
        RATIO_MAX = 10000,
};

static bool is_digit(char c) {
        return c >= '0' && c <= '9';
}

int hex_digit(char c) {
        if (is_digit(c))
                return c - '0';
        if (c >= 'a' && c <= 'f')
                return c - 'a' + 10;
        if (c >= 'A' && c <= 'F')
                return c - 'A' + 10;
        return -1;
}

/* Reads the digits at *s, at least one, and moves *s behind them. All digits are read also when the
 * value is too large (-ERANGE), so that the caller can tell trailing junk. */
static int read_digits(const char **s, uint64_t *ret) {
        uint64_t v = 0;
        bool overflow = false;

        if (!is_digit(**s))
                return -EINVAL;
        for (; is_digit(**s); (*s)++) {
                overflow = overflow || __builtin_mul_overflow(v, 10u, &v);
                overflow = overflow || __builtin_add_overflow(v, (unsigned) (**s - '0'), &v);
        }
        if (overflow)
                return -ERANGE;
        *ret = v;
        return 0;
}

int parse_int(const char *s, int64_t min, int64_t max, int64_t *ret) {
        uint64_t magnitude, limit = INT64_MAX;
        bool negative;
        int64_t v;
        int r;

        assert(s);
        assert(ret);
        assert(min <= max);
        negative = *s == '-' && min < 0;
        s += negative;
        r = read_digits(&s, &magnitude);
        if (r == -EINVAL || *s)
                return -EINVAL;
        if (r < 0 || magnitude > limit + negative)
                return -ERANGE;
        v = negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
        if (v < min || v > max)
                return -ERANGE;
        *ret = v;
        return 0;
}

int parse_bool(const char *s, bool *ret) {
        static const struct {
                const char *word;
                bool value;
        } words[] = {{"true", true},   {"yes", true}, {"on", true},
                     {"false", false}, {"no", false}, {"off", false}};

        assert(s);
        assert(ret);
        for (size_t i = 0; i < ARRAY_LEN(words); i++)
                if (streq(s, words[i].word)) {
                        *ret = words[i].value;
                        return 0;
                }
        return -EINVAL;
}

/* The decimals behind the point, as millionths. */
static int read_decimals(const char **s, uint64_t *ret) {
        uint64_t v = 0;
        int n = 0;

        for (; is_digit(**s); (*s)++, n++) {
                if (n == MONEY_DECIMALS)
                        return -EINVAL;
                v = v * 10 + (uint64_t) (**s - '0');
        }
        if (n == 0)
                return -EINVAL;
        for (; n < MONEY_DECIMALS; n++)
                v *= 10;
        *ret = v;
        return 0;
}

int parse_money(const char *s, Micros *ret) {
        uint64_t units = 0, decimals = 0, total;
        int r;

        assert(s);
        assert(ret);
        s += *s == '$';
        r = read_digits(&s, &units);
        if (r == -EINVAL)
                return r;
        if (*s == '.') {
                s++;
                if (read_decimals(&s, &decimals) < 0)
                        return -EINVAL;
        }
        if (*s)
                return -EINVAL;
        if (r < 0 || __builtin_mul_overflow(units, (uint64_t) MICROS_PER_UNIT, &total) ||
            __builtin_add_overflow(total, decimals, &total) || total > INT64_MAX)
                return -ERANGE;
        *ret = (Micros) total;
        return 0;
}

int parse_bytes(const char *s, uint64_t *ret) {
        static const struct {
                const char *unit;
                uint64_t factor;
        } units[] = {
                {"", 1},
                {"B", 1},
                {"kB", UINT64_C(1000)},
                {"KB", UINT64_C(1000)},
                {"MB", UINT64_C(1000000)},
                {"GB", UINT64_C(1000000000)},
                {"TB", UINT64_C(1000000000000)},
                {"KiB", UINT64_C(1) << 10},
                {"MiB", UINT64_C(1) << 20},
                {"GiB", UINT64_C(1) << 30},
                {"TiB", UINT64_C(1) << 40},
        };
        uint64_t v = 0;
        int r;

        assert(s);
        assert(ret);
        r = read_digits(&s, &v);
        if (r == -EINVAL)
                return r;
        for (size_t i = 0; i < ARRAY_LEN(units); i++)
                if (streq(s, units[i].unit)) {
                        if (r < 0 || __builtin_mul_overflow(v, units[i].factor, &v))
                                return -ERANGE;
                        *ret = v;
                        return 0;
                }
        return -EINVAL;
}

/* "AxB" with 1 <= A, B <= max. */
static int parse_pair(const char *s, char between, uint64_t max, int *ret_a, int *ret_b) {
        uint64_t a = 0, b = 0;
        int r, q;

        assert(s);
        assert(ret_a);
        assert(ret_b);
        r = read_digits(&s, &a);
        if (r == -EINVAL || *s != between)
                return -EINVAL;
        s++;
        q = read_digits(&s, &b);
        if (q == -EINVAL || *s)
                return -EINVAL;
        if (r < 0 || q < 0 || a < 1 || b < 1 || a > max || b > max)
                return -ERANGE;
        *ret_a = (int) a;
        *ret_b = (int) b;
        return 0;
}

int parse_size_2d(const char *s, int *ret_w, int *ret_h) {
        return parse_pair(s, 'x', SIDE_MAX, ret_w, ret_h);
}

int parse_ratio(const char *s, int *ret_w, int *ret_h) {
        return parse_pair(s, ':', RATIO_MAX, ret_w, ret_h);
}

/* The last decimal that says something to a person: cents from 1.00 on, a hundredth of a cent
 * below, millionths of what is less than a cent. */
static uint64_t money_grain(uint64_t v) {
        if (v >= (uint64_t) MICROS_PER_UNIT)
                return (uint64_t) MICROS_PER_UNIT / 100;
        return v >= (uint64_t) MICROS_PER_UNIT / 100 ? 100 : 1;
}

void money_format(Micros m, char ret[static MONEY_TEXT_MAX]) {
        uint64_t v = m < 0 ? 0 - (uint64_t) m : (uint64_t) m, grain = money_grain(v);
        size_t n;

        v = (v + grain / 2) / grain * grain;
        (void) snprintf(ret, MONEY_TEXT_MAX, "%s$%" PRIu64 ".%06" PRIu64, m < 0 ? "-" : "",
                        v / (uint64_t) MICROS_PER_UNIT, v % (uint64_t) MICROS_PER_UNIT);
        n = strlen(ret);
        for (int decimals = MONEY_DECIMALS; decimals > 2 && ret[n - 1] == '0'; decimals--)
                ret[--n] = 0;
}
