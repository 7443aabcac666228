/* SPDX-License-Identifier: MIT */

/* OpenAI: chat completions, images by JSON and by form. */

#include "base/parse.h"
#include "form.h"
#include "hosted.h"
#include "openai.h"

static const Member chat_members[] = {
        {"model", NULL, 's'},
        {"messages", NULL, 'a'},
        {"n", NULL, 'n'},
        {"max_completion_tokens", NULL, 'n'},
        {"max_tokens", NULL, 'n'},
        {"response_format", NULL, 'o'},
        {"verbosity", NULL, 's'},
        {"reasoning_effort", NULL, 's'},
        {"temperature", NULL, 'd'},
        {"top_p", NULL, 'd'},
        {"seed", NULL, 'n'},
        {"stop", NULL, '*'},
        {"service_tier", NULL, 's'},
        {"store", NULL, 'b'},
        {"metadata", NULL, 'o'},
        {"safety_identifier", NULL, 's'},
};
static const Member format_members[] = {{"type", NULL, 's'}, {"json_schema", NULL, 'o'}};
static const Member schema_members[] = {{"name", NULL, 's'},
                                        {"description", NULL, 's'},
                                        {"schema", NULL, 'o'},
                                        {"strict", NULL, 'b'}};
static const Member message_members[] = {
        {"role", NULL, 's'}, {"content", NULL, '*'}, {"name", NULL, 's'}};
static const Member both_members[] = {
        {"model", NULL, 's'},      {"prompt", NULL, 's'},        {"n", NULL, 'n'},
        {"size", NULL, 's'},       {"quality", NULL, 's'},       {"background", NULL, 's'},
        {"user", NULL, 's'},       {"output_format", NULL, 's'}, {"output_compression", NULL, 'n'},
        {"moderation", NULL, 's'}, {"complexity", NULL, 's'},    {"safety_identifier", NULL, 's'},
};
static const Member edit_members[] = {
        {"model", NULL, 's'}, {"prompt", NULL, 's'},         {"n", NULL, 'n'},
        {"size", NULL, 's'},  {"quality", NULL, 's'},        {"background", NULL, 's'},
        {"user", NULL, 's'},  {"output_format", NULL, 's'},  {"output_compression", NULL, 'n'},
        {"image", NULL, 'a'}, {"input_fidelity", NULL, 's'},
};

static const char *const roles[] = {"developer", "system", "user", "assistant"};
static const char *const formats[] = {"text", "json_object", "json_schema"};
static const char *const efforts[] = {"none", "minimal", "low", "medium", "high", "xhigh", "max"};
static const char *const verbosities[] = {"low", "medium", "high"};
static const char *const qualities[] = {"auto", "low", "medium", "high", "xhigh", "max"};
static const char *const backgrounds[] = {"auto", "opaque", "transparent"};
static const char *const file_formats[] = {"png", "jpeg", "webp"};

enum {
        REFERENCES_MAX = 16,
        REFERENCE_MAX = 50 * 1024 * 1024,
        IMAGES_MAX = 10,
        SIDE_STEP = 16,
        SIDE_MAX = 3840,
        RATIO_MAX = 3,
};

#define INVALID(ask, ...) ask_refuse((ask), 400, "invalid_value", __VA_ARGS__)

static void refuse_key(Ask *ask, KeyState state) {
        ask_refuse(ask, 401, state == KEY_ABSENT ? "" : "invalid_api_key", "%s",
                   state == KEY_ABSENT ? "You didn't provide an API key."
                                       : "Incorrect API key provided.");
}

static void refuse_path(Ask *ask, const Request *request) {
        ask_refuse(ask, 404, "", "Invalid URL (%s %s)", request->method, request->path);
}

static void complain(Ask *ask, Complaint what, const char *where, const char *name) {
        static const char *const words[] = {"unknown_parameter", "invalid_type", "invalid_value"};
        const char *dot = *where && what != COMPLAINT_WORD ? "." : "";

        ask_refuse(ask, 400, words[what],
                   what == COMPLAINT_UNKNOWN ? "Unknown parameter: '%s%s%s'."
                   : what == COMPLAINT_TYPE  ? "Invalid type for '%s%s%s'."
                                             : "Invalid value for '%s%s': '%s'.",
                   where, dot, name);
}

