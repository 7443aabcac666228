/* SPDX-License-Identifier: MIT */

#include "night/reply.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "core/library.h"
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

static ReplyLog *open_log(int fd) {
        ReplyLog *log = NULL;
        Err err = {0};

        CHECK_OK(reply_log_open(fd, &log, &err), &err);
        return log;
}

static void save(ReplyLog *log, int64_t attempt, const char *envelope) {
        ReplyPayload payload = {.bytes = attempt};
        ProviderReply reply = {
                .status = 200, .envelope = envelope, .payloads = &payload, .n_payloads = 1};
        Err err = {0};

        CHECK_OK(reply_save(log, attempt, &reply, &err), &err);
}

static void check_kept(ReplyLog *log, int64_t attempt, const char *envelope) {
        SavedReply back = {0};
        Err err = {0};

        CHECK_OK(reply_load(log, attempt, &back, &err), &err);
        CHECK_STR(back.reply.envelope, envelope);
        CHECK_INT(back.payloads[0].bytes, attempt);
        saved_reply_done(&back);
}

static void check_gone(ReplyLog *log, int64_t attempt) {
        SavedReply back = {0};
        Err err = {0};

        CHECK_INT(reply_load(log, attempt, &back, &err), -ENOENT);
}

static int64_t size_of_file(int fd) {
        struct stat st;

        return fstatat(fd, AL_SPOOL_REPLIES, &st, 0) < 0 ? -1 : (int64_t) st.st_size;
}

TEST(comes_back_as_it_was) {
        _cleanup_(closep) int fd = open_library();
        ReplyPayload payloads[2] = {{.bytes = 10}, {.bytes = 20000000000}};
        ProviderReply reply = {
                .status = 200,
                .content_type = "application/json",
                .request_id = "r-1",
                .envelope = "{\"a\":\"\\u0007 \xc3\xa4\n payload:1\"}",
                .payloads = payloads,
                .n_payloads = 2,
        };
        ReplyLog *log = open_log(fd);
        SavedReply back = {0};
        Err err = {0};

        digest_of("x", 1, &payloads[0].digest);
        digest_of("y", 1, &payloads[1].digest);
        CHECK_OK(reply_save(log, 17, &reply, &err), &err);
        for (int again = 0; again < 2; again++) { /* of this run, and of the next */
                CHECK_OK(reply_load(log, 17, &back, &err), &err);
                CHECK_INT(back.reply.status, 200);
                CHECK_STR(back.reply.envelope, reply.envelope);
                CHECK_STR(back.reply.content_type, "application/json");
                CHECK_STR(back.reply.request_id, "r-1");
                CHECK_INT(back.reply.n_payloads, 2);
                CHECK_INT(back.reply.payloads[1].bytes, 20000000000);
                CHECK(digest_equal(&back.reply.payloads[1].digest, &payloads[1].digest));
                saved_reply_done(&back);
                if (again == 0) {
                        (void) reply_log_close(log);
                        log = open_log(fd);
                }
        }
        reply_drop(log, 17);
        check_gone(log, 17);
        (void) reply_log_close(log);
        CHECK_INT(size_of_file(fd), -1);
}

/* However much of the last line a kill or a loss of power left: those before it are whole, and what
 * comes next is. */
TEST(torn_at_any_length_is_not_there) {
        _cleanup_(closep) int fd = open_library();
        _cleanup_(freep) char *text = NULL;
        ReplyLog *log = open_log(fd);
        Err err = {0};
        size_t n, first;

        save(log, 1, "{}");
        first = (size_t) size_of_file(fd);
        save(log, 2, "[2]");
        (void) reply_log_close(log);
        CHECK_OK(fs_read_file_at(fd, AL_SPOOL_REPLIES, 100000, &text, &n), &err);
        for (size_t cut = first; cut < n; cut++) {
                _cleanup_(closep) int file =
                        openat(fd, AL_SPOOL_REPLIES, O_WRONLY | O_TRUNC | O_CLOEXEC);

                CHECK(file >= 0);
                CHECK_OK(fs_write_all(file, text, cut), &err);
                log = open_log(fd);
                check_kept(log, 1, "{}");
                check_gone(log, 2);
                save(log, 3, "[3]");
                (void) reply_log_close(log);
                log = open_log(fd);
                check_kept(log, 1, "{}");
                check_kept(log, 3, "[3]");
                (void) reply_log_close(log);
        }
}

