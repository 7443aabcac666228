/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What backup.c and restore.c share. A backup is a library directory with a manifest:
 *
 *      {"schema": 1, "created": "2026-11-23T06:00:00Z", "library": "5e0c...", "objects": 4711,
 *       "bytes": 7012345678,
 *       "database": {"sha256": "...", "bytes": 4194304},
 *       "previous": {"sha256": "...", "bytes": 4190208}}
 *
 * `previous` is the database that stood there when the manifest was written: between the two renames of
 * a backup either of them is whole.
 */

#include "core/lib.h"
#include "core/object.h"

enum {
        BACKUP_DIR_MODE = 0750,
        BACKUP_FILE_MODE = 0440,
        BACKUP_MANIFEST_MAX = 64 * 1024,
};

typedef struct ManifestDb {
        Digest digest;
        int64_t bytes; /* 0 = none */
} ManifestDb;

typedef struct Manifest {
        int64_t created_ms;        /* only written */
        char library[LIB_UID_MAX]; /* whose it is; empty in one of an older program */
        int64_t objects, bytes;
        ManifestDb database, previous;
} Manifest;

/* -ENOENT when there is none, -EUCLEAN when it is no manifest of ours. */
int manifest_read(int dir_fd, const char *dir, Manifest *ret, Err *err);
int manifest_write(int dir_fd, const char *dir, const Manifest *m, Err *err);

/* The digest and size of a file below dir_fd. */
int backup_digest(int dir_fd, const char *name, ManifestDb *ret);

/* Copies a file through `part` (on the same file system as `to`), compares it with its digest, syncs and
 * renames it. -EBADMSG: its bytes are wrong; -ENOENT: it is not there. Nothing is left behind then. */
int backup_copy(int from_fd, const char *from, int to_fd, const char *to, const char *part,
                const Digest *digest, mode_t mode);
/* One at a time makes something in a directory; until its descriptor is closed. 0, or AL_TAKEN. */
int backup_lock(int dir_fd, const char *dir, Err *err);
/* Whether `name` is there, a file of this size. */
bool backup_has(int dir_fd, const char *name, int64_t bytes);

/* The next object of a database after the row `after`: 1, 0 at the end. */
typedef struct BackupObject {
        int64_t id, bytes;
        Digest digest;
        char path[OBJECT_NAME_MAX];
} BackupObject;
int backup_next(Db *db, int64_t after, BackupObject *ret, Err *err);

/* objects/ab of an object's path, made when missing. */
int backup_fan(int dir_fd, const char *path);
/* fsync of objects/ and all below it, then of the directory itself. */
int backup_sync_dirs(int dir_fd);
