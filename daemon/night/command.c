/* SPDX-License-Identifier: MIT */

/*
 * The life of one command:
 *
 *      RUNNING --its end--> reaped, with its group --exit code 0--> HASHING --> done()
 *         |                                        '--anything else-----------> done()
 *         |--timeout--> SIGTERM --a little later--> SIGKILL --> its end
 *         '--says too much------------------------> SIGKILL --> its end
 *
 * The leader is reaped only after its group was killed: until then its process id, and so that of
 * the group, is nobody else's.
 */

#include "night/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "night/command_internal.h"

enum {
        GRACE_US = 5 * 1000 * 1000, /* between SIGTERM and SIGKILL */
        READ_PIECE = 16 * 1024,
        FOLDER_MODE = 0700,
};

typedef struct Pipe {
        int fd;
        sd_event_source *source;
        char *text; /* NUL-terminated */
        size_t n, max;
} Pipe;

struct Command {
        sd_event *event;
        const ExecSpec *spec;
        char *stem, *folder_name;
        int folder;
        pid_t pid; /* 0: reaped */
        int pidfd;
        sd_event_source *exit, *timer, *hasher;
        Pipe said, complained;
        Leavings left;
        uint64_t timeout_us;
        bool timed_out, too_much;
        CommandResult result;
        CommandDoneFn done;
        void *userdata;
};

static void kill_group(const Command *c, int signo) {
        if (c->pid > 0)
                (void) kill(-c->pid, signo);
}

static void finish(Command *c, CommandEnd end) {
        CommandResult *r = &c->result;

        c->hasher = sd_event_source_disable_unref(c->hasher);
        c->timer = sd_event_source_disable_unref(c->timer);
        (void) fs_remove_tree(c->left.lib_dir_fd, c->folder_name); /* else by the next sweep */
        r->end = end;
        r->said = c->said.text;
        r->complained = c->complained.text;
        r->files = &c->left.names;
        r->payloads = c->left.payloads;
        c->done(r, c->userdata);
}

/* ---- what it says ---- */

/* Standard error is kept by its end. */
static void make_room(Pipe *p) {
        size_t half = p->max / 2;

        if (p->n < p->max)
                return;
        memmove(p->text, p->text + half, p->n - half);
        p->n -= half;
}

/* All there is now. False: it said too much. */
static bool read_pipe(Pipe *p, bool keep_end) {
        while (p->fd >= 0) {
                ssize_t n;

                if (keep_end)
                        make_room(p);
                else if (p->n == p->max)
                        return false;
                n = read(p->fd, p->text + p->n, p->max - p->n);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        break;
                if (n <= 0) {
                        p->source = sd_event_source_disable_unref(p->source);
                        closep(&p->fd);
                        p->fd = -1;
                        break;
                }
                p->n += (size_t) n;
                p->text[p->n] = '\0';
        }
        return true;
}

static void read_said(Command *c) {
        if (read_pipe(&c->said, false))
                return;
        c->said.source = sd_event_source_disable_unref(c->said.source);
        c->too_much = true;
        kill_group(c, SIGKILL);
}

static int on_said(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        (void) s;
        (void) fd;
        (void) revents;
        read_said(userdata);
        return 0;
}

static int on_complained(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Command *c = userdata;

        (void) s;
        (void) fd;
        (void) revents;
        (void) read_pipe(&c->complained, true);
        return 0;
}

/* ---- its end ---- */

static int on_hash(sd_event_source *s, void *userdata) {
        Command *c = userdata;
        int r = leavings_hash_some(&c->left, &c->result.err);

        (void) s;
        if (r == 1)
                return 0;
        finish(c, r < 0 ? COMMAND_STORAGE : COMMAND_EXITED);
        return 0;
}

static void take_leavings(Command *c) {
        Err *err = &c->result.err;
        int r = leavings_take(&c->left, c->folder, c->spec->output_bytes, err);

        if (r == -E2BIG) {
                finish(c, COMMAND_UNUSABLE);
                return;
        }
        if (r >= 0) {
                r = sd_event_add_defer(c->event, &c->hasher, on_hash, c);
                if (r >= 0)
                        r = sd_event_source_set_enabled(c->hasher, SD_EVENT_ON);
                if (r < 0)
                        (void) err_errno(err, r, "cannot read what the command left");
        }
        if (r < 0)
                finish(c, COMMAND_STORAGE);
}

