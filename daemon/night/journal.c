/* SPDX-License-Identifier: MIT */

/*
 * The night in the journal: one line an event, with fields to search by, so that from the journal
 * alone one can tell what happened to each job. On a terminal the progress line carries the
 * success; there only what an operator must see is printed.
 */

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "night/events.h"
#include "night/state.h"

enum {
        ITEM_FIELDS = 11,
};

typedef struct ItemFields {
        LogField fields[ITEM_FIELDS];
        size_t n;
        char run[24], attempt[24], cost[MONEY_TEXT_MAX];
} ItemFields;

static void add(ItemFields *f, const char *key, const char *value) {
        assert(f->n < ITEM_FIELDS);
        f->fields[f->n++] = (LogField){key, value};
}

static void job_fields(const Night *n, const AlJob *job, ItemFields *f) {
        f->n = 0;
        (void) snprintf(f->run, sizeof f->run, "%" PRId64, n->run);
        add(f, "PREGEN_RUN", f->run);
        add(f, "PREGEN_JOB", job->uid);
        add(f, "PREGEN_PROVIDER", job->provider);
        add(f, "PREGEN_RECIPE", job->recipe);
        add(f, "PREGEN_BRAND", job->brand);
        add(f, "PREGEN_HOOK", job->hook);
        add(f, "PREGEN_CATEGORY", job->category);
}

static void item_fields(const Item *item, Micros cost, ItemFields *f) {
        job_fields(item->night, &item->job, f);
        (void) snprintf(f->attempt, sizeof f->attempt, "%" PRId64, item->attempt);
        (void) snprintf(f->cost, sizeof f->cost, "%" PRId64 ".%06" PRId64, cost / MICROS_PER_UNIT,
                        cost % MICROS_PER_UNIT);
        add(f, "PREGEN_ATTEMPT", f->attempt);
        add(f, "PREGEN_CODE", item->result.code[0] ? item->result.code : NULL);
        add(f, "PREGEN_COST", f->cost);
}

void journal_job(const Night *n, int level, const char *message_id, const AlJob *job,
                 const char *text) {
        ItemFields f;

        job_fields(n, job, &f);
        log_event(level, message_id, f.fields, f.n, "job %s (%s: %s): %s", job->uid, job->recipe,
                  job->cell_key, text);
}

void journal_event(const Night *n, int level, const char *message_id, const char *format, ...) {
        char run[24], text[600];
        LogField fields[] = {{"PREGEN_RUN", run}};
        va_list ap;

        (void) snprintf(run, sizeof run, "%" PRId64, n->run);
        va_start(ap, format);
        (void) vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        log_event(level, message_id, fields, ARRAY_LEN(fields), "%s", text);
}

static void took(const Item *item, char ret[static TIME_TEXT_MAX]) {
        duration_format((int64_t) (clock_mono_us(item->night->clock) - item->started_us) / 1000,
                        ret);
}

static void journal_made(const Item *item, const ItemFields *f, Micros billed, const Strv *assets) {
        char money[MONEY_TEXT_MAX], time[TIME_TEXT_MAX];
        _cleanup_(strbuf_done) StrBuf ids = STRBUF_INIT(2000);

        for (size_t i = 0; i < assets->n; i++)
                (void) strbuf_printf(&ids, "%s%s", i ? " " : "", assets->items[i]);
        money_format(billed, money);
        took(item, time);
        log_event(item->night->options->live ? LOG_DEBUG : LOG_INFO, EVENT_MADE, f->fields, f->n,
                  "made job %s (%s: %s) in %s for %s, asset %s", item->job.uid, item->job.recipe,
                  item->job.cell_key, time, money, strbuf_text(&ids));
}

