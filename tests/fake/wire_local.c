/* SPDX-License-Identifier: MIT */

/* Engines on a machine of one's own, which want no key and bill nothing: Automatic1111's picture
 * call, and ComfyUI's queue, history and files. */

#include "base/parse.h"
#include "form.h"
#include "hosted.h"

enum {
        SIDES_MAX = 16384,
};

static KeyState no_key(const Request *request, const char *key) {
        (void) request;
        (void) key;
        return KEY_RIGHT;
}

static void refuse_key(Ask *ask, KeyState state) {
        (void) state;
        ask_refuse(ask, 401, "unauthorized", "Unauthorized");
}

static void refuse_path(Ask *ask, const Request *request) {
        (void) request;
        ask_refuse(ask, 404, "not_found", "Not Found");
}

static void complain(Ask *ask, Complaint what, const char *where, const char *name) {
        (void) where;
        ask_refuse(ask, 422, name, "%s",
                   what == COMPLAINT_UNKNOWN ? "Extra inputs are not permitted"
                   : what == COMPLAINT_TYPE  ? "Input should be of another type"
                                             : "Input should be another word");
}

/* ---- Automatic1111 ---- */

/* FastAPI: {"detail": [{"loc", "msg", "type"}]}; its own: {"error", "detail", "body", "errors"}. */
static int a1111_error(Answer *a, int status, const char *word, const char *message,
                       const char *details) {
        Json *body = json_new_object(), *entry, *loc;

        (void) details;
        if (status != 422) {
                (void) json_add_str(body, status == 404 ? "detail" : "error", message);
                return answer_json(a, status, body);
        }
        entry = json_new_object();
        loc = json_add_array(entry, "loc");
        (void) json_push(loc, json_new_string("body"));
        (void) json_push(loc, json_new_string(word));
        (void) json_add_str(entry, "msg", message);
        (void) json_add_str(entry, "type", "value_error");
        (void) json_push(json_add_array(body, "detail"), entry);
        return answer_json(a, status, body);
}

static const Member a1111_members[] = {
        {"prompt", NULL, 's'},
        {"negative_prompt", NULL, 's'},
        {"width", NULL, 'n'},
        {"height", NULL, 'n'},
        {"steps", NULL, 'n'},
        {"cfg_scale", NULL, 'd'},
        {"seed", NULL, 'n'},
        {"sampler_name", NULL, 's'},
        {"scheduler", NULL, 's'},
        {"batch_size", NULL, 'n'},
        {"n_iter", NULL, 'n'},
        {"override_settings", NULL, 'o'},
        {"send_images", NULL, 'b'},
        {"save_images", NULL, 'b'},
        {"alwayson_scripts", NULL, 'o'},
        {"override_settings_restore_afterwards", NULL, 'b'},
};

static void a1111_check(const Request *request, Ask *ask) {
        int64_t w = 512, h = 512;

        ask->kind = ASK_IMAGE;
        if (!json_body(request, ask, "body"))
                return;
        shape_members(ask, ask->body, "", MEMBERS(a1111_members));
        (void) json_int(ask->body, "width", &w);
        (void) json_int(ask->body, "height", &h);
        if (w < 64 || h < 64 || w > SIDES_MAX || h > SIDES_MAX || w % 8 || h % 8)
                ask_refuse(ask, 422, "width", "Input should be a multiple of 8");
        ask_keep_prompt(ask, json_str(ask->body, "prompt") ? json_str(ask->body, "prompt") : "");
        (void) snprintf(ask->size, sizeof ask->size, "%lldx%lld", (long long) w % 1000,
                        (long long) h % 1000);
}

static int a1111_answer(Call *c) {
        _cleanup_(freep) char *info = NULL;
        int64_t w = 512, h = 512;
        int r;

        (void) json_int(c->ask->body, "width", &w);
        (void) json_int(c->ask->body, "height", &h);
        c->a->status = 200;
        c->a->content_type = "application/json";
        r = answer_add_text(c->a, strdup("{\"images\":[\""));
        if (r >= 0)
                r = answer_add_picture(c->a,
                                       picture_new((uint32_t) w, (uint32_t) h,
                                                   c->setting->seed + c->setting->seq,
                                                   c->setting->image_bytes),
                                       true, 0);
        if (r >= 0) /* a string that holds JSON */
                r = answer_add_text(c->a, strdup("\"],\"parameters\":{},\"info\":\"{\\\"seed\\\": "
                                                 "1, \\\"steps\\\": 20}\"}"));
        return r;
}

