/* SPDX-License-Identifier: MIT */

/*
 * One connection: HEAD -> BODY -> WAIT (the latency) -> SEND -> HEAD again, or over. Requests that
 * follow on the same connection wait in the input buffer. Only a connection that sends has an
 * output buffer.
 */

#include <sys/epoll.h>
#include <sys/socket.h>

#include "conn_internal.h"

Conn *conn_new(Fake *fake, int fd) {
        struct epoll_event ev = {.events = EPOLLIN};
        Conn *c = calloc(1, sizeof *c);

        if (!c)
                return NULL;
        c->fake = fake;
        c->fd = fd;
        c->deadline = -1;
        c->armed = EPOLLIN;
        c->in = STRBUF_INIT(FAKE_HEAD_MAX + 2 * FAKE_BODY_MAX);
        ev.data.ptr = c;
        if (epoll_ctl(fake->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0) {
                free(c);
                return NULL;
        }
        return c;
}

void conn_request_over(Conn *c) {
        if (c->counted)
                c->fake->in_flight--;
        c->counted = false;
        request_done(&c->request);
        ask_done(&c->ask);
        answer_done(&c->answer);
        free(c->out);
        c->out = NULL;
        c->out_n = c->out_pos = c->segment = 0;
        c->sent = c->body_sent = 0;
        c->body_over = false;
        c->deadline = -1;
}

Conn *conn_free(Conn *c) {
        if (c) {
                if (c->counted)
                        record_end(&c->fake->record, c->seq, "gone", c->sent);
                conn_request_over(c);
                strbuf_done(&c->in);
                (void) close(c->fd);
                free(c);
        }
        return NULL;
}

int conn_fd(const Conn *c) {
        return c->fd;
}

int64_t conn_deadline(const Conn *c) {
        return c->deadline;
}

int conn_arm(Conn *c, uint32_t events) {
        struct epoll_event ev = {.events = events, .data.ptr = c};

        if (c->armed == events)
                return 0;
        c->armed = events;
        return epoll_ctl(c->fake->epoll_fd, EPOLL_CTL_MOD, c->fd, &ev);
}

static void drop_input(Conn *c, size_t n) {
        memmove(c->in.data, c->in.data + n, c->in.len - n);
        c->in.len -= n;
        c->in.data[c->in.len] = '\0';
}

/* ---- in ---- */

static int64_t draw_delay(Fake *fake) {
        uint64_t span = (uint64_t) (fake->delay_max_ms - fake->delay_min_ms) + 1;

        return fake->delay_min_ms + (int64_t) (random_next(&fake->random) % span);
}

static int request_whole(Conn *c) {
        Fake *fake = c->fake;
        AnswerSetting setting = fake->setting;

        c->seq = ++fake->seq;
        ask_check(fake, &c->request, &c->ask);
        fake->in_flight++;
        c->counted = true;
        record_received(&fake->record, c->seq, &c->request, &c->ask, fake->in_flight);
        free(c->request.body);
        c->request.body = NULL;
        setting.seq = c->seq;
        script_pick(c->ask.status ? NULL : fake->script, c->seq, c->request.path, &c->ask,
                    &c->action);
        if (c->ask.status)
                (void) snprintf(c->action.name, sizeof c->action.name, "refused");
        if (action_apply(&c->action, &c->ask, &setting, &c->answer) < 0) {
                fprintf(stderr, "fake-provider: action '%s %s' cannot be done\n", c->action.name,
                        c->action.args);
                return -1;
        }
        c->answer.waited_ms = draw_delay(fake) + c->answer.delay_ms;
        c->state = STATE_WAIT;
        /* Input is still watched, to notice a client that leaves. */
        if (c->answer.hang)
                return conn_arm(c, EPOLLIN | EPOLLRDHUP);
        if (c->answer.waited_ms == 0)
                return conn_start_answer(c);
        c->deadline = now_ms() + c->answer.waited_ms;
        return conn_arm(c, EPOLLRDHUP);
}

static int add_body(Conn *c, const char *data, size_t n) {
        Request *r = &c->request;

        if (r->body_n + n > FAKE_BODY_MAX)
                return -1;
        if (r->body_n + n >= r->body_size) {
                size_t size = MAX_OF(2 * r->body_size, r->body_n + n + 1);
                char *body = realloc(r->body, size);

                if (!body)
                        return -1;
                r->body = body;
                r->body_size = size;
        }
        memcpy(r->body + r->body_n, data, n);
        r->body_n += n;
        r->body[r->body_n] = '\0';
        return 0;
}

/* One chunk of a chunked body; 1 another may be there, 0 more input is needed, 2 that was the last.
 */
static int read_chunk(Conn *c) {
        const char *end = c->in.len ? memmem(c->in.data, c->in.len, "\r\n", 2) : NULL;
        size_t head = end ? (size_t) (end - c->in.data) + 2 : 0, n = 0;

        if (!end)
                return 0;
        for (const char *p = c->in.data; p < end && *p != ';'; p++) {
                int d = *p >= '0' && *p <= '9'   ? *p - '0'
                        : *p >= 'a' && *p <= 'f' ? *p - 'a' + 10
                        : *p >= 'A' && *p <= 'F' ? *p - 'A' + 10
                                                 : -1;

                if (d < 0 || n > FAKE_BODY_MAX)
                        return -1;
                n = n * 16 + (size_t) d;
        }
        if (c->in.len < head + n + 2)
                return 0;
        if (n > 0 && add_body(c, c->in.data + head, n) < 0)
                return -1;
        drop_input(c, head + n + 2);
        return n > 0 ? 1 : 2;
}

static int read_body(Conn *c) {
        Request *r = &c->request;
        size_t n;
        int k;

        if (r->chunked) {
                do
                        k = read_chunk(c);
                while (k == 1);
                return k <= 0 ? k : request_whole(c);
        }
        n = MIN_OF(r->body_left, c->in.len);
        if (n > 0) {
                if (add_body(c, c->in.data, n) < 0)
                        return -1;
                drop_input(c, n);
                r->body_left -= n;
        }
        return r->body_left > 0 ? 0 : request_whole(c);
}

static int read_head(Conn *c) {
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        size_t n = request_head_end(strbuf_text(&c->in), c->in.len);
        char *head;

        if (n == 0)
                return c->in.len > FAKE_HEAD_MAX ? -1 : 0;
        head = strndup(c->in.data, n);
        if (!head)
                return -1;
        drop_input(c, n);
        if (request_parse(&c->request, head) < 0)
                return -1;
        if (c->request.expects_continue &&
            send(c->fd, go_on, sizeof go_on - 1, MSG_NOSIGNAL) != (ssize_t) sizeof go_on - 1)
                return -1;
        c->state = STATE_BODY;
        return read_body(c);
}

int conn_next_request(Conn *c) {
        if (c->state == STATE_HEAD)
                return read_head(c);
        return c->state == STATE_BODY ? read_body(c) : 0;
}

static int read_some(Conn *c) {
        char buf[64 * 1024];
        ssize_t n = recv(c->fd, buf, sizeof buf, 0);

        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -1;
        if (n == 0 || strbuf_add(&c->in, buf, (size_t) n) < 0)
                return -1;
        return conn_next_request(c);
}

int conn_event(Conn *c, uint32_t events) {
        if (c->state == STATE_WAIT && (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP)))
                return -1;
        if (c->state == STATE_SEND && (events & (EPOLLHUP | EPOLLERR)))
                return -1;
        if (events & EPOLLOUT)
                return conn_pump(c);
        if (events & EPOLLIN)
                return read_some(c);
        return events & (EPOLLHUP | EPOLLERR) ? -1 : 0;
}

int conn_timer(Conn *c) {
        switch (c->state) {
        case STATE_WAIT:
                return conn_start_answer(c);
        case STATE_SEND:
                return conn_pump(c);
        case STATE_CUT:
                return conn_cut_now(c);
        case STATE_HEAD:
        case STATE_BODY:
                break;
        }
        c->deadline = -1;
        return 0;
}
