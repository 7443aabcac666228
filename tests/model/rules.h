/* SPDX-License-Identifier: MIT */
#pragma once

/* What must hold of the library in `dir` and of what the providers remember. Numbers in the words of
 * a failure are those of the invariants of the design. */

#include "model/sim.h"

/* After each run, crashed or not. */
void rules_always(const char *dir, const Sim *s, const Config *config);
/* When everything is over. */
void rules_end(const char *dir, const Sim *s, unsigned config, bool power_lost);
