/* SPDX-License-Identifier: MIT */
#pragma once

/* One connection from the inside: conn.c reads requests, conn_send.c sends answers. */

#include "wire.h"

typedef enum State { STATE_HEAD, STATE_BODY, STATE_WAIT, STATE_SEND, STATE_CUT } State;

struct Conn {
        Fake *fake;
        int fd;
        State state;
        uint32_t armed;
        int64_t deadline;
        StrBuf in; /* what came and is not used yet */
        Request request;
        Ask ask;
        Action action;
        Answer answer;
        uint64_t seq, sent, body_sent;
        bool counted; /* in fake->in_flight */
        char *out;
        size_t out_n, out_pos, segment;
        bool body_over; /* all of the body is in out, or sent */
};

/* epoll events to wait for; 0 none. */
int conn_arm(Conn *c, uint32_t events);
/* The request is answered, or never will be. */
void conn_request_over(Conn *c);
/* Reads what came meanwhile as the next request. */
int conn_next_request(Conn *c);

/* All of them: -1 when the connection is over. */
int conn_start_answer(Conn *c);
int conn_pump(Conn *c);
int conn_cut_now(Conn *c);
