/* SPDX-License-Identifier: MIT */

#include "night/reply.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "night/night.h"
#include "support/test.h"

static int open_library(void) {
        static int n;
        char name[16];
        _cleanup_(freep) char *path = NULL;
        int fd;

        (void) snprintf(name, sizeof name, "lib%d", n++);
        path = test_path(name);
        CHECK(mkdir(path, 0700) == 0);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(fd >= 0);
        CHECK(mkdirat(fd, "spool", 0700) == 0);
        return fd;
}

TEST(comes_back_as_it_was) {
        _cleanup_(closep) int fd = open_library();
        ReplyPayload payloads[2] = {{.bytes = 10}, {.bytes = 20000000000}};
        ProviderReply reply = {
                .status = 200,
                .content_type = "application/json",
                .request_id = "r-1",
                .envelope = "{\"a\":\"\\u0007 \xc3\xa4 payload:1\"}",
                .payloads = payloads,
                .n_payloads = 2,
        };
        SavedReply back = {0};
        Err err = {0};

        digest_of("x", 1, &payloads[0].digest);
        digest_of("y", 1, &payloads[1].digest);
        CHECK_OK(reply_save(fd, 17, &reply, &err), &err);
        CHECK_OK(reply_load(fd, 17, &back, &err), &err);
        CHECK_INT(back.reply.status, 200);
        CHECK_STR(back.reply.envelope, reply.envelope);
        CHECK_STR(back.reply.content_type, "application/json");
        CHECK_STR(back.reply.request_id, "r-1");
        CHECK_INT(back.reply.n_payloads, 2);
        CHECK_INT(back.reply.payloads[1].bytes, 20000000000);
        CHECK(digest_equal(&back.reply.payloads[1].digest, &payloads[1].digest));
        saved_reply_done(&back);
        reply_remove(fd, 17, 2);
        CHECK_INT(reply_load(fd, 17, &back, &err), -ENOENT);
}

TEST(torn_at_any_length_is_recognised) {
        _cleanup_(closep) int fd = open_library();
        ReplyPayload payload = {.bytes = 3};
        ProviderReply reply = {
                .status = 200, .envelope = "{}", .payloads = &payload, .n_payloads = 1};
        _cleanup_(freep) char *text = NULL;
        SavedReply back = {0};
        Err err = {0};
        size_t n;

        CHECK_OK(reply_save(fd, 1, &reply, &err), &err);
        CHECK_OK(fs_read_file_at(fd, "spool/1.reply", 100000, &text, &n), &err);
        for (size_t cut = 0; cut < n; cut++) {
                _cleanup_(closep) int file =
                        openat(fd, "spool/1.reply", O_WRONLY | O_TRUNC | O_CLOEXEC);

                CHECK(file >= 0);
                CHECK_OK(fs_write_all(file, text, cut), &err);
                CHECK_INT(reply_load(fd, 1, &back, &err), -EBADMSG);
        }
}
