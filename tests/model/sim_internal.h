/* SPDX-License-Identifier: MIT */
#pragma once

/* Shared by the two halves of the simulation: the world (sim_world.c) and the providers in it
 * (sim_provider.c). */

#include "model/sim.h"

enum {
        SIM_URL_MAX = 512,
        SIM_EVENTS_MAX = 8192,
};

/* What comes back for one request. */
typedef struct SimReply {
        HttpEnd end;
        int status;
        int64_t retry_after_ms;
        char body[SIM_URL_MAX + 64];
        char payload[SIM_URL_MAX]; /* "" = none */
        size_t request;            /* of a paid call: its index + 1 */
} SimReply;

typedef enum SimEventKind {
        SIM_NOTHING, /* its task was freed meanwhile */
        SIM_TASK,
        SIM_STORED,
        SIM_SIGNAL,
        SIM_RELOAD,
} SimEventKind;

typedef struct SimEvent {
        uint64_t at_us, order;
        SimEventKind kind;
        WorldTask *task;
        StoreTask *stored;
} SimEvent;

struct Sim {
        World world; /* first */
        Clock clock;
        uint64_t seed, random;
        uint64_t now_us, order;
        uint64_t begun_us; /* the run */
        unsigned away;     /* calls of it that nobody was reached with, by weather.away_* */
        int64_t wall_offset_ms;
        Weather weather;
        int life;
        int64_t paid_in_life, in_flight;
        SimEvent events[SIM_EVENTS_MAX]; /* a heap by (at_us, order) */
        size_t n_events;
        uint64_t timers[_WORLD_TIMER_MAX]; /* UINT64_MAX = off */
        bool soon[_WORLD_SOON_MAX];
        int lib_dir_fd;
        WorldTask *tasks; /* all there are */
        SimRequest *requests;
        size_t n_requests, allocated;
};

uint64_t sim_random(Sim *s);
void sim_answer(Sim *s, const char *url, SimReply *r);
