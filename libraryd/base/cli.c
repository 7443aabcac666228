/* SPDX-License-Identifier: MIT */

#include "base/cli.h"

#include <stdio.h>
#include <sys/ioctl.h>

#include "base/cli_internal.h"
#include "base/exitcode.h"
#include "base/out.h"
#include "base/parse.h"
#include "base/strbuf.h"

enum {
        CLI_VERBS_MAX = 64,
        WIDTH_DEFAULT = 80,
        WIDTH_LIMIT = 10000, /* of $COLUMNS */
};

bool cli_colour(int fd) {
        const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
        const char *term = getenv("TERM");

        if (no && no[0])
                return false;
        if (force && force[0] && !streq(force, "0"))
                return true;
        return fd >= 0 && isatty(fd) == 1 && term && !streq(term, "dumb");
}

int cli_width(int fd) {
        const char *columns = getenv("COLUMNS");
        struct winsize size = {0};
        int64_t n;

        if (fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
                return size.ws_col;
        if (columns && parse_int(columns, 1, WIDTH_LIMIT, &n) >= 0)
                return (int) n;
        return WIDTH_DEFAULT;
}

/* Error texts quote what was typed or read: nothing in them may steer the terminal. */
_printf_(2, 0) static void print_error(const char *program, const char *format, va_list ap) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(ERR_TEXT_MAX * 4);
        _cleanup_(freep) char *safe = NULL;

        (void) strbuf_vprintf(&b, format, ap);
        safe = text_safe(strbuf_text(&b));
        (void) fflush(stdout); /* in order, where both go to one place */
        (void) fprintf(stderr, "%s: error: %s\n", program, safe ? safe : "out of memory");
}

int cli_error(const char *program, const char *format, ...) {
        va_list ap;

        assert(program && format);
        va_start(ap, format);
        print_error(program, format, ap);
        va_end(ap);
        return EXIT_CODE_ERROR;
}

int cli_usage_error(const char *program, const CliVerb *verb, const char *format, ...) {
        va_list ap;

        assert(program && format);
        va_start(ap, format);
        print_error(program, format, ap);
        va_end(ap);
        (void) fprintf(stderr, "try '%s%s%s --help'\n", program, verb ? " " : "",
                       verb ? verb->name : "");
        return EXIT_CODE_USAGE;
}

const CliVerb *cli_verb_find(const Cli *cli, const char *name) {
        assert(cli && name);
        for (size_t i = 0; i < cli->n_verbs; i++)
                if (streq(cli->verbs[i].name, name))
                        return &cli->verbs[i];
        return NULL;
}

const char *cli_verb_nearest(const Cli *cli, const char *name) {
        const char *known[CLI_VERBS_MAX];
        size_t n = 0;

        assert(cli && name && cli->n_verbs < CLI_VERBS_MAX);
        for (size_t i = 0; i < cli->n_verbs; i++)
                if (!cli->verbs[i].hidden)
                        known[n++] = cli->verbs[i].name;
        known[n++] = "help";
        return nearest_word(name, known, n);
}

static int unknown_verb(const Cli *cli, const char *name) {
        const char *near = cli_verb_nearest(cli, name);

        if (near)
                return cli_usage_error(cli->program, NULL, "unknown verb '%s'; did you mean '%s'?",
                                       name, near);
        return cli_usage_error(cli->program, NULL, "unknown verb '%s'", name);
}

/* Flushes what help, --version or a list printed. */
static int finish(const Cli *cli) {
        if (fflush(stdout) == 0 || errno == EPIPE)
                return EXIT_CODE_OK;
        return cli_error(cli->program, "cannot write to the standard output: %s", strerror(errno));
}

static int show_help(const Cli *cli, const char *name) {
        const CliVerb *verb = name && !streq(name, "help") ? cli_verb_find(cli, name) : NULL;

        if (name && !verb && !streq(name, "help"))
                return unknown_verb(cli, name);
        if (verb)
                cli_help_verb(cli, verb, stdout);
        else
                cli_help_program(cli, stdout);
        return finish(cli);
}

static int show_version(const Cli *cli) {
        (void) printf("%s %s\n", cli->program, cli->version);
        return finish(cli);
}

static int show_options(const Cli *cli, const char *name) {
        const CliVerb *verb = name ? cli_verb_find(cli, name) : NULL;

        if (name && !verb && !streq(name, "help"))
                return unknown_verb(cli, name);
        cli_list_options(cli, verb, stdout);
        return finish(cli);
}

/* How many positional arguments a verb was given, against its bounds. */
static int check_args(const Cli *cli, const CliVerb *verb, const Strv *args) {
        int n = (int) args->n;

        if (n < verb->min_args)
                return cli_usage_error(cli->program, verb, "'%s' needs %s", verb->name,
                                       verb->usage ? verb->usage : "more arguments");
        if (verb->max_args == 0 && n > 0)
                return cli_usage_error(cli->program, verb,
                                       "'%s' takes options only, not the argument '%s'", verb->name,
                                       args->items[0]);
        if (verb->max_args >= 0 && n > verb->max_args)
                return cli_usage_error(cli->program, verb, "'%s' has too many arguments: '%s'",
                                       verb->name, args->items[verb->max_args]);
        return 0;
}

static int run_verb(const Cli *cli, const CliVerb *verb, int argc, char **argv, int i) {
        _cleanup_(strv_done) Strv args = {0};
        CliRequest request = {0};
        int r;

        r = cli_parse(cli, verb, argc, argv, &i, &args, &request);
        if (r != 0)
                return r;
        if (request.help)
                return show_help(cli, verb->name);
        if (request.version)
                return show_version(cli);
        r = check_args(cli, verb, &args);
        return r != 0 ? r : verb->run(verb, &args);
}

int cli_main(const Cli *cli, int argc, char **argv) {
        _cleanup_(strv_done) Strv none = {0};
        CliRequest request = {0};
        const CliVerb *verb;
        const char *name;
        int i = 1, r;

        assert(cli && argv);
        r = cli_parse(cli, NULL, argc, argv, &i, &none, &request);
        if (r != 0)
                return r;
        name = i < argc ? argv[i] : NULL;
        if (request.version)
                return show_version(cli);
        if (request.list_options)
                return show_options(cli, name);
        if (request.list_verbs) {
                cli_list_verbs(cli, stdout);
                return finish(cli);
        }
        if (request.help)
                return show_help(cli, name);
        if (!name)
                return cli_usage_error(cli->program, NULL, "no verb given");
        if (streq(name, "help"))
                return show_help(cli, i + 1 < argc ? argv[i + 1] : NULL);
        verb = cli_verb_find(cli, name);
        return verb ? run_verb(cli, verb, argc, argv, i + 1) : unknown_verb(cli, name);
}
