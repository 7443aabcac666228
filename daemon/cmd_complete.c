/* SPDX-License-Identifier: MIT */

/* Live values for shell completion. Silent about errors: a word that cannot be completed is no
 * reason to write into somebody's command line. */

#include <stdio.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "cmds.h"

/* Says nothing about files that are wrong, unlike app_load_config(). */
static int load(Config **ret) {
        _cleanup_(problems_done) Problems problems = {0};
        ConfigSource source = {.settings_file = app_settings_file(), .data_dir = config_data_dir()};

        return config_load(&source, clock_wall_ms(clock_system()), ret, &problems, NULL);
}

static void print_vars(const Vars *vars, size_t n) {
        for (size_t i = 0; i < n; i++)
                (void) puts(vars[i].name);
}

int cmd_complete(const CliVerb *verb, const Strv *args) {
        _cleanup_(config_freep) Config *config = NULL;
        const char *what;

        assert(verb);
        assert(args && args->n == 1);
        what = args->items[0];
        if (load(&config) < 0)
                return EXIT_CODE_ERROR;
        if (streq(what, "recipes"))
                for (size_t i = 0; i < config->n_recipes; i++)
                        (void) puts(config->recipes[i].name);
        else if (streq(what, "brands"))
                print_vars(config->brands, config->n_brands);
        else if (streq(what, "hooks"))
                print_vars(config->hooks, config->n_hooks);
        return fflush(stdout) != 0 ? EXIT_CODE_ERROR : EXIT_CODE_OK;
}
