/* SPDX-License-Identifier: MIT */

/*
 * Starting a command. Between fork() and execve() the child calls nothing but what is safe there:
 * other threads of ours may hold locks that it inherits. Why it could not start comes back through a
 * pipe that a good start closes.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "night/command_internal.h"
#include "night/descriptors.h"

typedef struct Child {
        const ChildPlan *plan;
        const char *const *argv;
        char *const *environment;
        int report; /* errno as an int, when it cannot start */
        pid_t parent;
} Child;

static int limit(__rlimit_resource_t what, int64_t bytes) {
        struct rlimit l;

        if (getrlimit(what, &l) < 0)
                return -errno;
        l.rlim_cur = MIN_OF((rlim_t) bytes, l.rlim_max);
        l.rlim_max = l.rlim_cur;
        return setrlimit(what, &l) < 0 ? -errno : 0;
}

static int child_prepare(const Child *c) {
        const ExecSpec *spec = c->plan->spec;
        sigset_t none;
        int r;

        if (setpgid(0, 0) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
                return -errno;
        if (getppid() != c->parent) /* gone before we asked to be told */
                return -ESRCH;
        if (dup2(c->plan->in, STDIN_FILENO) < 0 || dup2(c->plan->out, STDOUT_FILENO) < 0 ||
            dup2(c->plan->err, STDERR_FILENO) < 0 || fchdir(c->plan->folder) < 0)
                return -errno;
        if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
                return -errno;
        (void) signal(SIGPIPE, SIG_DFL); /* we ignore it; the command need not */
        (void) sigemptyset(&none);
        if (sigprocmask(SIG_SETMASK, &none, NULL) < 0)
                return -errno;
        r = descriptors_lower();
        if (r >= 0)
                r = limit(RLIMIT_CORE, 0);
        if (r >= 0)
                r = limit(RLIMIT_FSIZE, spec->output_bytes);
        return r < 0 ? r : limit(RLIMIT_AS, spec->memory_bytes);
}

static _noreturn_ void child_main(const Child *c) {
        int r = child_prepare(c);
        ssize_t n;

        if (r >= 0) {
                (void) execve(c->argv[0], (char *const *) c->argv, c->environment);
                r = -errno;
        }
        n = write(c->report, &r, sizeof r); /* nobody else could be told that it failed */
        _exit(n == (ssize_t) sizeof r ? 127 : 126);
}

/* NAME=value as it stands; of NAME, ours. */
static int collect_environment(const char *const *names, Strv *ret) {
        for (size_t i = 0; names && names[i]; i++) {
                const char *value = strchr(names[i], '=') ? NULL : getenv(names[i]);
                _cleanup_(freep) char *pair =
                        value ? str_printf("%s=%s", names[i], value) : strdup(names[i]);

                if (!pair)
                        return -ENOMEM;
                if (strchr(pair, '=') && strv_take(ret, TAKE_PTR(pair)) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* 0 when the pipe was closed by a good start; else what the child said. */
static int read_report(int fd) {
        int said = 0;
        ssize_t n;

        do
                n = read(fd, &said, sizeof said);
        while (n < 0 && errno == EINTR);
        if (n == 0)
                return 0;
        return n == (ssize_t) sizeof said && said < 0 ? said : -EIO;
}

static int start(Child *c, pid_t *ret) {
        _cleanup_(closep) int ours = -1, theirs = -1;
        int fds[2], r;
        pid_t pid;

        if (pipe2(fds, O_CLOEXEC) < 0)
                return -errno;
        ours = fds[0];
        theirs = fds[1];
        /* Out of the way of what the child moves to 0, 1 and 2. */
        c->report = fcntl(theirs, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (c->report < 0)
                return -errno;
        pid = fork();
        if (pid == 0)
                child_main(c);
        r = pid < 0 ? -errno : 0;
        (void) close(c->report);
        closep(&theirs);
        theirs = -1;
        if (r < 0)
                return r;
        r = read_report(ours);
        if (r < 0) {
                while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                        ;
                return r;
        }
        *ret = pid;
        return 0;
}

int command_spawn(const ChildPlan *plan, pid_t *ret, Err *err) {
        _cleanup_(strv_done) Strv environment = {0};
        _cleanup_(freep) char **list = NULL; /* of its items, with the NULL that execve() wants */
        Child c = {.plan = plan, .parent = getpid()};
        int r;

        assert(plan && plan->spec && plan->spec->argv && plan->spec->argv[0]);
        assert(ret);
        assert(plan->in > STDERR_FILENO && plan->out > STDERR_FILENO);
        assert(plan->err > STDERR_FILENO && plan->folder > STDERR_FILENO);

        c.argv = plan->spec->argv;
        r = collect_environment(plan->spec->environment, &environment);
        list = r < 0 ? NULL : calloc(environment.n + 1, sizeof *list);
        if (!list)
                return err_set(err, -ENOMEM, "out of memory");
        if (environment.n > 0)
                memcpy(list, environment.items, environment.n * sizeof *list);
        c.environment = list;
        r = start(&c, ret);
        return r < 0 ? err_errno(err, r, "cannot run '%s'", plan->spec->argv[0]) : 0;
}
