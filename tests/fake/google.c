/* SPDX-License-Identifier: MIT */

/* Google's ways: keys in two headers, complaints in its words, errors in its shape. */

#include "google.h"

static const char *const picture_types[] = {"image/png", "image/jpeg", "image/webp", "image/heic",
                                            "image/heif"};
static const char *const versions[] = {"v1", "v1beta", "v1beta1"};

KeyState google_key(const Request *request, const char *key) {
        KeyState state = key_in_header(request, "x-goog-api-key", "", key);

        return state == KEY_ABSENT ? key_in_header(request, "authorization", "Bearer ", key)
                                   : state;
}

void google_refuse_key(Ask *ask, KeyState state) {
        if (state == KEY_ABSENT)
                ask_refuse(ask, 403, "PERMISSION_DENIED",
                           "Method doesn't allow unregistered callers (callers without "
                           "established identity). Please use API Key or other form of API "
                           "consumer identity to call this API.");
        else
                GOOGLE_INVALID(ask, "API key not valid. Please pass a valid API key.");
}

void google_refuse_path(Ask *ask, const Request *request) {
        (void) request;
        ask_refuse(ask, 404, "NOT_FOUND", "Requested entity was not found.");
}

void google_complain(Ask *ask, Complaint what, const char *where, const char *name) {
        switch (what) {
        case COMPLAINT_UNKNOWN:
                GOOGLE_INVALID(ask,
                               "Invalid JSON payload received. Unknown name \"%s\"%s%s%s: Cannot "
                               "find field.",
                               name, *where ? " at '" : "", where, *where ? "'" : "");
                return;
        case COMPLAINT_TYPE:
                GOOGLE_INVALID(ask, "Invalid value at '%s%s%s'", where, *where ? "." : "", name);
                return;
        case COMPLAINT_WORD:
                GOOGLE_INVALID(ask, "Invalid value at '%s', \"%s\"", where, name);
                return;
        }
        assert_not_reached();
}

static Json *error_body(int status, const char *word, const char *message, const char *details) {
        Json *body = json_new_object(), *error = json_add_object(body, "error"), *list = NULL;

        (void) json_add_int(error, "code", status);
        (void) json_add_str(error, "message", message);
        (void) json_add_str(error, "status", word);
        if (details && json_parse(details, strlen(details), &list, NULL) >= 0)
                (void) json_add(error, "details", list);
        return body;
}

int google_error(Answer *a, int status, const char *word, const char *message,
                 const char *details) {
        _cleanup_(json_freep) Json *body = error_body(status, word, message, details);
        _cleanup_(freep) char *text = json_print_pretty(body);

        a->status = status;
        a->content_type = "application/json; charset=UTF-8";
        return text ? answer_add_text(a, str_printf("%s\n", text)) : -ENOMEM;
}

bool google_check_version(Ask *ask, const char *version) {
        for (size_t i = 0; i < ARRAY_LEN(versions); i++)
                if (streq(versions[i], version))
                        return true;
        google_refuse_path(ask, NULL);
        return false;
}

const Json *google_get(const Json *object, const char *camel, const char *snake) {
        const Json *found = json_get(object, camel);

        return found ? found : json_get(object, snake);
}

void google_check_picture(Ask *ask, const char *media_type, const char *data, const char *where) {
        shape_word(ask, media_type, "mime_type", WORDS(picture_types));
        if (!media_type)
                GOOGLE_INVALID(ask, "Unable to process input image: mime type is missing");
        if (!data || !*data)
                GOOGLE_INVALID(ask, "Unable to process input image: no data");
        else if (!shape_is_base64(data))
                GOOGLE_INVALID(ask, "Invalid value at '%s' (TYPE_BYTES), Base64 decoding failed",
                               where);
}

/* ---- videos ---- */

void google_video_sides(const Operation *op, uint32_t scale, uint32_t *ret_w, uint32_t *ret_h) {
        static const struct {
                const char *size;
                uint32_t w, h;
        } table[] = {
                {"360p", 640, 360},
                {"1080p", 1920, 1080},
                {"4k", 3840, 2160},
                {"720p", 1280, 720},
        };
        size_t i = 0;

        while (i + 1 < ARRAY_LEN(table) && !streq(table[i].size, op->size))
                i++;
        *ret_w = MAX_OF(table[i].w / scale, 1u);
        *ret_h = MAX_OF(table[i].h / scale, 1u);
        if (streq(op->aspect, "9:16")) {
                uint32_t w = *ret_w;

                *ret_w = *ret_h;
                *ret_h = w;
        }
}

char *google_file_url(const Operation *op, const AnswerSetting *setting) {
        return str_printf("%s/v1beta/files/video%llu:download?alt=media",
                          setting->files ? setting->files : setting->own,
                          (unsigned long long) op->id);
}
