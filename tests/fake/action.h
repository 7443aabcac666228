/* SPDX-License-Identifier: MIT */
#pragma once

/* Between the files of actions: action.c the wire, bodies and blocks, action_error.c the errors. */

#include "fake.h"

typedef struct Call {
        Answer *a;
        const Ask *ask;
        const AnswerSetting *setting;
        const char *args;
} Call;

typedef struct ActionRow {
        const char *name;
        int (*apply)(Call *c);
} ActionRow;

extern const ActionRow error_actions[];
extern const size_t n_error_actions;

/* The first argument as a number; `fallback` when there is none. */
int64_t action_number(const Call *c, int64_t fallback);
