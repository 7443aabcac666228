/* SPDX-License-Identifier: MIT */

/*
 * The Interactions API, /interactions: a submission in the background is an operation, one that is
 * not is answered when it is over. Results are in the answer, or files (see wire_files.c). Arguments
 * of the action "operation", beside polls=N, ms=N and processing=N:
 *
 *      end=done|failed|refused|empty|cancelled|lost   how it ends
 *      code=WORD        of a failure: a number of google.rpc or a word
 *      status=WORD      in place of "completed", with the result
 *      result=uri|bytes|gcs|foreign   where the result is, in place of what was asked for
 */

#include "base/parse.h"
#include "google.h"

enum {
        TOKENS_A_SECOND = 5792,
        TOKENS_IMAGE = 1120,
        TOKENS_TEXT = 40,
        TOKENS_THOUGHTS = 25,
};

static const Member top_members[] = {
        {"model", NULL, 's'},
        {"input", NULL, '*'},
        {"generation_config", NULL, 'o'},
        {"response_format", NULL, '*'},
        {"background", NULL, 'b'},
        {"store", NULL, 'b'},
        {"stream", NULL, 'b'},
        {"previous_interaction_id", NULL, 's'},
        {"safety_settings", NULL, 'a'},
        {"service_tier", NULL, 's'},
        {"labels", NULL, 'o'},
        {"webhook_config", NULL, 'o'},
        {"system_instruction", NULL, 's'},
        {"tools", NULL, 'a'},
};
static const Member config_members[] = {
        {"video_config", NULL, 'o'},   {"max_output_tokens", NULL, 'n'},
        {"seed", NULL, 'n'},           {"stop_sequences", NULL, 'a'},
        {"thinking_level", NULL, 's'}, {"thinking_summaries", NULL, 's'},
};
static const Member video_config_members[] = {{"task", NULL, 's'}};
static const Member content_members[] = {
        {"type", NULL, 's'}, {"text", NULL, 's'},      {"data", NULL, 's'},
        {"uri", NULL, 's'},  {"mime_type", NULL, 's'},
};
static const Member video_members[] = {
        {"type", NULL, 's'},     {"aspect_ratio", NULL, 's'}, {"resolution", NULL, 's'},
        {"duration", NULL, 's'}, {"delivery", NULL, 's'},     {"gcs_uri", NULL, 's'},
};
static const Member image_members[] = {
        {"type", NULL, 's'},      {"aspect_ratio", NULL, 's'}, {"image_size", NULL, 's'},
        {"mime_type", NULL, 's'}, {"delivery", NULL, 's'},
};
static const char *const tasks[] = {"text_to_video", "image_to_video", "reference_to_video",
                                    "edit",          "extend",         "upscale"};
static const char *const video_aspects[] = {"16:9", "9:16"};
static const char *const resolutions[] = {"360p", "720p", "1080p", "4k"};
static const char *const image_aspects[] = {"1:1", "1:4", "1:8", "2:3", "3:2",  "3:4",  "4:1",
                                            "4:3", "4:5", "5:4", "8:1", "9:16", "16:9", "21:9"};
static const char *const image_sizes[] = {"512", "1K", "2K", "4K"};
static const char *const deliveries[] = {"inline", "uri"};

/* ---- requests ---- */

static void check_content(Ask *ask, const Json *c) {
        const char *type = json_str(c, "type"), *text = json_str(c, "text");

        shape_members(ask, c, "input[0]", MEMBERS(content_members));
        if (!type)
                GOOGLE_INVALID(ask, "input[0].type is missing.");
        else if (streq(type, "text") && text)
                ask_keep_prompt(ask, text);
        else if (streq(type, "image")) {
                google_check_picture(ask, json_str(c, "mime_type"), json_str(c, "data"),
                                     "input[0].data");
                ask->references++;
        } else
                GOOGLE_INVALID(ask, "Invalid value at 'input[0].type', \"%s\"", type);
}

static void check_input(Ask *ask, const Json *input) {
        if (json_text(input))
                ask_keep_prompt(ask, json_text(input));
        else if (json_is_object(input))
                check_content(ask, input);
        else
                for (const Json *c = json_first(input); c; c = json_next(c))
                        check_content(ask, c);
        if (ask->prompt_n == 0)
                GOOGLE_INVALID(ask, "The input has no text.");
        if (ask->references > 10)
                GOOGLE_INVALID(ask, "Too many images in the input.");
}

