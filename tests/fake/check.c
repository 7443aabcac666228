/* SPDX-License-Identifier: MIT */

/*
 * The shape of a request, as strict as the real API: unknown members, wrong words and wrong types
 * get its own error texts. Members are known under their camelCase and their snake_case name.
 */

#include <stdarg.h>

#include "base/digest.h"
#include "base/parse.h"
#include "fake.h"

typedef struct Member {
        const char *camel, *snake;
        char type; /* s string, n whole number, d number, b bool, o object, a array */
} Member;

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
#define MEMBERS(rows) (rows), ARRAY_LEN(rows)

static const char *const aspects[] = {"1:1", "1:4", "1:8", "2:3", "3:2",  "3:4",  "4:1",
                                      "4:3", "4:5", "5:4", "8:1", "9:16", "16:9", "21:9"};
static const char *const sizes[] = {"512", "1K", "2K", "4K"};
static const char *const levels[] = {"MINIMAL", "LOW", "MEDIUM", "HIGH"};
static const char *const media_types[] = {"image/png", "image/jpeg", "image/webp", "image/heic",
                                          "image/heif"};
static const char *const modalities[] = {"TEXT", "IMAGE"};
static const char *const tiers[] = {"unspecified", "standard", "flex", "priority"};
#define WORDS(rows) (rows), ARRAY_LEN(rows)

static void refuse(Ask *ask, int status, const char *rpc, const char *format, ...) _printf_(4, 5);
static void refuse(Ask *ask, int status, const char *rpc, const char *format, ...) {
        va_list ap;

        if (ask->status) /* the first complaint stands */
                return;
        ask->status = status;
        (void) snprintf(ask->rpc, sizeof ask->rpc, "%s", rpc);
        va_start(ap, format);
        (void) vsnprintf(ask->message, sizeof ask->message, format, ap);
        va_end(ap);
}
#define INVALID(ask, ...) refuse((ask), 400, "INVALID_ARGUMENT", __VA_ARGS__)

static const Json *get(const Json *object, const char *camel, const char *snake) {
        const Json *found = json_get(object, camel);

        return found ? found : json_get(object, snake);
}

static bool type_fits(const Json *object, const char *name, char type) {
        const Json *v = json_get(object, name);
        double number;
        int64_t whole;
        bool flag;

        switch (type) {
        case 's':
                return json_is_string(v);
        case 'n':
                return json_int(object, name, &whole);
        case 'd':
                return json_number(object, name, &number);
        case 'b':
                return json_bool(object, name, &flag);
        case 'o':
                return json_is_object(v);
        case 'a':
                return json_is_array(v);
        }
        return false;
}

/* Every member known, and of its type. */
static void check_members(Ask *ask, const Json *object, const char *where, const Member *rows,
                          size_t n) {
        for (const Json *m = json_first(object); m; m = json_next(m)) {
                const char *name = json_key(m);
                const Member *found = NULL;

                for (size_t i = 0; i < n && name; i++)
                        if (streq(rows[i].camel, name) || streq(rows[i].snake, name))
                                found = &rows[i];
                if (!found)
                        INVALID(ask,
                                "Invalid JSON payload received. Unknown name \"%s\"%s%s%s: Cannot "
                                "find field.",
                                name, *where ? " at '" : "", where, *where ? "'" : "");
                else if (!type_fits(object, name, found->type))
                        INVALID(ask, "Invalid value at '%s%s%s'", where, *where ? "." : "",
                                found->snake);
        }
}

static void check_word(Ask *ask, const char *word, const char *where, const char *const *words,
                       size_t n) {
        for (size_t i = 0; word && i < n; i++)
                if (streq(words[i], word))
                        return;
        if (word)
                INVALID(ask, "Invalid value at '%s', \"%s\"", where, word);
}

