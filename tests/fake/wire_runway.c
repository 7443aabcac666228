/* SPDX-License-Identifier: MIT */

/* Runway: uploads, three ways to begin a task, tasks. */

#include "base/parse.h"
#include "form.h"
#include "hosted.h"

enum {
        PROMPT_MAX = 1000,
        IMAGE_CREDITS = 5,
        SECOND_CREDITS = 12,
        DATA_URI_MAX = 5 * 1024 * 1024,
};

static const Member members[] = {
        {"model", NULL, 's'},
        {"promptText", NULL, 's'},
        {"promptImage", NULL, '*'},
        {"ratio", NULL, 's'},
        {"duration", NULL, 'n'},
        {"seed", NULL, 'n'},
        {"referenceImages", NULL, 'a'},
        {"audio", NULL, 'b'},
        {"contentModeration", NULL, 'o'},
        {"negativePrompt", NULL, 's'},
        {"outputCount", NULL, 'n'},
        {"quality", NULL, 's'},
        {"background", NULL, 's'},
};
static const Member reference_members[] = {
        {"uri", NULL, 's'}, {"tag", NULL, 's'}, {"position", NULL, 's'}};
static const Member upload_members[] = {{"filename", NULL, 's'}, {"type", NULL, 's'}};

static const char *const image_models[] = {"gen4_image", "gen4_image_turbo", "gpt_image_2"};
static const char *const video_models[] = {"gen4.5", "gen4_turbo", "veo3.1", "veo3.1_fast"};
static const char *const image_ratios[] = {"1024:1024", "1080:1080", "1360:768", "1920:1080",
                                           "1080:1920", "1280:720",  "720:1280", "720:720"};
static const char *const video_ratios[] = {"1280:720", "720:1280", "1104:832",  "960:960",
                                           "832:1104", "1584:672", "1080:1920", "1920:1080"};
static const char *const positions[] = {"first", "last"};

#define INVALID(ask, ...) ask_refuse((ask), 400, "", __VA_ARGS__)

static void refuse_key(Ask *ask, KeyState state) {
        ask_refuse(ask, 401, "", "%s",
                   state == KEY_ABSENT ? "You must provide an API key."
                                       : "Your API key is invalid.");
}

static void refuse_path(Ask *ask, const Request *request) {
        (void) request;
        ask_refuse(ask, 404, "", "Not found");
}

static void complain(Ask *ask, Complaint what, const char *where, const char *name) {
        INVALID(ask, "%s: %s %s",
                what == COMPLAINT_UNKNOWN ? "Unrecognized key"
                : what == COMPLAINT_TYPE  ? "Invalid type"
                                          : "Invalid option",
                where, name);
}

static int error(Answer *a, int status, const char *word, const char *message,
                 const char *details) {
        Json *body = json_new_object(), *issue;

        (void) word;
        (void) details;
        (void) json_add_str(body, "error", status == 400 ? "Validation of body failed" : message);
        if (status == 400) {
                issue = json_new_object();
                (void) json_add_str(issue, "message", message);
                (void) json_push(json_add_array(body, "issues"), issue);
        }
        return answer_json(a, status, body);
}

static void check_version(const Request *request, Ask *ask) {
        const char *version = request_header(request, "x-runway-version");

        if (!version || !streq(version, "2024-11-06"))
                INVALID(ask, "This API version is not known: X-Runway-Version");
}

static void check_uri(Ask *ask, const char *uri) {
        if (!reference_is_good(ask, uri, "runway://") || strlen(uri) > DATA_URI_MAX)
                INVALID(ask, "Invalid asset: uri");
}

static void check_references(Ask *ask, const Json *list, const char *where, const char *member) {
        for (const Json *r = json_first(json_is_array(list) ? list : NULL); r; r = json_next(r)) {
                shape_members(ask, r, where, MEMBERS(reference_members));
                check_uri(ask, json_str(r, "uri"));
                if (streq(member, "position"))
                        shape_word(ask, json_str(r, member) ? json_str(r, member) : "", where,
                                   WORDS(positions));
        }
}