void journal_item(const Item *item, JobState state, Micros billed, const Strv *assets) {
        const char *reason = item->result.reason, *code = item->result.code;
        char money[MONEY_TEXT_MAX];
        ItemFields f;

        item_fields(item, billed, &f);
        money_format(billed, money);
        switch (state) {
        case JOB_DONE:
                journal_made(item, &f, billed, assets);
                return;
        case JOB_BLOCKED:
                log_event(LOG_WARNING, EVENT_BLOCKED, f.fields, f.n,
                          "blocked job %s (%s: %s at %s, %s): %s; not sent again until the recipe "
                          "changes",
                          item->job.uid, item->job.recipe, item->job.cell_key, item->job.provider,
                          code, reason);
                return;
        case JOB_FAILED:
                log_event(LOG_ERR, EVENT_FAILED, f.fields, f.n,
                          "failed job %s (%s: %s at %s, %s) for %s: %s", item->job.uid,
                          item->job.recipe, item->job.cell_key, item->job.provider, code, money,
                          reason);
                return;
        case JOB_UNKNOWN:
                log_event(LOG_ERR, EVENT_UNKNOWN, f.fields, f.n,
                          "unknown outcome of job %s (%s: %s at %s): %s; counted as spent (%s), "
                          "held for a person: see `pregend jobs --state unknown`",
                          item->job.uid, item->job.recipe, item->job.cell_key, item->job.provider,
                          reason, money);
                return;
        case JOB_PLANNED: /* journal_retry() says it, with the delay */
        case JOB_SUBMITTING:
        case JOB_RUNNING:
        case JOB_CANCELLED:
        case _JOB_STATE_MAX:
        case _JOB_STATE_INVALID:
                return;
        }
}

void journal_retry(const Item *item, int64_t delay_ms) {
        char time[TIME_TEXT_MAX];
        ItemFields f;

        item_fields(item, 0, &f);
        duration_format(delay_ms, time);
        log_event(LOG_NOTICE, NULL, f.fields, f.n, "%s job %s (%s: %s at %s, %s): %s; again in %s",
                  outcome_word(item->result.outcome), item->job.uid, item->job.recipe,
                  item->job.cell_key, item->job.provider, item->result.code, item->result.reason,
                  time);
}

void journal_operation(const Item *item, int level, const char *format, ...) {
        char text[RESULT_REASON_MAX + PROVIDER_HANDLE_MAX];
        ItemFields f;
        va_list ap;

        va_start(ap, format);
        (void) vsnprintf(text, sizeof text, format, ap);
        va_end(ap);
        item_fields(item, item->job.worst, &f);
        if (item->handle)
                add(&f, "PREGEN_OPERATION", item->handle);
        log_event(level, NULL, f.fields, f.n, "job %s (%s: %s): %s", item->job.uid,
                  item->job.recipe, item->job.cell_key, text);
}

void journal_run_started(Night *n) {
        char run[24], money[MONEY_TEXT_MAX];
        LogField fields[] = {{"PREGEN_RUN", run}};

        (void) snprintf(run, sizeof run, "%" PRId64, n->run);
        money_format(n->plan ? n->plan->worst_uncut : 0, money);
        log_event(LOG_INFO, EVENT_RUN_STARTED, fields, ARRAY_LEN(fields),
                  "run %" PRId64 " started: %" PRId64 " jobs for %" PRId64
                  " short cells, worst case %s",
                  n->run, n->jobs, n->plan ? n->plan->cells_short : 0, money);
}

void journal_run_ended(Night *n, int exit_code) {
        AlRunTotals t = {0};
        char run[24], money[MONEY_TEXT_MAX], time[TIME_TEXT_MAX], cost[MONEY_TEXT_MAX], made[24];
        LogField fields[] = {{"PREGEN_RUN", run}, {"PREGEN_COST", cost}, {"PREGEN_ASSETS", made}};

        Err err = {0};

        if (al_run_totals(n->lib, n->run, &t, &err) < 0)
                log_warning("%s", err_text(&err));
        (void) snprintf(run, sizeof run, "%" PRId64, n->run);
        (void) snprintf(made, sizeof made, "%" PRId64, t.assets);
        (void) snprintf(cost, sizeof cost, "%" PRId64 ".%06" PRId64, t.spent / MICROS_PER_UNIT,
                        t.spent % MICROS_PER_UNIT);
        money_format(t.spent, money);
        duration_format((int64_t) (clock_mono_us(n->clock) - n->begun_us) / 1000, time);
        log_event(exit_code == 0 ? LOG_INFO : LOG_WARNING, EVENT_RUN_ENDED, fields,
                  ARRAY_LEN(fields),
                  "run %" PRId64 " ended after %s: %" PRId64 " assets made, %" PRId64
                  " blocked, %" PRId64 " failed, %" PRId64 " unknown, %s spent%s%s",
                  n->run, time, t.assets, t.blocked, t.failed, t.unknown, money,
                  n->stop != STOP_NOT ? "; " : "", n->stop_text);
}

void journal_note(Night *n, const char *kind, const char *subject, const char *text) {
        Err err = {0};

        if (n->run > 0 &&
            al_run_note(n->lib, n->run, clock_wall_ms(n->clock), kind, subject, text, &err) < 0)
                log_warning("the report lacks a line (%s: %s): %s", subject, text, err_text(&err));
}