/* "5s", whole seconds. */
static void check_duration(Ask *ask, const char *text) {
        char digits[8];
        size_t n = text ? strspn(text, "0123456789") : 0;

        ask->seconds = 10;
        if (!text)
                return;
        (void) snprintf(digits, sizeof digits, "%.*s", (int) n, text);
        if (!streq(text + n, "s") || parse_int(digits, 3, 15, &ask->seconds) < 0)
                GOOGLE_INVALID(ask, "Invalid value at 'response_format.duration', \"%s\"", text);
}

static void check_format(Ask *ask, const Json *f) {
        const char *type = json_str(f, "type"), *aspect = json_str(f, "aspect_ratio");
        const char *size = json_str(f, "resolution"), *delivery = json_str(f, "delivery");

        if (type && streq(type, "video")) {
                ask->kind = ASK_VIDEO;
                shape_members(ask, f, "response_format", MEMBERS(video_members));
                shape_word(ask, aspect, "response_format.aspect_ratio", WORDS(video_aspects));
                shape_word(ask, size, "response_format.resolution", WORDS(resolutions));
                check_duration(ask, json_str(f, "duration"));
        } else if (type && streq(type, "image")) {
                ask->kind = ASK_IMAGE;
                size = json_str(f, "image_size");
                shape_members(ask, f, "response_format", MEMBERS(image_members));
                shape_word(ask, aspect, "response_format.aspect_ratio", WORDS(image_aspects));
                shape_word(ask, size, "response_format.image_size", WORDS(image_sizes));
        } else
                GOOGLE_INVALID(ask, "Invalid value at 'response_format.type'");
        shape_word(ask, delivery, "response_format.delivery", WORDS(deliveries));
        (void) snprintf(ask->aspect, sizeof ask->aspect, "%s",
                        aspect                   ? aspect
                        : ask->kind == ASK_VIDEO ? "16:9"
                                                 : "1:1");
        (void) snprintf(ask->size, sizeof ask->size, "%s",
                        size                     ? size
                        : ask->kind == ASK_VIDEO ? "720p"
                                                 : "1K");
        ask->twisted = delivery && streq(delivery, "uri");
}

static void check_create(const Request *request, Ask *ask) {
        const Json *config, *video, *format;
        bool background = false, store = true;
        const char *model;

        if (!google_check_version(ask, ask->captures[0]))
                return;
        if (!request_is(request, "application/json"))
                GOOGLE_INVALID(ask, "Content-Type must be application/json.");
        if (!shape_body(request, ask))
                return;
        shape_members(ask, ask->body, "", MEMBERS(top_members));
        model = json_str(ask->body, "model");
        if (!model || !*model)
                GOOGLE_INVALID(ask, "model is missing.");
        (void) snprintf(ask->model, sizeof ask->model, "%s", model ? model : "");
        check_input(ask, json_get(ask->body, "input"));
        config = json_get(ask->body, "generation_config");
        video = json_get(config, "video_config");
        shape_members(ask, config, "generation_config", MEMBERS(config_members));
        shape_members(ask, video, "generation_config.video_config", MEMBERS(video_config_members));
        shape_word(ask, json_str(video, "task"), "generation_config.video_config.task",
                   WORDS(tasks));
        format = json_get(ask->body, "response_format");
        check_format(ask, json_is_array(format) ? json_at(format, 0) : format);
        (void) json_bool(ask->body, "background", &background);
        (void) json_bool(ask->body, "store", &store);
        if (background && !store)
                GOOGLE_INVALID(ask, "background requires store.");
}

/* ---- answers ---- */

