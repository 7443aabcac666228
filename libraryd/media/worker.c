/* SPDX-License-Identifier: MIT */

#include "media/worker.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>

#include "media/protocol.h"

void media_worker_done(MediaWorker *w) {
        assert(w);
        process_done(&w->process);
}

static int request(MediaWorker *w, int fd, Err *err) {
        _cleanup_(json_freep) Json *j = json_new_object();
        int r;

        (void) json_add_str(j, "op", "probe");
        r = json_add_int(j, "id", ++w->last_id);
        if (r >= 0)
                r = message_send(w->process.socket, j, &fd, 1);
        return r < 0 ? err_errno(err, r, "cannot send a task to the media worker") : 0;
}

/* Until an answer is there, the worker is gone, or its time is over. */
static int wait_answer(const MediaWorker *w, Err *err) {
        struct pollfd p[] = {{.fd = w->process.socket, .events = POLLIN},
                             {.fd = w->process.pidfd, .events = POLLIN}};
        int r;

        do
                r = poll(p, ARRAY_LEN(p), MEDIA_TASK_TIMEOUT_MS);
        while (r < 0 && errno == EINTR);
        if (r < 0)
                return err_errno(err, -errno, "cannot wait for the media worker");
        if (r == 0)
                return err_set(err, -ETIMEDOUT, "the media worker takes too long over it");
        if (!(p[0].revents & POLLIN))
                return err_set(err, -ECONNRESET, "the media worker died of it");
        return 0;
}

static int answer(MediaWorker *w, int *ret_result, MediaInfo *ret, Err *err) {
        _cleanup_(message_done) Message m = {.fds = {-1, -1, -1}};
        int r = message_receive(w->process.socket, &m, err);

        if (r == 0)
                return err_set(err, -ECONNRESET, "the media worker died of it");
        if (r < 0)
                return r;
        r = reply_parse(m.json, w->last_id, ret_result, ret, err);
        return r < 0 ? err_set(err, r, "the media worker gave no answer of ours") : 0;
}

int media_worker_probe(MediaWorker *w, int fd, MediaInfo *ret, Err *err) {
        int r = 0, result = 0;

        assert(w && fd >= 0 && ret);
        if (w->process.pid <= 0)
                r = process_start(media_program(), &w->process, err);
        if (r < 0)
                return r;
        r = request(w, fd, err);
        if (r >= 0)
                r = wait_answer(w, err);
        if (r >= 0)
                r = answer(w, &result, ret, err);
        if (r < 0) { /* whatever state it is in: a new one for the next */
                process_done(&w->process);
                return r;
        }
        return result;
}

static bool usable(const char *path) {
        return access(path, X_OK) == 0;
}

const char *media_program(void) {
        static char beside[PATH_MAX]; /* the caller is promised no ownership, so it has to live
                                         somewhere */
        const char *named = getenv("PREGEN_MEDIA");
        char *slash;
        ssize_t n;

        if (named && named[0])
                return named;
        n = readlink("/proc/self/exe", beside, sizeof beside - sizeof "pregen-media");
        if (n > 0) {
                beside[n] = 0;
                slash = strrchr(beside, '/');
                if (slash) {
                        memcpy(slash + 1, "pregen-media", sizeof "pregen-media");
                        if (usable(beside))
                                return beside;
                }
        }
        return PREGEN_MEDIA_PROGRAM;
}