static const Route a1111_routes[] = {
        {.name = "txt2img",
         .method = "POST",
         .pattern = "/sdapi/v1/txt2img",
         .check = a1111_check,
         .answer = a1111_answer},
};

const Wire wire_a1111 = {
        .name = "a1111",
        .routes = a1111_routes,
        .n_routes = ARRAY_LEN(a1111_routes),
        .key = no_key,
        .refuse_key = refuse_key,
        .refuse_path = refuse_path,
        .complain = complain,
        .error = a1111_error,
};

/* ---- ComfyUI ---- */

/* 400 of a workflow: {"error": {...}, "node_errors": {}}; of a route: {"error": "text"}, or aiohttp's
 * own page. */
static int comfyui_error(Answer *a, int status, const char *word, const char *message,
                         const char *details) {
        Json *body, *error, *entry, *node;

        if (status == 404 && streq(word, "not_found")) {
                a->status = 404;
                a->content_type = "text/plain; charset=utf-8";
                return answer_add_text(a, strdup("404: Not Found"));
        }
        body = json_new_object();
        if (status == 404) {
                (void) json_add_str(body, "error", message);
                return answer_json(a, status, body);
        }
        error = json_add_object(body, "error");
        (void) json_add_str(error, "type", status == 500 ? "server_error" : word);
        (void) json_add_str(error, "message", "Prompt outputs failed validation");
        (void) json_add_str(error, "details", details ? details : "");
        (void) json_add_object(error, "extra_info");
        node = json_add_object(json_add_object(body, "node_errors"), "6");
        entry = json_new_object();
        (void) json_add_str(entry, "type", word);
        (void) json_add_str(entry, "message", message);
        (void) json_add_str(entry, "details", "");
        (void) json_push(json_add_array(node, "errors"), entry);
        (void) json_add_str(node, "class_type", "CLIPTextEncode");
        return answer_json(a, status, body);
}

#define UPLOADED "taken/" /* before the names of pictures that were sent */

/* A form with `image`, a file, and what is said of it. */
static void upload_part(const FormPart *part, void *userdata) {
        static const char *const fields[] = {"type", "subfolder", "overwrite"};
        Ask *ask = userdata;

        if (streq(part->name, "image") && part->is_file && part->n > 0) {
                ask->references++;
                (void) snprintf(ask->captures[0], sizeof ask->captures[0], "%s", part->file_name);
        } else if (part->is_file)
                ask_refuse(ask, 400, "no_image", "no image");
        else
                shape_word(ask, part->name, "", WORDS(fields));
}

static void upload_check(const Request *request, Ask *ask) {
        if (!form_read(request, upload_part, ask) || ask->references != 1)
                ask_refuse(ask, 400, "no_image", "no image");
}

/* The name may be another than that of the file: one of the same name is there. */
static int upload_answer(Call *c) {
        _cleanup_(freep) char *name = str_printf("1 %s", c->ask->captures[0]);
        Json *body = json_new_object();

        (void) json_add_str(body, "name", name);
        (void) json_add_str(body, "subfolder", "taken");
        (void) json_add_str(body, "type", "input");
        return answer_json(c->a, 200, body);
}

static const Member prompt_members[] = {
        {"prompt", NULL, 'o'},     {"client_id", NULL, 's'}, {"prompt_id", NULL, 's'},
        {"extra_data", NULL, 'o'}, {"front", NULL, 'b'},     {"number", NULL, 'd'},
};
static const Member node_members[] = {
        {"class_type", NULL, 's'}, {"inputs", NULL, 'o'}, {"_meta", NULL, 'o'}};

/* As upload_answer() names them. */
static bool is_uploaded(const char *name) {
        return name && strncmp(name, UPLOADED, strlen(UPLOADED)) == 0 && name[strlen(UPLOADED)];
}

