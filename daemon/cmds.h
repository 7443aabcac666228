/* SPDX-License-Identifier: MIT */
#pragma once

/* The verbs of pregend, one cmd_*.c each; main.c holds the table. Each returns an ExitCode. */

#include "base/cli.h"

int cmd_plan(const CliVerb *verb, const Strv *args);
const CliOption *cmd_plan_options(size_t *ret_n);