static int bill(const Call *c, Operation *op, bool text_only) {
        Invoice *invoice = c->setting->invoice;
        char attribute[FAKE_WORD_MAX];
        bool video = op->seconds > 0;
        int r = 0;

        if (op->billed)
                return 0;
        op->billed = true;
        (void) snprintf(attribute, sizeof attribute, "%s=%s", video ? "resolution" : "image_size",
                        op->size);
        if (!text_only)
                r = invoice_add(invoice, c->ask, op->id, op->model, video ? "second" : "image",
                                video ? op->seconds : 1, attribute);
        if (r >= 0)
                r = invoice_add(invoice, c->ask, op->id, op->model, "million_input_tokens",
                                (int64_t) op->references * 258 + TOKENS_TEXT, "");
        return r < 0 ? r
                     : invoice_add(invoice, c->ask, op->id, op->model, "million_output_tokens",
                                   TOKENS_THOUGHTS + (text_only ? TOKENS_TEXT : 0), "");
}

static char *usage_text(const Operation *op, bool text_only) {
        bool video = op->seconds > 0;
        int64_t made = text_only ? TOKENS_TEXT
                       : video   ? op->seconds * TOKENS_A_SECOND
                                 : TOKENS_IMAGE;
        int64_t input = (int64_t) op->references * 258 + TOKENS_TEXT;

        return str_printf("\"usage\":{\"total_input_tokens\":%lld,\"total_output_tokens\":%lld,"
                          "\"total_thought_tokens\":%d,\"total_tokens\":%lld,"
                          "\"output_tokens_by_modality\":[{\"modality\":\"%s\",\"tokens\":%lld}]}",
                          (long long) input, (long long) made, TOKENS_THOUGHTS,
                          (long long) (input + made + TOKENS_THOUGHTS),
                          text_only ? "text"
                          : video   ? "video"
                                    : "image",
                          (long long) made);
}

static int open_body(Call *c, const Operation *op, const char *status) {
        c->a->status = 200;
        c->a->content_type = "application/json; charset=UTF-8";
        return answer_add_text(
                c->a, str_printf("{\"id\":\"v1_%llu\",\"object\":\"interaction\",\"model\":\"%s\","
                                 "\"status\":\"%s\",\"created\":\"2026-11-22T02:00:00Z\","
                                 "\"updated\":\"2026-11-22T02:00:01Z\"",
                                 (unsigned long long) op->id, op->model, status));
}

#define STEPS                                                                                      \
        ",\"steps\":[{\"type\":\"thought\",\"signature\":\"RmFrZVNpZ24=\"},{\"type\":"             \
        "\"model_output\",\"content\":["

static int add_bytes(Call *c, const Operation *op) {
        uint32_t w, h;

        if (op->seconds == 0) {
                Ask ask = *c->ask;

                memcpy(ask.aspect, op->aspect, sizeof ask.aspect);
                memcpy(ask.size, op->size, sizeof ask.size);
                return answer_add_picture(c->a, gemini_final_picture(&ask, c->setting, false), true,
                                          0);
        }
        google_video_sides(op, c->setting->scale, &w, &h);
        return answer_add_video(c->a, c->setting, w, h, (uint32_t) op->seconds, op->id, true);
}

static int add_result(Call *c, const Operation *op) {
        const char *type = op->seconds > 0 ? "video" : "image";
        const char *media = op->seconds > 0 ? "video/mp4" : "image/png";
        _cleanup_(freep) char *url = google_file_url(op, c->setting);
        char result[FAKE_WORD_MAX];
        int r;

        if (!url)
                return -ENOMEM;
        if (!args_value(op->args, "result", result))
                (void) snprintf(result, sizeof result, "%s", op->by_address ? "uri" : "bytes");
        if (!streq(result, "bytes"))
                return answer_add_text(
                        c->a, str_printf(STEPS "{\"type\":\"%s\",\"mime_type\":\"%s\",\"uri\":"
                                               "\"%s\"}]}],",
                                         type, media,
                                         streq(result, "gcs")       ? "gs://bucket/video.mp4"
                                         : streq(result, "foreign") ? c->setting->other
                                                                    : url));
        r = answer_add_text(c->a, str_printf(STEPS "{\"type\":\"%s\",\"mime_type\":\"%s\",\"data\":"
                                                   "\"",
                                             type, media));
        if (r >= 0)
                r = add_bytes(c, op);
        return r < 0 ? r : answer_add_text(c->a, strdup("\"}]}],"));
}