/* The size and the text of the workflow, wherever they are. */
static void look_at_node(Ask *ask, const Json *node, int64_t *w, int64_t *h) {
        const Json *inputs = json_get(node, "inputs");
        const char *class = json_str(node, "class_type");

        shape_members(ask, node, json_key(node), MEMBERS(node_members));
        if (!class || !json_is_object(inputs))
                ask_refuse(ask, 400, "missing_node_type", "Node has no class_type or inputs");
        else if (streq(class, "CLIPTextEncode") && json_str(inputs, "text") && !ask->prompt[0])
                ask_keep_prompt(ask, json_str(inputs, "text"));
        else if (streq(class, "LoadImage") && !is_uploaded(json_str(inputs, "image")))
                ask_refuse(ask, 400, "value_not_in_list", "Value not in list");
        else if (streq(class, "LoadImage"))
                ask->references++;
        else if (streq(class, "EmptyLatentImage")) {
                (void) json_int(inputs, "width", w);
                (void) json_int(inputs, "height", h);
        } else if (streq(class, "SaveVideo"))
                ask->kind = ASK_VIDEO;
}

static void prompt_check(const Request *request, Ask *ask) {
        const Json *graph;
        int64_t w = 0, h = 0;

        ask->kind = ASK_IMAGE;
        if (!json_body(request, ask, "invalid_prompt"))
                return;
        shape_members(ask, ask->body, "", MEMBERS(prompt_members));
        graph = json_get(ask->body, "prompt");
        if (json_length(graph) == 0)
                ask_refuse(ask, 400, "no_prompt", "No prompt provided");
        for (const Json *node = json_first(graph); node; node = json_next(node))
                look_at_node(ask, node, &w, &h);
        if (w % 8 || h % 8 || w > SIDES_MAX || h > SIDES_MAX)
                ask_refuse(ask, 400, "value_not_multiple", "Value has to be a multiple of 8");
        ask->seconds = ask->kind == ASK_VIDEO ? 2 : 0;
        (void) snprintf(ask->model, sizeof ask->model, "%lldx%lld", (long long) (w ? w : 512),
                        (long long) (h ? h : 512));
}

static void id_of(const Operation *op, char ret[static 40]) {
        (void) snprintf(ret, 40, "00000000-0000-4000-8000-%012llu", (unsigned long long) op->id);
}

static int prompt_answer(Call *c) {
        Operation *op = operation_start(c->setting->operations, c->ask, c->setting->seq, c->args);
        Json *body = op ? json_new_object() : NULL;
        char id[40];

        if (!op)
                return -ENOMEM;
        id_of(op, id);
        (void) json_add_str(body, "prompt_id", id);
        (void) json_add_int(body, "number", 1);
        (void) json_add_object(body, "node_errors");
        return answer_json(c->a, 200, body);
}

static int job_answer(Call *c) {
        Operation *op = operation_of(c, 0);
        char word[FAKE_WORD_MAX];
        Json *body;

        if (op && args_value(op->args, "old", word))
                return comfyui_error(c->a, 404, "not_found", "", NULL);
        if (!op)
                return comfyui_error(c->a, 404, "job_not_found", "Job not found", NULL);
        body = json_new_object();
        (void) json_add_str(body, "id", c->ask->captures[0]);
        (void) json_add_str(body, "status",
                            op->cancelled                                 ? "cancelled"
                            : !operation_poll(c->setting->operations, op) ? "in_progress"
                            : args_value(op->args, "fail", word)          ? "failed"
                                                                          : "completed");
        return answer_json(c->a, 200, body);
}

/* The status of one that failed, or of one that did not. */
static void add_status(Json *entry, const char *fail) {
        Json *status = json_add_object(entry, "status"), *messages, *message, *what;

        (void) json_add_str(status, "status_str", *fail ? "error" : "success");
        (void) json_add_bool(status, "completed", !*fail);
        messages = json_add_array(status, "messages");
        if (!*fail)
                return;
        message = json_new_array();
        (void) json_push(message, json_new_string("execution_error"));
        what = json_new_object();
        (void) json_add_str(what, "node_type", "KSampler");
        (void) json_add_str(what, "exception_type", fail);
        (void) json_add_str(what, "exception_message", "it did not work");
        (void) json_push(message, what);
        (void) json_push(messages, message);
}

