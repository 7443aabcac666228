/* SPDX-License-Identifier: MIT */

#include "base/cli_internal.h"

#include "base/exitcode.h"

/* The options every program has; they end in a CliRequest instead of a target. */
static const CliOption built_in[] = {
        {.name = "help", .letter = 'h', .help = "show help"},
        {.name = "version", .letter = 'V', .help = "show the version"},
        {.name = "list-verbs", .hidden = true},
        {.name = "list-options", .hidden = true},
};
enum { BUILT_IN_HELP, BUILT_IN_VERSION, BUILT_IN_LIST_VERBS, BUILT_IN_LIST_OPTIONS, N_BUILT_IN };

static_assert(ARRAY_LEN(built_in) == N_BUILT_IN, "one name a built-in option");

/* One place in argv while it is read. */
typedef struct Cursor {
        const Cli *cli;
        const CliVerb *verb;
        CliOptions options;
        int argc, i;
        char **argv;
        CliRequest *request;
} Cursor;

static void options_add(CliOptions *o, const CliOption *options, size_t n) {
        assert(n <= CLI_OPTIONS_MAX - o->n);
        for (size_t i = 0; i < n; i++)
                o->items[o->n++] = &options[i];
}

void cli_options(const Cli *cli, const CliVerb *verb, CliOptions *ret) {
        assert(cli && ret);
        *ret = (CliOptions){0};
        if (verb && verb->options) {
                size_t n = 0;
                const CliOption *own = verb->options(&n);

                options_add(ret, own, n);
        }
        ret->n_own = ret->n;
        options_add(ret, cli->globals, cli->n_globals);
        options_add(ret, built_in, N_BUILT_IN);
}

/* The option called by the first n bytes of `name`, or by `letter`. */
static const CliOption *find_name(const CliOptions *o, const char *name, size_t n) {
        for (size_t i = 0; i < o->n; i++)
                if (strlen(o->items[i]->name) == n && strncmp(o->items[i]->name, name, n) == 0)
                        return o->items[i];
        return NULL;
}

static const CliOption *find_letter(const CliOptions *o, char letter) {
        for (size_t i = 0; i < o->n; i++)
                if (o->items[i]->letter == letter)
                        return o->items[i];
        return NULL;
}

static int unknown_option(const Cursor *c, const char *name, size_t n) {
        _cleanup_(freep) char *copy = strndup(name, n);
        const char *known[CLI_OPTIONS_MAX], *near = NULL;
        size_t n_known = 0;

        for (size_t i = 0; i < c->options.n; i++)
                if (!c->options.items[i]->hidden)
                        known[n_known++] = c->options.items[i]->name;
        if (copy)
                near = nearest_word(copy, known, n_known);
        if (near)
                return cli_usage_error(c->cli->program, c->verb,
                                       "unknown option '--%.*s'; did you mean '--%s'?", (int) n,
                                       name, near);
        if (!c->verb && c->cli->n_verbs > 0)
                return cli_usage_error(c->cli->program, NULL,
                                       "unknown option '--%.*s'; options of a verb stand behind it",
                                       (int) n, name);
        return cli_usage_error(c->cli->program, c->verb, "unknown option '--%.*s'", (int) n, name);
}

static void built_in_set(const CliOption *option, CliRequest *request) {
        bool *const wishes[N_BUILT_IN] = {&request->help, &request->version, &request->list_verbs,
                                          &request->list_options};

        *wishes[option - built_in] = true;
}

static bool is_built_in(const CliOption *option) {
        return option >= built_in && option < built_in + N_BUILT_IN;
}

static int store(Cursor *c, const CliOption *option, const char *value) {
        Err err = {0};
        int r;

        if (is_built_in(option)) {
                built_in_set(option, c->request);
                return 0;
        }
        r = cli_value_store(option, value, &err);
        if (r == -EINVAL)
                return cli_usage_error(c->cli->program, c->verb, "option '--%s': %s", option->name,
                                       err_text(&err));
        return r < 0 ? cli_error(c->cli->program, "%s", err_text(&err)) : 0;
}

/* The value that stands behind the option: the next argument. */
static int store_next(Cursor *c, const CliOption *option) {
        const char *value = c->i + 1 < c->argc ? c->argv[c->i + 1] : NULL;

        if (!value || strncmp(value, "--", 2) == 0)
                return cli_usage_error(c->cli->program, c->verb, "option '--%s' needs a value: %s",
                                       option->name, option->argument ? option->argument : "VALUE");
        c->i++;
        return store(c, option, value);
}

static int parse_long(Cursor *c) {
        const char *name = c->argv[c->i] + 2;
        size_t n = strcspn(name, "=");
        const CliOption *option = find_name(&c->options, name, n);

        if (!option)
                return unknown_option(c, name, n);
        if (name[n] == '=' && option->type == CLI_FLAG)
                return cli_usage_error(c->cli->program, c->verb, "option '--%s' takes no value",
                                       option->name);
        if (name[n] == '=')
                return store(c, option, name + n + 1);
        return option->type == CLI_FLAG ? store(c, option, NULL) : store_next(c, option);
}

/* "-n 3", "-n3", "-n=3", and flags together: "-ab". */
static int parse_letters(Cursor *c) {
        for (const char *p = c->argv[c->i] + 1; *p; p++) {
                const CliOption *option = find_letter(&c->options, *p);
                int r;

                if (!option)
                        return cli_usage_error(c->cli->program, c->verb, "unknown option '-%c'",
                                               *p);
                if (option->type != CLI_FLAG && p[1])
                        return store(c, option, p[1] == '=' ? p + 2 : p + 1);
                r = option->type == CLI_FLAG ? store(c, option, NULL) : store_next(c, option);
                if (r != 0 || option->type != CLI_FLAG)
                        return r;
        }
        return 0;
}

/* Whether argv[i] is no option, before "--". */
static bool is_argument(const Cursor *c, const char *arg) {
        if (arg[0] != '-' || !arg[1])
                return true;
        return c->verb && c->verb->minus_args && arg[1] != '-' &&
               (arg[2] || !find_letter(&c->options, arg[1]));
}

int cli_parse(const Cli *cli, const CliVerb *verb, int argc, char **argv, int *i, Strv *args,
              CliRequest *request) {
        Cursor c = {.cli = cli, .verb = verb, .argc = argc, .argv = argv, .request = request};
        bool options_over = false;
        int r = 0;

        assert(cli && argv && i && args && request);
        cli_options(cli, verb, &c.options);
        for (c.i = *i; c.i < argc && r == 0; c.i++) {
                const char *arg = argv[c.i];

                if (options_over || is_argument(&c, arg)) {
                        if (!verb && !options_over)
                                break;
                        if (strv_add(args, arg) < 0)
                                return cli_error(cli->program, "out of memory");
                } else if (streq(arg, "--")) {
                        options_over = true;
                        if (!verb) {
                                c.i++;
                                break;
                        }
                } else {
                        r = arg[1] == '-' ? parse_long(&c) : parse_letters(&c);
                }
        }
        *i = c.i;
        return r;
}
