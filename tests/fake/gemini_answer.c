/* SPDX-License-Identifier: MIT */

/* Answers of the gemini wire. What they report as usage is what is billed. */

#include "base/parse.h"
#include "google.h"

enum {
        DRAFT_SIDE = 64,
        TOKENS_1K = 1120,
        TOKENS_TEXT = 90,
        TOKENS_THOUGHTS = 60,
};

/* Sides of a 1K picture, as the real models make them. */
static void sides_of(const Ask *ask, uint32_t scale, uint32_t *w, uint32_t *h) {
        static const struct {
                const char *aspect;
                uint32_t w, h;
        } table[] = {
                {"1:1", 1024, 1024}, {"2:3", 848, 1264},  {"3:2", 1264, 848}, {"3:4", 896, 1200},
                {"4:3", 1200, 896},  {"4:5", 928, 1152},  {"5:4", 1152, 928}, {"9:16", 768, 1376},
                {"16:9", 1376, 768}, {"21:9", 1584, 672}, {"1:4", 512, 2048}, {"4:1", 2048, 512},
                {"1:8", 384, 3072},  {"8:1", 3072, 384},
        };
        uint32_t twice = streq(ask->size, "512")  ? 1
                         : streq(ask->size, "2K") ? 4
                         : streq(ask->size, "4K") ? 8
                                                  : 2;

        *w = *h = 1024;
        for (size_t i = 0; i < ARRAY_LEN(table); i++)
                if (streq(table[i].aspect, ask->aspect)) {
                        *w = table[i].w;
                        *h = table[i].h;
                }
        *w = MAX_OF(*w * twice / 2 / scale, 1u);
        *h = MAX_OF(*h * twice / 2 / scale, 1u);
}

Picture *gemini_final_picture(const Ask *ask, const AnswerSetting *setting, bool wrong_ratio) {
        uint32_t w, h;

        sides_of(ask, setting->scale, &w, &h);
        if (wrong_ratio)
                w = MAX_OF(w / 2, 1u);
        return picture_new(w, h, setting->seed + setting->seq, setting->image_bytes);
}

static size_t prompt_tokens(const Ask *ask) {
        return ask->prompt_n / 4 + 1 + 258 * ask->references;
}

static int bill(const Call *c, bool image) {
        int64_t output = TOKENS_THOUGHTS + (image ? 0 : TOKENS_TEXT);
        char size[FAKE_WORD_MAX];
        int r = 0;

        (void) snprintf(size, sizeof size, "image_size=%s", c->ask->size);
        if (image)
                r = invoice_add(c->setting->invoice, c->ask, c->setting->seq, c->ask->model,
                                "image", 1, size);
        if (r >= 0)
                r = invoice_add(c->setting->invoice, c->ask, c->setting->seq, c->ask->model,
                                "million_input_tokens", (int64_t) prompt_tokens(c->ask), "");
        return r < 0 ? r
                     : invoice_add(c->setting->invoice, c->ask, c->setting->seq, c->ask->model,
                                   "million_output_tokens", output, "");
}

static char *usage_text(const Call *c, bool image) {
        size_t prompt = prompt_tokens(c->ask);
        int candidates = image ? TOKENS_1K : TOKENS_TEXT;

        return str_printf("\"usageMetadata\":{\"promptTokenCount\":%zu,\"candidatesTokenCount\":%d,"
                          "\"totalTokenCount\":%zu,\"promptTokensDetails\":[{\"modality\":\"TEXT\","
                          "\"tokenCount\":%zu}],\"candidatesTokensDetails\":[{\"modality\":\"%s\","
                          "\"tokenCount\":%d}],\"thoughtsTokenCount\":%d},\"modelVersion\":\"%s\","
                          "\"responseId\":\"r%llu\"",
                          prompt, candidates, prompt + (size_t) (candidates + TOKENS_THOUGHTS),
                          prompt, image ? "IMAGE" : "TEXT", candidates, TOKENS_THOUGHTS,
                          c->ask->model, (unsigned long long) c->setting->seq);
}

int gemini_envelope(Call *c, const char *candidates, const char *feedback) {
        _cleanup_(freep) char *usage = usage_text(c, false);
        Answer *a = c->a;

        a->status = 200;
        a->content_type = "application/json; charset=UTF-8";
        if (!usage || (!feedback && bill(c, false) < 0))
                return -ENOMEM;
        return answer_add_text(a,
                               str_printf("{%s%s%s%s%s%s%s}", candidates ? "\"candidates\":" : "",
                                          candidates ? candidates : "", candidates ? "," : "",
                                          feedback ? "\"promptFeedback\":" : "",
                                          feedback ? feedback : "", feedback ? "," : "", usage));
}

/* {"mimeType":"image/png","data":"...} up to where the data begins. */
static char *open_picture(const PictureShape *shape, bool thought) {
        return str_printf("{%s\"%s\":{\"%s\":\"image/png\",\"data\":\"",
                          thought ? "\"thought\":true," : "",
                          shape->snake ? "inline_data" : "inlineData",
                          shape->snake ? "mime_type" : "mimeType");
}

