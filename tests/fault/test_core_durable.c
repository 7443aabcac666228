/* SPDX-License-Identifier: MIT */

/* The order of syncs and renames that makes an object survive a power cut, seen from below: bytes
 * before the name, the name before the row. */

#include <sys/stat.h>

#include "core_fixture.h"

static char trace[64];

static void note(char c) {
        size_t n = strlen(trace);

        CHECK(n + 1 < sizeof trace);
        trace[n] = c;
        trace[n + 1] = 0;
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd) {
        struct stat st;

        CHECK(fstat(fd, &st) == 0);
        note(S_ISDIR(st.st_mode) ? 'd' : 'f');
        return __real_fsync(fd);
}

int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to) {
        note('r');
        return __real_renameat(from_fd, from, to_fd, to);
}

static void put(Library *lib, const char *content, const char *want) {
        Digest d;
        Err err = {0};

        trace[0] = 0;
        CHECK_OK(al_object_put(al_dir_fd(lib), content, strlen(content), "png", &d, &err), &err);
        CHECK_STR(trace, want);
}

TEST(bytes_then_name_then_directory) {
        _cleanup_(freep) char *dir = fix_dir("order");
        _cleanup_(al_closep) Library *lib = fix_open(dir);

        put(lib, "one", "fdrd"); /* a new directory below objects/ is synced too */
        put(lib, "one", "fd");   /* there already: whoever renamed it may not have got so far */
        put(lib, "36", "frd");   /* its hash begins as that of "one" */
}

TEST(opening_to_write_syncs_what_a_crash_left) {
        _cleanup_(freep) char *dir = fix_dir("reopen");
        _cleanup_(al_closep) Library *lib = fix_open(dir);

        lib = al_close(lib);
        trace[0] = 0;
        lib = fix_open(dir);
        CHECK_STR(trace, "d");
}
