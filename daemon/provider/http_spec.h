/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the settings say of an API that driver http is to speak: templates of its calls, and where in
 * the answers things are. All of it borrowed, and alive as long as the configuration.
 *
 * Templates have {{names}}. In the JSON of a body a text that is one name becomes the value, of its
 * own type, and is left out where there is none; within a longer text it is text. In addresses
 * every value is percent-encoded. Places in answers are JSON Pointers (RFC 6901).
 */

#include "provider/provider.h"

typedef struct HttpWord {
        const char *word;
        Outcome outcome; /* OPEN: it goes on */
} HttpWord;

typedef struct HttpStep {
        const char *method; /* static: "GET" "POST" "PUT" "DELETE"; NULL: there is no such step */
        const char *path;   /* template; appended to base_url. "{{handle}}" alone: an address that
                                   the provider gave */
        const char *body;   /* template, as JSON text; NULL: none */
        const char *state;  /* pointer; NULL: the answer says no state */
        const HttpWord *states; /* by the words at `state`; others: it goes on */
        size_t n_states;
} HttpStep;

typedef enum HttpResultType {
        HTTP_RESULT_URL,
        HTTP_RESULT_BASE64,
        HTTP_RESULT_TEXT,
        _HTTP_RESULT_MAX
} HttpResultType;

typedef enum HttpUsage {
        HTTP_USAGE_USD,
        HTTP_USAGE_CREDITS,
        HTTP_USAGE_SECONDS,
        HTTP_USAGE_IMAGES,
        HTTP_USAGE_INPUT_TOKENS,
        HTTP_USAGE_OUTPUT_TOKENS,
        HTTP_USAGE_IMAGE_TOKENS,
        _HTTP_USAGE_MAX
} HttpUsage;

struct HttpSpec {
        HttpStep submit, poll, fetch, cancel; /* without poll the answer to submit is the result */
        const char *const *headers;           /* "Name: template", NULL-terminated; NULL: none */
        const char *key_header, *key_prefix;
        const char *handle;  /* pointer; with poll */
        const char *results; /* pointer, in which * is any element */
        HttpResultType result_type;
        const char *const *payload_paths; /* BASE64: `results` as HttpCall has it */
        const char *error, *code;         /* pointers; NULL: the usual places */
        const HttpWord *errors;           /* by status, code, or part of the message */
        size_t n_errors;
        const char *usage[_HTTP_USAGE_MAX]; /* pointers, may be NULL */
};

/* -EINVAL with a sentence and the offset of the braces when the template is none, or has a name that
 * stands for nothing: neither a field of the job nor one of the parameters. `handle`: whether there
 * is one by then; `body`: whether references may be named. */
int http_template_check(const char *text, const ParamSpec *params, size_t n_params, bool handle,
                        bool body, size_t *ret_offset, Err *err) _must_check_;
/* -EINVAL when the text is no JSON Pointer; `any`: whether * may stand for any element. */
int http_pointer_check(const char *pointer, bool any, Err *err) _must_check_;
/* The pointer as the path of a big string (any image of "images" is "images[]"). -EINVAL with a sentence when
 * it cannot be one. Caller frees. */
int http_pointer_path(const char *pointer, char **ret, Err *err) _must_check_;
