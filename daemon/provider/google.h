/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the drivers of Google's services share: google.c addresses, keys and bodies of requests,
 * google_answer.c members of answers, google_error.c errors.
 */

#include "provider/driver.h"

#define GOOGLE_BASE_URL "https://generativelanguage.googleapis.com/v1"
#define GOOGLE_BASE_URL_BETA "https://generativelanguage.googleapis.com/v1beta"

/* Cloud Storage, which takes the tokens of Vertex AI. */
#define GOOGLE_STORAGE_ORIGIN "https://storage.googleapis.com"

enum {
        GOOGLE_NAME_MAX = 128, /* of a model */
        /* A request may have 100 MB, and they go as base64; the rest of it is small. */
        GOOGLE_REFERENCES_BYTES = 74 * 1000 * 1000,
        GOOGLE_QUOTE_MAX = 160, /* of provider text quoted in a reason */
};

/* Whose API a base_url is. It is told by how its path ends:
 *      .../v1beta                                  the Developer API, with a key of AI Studio
 *      .../v1/publishers/google                    Vertex AI with a key alone ("express")
 *      .../v1/projects/PROJECT/locations/PLACE     Vertex AI with a service account or a token */
typedef enum GoogleForm { GOOGLE_DEVELOPER, GOOGLE_EXPRESS, GOOGLE_PROJECT } GoogleForm;
GoogleForm google_form(const char *base_url);

/* The base of the job, or `fallback` when it names none. Borrowed. */
const char *google_base(const ProviderJob *job, const char *fallback);
/* ".../models/MODEL:VERB" under the base, in its form. Caller frees; NULL on -ENOMEM. */
char *google_model_url(const char *base, const char *model, const char *verb);
/* A call with the method and the url (taken, NULL is -ENOMEM), the key in the way of the form, and
 * the header of a JSON body when it has one. */
int google_call_init(HttpCall *call, const char *base, const char *method, char *url,
                     bool json) _must_check_;
/* -EINVAL with a sentence for what cannot stand in a path. */
int google_check_model(const char *model, Err *err);
/* The media type of a reference by its name; -EINVAL with a sentence. The driver opens no file:
 * that a picture is in it is checked where the job is rendered. */
int google_picture_type(const char *path, const char **ret, Err *err);
/* Appends the value as JSON and frees it; NULL is -ENOMEM. */
int google_put_json(StrBuf *b, Json *value) _must_check_;
/* The text so far as a piece of the body, then the file as base64. */
int google_put_file(HttpCall *call, StrBuf *b, const char *path) _must_check_;

/* Where the bytes of "gs://BUCKET/OBJECT" are, for a project's token: Cloud Storage, or the base's
 * own origin where that is none of Google's. Caller frees; NULL in *ret when there is no such address.
 * -ENOMEM. */
int google_stored_url(const char *base, const char *gs, char **ret) _must_check_;
/* The fetch of a result by its address; a driver's build_fetch, given the base. */
int google_fetch(const char *base, const ResultItem *item, ProviderCall *ret, Err *err);

/* The list of models; see Driver. */
int google_build_models(const char *base_url, const char *page, ProviderCall *ret, Err *err);
int google_parse_models(const ProviderReply *reply, ModelList *list, Err *err);

/* ---- answers ---- */

/* The member under its camelCase or its snake_case name: answers use the first, but readers of the
 * protocol accept both, and so do we. */
const Json *google_member(const Json *object, const char *camel, const char *snake);
const char *google_text(const Json *object, const char *camel, const char *snake);
/* The object of a one-element array, as front ends and streams wrap errors. */
const Json *google_unwrap(const Json *body);

/* Reads an answer that is an error: `body` is what could be parsed of it, NULL when it is no JSON.
 * `status` is the HTTP status, or the code of an error object inside a 200. */
void google_error(const ProviderJob *job, const ProviderReply *reply, int status, const Json *body,
                  ProviderResult *ret);
/* The answer to a poll, with a status that means that there is no such operation. */
void google_denied(const ProviderReply *reply, const Json *body, ProviderResult *ret);
/* The HTTP status of a google.rpc code (3, 8, 13 ...); HTTP statuses stay what they are. */
int google_rpc_status(int64_t code);
/* Whether an error's words speak of safety rules rather than of the request's form. */
bool google_speaks_of_safety(const char *message);
