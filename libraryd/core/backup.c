/* SPDX-License-Identifier: MIT */

/*
 * A backup while others write. Objects never change, so only the database needs one moment:
 *
 *      lock against gc -> database to library.db.new, synced, checked -> its objects, linked or copied
 *      -> directories synced -> manifest, naming the new database and the one that is there
 *      -> rename library.db.new to library.db, synced
 *
 * Until the manifest is written the last backup is as good as it was; after it, each of the two
 * databases is known and has all its objects.
 */

#include "core/backup.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"

#define NEW_DATABASE "library.db.new"
#define NEW_OBJECT "object.new"

typedef struct Backup {
        Library *lib;
        const char *dir;
        int dir_fd;
        char *new_path; /* DIR/library.db.new */
        Db *db;         /* the copy */
        bool may_link;
        Manifest manifest;
        AlBackupTotals totals;
        Err *err;
} Backup;

static void backup_done(Backup *b) {
        (void) db_close(b->db);
        closep(&b->dir_fd);
        free(b->new_path);
}

static int read_uid(Backup *b, char ret[static LIB_UID_MAX]) {
        Stmt *s;
        int r = db_query(b->lib->db, SQL_LIBRARY_UID, &s, b->err, "");

        if (r < 0)
                return r;
        (void) snprintf(ret, LIB_UID_MAX, "%s", r == 1 ? db_col_text(s, 0) : "");
        db_reset(s);
        return 0;
}

