/* SPDX-License-Identifier: MIT */

/* See hosted.h. */

#include "hosted.h"

enum {
        SIDE = 1280,
        OTHER_SIDE = 720,
};

KeyState bearer_key(const Request *request, const char *key) {
        return key_in_header(request, "authorization", "Bearer ", key);
}

bool json_body(const Request *request, Ask *ask, const char *word) {
        if (!request_is(request, "application/json")) {
                ask_refuse(ask, 400, word, "The Content-Type must be application/json.");
                return false;
        }
        if (json_parse(request->body ? request->body : "", request->body_n, &ask->body, NULL) >=
                    0 &&
            json_is_object(ask->body))
                return true;
        ask_refuse(ask, 400, word, "We could not parse the JSON body of your request.");
        return false;
}

static bool is_data_uri(const char *uri) {
        static const char *const types[] = {"data:image/png;base64,", "data:image/jpeg;base64,",
                                            "data:image/webp;base64,"};

        for (size_t i = 0; i < ARRAY_LEN(types); i++)
                if (strncmp(uri, types[i], strlen(types[i])) == 0)
                        return shape_is_base64(uri + strlen(types[i]));
        return false;
}

bool reference_is_good(Ask *ask, const char *uri, const char *scheme) {
        if (!uri)
                return false;
        ask->references++;
        return strncmp(uri, "https://", 8) == 0 || is_data_uri(uri) ||
               (scheme && strncmp(uri, scheme, strlen(scheme)) == 0);
}

Operation *operation_of(const Call *c, size_t i) {
        return operation_find(c->setting->operations, c->ask->wire, c->ask->captures[i]);
}

char *result_url(const Call *c, const Operation *op, const char *prefix) {
        const char *origin = c->setting->files ? c->setting->files : c->setting->own;

        return str_printf("%s/%s/%llu", origin, prefix, (unsigned long long) op->id);
}

int result_file(Call *c) {
        Operation *op = operation_of(c, 0);
        uint32_t w = MAX_OF(SIDE / c->setting->scale, 2u),
                 h = MAX_OF(OTHER_SIDE / c->setting->scale, 2u);

        if (!op)
                return c->ask->wire->error(c->a, 404, "not_found", "No such file.", NULL);
        c->a->status = 200;
        if (op->seconds > 0) {
                c->a->content_type = "video/mp4";
                return answer_add_video(c->a, c->setting, w, h, (uint32_t) op->seconds, op->id,
                                        false);
        }
        c->a->content_type = "image/png";
        return answer_add_picture(
                c->a, picture_new(w, h, c->setting->seed + op->id, c->setting->image_bytes), false,
                0);
}
