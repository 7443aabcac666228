/* SPDX-License-Identifier: MIT */
#pragma once

/* The inside of a Library, for the core's own files. */

#include "base/db.h"
#include "base/strbuf.h"
#include "core/library.h"
#include "core/sql_catalog.h"

#define LIB_MANIFEST "manifest.json" /* in the directory of a backup: see core/backup.h */

enum {
        LIB_DIR_MODE = 02750,   /* setgid: new files belong to the library's group */
        LIB_FILE_MODE = 0640,   /* the database and the run lock */
        LIB_OBJECT_MODE = 0440, /* objects never change */
        LIB_UID_MAX = 33,       /* with its NUL */
};

/* The database of a library that a backup is being restored to. */
#define LIB_RESTORING "library.db.restoring"

/* Where a query changes its way. Tests lower them, so that small libraries see every way. */
typedef struct QueryLimits {
        size_t text_ids; /* of assets with the words, to become a list; more are asked by chunk */
        size_t asked; /* of candidates that are asked one by one for a rare word, or a frequent tag */
        size_t few;   /* of what the composite index holds, to be drawn from at random */
        size_t expired; /* of those no posting knows to have expired, to become a list */
} QueryLimits;
#define QUERY_LIMITS ((QueryLimits){.text_ids = 2048, .asked = 1, .few = 16384, .expired = 1024})

struct Library {
        Db *db;
        Stmt *job_by_id; /* al_job_get(): put together once, like what it is made of */
        char *dir;       /* as given to al_open(): for sentences */
        char *dir_path;  /* absolute: for the paths of assets */
        int dir_fd;
        int lock_fd;    /* -1: the run lock is not held */
        int objects_fd; /* -1: al_lock_objects() is not held */
        AlMode mode;
        QueryLimits limits;
};

/* The end of a function that opened a transaction: commits when r >= 0 (an expected outcome, having
 * written nothing, commits nothing), else rolls back. Returns r, or why the commit failed. */
int lib_end(Library *lib, int r, Err *err);

/* One directory of ours, with our mode whatever the umask. 1: made; 0: it was there and is left as
 * it is. */
int lib_make_dir(int dir_fd, const char *path);

/* -EINVAL when the directory, which need not exist, is the library's own or lies in it: strange files
 * there are damage that `verify` would have to tell of. */
int lib_check_outside(const Library *lib, const char *dir, Err *err);

/* A copy for a member that may be NULL; -ENOMEM. */
int lib_copy(char **ret, const char *s);

/* Appends the catalogue's text of a part, on a line of its own, to a statement that is put
 * together. */
void sql_part(StrBuf *sql, unsigned id);

/* learned.c: something was made in so long. Inside the caller's transaction. */
int duration_add(Library *lib, const char *provider, const char *model, AssetKind kind,
                 int64_t took_ms, int64_t now_ms, Err *err);

/* Does nothing. Tests that end the process at a named point define their own. */
void al_crash_point(const char *name);
