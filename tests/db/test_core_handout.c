/* SPDX-License-Identifier: MIT */

/* Files handed out: their names, links and copies, what is there already, what is damaged. */

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core/handout.h"
#include "core_fixture.h"

static AlAsset find(Library *lib, const char *id) {
        AlAsset a = {0};
        Err err = {0};

        CHECK_INT(al_asset_find(lib, id, &a, NULL, &err), AL_OK);
        return a;
}

static Handout *open_to(Library *lib, const char *to, AlHandMode mode) {
        Handout *h = NULL;
        Err err = {0};

        CHECK_OK(al_handout_open(lib, to, mode, &h, &err), &err);
        return h;
}

static AlHandHow put(Handout *h, const AlAsset *a, char name[static AL_HAND_NAME_MAX]) {
        AlHandHow how = AL_HANDED_BEFORE;
        Err err = {0};

        CHECK_OK(al_handout_put(h, a, NULL, name, &how, &err), &err);
        return how;
}

static struct stat stat_of(const char *dir, const char *name) {
        _cleanup_(freep) char *path = path_join(dir, name);
        struct stat st = {0};

        CHECK(path && lstat(path, &st) == 0);
        return st;
}

TEST(a_link_where_possible_and_a_copy_where_asked) {
        _cleanup_(freep) char *dir = fix_dir("lib1"), *to = fix_dir("out/deep");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){.format = "story"}, "bytes", NOW);
        _cleanup_(al_asset_done) AlAsset a = find(lib, id);
        _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, AL_HAND_AUTO);
        _cleanup_(al_handout_freep) Handout *again = open_to(lib, to, AL_HAND_COPY);
        char name[AL_HAND_NAME_MAX], want[AL_HAND_NAME_MAX];
        _cleanup_(freep) char *copies = fix_dir("copies");
        _cleanup_(al_handout_freep) Handout *c = open_to(lib, copies, AL_HAND_COPY);
        struct stat object = {0};
        Err err = {0};

        (void) snprintf(want, sizeof want, "acme_urgency_story_%.4s.png", id);
        CHECK_INT(put(h, &a, name), AL_HANDED_LINK);
        CHECK_STR(name, want);
        CHECK(stat(a.path, &object) == 0);
        CHECK_INT(stat_of(to, name).st_ino, object.st_ino);
        CHECK_INT(put(again, &a, name), AL_HANDED_BEFORE); /* found, and left */
        CHECK_STR(name, want);
        CHECK_INT(put(c, &a, name), AL_HANDED_COPY);
        CHECK(stat_of(copies, name).st_ino != object.st_ino);
        CHECK_INT(stat_of(copies, name).st_size, 5);
        CHECK((stat_of(copies, name).st_mode & S_IWUSR) != 0);
        CHECK_OK(al_handout_sync(h, &err), &err);
}

TEST(a_sidecar_is_json_beside_the_file) {
        _cleanup_(freep) char *dir = fix_dir("lib2"), *to = fix_dir("out2"), *text = NULL;
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "bytes", NOW);
        _cleanup_(al_asset_done) AlAsset a = find(lib, id);
        _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, AL_HAND_AUTO);
        _cleanup_(json_freep) Json *j = json_new_object(), *back = NULL;
        _cleanup_(freep) char *path = NULL;
        char name[AL_HAND_NAME_MAX];
        AlHandHow how;
        size_t n;
        Err err = {0};

        CHECK(json_add_str(j, "id", id) == 0);
        CHECK_OK(al_handout_put(h, &a, j, name, &how, &err), &err);
        path = str_printf("%s/%s.json", to, name);
        CHECK(path);
        CHECK_INT(fs_read_file(path, 1000, &text, &n), 0);
        CHECK_OK(json_parse(text, n, &back, &err), &err);
        CHECK_STR(json_str(back, "id"), id);
}

