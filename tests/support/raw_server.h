/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A server that does exactly what a test says, byte by byte: every connection to it gets a thread
 * that runs the test's function, which reads, sends, cuts and resets as it likes. Counts what came.
 * Listens on 127.0.0.1 only.
 */

#include "base/macro.h"

enum {
        RAW_CONNECTIONS_MAX = 512,
        RAW_HEAD_MAX = 16 * 1024,
};

typedef struct RawServer RawServer;

typedef struct RawConn {
        int fd;
        unsigned index; /* of the connection: 0, 1, ... */
        RawServer *server;
        void *userdata;
        char head[RAW_HEAD_MAX]; /* of the last request, NUL-terminated */
        char *body;              /* of the last request; freed for you */
        size_t body_n;
} RawConn;

typedef void (*RawServeFn)(RawConn *c);

RawServer *raw_server_new(RawServeFn serve, void *userdata);
void raw_server_free(RawServer *s); /* ends all connections, waits for their threads */

int raw_server_port(const RawServer *s);
/* "http://127.0.0.1:<port><path>"; caller frees. */
char *raw_server_url(const RawServer *s, const char *path);
unsigned raw_server_connections(RawServer *s);
unsigned raw_server_requests(RawServer *s); /* whole ones, body included */
/* Whether the head of any request had this text in it. */
bool raw_server_saw(RawServer *s, const char *text);

/* For the test's function. */
bool raw_request(RawConn *c); /* the next whole request; false when the client is gone */
bool raw_head(RawConn *c);    /* its head only */
void raw_send(RawConn *c, const void *data, size_t n);
void raw_puts(RawConn *c, const char *text);
/* A whole reply with a Content-Length. headers: whole lines, each ending in \r\n; NULL for none. */
void raw_reply(RawConn *c, const char *status, const char *headers, const char *body);
void raw_reset(RawConn *c); /* RST instead of a proper end */
/* Waits until the client is gone. */
void raw_wait_gone(RawConn *c);
