/* SPDX-License-Identifier: MIT */

/* fake-provider: see fake.h for what it is, wire.h for what it speaks, script.c for the scripts. */

#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include "base/fs.h"
#include "base/parse.h"
#include "fake.h"

enum {
        SCALE_MAX = 64,
        BACKLOG = 1024,
};

static const char help_text[] =
        "fake-provider [OPTION...]: a stand-in for providers on 127.0.0.1\n"
        "  --port N            0 (default): any free one\n"
        "  --port-file FILE    gets the port once connections are accepted\n"
        "  --log FILE          one JSON line an event, appended\n"
        "  --key KEY           the key to expect (default test-key)\n"
        "  --script FILE       lines of [WHEN] MATCH ACTION [ARGUMENTS]\n"
        "  --cycle             used-up script lines come back when all are\n"
        "  --delay-ms MIN-MAX  latency of every answer (default 0)\n"
        "  --seed N            of latencies, chances and pixels\n"
        "  --image-scale N     sides of pictures are divided by it (default 1)\n"
        "  --image-bytes N     pictures are padded to that many bytes\n"
        "  --other-origin URL  where redirects and foreign results point to\n"
        "  --files-origin URL  written into addresses of results instead of its own\n"
        "  --operation-ms MIN-MAX   how long operations take (default 0)\n"
        "  --operation-polls N      polls answered \"still running\" at least (default 1)\n"
        "  --prices FILE       lines of MODEL UNIT MICROS [NAME=VALUE], for the invoice\n"
        "  --invoice FILE      gets what was billed, at the end; GET /fake/invoice before\n"
        "  --sink              stand for another host: take anything, record it\n";

typedef struct Options {
        const char *port_file, *log, *script, *delay, *prices, *invoice;
        int64_t port, seed, scale, bytes;
        bool cycle;
} Options;

static int bad(const char *what, const char *text) {
        fprintf(stderr, "fake-provider: %s: '%s'\n", what, text);
        return -EINVAL;
}

static int read_number(const char *text, int64_t min, int64_t max, int64_t *ret) {
        return parse_int(text, min, max, ret) < 0 ? bad("no number in bounds", text) : 0;
}

static int read_span(const char *text, int64_t *ret_min, int64_t *ret_max) {
        char from[24];
        const char *dash = strchr(text, '-'), *to = dash ? dash + 1 : text;

        (void) snprintf(from, sizeof from, "%.*s", dash ? (int) (dash - text) : 20, text);
        if (parse_int(from, 0, INT32_MAX, ret_min) < 0 ||
            parse_int(to, *ret_min, INT32_MAX, ret_max) < 0)
                return bad("no span of milliseconds", text);
        return 0;
}

static int read_option(int c, Options *o, Fake *fake) {
        switch (c) {
        case 'p':
                return read_number(optarg, 0, 65535, &o->port);
        case 'f':
                o->port_file = optarg;
                return 0;
        case 'l':
                o->log = optarg;
                return 0;
        case 'k':
                fake->key = optarg;
                return 0;
        case 's':
                o->script = optarg;
                return 0;
        case 'c':
                o->cycle = true;
                return 0;
        case 'd':
                return read_span(optarg, &fake->delay_min_ms, &fake->delay_max_ms);
        case 'r':
                return read_number(optarg, 0, INT64_MAX, &o->seed);
        case 'i':
                return read_number(optarg, 1, SCALE_MAX, &o->scale);
        case 'b':
                return read_number(optarg, 0, INT32_MAX, &o->bytes);
        case 'o':
                fake->setting.other = optarg;
                return 0;
        case 'O':
                fake->setting.files = optarg;
                return 0;
        case 'm':
                return read_span(optarg, &fake->operations.min_ms, &fake->operations.max_ms);
        case 'P':
                return read_number(optarg, 0, INT32_MAX, &fake->operations.pending_polls);
        case 'e':
                o->prices = optarg;
                return 0;
        case 'v':
                o->invoice = optarg;
                return 0;
        case 'n':
                fake->sink = true;
                return 0;
        case 'h':
                fputs(help_text, stdout);
                return 1;
        }
        return -EINVAL;
}

static int read_options(int argc, char **argv, Options *o, Fake *fake) {
        static const struct option table[] = {
                {"port", required_argument, NULL, 'p'},
                {"port-file", required_argument, NULL, 'f'},
                {"log", required_argument, NULL, 'l'},
                {"key", required_argument, NULL, 'k'},
                {"script", required_argument, NULL, 's'},
                {"cycle", no_argument, NULL, 'c'},
                {"delay-ms", required_argument, NULL, 'd'},
                {"seed", required_argument, NULL, 'r'},
                {"image-scale", required_argument, NULL, 'i'},
                {"image-bytes", required_argument, NULL, 'b'},
                {"other-origin", required_argument, NULL, 'o'},
                {"files-origin", required_argument, NULL, 'O'},
                {"operation-ms", required_argument, NULL, 'm'},
                {"operation-polls", required_argument, NULL, 'P'},
                {"prices", required_argument, NULL, 'e'},
                {"invoice", required_argument, NULL, 'v'},
                {"sink", no_argument, NULL, 'n'},
                {"help", no_argument, NULL, 'h'},
                {0},
        };
        int c, r;

        while ((c = getopt_long(argc, argv, "", table, NULL)) >= 0) {
                r = read_option(c, o, fake);
                if (r != 0)
                        return r;
        }
        return optind < argc ? bad("takes no arguments", argv[optind]) : 0;
}

