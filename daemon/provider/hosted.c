/* SPDX-License-Identifier: MIT */

/* Inputs and outputs of hosted models; see hosted.h. */

#include <stdio.h>

#include "provider/hosted.h"

enum {
        OUTPUT_DEPTH_MAX = 4,
        MODEL_WORDS_MAX = 8,
};

#define BOTH ((1u << KIND_IMAGE) | (1u << KIND_VIDEO))
#define VIDEO (1u << KIND_VIDEO)

static const char *const number_forms[] = {"text", "number", NULL};

const ParamSpec hosted_params[HOSTED_N_PARAMS] = {
        {.name = "aspect_ratio",
         .type = PARAM_TEXT,
         .kinds = BOTH,
         .help = "shape, as the model writes it: 16:9"},
        {.name = "resolution",
         .type = PARAM_TEXT,
         .kinds = BOTH,
         .help = "as the model writes it: 720p"},
        {.name = "negative_prompt",
         .type = PARAM_TEXT,
         .kinds = BOTH,
         .help = "what is not to be seen, where the model takes it"},
        {.name = "seconds",
         .type = PARAM_INT,
         .kinds = VIDEO,
         .min = 1,
         .max = HOSTED_SECONDS_MAX,
         .help = "length of the video, as the model allows; its field 'duration'"},
        {.name = "seconds_as",
         .type = PARAM_WORD,
         .kinds = VIDEO,
         .words = number_forms,
         .help = "how the model wants the length written: text (\"5\") or number (5)"},
        {.name = "send_seed",
         .type = PARAM_BOOL,
         .kinds = BOTH,
         .help = "send the job's seed, where the model takes one"},
        {.name = "reference_field",
         .type = PARAM_TEXT,
         .kinds = BOTH,
         .help = "the model's field for the reference, or for the list of them"},
        {.name = "input",
         .type = PARAM_TEXT,
         .kinds = BOTH,
         .help = "further fields of the model's input, as a JSON object; they go before all "
                 "others"},
};

static const ParamField passed_on[] = {
        {"aspect_ratio", "aspect_ratio"},
        {"resolution", "resolution"},
        {"negative_prompt", "negative_prompt"},
};

/* One word of a model's name at p: not "." nor "..". What follows it; NULL when there is none. */
static const char *skip_word(const char *p) {
        size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

        return n > strspn(p, ".") ? p + n : NULL;
}

int hosted_check_model(const ProviderJob *job, bool versioned, Err *err) {
        const char *p;
        size_t n = 1;

        assert(job);

        for (p = skip_word(job->model); p && *p == '/' && n < MODEL_WORDS_MAX; n++)
                p = skip_word(p + 1);
        if (p && n == 2 && versioned && *p == ':')
                p = skip_word(p + 1);
        if (p && *p == '\0' && (versioned ? n == 2 : n >= 2))
                return 0;
        return err_set(err, -EINVAL, "'%s' is no model name: owner/name", job->model);
}

/* ---- input ---- */

/* Adds what is not there yet. Takes `value` even on failure. */
static int add_unset(Json *input, const char *field, Json *value) {
        if (!json_get(input, field))
                return json_add(input, field, value);
        (void) json_free(value);
        return 0;
}

static int start_input(const ProviderJob *job, Json **ret, Err *err) {
        const char *text = json_str(job->params, "input");
        _cleanup_(json_freep) Json *input = NULL;
        int r;

        if (!text || !*text)
                input = json_new_object();
        else {
                r = json_parse(text, strlen(text), &input, NULL);
                if (r == -ENOMEM)
                        return r;
                if (r < 0 || !json_is_object(input))
                        return err_set(err, -EINVAL, "the parameter 'input' is no JSON object");
        }
        if (!input)
                return -ENOMEM;
        *ret = TAKE_PTR(input);
        return 0;
}

static Json *new_seconds(const ProviderJob *job, const HostedStyle *style, int64_t seconds) {
        const char *form = json_str(job->params, "seconds_as");
        char text[24];

        if (form ? !streq(form, "text") : !style->seconds_as_text)
                return json_copy(json_get(job->params, "seconds"));
        (void) snprintf(text, sizeof text, "%lld", (long long) seconds);
        return json_new_string(text);
}

static Json *new_references(const ProviderJob *job) {
        _cleanup_(json_freep) Json *list = json_new_array();

        for (size_t i = 0; i < job_n_references(job); i++)
                if (json_push(list, json_new_data_uri(job, i)) < 0)
                        return NULL;
        return TAKE_PTR(list);
}

static int add_references(const ProviderJob *job, const HostedStyle *style, Json *input) {
        const char *field = json_str(job->params, "reference_field");
        size_t n = job_n_references(job);

        if (n == 0)
                return 0;
        if (n == 1)
                return add_unset(input, field ? field : style->reference,
                                 json_new_data_uri(job, 0));
        return add_unset(input, field ? field : style->references, new_references(job));
}

