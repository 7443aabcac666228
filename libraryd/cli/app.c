/* SPDX-License-Identifier: MIT */

#include "cli/app.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/strbuf.h"

enum {
        LONG_LOG_BYTES = 16 * 1024 * 1024, /* a writer at work stays below a few MB */
};

char *app_user(void) {
        const struct passwd *user = getpwuid(getuid());

        return user ? strdup(user->pw_name) : str_printf("uid %u", (unsigned) getuid());
}

void app_bytes(int64_t n, char ret[static APP_BYTES_MAX]) {
        static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
        double v = (double) n;
        size_t i = 0;

        for (; v >= 1000 && i + 1 < ARRAY_LEN(units); i++)
                v /= 1000;
        (void) snprintf(ret, APP_BYTES_MAX, i == 0 ? "%.0f %s" : "%.1f %s", v, units[i]);
}

int64_t app_now_ms(void) {
        return clock_wall_ms(clock_system());
}

static int collect_campaign(const char *name, int64_t takes, int64_t live, void *userdata) {
        (void) takes;
        (void) live;
        return strv_add(userdata, name);
}

void app_no_campaign(Library *lib, const char *name, int64_t now_ms) {
        _cleanup_(strv_done) Strv known = {0};
        const char *near = NULL;

        assert(lib && name);
        if (al_campaigns(lib, now_ms, collect_campaign, &known, NULL) >= 0 &&
            !strv_has(&known, name))
                near = nearest_word(name, (const char *const *) known.items, known.n);
        if (near)
                app_note("campaign '%s' has nothing; did you mean '%s'?", name, near);
        else
                app_note("campaign '%s' has nothing; '" APP_NAME " campaigns' lists who has", name);
}

/* Who owns a file and how it may be used: "pregen:pregen, mode 0640". */
static void describe_owner(const struct stat *st, char *ret, size_t n) {
        const struct passwd *user = getpwuid(st->st_uid);
        _cleanup_(freep) char *owner = user ? strdup(user->pw_name) : NULL;
        const struct group *group = getgrgid(st->st_gid);

        (void) snprintf(ret, n, "%s:%s, mode %04o", owner ? owner : "?",
                        group ? group->gr_name : "?", (unsigned) st->st_mode & 07777);
}

/* Readers of the library's group meet this first when they take something: what is missing, and
 * both ways to get it. */
static void tell_not_writable(void) {
        static const char *const names[] = {"", "/library.db", "/library.db-wal",
                                            "/library.db-shm"};

        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
                _cleanup_(freep) char *path = str_printf("%s%s", app_library_dir(), names[i]);
                char owner[128];
                struct stat st;

                if (!path || stat(path, &st) < 0 ||
                    faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0)
                        continue;
                describe_owner(&st, owner, sizeof owner);
                app_note("you may not write '%s' (%s)", path, owner);
        }
        app_note("a change needs the directory and the database writable: run it as their owner "
                 "('sudo -u OWNER " APP_NAME
                 " ...'), or have the owner give the group write access "
                 "('chmod g+w DIR DIR/library.db*')");
}

/* What to do about an error, by its code; NULL when the sentence says it all. */
static const char *advice(int code) {
        switch (code) {
        case -ENOENT:
                return "--library DIR or $PREGEN_LIBRARY name another";
        case -EACCES:
                return "the library's group may read it, its owner may change it";
        case -EUCLEAN:
                return "'assetlib restore-backup DIR' makes a new library out of a backup";
        case -EROFS:
                return "its file system is read-only: what changes the library needs it writable";
        case -EBUSY:
                return "somebody else is writing; try again";
        default:
                return NULL;
        }
}

/* A writer keeps its log short; one that died left it as it was, and every query has to read it. */
static void note_long_log(const Library *lib) {
        struct stat st;

        if (fstatat(al_dir_fd(lib), "library.db-wal", &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            st.st_size > LONG_LOG_BYTES)
                app_note("the log beside library.db has %lld MB, which makes every query slow: a "
                         "writer died, or is at work; 'assetlib gc' or the next run folds it in",
                         (long long) st.st_size / (1024 * 1024));
}

int app_open(AlMode mode, Library **ret) {
        Err err = {0};
        const char *what;
        int r;

        assert(ret);
        r = al_open(app_library_dir(), mode, ret, &err);
        if (r >= 0) {
                note_long_log(*ret);
                return EXIT_CODE_OK;
        }
        what = advice(r);
        (void) cli_error(APP_NAME, "%s%s%s", err_text(&err), what ? "; " : "", what ? what : "");
        if (r == -EACCES && mode != AL_READ)
                tell_not_writable();
        return r == -EBUSY ? EXIT_CODE_BUSY : EXIT_CODE_ERROR;
}

int app_fail(int r, const Err *err) {
        assert(r < 0);
        if (r == -EPIPE)
                return EXIT_CODE_OK;
        if (err && err->code == -EUCLEAN)
                (void) cli_error(APP_NAME, "%s; %s", err_text(err), advice(err->code));
        else if (err && err->code < 0)
                (void) cli_error(APP_NAME, "%s", err_text(err));
        else
                (void) cli_error(APP_NAME, "cannot print: %s", strerror(-r));
        return r == -EBUSY ? EXIT_CODE_BUSY : EXIT_CODE_ERROR;
}

int app_fail_print(int r, const char *done) {
        if (r == -EPIPE || !done)
                return app_fail(r, NULL);
        return cli_error(APP_NAME, "cannot print: %s; %s", strerror(-r), done);
}

int app_fail_id(AlResult result, const char *id, const Strv *candidates) {
        _cleanup_(strbuf_done) StrBuf all = STRBUF_INIT(ERR_TEXT_MAX / 2);

        assert(id);
        if (result != AL_AMBIGUOUS && strlen(id) < APP_ID_MIN)
                return cli_error(APP_NAME,
                                 "'%s' is too short for an id; give %d characters or more", id,
                                 APP_ID_MIN);
        if (result != AL_AMBIGUOUS) {
                (void) cli_error(APP_NAME, "no asset '%s'; '" APP_NAME " query' lists them", id);
                return EXIT_CODE_EMPTY;
        }
        for (size_t i = 0; candidates && i < candidates->n; i++)
                (void) strbuf_printf(&all, "%s%s", i > 0 ? ", " : "", candidates->items[i]);
        return cli_error(APP_NAME, "'%s' may be any of %s; give more of the id", id,
                         strbuf_text(&all));
}

void app_note(const char *format, ...) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        _cleanup_(freep) char *safe = NULL;
        va_list ap;

        assert(format);
        va_start(ap, format);
        (void) strbuf_vprintf(&b, format, ap);
        va_end(ap);
        safe = text_safe(strbuf_text(&b));
        (void) fflush(stdout);
        (void) fprintf(stderr, APP_NAME ": %s\n", safe ? safe : "out of memory");
}
