/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A peer of the library's queries: what is usually done, a table of tags and assets with an index both
 * ways round, WITHOUT ROWID, and a join over it, rarest tag first. It holds the shelf alone, so that it
 * need not ask what is ready. And a floor: 20 rows by primary key. Both end the program on an error.
 */

#include <stdint.h>

typedef struct Join Join;

/* Made from the library in `dir`, once, in minutes; says how large it is. */
Join *join_open(const char *dir, const char *path);
Join *join_close(Join *join);

/* Newest 20 of "brand:acme and k:v not k:v". How many it found. */
int join_newest(Join *join, const char *terms);
/* 20 rows of the library, whose places are drawn by `seed`, by primary key. */
int join_floor(Join *join, uint64_t seed);
