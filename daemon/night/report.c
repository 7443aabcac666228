/* SPDX-License-Identifier: MIT */

#include "night/report.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"

enum {
        REPORT_PROBLEMS_MAX = 200, /* lines of the table; JSON has all */
};

static const JobState problem_states[] = {JOB_UNKNOWN, JOB_BLOCKED, JOB_FAILED, JOB_CANCELLED};

/* ---- JSON ---- */

static int add_job(const AlJob *job, void *userdata) {
        Json *list = userdata, *j = json_new_object();

        (void) json_add_str(j, "job", job->uid);
        (void) json_add_str(j, "state", job_state_word(job->state));
        (void) json_add_str(j, "recipe", job->recipe);
        (void) json_add_str(j, "cell", job->cell_key);
        (void) json_add_str(j, "provider", job->provider);
        (void) json_add_int(j, "attempts", job->attempts);
        (void) json_add_str(j, "reason", job->reason);
        return json_push(list, j);
}

static int add_note(const char *kind, const char *subject, const char *text, void *userdata) {
        Json *list = userdata, *j = json_new_object();

        (void) json_add_str(j, "kind", kind);
        (void) json_add_str(j, "subject", subject);
        (void) json_add_str(j, "text", text);
        return json_push(list, j);
}

static void add_totals(Json *j, const AlRun *run, const AlRunTotals *t) {
        (void) json_add_int(j, "jobs", t->jobs);
        (void) json_add_int(j, "made", t->done);
        (void) json_add_int(j, "blocked", t->blocked);
        (void) json_add_int(j, "failed", t->failed);
        (void) json_add_int(j, "unknown", t->unknown);
        (void) json_add_int(j, "cancelled", t->cancelled);
        (void) json_add_int(j, "calls", t->calls);
        (void) json_add_int(j, "running", t->running);
        (void) json_add_int(j, "waiting", t->waiting);
        (void) json_add_int(j, "assets", t->assets);
        (void) json_add_int(j, "attempts", t->attempts);
        (void) json_add_money(j, "spent", t->spent);
        (void) json_add_money(j, "reserved", t->reserved);
        if (run->budget >= 0)
                (void) json_add_money(j, "budget", run->budget);
        else
                (void) json_add_null(j, "budget");
        if (t->spent > 0)
                (void) json_add_number(j, "assets_per_unit_of_money",
                                       (double) t->assets * MICROS_PER_UNIT / (double) t->spent);
        (void) json_add_int(j, "cells_short", run->cells_short);
}

int report_json(Library *lib, int64_t id, Json **ret, Err *err) {
        _cleanup_(json_freep) Json *j = json_new_object();
        AlRun run = {0};
        AlRunTotals totals = {0};
        Json *problems, *notes;
        int r;

        assert(lib);
        assert(ret);
        r = al_run_get(lib, id, &run, err);
        if (r == AL_OK)
                r = al_run_totals(lib, run.id, &totals, err);
        if (r != AL_OK)
                return r;
        (void) json_add_int(j, "run", run.id);
        (void) json_add_time(j, "started", run.started_ms);
        (void) json_add_time(j, "ended", run.ended_ms);
        (void) json_add_str(j, "result", run.result);
        (void) json_add_int(j, "exit_code", run.exit_code);
        add_totals(j, &run, &totals);
        notes = json_add_array(j, "notes");
        problems = json_add_array(j, "problems");
        if (!notes || !problems)
                return err_set(err, -ENOMEM, "out of memory");
        r = al_run_notes(lib, run.id, add_note, notes, err);
        for (size_t i = 0; i < ARRAY_LEN(problem_states) && r >= 0; i++) {
                AlJobFilter filter = {.run = run.id,
                                      .state = job_state_word(problem_states[i]),
                                      .standing = true};

                r = al_jobs(lib, &filter, add_job, problems, err);
        }
        if (r >= 0)
                *ret = TAKE_PTR(j);
        return r;
}

/* ---- for people ---- */

static void line(FILE *f, const char *label, const char *format, ...) _printf_(3, 4);
static void line(FILE *f, const char *label, const char *format, ...) {
        va_list ap;

        (void) fprintf(f, "  %-10s ", label);
        va_start(ap, format);
        (void) vfprintf(f, format, ap);
        va_end(ap);
        (void) fputc('\n', f);
}