static bool check_create(const Request *request, Ask *ask) {
        const char *prompt, *model;

        check_version(request, ask);
        if (!json_body(request, ask, ""))
                return false;
        shape_members(ask, ask->body, "", MEMBERS(members));
        model = json_str(ask->body, "model");
        prompt = json_str(ask->body, "promptText");
        (void) snprintf(ask->model, sizeof ask->model, "%s", model ? model : "");
        if (prompt)
                ask_keep_prompt(ask, prompt);
        if (!prompt || !*prompt || utf8_length(prompt) > PROMPT_MAX)
                INVALID(ask, "promptText takes 1 to %d characters", PROMPT_MAX);
        return true;
}

static void check_image(const Request *request, Ask *ask) {
        const char *ratio;

        ask->kind = ASK_IMAGE;
        if (!check_create(request, ask))
                return;
        ratio = json_str(ask->body, "ratio");
        shape_word(ask, ask->model, "model", WORDS(image_models));
        shape_word(ask, ratio ? ratio : "", "ratio", WORDS(image_ratios));
        check_references(ask, json_get(ask->body, "referenceImages"), "referenceImages", "tag");
}

static void check_video(const Request *request, Ask *ask) {
        const char *ratio;

        ask->kind = ASK_VIDEO;
        if (!check_create(request, ask))
                return;
        ratio = json_str(ask->body, "ratio");
        shape_word(ask, ask->model, "model", WORDS(video_models));
        shape_word(ask, ratio ? ratio : "", "ratio", WORDS(video_ratios));
        if (!json_int(ask->body, "duration", &ask->seconds) || ask->seconds < 2 ||
            ask->seconds > 10)
                INVALID(ask, "duration takes 2 to 10");
}

static void check_image_to_video(const Request *request, Ask *ask) {
        const Json *image;

        check_video(request, ask);
        image = json_get(ask->body, "promptImage");
        if (json_text(image))
                check_uri(ask, json_text(image));
        else
                check_references(ask, image, "promptImage", "position");
        if (ask->references == 0)
                INVALID(ask, "promptImage is missing");
}

static int create(Call *c) {
        Operation *op = operation_start(c->setting->operations, c->ask, c->setting->seq, c->args);
        Json *body = json_new_object();
        char id[64];

        (void) snprintf(id, sizeof id, "17f20503-6c24-4c16-946b-%012llu",
                        (unsigned long long) c->setting->seq);
        (void) json_add_str(body, "id", id);
        (void) json_add_int(json_add_object(body, "estimatedCost"), "credits",
                            op && op->seconds > 0 ? SECOND_CREDITS * op->seconds : IMAGE_CREDITS);
        return answer_json(c->a, 200, body);
}

/* ---- tasks ---- */

static int64_t credits_of(const Operation *op) {
        return op->seconds > 0 ? SECOND_CREDITS * op->seconds : IMAGE_CREDITS;
}

static int add_end(Call *c, Operation *op, Json *body) {
        char word[FAKE_WORD_MAX];
        int64_t credits = credits_of(op);
        _cleanup_(freep) char *url = result_url(c, op, "runway-files");

        if (!url)
                return -ENOMEM;
        if (op->cancelled || args_value(op->args, "fail", word)) {
                credits = op->cancelled || strncmp(word, "SAFETY", 6) != 0 ? 0 : credits;
                (void) json_add_str(body, "status", op->cancelled ? "CANCELLED" : "FAILED");
                if (!op->cancelled) {
                        (void) json_add_str(body, "failure", "It did not work.");
                        (void) json_add_str(body, "failureCode", word);
                }
        } else {
                (void) json_add_str(body, "status", "SUCCEEDED");
                (void) json_push(json_add_array(body, "output"), json_new_string(url));
        }
        (void) json_add_int(json_add_object(body, "cost"), "credits", credits);
        if (op->billed)
                return 0;
        op->billed = true;
        return invoice_add(c->setting->invoice, c->ask, op->id, op->model, "credit", credits, "");
}

