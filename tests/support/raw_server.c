/* SPDX-License-Identifier: MIT */

#include "support/raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <strings.h>

#include "support/test.h"

enum {
        SEEN_MAX = 256 * 1024,
};

struct RawServer {
        int fd;
        int port;
        RawServeFn serve;
        void *userdata;
        pthread_t acceptor;
        pthread_mutex_t lock; /* of all below */
        bool ended;
        unsigned n_conns, requests;
        struct {
                pthread_t thread;
                RawConn *conn;
        } conns[RAW_CONNECTIONS_MAX];
        size_t seen_n;
        char seen[SEEN_MAX]; /* all heads */
};

/* Closed under the lock, so that raw_server_free() never shuts down somebody else's descriptor. */
static void close_conn(RawConn *c) {
        (void) pthread_mutex_lock(&c->server->lock);
        closep(&c->fd);
        c->fd = -1;
        (void) pthread_mutex_unlock(&c->server->lock);
}

static void *run_conn(void *userdata) {
        RawConn *c = userdata;

        c->server->serve(c);
        close_conn(c);
        free(c->body);
        c->body = NULL;
        return NULL;
}

static void *run_acceptor(void *userdata) {
        RawServer *s = userdata;

        for (;;) {
                int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
                RawConn *c;

                if (fd < 0 && errno == ECONNABORTED)
                        continue;
                if (fd < 0)
                        return NULL;
                (void) pthread_mutex_lock(&s->lock);
                CHECK(s->n_conns < RAW_CONNECTIONS_MAX);
                c = calloc(1, sizeof *c);
                CHECK(c);
                c->fd = fd;
                c->index = s->n_conns;
                c->server = s;
                c->userdata = s->userdata;
                s->conns[s->n_conns].conn = c;
                if (s->ended)
                        (void) shutdown(fd, SHUT_RDWR);
                CHECK_INT(pthread_create(&s->conns[s->n_conns].thread, NULL, run_conn, c), 0);
                s->n_conns++;
                (void) pthread_mutex_unlock(&s->lock);
        }
}

RawServer *raw_server_new(RawServeFn serve, void *userdata) {
        struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        socklen_t n = sizeof in;
        RawServer *s = calloc(1, sizeof *s);

        CHECK(s);
        s->serve = serve;
        s->userdata = userdata;
        s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CHECK(s->fd >= 0);
        CHECK_INT(bind(s->fd, (struct sockaddr *) &in, sizeof in), 0);
        CHECK_INT(listen(s->fd, RAW_CONNECTIONS_MAX), 0);
        CHECK_INT(getsockname(s->fd, (struct sockaddr *) &in, &n), 0);
        s->port = ntohs(in.sin_port);
        CHECK_INT(pthread_mutex_init(&s->lock, NULL), 0);
        CHECK_INT(pthread_create(&s->acceptor, NULL, run_acceptor, s), 0);
        return s;
}

void raw_server_free(RawServer *s) {
        if (!s)
                return;
        (void) pthread_mutex_lock(&s->lock);
        s->ended = true;
        (void) shutdown(s->fd, SHUT_RDWR); /* wakes the acceptor */
        for (unsigned i = 0; i < s->n_conns; i++)
                if (s->conns[i].conn->fd >= 0)
                        (void) shutdown(s->conns[i].conn->fd, SHUT_RDWR);
        (void) pthread_mutex_unlock(&s->lock);
        CHECK_INT(pthread_join(s->acceptor, NULL), 0);
        for (unsigned i = 0; i < s->n_conns; i++) {
                CHECK_INT(pthread_join(s->conns[i].thread, NULL), 0);
                free(s->conns[i].conn);
        }
        (void) close(s->fd);
        (void) pthread_mutex_destroy(&s->lock);
        free(s);
}

int raw_server_port(const RawServer *s) {
        return s->port;
}

char *raw_server_url(const RawServer *s, const char *path) {
        char *url = NULL;

        CHECK(asprintf(&url, "http://127.0.0.1:%d%s", s->port, path) > 0);
        return url;
}

unsigned raw_server_connections(RawServer *s) {
        unsigned n;

        (void) pthread_mutex_lock(&s->lock);
        n = s->n_conns;
        (void) pthread_mutex_unlock(&s->lock);
        return n;
}

unsigned raw_server_requests(RawServer *s) {
        unsigned n;

        (void) pthread_mutex_lock(&s->lock);
        n = s->requests;
        (void) pthread_mutex_unlock(&s->lock);
        return n;
}

bool raw_server_saw(RawServer *s, const char *text) {
        bool saw;

        (void) pthread_mutex_lock(&s->lock);
        saw = memmem(s->seen, s->seen_n, text, strlen(text));
        (void) pthread_mutex_unlock(&s->lock);
        return saw;
}

static bool read_exactly(RawConn *c, void *data, size_t n) {
        char *p = data;

        while (n > 0) {
                ssize_t r = recv(c->fd, p, n, 0);

                if (r <= 0)
                        return false;
                p += r;
                n -= (size_t) r;
        }
        return true;
}

bool raw_head(RawConn *c) {
        size_t n = 0;

        do {
                CHECK(n < sizeof c->head - 1);
                if (!read_exactly(c, c->head + n, 1))
                        return false;
                n++;
        } while (n < 4 || memcmp(c->head + n - 4, "\r\n\r\n", 4) != 0);
        c->head[n] = 0;
        (void) pthread_mutex_lock(&c->server->lock);
        if (n < SEEN_MAX - c->server->seen_n) {
                memcpy(c->server->seen + c->server->seen_n, c->head, n);
                c->server->seen_n += n;
        }
        (void) pthread_mutex_unlock(&c->server->lock);
        return true;
}

bool raw_request(RawConn *c) {
        const char *length;

        free(c->body);
        c->body = NULL;
        c->body_n = 0;
        if (!raw_head(c))
                return false;
        length = strcasestr(c->head, "\r\nContent-Length: ");
        for (length = length ? length + strlen("\r\nContent-Length: ") : "";
             *length >= '0' && *length <= '9'; length++)
                c->body_n = c->body_n * 10 + (size_t) (*length - '0');
        c->body = calloc(1, c->body_n + 1);
        CHECK(c->body);
        if (!read_exactly(c, c->body, c->body_n))
                return false;
        (void) pthread_mutex_lock(&c->server->lock);
        c->server->requests++;
        (void) pthread_mutex_unlock(&c->server->lock);
        return true;
}

void raw_send(RawConn *c, const void *data, size_t n) {
        const char *p = data;

        while (n > 0) {
                ssize_t r = send(c->fd, p, n, MSG_NOSIGNAL);

                if (r < 0)
                        return; /* the client had enough */
                p += r;
                n -= (size_t) r;
        }
}

void raw_puts(RawConn *c, const char *text) {
        raw_send(c, text, strlen(text));
}

void raw_reply(RawConn *c, const char *status, const char *headers, const char *body) {
        char *head = NULL;

        CHECK(asprintf(&head, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status,
                       headers ? headers : "", strlen(body)) > 0);
        raw_puts(c, head);
        raw_puts(c, body);
        free(head);
}

void raw_reset(RawConn *c) {
        const struct linger linger = {.l_onoff = 1};

        (void) setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
        close_conn(c);
}

void raw_wait_gone(RawConn *c) {
        char byte;

        while (recv(c->fd, &byte, 1, 0) > 0)
                ;
}
