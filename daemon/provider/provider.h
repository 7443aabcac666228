/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a provider driver is: a const table of pure functions from (job, configuration) to a call
 * and from (job, reply) to a result. No curl, no database, no clock, no file but what the engine
 * hands in: each is unit-tested and fuzzed on recorded replies. The engine owns sockets, timers,
 * retries, money and disk, and never names a driver. A new provider is one file and one row of the
 * registry (registry.c).
 *
 * One job, in the order the engine calls:
 *
 *      build_prepare/parse_prepare   unpaid calls before the paid one (uploads), as many as it asks
 *      build/parse                   the paid call. Its answer is the result (synchronous), or the
 *                                    handle of an operation: OUTCOME_OPEN
 *      build_poll/parse_poll         until the operation has ended; each answer is "still open",
 *                                    "open under another handle" (the next step of the same
 *                                    operation: its result's address, say), or the result
 *      build_fetch                   for each item of a result that is a URL
 *      build_cancel                  instead of the next poll, when a person asked for it
 *
 * The engine makes a handle durable before it is used for anything. What prepare brought is kept
 * in memory only: after a crash the calls are made again.
 */

#include "base/digest.h"
#include "base/json.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "core/library.h"

/* ---- parameters a driver understands: the table behind `params:` in a recipe ---- */

typedef enum ParamType {
        PARAM_WORD,
        PARAM_TEXT,
        PARAM_INT,
        PARAM_BOOL,
        PARAM_NUMBER,
        PARAM_SIZE,
        PARAM_COLOUR,
        PARAM_PATH
} ParamType;

typedef struct ParamSpec {
        const char *name;
        ParamType type;
        unsigned kinds; /* bit (1u << KIND_IMAGE) ... */
        bool required;
        const char *const *words; /* PARAM_WORD: NULL-terminated */
        int64_t min, max;         /* PARAM_INT */
        const char *fallback; /* what stands for it where the recipe says nothing; NULL: nothing */
        const char *help;
} ParamSpec;

/* ---- what the settings say to drivers that are told there what to do ---- */

/* A command as a provider; see driver_exec.c. Lives as long as the configuration. */
typedef struct ExecSpec {
        const char *const *argv;        /* NULL-terminated; argv[0] is an absolute path */
        const char *const *environment; /* NULL-terminated: "NAME" is passed on, "NAME=value" set;
                                           NULL: nothing at all */
        int64_t memory_bytes;           /* address space of each of its processes */
        int64_t output_bytes;           /* of each file, and of all that are kept */
} ExecSpec;

/* A workflow of ComfyUI, and where in it a job goes. */
enum {
        COMFYUI_REFERENCES_MAX = 4,
};
typedef struct ComfyInput {
        const char *name;    /* prompt, seed, width, height, a reference, or a parameter */
        const char *address; /* "6.text": the input `text` of node 6, which is there */
} ComfyInput;
/* "reference", "reference_2": what the first picture of a job is called, the second; NULL beyond the
 * last. Static. */
const char *comfyui_reference_name(size_t i);
typedef struct ComfyWorkflow {
        const char *name;
        const char *graph; /* JSON text, in the API format */
        const ComfyInput *inputs;
        size_t n_inputs;
} ComfyWorkflow;

typedef struct HttpSpec HttpSpec; /* provider/http_spec.h */
/* What the driver of a provider finds there; each NULL where it is told nothing of the kind. */
typedef struct ProviderSpec {
        const ExecSpec *exec;
        const HttpSpec *http;
        const ComfyWorkflow *workflows;
        size_t n_workflows;
} ProviderSpec;

/* ---- the job as a driver sees it ---- */

typedef struct ProviderJob {
        AssetKind kind;
        const char *model;
        const char *prompt;
        const Json *params;     /* object; validated against the table */
        const Strv *references; /* absolute paths of reference pictures, NULL = none */
        int64_t want;           /* text: variants */
        int64_t max_chars;      /* text; 0 = none */
        int64_t seed;
        const char *base_url;     /* of the provider's configuration, without trailing slash */
        const Json *prepared;     /* object: what parse_prepare gathered; NULL before the first */
        const ProviderSpec *spec; /* of the provider's settings; NULL: nothing of the kind */
} ProviderJob;

/* ---- the call ---- */

typedef enum CallType {
        CALL_HTTP,  /* send the request */
        CALL_DRAW,  /* have the media worker draw `draw` */
        CALL_READY, /* nothing to call: the result is in `result` already (local copy) */
        CALL_RUN,   /* run the command of `run` */
} CallType;

/* A request body in pieces, so that a reference picture is never held whole: text, or a file to be
 * sent as base64 or as it is (a part of a multipart form, an upload). */
typedef struct BodyPiece {
        char *text; /* owned; NULL for a file */
        size_t n;
        char *file; /* owned absolute path; NULL for text */
        bool raw;   /* the file's bytes as they are, else base64 */
} BodyPiece;

/* What the credential is, and so what is sent of it. */
typedef enum CallAuth {
        AUTH_CREDENTIAL, /* itself */
        AUTH_GOOGLE,     /* the JSON key of a Google service account: an access token got with it
                            (net/google_token.h). Anything else is a token already: itself */
} CallAuth;

typedef struct HttpCall {
        const char *method; /* "GET" "POST" "PUT" "DELETE", static */
        char *url;
        Strv headers; /* "Name: value", never the credential */
        BodyPiece *body;
        size_t n_body;
        bool with_key; /* attach the credential (only ever to the provider's own origin; the engine
                          checks again) */
        const char *key_header; /* static: "x-goog-api-key", "Authorization" */
        const char *key_prefix; /* static: "" or "Bearer " */
        /* One more origin of the same vendor that the key may go to, static: where it keeps results.
         * NULL: the provider's own alone. */
        const char *key_origin;
        CallAuth auth;
        /* Where the reply's big base64 strings are: "candidates[].content.parts[].inlineData.data";
         * NULL-terminated, static. Each such string is decoded to a spool file while it arrives,
         * and stands in the envelope as "payload:<index>". A path that begins with '-' names a
         * string nobody wants, of any length: it stands there as "". NULL: no such member. */
        const char *const *payload_paths;
        bool raw_payload; /* the whole 2xx body is one payload (a download), not JSON */
        bool paid;        /* a lost answer is OUTCOME_UNKNOWN; otherwise OUTCOME_TRANSIENT */
} HttpCall;

/* A command to run in a folder of its own. What it does comes back as a reply: each file it leaves
 * there (in the order of their names) is a payload, and the envelope is
 * {"exit": 0, "files": ["a.png"], "said": its standard output, "complained": the end of its standard
 * error}. */
typedef struct RunCall {
        const ExecSpec *spec; /* borrowed from the job */
        char *input;          /* its standard input */
} RunCall;

typedef struct ProviderResult ProviderResult;

typedef struct ProviderCall {
        CallType type;
        HttpCall http;
        Json *draw;             /* for the media worker, see media/protocol.h */
        ProviderResult *result; /* CALL_READY */
        RunCall run;
} ProviderCall;
void provider_call_done(ProviderCall *call);

/* ---- the reply ---- */

enum {
        REPLY_PAYLOADS_MAX = 16,
        REPLY_ENVELOPE_MAX = 256 * 1024,
        REPLY_PAYLOAD_MAX = 64 * 1024 * 1024, /* decoded bytes of one payload */
};

typedef struct ReplyPayload {
        Digest digest;
        int64_t bytes;
} ReplyPayload;

/* What x-ratelimit-{limit,remaining,reset}-* headers say of one quota. A hint: they can be absent,
 * and wrong. */
typedef struct ProviderQuota {
        int64_t limit;     /* 0 = not said: then the others mean nothing */
        int64_t remaining; /* -1 = not said */
        int64_t reset_ms;  /* until it is whole again; -1 = not said */
} ProviderQuota;

typedef struct ProviderReply {
        int status;               /* HTTP status */
        const char *content_type; /* may be NULL */
        int64_t retry_after_ms;   /* of the header; -1 = none */
        ProviderQuota requests, tokens;
        const char *request_id; /* of a header, may be NULL */
        const char *envelope;   /* the body less its payloads, NUL-terminated, never NULL; possibly
                                 not JSON */
        size_t envelope_n;
        bool envelope_cut; /* not 2xx, and longer than REPLY_ENVELOPE_MAX: this is its beginning */
        const ReplyPayload *payloads;
        size_t n_payloads;
} ProviderReply;

/* ---- the result ---- */

typedef enum ThrottleScope { THROTTLE_MINUTE, THROTTLE_DAY, THROTTLE_SPEND } ThrottleScope;

typedef struct ResultItem { /* one asset to be: exactly one of payload, text, url */
        int payload;        /* index, -1 = none */
        char *text;         /* copy variant */
        char *url;          /* to be fetched */
        bool url_with_key;  /* the driver knows it to be the provider's own origin */
        char *media_type;   /* as claimed; only a hint */
} ResultItem;

enum {
        RESULT_CODE_MAX = 64,
        RESULT_REASON_MAX = 400,
        PROVIDER_HANDLE_MAX = 4096,
        PROVIDER_PREPARE_MAX = 32, /* calls before the paid one */
};

/*
 * OUTCOME_OPEN stands for an operation that has not ended. From parse: accepted, `handle` names it.
 * From parse_poll: `handle` is NULL, ask again (not before retry_after_ms, when that is said); or
 * another handle takes the place of the first, and is asked at once. A poll that says nothing of
 * the operation (throttled, 5xx, key refused) is OUTCOME_OPEN too, with `trouble`: see
 * provider_result_poll_trouble(); so is one that denies it, which the engine believes only when it
 * is said again and again. Any other outcome ends the attempt.
 */
struct ProviderResult {
        Outcome outcome;
        char *handle;    /* OUTCOME_OPEN: all that build_poll needs, printable, no secret, at most
                            PROVIDER_HANDLE_MAX bytes; a name, a URL or JSON, as the driver likes */
        Outcome trouble; /* OUTCOME_OPEN of a poll: what kept this poll from telling, UNKNOWN when
                            the provider knows no such operation; else OPEN */
        bool retryable;  /* worth another attempt of the same request (bounded by the engine) */
        bool billed; /* the provider charges for this answer (made, or blocked after generating, or
                        unusable) */
        ThrottleScope throttle;     /* OUTCOME_THROTTLED */
        int64_t retry_after_ms;     /* -1 = not said */
        char code[RESULT_CODE_MAX]; /* the provider's word: "IMAGE_SAFETY", "RESOURCE_EXHAUSTED" */
        char reason[RESULT_REASON_MAX]; /* a sentence for ops; provider text in it is cut and made
                                           printable */
        ResultItem *items;              /* OUTCOME_MADE */
        size_t n_items;
        char *model_returned;
        char *request_id;
        char *usage;                                               /* JSON text */
        int64_t input_tokens, output_tokens, image_tokens, images; /* -1 = not reported */
        double seconds, credits;                                   /* -1 = not reported */
        double usd; /* what it cost, where the provider says that itself; -1 = not said */
};
void provider_result_init(ProviderResult *r);
void provider_result_done(ProviderResult *r);
/* Sets outcome, code and a printable, cut sentence. */
void provider_result_set(ProviderResult *r, Outcome outcome, bool retryable, bool billed,
                         const char *code, const char *format, ...) _printf_(6, 7);
/* The answer is the handle of an operation (copied). -ENOMEM; -EBADMSG when it is empty, too long
 * or not printable: then the result is OUTCOME_BROKEN already. */
int provider_result_accept(ProviderResult *r, const char *handle) _must_check_;
/* After parse_poll made an error of the transport (429, 5xx, 401) a result as for a paid call: the
 * poll told nothing of the operation, which goes on. Keeps code, reason and retry_after_ms. */
void provider_result_poll_trouble(ProviderResult *r);
/* A poll was answered with a 400, 404 or 410 that means that there is no such operation. `own`: the
 * provider itself says so, in an error of its own shape. A page of HTML is of a proxy or of another
 * server, and says nothing of the operation. */
void provider_result_poll_denied(ProviderResult *r, bool own, int status, const char *message);

/* ---- what a provider says it has ---- */

enum {
        MODEL_LIST_MAX = 5000,
        MODEL_PAGES_MAX = 20,
};

typedef struct ListedModel {
        char *name; /* as recipes write it */
        char *ends; /* the day of its end, as the provider writes it; NULL = not said */
} ListedModel;
typedef struct ModelList {
        ListedModel *items;
        size_t n;
        char *next; /* the next page, in the provider's words; NULL = that was all */
} ModelList;
void model_list_done(ModelList *list);
/* Leaves an empty name out. -ENOMEM; -E2BIG beyond MODEL_LIST_MAX. ends may be NULL. */
int model_list_add(ModelList *list, const char *name, const char *ends) _must_check_;
bool model_list_has(const ModelList *list, const char *name);

/* ---- the driver ---- */

typedef struct Driver {
        const char *name;    /* MUST: "gemini"; the `driver:` of the settings */
        const char *summary; /* MUST: one line */
        unsigned kinds;      /* MUST: bits of AssetKind it can make */
        bool needs_credential;
        bool credential_for_default; /* only for default_base_url: a server of one's own that speaks
                                        the same may want no key */
        bool credential_optional;    /* only where the settings name one */
        bool needs_base_url;
        bool free; /* costs nothing, ever: no price needed, nothing reserved, unknown outcomes may
                      be repeated */
        const char *default_base_url;       /* MAY */
        int64_t poll_floor_ms;              /* operations: never polled more often; 0 = 2 s */
        int64_t usual_min_ms, usual_max_ms; /* operations: how long they take by the documents, 5 %
                                               and 95 %; until the library knows better; 0 = not
                                               known */
        const ParamSpec *params;            /* MUST, unless declares_params */
        size_t n_params;
        bool declares_params; /* the provider's settings add to them, under `params:` */
        bool is_exec;         /* ... and say what to run, under `exec:` */
        bool is_http;         /* ... or what to send, under `http:` */
        bool has_workflows;   /* ... or workflows, under `workflows:` */
        /* MAY: the output token cap that build() sends for these params, or the models' own, so that the worst price is
         * bounded by what the request really allows. NULL: the driver knows no such cap. */
        int64_t (*output_cap)(const Json *params);
        /* MAY: the most image tokens one picture with these params takes. NULL: below 8192. */
        int64_t (*image_token_cap)(const Json *params);

        /* MAY. Bytes of one reference picture at most, for these params; NULL or 0: not known. */
        int64_t (*reference_max)(const Json *params);
        int64_t references_max; /* of all together; 0 = not known */

        /* MAY. Builds the next unpaid call before the paid one, given what is in job->prepared: 1
         * with a call, 0 when nothing more is needed. -EINVAL as for build. */
        int (*build_prepare)(const ProviderJob *job, ProviderCall *ret, Err *err);
        /* MUST with build_prepare. Puts what the reply brought into `prepared` and returns 0, or 1
         * with a result that ends this try (never OPEN or MADE; not billed). -ENOMEM only. */
        int (*parse_prepare)(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                             ProviderResult *ret, Err *err);
        /* MUST. Builds the paid call. -EINVAL with a sentence when the job cannot be expressed
         * (nothing was sent). */
        int (*build)(const ProviderJob *job, ProviderCall *ret, Err *err);
        /* MUST for CALL_HTTP. Reads a whole reply of any status and any content into a result;
         * never fails on bad input, that is a result too. -ENOMEM only. */
        int (*parse)(const ProviderJob *job, const ProviderReply *reply, ProviderResult *ret,
                     Err *err);
        /* MUST for CALL_HTTP. Builds the fetch of item's url; sets with_key only for the provider's
         * own origin. */
        int (*build_fetch)(const ProviderJob *job, const ResultItem *item, ProviderCall *ret,
                           Err *err);
        /* MUST where parse may return OUTCOME_OPEN. `handle` comes from the database: check it like
         * provider text (its origin above all) before it becomes an address. -EINVAL when it is
         * none of ours. Polls are never paid. */
        int (*build_poll)(const ProviderJob *job, const char *handle, ProviderCall *ret, Err *err);
        /* MUST with build_poll; as parse. A poll's payloads go to the spool like those of the paid
         * call. */
        int (*parse_poll)(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                          ProviderResult *ret, Err *err);
        /* MAY. A free call that lists the models a key may call, a page at a time (NULL: the first):
         * 1 with the call; 0: at this address there is no such list. */
        int (*build_models)(const char *base_url, const char *page, ProviderCall *ret, Err *err);
        /* MUST with build_models. Adds what a page names, and sets list->next. -EBADMSG with a
         * sentence when the answer is no list; -ENOMEM; -E2BIG. */
        int (*parse_models)(const ProviderReply *reply, ModelList *list, Err *err);

        /* Giving an operation up that has ended destroys its result: it is asked for first. */
        bool cancel_destroys;
        /* MAY. Asks the provider to give the operation up; the answer's status alone is looked at. */
        int (*build_cancel)(const ProviderJob *job, const char *handle, ProviderCall *ret,
                            Err *err);
} Driver;

const Driver *driver_find(const char *name);
const Driver *const *driver_all(size_t *ret_n);
const ParamSpec *driver_param(const Driver *driver, const char *name, AssetKind kind);
/* The same among any parameters: those of a provider are its driver's and what its settings declare.
 */
const ParamSpec *param_find(const ParamSpec *params, size_t n, const char *name, AssetKind kind);
/* Whether a provider at this address (NULL: the driver's own) has to have a credential. */
bool driver_needs_key(const Driver *driver, const char *base_url);
/* Checks the text of one parameter value; -EINVAL with a sentence and the nearest word. */
int param_check(const ParamSpec *spec, const char *text, Err *err);
/* Adds the value to a JSON object in the type the table says. */
int param_to_json(const ParamSpec *spec, const char *text, Json *object);

/* scheme, host and port equal (ports defaulted). */
bool url_same_origin(const char *a, const char *b);
/* https anywhere, http to this machine only. */
bool url_may_fetch(const char *url);
