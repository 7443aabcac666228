/* SPDX-License-Identifier: MIT */

#include "night/notify.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

bool notify_wanted(const Settings *settings, int exit_code, int64_t cells_short) {
        assert(settings);
        if (!settings->notify_command)
                return false;
        return settings->notify_always || (settings->notify_failure && exit_code != 0) ||
               (settings->notify_shortage && cells_short > 0);
}

/* The child: `stdin_fd` as standard input, our standard error for all it says, no signal blocked.
 */
static int spawn(const char *const *argv, int stdin_fd, pid_t *ret) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attr;
        sigset_t none, broken_pipe;
        int r;

        (void) sigemptyset(&none);
        (void) sigemptyset(&broken_pipe);
        (void) sigaddset(&broken_pipe, SIGPIPE); /* we ignore it; the command need not */
        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attr);
        if (r == 0) {
                r = posix_spawn_file_actions_adddup2(&actions, stdin_fd, STDIN_FILENO);
                if (r == 0)
                        r = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO,
                                                             STDOUT_FILENO);
                if (r == 0)
                        r = posix_spawnattr_setsigmask(&attr, &none);
                if (r == 0)
                        r = posix_spawnattr_setsigdefault(&attr, &broken_pipe);
                if (r == 0)
                        r = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK |
                                                                    POSIX_SPAWN_SETSIGDEF);
                if (r == 0)
                        r = posix_spawnp(ret, argv[0], &actions, &attr, (char *const *) argv,
                                         environ);
                (void) posix_spawnattr_destroy(&attr);
        }
        (void) posix_spawn_file_actions_destroy(&actions);
        return -r;
}

/* Milliseconds until `deadline_us`, at least 0. */
static int left(uint64_t deadline_us) {
        uint64_t now = clock_mono_us(clock_system());

        return deadline_us > now ? (int) ((deadline_us - now) / 1000) : 0;
}

/* A command that does not read its input to the end is none the worse for it. */
static int feed(int fd, const char *text, uint64_t deadline_us) {
        size_t n = strlen(text);

        while (n > 0) {
                struct pollfd p = {.fd = fd, .events = POLLOUT};
                ssize_t k = send(fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);

                if (k >= 0) {
                        text += k;
                        n -= (size_t) k;
                } else if (errno == EPIPE || errno == ECONNRESET)
                        return 0;
                else if (errno != EAGAIN && errno != EINTR)
                        return -errno;
                else if (poll(&p, 1, left(deadline_us)) == 0)
                        return -ETIMEDOUT;
        }
        return shutdown(fd, SHUT_WR) < 0 && errno != ENOTCONN ? -errno : 0;
}

/* Waits for the end of the child, and ends it when it takes too long: it is always reaped. */
static int reap(pid_t pid, uint64_t deadline_us, int *ret_status) {
        _cleanup_(closep) int fd = (int) syscall(SYS_pidfd_open, pid, 0);
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int r = fd < 0 ? -errno : 0;

        while (r == 0) {
                int k = poll(&p, 1, left(deadline_us));

                if (k > 0)
                        break;
                if (k == 0)
                        r = -ETIMEDOUT;
                else if (errno != EINTR)
                        r = -errno;
        }
        if (r < 0)
                (void) kill(pid, SIGKILL);
        while (waitpid(pid, ret_status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        return r;
}

int notify_run(const char *const *argv, const char *text, int timeout_ms, Err *err) {
        uint64_t deadline = clock_mono_us(clock_system()) + (uint64_t) timeout_ms * 1000;
        _cleanup_(closep) int ours = -1, theirs = -1;
        int pair[2], status = 0, fed, r;
        pid_t pid = -1;

        assert(argv && argv[0]);
        assert(text);
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                return err_errno(err, -errno, "cannot make a socket pair");
        ours = pair[0];
        theirs = pair[1];
        r = spawn(argv, theirs, &pid);
        if (r < 0)
                return err_errno(err, r, "cannot start the notify command '%s'", argv[0]);
        closep(&theirs);
        theirs = -1;
        fed = feed(ours, text, deadline);
        r = reap(pid, fed < 0 ? 0 : deadline, &status);
        if (fed == -ETIMEDOUT || r == -ETIMEDOUT)
                return err_set(err, -ETIMEDOUT,
                               "the notify command '%s' did not end within %.3g s and was killed",
                               argv[0], timeout_ms / 1000.0);
        if (fed < 0 || r < 0)
                return err_errno(err, fed < 0 ? fed : r, "the notify command '%s' did not end",
                                 argv[0]);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
                return 0;
        return err_set(err, -ECANCELED, "the notify command '%s' failed with %s %d", argv[0],
                       WIFEXITED(status) ? "exit code" : "signal",
                       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
