/* SPDX-License-Identifier: MIT */

#define SD_JOURNAL_SUPPRESS_LOCATION

#include "base/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

#include "base/strbuf.h"
#include "base/text.h"

enum {
        LOG_TEXT_MAX = 2048,
        LOG_OWN_FIELDS = 4, /* MESSAGE, PRIORITY, SYSLOG_IDENTIFIER, MESSAGE_ID */
};

/* A program has one log, so this is the one place with state of its own (see style: "except the log
 * level"). Set by the main thread before others start. */
static struct {
        const char *program;
        int level;
        bool journal;
        bool terminal;
        void (*before)(void *);
        void (*after)(void *);
        void *userdata;
} state = {.program = "pregen", .level = LOG_INFO};

/* The service manager says which stream it connected; a redirected stderr no longer is that one. */
static bool stderr_is_journal(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        char own[64];
        struct stat st;

        if (!stream || fstat(STDERR_FILENO, &st) < 0)
                return false;
        (void) snprintf(own, sizeof own, "%ju:%ju", (uintmax_t) st.st_dev, (uintmax_t) st.st_ino);
        return streq(own, stream);
}

static bool wants_colour(void) {
        const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

        return isatty(STDERR_FILENO) && (!no || !no[0]) && !(term && streq(term, "dumb"));
}

void log_init(const char *program) {
        assert(program);
        state.program = program;
        state.journal = stderr_is_journal();
        state.terminal = wants_colour();
}

void log_set_level(int max_level) {
        assert(max_level >= LOG_EMERG && max_level <= LOG_DEBUG);
        state.level = max_level;
}

bool log_to_journal(void) {
        return state.journal;
}

void log_set_hooks(void (*before)(void *), void (*after)(void *), void *userdata) {
        state.before = before;
        state.after = after;
        state.userdata = userdata;
}

static const char *level_word(int level) {
        static const char *const words[] = {
                [LOG_EMERG] = "error", [LOG_ALERT] = "error",     [LOG_CRIT] = "error",
                [LOG_ERR] = "error",   [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
                [LOG_INFO] = "info",   [LOG_DEBUG] = "debug",
        };

        return words[level];
}

static const char *level_colour(int level) {
        if (level <= LOG_ERR)
                return "\033[31m";
        if (level == LOG_WARNING)
                return "\033[33m";
        return level == LOG_DEBUG ? "\033[2m" : "";
}

/* One fact, one line: what a stranger put into a message must not break the line. What is left that
 * could steer a terminal is beyond ASCII, and text_safe()'s business. */
static void make_printable(char *text) {
        for (; *text; text++)
                if ((unsigned char) *text < ' ' || *text == 0x7f)
                        *text = *text == '\t' || *text == '\n' ? ' ' : '?';
}

static void write_stderr(int level, const char *text) {
        const char *colour = state.terminal ? level_colour(level) : "";

        if (state.before)
                state.before(state.userdata);
        /* One call, so that lines of several processes on one stream do not mix. */
        (void) fprintf(stderr, "%s: %s%s:%s %s\n", state.program, colour, level_word(level),
                       colour[0] ? "\033[0m" : "", text);
        if (state.after)
                state.after(state.userdata);
}

static void add_field(struct iovec *iov, size_t *n, const char *key, const char *value) {
        char *field = str_printf("%s=%s", key, value);

        /* Without memory a field is lost, not the message. */
        if (field)
                iov[(*n)++] = (struct iovec){.iov_base = field, .iov_len = strlen(field)};
}

static int write_journal(int level, const char *message_id, const LogField *fields, size_t n,
                         const char *text) {
        const char priority[] = {(char) ('0' + level), 0};
        struct iovec iov[LOG_FIELDS_MAX + LOG_OWN_FIELDS];
        size_t used = 0;
        int r;

        add_field(iov, &used, "MESSAGE", text);
        add_field(iov, &used, "PRIORITY", priority);
        add_field(iov, &used, "SYSLOG_IDENTIFIER", state.program);
        if (message_id)
                add_field(iov, &used, "MESSAGE_ID", message_id);
        for (size_t i = 0; i < n; i++)
                if (fields[i].value)
                        add_field(iov, &used, fields[i].key, fields[i].value);
        r = sd_journal_sendv(iov, (int) used);
        for (size_t i = 0; i < used; i++)
                free(iov[i].iov_base);
        return r;
}

void log_event(int level, const char *message_id, const LogField *fields, size_t n,
               const char *format, ...) {
        _cleanup_(freep) char *safe = NULL;
        char text[LOG_TEXT_MAX];
        const char *shown;
        int saved = errno;
        va_list ap;

        assert(level >= LOG_EMERG && level <= LOG_DEBUG);
        assert(fields || n == 0);
        assert(n <= LOG_FIELDS_MAX);
        assert(format);
        if (level > state.level)
                return;
        va_start(ap, format);
        if (vsnprintf(text, sizeof text, format, ap) < 0)
                text[0] = 0;
        va_end(ap);
        make_printable(text);
        safe = text_safe(text);
        shown = safe ? safe : text;
        if (!state.journal || write_journal(level, message_id, fields, n, shown) < 0)
                write_stderr(level, shown);
        errno = saved;
}
