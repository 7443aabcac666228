/* SPDX-License-Identifier: MIT */

/* An asset's file against what the library says of it. */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "core/lib.h"

static const char *const words[] = {
        [AL_FILE_WHOLE] = "whole",
        [AL_FILE_MISSING] = "missing",
        [AL_FILE_CHANGED] = "changed",
};
static_assert(ARRAY_LEN(words) == _AL_FILE_STATE_MAX, "one word a state");

const char *al_file_state_word(AlFileState s) {
        assert(s >= 0 && s < _AL_FILE_STATE_MAX);
        return words[s];
}

static int compare(int fd, const AlAsset *a, AlFileState *ret) {
        char hex[DIGEST_HEX_MAX];
        struct stat st;
        uint64_t n;
        Digest d;
        int r;

        if (fstat(fd, &st) < 0)
                return -errno;
        *ret = AL_FILE_CHANGED;
        if (!S_ISREG(st.st_mode) || st.st_size != a->bytes)
                return 0;
        r = digest_of_fd(fd, &d, &n);
        if (r < 0)
                return r;
        digest_hex(&d, hex);
        if (streq(hex, a->sha256))
                *ret = AL_FILE_WHOLE;
        return 0;
}

int al_asset_check(Library *lib, const AlAsset *a, AlFileState *ret, Err *err) {
        _cleanup_(closep) int fd = -1;
        AlFileState state = AL_FILE_MISSING;
        int r = 0;

        assert(lib && a && ret);
        fd = fs_open_beneath(lib->dir_fd, a->path + strlen(lib->dir_path) + 1,
                             O_RDONLY | O_NONBLOCK, 0);
        if (fd >= 0)
                r = compare(fd, a, &state);
        else if (fd == -ELOOP || fd == -ENOTDIR || fd == -ENXIO) /* something else in its place */
                state = AL_FILE_CHANGED;
        else if (fd != -ENOENT)
                r = fd;
        if (r < 0)
                return err_errno(err, r, "cannot read the file of asset '%s'", a->id);
        *ret = state;
        return 0;
}
