/* SPDX-License-Identifier: MIT */

/* Answers of the openai wire. What they report as usage is what is billed. */

#include "base/parse.h"
#include "openai.h"

enum {
        TOKENS_TEXT = 90,
        TOKENS_REFERENCE = 300,
        TOKENS_IMAGE = 1756,
        SIDE = 1024,
        VARIANTS_MAX = 100,
        IMAGES_AT_ONCE = 2, /* an answer has room for no more */
        IMAGE_SEEDS = 16,
};

static int64_t prompt_tokens(const Ask *ask) {
        return (int64_t) (ask->prompt_n / 4 + 1 + TOKENS_REFERENCE * ask->references);
}

static int bill(const Call *c, const char *unit, int64_t quantity) {
        return invoice_add(c->setting->invoice, c->ask, c->setting->seq, c->ask->model, unit,
                           quantity, "");
}

/* ---- chat ---- */

/* How many variants the instruction asks for: "exactly N". */
static int64_t wanted(const Ask *ask) {
        const Json *system = json_at(json_get(ask->body, "messages"), 0);
        const char *text = json_str(system, "content"), *p = text ? strstr(text, "exactly ") : NULL;
        int64_t n = 0;

        for (p = p ? p + strlen("exactly ") : ""; *p >= '0' && *p <= '9' && n < VARIANTS_MAX; p++)
                n = n * 10 + (*p - '0');
        return MAX_OF(n, 1);
}

/* The copy as the JSON it is asked for; numbered, so that no two are alike. Caller frees. */
static char *copy_text(const Call *c) {
        _cleanup_(json_freep) Json *copy = json_new_object();
        Json *variants = json_add_array(copy, "variants");

        for (int64_t i = 0; i < wanted(c->ask); i++) {
                char text[64];

                (void) snprintf(text, sizeof text, "Today only %llu.%lld",
                                (unsigned long long) c->setting->seq, (long long) i + 1);
                (void) json_push(variants, json_new_string(text));
        }
        return json_print(copy);
}

static Json *usage(int64_t input, int64_t output, const char *input_name, const char *output_name) {
        Json *u = json_new_object();

        (void) json_add_int(u, input_name, input);
        (void) json_add_int(u, output_name, output);
        (void) json_add_int(u, "total_tokens", input + output);
        return u;
}

/* content or refusal NULL: null. */
static int chat(Call *c, const char *content, const char *refusal, const char *finish) {
        Json *body = json_new_object(), *choice = json_new_object(), *message;
        int64_t input = prompt_tokens(c->ask);
        char id[32];

        (void) snprintf(id, sizeof id, "chatcmpl-%llu", (unsigned long long) c->setting->seq);
        (void) json_add_str(body, "id", id);
        (void) json_add_str(body, "object", "chat.completion");
        (void) json_add_int(body, "created", 1);
        (void) json_add_str(body, "model", c->ask->model);
        (void) json_push(json_add_array(body, "choices"), choice);
        (void) json_add_int(choice, "index", 0);
        (void) json_add_str(choice, "finish_reason", finish);
        (void) json_add_null(choice, "logprobs");
        message = json_add_object(choice, "message");
        (void) json_add_str(message, "role", "assistant");
        (void) json_add_str(message, "content", content);
        (void) json_add_str(message, "refusal", refusal);
        (void) json_add(body, "usage",
                        usage(input, TOKENS_TEXT, "prompt_tokens", "completion_tokens"));
        if (bill(c, "million_input_tokens", input) < 0 ||
            bill(c, "million_output_tokens", TOKENS_TEXT) < 0) {
                (void) json_free(body);
                return -ENOMEM;
        }
        return answer_json(c->a, 200, body);
}

int openai_chat(Call *c) {
        _cleanup_(freep) char *text = copy_text(c);

        return text ? chat(c, text, NULL, "stop") : -ENOMEM;
}

/* ---- images ---- */

static Picture *picture(const Call *c, int64_t i) {
        const char *size = json_str(c->ask->body, "size");
        int w = SIDE, h = SIDE;

        if (size)
                (void) parse_size_2d(size, &w, &h);
        return picture_new(MAX_OF((uint32_t) w / c->setting->scale, 1u),
                           MAX_OF((uint32_t) h / c->setting->scale, 1u),
                           c->setting->seed + c->setting->seq * IMAGE_SEEDS + (uint64_t) i,
                           c->setting->image_bytes);
}

static int images(Call *c, int64_t n) {
        int64_t input = prompt_tokens(c->ask), output = n * TOKENS_IMAGE;
        _cleanup_(json_freep) Json *u = usage(input, output, "input_tokens", "output_tokens");
        _cleanup_(freep) char *printed = u ? json_print(u) : NULL;
        int r = printed ? 0 : -ENOMEM;

        c->a->status = 200;
        c->a->content_type = "application/json";
        if (r >= 0)
                r = bill(c, "million_input_tokens", input);
        if (r >= 0)
                r = bill(c, "million_image_tokens", output);
        if (r >= 0)
                r = answer_add_text(c->a, strdup("{\"created\":1,\"data\":["));
        for (int64_t i = 0; i < n && r >= 0; i++) {
                r = answer_add_text(c->a, str_printf("%s{\"b64_json\":\"", i ? "," : ""));
                if (r >= 0)
                        r = answer_add_picture(c->a, picture(c, i), true, 0);
                if (r >= 0)
                        r = answer_add_text(c->a, strdup("\"}"));
        }
        return r < 0 ? r
                     : answer_add_text(c->a, str_printf("],\"output_format\":\"png\",\"usage\":%s}",
                                                        printed));
}

int openai_images(Call *c) {
        return images(c, MIN_OF(c->ask->count, (int64_t) IMAGES_AT_ONCE));
}

/* ---- actions ---- */

static int do_refusal(Call *c) {
        return chat(c, NULL, "I'm sorry, I can't help with that.", "stop");
}

static int do_length(Call *c) {
        return chat(c, "{\"variants\":[\"Today on", NULL, "length");
}

static int do_silent(Call *c) {
        return images(c, 0);
}

static int do_quota(Call *c) {
        return c->ask->wire->error(c->a, 429, "insufficient_quota",
                                   "You exceeded your current quota, please check your plan and "
                                   "billing details.",
                                   NULL);
}

const ActionRow openai_actions[] = {
        {"refusal", do_refusal}, {"length", do_length}, {"silent", do_silent},
        {"quota", do_quota},     {NULL, NULL},
};
