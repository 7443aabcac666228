/* SPDX-License-Identifier: MIT */

#include "support/limit_world.h"

#include <math.h>

#include "night/limiter.h"

#define SECOND 1000000.0
#define WAY_US 50000 /* from us to them, and back */

const LimitShape limit_shapes[] = {
        {.name = "A",
         .what = "60 a minute, bucket, Retry-After",
         .per_minute = 60,
         .burst = 10,
         .retry_after = true,
         .latency_s = 45},
        {.name = "B",
         .what = "60 a whole minute, no Retry-After",
         .per_minute = 60,
         .fixed_minute = true,
         .latency_s = 45},
        {.name = "C",
         .what = "as A, no Retry-After, refusals cost",
         .per_minute = 60,
         .burst = 10,
         .refusals_cost = true,
         .latency_s = 45},
        {.name = "D", .what = "video, 20 in flight", .cap = 20, .latency_s = 300},
        {.name = "D2",
         .what = "as D, Retry-After of a second",
         .cap = 20,
         .cap_retry_after = true,
         .latency_s = 300},
        {.name = "E",
         .what = "text, 500 a minute, bucket",
         .per_minute = 500,
         .burst = 10,
         .retry_after = true,
         .latency_s = 2},
        {.name = "F",
         .what = "30 in flight, 100 a minute",
         .per_minute = 100,
         .burst = 10,
         .retry_after = true,
         .cap = 30,
         .latency_s = 45},
        {.name = "F2",
         .what = "30 in flight, 100 a minute, both bind",
         .per_minute = 100,
         .burst = 10,
         .retry_after = true,
         .cap = 30,
         .latency_s = 18},
        {.name = "G",
         .what = "as A, halved for 40 minutes",
         .per_minute = 60,
         .burst = 10,
         .retry_after = true,
         .latency_s = 45,
         .cut_from_s = 2400,
         .cut_to_s = 4800},
        {.name = "H",
         .what = "600 a minute, 450 in flight",
         .per_minute = 600,
         .burst = 20,
         .retry_after = true,
         .latency_s = 45},
        {.name = "J",
         .what = "300 a minute, 3 % refused for no reason",
         .per_minute = 300,
         .burst = 10,
         .retry_after = true,
         .stray = 0.03,
         .latency_s = 20},
        {.name = "K",
         .what = "300 a minute, 3 % refused and 5 % met by 503",
         .per_minute = 300,
         .burst = 10,
         .retry_after = true,
         .stray = 0.03,
         .busy = 0.05,
         .latency_s = 20},
};
const size_t n_limit_shapes = ARRAY_LEN(limit_shapes);

double limit_random(uint64_t *state) {
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return (double) ((z ^ (z >> 31)) >> 11) / 9007199254740992.0;
}

/* ---- the provider ---- */

typedef struct Provider {
        const LimitShape *shape;
        double tokens;
        uint64_t at_us; /* of tokens */
        int64_t minute, in_minute, in_flight;
} Provider;

static double rate_at(const Provider *p, uint64_t now_us) {
        double s = (double) now_us / SECOND;
        bool cut = s >= p->shape->cut_from_s && s < p->shape->cut_to_s;

        return p->shape->per_minute / 60 * (cut ? 0.5 : 1);
}

static void refill(Provider *p, uint64_t now_us) {
        double rate = rate_at(p, now_us);

        p->tokens = fmin(p->shape->burst, p->tokens + rate * (double) (now_us - p->at_us) / SECOND);
        p->at_us = now_us;
        if (p->minute != (int64_t) ((double) now_us / SECOND / 60)) {
                p->minute = (int64_t) ((double) now_us / SECOND / 60);
                p->in_minute = 0;
        }
}

/* 0: it would be taken now; else so long until it may be, as far as the rate is concerned. */
static uint64_t rate_wait(Provider *p, uint64_t now_us) {
        double rate = rate_at(p, now_us);

        refill(p, now_us);
        if (rate <= 0)
                return 0;
        if (p->shape->fixed_minute)
                return (double) p->in_minute < rate * 60
                               ? 0
                               : (uint64_t) ((double) (p->minute + 1) * 60 * SECOND) - now_us;
        return p->tokens >= 1 ? 0 : (uint64_t) ((1 - p->tokens) / rate * SECOND) + 1;
}

/* -1: accepted; else refused, with the Retry-After in ms, or -2 for none. */
static int64_t provider_ask(Provider *p, uint64_t now_us) {
        uint64_t wait = rate_wait(p, now_us);

        if (wait == 0 && (p->shape->cap == 0 || p->in_flight < p->shape->cap)) {
                p->tokens--;
                p->in_minute++;
                p->in_flight++;
                return -1;
        }
        if (p->shape->refusals_cost)
                p->tokens = fmax(p->tokens - 1, -p->shape->burst);
        if (wait == 0)
                return p->shape->cap_retry_after ? 1000 : -2;
        if (!p->shape->retry_after)
                return -2;
        return (int64_t) ceil((double) wait / SECOND) * 1000;
}

