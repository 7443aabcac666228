/* SPDX-License-Identifier: MIT */

/*
 * Veo, models/...:predictLongRunning: the Developer API (operations are read with GET, results are
 * files) and Vertex AI (fetchPredictOperation, results in the answer). Arguments of the action
 * "operation", beside polls=N and ms=N:
 *
 *      end=done|failed|filtered|empty|lost   how it ends; lost: nobody knows it any more
 *      code=N                                of a failure, google.rpc
 *      result=uri|bytes|gcs                  where the video is; uri for the Developer API and
 *                                            bytes for Vertex AI without it
 */

#include "google.h"

static const Member top_members[] = {
        {"instances", NULL, 'a'},
        {"parameters", NULL, 'o'},
        {"webhookConfig", "webhook_config", 'o'},
};
static const Member instance_members[] = {
        {"prompt", NULL, 's'},
        {"image", NULL, 'o'},
        {"lastFrame", "last_frame", 'o'},
        {"referenceImages", "reference_images", 'a'},
        {"video", NULL, 'o'},
};
static const Member image_members[] = {
        {"bytesBase64Encoded", "bytes_base64_encoded", 's'},
        {"mimeType", "mime_type", 's'},
        {"gcsUri", "gcs_uri", 's'},
};
static const Member reference_members[] = {
        {"image", NULL, 'o'},
        {"referenceType", "reference_type", 's'},
};
static const Member developer_members[] = {
        {"sampleCount", "sample_count", 'n'},
        {"durationSeconds", "duration_seconds", 'n'},
        {"aspectRatio", "aspect_ratio", 's'},
        {"resolution", NULL, 's'},
        {"personGeneration", "person_generation", 's'},
        {"negativePrompt", "negative_prompt", 's'},
        {"enhancePrompt", "enhance_prompt", 'b'},
};
static const Member vertex_members[] = {
        {"sampleCount", "sample_count", 'n'},
        {"durationSeconds", "duration_seconds", 'n'},
        {"aspectRatio", "aspect_ratio", 's'},
        {"resolution", NULL, 's'},
        {"personGeneration", "person_generation", 's'},
        {"negativePrompt", "negative_prompt", 's'},
        {"enhancePrompt", "enhance_prompt", 'b'},
        {"seed", NULL, 'n'},
        {"generateAudio", "generate_audio", 'b'},
        {"fps", NULL, 'n'},
        {"storageUri", "storage_uri", 's'},
        {"compressionQuality", "compression_quality", 's'},
        {"resizeMode", "resize_mode", 's'},
};
static const char *const aspects[] = {"16:9", "9:16"};
static const char *const resolutions[] = {"720p", "1080p", "4k"};
static const char *const developer_persons[] = {"allow_all", "allow_adult", "dont_allow"};
static const char *const vertex_persons[] = {"allow_adult", "dont_allow", "disallow"};
static const char *const reference_types[] = {"asset", "ASSET"};

/* ---- requests ---- */

static void check_image(Ask *ask, const Json *image, const char *where) {
        if (!image)
                return;
        shape_members(ask, image, where, MEMBERS(image_members));
        google_check_picture(
                ask, json_text(google_get(image, "mimeType", "mime_type")),
                json_text(google_get(image, "bytesBase64Encoded", "bytes_base64_encoded")), where);
        ask->references++;
}

static void check_instance(Ask *ask, const Json *instance) {
        const Json *list = google_get(instance, "referenceImages", "reference_images");
        const Json *image = json_get(instance, "image");
        const Json *last = google_get(instance, "lastFrame", "last_frame");
        const char *prompt = json_str(instance, "prompt");

        shape_members(ask, instance, "instances[0]", MEMBERS(instance_members));
        if (prompt)
                ask_keep_prompt(ask, prompt);
        else if (!image)
                GOOGLE_INVALID(ask, "The prompt is empty.");
        check_image(ask, image, "instances[0].image");
        check_image(ask, last, "instances[0].last_frame");
        if (last && !image)
                GOOGLE_INVALID(ask, "lastFrame needs an image.");
        if (list && (image || last))
                GOOGLE_INVALID(ask, "referenceImages cannot be combined with image or lastFrame.");
        for (const Json *r = json_first(list); r; r = json_next(r)) {
                shape_members(ask, r, "instances[0].reference_images[0]",
                              MEMBERS(reference_members));
                check_image(ask, json_get(r, "image"), "instances[0].reference_images[0].image");
                shape_word(ask, json_text(google_get(r, "referenceType", "reference_type")),
                           "reference_type", WORDS(reference_types));
        }
        if (json_length(list) > 3)
                GOOGLE_INVALID(ask, "At most 3 referenceImages are allowed.");
}

