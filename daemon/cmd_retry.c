/* SPDX-License-Identifier: MIT */

/*
 * pregend retry JOB...: a person's word that a job may be tried again. The job goes back to
 * `planned`; the next run plans its cell anew by today's recipe. What its attempts cost stays
 * spent. A job whose outcome is unknown may have been paid already, so that it asks for the word to
 * be given twice.
 */

#include <stdio.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "cmds.h"

static struct {
        const char *state;
        bool accept;
} arg;

static const CliOption options[] = {
        {.name = "state",
         .letter = 's',
         .type = CLI_STRING,
         .target = &arg.state,
         .argument = "STATE",
         .help = "every job in this state: blocked, failed or unknown",
         .complete = "words:blocked,failed,unknown"},
        {.name = "accept-double-charge",
         .type = CLI_FLAG,
         .target = &arg.accept,
         .help = "also jobs whose outcome is unknown: they may be paid twice"},
};

const CliOption *cmd_retry_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

typedef struct Wanted {
        const Strv *uids; /* prefixes; NULL: every one */
        int64_t *ids;
        JobState *states;
        size_t n;
        int64_t unknown;
} Wanted;

static bool is_wanted(const AlJob *job, const Strv *uids) {
        if (uids->n == 0)
                return true;
        for (size_t i = 0; i < uids->n; i++)
                if (app_job_begins(job, uids->items[i]))
                        return true;
        return false;
}

static int collect(const AlJob *job, void *userdata) {
        Wanted *w = userdata;
        int64_t *ids;
        JobState *states;

        if (!is_wanted(job, w->uids))
                return 0;
        ids = reallocarray(w->ids, w->n + 1, sizeof *ids);
        if (!ids)
                return -ENOMEM;
        w->ids = ids;
        states = reallocarray(w->states, w->n + 1, sizeof *states);
        if (!states)
                return -ENOMEM;
        w->states = states;
        ids[w->n] = job->id;
        states[w->n++] = job->state;
        w->unknown += job->state == JOB_UNKNOWN;
        return 0;
}

static int move_all(Library *lib, const Wanted *w, Err *err) {
        int64_t now = clock_wall_ms(clock_system());
        int r = al_begin(lib, err);

        if (r < 0)
                return r;
        for (size_t i = 0; i < w->n && r >= 0; i++) {
                r = al_job_move(lib, w->ids[i], w->states[i], JOB_PLANNED,
                                "tried again by a person's word", now, err);
                if (r == AL_TAKEN)
                        r = err_set(err, -EBUSY,
                                    "a job changed meanwhile; see `pregend jobs`, then try again");
        }
        if (r < 0) {
                al_rollback(lib);
                return r;
        }
        return al_commit(lib, err);
}

static int check_arguments(const CliVerb *verb, const Strv *args) {
        JobState state = arg.state ? job_state_from_word(arg.state) : JOB_FAILED;

        if (!arg.state == (args->n == 0))
                return cli_usage_error("pregend", verb, "name jobs, or a --state");
        if (state < 0 || !job_state_may(state, JOB_PLANNED) || state == JOB_SUBMITTING)
                return cli_usage_error("pregend", verb, "jobs in state '%s' cannot be tried again",
                                       arg.state);
        return app_check_jobs(verb, args);
}

static int retry(Library *lib, Wanted *w, Err *err) {
        static const JobState states[] = {JOB_BLOCKED, JOB_FAILED, JOB_UNKNOWN};
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(states) && r >= 0; i++) {
                AlJobFilter filter = {.state = job_state_word(states[i])};

                if (!arg.state || streq(arg.state, filter.state))
                        r = al_jobs(lib, &filter, collect, w, err);
        }
        if (r < 0)
                return r;
        if (w->n == 0) {
                log_error("no blocked, failed or unknown job matches; `pregend jobs` lists them");
                return EXIT_CODE_EMPTY;
        }
        if (w->unknown > 0 && !arg.accept) {
                log_error("%lld of these jobs may have been paid already; look at the provider's "
                          "console, then repeat with "
                          "--accept-double-charge",
                          (long long) w->unknown);
                return EXIT_CODE_UNKNOWN;
        }
        r = move_all(lib, w, err);
        if (r < 0)
                return r;
        log_notice("%zu jobs may be tried again; next: pregend plan", w->n);
        return EXIT_CODE_OK;
}

int cmd_retry(const CliVerb *verb, const Strv *args) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(al_closep) Library *lib = NULL;
        Wanted w = {.uids = args};
        Err err = {0};
        int r = check_arguments(verb, args);

        if (r == EXIT_CODE_OK && !arg_app.library)
                r = app_load_config(&config);
        if (r == EXIT_CODE_OK)
                r = app_open_library(config, AL_WRITE, &lib);
        if (r != EXIT_CODE_OK)
                return r;
        r = retry(lib, &w, &err);
        free(w.ids);
        free(w.states);
        if (r < 0) {
                log_error("%s", err_text(&err));
                return EXIT_CODE_ERROR;
        }
        return r;
}
