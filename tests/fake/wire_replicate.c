/* SPDX-License-Identifier: MIT */

/* Replicate: predictions of official models and of versions. The input is the model's own. */

#include "hosted.h"

static const Member members[] = {
        {"input", NULL, 'o'},   {"version", NULL, 's'},
        {"webhook", NULL, 's'}, {"webhook_events_filter", NULL, 'a'},
        {"stream", NULL, 'b'},
};

static void refuse_key(Ask *ask, KeyState state) {
        ask_refuse(ask, 401, "Unauthenticated", "%s",
                   state == KEY_ABSENT ? "You did not pass an authentication token"
                                       : "You did not pass a valid authentication token");
}

static void refuse_path(Ask *ask, const Request *request) {
        (void) request;
        ask_refuse(ask, 404, "", "The requested resource could not be found.");
}

static void complain(Ask *ask, Complaint what, const char *where, const char *name) {
        ask_refuse(ask, 422, "Input validation failed", "- %s%s%s: %s\n", where, *where ? "." : "",
                   name,
                   what == COMPLAINT_UNKNOWN ? "Additional property is not allowed"
                   : what == COMPLAINT_TYPE  ? "Invalid type"
                                             : "Invalid value");
}

static int error(Answer *a, int status, const char *word, const char *message,
                 const char *details) {
        Json *body = json_new_object();

        (void) details;
        if (*word)
                (void) json_add_str(body, "title", word);
        (void) json_add_str(body, "detail", message);
        (void) json_add_int(body, "status", status);
        return answer_json(a, status, body);
}

static void check(const Request *request, Ask *ask) {
        const Json *input;
        int64_t seconds = 0;

        if (!json_body(request, ask, ""))
                return;
        shape_members(ask, ask->body, "", MEMBERS(members));
        input = json_get(ask->body, "input");
        if (!json_str(input, "prompt"))
                ask_refuse(ask, 422, "Input validation failed", "- input: prompt is required\n");
        else
                ask_keep_prompt(ask, json_str(input, "prompt"));
        if (json_get(input, "image") && !reference_is_good(ask, json_str(input, "image"), NULL))
                ask_refuse(ask, 422, "Input validation failed",
                           "- input.image: Does not match "
                           "format 'uri'\n");
        ask->kind = json_int(input, "duration", &seconds) ? ASK_VIDEO : ASK_IMAGE;
        ask->seconds = seconds;
}

static void check_model(const Request *request, Ask *ask) {
        (void) snprintf(ask->model, sizeof ask->model, "%.60s/%.60s", ask->captures[0],
                        ask->captures[1]);
        check(request, ask);
        if (json_get(ask->body, "version"))
                ask_refuse(ask, 422, "Input validation failed",
                           "- version: Additional property is not allowed\n");
}

static void check_version(const Request *request, Ask *ask) {
        check(request, ask);
        if (!json_str(ask->body, "version"))
                ask_refuse(ask, 422, "Input validation failed", "- version is required\n");
        else
                (void) snprintf(ask->model, sizeof ask->model, "%s",
                                json_str(ask->body, "version"));
}

/* The prediction as it stands; the body is the caller's. */
static Json *prediction(const Call *c, const Operation *op, const char *status) {
        Json *body = json_new_object(), *urls;
        _cleanup_(freep) char *id = str_printf("gm3qor%llu", (unsigned long long) op->id);
        _cleanup_(freep) char *get =
                str_printf("%s/v1/predictions/%s", c->setting->own, id ? id : "");

        (void) json_add_str(body, "id", id);
        (void) json_add_str(body, "model", op->model);
        (void) json_add_str(body, "version", "v1");
        (void) json_add_str(body, "status", status);
        (void) json_add_str(body, "created_at", "2026-11-22T00:00:00.000Z");
        (void) json_add_object(body, "input");
        urls = json_add_object(body, "urls");
        (void) json_add_str(urls, "get", get);
        return body;
}

static int submit(Call *c) {
        Operation *op = operation_start(c->setting->operations, c->ask, c->setting->seq, c->args);
        Json *body;

        if (!op)
                return -ENOMEM;
        body = prediction(c, op, "starting");
        (void) json_add_null(body, "output");
        (void) json_add_null(body, "error");
        return answer_json(c->a, 201, body);
}

static int bill(Call *c, Operation *op) {
        if (op->billed)
                return 0;
        op->billed = true;
        return op->seconds > 0 ? invoice_add(c->setting->invoice, c->ask, op->id, op->model,
                                             "second", op->seconds, "")
                               : invoice_add(c->setting->invoice, c->ask, op->id, op->model,
                                             "image", 1, "");
}

static int poll_answer(Call *c) {
        Operation *op = operation_of(c, 0);
        _cleanup_(freep) char *url = NULL;
        char word[FAKE_WORD_MAX];
        Json *body;

        if (!op)
                return error(c->a, 404, "", "The requested resource could not be found.", NULL);
        if (!operation_poll(c->setting->operations, op))
                return answer_json(c->a, 200, prediction(c, op, "processing"));
        if (op->cancelled)
                return answer_json(c->a, 200, prediction(c, op, "canceled"));
        url = result_url(c, op, "replicate-files");
        if (!url || bill(c, op) < 0)
                return -ENOMEM;
        if (args_value(op->args, "fail", word)) {
                body = prediction(c, op, "failed");
                (void) json_add_str(body, "error", word);
                return answer_json(c->a, 200, body);
        }
        body = prediction(c, op, "succeeded");
        if (op->seconds > 0)
                (void) json_add_str(body, "output", url);
        else
                (void) json_push(json_add_array(body, "output"), json_new_string(url));
        (void) json_add_number(json_add_object(body, "metrics"), "predict_time", 1.5);
        return answer_json(c->a, 200, body);
}

static int cancel(Call *c) {
        Operation *op = operation_of(c, 0);

        if (!op)
                return error(c->a, 404, "", "The requested resource could not be found.", NULL);
        op->cancelled = true;
        c->setting->operations->cancels++;
        return answer_json(c->a, 200, prediction(c, op, "canceled"));
}

static const Route routes[] = {
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/models/{}/{}/predictions",
         .check = check_model,
         .answer = submit},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/predictions",
         .check = check_version,
         .answer = submit},
        {.name = "poll", .method = "GET", .pattern = "/v1/predictions/{}", .answer = poll_answer},
        {.name = "cancel",
         .method = "POST",
         .pattern = "/v1/predictions/{}/cancel",
         .answer = cancel},
        {.name = "download",
         .method = "GET",
         .pattern = "/replicate-files/{}",
         .open = true,
         .answer = result_file},
};

const Wire wire_replicate = {
        .name = "replicate",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = bearer_key,
        .refuse_key = refuse_key,
        .refuse_path = refuse_path,
        .complain = complain,
        .error = error,
};
