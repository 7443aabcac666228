/* SPDX-License-Identifier: MIT */

#include "media/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "media/protocol.h"

enum {
        NICE = 5,
};

/* Where fonts and libraries are found, and how the sanitizers behave. */
static const char *const passed_on[] = {
        "HOME",          "LANG",           "LC_ALL",          "LC_CTYPE",        "LD_LIBRARY_PATH",
        "XDG_DATA_HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "ASAN_OPTIONS",
        "LSAN_OPTIONS",  "UBSAN_OPTIONS",
};

static void child_environment(char *ret[static ARRAY_LEN(passed_on) + 1]) {
        size_t n = 0;

        for (char **e = environ; e && *e; e++)
                for (size_t i = 0; i < ARRAY_LEN(passed_on); i++) {
                        size_t len = strlen(passed_on[i]);

                        if (n < ARRAY_LEN(passed_on) && strncmp(*e, passed_on[i], len) == 0 &&
                            (*e)[len] == '=')
                                ret[n++] = *e;
                }
        ret[n] = NULL;
}

/* The socket first: /dev/null must not land on it when we were started without stdin. */
static int child_descriptors(posix_spawn_file_actions_t *actions, int sock) {
        int r;

        r = posix_spawn_file_actions_adddup2(actions, sock, MEDIA_SOCKET_FD);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_WRONLY, 0);
        if (r == 0)
                r = posix_spawn_file_actions_addclosefrom_np(actions, MEDIA_SOCKET_FD + 1);
        return -r;
}

static int child_signals(posix_spawnattr_t *attr) {
        sigset_t none, all;
        int r;

        (void) sigemptyset(&none);
        (void) sigfillset(&all);
        r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        if (r == 0)
                r = posix_spawnattr_setsigmask(attr, &none);
        if (r == 0)
                r = posix_spawnattr_setsigdefault(attr, &all);
        return -r;
}

static int spawn(const char *program, int sock, pid_t *ret) {
        char *env[ARRAY_LEN(passed_on) + 1];
        char *argv[] = {(char *) program, NULL};
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attr;
        int r;

        child_environment(env);
        r = posix_spawn_file_actions_init(&actions);
        if (r != 0)
                return -r;
        r = posix_spawnattr_init(&attr);
        if (r != 0) {
                (void) posix_spawn_file_actions_destroy(&actions);
                return -r;
        }
        r = child_descriptors(&actions, sock);
        if (r == 0)
                r = child_signals(&attr);
        if (r == 0)
                r = -posix_spawn(ret, program, &actions, &attr, argv, env);
        (void) posix_spawnattr_destroy(&attr);
        (void) posix_spawn_file_actions_destroy(&actions);
        return r;
}

/* Calls come first, pictures can wait: from the start, which is a tenth of a second of loading. Where the call is
 * refused, as in the shipped unit (allowing it is 0.1 of systemd's exposure), they wait no more than others. */
static void be_nice(pid_t pid) {
        (void) setpriority(PRIO_PROCESS, (id_t) pid, NICE);
}

int process_start(const char *program, Process *ret, Err *err) {
        _cleanup_(closep) int ours = -1, theirs = -1;
        int pair[2], pidfd, flags, r;
        pid_t pid = 0;

        assert(program);
        assert(ret);

        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return err_errno(err, -errno, "cannot make a socket for the media worker");
        ours = pair[0];
        theirs = pair[1];
        flags = fcntl(ours, F_GETFL);
        if (flags < 0 || fcntl(ours, F_SETFL, flags | O_NONBLOCK) < 0)
                return err_errno(err, -errno, "cannot make a socket for the media worker");
        r = spawn(program, theirs, &pid);
        if (r < 0)
                return err_errno(err, r, "cannot start the media worker '%s'", program);
        be_nice(pid);
        pidfd = pidfd_open(pid, 0);
        if (pidfd < 0) {
                r = -errno;
                (void) kill(pid, SIGKILL);
                (void) waitpid(pid, NULL, 0);
                return err_errno(err, r, "cannot watch the media worker");
        }
        *ret = (Process){.pid = pid, .pidfd = pidfd, .socket = TAKE_FD(ours)};
        return 0;
}

void process_kill(const Process *p) {
        assert(p);
        if (p->pid > 0)
                (void) kill(p->pid, SIGKILL); /* ours and not reaped: the pid is still its own */
}

static void process_close(Process *p) {
        closep(&p->pidfd);
        closep(&p->socket);
        *p = PROCESS_NONE;
}

void process_reap(Process *p, char ret_cause[static PROCESS_CAUSE_MAX]) {
        siginfo_t si = {0};

        assert(p);
        assert(p->pid > 0);

        if (waitid(P_PIDFD, (id_t) p->pidfd, &si, WEXITED | WNOHANG) < 0 || si.si_pid == 0)
                (void) snprintf(ret_cause, PROCESS_CAUSE_MAX, "unknown");
        else if (si.si_code == CLD_EXITED)
                (void) snprintf(ret_cause, PROCESS_CAUSE_MAX, "exit code %d", si.si_status);
        else
                (void) snprintf(ret_cause, PROCESS_CAUSE_MAX, "signal %d (%s)", si.si_status,
                                strsignal(si.si_status));
        process_close(p);
}

void process_done(Process *p) {
        assert(p);
        if (p->pid <= 0)
                return;
        process_kill(p);
        while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        process_close(p);
}
