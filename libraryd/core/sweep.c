/* SPDX-License-Identifier: MIT */

/* What a crash leaves behind is put aside at the start of the next run, never deleted: it may be
 * the bytes of something that was paid for. While an attempt is open (its answer is kept and could
 * not be taken further yet) objects stay where they are: one of them may be its result. So they do when
 * there are more of them than a crash leaves: then it is the database that is not theirs. */

#include <dirent.h>
#include <fcntl.h>

#include "core/keep.h"

typedef struct Sweep {
        Library *lib;
        int64_t now_ms, before_ms;
        int64_t moved;
        Err *err;
} Sweep;

static int sweep_move(Sweep *sw, const char *path) {
        int r = keep_quarantine(sw->lib, path, sw->now_ms, sw->err);

        if (r >= 0)
                sw->moved++;
        return r;
}

static int sweep_spool(const char *path, const struct stat *st, void *userdata) {
        Sweep *sw = userdata;
        bool owned;
        int r;

        (void) st;
        r = keep_is_spool_of_open(sw->lib, path, &owned, sw->err);
        if (r < 0 || owned)
                return r;
        return sweep_move(sw, path);
}

static int sweep_object(const char *path, const struct stat *st, void *userdata) {
        Sweep *sw = userdata;
        bool known;
        int r;

        if (keep_mtime_ms(st) > sw->before_ms)
                return 0;
        r = keep_is_object(sw->lib, path, &known, sw->err);
        if (r < 0 || known)
                return r;
        r = keep_quarantine_orphan(sw->lib, path, sw->now_ms, sw->err);
        sw->moved += r > 0;
        return r < 0 ? r : 0;
}

/* 0, or AL_REFUSED. */
static int sweep_objects(Sweep *sw) {
        int64_t orphans, files;
        bool open;
        int r = keep_any_open(sw->lib, &open, sw->err);

        if (r < 0 || open)
                return r;
        r = keep_count_orphans(sw->lib, sw->before_ms, &orphans, &files, sw->err);
        if (r < 0 || orphans == 0)
                return r;
        if (keep_is_unusual(orphans, files))
                return AL_REFUSED;
        return keep_walk(sw->lib, "objects", sweep_object, sw, sw->err);
}

/* The folders of commands that did not end with their night, whole. */
static int sweep_folders(Sweep *sw) {
        int fd = openat(sw->lib->dir_fd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
        DIR *d = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *e;

        if (!d) {
                r = -errno;
                closep(&fd);
                return err_errno(sw->err, r, "cannot read '%s/spool'", sw->lib->dir);
        }
        while (r >= 0 && (e = readdir(d))) {
                _cleanup_(freep) char *path = NULL;
                const char *dot = strrchr(e->d_name, '.');

                if (!dot || !streq(dot, KEEP_RUN_FOLDER))
                        continue;
                path = str_printf("spool/%s", e->d_name);
                r = path ? sweep_move(sw, path) : err_set(sw->err, -ENOMEM, "out of memory");
        }
        (void) closedir(d);
        return r;
}

int al_sweep(Library *lib, int64_t now_ms, int64_t older_than_ms, int64_t *ret_moved, Err *err) {
        Sweep sw = {.lib = lib, .now_ms = now_ms, .before_ms = now_ms - older_than_ms, .err = err};
        int r, objects = 0;

        assert(lib && older_than_ms >= 0);
        r = sweep_folders(&sw);
        if (r >= 0)
                r = keep_walk(lib, "spool", sweep_spool, &sw, err);
        if (r >= 0)
                r = objects = sweep_objects(&sw);
        /* Queries need not look at the times of these any more. */
        if (r >= 0)
                r = db_exec(lib->db, SQL_EXPIRED_MARK, NULL, err, "l", now_ms);
        if (r < 0)
                return r;
        if (ret_moved)
                *ret_moved = sw.moved;
        return objects;
}
