/* SPDX-License-Identifier: MIT */

/* Messages and their descriptors cross a real socket; nonsense is refused and nothing leaks. */

#include <dirent.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "media/protocol.h"
#include "support/fault.h"
#include "support/test.h"

typedef struct Pair {
        int a, b;
} Pair;

static Pair pair_new(void) {
        int fds[2];

        CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0);
        return (Pair){fds[0], fds[1]};
}

static void pair_done(Pair *p) {
        (void) close(p->a);
        (void) close(p->b);
}

static int open_descriptors(void) {
        DIR *dir = opendir("/proc/self/fd");
        int n = 0;

        CHECK(dir);
        while (readdir(dir))
                n++;
        (void) closedir(dir);
        return n;
}

static Json *new_message(size_t padding) {
        _cleanup_(freep) char *text = malloc(padding + 1);
        Json *j = json_new_object();

        CHECK(j && text);
        memset(text, 'x', padding);
        text[padding] = 0;
        CHECK(json_add_int(j, "id", 7) == 0);
        CHECK(json_add_str(j, "op", text) == 0);
        return j;
}

TEST(a_message_with_descriptors) {
        _cleanup_(pair_done) Pair p = pair_new();
        _cleanup_(json_freep) Json *j = new_message(4);
        int fds[3] = {p.a, p.b, STDERR_FILENO}, before = open_descriptors();
        struct stat sent, got;

        for (size_t n = 0; n <= MEDIA_FDS_MAX; n++) {
                Message m = {0};
                Err err = {0};

                CHECK(message_send(p.a, j, fds, n) == 0);
                CHECK_INT(message_receive(p.b, &m, &err), 1);
                CHECK_STR(json_str(m.json, "op"), "xxxx");
                CHECK_INT(m.n_fds, n);
                for (size_t i = 0; i < n; i++) {
                        CHECK(fstat(fds[i], &sent) == 0 && fstat(m.fds[i], &got) == 0);
                        CHECK(sent.st_ino == got.st_ino);
                        CHECK(fcntl(m.fds[i], F_GETFD) & FD_CLOEXEC);
                }
                message_done(&m);
        }
        CHECK_INT(open_descriptors(), before);
}

TEST(nothing_there_and_nobody_there) {
        Pair p = pair_new();
        _cleanup_(json_freep) Json *j = new_message(4);
        Message m = {0};

        CHECK_INT(message_receive(p.a, &m, NULL), -EAGAIN);
        (void) close(p.b);
        CHECK_INT(message_receive(p.a, &m, NULL), 0);
        CHECK_INT(message_send(p.a, j, NULL, 0), -EPIPE);
        (void) close(p.a);
}

TEST(a_message_at_its_cap) {
        _cleanup_(pair_done) Pair p = pair_new();
        const size_t frame = strlen("{\"id\":7,\"op\":\"\"}");
        _cleanup_(json_freep) Json *fits = new_message(MEDIA_MESSAGE_MAX - frame);
        _cleanup_(json_freep) Json *beyond = new_message(MEDIA_MESSAGE_MAX - frame + 1);
        _cleanup_(message_done) Message m = {0};
        Err err = {0};

        CHECK_INT(message_send(p.a, beyond, NULL, 0), -E2BIG);
        CHECK_INT(message_send(p.a, fits, NULL, 0), 0);
        CHECK_INT(message_receive(p.b, &m, &err), 1);
}

TEST(nonsense_is_refused) {
        static const char *const texts[] = {"x", "[]", "\"text\"", "{\"id\":", "{} {}"};
        static char big[MEDIA_MESSAGE_MAX + 10];
        _cleanup_(pair_done) Pair p = pair_new();
        Message m = {0};
        Err err = {0};

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                CHECK(send(p.a, texts[i], strlen(texts[i]), 0) > 0);
                CHECK_INT(message_receive(p.b, &m, &err), -EBADMSG);
        }
        memset(big, ' ', sizeof big);
        big[0] = '{';
        big[1] = '}';
        CHECK(send(p.a, big, sizeof big, 0) > 0);
        CHECK_INT(message_receive(p.b, &m, &err), -EBADMSG);
        CHECK_HAS(err.text, "beyond");
}