static int add_draft(Answer *a, const AnswerSetting *setting, const PictureShape *shape) {
        int r = answer_add_text(a, open_picture(shape, true));

        if (r >= 0)
                r = answer_add_picture(a, picture_new(DRAFT_SIDE, DRAFT_SIDE, ~setting->seq, 0),
                                       true, 0);
        return r < 0 ? r : answer_add_text(a, strdup("\"}},"));
}

static int add_final(Answer *a, const Ask *ask, const AnswerSetting *setting,
                     const PictureShape *shape) {
        int r;

        if (shape->file_uri)
                return answer_add_text(a, str_printf("{\"fileData\":{\"mimeType\":\"image/png\","
                                                     "\"fileUri\":\"%s\"}}",
                                                     shape->file_uri));
        r = answer_add_text(a, open_picture(shape, shape->only_thoughts));
        if (r >= 0 && shape->bad_base64)
                r = answer_add_text(a, strdup("iVBORw0KGgo*not*base64*"));
        else if (r >= 0 && shape->instead)
                r = answer_add_text(a, strdup(shape->instead));
        else if (r >= 0)
                r = answer_add_picture(a, gemini_final_picture(ask, setting, shape->wrong_ratio),
                                       true, shape->limit);
        return r < 0 ? r : answer_add_text(a, strdup("\"},\"thoughtSignature\":\"RmFrZVNpZ24=\"}"));
}

static char *filler(size_t n) {
        char *text = malloc(n + 1);

        if (text) {
                memset(text, 'x', n);
                text[n] = '\0';
        }
        return text;
}

int gemini_picture(Call *c, const PictureShape *shape) {
        _cleanup_(freep) char *usage = usage_text(c, true);
        _cleanup_(freep) char *text = filler(shape->extra_text_bytes);
        Answer *a = c->a;
        int r;

        a->status = 200;
        a->content_type = "application/json; charset=UTF-8";
        if (!usage || !text || bill(c, true) < 0)
                return -ENOMEM;
        r = answer_add_text(a, str_printf("{\"candidates\":[{\"content\":{\"role\":\"model\","
                                          "\"parts\":[{\"text\":\"thinking about it %s\","
                                          "\"thought\":true},",
                                          text));
        if (r >= 0 && !shape->no_draft)
                r = add_draft(a, c->setting, shape);
        if (r >= 0)
                r = add_final(a, c->ask, c->setting, shape);
        if (r < 0)
                return r;
        return answer_add_text(a, str_printf("]},\"finishReason\":\"%s\",\"index\":0}],%s}%s",
                                             shape->finish ? shape->finish : "STOP", usage,
                                             shape->bad_json ? "}]" : ""));
}

/* ---- copy ---- */

/* A value that satisfies the schema; numbered, so that no two are alike. */
static Json *invent(const Json *schema, uint64_t seq, int *number, int depth) {
        const char *type = json_str(schema, "type");
        int64_t n = 1;
        Json *j;

        if (depth > 8 || !type)
                return json_new_object();
        if (streq(type, "STRING")) {
                _cleanup_(freep) char *text =
                        str_printf("Today only %llu.%d", (unsigned long long) seq, ++*number);

                return text ? json_new_string(text) : NULL;
        }
        if (streq(type, "ARRAY")) {
                j = json_new_array();
                (void) json_int(schema, "minItems", &n);
                for (int64_t i = 0; i < MIN_OF(n, 100); i++)
                        (void) json_push(j,
                                         invent(json_get(schema, "items"), seq, number, depth + 1));
                return j;
        }
        j = json_new_object();
        for (const Json *p = json_first(json_get(schema, "properties")); p; p = json_next(p))
                (void) json_add(j, json_key(p), invent(p, seq, number, depth + 1));
        return j;
}

int gemini_copy(Call *c, const char *finish, bool cut) {
        const Ask *ask = c->ask;
        _cleanup_(json_freep) Json *value = NULL, *quoted = NULL;
        _cleanup_(freep) char *text = NULL, *quoted_text = NULL, *candidates = NULL;
        int number = 0;

        value = ask->schema ? invent(ask->schema, c->setting->seq, &number, 0)
                            : json_new_string("Ready when you are");
        text = value ? ask->schema ? json_print(value) : strdup(json_text(value)) : NULL;
        if (!text)
                return -ENOMEM;
        if (cut)
                text[strlen(text) / 2] = '\0';
        quoted = json_new_string(text);
        quoted_text = quoted ? json_print(quoted) : NULL;
        if (!quoted_text)
                return -ENOMEM;
        candidates = str_printf(
                "[{\"content\":{\"role\":\"model\",\"parts\":[{\"text\":\"hm\",\"thought\":true},"
                "{\"text\":%s}]},\"finishReason\":\"%s\",\"index\":0}]",
                quoted_text, finish);
        return candidates ? gemini_envelope(c, candidates, NULL) : -ENOMEM;
}

int gemini_good(Call *c) {
        return c->ask->kind == ASK_IMAGE ? gemini_picture(c, &(PictureShape){0})
                                         : gemini_copy(c, "STOP", false);
}
