/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One night: recover what the last run left, plan, generate, store, settle. Everything runs on one
 * sd-event loop and one thread, but for the file syncs (night/storer.h) and the decoding of media
 * (a worker process). The caller owns configuration and library and holds the run lock.
 *
 *      recover ──> plan ──> lanes (one per provider)
 *                              └─> item: call ─> reply ─> verify ─> store ─> settle ──> end
 *
 * What is durable when, for each item: the intent and its reservation before the request leaves
 * (lane.c); the whole reply in the spool as soon as it is here (reply.c); the object's bytes before
 * the row that names them (storer.c, then settle.c, one transaction).
 */

#include "base/clock.h"
#include "core/library.h"
#include "plan/plan.h"
#include "recipe/config.h"

typedef struct NightOptions {
        const Config *config;
        Library *lib;
        const Strv *recipes; /* only these; empty = all */
        Micros max_cost;     /* --max-cost; -1 = none */
        int until_minutes;   /* --until, local minutes after midnight; -1: as the settings say */
        const Clock *clock;
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

/* The next local moment, in wall-clock milliseconds, at which it is `minutes` after midnight. */
int64_t next_time_of_day(int64_t now_ms, int minutes);
