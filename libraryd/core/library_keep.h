/* SPDX-License-Identifier: MIT */
#pragma once

/* Part of core/library.h: what is all but the same, what is given up, and copies of the whole. */

#include "core/library.h"

/* ---- near-duplicates ---- */

/* Every near-duplicate (its row) with the first of its group, groups in one piece. */
typedef int (*AlAlternateFn)(int64_t row, int64_t first, void *userdata);
int al_alternates(Library *lib, AlAlternateFn fn, void *userdata, Err *err) _must_check_;
/* The asset of a row, as al_alternates() names it; AL_NOT_FOUND. */
int al_asset_at(Library *lib, int64_t row, AlAsset *ret, Err *err) _must_check_;

/* ---- what the settings say ---- */

enum {
        AL_ALIKE_MAX = FINGERPRINT_FAR - 1,
};

/* What the settings say: kept in the library by each run, for tools that read no settings. */
typedef struct AlKeeping {
        int64_t alike;      /* assets of a cell up to this distance apart are near-duplicates */
        int64_t expired_ms; /* how long after its end of life an asset's file stays */
        int64_t refused_ms; /* how long the file of a retired or rejected one does */
        int64_t max_bytes;  /* of all objects; 0 = no limit */
} AlKeeping;
#define AL_KEEPING_DEFAULT                                                                         \
        ((AlKeeping){.alike = 140,                                                                 \
                     .expired_ms = INT64_C(30) * 24 * 3600 * 1000,                                 \
                     .refused_ms = INT64_C(30) * 24 * 3600 * 1000})
/* Those of the last al_keeping_set(), else the default. */
int al_keeping(Library *lib, AlKeeping *ret, Err *err) _must_check_;
int al_keeping_set(Library *lib, const AlKeeping *keeping, Err *err) _must_check_;

/* ---- gc ---- */

typedef struct AlGcOptions {
        const AlKeeping *keeping;
        int64_t now_ms;
        const char *who;
        bool dry_run;
        bool force; /* also an unusual share of all assets */
} AlGcOptions;
typedef struct AlGcTotals {
        int64_t assets, objects, bytes; /* given up, or to be */
        int64_t of;                     /* assets that have a file */
        int64_t missing;                /* files; more than 0 only when refused for them */
        int64_t over; /* bytes that are left beyond max_bytes: all of it is needed */
} AlGcTotals;
/* Called for each asset before it is given up. */
typedef int (*AlGcFn)(const char *id, const char *reason, int64_t bytes, void *userdata);

/* Gives up the files of assets that were never taken and have been expired, retired or rejected for
 * longer than `keeping` says; beyond max_bytes others of those kinds, the oldest first. Their rows stay,
 * with the status `collected`. A file goes when the last of its assets did, after that is durable; what a
 * crash left is removed by the next call. Takes the run lock: AL_TAKEN when a run or an import or a backup
 * is at work. AL_REFUSED, with the totals, when an unusual share of all would go (a clock that is wrong, a
 * recipe's max_age with a slip) and neither `force` nor `dry_run` is set; or when all files, or an unusual
 * share of those that would go, are missing (`missing`: a file system that is not mounted), without
 * `force`. */
int al_gc(Library *lib, const AlGcOptions *options, AlGcFn fn, void *userdata, AlGcTotals *ret,
          Err *err) _must_check_;

/* ---- backup ---- */

typedef struct AlBackupTotals {
        int64_t objects, bytes;       /* of the library */
        int64_t linked, copied, kept; /* kept: there from an earlier backup */
        int64_t missing;              /* objects whose file is gone or wrong */
} AlBackupTotals;

/* Copies the library, as it is at one moment, into the directory `to`, while others may write. Objects are
 * hard links where the file system allows, else copies; those there from an earlier backup are kept. The
 * backup is itself a library that can be read and verified. An earlier one in the same place stays good
 * until the new one is complete. AL_TAKEN: gc is at work, or another backup to the same place. -EEXIST:
 * something else is there. */
int al_backup(Library *lib, const char *to, int64_t now_ms, AlBackupTotals *ret,
              Err *err) _must_check_;

/* Makes a library in the directory `to` out of a backup. Every byte is compared with its hash; the database
 * comes last, so that what was interrupted is no library and may be continued. AL_TAKEN: another call
 * does so. -EEXIST: a library, or anything else, is there. -EUCLEAN: the backup's database is not the one it was. */
int al_restore(const char *backup, const char *to, AlBackupTotals *ret, Err *err) _must_check_;

/* ---- import ---- */

/* A file that was not generated here. */
typedef struct AlImport {
        AssetKind kind;
        const char *brand, *hook, *category;
        const Json *tags;       /* object key -> text; NULL: none */
        const char *name, *who; /* of the file it came from; who brought it */
        AlNewAsset asset;       /* its spool file is whole */
} AlImport;

/* AL_OK: *ret_id is a new asset, ready, of no cell. AL_TAKEN: *ret_id has these bytes and axes already;
 * nothing was done, the spool file is left. The caller holds al_lock_objects(). */
int al_import(Library *lib, const AlImport *import, int64_t now_ms, char ret_id[static 13],
              Err *err) _must_check_;
/* Only looks: AL_TAKEN with the id of the asset that has these bytes and axes, else AL_NOT_FOUND. */
int al_import_find(Library *lib, const Digest *digest, const char *brand, const char *hook,
                   const char *category, char ret_id[static 13], Err *err) _must_check_;
/* "spool/import-...": a name nobody has. Caller frees. */
char *al_import_spool_name(void);

/* ---- work beside others ---- */

/* Held (shared) by whoever brings objects in or copies them, so that none is judged or given up
 * meanwhile. Released by al_close(). AL_TAKEN: gc is at work. */
int al_lock_objects(Library *lib, Err *err) _must_check_;