static int history_answer(Call *c) {
        Operation *op = operation_of(c, 0);
        Json *body = json_new_object(), *entry, *file;
        char fail[FAKE_WORD_MAX] = "";
        _cleanup_(freep) char *name = NULL;

        /* Empty while it is not over, and for what nobody knows. */
        if (!op || op->cancelled || !operation_poll(c->setting->operations, op))
                return answer_json(c->a, 200, body);
        (void) args_value(op->args, "fail", fail);
        entry = json_add_object(body, c->ask->captures[0]);
        add_status(entry, fail);
        name = str_printf("made %llu.%s", (unsigned long long) op->id,
                          op->seconds > 0 ? "mp4" : "png");
        file = json_new_object();
        (void) json_add_str(file, "filename", name);
        (void) json_add_str(file, "subfolder", "night");
        (void) json_add_str(file, "type", "output");
        if (*fail) {
                (void) json_free(file);
                (void) json_add_object(entry, "outputs");
        } else
                (void) json_push(
                        json_add_array(json_add_object(json_add_object(entry, "outputs"), "9"),
                                       "images"),
                        file);
        return answer_json(c->a, 200, body);
}

/* "?filename=made%2017.png&subfolder=night&type=output" */
static void view_check(const Request *request, Ask *ask) {
        const char *query = strchr(request->path, '?'), *file = strstr(query, "filename=made%20");

        if (!file || !strstr(query, "&subfolder=night") || !strstr(query, "&type=output")) {
                ask_refuse(ask, 404, "not_found", "no such file");
                return;
        }
        file += strlen("filename=made%20");
        (void) snprintf(ask->captures[0], sizeof ask->captures[0], "%.*s",
                        (int) strspn(file, "0123456789"), file);
}

static int view_answer(Call *c) {
        Operation *op = operation_of(c, 0);
        int w = 512, h = 512;

        if (!op)
                return comfyui_error(c->a, 404, "not_found", "", NULL);
        (void) parse_size_2d(op->model, &w, &h);
        c->a->status = 200;
        if (op->seconds > 0) {
                c->a->content_type = "video/mp4";
                return answer_add_video(c->a, c->setting, (uint32_t) w, (uint32_t) h,
                                        (uint32_t) op->seconds, op->id, false);
        }
        c->a->content_type = "image/png";
        return answer_add_picture(c->a,
                                  picture_new((uint32_t) w, (uint32_t) h, c->setting->seed + op->id,
                                              c->setting->image_bytes),
                                  false, 0);
}

static int give_up(Call *c, Operation *op) {
        Json *body = json_new_object();

        (void) json_add_bool(body, "cancelled", op && !op->cancelled);
        if (op) {
                op->cancelled = true;
                c->setting->operations->cancels++;
        }
        return answer_json(c->a, 200, body);
}

static int cancel_answer(Call *c) {
        return give_up(c, operation_of(c, 0));
}

/* {"delete": [id]} */
static int queue_answer(Call *c) {
        const char *id = json_text(json_at(json_get(c->ask->body, "delete"), 0));

        return give_up(c, operation_find(c->setting->operations, c->ask->wire, id ? id : ""));
}

static void queue_check(const Request *request, Ask *ask) {
        static const Member members[] = {{"delete", NULL, 'a'}, {"clear", NULL, 'b'}};

        if (json_body(request, ask, "invalid"))
                shape_members(ask, ask->body, "", MEMBERS(members));
}

static const Route comfyui_routes[] = {
        {.name = "upload",
         .method = "POST",
         .pattern = "/upload/image",
         .check = upload_check,
         .answer = upload_answer},
        {.name = "submit",
         .method = "POST",
         .pattern = "/prompt",
         .check = prompt_check,
         .answer = prompt_answer},
        {.name = "poll", .method = "GET", .pattern = "/api/jobs/{}", .answer = job_answer},
        {.name = "history", .method = "GET", .pattern = "/history/{}", .answer = history_answer},
        {.name = "cancel",
         .method = "POST",
         .pattern = "/api/jobs/{}/cancel",
         .answer = cancel_answer},
        {.name = "queue",
         .method = "POST",
         .pattern = "/queue",
         .check = queue_check,
         .answer = queue_answer},
        {.name = "download",
         .method = "GET",
         .pattern = "/view?filename=",
         .check = view_check,
         .answer = view_answer},
};

const Wire wire_comfyui = {
        .name = "comfyui",
        .routes = comfyui_routes,
        .n_routes = ARRAY_LEN(comfyui_routes),
        .key = no_key,
        .refuse_key = refuse_key,
        .refuse_path = refuse_path,
        .complain = complain,
        .error = comfyui_error,
};
