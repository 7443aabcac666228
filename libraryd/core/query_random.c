/* SPDX-License-Identifier: MIT */

#include "core/query_random.h"

enum {
        ROUNDS = 8,
};

/* splitmix64's finaliser */
static uint64_t mix(uint64_t z) {
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return z ^ z >> 31;
}

static uint64_t draw(Shuffle *s) {
        s->state += UINT64_C(0x9e3779b97f4a7c15);
        return mix(s->state);
}

int shuffle_begin(Shuffle *s, uint64_t n, uint64_t seed) {
        assert(s);
        *s = (Shuffle){.n = n, .seed = seed, .state = seed};
        if (n > SHUFFLE_EXACT_MAX) {
                while (s->half < 31 && UINT64_C(1) << 2 * s->half < n)
                        s->half++;
                return 0;
        }
        s->places = malloc(MAX_OF(n, UINT64_C(1)) * sizeof *s->places);
        if (!s->places)
                return -ENOMEM;
        for (uint32_t i = 0; i < n; i++)
                s->places[i] = i;
        return 0;
}

void shuffle_done(Shuffle *s) {
        assert(s);
        free(s->places);
        *s = (Shuffle){0};
}

/* A Feistel network: each round is undone by the same round, so it is a permutation. */
static uint64_t permute(const Shuffle *s, uint64_t v) {
        uint64_t mask = (UINT64_C(1) << s->half) - 1;
        uint64_t left = v >> s->half, right = v & mask;

        for (uint64_t i = 0; i < ROUNDS; i++) {
                uint64_t turned = left ^ (mix(s->seed + mix(right + (i << 32))) & mask);

                left = right;
                right = turned;
        }
        return left << s->half | right;
}

uint64_t shuffle_next(Shuffle *s) {
        uint64_t v, other;
        uint32_t place;

        assert(s && s->at < s->n);
        if (!s->places) {
                /* It permutes a few more numbers than n; those are passed over along their cycle. */
                v = permute(s, s->at++);
                while (v >= s->n)
                        v = permute(s, v);
                return v;
        }
        other = s->at + (uint64_t) (((unsigned __int128) draw(s) * (s->n - s->at)) >> 64);
        place = s->places[other];
        s->places[other] = s->places[s->at];
        s->places[s->at++] = place;
        return place;
}
