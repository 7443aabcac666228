/* SPDX-License-Identifier: MIT */

/* An export that ends at any moment, by a failing call or by death: what has its name is whole, the
 * manifest is there only when all of it is, and the same call makes it complete. */

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "cli/export.h"
#include "core/handout.h"
#include "core_fixture.h"
#include "support/fault.h"

enum {
        TRIES_MAX = 20000,
        ASSETS = 2,
};

static const char *crash_at;

void al_crash_point(const char *name) {
        if (crash_at && streq(crash_at, name))
                _exit(42);
}

typedef struct Shelf {
        Library *lib;
        char *dir, *to;
        char *ids[ASSETS];
} Shelf;

static Shelf shelf(const char *name) {
        Shelf s = {.dir = fix_dir(name)};

        s.to = str_printf("%s-out", s.dir);
        s.lib = fix_open(s.dir);
        CHECK(s.to);
        s.ids[0] = fix_asset(s.lib, &(FixJob){0}, "one", NOW);
        s.ids[1] = fix_asset(s.lib, &(FixJob){.hook = "proof"}, "two", NOW);
        return s;
}

static void shelf_done(Shelf *s) {
        s->lib = al_close(s->lib);
        for (size_t i = 0; i < ASSETS; i++)
                free(s->ids[i]);
        free(s->dir);
        free(s->to);
}

static int export(const Shelf *s, AlHandMode mode, Err *err) {
        _cleanup_(export_done) Export e = {
                .lib = s->lib, .to = s->to, .mode = mode, .format = LIST_CSV, .now_ms = NOW};
        int r = export_begin(&e, err);

        for (size_t i = 0; r >= 0 && i < ASSETS; i++)
                r = export_asset(&e, s->ids[i], err);
        return r < 0 ? r : export_end(&e, err);
}

/* The text of a file there; NULL when there is none. Caller frees. */
static char *text_of(const Shelf *s, const char *name) {
        _cleanup_(freep) char *path = path_join(s->to, name);
        char *text = NULL;

        CHECK(path);
        (void) fs_read_file(path, 100000, &text, NULL);
        return text;
}

/* Everything with a name is whole. 1: the manifest is there, and so is all that it lists. */
static bool look(const Shelf *s) {
        _cleanup_(strv_done) Strv files = {0};
        _cleanup_(freep) char *manifest = text_of(s, "manifest.csv");
        size_t n = 0;

        CHECK_INT(fs_list_dir(s->to, "", 100, &files), 0);
        CHECK(files.n <= 2 * ASSETS + 1);
        for (size_t i = 0; i < files.n; i++) {
                _cleanup_(freep) char *text = text_of(s, files.items[i]);

                CHECK(text && (streq(text, "one") || streq(text, "two") || strstr(text, "\n}\n") ||
                               text == strstr(text, "id,kind,")));
                if (!strstr(files.items[i], ".png") || strstr(files.items[i], ".json"))
                        continue;
                n++;
                CHECK(!manifest || strstr(manifest, files.items[i]));
        }
        CHECK(!manifest || (n == ASSETS && files.n == 2 * ASSETS + 1));
        return manifest;
}

/* Parts of files. */
static int n_hidden(const Shelf *s) {
        DIR *dir = opendir(s->to);
        int n = 0;

        if (!dir)
                return 0;
        for (struct dirent *e; (e = readdir(dir));)
                n += e->d_name[0] == '.' && !streq(e->d_name, ".") && !streq(e->d_name, "..");
        CHECK(closedir(dir) == 0);
        return n;
}

/* Whatever happened before: the same call goes on from there. */
static void goes_on(const Shelf *s, AlHandMode mode) {
        Err err = {0};

        CHECK_OK(export(s, mode, &err), &err);
        CHECK(look(s));
        CHECK_INT(n_hidden(s), 0);
}

static void under_faults(const char *name, AlHandMode mode, int code) {
        _cleanup_(shelf_done) Shelf s = shelf(name);
        unsigned n = 1;

        for (; n < TRIES_MAX; n++) {
                Err err = {0};
                int r;

                fault_arm(n, code);
                r = export(&s, mode, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        break;
                }
                CHECK((r < 0) == (err.text[0] != 0));
                CHECK(look(&s) || r < 0);
                CHECK_INT(n_hidden(&s), 0);
                goes_on(&s, mode);
                CHECK_INT(fs_remove_tree(AT_FDCWD, s.to), 0);
        }
        CHECK(n > 20 && n < TRIES_MAX);
        CHECK(look(&s));
}

