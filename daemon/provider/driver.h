/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What driver files share among themselves: the building blocks of calls and results, the reading
 * of addresses. Nobody outside daemon/provider includes this. All of it is pure and owns nothing
 * but what the contracts below say.
 */

#include "provider/provider.h"

extern const Driver driver_comfyui;
extern const Driver driver_exec;
extern const Driver driver_fal;
extern const Driver driver_gemini;
extern const Driver driver_http;
extern const Driver driver_local;
extern const Driver driver_omni;
extern const Driver driver_openai_image;
extern const Driver driver_openai_text;
extern const Driver driver_replicate;
extern const Driver driver_runway;
extern const Driver driver_veo;

/* ---- calls (call.c) ---- */

/* Adds "Name: value". -ENOMEM. */
int call_add_header(HttpCall *call, const char *line) _must_check_;
/* Adds a piece of text to the body; takes `text` even on failure, NULL is -ENOMEM. */
int call_add_text(HttpCall *call, char *text) _must_check_;
/* Adds the file at `path` as base64, or raw. -ENOMEM. */
int call_add_file(HttpCall *call, const char *path) _must_check_;
int call_add_raw_file(HttpCall *call, const char *path) _must_check_;

/* ---- requests (request.c) ---- */

/* The provider's address: the job's, else the driver's own. Borrowed. */
const char *job_base_url(const ProviderJob *job, const char *fallback);
size_t job_n_references(const ProviderJob *job);
/* "image/png" by the file's name; NULL when it is no picture. Static. */
const char *picture_media_type(const char *path);
/* -EINVAL with a sentence when there are more than `max`, or one is no picture. */
int job_check_references(const ProviderJob *job, size_t max, Err *err) _must_check_;
int job_check_kind(const ProviderJob *job, const Driver *driver, Err *err) _must_check_;

/* Sets method, address and where the key goes: "Authorization: <key_prefix>KEY". Takes `url` even
 * on failure; NULL is -ENOMEM. */
int http_call_init(HttpCall *call, const char *method, const char *key_prefix,
                   char *url) _must_check_;
/* The fetch of a result: the key goes with it only to the origin of `base` (NULL: never). -EINVAL
 * when the address is none to fetch from. */
int call_fetch(ProviderCall *ret, const ResultItem *item, const char *base, const char *key_prefix,
               Err *err) _must_check_;

/* A parameter that goes into a request as it is, under the provider's name for it. */
typedef struct ParamField {
        const char *param, *field;
} ParamField;
int json_add_params(Json *body, const Json *params, const ParamField *fields,
                    size_t n) _must_check_;
/* A string that stands for reference i as a data URI in a tree for call_add_json(). NULL when memory
 * ran out. */
Json *json_new_data_uri(const ProviderJob *job, size_t i);
/* Adds the tree to the body as text, its references as files to be encoded while sending. */
int call_add_json(HttpCall *call, const ProviderJob *job, const Json *body) _must_check_;
/* The same, and the header for it. */
int call_post_json(HttpCall *call, const ProviderJob *job, const Json *body) _must_check_;

enum {
        FORM_BOUNDARY_MAX = 48,
};

/* A multipart form being written: begin, fields and files in their order, end; then done. What goes
 * wrong with memory in a field shows at the next file or at the end. */
typedef struct Form {
        HttpCall *call; /* borrowed */
        StrBuf text;    /* since the last file */
        char boundary[FORM_BOUNDARY_MAX];
} Form;
int form_begin(Form *f, HttpCall *call, const ProviderJob *job) _must_check_;
void form_field(Form *f, const char *name, const char *value);
int form_file(Form *f, const char *name, const char *path) _must_check_;
int form_end(Form *f) _must_check_;
void form_done(Form *f);

/* ---- error answers (error_reply.c) ---- */

typedef struct ErrorReply {
        int status;
        bool own;         /* it has one of these shapes, so that no proxy or other server made it */
        int64_t retry_ms; /* -1 = not said */
        char code[RESULT_CODE_MAX];      /* the provider's word, else HTTP_<status> */
        char message[RESULT_REASON_MAX]; /* the provider's sentence, or what stands for it */
} ErrorReply;

/* Reads an error in whatever shape it has; body NULL = no JSON. */
void error_reply_read(const ProviderReply *reply, const Json *body, ErrorReply *ret);
/* The result "<what>: HTTP <status>: <message>"; transient and throttled ones are retryable, none is
 * billed. */