/* ---- events ---- */

typedef enum EventType { ARRIVES, FINISHES, ANSWERED } EventType;

typedef struct Event {
        uint64_t at_us, order;
        EventType type;
        int slot;
} Event;

typedef struct Call {
        uint64_t sent_us;
        LimitAnswer answer;
        int64_t retry_after_ms;
        int next_free;
} Call;

typedef struct World {
        Provider provider;
        Event *heap;
        size_t n, room;
        uint64_t order;
        Call *calls;
        int n_calls, free_call; /* -1 = none */
        uint64_t random;
        uint64_t *recent; /* the times of sending, a ring, for the busiest minute */
        size_t recent_first, recent_n;
        LimitScore score;
} World;

enum {
        RECENT_MAX = 1 << 17,
};

static bool before(const Event *a, const Event *b) {
        return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void push(World *w, uint64_t at_us, EventType type, int slot) {
        size_t i = w->n++;

        if (w->n > w->room) {
                w->room = w->room ? 2 * w->room : 64;
                w->heap = reallocarray(w->heap, w->room, sizeof *w->heap);
                if (!w->heap)
                        abort();
        }
        w->heap[i] = (Event){.at_us = at_us, .order = w->order++, .type = type, .slot = slot};
        for (; i > 0 && before(&w->heap[i], &w->heap[(i - 1) / 2]); i = (i - 1) / 2) {
                Event e = w->heap[i];

                w->heap[i] = w->heap[(i - 1) / 2];
                w->heap[(i - 1) / 2] = e;
        }
}

static Event pop(World *w) {
        Event first = w->heap[0];

        w->heap[0] = w->heap[--w->n];
        for (size_t i = 0;;) {
                size_t least = i;

                for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < w->n; child++)
                        if (before(&w->heap[child], &w->heap[least]))
                                least = child;
                if (least == i)
                        return first;
                Event e = w->heap[i];
                w->heap[i] = w->heap[least];
                w->heap[least] = e;
                i = least;
        }
}

static int call_new(World *w, uint64_t now_us) {
        int slot = w->free_call;

        if (slot >= 0)
                w->free_call = w->calls[slot].next_free;
        else {
                slot = w->n_calls++;
                w->calls = reallocarray(w->calls, (size_t) w->n_calls, sizeof *w->calls);
                if (!w->calls)
                        abort();
        }
        w->calls[slot] = (Call){.sent_us = now_us};
        return slot;
}

/* ---- the night ---- */

static void count_minute(World *w, uint64_t now_us) {
        while (w->recent_n > 0 && w->recent[w->recent_first] + 60 * 1000000 <= now_us) {
                w->recent_first = (w->recent_first + 1) % RECENT_MAX;
                w->recent_n--;
        }
        if (w->recent_n == RECENT_MAX)
                abort();
        w->recent[(w->recent_first + w->recent_n++) % RECENT_MAX] = now_us;
        w->score.most_a_minute = MAX_OF(w->score.most_a_minute, (int64_t) w->recent_n);
}

/* Some calls fare badly for no reason of theirs. */
static void stray(World *w, Call *call) {
        const LimitShape *shape = w->provider.shape;
        double chance;

        if (call->answer != LIMIT_MADE || shape->stray + shape->busy <= 0)
                return;
        chance = limit_random(&w->random);
        if (chance >= shape->stray + shape->busy)
                return;
        call->answer = chance < shape->stray ? LIMIT_REFUSED : LIMIT_BUSY;
        call->retry_after_ms = shape->retry_after ? 1000 : -1;
        w->provider.in_flight--;
}

static void arrive(World *w, const Event *e) {
        Call *call = &w->calls[e->slot];
        int64_t answer = provider_ask(&w->provider, e->at_us);
        double latency = w->provider.shape->latency_s * (2 + 2 * limit_random(&w->random)) / 3;

        w->score.most_in_flight = MAX_OF(w->score.most_in_flight, w->provider.in_flight);
        call->answer = answer == -1 ? LIMIT_MADE : LIMIT_REFUSED;
        call->retry_after_ms = answer < 0 ? -1 : answer;
        stray(w, call);
        if (call->answer != LIMIT_MADE)
                push(w, e->at_us + WAY_US, ANSWERED, e->slot);
        else
                push(w, e->at_us + (uint64_t) (latency * SECOND), FINISHES, e->slot);
}

static void answer(World *w, const Event *e, const LimitPolicy *policy, void *p) {
        Call call = w->calls[e->slot];

        w->calls[e->slot].next_free = w->free_call;
        w->free_call = e->slot;
        w->score.made += call.answer == LIMIT_MADE;
        w->score.refused += call.answer != LIMIT_MADE;
        w->score.refused_late += call.answer != LIMIT_MADE && call.sent_us > 300 * 1000000;
        policy->ended(p, e->at_us, e->slot, call.answer, call.sent_us, call.retry_after_ms);
}

