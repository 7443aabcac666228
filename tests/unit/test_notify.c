/* SPDX-License-Identifier: MIT */

#include "night/notify.h"

#include "base/fs.h"
#include "base/strbuf.h"
#include "support/test.h"

static int run(const char *script, const char *text, int timeout_ms, Err *err) {
        const char *argv[] = {"/bin/sh", "-c", script, "sh", test_dir(), NULL};

        return notify_run(argv, text, timeout_ms, err);
}

TEST(the_command_gets_the_text) {
        _cleanup_(freep) char *path = test_path("got"), *got = NULL;
        _cleanup_(strbuf_done) StrBuf big = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        Err err = {0};
        size_t n;

        for (int i = 0; i < 100000; i++)
                (void) strbuf_printf(&big, "%d,", i);
        CHECK_OK(run("cat >\"$1/got\"", strbuf_text(&big), 60000, &err), &err);
        CHECK_OK(fs_read_file(path, STRBUF_MAX_DEFAULT, &got, &n), &err);
        CHECK_STR(got, strbuf_text(&big));
}

TEST(one_that_does_not_listen_is_fine) {
        _cleanup_(strbuf_done) StrBuf big = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        Err err = {0};

        for (int i = 0; i < 1000000; i++)
                (void) strbuf_puts(&big, "text");
        CHECK_OK(run("exec true", strbuf_text(&big), 60000, &err), &err);
}

TEST(failures_are_told) {
        Err err = {0};
        const char *const nobody[] = {"/nonexistent/tell-ops", NULL};

        CHECK_INT(run("exit 3", "{}", 60000, &err), -ECANCELED);
        CHECK_HAS(err_text(&err), "exit code 3");
        CHECK_INT(run("kill -9 $$", "{}", 60000, &err), -ECANCELED);
        CHECK_HAS(err_text(&err), "signal 9");
        CHECK_INT(notify_run(nobody, "{}", 60000, &err), -ENOENT);
        CHECK_HAS(err_text(&err), "/nonexistent/tell-ops");
}

TEST(one_that_hangs_is_ended) {
        Err err = {0};

        CHECK_INT(run("exec tail -f /dev/null", "{}", 50, &err), -ETIMEDOUT);
        CHECK_HAS(err_text(&err), "within 0.05 s");
}

TEST(who_wants_to_hear_of_what) {
        static const char *command[] = {"x", NULL};
        Settings s = {.notify_command = command};

        CHECK(!notify_wanted(&s, 3, 1));
        s.notify_failure = true;
        CHECK(notify_wanted(&s, 3, 0));
        CHECK(!notify_wanted(&s, 0, 1));
        s.notify_shortage = true;
        CHECK(notify_wanted(&s, 0, 1));
        CHECK(!notify_wanted(&s, 0, 0));
        s.notify_always = true;
        CHECK(notify_wanted(&s, 0, 0));
        s.notify_command = NULL;
        CHECK(!notify_wanted(&s, 3, 1));
}
