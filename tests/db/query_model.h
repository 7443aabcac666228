/* SPDX-License-Identifier: MIT */
#pragma once

/* A random library whose every asset is known, and random queries with their answers; for
 * test_core_query_model.c. */

#include "base/strbuf.h"
#include "core_fixture.h"

enum {
        ITEMS = 160,
        WORDS = 4,
};

typedef struct Item {
        int64_t id;
        char uid[16];
        int brand, hook, category, kind, status, recipe, model;
        int formats; /* bits */
        int takers;  /* bits */
        int uses, size, words;
        int64_t bytes, price, duration, created, expires;
        bool expired;
} Item;

typedef struct World {
        uint64_t state;
        Item items[ITEMS];
        Library *lib;
        char *dir;
        StrBuf text;
        bool has_status;
        int64_t now;
} World;

typedef bool Answer[ITEMS];

World *world_make(const char *name, uint64_t seed);
void world_done(World *w);
/* A number below n. */
uint64_t draw(World *w, uint64_t n);
/* A query, appended to w->text, and for which items it holds. */
void either(World *w, int depth, Answer ret);
