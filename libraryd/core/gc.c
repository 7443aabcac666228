/* SPDX-License-Identifier: MIT */

/*
 * Giving files up. In this order, so that a listed asset always has its file:
 *
 *      one transaction: assets -> collected; objects without any other asset -> lost, and doomed
 *      ------------------------------------------------------------------------------------------
 *      unlink the files of doomed objects -> fsync their directories -> forget that they are doomed
 *
 * A crash between leaves files nobody lists, and the list of them. No run, import or backup is at work
 * meanwhile: none can be about to list such a file again.
 */

#include <fcntl.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fs.h"
#include "core/asset.h"
#include "core/backup.h"
#include "core/keep.h"
#include "core/object.h"

enum {
        GC_VICTIMS_MAX = 1000000, /* in one call */
        GC_VICTIMS_STEP = 1024,
        GC_BATCH = 100, /* assets in one transaction, objects between two syncs */
        GC_REASON_MAX = 96,
        FANS = 256, /* objects/00 to objects/ff */
};

typedef struct Victim {
        int64_t asset, object, bytes, created_ms;
        bool last; /* the only asset of its object */
        bool due;  /* its time is over; else only when room is short */
        char id[ASSET_UID_LEN + 1];
        char reason[GC_REASON_MAX];
} Victim;

typedef struct Gc {
        Library *lib;
        const AlGcOptions *options;
        AlGcFn fn;
        void *userdata;
        Victim *victims;
        size_t n, room;
        int64_t bytes; /* of all objects */
        AlGcTotals totals;
        Err *err;
} Gc;

static void gc_done(Gc *g) {
        free(g->victims);
}

/* ---- who ---- */

static void victim_read(const Gc *g, Stmt *s, Victim *ret) {
        const AlKeeping *k = g->options->keeping;
        AssetStatus status = asset_status_from_word(db_col_text(s, 5));
        bool refused = status == ASSET_RETIRED || status == ASSET_REJECTED;
        int64_t age_ms = g->options->now_ms - db_col_int(s, 6);
        char age[TIME_TEXT_MAX];

        *ret = (Victim){.asset = db_col_int(s, 0),
                        .object = db_col_int(s, 2),
                        .bytes = db_col_int(s, 3),
                        .created_ms = db_col_int(s, 4),
                        .last = db_col_int(s, 7) == 1,
                        .due = age_ms >= (refused ? k->refused_ms : k->expired_ms)};
        duration_format(MAX_OF(age_ms, (int64_t) 0), age);
        (void) snprintf(ret->id, sizeof ret->id, "%s", db_col_text(s, 1));
        (void) snprintf(ret->reason, sizeof ret->reason, "%s for %s",
                        refused ? asset_status_word(status) : "expired", age);
}

static int victims_grow(Gc *g) {
        Victim *more;

        if (g->n < g->room)
                return 0;
        more = reallocarray(g->victims, g->room + GC_VICTIMS_STEP, sizeof *more);
        if (!more)
                return err_errno(g->err, -ENOMEM, "cannot list what may go");
        g->victims = more;
        g->room += GC_VICTIMS_STEP;
        return 0;
}

/* All that may go at all, by row; one short read each. */
static int victims_collect(Gc *g) {
        int64_t after = 0;
        Stmt *s;
        int r;

        for (;;) {
                r = victims_grow(g);
                if (r >= 0)
                        r = db_query(g->lib->db, SQL_GC_NEXT, &s, g->err, "ll", after,
                                     g->options->now_ms);
                if (r <= 0)
                        return r;
                victim_read(g, s, &g->victims[g->n]);
                db_reset(s);
                after = g->victims[g->n].asset;
                if (++g->n == GC_VICTIMS_MAX)
                        return 0;
        }
}

/* Those whose time is over, then the oldest. */
static int by_urgency(const void *a, const void *b) {
        const Victim *x = a, *y = b;

        if (x->due != y->due)
                return x->due ? -1 : 1;
        return x->created_ms < y->created_ms ? -1 : x->created_ms > y->created_ms;
}

static int sizes(Gc *g) {
        Stmt *s;
        int r = db_query(g->lib->db, SQL_GC_SIZES, &s, g->err, "");

        if (r < 0)
                return r;
        g->bytes = db_col_int(s, 0);
        g->totals.of = db_col_int(s, 1);
        db_reset(s);
        return 0;
}

/* Keeps those that go. An object of several assets is counted with none of them: what it frees, and
 * when, is known only at the end. */
