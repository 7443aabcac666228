/* SPDX-License-Identifier: MIT */

/*
 * Library against files, both ways: the database itself, every object row against its file, every
 * file against the rows. May run beside a night or an import: what those may be about to name is not
 * judged (keep_is_orphan()), nor, while a run is open, young files that it may be at work on.
 */

#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"
#include "core/asset.h"
#include "core/keep.h"
#include "core/object.h"
#include "core/post.h"
#include "core/take.h"

enum {
        IN_FLIGHT_MS = 60 * 60 * 1000, /* a file younger than this may be on its way in */
        VERIFY_TEXT_MAX = 512,
};

typedef struct Verify {
        Library *lib;
        bool quick;
        AlRepair repair;
        int64_t now_ms;
        AlDamageFn fn;
        void *userdata;
        AlVerifyTotals totals;
        Err *err;
} Verify;

typedef struct ObjectRow {
        int64_t id, bytes, assets;
        Digest digest;
        char path[OBJECT_NAME_MAX];
        char asset[ASSET_UID_LEN + 1]; /* the first that has it */
} ObjectRow;

static int report(Verify *v, AlDamage d, const char *subject, const char *text) {
        v->totals.damaged++;
        return v->fn(d, subject, text, v->userdata);
}

/* A check of the database said -EUCLEAN with a sentence: that is a finding; other errors are ours.
 */
static int database_finding(Verify *v, int r, const Err *why) {
        if (r == -EUCLEAN)
                return report(v, AL_DAMAGE_DATABASE, "library.db", err_text(why));
        if (r < 0 && v->err)
                *v->err = *why;
        return r;
}

/* A finding that no repair mends. */
static int lasting_finding(Verify *v, int r, const Err *why) {
        v->totals.database += r == -EUCLEAN;
        return database_finding(v, r, why);
}

static int check_foreign_keys(Library *lib, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_FOREIGN_KEY_CHECK, &s, err, "");

        if (r < 0)
                return r;
        if (r == 1)
                r = err_set(err, -EUCLEAN, "row %lld of table '%s' refers to a missing row of '%s'",
                            (long long) db_col_int(s, 1), db_col_text(s, 0), db_col_text(s, 2));
        db_reset(s);
        return r;
}

static int verify_postings(Verify *v) {
        Err why = {0};
        int r = post_verify(v->lib, &why);

        if (r == -EUCLEAN && v->repair)
                return database_finding(v, r, &why) < 0 ? r : post_rebuild(v->lib, v->err);
        return database_finding(v, r, &why);
}

/* The word of a database that is damaged is no ground to change anything, least of all files. */
static int verify_pages(Verify *v) {
        Err why = {0};
        int r = db_check(v->lib->db, &why);

        if (r == -EUCLEAN)
                v->repair = AL_REPAIR_NOTHING;
        return lasting_finding(v, r, &why);
}

static int verify_database(Verify *v) {
        Err why = {0};
        int r = lasting_finding(v, check_foreign_keys(v->lib, &why), &why);

        why = (Err){0};
        if (r >= 0)
                r = lasting_finding(v, al_spend_verify(v->lib, &why), &why);
        why = (Err){0};
        if (r >= 0)
                r = lasting_finding(v, takes_verify(v->lib, &why), &why);
        return r < 0 ? r : verify_postings(v);
}

static int collect_assets(Library *lib, int64_t object, Strv *ids, Err *err) {
        Stmt *s;
        int r = db_query(lib->db, SQL_OBJECT_ASSETS, &s, err, "l", object);

        if (r < 0)
                return r;
        for (; r == 1; r = db_step(lib->db, s, err)) {
                r = strv_add(ids, db_col_text(s, 0));
                if (r < 0)
                        break;
        }
        db_reset(s);
        return r;
}

static int reject_assets(Verify *v, const ObjectRow *o, const char *text) {
        _cleanup_(strv_done) Strv ids = {0};
        int r = collect_assets(v->lib, o->id, &ids, v->err);

        for (size_t i = 0; r >= 0 && i < ids.n; i++)
                r = al_asset_set_status(v->lib, ids.items[i], ASSET_REJECTED, text, "verify",
                                        v->now_ms, v->err);
        if (r < 0)
                return r;
        return db_exec(v->lib->db, SQL_OBJECT_LOST, NULL, v->err, "ll", o->id, v->now_ms);
}

/* Its assets are rejected, and what is left of the file is put aside, so that the same bytes may be
 * stored again. */
static int repair_object(Verify *v, const ObjectRow *o, const char *text) {
        int r = db_begin(v->lib->db, v->err);

        if (r < 0)
                return r;
        r = lib_end(v->lib, reject_assets(v, o, text), v->err);
        return r < 0 ? r : keep_quarantine(v->lib, o->path, v->now_ms, v->err);
}

