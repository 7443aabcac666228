/* SPDX-License-Identifier: MIT */

/*
 * A library out of a backup: the database under another name, then every object, compared with its hash
 * on the way, then the rename that makes it a library. What is interrupted before is continued by the
 * next call.
 */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core/backup.h"

#define PART LIB_RESTORING
#define OBJECT_PART "spool/restoring"

typedef struct Restore {
        const char *backup, *dir;
        int from_fd, to_fd;
        char *part_path;
        Db *db;
        AlBackupTotals totals;
        Err *err;
} Restore;

static void restore_done(Restore *r) {
        (void) db_close(r->db);
        closep(&r->from_fd);
        closep(&r->to_fd);
        free(r->part_path);
}

DEFINE_CLEANUP(DIR, closedir);

/* Empty, or what an interrupted call left. */
static int check_empty(Restore *s) {
        static const char *const ours[] = {"objects", "spool", PART, PART "-wal", PART "-shm"};
        _cleanup_(closep) int fd = openat(s->to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_(closedirp) DIR *d = NULL;
        struct dirent *e;

        if (faccessat(s->to_fd, "library.db", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return err_set(s->err, -EEXIST,
                               "there is a library at '%s': name a new directory, or move that one "
                               "away first",
                               s->dir);
        d = fd < 0 ? NULL : fdopendir(fd);
        if (!d)
                return err_errno(s->err, -errno, "cannot read '%s'", s->dir);
        (void) TAKE_FD(fd); /* the stream's now */
        while ((errno = 0, e = readdir(d))) {
                bool known = streq(e->d_name, ".") || streq(e->d_name, "..");

                for (size_t i = 0; i < ARRAY_LEN(ours); i++)
                        known = known || streq(e->d_name, ours[i]);
                if (!known)
                        return err_set(s->err, -EEXIST, "'%s' is not empty: name a new directory",
                                       s->dir);
        }
        return errno != 0 ? err_errno(s->err, -errno, "cannot read '%s'", s->dir) : 0;
}

static int open_places(Restore *s) {
        int r;

        s->from_fd = open(s->backup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->from_fd < 0)
                return err_errno(s->err, -errno, "cannot open the backup '%s'", s->backup);
        r = fs_mkdir_p(AT_FDCWD, s->dir, LIB_DIR_MODE & 0777);
        if (r < 0)
                return err_errno(s->err, r, "cannot make '%s'", s->dir);
        s->to_fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (s->to_fd < 0)
                return err_errno(s->err, -errno, "cannot open '%s'", s->dir);
        /* Two of them would write to the same files under their first names. */
        r = backup_lock(s->to_fd, s->dir, s->err);
        if (r == 0)
                r = check_empty(s);
        if (r != 0)
                return r;
        r = lib_make_dir(s->to_fd, "objects");
        if (r >= 0)
                r = lib_make_dir(s->to_fd, "spool");
        return r < 0 ? err_errno(s->err, r, "cannot make the directories of '%s'", s->dir) : 0;
}

/* The database must be one that the manifest knows. */
static int choose_database(Restore *s, ManifestDb *ret) {
        Manifest m;
        int r = manifest_read(s->from_fd, s->backup, &m, s->err);

        if (r < 0)
                return r;
        r = backup_digest(s->from_fd, "library.db", ret);
        if (r < 0)
                return err_errno(s->err, r, "cannot read the database of the backup '%s'",
                                 s->backup);
        if (!digest_equal(&ret->digest, &m.database.digest) &&
            (m.previous.bytes == 0 || !digest_equal(&ret->digest, &m.previous.digest)))
                return err_set(s->err, -EUCLEAN,
                               "the backup '%s' is damaged: its database is not the one its "
                               "manifest names; use another backup",
                               s->backup);
        return 0;
}

static int copy_database(Restore *s) {
        _cleanup_(freep) char *from = path_join(s->backup, "library.db");
        ManifestDb database;
        int r;

        s->part_path = path_join(s->dir, PART);
        if (!from || !s->part_path)
                return err_errno(s->err, -ENOMEM, "cannot restore");
        r = choose_database(s, &database);
        if (r < 0)
                return r;
        (void) unlinkat(s->to_fd, PART "-wal", 0); /* of an interrupted call; its end says more */
        (void) unlinkat(s->to_fd, PART "-shm", 0);
        r = backup_copy(s->from_fd, "library.db", s->to_fd, PART, OBJECT_PART, &database.digest,
                        LIB_FILE_MODE);
        if (r < 0)
                return err_errno(s->err, r, "cannot copy '%s' to '%s'", from, s->part_path);
        /* Brings an older one up to date, too. */
        r = db_open(s->part_path, DB_WRITE, &sql_catalog, &s->db, s->err);
        if (r >= 0)
                r = db_check(s->db, s->err);
        return r == -EUCLEAN
                       ? err_prefix(s->err, r, "the backup '%s' is damaged; use another", s->backup)
                       : r;
}

static int copy_object(Restore *s, const BackupObject *o) {
        int r = backup_fan(s->to_fd, o->path);

        if (r < 0)
                return r;
        if (backup_has(s->to_fd, o->path, o->bytes)) { /* renamed there when it was whole */
                s->totals.kept++;
                return 0;
        }
        r = backup_copy(s->from_fd, o->path, s->to_fd, o->path, OBJECT_PART, &o->digest,
                        LIB_OBJECT_MODE);
        if (r >= 0)
                s->totals.copied++;
        return r;
}

static int copy_objects(Restore *s) {
        BackupObject o = {0};
        int r;

        while ((r = backup_next(s->db, o.id, &o, s->err)) == 1) {
                s->totals.objects++;
                s->totals.bytes += o.bytes;
                r = copy_object(s, &o);
                if (r == -ENOENT || r == -EBADMSG)
                        s->totals.missing++;
                else if (r < 0)
                        return err_errno(s->err, r, "cannot restore '%s' to '%s'", o.path, s->dir);
                al_crash_point("restore-object");
        }
        if (r < 0)
                return r;
        r = backup_sync_dirs(s->to_fd);
        return r < 0 ? err_errno(s->err, r, "cannot sync '%s'", s->dir) : 0;
}

static int complete(Restore *s) {
        int r = db_checkpoint(s->db, s->err);

        if (r < 0)
                return r;
        s->db = db_close(s->db);
        (void) unlinkat(s->to_fd, PART "-wal", 0); /* empty: the checkpoint says so */
        (void) unlinkat(s->to_fd, PART "-shm", 0);
        if (renameat2(s->to_fd, PART, s->to_fd, "library.db", RENAME_NOREPLACE) < 0)
                return err_errno(s->err, -errno, "cannot rename '%s'", s->part_path);
        r = fs_sync_dir(s->to_fd, NULL);
        return r < 0 ? err_errno(s->err, r, "cannot sync '%s'", s->dir) : 0;
}

int al_restore(const char *backup, const char *to, AlBackupTotals *ret, Err *err) {
        _cleanup_(restore_done)
                Restore s = {.backup = backup, .dir = to, .from_fd = -1, .to_fd = -1, .err = err};
        int r;

        assert(backup && to && ret);
        r = open_places(&s);
        if (r == 0)
                r = copy_database(&s);
        if (r == 0)
                r = copy_objects(&s);
        if (r == 0)
                r = complete(&s);
        if (r != 0)
                return r;
        *ret = s.totals;
        return 0;
}
