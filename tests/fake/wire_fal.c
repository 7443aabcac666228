/* SPDX-License-Identifier: MIT */

/* fal's queue: Pika's models by their own schemas, other apps by none. A failure is a result. */

#include "hosted.h"

static const char *const aspects[] = {"16:9", "9:16", "1:1", "4:5", "5:4", "3:2", "2:3"};
static const char *const resolutions[] = {"720p", "1080p"};
static const char *const durations[] = {"5", "10"};

static const Member text_members[] = {
        {"prompt", NULL, 's'},   {"aspect_ratio", NULL, 's'},    {"resolution", NULL, 's'},
        {"duration", NULL, 's'}, {"negative_prompt", NULL, 's'}, {"seed", NULL, 'n'},
};
static const Member image_members[] = {
        {"prompt", NULL, 's'},   {"image_url", NULL, 's'},       {"resolution", NULL, 's'},
        {"duration", NULL, 's'}, {"negative_prompt", NULL, 's'}, {"seed", NULL, 'n'},
};

static KeyState key(const Request *request, const char *expected) {
        return key_in_header(request, "authorization", "Key ", expected);
}

static void refuse_key(Ask *ask, KeyState state) {
        ask_refuse(ask, 401, "", "%s",
                   state == KEY_ABSENT ? "Authentication is required to access this application."
                                       : "No user found for Key ID and Secret");
}

static void refuse_path(Ask *ask, const Request *request) {
        (void) request;
        ask_refuse(ask, 404, "", "Not Found");
}

static void complain(Ask *ask, Complaint what, const char *where, const char *name) {
        (void) where;
        if (what == COMPLAINT_UNKNOWN)
                ask_refuse(ask, 422, name, "extra fields not permitted");
        else
                ask_refuse(ask, 422, name, "%s",
                           what == COMPLAINT_TYPE ? "value is not of the right type"
                                                  : "value is not a valid enumeration member");
}

/* Of the model: {"detail": [{"loc", "msg", "type"}]}; of the platform: {"detail": "text"}. */
static int error(Answer *a, int status, const char *word, const char *message,
                 const char *details) {
        Json *body = json_new_object(), *detail, *loc, *entry;

        (void) details;
        if (status != 422) {
                (void) json_add_str(body, "detail", message);
                if (status >= 500)
                        (void) json_add_str(body, "error_type", word);
                return answer_json(a, status, body);
        }
        detail = json_add_array(body, "detail");
        entry = json_new_object();
        loc = json_add_array(entry, "loc");
        (void) json_push(loc, json_new_string("body"));
        (void) json_push(loc, json_new_string(word));
        (void) json_add_str(entry, "msg", message);
        (void) json_add_str(entry, "type", strstr(word, "policy") ? word : "value_error");
        (void) json_push(detail, entry);
        return answer_json(a, status, body);
}

static void check_pika(Ask *ask) {
        const char *duration = json_str(ask->body, "duration");
        bool image = strstr(ask->model, "image-to-video");

        if (image)
                shape_members(ask, ask->body, "", MEMBERS(image_members));
        else
                shape_members(ask, ask->body, "", MEMBERS(text_members));
        shape_word(ask, json_str(ask->body, "aspect_ratio"), "aspect_ratio", WORDS(aspects));
        shape_word(ask, json_str(ask->body, "resolution"), "resolution", WORDS(resolutions));
        shape_word(ask, duration, "duration", WORDS(durations));
        if (image && !reference_is_good(ask, json_str(ask->body, "image_url"), NULL))
                ask_refuse(ask, 422, "image_url", "field required");
        ask->kind = ASK_VIDEO;
        ask->seconds = duration && streq(duration, "10") ? 10 : 5;
        (void) snprintf(ask->size, sizeof ask->size, "%s",
                        json_str(ask->body, "resolution") ? json_str(ask->body, "resolution")
                                                          : "720p");
}

static void check_submit(const Request *request, Ask *ask) {
        size_t n = strcspn(request->path, "?");

        ask->kind = ASK_IMAGE;
        (void) snprintf(ask->model, sizeof ask->model, "%.*s", (int) (n - 1), request->path + 1);
        if (!json_body(request, ask, "body"))
                return;
        if (!json_str(ask->body, "prompt"))
                ask_refuse(ask, 422, "prompt", "field required");
        else
                ask_keep_prompt(ask, json_str(ask->body, "prompt"));
        if (strstr(ask->model, "/pika/"))
                check_pika(ask);
}