/* Ours: a manifest is there that names this library, or none, or nothing that a library has. */
static int check_place(Backup *b) {
        char uid[LIB_UID_MAX];
        int r = read_uid(b, uid);

        if (r < 0)
                return r;
        r = manifest_read(b->dir_fd, b->dir, &b->manifest, NULL);
        if (r == -ENOENT && faccessat(b->dir_fd, "library.db", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return err_set(b->err, -EEXIST,
                               "'%s' is a library and no backup; name another directory", b->dir);
        if (r < 0 && r != -ENOENT)
                return manifest_read(b->dir_fd, b->dir, &b->manifest, b->err);
        if (b->manifest.library[0] && !streq(b->manifest.library, uid))
                return err_set(b->err, -EEXIST,
                               "'%s' is the backup of another library; name another directory",
                               b->dir);
        memcpy(b->manifest.library, uid, sizeof uid);
        return 0;
}

static int open_place(Backup *b) {
        int r = lib_check_outside(b->lib, b->dir, b->err);

        if (r < 0)
                return r;
        r = fs_mkdir_p(AT_FDCWD, b->dir, BACKUP_DIR_MODE);
        if (r < 0)
                return err_errno(b->err, r, "cannot make '%s'", b->dir);
        b->dir_fd = open(b->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (b->dir_fd < 0)
                return err_errno(b->err, -errno, "cannot open '%s'", b->dir);
        r = backup_lock(b->dir_fd, b->dir, b->err);
        if (r != 0)
                return r;
        r = check_place(b);
        if (r >= 0) {
                r = lib_make_dir(b->dir_fd, "objects");
                if (r >= 0)
                        r = lib_make_dir(b->dir_fd, "spool"); /* as every library has */
                if (r < 0)
                        return err_errno(b->err, r, "cannot make the directories of '%s'", b->dir);
        }
        return r < 0 ? r : 0;
}

static int copy_database(Backup *b) {
        ManifestDb was = {0};
        int r;

        b->new_path = path_join(b->dir, NEW_DATABASE);
        if (!b->new_path)
                return err_errno(b->err, -ENOMEM, "cannot back up");
        if (unlinkat(b->dir_fd, NEW_DATABASE, 0) < 0 && errno != ENOENT)
                return err_errno(b->err, -errno, "cannot remove '%s'", b->new_path);
        r = db_backup(b->lib->db, b->new_path, b->err);
        if (r < 0)
                return r;
        al_crash_point("backup-database");
        r = backup_digest(b->dir_fd, "library.db", &was);
        if (r >= 0 || r == -ENOENT)
                r = backup_digest(b->dir_fd, NEW_DATABASE, &b->manifest.database);
        if (r < 0)
                return err_errno(b->err, r, "cannot read the databases in '%s'", b->dir);
        b->manifest.previous = was;
        r = db_open(b->new_path, DB_READ, &sql_catalog, &b->db, b->err);
        if (r >= 0)
                r = db_check(b->db, b->err);
        /* Pages are copied as they are, damaged ones too: what is there already may be better. */
        return r == -EUCLEAN ? err_prefix(b->err, r, "the backup in '%s' stays as it was", b->dir)
                             : r;
}

/* 0, or -errno; -ENOENT and -EBADMSG: it is damaged here. */
static int object_store(Backup *b, const BackupObject *o) {
        int r = backup_fan(b->dir_fd, o->path);

        if (r < 0)
                return r;
        if (backup_has(b->dir_fd, o->path, o->bytes)) {
                b->totals.kept++;
                return 0;
        }
        if (!backup_has(b->lib->dir_fd, o->path, o->bytes))
                return -ENOENT;
        /* One that was cut short by a crash of the machine makes room. */
        if (unlinkat(b->dir_fd, o->path, 0) < 0 && errno != ENOENT)
                return -errno;
        if (b->may_link) {
                if (linkat(b->lib->dir_fd, o->path, b->dir_fd, o->path, 0) == 0) {
                        b->totals.linked++;
                        return 0;
                }
                if (errno != EXDEV && errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP)
                        return -errno;
                b->may_link = errno == EMLINK; /* of this file only */
        }
        r = backup_copy(b->lib->dir_fd, o->path, b->dir_fd, o->path, NEW_OBJECT, &o->digest,
                        LIB_OBJECT_MODE);
        if (r >= 0)
                b->totals.copied++;
        return r;
}

static int store_objects(Backup *b) {
        BackupObject o = {0};
        int r;

        b->may_link = true;
        while ((r = backup_next(b->db, o.id, &o, b->err)) == 1) {
                b->totals.objects++;
                b->totals.bytes += o.bytes;
                r = object_store(b, &o);
                if (r == -ENOENT || r == -EBADMSG)
                        b->totals.missing++;
                else if (r < 0)
                        return err_errno(b->err, r, "cannot back up '%s' to '%s'", o.path, b->dir);
                al_crash_point("backup-object");
        }
        if (r < 0)
                return r;
        r = backup_sync_dirs(b->dir_fd);
        return r < 0 ? err_errno(b->err, r, "cannot sync '%s'", b->dir) : 0;
}

static int complete(Backup *b, int64_t now_ms) {
        int r;

        b->db = db_close(b->db);
        b->manifest.created_ms = now_ms;
        b->manifest.objects = b->totals.objects;
        b->manifest.bytes = b->totals.bytes;
        r = manifest_write(b->dir_fd, b->dir, &b->manifest, b->err);
        if (r < 0)
                return r;
        al_crash_point("backup-manifest");
        if (renameat(b->dir_fd, NEW_DATABASE, b->dir_fd, "library.db") < 0)
                return err_errno(b->err, -errno, "cannot rename '%s'", b->new_path);
        al_crash_point("backup-renamed");
        r = fs_sync_dir(b->dir_fd, NULL);
        return r < 0 ? err_errno(b->err, r, "cannot sync '%s'", b->dir) : 0;
}

int al_backup(Library *lib, const char *to, int64_t now_ms, AlBackupTotals *ret, Err *err) {
        _cleanup_(backup_done) Backup b = {.lib = lib, .dir = to, .dir_fd = -1, .err = err};
        int r;

        assert(lib && to && ret);
        r = al_lock_objects(lib, err);
        if (r == 0)
                r = open_place(&b);
        if (r == 0)
                r = copy_database(&b);
        if (r == 0)
                r = store_objects(&b);
        if (r == 0)
                r = complete(&b, now_ms);
        if (r == 0)
                *ret = b.totals;
        return r;
}
