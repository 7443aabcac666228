/* SPDX-License-Identifier: MIT */

/* pregend run: one night. Takes the run lock, runs it, and shows the report. */

#include <poll.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "app.h"
#include "base/exitcode.h"
#include "base/heap.h"
#include "base/log.h"
#include "base/parse.h"
#include "cmds.h"
#include "night/night.h"
#include "night/notify.h"
#include "night/report.h"
#include "night/world.h"

enum {
        LOCK_RETRY_MS = 500, /* --wait: how often the lock is tried */
        MEDIA_WORKERS = 2,
        HEAP_KEPT = 8 * 1024 * 1024, /* bytes that malloc() does not give back */
};

static struct {
        Strv recipes;
        Micros max_cost;
        const char *until;
        bool wait;
        bool quiet;
} arg = {.max_cost = -1};

static const CliOption options[] = {
        {.name = "recipe",
         .letter = 'r',
         .type = CLI_LIST,
         .target = &arg.recipes,
         .argument = "NAME",
         .help = "only this recipe (repeatable)",
         .complete = "recipes"},
        {.name = "max-cost",
         .type = CLI_MONEY,
         .target = &arg.max_cost,
         .argument = "USD",
         .help = "spend at most this much in this run"},
        {.name = "until",
         .type = CLI_STRING,
         .target = &arg.until,
         .argument = "HH:MM",
         .help = "submit nothing after this local time"},
        {.name = "wait",
         .type = CLI_FLAG,
         .target = &arg.wait,
         .help = "when another run is in progress, wait for its end instead of exiting with 75"},
        {.name = "quiet",
         .letter = 'q',
         .type = CLI_FLAG,
         .target = &arg.quiet,
         .help = "no progress line and no report, only what went wrong"},
};

const CliOption *cmd_run_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* One run at a time. Returns an ExitCode. */
static int take_lock(Library *lib) {
        bool told = false;
        Err err = {0};

        for (;;) {
                int r = al_lock_run(lib, &err);

                if (r == AL_OK)
                        return EXIT_CODE_OK;
                if (r < 0) {
                        log_error("%s", err_text(&err));
                        return EXIT_CODE_ERROR;
                }
                if (!arg.wait) {
                        (void) sd_notify(
                                0, "READY=1"); /* else systemd takes the early exit for a crash */
                        log_error("another run is in progress on '%s'; see `pregend status`, or "
                                  "wait with `pregend run --wait`",
                                  al_dir(lib));
                        return EXIT_CODE_BUSY;
                }
                if (!told)
                        log_notice("another run is in progress; waiting for its end");
                told = true;
                (void) poll(NULL, 0, LOCK_RETRY_MS);
        }
}

/* The report of the run, or of why there is none. NULL when memory ran out. */
static Json *news_of(Library *lib, const NightSummary *summary, const Err *failure) {
        Json *j = NULL;
        Err err = {0};

        if (summary->run > 0 && report_json(lib, summary->run, &j, &err) != AL_OK)
                j = NULL;
        if (!j)
                j = json_new_object();
        if (j && failure->code)
                (void) json_add_str(j, "error", err_text(failure));
        (void) json_add_int(j, "schema", 1);
        return j;
}

static int64_t cells_short_of(Library *lib, int64_t run) {
        AlRun r = {0};
        Err err = {0};

        return run > 0 && al_run_get(lib, run, &r, &err) == AL_OK ? r.cells_short : 0;
}

/* Tells whom the settings name. What becomes of it is logged and changes nothing. */
static void tell(const Config *config, Library *lib, const NightSummary *summary,
                 const Err *failure, int code) {
        _cleanup_(json_freep) Json *j = NULL;
        _cleanup_(freep) char *text = NULL;
        Err err = {0};

        if (!notify_wanted(&config->settings, code, cells_short_of(lib, summary->run)))
                return;
        j = news_of(lib, summary, failure);
        text = j ? json_print(j) : NULL;
        if (!text)
                log_warning("the notify command was not run: out of memory");
        else if (notify_run(config->settings.notify_command, text, NOTIFY_TIMEOUT_MS, &err) < 0)
                log_warning("%s", err_text(&err));
}

static int reload(void *userdata, Config **ret, Err *err) {
        (void) userdata;
        const char *zone = getenv("TZ");

        if (app_reload_config(ret) != EXIT_CODE_OK)
                return err_set(err, -EINVAL, "it has mistakes; see `pregend check`");
        if ((*ret)->settings.time_zone && !streq((*ret)->settings.time_zone, zone ? zone : ""))
                log_notice("time_zone '%s' counts from the next run on",
                           (*ret)->settings.time_zone);
        return 0;
}

static int run_night(const Config *config, Library *lib, int until_minutes) {
        _cleanup_(world_freep) World *world = NULL;
        NightOptions night = {
                .config = config,
                .lib = lib,
                .recipes = &arg.recipes,
                .max_cost = arg.max_cost,
                .until_minutes = until_minutes,
                .reload = reload,
                .live = !arg.quiet && !log_to_journal() && isatty(STDERR_FILENO),
        };
        NightSummary summary = {0};
        Err err = {0};
        int r;

        heap_keep(HEAP_KEPT);
        r = world_real_new(al_dir_fd(lib), MEDIA_WORKERS, &world, &err);
        night.world = world;
        if (r >= 0)
                r = night_run(&night, &summary, &err);
        if (r < 0) {
                tell(config, lib, &summary, &err, EXIT_CODE_ERROR);
                log_error("%s; what was paid is in the ledger, run again when the cause is gone",
                          err_text(&err));
                return EXIT_CODE_ERROR;
        }
        tell(config, lib, &summary, &err, summary.exit_code);
        if (!arg.quiet && report_print(lib, summary.run, OUT_TABLE, stdout, &err) < 0)
                log_warning("the report could not be printed: %s; `pregend report` shows it",
                            err_text(&err));
        return summary.exit_code;
}

int cmd_run(const CliVerb *verb, const Strv *args) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(al_closep) Library *lib = NULL;
        int minutes = -1, r;

        (void) verb;
        (void) args;
        if (arg.until && parse_time_of_day(arg.until, &minutes) < 0) {
                log_error("'%s' is not a time of day; write e.g. --until 06:00", arg.until);
                return EXIT_CODE_USAGE;
        }
        if (arg.quiet && !log_to_journal()) /* the journal always has the whole story */
                log_set_level(LOG_WARNING);
        r = app_load_config(&config);
        if (r != EXIT_CODE_OK)
                return r;
        for (size_t i = 0; i < arg.recipes.n; i++)
                if (!config_recipe(config, arg.recipes.items[i])) {
                        log_error("there is no usable recipe '%s'; `pregend plan` lists them",
                                  arg.recipes.items[i]);
                        return EXIT_CODE_USAGE;
                }
        r = app_open_library(config, AL_CREATE, &lib);
        if (r == EXIT_CODE_OK)
                r = take_lock(lib);
        if (r == EXIT_CODE_OK)
                r = run_night(config, lib, minutes);
        return r;
}
