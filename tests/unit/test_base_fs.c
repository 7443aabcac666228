/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strv.h"
#include "support/test.h"

static int open_dir(const char *name) {
        _cleanup_(freep) char *path = test_path(name);
        int fd;

        CHECK_INT(fs_mkdir_p(AT_FDCWD, path, 0755), 0);
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(fd >= 0);
        return fd;
}

TEST(read_whole_files_up_to_a_limit) {
        _cleanup_(freep) char *path = test_file("read/f", "0123456789");
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;

        CHECK_INT(fs_read_file(path, 10, &text, &n), 0);
        CHECK_INT(n, 10);
        CHECK_STR(text, "0123456789");
        freep(&text);
        text = NULL;
        CHECK_INT(fs_read_file(path, 9, &text, &n), -EFBIG);
        CHECK(!text);
        CHECK_INT(fs_read_file(test_dir(), 10, &text, &n), -EISDIR);
        CHECK_INT(fs_read_file("/dev/null", 10, &text, &n), -EINVAL);
        CHECK_INT(fs_read_file("/nonexistent", 10, &text, &n), -ENOENT);
        CHECK_INT(n, 10);
}

TEST(a_pipe_is_no_file_and_does_not_hang) {
        _cleanup_(freep) char *path = test_path("pipe");
        char *text = NULL;

        CHECK_INT(mkfifo(path, 0600), 0);
        CHECK_INT(fs_read_file(path, 10, &text, NULL), -EINVAL);
}

TEST(durable_write_replaces_and_leaves_nothing_else) {
        _cleanup_(closep) int dir = open_dir("durable");
        _cleanup_(freep) char *text = NULL, *path = test_path("durable"), *sub = NULL;
        _cleanup_(strv_done) Strv names = {0};
        struct stat st;
        mode_t mask = umask(077);

        CHECK_INT(fs_write_file_durable(dir, "f", "one", 3, 0640), 0);
        CHECK_INT(fs_write_file_durable(dir, "f", "second", 6, 0644), 0);
        (void) umask(mask);
        CHECK_INT(fs_read_file_at(dir, "f", 100, &text, NULL), 0);
        CHECK_STR(text, "second");
        CHECK_INT(fstatat(dir, "f", &st, 0), 0);
        CHECK_INT(st.st_mode & 07777, 0644);
        CHECK_INT(fs_list_dir(path, "", 100, &names), 0);
        CHECK_INT(names.n, 1);
        CHECK_INT(fs_mkdir_p(dir, "a", 0755), 0);
        CHECK_INT(fs_write_file_durable(dir, "a/g", NULL, 0, 0600), 0);
        sub = path_join(path, "a/g");
        CHECK_INT(fs_write_file_durable(AT_FDCWD, sub, "x", 1, 0600), 0);
        CHECK_INT(fs_write_file_durable(dir, "missing/g", "x", 1, 0600), -ENOENT);
        CHECK_INT(fs_write_file_durable(dir, "a", "x", 1, 0600), -EISDIR);
}

TEST(mkdir_p) {
        _cleanup_(closep) int dir = open_dir("mk");
        struct stat st;

        CHECK_INT(fs_mkdir_p(dir, "", 0755), -ENOENT);
        CHECK_INT(fs_mkdir_p(dir, "a/b/c", 0755), 0);
        CHECK_INT(fs_mkdir_p(dir, "a/b/c", 0755), 0);
        CHECK_INT(fstatat(dir, "a/b/c", &st, 0), 0);
        CHECK(S_ISDIR(st.st_mode));
        CHECK_INT(fs_write_file_durable(dir, "a/f", "x", 1, 0600), 0);
        CHECK_INT(fs_mkdir_p(dir, "a/f", 0755), -ENOTDIR);
        CHECK_INT(fs_mkdir_p(dir, "a/f/x", 0755), -ENOTDIR);
}

