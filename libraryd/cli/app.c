/* SPDX-License-Identifier: MIT */

#include "cli/app.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/strbuf.h"

int64_t app_now_ms(void) {
        return clock_wall_ms(clock_system());
}

/* What to do about an error, by its code; NULL when the sentence says it all. */
static const char *advice(int code) {
        switch (code) {
        case -ENOENT:
                return "--library DIR or $PREGEN_LIBRARY name another";
        case -EACCES:
        case -EROFS:
                return "the library's group may read it, its owner may change it";
        case -EBUSY:
                return "somebody else is writing; try again";
        default:
                return NULL;
        }
}

int app_open(AlMode mode, Library **ret) {
        Err err = {0};
        const char *what;
        int r;

        assert(ret);
        r = al_open(app_library_dir(), mode, ret, &err);
        if (r >= 0)
                return EXIT_CODE_OK;
        what = advice(r);
        (void) cli_error(APP_NAME, "%s%s%s", err_text(&err), what ? "; " : "", what ? what : "");
        return r == -EBUSY ? EXIT_CODE_BUSY : EXIT_CODE_ERROR;
}

int app_fail(int r, const Err *err) {
        assert(r < 0);
        if (r == -EPIPE)
                return EXIT_CODE_OK;
        if (err && err->code < 0)
                (void) cli_error(APP_NAME, "%s", err_text(err));
        else
                (void) cli_error(APP_NAME, "cannot print: %s", strerror(-r));
        return r == -EBUSY ? EXIT_CODE_BUSY : EXIT_CODE_ERROR;
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