static void ended(Command *c, const siginfo_t *si) {
        CommandResult *r = &c->result;

        if (c->timed_out) {
                (void) err_set(&r->err, -ETIMEDOUT, "the command took longer than %llu s",
                               (unsigned long long) (c->timeout_us / 1000000));
                finish(c, COMMAND_TIMED_OUT);
        } else if (c->too_much) {
                (void) err_set(&r->err, -E2BIG, "the command said more than %d KiB",
                               COMMAND_SAID_MAX / 1024);
                finish(c, COMMAND_UNUSABLE);
        } else if (si->si_code == CLD_EXITED) {
                r->exit_code = si->si_status;
                if (si->si_status == 0)
                        take_leavings(c);
                else
                        finish(c, COMMAND_EXITED);
        } else if (si->si_status == SIGXFSZ) {
                (void) err_set(&r->err, -E2BIG, "the command wrote a file beyond %lld MiB",
                               (long long) (c->spec->output_bytes >> 20));
                finish(c, COMMAND_UNUSABLE);
        } else {
                (void) err_set(&r->err, -ECONNRESET, "the command died of signal %d (%s)",
                               si->si_status, strsignal(si->si_status));
                finish(c, COMMAND_KILLED);
        }
}

static int on_exit_event(sd_event_source *s, int fd, uint32_t revents, void *userdata) {
        Command *c = userdata;
        siginfo_t si = {0};

        (void) s;
        (void) fd;
        (void) revents;
        kill_group(c, SIGKILL); /* whoever it left behind */
        read_said(c);
        (void) read_pipe(&c->complained, true);
        if (waitid(P_PIDFD, (id_t) c->pidfd, &si, WEXITED | WNOHANG) < 0)
                si.si_status = SIGKILL;
        else if (si.si_pid == 0) /* not over after all */
                return 0;
        c->pid = 0;
        c->exit = sd_event_source_disable_unref(c->exit);
        ended(c, &si);
        return 0;
}

static int on_timeout(sd_event_source *s, uint64_t usec, void *userdata) {
        Command *c = userdata;

        (void) usec;
        kill_group(c, c->timed_out ? SIGKILL : SIGTERM);
        c->timed_out = true;
        (void) sd_event_source_set_time_relative(s, GRACE_US);
        (void) sd_event_source_set_enabled(s, SD_EVENT_ONESHOT);
        return 0;
}

/* ---- its beginning ---- */

/* A file: it reads as fast as it likes, and nobody has to feed it. */
static int make_input(const char *text, Err *err) {
        _cleanup_(closep) int fd = memfd_create("pregen-job", MFD_CLOEXEC);
        int r = fd < 0 ? -errno : fs_write_all(fd, text, strlen(text));

        if (r >= 0 && lseek(fd, 0, SEEK_SET) < 0)
                r = -errno;
        return r < 0 ? err_errno(err, r, "cannot write the job for the command") : TAKE_FD(fd);
}

