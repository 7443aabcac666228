/* SPDX-License-Identifier: MIT */

/*
 * spawn ROUNDS NAME PROGRAM [ARG...] [-- NAME PROGRAM [ARG...]]...: how long whole processes take,
 * from posix_spawn() to the end of waiting, in turns, so that what disturbs one disturbs all. Prints
 * for each the median, the 99th percentile, the median of its CPU time, its minor page faults, and
 * the ratios of both medians to the first one's. Standard output goes to /dev/null. A program that
 * ends with anything but 0 ends all.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "base/macro.h"
#include "base/parse.h"

enum {
        COMMANDS_MAX = 32,
        WARM_UP = 5, /* rounds that are not counted */
};

typedef struct Command {
        const char *name;
        char **argv;
        double *us, *cpu_us;
        long faults; /* of the last round */
} Command;

static double now_us(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (double) t.tv_sec * 1e6 + (double) t.tv_nsec / 1e3;
}

static double us_of(const struct timeval *t) {
        return (double) t->tv_sec * 1e6 + (double) t->tv_usec;
}

static double run(Command *c, const posix_spawn_file_actions_t *quiet, double *ret_cpu_us) {
        double began = now_us();
        struct rusage usage;
        int status, r;
        pid_t pid;

        r = posix_spawn(&pid, c->argv[0], quiet, NULL, c->argv, environ);
        if (r == 0 && wait4(pid, &status, 0, &usage) != pid)
                r = errno;
        if (r != 0 || status != 0) {
                (void) fprintf(stderr, "spawn: '%s' failed: %s\n", c->name,
                               r ? strerror(r) : "see what it said");
                exit(1);
        }
        c->faults = usage.ru_minflt;
        *ret_cpu_us = us_of(&usage.ru_utime) + us_of(&usage.ru_stime);
        return now_us() - began;
}

static int by_size(const void *a, const void *b) {
        double x = *(const double *) a, y = *(const double *) b;

        return (x > y) - (x < y);
}

static size_t read_commands(char **argv, Command commands[static COMMANDS_MAX]) {
        size_t n = 0;

        while (*argv && n < COMMANDS_MAX) {
                commands[n] = (Command){.name = argv[0], .argv = argv + 1};
                if (!argv[0] || !argv[1])
                        break;
                n++;
                while (*argv && strcmp(*argv, "--") != 0)
                        argv++;
                if (*argv)
                        *argv++ = NULL;
        }
        return n;
}

static void measure(Command *commands, size_t n, int64_t rounds) {
        posix_spawn_file_actions_t quiet;

        if (posix_spawn_file_actions_init(&quiet) != 0 ||
            posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0) != 0)
                exit(1);
        for (int64_t i = -WARM_UP; i < rounds; i++)
                for (size_t c = 0; c < n; c++) {
                        double cpu_us, us = run(&commands[c], &quiet, &cpu_us);

                        if (i < 0)
                                continue;
                        commands[c].us[i] = us;
                        commands[c].cpu_us[i] = cpu_us;
                }
        (void) posix_spawn_file_actions_destroy(&quiet);
}

static void print(Command *commands, size_t n, size_t rounds) {
        double first = 0, first_cpu = 0;

        printf("%-24s %9s %9s %9s %7s %7s %9s\n", "program", "p50_ms", "p99_ms", "cpu_ms", "faults",
               "ratio", "cpu_ratio");
        for (size_t c = 0; c < n; c++) {
                double p50, cpu;

                qsort(commands[c].us, rounds, sizeof(double), by_size);
                qsort(commands[c].cpu_us, rounds, sizeof(double), by_size);
                p50 = commands[c].us[rounds / 2];
                cpu = commands[c].cpu_us[rounds / 2];
                first = c == 0 ? p50 : first;
                first_cpu = c == 0 ? cpu : first_cpu;
                printf("%-24s %9.3f %9.3f %9.3f %7ld %7.2f %9.2f\n", commands[c].name, p50 / 1e3,
                       commands[c].us[rounds * 99 / 100] / 1e3, cpu / 1e3, commands[c].faults,
                       p50 / first, cpu / first_cpu);
        }
}

int main(int argc, char **argv) {
        Command commands[COMMANDS_MAX];
        int64_t rounds;
        size_t n;

        if (argc < 4 || parse_int(argv[1], 1, 1000000, &rounds) < 0) {
                (void) fprintf(stderr, "usage: spawn ROUNDS NAME PROGRAM [ARG...] [-- ...]\n");
                return 2;
        }
        n = read_commands(argv + 2, commands);
        for (size_t c = 0; c < n; c++)
                if (!(commands[c].us = calloc((size_t) rounds, sizeof(double))) ||
                    !(commands[c].cpu_us = calloc((size_t) rounds, sizeof(double))))
                        return 1;
        measure(commands, n, rounds);
        print(commands, n, (size_t) rounds);
        for (size_t c = 0; c < n; c++) {
                free(commands[c].us);
                free(commands[c].cpu_us);
        }
        return 0;
}
