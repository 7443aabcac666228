/* SPDX-License-Identifier: MIT */

/* Answers out: head, then the body as the script wants it: at once, dripping, in chunks, cut. */

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "conn_internal.h"

enum {
        CUT_DELAY_MS = 20, /* so that what was sent arrives before the reset does */
        CHUNK_HEAD = 16,
        CHUNK_TAIL = 8,
};

static const char *phrase_of(int status) {
        return status < 300 ? "OK" : status < 400 ? "Moved" : status < 500 ? "Refused" : "Failed";
}

static int start_head(Conn *c) {
        Answer *a = &c->answer;
        char length[64];
        int n;

        c->out = malloc(FAKE_OUT_BUFFER);
        if (!c->out)
                return -ENOMEM;
        (void) snprintf(length, sizeof length, "Content-Length: %llu",
                        (unsigned long long) (answer_size(a) + a->extra_length));
        n = snprintf(c->out, FAKE_OUT_BUFFER,
                     "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%s\r\nServer: scaffolding on "
                     "HTTPServer2\r\nX-Content-Type-Options: nosniff\r\n%s%s\r\n",
                     a->status, phrase_of(a->status), a->content_type,
                     a->chunked ? "Transfer-Encoding: chunked" : length, a->headers,
                     c->request.close || a->extra_length ? "Connection: close\r\n" : "");
        c->out_n = (size_t) n;
        return 0;
}

/* Body bytes into buf; 0 at the end of the answer, or where the script cuts it. */
static size_t read_answer(Conn *c, char *buf, size_t n) {
        Answer *a = &c->answer;

        if (a->cut != CUT_NONE) {
                if (c->body_sent >= a->cut_after)
                        return 0;
                n = MAX_OF((size_t) MIN_OF((uint64_t) n, a->cut_after - c->body_sent), 4u);
        }
        while (c->segment < a->n_segments) {
                size_t k = segment_read(&a->segments[c->segment], buf, n);

                c->body_sent += k;
                if (k > 0)
                        return k;
                c->segment++;
        }
        return 0;
}

/* The next stretch of body into the output buffer. */
static void refill(Conn *c) {
        const Answer *a = &c->answer;
        size_t room = FAKE_OUT_BUFFER - CHUNK_HEAD - CHUNK_TAIL, k, head = 0;

        if (a->drip_bytes > 0)
                room = MIN_OF(room, MAX_OF(a->drip_bytes, 4u));
        c->out_pos = c->out_n = 0;
        k = read_answer(c, c->out + CHUNK_HEAD, room);
        if (k == 0)
                c->body_over = true;
        if (!a->chunked) {
                c->out_pos = CHUNK_HEAD;
                c->out_n = CHUNK_HEAD + k;
                return;
        }
        if (k == 0 && a->cut != CUT_NONE)
                return;
        head = (size_t) snprintf(c->out, CHUNK_HEAD, "%zx\r\n", k);
        memmove(c->out + head, c->out + CHUNK_HEAD, k);
        memcpy(c->out + head + k, "\r\n", 2);
        c->out_n = head + k + 2;
}

static int send_some(Conn *c) {
        while (c->out_pos < c->out_n) {
                ssize_t k = send(c->fd, c->out + c->out_pos, c->out_n - c->out_pos, MSG_NOSIGNAL);

                if (k < 0 && errno == EINTR)
                        continue;
                if (k < 0)
                        return errno == EAGAIN ? 0 : -1;
                c->out_pos += (size_t) k;
                c->sent += (uint64_t) k;
        }
        return 1;
}

/* A reset instead of a farewell. */
static void make_reset(Conn *c) {
        struct linger l = {.l_onoff = 1, .l_linger = 0};

        (void) setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

int conn_cut_now(Conn *c) {
        if (c->answer.cut == CUT_RESET)
                make_reset(c);
        record_end(&c->fake->record, c->seq, "cut", c->sent);
        c->fake->in_flight--;
        c->counted = false;
        return -1;
}

static int answer_over(Conn *c) {
        bool last = c->request.close || c->answer.extra_length > 0;

        if (c->answer.cut != CUT_NONE) {
                c->state = STATE_CUT;
                c->deadline = now_ms() + CUT_DELAY_MS;
                return conn_arm(c, 0);
        }
        record_end(&c->fake->record, c->seq, "done", c->sent);
        conn_request_over(c);
        if (last)
                return -1;
        c->state = STATE_HEAD;
        if (conn_arm(c, EPOLLIN) < 0)
                return -1;
        return conn_next_request(c);
}

int conn_pump(Conn *c) {
        for (;;) {
                int r = send_some(c);

                if (r <= 0)
                        return r < 0 ? -1 : conn_arm(c, EPOLLOUT);
                if (c->body_over)
                        return answer_over(c);
                if (c->answer.drip_bytes > 0 && c->body_sent > 0 && c->deadline < 0) {
                        c->deadline = now_ms() + c->answer.drip_ms;
                        return conn_arm(c, 0);
                }
                c->deadline = -1;
                refill(c);
        }
}

int conn_start_answer(Conn *c) {
        c->deadline = -1;
        record_answered(&c->fake->record, c->seq, &c->request, &c->answer, &c->action);
        if (c->answer.cut_before)
                return conn_cut_now(c);
        c->state = STATE_SEND;
        return start_head(c) < 0 ? -1 : conn_pump(c);
}