TEST(links_under_faults) {
        under_faults("links", AL_HAND_AUTO, ENOMEM);
}

TEST(copies_under_faults) {
        under_faults("copies", AL_HAND_COPY, ENOSPC);
}

TEST(a_death_at_each_point) {
        static const char *const points[] = {"handout-copied", "handout-placed", "handout-sidecar",
                                             "handout-listed"};
        _cleanup_(shelf_done) Shelf s = shelf("death");

        for (size_t i = 0; i < 2 * ARRAY_LEN(points); i++) {
                int status;
                pid_t pid = fork();

                CHECK(pid >= 0);
                if (pid == 0) {
                        Err err = {0};

                        s.lib = fix_open(s.dir);
                        crash_at = points[i / 2];
                        (void) export(&s, AL_HAND_COPY, &err);
                        _exit(0);
                }
                CHECK(waitpid(pid, &status, 0) == pid);
                CHECK_INT(WEXITSTATUS(status), 42);
                CHECK(!look(&s));
                if (i % 2 == 0 || streq(points[i / 2], "handout-placed"))
                        goes_on(&s, AL_HAND_COPY);
                else
                        CHECK_INT(n_hidden(&s) > 0, 1);
                CHECK_INT(fs_remove_tree(AT_FDCWD, s.to), 0);
        }
}

static void put_there(const Shelf *s, const char *name, const char *text) {
        _cleanup_(freep) char *path = path_join(s->to, name);

        CHECK_INT(fs_mkdir_p(AT_FDCWD, s->to, 0755), 0);
        CHECK(path && fs_write_file_durable(AT_FDCWD, path, text, strlen(text), 0600) == 0);
}

TEST(a_living_writers_part_stays_and_strangers_files_too) {
        _cleanup_(shelf_done) Shelf s = shelf("strangers");
        _cleanup_(freep) char *side = NULL, *manifest = NULL;
        _cleanup_(part_done) Part part = PART_INIT;
        char name[AL_HAND_NAME_MAX];
        int fd;
        Err err = {0};

        (void) snprintf(name, sizeof name, "acme_urgency_square_%.4s.png.json", s.ids[0]);
        put_there(&s, name, "{\"id\": \"somebody's\"}");
        put_there(&s, ".x.part-1", "died");
        put_there(&s, ".x.part-", "no part");
        fd = open(s.to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CHECK(fd >= 0);
        CHECK_INT(part_open(fd, "y", 0600, &part), 0);
        CHECK_OK(export(&s, AL_HAND_AUTO, &err), &err);
        CHECK_INT(n_hidden(&s), 2); /* the living one's, and what is no part */
        side = text_of(&s, name);
        CHECK_STR(side, "{\"id\": \"somebody's\"}");
        (void) snprintf(name, sizeof name, "acme_urgency_square_%.6s.png", s.ids[0]);
        manifest = text_of(&s, "manifest.csv");
        CHECK(manifest);
        CHECK_HAS(manifest, name);
        put_there(&s, "manifest.csv", "my own list");
        CHECK_INT(export(&s, AL_HAND_AUTO, &err), -EEXIST);
        CHECK_HAS(err.text, "is no list of an export");
        put_there(&s, "manifest.csv", "");
        CHECK_INT(export(&s, AL_HAND_AUTO, &err), -EEXIST);
        CHECK(close(fd) == 0);
}

TEST(one_at_a_time_in_a_directory) {
        _cleanup_(shelf_done) Shelf s = shelf("lock");
        Export e = {.lib = s.lib, .to = s.to, .format = LIST_JSONL, .now_ms = NOW};
        Err err = {0};

        CHECK_OK(export_begin(&e, &err), &err);
        CHECK_INT(export(&s, AL_HAND_AUTO, &err), -EBUSY);
        export_done(&e);
        CHECK_OK(export(&s, AL_HAND_AUTO, &err), &err);
}
