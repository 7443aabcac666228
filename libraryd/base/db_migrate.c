/* SPDX-License-Identifier: MIT */

/*
 * The schema's version is `user_version`: how many migrations were applied. Each runs in one
 * transaction together with its new version, so that a crash leaves a whole step or none; the
 * version is read again inside, since another process may have been first. A new database gets all
 * of them in one: it is there whole, or empty, and waits for the disk once.
 */

#include "base/db_private.h"

#include <inttypes.h>
#include <stdio.h>

enum {
        PRAGMA_MAX = 64,
};

int db_user_version(Db *db, int *ret, Err *err) {
        int64_t v;
        int r;

        assert(db);
        assert(ret);
        r = db_pragma_int(db, "PRAGMA user_version", &v, err);
        if (r < 0)
                return r;
        *ret = (int) v;
        return 0;
}

static int set_versions(Db *db, size_t version, Err *err) {
        char sql[PRAGMA_MAX];
        int r;

        (void) snprintf(sql, sizeof sql, "PRAGMA application_id = %d", (int) DB_APPLICATION_ID);
        r = db_control(db, sql, "set application_id", err);
        if (r < 0)
                return r;
        (void) snprintf(sql, sizeof sql, "PRAGMA user_version = %zu", version);
        return db_control(db, sql, "set user_version", err);
}

/* Within a transaction: applies step `i` unless somebody else just did. */
static int apply(Db *db, size_t i, Err *err) {
        const DbMigration *m = &db->catalog->migrations[i];
        int version, r;

        r = db_user_version(db, &version, err);
        if (r < 0)
                return r;
        if ((size_t) version != i)
                return 0;
        r = db_control(db, m->sql, m->name, err);
        if (r < 0)
                return r;
        return set_versions(db, i + 1, err);
}

/* Steps `from` to before `to`, in one transaction. */
static int steps(Db *db, size_t from, size_t to, Err *err) {
        int r;

        r = db_begin(db, err);
        if (r < 0)
                return r;
        for (size_t i = from; i < to && r >= 0; i++)
                r = apply(db, i, err);
        if (r < 0) {
                db_rollback(db);
                return r;
        }
        return db_commit(db, err);
}

/* A file without our application id is only ours when nothing at all is in it: a crash came between
 * its making and the first step. Or all that was in it is lost, which only the caller can tell. */
static int check_application(Db *db, const char *path, DbMode mode, Err *err) {
        int64_t id, schema = 0;
        int r;

        r = db_pragma_int(db, "PRAGMA application_id", &id, err);
        if (r == 0 && id == 0)
                r = db_pragma_int(db, "PRAGMA schema_version", &schema, err);
        if (r < 0)
                return err_prefix(err, r, "cannot read '%s'", path);
        if (id == DB_APPLICATION_ID)
                return 0;
        if (id == 0 && schema == 0 && mode == DB_CREATE)
                return 0;
        if (id == 0 && schema == 0)
                return err_set(err, -ENODATA, "nothing is in the database '%s'", path);
        return err_set(err, -EUCLEAN, "'%s' is no database of this program", path);
}

int db_migrate(Db *db, const char *path, DbMode mode, Err *err) {
        size_t newest;
        int version, r;

        assert(db);
        assert(path);
        newest = db->catalog->n_migrations;
        r = check_application(db, path, mode, err);
        if (r < 0)
                return r;
        r = db_user_version(db, &version, err);
        if (r < 0)
                return err_prefix(err, r, "cannot read '%s'", path);
        if (version < 0 || (size_t) version > newest)
                return err_set(err, -EPROTONOSUPPORT,
                               "'%s' has schema version %d, newer than this program's %zu; "
                               "use the newer program",
                               path, version, newest);
        if (mode == DB_READ && (size_t) version < newest)
                return err_set(err, -ESTALE,
                               "'%s' has schema version %d, older than this program's %zu; "
                               "a command that writes brings it up to date",
                               path, version, newest);
        for (size_t i = (size_t) version, next; i < newest; i = next) {
                next = version == 0 ? newest : i + 1;
                r = steps(db, i, next, err);
                if (r < 0)
                        return err_prefix(err, r, "cannot migrate '%s'", path);
        }
        /* A step may have rewritten a large part of the file into the log, which every query would
         * have to look through. That it cannot be emptied now is no error: the log is whole. */
        if (version > 0 && (size_t) version < newest)
                (void) db_checkpoint(db, NULL);
        return 0;
}