static int make_folder(Command *c, Err *err) {
        int r;

        c->folder_name = str_printf("%s.run", c->stem);
        if (!c->folder_name)
                return err_set(err, -ENOMEM, "out of memory");
        r = mkdirat(c->left.lib_dir_fd, c->folder_name, FOLDER_MODE) < 0 ? -errno : 0;
        if (r >= 0)
                r = c->folder = fs_open_beneath(c->left.lib_dir_fd, c->folder_name,
                                                O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
        return r < 0 ? err_errno(err, r, "cannot make '%s'", c->folder_name) : 0;
}

/* The command's end of a new pipe; ours does not wait. */
static int make_pipe(Pipe *p, size_t max, Err *err) {
        _cleanup_(closep) int theirs = -1;
        int fds[2];

        p->text = calloc(1, max + 1);
        if (!p->text)
                return err_set(err, -ENOMEM, "out of memory");
        p->max = max;
        if (pipe2(fds, O_CLOEXEC) < 0)
                return err_errno(err, -errno, "cannot make a pipe");
        p->fd = fds[0];
        theirs = fds[1];
        if (fcntl(p->fd, F_SETFL, O_NONBLOCK) < 0)
                return err_errno(err, -errno, "cannot make a pipe");
        return TAKE_FD(theirs);
}

/* Above what the child moves its own to. Takes fd. */
static int above_stdio(int *fd) {
        int moved;

        if (*fd > STDERR_FILENO)
                return 0;
        moved = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        if (moved < 0)
                return -errno;
        closep(fd);
        *fd = moved;
        return 0;
}

static int spawn(Command *c, const char *input, Err *err) {
        _cleanup_(closep) int in = -1, out = -1, complain = -1;
        int *const all[] = {&in, &out, &complain, &c->folder};
        int r;

        r = in = make_input(input, err);
        if (r >= 0)
                r = out = make_pipe(&c->said, COMMAND_SAID_MAX, err);
        if (r >= 0)
                r = complain = make_pipe(&c->complained, COMMAND_COMPLAINED_MAX, err);
        if (r >= 0)
                r = make_folder(c, err);
        for (size_t i = 0; i < ARRAY_LEN(all) && r >= 0; i++)
                if (above_stdio(all[i]) < 0)
                        r = err_set(err, -EMFILE, "no descriptor is left");
        if (r < 0)
                return r;
        return command_spawn(&(ChildPlan){c->spec, in, out, complain, c->folder}, &c->pid, err);
}

static int watch(Command *c, Err *err) {
        int r;

        c->pidfd = pidfd_open(c->pid, 0);
        r = c->pidfd < 0 ? -errno
                         : sd_event_add_io(c->event, &c->exit, c->pidfd, EPOLLIN, on_exit_event, c);
        if (r >= 0)
                r = sd_event_add_io(c->event, &c->said.source, c->said.fd, EPOLLIN, on_said, c);
        if (r >= 0)
                r = sd_event_add_io(c->event, &c->complained.source, c->complained.fd, EPOLLIN,
                                    on_complained, c);
        if (r >= 0)
                r = sd_event_add_time_relative(c->event, &c->timer, CLOCK_MONOTONIC, c->timeout_us,
                                               0, on_timeout, c);
        return r < 0 ? err_errno(err, r, "cannot watch the command") : 0;
}

int command_start(sd_event *event, const CommandOptions *options, CommandDoneFn done,
                  void *userdata, Command **ret, Err *err) {
        _cleanup_(command_freep) Command *c = calloc(1, sizeof *c);
        int r;

        assert(event && options && options->spec && options->input && options->stem);
        assert(done && ret);
        if (!c)
                return err_set(err, -ENOMEM, "out of memory");
        c->folder = c->pidfd = c->said.fd = c->complained.fd = c->left.fd = -1;
        c->event = sd_event_ref(event);
        c->spec = options->spec;
        c->timeout_us = options->timeout_us;
        c->done = done;
        c->userdata = userdata;
        c->stem = strdup(options->stem);
        c->left.lib_dir_fd = options->lib_dir_fd;
        c->left.stem = c->stem;
        r = c->stem ? spawn(c, options->input, err) : err_set(err, -ENOMEM, "out of memory");
        if (r >= 0)
                r = watch(c, err);
        if (r < 0) {
                kill_group(c, SIGKILL);
                if (c->folder_name)
                        (void) fs_remove_tree(c->left.lib_dir_fd, c->folder_name);
                return r;
        }
        *ret = TAKE_PTR(c);
        return 0;
}

static void pipe_done(Pipe *p) {
        p->source = sd_event_source_disable_unref(p->source);
        closep(&p->fd);
        free(p->text);
}

Command *command_free(Command *c) {
        if (!c)
                return NULL;
        kill_group(c, SIGKILL);
        while (c->pid > 0 && waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        c->exit = sd_event_source_disable_unref(c->exit);
        c->timer = sd_event_source_disable_unref(c->timer);
        c->hasher = sd_event_source_disable_unref(c->hasher);
        pipe_done(&c->said);
        pipe_done(&c->complained);
        leavings_done(&c->left);
        closep(&c->pidfd);
        closep(&c->folder);
        c->event = sd_event_unref(c->event);
        free(c->stem);
        free(c->folder_name);
        free(c);
        return NULL;
}