TEST(a_changed_byte_is_not_there) {
        _cleanup_(closep) int fd = open_library();
        _cleanup_(freep) char *text = NULL;
        ReplyLog *log = open_log(fd);
        Err err = {0};
        size_t n;

        save(log, 1, "{}");
        (void) reply_log_close(log);
        CHECK_OK(fs_read_file_at(fd, AL_SPOOL_REPLIES, 100000, &text, &n), &err);
        for (size_t i = 0; i < n; i++) {
                _cleanup_(closep) int file = openat(fd, AL_SPOOL_REPLIES,
                                                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

                CHECK(file >= 0);
                text[i] ^= 1;
                CHECK_OK(fs_write_all(file, text, n), &err);
                text[i] ^= 1;
                log = open_log(fd);
                check_gone(log, 1);
                (void) reply_log_close(log);
        }
}

TEST(what_nobody_asked_for_is_dropped) {
        _cleanup_(closep) int fd = open_library();
        ReplyLog *log = open_log(fd);

        save(log, 1, "[1]");
        save(log, 2, "[2]");
        (void) reply_log_close(log);
        log = open_log(fd);
        check_kept(log, 2, "[2]");
        reply_drop_others(log);
        check_gone(log, 1);
        check_kept(log, 2, "[2]");
        (void) reply_log_close(log);
        CHECK(size_of_file(fd) > 0);
        log = open_log(fd);
        reply_drop_others(log);
        (void) reply_log_close(log);
        CHECK_INT(size_of_file(fd), -1);
}

TEST(the_file_does_not_grow_for_ever) {
        enum { ENVELOPE = 255 * 1024 };
        _cleanup_(closep) int fd = open_library();
        _cleanup_(freep) char *long_one = malloc(ENVELOPE + 1);
        ReplyLog *log = open_log(fd);
        int64_t largest = 0;

        CHECK(long_one);
        memset(long_one, 'x', ENVELOPE);
        long_one[ENVELOPE] = '\0';
        save(log, 1, "[1]");
        for (int64_t i = 2; i < 300; i++) {
                if (i == 255) /* a copy cannot be made for a while: then the file grows on */
                        CHECK_INT(mkdirat(fd, AL_SPOOL_REPLIES ".new", 0700), 0);
                save(log, i, long_one);
                if (i == 270)
                        CHECK_INT(unlinkat(fd, AL_SPOOL_REPLIES ".new", AT_REMOVEDIR), 0);
                if (i > 2)
                        reply_drop(log, i - 1);
                largest = MAX_OF(largest, size_of_file(fd));
        }
        CHECK(largest > REPLY_LOG_MAX && largest < REPLY_LOG_MAX + 20 * ENVELOPE);
        CHECK(size_of_file(fd) < REPLY_LOG_MAX / 2);
        check_kept(log, 1, "[1]");
        check_kept(log, 299, long_one);
        (void) reply_log_close(log);
        log = open_log(fd);
        check_kept(log, 1, "[1]");
        check_kept(log, 299, long_one);
        reply_drop_others(log); /* the file does not say what of it was dropped */
        reply_drop(log, 1);
        reply_drop(log, 299);
        (void) reply_log_close(log);
        CHECK_INT(size_of_file(fd), -1);
}

/* The disk is full in the middle of a line, behind one that a kill had torn: what comes when there is
 * room again is kept whole. */
TEST(after_a_write_that_failed) {
        _cleanup_(closep) int fd = open_library();
        ProviderReply reply = {.status = 200, .envelope = "{\"a\":\"longer than the room\"}"};
        _cleanup_(freep) char *text = NULL;
        ReplyLog *log = open_log(fd);
        struct rlimit all, few;
        Err err = {0};
        rlim_t first;
        size_t n;

        CHECK(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
        CHECK_INT(getrlimit(RLIMIT_FSIZE, &all), 0);
        save(log, 1, "{}");
        first = (rlim_t) size_of_file(fd);
        save(log, 2, "[2]");
        (void) reply_log_close(log);
        CHECK_OK(fs_read_file_at(fd, AL_SPOOL_REPLIES, 100000, &text, &n), &err);
        for (rlim_t room = 0; room < 40; room++) {
                _cleanup_(closep) int file = openat(fd, AL_SPOOL_REPLIES,
                                                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

                CHECK(file >= 0);
                CHECK_OK(fs_write_all(file, text, n - 5), &err); /* the second is torn */
                log = open_log(fd);
                few = (struct rlimit){first + room, all.rlim_max};
                CHECK_INT(setrlimit(RLIMIT_FSIZE, &few), 0);
                CHECK(reply_save(log, 3, &reply, &err) < 0);
                CHECK_INT(setrlimit(RLIMIT_FSIZE, &all), 0);
                save(log, 4, "[4]");
                (void) reply_log_close(log);
                log = open_log(fd);
                check_kept(log, 1, "{}");
                check_gone(log, 3);
                check_kept(log, 4, "[4]");
                (void) reply_log_close(log);
        }
}

/* A kill left the line of a settled attempt; then an older ledger was put back, and the number comes
 * again. */
TEST(of_equal_attempts_the_newest) {
        _cleanup_(closep) int fd = open_library();
        ReplyLog *log = open_log(fd);

        save(log, 7, "[\"old\"]");
        (void) reply_log_close(log);
        log = open_log(fd);
        save(log, 7, "[\"new\"]");
        (void) reply_log_close(log);
        log = open_log(fd);
        check_kept(log, 7, "[\"new\"]");
        (void) reply_log_close(log);
        log = open_log(fd);
        reply_drop_others(log); /* nobody asked: not only forgotten */
        CHECK_INT(size_of_file(fd), -1);
        save(log, 7, "[\"newest\"]");
        (void) reply_log_close(log);
        log = open_log(fd);
        check_kept(log, 7, "[\"newest\"]");
        reply_drop(log, 7);
        (void) reply_log_close(log);
}
