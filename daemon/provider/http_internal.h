/* SPDX-License-Identifier: MIT */
#pragma once

/* What the files of driver http share among themselves. */

#include "provider/driver.h"
#include "provider/http_spec.h"

/* What the names of templates stand for. */
typedef struct HttpFill {
        const ProviderJob *job;
        const char *handle; /* NULL: none */
} HttpFill;

/* ---- http_template.c ---- */

/* Appends the template to b, values percent-encoded, or as they are. -EINVAL when a value cannot
 * stand there, -ENOMEM. */
int http_fill_url(const HttpFill *f, const char *template, StrBuf *b, Err *err) _must_check_;
int http_fill_header(const HttpFill *f, const char *template, StrBuf *b, Err *err) _must_check_;
/* The JSON of the template with its names filled in. -ENOMEM. */
int http_fill_json(const HttpFill *f, const char *template, Json **ret) _must_check_;

/* ---- http_pointer.c ---- */

/* What is there; NULL: nothing. */
const Json *http_pointer_get(const Json *j, const char *pointer);
/* Calls fn for everything that is there, * being any element; a result other than 0 ends it. */
typedef int (*HttpFoundFn)(const Json *found, void *userdata);
int http_pointer_each(const Json *j, const char *pointer, HttpFoundFn fn, void *userdata);

/* ---- http_parse.c ---- */

enum {
        HTTP_TEXT_MAX = 4096, /* of a state, an error or a handle looked at */
};

/* "submit"; "p:ID" and "f:ID" are the handles of poll and fetch. */
int http_parse(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret, Err *err);
int http_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                    ProviderResult *ret, Err *err);
/* The address a provider gave, absolute or from the root of base's origin. NULL when memory ran out.
 * Caller frees. */
char *http_address(const char *base, const char *given);
