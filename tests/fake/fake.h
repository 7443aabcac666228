/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A stand-in for providers on a loopback socket: one process, one epoll loop, no threads. It checks
 * requests as strictly as the real ones, answers in their shapes, runs their operations, counts
 * what they would bill, and fails in the ways a script asks for. Pictures are generated while they
 * are sent, so that a hundred large answers in flight cost it little.
 *
 *      fake_provider.c  options, start, end        loop.c       epoll, accept, deadlines
 *      conn.c           requests of a connection   conn_send.c  its answers
 *      request.c        HTTP heads                 script.c     which action answers a request
 *      picture.c        PNG and base64 streams     video.c      MP4 around a picture
 *      operation.c      operations under way       invoice.c    what was billed
 *      record.c         the log
 *
 * What it speaks is in wire.h. A new wire is a file wire_NAME.c and a row in wire.c.
 */

#include <stdio.h>

#include "base/json.h"
#include "base/macro.h"
#include "base/strbuf.h"
#include "base/strv.h"

enum {
        FAKE_CONNECTIONS_MAX = 2048,
        FAKE_HEAD_MAX = 64 * 1024,
        FAKE_BODY_MAX = 16 * 1024 * 1024, /* what base/json.h parses; the real ones take more */
        FAKE_OUT_BUFFER = 64 * 1024,
        FAKE_SEGMENTS_MAX = 8,
        FAKE_PROMPT_KEPT = 80,
        FAKE_WORD_MAX = 64,
        FAKE_ARGS_MAX = 256,
};

typedef struct Wire Wire;
typedef struct Ask Ask;

/* ---- picture.c, video.c ---- */

typedef struct Picture Picture;

/* A valid PNG of w x h whose pixels depend on seed; `bytes` > its natural size pads it to that many
 * bytes. NULL when memory ran out. */
Picture *picture_new(uint32_t w, uint32_t h, uint64_t seed, uint64_t bytes);
Picture *picture_free(Picture *p);
uint64_t picture_bytes(const Picture *p);
/* The next bytes of the file; 0 at its end. */
size_t picture_read(Picture *p, uint8_t *buf, size_t n);

/* What stands before a PNG of `picture_bytes` to make both an MP4 of w x h: a movie of so many
 * seconds, each frame the same picture. Its length is a multiple of three, so that both may become
 * base64 one after the other. Caller frees; NULL when memory ran out. */
uint8_t *video_head(uint32_t w, uint32_t h, uint32_t seconds, uint64_t picture_bytes,
                    size_t *ret_n);

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
Segment segment_bytes(char *text, size_t n); /* takes it */
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
        char *path;   /* in head, with its query */
        Strv headers; /* names in lower case */
        Strv values;  /* as many */
        char *body;
        size_t body_n, body_size, body_left;
        bool chunked, expects_continue, close;
        KeyState key; /* set by ask_check() */
} Request;

/* The end of the head in n bytes (after the blank line), 0 when it is not there yet. */
size_t request_head_end(const char *data, size_t n);
/* Reads a whole head; 0 or -EBADMSG / -E2BIG / -ENOMEM. `head` is taken. */
int request_parse(Request *r, char *head);
void request_done(Request *r);
/* The value of a header (its name in lower case), NULL when it is not there. */
const char *request_header(const Request *r, const char *name);
/* Whether the body claims to be of that media type, parameters aside. */
bool request_is(const Request *r, const char *media_type);

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

/* ---- operation.c ---- */

/* One operation as the provider keeps it. What its submission asked for is copied. */
typedef struct Operation {
        uint64_t id; /* the number of the request that started it */
        const Wire *wire;
        char model[FAKE_WORD_MAX * 2], aspect[8], size[8], prompt[FAKE_PROMPT_KEPT * 2];
        int64_t seconds;
        size_t references;
        char args[FAKE_ARGS_MAX]; /* of the action that accepted it: KEY=VALUE ... */
        char body_sha256[65];
        int64_t due_ms;        /* of the monotonic clock; not over before */
        int64_t pending_polls; /* nor before so many polls were answered "still running" */
        int64_t polls, file_reads;
        bool cancelled, billed, by_address;
        bool deleted;                 /* of batches, from here on */
        Json *requests, *output;      /* owned; NULL until there is one */
        char label[FAKE_WORD_MAX];    /* what the client calls it */
        int64_t created_ms, ended_ms; /* of the wall clock */
} Operation;

typedef struct Operations {
        Operation **items;
        size_t n, allocated;
        int64_t min_ms, max_ms, pending_polls; /* of the options */
        uint64_t random;
        uint64_t submitted, same_body, polls, cancels, unknown; /* counted for the invoice */
} Operations;

/* What `ask` submitted, accepted. Arguments: ms=N polls=N, the rest is the wire's. NULL when memory
 * ran out. Owned by the store. */
Operation *operation_start(Operations *ops, const Ask *ask, uint64_t seq, const char *args);
/* By the digits at the end of an identifier, of that wire only; NULL when there is none. */
Operation *operation_find(Operations *ops, const Wire *wire, const char *id);
/* Counts one poll; true when the operation is over. */
bool operation_poll(Operations *ops, Operation *op);
/* The value of KEY in the arguments; false when it is not there, ret is then "". */
bool args_value(const char *args, const char *key, char ret[static FAKE_WORD_MAX]);
int64_t args_number(const char *args, const char *key, int64_t fallback);
void operations_done(Operations *ops);

/* ---- invoice.c ---- */

/* What the providers would bill: one line a quantity, priced by the first line of the price list
 * that fits, each line rounded up to a whole micro-unit. */
typedef struct Invoice {
        Json *lines; /* array */
        Json *prices;
        int64_t total_micros;
} Invoice;

/* Lines of MODEL UNIT MICROS [NAME=VALUE]; MICROS is for one unit, for a million of "million_*". */
int invoice_load_prices(Invoice *invoice, const char *path, Err *err);
/* attribute: "resolution=720p", or "". */
int invoice_add(Invoice *invoice, const Ask *ask, uint64_t seq, const char *model, const char *unit,
                int64_t quantity, const char *attribute);
/* {"total_micros": ..., "lines": [...], "operations": {...}}; caller frees, NULL on failure. */
char *invoice_print(const Invoice *invoice, const Operations *ops);
void invoice_done(Invoice *invoice);

/* ---- answers ---- */

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
        int64_t waited_ms; /* the delay drawn, all in all: the latency of this answer */
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
        const char *files;    /* origin written into addresses of results; NULL: own */
        Operations *operations;
        Invoice *invoice;
} AnswerSetting;

void answer_done(Answer *a);
uint64_t answer_size(const Answer *a);
/* Building blocks. All -ENOMEM. */
int answer_add_text(Answer *a, char *text);
int answer_add_picture(Answer *a, Picture *p, bool base64, uint64_t raw_limit);
/* The whole of a video, raw or as base64 without quotes. */
int answer_add_video(Answer *a, const AnswerSetting *setting, uint32_t w, uint32_t h,
                     uint32_t seconds, uint64_t seed, bool base64);
/* That status, and the value as JSON; takes it. */
int answer_json(Answer *a, int status, Json *value);

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
        Operations operations;
        Invoice invoice;
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
