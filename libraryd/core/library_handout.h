/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Part of the core's public header, library.h: files handed out under names people can read, into a
 * directory of theirs.
 *
 *      acme_urgency_story_3f2a.png         brand, hook, format (else category), beginning of the id
 *      acme_urgency_story_3f2a.png.json    the sidecar
 *
 * A name is made of lower-case letters, digits, '.', '-' and '_' alone and never begins with a dot,
 * whatever an axis says; the id in it grows until nothing else has the name. Nothing that is there
 * is overwritten, but for sidecars of the same asset. Handing the same asset out again finds its
 * file and leaves it: after a failure the same calls go on where they stopped. A file appears under
 * its name whole and synced, its bytes compared with the asset's SHA-256.
 */

#include <stdio.h>

#include "core/library.h"

typedef enum AlHandMode {
        AL_HAND_AUTO, /* a hard link, else a copy (shared blocks where the file system can) */
        AL_HAND_LINK, /* a hard link or an error */
        AL_HAND_COPY, /* a file of its own */
} AlHandMode;

typedef enum AlHandHow {
        AL_HANDED_LINK,
        AL_HANDED_COPY,
        AL_HANDED_BEFORE, /* it was there already */
} AlHandHow;

enum {
        AL_HAND_NAME_MAX = 129, /* with the 0 at the end; ad platforms want no more than 128 */
};

typedef struct Handout Handout;

/* Makes `dir` when it is missing. One error tells what is wrong before anything is handed out:
 * -EACCES, -ENOTDIR, -EROFS; -EINVAL for a directory in the library itself. */
int al_handout_open(Library *lib, const char *dir, AlHandMode mode, Handout **ret,
                    Err *err) _must_check_;
Handout *al_handout_free(Handout *h); /* accepts NULL */
DEFINE_CLEANUP(Handout, al_handout_free);

/* One asset, with `sidecar` (may be NULL) beside it. The name it got, below the directory, in
 * `name`. -EUCLEAN: its file in the library is missing, may not be read, is none or has other
 * bytes than it had, which says nothing about the next one; -EXDEV, -EPERM: AL_HAND_LINK cannot;
 * -ENOSPC and others of the file system. */
int al_handout_put(Handout *h, const AlAsset *a, const Json *sidecar,
                   char name[static AL_HAND_NAME_MAX], AlHandHow *ret_how, Err *err) _must_check_;
/* Makes the names durable. */
int al_handout_sync(Handout *h, Err *err) _must_check_;

/* ---- lists ---- */

/* A list of what was handed out, beside the files, such as "manifest.csv". It is written under a
 * hidden name and gets its own when it is whole and all it names is durable; until then an older one
 * stays. */
typedef struct HandoutList HandoutList;

/* `first`: what every such list begins with (at most 64 bytes); a file of that name that begins
 * otherwise is a stranger's: -EEXIST. -EBUSY: another one is being written there. What writers left
 * that died is removed. */
int al_handout_list_begin(Handout *h, const char *name, const char *first, HandoutList **ret,
                          Err *err) _must_check_;
/* Where to write it. Borrowed. */
FILE *al_handout_list_file(HandoutList *l);
int al_handout_list_end(HandoutList *l, Err *err) _must_check_;
/* Without an end before it: forgets the list. Before al_handout_free(). Accepts NULL. */
HandoutList *al_handout_list_free(HandoutList *l);
DEFINE_CLEANUP(HandoutList, al_handout_list_free);
