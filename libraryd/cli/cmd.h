/* SPDX-License-Identifier: MIT */
#pragma once

/* The verbs: one cmd_*.c each, one row each in main.c. Every run function returns an ExitCode. */

#include "cli/app.h"

const CliOption *cmd_query_options(size_t *ret_n);
int cmd_query(const CliVerb *verb, const Strv *args);

const CliOption *cmd_show_options(size_t *ret_n);
int cmd_show(const CliVerb *verb, const Strv *args);

const CliOption *cmd_take_options(size_t *ret_n);
int cmd_take(const CliVerb *verb, const Strv *args);

const CliOption *cmd_release_options(size_t *ret_n);
int cmd_release(const CliVerb *verb, const Strv *args);

const CliOption *cmd_campaigns_options(size_t *ret_n);
int cmd_campaigns(const CliVerb *verb, const Strv *args);

const CliOption *cmd_tag_options(size_t *ret_n);
int cmd_tag(const CliVerb *verb, const Strv *args);

const CliOption *cmd_log_options(size_t *ret_n);
int cmd_log(const CliVerb *verb, const Strv *args);

const CliOption *cmd_spend_options(size_t *ret_n);
int cmd_spend(const CliVerb *verb, const Strv *args);

const CliOption *cmd_stock_options(size_t *ret_n);
int cmd_stock(const CliVerb *verb, const Strv *args);

/* retire, approve, reject, restore: the same with another status; reject has a --reason to ask for */
const CliOption *cmd_curate_options(size_t *ret_n);
const CliOption *cmd_reject_options(size_t *ret_n);
int cmd_curate(const CliVerb *verb, const Strv *args);

/* near-duplicates */
const CliOption *cmd_dupes_options(size_t *ret_n);
int cmd_dupes(const CliVerb *verb, const Strv *args);

const CliOption *cmd_import_options(size_t *ret_n);
int cmd_import(const CliVerb *verb, const Strv *args);

const CliOption *cmd_export_options(size_t *ret_n);
int cmd_export(const CliVerb *verb, const Strv *args);

const CliOption *cmd_gc_options(size_t *ret_n);
int cmd_gc(const CliVerb *verb, const Strv *args);

/* backup, restore-backup */
const CliOption *cmd_backup_options(size_t *ret_n);
int cmd_backup(const CliVerb *verb, const Strv *args);
int cmd_restore_backup(const CliVerb *verb, const Strv *args);

const CliOption *cmd_verify_options(size_t *ret_n);
int cmd_verify(const CliVerb *verb, const Strv *args);

/* brands, hooks, categories, tags: the same with another key */
const CliOption *cmd_facet_options(size_t *ret_n);
int cmd_facet(const CliVerb *verb, const Strv *args);

/* hidden: what shell completion offers */
int cmd_complete(const CliVerb *verb, const Strv *args);