static void check_base64(Ask *ask, const char *data) {
        size_t n = data ? strlen(data) : 0, k;

        if (n == 0) {
                INVALID(ask, "Unable to process input image: no data");
                return;
        }
        k = strspn(data, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_");
        k += strspn(data + k, "=");
        if (k != n || n % 4 != 0)
                INVALID(ask, "Invalid value at 'contents[0].parts[0].inline_data.data' "
                             "(TYPE_BYTES), Base64 decoding failed");
}

static void keep_prompt(Ask *ask, const char *text) {
        Digest d;
        size_t n = MIN_OF(strlen(text), (size_t) FAKE_PROMPT_KEPT);

        while (n > 0 && ((unsigned char) text[n] & 0xc0) == 0x80)
                n--;
        memcpy(ask->prompt, text, n);
        ask->prompt[n] = '\0';
        ask->prompt_n = strlen(text);
        digest_of(text, strlen(text), &d);
        digest_hex(&d, ask->prompt_sha256);
}

static void check_part(Ask *ask, const Json *part) {
        const Json *data = get(part, "inlineData", "inline_data");
        const Json *file = get(part, "fileData", "file_data");
        const char *text = json_str(part, "text");

        check_members(ask, part, "contents[0].parts[0]", MEMBERS(part_members));
        if (!text + !data + !file != 2)
                INVALID(ask, "contents.parts must have one initialized data field");
        if (text && !ask->prompt_n)
                keep_prompt(ask, text);
        if (data) {
                check_members(ask, data, "contents[0].parts[0].inline_data",
                              MEMBERS(inline_members));
                check_word(ask, json_text(get(data, "mimeType", "mime_type")), "mime_type",
                           WORDS(media_types));
                if (!get(data, "mimeType", "mime_type"))
                        INVALID(ask, "Unable to process input image: mime type is missing");
                check_base64(ask, json_str(data, "data"));
                ask->references++;
        }
        if (file) {
                check_members(ask, file, "contents[0].parts[0].file_data", MEMBERS(file_members));
                ask->references++;
        }
}

static void check_contents(Ask *ask, const Json *contents, const char *where) {
        if (json_length(contents) == 0)
                INVALID(ask, "* GenerateContentRequest.contents: contents is not specified");
        for (const Json *c = json_first(contents); c; c = json_next(c)) {
                const Json *parts = json_get(c, "parts");
                const char *role = json_str(c, "role");

                check_members(ask, c, where, MEMBERS(content_members));
                if (role && !streq(role, "user") && !streq(role, "model"))
                        INVALID(ask, "Please use a valid role: user, model.");
                if (json_length(parts) == 0)
                        INVALID(ask, "* GenerateContentRequest.contents[0].parts: contents.parts "
                                     "must not be empty.");
                for (const Json *p = json_first(parts); p; p = json_next(p))
                        check_part(ask, p);
        }
        if (ask->references > 14)
                INVALID(ask, "Too many images in request.");
}

static void check_image_config(Ask *ask, const Json *image) {
        const char *aspect = json_text(get(image, "aspectRatio", "aspect_ratio"));
        const char *size = json_text(get(image, "imageSize", "image_size"));

        check_members(ask, image, "generation_config.image_config", MEMBERS(image_members));
        check_word(ask, aspect, "generation_config.image_config.aspect_ratio", WORDS(aspects));
        check_word(ask, size, "generation_config.image_config.image_size", WORDS(sizes));
        (void) snprintf(ask->aspect, sizeof ask->aspect, "%s", aspect ? aspect : "1:1");
        (void) snprintf(ask->size, sizeof ask->size, "%s", size ? size : "1K");
}

static void check_modalities(Ask *ask, const Json *list) {
        if (list)
                ask->kind = ASK_TEXT;
        for (const Json *m = json_first(list); m; m = json_next(m)) {
                const char *word = json_text(m);

                check_word(ask, word ? word : "", "generation_config.response_modalities",
                           WORDS(modalities));
                if (word && streq(word, "IMAGE"))
                        ask->kind = ASK_IMAGE;
        }
}

static void check_numbers(Ask *ask, const Json *config) {
        int64_t v;

        if ((json_int(config, "seed", &v)) && (v < INT32_MIN || v > INT32_MAX))
                INVALID(ask, "Invalid value at 'generation_config.seed' (TYPE_INT32), %lld",
                        (long long) v);
        if ((json_int(config, "candidateCount", &v) || json_int(config, "candidate_count", &v)) &&
            (v < 1 || v > (ask->kind == ASK_IMAGE ? 1 : 8)))
                INVALID(ask, "Multiple candidates is not enabled for this model");
        if ((json_int(config, "maxOutputTokens", &v) ||
             json_int(config, "max_output_tokens", &v)) &&
            (v < 1 || v > 65536))
                INVALID(ask,
                        "Unable to submit request because it has a maxOutputTokens value of "
                        "%lld but the supported range is from 1 (inclusive) to 65537 "
                        "(exclusive).",
                        (long long) v);
}

static void check_config(Ask *ask, const Json *config) {
        const Json *schema = get(config, "responseSchema", "response_schema");
        const char *media = json_text(get(config, "responseMimeType", "response_mime_type"));
        const Json *thinking = get(config, "thinkingConfig", "thinking_config");

        check_members(ask, config, "generation_config", MEMBERS(config_members));
        check_modalities(ask, get(config, "responseModalities", "response_modalities"));
        check_image_config(ask, get(config, "imageConfig", "image_config"));
        check_numbers(ask, config);
        check_members(ask, thinking, "generation_config.thinking_config",
                      MEMBERS(thinking_members));
        check_word(ask, json_text(get(thinking, "thinkingLevel", "thinking_level")),
                   "generation_config.thinking_config.thinking_level", WORDS(levels));
        if (schema && (!media || !streq(media, "application/json")))
                INVALID(ask, "* GenerateContentRequest.generation_config.response_schema: only "
                             "allowed when the response mime type is application/json");
        if (media && streq(media, "application/json")) {
                ask->schema = schema ? json_copy(schema) : json_new_object();
                if (ask->kind == ASK_IMAGE)
                        INVALID(ask, "JSON mode is not enabled for this model");
        }
}

static void check_body(Ask *ask, const Request *request) {
        _cleanup_(json_freep) Json *body = NULL;
        Err err = {0};

        if (json_parse(request->body ? request->body : "", request->body_n, &body, &err) < 0 ||
            !json_is_object(body)) {
                INVALID(ask, "Invalid JSON payload received. %s", err_text(&err));
                return;
        }
        check_members(ask, body, "", MEMBERS(top_members));
        check_word(ask, json_text(get(body, "serviceTier", "service_tier")), "service_tier",
                   WORDS(tiers));
        check_contents(ask, json_get(body, "contents"), "contents[0]");
        for (const Json *p = json_first(
                     json_get(get(body, "systemInstruction", "system_instruction"), "parts"));
             p; p = json_next(p))
                check_members(ask, p, "system_instruction.parts[0]", MEMBERS(part_members));
        check_config(ask, get(body, "generationConfig", "generation_config"));
}

static void check_key(Ask *ask, const Request *request) {
        if (request->key == KEY_ABSENT)
                refuse(ask, 403, "PERMISSION_DENIED",
                       "Method doesn't allow unregistered callers (callers without established "
                       "identity). Please use API Key or other form of API consumer identity to "
                       "call this API.");
        if (request->key == KEY_WRONG)
                INVALID(ask, "API key not valid. Please pass a valid API key.");
}

/* "/v1/models/NAME:generateContent", "/v1/files/ID[:download]"; false for any other path. */
static bool read_path(Ask *ask, const char *path) {
        const char *rest = strncmp(path, "/v1/", 4) == 0       ? path + 4
                           : strncmp(path, "/v1beta/", 8) == 0 ? path + 8
                                                               : NULL;
        const char *verb;
        size_t n;

        if (rest && strncmp(rest, "files/", 6) == 0) {
                ask->kind = strstr(rest, ":download") && strstr(rest, "alt=media") ? ASK_DOWNLOAD
                                                                                   : ASK_METADATA;
                return true;
        }
        if (!rest || strncmp(rest, "models/", 7) != 0)
                return false;
        rest += 7;
        verb = strchr(rest, ':');
        n = verb ? (size_t) (verb - rest) : 0;
        if (n == 0 || n >= sizeof ask->model ||
            (!streq(verb, ":generateContent") && strncmp(verb, ":generateContent?", 17) != 0))
                return false;
        memcpy(ask->model, rest, n);
        ask->model[n] = '\0';
        return true;
}

void ask_check(const Request *request, Ask *ret) {
        bool file;

        *ret = (Ask){.kind = ASK_TEXT, .aspect = "1:1", .size = "1K"};
        if (!read_path(ret, request->path)) {
                refuse(ret, 404, "NOT_FOUND", "Requested entity was not found.");
                return;
        }
        file = ret->kind == ASK_DOWNLOAD || ret->kind == ASK_METADATA;
        if (!streq(request->method, file ? "GET" : "POST")) {
                refuse(ret, 404, "NOT_FOUND", "Requested entity was not found.");
                return;
        }
        check_key(ret, request);
        if (file)
                return;
        /* Image models answer with text and a picture unless told otherwise. */
        if (strstr(ret->model, "image") || strstr(ret->model, "banana"))
                ret->kind = ASK_IMAGE;
        if (!request->json_type)
                INVALID(ret, "Invalid JSON payload received. Content-Type must be "
                             "application/json.");
        check_body(ret, request);
}

void ask_done(Ask *ask) {
        ask->schema = json_free(ask->schema);
}
