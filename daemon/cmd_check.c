/* SPDX-License-Identifier: MIT */

/* pregend check: every mistake of every file, at its place. The problems are this verb's data and
 * go to stdout; the summary goes to stderr. */

#include <stdio.h>
#include <sys/stat.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/fs.h"
#include "base/out.h"
#include "cmds.h"
#include "plan/plan.h"

static int arg_format;

static const CliOption options[] = {
        APP_FORMAT_OPTION(arg_format),
};

const CliOption *cmd_check_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* What was checked, over all configurations loaded. */
typedef struct Checked {
        Problems problems;
        int64_t recipes, cells;
        bool unusable;        /* settings or prices: nothing can run */
        const char *settings; /* the last ones named on the command line; NULL: none */
} Checked;

/* ---- which configurations ----------------------------------------------------------------- */

typedef struct Targets {
        Strv roots; /* settings files or directories of configurations, each checked as a whole */
        Strv extra; /* single files, checked within the configuration of --config */
} Targets;

static void targets_done(Targets *t) {
        strv_done(&t->roots);
        strv_done(&t->extra);
}

/* Whether a file is one of settings, by the look of its first key words: only settings have
 * providers and no name of their own. */
static bool is_settings(const char *path) {
        _cleanup_(freep) char *text = NULL;
        bool providers = false;
        size_t n;

        if (fs_read_file(path, CONFIG_FILE_MAX, &text, &n) < 0)
                return false;
        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, "recipe:", 7) == 0 || strncmp(line, "brand:", 6) == 0 ||
                    strncmp(line, "hook:", 5) == 0)
                        return false;
                providers |= strncmp(line, "providers:", 10) == 0;
        }
        return providers;
}

/* A directory is a configuration when it has a pregen.yaml, else a heap of files. */
static int add_directory(Targets *t, const char *path) {
        _cleanup_(freep) char *settings = path_join(path, "pregen.yaml");
        _cleanup_(strv_done) Strv names = {0};
        int r;

        if (!settings)
                return -ENOMEM;
        if (access(settings, F_OK) == 0)
                return strv_take(&t->roots, TAKE_PTR(settings));
        r = fs_list_dir(path, ".yaml", CONFIG_FILES_MAX, &names);
        for (size_t i = 0; r >= 0 && i < names.n; i++) {
                char *file = path_join(path, names.items[i]);

                r = file ? strv_take(&t->extra, file) : -ENOMEM;
        }
        return r;
}

static int add_target(Targets *t, const char *path) {
        struct stat st;

        if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
                return add_directory(t, path);
        return strv_add(is_settings(path) ? &t->roots : &t->extra, path);
}

/* ---- checking ----------------------------------------------------------------------------- */

static bool same_file(const char *a, const char *b) {
        struct stat x, y;

        if (streq(a, b))
                return true;
        return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static bool is_wanted(const Strv *only, const char *file) {
        for (size_t i = 0; i < only->n; i++)
                if (same_file(only->items[i], file))
                        return true;
        return only->n == 0;
}

/* Adds the problems of the files asked for; all of them, also those that did not fit the list,
 * without `only`. */
static int keep_problems(Checked *c, const Problems *from, const Strv *only) {
        size_t errors = 0;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < from->n; i++) {
                const Problem *p = &from->items[i];

                errors += p->level == PROBLEM_ERROR;
                if (is_wanted(only, p->file))
                        r = problem_add(&c->problems, p->level, p->file, p->line, p->column, "%s",
                                        p->text);
        }
        if (only->n == 0) {
                c->problems.dropped += from->dropped;
                c->problems.n_errors += from->n_errors - errors;
        }
        return r;
}

static bool has_error(const Problems *p, const char *file) {
        for (size_t i = 0; i < p->n; i++)
                if (p->items[i].level == PROBLEM_ERROR && streq(p->items[i].file, file))
                        return true;
        return false;
}

static void count(Checked *c, const Config *config, const Strv *only) {
        for (size_t i = 0; i < config->n_recipes; i++) {
                const char *file = config->recipes[i].file;

                if (!is_wanted(only, file) || has_error(&c->problems, file))
                        continue;
                c->recipes++;
                c->cells += recipe_cells(&config->recipes[i]);
        }
}

/* What only the cells show: values that do not go together. The first of each recipe: the rest is
 * more of the same. Matrices too large to be planned are told by the plan. */
static int check_cells(Problems *problems, const Config *config) {
        PlanOptions all = {.max_cost = -1, .now_ms = clock_wall_ms(clock_system())};
        _cleanup_(plan_freep) Plan *plan = NULL;
        const Recipe *last = NULL;
        Err err = {0};
        int r = plan_build(config, NULL, &all, &plan, &err);

        if (r < 0)
                return r == -ENOMEM ? r : 0;
        for (size_t i = 0; r >= 0 && i < plan->n_cells; i++) {
                const PlanCell *cell = &plan->cells[i];
                const Place *place = &cell->recipe->params_place;

                if (cell->verdict != CELL_INVALID || cell->recipe == last)
                        continue;
                last = cell->recipe;
                r = problem_add(problems, PROBLEM_ERROR, place->file, place->line, place->column,
                                "%s (%s)", cell->note, cell->key);
        }
        return r;
}