static void happen(World *w, const LimitPolicy *policy, void *p) {
        Event e = pop(w);

        switch (e.type) {
        case ARRIVES:
                arrive(w, &e);
                return;
        case FINISHES:
                w->provider.in_flight--;
                push(w, e.at_us + WAY_US, ANSWERED, e.slot);
                return;
        case ANSWERED:
                answer(w, &e, policy, p);
                return;
        }
}

static void world_open(World *w, const LimitShape *shape, uint64_t seed) {
        *w = (World){.provider = {.shape = shape, .tokens = shape->burst},
                     .free_call = -1,
                     .random = seed};
        w->recent = calloc(RECENT_MAX, sizeof *w->recent);
        if (!w->recent)
                abort();
}

static void world_close(World *w) {
        free(w->heap);
        free(w->calls);
        free(w->recent);
}

LimitScore limit_run(const LimitShape *shape, const LimitPolicy *policy, double night_s,
                     uint64_t seed, const void *learned, void *ret_learned) {
        uint64_t now = 1000000, end = now + (uint64_t) (night_s * SECOND);
        World w;
        void *p = policy->open(learned, seed);

        world_open(&w, shape, seed);
        for (;;) {
                uint64_t wait = policy->wait(p, now);
                uint64_t next = wait == UINT64_MAX ? end : now + wait;

                if (wait == 0) {
                        int slot = call_new(&w, now);

                        policy->sent(p, now, slot);
                        count_minute(&w, now);
                        push(&w, now + WAY_US, ARRIVES, slot);
                        continue;
                }
                if (w.n > 0 && w.heap[0].at_us <= next) {
                        now = MAX_OF(now, w.heap[0].at_us);
                        if (now >= end)
                                break;
                        happen(&w, policy, p);
                        continue;
                }
                now = next;
                if (now >= end)
                        break;
        }
        policy->close(p, ret_learned);
        world_close(&w);
        return w.score;
}

/* The one who knows asks only when the answer is yes. */
int64_t limit_ideal(const LimitShape *shape, double night_s, uint64_t seed) {
        uint64_t now = 1000000, end = now + (uint64_t) (night_s * SECOND);
        int64_t made = 0;
        World w;

        world_open(&w, shape, seed);
        while (now < end) {
                uint64_t wait = rate_wait(&w.provider, now);
                bool full = shape->cap > 0 && w.provider.in_flight >= shape->cap;

                if (wait == 0 && !full) {
                        int slot = call_new(&w, now);
                        Event e = {.at_us = now, .slot = slot};

                        arrive(&w, &e);
                        continue;
                }
                if (w.n > 0 && (full || w.heap[0].at_us <= now + wait)) {
                        Event e = pop(&w);

                        now = MAX_OF(now, e.at_us);
                        if (e.type == FINISHES) {
                                made += now < end;
                                push(&w, now + 2 * WAY_US, ANSWERED, e.slot);
                                continue;
                        }
                        if (w.calls[e.slot].answer == LIMIT_MADE)
                                w.provider.in_flight--;
                        w.calls[e.slot].next_free = w.free_call;
                        w.free_call = e.slot;
                } else
                        now += wait;
        }
        world_close(&w);
        return made;
}

/* ---- pregen's own policy ---- */

static void *pregen_open(const void *learned, uint64_t seed) {
        Limiter *l = malloc(sizeof *l);

        (void) seed;
        if (!l)
                abort();
        /* As a night begins (quota.c), with room for what the widest shape bears. */
        limiter_init(l, &(LimiterCeilings){.concurrency = 500}, learned, LIMITER_PACE_NONE,
                     1000000);
        return l;
}

static uint64_t pregen_wait(void *p, uint64_t now_us) {
        return limiter_wait(p, now_us);
}

static void pregen_sent(void *p, uint64_t now_us, int slot) {
        (void) slot;
        limiter_sent(p, now_us);
}

static void pregen_ended(void *p, uint64_t now_us, int slot, LimitAnswer answer, uint64_t sent_us,
                         int64_t retry_after_ms) {
        static const LimiterEnd ends[] = {[LIMIT_MADE] = LIMITER_OK,
                                          [LIMIT_REFUSED] = LIMITER_REFUSED,
                                          [LIMIT_BUSY] = LIMITER_OVERLOADED};

        (void) slot;
        limiter_ended(p, now_us, ends[answer], sent_us, retry_after_ms);
}

static void pregen_close(void *p, void *ret_learned) {
        LimiterLearned learned = limiter_learned(p);

        if (ret_learned)
                memcpy(ret_learned, &learned, sizeof learned);
        free(p);
}

const LimitPolicy limit_policy_pregen = {
        .name = "pregen",
        .open = pregen_open,
        .wait = pregen_wait,
        .sent = pregen_sent,
        .ended = pregen_ended,
        .close = pregen_close,
};
