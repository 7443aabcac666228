/* SPDX-License-Identifier: MIT */

/* Sidecars: what is known of an asset, as JSON beside its file. */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core/handout.h"

enum {
        SIDECAR_MODE = 0644,
        SIDECAR_MAX = 4 * 1024 * 1024, /* bytes; nothing that we write is nearly as large */
};

/* What is there: 1 with its text, 0 for nothing; -EINVAL and -EFBIG when it cannot be one of ours. */
static int read_sidecar(const Handout *h, const char *side, char **ret, size_t *ret_n) {
        struct stat st;
        int r;

        if (fstatat(h->dir_fd, side, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        r = fs_read_file_at(h->dir_fd, side, SIDECAR_MAX, ret, ret_n);
        return r < 0 ? r : 1;
}

int sidecar_is_strangers(const Handout *h, const AlAsset *a, const char *name) {
        _cleanup_(freep) char *side = str_printf("%s.json", name), *text = NULL;
        _cleanup_(json_freep) Json *j = NULL;
        const char *id;
        size_t n = 0;
        int r;

        assert(h && a && name);
        r = side ? read_sidecar(h, side, &text, &n) : -ENOMEM;
        if (r > 0)
                r = json_parse(text, n, &j, NULL) == -ENOMEM ? -ENOMEM : 1;
        if (r <= 0)
                return r == -EINVAL || r == -EFBIG || r == -EACCES ? 1 : r;
        id = j ? json_str(j, "id") : NULL;
        return !id || !streq(id, a->id);
}

static int write_sidecar(const Handout *h, const char *side, const char *text) {
        _cleanup_(freep) char *there = NULL;
        _cleanup_(part_done) Part part = PART_INIT;
        size_t n = 0;
        int r = read_sidecar(h, side, &there, &n);

        if (r == 1 && there && n == strlen(text) && memcmp(there, text, n) == 0)
                return 0;
        r = part_open(h->dir_fd, side, SIDECAR_MODE, &part);
        if (r >= 0)
                r = fs_write_all(part.fd, text, strlen(text));
        al_crash_point("handout-sidecar");
        return r < 0 ? r : part_place(&part, side, true);
}

int sidecar_put(const Handout *h, const char *name, const Json *sidecar, Err *err) {
        _cleanup_(freep) char *side = str_printf("%s.json", name);
        _cleanup_(freep) char *text = json_print_pretty(sidecar);
        _cleanup_(freep) char *lines = text ? str_printf("%s\n", text) : NULL;
        int r;

        assert(h && name && sidecar);
        r = side && lines ? write_sidecar(h, side, lines) : -ENOMEM;
        return r < 0 ? err_errno(err, r, "cannot write '%s/%s.json'", h->dir, name) : 0;
}
