/* SPDX-License-Identifier: MIT */

/* Bodies of forms, multipart/form-data, as strict readers take them. */

#include "form.h"

static bool line_is(const char *p, const char *end, const char *text) {
        size_t n = strlen(text);

        return (size_t) (end - p) >= n && memcmp(p, text, n) == 0;
}

/* The value of name="..." in the head of a part. */
static bool quoted(const char *head, const char *name, char *ret, size_t size) {
        const char *p = strstr(head, name);
        size_t n;

        if (!p)
                return false;
        p += strlen(name);
        n = strcspn(p, "\"");
        if (p[n] != '"' || n >= size)
                return false;
        (void) snprintf(ret, size, "%.*s", (int) n, p);
        return true;
}

static bool read_head(const char *p, size_t n, FormPart *ret) {
        char head[FORM_HEAD_MAX];
        const char *type;

        if (n >= sizeof head)
                return false;
        memcpy(head, p, n);
        head[n] = '\0';
        *ret = (FormPart){0};
        if (!quoted(head, "form-data; name=\"", ret->name, sizeof ret->name))
                return false;
        ret->is_file = quoted(head, "; filename=\"", ret->file_name, sizeof ret->file_name);
        type = strcasestr(head, "content-type: ");
        if (type)
                (void) snprintf(ret->media_type, sizeof ret->media_type, "%.*s",
                                (int) strcspn(type + 14, "\r\n;"), type + 14);
        return true;
}

/* The boundary as it stands between parts, "\r\n--...". */
static bool read_boundary(const Request *request, char ret[static FORM_BOUNDARY_MAX]) {
        const char *type = request_header(request, "content-type");
        const char *p = type ? strstr(type, "boundary=") : NULL;

        if (!p || !request_is(request, "multipart/form-data"))
                return false;
        (void) snprintf(ret, FORM_BOUNDARY_MAX, "\r\n--%.*s", (int) strcspn(p + 9, "; \r\n"),
                        p + 9);
        return true;
}

bool form_read(const Request *request, FormPartFn each, void *userdata) {
        char boundary[FORM_BOUNDARY_MAX];
        const char *p = request->body, *end = p ? p + request->body_n : NULL;

        if (!p || !read_boundary(request, boundary) || !line_is(p, end, boundary + 2))
                return false;
        p += strlen(boundary) - 2;
        while (line_is(p, end, "\r\n")) {
                const char *head = p + 2, *data, *next;
                FormPart part;

                data = memmem(head, (size_t) (end - head), "\r\n\r\n", 4);
                if (!data || !read_head(head, (size_t) (data - head), &part))
                        return false;
                data += 4;
                next = memmem(data, (size_t) (end - data), boundary, strlen(boundary));
                if (!next)
                        return false;
                part.data = data;
                part.n = (size_t) (next - data);
                each(&part, userdata);
                p = next + strlen(boundary);
        }
        return line_is(p, end, "--");
}
