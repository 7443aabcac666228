/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Access tokens for Google's cloud from the JSON key of a service account (RFC 7523): a JWT signed
 * with RS256 goes to the account's token address, and a token that lives an hour comes back. Pure:
 * no sockets and no clock in here; the engine sends the call it gets and hands the reply back.
 *
 *      google_auth_new()      once, from the credential of a provider
 *      google_auth_token()    before each call whose auth is AUTH_GOOGLE: the token to send, or
 *                             NULL: first make the call of
 *      google_auth_build()    whose reply goes to
 *      google_auth_parse()    after which there is a token, or a reason why not
 *      google_auth_drop()     when a token was refused (401): the next call asks for a new one
 *
 * Calls of build are never paid and carry no credential but the signed assertion in their body.
 */

#include "net/secret.h"
#include "provider/provider.h"

typedef struct GoogleAuth GoogleAuth;

enum {
        GOOGLE_TOKEN_MARGIN_MS = 5 * 60 * 1000, /* a token this close to its end is not used */
        GOOGLE_ASSERTION_S = 3600,
};

/* 0 with *ret NULL: the credential is no JSON document, so it is a token itself. -EINVAL with a
 * sentence: a document, but not the key of a service account. The credential is not kept. */
int google_auth_new(const Secret *credential, GoogleAuth **ret, Err *err) _must_check_;
GoogleAuth *google_auth_free(GoogleAuth *a);
DEFINE_CLEANUP(GoogleAuth, google_auth_free);

/* Borrowed until the next parse or drop; NULL when there is none that lives long enough. */
const Secret *google_auth_token(const GoogleAuth *a, int64_t now_wall_ms);
void google_auth_drop(GoogleAuth *a);
int google_auth_build(const GoogleAuth *a, int64_t now_wall_ms, ProviderCall *ret,
                      Err *err) _must_check_;
/* 0: there is a token now. 1: *ret says why not (credentials, throttled, transient, broken; never
 * billed). -ENOMEM. The reply holds the token: it goes nowhere else, and is wiped with its buffer. */
int google_auth_parse(GoogleAuth *a, const ProviderReply *reply, int64_t now_wall_ms,
                      ProviderResult *ret, Err *err) _must_check_;
