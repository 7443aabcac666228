/* SPDX-License-Identifier: MIT */

/*
 * pregen-media: one task at a time from the socket on descriptor 3, until the other side closes it.
 * Started by pregend, not by people. Ends with its parent; ignores the signals a terminal or
 * systemd sends to the whole group, because the parent decides when the work is done.
 */

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "base/heap.h"
#include "media/draw.h"
#include "media/probe.h"
#include "media/protocol.h"
#include "media/sandbox.h"

enum {
        HEAP_KEPT = 16 * 1024 * 1024, /* bytes: a picture of two thousand pixels squared, decoded */
};

static int do_probe(const Message *m, MediaInfo *ret, Err *err) {
        if (m->n_fds != 1)
                return err_set(err, -EINVAL, "a probe needs one file");
        return probe_fd(m->fds[0], ret, err);
}

static int do_draw(const Message *m, MediaInfo *ret, Err *err) {
        const Json *instructions = json_get(m->json, "instructions");
        DrawResult result = {0};
        DrawFiles files = {.output = -1, .logo = -1, .photo = -1};
        size_t n = 0;
        int r;

        if (m->n_fds > n)
                files.output = m->fds[n++];
        if (json_str(instructions, "logo") && m->n_fds > n)
                files.logo = m->fds[n++];
        if (json_str(instructions, "photo") && m->n_fds > n)
                files.photo = m->fds[n++];
        if (files.output < 0 || n != m->n_fds)
                return err_set(err, -EINVAL, "a drawing needs its output and its pictures");
        r = draw_ad(instructions, &files, &result, err);
        if (r < 0)
                return r;
        *ret = (MediaInfo){.media_type = "image/png",
                           .ext = "png",
                           .width = result.width,
                           .height = result.height};
        return 0;
}

static int handle(const Message *m, MediaInfo *ret, Err *err) {
        const char *op = json_str(m->json, "op");

        sandbox_begin_task();
        if (op && streq(op, "probe"))
                return do_probe(m, ret, err);
        if (op && streq(op, "draw"))
                return do_draw(m, ret, err);
        return err_set(err, -EINVAL, "unknown task");
}

/* 1 go on, 0 the other side is gone. */
static int serve_one(int sock, Err *err) {
        _cleanup_(message_done) Message m = {0};
        _cleanup_(json_freep) Json *reply = NULL;
        MediaInfo info = {0};
        Err task_err = {0};
        int64_t id = 0;
        int r, result;

        r = message_receive(sock, &m, err);
        if (r <= 0)
                return r == -ECONNRESET ? 0 : r;
        if (!json_int(m.json, "id", &id))
                return err_set(err, -EBADMSG, "task without a number");
        result = handle(&m, &info, &task_err);
        if (result > 0)
                result = 0;
        r = reply_build(id, result, &info, &task_err, &reply);
        if (r >= 0)
                r = message_send(sock, reply, NULL, 0);
        if (r == -EPIPE)
                return 0;
        return r < 0 ? r : 1;
}

int main(int argc, char **argv) {
        static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT};
        struct stat st;
        Err err = {0};
        int r;

        (void) argv;
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL); /* if it came too late, the socket is closed */
        if (argc > 1 || fstat(MEDIA_SOCKET_FD, &st) < 0 || !S_ISSOCK(st.st_mode)) {
                (void) fputs("pregen-media is started by pregend and takes no arguments; run "
                             "'pregend run'\n",
                             stderr);
                return 2;
        }
        for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
                (void) signal(ignored[i], SIG_IGN);
        heap_keep(HEAP_KEPT);
        r = sandbox_enter(&err);
        while (r >= 0) {
                r = serve_one(MEDIA_SOCKET_FD, &err);
                if (r == 0)
                        return 0;
        }
        (void) fprintf(stderr, "pregen-media: %s\n", err_text(&err));
        return 1;
}