static void check_numbers(Ask *ask, const Json *p, bool references) {
        bool large = strcmp(ask->size, "720p") != 0;

        ask->seconds = 8;
        ask->count = 1;
        if (!json_int(p, "durationSeconds", &ask->seconds))
                (void) json_int(p, "duration_seconds", &ask->seconds);
        if (!json_int(p, "sampleCount", &ask->count))
                (void) json_int(p, "sample_count", &ask->count);
        if (ask->count < 1 || ask->count > (ask->twisted ? 4 : 1))
                GOOGLE_INVALID(ask, "sampleCount is out of bound.");
        if (ask->seconds != 4 && ask->seconds != 6 && ask->seconds != 8)
                GOOGLE_INVALID(ask,
                               "Unsupported output video duration %lld seconds, supported "
                               "durations are [8,4,6].",
                               (long long) ask->seconds);
        if ((large || references) && ask->seconds != 8)
                GOOGLE_INVALID(ask, "Duration must be 8 seconds for this resolution or feature.");
}

static void check_parameters(Ask *ask, const Json *p, bool references) {
        const char *aspect = json_text(google_get(p, "aspectRatio", "aspect_ratio"));
        const char *size = json_str(p, "resolution");
        const char *person = json_text(google_get(p, "personGeneration", "person_generation"));

        if (ask->twisted)
                shape_members(ask, p, "parameters", MEMBERS(vertex_members));
        else
                shape_members(ask, p, "parameters", MEMBERS(developer_members));
        shape_word(ask, aspect, "parameters.aspect_ratio", WORDS(aspects));
        shape_word(ask, size, "parameters.resolution", WORDS(resolutions));
        if (ask->twisted)
                shape_word(ask, person, "parameters.person_generation", WORDS(vertex_persons));
        else
                shape_word(ask, person, "parameters.person_generation", WORDS(developer_persons));
        (void) snprintf(ask->aspect, sizeof ask->aspect, "%s", aspect ? aspect : "16:9");
        (void) snprintf(ask->size, sizeof ask->size, "%s", size ? size : "720p");
        check_numbers(ask, p, references);
}

static void check_start(const Request *request, Ask *ask, const char *model) {
        const Json *instances, *instance;

        ask->kind = ASK_VIDEO;
        (void) snprintf(ask->model, sizeof ask->model, "%s", model);
        if (!request_is(request, "application/json"))
                GOOGLE_INVALID(ask, "Invalid JSON payload received. Content-Type must be "
                                    "application/json.");
        if (!shape_body(request, ask))
                return;
        shape_members(ask, ask->body, "", MEMBERS(top_members));
        instances = json_get(ask->body, "instances");
        instance = json_at(instances, 0);
        if (json_length(instances) != 1)
                GOOGLE_INVALID(ask, "Exactly one instance is expected.");
        check_instance(ask, instance);
        check_parameters(ask, json_get(ask->body, "parameters"),
                         google_get(instance, "referenceImages", "reference_images") != NULL);
}

static void check_developer(const Request *request, Ask *ask) {
        if (google_check_version(ask, ask->captures[0]))
                check_start(request, ask, ask->captures[1]);
}

static void check_project(const Request *request, Ask *ask) {
        ask->twisted = true;
        check_start(request, ask, ask->captures[3]);
}

static void check_express(const Request *request, Ask *ask) {
        ask->twisted = true;
        check_start(request, ask, ask->captures[1]);
}

