/* SPDX-License-Identifier: MIT */

#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

static const char *errno_text(int code) {
        const char *s = strerrordesc_np(-code);

        return s ? s : "unknown error";
}

/* Formats into a buffer of its own first: an argument may point into err->text. */
static void set_text(Err *err, int code, const char *suffix, const char *format, va_list ap)
        _printf_(4, 0);

static void set_text(Err *err, int code, const char *suffix, const char *format, va_list ap) {
        char text[ERR_TEXT_MAX];

        if (vsnprintf(text, sizeof text, format, ap) < 0)
                text[0] = 0;
        err->code = code;
        (void) snprintf(err->text, sizeof err->text, "%s%s%s", text, suffix ? ": " : "",
                        suffix ? suffix : "");
}

int(err_set)(Err *err, int code, const char *format, ...) {
        va_list ap;

        assert(code < 0);
        assert(format);
        if (!err)
                return code;
        va_start(ap, format);
        set_text(err, code, NULL, format, ap);
        va_end(ap);
        return code;
}

int(err_errno)(Err *err, int code, const char *format, ...) {
        va_list ap;

        assert(code < 0);
        assert(format);
        if (!err)
                return code;
        va_start(ap, format);
        set_text(err, code, errno_text(code), format, ap);
        va_end(ap);
        return code;
}

int(err_prefix)(Err *err, int code, const char *format, ...) {
        char rest[ERR_TEXT_MAX];
        va_list ap;

        assert(code < 0);
        assert(format);
        if (!err)
                return code;
        if (err->code == 0)
                err->code = code;
        (void) snprintf(rest, sizeof rest, "%s", err_text(err));
        va_start(ap, format);
        set_text(err, err->code, rest, format, ap);
        va_end(ap);
        return err->code;
}

const char *err_text(const Err *err) {
        if (!err || err->code == 0)
                return "no error";
        return err->text[0] ? err->text : errno_text(err->code);
}
