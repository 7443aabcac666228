/* SPDX-License-Identifier: MIT */

/* Behind the walls, tried from inside, each in a child: what must not work does not, what must,
 * does. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "media/probe.h"
#include "media/sandbox.h"
#include "media/sandbox_internal.h"
#include "support/media_fixture.h"
#include "support/test.h"

/* The exit code of fn in a child that entered the sandbox; 99 when it could not. */
static int inside(int (*fn)(void)) {
        int status;
        pid_t pid;

        (void) fflush(NULL);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0)
                _exit(sandbox_enter(NULL) < 0 ? 99 : fn());
        CHECK(waitpid(pid, &status, 0) == pid);
        CHECK(WIFEXITED(status));
        return WEXITSTATUS(status);
}

static int try_network(void) {
        static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};

        for (size_t i = 0; i < ARRAY_LEN(families); i++)
                if (socket(families[i], SOCK_STREAM, 0) >= 0 || errno != EPERM)
                        return 1;
        return 0;
}

TEST(no_network) {
        CHECK_INT(inside(try_network), 0);
}

static int try_reading(void) {
        int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

        return fd < 0 && errno == EACCES ? 0 : 1;
}

static int try_writing(void) {
        int fd = open("/tmp/pregen-sandbox-must-not-exist", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        return fd < 0 && errno == EACCES ? 0 : 1;
}

static bool have_landlock(void) {
        return syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* version */) >= 1;
}

TEST(no_files) {
        if (!have_landlock()) {
                test_skip("this kernel has no Landlock");
                return;
        }
        CHECK_INT(inside(try_reading), 0);
        CHECK_INT(inside(try_writing), 0);
}

/* By its name, without opening it: Landlock may let that pass. */
static int try_changing(void) {
        _cleanup_(freep) char *path = test_path("theirs");

        if (truncate(path, 0) == 0 || errno != EPERM)
                return 1;
        if (chmod(path, 0777) == 0 || errno != EPERM)
                return 2;
        return chown(path, 65534, 65534) < 0 && errno == EPERM ? 0 : 3;
}

TEST(no_change_to_files) {
        _cleanup_(freep) char *path = test_file("theirs", "precious");
        struct stat st;

        CHECK_INT(inside(try_changing), 0);
        CHECK_INT(stat(path, &st), 0);
        CHECK_INT(st.st_size, 8);
}

static int try_others(void) {
        const pid_t parent = getppid();
        struct rlimit l;

        if (prlimit(parent, RLIMIT_NOFILE, NULL, &l) == 0 || errno != EPERM)
                return 1;
        if (setpriority(PRIO_PROCESS, (id_t) parent, 5) == 0 || errno != EPERM)
                return 2;
        if (syscall(SYS_tkill, parent, 0) == 0 || errno != EPERM)
                return 3;
        if (prlimit(0, RLIMIT_NOFILE, NULL, &l) < 0) /* ourselves: as before */
                return 4;
        if (syscall(SYS_tgkill, getpid(), gettid(), 0) < 0)
                return 5;
        if (SANDBOX_SANITIZED)
                return 0;
        return syscall(SYS_tgkill, parent, parent, 0) < 0 && errno == EPERM ? 0 : 6;
}

TEST(no_touching_of_others) {
        CHECK_INT(inside(try_others), 0);
}

static int try_limits(void) {
        struct rlimit core, file;

        if (getrlimit(RLIMIT_CORE, &core) < 0 || getrlimit(RLIMIT_FSIZE, &file) < 0)
                return 1;
        if (core.rlim_max != 0 || file.rlim_max == RLIM_INFINITY)
                return 2;
        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 3;
}

TEST(limits) {
        CHECK_INT(inside(try_limits), 0);
}

static int try_cpu(void) {
        struct rlimit l;

        sandbox_begin_task();
        if (getrlimit(RLIMIT_CPU, &l) < 0)
                return 1;
        return l.rlim_cur >= SANDBOX_CPU_SECONDS && l.rlim_cur <= SANDBOX_CPU_SECONDS + 60 ? 0 : 2;
}

TEST(cpu_seconds) {
        CHECK_INT(inside(try_cpu), 0);
}

static int try_work(void) {
        _cleanup_(blob_done) Blob b = make_still("png", 20, 20);
        int fd = blob_fd(b.data, b.n);
        MediaInfo info;

        return probe_fd(fd, &info, NULL) == 0 && info.width == 20 ? 0 : 1;
}

TEST(work_goes_on) {
        CHECK_INT(inside(try_work), 0);
}
