/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A library in the test's directory and short ways to fill it. Times are made up: NOW is the first
 * moment, and a test adds to it. Everything fails the test by itself when it does not work.
 */

#include "core/library.h"
#include "support/test.h"

#define NOW INT64_C(1795399200000) /* 2026-11-23T02:00:00Z */
#define DAY "2026-11-23"
#define HOUR_MS INT64_C(3600000)
#define HASH64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* A fresh library directory; caller frees. It is not made yet. */
char *fix_dir(const char *name);
Library *fix_open(const char *dir);

typedef struct FixJob {
        const char *recipe, *brand, *hook, *category, *format; /* NULL: "spring" "acme" "urgency"
                                                                  "lifestyle" "square" */
        const char *provider;                                  /* NULL: "studio" */
        const char *tags;                                      /* NULL: {"format": format} */
        AssetKind kind;
        int64_t run; /* 0: a run is begun when the library has none */
        int64_t target, max_age_ms, want, seed;
        bool review;
} FixJob;

/* The key of the cell of `j`; caller frees. */
char *fix_cell_key(const FixJob *j);
int64_t fix_cell(Library *lib, const FixJob *j, int64_t now_ms);
int64_t fix_run(Library *lib, int64_t now_ms);
/* A planned job in its cell. */
int64_t fix_job(Library *lib, const FixJob *j, int64_t now_ms);
int64_t fix_begin(Library *lib, int64_t job, int64_t run, Micros reserve, int64_t now_ms);
/* Ends an attempt without assets. */
void fix_end(Library *lib, int64_t attempt, Outcome outcome, JobState next, Micros billed,
             int64_t now_ms);
/* Stores `content` and ends the attempt as made; returns the asset's id (caller frees). */
char *fix_made(Library *lib, int64_t attempt, const char *content, Micros billed, int64_t now_ms);
/* All of it: cell, job, attempt, object, asset. */
char *fix_asset(Library *lib, const FixJob *j, const char *content, int64_t now_ms);

/* The filter of these terms; caller frees. */
AlFilter *fix_filter(const char *terms);

/* SQL on the library's database through a connection of its own. */
void raw_exec(const char *dir, const char *sql);
int64_t raw_int(const char *dir, const char *sql);
/* The first column of the first row; caller frees. */
char *raw_text(const char *dir, const char *sql);
