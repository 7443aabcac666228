/* SPDX-License-Identifier: MIT */

/*
 * measure FILE PROGRAM ARGS...: runs the program and writes one line to FILE:
 *
 *      PEAK_KIB OWN_MS CHILDREN_MS WALL_MS
 *
 * the peak of its resident memory and its CPU time, of this process alone, then the CPU time of the
 * children it waited for (here the media workers), then how long it ran. What wait4() reports
 * counts the children's memory too. So the program is traced, and asked at the moment it exits,
 * when its memory still stands. Ends with the program's exit code.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/parse.h"

enum {
        STAT_UTIME = 14, /* fields of /proc/PID/stat, as proc(5) counts them */
        STAT_CSTIME = 17,
        STAT_AFTER_NAME = 3,
};

typedef struct Figures {
        int64_t peak_kib;
        int64_t ticks[STAT_CSTIME - STAT_UTIME + 1]; /* user, system, children's user, system */
} Figures;

static int64_t now_ms(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int read_peak(pid_t pid, Figures *ret) {
        char path[64], line[256];
        FILE *f;
        int r = -ENODATA;

        (void) snprintf(path, sizeof path, "/proc/%d/status", (int) pid);
        f = fopen(path, "re");
        if (!f)
                return -errno;
        while (r < 0 && fgets(line, sizeof line, f)) {
                const char *digits = line + strcspn(line, "0123456789");
                char number[24];

                if (strncmp(line, "VmHWM:", 6) != 0)
                        continue;
                (void) snprintf(number, sizeof number, "%.*s", (int) strspn(digits, "0123456789"),
                                digits);
                r = parse_int(number, 0, INT64_MAX, &ret->peak_kib);
        }
        (void) fclose(f);
        return r;
}

/* The second field is the name, in parentheses, and may hold anything. */
static int read_ticks(pid_t pid, Figures *ret) {
        char path[64], line[1024], *save = NULL, *word;
        FILE *f;
        int r = -ENODATA;

        (void) snprintf(path, sizeof path, "/proc/%d/stat", (int) pid);
        f = fopen(path, "re");
        if (!f)
                return -errno;
        word = fgets(line, sizeof line, f) ? strrchr(line, ')') : NULL;
        (void) fclose(f);
        if (!word)
                return -ENODATA;
        word = strtok_r(word + 1, " ", &save);
        for (int i = STAT_AFTER_NAME; word && i <= STAT_CSTIME; i++) {
                if (i >= STAT_UTIME)
                        r = parse_int(word, 0, INT64_MAX, &ret->ticks[i - STAT_UTIME]);
                word = strtok_r(NULL, " ", &save);
        }
        return r;
}

static int write_figures(pid_t pid, int64_t begun_ms, const char *file) {
        int64_t tick_ms = 1000 / sysconf(_SC_CLK_TCK);
        Figures got = {0};
        FILE *out;
        int r = read_peak(pid, &got);

        if (r >= 0)
                r = read_ticks(pid, &got);
        if (r < 0)
                return r;
        out = fopen(file, "we");
        if (!out)
                return -errno;
        r = fprintf(out, "%lld %lld %lld %lld\n", (long long) got.peak_kib,
                    (long long) ((got.ticks[0] + got.ticks[1]) * tick_ms),
                    (long long) ((got.ticks[2] + got.ticks[3]) * tick_ms),
                    (long long) (now_ms() - begun_ms));
        return fclose(out) != 0 || r < 0 ? -EIO : 0;
}

static _noreturn_ void run(char **argv) {
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
                (void) execvp(argv[0], argv);
        perror(argv[0]);
        _exit(127);
}

/* Passes signals on and lets the exit pass by, once it is read. */
static int follow(pid_t pid, const char *file) {
        int64_t begun_ms = now_ms();
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
                        r = write_figures(pid, begun_ms, file);
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
                fprintf(stderr, "usage: measure FILE PROGRAM ARGS...\n");
                return 2;
        }
        pid = fork();
        if (pid == 0)
                run(argv + 2);
        r = pid < 0 ? -errno : follow(pid, argv[1]);
        if (r < 0)
                fprintf(stderr, "measure: %s\n", strerror(-r));
        return r < 0 ? 125 : r;
}
