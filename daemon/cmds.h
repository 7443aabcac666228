/* SPDX-License-Identifier: MIT */
#pragma once

/* The verbs of pregend, one cmd_*.c each; main.c holds the table. Each returns an ExitCode. */

#include "base/cli.h"

int cmd_cancel(const CliVerb *verb, const Strv *args);
int cmd_check(const CliVerb *verb, const Strv *args);
const CliOption *cmd_check_options(size_t *ret_n);
int cmd_complete(const CliVerb *verb, const Strv *args);
int cmd_config(const CliVerb *verb, const Strv *args);
const CliOption *cmd_config_options(size_t *ret_n);
int cmd_jobs(const CliVerb *verb, const Strv *args);
const CliOption *cmd_jobs_options(size_t *ret_n);
int cmd_models(const CliVerb *verb, const Strv *args);
const CliOption *cmd_models_options(size_t *ret_n);
int cmd_plan(const CliVerb *verb, const Strv *args);
const CliOption *cmd_plan_options(size_t *ret_n);
int cmd_report(const CliVerb *verb, const Strv *args);
const CliOption *cmd_report_options(size_t *ret_n);
int cmd_retry(const CliVerb *verb, const Strv *args);
const CliOption *cmd_retry_options(size_t *ret_n);
int cmd_run(const CliVerb *verb, const Strv *args);
const CliOption *cmd_run_options(size_t *ret_n);
int cmd_schema(const CliVerb *verb, const Strv *args);
int cmd_status(const CliVerb *verb, const Strv *args);
const CliOption *cmd_status_options(size_t *ret_n);
