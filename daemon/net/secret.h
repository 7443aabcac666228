/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A credential: bytes that cannot be printed by accident. The type is opaque, has no text accessor
 * outside net/, and is wiped when freed. Comes from $CREDENTIALS_DIRECTORY/NAME, else from a file
 * owned by us with mode 0600 or stricter; never from YAML, argv or the environment.
 */

#include "base/err.h"

typedef struct Secret Secret;

enum {
        SECRET_MAX = 16 * 1024,
        SECRET_STRIKE_MIN =
                8, /* shorter ones are words: striking them out would tear what we read */
};

/* name: in the credentials directory (may be NULL); file: fallback (may be NULL). -ENOENT neither
 * is there, -EACCES unreadable, -EPERM the file is open to others, -EINVAL empty or with control
 * characters, but for the line ends of a document. The sentence names the place and the way to mend
 * it, never the content. One trailing newline is dropped. */
int secret_load(const char *name, const char *file, Secret **ret, Err *err) _must_check_;
Secret *secret_free(Secret *s);
DEFINE_CLEANUP(Secret, secret_free);

/* A copy of n bytes, as a key or token that came from elsewhere than a file. -ENOMEM, -EINVAL. */
int secret_new(const char *text, size_t n, Secret **ret, Err *err) _must_check_;
/* Whether it is a JSON document (the key of a service account) rather than one line. Such a secret
 * is never sent: secret_header() answers NULL. */
bool secret_is_document(const Secret *s);

/* net/ only: the bytes, NUL-terminated. Borrowed. */
const char *secret_text(const Secret *s, size_t *ret_n);

/* net/ only: "Header: <prefix><secret>" for curl. Caller wipes and frees with secret_header_free().
 */
char *secret_header(const Secret *s, const char *header, const char *prefix);
void secret_header_free(char *header);

/* Servers quote a key they do not like. Overwrites every occurrence in the n bytes with '*', also
 * where it is written in JSON's escapes. Length and syntax stay. NULL is no secret. */
void secret_strike(const Secret *s, char *text, size_t n);
