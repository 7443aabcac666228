/* SPDX-License-Identifier: MIT */
#pragma once

/* What json.c and json_build.c share. */

#include "base/json.h"

enum {
        JSON_DEPTH_MAX = 64,
};

/* The largest whole number a double holds with all smaller ones: 2^53. */
#define JSON_INT_EXACT (INT64_C(1) << 53)
