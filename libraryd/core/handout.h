/* SPDX-License-Identifier: MIT */
#pragma once

/* The inside of handing files out: names, and files that have no name before they are whole. */

#include "core/lib.h"

enum {
        PART_NAME_MAX = AL_HAND_NAME_MAX + 64,
};

/* The i-th name to try for an asset, each with more of its id; false when there are no more (`name`
 * keeps the last). */
bool handout_name(const AlAsset *a, unsigned i, char name[static AL_HAND_NAME_MAX]);

/* Names given out, found by their hash. */
typedef struct NameSet {
        char **slots; /* NULL = free */
        size_t n, allocated;
} NameSet;

void names_done(NameSet *set);
bool names_has(const NameSet *set, const char *name);
int names_add(NameSet *set, const char *name);

struct Handout {
        Library *lib;
        char *dir;
        int dir_fd;
        AlHandMode mode;
        NameSet names; /* given out by this one */
};

/* A file being written under a hidden name. Its writer holds a lock on it, so that one whose writer
 * died is known by having none. */
typedef struct Part {
        int dir_fd; /* borrowed */
        int fd;
        char name[PART_NAME_MAX]; /* "": none, or it has its own name by now */
} Part;
#define PART_INIT ((Part){.dir_fd = -1, .fd = -1})

int part_open(int dir_fd, const char *name, mode_t mode, Part *ret);
/* Syncs it and gives it its name. -EEXIST unless `replace`. */
int part_place(Part *p, const char *name, bool replace);
/* Removes what has not got its name. */
void part_done(Part *p);
/* Removes the parts of writers that are dead; what cannot be removed stays. */
void parts_sweep(int dir_fd);

/* sidecar.c: "NAME.json" beside a file. 1 when something is there that is no sidecar of the asset. */
int sidecar_is_strangers(const Handout *h, const AlAsset *a, const char *name);
int sidecar_put(const Handout *h, const char *name, const Json *sidecar, Err *err);
