/* SPDX-License-Identifier: MIT */

/* The n-th step, sync, write, open or allocation of a take or a hand-out fails: a take is whole or
 * not there, a file has its name and all its bytes or is not there, and the same call works
 * afterwards. */

#include <sqlite3.h>
#include <stdio.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core_fixture.h"
#include "support/fault.h"

enum {
        TRIES_MAX = 20000,
};

/* BEGIN and COMMIT go this way. */
int __real_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *arg, char **error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *arg, char **error);
int __wrap_sqlite3_exec(sqlite3 *db, const char *sql, int (*fn)(void *, int, char **, char **),
                        void *arg, char **error) {
        return fault_now() ? SQLITE_FULL : __real_sqlite3_exec(db, sql, fn, arg, error);
}

static int no_damage(AlDamage d, const char *subject, const char *text, void *userdata) {
        (void) userdata;
        test_fail(__FILE__, __LINE__, "%s: %s: %s", al_damage_word(d), subject, text);
}

static void sound(Library *lib) {
        AlVerifyTotals t;
        Err err = {0};

        CHECK_OK(al_verify(lib, false, false, NOW, no_damage, NULL, &t, &err), &err);
}

static Library *shelf(const char *dir) {
        Library *lib = fix_open(dir);

        free(fix_asset(lib, &(FixJob){0}, "one", NOW));
        free(fix_asset(lib, &(FixJob){0}, "two", NOW));
        return lib;
}

static int take(Library *lib, int64_t n, AlTake *ret, Err *err) {
        const AlQuery all = {.now_ms = NOW};
        AlTakeSpec spec = {.query = &all,
                           .campaign = "spring",
                           .who = "anna",
                           .n = n,
                           .ttl_ms = HOUR_MS,
                           .exclusive = true};

        return al_take(lib, &spec, NOW, ret, err);
}

TEST(a_take_is_whole_or_not_there) {
        _cleanup_(freep) char *dir = fix_dir("take");
        _cleanup_(al_closep) Library *lib = shelf(dir);
        unsigned n = 1;

        for (; n < TRIES_MAX; n++) {
                _cleanup_(al_take_done) AlTake t = {0};
                Err err = {0};
                int r;

                fault_arm(n, ENOSPC);
                r = take(lib, 2, &t, &err);
                if (!fault_disarm()) {
                        CHECK_INT(r, AL_OK);
                        CHECK_INT(t.n_assets, 2);
                        break;
                }
                CHECK(r < 0);
                CHECK(err.text[0]);
                CHECK_INT(t.n_assets, 0);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), 0);
        }
        CHECK(n > 20 && n < TRIES_MAX);
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), 2);
        sound(lib);
}

TEST(a_shortage_fails_or_is_told) {
        _cleanup_(freep) char *dir = fix_dir("short");
        _cleanup_(al_closep) Library *lib = shelf(dir);
        unsigned n = 1;

        for (; n < TRIES_MAX; n++) {
                _cleanup_(al_take_done) AlTake t = {0};
                Err err = {0};
                int r;

                fault_arm(n, ENOMEM);
                r = take(lib, 3, &t, &err);
                if (!fault_disarm()) {
                        CHECK_INT(r, AL_SHORT);
                        CHECK_INT(t.n_shorts, 1);
                        break;
                }
                CHECK(r < 0);
        }
        CHECK(n > 10 && n < TRIES_MAX);
        sound(lib);
}

TEST(a_release_is_whole_or_not_there) {
        _cleanup_(freep) char *dir = fix_dir("release");
        _cleanup_(al_closep) Library *lib = shelf(dir);
        _cleanup_(al_take_done) AlTake t = {0};
        unsigned n = 1;
        Err err = {0};

        CHECK_INT(take(lib, 2, &t, &err), AL_OK);
        for (; n < TRIES_MAX; n++) {
                _cleanup_(strv_done) Strv ids = {0};
                int r;

                fault_arm(n, ENOSPC);
                r = al_release_campaign(lib, "spring", "bob", NOW, &ids, &err);
                if (!fault_disarm()) {
                        CHECK_INT(r, AL_OK);
                        CHECK_INT(ids.n, 2);
                        break;
                }
                CHECK(r < 0);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM take WHERE released_ms IS NULL"), 2);
        }
        CHECK(n > 10 && n < TRIES_MAX);
        sound(lib);
}

/* Whatever fails: the file is there with all its bytes, or is not; nothing half is left. */
static void put_under_faults(const char *name, AlHandMode mode) {
        _cleanup_(freep) char *dir = fix_dir(name);
        _cleanup_(freep) char *to = str_printf("%s-out", dir);
        _cleanup_(al_closep) Library *lib = shelf(dir);
        _cleanup_(al_take_done) AlTake t = {0};
        _cleanup_(json_freep) Json *sidecar = json_new_object();
        unsigned n = 1;
        Err err = {0};

        CHECK(to);
        CHECK_INT(take(lib, 1, &t, &err), AL_OK);
        CHECK(json_add_str(sidecar, "id", t.assets[0].id) == 0);
        for (; n < TRIES_MAX; n++) {
                _cleanup_(al_handout_freep) Handout *h = NULL;
                _cleanup_(strv_done) Strv files = {0};
                char file[AL_HAND_NAME_MAX] = "";
                AlHandHow how;
                int r;

                err = (Err){0};
                fault_arm(n, ENOSPC);
                r = al_handout_open(lib, to, mode, &h, &err);
                if (r >= 0)
                        r = al_handout_put(h, &t.assets[0], sidecar, file, &how, &err);
                if (r >= 0)
                        r = al_handout_sync(h, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        break;
                }
                CHECK((r < 0) == (err.text[0] != 0));
                CHECK_INT(fs_list_dir(to, "", 100, &files), 0);
                CHECK(files.n <= 2);
                for (size_t i = 0; i < files.n; i++) {
                        _cleanup_(freep) char *path = path_join(to, files.items[i]), *text = NULL;

                        CHECK(path && fs_read_file(path, 100, &text, NULL) == 0);
                        CHECK(streq(text, "two") || strstr(text, "\"id\""));
                }
        }
        CHECK(n > 5 && n < TRIES_MAX);
        sound(lib);
}

TEST(a_copy_fails_or_is_whole) {
        put_under_faults("copy", AL_HAND_COPY);
}

TEST(a_link_fails_or_is_whole) {
        put_under_faults("link", AL_HAND_AUTO);
}
