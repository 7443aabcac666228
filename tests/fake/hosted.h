/* SPDX-License-Identifier: MIT */
#pragma once

/* What the wires of hosts of models share: keys, JSON bodies, operations and their files. */

#include "wire.h"

/* "Authorization: Bearer KEY" */
KeyState bearer_key(const Request *request, const char *key);
/* The body as a JSON object, with its media type; a refusal by `word` when it is none. */
bool json_body(const Request *request, Ask *ask, const char *word);
/* Whether a reference is what these APIs take: https, a data URI of a picture, or `scheme`. Counts it. */
bool reference_is_good(Ask *ask, const char *uri, const char *scheme);
/* The operation that the first capture (or the one at `i`) names, or NULL. */
Operation *operation_of(const Call *c, size_t i);
/* Where the result of an operation lies: "http://.../PREFIX/ID.mp4". Caller frees. */
char *result_url(const Call *c, const Operation *op, const char *prefix);
/* The file at such an address. */
int result_file(Call *c);
