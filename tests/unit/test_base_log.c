/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "support/test.h"

/* stderr goes into a file for the while. */
static int redirect(const char *path) {
        int saved, fd;

        (void) fflush(stderr);
        saved = dup(STDERR_FILENO);
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        CHECK(saved >= 0 && fd >= 0);
        CHECK_INT(dup2(fd, STDERR_FILENO), STDERR_FILENO);
        (void) close(fd);
        return saved;
}

static char *restore(int saved, const char *path) {
        char *text = NULL;

        (void) fflush(stderr);
        CHECK_INT(dup2(saved, STDERR_FILENO), STDERR_FILENO);
        (void) close(saved);
        CHECK_INT(fs_read_file(path, 10000, &text, NULL), 0);
        return text;
}

static void count(void *userdata) {
        ++*(int *) userdata;
}

TEST(one_line_a_fact_by_level) {
        _cleanup_(freep) char *path = test_path("err"), *text = NULL;
        const LogField fields[] = {{"PREGEN_JOB", "1"}, {"PREGEN_RUN", NULL}};
        int saved = redirect(path), calls = 0;

        (void) unsetenv("JOURNAL_STREAM");
        log_init("prog");
        log_set_hooks(count, count, &calls);
        log_info("made %d", 3);
        log_debug("not shown");
        log_set_level(LOG_WARNING);
        log_info("not shown");
        errno = ENOSPC;
        log_event(LOG_ERR, "0123", fields, ARRAY_LEN(fields),
                  "a\nb\033[31m\x7f\xc2\x9b\xff \u202ex \u00fc");
        CHECK_INT(errno, ENOSPC);
        text = restore(saved, path);
        CHECK_STR(text, "prog: info: made 3\nprog: error: a b?[31m?\\x9b\\xff \\u202ex \u00fc\n");
        CHECK_INT(calls, 4);
        log_set_hooks(NULL, NULL, NULL);
}

TEST(the_journal_is_known_by_its_stream) {
        _cleanup_(freep) char *stream = NULL;
        struct stat st;

        CHECK_INT(fstat(STDERR_FILENO, &st), 0);
        stream = str_printf("%ju:%ju", (uintmax_t) st.st_dev, (uintmax_t) st.st_ino);
        CHECK(stream);
        CHECK_INT(setenv("JOURNAL_STREAM", stream, 1), 0);
        log_init("prog");
        CHECK(log_to_journal());
        CHECK_INT(setenv("JOURNAL_STREAM", "1:1", 1), 0);
        log_init("prog");
        CHECK(!log_to_journal());
}
