/* SPDX-License-Identifier: MIT */
#pragma once

/* What a decoded frame looks like, small: the worker's half of base/fingerprint.h. */

#include "base/fingerprint.h"
#include "media/decode.h"

/* Scales the frame, puts what is transparent on white, and adds it to the fingerprint. -EBADMSG for a
 * pixel format nobody can convert, -ENOMEM. */
int look_add(const AVFrame *frame, Fingerprint *f, Err *err);
