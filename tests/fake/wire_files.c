/* SPDX-License-Identifier: MIT */

/*
 * Google's files: what it made, behind the address in an answer. "fileN..." is a picture, "videoN"
 * the result of operation N.
 */

#include "google.h"

static void check(const Request *request, Ask *ask) {
        (void) request;
        (void) google_check_version(ask, ask->captures[0]);
}

static int metadata(Call *c) {
        c->a->status = 200;
        c->a->content_type = "application/json; charset=UTF-8";
        return answer_add_text(c->a, strdup("{\"name\":\"files/fake\",\"mimeType\":"
                                            "\"image/png\",\"state\":\"ACTIVE\"}\n"));
}

static int download(Call *c) {
        c->a->status = 200;
        c->a->content_type = "image/png";
        return answer_add_picture(c->a, gemini_final_picture(c->ask, c->setting, false), false, 0);
}

static const Route routes[] = {
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

static const ActionRow *const actions[] = {google_error_actions, NULL};

const Wire wire_files = {
        .name = "files",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = google_key,
        .refuse_key = google_refuse_key,
        .refuse_path = google_refuse_path,
        .complain = google_complain,
        .error = google_error,
        .actions = actions,
};
