/* SPDX-License-Identifier: MIT */

/*
 * Gemini, models/...:generateContent, of the Developer API and of Vertex AI (with a project, or
 * with a key alone). Checks are as strict as the real API's: unknown members, wrong words and wrong
 * types get its own error texts. Members are known under their camelCase and their snake_case name.
 */

#include "base/parse.h"
#include "google.h"

static const Member top_members[] = {
        {"contents", "contents", 'a'},
        {"systemInstruction", "system_instruction", 'o'},
        {"safetySettings", "safety_settings", 'a'},
        {"generationConfig", "generation_config", 'o'},
        {"serviceTier", "service_tier", 's'},
        {"store", "store", 'b'},
        {"tools", "tools", 'a'},
        {"toolConfig", "tool_config", 'o'},
        {"cachedContent", "cached_content", 's'},
        {"model", "model", 's'},
};
static const Member config_members[] = {
        {"responseModalities", "response_modalities", 'a'},
        {"imageConfig", "image_config", 'o'},
        {"candidateCount", "candidate_count", 'n'},
        {"seed", "seed", 'n'},
        {"temperature", "temperature", 'd'},
        {"topP", "top_p", 'd'},
        {"topK", "top_k", 'd'},
        {"maxOutputTokens", "max_output_tokens", 'n'},
        {"thinkingConfig", "thinking_config", 'o'},
        {"responseMimeType", "response_mime_type", 's'},
        {"responseSchema", "response_schema", 'o'},
        {"responseJsonSchema", "response_json_schema", 'o'},
        {"stopSequences", "stop_sequences", 'a'},
        {"presencePenalty", "presence_penalty", 'd'},
        {"frequencyPenalty", "frequency_penalty", 'd'},
};
static const Member image_members[] = {
        {"aspectRatio", "aspect_ratio", 's'},
        {"imageSize", "image_size", 's'},
};
static const Member thinking_members[] = {
        {"includeThoughts", "include_thoughts", 'b'},
        {"thinkingLevel", "thinking_level", 's'},
        {"thinkingBudget", "thinking_budget", 'n'},
};
static const Member content_members[] = {{"role", "role", 's'}, {"parts", "parts", 'a'}};
static const Member part_members[] = {
        {"text", "text", 's'},
        {"inlineData", "inline_data", 'o'},
        {"fileData", "file_data", 'o'},
        {"thought", "thought", 'b'},
        {"thoughtSignature", "thought_signature", 's'},
};
static const Member inline_members[] = {{"mimeType", "mime_type", 's'}, {"data", "data", 's'}};
static const Member file_members[] = {{"mimeType", "mime_type", 's'}, {"fileUri", "file_uri", 's'}};

static const char *const aspects[] = {"1:1", "1:4", "1:8", "2:3", "3:2",  "3:4",  "4:1",
                                      "4:3", "4:5", "5:4", "8:1", "9:16", "16:9", "21:9"};
static const char *const sizes[] = {"512", "1K", "2K", "4K"};
static const char *const levels[] = {"MINIMAL", "LOW", "MEDIUM", "HIGH"};
static const char *const modalities[] = {"TEXT", "IMAGE"};
static const char *const tiers[] = {"unspecified", "standard", "flex", "priority"};

static void check_part(Ask *ask, const Json *part) {
        const Json *data = google_get(part, "inlineData", "inline_data");
        const Json *file = google_get(part, "fileData", "file_data");
        const char *text = json_str(part, "text");

        shape_members(ask, part, "contents[0].parts[0]", MEMBERS(part_members));
        if (!text + !data + !file != 2)
                GOOGLE_INVALID(ask, "contents.parts must have one initialized data field");
        if (text && !ask->prompt_n)
                ask_keep_prompt(ask, text);
        if (data) {
                shape_members(ask, data, "contents[0].parts[0].inline_data",
                              MEMBERS(inline_members));
                google_check_picture(ask, json_text(google_get(data, "mimeType", "mime_type")),
                                     json_str(data, "data"),
                                     "contents[0].parts[0].inline_data.data");
                ask->references++;
        }
        if (file) {
                shape_members(ask, file, "contents[0].parts[0].file_data", MEMBERS(file_members));
                ask->references++;
        }
}

static void check_contents(Ask *ask, const Json *contents, const char *where) {
        if (json_length(contents) == 0)
                GOOGLE_INVALID(ask, "* GenerateContentRequest.contents: contents is not specified");
        for (const Json *c = json_first(contents); c; c = json_next(c)) {
                const Json *parts = json_get(c, "parts");
                const char *role = json_str(c, "role");

                shape_members(ask, c, where, MEMBERS(content_members));
                if (role && !streq(role, "user") && !streq(role, "model"))
                        GOOGLE_INVALID(ask, "Please use a valid role: user, model.");
                if (json_length(parts) == 0)
                        GOOGLE_INVALID(ask,
                                       "* GenerateContentRequest.contents[0].parts: contents.parts "
                                       "must not be empty.");
                for (const Json *p = json_first(parts); p; p = json_next(p))
                        check_part(ask, p);
        }
        if (ask->references > 14)
                GOOGLE_INVALID(ask, "Too many images in request.");
}

static void check_image_config(Ask *ask, const Json *image) {
        const char *aspect = json_text(google_get(image, "aspectRatio", "aspect_ratio"));
        const char *size = json_text(google_get(image, "imageSize", "image_size"));

        shape_members(ask, image, "generation_config.image_config", MEMBERS(image_members));
        shape_word(ask, aspect, "generation_config.image_config.aspect_ratio", WORDS(aspects));
        shape_word(ask, size, "generation_config.image_config.image_size", WORDS(sizes));
        (void) snprintf(ask->aspect, sizeof ask->aspect, "%s", aspect ? aspect : "1:1");
        (void) snprintf(ask->size, sizeof ask->size, "%s", size ? size : "1K");
}

