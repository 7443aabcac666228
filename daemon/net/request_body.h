/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A request's body as it leaves: text pieces as they are, files (references) read and, unless they
 * are sent raw, encoded piece by piece. Its length is known before the first byte, from the files' sizes; a file that is
 * another size when its turn comes stops the request.
 */

#include "provider/provider.h"

enum {
        REQUEST_BODY_MAX = 128 * 1024 * 1024,
};

typedef struct RequestBody RequestBody;

/* Borrows the pieces. -errno with a sentence for a file that cannot be read; -E2BIG beyond
 * REQUEST_BODY_MAX. */
int request_body_new(const BodyPiece *pieces, size_t n, RequestBody **ret, Err *err) _must_check_;
RequestBody *request_body_free(RequestBody *b);
DEFINE_CLEANUP(RequestBody, request_body_free);

int64_t request_body_length(const RequestBody *b);
/* Fills dst with up to `room` (> 0) bytes; 0 at the end; -errno with a sentence. */
ssize_t request_body_read(RequestBody *b, char *dst, size_t room, Err *err) _must_check_;
/* Whether any byte was handed out. */
bool request_body_started(const RequestBody *b);
