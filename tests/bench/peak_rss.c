/* SPDX-License-Identifier: MIT */

/*
 * peak_rss FILE PROGRAM ARGS...: runs the program and writes the peak of its resident memory, in
 * KiB, to FILE. Of this process alone: what wait4() reports counts its children too, here the media
 * workers. So the program is traced, and asked at the moment it exits, when its memory still
 * stands. Ends with the program's exit code.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/macro.h"

static int write_peak(pid_t pid, const char *file) {
        char path[64], line[256];
        FILE *status, *out;
        int found = 0;

        (void) snprintf(path, sizeof path, "/proc/%d/status", (int) pid);
        status = fopen(path, "re");
        out = fopen(file, "we");
        while (status && out && fgets(line, sizeof line, status))
                if (strncmp(line, "VmHWM:", 6) == 0)
                        found = fprintf(out, "%.*s\n", (int) strspn(line + 6, " \t0123456789"),
                                        line + 6) > 0;
        if (status)
                (void) fclose(status);
        if (out && fclose(out) != 0)
                found = 0;
        return found ? 0 : -EIO;
}

static _noreturn_ void run(char **argv) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
                (void) execv(argv[0], argv);
        perror(argv[0]);
        _exit(127);
}

/* Passes signals on and lets the exit pass by, once it is read. */
static int follow(pid_t pid, const char *file) {
        int status, r = -EIO;
        bool begun = false;

        for (;;) {
                int deliver;

                if (waitpid(pid, &status, 0) != pid)
                        return -errno;
                if (!WIFSTOPPED(status))
                        break;
                deliver = WSTOPSIG(status);
                if (!begun) {
                        begun = true;
                        deliver = 0; /* the stop after execve() */
                        if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
                                   (void *) (PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)) < 0)
                                return -errno;
                } else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
                        r = write_peak(pid, file);
                        deliver = 0;
                }
                if (ptrace(PTRACE_CONT, pid, NULL, (void *) (long) deliver) < 0)
                        return -errno;
        }
        return r < 0 ? r : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv) {
        pid_t pid;
        int r;

        if (argc < 3) {
                fprintf(stderr, "usage: peak_rss FILE PROGRAM ARGS...\n");
                return 2;
        }
        pid = fork();
        if (pid == 0)
                run(argv + 2);
        r = pid < 0 ? -errno : follow(pid, argv[1]);
        if (r < 0)
                fprintf(stderr, "peak_rss: %s\n", strerror(-r));
        return r < 0 ? 125 : r;
}