static int fill_input(const ProviderJob *job, const HostedStyle *style, Json *input) {
        int64_t seconds;
        bool seed = false;
        int r;

        r = add_unset(input, "prompt", json_new_string(job->prompt));
        for (size_t i = 0; r >= 0 && i < ARRAY_LEN(passed_on); i++) {
                const Json *value = json_get(job->params, passed_on[i].param);

                if (value)
                        r = add_unset(input, passed_on[i].field, json_copy(value));
        }
        if (r >= 0 && json_int(job->params, "seconds", &seconds))
                r = add_unset(input, "duration", new_seconds(job, style, seconds));
        if (r >= 0 && json_bool(job->params, "send_seed", &seed) && seed &&
            !json_get(input, "seed"))
                r = json_add_int(input, "seed", job->seed & INT32_MAX);
        return r < 0 ? r : add_references(job, style, input);
}

int hosted_input(const ProviderJob *job, const HostedStyle *style, Json **ret, Err *err) {
        _cleanup_(json_freep) Json *input = NULL;
        int r;

        assert(job);
        assert(style);
        assert(ret);

        r = job_check_references(job, HOSTED_REFERENCES_MAX, err);
        if (r >= 0)
                r = start_input(job, &input, err);
        if (r >= 0)
                r = fill_input(job, style, input);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(input);
        return 0;
}

/* ---- output ---- */

/* A media type that says it is something else: sound beside a video, say. */
static bool is_other_kind(const ProviderJob *job, const char *media_type) {
        const char *word = job->kind == KIND_VIDEO ? "video/" : "image/";

        if (!media_type || !strchr(media_type, '/') ||
            strncasecmp(media_type, "application/", strlen("application/")) == 0)
                return false;
        return strncasecmp(media_type, word, strlen(word)) != 0;
}

static int take_url(const ProviderJob *job, const char *url, const char *media_type,
                    ProviderResult *ret) {
        if ((int64_t) ret->n_items >= MAX_OF(job->want, 1) || !url_may_fetch(url) ||
            is_other_kind(job, media_type))
                return 0;
        return result_add_url(ret, url, false, media_type);
}

/* The member of an object that holds what was asked for, under its usual names. */
static const Json *member_of_kind(const ProviderJob *job, const Json *object) {
        static const char *const names[][3] = {{"images", "image", NULL},
                                               {"video", "videos", NULL}};
        const char *const *of_kind = names[job->kind == KIND_VIDEO];

        for (size_t i = 0; of_kind[i]; i++) {
                const Json *found = json_get(object, of_kind[i]);

                if (json_text(found) || json_is_object(found) || json_is_array(found))
                        return found;
        }
        return NULL;
}

static int walk(const ProviderJob *job, const Json *j, int depth, ProviderResult *ret) {
        const Json *of_kind;
        int r = 0;

        if (json_text(j))
                return take_url(job, json_text(j), NULL, ret);
        if (depth >= OUTPUT_DEPTH_MAX || (!json_is_array(j) && !json_is_object(j)))
                return 0;
        if (json_str(j, "url"))
                return take_url(job, json_str(j, "url"), json_str(j, "content_type"), ret);
        of_kind = json_is_object(j) ? member_of_kind(job, j) : NULL;
        if (of_kind)
                return walk(job, of_kind, depth + 1, ret);
        for (const Json *child = json_first(j); child && r >= 0; child = json_next(child))
                r = walk(job, child, depth + 1, ret);
        return r;
}

/* Some picture models answer with a black picture and say so here. */
static bool is_flagged(const Json *output) {
        const Json *flags = json_get(output, "has_nsfw_concepts");
        _cleanup_(freep) char *text = json_is_array(flags) ? json_print(flags) : NULL;

        return text && strstr(text, "true");
}

int hosted_take_output(const ProviderJob *job, const Json *output, ProviderResult *ret) {
        int r;

        assert(job);
        assert(ret);

        if (is_flagged(output)) {
                provider_result_set(ret, OUTCOME_BLOCKED, false, true, "nsfw",
                                    "the result was blocked by the model's safety filter");
                return 0;
        }
        r = walk(job, output, 0, ret);
        if (r < 0)
                return r;
        if (ret->n_items == 0) {
                provider_result_set(ret, OUTCOME_BROKEN, false, true, "NO_OUTPUT",
                                    "the answer has no output that can be fetched");
                return 0;
        }
        if (job->kind == KIND_IMAGE)
                ret->images = (int64_t) ret->n_items;
        provider_result_set(ret, OUTCOME_MADE, false, true, "", "%s", "");
        return 0;
}
