/* SPDX-License-Identifier: MIT */

/* The loop: accepts, hands events and deadlines to connections, ends on SIGTERM. */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "fake.h"

enum {
        EVENTS_MAX = 64,
};

int64_t now_ms(void) {
        struct timespec t;

        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        return (int64_t) t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* splitmix64: the same seed gives the same night. */
uint64_t random_next(uint64_t *state) {
        uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
        return z ^ (z >> 31);
}

static void forget(Fake *fake, Conn *c) {
        for (size_t i = 0; i < fake->n_conns; i++)
                if (fake->conns[i] == c) {
                        fake->conns[i] = fake->conns[--fake->n_conns];
                        break;
                }
        (void) conn_free(c);
}

static int accept_all(Fake *fake) {
        const int at_once = 1;

        for (;;) {
                int fd = accept4(fake->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                Conn *c = NULL;

                if (fd < 0)
                        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED ? 0
                                                                                          : -errno;
                /* As real servers do: else the last bytes of an answer wait for an
                 * acknowledgement, which the client delays by 40 ms. */
                (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
                if (fake->n_conns < FAKE_CONNECTIONS_MAX)
                        c = conn_new(fake, fd);
                if (c)
                        fake->conns[fake->n_conns++] = c;
                else
                        (void) close(fd);
        }
}

/* Runs what is due; returns the time to the next deadline, -1 when there is none. */
static int run_deadlines(Fake *fake) {
        int64_t now = now_ms(), next = -1;

        for (size_t i = 0; i < fake->n_conns;) {
                Conn *c = fake->conns[i];
                int64_t due = conn_deadline(c);

                if (due >= 0 && due <= now) {
                        if (conn_timer(c) < 0) {
                                forget(fake, c);
                                continue;
                        }
                        due = conn_deadline(c);
                }
                if (due >= 0 && (next < 0 || due < next))
                        next = due;
                i++;
        }
        return next < 0 ? -1 : (int) MAX_OF(next - now, 0);
}

int loop_run(Fake *fake) {
        for (;;) {
                struct epoll_event events[EVENTS_MAX];
                int n = epoll_wait(fake->epoll_fd, events, EVENTS_MAX, run_deadlines(fake));

                if (n < 0 && errno != EINTR)
                        return -errno;
                for (int i = 0; i < n; i++) {
                        void *p = events[i].data.ptr;

                        if (p == &fake->signal_fd)
                                return 0;
                        if (p == &fake->listen_fd) {
                                int r = accept_all(fake);

                                if (r < 0)
                                        return r;
                        } else if (conn_event(p, events[i].events) < 0)
                                forget(fake, p);
                }
        }
}