static int victims_choose(Gc *g) {
        const AlKeeping *k = g->options->keeping;
        int64_t over;
        size_t n = 0;
        int r = sizes(g);

        if (r < 0)
                return r;
        over = k->max_bytes > 0 ? g->bytes - k->max_bytes : 0;
        if (g->n > 0)
                qsort(g->victims, g->n, sizeof *g->victims, by_urgency);
        for (; n < g->n && (g->victims[n].due || over > 0); n++)
                if (g->victims[n].last) {
                        over -= g->victims[n].bytes;
                        g->totals.bytes += g->victims[n].bytes;
                        g->totals.objects++;
                }
        g->n = n;
        g->totals.assets = (int64_t) n;
        g->totals.over = MAX_OF(over, (int64_t) 0);
        return 0;
}

/* ---- files ---- */

typedef struct Doomed {
        int64_t object;
        char path[OBJECT_NAME_MAX];
        int fan;
} Doomed;

static int doomed_read(Stmt *s, Doomed *ret, Err *err) {
        const void *blob;
        size_t n;
        Digest d;

        *ret = (Doomed){.object = db_col_int(s, 0)};
        blob = db_col_blob(s, 1, &n);
        if (n == sizeof d.bytes) {
                memcpy(d.bytes, blob, n);
                ret->fan = d.bytes[0];
                if (object_name(&d, db_col_text(s, 2), ret->path) >= 0)
                        return 0;
        }
        return err_set(err, -EUCLEAN, "object %lld of the library cannot be read",
                       (long long) ret->object);
}

/* Up to GC_BATCH of them; *ret_n 0 at the end. */
static int doomed_list(Gc *g, Doomed *list, size_t *ret_n) {
        Stmt *s;
        size_t n = 0;
        int r = db_query(g->lib->db, SQL_DOOMED_LIST, &s, g->err, "l", (int64_t) GC_BATCH);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(g->lib->db, s, g->err)) {
                r = doomed_read(s, &list[n], g->err);
                if (r < 0)
                        break;
                n++;
        }
        db_reset(s);
        *ret_n = n;
        return r;
}

static int doomed_unlink(Gc *g, const Doomed *list, size_t n) {
        bool touched[FANS] = {false};
        char fan[sizeof "objects/ab"];

        for (size_t i = 0; i < n; i++) {
                if (unlinkat(g->lib->dir_fd, list[i].path, 0) < 0) {
                        if (errno == ENOENT)
                                continue;
                        return err_errno(g->err, -errno, "cannot remove '%s/%s'", g->lib->dir,
                                         list[i].path);
                }
                touched[list[i].fan] = true;
                al_crash_point("gc-unlinked");
        }
        for (int i = 0; i < FANS; i++) {
                int r;

                if (!touched[i])
                        continue;
                (void) snprintf(fan, sizeof fan, "objects/%02x", (unsigned) i);
                r = fs_sync_dir(g->lib->dir_fd, fan);
                if (r < 0)
                        return err_errno(g->err, r, "cannot sync '%s/%s'", g->lib->dir, fan);
        }
        return 0;
}

static int doomed_forget(Gc *g, const Doomed *list, size_t n) {
        int r = db_begin(g->lib->db, g->err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r >= 0; i++)
                r = db_exec(g->lib->db, SQL_DOOMED_FORGET, NULL, g->err, "l", list[i].object);
        return lib_end(g->lib, r, g->err);
}

static int doomed_remove(Gc *g) {
        Doomed list[GC_BATCH];
        size_t n;
        int r;

        /* Stored once more since: no longer doomed. */
        r = db_exec(g->lib->db, SQL_DOOMED_SPARED, NULL, g->err, "");
        while (r >= 0) {
                r = doomed_list(g, list, &n);
                if (r < 0 || n == 0)
                        break;
                r = doomed_unlink(g, list, n);
                if (r >= 0)
                        r = doomed_forget(g, list, n);
        }
        return r;
}

/* ---- rows ---- */

static int collect_one(Gc *g, const Victim *v) {
        int r = al_asset_set_status(g->lib, v->id, ASSET_COLLECTED, v->reason, g->options->who,
                                    g->options->now_ms, g->err);

        if (r < 0)
                return r;
        r = db_exec(g->lib->db, SQL_DOOM, NULL, g->err, "l", v->object);
        return r < 0 ? r
                     : db_exec(g->lib->db, SQL_DOOM_LOST, NULL, g->err, "ll", v->object,
                               g->options->now_ms);
}

