/* SPDX-License-Identifier: MIT */

/*
 * pregend cancel JOB...: a person's word that a job shall not go on. What was never sent is
 * cancelled, what is held as unknown is closed as spent, and what is in flight is given up by the
 * run in progress, or the next one, in the way its provider allows.
 */

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "cmds.h"

typedef struct Found {
        const char *prefix;
        int64_t id;
        char uid[17];
        size_t n;
} Found;

static int match(const AlJob *job, void *userdata) {
        Found *f = userdata;

        if (!app_job_begins(job, f->prefix))
                return 0;
        f->id = job->id;
        (void) snprintf(f->uid, sizeof f->uid, "%s", job->uid);
        f->n++;
        return 0;
}

static const char *who_asks(void) {
        const struct passwd *user = getpwuid(getuid());

        return user ? user->pw_name : "somebody";
}

static void tell(const char *uid, JobState state) {
        if (state == JOB_CANCELLED)
                log_notice("job %s is cancelled; nothing had been sent", uid);
        else if (state == JOB_FAILED)
                log_notice("job %s is closed; what it may have cost counts as spent", uid);
        else
                log_notice("job %s is in flight: the run in progress, or the next one, asks its "
                           "provider to give it up",
                           uid);
}

/* Returns an ExitCode, or -errno. */
static int cancel_one(Library *lib, const char *prefix, Err *err) {
        Found f = {.prefix = prefix};
        AlJobFilter all = {0};
        JobState state;
        int r = al_jobs(lib, &all, match, &f, err);

        if (r < 0)
                return r;
        if (f.n != 1) {
                log_error(f.n == 0 ? "there is no job '%s'; `pregend jobs` lists them"
                                   : "more than one job begins with '%s'; give more of it",
                          prefix);
                return EXIT_CODE_EMPTY;
        }
        r = al_job_cancel(lib, f.id, who_asks(), clock_wall_ms(clock_system()), &state, err);
        if (r == AL_TAKEN || r == AL_NOT_FOUND) {
                log_error("job %s has ended already; `pregend jobs` shows how", f.uid);
                return EXIT_CODE_EMPTY;
        }
        if (r >= 0)
                tell(f.uid, state);
        return r < 0 ? r : EXIT_CODE_OK;
}

int cmd_cancel(const CliVerb *verb, const Strv *args) {
        _cleanup_(config_freep) Config *config = NULL;
        _cleanup_(al_closep) Library *lib = NULL;
        int r = app_check_jobs(verb, args), code = EXIT_CODE_OK;
        Err err = {0};

        if (r == EXIT_CODE_OK && !arg_app.library)
                r = app_load_config(&config);
        if (r == EXIT_CODE_OK)
                r = app_open_library(config, AL_WRITE, &lib);
        if (r != EXIT_CODE_OK)
                return r;
        for (size_t i = 0; i < args->n && r >= 0; i++) {
                r = cancel_one(lib, args->items[i], &err);
                code = r > 0 ? r : code;
        }
        if (r < 0) {
                log_error("%s", err_text(&err));
                return EXIT_CODE_ERROR;
        }
        return code;
}
