/* SPDX-License-Identifier: MIT */

/*
 * The plain SHA256_* calls, deprecated in OpenSSL 3 in favour of EVP: EVP loads configuration and
 * providers at first use, which would cost the query tool more than its whole query, and pulls all
 * of libcrypto into a static link.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/digest.h"

enum {
        DIGEST_CHUNK = 64 * 1024, /* bytes read at a time */
};

void digest_init(DigestContext *c) {
        assert(c);
        (void) SHA256_Init(&c->sha);
}

void digest_update(DigestContext *c, const void *data, size_t n) {
        assert(c);
        assert(data || n == 0);
        (void) SHA256_Update(&c->sha, data, n);
}

void digest_final(DigestContext *c, Digest *ret) {
        assert(c);
        assert(ret);
        (void) SHA256_Final(ret->bytes, &c->sha);
}

void digest_of(const void *data, size_t n, Digest *ret) {
        DigestContext c;

        digest_init(&c);
        digest_update(&c, data, n);
        digest_final(&c, ret);
}

int digest_of_fd(int fd, Digest *ret, uint64_t *ret_bytes) {
        uint8_t buffer[DIGEST_CHUNK];
        DigestContext c;
        uint64_t total = 0;
        ssize_t n;

        assert(fd >= 0);
        assert(ret);
        digest_init(&c);
        while ((n = read(fd, buffer, sizeof buffer)) != 0) {
                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                digest_update(&c, buffer, (size_t) n);
                total += (uint64_t) n;
        }
        digest_final(&c, ret);
        if (ret_bytes)
                *ret_bytes = total;
        return 0;
}

void digest_hex(const Digest *d, char ret[static DIGEST_HEX_MAX]) {
        static const char digits[] = "0123456789abcdef";

        assert(d);
        for (size_t i = 0; i < DIGEST_SIZE; i++) {
                ret[2 * i] = digits[d->bytes[i] >> 4];
                ret[2 * i + 1] = digits[d->bytes[i] & 15];
        }
        ret[DIGEST_HEX_MAX - 1] = 0;
}

static int hex_value(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int digest_from_hex(const char *hex, Digest *ret) {
        Digest d;

        assert(hex);
        assert(ret);
        if (strlen(hex) != DIGEST_HEX_MAX - 1)
                return -EINVAL;
        for (size_t i = 0; i < DIGEST_SIZE; i++) {
                int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

                if (high < 0 || low < 0)
                        return -EINVAL;
                d.bytes[i] = (uint8_t) (high << 4 | low);
        }
        *ret = d;
        return 0;
}
