/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What driver files share among themselves: the building blocks of calls and results, the reading
 * of addresses. Nobody outside daemon/provider includes this. All of it is pure and owns nothing
 * but what the contracts below say.
 */

#include "provider/provider.h"

extern const Driver driver_gemini;
extern const Driver driver_local;
extern const Driver driver_omni;
extern const Driver driver_veo;

/* ---- calls (call.c) ---- */

/* Adds "Name: value". -ENOMEM. */
int call_add_header(HttpCall *call, const char *line) _must_check_;
/* Adds a piece of text to the body; takes `text` even on failure, NULL is -ENOMEM. */
int call_add_text(HttpCall *call, char *text) _must_check_;
/* Adds the file at `path` as base64, or raw. -ENOMEM. */
int call_add_file(HttpCall *call, const char *path) _must_check_;
int call_add_raw_file(HttpCall *call, const char *path) _must_check_;

/* ---- results (result.c) ---- */

/* Add one asset-to-be each; strings are copied, media_type may be NULL. -ENOMEM. */
int result_add_payload(ProviderResult *r, int payload, const char *media_type) _must_check_;
int result_add_text(ProviderResult *r, const char *text) _must_check_;
int result_add_url(ProviderResult *r, const char *url, bool with_key,
                   const char *media_type) _must_check_;

/* Copies provider text for people: control characters and invalid UTF-8 replaced, blanks run
 * together, whatever looks like a credential struck out, cut to `size` bytes with the NUL at a
 * character's border. */
void text_make_printable(const char *text, char *ret, size_t size);

/* ---- addresses (url.c) ---- */

enum {
        URL_MAX = 8 * 1024,
        URL_HOST_MAX = 256,
};

typedef struct UrlOrigin {
        bool https;
        char host[URL_HOST_MAX]; /* lower case; an IPv6 address without its brackets */
        int port;
        const char
                *rest; /* path and what follows, borrowed from the url: "" or from '/', '?', '#' */
} UrlOrigin;

/* -EINVAL for anything but plain http:// and https:// addresses: user names, blanks, control
 * characters, backslashes and percent signs in the host are refused, because readers disagree about
 * them. */
int url_split(const char *url, UrlOrigin *ret) _must_check_;
