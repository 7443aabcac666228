/* SPDX-License-Identifier: MIT */

/* The lists of models: what lives, one that nobody has heard of, and one that says when it ends. */

#include "wire.h"

static int answer_google(Call *c, const char *const *names, const char *next) {
        Json *body = json_new_object(), *list = json_add_array(body, "models");

        for (; *names; names++) {
                Json *one = json_new_object();

                (void) json_add_str(one, "name", *names);
                (void) json_add_int(one, "inputTokenLimit", 65536);
                (void) json_push(json_add_array(one, "supportedGenerationMethods"),
                                 json_new_string("generateContent"));
                (void) json_push(list, one);
        }
        if (next)
                (void) json_add_str(body, "nextPageToken", next);
        return answer_json(c->a, 200, body);
}

int google_models(Call *c) {
        static const char *const names[] = {"models/gemini-nano-banana-2.1",
                                            "models/gemini-3-pro-image", NULL};

        return answer_google(c, names, "second");
}

int google_models_second(Call *c) {
        static const char *const names[] = {"models/gemini-9-unheard-of",
                                            "models/gemini-2.5-flash-image", NULL};

        return answer_google(c, names, NULL);
}

int openai_models(Call *c) {
        static const struct {
                const char *id, *ends;
        } rows[] = {{"gpt-6-luna", NULL}, {"gpt-6-astra", "2027-06-30"}, {"whisper-9", NULL}};
        Json *body = json_new_object(), *list;

        (void) json_add_str(body, "object", "list");
        list = json_add_array(body, "data");
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Json *one = json_new_object();

                (void) json_add_str(one, "id", rows[i].id);
                (void) json_add_str(one, "object", "model");
                (void) (rows[i].ends ? json_add_str(one, "shutdown_date", rows[i].ends)
                                     : json_add_null(one, "shutdown_date"));
                (void) json_push(list, one);
        }
        return answer_json(c->a, 200, body);
}

int runway_models(Call *c) {
        static const char *const names[] = {"gen4_image", "gen4_turbo", "gen9_unheard_of"};
        Json *body = json_new_object(), *tier, *models;

        (void) json_add_int(body, "creditBalance", 1000);
        tier = json_add_object(body, "tier");
        (void) json_add_int(tier, "maxMonthlyCreditSpend", 10000);
        models = json_add_object(tier, "models");
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
                (void) json_add_int(json_add_object(models, names[i]), "maxConcurrentGenerations",
                                    2);
        (void) json_add_object(json_add_object(body, "usage"), "models");
        return answer_json(c->a, 200, body);
}
