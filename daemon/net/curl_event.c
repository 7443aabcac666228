/* SPDX-License-Identifier: MIT */

#include "net/curl_event.h"

#include <sys/epoll.h>
#include <time.h>

/*
 *      epoll ──▸ on_socket ─┐                          ┌──▸ finished(easy)   for each message
 *      timer ──▸ on_timer ──┴▸ curl_multi_socket_action ┤
 *                               │ inside curl:          └──▸ broken()          on a multi error
 *                               ├▸ watch_socket: adds, changes, removes an io source
 *                               └▸ arm_timer: sets the time of the timer source
 */

typedef struct Socket Socket;
struct Socket {
        CurlEvent *owner;
        sd_event_source *source;
        Socket *prev, *next;
};

struct CurlEvent {
        sd_event *event;
        sd_event_source *timer;
        CURLM *multi; /* NULL after an error, until the next transfer */
        long connections_max;
        CurlEventHandler handler;
        Socket *sockets;
        uint64_t turn;
};

static Socket *socket_free(Socket *s) {
        if (!s)
                return NULL;
        if (s->prev)
                s->prev->next = s->next;
        else
                s->owner->sockets = s->next;
        if (s->next)
                s->next->prev = s->prev;
        (void) sd_event_source_disable_unref(s->source);
        free(s);
        return NULL;
}

static void drop_multi(CurlEvent *c) {
        if (c->multi)
                (void) curl_multi_cleanup(TAKE_PTR(c->multi));
        while (c->sockets)
                (void) socket_free(c->sockets);
        (void) sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
}

static void report(CurlEvent *c) {
        CURLMsg *message;
        int left;

        while (c->multi && (message = curl_multi_info_read(c->multi, &left))) {
                CURL *easy = message->easy_handle;
                CURLcode code = message->data.result;

                if (message->msg != CURLMSG_DONE)
                        continue;
                (void) curl_multi_remove_handle(c->multi, easy); /* message is gone now */
                c->handler.finished(easy, code, c->handler.userdata);
        }
}

static void act(CurlEvent *c, curl_socket_t fd, int mask) {
        CURLMcode code;
        int running;

        if (!c->multi)
                return;
        c->turn++;
        code = curl_multi_socket_action(c->multi, fd, mask, &running);
        report(c);
        if (code == CURLM_OK || !c->multi)
                return;
        c->handler.broken(curl_multi_strerror(code), c->handler.userdata);
        drop_multi(c);
}

static int on_socket(sd_event_source *source, int fd, uint32_t revents, void *userdata) {
        Socket *s = userdata;
        int mask = 0;

        if (revents & EPOLLIN)
                mask |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                mask |= CURL_CSELECT_OUT;
        /* The error alone would make curl give up without a look; with both directions it first
         * reads what the peer had still sent. */
        if (revents & (EPOLLERR | EPOLLHUP))
                mask |= CURL_CSELECT_ERR | CURL_CSELECT_IN | CURL_CSELECT_OUT;
        act(s->owner, fd, mask);
        return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata) {
        act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static int watch_new_socket(CurlEvent *c, curl_socket_t fd, uint32_t events) {
        Socket *s;
        int r;

        s = calloc(1, sizeof *s);
        if (!s)
                return -1;
        s->owner = c;
        s->next = c->sockets;
        if (c->sockets)
                c->sockets->prev = s;
        c->sockets = s;
        r = sd_event_add_io(c->event, &s->source, fd, events, on_socket, s);
        if (r < 0 || curl_multi_assign(c->multi, fd, s) != CURLM_OK) {
                (void) socket_free(s);
                return -1;
        }
        return 0;
}

/* Called by curl: no curl call but curl_multi_assign() is allowed in here. -1 breaks the multi. */
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata, void *socketp) {
        CurlEvent *c = userdata;
        Socket *s = socketp;
        uint32_t events = 0;

        if (what == CURL_POLL_REMOVE) {
                (void) socket_free(s);
                (void) curl_multi_assign(c->multi, fd, NULL);
                return 0;
        }
        if (what & CURL_POLL_IN)
                events |= EPOLLIN;
        if (what & CURL_POLL_OUT)
                events |= EPOLLOUT;
        if (!s)
                return watch_new_socket(c, fd, events);
        return sd_event_source_set_io_events(s->source, events) < 0 ? -1 : 0;
}