static int check_one(Checked *c, const char *settings, const Strv *extra, Err *err) {
        const char *env = getenv("PREGEN_CONFIG");
        ConfigSource source = {.settings_file = settings      ? settings
                                                : env && *env ? env
                                                              : NULL,
                               .extra = extra,
                               .data_dir = config_data_dir()};
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(problems_done) Problems problems = {0};
        int r, e;

        c->settings = settings ? settings : c->settings;
        r = config_load(&source, clock_wall_ms(clock_system()), &config, &problems, err);
        if (r < 0 && r != -EINVAL)
                return r;
        c->unusable |= r == -EINVAL;
        e = config ? check_cells(&problems, config) : 0;
        if (e >= 0)
                e = keep_problems(c, &problems, extra);
        if (e < 0)
                return err_errno(err, e, "cannot keep the problems");
        if (config)
                count(c, config, extra);
        return 0;
}

static int check_all(Checked *c, const Targets *t, Err *err) {
        static const Strv none = {0};
        const char *settings = arg_app.config;
        int r = 0;

        for (size_t i = 0; r >= 0 && i < t->roots.n; i++)
                r = check_one(c, t->roots.items[i], &none, err);
        if (r >= 0 && (t->extra.n > 0 || t->roots.n == 0))
                r = check_one(c, settings, &t->extra, err);
        return r;
}

/* ---- printing ----------------------------------------------------------------------------- */

static int print_records(const Checked *c) {
        static const OutColumn columns[] = {
                {.key = "level"},  {.key = "file"}, {.key = "line"},
                {.key = "column"}, {.key = "text"},
        };
        _cleanup_(out_freep) Out *out = NULL;
        Json *extra;
        int r;

        r = out_new(stdout, (OutFormat) arg_format, "problems", columns, ARRAY_LEN(columns), &out);
        if (r < 0)
                return r;
        extra = out_extra(out);
        (void) json_add_int(extra, "errors", (int64_t) c->problems.n_errors);
        (void) json_add_int(extra, "dropped", (int64_t) c->problems.dropped);
        (void) json_add_int(extra, "recipes", c->recipes);
        (void) json_add_int(extra, "cells", c->cells);
        for (size_t i = 0; i < c->problems.n; i++) {
                const Problem *p = &c->problems.items[i];

                (void) out_str(out, p->level == PROBLEM_ERROR ? "error" : "warning");
                (void) out_str(out, p->file);
                (void) out_int(out, p->line);
                (void) out_int(out, p->column);
                (void) out_str(out, p->text);
        }
        return out_end(out);
}

static size_t files_with_errors(const Problems *p) {
        const char *last = NULL;
        size_t n = 0;

        for (size_t i = 0; i < p->n; i++) { /* sorted by file */
                if (p->items[i].level != PROBLEM_ERROR || (last && streq(last, p->items[i].file)))
                        continue;
                last = p->items[i].file;
                n++;
        }
        return n;
}

static const char *plural(int64_t n) {
        return n == 1 ? "" : "s";
}

static void print_summary(const Checked *c) {
        const Problems *p = &c->problems;
        size_t warnings = 0, files = files_with_errors(p);

        for (size_t i = 0; i < p->n; i++)
                warnings += p->items[i].level == PROBLEM_WARNING;
        if (p->n_errors > 0)
                fprintf(stderr, "%zu error%s in %zu file%s; ", p->n_errors,
                        plural((int64_t) p->n_errors), files, plural((int64_t) files));
        if (warnings > 0)
                fprintf(stderr, "%zu warning%s; ", warnings, plural((int64_t) warnings));
        if (c->unusable) {
                fprintf(stderr, "settings or prices are wrong: nothing can run until they are "
                                "mended\n");
                return;
        }
        fprintf(stderr, "%lld recipe%s, %lld cell%s fine", (long long) c->recipes,
                plural(c->recipes), (long long) c->cells, plural(c->cells));
        if (p->n_errors > 0)
                fprintf(stderr, "; the rest is left out until it is mended\n");
        else
                fprintf(stderr, "; next: pregend%s%s plan\n", c->settings ? " --config " : "",
                        c->settings ? c->settings : "");
}

static int print_checked(Checked *c) {
        int r;

        problems_sort(&c->problems);
        if (arg_format != OUT_TABLE)
                r = print_records(c);
        else
                r = problems_print(&c->problems, stdout, cli_colour(STDOUT_FILENO));
        if (r >= 0 && fflush(stdout) != 0)
                r = -errno;
        if (r >= 0)
                print_summary(c);
        return r;
}

int cmd_check(const CliVerb *verb, const Strv *args) {
        _cleanup_(targets_done) Targets targets = {0};
        Checked checked = {0};
        ExitCode code = EXIT_CODE_OK;
        Err err = {0};
        int r = 0;

        (void) verb;
        for (size_t i = 0; r >= 0 && i < args->n; i++)
                r = add_target(&targets, args->items[i]);
        if (r >= 0)
                r = check_all(&checked, &targets, &err);
        if (r < 0) {
                fprintf(stderr, "pregend: %s\n", err.code ? err_text(&err) : strerror(-r));
                code = r == -ENOMEM ? EXIT_CODE_ERROR : EXIT_CODE_USAGE;
        } else if (print_checked(&checked) < 0) {
                code = EXIT_CODE_ERROR;
        } else if (checked.problems.n_errors > 0 || checked.unusable) {
                code = EXIT_CODE_USAGE;
        }
        problems_done(&checked.problems);
        return code;
}
