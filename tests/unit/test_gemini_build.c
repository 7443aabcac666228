/* SPDX-License-Identifier: MIT */

/* Requests to Gemini: address, headers, body, pieces. */

#include "unit/gemini_case.h"

typedef struct BuildCase {
        ProviderJob job;
        ProviderCall call;
        Json *params, *body;
        Strv references;
        Err err;
} BuildCase;

static BuildCase build_case(AssetKind kind) {
        BuildCase c = {.job = {.kind = kind,
                               .model = "gemini-nano-banana-2.1",
                               .prompt = "say \"hi\"\nin {braces}",
                               .want = 4,
                               .seed = INT64_C(0x7654321089abcdef),
                               .base_url = "http://127.0.0.1:8080/v1"},
                       .params = json_new_object()};

        CHECK(c.params);
        return c;
}

static int try_build(BuildCase *c) {
        c->job.params = c->params;
        c->job.references = &c->references;
        return gemini()->build(&c->job, &c->call, &c->err);
}

/* Builds, and reads the body with "FILE" in place of each file. */
static void build(BuildCase *c) {
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        CHECK_OK(try_build(c), &c->err);
        for (size_t i = 0; i < c->call.http.n_body; i++) {
                const BodyPiece *p = &c->call.http.body[i];

                CHECK(!p->text != !p->file);
                CHECK(!p->text || p->n == strlen(p->text));
                CHECK(strbuf_puts(&text, p->text ? p->text : "FILE") >= 0);
        }
        CHECK_OK(json_parse(strbuf_text(&text), text.len, &c->body, &c->err), &c->err);
}

static void done(BuildCase *c) {
        provider_call_done(&c->call);
        (void) json_free(c->params);
        (void) json_free(c->body);
        strv_done(&c->references);
}

static void param(BuildCase *c, const char *name, const char *text) {
        const ParamSpec *spec = driver_param(gemini(), name, c->job.kind);

        CHECK(spec);
        CHECK(param_to_json(spec, text, c->params) >= 0);
}

#define AT(path) json_text(json_path(c.body, path))

static int64_t number_at(const BuildCase *c, const char *object, const char *key) {
        int64_t v;

        CHECK(json_int(json_path(c->body, object), key, &v));
        return v;
}

TEST(a_picture_request) {
        BuildCase c = build_case(KIND_IMAGE);
        bool store = true;

        param(&c, "aspect_ratio", "9:16");
        param(&c, "image_size", "2K");
        param(&c, "thinking_level", "high");
        build(&c);
        CHECK_INT(c.call.type, CALL_HTTP);
        CHECK_STR(c.call.http.method, "POST");
        CHECK_STR(c.call.http.url,
                  "http://127.0.0.1:8080/v1/models/gemini-nano-banana-2.1:generateContent");
        CHECK_INT(c.call.http.headers.n, 1);
        CHECK_STR(c.call.http.headers.items[0], "Content-Type: application/json");
        CHECK(c.call.http.with_key && c.call.http.paid && !c.call.http.raw_payload);
        CHECK_STR(c.call.http.key_header, "x-goog-api-key");
        CHECK_STR(c.call.http.key_prefix, "");
        CHECK_STR(c.call.http.payload_paths[0], "candidates[].content.parts[].inlineData.data");
        CHECK_STR(c.call.http.payload_paths[1], "candidates[].content.parts[].inline_data.data");
        CHECK_STR(c.call.http.payload_paths[2], "-candidates[].content.parts[].thoughtSignature");
        CHECK_STR(AT("contents[0].role"), "user");
        CHECK_STR(AT("contents[0].parts[0].text"), "say \"hi\"\nin {braces}");
        CHECK_STR(AT("generationConfig.imageConfig.aspectRatio"), "9:16");
        CHECK_STR(AT("generationConfig.imageConfig.imageSize"), "2K");
        CHECK_STR(AT("generationConfig.responseModalities[0]"), "TEXT");
        CHECK_STR(AT("generationConfig.responseModalities[1]"), "IMAGE");
        CHECK_STR(AT("generationConfig.thinkingConfig.thinkingLevel"), "HIGH");
        CHECK_INT(number_at(&c, "generationConfig", "seed"), 0x09abcdef);
        CHECK_INT(number_at(&c, "generationConfig", "candidateCount"), 1);
        CHECK_INT(number_at(&c, "generationConfig", "maxOutputTokens"), 8192);
        CHECK(json_bool(c.body, "store", &store) && !store);
        CHECK(!json_get(c.body, "systemInstruction"));
        done(&c);
}

