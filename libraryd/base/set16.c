/* SPDX-License-Identifier: MIT */

#include "base/set16.h"

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "stored sets are little-endian");
static_assert(SET16_SPARSE_MAX + 1 == SET16_BYTES / 2, "an array is always shorter than a bitmap");

void set16_clear(Set16 *s) {
        s->n = 0;
        s->dense = false;
}

void set16_fill(Set16 *s) {
        memset(s->words, 0xff, sizeof s->words);
        s->n = SET16_SIZE;
        s->dense = true;
}

enum {
        COUNT_BLOCK = 16, /* words whose bytes are counted side by side: 16 * 8 < 256 */
        ORDER_BLOCK = 64, /* members that are compared without a look at the result */
};
static_assert(SET16_WORDS % COUNT_BLOCK == 0, "whole blocks");

/* How many bits are set. Without the processor's own instruction, which a portable build may not use,
 * __builtin_popcountll() is a call for each word. */
static uint32_t count(const uint64_t *words) {
        uint32_t n = 0;

        for (size_t i = 0; i < SET16_WORDS; i += COUNT_BLOCK) {
                uint64_t bytes = 0;

                for (size_t k = 0; k < COUNT_BLOCK; k++) {
                        uint64_t w = words[i + k];

                        w -= w >> 1 & UINT64_C(0x5555555555555555);
                        w = (w & UINT64_C(0x3333333333333333)) +
                            (w >> 2 & UINT64_C(0x3333333333333333));
                        bytes += (w + (w >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
                }
                bytes = (bytes & UINT64_C(0x00ff00ff00ff00ff)) +
                        (bytes >> 8 & UINT64_C(0x00ff00ff00ff00ff));
                n += (uint32_t) (bytes * UINT64_C(0x0001000100010001) >> 48);
        }
        return n;
}

static bool ascending(const uint16_t *ids, uint32_t n) {
        uint32_t i = 1;

        for (; i + ORDER_BLOCK <= n; i += ORDER_BLOCK) {
                uint16_t wrong = 0;

                for (uint32_t k = 0; k < ORDER_BLOCK; k++)
                        wrong |= ids[i + k - 1] >= ids[i + k];
                if (wrong)
                        return false;
        }
        for (; i < n; i++)
                if (ids[i - 1] >= ids[i])
                        return false;
        return true;
}

/* Members of a bitmap, ascending; there are fewer than fit. */
static void make_sparse(Set16 *s) {
        uint16_t ids[SET16_SPARSE_MAX + 1];
        size_t n = 0;

        for (size_t i = 0; i < SET16_WORDS; i++)
                for (uint64_t w = s->words[i]; w; w &= w - 1)
                        ids[n++] = (uint16_t) (i * 64 + (unsigned) __builtin_ctzll(w));
        memcpy(s->ids, ids, n * sizeof *ids);
        s->n = (uint32_t) n;
        s->dense = false;
}

static void make_dense(Set16 *s) {
        uint64_t words[SET16_WORDS] = {0};

        for (uint32_t i = 0; i < s->n; i++)
                words[s->ids[i] >> 6] |= UINT64_C(1) << (s->ids[i] & 63);
        memcpy(s->words, words, sizeof words);
        s->dense = true;
}

/* After members left a bitmap. */
static void settle(Set16 *s) {
        s->n = count(s->words);
        if (s->n <= SET16_SPARSE_MAX)
                make_sparse(s);
}

int set16_load(Set16 *s, const void *blob, size_t size) {
        if (size == SET16_BYTES) {
                memcpy(s->words, blob, size);
                s->n = count(s->words);
                s->dense = true;
                return s->n > SET16_SPARSE_MAX ? 0 : -EUCLEAN;
        }
        if (size % 2 != 0 || size > SET16_BYTES)
                return -EUCLEAN;
        s->n = (uint32_t) (size / 2);
        s->dense = false;
        if (size > 0)
                memcpy(s->ids, blob, size);
        return ascending(s->ids, s->n) ? 0 : -EUCLEAN;
}

const void *set16_stored(const Set16 *s, size_t *ret_size) {
        *ret_size = s->dense ? (size_t) SET16_BYTES : s->n * sizeof *s->ids;
        return s->dense ? (const void *) s->words : (const void *) s->ids;
}

/* The first of these places of a sparse set, or their end, whose member is >= v. */
static uint32_t lower_bound(const Set16 *s, uint32_t low, uint32_t high, uint32_t v) {
        while (low < high) {
                uint32_t middle = (low + high) / 2;

                if (s->ids[middle] < v)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

static bool bit(const Set16 *s, uint32_t v) {
        return s->words[v >> 6] >> (v & 63) & 1;
}

bool set16_has(const Set16 *s, uint16_t v) {
        uint32_t at;

        if (s->dense)
                return bit(s, v);
        at = lower_bound(s, 0, s->n, v);
        return at < s->n && s->ids[at] == v;
}

void set16_add(Set16 *s, uint16_t v) {
        uint32_t at;

        if (set16_has(s, v))
                return;
        if (!s->dense && s->n == SET16_SPARSE_MAX)
                make_dense(s);
        if (s->dense) {
                s->words[v >> 6] |= UINT64_C(1) << (v & 63);
        } else {
                at = lower_bound(s, 0, s->n, v);
                memmove(s->ids + at + 1, s->ids + at, (s->n - at) * sizeof *s->ids);
                s->ids[at] = v;
        }
        s->n++;
}

void set16_remove(Set16 *s, uint16_t v) {
        uint32_t at;

        if (!set16_has(s, v))
                return;
        if (s->dense) {
                s->words[v >> 6] &= ~(UINT64_C(1) << (v & 63));
                if (--s->n <= SET16_SPARSE_MAX)
                        make_sparse(s);
                return;
        }
        at = lower_bound(s, 0, s->n, v);
        memmove(s->ids + at, s->ids + at + 1, (s->n - at - 1) * sizeof *s->ids);
        s->n--;
}

enum {
        FEW_BY = 16, /* a set so many times as large is searched, not read */
};

/* Of sparse `s`, the members that the bitmap has, or has not. */
static void filter_dense(Set16 *s, const Set16 *other, bool keep) {
        uint32_t n = 0;

        for (uint32_t i = 0; i < s->n; i++) {
                uint16_t v = s->ids[i];

                s->ids[n] = v;
                n += bit(other, v) == keep;
        }
        s->n = n;
}

/* The first place from `at` on whose member is >= v, looked for in steps that double. */
static uint32_t gallop(const Set16 *s, uint32_t at, uint16_t v) {
        uint32_t step = 1;

        while (at + step < s->n && s->ids[at + step] < v) {
                at += step;
                step *= 2;
        }
        return lower_bound(s, at, MIN_OF(at + step, s->n), v);
}

static void filter_few(Set16 *s, const Set16 *other, bool keep) {
        uint32_t n = 0, at = 0;

        for (uint32_t i = 0; i < s->n; i++) {
                uint16_t v = s->ids[i];
                bool has;

                at = gallop(other, at, v);
                has = at < other->n && other->ids[at] == v;
                s->ids[n] = v;
                n += has == keep;
        }
        s->n = n;
}

/* Two sparse sets side by side, without a branch that nobody can foretell. */
static void filter_merge(Set16 *s, const Set16 *other, bool keep) {
        uint32_t n = 0, i = 0, at = 0;

        while (i < s->n && at < other->n) {
                uint16_t v = s->ids[i], w = other->ids[at];

                s->ids[n] = v;
                n += keep ? v == w : v < w;
                i += v <= w;
                at += w <= v;
        }
        while (!keep && i < s->n)
                s->ids[n++] = s->ids[i++];
        s->n = n;
}

/* Keeps the members of sparse `s` that `other` has, or has not. */
static void filter(Set16 *s, const Set16 *other, bool keep) {
        if (other->dense)
                filter_dense(s, other, keep);
        else if (s->n < other->n / FEW_BY)
                filter_few(s, other, keep);
        else
                filter_merge(s, other, keep);
}

void set16_and(Set16 *s, const Set16 *other) {
        if (s->n == SET16_SIZE || (s->dense && !other->dense)) {
                if (s->n == SET16_SIZE) {
                        size_t size =
                                other->dense ? (size_t) SET16_BYTES : other->n * sizeof *other->ids;

                        memcpy(s->words, other->words, size);
                        s->n = other->n;
                        s->dense = other->dense;
                        return;
                }
                uint32_t n = 0;
                uint16_t kept[SET16_SPARSE_MAX + 1];

                for (uint32_t i = 0; i < other->n; i++)
                        if (bit(s, other->ids[i]))
                                kept[n++] = other->ids[i];
                memcpy(s->ids, kept, n * sizeof *kept);
                s->n = n;
                s->dense = false;
                return;
        }
        if (!s->dense) {
                filter(s, other, true);
                return;
        }
        for (size_t i = 0; i < SET16_WORDS; i++)
                s->words[i] &= other->words[i];
        settle(s);
}

void set16_and_not(Set16 *s, const Set16 *other) {
        if (!s->dense) {
                filter(s, other, false);
                return;
        }
        if (other->dense)
                for (size_t i = 0; i < SET16_WORDS; i++)
                        s->words[i] &= ~other->words[i];
        else
                for (uint32_t i = 0; i < other->n; i++)
                        s->words[other->ids[i] >> 6] &= ~(UINT64_C(1) << (other->ids[i] & 63));
        settle(s);
}

void set16_or(Set16 *s, const Set16 *other) {
        if (!s->dense && (other->dense || s->n + other->n > SET16_SPARSE_MAX))
                make_dense(s);
        if (!s->dense) {
                for (uint32_t i = 0; i < other->n; i++)
                        set16_add(s, other->ids[i]);
                return;
        }
        if (other->dense)
                for (size_t i = 0; i < SET16_WORDS; i++)
                        s->words[i] |= other->words[i];
        else
                for (uint32_t i = 0; i < other->n; i++)
                        s->words[other->ids[i] >> 6] |= UINT64_C(1) << (other->ids[i] & 63);
        settle(s);
}

uint16_t set16_select(const Set16 *s, uint32_t rank) {
        assert(rank < s->n);
        if (!s->dense)
                return s->ids[rank];
        for (size_t i = 0;; i++) {
                uint32_t n = (uint32_t) __builtin_popcountll(s->words[i]);
                uint64_t w = s->words[i];

                assert(i < SET16_WORDS);
                if (rank >= n) {
                        rank -= n;
                        continue;
                }
                for (; rank > 0; rank--)
                        w &= w - 1;
                return (uint16_t) (i * 64 + (unsigned) __builtin_ctzll(w));
        }
}

int32_t set16_before(const Set16 *s, int32_t below) {
        assert(below >= 0 && below <= SET16_SIZE);
        if (!s->dense) {
                uint32_t at = lower_bound(s, 0, s->n, (uint32_t) below);

                return at > 0 ? s->ids[at - 1] : -1;
        }
        for (int32_t i = below >> 6; i >= 0; i--) {
                uint64_t w = i < SET16_WORDS ? s->words[i] : 0;

                if (i == below >> 6)
                        w &= (UINT64_C(1) << (below & 63)) - 1;
                if (w)
                        return i * 64 + 63 - __builtin_clzll(w);
        }
        return -1;
}

int32_t set16_from(const Set16 *s, int32_t from) {
        assert(from >= 0 && from <= SET16_SIZE);
        if (!s->dense) {
                uint32_t at = lower_bound(s, 0, s->n, (uint32_t) from);

                return at < s->n ? s->ids[at] : -1;
        }
        for (int32_t i = from >> 6; i < SET16_WORDS; i++) {
                uint64_t w = s->words[i];

                if (i == from >> 6)
                        w &= ~UINT64_C(0) << (from & 63);
                if (w)
                        return i * 64 + __builtin_ctzll(w);
        }
        return -1;
}