/* Whether somebody signed for the bytes that are no more. */
static int is_approved(Verify *v, const ObjectRow *o, bool *ret) {
        Stmt *s;
        int r = db_query(v->lib->db, SQL_OBJECT_APPROVED, &s, v->err, "l", o->id);

        if (r < 0)
                return r;
        *ret = r == 1;
        db_reset(s);
        return 0;
}

static int report_object(Verify *v, AlDamage d, const ObjectRow *o, const char *what) {
        char text[VERIFY_TEXT_MAX];
        bool approved = false;
        int r = is_approved(v, o, &approved);

        if (r < 0)
                return r;
        (void) snprintf(text, sizeof text, "asset '%s': %s%s", o->asset, what,
                        approved ? "; its approval is void" : "");
        return report(v, d, o->path, text);
}

static int object_damaged(Verify *v, AlDamage d, const ObjectRow *o, const char *what) {
        int r = report_object(v, d, o, what);

        return r < 0 || !v->repair ? r : repair_object(v, o, what);
}

/* Perhaps only we may not: told, and left as it is. */
static int object_closed(Verify *v, const ObjectRow *o, int error) {
        char text[VERIFY_TEXT_MAX];

        if (error == -EMFILE || error == -ENFILE || error == -ENOMEM) /* ours, not the file's */
                return err_errno(v->err, error, "cannot open '%s/%s'", v->lib->dir, o->path);
        (void) snprintf(text, sizeof text, "its file cannot be opened: %s", strerror(-error));
        return report_object(v, AL_DAMAGE_HASH, o, text);
}

static int check_bytes(Verify *v, const ObjectRow *o, int fd) {
        uint64_t bytes;
        Digest d;
        int r = digest_of_fd(fd, &d, &bytes);

        if (r < 0)
                return object_damaged(v, AL_DAMAGE_HASH, o, "its file cannot be read");
        if (!digest_equal(&d, &o->digest))
                return object_damaged(v, AL_DAMAGE_HASH, o, "its file has other bytes than it had");
        v->totals.bytes += (int64_t) bytes;
        return 0;
}

static int check_object(Verify *v, const ObjectRow *o) {
        _cleanup_(closep) int fd = -1;
        char text[VERIFY_TEXT_MAX];
        struct stat st;

        v->totals.objects++;
        v->totals.assets += o->assets;
        fd = fs_open_beneath(v->lib->dir_fd, o->path, O_RDONLY | O_NONBLOCK, 0);
        if (fd == -ENOENT)
                return object_damaged(v, AL_DAMAGE_MISSING, o, "its file is missing");
        if (fd == -ELOOP || fd == -ENOTDIR || fd == -ENXIO) /* a link, a file, a socket */
                return object_damaged(v, AL_DAMAGE_MISSING, o,
                                      "in place of its file is something else");
        if (fd < 0)
                return object_closed(v, o, fd);
        if (fstat(fd, &st) < 0)
                return err_errno(v->err, -errno, "cannot read '%s/%s'", v->lib->dir, o->path);
        if (!S_ISREG(st.st_mode))
                return object_damaged(v, AL_DAMAGE_MISSING, o,
                                      "in place of its file is something else");
        if (st.st_size != o->bytes) {
                (void) snprintf(text, sizeof text, "its file has %lld bytes instead of %lld",
                                (long long) st.st_size, (long long) o->bytes);
                return object_damaged(v, AL_DAMAGE_SIZE, o, text);
        }
        if (!v->quick)
                return check_bytes(v, o, fd);
        v->totals.bytes += st.st_size;
        return 0;
}

static int object_read(Stmt *s, ObjectRow *ret) {
        const void *blob;
        size_t n;

        *ret = (ObjectRow){
                .id = db_col_int(s, 0), .bytes = db_col_int(s, 2), .assets = db_col_int(s, 5)};
        blob = db_col_blob(s, 1, &n);
        if (n != sizeof ret->digest.bytes)
                return -EUCLEAN;
        memcpy(ret->digest.bytes, blob, n);
        (void) snprintf(ret->asset, sizeof ret->asset, "%s",
                        db_col_text(s, 4) ? db_col_text(s, 4) : "none");
        return object_name(&ret->digest, db_col_text(s, 3), ret->path) < 0 ? -EUCLEAN : 0;
}

/* 1 and the next object, 0 at the end: one short read each, so that an hour of hashing keeps no
 * snapshot and the log stays short. */
static int object_next(Verify *v, int64_t after, ObjectRow *ret) {
        Stmt *s;
        int r = db_query(v->lib->db, SQL_OBJECT_AFTER, &s, v->err, "l", after);

        if (r < 0)
                return r;
        if (r == 1 && object_read(s, ret) < 0)
                r = err_set(v->err, -EUCLEAN, "object %lld of the library cannot be read",
                            (long long) ret->id);
        db_reset(s);
        return r;
}

