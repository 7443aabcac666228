/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A stand-in for the Gemini API on a loopback socket: one process, one epoll loop, no threads. It
 * checks requests as strictly as the real one, answers in its shapes, and fails in the ways a
 * script asks for. Pictures are generated while they are sent, so that a hundred large answers in
 * flight cost it little.
 *
 *      fake_gemini.c  options, start, end        loop.c       epoll, accept, deadlines
 *      conn.c         requests of a connection   conn_send.c  its answers
 *      request.c      HTTP heads                 check.c      the shape of a request
 *      script.c       which action answers it    action*.c    the actions by name
 *      answer.c       envelopes                  picture.c    PNG and base64 streams
 *      record.c       the log
 */

#include <stdio.h>

#include "base/json.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strv.h"

enum {
        FAKE_CONNECTIONS_MAX = 2048,
        FAKE_HEAD_MAX = 64 * 1024,
        FAKE_BODY_MAX = 16 * 1024 * 1024, /* what base/json.h parses; the real one takes 100 MB */
        FAKE_OUT_BUFFER = 16 * 1024,
        FAKE_SEGMENTS_MAX = 8,
        FAKE_PROMPT_KEPT = 80,
        FAKE_WORD_MAX = 64,
        FAKE_ARGS_MAX = 256,
};

/* ---- picture.c ---- */

typedef struct Picture Picture;

/* A valid PNG of w x h whose pixels depend on seed; `bytes` > its natural size pads it to that many
 * bytes. NULL when memory ran out. */
Picture *picture_new(uint32_t w, uint32_t h, uint64_t seed, uint64_t bytes);
Picture *picture_free(Picture *p);
uint64_t picture_bytes(const Picture *p);
/* The next bytes of the file; 0 at its end. */
size_t picture_read(Picture *p, uint8_t *buf, size_t n);

typedef enum SegmentType {
        SEGMENT_TEXT,      /* owned bytes */
        SEGMENT_PICTURE64, /* a picture as base64 */
        SEGMENT_PICTURE,   /* a picture as it is */
        SEGMENT_FILL,      /* `size` times 'A' */
} SegmentType;

typedef struct Segment {
        SegmentType type;
        char *text;
        Picture *picture;
        uint64_t size, pos; /* bytes on the wire */
        uint64_t raw_left;  /* of the picture, for pictures cut short */
} Segment;

void segment_done(Segment *s);
Segment segment_text(char *text); /* takes it */
Segment segment_picture(Picture *p, bool base64, uint64_t raw_limit);
/* The next bytes; n >= 4. 0 at the end. */
size_t segment_read(Segment *s, char *buf, size_t n);
/* Base64 with padding; ret holds 4 * ((n + 2) / 3) bytes, no NUL. */
size_t base64_encode(const uint8_t *data, size_t n, char *ret);

/* ---- request.c ---- */

typedef enum KeyState { KEY_ABSENT, KEY_WRONG, KEY_RIGHT } KeyState;

typedef struct Request {
        char *head; /* as it came, NUL-terminated; lines end in \0 after parsing */
        char method[8];
        char *path;   /* in head */
        Strv headers; /* names in lower case */
        char *body;
        size_t body_n, body_size, body_left;
        bool chunked, expects_continue, json_type, close;
        KeyState key;
} Request;

/* The end of the head in n bytes (after the blank line), 0 when it is not there yet. */
size_t request_head_end(const char *data, size_t n);
/* Reads a whole head; 0 or -EBADMSG / -E2BIG / -ENOMEM. `head` is taken. */
int request_parse(Request *r, char *head, const char *key);
void request_done(Request *r);

/* ---- check.c ---- */

typedef enum AskKind { ASK_IMAGE, ASK_TEXT, ASK_DOWNLOAD, ASK_METADATA, ASK_SINK } AskKind;

typedef struct Ask {
        AskKind kind;
        char model[FAKE_WORD_MAX * 2];
        char aspect[8], size[8];
        char prompt[FAKE_PROMPT_KEPT * 2]; /* first characters */
        char prompt_sha256[65];
        size_t prompt_n, references;
        Json *schema; /* owned */
        int status;   /* 0 = a good request, else what it is refused with */
        char rpc[FAKE_WORD_MAX];
        char message[512];
} Ask;

void ask_check(const Request *request, Ask *ret);
void ask_done(Ask *ask);

/* ---- script.c ---- */

typedef struct Script Script;
typedef struct Action {
        char name[FAKE_WORD_MAX];
        char args[FAKE_ARGS_MAX];
} Action;

/* Reads a script; the sentence in err names the line. cycle: used-up lines come back when all are.
 */
