/* SPDX-License-Identifier: MIT */

#include "net/secret.h"

#include <sys/stat.h>

#include "support/test.h"

static char *secret_file(const char *name, const char *text, mode_t mode) {
        char *path = test_file(name, text);

        CHECK_INT(chmod(path, mode), 0);
        return path;
}

/* The result of loading; checks the header line it makes. */
static int load(const char *name, const char *file, const char *want, Err *err) {
        Secret *s = NULL;
        int r = secret_load(name, file, &s, err);

        if (r < 0) {
                CHECK(!s);
                return r;
        }
        if (want) {
                char *header = secret_header(s, "x-key", "Bearer ");

                CHECK(header);
                CHECK_STR(header, want);
                secret_header_free(header);
        }
        (void) secret_free(s);
        return 0;
}

TEST(key_file) {
        _cleanup_(freep) char *path = secret_file("key", "abc\n", 0600);
        Err err = {0};

        CHECK_INT(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        CHECK_OK(load("key", path, "x-key: Bearer abc", &err), &err);
        CHECK_OK(load(NULL, path, "x-key: Bearer abc", &err), &err);
        CHECK_INT(chmod(path, 0400), 0);
        CHECK_OK(load(NULL, path, "x-key: Bearer abc", &err), &err);
}

TEST(open_to_others) {
        static const mode_t modes[] = {0640, 0604, 0660, 0610, 0601, 0644};
        _cleanup_(freep) char *path = secret_file("open", "abc\n", 0600);

        for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
                Err err = {0};

                CHECK_INT(chmod(path, modes[i]), 0);
                CHECK_INT(load(NULL, path, NULL, &err), -EPERM);
                CHECK_HAS(err.text, "chmod 600");
                CHECK(!strstr(err.text, "abc"));
        }
}

TEST(credentials_directory_first) {
        _cleanup_(freep) char *inside = secret_file("creds/key", "from systemd\n", 0440);
        _cleanup_(freep) char *file = secret_file("fallback", "from the file\n", 0600);
        _cleanup_(freep) char *directory = test_path("creds");
        Err err = {0};

        CHECK(inside);
        CHECK_INT(setenv("CREDENTIALS_DIRECTORY", directory, 1), 0);
        CHECK_OK(load("key", file, "x-key: Bearer from systemd", &err), &err);
        CHECK_OK(load("other", file, "x-key: Bearer from the file", &err), &err);
        CHECK_OK(load(NULL, file, "x-key: Bearer from the file", &err), &err);
        CHECK_INT(load("other", NULL, NULL, &err), -ENOENT);
        CHECK_HAS(err.text, "LoadCredential=other");
        CHECK_INT(load("../fallback", NULL, NULL, &err), -EINVAL);
        CHECK_INT(load("", NULL, NULL, &err), -EINVAL);
        CHECK_INT(load("..", NULL, NULL, &err), -EINVAL);
        CHECK_INT(unsetenv("CREDENTIALS_DIRECTORY"), 0);
        CHECK_INT(load("key", NULL, NULL, &err), -ENOENT);
}

TEST(bad_content) {
        static const char *const texts[] = {"", "\n", "a\nb\n", "a\r\n", "a\tb", "a\x7f", "\n\n"};
        Err err = {0};

        for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
                _cleanup_(freep) char *path = secret_file("bad", texts[i], 0600);

                CHECK_INT(load(NULL, path, NULL, &err), -EINVAL);
        }
}

TEST(limit) {
        _cleanup_(freep) char *text = calloc(1, SECRET_MAX + 3);
        _cleanup_(freep) char *path = NULL;
        Err err = {0};

        CHECK(text);
        memset(text, 'k', SECRET_MAX);
        text[SECRET_MAX] = '\n';
        path = secret_file("long", text, 0600);
        CHECK_OK(load(NULL, path, NULL, &err), &err);
        text[SECRET_MAX] = 'k';
        free(path);
        path = secret_file("long", text, 0600);
        CHECK_INT(load(NULL, path, NULL, &err), -EINVAL);
        text[SECRET_MAX + 1] = '\n';
        free(path);
        path = secret_file("long", text, 0600);
        CHECK_INT(load(NULL, path, NULL, &err), -EINVAL);
}

TEST(no_regular_file) {
        _cleanup_(freep) char *target = secret_file("target", "abc\n", 0600);
        _cleanup_(freep) char *link = test_path("link"), *fifo = test_path("fifo");
        Err err = {0};

        CHECK_INT(symlink(target, link), 0);
        CHECK_INT(load(NULL, link, NULL, &err), -EINVAL);
        CHECK_INT(mkfifo(fifo, 0600), 0);
        CHECK_INT(load(NULL, fifo, NULL, &err), -EINVAL);
        CHECK_INT(load(NULL, test_dir(), NULL, &err), -EINVAL);
        CHECK_INT(load(NULL, "/nonexistent/key", NULL, &err), -ENOENT);
        CHECK_HAS(err.text, "/nonexistent/key");
}

TEST(not_ours) {
        _cleanup_(freep) char *path = NULL;
        Err err = {0};

        if (geteuid() != 0) {
                test_skip("only root can give a file away");
                return;
        }
        path = secret_file("theirs", "abc\n", 0600);
        CHECK_INT(chown(path, 65534, 65534), 0);
        CHECK_INT(load(NULL, path, NULL, &err), -EPERM);
        CHECK_HAS(err.text, "chown");
}

/* What is left of `text` when the secret `key` was struck out. */
static void check_struck(const char *key, const char *text, const char *want) {
        _cleanup_(freep) char *path = secret_file("strike", key, 0600), *copy = strdup(text);
        Secret *s = NULL;
        Err err = {0};

        CHECK(copy);
        CHECK_OK(secret_load(NULL, path, &s, &err), &err);
        secret_strike(s, copy, strlen(copy));
        CHECK_STR(copy, want);
        (void) secret_free(s);
}

TEST(struck_out) {
        check_struck("sesame77", "", "");
        check_struck("sesame77", "sesame77", "********");
        check_struck("sesame77", "the key 'sesame77', sesame77", "the key '********', ********");
        check_struck("sesame77", "sesame7 sesame7sesame77", "sesame7 sesame7********");
        check_struck("sesame77", "\\u0073esame77!", "*************!");
        check_struck("sesame77", "s\\u0065sam\\u00657\\u0037 \\u0073",
                     "*********************** \\u0073");
        check_struck("sesame77", "sesame7\\u003", "sesame7\\u003");
        check_struck("sesame77", "sesame7\\u0137 sesame7\\", "sesame7\\u0137 sesame7\\");
        check_struck("/a\"b\\c/dZ", "/a\\\"b\\\\c\\/dZ", "************");
        check_struck("/a\"b\\c/dZ", "\\/a\\u0022b\\u005Cc/d\\u005a", "*************************");
        check_struck("sesame7", "sesame7", "sesame7"); /* too short to be told from a word */
        secret_strike(NULL, NULL, 0);
}