static void check_fetch(const Request *request, Ask *ask) {
        static const Member members[] = {{"operationName", "operation_name", 's'}};

        ask->twisted = true;
        if (!shape_body(request, ask))
                return;
        shape_members(ask, ask->body, "", MEMBERS(members));
        if (!json_text(google_get(ask->body, "operationName", "operation_name")))
                GOOGLE_INVALID(ask, "operationName is missing.");
}

/* ---- answers ---- */

static int start(Call *c) {
        const Ask *ask = c->ask;
        Operation *op = operation_start(c->setting->operations, ask, c->setting->seq, c->args);
        _cleanup_(json_freep) Json *body = json_new_object();
        _cleanup_(freep) char *name = NULL;

        if (!op)
                return -ENOMEM;
        if (!ask->twisted)
                name = str_printf("models/%s/operations/op%llu", ask->model,
                                  (unsigned long long) op->id);
        else
                name = str_printf("projects/%s/locations/%s/publishers/google/models/%s/"
                                  "operations/op%llu",
                                  ask->captures[3][0] ? ask->captures[1] : "p",
                                  ask->captures[3][0] ? ask->captures[2] : "global", ask->model,
                                  (unsigned long long) op->id);
        (void) json_add_str(body, "name", name);
        return answer_json(c->a, 200, TAKE_PTR(body));
}

static int bill(const Call *c, Operation *op) {
        char attribute[FAKE_WORD_MAX];

        if (op->billed)
                return 0;
        op->billed = true;
        (void) snprintf(attribute, sizeof attribute, "resolution=%s", op->size);
        return invoice_add(c->setting->invoice, c->ask, op->id, op->model, "second", op->seconds,
                           attribute);
}

/* {"name": ..., "done": true, ...}; `rest` follows, without the closing brace. */
static int open_done(Call *c, const char *name, const char *rest) {
        c->a->status = 200;
        c->a->content_type = "application/json; charset=UTF-8";
        return answer_add_text(c->a, str_printf("{\"name\":\"%s\",\"done\":true,%s", name, rest));
}

static int add_bytes(Call *c, const Operation *op) {
        uint32_t w, h;

        google_video_sides(op, c->setting->scale, &w, &h);
        return answer_add_video(c->a, c->setting, w, h, (uint32_t) op->seconds, op->id, true);
}

#define DEVELOPER_TYPE                                                                             \
        "\"response\":{\"@type\":\"type.googleapis.com/google.ai.generativelanguage.v1beta."       \
        "PredictLongRunningResponse\",\"generateVideoResponse\":{"
#define FILTERED                                                                                   \
        "\"raiMediaFilteredCount\":1,\"raiMediaFilteredReasons\":[\"We encountered an issue with " \
        "the audio for your prompt. You have not been charged.\"]"
#define VERTEX_TYPE                                                                                \
        "\"response\":{\"@type\":\"type.googleapis.com/cloud.ai.large_models.vision."              \
        "GenerateVideoResponse\","

static int done_developer(Call *c, const Operation *op, const char *name, const char *result) {
        _cleanup_(freep) char *url = google_file_url(op, c->setting);
        _cleanup_(freep) char *rest = NULL;
        int r;

        if (!url)
                return -ENOMEM;
        if (!streq(result, "bytes")) {
                rest = str_printf(DEVELOPER_TYPE
                                  "\"generatedSamples\":[{\"video\":{\"uri\":\"%s\"}}"
                                  "]}}}",
                                  streq(result, "gcs") ? "gs://bucket/video" : url);
                return rest ? open_done(c, name, rest) : -ENOMEM;
        }
        r = open_done(c, name,
                      DEVELOPER_TYPE "\"generatedSamples\":[{\"video\":{\"encodedVideo\":\"");
        if (r >= 0)
                r = add_bytes(c, op);
        return r < 0 ? r : answer_add_text(c->a, strdup("\",\"encoding\":\"video/mp4\"}}]}}}"));
}

