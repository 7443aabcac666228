/* SPDX-License-Identifier: MIT */

#include "support/fake_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/parse.h"
#include "base/strbuf.h"
#include "support/test.h"

FakeServer fake_start(const char *script, const char *option) {
        FakeServer s = {.log = test_path("fake.log")};
        _cleanup_(freep) char *file = test_file("script", script);
        char line[16];
        int64_t port;
        int fds[2];
        FILE *out;

        (void) unlink(s.log);
        CHECK(pipe2(fds, O_CLOEXEC) == 0);
        s.pid = fork();
        CHECK(s.pid >= 0);
        if (s.pid == 0) {
                /* A failed check must not leave a server behind. */
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                (void) dup2(fds[1], STDOUT_FILENO);
                (void) execl(TEST_BINARY_DIR "/bin/fake-provider", "fake-provider", "--image-scale",
                             "32", "--script", file, "--log", s.log, option, (char *) NULL);
                _exit(127);
        }
        (void) close(fds[1]);
        out = fdopen(fds[0], "r");
        CHECK(out && fgets(line, sizeof line, out));
        (void) fclose(out);
        line[strcspn(line, "\n")] = '\0';
        CHECK(parse_int(line, 1, 65535, &port) >= 0);
        s.port = (uint16_t) port;
        (void) snprintf(s.base_url, sizeof s.base_url, "http://127.0.0.1:%u/v1", (unsigned) s.port);
        return s;
}

char *fake_stop(FakeServer *s) {
        char *text = NULL;
        size_t n;
        int status;

        CHECK(kill(s->pid, SIGTERM) == 0);
        CHECK(waitpid(s->pid, &status, 0) == s->pid);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        CHECK_OK(fs_read_file(s->log, FAKE_ANSWER_MAX, &text, &n), NULL);
        free(s->log);
        return text;
}

void exchange_done(Exchange *e) {
        free(e->text);
        *e = (Exchange){0};
}

Exchange exchange(const FakeServer *s, const char *method, const char *target, const char *headers,
                  const char *body) {
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(s->port)};
        _cleanup_(closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        _cleanup_(freep) char *request =
                str_printf("%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%sContent-Length: "
                           "%zu\r\n\r\n%s",
                           method, target, headers, strlen(body), body);
        Exchange e = {.text = malloc(FAKE_ANSWER_MAX)};
        int64_t status;

        CHECK(fd >= 0 && request && e.text);
        CHECK(connect(fd, (struct sockaddr *) &a, sizeof a) == 0);
        CHECK(send(fd, request, strlen(request), MSG_NOSIGNAL) == (ssize_t) strlen(request));
        for (;;) {
                ssize_t k = recv(fd, e.text + e.n, FAKE_ANSWER_MAX - 1 - e.n, 0);

                e.error = k < 0 ? errno : 0;
                if (k <= 0)
                        break;
                e.n += (size_t) k;
        }
        e.text[e.n] = '\0';
        e.body = strstr(e.text, "\r\n\r\n");
        e.body = e.body ? e.body + 4 : e.text + e.n;
        if (e.n > 12) {
                char digits[4] = {e.text[9], e.text[10], e.text[11], '\0'};

                CHECK(parse_int(digits, 100, 599, &status) >= 0);
                e.status = (int) status;
        }
        return e;
}
