/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The programs' log (libraries never call it): one fact, one line, one level, one place. To the
 * journal with structured fields when stderr is connected to it ($JOURNAL_STREAM), else "level:
 * text" on stderr. Secrets have a type this cannot print.
 */

#include <syslog.h>

#include "base/err.h"

typedef struct LogField {
        const char *key; /* "PREGEN_JOB" */
        const char *value;
} LogField;

enum {
        LOG_FIELDS_MAX = 12,
};

void log_init(const char *program);
void log_set_level(int max_level); /* LOG_DEBUG..LOG_ERR */
bool log_to_journal(void);

/* Called just before and after a line is written to a stderr that is a terminal, so that a progress
 * display can step aside. */
void log_set_hooks(void (*before)(void *), void (*after)(void *), void *userdata);

/* message_id may be NULL; fields are {key, value} pairs, NULL values are skipped. */
void log_event(int level, const char *message_id, const LogField *fields, size_t n,
               const char *format, ...) _printf_(5, 6);
#define log_error(...) log_event(LOG_ERR, NULL, NULL, 0, __VA_ARGS__)
#define log_warning(...) log_event(LOG_WARNING, NULL, NULL, 0, __VA_ARGS__)
#define log_notice(...) log_event(LOG_NOTICE, NULL, NULL, 0, __VA_ARGS__)
#define log_info(...) log_event(LOG_INFO, NULL, NULL, 0, __VA_ARGS__)
#define log_debug(...) log_event(LOG_DEBUG, NULL, NULL, 0, __VA_ARGS__)
