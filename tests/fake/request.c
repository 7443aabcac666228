/* SPDX-License-Identifier: MIT */

/* Requests in: the head of an HTTP/1.1 request, as far as a fake needs it. */

#include "base/parse.h"
#include "fake.h"

size_t request_head_end(const char *data, size_t n) {
        const char *end = memmem(data, n, "\r\n\r\n", 4);

        return end ? (size_t) (end - data) + 4 : 0;
}

void request_done(Request *r) {
        free(r->head);
        free(r->body);
        strv_done(&r->headers);
        strv_done(&r->values);
        *r = (Request){0};
}

static void lower(char *s) {
        for (; *s; s++)
                if (*s >= 'A' && *s <= 'Z')
                        *s = (char) (*s - 'A' + 'a');
}

static int read_header(Request *r, char *name, const char *value) {
        int64_t n;
        int res;

        lower(name);
        if (streq(name, "content-length")) {
                if (parse_int(value, 0, INT64_MAX, &n) < 0)
                        return -EBADMSG;
                if (n > FAKE_BODY_MAX)
                        return -E2BIG;
                r->body_left = (size_t) n;
        } else if (streq(name, "transfer-encoding"))
                r->chunked = strcasecmp(value, "chunked") == 0;
        else if (streq(name, "expect"))
                r->expects_continue = strcasecmp(value, "100-continue") == 0;
        else if (streq(name, "connection"))
                r->close = strcasecmp(value, "close") == 0;
        res = strv_add(&r->headers, name);
        return res < 0 ? res : strv_add(&r->values, value);
}

const char *request_header(const Request *r, const char *name) {
        for (size_t i = 0; i < r->headers.n && i < r->values.n; i++)
                if (streq(r->headers.items[i], name))
                        return r->values.items[i];
        return NULL;
}

bool request_is(const Request *r, const char *media_type) {
        const char *value = request_header(r, "content-type");
        size_t n = strlen(media_type);

        return value && strncasecmp(value, media_type, n) == 0 &&
               (value[n] == '\0' || value[n] == ';' || value[n] == ' ');
}

static int read_start(Request *r, char *line) {
        char *path = strchr(line, ' '), *version = path ? strchr(path + 1, ' ') : NULL;

        if (!version || (size_t) (path - line) >= sizeof r->method ||
            strncmp(version, " HTTP/1.", 8) != 0)
                return -EBADMSG;
        *path = *version = '\0';
        memcpy(r->method, line, (size_t) (path - line) + 1);
        r->path = path + 1;
        return 0;
}

int request_parse(Request *r, char *head) {
        char *line = head, *next;
        int n = 0, res;

        r->head = head;
        for (; *line; line = next, n++) {
                char *end = strstr(line, "\r\n"), *colon;

                if (!end)
                        return -EBADMSG;
                *end = '\0';
                next = end + 2;
                if (n == 0) {
                        res = read_start(r, line);
                        if (res < 0)
                                return res;
                        continue;
                }
                if (!*line)
                        break;
                colon = strchr(line, ':');
                if (!colon)
                        return -EBADMSG;
                *colon = '\0';
                res = read_header(r, line, colon + 1 + strspn(colon + 1, " \t"));
                if (res < 0)
                        return res;
        }
        return n > 0 ? 0 : -EBADMSG;
}