static int watch(Fake *fake, int *fd) {
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = fd};

        return epoll_ctl(fake->epoll_fd, EPOLL_CTL_ADD, *fd, &ev) < 0 ? -errno : 0;
}

static int listen_on(Fake *fake, uint16_t port) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(port)};
        socklen_t n = sizeof a;
        int one = 1;

        fake->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fake->listen_fd < 0 ||
            setsockopt(fake->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
            bind(fake->listen_fd, (struct sockaddr *) &a, sizeof a) < 0 ||
            listen(fake->listen_fd, BACKLOG) < 0 ||
            getsockname(fake->listen_fd, (struct sockaddr *) &a, &n) < 0)
                return -errno;
        fake->port = ntohs(a.sin_port);
        (void) snprintf(fake->own, sizeof fake->own, "http://127.0.0.1:%u", (unsigned) fake->port);
        fake->setting.own = fake->own;
        return 0;
}

static int start(Fake *fake, const Options *o) {
        sigset_t mask;
        int r;

        fake->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
        if (fake->epoll_fd < 0)
                return -errno;
        (void) sigemptyset(&mask);
        (void) sigaddset(&mask, SIGTERM);
        (void) sigaddset(&mask, SIGINT);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        fake->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
        if (fake->signal_fd < 0)
                return -errno;
        r = record_open(o->log, &fake->record);
        if (r >= 0)
                r = listen_on(fake, (uint16_t) o->port);
        if (r >= 0)
                r = watch(fake, &fake->signal_fd);
        return r < 0 ? r : watch(fake, &fake->listen_fd);
}

/* Written whole or not at all: who waits for the file never reads half a number. */
static int write_port(const Fake *fake, const char *path) {
        char text[16];

        (void) snprintf(text, sizeof text, "%u\n", (unsigned) fake->port);
        if (!path) {
                fputs(text, stdout);
                return fflush(stdout) == 0 ? 0 : -errno;
        }
        return fs_write_file_durable(AT_FDCWD, path, text, strlen(text), 0644);
}

static int write_invoice(const Fake *fake, const char *path) {
        _cleanup_(freep) char *text = invoice_print(&fake->invoice, &fake->operations);

        if (!text)
                return -ENOMEM;
        return fs_write_file_durable(AT_FDCWD, path, text, strlen(text), 0644);
}

static void finish(Fake *fake) {
        while (fake->n_conns > 0)
                (void) conn_free(fake->conns[--fake->n_conns]);
        fake->script = script_free(fake->script);
        operations_done(&fake->operations);
        invoice_done(&fake->invoice);
        closep(&fake->listen_fd);
        closep(&fake->signal_fd);
        closep(&fake->epoll_fd);
        closep(&fake->record.fd);
}

int main(int argc, char **argv) {
        Fake fake = {.key = "test-key", .epoll_fd = -1, .listen_fd = -1, .signal_fd = -1};
        Options o = {.scale = 1, .seed = 1};
        Err err = {0};
        int r;

        fake.record.fd = -1;
        fake.operations.pending_polls = 1;
        fake.setting.operations = &fake.operations;
        fake.setting.invoice = &fake.invoice;
        r = read_options(argc, argv, &o, &fake);
        if (r != 0)
                return r < 0 ? 2 : 0;
        fake.random = fake.setting.seed = fake.operations.random = (uint64_t) o.seed;
        fake.setting.scale = (uint32_t) o.scale;
        fake.setting.image_bytes = (uint64_t) o.bytes;
        if ((o.script &&
             script_load(o.script, o.cycle, (uint64_t) o.seed, &fake.script, &err) < 0) ||
            (o.prices && invoice_load_prices(&fake.invoice, o.prices, &err) < 0)) {
                fprintf(stderr, "fake-provider: %s\n", err_text(&err));
                return 2;
        }
        r = start(&fake, &o);
        if (r >= 0)
                r = write_port(&fake, o.port_file);
        if (r >= 0)
                r = loop_run(&fake);
        if (r >= 0 && o.invoice)
                r = write_invoice(&fake, o.invoice);
        finish(&fake);
        if (r < 0)
                fprintf(stderr, "fake-provider: %s\n", strerror(-r));
        return r < 0 ? 1 : 0;
}