void error_reply_set(const ErrorReply *f, Outcome outcome, const char *what, ProviderResult *ret);
/* What the status means when the driver knows no better. */
void error_reply_by_status(const ProviderJob *job, const ErrorReply *f, ProviderResult *ret);
/* The same for the answer to a poll: OUTCOME_OPEN with trouble. */
void error_reply_of_poll(const ProviderJob *job, const ErrorReply *f, ProviderResult *ret);

/* Whether one of the words (NULL-terminated) is in the text, in whatever case. */
bool text_says(const char *text, const char *const *words);
#define TEXT_SAYS(text, ...) text_says((text), (const char *const[]){__VA_ARGS__, NULL})

/* ---- lists of models (model_list.c) ---- */

/* The body of a page, an object; -EBADMSG with what the provider says instead. */
int model_list_open(const ProviderReply *reply, Json **ret, Err *err) _must_check_;

/* ---- copy (copy.c) ---- */

enum {
        COPY_VARIANTS_MAX = 50, /* in one request */
};
#define COPY_BAD_JSON "BAD_JSON" /* code of copy that cannot be read at all */

/* -EINVAL with a sentence when so many variants cannot be asked for. */
int copy_check_want(const ProviderJob *job, Err *err) _must_check_;
/* What the model is told beside the prompt; with_form: also how the answer is to look, for models
 * that take no schema. Caller frees; NULL when memory ran out. */
char *copy_instruction(const ProviderJob *job, bool with_form);
/* Adds one variant, trimmed; drops it when it is empty, too long or there already. -ENOMEM. */
int copy_add(const ProviderJob *job, const char *text, ProviderResult *ret) _must_check_;
/* Reads {"variants": [...]} or the bare list: trimmed, each once, none longer than max_chars, no more
 * than wanted. 1 with at least one item in ret; 0 with ret set to OUTCOME_BROKEN, COPY_BAD_JSON or
 * NO_VARIANT. -ENOMEM. */
int copy_take(const ProviderJob *job, const char *text, ProviderResult *ret) _must_check_;

/* ---- results (result.c) ---- */

/* Add one asset-to-be each; strings are copied, media_type may be NULL. -ENOMEM. */
int result_add_payload(ProviderResult *r, int payload, const char *media_type) _must_check_;
int result_add_text(ProviderResult *r, const char *text) _must_check_;
int result_add_url(ProviderResult *r, const char *url, bool with_key,
                   const char *media_type) _must_check_;

/* Keeps the provider's word (cut, printable) in *field, NULL and "" not. -ENOMEM. */
int result_keep(char **field, const char *word) _must_check_;
/* Keeps the usage report as text for the ledger, unless it is too long. -ENOMEM. */
int result_keep_usage(ProviderResult *r, const Json *usage) _must_check_;
/* A count of a usage report: -1 when it is missing or absurd. */
int64_t usage_count(const Json *usage, const char *key);
/* The index in "payload:<index>"; -1 when the text is none or points to nothing. NULL is fine. */
int payload_index(const char *text, size_t n_payloads);

/* The frame of every parse function: `read` fills an empty result (0 or more: done, -ENOMEM), which
 * goes to ret as a whole or not at all; the header's request id stands in for one in the body. */
typedef int (*ReadReplyFn)(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret);
int driver_parse(const ProviderJob *job, const ProviderReply *reply, ReadReplyFn read,
                 ProviderResult *ret, Err *err) _must_check_;

/* The same for the answer to a poll. */
typedef int (*ReadPollFn)(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                          ProviderResult *ret);
int driver_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ReadPollFn read, ProviderResult *ret, Err *err) _must_check_;
/* The same for the answer to a call before the paid one: 0, `prepared` has what it gave, and ret is
 * as it was; 1, it failed, as ret says. `read` returns the same, or -errno. */
typedef int (*ReadPrepareFn)(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                             ProviderResult *ret);
int driver_parse_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                         ReadPrepareFn read, ProviderResult *ret, Err *err) _must_check_;
bool reply_is_good(const ProviderReply *reply); /* 2xx */
/* Letters, digits, '-' and '_', at most 128: what may stand in an address as it is. NULL is none. */
bool id_is_plain(const char *id);
/* OUTCOME_OPEN with the handle, or OUTCOME_BROKEN where it is none (NULL, too long, not printable):
 * 0 either way. -ENOMEM. The second takes plain ids alone. */
int result_accept(ProviderResult *r, const char *handle) _must_check_;
int result_accept_id(ProviderResult *r, const char *id) _must_check_;

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