static const char *type_of(int status, const char *word) {
        if (streq(word, "insufficient_quota"))
                return word;
        if (streq(word, "moderation_blocked"))
                return "image_generation_user_error";
        return status == 429   ? "requests"
               : status >= 500 ? "server_error"
                               : "invalid_request_error";
}

static int error(Answer *a, int status, const char *word, const char *message,
                 const char *details) {
        Json *body = json_new_object(), *e = json_add_object(body, "error");

        (void) details;
        (void) json_add_str(e, "message", message);
        (void) json_add_str(e, "type", type_of(status, word));
        (void) json_add_null(e, "param");
        (void) json_add_str(e, "code", *word ? word : NULL);
        return answer_json(a, status, body);
}

static bool check_model(Ask *ask) {
        const char *model = json_str(ask->body, "model");

        if (!model) {
                ask_refuse(ask, 400, "", "you must provide a model parameter");
                return false;
        }
        (void) snprintf(ask->model, sizeof ask->model, "%s", model);
        if (strncmp(model, "dall-e", 6) == 0)
                ask_refuse(ask, 404, "model_not_found", "The model '%s' has been deprecated",
                           model);
        return true;
}

/* ---- chat ---- */

/* Strict schemas are closed, and all they name is required. */
static void check_strict(Ask *ask, const Json *schema) {
        bool more = true;
        const char *type = json_str(schema, "type");

        if (!type || !streq(type, "object"))
                return;
        if (!json_bool(schema, "additionalProperties", &more) || more)
                INVALID(ask,
                        "Invalid schema for response_format: 'additionalProperties' is required "
                        "to be supplied and to be false.");
        if (json_length(json_get(schema, "required")) !=
            json_length(json_get(schema, "properties")))
                INVALID(ask, "Invalid schema for response_format: 'required' is required to be "
                             "supplied and to be an array including every key in properties.");
}

static void check_format(Ask *ask, const Json *format) {
        const Json *wrapped = json_get(format, "json_schema");
        const char *type = json_str(format, "type"), *name = json_str(wrapped, "name");
        bool strict = false;

        shape_members(ask, format, "response_format", MEMBERS(format_members));
        shape_word(ask, type ? type : "", "response_format.type", WORDS(formats));
        if (!type || !streq(type, "json_schema"))
                return;
        shape_members(ask, wrapped, "response_format.json_schema", MEMBERS(schema_members));
        if (!name || !*name || strlen(name) > 64)
                INVALID(ask, "Missing required parameter: 'response_format.json_schema.name'.");
        if (json_bool(wrapped, "strict", &strict) && strict)
                check_strict(ask, json_get(wrapped, "schema"));
        ask->schema = json_copy(json_get(wrapped, "schema"));
}

static void check_content(Ask *ask, const Json *content) {
        if (json_text(content)) {
                ask_keep_prompt(ask, json_text(content));
                return;
        }
        if (!json_is_array(content))
                INVALID(ask, "Invalid type for 'messages[0].content'.");
        for (const Json *part = json_first(content); part; part = json_next(part)) {
                const char *type = json_str(part, "type");

                if (type && streq(type, "text") && json_str(part, "text"))
                        ask_keep_prompt(ask, json_str(part, "text"));
                else if (!type || !streq(type, "image_url") ||
                         !reference_is_good(ask, json_str(json_get(part, "image_url"), "url"),
                                            NULL))
                        INVALID(ask, "Invalid value for 'messages[0].content[0]'.");
        }
}

static void check_chat(const Request *request, Ask *ask) {
        const Json *messages;
        int64_t n = 1;

        ask->kind = ASK_TEXT;
        if (!json_body(request, ask, "") || !check_model(ask))
                return;
        shape_members(ask, ask->body, "", MEMBERS(chat_members));
        shape_word(ask, json_str(ask->body, "reasoning_effort"), "reasoning_effort",
                   WORDS(efforts));
        shape_word(ask, json_str(ask->body, "verbosity"), "verbosity", WORDS(verbosities));
        messages = json_get(ask->body, "messages");
        if (json_length(messages) == 0)
                INVALID(ask, "Missing required parameter: 'messages'.");
        for (const Json *m = json_first(messages); m; m = json_next(m)) {
                shape_members(ask, m, "messages[0]", MEMBERS(message_members));
                shape_word(ask, json_str(m, "role") ? json_str(m, "role") : "", "messages[0].role",
                           WORDS(roles));
                check_content(ask, json_get(m, "content"));
        }
        if (json_get(ask->body, "response_format"))
                check_format(ask, json_get(ask->body, "response_format"));
        if (json_get(ask->body, "max_tokens") && strncmp(ask->model, "gpt-", 4) == 0)
                ask_refuse(ask, 400, "unsupported_parameter",
                           "Unsupported parameter: 'max_tokens' is not supported with this model. "
                           "Use 'max_completion_tokens' instead.");
        (void) json_int(ask->body, "n", &n);
        if (n < 1 || n > 128)
                INVALID(ask, "Invalid value for 'n'.");
        ask->count = n;
}

