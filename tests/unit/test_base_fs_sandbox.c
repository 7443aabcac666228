/* SPDX-License-Identifier: MIT */

/* Opening below a directory where a sandbox has taken openat2() away, as RestrictSUIDSGID= of a
 * unit does. The filter stays for the life of the process: hence a program of its own. */

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fs.h"
#include "support/test.h"

static bool take_openat2_away(void) {
        struct sock_filter code[] = {
                BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog program = {.len = ARRAY_LEN(code), .filter = code};
        struct open_how how = {.flags = O_RDONLY};

        return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
               prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
               syscall(SYS_openat2, AT_FDCWD, "/", &how, sizeof how) < 0 && errno == ENOSYS;
}

TEST(nothing_leads_out_without_openat2) {
        _cleanup_(freep) char *secret = test_file("secret", "s"), *in = test_path("in");
        _cleanup_(closep) int dir = -1, fd = -1;

        free(test_file("in/d/e/f", "x"));
        dir = open(in, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(dir >= 0);
        CHECK_INT(symlinkat("../secret", dir, "link"), 0);
        CHECK_INT(symlinkat("d", dir, "inner"), 0);
        if (!take_openat2_away()) {
                test_skip("no seccomp filters here");
                return;
        }
        CHECK_INT(fs_open_beneath(dir, "../secret", O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, "d/..", O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, secret, O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, "", O_RDONLY, 0), -ENOENT);
        CHECK_INT(fs_open_beneath(dir, "link", O_RDONLY, 0), -ELOOP);
        CHECK_INT(fs_open_beneath(dir, "inner/e/f", O_RDONLY, 0), -ENOTDIR);
        CHECK_INT(fs_open_beneath(dir, "d/e/f/g", O_RDONLY, 0), -ENOTDIR);
        CHECK_INT(fs_open_beneath(dir, "d/x/f", O_RDONLY, 0), -ENOENT);
        CHECK_INT(fs_open_beneath(dir, "d/e/", O_RDONLY | O_CREAT | O_EXCL, 0640), -EEXIST);
        fd = fs_open_beneath(dir, "d//e/f", O_RDONLY, 0);
        CHECK(fd >= 0);
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        closep(&fd);
        fd = fs_open_beneath(dir, "d/new", O_WRONLY | O_CREAT | O_EXCL, 0640);
        CHECK(fd >= 0);
        closep(&fd);
        fd = fs_open_beneath(dir, ".", O_RDONLY | O_DIRECTORY, 0);
        CHECK(fd >= 0);
}