/* Whatever stands in an axis: one plain name, in the directory. */
TEST(hostile_values_make_plain_names) {
        static const struct {
                const char *brand, *hook, *format, *name;
        } cases[] = {
                {"../../etc", "passwd", "x", "etc_passwd_x_"},
                {"/", "\x1b[31mred", "a\nb", "x_31mred_a-b_"},
                {"Ac Me_Inc.", "-rf", ".hidden", "ac-me-inc_rf_hidden_"},
                {"\xff\xfe", "残り", "a..b", "x_x_a.b_"},
                {"con.", "a/../../b", "%n%s", "con_a-b_n-s_"},
                {"0123456789012345678901234567890123456789", "h", "f",
                 "01234567890123456789012345678901_h_f_"},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(json_freep) Json *tags = json_new_object();
                char brand[64], hook[64], path[] = "/lib/objects/ab/x.png";
                AlAsset a = {.id = "3f2a00000000",
                             .brand = brand,
                             .hook = hook,
                             .category = hook,
                             .path = path,
                             .tags = tags};
                char name[AL_HAND_NAME_MAX], want[AL_HAND_NAME_MAX];

                (void) snprintf(brand, sizeof brand, "%s", cases[i].brand);
                (void) snprintf(hook, sizeof hook, "%s", cases[i].hook);
                CHECK(json_add_str(tags, "format", cases[i].format) == 0);
                CHECK(handout_name(&a, 0, name));
                (void) snprintf(want, sizeof want, "%s3f2a.png", cases[i].name);
                CHECK_STR(name, want);
                CHECK(handout_name(&a, 3, name));
                CHECK(strlen(name) < AL_HAND_NAME_MAX);
                CHECK_HAS(name, "3f2a00000000.png");
                CHECK(!handout_name(&a, 4, name));
        }
}

/* Two assets whose ids begin alike, and a file of somebody else's that has the name. */
TEST(a_name_that_is_taken_grows) {
        _cleanup_(freep) char *dir = fix_dir("lib4"), *to = fix_dir("out4"), *text = NULL;
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *one = fix_asset(lib, &(FixJob){0}, "same", NOW);
        _cleanup_(freep) char *two = fix_asset(lib, &(FixJob){.seed = 1}, "same", NOW);
        _cleanup_(freep) char *theirs = NULL;
        char name[AL_HAND_NAME_MAX];
        size_t n;

        raw_exec(dir, "UPDATE asset SET uid = 'abcdef000001' WHERE id = 1;"
                      "UPDATE asset SET uid = 'abcdef000002' WHERE id = 2");
        {
                _cleanup_(al_asset_done) AlAsset a = find(lib, "abcdef000001");
                _cleanup_(al_asset_done) AlAsset b = find(lib, "abcdef000002");
                _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, AL_HAND_AUTO);

                CHECK_INT(put(h, &a, name), AL_HANDED_LINK);
                CHECK_STR(name, "acme_urgency_square_abcd.png");
                CHECK_INT(put(h, &b, name), AL_HANDED_LINK); /* the same bytes, another asset */
                CHECK_STR(name, "acme_urgency_square_abcdef.png");
        }
        {
                _cleanup_(freep) char *other = fix_asset(lib, &(FixJob){.seed = 2}, "other", NOW);
                _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, AL_HAND_COPY);
                _cleanup_(al_asset_done) AlAsset a = {0};

                raw_exec(dir, "UPDATE asset SET uid = 'zzzz00000003' WHERE id = 3");
                a = find(lib, "zzzz00000003");
                theirs = str_printf("%s/acme_urgency_square_zzzz.png", to);
                CHECK(theirs);
                CHECK(symlink("/etc/passwd", theirs) == 0);
                CHECK_INT(put(h, &a, name), AL_HANDED_COPY);
                CHECK_STR(name, "acme_urgency_square_zzzz00.png");
                CHECK(S_ISLNK(stat_of(to, "acme_urgency_square_zzzz.png").st_mode));
                CHECK(unlink(theirs) == 0);
        }
        CHECK_INT(fs_write_file_durable(AT_FDCWD, theirs, "mine", 4, 0600), 0);
        CHECK_INT(fs_read_file(theirs, 100, &text, &n), 0);
        CHECK_STR(text, "mine");
}

