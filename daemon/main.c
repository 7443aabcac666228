/* SPDX-License-Identifier: MIT */

/* pregend: the table of verbs, the global options, and the helpers every verb starts with. */

#include "app.h"

#include <signal.h>
#include <stdio.h>

#include "base/cli.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "cmds.h"

enum {
        JOB_PREFIX_MIN = 4,
};

App arg_app;

const char *const app_format_words[] = {"table", "json", NULL};

static const CliOption globals[] = {
        {.name = "config",
         .type = CLI_STRING,
         .target = &arg_app.config,
         .argument = "FILE",
         .help = "settings file (else $PREGEN_CONFIG, else " PREGEN_CONFIG_FILE ")",
         .complete = "files"},
        {.name = "library",
         .type = CLI_STRING,
         .target = &arg_app.library,
         .argument = "DIR",
         .help = "library directory (else $PREGEN_LIBRARY, else the settings say)",
         .complete = "dirs"},
};

static const CliVerb verbs[] = {
        {.name = "check",
         .summary = "validate settings, recipes, brands, hooks and prices",
         .usage = "[FILE...]",
         .max_args = -1,
         .options = cmd_check_options,
         .run = cmd_check,
         .complete = "files",
         .details = "Prints every mistake of every file at once as FILE:LINE:COLUMN: what. Exit 2 "
                    "on errors; warnings do not fail.",
         .example = "pregend check\npregend check /etc/pregen/recipes.d/spring.yaml"},
        {.name = "plan",
         .summary = "what a night would make and cost; never spends",
         .usage = "",
         .options = cmd_plan_options,
         .run = cmd_plan,
         .details = "Per cell: have, target, make and the worst-case price; then totals and what "
                    "the budget will cut.",
         .example = "pregend plan\npregend plan --recipe spring-hero --format json"},
        {.name = "run",
         .summary = "one night: plan, generate, store, report",
         .usage = "",
         .options = cmd_run_options,
         .run = cmd_run,
         .details = "Makes what the shelf is short of, inside the budget. The first Ctrl-C stops "
                    "submitting and lets calls in flight finish; the "
                    "second leaves at once. Either way the next run goes on without paying twice.",
         .example = "pregend run\npregend run --recipe spring-hero --max-cost 5"},
        {.name = "status",
         .summary = "the run in progress, or the last one",
         .usage = "",
         .options = cmd_status_options,
         .run = cmd_status,
         .example = "pregend status"},
        {.name = "report",
         .summary = "what a run made, spent and could not make",
         .usage = "[RUN]",
         .max_args = 1,
         .options = cmd_report_options,
         .run = cmd_report,
         .example = "pregend report\npregend report 17 --format json"},
        {.name = "jobs",
         .summary = "the ledger's jobs, by state",
         .usage = "",
         .options = cmd_jobs_options,
         .run = cmd_jobs,
         .example = "pregend jobs --state unknown"},
        {.name = "retry",
         .summary = "let blocked, failed or unknown jobs be tried again",
         .usage = "[JOB...]",
         .max_args = -1,
         .options = cmd_retry_options,
         .run = cmd_retry,
         .details = "The next run plans their cells anew. What was spent stays spent. A job may be "
                    "shortened to the first "
                    "4 or more characters of its id.",
         .example = "pregend retry --state blocked\npregend retry 3f2a --accept-double-charge"},
        {.name = "cancel",
         .summary = "give jobs up: planned, in flight, or held as unknown",
         .usage = "JOB...",
         .min_args = 1,
         .max_args = -1,
         .run = cmd_cancel,
         .details = "What is in flight is given up by the run in progress, or the next one, if its "
                    "provider knows how; else its result is kept. A job may be shortened to the "
                    "first 4 or more characters of its id.",
         .example = "pregend cancel 3f2a"},
        {.name = "models",
         .summary = "the models known, what they cost and when they end",
         .usage = "",
         .options = cmd_models_options,
         .run = cmd_models,
         .details = "As models.yaml and prices.yaml say. With --probe each provider that lists its "
                    "models is asked: 'gone' is known and not listed, 'new' is listed and not "
                    "known. Costs nothing.",
         .example = "pregend models\npregend models --probe --format json"},
        {.name = "schema",
         .summary = "JSON Schema of a file kind, for editors",
         .usage = "recipe|settings|brand|hook|prices|models|specs",
         .min_args = 1,
         .max_args = 1,
         .run = cmd_schema,
         .complete = "words:recipe,settings,brand,hook,prices,models,specs",
         .example = "pregend schema recipe > recipe.schema.json"},
        {.name = "config",
         .summary = "effective settings and where each value comes from",
         .usage = "show",
         .min_args = 1,
         .max_args = 1,
         .options = cmd_config_options,
         .run = cmd_config,
         .complete = "words:show",
         .example = "pregend config show"},
        {.name = "complete",
         .summary = "values for shell completion",
         .usage = "recipes|brands|hooks",
         .min_args = 1,
         .max_args = 1,
         .run = cmd_complete,
         .hidden = true},
};