/* Somebody may have taken or approved it since it was listed. */
static int still_may_go(Gc *g, const Victim *v, bool *ret) {
        Stmt *s;
        int r = db_query(g->lib->db, SQL_GC_NEXT, &s, g->err, "ll", v->asset - 1,
                         g->options->now_ms);

        if (r < 0)
                return r;
        *ret = r == 1 && db_col_int(s, 0) == v->asset;
        db_reset(s);
        return 0;
}

static int collect_batch(Gc *g, const Victim *victims, size_t n) {
        int r = db_begin(g->lib->db, g->err);
        bool may;

        if (r < 0)
                return r;
        for (size_t i = 0; i < n && r >= 0; i++) {
                r = still_may_go(g, &victims[i], &may);
                if (r < 0 || !may)
                        continue;
                r = g->fn(victims[i].id, victims[i].reason, victims[i].bytes, g->userdata);
                if (r >= 0)
                        r = collect_one(g, &victims[i]);
        }
        r = lib_end(g->lib, r, g->err);
        al_crash_point("gc-committed");
        return r;
}

/* How many of those that go have no file to free. */
static int victims_missing(Gc *g, int64_t *ret) {
        *ret = 0;
        for (size_t i = 0; i < g->n; i++) {
                BackupObject o;
                struct stat st;
                int r = backup_next(g->lib->db, g->victims[i].object - 1, &o, g->err);

                if (r < 0)
                        return r;
                *ret += r == 1 && o.id == g->victims[i].object &&
                        fstatat(g->lib->dir_fd, o.path, &st, AT_SYMLINK_NOFOLLOW) < 0 &&
                        errno == ENOENT;
        }
        return 0;
}

/* Whether so many files are gone at once that their file system is not mounted: none at all, or most of
 * those that are looked for. Then no room would be made, and their files would never go. */
static int everything_vanished(Gc *g, bool *ret) {
        bool any;
        int r = keep_has_objects(g->lib->dir_fd, &any);

        if (r < 0)
                return err_errno(g->err, r, "cannot read '%s/objects'", g->lib->dir);
        if (any)
                r = victims_missing(g, &g->totals.missing);
        else
                g->totals.missing = g->bytes > 0 ? g->totals.of : 0;
        *ret = any ? keep_is_unusual(g->totals.missing, (int64_t) g->n) : g->totals.missing > 0;
        return r;
}

static int collect_all(Gc *g) {
        int r = doomed_remove(g); /* what a crash left */

        for (size_t i = 0; i < g->n && r >= 0; i += GC_BATCH) {
                r = collect_batch(g, g->victims + i, MIN_OF((size_t) GC_BATCH, g->n - i));
                if (r >= 0)
                        r = doomed_remove(g);
        }
        return r;
}

static int tell_all(Gc *g) {
        int r = 0;

        for (size_t i = 0; i < g->n && r >= 0; i++)
                r = g->fn(g->victims[i].id, g->victims[i].reason, g->victims[i].bytes, g->userdata);
        return r;
}

static int gc(Gc *g, AlGcTotals *ret) {
        bool vanished = false;
        int r = victims_collect(g);

        if (r >= 0)
                r = victims_choose(g);
        if (r >= 0 && !g->options->force)
                r = everything_vanished(g, &vanished);
        if (r < 0)
                return r;
        if (!vanished)
                g->totals.missing = 0;
        *ret = g->totals;
        if (vanished)
                return AL_REFUSED;
        if (g->options->dry_run)
                return tell_all(g);
        if (!g->options->force && keep_is_unusual(g->totals.assets, g->totals.of))
                return AL_REFUSED;
        return collect_all(g);
}

int al_gc(Library *lib, const AlGcOptions *options, AlGcFn fn, void *userdata, AlGcTotals *ret,
          Err *err) {
        _cleanup_(gc_done)
                Gc g = {.lib = lib, .options = options, .fn = fn, .userdata = userdata, .err = err};
        int r;

        assert(lib && options && options->keeping && options->who && fn && ret);
        if (options->dry_run)
                return gc(&g, ret);
        assert(lib->mode != AL_READ);
        r = al_lock_run(lib, err);
        if (r != 0)
                return r;
        r = keep_lock_alone(lib, err);
        if (r == 0)
                r = gc(&g, ret);
        closep(&lib->objects_fd);
        closep(&lib->lock_fd);
        lib->objects_fd = lib->lock_fd = -1;
        return r;
}