TEST(a_bare_picture_request_leaves_the_shape_to_the_model) {
        BuildCase c = build_case(KIND_IMAGE);

        param(&c, "image_only", "true");
        param(&c, "max_output_tokens", "2000");
        c.job.base_url = NULL;
        c.job.seed = -1;
        build(&c);
        CHECK_HAS(c.call.http.url, "https://generativelanguage.googleapis.com/v1/models/");
        CHECK(!json_path(c.body, "generationConfig.imageConfig"));
        CHECK_STR(AT("generationConfig.responseModalities[0]"), "IMAGE");
        CHECK_INT(json_length(json_path(c.body, "generationConfig.responseModalities")), 1);
        CHECK_INT(number_at(&c, "generationConfig", "maxOutputTokens"), 2000);
        CHECK_INT(number_at(&c, "generationConfig", "seed"), INT32_MAX);
        done(&c);
}

TEST(references_are_files_inside_the_body) {
        BuildCase c = build_case(KIND_IMAGE);
        static const char *const paths[] = {"/p/a.png", "/p/b.JPG", "/p/c.jpeg", "/p/d.webp"};
        static const char *const types[] = {"image/png", "image/jpeg", "image/jpeg", "image/webp"};

        for (size_t i = 0; i < ARRAY_LEN(paths); i++)
                CHECK(strv_add(&c.references, paths[i]) >= 0);
        build(&c);
        CHECK_INT(c.call.http.n_body, 2 * ARRAY_LEN(paths) + 1);
        for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
                char path[64];

                CHECK_STR(c.call.http.body[2 * i + 1].file, paths[i]);
                (void) snprintf(path, sizeof path, "contents[0].parts[%zu].inlineData.mimeType",
                                i + 1);
                CHECK_STR(AT(path), types[i]);
                (void) snprintf(path, sizeof path, "contents[0].parts[%zu].inlineData.data", i + 1);
                CHECK_STR(AT(path), "FILE");
        }
        done(&c);
}

TEST(a_copy_request) {
        BuildCase c = build_case(KIND_TEXT);

        c.job.max_chars = 90;
        build(&c);
        CHECK_STR(c.call.http.payload_paths[0], "-candidates[].content.parts[].thoughtSignature");
        CHECK_STR(AT("generationConfig.responseMimeType"), "application/json");
        CHECK_STR(AT("generationConfig.responseSchema.type"), "OBJECT");
        CHECK_STR(AT("generationConfig.responseSchema.properties.variants.type"), "ARRAY");
        CHECK_STR(AT("generationConfig.responseSchema.properties.variants.items.type"), "STRING");
        CHECK_STR(AT("generationConfig.responseSchema.required[0]"), "variants");
        CHECK_INT(number_at(&c, "generationConfig.responseSchema.properties.variants", "minItems"),
                  4);
        CHECK_INT(number_at(&c, "generationConfig.responseSchema.properties.variants", "maxItems"),
                  4);
        CHECK_HAS(AT("systemInstruction.parts[0].text"), "exactly 4 advertising copy variants");
        CHECK_HAS(AT("systemInstruction.parts[0].text"), "longer than 90 characters");
        CHECK(!json_path(c.body, "generationConfig.responseModalities"));
        done(&c);
}

TEST(what_cannot_be_expressed_is_refused) {
        static const char *const models[] = {"",    "a/b",  "a b",       "..", ".",
                                             "a?b", "a%2f", "m\xc3\xa4", "a:b"};
        BuildCase c = build_case(KIND_IMAGE);

        for (size_t i = 0; i < ARRAY_LEN(models); i++) {
                c.job.model = models[i];
                CHECK_INT(try_build(&c), -EINVAL);
                CHECK_HAS(err_text(&c.err), "no model name");
        }
        c.job.model = "m";
        c.job.kind = KIND_VIDEO;
        CHECK_INT(try_build(&c), -EINVAL);
        c.job.kind = KIND_TEXT;
        c.job.want = 0;
        CHECK_INT(try_build(&c), -EINVAL);
        c.job.want = 51;
        CHECK_INT(try_build(&c), -EINVAL);
        c.job.kind = KIND_IMAGE;
        CHECK(strv_add(&c.references, "/p/a.gif") >= 0);
        CHECK_INT(try_build(&c), -EINVAL);
        CHECK_HAS(err_text(&c.err), "/p/a.gif");
        strv_done(&c.references);
        for (int i = 0; i < 14; i++)
                CHECK(strv_add(&c.references, "/p/a.png") >= 0);
        CHECK_OK(try_build(&c), &c.err);
        provider_call_done(&c.call);
        CHECK(strv_add(&c.references, "/p/a.png") >= 0);
        CHECK_INT(try_build(&c), -EINVAL);
        CHECK_HAS(err_text(&c.err), "too many");
        CHECK(!c.call.http.url);
        done(&c);
}

