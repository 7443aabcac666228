/* SPDX-License-Identifier: MIT */

/*
 * SQLite's file system with a journal of what was written since the last sync: of each write the
 * place, the bytes before and the bytes after. When the power goes, all of it is taken back and
 * some of it, by chance, done again: what a disk with a cache may have of it.
 */

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/crash.h"
#include "support/test.h"

enum {
        FILES_MAX = 16,
        PATH_LEN_MAX = 512,
        WAL_WRITE_LOCK = 0, /* of SQLite's file format */
        REFUSALS = 15,      /* more than SQLite tries in 150 ms, and fewer than twice that */
};

typedef struct Write Write;
struct Write {
        Write *before; /* newest first */
        sqlite3_int64 offset;
        int n, n_old;          /* n_old: of them that were there */
        unsigned char bytes[]; /* new, then old */
};

typedef struct Journal {
        char path[PATH_LEN_MAX]; /* "" = free */
        sqlite3_int64 synced_size;
        bool dirty;
        Write *writes;
} Journal;

typedef struct File {
        sqlite3_file base;
        Journal *journal; /* NULL: not ours to lose */
        sqlite3_file *real;
} File;

static Journal journals[FILES_MAX];
static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;
static bool shared;
static int refusals_left;

static sqlite3_file *real_of(sqlite3_file *f) {
        return ((File *) f)->real;
}

static Journal *journal_of(const char *path) {
        Journal *spare = NULL;

        for (size_t i = 0; i < FILES_MAX; i++) {
                if (streq(journals[i].path, path))
                        return &journals[i];
                if (!journals[i].path[0] && !spare)
                        spare = &journals[i];
        }
        CHECK(spare && strlen(path) < PATH_LEN_MAX);
        (void) snprintf(spare->path, PATH_LEN_MAX, "%s", path);
        return spare;
}

static void forget(Journal *j) {
        while (j->writes) {
                Write *w = j->writes;

                j->writes = w->before;
                free(w);
        }
        j->dirty = false;
}

static int size_of(sqlite3_file *real, sqlite3_int64 *ret) {
        return real->pMethods->xFileSize(real, ret);
}

/* Before anything changes in a file that was synced, its size is remembered. */
static void begin_changes(File *f) {
        if (f->journal->dirty)
                return;
        f->journal->dirty = true;
        CHECK_INT(size_of(f->real, &f->journal->synced_size), SQLITE_OK);
}

static void remember(File *f, const void *p, int n, sqlite3_int64 offset) {
        Write *w = malloc(sizeof *w + 2 * (size_t) n);
        sqlite3_int64 size;

        CHECK(w);
        CHECK_INT(size_of(f->real, &size), SQLITE_OK);
        *w = (Write){.before = f->journal->writes, .offset = offset, .n = n};
        if (size > offset)
                w->n_old = size - offset > n ? n : (int) (size - offset);
        memcpy(w->bytes, p, (size_t) n);
        if (w->n_old > 0)
                CHECK_INT(f->real->pMethods->xRead(f->real, w->bytes + n, w->n_old, offset),
                          SQLITE_OK);
        f->journal->writes = w;
}

static int x_close(sqlite3_file *f) {
        int r = real_of(f)->pMethods->xClose(real_of(f));

        free(real_of(f));
        return r;
}

static int x_read(sqlite3_file *f, void *p, int n, sqlite3_int64 offset) {
        return real_of(f)->pMethods->xRead(real_of(f), p, n, offset);
}

static int x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 offset) {
        if (crash_step())
                return SQLITE_IOERR_WRITE;
        if (((File *) f)->journal) {
                begin_changes((File *) f);
                remember((File *) f, p, n, offset);
        }
        return real_of(f)->pMethods->xWrite(real_of(f), p, n, offset);
}

/* A truncation reaches the disk at once: the harder case of the two, since the log is cut only after
 * what it held was synced elsewhere. */
