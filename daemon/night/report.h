/* SPDX-License-Identifier: MIT */
#pragma once

/* The morning's answer: what a run made, what it could not and why, what it spent, what is still
 * short. Reads the library only. */

#include "base/out.h"
#include "core/library.h"

/* run 0: the last one. AL_NOT_FOUND when there is none; -errno of the library or the stream. */
int report_print(Library *lib, int64_t run, OutFormat format, FILE *stream, Err *err) _must_check_;

/* The same as a JSON object without "schema": {run, started, ended, result, exit_code, jobs, made,
 * ..., problems: [...]}. */
int report_json(Library *lib, int64_t id, Json **ret, Err *err) _must_check_;
