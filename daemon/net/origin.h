/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Where a call may go: judged from the provider's configured base_url (its origin), which is
 * trusted, and from the URL at hand, which may come from a reply and is not.
 */

#include "base/err.h"
#include "net/address.h"

enum {
        URL_LENGTH_MAX = 8 * 1024,
        URL_HOST_MAX = 256,
};

typedef struct UrlParts {
        bool https; /* else http */
        long port;
        char host[URL_HOST_MAX]; /* without brackets, numeric spellings in their usual form */
        AddressClass class;      /* of a literal address or "localhost"; ADDRESS_PUBLIC for names,
                                    which are judged after DNS */
} UrlParts;

/* -EINVAL with a sentence: no http(s) URL, user information, control characters, too long. */
int url_parts(const char *url, UrlParts *ret, Err *err) _must_check_;

/* Scheme, host and port equal, as curl will read them. The credential goes nowhere else; asked in
 * addition to url_same_origin(), so that a URL two parsers read differently gets none. */
bool url_parts_same_origin(const UrlParts *a, const UrlParts *b);

/* Whether a provider at `origin` may have `url` fetched: https, or http when both are this machine;
 * and no literal address that its origin does not allow. -EACCES with a sentence. */
int origin_check(const UrlParts *origin, const UrlParts *url, Err *err) _must_check_;
