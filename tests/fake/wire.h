/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the fake speaks. A wire is one provider's API: its routes, how it checks a request and
 * answers it, how it says no. Every wire is spoken at once, told apart by method and path; the key
 * is one for all, sent as each wire wants it.
 *
 *      wire.c    the table, routes, keys         shape.c   members of JSON bodies
 *      action.c  what any wire can be made to do  wire_*.c  one wire each
 *      google.*  what Google's wires share
 */

#include "fake.h"

enum {
        CAPTURES_MAX = 4,
};

typedef enum AskKind {
        ASK_OTHER,
        ASK_IMAGE,
        ASK_TEXT,
        ASK_VIDEO,
} AskKind;

typedef struct Route Route;

/* A request as its wire understood it. */
struct Ask {
        const Wire *wire;                               /* never NULL */
        const Route *route;                             /* NULL: no such path */
        char captures[CAPTURES_MAX][FAKE_WORD_MAX * 2]; /* what the {} of the route stand for */
        AskKind kind;
        char model[FAKE_WORD_MAX * 2];
        char aspect[8], size[8];
        char prompt[FAKE_PROMPT_KEPT * 2]; /* first characters */
        char prompt_sha256[65], body_sha256[65];
        size_t prompt_n, references;
        int64_t seconds, count; /* of video; how many are asked for */
        bool twisted;           /* the wire's own: another form of the same call */
        bool half_price;        /* of a batch */
        Json *body;             /* owned; NULL when it is no JSON */
        Json *schema;           /* owned */
        int status;             /* 0 = a good request, else what it is refused with */
        char word[FAKE_WORD_MAX];
        char message[512];
};

void ask_check(Fake *fake, Request *request, Ask *ret);
void ask_done(Ask *ask);
/* The first complaint stands. */
void ask_refuse(Ask *ask, int status, const char *word, const char *format, ...) _printf_(4, 5);
void ask_keep_prompt(Ask *ask, const char *text);

/* ---- actions ---- */

typedef struct Call {
        Answer *a;
        const Ask *ask;
        const AnswerSetting *setting;
        const char *args;
} Call;

typedef struct ActionRow {
        const char *name; /* NULL ends a table */
        int (*apply)(Call *c);
} ActionRow;

bool action_is_known(const char *name);
/* -ENOMEM; -EINVAL when the action's arguments are wrong or --other-origin is missing. */
int action_apply(const Action *action, const Ask *ask, const AnswerSetting *setting, Answer *ret);
/* The plain good answer to whatever was asked. */
int action_good(Call *c);
/* The first argument as a number; `fallback` when there is none. */
int64_t action_number(const Call *c, int64_t fallback);

/* ---- lists of models (model_lists.c) ---- */

int google_models(Call *c);
int google_models_second(Call *c);
int openai_models(Call *c);
int runway_models(Call *c);

/* ---- wires ---- */

struct Route {
        const char *name;   /* for scripts: "submit" "poll" "cancel" "download" ... */
        const char *method; /* "*": any */
        /* {} stands for one or more characters but '/', {*} for any; "?text" must be in the query. */
        const char *pattern;
        bool open;                                       /* wants no key */
        void (*check)(const Request *request, Ask *ask); /* MAY */
        int (*answer)(Call *c);                          /* the good answer */
};

typedef enum Complaint { COMPLAINT_UNKNOWN, COMPLAINT_TYPE, COMPLAINT_WORD } Complaint;

struct Wire {
        const char *name;
        const Route *routes;
        size_t n_routes;
        /* How the key arrives: right, wrong, absent. */
        KeyState (*key)(const Request *request, const char *key);
        /* Refuses for its key, and for a path that is none. */
        void (*refuse_key)(Ask *ask, KeyState state);
        void (*refuse_path)(Ask *ask, const Request *request);
        /* Refuses a member of a body: `name` at `where` ("" at the top). */
        void (*complain)(Ask *ask, Complaint what, const char *where, const char *name);
        /* An error in its shape; details may be NULL: JSON text. */
        int (*error)(Answer *a, int status, const char *word, const char *message,
                     const char *details);
        const ActionRow *const *actions; /* its own, NULL-terminated; may be NULL */
};

extern const Wire wire_a1111, wire_batch, wire_comfyui, wire_control, wire_fal, wire_files,
        wire_gemini, wire_omni, wire_openai, wire_replicate, wire_runway, wire_sink, wire_veo;

/* Of the table, NULL after the last. */
const Wire *wire_at(size_t i);

/* Whether a header holds the key after its prefix. */
KeyState key_in_header(const Request *request, const char *header, const char *prefix,
                       const char *key);

/* ---- shape.c: members of bodies, complaints through the wire ---- */

typedef struct Member {
        const char *name, *alias; /* alias: another spelling, or NULL */
        char type; /* s string, n whole number, d number, b bool, o object, a array, * any */
} Member;
#define MEMBERS(rows) (rows), ARRAY_LEN(rows)
#define WORDS(rows) (rows), ARRAY_LEN(rows)

/* Every member known, and of its type. */
void shape_members(Ask *ask, const Json *object, const char *where, const Member *rows, size_t n);
/* word NULL is no complaint. */
void shape_word(Ask *ask, const char *word, const char *where, const char *const *words, size_t n);
/* The body as a JSON object in ask->body; false and a refusal when it is none. */
bool shape_body(const Request *request, Ask *ask);
/* Whether text is whole base64 of at least one byte. */
bool shape_is_base64(const char *data);
