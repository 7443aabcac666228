/* SPDX-License-Identifier: MIT */
#pragma once

/* SHA-256 over libcrypto, incremental. The context is a plain value; nothing to free. */

#include <openssl/sha.h>

#include "base/err.h"

enum {
        DIGEST_SIZE = 32,
        DIGEST_HEX_MAX = 65,
};

typedef struct Digest {
        uint8_t bytes[DIGEST_SIZE];
} Digest;

typedef struct DigestContext {
        SHA256_CTX sha;
} DigestContext;

void digest_init(DigestContext *c);
void digest_update(DigestContext *c, const void *data, size_t n);
void digest_final(DigestContext *c, Digest *ret);
void digest_of(const void *data, size_t n, Digest *ret);
/* Reads fd from its current place to the end. -errno of read(). */
int digest_of_fd(int fd, Digest *ret, uint64_t *ret_bytes);
void digest_hex(const Digest *d, char ret[static DIGEST_HEX_MAX]);
int digest_from_hex(const char *hex,
                    Digest *ret); /* exactly 64 lower-case hex digits, else -EINVAL */
static inline bool digest_equal(const Digest *a, const Digest *b) {
        return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}