/* The loop's own "now" is from the start of this turn; a deadline counted from there would come
 * early, and curl would be woken for nothing. */
static uint64_t now_us(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_MONOTONIC, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

/* Called by curl, and it only sets the source: -1 is off, 0 is the next turn of the loop. */
static int arm_timer(CURLM *multi, long timeout_ms, void *userdata) {
        CurlEvent *c = userdata;

        if (timeout_ms < 0)
                return sd_event_source_set_enabled(c->timer, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time(c->timer, now_us() + (uint64_t) timeout_ms * 1000) < 0 ||
            sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) < 0)
                return -1;
        return 0;
}

static int make_multi(CurlEvent *c, Err *err) {
        CURLM *m;

        if (c->multi)
                return 0;
        m = curl_multi_init();
        if (!m)
                return err_set(err, -ENOMEM, "out of memory for libcurl");
        if (curl_multi_setopt(m, CURLMOPT_SOCKETFUNCTION, watch_socket) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_SOCKETDATA, c) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_TIMERFUNCTION, arm_timer) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_TIMERDATA, c) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_MAX_TOTAL_CONNECTIONS, c->connections_max) != CURLM_OK ||
            curl_multi_setopt(m, CURLMOPT_PIPELINING, (long) CURLPIPE_NOTHING) != CURLM_OK) {
                (void) curl_multi_cleanup(m);
                return err_set(err, -ENOSYS, "cannot set up libcurl: it lacks a needed option");
        }
        c->multi = m;
        return 0;
}

int curl_event_new(sd_event *event, long connections_max, const CurlEventHandler *handler,
                   CurlEvent **ret, Err *err) {
        _cleanup_(curl_event_freep) CurlEvent *c = NULL;
        int r;

        assert(event);
        assert(handler);
        assert(handler->finished);
        assert(handler->broken);
        assert(ret);
        c = calloc(1, sizeof *c);
        if (!c)
                return err_set(err, -ENOMEM, "out of memory for the network");
        c->event = sd_event_ref(event);
        c->connections_max = connections_max;
        c->handler = *handler;
        r = sd_event_add_time(event, &c->timer, CLOCK_MONOTONIC, 0, 1, on_timer, c);
        if (r < 0)
                return err_errno(err, r, "cannot watch a timer");
        r = sd_event_source_set_enabled(c->timer, SD_EVENT_OFF);
        if (r < 0)
                return err_errno(err, r, "cannot watch a timer");
        r = make_multi(c, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(c);
        return 0;
}

CurlEvent *curl_event_free(CurlEvent *c) {
        if (!c)
                return NULL;
        drop_multi(c);
        (void) sd_event_source_disable_unref(c->timer);
        (void) sd_event_unref(c->event);
        free(c);
        return NULL;
}

int curl_event_add(CurlEvent *c, CURL *easy, Err *err) {
        CURLMcode code;
        int r;

        assert(c);
        assert(easy);
        r = make_multi(c, err);
        if (r < 0)
                return r;
        code = curl_multi_add_handle(c->multi, easy);
        if (code == CURLM_OK)
                return 0;
        return err_set(err, code == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO,
                       "cannot start a transfer: %s", curl_multi_strerror(code));
}

void curl_event_remove(CurlEvent *c, CURL *easy) {
        assert(c);
        assert(easy);
        if (c->multi)
                (void) curl_multi_remove_handle(c->multi, easy);
}

uint64_t curl_event_turn(const CurlEvent *c) {
        assert(c);
        return c->turn;
}
