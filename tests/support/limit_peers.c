/* SPDX-License-Identifier: MIT */

#include "support/limit_peers.h"

#include <math.h>

#define SECOND 1000000.0

enum {
        WORKERS_MAX = 2000,
        SLOTS_MAX = 1 << 16,
};

typedef struct Worker {
        uint64_t ready_us;
        bool busy;
        int tries;
} Worker;

/* The AWS SDK's rate limiter. */
typedef struct Cubic {
        bool enabled;
        double fill, tokens, measured, last_max, window_s;
        uint64_t filled_us, counted_us, throttled_us;
        int64_t sent;
} Cubic;

typedef struct Peer {
        Worker workers[WORKERS_MAX];
        int worker_of[SLOTS_MAX];
        int n;        /* workers there are */
        double width; /* of them, may be busy */
        int busy;
        bool aimd, aws;
        uint64_t cut_us;
        uint64_t random;
        Cubic cubic;
} Peer;

static Peer *peer_new(int n, uint64_t seed) {
        Peer *p = calloc(1, sizeof *p);

        if (!p)
                abort();
        p->n = n;
        p->width = n;
        p->random = seed;
        return p;
}

static void peer_close(void *p, void *ret_learned) {
        if (ret_learned)
                memset(ret_learned, 0, LIMIT_LEARNED_MAX);
        free(p);
}

/* ---- CUBIC ---- */

static void cubic_refill(Cubic *c, uint64_t now_us) {
        c->tokens = fmin(fmax(c->fill, 1),
                         c->tokens + c->fill * (double) (now_us - c->filled_us) / SECOND);
        c->filled_us = now_us;
}

static void cubic_measure(Cubic *c, uint64_t now_us) {
        double span = (double) (now_us - c->counted_us) / SECOND;

        c->sent++;
        if (span < 0.5)
                return;
        c->measured = (double) c->sent / span * 0.8 + c->measured * 0.2;
        c->sent = 0;
        c->counted_us = now_us;
}

static void cubic_answer(Cubic *c, uint64_t now_us, bool refused) {
        const double beta = 0.7, scale = 0.4;
        double rate;

        cubic_measure(c, now_us);
        if (refused) {
                rate = c->enabled ? fmin(c->measured, c->fill) : c->measured;
                c->last_max = rate;
                c->window_s = cbrt(rate * (1 - beta) / scale);
                c->throttled_us = now_us;
                c->enabled = true;
                rate *= beta;
        } else {
                double t = (double) (now_us - c->throttled_us) / SECOND - c->window_s;

                rate = scale * t * t * t + c->last_max;
        }
        cubic_refill(c, now_us);
        c->fill = fmax(fmin(rate, 2 * c->measured), 0.5);
        c->tokens = fmin(c->tokens, fmax(c->fill, 1));
}

/* ---- workers ---- */

static uint64_t peer_wait(void *userdata, uint64_t now_us) {
        Peer *p = userdata;
        uint64_t wait = UINT64_MAX;

        if (p->busy >= (int) p->width)
                return UINT64_MAX;
        for (int i = 0; i < p->n && wait > 0; i++)
                if (!p->workers[i].busy)
                        wait = MIN_OF(wait, p->workers[i].ready_us > now_us
                                                    ? p->workers[i].ready_us - now_us
                                                    : 0);
        if (p->aws && p->cubic.enabled && wait != UINT64_MAX) {
                cubic_refill(&p->cubic, now_us);
                if (p->cubic.tokens < 1)
                        wait = MAX_OF(wait,
                                      (uint64_t) ((1 - p->cubic.tokens) / p->cubic.fill * SECOND) +
                                              1);
        }
        return wait;
}

static void peer_sent(void *userdata, uint64_t now_us, int slot) {
        Peer *p = userdata;

        for (int i = 0; i < p->n; i++)
                if (!p->workers[i].busy && p->workers[i].ready_us <= now_us) {
                        p->workers[i].busy = true;
                        p->worker_of[slot] = i;
                        break;
                }
        p->busy++;
        if (p->aws && p->cubic.enabled)
                p->cubic.tokens--;
}

static void peer_ended(void *userdata, uint64_t now_us, int slot, LimitAnswer answer,
                       uint64_t sent_us, int64_t retry_after_ms) {
        Peer *p = userdata;
        Worker *w = &p->workers[p->worker_of[slot]];

        p->busy--;
        w->busy = false;
        w->tries = answer != LIMIT_MADE ? w->tries + 1 : 0;
        if (answer != LIMIT_MADE) {
                double most = fmin(ldexp(1, MIN_OF(w->tries - 1, 10)), p->aws ? 20 : 60);
                uint64_t delay = (uint64_t) (limit_random(&p->random) * most * SECOND);

                w->ready_us =
                        now_us +
                        MAX_OF(delay, retry_after_ms > 0 ? (uint64_t) retry_after_ms * 1000 : 0);
        }
        if (p->aws)
                cubic_answer(&p->cubic, now_us, answer != LIMIT_MADE);
        if (p->aimd && answer == LIMIT_MADE)
                p->width = fmin(p->width + 1 / p->width, p->n);
        if (p->aimd && answer != LIMIT_MADE &&
            sent_us >= p->cut_us) { /* once for all that were in flight */
                p->width = fmax(p->width * 0.9, 1);
                p->cut_us = now_us;
        }
}

/* ---- the peers ---- */

static void *open_5(const void *learned, uint64_t seed) {
        (void) learned;
        return peer_new(5, seed);
}

static void *open_15(const void *learned, uint64_t seed) {
        (void) learned;
        return peer_new(15, seed);
}

static void *open_100(const void *learned, uint64_t seed) {
        (void) learned;
        return peer_new(100, seed);
}

static void *open_aimd(const void *learned, uint64_t seed) {
        Peer *p = peer_new(WORKERS_MAX, seed);

        (void) learned;
        p->aimd = true;
        p->width = 4;
        return p;
}

static void *open_aws(const void *learned, uint64_t seed) {
        Peer *p = peer_new(200, seed);

        (void) learned;
        p->aws = true;
        p->cubic.fill = 0.5;
        return p;
}

#define PEER(ident, text, open_fn)                                                                 \
        const LimitPolicy ident = {                                                                \
                .name = (text),                                                                    \
                .open = (open_fn),                                                                 \
                .wait = peer_wait,                                                                 \
                .sent = peer_sent,                                                                 \
                .ended = peer_ended,                                                               \
                .close = peer_close,                                                               \
        }
PEER(limit_policy_fixed_5, "5 workers", open_5);
PEER(limit_policy_fixed_15, "15 workers", open_15);
PEER(limit_policy_fixed_100, "100 workers", open_100);
PEER(limit_policy_aimd, "AIMD", open_aimd);
PEER(limit_policy_aws, "AWS adaptive", open_aws);