static const Cli cli = {
        .program = "pregend",
        .summary = "makes what the shelf is short of, overnight and inside a budget",
        .version = PREGEN_VERSION,
        .verbs = verbs,
        .n_verbs = ARRAY_LEN(verbs),
        .globals = globals,
        .n_globals = ARRAY_LEN(globals),
};

const char *app_settings_file(void) {
        const char *env = getenv("PREGEN_CONFIG");

        if (arg_app.config)
                return arg_app.config;
        return env && *env ? env : PREGEN_CONFIG_FILE;
}

int app_reload_config(Config **ret) {
        Problems problems = {0};
        ConfigSource source = {.settings_file = app_settings_file(), .data_dir = config_data_dir()};
        Err err = {0};
        int r;

        assert(ret);
        r = config_load(&source, clock_wall_ms(clock_system()), ret, &problems, &err);
        (void) problems_print(&problems, stderr, cli_colour(STDERR_FILENO));
        problems_done(&problems);
        if (r < 0) {
                log_error("%s", err_text(&err));
                return r == -ENOMEM ? EXIT_CODE_ERROR : EXIT_CODE_USAGE;
        }
        return EXIT_CODE_OK;
}

int app_load_config(Config **ret) {
        int r = app_reload_config(ret);

        if (r == EXIT_CODE_OK && (*ret)->settings.time_zone &&
            setenv("TZ", (*ret)->settings.time_zone, true) < 0) {
                log_error("cannot set the time zone: %s", strerror(errno));
                *ret = config_free(*ret);
                return EXIT_CODE_ERROR;
        }
        return r;
}

int app_check_jobs(const CliVerb *verb, const Strv *args) {
        for (size_t i = 0; i < args->n; i++)
                if (strlen(args->items[i]) < JOB_PREFIX_MIN)
                        return cli_usage_error("pregend", verb, "'%s' is too short for a job",
                                               args->items[i]);
        return EXIT_CODE_OK;
}

bool app_job_begins(const AlJob *job, const char *prefix) {
        return strncmp(job->uid, prefix, strlen(prefix)) == 0;
}

const char *app_library_dir(const Config *config) {
        const char *env = getenv("PREGEN_LIBRARY");

        if (arg_app.library)
                return arg_app.library;
        if (env && *env)
                return env;
        return config && config->settings.library ? config->settings.library : PREGEN_LIBRARY_DIR;
}

int app_no_library(const Err *err) {
        log_error("%s%s", err_text(err),
                  err->code == -EUCLEAN
                          ? "; 'assetlib restore-backup DIR' makes a new library out of a backup"
                          : "");
        return EXIT_CODE_ERROR;
}

int app_open_library(const Config *config, AlMode mode, Library **ret) {
        Err err = {0};

        assert(ret);
        return al_open(app_library_dir(config), mode, ret, &err) < 0 ? app_no_library(&err)
                                                                     : EXIT_CODE_OK;
}

int app_open_for_reading(Library **ret) {
        _cleanup_(config_freep) Config *config = NULL;
        const char *env = getenv("PREGEN_LIBRARY");

        if (!arg_app.library && !(env && *env)) {
                int r = app_load_config(&config);

                if (r != EXIT_CODE_OK)
                        return r;
        }
        return app_open_library(config, AL_READ, ret);
}

int app_result(int r, const Err *err) {
        if (r >= 0 || r == -EPIPE)
                return EXIT_CODE_OK;
        log_error("%s", err->code ? err_text(err) : strerror(-r));
        return EXIT_CODE_ERROR;
}

int main(int argc, char **argv) {
        (void) signal(SIGPIPE, SIG_IGN); /* a closed pipe is an answer of write(), not our end */
        log_init("pregend");
        return cli_main(&cli, argc, argv);
}
