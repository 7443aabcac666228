/* SPDX-License-Identifier: MIT */

#include "media/protocol.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
        ERRNO_MAX = 4095, /* the kernel's own bound */
};

int message_send(int sock, const Json *message, const int *fds, size_t n_fds) {
        union {
                char bytes[CMSG_SPACE(sizeof(int) * MEDIA_FDS_MAX)];
                struct cmsghdr align;
        } control = {0};
        _cleanup_(freep) char *text = NULL;
        struct iovec iov;
        struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
        struct cmsghdr *c;

        assert(n_fds <= MEDIA_FDS_MAX);

        text = json_print(message);
        if (!text)
                return -ENOMEM;
        iov = (struct iovec){.iov_base = text, .iov_len = strlen(text)};
        if (iov.iov_len > MEDIA_MESSAGE_MAX)
                return -E2BIG;
        if (n_fds > 0) {
                h.msg_control = control.bytes;
                h.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
                c = CMSG_FIRSTHDR(&h);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
                memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
        }
        for (;;) {
                if (sendmsg(sock, &h, MSG_NOSIGNAL) >= 0)
                        return 0;
                if (errno != EINTR)
                        return -errno;
        }
}

void message_done(Message *m) {
        assert(m);
        m->json = json_free(m->json);
        for (size_t i = 0; i < m->n_fds; i++)
                closep(&m->fds[i]);
        m->n_fds = 0;
}

/* The control buffer is rounded up, so that the kernel may hand over one more than fits. */
static bool take_descriptors(struct msghdr *h, Message *m) {
        bool all = true;

        for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
                size_t n;

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
                        continue;
                n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
                for (size_t i = 0; i < n; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                        if (m->n_fds < MEDIA_FDS_MAX)
                                m->fds[m->n_fds++] = fd;
                        else {
                                closep(&fd);
                                all = false;
                        }
                }
        }
        return all;
}

int message_receive(int sock, Message *ret, Err *err) {
        union {
                char bytes[CMSG_SPACE(sizeof(int) * MEDIA_FDS_MAX)];
                struct cmsghdr align;
        } control;
        _cleanup_(freep) char *text = NULL;
        _cleanup_(message_done) Message m = {.fds = {-1, -1, -1}};
        struct iovec iov;
        struct msghdr h = {.msg_iov = &iov, .msg_iovlen = 1};
        ssize_t n;
        int r;

        assert(ret);

        text = malloc(MEDIA_MESSAGE_MAX);
        if (!text)
                return -ENOMEM;
        iov = (struct iovec){.iov_base = text, .iov_len = MEDIA_MESSAGE_MAX};
        h.msg_control = control.bytes;
        h.msg_controllen = sizeof control.bytes;
        do
                n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        if (n < 0)
                return -errno;
        if (n == 0)
                return 0;
        if (!take_descriptors(&h, &m) || h.msg_flags & MSG_CTRUNC)
                return err_set(err, -EMFILE, "descriptors of a message were lost");
        if (h.msg_flags & MSG_TRUNC)
                return err_set(err, -EBADMSG, "message beyond %d bytes", (int) MEDIA_MESSAGE_MAX);
        r = json_parse(text, (size_t) n, &m.json, err);
        if (r < 0)
                return r;
        if (!json_is_object(m.json))
                return err_set(err, -EBADMSG, "message is no object");
        *ret = m;
        m = (Message){0};
        return 1;
}

int reply_build(int64_t id, int result, const MediaInfo *info, const Err *err, Json **ret) {
        char look[FINGERPRINT_HEX_MAX];
        Json *j;

        assert(result <= 0);
        assert(result < 0 || info);
        assert(ret);

        j = json_new_object();
        if (!j)
                return -ENOMEM;
        (void) json_add_int(j, "id", id); /* a failed addition shows when the reply is printed */
        (void) json_add_bool(j, "ok", result == 0);
        if (result == 0) {
                (void) json_add_str(j, "media_type", info->media_type);
                (void) json_add_str(j, "ext", info->ext);
                (void) json_add_int(j, "width", info->width);
                (void) json_add_int(j, "height", info->height);
                (void) json_add_int(j, "duration_ms", info->duration_ms);
                fingerprint_hex(&info->look, look);
                if (info->look.n > 0)
                        (void) json_add_str(j, "look", look);
        } else {
                (void) json_add_int(j, "errno", -(int64_t) result);
                (void) json_add_str(j, "error", err_text(err));
        }
        *ret = j;
        return 0;
}

static bool copy_word(const char *from, char *ret, size_t size) {
        size_t n = from ? strlen(from) : 0;

        if (n == 0 || n >= size)
                return false;
        memcpy(ret, from, n + 1);
        return true;
}

int reply_parse(const Json *reply, int64_t id, int *ret_result, MediaInfo *ret_info, Err *ret_err) {
        const char *look = json_str(reply, "look");
        MediaInfo info = {0};
        int64_t got = -1, code = 0;
        bool ok = false;

        assert(ret_result);
        assert(ret_info);

        if (!json_int(reply, "id", &got) || got != id || !json_bool(reply, "ok", &ok))
                return -EBADMSG;
        if (!ok) {
                if (!json_int(reply, "errno", &code) || code < 1 || code > ERRNO_MAX)
                        return -EBADMSG;
                *ret_result = (int) -code;
                (void) err_set(ret_err, (int) -code, "%s",
                               json_str(reply, "error") ?: "the media worker gave no reason");
                return 0;
        }
        if (!copy_word(json_str(reply, "media_type"), info.media_type, sizeof info.media_type) ||
            !copy_word(json_str(reply, "ext"), info.ext, sizeof info.ext) ||
            !json_int(reply, "width", &info.width) || !json_int(reply, "height", &info.height) ||
            !json_int(reply, "duration_ms", &info.duration_ms))
                return -EBADMSG;
        if (info.width < 1 || info.width > MEDIA_SIDE_MAX || info.height < 1 ||
            info.height > MEDIA_SIDE_MAX || info.duration_ms < 0)
                return -EBADMSG;
        if (look && fingerprint_from_hex(look, &info.look) < 0)
                return -EBADMSG;
        *ret_info = info;
        *ret_result = 0;
        return 0;
}
