/* SPDX-License-Identifier: MIT */

/* The providers' side: what becomes of each request, decided by the weather. */

#include "model/sim_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"
#include "support/test.h"

static bool chance(Sim *s, unsigned per_mille) {
        return sim_random(s) % 1000 < per_mille;
}

/* What a cell is, it stays. */
static unsigned cell_luck(const Sim *s, const char *cell) {
        uint64_t h = s->seed * 0x9e3779b97f4a7c15u + 7;

        for (; *cell; cell++)
                h = (h ^ (unsigned char) *cell) * 0x100000001b3u;
        return (unsigned) ((h >> 20) % 1000);
}

/* The wire says so with the errors of a network. */
static bool is_away(Sim *s, SimReply *r) {
        uint64_t at = s->now_us - s->begun_us;

        if (at < s->weather.away_from_us || at >= s->weather.away_until_us)
                return false;
        r->end = HTTP_END_NOT_SENT;
        s->away++;
        return true;
}

_printf_(4, 5) static void say(SimReply *r, int status, const char *member, const char *format,
                               ...) {
        char value[SIM_URL_MAX];
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(value, sizeof value, format, ap);
        va_end(ap);
        r->end = HTTP_END_REPLY;
        r->status = status;
        (void) snprintf(r->body, sizeof r->body, "{\"%s\":\"%s\"}", member, value);
}

static SimRequest *request_new(Sim *s, const char *key, bool op) {
        SimRequest *q;

        if (s->n_requests == s->allocated) {
                s->allocated = s->allocated ? 2 * s->allocated : 64;
                s->requests = reallocarray(s->requests, s->allocated, sizeof *s->requests);
                CHECK(s->requests);
        }
        q = &s->requests[s->n_requests++];
        *q = (SimRequest){.op = op, .life = s->life};
        (void) snprintf(q->key, sizeof q->key, "%s", key);
        (void) snprintf(q->cell, sizeof q->cell, "%s", strchr(key, '/') + 1);
        return q;
}

static void picture(const Sim *s, size_t index, SimReply *r) {
        (void) snprintf(r->payload, sizeof r->payload, "PIC %s #%zu of %llu",
                        s->requests[index].key, index, (unsigned long long) s->seed);
}

static void accept_op(Sim *s, SimRequest *q, size_t index, SimReply *r) {
        q->accepted = true;
        q->begun_us = s->now_us;
        q->blocked = q->blocked || chance(s, 20);
        q->made = !q->blocked && !chance(s, s->weather.operation_fails);
        q->done_us = s->now_us + (20 + sim_random(s) % 100) * 1000000;
        q->stale = chance(s, s->weather.stale_address);
        q->billed = q->made ? SIM_OP_PRICE : 0;
        say(r, 200, "handle", "%zu", index);
}

static void paid_call(Sim *s, const char *key, bool op, SimReply *r) {
        const Weather *w = &s->weather;
        unsigned luck = cell_luck(s, strchr(key, '/') + 1);
        SimRequest *q;

        if (chance(s, w->not_sent)) {
                r->end = HTTP_END_NOT_SENT;
                return;
        }
        q = request_new(s, key, op);
        r->request = s->n_requests;
        s->paid_in_life++;
        if (w->key_refused && !op)
                say(r, 401, "error", "API_KEY_INVALID");
        else if (w->funds_after > 0 && s->paid_in_life > w->funds_after)
                say(r, 402, "error", "INSUFFICIENT_FUNDS");
        else if (chance(s, w->throttled) || (w->limit > 0 && s->in_flight > w->limit)) {
                say(r, 429, "error", "RATE_LIMIT");
                r->retry_after_ms = chance(s, 500) ? (int64_t) (sim_random(s) % 5000) : -1;
        } else if (luck < w->bad_cells / 2)
                say(r, 400, "error", "BAD_REQUEST");
        else if (luck < w->bad_cells && !op) {
                q->blocked = true;
                say(r, 200, "blocked", "SAFETY");
        } else if (chance(s, w->server_error))
                say(r, 500, "error", "INTERNAL");
        else if (op) {
                q->blocked = luck < w->bad_cells;
                accept_op(s, q, s->n_requests - 1, r);
        } else {
                q->made = true;
                q->billed = SIM_SYNC_PRICE;
                say(r, 200, "made", "1");
                picture(s, s->n_requests - 1, r);
        }
        if (q->billed > 0 || q->accepted) {
                if (chance(s, w->lost))
                        r->end = HTTP_END_LOST;
                else if (!op && chance(s, w->unusable))
                        r->end = HTTP_END_UNUSABLE;
        }
}

/* Once, by a header that says for how long. */
static bool is_put_off(const Sim *s, bool *asked, SimReply *r) {
        bool before = *asked;

        *asked = true;
        if (before || s->weather.put_off_ms == 0)
                return false;
        say(r, 429, "error", "RATE_LIMIT");
        r->retry_after_ms = s->weather.put_off_ms;
        return true;
}

static void poll(Sim *s, const char *base, uint64_t index, SimReply *r) {
        SimRequest *q = &s->requests[index];

        CHECK(index < s->n_requests && q->accepted);
        if (is_put_off(s, &q->asked, r))
                return;
        if (s->now_us - q->begun_us < s->weather.denied_us) {
                say(r, 404, "error", "NOT_FOUND");
                return;
        }
        if (chance(s, s->weather.poll_trouble)) {
                switch (sim_random(s) % 4) {
                case 0:
                        r->end = HTTP_END_LOST;
                        return;
                case 1:
                        r->end = HTTP_END_NOT_SENT;
                        return;
                case 2:
                        say(r, 500, "error", "INTERNAL");
                        return;
                default:
                        say(r, 429, "error", "RATE_LIMIT");
                        return;
                }
        }
        if (s->now_us < q->done_us)
                say(r, 200, "running", "1");
        else if (q->blocked)
                say(r, 200, "blocked", "SAFETY");
        else if (!q->made)
                say(r, 200, "failed", "1");
        else
                say(r, 200, "url", "%s/file/%llu/%u", base, (unsigned long long) index,
                    q->address++);
}

static void fetch(Sim *s, uint64_t index, uint64_t address, SimReply *r) {
        CHECK(index < s->n_requests && s->requests[index].made);
        if (is_put_off(s, &s->requests[index].fetched, r))
                return;
        if (s->requests[index].stale && address == 0)
                say(r, 403, "error", "EXPIRED");
        else if (chance(s, s->weather.fetch_trouble)) {
                if (chance(s, 500))
                        r->end = HTTP_END_LOST;
                else
                        say(r, 503, "error", "UNAVAILABLE");
        } else {
                say(r, 200, "file", "1");
                picture(s, index, r);
        }
}

void sim_answer(Sim *s, const char *url, SimReply *r) {
        const char *make = strstr(url, "/make/"), *op = strstr(url, "/op/"),
                   *file = strstr(url, "/file/");
        char base[SIM_URL_MAX];

        *r = (SimReply){.retry_after_ms = -1};
        if (is_away(s, r))
                return;
        if (make)
                paid_call(s, make + strlen("/make/"), strstr(url, "/operations") != NULL, r);
        else if (op) {
                (void) snprintf(base, sizeof base, "%.*s", (int) (op - url), url);
                poll(s, base, strtoull(op + strlen("/op/"), NULL, 10), r);
        } else {
                char *rest;
                uint64_t index;

                CHECK(file);
                index = strtoull(file + strlen("/file/"), &rest, 10);
                fetch(s, index, strtoull(rest + 1, NULL, 10), r);
        }
}
