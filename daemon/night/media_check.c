/* SPDX-License-Identifier: MIT */

/*
 * Whether the media worker works, asked before anything is bought and before an answer of the last
 * run is looked at: it decodes a picture we know to be good. After this a worker's death speaks of
 * the picture it held. Without it, an installation whose worker cannot start would have every
 * answer called broken, and bought again. Asked once more when a worker died on a picture
 * (verify.c).
 */

#include <fcntl.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "night/state.h"

/* A black PNG of one pixel. */
static const unsigned char picture[] = {
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
        0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
        0x00, 0x3a, 0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78,
        0xda, 0x63, 0x60, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01, 0xe5, 0x27, 0xde, 0xfc, 0x00,
        0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

static void broken(Night *n, const Err *why) {
        night_stop(n, STOP_STORAGE, "the media worker '%s' does not work: %s; reinstall it",
                   media_program(), err_text(why));
}

static void on_checked(int result, const MediaInfo *info, const Err *err, void *userdata) {
        Night *n = userdata;

        (void) info;
        n->media_check = n->world->task_free(n->world, n->media_check);
        n->active--;
        if (result < 0)
                broken(n, err);
        night_check_over(n);
}

int media_check_picture(Err *err) {
        _cleanup_(closep) int fd = memfd_create("pregen-check", MFD_CLOEXEC);
        int r = fd < 0 ? -errno : fs_write_all(fd, picture, sizeof picture);

        return r < 0 ? err_errno(err, r, "cannot make a file in memory") : TAKE_FD(fd);
}

int media_check_start(Night *n, Err *err) {
        _cleanup_(closep) int fd = -1;
        Err why = {0};
        int r;

        assert(n);
        assert(!n->media_check);
        n->media_checked = true;
        fd = media_check_picture(err);
        if (fd < 0)
                return fd;
        r = n->world->probe(n->world, fd, on_checked, n, &n->media_check, &why);
        if (r < 0) {
                broken(n, &why);
                return 0;
        }
        n->active++;
        return 0;
}
