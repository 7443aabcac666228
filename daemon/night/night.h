/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One night: recover what the last run left, plan, generate, store, settle. Everything runs on one
 * loop and one thread, but for the file syncs (night/storer.h) and the decoding of media (a worker
 * process). The caller owns configuration, library and world (night/world.h) and holds the run
 * lock.
 *
 *      recover ──> plan ──> lanes (one per provider)
 *                              └─> item: call ─> reply ─> fetch ─> verify ─> store ─> settle
 *                                          │        ^
 *                                          └> handle: settle ─> wait ─> ask ─┘
 *
 * What is durable when, for each item: the intent and its reservation before the request leaves
 * (lane.c); the whole reply in the spool as soon as it is here (reply.c); the handle of an operation
 * before it is asked for (settle.c, operation.c); the object's bytes before the row that names them
 * (storer.c, then settle.c, one transaction).
 */

#include "core/library.h"
#include "plan/plan.h"
#include "recipe/config.h"

typedef struct NightOptions {
        const Config *config;
        Library *lib;
        struct World *world; /* night/world.h */
        const Strv *recipes; /* only these; empty = all */
        Micros max_cost;     /* --max-cost; -1 = none */
        int until_minutes;   /* --until, local minutes after midnight; -1: as the settings say */
        /* SIGHUP: reads the configuration anew; a new one, or -errno with a sentence and the old one
         * stays. NULL: this run does not reload. */
        int (*reload)(void *userdata, Config **ret, Err *err);
        void *reload_userdata;
        bool live;               /* draw a progress line on the terminal */
        int64_t backoff_base_ms; /* 0 = BACKOFF_BASE_MS */
} NightOptions;

typedef struct NightSummary {
        int64_t run;   /* 0: nothing to do, no run was recorded */
        int exit_code; /* an ExitCode */
} NightSummary;

/* Runs the night. Whatever goes wrong with single items, providers or recipes is in the library's
 * ledger and the summary; a negative return means that the night could not be run or recorded at
 * all (library failed), with a sentence. */
int night_run(const NightOptions *options, NightSummary *ret, Err *err) _must_check_;