/* ---- images ---- */

static void check_size(Ask *ask, const char *size) {
        int w, h;

        if (!size || streq(size, "auto"))
                return;
        if (parse_size_2d(size, &w, &h) < 0 || w % SIDE_STEP || h % SIDE_STEP ||
            MAX_OF(w, h) > SIDE_MAX || MAX_OF(w, h) > RATIO_MAX * MIN_OF(w, h))
                INVALID(ask, "Invalid size '%s'.", size);
}

static void check_image_words(Ask *ask) {
        int64_t n = 1;

        shape_word(ask, json_str(ask->body, "quality"), "quality", WORDS(qualities));
        shape_word(ask, json_str(ask->body, "background"), "background", WORDS(backgrounds));
        shape_word(ask, json_str(ask->body, "output_format"), "output_format", WORDS(file_formats));
        check_size(ask, json_str(ask->body, "size"));
        if (!json_str(ask->body, "prompt"))
                INVALID(ask, "Missing required parameter: 'prompt'.");
        else
                ask_keep_prompt(ask, json_str(ask->body, "prompt"));
        (void) json_int(ask->body, "n", &n);
        if (n < 1 || n > IMAGES_MAX)
                INVALID(ask, "Invalid value for 'n'.");
        ask->count = n;
}

static void check_generations(const Request *request, Ask *ask) {
        ask->kind = ASK_IMAGE;
        if (!json_body(request, ask, "") || !check_model(ask))
                return;
        shape_members(ask, ask->body, "", MEMBERS(both_members));
        check_image_words(ask);
}

/* One part of the form into the body: fields as text, pictures counted. */
static void take_part(const FormPart *part, void *userdata) {
        Ask *ask = userdata;

        if (!part->is_file) {
                _cleanup_(freep) char *text = strndup(part->data, part->n);

                (void) json_add_str(ask->body, part->name, text ? text : "");
                return;
        }
        ask->references++;
        if (!streq(part->name, "image") && !streq(part->name, "image[]"))
                complain(ask, COMPLAINT_UNKNOWN, "", part->name);
        if ((!streq(part->media_type, "image/png") && !streq(part->media_type, "image/jpeg") &&
             !streq(part->media_type, "image/webp")) ||
            part->n == 0 || part->n > REFERENCE_MAX)
                ask_refuse(ask, 400, "invalid_image_file",
                           "Invalid image file or mode for image %zu", ask->references);
}

static void check_edits(const Request *request, Ask *ask) {
        ask->kind = ASK_IMAGE;
        ask->body = json_new_object();
        if (!form_read(request, take_part, ask)) {
                ask_refuse(ask, 400, "", "Could not parse multipart form");
                return;
        }
        if (!check_model(ask))
                return;
        shape_members(ask, ask->body, "", MEMBERS(edit_members));
        check_image_words(ask);
        if (ask->references == 0 || ask->references > REFERENCES_MAX)
                INVALID(ask, "Missing required parameter: 'image'.");
}

static const Route routes[] = {
        {.name = "models", .method = "GET", .pattern = "/v1/models", .answer = openai_models},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/chat/completions",
         .check = check_chat,
         .answer = openai_chat},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/images/generations",
         .check = check_generations,
         .answer = openai_images},
        {.name = "submit",
         .method = "POST",
         .pattern = "/v1/images/edits",
         .check = check_edits,
         .answer = openai_images},
};

static const ActionRow *const actions[] = {openai_actions, NULL};

const Wire wire_openai = {
        .name = "openai",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = bearer_key,
        .refuse_key = refuse_key,
        .refuse_path = refuse_path,
        .complain = complain,
        .error = error,
        .actions = actions,
};