static int x_truncate(sqlite3_file *f, sqlite3_int64 size) {
        Journal *j = ((File *) f)->journal;

        if (crash_step())
                return SQLITE_IOERR_TRUNCATE;
        if (j) {
                forget(j);
                j->synced_size = size;
        }
        return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int x_sync(sqlite3_file *f, int flags) {
        (void) flags;
        if (crash_step())
                return SQLITE_IOERR_FSYNC;
        if (((File *) f)->journal)
                forget(((File *) f)->journal);
        return SQLITE_OK;
}

static int x_file_size(sqlite3_file *f, sqlite3_int64 *ret) {
        return size_of(real_of(f), ret);
}

static int x_lock(sqlite3_file *f, int level) {
        return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int x_unlock(sqlite3_file *f, int level) {
        return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int x_check_reserved(sqlite3_file *f, int *ret) {
        return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret);
}

static int x_file_control(sqlite3_file *f, int op, void *arg) {
        return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int x_sector_size(sqlite3_file *f) {
        return real_of(f)->pMethods->xSectorSize(real_of(f));
}

/* Nothing is promised: no atomic, no ordered writes. */
static int x_characteristics(sqlite3_file *f) {
        (void) f;
        return 0;
}

static int x_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **ret) {
        return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret);
}

static int x_shm_lock(sqlite3_file *f, int offset, int n, int flags) {
        if (shared && offset == WAL_WRITE_LOCK &&
            flags == (SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE)) {
                if (refusals_left > 0) {
                        refusals_left--;
                        return SQLITE_BUSY;
                }
                refusals_left = REFUSALS;
        }
        return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void x_shm_barrier(sqlite3_file *f) {
        real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int x_shm_unmap(sqlite3_file *f, int delete) {
        return real_of(f)->pMethods->xShmUnmap(real_of(f), delete);
}

static const sqlite3_io_methods methods = {
        .iVersion = 2,
        .xClose = x_close,
        .xRead = x_read,
        .xWrite = x_write,
        .xTruncate = x_truncate,
        .xSync = x_sync,
        .xFileSize = x_file_size,
        .xLock = x_lock,
        .xUnlock = x_unlock,
        .xCheckReservedLock = x_check_reserved,
        .xFileControl = x_file_control,
        .xSectorSize = x_sector_size,
        .xDeviceCharacteristics = x_characteristics,
        .xShmMap = x_shm_map,
        .xShmLock = x_shm_lock,
        .xShmBarrier = x_shm_barrier,
        .xShmUnmap = x_shm_unmap,
};

static int x_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *ret_flags) {
        File *file = (File *) f;
        int r;

        (void) v;
        *file = (File){0};
        file->real = calloc(1, (size_t) real_vfs->szOsFile);
        CHECK(file->real);
        r = real_vfs->xOpen(real_vfs, name, file->real, flags, ret_flags);
        if (r != SQLITE_OK) {
                free(file->real);
                return r;
        }
        if (name && flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))
                file->journal = journal_of(name);
        file->base.pMethods = &methods;
        return SQLITE_OK;
}

static int x_delete(sqlite3_vfs *v, const char *name, int sync_dir) {
        (void) v;
        (void) sync_dir;
        if (crash_step())
                return SQLITE_IOERR_DELETE;
        return real_vfs->xDelete(real_vfs, name, 0);
}

static int x_sleep(sqlite3_vfs *v, int us) {
        (void) v;
        return us;
}

void crash_vfs_share(bool on) {
        shared = on;
        refusals_left = 0;
}

void crash_vfs_install(void) {
        real_vfs = sqlite3_vfs_find(NULL);
        CHECK(real_vfs);
        vfs = *real_vfs;
        vfs.szOsFile = sizeof(File);
        vfs.zName = "crash";
        vfs.pNext = NULL;
        vfs.xOpen = x_open;
        vfs.xDelete = x_delete;
        vfs.xSleep = x_sleep;
        CHECK_INT(sqlite3_vfs_register(&vfs, 1), SQLITE_OK);
}

static void write_at(int fd, const unsigned char *p, int n, sqlite3_int64 offset) {
        if (n > 0)
                CHECK_INT(pwrite(fd, p, (size_t) n, offset), n);
}

static void redo(int fd, const Write *w, uint64_t (*chance)(void *), void *userdata) {
        if (!w)
                return;
        redo(fd, w->before, chance, userdata);
        if (chance(userdata) % 2)
                write_at(fd, w->bytes, w->n, w->offset);
}

void crash_vfs_lose_power(uint64_t (*chance)(void *), void *userdata) {
        for (size_t i = 0; i < FILES_MAX; i++) {
                Journal *j = &journals[i];
                int fd;

                if (!j->path[0] || !j->dirty)
                        continue;
                fd = open(j->path, O_RDWR | O_CLOEXEC);
                if (fd >= 0) {
                        for (const Write *w = j->writes; w; w = w->before)
                                write_at(fd, w->bytes + w->n, w->n_old, w->offset);
                        CHECK_INT(ftruncate(fd, j->synced_size), 0);
                        redo(fd, j->writes, chance, userdata);
                        (void) close(fd);
                }
                forget(j);
        }
}

void crash_vfs_settle(void) {
        for (size_t i = 0; i < FILES_MAX; i++) {
                forget(&journals[i]);
                journals[i].path[0] = 0;
        }
}
