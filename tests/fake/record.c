/* SPDX-License-Identifier: MIT */

/*
 * What happened, one JSON line an event, each written with one write() to a file opened for
 * appending: a test reads it after it has killed whom it likes. Values of headers are never
 * written, but for the name of the client.
 */

#include <fcntl.h>

#include "base/fs.h"
#include "wire.h"

int record_open(const char *path, Record *ret) {
        ret->start_ms = now_ms();
        ret->fd = -1;
        if (!path)
                return 0;
        ret->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        return ret->fd < 0 ? -errno : 0;
}

static Json *event_new(Record *r, const char *event, uint64_t seq) {
        Json *j = json_new_object();

        (void) json_add_str(j, "event", event);
        (void) json_add_int(j, "ms", now_ms() - r->start_ms);
        (void) json_add_int(j, "seq", (int64_t) seq);
        return j;
}

static void event_write(Record *r, Json *event) {
        _cleanup_(json_freep) Json *owned = event;
        _cleanup_(freep) char *text = json_print(owned), *line = NULL;

        line = text ? str_printf("%s\n", text) : NULL;
        if (line && r->fd >= 0 && fs_write_all(r->fd, line, strlen(line)) < 0)
                perror("fake-provider: cannot write the log");
}

/* The route as its pattern has it, but with the version of the API where that comes first. */
static void add_pattern(Json *j, const Ask *ask) {
        const char *pattern = ask->route ? ask->route->pattern : "";
        _cleanup_(freep) char *text = NULL;

        if (strncmp(pattern, "/{}/", 4) == 0)
                text = str_printf("/%s%s", ask->captures[0], pattern + 3);
        (void) json_add_str(j, "pattern", text ? text : pattern);
}

void record_received(Record *r, uint64_t seq, const Request *request, const Ask *ask,
                     size_t in_flight) {
        static const char *const keys[] = {"absent", "wrong", "right"};
        const char *agent = request_header(request, "user-agent");
        Json *j = event_new(r, "received", seq), *headers;

        (void) json_add_str(j, "method", request->method);
        (void) json_add_str(j, "path", request->path);
        headers = json_add_array(j, "headers");
        for (size_t i = 0; i < request->headers.n; i++)
                (void) json_push(headers, json_new_string(request->headers.items[i]));
        (void) json_add_str(j, "key", keys[request->key]);
        (void) json_add_int(j, "body_bytes", (int64_t) request->body_n);
        (void) json_add_int(j, "in_flight", (int64_t) in_flight);
        (void) json_add_str(j, "wire", ask->wire->name);
        (void) json_add_str(j, "route", ask->route ? ask->route->name : "");
        (void) json_add_str(j, "agent", agent ? agent : "");
        add_pattern(j, ask);
        (void) json_add_str(j, "model", ask->model);
        (void) json_add_str(j, "prompt", ask->prompt);
        (void) json_add_str(j, "prompt_sha256", ask->prompt_sha256);
        (void) json_add_int(j, "references", (int64_t) ask->references);
        event_write(r, j);
}

void record_answered(Record *r, uint64_t seq, const Request *request, const Answer *a,
                     const Action *action) {
        Json *j = event_new(r, "answered", seq);

        (void) json_add_str(j, "method", request->method);
        (void) json_add_str(j, "path", request->path);
        (void) json_add_int(j, "status", a->cut_before ? 0 : a->status);
        (void) json_add_str(j, "action", action->name);
        (void) json_add_int(j, "bytes", (int64_t) answer_size(a));
        (void) json_add_int(j, "latency_ms", a->waited_ms);
        event_write(r, j);
}

void record_end(Record *r, uint64_t seq, const char *event, uint64_t sent) {
        Json *j = event_new(r, event, seq);

        (void) json_add_int(j, "sent", (int64_t) sent);
        event_write(r, j);
}
