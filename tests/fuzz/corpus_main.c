/* SPDX-License-Identifier: MIT */

/* Runs a fuzz target over its corpus where there is no libFuzzer: each file as it is, cut at every
 * length, and with each byte changed. Usage: fuzz_x CORPUS-DIRECTORY */

#include <dirent.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/macro.h"

enum {
        CORPUS_FILE_MAX = 1024 * 1024,
        CUT_ALL_BELOW = 16 * 1024, /* larger files are not cut at every byte */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* A copy of its own size, so that a read beyond the end is found. */
static void run(const char *data, size_t n) {
        _cleanup_(freep) uint8_t *copy = malloc(MAX_OF(n, 1u));

        assert(copy);
        memcpy(copy, data, n);
        (void) LLVMFuzzerTestOneInput(copy, n);
}

static int run_file(int dir_fd, const char *name) {
        _cleanup_(freep) char *data = NULL;
        size_t n;
        int r = fs_read_file_at(dir_fd, name, CORPUS_FILE_MAX, &data, &n);

        if (r < 0) {
                fprintf(stderr, "cannot read '%s': %s\n", name, strerror(-r));
                return r;
        }
        run(data, n);
        for (size_t i = 0; i < n && n < CUT_ALL_BELOW; i++) {
                char kept = data[i];

                run(data, i);
                data[i] = (char) (kept ^ (1 << (i % 8)));
                run(data, n);
                data[i] = kept;
        }
        return 0;
}

int main(int argc, char **argv) {
        DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
        int files = 0;

        if (!dir) {
                fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
                return 2;
        }
        for (struct dirent *e; (e = readdir(dir));) {
                if (e->d_name[0] == '.')
                        continue;
                if (run_file(dirfd(dir), e->d_name) < 0)
                        return 1;
                files++;
        }
        (void) closedir(dir);
        fprintf(stderr, "%d files\n", files);
        return files > 0 ? 0 : 1;
}
