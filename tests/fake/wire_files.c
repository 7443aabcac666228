/* SPDX-License-Identifier: MIT */

/*
 * Google's files: what it made, behind the address in an answer. "videoN" is the result of
 * operation N, everything else a picture. Argument of that operation: processing=N, so many times
 * the file is not ready when its state is asked for.
 */

#include "google.h"

static void check(const Request *request, Ask *ask) {
        (void) request;
        (void) google_check_version(ask, ask->captures[0]);
}

static Operation *operation_of(const Call *c) {
        return strncmp(c->ask->captures[1], "video", 5) == 0
                       ? operation_find(c->setting->operations, NULL, c->ask->captures[1])
                       : NULL;
}

static int metadata(Call *c) {
        Operation *op = operation_of(c);
        Json *body = json_new_object();
        bool ready = !op || op->file_reads++ >= args_number(op->args, "processing", 0);
        _cleanup_(freep) char *name = str_printf("files/%s", c->ask->captures[1]);

        (void) json_add_str(body, "name", name);
        (void) json_add_str(body, "mimeType", op ? "video/mp4" : "image/png");
        (void) json_add_str(body, "state", ready ? "ACTIVE" : "PROCESSING");
        (void) json_add_str(body, "source", "GENERATED");
        return answer_json(c->a, 200, body);
}

static int download(Call *c) {
        const Operation *op = operation_of(c);
        uint32_t w, h;

        c->a->status = 200;
        c->a->content_type = op ? "video/mp4" : "image/png";
        if (!op)
                return answer_add_picture(c->a, gemini_final_picture(c->ask, c->setting, false),
                                          false, 0);
        google_video_sides(op, c->setting->scale, &w, &h);
        return answer_add_video(c->a, c->setting, w, h, (uint32_t) op->seconds, op->id, false);
}

/* Cloud Storage: what Vertex AI was asked to keep there, or keeps there by its own account. */
static void stored_check(const Request *request, Ask *ask) {
        const char *bearer = request_header(request, "authorization");

        if (!bearer || strncmp(bearer, "Bearer ", 7) != 0)
                ask_refuse(ask, 401, "UNAUTHENTICATED", "Anonymous caller does not have access");
}

static const Route routes[] = {
        {.name = "stored",
         .method = "GET",
         .pattern = "/storage/v1/b/{}/o/{}?alt=media",
         .check = stored_check,
         .answer = download},
        {.name = "download",
         .method = "GET",
         .pattern = "/{}/files/{}:download?alt=media",
         .check = check,
         .answer = download},
        {.name = "metadata",
         .method = "GET",
         .pattern = "/{}/files/{}",
         .check = check,
         .answer = metadata},
};

const Wire wire_files = {
        .name = "files",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        GOOGLE_WIRE,
        .actions = google_actions,
};