static int add_urls(const Call *c, const Operation *op, Json *body) {
        static const char *const members[][2] = {
                {"response_url", ""}, {"status_url", "/status"}, {"cancel_url", "/cancel"}};
        const char *app = op->model + strcspn(op->model, "/") + 1;

        for (size_t i = 0; i < ARRAY_LEN(members); i++) {
                _cleanup_(freep) char *url = str_printf(
                        "%s/fal-ai/%.*s/requests/req-%llu%s", c->setting->own,
                        (int) strcspn(app, "/"), app, (unsigned long long) op->id, members[i][1]);

                if (!url || json_add_str(body, members[i][0], url) < 0)
                        return -ENOMEM;
        }
        return 0;
}

/* The members of every status. */
static Json *status_body(const Call *c, const Operation *op, const char *status) {
        Json *body = json_new_object();
        char id[32];

        (void) snprintf(id, sizeof id, "req-%llu", (unsigned long long) op->id);
        (void) json_add_str(body, "status", status);
        (void) json_add_str(body, "request_id", id);
        (void) add_urls(c, op, body);
        return body;
}

static int submit(Call *c) {
        Operation *op = operation_start(c->setting->operations, c->ask, c->setting->seq, c->args);
        Json *body;

        if (!op)
                return -ENOMEM;
        body = status_body(c, op, "IN_QUEUE");
        (void) json_add_int(body, "queue_position", 0);
        return answer_json(c->a, 200, body);
}

/* 202 while it goes on. */
static int status(Call *c) {
        Operation *op = operation_of(c, 1);

        if (!op)
                return error(c->a, 404, "", "Request not found", NULL);
        if (!operation_poll(c->setting->operations, op))
                return answer_json(c->a, 202,
                                   status_body(c, op, op->polls > 2 ? "IN_PROGRESS" : "IN_QUEUE"));
        return answer_json(c->a, 200, status_body(c, op, "COMPLETED"));
}

static int bill(Call *c, Operation *op) {
        char size[FAKE_WORD_MAX];

        if (op->billed)
                return 0;
        op->billed = true;
        (void) snprintf(size, sizeof size, "resolution=%s", op->size);
        return op->seconds > 0 ? invoice_add(c->setting->invoice, c->ask, op->id, op->model,
                                             "second", op->seconds, size)
                               : invoice_add(c->setting->invoice, c->ask, op->id, op->model,
                                             "image", 1, "");
}

static int result(Call *c) {
        Operation *op = operation_of(c, 1);
        Json *body, *file;
        char word[FAKE_WORD_MAX];
        _cleanup_(freep) char *url = NULL;

        if (!op)
                return error(c->a, 404, "", "Request not found", NULL);
        if (args_value(op->args, "fail", word))
                return error(c->a, (int) args_number(op->args, "status", 422), word,
                             "It did not work.", NULL);
        url = result_url(c, op, "fal-files");
        if (!url || bill(c, op) < 0)
                return -ENOMEM;
        body = json_new_object();
        if (op->seconds > 0)
                file = json_add_object(body, "video");
        else {
                Json *images = json_add_array(body, "images");

                file = json_new_object();
                (void) json_push(images, file);
        }
        (void) json_add_str(file, "url", url);
        (void) json_add_str(file, "content_type", op->seconds > 0 ? "video/mp4" : "image/png");
        return answer_json(c->a, 200, body);
}

static int cancel(Call *c) {
        Operation *op = operation_of(c, 1);
        Json *body = json_new_object();

        if (!op) {
                (void) json_free(body);
                return error(c->a, 404, "", "Request not found", NULL);
        }
        op->cancelled = true;
        c->setting->operations->cancels++;
        (void) json_add_str(body, "status", "CANCELLATION_REQUESTED");
        return answer_json(c->a, 202, body);
}

static const Route routes[] = {
        {.name = "poll",
         .method = "GET",
         .pattern = "/fal-ai/{}/requests/{}/status",
         .answer = status},
        {.name = "result", .method = "GET", .pattern = "/fal-ai/{}/requests/{}", .answer = result},
        {.name = "cancel",
         .method = "PUT",
         .pattern = "/fal-ai/{}/requests/{}/cancel",
         .answer = cancel},
        {.name = "download",
         .method = "GET",
         .pattern = "/fal-files/{}",
         .open = true,
         .answer = result_file},
        {.name = "submit",
         .method = "POST",
         .pattern = "/fal-ai/{*}",
         .check = check_submit,
         .answer = submit},
};

const Wire wire_fal = {
        .name = "fal",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = key,
        .refuse_key = refuse_key,
        .refuse_path = refuse_path,
        .complain = complain,
        .error = error,
};
