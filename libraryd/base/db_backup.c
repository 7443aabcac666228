/* SPDX-License-Identifier: MIT */

/* A copy of an open database, by SQLite's own means: all of it in one step, so that it is one moment's
 * and no writer can make it begin anew. */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/db_private.h"

enum {
        ALL_PAGES = -1,
        BACKUP_FILE_MODE = 0640,
};

static int fail(sqlite3 *to, int code, const char *path, Err *err) {
        int e = code == SQLITE_FULL            ? -ENOSPC
                : code == SQLITE_NOMEM         ? -ENOMEM
                : (code & 0xff) == SQLITE_BUSY ? -EBUSY
                                               : -EIO;

        return err_set(err, e, "cannot copy the database to '%s': %s (sqlite code %d)", path,
                       to ? sqlite3_errmsg(to) : sqlite3_errstr(code), code);
}

static int copy(Db *db, sqlite3 *to, const char *path, Err *err) {
        sqlite3_backup *b = sqlite3_backup_init(to, "main", db->handle, "main");
        int code, finished;

        if (!b)
                return fail(to, sqlite3_extended_errcode(to), path, err);
        code = sqlite3_backup_step(b, ALL_PAGES);
        finished = sqlite3_backup_finish(b);
        if (code == SQLITE_DONE)
                code = finished;
        return code == SQLITE_OK ? 0 : fail(to, code, path, err);
}

/* SQLite synced it; the mode is ours, and once more costs nothing. */
static int seal(const char *path, Err *err) {
        _cleanup_(closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

        if (fd < 0 || fchmod(fd, BACKUP_FILE_MODE) < 0 || fsync(fd) < 0)
                return err_errno(err, -errno, "cannot sync '%s'", path);
        return 0;
}

int db_backup(Db *db, const char *path, Err *err) {
        sqlite3 *to = NULL;
        int r, code;

        assert(db && path);
        code = sqlite3_open_v2(path, &to,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                                       SQLITE_OPEN_EXRESCODE,
                               NULL);
        r = code == SQLITE_OK ? copy(db, to, path, err) : fail(to, code, path, err);
        code = sqlite3_close(to);
        if (r >= 0 && code != SQLITE_OK)
                r = fail(NULL, code, path, err);
        return r < 0 ? r : seal(path, err);
}
