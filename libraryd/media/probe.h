/* SPDX-License-Identifier: MIT */
#pragma once

/* Whether a file is a complete picture or video, and which. Blocking; runs in the worker. */

#include "base/err.h"
#include "media/info.h"

/* Reads fd from 0 and leaves its offset alone. -EBADMSG not a picture, damaged or truncated; -EFBIG
 * beyond the limits; -ENOMEM; -EIO. */
int probe_fd(int fd, MediaInfo *ret, Err *err) _must_check_;
