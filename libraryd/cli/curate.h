/* SPDX-License-Identifier: MIT */
#pragma once

/* What retire, approve and reject share: the status of some assets is changed, all or none. */

#include "base/out.h"
#include "base/strv.h"
#include "core/library.h"

/* Sets `status` of the assets `ids` in one transaction, with who did it and why (may be NULL), and
 * prints what changed. Returns the exit code. */
int curate(const Strv *ids, AssetStatus status, const char *reason, OutFormat format);