TEST(nothing_leads_out_of_a_directory) {
        _cleanup_(closep) int dir = open_dir("beneath/in"), fd = -1;
        _cleanup_(freep) char *secret = test_file("beneath/secret", "s");

        CHECK_INT(fs_mkdir_p(dir, "d", 0755), 0);
        CHECK_INT(symlinkat("../secret", dir, "link"), 0);
        CHECK_INT(symlinkat("d", dir, "inner"), 0);
        fd = fs_open_beneath(dir, "d/f", O_WRONLY | O_CREAT, 0640);
        CHECK(fd >= 0);
        CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
        CHECK_INT(fs_open_beneath(dir, "../secret", O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, "..", O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, "d/../d/f", O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, "d/..", O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, secret, O_RDONLY, 0), -EXDEV);
        CHECK_INT(fs_open_beneath(dir, "link", O_RDONLY, 0), -ELOOP);
        CHECK_INT(fs_open_beneath(dir, "inner/f", O_RDONLY, 0), -ELOOP);
        CHECK_INT(fs_open_beneath(dir, "nothing", O_RDONLY, 0), -ENOENT);
        closep(&fd);
        fd = fs_open_beneath(dir, "d/..f", O_WRONLY | O_CREAT, 0640); /* only a name */
        CHECK(fd >= 0);
}

TEST(list_directory) {
        static const char *const files[] = {"list/b.yaml", "list/a.yaml", "list/.hidden.yaml",
                                            "list/c.yml", "list/dir.yaml/x"};
        _cleanup_(freep) char *path = test_path("list"), *file = test_path("list/b.yaml");
        _cleanup_(freep) char *link = test_path("list/l.yaml"), *dead = test_path("list/dead.yaml");
        _cleanup_(strv_done) Strv names = {0}, none = {0};

        for (size_t i = 0; i < ARRAY_LEN(files); i++)
                free(test_file(files[i], ""));
        CHECK_INT(symlink("a.yaml", link), 0);
        CHECK_INT(symlink("nowhere", dead), 0);
        CHECK_INT(fs_list_dir(path, ".yaml", 2, &names), -E2BIG);
        CHECK_INT(names.n, 0);
        CHECK_INT(fs_list_dir(path, ".yaml", 3, &names), 0);
        CHECK_INT(names.n, 3);
        CHECK_STR(names.items[0], "a.yaml");
        CHECK_STR(names.items[1], "b.yaml");
        CHECK_STR(names.items[2], "l.yaml");
        CHECK_INT(fs_list_dir("/nonexistent", ".yaml", 3, &none), 0);
        CHECK_INT(none.n, 0);
        CHECK_INT(fs_list_dir(file, ".yaml", 3, &none), -ENOTDIR);
}

TEST(remove_tree_follows_no_link) {
        _cleanup_(closep) int dir = open_dir("rm");
        _cleanup_(freep) char *keep = test_file("rm/keep/f", "x");

        free(test_file("rm/t/a/b/f", "x"));
        free(test_file("rm/t/g", "x"));
        CHECK_INT(symlinkat("../keep", dir, "t/link"), 0);
        CHECK_INT(fs_remove_tree(dir, "t"), 0);
        CHECK_INT(faccessat(dir, "t", F_OK, 0), -1);
        CHECK_INT(access(keep, F_OK), 0);
        CHECK_INT(fs_remove_tree(dir, "t"), 0);
        CHECK_INT(symlinkat("keep", dir, "l"), 0);
        CHECK_INT(fs_remove_tree(dir, "l"), -ENOTDIR);
        CHECK_INT(access(keep, F_OK), 0);
}

TEST(remove_tree_has_a_depth) {
        _cleanup_(closep) int dir = open_dir("deep");
        char path[256] = "d";

        for (int i = 0; i < 32; i++)
                (void) strcat(path, "/d");
        CHECK_INT(fs_mkdir_p(dir, path, 0755), 0);
        CHECK_INT(fs_remove_tree(dir, "d"), 0);
        (void) strcat(path, "/d");
        CHECK_INT(fs_mkdir_p(dir, path, 0755), 0);
        CHECK_INT(fs_remove_tree(dir, "d"), -ELOOP);
}

TEST(free_bytes) {
        _cleanup_(closep) int dir = open_dir("free");
        uint64_t n = 0;

        CHECK_INT(fs_free_bytes(dir, &n), 0);
        CHECK(n > 0);
}

TEST(joined_paths) {
        static const struct {
                const char *a, *b, *want;
        } cases[] = {{"a", "b", "a/b"},
                     {"a/", "b", "a/b"},
                     {"/", "b", "/b"},
                     {"a", "/b", "/b"},
                     {"", "b", "b"}};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(freep) char *s = path_join(cases[i].a, cases[i].b);

                CHECK_STR(s, cases[i].want);
        }
}