static int verify_objects(Verify *v) {
        ObjectRow o = {0};
        int r;

        while ((r = object_next(v, o.id, &o)) == 1) {
                r = check_object(v, &o);
                if (r < 0)
                        return r;
        }
        return r;
}

/* Whether so many files are gone at once that it is not the files that are lost. Their number is in
 * the totals then. */
static int everything_vanished(Verify *v, bool *ret) {
        int64_t missing = 0, objects = 0;
        ObjectRow o = {0};
        int r;

        while ((r = object_next(v, o.id, &o)) == 1) {
                _cleanup_(closep) int fd =
                        fs_open_beneath(v->lib->dir_fd, o.path, O_PATH | O_NOFOLLOW, 0);

                objects++;
                missing += fd == -ENOENT;
        }
        if (r < 0)
                return r;
        *ret = keep_is_unusual(missing, objects);
        if (*ret) {
                v->totals.objects = objects;
                v->totals.damaged = missing;
        }
        return 0;
}

static int run_is_open(Library *lib, bool *ret, Err *err) {
        int64_t any = 0;
        int r = db_query_int(lib->db, SQL_RUN_ANY_OPEN, &any, err);

        if (r >= 0)
                *ret = any != 0;
        return r;
}

/* Whether so many files have no row that it is the database that is not theirs. */
static int too_many_orphans(Verify *v, bool *ret) {
        int64_t orphans, files;
        bool running;
        int r = run_is_open(v->lib, &running, v->err);

        if (r >= 0)
                r = keep_count_orphans(v->lib, running ? v->now_ms - IN_FLIGHT_MS : INT64_MAX,
                                       &orphans, &files, v->err);
        if (r < 0)
                return r;
        *ret = keep_is_unusual(orphans, files);
        if (*ret) {
                v->totals.objects = files;
                v->totals.orphans = orphans;
        }
        return 0;
}

static int is_in_flight(Verify *v, const struct stat *st, bool *ret) {
        *ret = false;
        return v->now_ms - keep_mtime_ms(st) < IN_FLIGHT_MS ? run_is_open(v->lib, ret, v->err) : 0;
}

static int verify_object_file(const char *path, const struct stat *st, void *userdata) {
        Verify *v = userdata;
        bool known, young = false;
        int r = keep_is_object(v->lib, path, &known, v->err);

        if (r >= 0 && !known)
                r = is_in_flight(v, st, &young);
        if (r < 0 || known || young)
                return r;
        r = v->repair ? keep_quarantine_orphan(v->lib, path, v->now_ms, v->err)
                      : keep_is_orphan(v->lib, path, v->err);
        return r <= 0 ? r : report(v, AL_DAMAGE_ORPHAN, path, "no asset has this file");
}

static int verify_spool_file(const char *path, const struct stat *st, void *userdata) {
        Verify *v = userdata;
        bool owned, young = false;
        int r = keep_is_spool_of_open(v->lib, path, &owned, v->err);

        if (r >= 0 && !owned)
                r = is_in_flight(v, st, &young);
        if (r < 0 || owned || young)
                return r;
        r = report(v, AL_DAMAGE_SPOOL, path, "no open attempt has this file");
        return r < 0 || !v->repair ? r : keep_quarantine(v->lib, path, v->now_ms, v->err);
}

static int verify_all(Verify *v) {
        bool unusual = false;
        int r = verify_pages(v);

        if (r >= 0 && v->repair == AL_REPAIR)
                r = everything_vanished(v, &unusual);
        if (r >= 0 && v->repair == AL_REPAIR && !unusual)
                r = too_many_orphans(v, &unusual);
        if (r >= 0 && unusual)
                return AL_REFUSED;
        if (r >= 0)
                r = verify_database(v);
        if (r >= 0)
                r = verify_objects(v);
        if (r >= 0)
                r = keep_walk(v->lib, "objects", verify_object_file, v, v->err);
        if (r >= 0)
                r = keep_walk(v->lib, "spool", verify_spool_file, v, v->err);
        return r < 0 ? r : 0;
}

int al_verify(Library *lib, bool quick, AlRepair repair, int64_t now_ms, AlDamageFn fn,
              void *userdata, AlVerifyTotals *ret, Err *err) {
        Verify v = {.lib = lib,
                    .quick = quick,
                    .repair = repair,
                    .now_ms = now_ms,
                    .fn = fn,
                    .userdata = userdata,
                    .err = err};
        int r;

        assert(lib && fn && ret);
        assert(!repair || lib->mode != AL_READ);
        r = verify_all(&v);
        if (r < 0)
                return r;
        *ret = v.totals;
        return r;
}