/* Descriptors of a message that is refused, or that there are too many of, are closed. */
TEST(no_descriptor_is_left_behind) {
        _cleanup_(pair_done) Pair p = pair_new();
        union {
                char bytes[CMSG_SPACE(sizeof(int) * 8)];
                struct cmsghdr align;
        } control = {0};
        struct iovec iov = {.iov_base = (char[]){"[]"}, .iov_len = 2};
        struct msghdr h = {.msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        int fds[8] = {0}, before = open_descriptors();
        Message m = {0};

        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fds);
        for (size_t i = 0; i < ARRAY_LEN(fds); i++)
                fds[i] = STDERR_FILENO;
        memcpy(CMSG_DATA(c), fds, sizeof fds);
        CHECK(sendmsg(p.a, &h, 0) > 0);
        CHECK_INT(message_receive(p.b, &m, NULL), -EMFILE);
        c->cmsg_len = CMSG_LEN(sizeof(int));
        h.msg_controllen = CMSG_SPACE(sizeof(int));
        CHECK(sendmsg(p.a, &h, 0) > 0);
        CHECK_INT(message_receive(p.b, &m, NULL), -EBADMSG);
        CHECK_INT(open_descriptors(), before);
}

static const MediaInfo good_info = {.media_type = "image/png",
                                    .ext = "png",
                                    .width = MEDIA_SIDE_MAX,
                                    .height = 1,
                                    .duration_ms = 0};

TEST(a_good_reply) {
        _cleanup_(json_freep) Json *j = NULL;
        MediaInfo info = {0};
        Err err = {0};
        int result = -1;

        CHECK(reply_build(9, 0, &good_info, NULL, &j) == 0);
        CHECK(reply_parse(j, 9, &result, &info, &err) == 0);
        CHECK_INT(result, 0);
        CHECK_STR(info.media_type, "image/png");
        CHECK_STR(info.ext, "png");
        CHECK_INT(info.width, MEDIA_SIDE_MAX);
        CHECK_INT(reply_parse(j, 8, &result, &info, &err), -EBADMSG);
}

TEST(a_bad_reply) {
        _cleanup_(json_freep) Json *j = NULL;
        MediaInfo info = {0};
        Err why = {0}, err = {0};
        int result = 0;

        (void) err_set(&why, -ENOSPC, "cannot write the picture");
        CHECK(reply_build(9, -ENOSPC, NULL, &why, &j) == 0);
        CHECK(reply_parse(j, 9, &result, &info, &err) == 0);
        CHECK_INT(result, -ENOSPC);
        CHECK_STR(err.text, "cannot write the picture");
}

/* A worker that was taken over may say anything. */
TEST(replies_that_lie) {
        static const char *const texts[] = {
                "{}",
                "{\"id\":9}",
                "{\"id\":9,\"ok\":1}",
                "{\"id\":\"x\",\"ok\":true}",
                "{\"id\":9,\"ok\":false}",
                "{\"id\":9,\"ok\":false,\"errno\":0}",
                "{\"id\":9,\"ok\":false,\"errno\":-5}",
                "{\"id\":9,\"ok\":false,\"errno\":4096}",
                "{\"id\":9,\"ok\":true}",
                "{\"id\":9,\"ok\":true,\"media_type\":\"\",\"ext\":\"png\",\"width\":1,"
                "\"height\":1,\"duration_ms\":0}",
                "{\"id\":9,\"ok\":true,\"media_type\":\"image/png\",\"ext\":\"muchtoolong\","
                "\"width\":1,\"height\":1,\"duration_ms\":0}",
                "{\"id\":9,\"ok\":true,\"media_type\":\"image/png\",\"ext\":\"png\",\"width\":0,"
                "\"height\":1,\"duration_ms\":0}",
                "{\"id\":9,\"ok\":true,\"media_type\":\"image/png\",\"ext\":\"png\","
                "\"width\":16385,\"height\":1,\"duration_ms\":0}",
                "{\"id\":9,\"ok\":true,\"media_type\":\"image/png\",\"ext\":\"png\",\"width\":1,"
                "\"height\":1,\"duration_ms\":-1}",
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                _cleanup_(json_freep) Json *j = NULL;
                MediaInfo info = {0};
                Err err = {0};
                int result = 77;

                CHECK_OK(json_parse(texts[i], strlen(texts[i]), &j, &err), &err);
                CHECK_INT(reply_parse(j, 9, &result, &info, &err), -EBADMSG);
                CHECK_INT(result, 77); /* outputs untouched */
                CHECK_INT(info.width, 0);
        }
}

TEST(without_memory) {
        _cleanup_(json_freep) Json *j = new_message(4);
        int before = open_descriptors();

        for (unsigned n = 1;; n++) {
                Pair p = pair_new();
                Message m = {0};
                int fd = STDERR_FILENO, r;
                bool hit;

                fault_arm(n, ENOMEM);
                r = message_send(p.a, j, &fd, 1);
                if (r == 0)
                        r = message_receive(p.b, &m, NULL);
                hit = fault_disarm();
                if (hit)
                        CHECK_INT(r, -ENOMEM);
                else
                        CHECK_INT(r, 1);
                message_done(&m);
                pair_done(&p);
                if (!hit)
                        break;
        }
        CHECK_INT(open_descriptors(), before);
}