static void print_head(FILE *f, const AlRun *run, const AlRunTotals *t) {
        char started[TIME_TEXT_MAX], took[TIME_TEXT_MAX] = "", spent[MONEY_TEXT_MAX],
                                     budget[MONEY_TEXT_MAX];

        time_format_local(run->started_ms, started);
        if (run->ended_ms > 0)
                duration_format(run->ended_ms - run->started_ms, took);
        (void) fprintf(f, "run %" PRId64 ", %s%s%s: %s\n", run->id, started, took[0] ? ", " : "",
                       took, run->result);
        line(f, "made", "%" PRId64 " assets by %" PRId64 " of %" PRId64 " jobs", t->assets, t->done,
             t->jobs);
        if (t->blocked > 0)
                line(f, "blocked", "%" PRId64 " jobs, by the provider's safety rules", t->blocked);
        if (t->failed > 0)
                line(f, "failed", "%" PRId64 " jobs", t->failed);
        if (t->unknown > 0)
                line(f, "unknown", "%" PRId64 " jobs may have been paid and wait for a person",
                     t->unknown);
        if (t->cancelled > 0)
                line(f, "not sent", "%" PRId64 " jobs", t->cancelled);
        if (run->ended_ms == 0 && t->calls + t->running > 0)
                line(f, "in flight", "%" PRId64 " calls, %" PRId64 " operations", t->calls,
                     t->running);
        else if (t->running > 0)
                line(f, "running", "%" PRId64 " operations go on; the next run asks for them",
                     t->running);
        if (t->waiting > 0)
                line(f, "waiting", "%" PRId64 " jobs", t->waiting);
        money_format(t->spent, spent);
        if (run->budget >= 0) {
                money_format(run->budget, budget);
                line(f, "spent", "%s of %s", spent, budget);
        } else
                line(f, "spent", "%s", spent);
        if (t->spent > 0)
                line(f, "for $1", "%.1f assets",
                     (double) t->assets * MICROS_PER_UNIT / (double) t->spent);
        if (run->cells_short > 0)
                line(f, "short", "%" PRId64 " cells; see `assetlib stock --short`",
                     run->cells_short);
        else if (run->ended_ms > 0)
                line(f, "shelf", "%s", t->jobs == 0 ? "full, nothing to make" : "full");
}

static int print_note(const char *kind, const char *subject, const char *text, void *userdata) {
        _cleanup_(freep) char *safe_subject = text_safe(subject), *safe = text_safe(text);

        line(userdata, kind, "%s%s%s", safe_subject ? safe_subject : "", *subject ? ": " : "",
             safe ? safe : "");
        return 0;
}

static int out_job(const AlJob *job, void *userdata) {
        Out *out = userdata;

        (void) out_str(out, job_state_word(job->state));
        (void) out_str(out, job->uid);
        (void) out_str(out, job->recipe);
        (void) out_str(out, job->cell_key);
        (void) out_int(out, job->attempts);
        return out_str(out, job->reason);
}

static int print_problems(Library *lib, int64_t run, FILE *f, Err *err) {
        static const OutColumn columns[] = {
                {.key = "state", .title = "STATE"},
                {.key = "job", .title = "JOB"},
                {.key = "recipe", .title = "RECIPE", .max_width = 24},
                {.key = "cell", .title = "CELL", .max_width = 60},
                {.key = "attempts", .title = "TRIES", .right = true},
                {.key = "reason", .title = "REASON", .max_width = 100},
        };
        _cleanup_(out_freep) Out *out = NULL;
        int r = out_new(f, OUT_TABLE, "problems", columns, ARRAY_LEN(columns), &out);

        for (size_t i = 0; i < ARRAY_LEN(problem_states) && r >= 0; i++) {
                AlJobFilter filter = {.run = run,
                                      .state = job_state_word(problem_states[i]),
                                      .limit = REPORT_PROBLEMS_MAX,
                                      .standing = true};

                r = al_jobs(lib, &filter, out_job, out, err);
        }
        return r < 0 ? r : out_end(out);
}

static int print_people(Library *lib, int64_t id, FILE *f, Err *err) {
        AlRunTotals totals = {0};
        AlRun run = {0};
        int r = al_run_get(lib, id, &run, err);

        if (r == AL_OK)
                r = al_run_totals(lib, run.id, &totals, err);
        if (r != AL_OK)
                return r;
        print_head(f, &run, &totals);
        r = al_run_notes(lib, run.id, print_note, f, err);
        if (r >= 0 && totals.blocked + totals.failed + totals.unknown + totals.cancelled > 0)
                r = print_problems(lib, run.id, f, err);
        return r < 0 ? r : out_flush(f);
}

int report_print(Library *lib, int64_t run, OutFormat format, FILE *stream, Err *err) {
        Json *j = NULL;
        int r;

        if (format == OUT_TABLE)
                return print_people(lib, run, stream, err);
        r = report_json(lib, run, &j, err);
        return r == AL_OK ? out_print_json(stream, j) : r;
}
