/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A simulated world (night/world.h) and the providers in it. One seed decides everything: how long
 * things take, what fails, when a signal comes. The provider's side outlives the machine: it
 * remembers every request it got and what it billed, and that is what the ledger is held against.
 *
 * Time is virtual and only passes between turns. Its wire is a driver of its own, "sim", in two
 * models: "sync" answers with the picture, "op" with the handle of an operation.
 */

#include "night/world.h"
#include "provider/provider.h"
#include "recipe/config.h"

enum {
        SIM_SYNC_PRICE = 50 * 1000,
        SIM_OP_PRICE = 400 * 1000,
        SIM_KEY_MAX = 80, /* "seed/cell" */
};

/* Chances are per mille. */
typedef struct Weather {
        unsigned not_sent, throttled, server_error, lost, unusable; /* of paid calls */
        unsigned poll_trouble, fetch_trouble, stale_address;
        uint64_t denied_us; /* for so long from its acceptance on an operation is not known */
        int64_t put_off_ms; /* the first poll and the first fetch of each operation; 0 = none */
        unsigned worker_death;
        unsigned bad_cells; /* of cells, that are blocked or refused, for good */
        unsigned operation_fails;
        int64_t limit;                        /* unknown: more in flight are refused; 0 = none */
        int64_t funds_after;                  /* paid calls, then no money is left; 0 = never */
        uint64_t away_from_us, away_until_us; /* of the run: nobody is reached; 0, 0 = never */
        bool key_refused;                     /* of the provider whose base_url ends in "sync" */
        uint64_t signal_after_us;             /* SIGTERM; 0 = none */
        uint64_t reload_after_us;             /* SIGHUP; 0 = none */
        uint64_t jump_after_us; /* the wall clock, by a day forth or back; 0 = never */
} Weather;

typedef struct SimRequest {
        char key[SIM_KEY_MAX]; /* of the job */
        char cell[SIM_KEY_MAX];
        bool op, blocked, made;
        bool taken;                 /* the answer was delivered, and the machine lived on */
        bool accepted;              /* op: a handle was given */
        bool asked;                 /* op: somebody asked for it by its handle */
        uint64_t begun_us, done_us; /* op: over then */
        unsigned address;           /* op: generation of its result's URL */
        bool stale;                 /* op: its first address is refused */
        bool fetched;               /* op: somebody asked for its result */
        int64_t billed;
        int life;
} SimRequest;

typedef struct Sim Sim;

Sim *sim_new(uint64_t seed);
Sim *sim_free(Sim *s);
/* A new world for one run in this weather; life counts up. Free the world before the next. */
World *sim_begin(Sim *s, const Weather *weather);
uint64_t sim_chance(void *sim); /* userdata for crash.h */
/* All requests that were received, in order. */
const SimRequest *sim_requests(const Sim *s, size_t *ret_n);
int64_t sim_invoice(const Sim *s); /* of all of them */
uint64_t sim_age_us(const Sim *s); /* of the run */
unsigned sim_away(const Sim *s);   /* calls of it that nobody was reached with */
int64_t sim_wall_ms(const Sim *s);
void sim_pass(Sim *s, int64_t ms); /* between two runs */

extern const Driver driver_sim;

enum {
        SIM_CONFIGS = 7,
        SIM_CHAINED = 6, /* the configuration whose films are made of pictures */
};
/* The i-th configuration, read from files under the test's directory. In the first and the last
 * there is money for every cell. Free with config_free(). */
Config *sim_config(unsigned i);