static int task(Call *c) {
        Operation *op = operation_of(c, 0);
        Json *body;

        if (!op)
                return error(c->a, 404, "", "Not found", NULL);
        body = json_new_object();
        (void) json_add_str(body, "id", c->ask->captures[0]);
        (void) json_add_str(body, "createdAt", "2026-11-22T00:00:00.000Z");
        if (operation_poll(c->setting->operations, op)) {
                if (add_end(c, op, body) < 0) {
                        (void) json_free(body);
                        return -ENOMEM;
                }
                return answer_json(c->a, 200, body);
        }
        (void) json_add_str(body, "status", op->polls > 2 ? "RUNNING" : "THROTTLED");
        if (op->polls > 2)
                (void) json_add_number(body, "progress", 0.5);
        return answer_json(c->a, 200, body);
}

static int cancel(Call *c) {
        Operation *op = operation_of(c, 0);

        if (!op)
                return error(c->a, 404, "", "Not found", NULL);
        op->cancelled = true;
        c->setting->operations->cancels++;
        c->a->status = 204;
        return 0;
}

static void check_any(const Request *request, Ask *ask) {
        check_version(request, ask);
}

/* ---- uploads ---- */

static void check_upload(const Request *request, Ask *ask) {
        const char *type;

        check_version(request, ask);
        if (!json_body(request, ask, ""))
                return;
        type = json_str(ask->body, "type");
        shape_members(ask, ask->body, "", MEMBERS(upload_members));
        if (!json_str(ask->body, "filename") || !type || !streq(type, "ephemeral"))
                INVALID(ask, "filename and type are required");
}

static int upload(Call *c) {
        Json *body = json_new_object();
        unsigned long long seq = (unsigned long long) c->setting->seq;
        _cleanup_(freep) char *url = str_printf("%s/runway-upload/%llu", c->setting->own, seq);
        _cleanup_(freep) char *uri = str_printf("runway://upload-%llu", seq);

        (void) json_add_str(body, "uploadUrl", url);
        (void) json_add_str(json_add_object(body, "fields"), "key", "k1");
        (void) json_add_str(body, "runwayUri", uri);
        return answer_json(c->a, 200, body);
}

/* The fields given come first, the file last; the key of the API has no business here. */
static void take_part(const FormPart *part, void *userdata) {
        Ask *ask = userdata;

        if (streq(part->name, "key") && part->n == 2 && memcmp(part->data, "k1", 2) == 0)
                ask->count++;
        else if (!part->is_file || !streq(part->name, "file") || ask->count != 1 || part->n == 0)
                INVALID(ask, "part '%s' was not expected", part->name);
        else
                ask->references++;
}

static void check_stored(const Request *request, Ask *ask) {
        if (request_header(request, "authorization"))
                INVALID(ask, "a key that is none of ours");
        if (!form_read(request, take_part, ask) || ask->references != 1)
                INVALID(ask, "no whole form with one file");
}

static int stored(Call *c) {
        c->a->status = 204;
        return 0;
}

static const Route routes[] = {
        {.name = "models",
         .method = "GET",
         .pattern = "/v1/organization",
         .check = check_any,
         .answer = runway_models},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/text_to_image",
         .check = check_image,
         .answer = create},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/text_to_video",
         .check = check_video,
         .answer = create},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/image_to_video",
         .check = check_image_to_video,
         .answer = create},
        {.name = "poll",
         .method = "GET",
         .pattern = "/v1/tasks/{}",
         .check = check_any,
         .answer = task},
        {.name = "cancel",
         .method = "DELETE",
         .pattern = "/v1/tasks/{}",
         .check = check_any,
         .answer = cancel},
        {.name = "upload",
         .method = "POST",
         .pattern = "/v1/uploads",
         .check = check_upload,
         .answer = upload},
        {.name = "store",
         .method = "POST",
         .pattern = "/runway-upload/{}",
         .open = true,
         .check = check_stored,
         .answer = stored},
        {.name = "download",
         .method = "GET",
         .pattern = "/runway-files/{}",
         .open = true,
         .answer = result_file},
};

const Wire wire_runway = {
        .name = "runway",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = bearer_key,
        .refuse_key = refuse_key,
        .refuse_path = refuse_path,
        .complain = complain,
        .error = error,
};
