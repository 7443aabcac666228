/* SPDX-License-Identifier: MIT */

/* pregend jobs: the ledger's jobs, by state and recipe. */

#include <stdio.h>

#include "app.h"
#include "base/exitcode.h"
#include "base/log.h"
#include "base/out.h"
#include "cmds.h"

static struct {
        const char *state, *recipe;
        int64_t run, limit;
        int format;
} arg = {.limit = 200};

static const CliOption options[] = {
        {.name = "state",
         .letter = 's',
         .type = CLI_STRING,
         .target = &arg.state,
         .argument = "STATE",
         .help = "planned, submitting, done, blocked, failed, unknown or cancelled",
         .complete = "words:planned,submitting,done,blocked,failed,unknown,cancelled"},
        {.name = "recipe",
         .letter = 'r',
         .type = CLI_STRING,
         .target = &arg.recipe,
         .argument = "NAME",
         .help = "only jobs of this recipe",
         .complete = "recipes"},
        {.name = "run",
         .type = CLI_INT,
         .target = &arg.run,
         .argument = "RUN",
         .help = "only jobs of this run",
         .min = 1,
         .max = INT64_MAX},
        {.name = "limit",
         .letter = 'n',
         .type = CLI_INT,
         .target = &arg.limit,
         .argument = "N",
         .help = "at most so many (200; 0: all)",
         .min = 0,
         .max = INT64_MAX},
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg.format,
         .argument = "table|json|jsonl|csv",
         .help = "how to print them",
         .words = out_format_words},
};

const CliOption *cmd_jobs_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static const OutColumn columns[] = {
        {.key = "job", .title = "JOB"},
        {.key = "state", .title = "STATE"},
        {.key = "run", .title = "RUN", .right = true},
        {.key = "recipe", .title = "RECIPE", .max_width = 24},
        {.key = "cell", .title = "CELL", .max_width = 60},
        {.key = "provider", .title = "PROVIDER", .max_width = 16},
        {.key = "model", .title = NULL},
        {.key = "attempts", .title = "TRIES", .right = true},
        {.key = "worst_price", .title = "WORST", .right = true},
        {.key = "updated", .title = "UPDATED"},
        {.key = "reason", .title = "REASON", .max_width = 100},
};

static int print_job(const AlJob *job, void *userdata) {
        Out *out = userdata;

        (void) out_str(out, job->uid);
        (void) out_str(out, job_state_word(job->state));
        (void) out_int(out, job->run);
        (void) out_str(out, job->recipe);
        (void) out_str(out, job->cell_key);
        (void) out_str(out, job->provider);
        (void) out_str(out, job->model);
        (void) out_int(out, job->attempts);
        (void) out_money(out, job->worst);
        (void) out_time(out, job->updated_ms);
        return out_str(out, job->reason);
}

int cmd_jobs(const CliVerb *verb, const Strv *args) {
        AlJobFilter filter = {
                .run = arg.run, .state = arg.state, .recipe = arg.recipe, .limit = arg.limit};
        _cleanup_(al_closep) Library *lib = NULL;
        _cleanup_(out_freep) Out *out = NULL;
        Err err = {0};
        int r;

        (void) args;
        if (arg.state && job_state_from_word(arg.state) < 0)
                return cli_usage_error("pregend", verb, "'%s' is no state of a job", arg.state);
        r = app_open_for_reading(&lib);
        if (r != EXIT_CODE_OK)
                return r;
        r = out_new(stdout, (OutFormat) arg.format, "jobs", columns, ARRAY_LEN(columns), &out);
        if (r >= 0)
                r = al_jobs(lib, &filter, print_job, out, &err);
        if (r >= 0)
                r = out_end(out);
        return app_result(r, &err);
}