static int done_vertex(Call *c, const Operation *op, const char *name, const char *result) {
        int r;

        if (streq(result, "gcs") || streq(result, "uri")) {
                _cleanup_(freep) char *rest = str_printf(
                        VERTEX_TYPE "\"raiMediaFilteredCount\":0,\"videos\":[{\"gcsUri\":"
                                    "\"gs://bucket/video%llu\",\"mimeType\":\"video/mp4\"}"
                                    "]}}",
                        (unsigned long long) op->id);

                return rest ? open_done(c, name, rest) : -ENOMEM;
        }
        r = open_done(c, name, VERTEX_TYPE "\"videos\":[{\"bytesBase64Encoded\":\"");
        if (r >= 0)
                r = add_bytes(c, op);
        return r < 0 ? r : answer_add_text(c->a, strdup("\",\"mimeType\":\"video/mp4\"}]}}"));
}

static int failed(Call *c, const Operation *op, const char *name) {
        _cleanup_(freep) char *rest =
                str_printf("\"error\":{\"code\":%lld,\"message\":\"The operation failed.\","
                           "\"details\":[]}}",
                           (long long) args_number(op->args, "code", 13));

        return rest ? open_done(c, name, rest) : -ENOMEM;
}

static int filtered(Call *c, const char *name) {
        return open_done(c, name,
                         c->ask->twisted ? VERTEX_TYPE FILTERED "}}"
                                         : DEVELOPER_TYPE FILTERED "}}}");
}

static int ended(Call *c, Operation *op, const char *name) {
        char end[FAKE_WORD_MAX], result[FAKE_WORD_MAX];

        (void) args_value(op->args, "end", end);
        (void) args_value(op->args, "result", result);
        if (streq(end, "failed"))
                return failed(c, op, name);
        if (streq(end, "filtered"))
                return filtered(c, name);
        if (bill(c, op) < 0)
                return -ENOMEM;
        if (streq(end, "empty"))
                return open_done(c, name, "\"metadata\":{}}");
        return c->ask->twisted ? done_vertex(c, op, name, result)
                               : done_developer(c, op, name, result);
}

static int answer_poll(Call *c, const char *name) {
        Operation *op = operation_find(c->setting->operations, c->ask->wire, name);
        char end[FAKE_WORD_MAX];
        Json *body;

        if (!op || (args_value(op->args, "end", end) && streq(end, "lost")))
                return google_error(c->a, 404, "NOT_FOUND", "Operation not found.", NULL);
        if (operation_poll(c->setting->operations, op))
                return ended(c, op, name);
        body = json_new_object();
        (void) json_add_str(body, "name", name);
        return answer_json(c->a, 200, body);
}

static int poll(Call *c) {
        _cleanup_(freep) char *name =
                str_printf("models/%s/operations/%s", c->ask->captures[1], c->ask->captures[2]);

        return name ? answer_poll(c, name) : -ENOMEM;
}

static int fetch_operation(Call *c) {
        return answer_poll(c,
                           json_text(google_get(c->ask->body, "operationName", "operation_name")));
}

static const Route routes[] = {
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/models/{}:predictLongRunning",
         .check = check_developer,
         .answer = start},
        {.name = "poll", .method = "GET", .pattern = "/{}/models/{}/operations/{}", .answer = poll},
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/projects/{}/locations/{}/publishers/google/models/{}:predictLongRunning",
         .check = check_project,
         .answer = start},
        {.name = "poll",
         .method = "POST",
         .pattern = "/{}/projects/{}/locations/{}/publishers/google/models/"
                    "{}:fetchPredictOperation",
         .check = check_fetch,
         .answer = fetch_operation},
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/publishers/google/models/{}:predictLongRunning",
         .check = check_express,
         .answer = start},
        {.name = "poll",
         .method = "POST",
         .pattern = "/{}/publishers/google/models/{}:fetchPredictOperation",
         .check = check_fetch,
         .answer = fetch_operation},
};

const Wire wire_veo = {
        .name = "veo",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        GOOGLE_WIRE,
        .actions = google_actions,
};