int script_load(const char *path, bool cycle, uint64_t seed, Script **ret, Err *err);
Script *script_free(Script *s);
/* The action for one request; "ok" when no line fits. s may be NULL. */
void script_pick(Script *s, uint64_t seq, const char *path, const Ask *ask, Action *ret);

/* ---- answer.c, action.c ---- */

typedef enum Cut { CUT_NONE, CUT_RESET, CUT_CLOSE } Cut;

typedef struct Answer {
        int status;
        const char *content_type;
        char headers[1024]; /* further lines, each with \r\n */
        Segment segments[FAKE_SEGMENTS_MAX];
        size_t n_segments;
        uint64_t extra_length; /* Content-Length says this much more than comes */
        uint64_t cut_after;    /* bytes of body, with cut */
        Cut cut;
        bool cut_before; /* not even a head */
        bool hang;       /* never answers */
        bool chunked;
        int64_t delay_ms;  /* on top of the usual */
        size_t drip_bytes; /* 0 = as fast as it goes */
        int64_t drip_ms;
} Answer;

typedef struct AnswerSetting {
        uint64_t seq;
        uint64_t seed;
        uint32_t scale;       /* sides are divided by it */
        uint64_t image_bytes; /* 0 = natural */
        const char *own;      /* "http://127.0.0.1:1234" */
        const char *other;    /* other origin, may be NULL */
} AnswerSetting;

bool action_is_known(const char *name);
/* -ENOMEM; -EINVAL when the action's arguments are wrong or --other-origin is missing. */
int action_apply(const Action *action, const Ask *ask, const AnswerSetting *setting, Answer *ret);
void answer_done(Answer *a);
uint64_t answer_size(const Answer *a);

/* Building blocks of answer.c for action.c. All -ENOMEM. */
int answer_add_text(Answer *a, char *text);
int answer_add_picture(Answer *a, Picture *p, bool base64, uint64_t raw_limit);
int answer_error(Answer *a, int status, const char *rpc, const char *message, const char *details,
                 bool in_array);
typedef struct PictureShape {
        bool wrong_ratio, no_draft, only_thoughts, bad_base64, bad_json, snake;
        uint64_t limit;          /* raw bytes of the final picture, 0 = all */
        const char *instead;     /* base64 text in place of the final picture */
        const char *file_uri;    /* an address in place of the final picture */
        const char *finish;      /* NULL: STOP */
        size_t extra_text_bytes; /* of further text in the envelope */
} PictureShape;
int answer_picture(Answer *a, const Ask *ask, const AnswerSetting *setting,
                   const PictureShape *shape);
int answer_copy(Answer *a, const Ask *ask, const AnswerSetting *setting, const char *finish,
                bool cut);
int answer_download(Answer *a, const Ask *ask, const AnswerSetting *setting);
/* The plain good answer to whatever was asked. */
int answer_good(Answer *a, const Ask *ask, const AnswerSetting *setting);
/* {"candidates": <candidates>, "promptFeedback": ..., "usageMetadata": ...}; parts as JSON text,
 * NULL leaves the member out. */
int answer_envelope(Answer *a, const Ask *ask, const AnswerSetting *setting, const char *candidates,
                    const char *feedback);

/* ---- record.c ---- */

typedef struct Record {
        int fd;
        int64_t start_ms;
} Record;

int record_open(const char *path, Record *ret);
void record_received(Record *r, uint64_t seq, const Request *request, const Ask *ask,
                     size_t in_flight);
void record_answered(Record *r, uint64_t seq, const Request *request, const Answer *a,
                     const Action *action);
/* event: "done" (the last byte was handed to the kernel), "cut" (as the script asked), "gone" (the
 * client left). */
void record_end(Record *r, uint64_t seq, const char *event, uint64_t sent);

/* ---- conn.c, loop.c ---- */

typedef struct Fake {
        int epoll_fd, listen_fd, signal_fd;
        uint16_t port;
        const char *key;
        bool sink;
        int64_t delay_min_ms, delay_max_ms;
        uint64_t random;
        uint64_t seq;
        size_t in_flight;
        AnswerSetting setting;
        char own[64];
        Script *script;
        Record record;
        struct Conn *conns[FAKE_CONNECTIONS_MAX];
        size_t n_conns;
} Fake;

typedef struct Conn Conn;
Conn *conn_new(Fake *fake, int fd);
Conn *conn_free(Conn *c);
int conn_fd(const Conn *c);
int64_t conn_deadline(const Conn *c); /* -1 = none */
/* -1: the connection is over. */
int conn_event(Conn *c, uint32_t events) _must_check_;
int conn_timer(Conn *c) _must_check_;

int64_t now_ms(void);
uint64_t random_next(uint64_t *state);
int loop_run(Fake *fake);