TEST(a_damaged_file_is_not_handed_out) {
        static const AlHandMode modes[] = {AL_HAND_AUTO, AL_HAND_COPY};
        _cleanup_(freep) char *dir = fix_dir("lib5"), *to = fix_dir("out5");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "bytes", NOW);
        _cleanup_(al_asset_done) AlAsset a = find(lib, id);
        char name[AL_HAND_NAME_MAX];

        CHECK(chmod(a.path, 0600) == 0);
        CHECK_INT(fs_write_file_durable(AT_FDCWD, a.path, "bytez", 5, 0440), 0);
        for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
                _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, modes[i]);
                AlHandHow how;
                Err err = {0};

                CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
                CHECK_HAS(err.text, "has other bytes than it had");
        }
        {
                _cleanup_(strv_done) Strv left = {0};
                _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, AL_HAND_AUTO);
                AlHandHow how;
                Err err = {0};

                CHECK_INT(fs_list_dir(to, "", 10, &left), 0);
                CHECK_INT(left.n, 0); /* nor a part of it left */
                CHECK(unlink(a.path) == 0);
                CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
                CHECK_HAS(err.text, "is missing");
        }
}

/* What stands in the file's place is this asset's trouble, and none of the others'. */
TEST(something_else_in_place_of_a_file) {
        static const char *const words = "something else in its place";
        _cleanup_(freep) char *dir = fix_dir("lib7"), *to = fix_dir("out7");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        _cleanup_(freep) char *id = fix_asset(lib, &(FixJob){0}, "bytes", NOW);
        _cleanup_(al_asset_done) AlAsset a = find(lib, id);
        _cleanup_(al_handout_freep) Handout *h = open_to(lib, to, AL_HAND_AUTO);
        char name[AL_HAND_NAME_MAX];
        AlHandHow how;
        Err err = {0};

        CHECK(chmod(a.path, 0) == 0);
        if (geteuid() == 0)
                CHECK(seteuid(65534) == 0); /* nobody */
        CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
        CHECK(seteuid(getuid()) == 0);
        CHECK_HAS(err.text, "may not be read by you");
        CHECK(unlink(a.path) == 0 && symlink("/etc/hostname", a.path) == 0);
        CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
        CHECK_HAS(err.text, words);
        CHECK(unlink(a.path) == 0 && mkdir(a.path, 0700) == 0);
        CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
        CHECK_HAS(err.text, words);
        CHECK(rmdir(a.path) == 0 && mkfifo(a.path, 0600) == 0);
        CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
        CHECK_HAS(err.text, words);
        CHECK(unlink(a.path) == 0);
        *strrchr(a.path, '/') = 0; /* its directory */
        CHECK(rmdir(a.path) == 0);
        CHECK_INT(fs_write_file_durable(AT_FDCWD, a.path, "x", 1, 0600), 0);
        a.path[strlen(a.path)] = '/';
        CHECK_INT(al_handout_put(h, &a, NULL, name, &how, &err), -EUCLEAN);
        CHECK_HAS(err.text, words);
}

TEST(a_directory_that_cannot_be_written) {
        _cleanup_(freep) char *dir = fix_dir("lib6"), *file = fix_dir("file");
        _cleanup_(freep) char *below = str_printf("%s/below", file);
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Handout *h = NULL;
        Err err = {0};

        CHECK(below);
        CHECK_INT(fs_write_file_durable(AT_FDCWD, file, "x", 1, 0600), 0);
        CHECK_INT(al_handout_open(lib, below, AL_HAND_AUTO, &h, &err), -ENOTDIR);
        CHECK_HAS(err.text, "Not a directory");
        CHECK(!h);
}
