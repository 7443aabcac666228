/* SPDX-License-Identifier: MIT */
#pragma once

/* Configurations for tests: files written below the test's directory and loaded. */

#include "recipe/config.h"
#include "support/test.h"

typedef struct Loaded {
        Config *config; /* NULL when r < 0 */
        Problems problems;
        Err err;
        int r;
        char *dir;
} Loaded;

/* 2026-11-23, noon UTC: what the tests take for now. */
#define TEST_NOW_MS INT64_C(1795435200000)

/* The smallest settings, brands and hooks that recipes of tests need. */
extern const char fixture_settings[], fixture_brand[], fixture_hook[];
/* A recipe without mistakes; its lines are numbered in the tests that count on them. */
extern const char fixture_recipe[];

/* Makes a fresh directory with the fixture's files. */
Loaded fixture_new(void);
/* Writes (or replaces) a file of it. */
void fixture_write(Loaded *l, const char *name, const char *text);
/* Reads it, after forgetting what an earlier reading found. data_dir may be NULL. */
void fixture_load(Loaded *l, const char *data_dir);
void fixture_done(Loaded *l);

/* Loads the fixture with one file replaced. */
Loaded fixture_with(const char *name, const char *text);

/* The problem at this place, or a failed test that prints all there are. */
void check_problem(const Loaded *l, const char *file, int line, int column, const char *has);
void check_problems(const Loaded *l, size_t errors, size_t warnings);
