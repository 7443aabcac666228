/* SPDX-License-Identifier: MIT */

/* A taker ends at a named point, or is killed at a random one: his take is whole or not there, what
 * he was told he has he has, and the files come with the next call. */

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "base/fs.h"
#include "base/strbuf.h"
#include "core/lib.h"
#include "core_fixture.h"

enum {
        EACH = 3,    /* assets in one take */
        ROUNDS = 10, /* of random kills */
        SHELF = 60,
};

static const char *crash_at;
static void (*before_lock)(void); /* called once, when the taker has looked */

/* The core's hook, ours here. */
void al_crash_point(const char *name) {
        void (*fn)(void) = before_lock;

        if (crash_at && streq(crash_at, name))
                _exit(42);
        if (!fn || !streq(name, "take-looked"))
                return;
        before_lock = NULL;
        fn();
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

static void fill(Library *lib, int n) {
        for (int i = 0; i < n; i++) {
                char content[16];

                (void) snprintf(content, sizeof content, "asset %d", i);
                free(fix_asset(lib, &(FixJob){.seed = i}, content, NOW));
        }
}

static int take_some(Library *lib, const char *campaign, AlTake *ret, Err *err) {
        const AlQuery all = {.now_ms = NOW};
        AlTakeSpec spec = {
                .query = &all, .campaign = campaign, .who = "anna", .n = EACH, .exclusive = true};

        return al_take(lib, &spec, NOW, ret, err);
}

static int hand_one(const AlTaken *taken, const AlAsset *a, void *userdata) {
        char name[AL_HAND_NAME_MAX];
        AlHandHow how;
        Err err = {0};

        (void) taken;
        CHECK_OK(al_handout_put(userdata, a, NULL, name, &how, &err), &err);
        return 0;
}

/* All that the campaign has, as files. */
static void hand_out(Library *lib, const char *campaign, const char *to) {
        _cleanup_(al_handout_freep) Handout *h = NULL;
        Err err = {0};

        CHECK_OK(al_handout_open(lib, to, AL_HAND_COPY, &h, &err), &err);
        CHECK_OK(al_taken(lib, campaign, NOW, hand_one, h, &err), &err);
        CHECK_OK(al_handout_sync(h, &err), &err);
}

static _noreturn_ void take_and_die(const char *dir, const char *to, const char *where) {
        _cleanup_(al_take_done) AlTake t = {0};
        Library *lib = fix_open(dir);
        Err err = {0};

        crash_at = where;
        CHECK_INT(take_some(lib, "spring", &t, &err), AL_OK);
        hand_out(lib, "spring", to);
        _exit(0);
}

TEST(a_crash_at_each_point) {
        static const struct {
                const char *name;
                int taken;
        } points[] = {{"take-looked", 0},       {"take-selected", 0},     {"take-before-commit", 0},
                      {"take-committed", EACH}, {"handout-copied", EACH}, {"handout-placed", EACH}};

        for (size_t i = 0; i < ARRAY_LEN(points); i++) {
                _cleanup_(freep) char *dir = fix_dir(points[i].name);
                _cleanup_(freep) char *to = str_printf("%s-out", dir);
                _cleanup_(al_closep) Library *lib = NULL;
                _cleanup_(strv_done) Strv files = {0};
                int status;
                pid_t pid;

                CHECK(to);
                lib = fix_open(dir);
                fill(lib, EACH);
                lib = al_close(lib);
                pid = fork();
                CHECK(pid >= 0);
                if (pid == 0)
                        take_and_die(dir, to, points[i].name);
                CHECK(waitpid(pid, &status, 0) == pid);
                CHECK_INT(WEXITSTATUS(status), 42);
                lib = fix_open(dir);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM take"), points[i].taken);
                sound(lib);
                if (points[i].taken == 0) {
                        _cleanup_(al_take_done) AlTake t = {0};
                        Err err = {0};

                        CHECK_INT(take_some(lib, "spring", &t, &err), AL_OK);
                }
                hand_out(lib, "spring", to); /* the files come, and each once */
                CHECK_INT(fs_list_dir(to, ".png", 100, &files), 0);
                CHECK_INT(files.n, EACH);
                sound(lib);
        }
}

static Library *rival;

static void rival_takes(void) {
        _cleanup_(al_take_done) AlTake t = {0};
        Err err = {0};

        CHECK_OK(take_some(rival, "rival", &t, &err), &err);
        CHECK_INT(t.n_assets, EACH);
}

TEST(another_is_quicker) {
        _cleanup_(freep) char *dir = fix_dir("quicker");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        Err err = {0};

        fill(lib, 3 * EACH - 1);
        rival = fix_open(dir);
        for (int round = 0; round < 2; round++) {
                _cleanup_(al_take_done) AlTake t = {0};

                /* Both pick the same ones; the second time there are none to pick instead. */
                before_lock = rival_takes;
                CHECK_INT(take_some(lib, "spring", &t, &err), round == 0 ? AL_OK : AL_SHORT);
                CHECK(!before_lock);
                CHECK_INT(t.n_assets, round == 0 ? EACH : 0);
                CHECK_INT(t.found, round == 0 ? EACH : 2);
                if (round == 0) /* so that there is enough to look at again, for one of them */
                        CHECK_OK(al_release_campaign(rival, "rival", "anna", NOW, NULL, &err),
                                 &err);
        }
        CHECK_INT(raw_int(dir, "SELECT count(*) FROM (SELECT 1 FROM take WHERE released_ms IS NULL "
                               "GROUP BY asset HAVING count(*) > 1)"),
                  0);
        sound(lib);
        rival = al_close(rival);
}

/* Takes until somebody ends it: one byte down the pipe for each take that was told to be there. */
static _noreturn_ void taker(const char *dir, int fd) {
        Library *lib = fix_open(dir);

        for (;;) {
                _cleanup_(al_take_done) AlTake t = {0};
                Err err = {0};
                int r = take_some(lib, "autumn", &t, &err);

                CHECK_OK(r, &err);
                if (r == AL_OK)
                        CHECK_INT(write(fd, "t", 1), 1);
                else
                        CHECK_OK(al_release_campaign(lib, "autumn", "anna", NOW, NULL, &err), &err);
        }
}

static void kill_one_taker(const char *dir, unsigned after_us, int64_t *told) {
        int fds[2], status;
        ssize_t n;
        char c;
        pid_t pid;

        CHECK(pipe(fds) == 0);
        pid = fork();
        CHECK(pid >= 0);
        if (pid == 0) {
                (void) close(fds[0]);
                taker(dir, fds[1]);
        }
        (void) close(fds[1]);
        CHECK_INT(read(fds[0], &c, 1), 1);
        *told += 1;
        (void) nanosleep(&(struct timespec){.tv_nsec = (long) after_us * 1000}, NULL);
        CHECK(kill(pid, SIGKILL) == 0);
        CHECK(waitpid(pid, &status, 0) == pid);
        while ((n = read(fds[0], &c, 1)) == 1)
                *told += 1;
        CHECK_INT(n, 0);
        (void) close(fds[0]);
}

TEST(killed_at_random_moments) {
        const char *given = getenv("TEST_SEED");
        unsigned seed = given ? (unsigned) strtoul(given, NULL, 10) : (unsigned) getpid();
        _cleanup_(freep) char *dir = fix_dir("killed");
        _cleanup_(al_closep) Library *lib = fix_open(dir);
        int64_t told = 0;

        fprintf(stderr, "  TEST_SEED=%u\n", seed);
        fill(lib, SHELF);
        lib = al_close(lib);
        for (int i = 0; i < ROUNDS; i++) {
                seed = seed * 1103515245u + 12345u;
                kill_one_taker(dir, (seed >> 8) % 20000, &told);
                lib = fix_open(dir);
                /* whole or not there, and nothing that was told is lost */
                CHECK_INT(raw_int(dir, "SELECT count(*) % 3 FROM take"), 0);
                CHECK(raw_int(dir, "SELECT count(*) / 3 FROM take") >= told);
                CHECK_INT(raw_int(dir, "SELECT count(*) FROM (SELECT 1 FROM take WHERE released_ms "
                                       "IS NULL GROUP BY asset HAVING count(*) > 1)"),
                          0);
                sound(lib);
                lib = al_close(lib);
        }
}
