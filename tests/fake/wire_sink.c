/* SPDX-License-Identifier: MIT */

/* Another host altogether (--sink): takes anything and answers with a picture; the log tells
 * whether a key came with it. */

#include "google.h"

enum {
        SIDE = 64,
};

static KeyState key(const Request *request, const char *key) {
        for (size_t i = 0; i < request->values.n; i++)
                if (strstr(request->values.items[i], key))
                        return KEY_RIGHT;
        return request_header(request, "x-goog-api-key") || request_header(request, "authorization")
                       ? KEY_WRONG
                       : KEY_ABSENT;
}

static int answer(Call *c) {
        c->a->status = 200;
        c->a->content_type = "image/png";
        return answer_add_picture(c->a, picture_new(SIDE, SIDE, c->setting->seq, 0), false, 0);
}

static const Route routes[] = {
        {.name = "anything", .method = "*", .pattern = "{*}", .open = true, .answer = answer},
};

const Wire wire_sink = {
        .name = "sink",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = key,
        .error = google_error,
};