static void check_modalities(Ask *ask, const Json *list) {
        if (list)
                ask->kind = ASK_TEXT;
        for (const Json *m = json_first(list); m; m = json_next(m)) {
                const char *word = json_text(m);

                shape_word(ask, word ? word : "", "generation_config.response_modalities",
                           WORDS(modalities));
                if (word && streq(word, "IMAGE"))
                        ask->kind = ASK_IMAGE;
        }
}

static void check_numbers(Ask *ask, const Json *config) {
        int64_t v;

        if ((json_int(config, "seed", &v)) && (v < INT32_MIN || v > INT32_MAX))
                GOOGLE_INVALID(ask, "Invalid value at 'generation_config.seed' (TYPE_INT32), %lld",
                               (long long) v);
        if ((json_int(config, "candidateCount", &v) || json_int(config, "candidate_count", &v)) &&
            (v < 1 || v > (ask->kind == ASK_IMAGE ? 1 : 8)))
                GOOGLE_INVALID(ask, "Multiple candidates is not enabled for this model");
        if ((json_int(config, "maxOutputTokens", &v) ||
             json_int(config, "max_output_tokens", &v)) &&
            (v < 1 || v > 65536))
                GOOGLE_INVALID(ask,
                               "Unable to submit request because it has a maxOutputTokens value of "
                               "%lld but the supported range is from 1 (inclusive) to 65537 "
                               "(exclusive).",
                               (long long) v);
}

static void check_config(Ask *ask, const Json *config) {
        const Json *schema = google_get(config, "responseSchema", "response_schema");
        const char *media = json_text(google_get(config, "responseMimeType", "response_mime_type"));
        const Json *thinking = google_get(config, "thinkingConfig", "thinking_config");

        shape_members(ask, config, "generation_config", MEMBERS(config_members));
        check_modalities(ask, google_get(config, "responseModalities", "response_modalities"));
        check_image_config(ask, google_get(config, "imageConfig", "image_config"));
        check_numbers(ask, config);
        shape_members(ask, thinking, "generation_config.thinking_config",
                      MEMBERS(thinking_members));
        shape_word(ask, json_text(google_get(thinking, "thinkingLevel", "thinking_level")),
                   "generation_config.thinking_config.thinking_level", WORDS(levels));
        if (schema && (!media || !streq(media, "application/json")))
                GOOGLE_INVALID(ask,
                               "* GenerateContentRequest.generation_config.response_schema: only "
                               "allowed when the response mime type is application/json");
        if (media && streq(media, "application/json")) {
                ask->schema = schema ? json_copy(schema) : json_new_object();
                if (ask->kind == ASK_IMAGE)
                        GOOGLE_INVALID(ask, "JSON mode is not enabled for this model");
        }
}

void gemini_check_request(Ask *ask, const Json *body) {
        const Json *system;

        /* Image models answer with text and a picture unless told otherwise. */
        ask->kind =
                strstr(ask->model, "image") || strstr(ask->model, "banana") ? ASK_IMAGE : ASK_TEXT;
        shape_members(ask, body, "", MEMBERS(top_members));
        shape_word(ask, json_text(google_get(body, "serviceTier", "service_tier")), "service_tier",
                   WORDS(tiers));
        check_contents(ask, json_get(body, "contents"), "contents[0]");
        system = google_get(body, "systemInstruction", "system_instruction");
        for (const Json *p = json_first(json_get(system, "parts")); p; p = json_next(p))
                shape_members(ask, p, "system_instruction.parts[0]", MEMBERS(part_members));
        check_config(ask, google_get(body, "generationConfig", "generation_config"));
}

static void check(const Request *request, Ask *ask, const char *model) {
        (void) snprintf(ask->model, sizeof ask->model, "%s", model);
        if (!request_is(request, "application/json"))
                GOOGLE_INVALID(ask, "Invalid JSON payload received. Content-Type must be "
                                    "application/json.");
        if (shape_body(request, ask))
                gemini_check_request(ask, ask->body);
}

static void check_developer(const Request *request, Ask *ask) {
        if (google_check_version(ask, ask->captures[0]))
                check(request, ask, ask->captures[1]);
}

static void check_express(const Request *request, Ask *ask) {
        check(request, ask, ask->captures[1]);
}

static void check_project(const Request *request, Ask *ask) {
        check(request, ask, ask->captures[3]);
}

static const Route routes[] = {
        {.name = "models",
         .method = "GET",
         .pattern = "/{}/models?pageToken=second",
         .answer = google_models_second},
        {.name = "models",
         .method = "GET",
         .pattern = "/{}/models?pageSize=",
         .answer = google_models},
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/models/{}:generateContent",
         .check = check_developer,
         .answer = gemini_good},
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/publishers/google/models/{}:generateContent",
         .check = check_express,
         .answer = gemini_good},
        {.name = "submit",
         .method = "POST",
         .pattern = "/{}/projects/{}/locations/{}/publishers/google/models/{}:generateContent",
         .check = check_project,
         .answer = gemini_good},
};

static const ActionRow *const actions[] = {gemini_actions, google_error_actions, NULL};

const Wire wire_gemini = {
        .name = "gemini",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        GOOGLE_WIRE,
        .actions = actions,
};