TEST(a_fetch_carries_the_key_only_home) {
        static const struct {
                const char *url, *fetched;
                bool with_key;
        } rows[] = {
                {"http://127.0.0.1:8080/v1/files/a:download?alt=media",
                 "http://127.0.0.1:8080/v1/files/a:download?alt=media", true},
                {"http://127.0.0.1:8080/v1/files/a",
                 "http://127.0.0.1:8080/v1/files/a:download?alt=media", true},
                {"http://127.0.0.1:8080/v1/files/a:download",
                 "http://127.0.0.1:8080/v1/files/a:download?alt=media", true},
                {"http://127.0.0.1:8080/v1/files/a?x=1",
                 "http://127.0.0.1:8080/v1/files/a:download?x=1&alt=media", true},
                {"http://127.0.0.1:8080/else", "http://127.0.0.1:8080/else", true},
                {"http://127.0.0.1:8081/v1/files/a", "http://127.0.0.1:8081/v1/files/a", false},
                {"https://storage.example/v1/files/a", "https://storage.example/v1/files/a", false},
        };
        BuildCase c = build_case(KIND_IMAGE);

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                char url[128];
                /* The item's own flag is a hint; the address decides. */
                ResultItem item = {.payload = -1, .url = url, .url_with_key = true};

                (void) snprintf(url, sizeof url, "%s", rows[i].url);
                CHECK_OK(gemini()->build_fetch(&c.job, &item, &c.call, &c.err), &c.err);
                CHECK_STR(c.call.http.method, "GET");
                CHECK_STR(c.call.http.url, rows[i].fetched);
                CHECK_INT(c.call.http.with_key, rows[i].with_key);
                CHECK(c.call.http.raw_payload && !c.call.http.paid && c.call.http.n_body == 0);
                provider_call_done(&c.call);
        }
        done(&c);
}

TEST(other_addresses_are_not_fetched) {
        static const char *const urls[] = {
                "http://example.com/a",
                "file:///etc/passwd",
                "gs://bucket/a",
                "//example.com/a",
                "https://user@example.com/a",
                "https://",
                "",
                "https://example.com/a b",
        };
        BuildCase c = build_case(KIND_IMAGE);

        for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
                char url[128];
                ResultItem item = {.payload = -1, .url = url};

                (void) snprintf(url, sizeof url, "%s", urls[i]);
                CHECK_INT(gemini()->build_fetch(&c.job, &item, &c.call, &c.err), -EINVAL);
        }
        done(&c);
}

/* The address tells whose API it is, and so how the key goes with it. */
TEST(each_form_of_the_api_has_its_address_and_key) {
        static const struct {
                const char *base, *url, *header, *prefix;
                bool store;
        } forms[] = {
                {"https://generativelanguage.googleapis.com/v1beta",
                 "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent",
                 "x-goog-api-key", "", true},
                {"https://aiplatform.googleapis.com/v1/publishers/google",
                 "https://aiplatform.googleapis.com/v1/publishers/google/models/m:generateContent",
                 "x-goog-api-key", "", false},
                {"https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/"
                 "us-central1",
                 "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/"
                 "us-central1/"
                 "publishers/google/models/m:generateContent",
                 "Authorization", "Bearer ", false},
        };

        for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
                BuildCase c = build_case(KIND_IMAGE);
                bool store = true;

                c.job.model = "m";
                c.job.base_url = forms[i].base;
                build(&c);
                CHECK_STR(c.call.http.url, forms[i].url);
                CHECK_STR(c.call.http.key_header, forms[i].header);
                CHECK_STR(c.call.http.key_prefix, forms[i].prefix);
                CHECK_INT(c.call.http.auth, *forms[i].prefix ? AUTH_GOOGLE : AUTH_CREDENTIAL);
                CHECK_INT(json_bool(c.body, "store", &store), forms[i].store);
                CHECK_INT(store, !forms[i].store);
                done(&c);
        }
}
