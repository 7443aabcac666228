/* SPDX-License-Identifier: MIT */
#pragma once

/* Files of the library as verify and sweep see them. */

#include <sys/stat.h>

#include "core/lib.h"

/* How the names of spool files begin that an import owns. */
#define KEEP_IMPORT "import-"

/* How the name of a command's folder in the spool ends. */
#define KEEP_RUN_FOLDER ".run"

/* `path` is relative to the library: "spool/17.0", "objects/ab/<hash>.png". A negative return stops
 * the walk and is returned. */
typedef int (*KeepFn)(const char *path, const struct stat *st, void *userdata);

int64_t keep_mtime_ms(const struct stat *st);

/* Calls fn for everything below `top` ("objects" or "spool") that is no directory, nor in the folder
 * of a command. A file that disappears meanwhile is passed over. */
int keep_walk(Library *lib, const char *top, KeepFn fn, void *userdata, Err *err);

/* Whether any object is stored: stops at the first file in objects/00 to objects/ff. The directory of
 * a library that is not open yet, nor perhaps made. */
int keep_has_objects(int lib_dir_fd, bool *ret) _must_check_;

/* Whether an object row has exactly this path. */
int keep_is_object(Library *lib, const char *path, bool *ret, Err *err);
/* Whether an attempt that is still open owns this spool file. */
int keep_is_spool_of_open(Library *lib, const char *path, bool *ret, Err *err);

/* The lock of al_lock_objects(), alone; AL_TAKEN. */
int keep_lock_alone(Library *lib, Err *err);

/* Whether any attempt is open, or objects are brought in or copied (al_lock_objects()). Its result may
 * be an object already that no row names yet, so files below objects/ are not judged then. True of the
 * moment only: who judges a file asks after that was seen (keep_is_orphan()). */
int keep_any_open(Library *lib, bool *ret, Err *err);

/* Whether `n` of `of` is more than is ever lost or given up at once: a clock that is wrong, a slip in
 * a recipe, a file system that is not mounted. */
bool keep_is_unusual(int64_t n, int64_t of);

/* Counts the files below objects/, and those of them that no row names and that are not newer than
 * `before_ms`. */
int keep_count_orphans(Library *lib, int64_t before_ms, int64_t *ret_orphans, int64_t *ret_files,
                       Err *err);
/* Of a file below objects/ that was seen there: 1 when it is no asset's, and about to become none's;
 * else 0. */
int keep_is_orphan(Library *lib, const char *path, Err *err);
/* The same, and moves it to quarantine; outside of any transaction. */
int keep_quarantine_orphan(Library *lib, const char *path, int64_t now_ms, Err *err);

/* Moves a file to DIR/quarantine/<utc>-<name>; one that is gone already is fine. */
int keep_quarantine(Library *lib, const char *path, int64_t now_ms, Err *err);