static int finish(Call *c, const Operation *op, bool text_only) {
        _cleanup_(freep) char *usage = usage_text(op, text_only);

        return usage ? answer_add_text(c->a, str_printf("%s}", usage)) : -ENOMEM;
}

static int failed(Call *c, const Operation *op) {
        char code[FAKE_WORD_MAX];
        int r = open_body(c, op, "failed");

        if (!args_value(op->args, "code", code))
                (void) snprintf(code, sizeof code, "internal");
        return r < 0 ? r
                     : answer_add_text(c->a, str_printf(",\"errors\":[{\"code\":\"%s\",\"message\":"
                                                        "\"The interaction failed.\"}]}",
                                                        code));
}

static int refused(Call *c, Operation *op) {
        int r = open_body(c, op, "completed");

        if (r >= 0)
                r = bill(c, op, true);
        if (r >= 0)
                r = answer_add_text(c->a,
                                    strdup(STEPS "{\"type\":\"text\",\"text\":\"I cannot make "
                                                 "that video.\"}]}],"));
        return r < 0 ? r : finish(c, op, true);
}

static int ended(Call *c, Operation *op) {
        char end[FAKE_WORD_MAX], status[FAKE_WORD_MAX];
        int r;

        (void) args_value(op->args, "end", end);
        if (op->cancelled || streq(end, "cancelled"))
                return (r = open_body(c, op, "cancelled")) < 0
                               ? r
                               : answer_add_text(c->a, strdup(",\"steps\":[]}"));
        if (streq(end, "failed"))
                return failed(c, op);
        if (streq(end, "refused"))
                return refused(c, op);
        if (streq(end, "empty"))
                return (r = open_body(c, op, "completed")) < 0
                               ? r
                               : answer_add_text(c->a,
                                                 strdup(",\"steps\":[],\"usage\":{\"total_input_"
                                                        "tokens\":0,\"total_output_tokens\":0}}"));
        r = bill(c, op, false);
        if (r >= 0)
                r = open_body(c, op, args_value(op->args, "status", status) ? status : "completed");
        if (r >= 0)
                r = add_result(c, op);
        return r < 0 ? r : finish(c, op, false);
}

static int running(Call *c, const Operation *op) {
        int r = open_body(c, op, op->polls == 0 ? "queued" : "in_progress");

        return r < 0 ? r : answer_add_text(c->a, strdup(",\"steps\":[]}"));
}

static int create(Call *c) {
        Operation *op = operation_start(c->setting->operations, c->ask, c->setting->seq, c->args);
        bool background = false;

        if (!op)
                return -ENOMEM;
        op->by_address = c->ask->twisted;
        (void) json_bool(c->ask->body, "background", &background);
        return background ? running(c, op) : ended(c, op);
}

static Operation *find(const Call *c) {
        Operation *op = operation_find(c->setting->operations, c->ask->wire, c->ask->captures[1]);
        char end[FAKE_WORD_MAX];

        return op && args_value(op->args, "end", end) && streq(end, "lost") ? NULL : op;
}

static int no_such(Call *c) {
        c->a->status = 400;
        c->a->content_type = "application/json; charset=UTF-8";
        return answer_add_text(c->a, strdup("{\"error\":{\"code\":\"invalid_request\",\"message\":"
                                            "\"Invalid interaction name\"}}"));
}

static int get(Call *c) {
        Operation *op = find(c);

        if (!op)
                return no_such(c);
        return operation_poll(c->setting->operations, op) ? ended(c, op) : running(c, op);
}

static int cancel(Call *c) {
        Operation *op = find(c);

        if (!op)
                return no_such(c);
        c->setting->operations->cancels++;
        op->cancelled = !op->billed;
        return ended(c, op);
}

static const Route routes[] = {
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/interactions",
         .check = check_create,
         .answer = create},
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/projects/{}/locations/{}/interactions",
         .check = check_create,
         .answer = create},
        {.name = "poll", .method = "GET", .pattern = "/{}/interactions/{}", .answer = get},
        {.name = "cancel",
         .method = "POST",
         .pattern = "/{}/interactions/{}/cancel",
         .answer = cancel},
};

const Wire wire_omni = {
        .name = "omni",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        GOOGLE_WIRE,
        .actions = google_actions,
};
