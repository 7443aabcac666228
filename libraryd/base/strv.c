/* SPDX-License-Identifier: MIT */

#include "base/strv.h"

enum {
        STRV_FIRST = 8,    /* room made at the first entry; doubles from there */
        NEAREST_MAX = 64,  /* longer words are not compared */
        NEAREST_SLIPS = 2, /* always plausible */
        NEAREST_SHARE = 3, /* or one letter in so many */
};

void strv_done(Strv *v) {
        assert(v);
        for (size_t i = 0; i < v->n; i++)
                free(v->items[i]);
        free(v->items);
        *v = (Strv){0};
}

/* The capacity follows from n alone, so it need not be stored; a realloc() to the size a block has
 * already costs next to nothing. */
static int grow(Strv *v) {
        size_t room = STRV_FIRST;
        char **items;

        while (room <= v->n)
                room *= 2;
        items = reallocarray(v->items, room, sizeof *items);
        if (!items)
                return -ENOMEM;
        v->items = items;
        return 0;
}

int strv_take(Strv *v, char *s) {
        _cleanup_(freep) char *owned = s;

        assert(v);
        if (!owned || grow(v) < 0)
                return -ENOMEM;
        v->items[v->n++] = TAKE_PTR(owned);
        return 0;
}

int strv_add_n(Strv *v, const char *s, size_t n) {
        char *copy;

        assert(v);
        assert(s);
        copy = strndup(s, n);
        return strv_take(v, copy);
}

int strv_add(Strv *v, const char *s) {
        assert(s);
        return strv_add_n(v, s, strlen(s));
}

bool strv_has(const Strv *v, const char *s) {
        assert(v);
        assert(s);
        for (size_t i = 0; i < v->n; i++)
                if (streq(v->items[i], s))
                        return true;
        return false;
}

int strv_copy(Strv *ret, const Strv *from) {
        _cleanup_(strv_done) Strv copy = {0};

        assert(ret);
        assert(from);
        for (size_t i = 0; i < from->n; i++)
                if (strv_add(&copy, from->items[i]) < 0)
                        return -ENOMEM;
        *ret = copy;
        copy = (Strv){0};
        return 0;
}

static size_t min3(size_t a, size_t b, size_t c) {
        return MIN_OF(MIN_OF(a, b), c);
}

/* Edit distance with swapped neighbours counted as one slip; na, nb <= NEAREST_MAX. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb) {
        size_t rows[3][NEAREST_MAX + 1];
        size_t *before = rows[0], *last = rows[1], *now = rows[2];

        for (size_t j = 0; j <= nb; j++)
                last[j] = before[j] = j;
        for (size_t i = 1; i <= na; i++) {
                size_t *oldest = before;

                now[0] = i;
                for (size_t j = 1; j <= nb; j++) {
                        now[j] = min3(last[j] + 1, now[j - 1] + 1,
                                      last[j - 1] + (a[i - 1] != b[j - 1]));
                        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                                now[j] = MIN_OF(now[j], before[j - 2] + 1);
                }
                before = last;
                last = now;
                now = oldest;
        }
        return last[nb];
}

const char *nearest_word(const char *word, const char *const *words, size_t n) {
        const char *best = NULL;
        size_t length, smallest = SIZE_MAX;

        assert(word);
        assert(words || n == 0);
        length = strlen(word);
        if (length > NEAREST_MAX)
                return NULL;
        for (size_t i = 0; i < n; i++) {
                size_t other = strlen(words[i]), d;

                if (other > NEAREST_MAX)
                        continue;
                d = distance(word, length, words[i], other);
                /* Of a short word at least half must be right. */
                if (d > MAX_OF((size_t) NEAREST_SLIPS, length / NEAREST_SHARE) ||
                    2 * d > MAX_OF(length, other) || d >= smallest)
                        continue;
                smallest = d;
                best = words[i];
        }
        return best;
}
