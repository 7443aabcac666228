/* SPDX-License-Identifier: MIT */

/* Any bytes as a picture: refused or known for what they are, never a crash, and nothing the walks
 * let through is beyond the limits. */

#include <sys/mman.h>

#include "base/fs.h"
#include "media/probe.h"
#include "media/sniff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        _cleanup_(closep) int fd = memfd_create("fuzz", MFD_CLOEXEC);
        MediaInfo info = {0};
        Err err = {0};
        int r;

        assert(fd >= 0);
        assert(fs_write_all(fd, data, n) == 0);
        r = probe_fd(fd, &info, &err);
        if (r < 0) {
                assert(err.code == r && err.text[0]);
                return 0;
        }
        assert(sniff(data, n) != MEDIA_UNKNOWN);
        assert(info.width >= 1 && info.width <= MEDIA_SIDE_MAX);
        assert(info.height >= 1 && info.height <= MEDIA_SIDE_MAX);
        assert(info.width * info.height <= MEDIA_PIXELS_MAX);
        assert(info.duration_ms >= 0);
        return 0;
}
